/* date_text.c - moments from and to text.
 *
 * Patterns made of numbers only (yyyy MM dd HH mm ss SSS XXX and literals) are done here, which is
 * most of them and fast; a pattern with names, 12-hour clocks, weeks and the like goes to ICU. */
#include "rules/date_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

static bool two_digits(const char **at, const char *end, int *value)
{
    const char *p = *at;

    if (end - p < 2 || !isdigit((unsigned char)p[0]) || !isdigit((unsigned char)p[1]))
        return false;
    *value = (p[0] - '0') * 10 + (p[1] - '0');
    *at = p + 2;
    return true;
}

static bool one_char(const char **at, const char *end, char c)
{
    if (*at >= end || **at != c)
        return false;
    ++*at;
    return true;
}

/* "Z", "+01", "+0130", "+01:30" */
static bool offset_read(const char **at, const char *end, int *minutes)
{
    int hours = 0, rest = 0;
    bool negative;

    if (one_char(at, end, 'Z')) {
        *minutes = 0;
        return true;
    }
    negative = *at < end && **at == '-';
    if (!negative && (*at >= end || **at != '+'))
        return false;
    ++*at;
    if (!two_digits(at, end, &hours))
        return false;
    if (one_char(at, end, ':') || (*at < end && isdigit((unsigned char)**at)))
        if (!two_digits(at, end, &rest))
            return false;
    if (hours > 18 || rest > 59)
        return false;
    *minutes = (hours * 60 + rest) * (negative ? -1 : 1);
    return true;
}

/* Any number of digits of a second's fraction; the first three count. */
static bool fraction_read(const char **at, const char *end, int *ms)
{
    int weight = 100;

    if (*at >= end || !isdigit((unsigned char)**at))
        return false;
    for (*ms = 0; *at < end && isdigit((unsigned char)**at); ++*at) {
        *ms += (**at - '0') * weight;
        weight /= 10;
    }
    return true;
}

static bool iso_read(const char *at, const char *end, struct date_parts *parts, bool *has_offset)
{
    int century;

    *has_offset = false;
    if (!two_digits(&at, end, &century) || !two_digits(&at, end, &parts->year) ||
        !one_char(&at, end, '-') || !two_digits(&at, end, &parts->month) ||
        !one_char(&at, end, '-') || !two_digits(&at, end, &parts->day))
        return false;
    parts->year += century * 100;
    if (at == end)
        return true;
    if (!one_char(&at, end, 'T') && !one_char(&at, end, ' '))
        return false;
    if (!two_digits(&at, end, &parts->hour) || !one_char(&at, end, ':') ||
        !two_digits(&at, end, &parts->minute))
        return false;
    if (one_char(&at, end, ':')) {
        if (!two_digits(&at, end, &parts->second))
            return false;
        if (one_char(&at, end, '.') || one_char(&at, end, ','))
            if (!fraction_read(&at, end, &parts->ms))
                return false;
    }
    if (at == end)
        return true;
    *has_offset = true;
    return offset_read(&at, end, &parts->offset) && at == end;
}

/* With an offset the zone does not count. */
static enum err_code parts_join(struct dates *dates, const struct date_parts *parts,
                                bool has_offset, const char *zone, int64_t *moment, struct err *e)
{
    enum err_code rc = date_join(dates, parts, has_offset ? NULL : zone, false, moment, e);

    if (rc == ERR_OK && has_offset)
        *moment -= parts->offset * INT64_C(60000);
    return rc;
}

enum err_code date_parse_iso(struct dates *dates, const char *text, size_t size, const char *zone,
                             int64_t *moment, struct err *e)
{
    struct date_parts parts = { 0 };
    char shown[DATE_SHOWN];
    bool has_offset;

    if (!iso_read(text, text + size, &parts, &has_offset))
        return err_set(e, ERR_RULE,
                       "'%s' is not a date like 2026-11-21 or 2026-11-21T09:03:03Z; other forms "
                       "need a pattern",
                       date__show(shown, text, size));
    return parts_join(dates, &parts, has_offset, zone, moment, e);
}

