/* cell_date.c - see cell.h. Dates by a pattern, to and from ISO 8601. */
#include "format/cell.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

#define PATTERN_MAX 64u

/* One piece of a pattern: a part of the moment by its letter, or a character as it is. */
struct piece {
    char part; /* 'y' 'M' 'd' 'H' 'm' 's' 'S', or '\0' */
    unsigned width;
    char as_is;
};
struct moment {
    int year, month, day, hour, minute, second, milli;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The next piece; false at the end. A pattern that cell_pattern_check() let through. */
static bool piece_next(const char **pattern, bool *quoted, struct piece *piece)
{
    const char *at = *pattern;

    while (*at == '\'') {
        if (at[1] == '\'') {
            *piece = (struct piece){ .as_is = '\'' };
            *pattern = at + 2;
            return true;
        }
        *quoted = !*quoted;
        at++;
    }
    if (*at == '\0')
        return false;
    if (*quoted || !is_letter(*at)) {
        *piece = (struct piece){ .as_is = *at };
        *pattern = at + 1;
        return true;
    }
    *piece = (struct piece){ .part = *at };
    while (*at == piece->part) {
        piece->width++;
        at++;
    }
    *pattern = at;
    return true;
}

static bool piece_known(const struct piece *piece)
{
    switch (piece->part) {
    case 'y':
        return piece->width == 4 || piece->width == 2;
    case 'M':
    case 'd':
    case 'H':
        return piece->width <= 2;
    case 'm':
    case 's':
        return piece->width == 2;
    case 'S':
        return piece->width == 3;
    default:
        return false;
    }
}

enum err_code cell_pattern_check(const char *pattern, struct err *e)
{
    const char *at = pattern;
    bool quoted = false, year = false, month = false, day = false;
    struct piece piece, before = { .width = 2 };

    check(pattern != NULL);
    if (*pattern == '\0' || strlen(pattern) > PATTERN_MAX)
        return err_set(e, ERR_INVALID, "a date's pattern has 1 to %u bytes", PATTERN_MAX);
    while (piece_next(&at, &quoted, &piece)) {
        if (piece.part != '\0' && !piece_known(&piece))
            return err_set(e, ERR_INVALID,
                           "\"%.*s\" is no part of a date's pattern; there are yyyy yy MM M dd d "
                           "HH H mm ss SSS, and other letters stand in single quotes",
                           (int)piece.width, at - piece.width);
        if (piece.part != '\0' && before.part != '\0' && before.width == 1)
            return err_set(e, ERR_INVALID,
                           "behind a part without leading zeros must come a character that is no "
                           "digit");
        year = year || piece.part == 'y';
        month = month || piece.part == 'M';
        day = day || piece.part == 'd';
        before = piece;
    }
    if (quoted)
        return err_set(e, ERR_INVALID, "a single quote in the pattern is not closed");
    if (!year || !month || !day)
        return err_set(e, ERR_INVALID,
                       "a date's pattern has a year, a month and a day, like dd.MM.yyyy");
    return ERR_OK;
}

static bool moment_valid(const struct moment *moment)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year = moment->year;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return year >= 1 && moment->month >= 1 && moment->month <= 12 && moment->day >= 1 &&
           moment->day <= days[moment->month - 1] + (leap && moment->month == 2) &&
           moment->hour <= 23 && moment->minute <= 59 && moment->second <= 59;
}

static int *moment_part(struct moment *moment, char part)
{
    switch (part) {
    case 'y':
        return &moment->year;
    case 'M':
        return &moment->month;
    case 'd':
        return &moment->day;
    case 'H':
        return &moment->hour;
    case 'm':
        return &moment->minute;
    case 's':
        return &moment->second;
    default:
        check(part == 'S');
        return &moment->milli;
    }
}

/* Digits of a part: as many as its width, or one or two. */
static bool part_read(const struct piece *piece, const char **text, const char *end, int *value)
{
    size_t most = piece->width == 1 ? 2 : piece->width, count = 0;

    *value = 0;
    while (count < most && *text < end && **text >= '0' && **text <= '9') {
        *value = *value * 10 + (**text - '0');
        (*text)++;
        count++;
    }
    if (piece->part == 'y' && piece->width == 2)
        *value += *value < 70 ? 2000 : 1900;
    return count > 0 && (piece->width == 1 || count == most);
}

