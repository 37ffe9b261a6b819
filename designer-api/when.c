/* when.c - see when.h. */
#include "designer-api/when.h"

#include <string.h>

#include "base/clock.h"

/* So many digits; -1: they are none. */
static int when_digits(const char **at, unsigned count)
{
    int value = 0;

    for (unsigned i = 0; i < count; i++) {
        if (**at < '0' || **at > '9')
            return -1;
        value = value * 10 + (*(*at)++ - '0');
    }
    return value;
}

static bool when_is(const char **at, const char *set)
{
    if (**at == '\0' || strchr(set, **at) == NULL)
        return false;
    ++*at;
    return true;
}

/* Days since 1970-01-01 of the Gregorian calendar. */
static int64_t when_days(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1, era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool when_date(const char **at, int64_t *days)
{
    static const int lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year = when_digits(at, 4), month, day;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    if (year < 1970 || !when_is(at, "-"))
        return false;
    month = when_digits(at, 2);
    if (month < 1 || month > 12 || !when_is(at, "-"))
        return false;
    day = when_digits(at, 2);
    if (day < 1 || day > lengths[month - 1] || (month == 2 && day == 29 && !leap))
        return false;
    *days = when_days(year, month, day);
    return true;
}

/* Milliseconds of a fraction; what is finer is cut off. */
static int64_t when_fraction(const char **at)
{
    int64_t ms = 0, scale = 100;

    for (; **at >= '0' && **at <= '9'; ++*at, scale /= 10)
        ms += (**at - '0') * scale;
    return ms;
}

static bool when_offset(const char **at, int64_t *minutes)
{
    bool west = **at == '-';
    int hour, minute;

    *minutes = 0;
    if (when_is(at, "Zz"))
        return true;
    if (!when_is(at, "+-"))
        return false;
    hour = when_digits(at, 2);
    if (hour < 0 || hour > 23 || !when_is(at, ":"))
        return false;
    minute = when_digits(at, 2);
    *minutes = (west ? -1 : 1) * (hour * 60 + minute);
    return minute >= 0 && minute < 60;
}

bool when_read(const char *text, int64_t *wall_ms)
{
    int64_t days, offset, ms = 0;
    int hour, minute, second;

    if (!when_date(&text, &days) || !when_is(&text, "Tt "))
        return false;
    hour = when_digits(&text, 2);
    if (hour < 0 || hour > 23 || !when_is(&text, ":"))
        return false;
    minute = when_digits(&text, 2);
    if (minute < 0 || minute > 59 || !when_is(&text, ":"))
        return false;
    second = when_digits(&text, 2);
    if (second < 0 || second > 60)
        return false;
    if (when_is(&text, "."))
        ms = when_fraction(&text);
    if (!when_offset(&text, &offset) || *text != '\0')
        return false;
    *wall_ms = ((days * 24 + hour) * 60 + minute - offset) * 60000 + second * 1000 + ms;
    return *wall_ms >= 0;
}

json_t *when_json(int64_t wall_ms)
{
    char text[CLOCK_TEXT];

    if (wall_ms == 0)
        return json_null();
    clock_text(wall_ms, text);
    return json_string(text);
}
