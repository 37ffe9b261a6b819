/* address_words.c - the words of addresses: what the tables know, and the short form of a street.
 */
#include "rules/address_words_priv.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/check.h"
#include "rules/rule_data_priv.h"

/* The next character that counts, its case folded; -1: the end. */
static int32_t fold_next(const char *text, size_t size, int32_t *at)
{
    int32_t c = '.';

    while ((c == '.' || c == ',') && *at < (int32_t)size)
        U8_NEXT(text, *at, (int32_t)size, c);
    return c == '.' || c == ',' ? -1 : c < 0 ? 0xFFFD : u_foldCase(c, U_FOLD_CASE_DEFAULT);
}

bool words__same(const char *a, size_t a_size, const char *b)
{
    int32_t at_a = 0, at_b = 0, left, right;

    do {
        left = fold_next(a, a_size, &at_a);
        right = fold_next(b, strlen(b), &at_b);
    } while (left == right && left >= 0);
    return left == right;
}

const char *words__find(const char *kind, const struct word *word)
{
    for (size_t i = 0; i < data_streets.count; i++) {
        const char *const *field = data_streets.rows[i].field;

        if (strcmp(field[0], kind) == 0 && words__same(word->at, word->size, field[1]))
            return field[2];
    }
    return NULL;
}

unsigned words__cut(struct word *words, const char *text, size_t size)
{
    unsigned count = 0;
    size_t at = 0;

    while (at < size) {
        size_t from;

        while (at < size && isspace((unsigned char)text[at]))
            at++;
        for (from = at; at < size && !isspace((unsigned char)text[at]);)
            at++;
        check(count < WORDS_MOST);
        if (at > from)
            words[count++] = (struct word){ text + from, at - from };
    }
    return count;
}

bool words__has_digit(const struct word *word)
{
    for (size_t i = 0; i < word->size; i++)
        if (isdigit((unsigned char)word->at[i]))
            return true;
    return false;
}

/* An apartment's number or letter. */
static bool is_unit_id(const struct word *word)
{
    return words__has_digit(word) || word->size <= 2;
}

unsigned words__unit(const struct word *words, unsigned count, unsigned from)
{
    for (unsigned i = from; i < count; i++) {
        bool last = i + 1 == count;

        if (words[i].at[0] == '#')
            return i;
        if (words__find("unit", &words[i]) == NULL)
            continue;
        if (!last && (is_unit_id(&words[i + 1]) || words[i + 1].at[0] == '#'))
            return i;
        if (last && i > from && words__find("suffix", &words[i - 1]) != NULL)
            return i; /* REAR, UPPER */
    }
    return count;
}

const char *address_state(const char *text, size_t size, const char *country, const char **found)
{
    for (size_t i = 0; i < data_states.count; i++) {
        const char *const *field = data_states.rows[i].field;

        if (country[0] != '\0' && strcmp(country, field[0]) != 0)
            continue;
        if (words__same(text, size, field[1]) || words__same(text, size, field[2])) {
            *found = field[0];
            return field[1];
        }
    }
    return NULL;
}

/* ---- the short form -------------------------------------------------------------------------- */

/* Adds the word, or its short form, in capitals and without points and commas. */
static size_t short_add(char *to, size_t length, const struct word *word, const char *brief)
{
    const char *text = brief != NULL ? brief : word->at;
    size_t size = brief != NULL ? strlen(brief) : word->size;

    if (length > 0 && length < ADDRESS_TEXT)
        to[length++] = ' ';
    for (size_t i = 0; i < size && length < ADDRESS_TEXT; i++)
        if (text[i] != '.' && text[i] != ',')
            to[length++] = (char)toupper((unsigned char)text[i]);
    return length;
}

/* Which of the words are read as what. */
struct roles {
    unsigned unit;   /* from here on; count: none */
    unsigned suffix; /* count: none */
};

static void roles_find(const struct word *words, unsigned count, struct roles *roles)
{
    unsigned last;

    roles->unit = words__unit(words, count, 2);
    roles->suffix = count;
    last = roles->unit;
    if (last > 2 && words__find("direction", &words[last - 1]) != NULL)
        last--;
    if (last > 1 && words__find("suffix", &words[last - 1]) != NULL)
        roles->suffix = last - 1;
}

void address_street(char *to, const char *text, size_t size)
{
    struct word words[WORDS_MOST];
    unsigned count = words__cut(words, text, size);
    struct roles roles;
    size_t length = 0;

    check(size <= ADDRESS_TEXT);
    roles_find(words, count, &roles);
    for (unsigned i = 0; i < count; i++) {
        const char *brief = NULL;

        if (i >= roles.unit)
            brief = words__find("unit", &words[i]);
        else if (i == roles.suffix)
            brief = words__find("suffix", &words[i]);
        else if (i > roles.suffix || (i == 1 && roles.suffix < count && roles.suffix > 2))
            brief = words__find("direction", &words[i]);
        length = short_add(to, length, &words[i], brief);
    }
    to[length] = '\0';
}
