/* code.c - C text with comments and literals blanked, so that a word in a comment is no call. */
#include "tidy.h"

#include <ctype.h>
#include <string.h>

enum code_state { CODE, LINE_COMMENT, COMMENT, STRING, CHARACTER };

static enum code_state code_enter(const char *at)
{
    if (at[0] == '/' && at[1] == '/')
        return LINE_COMMENT;
    if (at[0] == '/' && at[1] == '*')
        return COMMENT;
    if (at[0] == '"')
        return STRING;
    return at[0] == '\'' ? CHARACTER : CODE;
}

/* The bytes at `at` that end the state, 0 if they do not. */
static size_t code_leave(enum code_state state, const char *at)
{
    switch (state) {
    case LINE_COMMENT:
        return at[0] == '\n';
    case COMMENT:
        return at[0] == '*' && at[1] == '/' ? 2 : 0;
    case STRING:
        return at[0] == '"' || at[0] == '\n';
    case CHARACTER:
        return at[0] == '\'' || at[0] == '\n';
    case CODE:
        break;
    }
    return 0;
}

void code_blank(const char *text, size_t size, char *code)
{
    enum code_state state = CODE;
    size_t i = 0;

    for (size_t k = 0; k < size; k++)
        code[k] = text[k] == '\n' ? '\n' : ' ';
    code[size] = '\0';
    while (i < size) {
        size_t step;

        if (state == CODE) {
            state = code_enter(text + i);
            if (state == CODE)
                code[i] = text[i];
            i += state == COMMENT || state == LINE_COMMENT ? 2 : 1;
            continue;
        }
        if ((state == STRING || state == CHARACTER) && text[i] == '\\') {
            i += 2;
            continue;
        }
        step = code_leave(state, text + i);
        if (step != 0)
            state = CODE;
        i += step != 0 ? step : 1;
    }
}

static bool code_is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

const char *code_word(const char *from, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = strstr(from, word); at != NULL; at = strstr(at + 1, word))
        if ((at == from || !code_is_name(at[-1])) && !code_is_name(at[size]))
            return at;
    return NULL;
}

unsigned code_line(const char *text, const char *at)
{
    unsigned line = 1;

    for (; text < at; text++)
        line += *text == '\n';
    return line;
}