/* One element of a pattern. */
struct token {
    char letter; /* '\0': literal text */
    unsigned count;
    const char *literal;
    size_t size;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* false: the pattern ends. */
static bool token_next(const char **pattern, struct token *token)
{
    const char *at = *pattern;

    if (*at == '\0')
        return false;
    token->letter = '\0';
    token->literal = at;
    token->size = 1;
    if (is_letter(*at)) {
        token->letter = *at;
        for (token->count = 0; *at == token->letter; at++)
            token->count++;
        *pattern = at;
        return true;
    }
    if (*at != '\'') {
        *pattern = at + 1;
        return true;
    }
    if (at[1] == '\'') { /* '' is a quote */
        *pattern = at + 2;
        return true;
    }
    token->literal = at + 1;
    token->size = strcspn(at + 1, "'");
    at += 1 + token->size;
    *pattern = *at == '\'' ? at + 1 : at;
    return true;
}

/* Is it a number that is done here? */
static bool token_is_plain(const struct token *token)
{
    switch (token->letter) {
    case '\0':
        return memchr(token->literal, '\'', token->size) == NULL || token->size == 1;
    case 'y':
        return token->count == 2 || token->count == 4;
    case 'M':
    case 'd':
    case 'H':
    case 'm':
    case 's':
        return token->count <= 2;
    case 'S':
        return token->count <= 9;
    case 'X':
        return token->count <= 3;
    default:
        return false;
    }
}

static bool pattern_is_plain(const char *pattern)
{
    struct token token;

    /* A quote within a quoted text ('o''clock') is ICU's matter. */
    for (const char *at = strchr(pattern, '\''); at != NULL; at = strchr(at + 1, '\''))
        if (at[1] == '\'')
            return false;
    while (token_next(&pattern, &token))
        if (!token_is_plain(&token))
            return false;
    return true;
}

/* A quote that is not closed would swallow the rest of the pattern. */
static enum err_code pattern_ready(const char *pattern, struct err *e)
{
    unsigned quotes = 0;

    if (strlen(pattern) >= DATE_TEXT / 2)
        return err_set(e, ERR_RULE, "the pattern is longer than %d bytes", DATE_TEXT / 2 - 1);
    for (const char *c = pattern; *c != '\0'; c++)
        quotes += *c == '\'';
    if (quotes % 2 != 0)
        return err_set(e, ERR_RULE, "in %.60s, a quote is not closed; '' is a quote itself",
                       pattern);
    return ERR_OK;
}

static int part_of(const struct date_parts *parts, char letter)
{
    switch (letter) {
    case 'y':
        return parts->year;
    case 'M':
        return parts->month;
    case 'd':
        return parts->day;
    case 'H':
        return parts->hour;
    case 'm':
        return parts->minute;
    default:
        return parts->second;
    }
}

struct writer {
    char *text;
    size_t length;
};

static void write_char(struct writer *w, char c)
{
    if (w->length < DATE_TEXT - 1)
        w->text[w->length++] = c;
}

/* At least that many digits. */
static void write_number(struct writer *w, unsigned value, unsigned digits)
{
    char reversed[10];
    unsigned count = 0;

    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (; digits > count; digits--)
        write_char(w, '0');
    while (count > 0)
        write_char(w, reversed[--count]);
}

static void write_offset(struct writer *w, int minutes, unsigned count)
{
    unsigned size = (unsigned)(minutes < 0 ? -minutes : minutes);

    if (minutes == 0) {
        write_char(w, 'Z');
        return;
    }
    write_char(w, minutes < 0 ? '-' : '+');
    write_number(w, size / 60, 2);
    if (count == 1 && size % 60 == 0)
        return;
    if (count == 3)
        write_char(w, ':');
    write_number(w, size % 60, 2);
}

static void write_token(struct writer *w, const struct token *token, const struct date_parts *parts)
{
    unsigned fraction = (unsigned)parts->ms;

    if (token->letter == '\0') {
        for (size_t i = 0; i < token->size; i++)
            write_char(w, token->literal[i]);
    } else if (token->letter == 'X') {
        write_offset(w, parts->offset, token->count);
    } else if (token->letter == 'S') {
        for (unsigned i = 0; i < token->count; i++) {
            write_char(w, (char)('0' + fraction / 100 % 10));
            fraction = fraction * 10 % 1000;
        }
    } else if (token->letter == 'y' && token->count == 2) {
        write_number(w, (unsigned)parts->year % 100, 2);
    } else {
        write_number(w, (unsigned)part_of(parts, token->letter), token->count);
    }
}

enum err_code date_format(struct dates *dates, int64_t moment, const char *pattern,
                          const char *zone, char text[DATE_TEXT], size_t *length, struct err *e)
{
    struct writer w = { .text = text };
    struct date_parts parts;
    struct token token;
    enum err_code rc;

    check(pattern != NULL);
    rc = pattern_ready(pattern, e);
    if (rc != ERR_OK)
        return rc;
    if (!pattern_is_plain(pattern))
        return date__icu_format(dates, moment, pattern, zone, text, length, e);
    rc = date_split(dates, moment, zone, &parts, e);
    if (rc != ERR_OK)
        return rc;
    while (token_next(&pattern, &token))
        write_token(&w, &token, &parts);
    text[w.length] = '\0';
    *length = w.length;
    return ERR_OK;
}

/* A run of one letter takes what is there, a longer one exactly its length. */
static bool read_number(const char **at, const char *end, unsigned count, unsigned most, int *value)
{
    unsigned digits = 0;

    *value = 0;
    while (*at < end && isdigit((unsigned char)**at) && digits < (count == 1 ? most : count)) {
        *value = *value * 10 + (*(*at)++ - '0');
        digits++;
    }
    return count == 1 ? digits > 0 : digits == count;
}

static bool read_token(const char **at, const char *end, const struct token *token,
                       struct date_parts *parts, bool *has_offset)
{
    int *part = token->letter == 'M'   ? &parts->month
                : token->letter == 'd' ? &parts->day
                : token->letter == 'H' ? &parts->hour
                : token->letter == 'm' ? &parts->minute
                                       : &parts->second;
    const char *stop;

