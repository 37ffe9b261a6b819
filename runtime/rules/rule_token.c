/* rule_token.c - Lua's tokens, as its own lexer cuts them. */
#include "rules/rule_token_priv.h"

#include <ctype.h>
#include <string.h>

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* At '[': the number of '=' of a long bracket; -1: it is none. */
static int long_level(const char *at, const char *end)
{
    int level = 0;

    for (at++; at < end && *at == '='; at++)
        level++;
    return at < end && *at == '[' ? level : -1;
}

/* Behind the "]==]" that closes the long bracket; NULL: nothing does. */
static const char *long_end(const char *at, const char *end, int level)
{
    for (at += level + 2; at < end; at++) {
        const char *close = at + 1;
        int count = 0;

        if (*at != ']')
            continue;
        while (close < end && *close == '=' && count < level) {
            close++;
            count++;
        }
        if (count == level && close < end && *close == ']')
            return close + 1;
    }
    return NULL;
}

/* Behind blanks and comments; NULL: a comment does not end. */
static const char *skip_blank(const char *at, const char *end)
{
    while (at < end) {
        int level;

        if (isspace((unsigned char)*at)) {
            at++;
            continue;
        }
        if (end - at < 2 || at[0] != '-' || at[1] != '-')
            return at;
        at += 2;
        level = at < end && *at == '[' ? long_level(at, end) : -1;
        if (level >= 0) {
            at = long_end(at, end, level);
            if (at == NULL)
                return NULL;
        } else {
            while (at < end && *at != '\n' && *at != '\r')
                at++;
        }
    }
    return at;
}

/* Behind the quote that closes; NULL: none does on this line. */
static const char *quoted_end(const char *at, const char *end)
{
    char quote = *at++;

    while (at < end && *at != quote) {
        if (*at == '\n' || *at == '\r')
            return NULL;
        if (*at != '\\') {
            at++;
        } else if (end - at > 1 && at[1] == 'z') { /* skips blanks, also line ends */
            at += 2;
            while (at < end && isspace((unsigned char)*at))
                at++;
        } else if (end - at > 2 && at[1] == '\r' && at[2] == '\n') {
            at += 3;
        } else {
            at += 2;
        }
    }
    return at < end ? at + 1 : NULL;
}

static const char *number_end(const char *at, const char *end)
{
    bool hex = end - at > 1 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X');

    while (at < end && (is_name(*at) || *at == '.')) {
        char c = (char)tolower((unsigned char)*at++);

        if (c == (hex ? 'p' : 'e') && at < end && (*at == '+' || *at == '-'))
            at++;
    }
    return at;
}

static enum token_kind word_kind(const char *at, size_t size)
{
    static const char *const words[] = {
        "and", "break", "do",    "else", "elseif", "end",    "for",  "function", "goto",
        "if",  "in",    "local", "or",   "repeat", "return", "then", "until",    "while",
    };
    static const char *const values[] = { "nil", "true", "false" };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (strlen(values[i]) == size && memcmp(values[i], at, size) == 0)
            return TOKEN_VALUE;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i]) == size && memcmp(words[i], at, size) == 0)
            return TOKEN_WORD;
    return size == 3 && memcmp("not", at, 3) == 0 ? TOKEN_OTHER : TOKEN_NAME;
}

static struct token symbol(const char *at, const char *end)
{
    static const struct {
        const char *text;
        enum token_kind kind;
    } rows[] = { /* the longer first */
                 { "...", TOKEN_NAME },   { "..", TOKEN_OTHER },   { "==", TOKEN_COMPARE },
                 { "~=", TOKEN_COMPARE }, { "<<", TOKEN_OTHER },   { ">>", TOKEN_OTHER },
                 { "<=", TOKEN_COMPARE }, { ">=", TOKEN_COMPARE }, { "//", TOKEN_OTHER },
                 { "::", TOKEN_BREAK },   { "(", TOKEN_OPEN },     { "[", TOKEN_OPEN },
                 { "{", TOKEN_OPEN },     { ")", TOKEN_CLOSE },    { "]", TOKEN_CLOSE },
                 { "}", TOKEN_CLOSE },    { "<", TOKEN_COMPARE },  { ">", TOKEN_COMPARE },
                 { "=", TOKEN_BREAK },    { ",", TOKEN_BREAK },    { ";", TOKEN_BREAK }
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size = strlen(rows[i].text);

        if ((size_t)(end - at) >= size && memcmp(rows[i].text, at, size) == 0)
            return (struct token){ rows[i].kind, at, size };
    }
    if (strchr("+-*/%^#&|~.:", *at) != NULL && *at != '\0')
        return (struct token){ TOKEN_OTHER, at, 1 };
    return (struct token){ TOKEN_BAD, at, 1 };
}

struct token token_next(const char **at, const char *end)
{
    const char *begin = skip_blank(*at, end);
    const char *behind;
    struct token token = { TOKEN_BAD, end, 0 };

    if (begin == NULL || begin == end) {
        token.kind = begin == NULL ? TOKEN_BAD : TOKEN_END;
        *at = end;
        return token;
    }
    token.at = behind = begin;
    if (isdigit((unsigned char)*begin) ||
        (*begin == '.' && end - begin > 1 && isdigit((unsigned char)begin[1]))) {
        token.kind = TOKEN_NUMBER;
        behind = number_end(begin, end);
    } else if (is_name(*begin)) {
        while (behind < end && is_name(*behind))
            behind++;
        token.kind = word_kind(begin, (size_t)(behind - begin));
    } else if (*begin == '"' || *begin == '\'') {
        token.kind = TOKEN_TEXT;
        behind = quoted_end(begin, end);
    } else if (*begin == '[' && long_level(begin, end) >= 0) {
        token.kind = TOKEN_TEXT;
        behind = long_end(begin, end, long_level(begin, end));
    } else {
        token = symbol(begin, end);
        behind = begin + token.size;
    }
    if (behind == NULL)
        token.kind = TOKEN_BAD;
    token.size = behind != NULL ? (size_t)(behind - begin) : 0;
    *at = behind != NULL ? behind : end;
    return token;
}
