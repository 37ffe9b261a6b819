/* moment.c - a moment as rules give it. */
#include "nodes/moment.h"

#include <stdbool.h>
#include <string.h>

#include "base/check.h"
#include "base/decimal.h"
#include "base/json.h"

#define MOMENT_LEAST INT64_C(-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define MOMENT_MOST  INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

struct moment {
    int year, month, day, hour, minute, second, ms;
    int offset; /* minutes east of UTC */
};

static bool digit_at(const char *at)
{
    return *at >= '0' && *at <= '9';
}

static bool take_two(const char **at, int *value)
{
    if (!digit_at(*at) || !digit_at(*at + 1))
        return false;
    *value = ((*at)[0] - '0') * 10 + ((*at)[1] - '0');
    *at += 2;
    return true;
}

static bool take_char(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

/* Any number of digits; the first three count. */
static bool take_fraction(const char **at, int *ms)
{
    int weight = 100;

    if (!digit_at(*at))
        return false;
    for (*ms = 0; digit_at(*at); ++*at) {
        *ms += (**at - '0') * weight;
        weight /= 10;
    }
    return true;
}

/* "", "Z", "+01", "+0130", "+01:30" */
static bool take_offset(const char **at, int *minutes)
{
    int hours = 0, rest = 0;
    bool negative;

    *minutes = 0;
    if (**at == '\0' || take_char(at, 'Z'))
        return true;
    negative = **at == '-';
    if (!negative && **at != '+')
        return false;
    ++*at;
    if (!take_two(at, &hours))
        return false;
    if ((take_char(at, ':') || digit_at(*at)) && !take_two(at, &rest))
        return false;
    *minutes = (hours * 60 + rest) * (negative ? -1 : 1);
    return hours <= 18 && rest <= 59;
}

static bool moment_parse(const char *at, struct moment *m)
{
    int century;

    if (!take_two(&at, &century) || !take_two(&at, &m->year) || !take_char(&at, '-') ||
        !take_two(&at, &m->month) || !take_char(&at, '-') || !take_two(&at, &m->day))
        return false;
    m->year += century * 100;
    if (*at == '\0')
        return true;
    if (!take_char(&at, 'T') && !take_char(&at, ' '))
        return false;
    if (!take_two(&at, &m->hour) || !take_char(&at, ':') || !take_two(&at, &m->minute))
        return false;
    if (take_char(&at, ':')) {
        if (!take_two(&at, &m->second))
            return false;
        if ((take_char(&at, '.') || take_char(&at, ',')) && !take_fraction(&at, &m->ms))
            return false;
    }
    return take_offset(&at, &m->offset) && *at == '\0';
}

static bool moment_is_sound(const struct moment *m)
{
    static const signed char days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (m->year % 4 == 0 && m->year % 100 != 0) || m->year % 400 == 0;

    return m->year >= 1 && m->month >= 1 && m->month <= 12 && m->day >= 1 &&
           m->day <= days[m->month - 1] && (m->month != 2 || m->day != 29 || leap) &&
           m->hour <= 23 && m->minute <= 59 && m->second <= 60; /* a leap second is the next one */
}

/* Years are counted from March, so that the leap day is the last of them. */
static int64_t moment_ms(const struct moment *m)
{
    int64_t y = m->month <= 2 ? m->year - 1 : m->year;
    int64_t of_year = (153 * (m->month + (m->month > 2 ? -3 : 9)) + 2) / 5 + m->day - 1;
    int64_t days = y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;

    check(y >= 0);
    return ((days * 24 + m->hour) * 60 + m->minute - m->offset) * INT64_C(60000) +
           m->second * INT64_C(1000) + m->ms;
}

/* A whole number of any spelling. */
static bool moment_number(const json_t *value, int64_t *ms)
{
    const char *digits = json_exact_text(value);
    struct decimal d;
    struct err e;

    if (json_is_integer(value)) {
        *ms = json_integer_value(value);
        return true;
    }
    return digits != NULL && decimal_parse(&d, digits, strlen(digits), &e) == ERR_OK &&
           decimal_to_int(&d, ms);
}

enum err_code moment_read(const json_t *value, int64_t *ms, struct err *e)
{
    const char *text = json_text(value);
    struct moment m = { 0 };

    check(ms != NULL);
    if (text == NULL && !moment_number(value, ms))
        return err_set(e, ERR_INVALID,
                       "a moment is a text like 2026-11-21T09:03:03Z or whole milliseconds since "
                       "1970, but here is: %s",
                       json_kind(value));
    if (text != NULL && (strlen(text) != json_string_length(value) || !moment_parse(text, &m) ||
                         !moment_is_sound(&m)))
        return err_set(e, ERR_INVALID,
                       "\"%.40s\" is no moment like 2026-11-21 or 2026-11-21T09:03:03Z; other "
                       "forms need date.parse() with a pattern",
                       text);
    if (text != NULL)
        *ms = moment_ms(&m);
    if (*ms < MOMENT_LEAST || *ms > MOMENT_MOST)
        return err_set(e, ERR_INVALID, "the moment is outside of the years 1 to 9999");
    return ERR_OK;
}