    switch (token->letter) {
    case '\0':
        if ((size_t)(end - *at) < token->size || memcmp(*at, token->literal, token->size) != 0)
            return false;
        *at += token->size;
        return true;
    case 'X':
        *has_offset = true;
        return offset_read(at, end, &parts->offset);
    case 'S':
        if ((size_t)(end - *at) < token->count)
            return false;
        stop = *at + token->count;
        return fraction_read(at, stop, &parts->ms) && *at == stop;
    case 'y':
        if (!read_number(at, end, token->count, 4, &parts->year))
            return false;
        if (token->count == 2) /* 70 to 99 are of the last century */
            parts->year += parts->year >= 70 ? 1900 : 2000;
        return true;
    default:
        return read_number(at, end, token->count, 2, part);
    }
}

enum err_code date_parse(struct dates *dates, const char *text, size_t size, const char *pattern,
                         const char *zone, int64_t *moment, struct err *e)
{
    struct date_parts parts = { .year = 1970, .month = 1, .day = 1 };
    char shown[DATE_SHOWN];
    const char *rest = pattern;
    const char *at = text;
    const char *end = text + size;
    bool has_offset = false;
    struct token token;
    bool fits = true;
    enum err_code rc;

    check(pattern != NULL);
    rc = pattern_ready(pattern, e);
    if (rc == ERR_OK && size >= DATE_TEXT / 2)
        rc = err_set(e, ERR_RULE, "the text is longer than %d bytes", DATE_TEXT / 2 - 1);
    if (rc != ERR_OK)
        return rc;
    if (!pattern_is_plain(pattern))
        return date__icu_parse(dates, text, size, pattern, zone, moment, e);
    while (fits && token_next(&rest, &token))
        fits = read_token(&at, end, &token, &parts, &has_offset);
    if (!fits || at != end)
        return err_set(e, ERR_RULE, "'%s' is not a date of the form %.60s",
                       date__show(shown, text, size), pattern);
    return parts_join(dates, &parts, has_offset, zone, moment, e);
}