static bool moment_read(const char *pattern, const char *text, size_t size, struct moment *moment,
                        bool *timed)
{
    const char *end = text + size;
    bool quoted = false;
    struct piece piece;

    while (piece_next(&pattern, &quoted, &piece)) {
        if (piece.part == '\0') {
            if (text == end || *text++ != piece.as_is)
                return false;
            continue;
        }
        *timed = *timed || strchr("HmsS", piece.part) != NULL;
        if (!part_read(&piece, &text, end, moment_part(moment, piece.part)))
            return false;
    }
    return text == end && moment_valid(moment);
}

/* An ISO text: a date, or a date and a time; what stands behind the seconds is returned. */
static bool iso_read(const char *text, size_t size, struct moment *moment, const char **rest)
{
    bool timed = false;

    *rest = text + size;
    if (size == 10)
        return moment_read("yyyy-MM-dd", text, 10, moment, &timed);
    if (size >= 19 && (text[10] == 'T' || text[10] == ' ')) {
        char copy[20];

        memcpy(copy, text, 19);
        copy[10] = 'T';
        *rest = text + 19;
        if (!moment_read("yyyy-MM-dd'T'HH:mm:ss", copy, 19, moment, &timed))
            return false;
    } else {
        return false;
    }
    return true;
}

/* ".123", "Z", "+01:00" behind the seconds */
static bool iso_rest_read(const char *rest, const char *end, struct moment *moment)
{
    if (rest < end && *rest == '.') {
        int digits = 0;

        for (rest++; rest < end && *rest >= '0' && *rest <= '9'; rest++, digits++)
            if (digits < 3)
                moment->milli = moment->milli * 10 + (*rest - '0');
        for (; digits > 0 && digits < 3; digits++)
            moment->milli *= 10;
        if (digits == 0)
            return false;
    }
    if (rest == end || (end - rest == 1 && *rest == 'Z'))
        return true;
    return end - rest == 6 && (*rest == '+' || *rest == '-') && rest[3] == ':' && rest[1] >= '0' &&
           rest[1] <= '2' && rest[2] >= '0' && rest[2] <= '9' && rest[4] >= '0' && rest[4] <= '5' &&
           rest[5] >= '0' && rest[5] <= '9';
}

enum err_code cell_date_read(const char *pattern, const char *text, size_t size, struct buf *iso,
                             struct err *e)
{
    struct moment moment = { 0 };
    bool timed = false;
    const char *rest;

    if (pattern == NULL) {
        if (!iso_read(text, size, &moment, &rest) || !iso_rest_read(rest, text + size, &moment))
            return err_set(e, ERR_INVALID, "\"%.*s\" is no date like 2026-11-21",
                           (int)(size < 40 ? size : 40), text);
        buf_add(iso, text, size);
        return ERR_OK;
    }
    if (!moment_read(pattern, text, size, &moment, &timed))
        return err_set(e, ERR_INVALID, "\"%.*s\" is no date of the pattern \"%.40s\"",
                       (int)(size < 40 ? size : 40), text, pattern);
    buf_addf(iso, "%04d-%02d-%02d", moment.year, moment.month, moment.day);
    if (timed)
        buf_addf(iso, "T%02d:%02d:%02d", moment.hour, moment.minute, moment.second);
    if (moment.milli > 0)
        buf_addf(iso, ".%03d", moment.milli);
    return ERR_OK;
}

enum err_code cell_date_write(const char *pattern, const char *iso, size_t size, struct buf *out,
                              struct err *e)
{
    struct moment moment = { 0 };
    bool quoted = false;
    struct piece piece;
    const char *rest;

    if (!iso_read(iso, size, &moment, &rest) || !iso_rest_read(rest, iso + size, &moment))
        return err_set(e, ERR_INVALID, "\"%.*s\" is no date like 2026-11-21",
                       (int)(size < 40 ? size : 40), iso);
    if (pattern == NULL) {
        buf_add(out, iso, size);
        return ERR_OK;
    }
    while (piece_next(&pattern, &quoted, &piece)) {
        int value;

        if (piece.part == '\0') {
            buf_add_char(out, piece.as_is);
            continue;
        }
        value = *moment_part(&moment, piece.part);
        if (piece.part == 'y' && piece.width == 2) {
            if (value < 1970 || value > 2069)
                return err_set(e, ERR_INVALID, "the year %d does not fit into two digits", value);
            value %= 100;
        }
        buf_addf(out, "%0*d", (int)piece.width, value);
    }
    return ERR_OK;
}
