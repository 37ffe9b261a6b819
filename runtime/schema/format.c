/* format.c - the values of "format": times, ids, pointers. */
#include "schema/format.h"

#include <string.h>

#include "base/check.h"
#include "schema/pattern.h"

#define DATE 10 /* characters of 2026-11-21 */
#define TIME 8  /* of 09:03:03 */

static bool digits_at(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

static int number_at(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

static bool date_fits(const char *text, size_t size)
{
    static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year, month, day;
    bool leap;

    if (size != DATE || !digits_at(text, 4) || text[4] != '-' || !digits_at(text + 5, 2) ||
        text[7] != '-' || !digits_at(text + 8, 2))
        return false;
    year = number_at(text) * 100 + number_at(text + 2);
    month = number_at(text + 5);
    day = number_at(text + 8);
    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
           (month != 2 || day != 29 || leap);
}

/* "Z" or "+01:00"; *minutes: what is to be added to the time to have UTC. */
static bool offset_fits(const char *text, size_t size, int *minutes)
{
    *minutes = 0;
    if (size == 1)
        return *text == 'Z' || *text == 'z';
    if (size != 6 || (*text != '+' && *text != '-') || !digits_at(text + 1, 2) || text[3] != ':' ||
        !digits_at(text + 4, 2) || number_at(text + 1) > 23 || number_at(text + 4) > 59)
        return false;
    *minutes = number_at(text + 1) * 60 + number_at(text + 4);
    if (*text == '+')
        *minutes = -*minutes;
    return true;
}

/* RFC 3339: 09:03:03Z, with a fraction, with an offset; a leap second only at 23:59:60 UTC. */
static bool time_fits(const char *text, size_t size)
{
    size_t at = TIME;
    int minutes, utc;

    if (size <= TIME || !digits_at(text, 2) || text[2] != ':' || !digits_at(text + 3, 2) ||
        text[5] != ':' || !digits_at(text + 6, 2) || number_at(text) > 23 ||
        number_at(text + 3) > 59 || number_at(text + 6) > 60)
        return false;
    if (text[at] == '.') {
        size_t from = ++at;

        while (at < size && digits_at(text + at, 1))
            at++;
        if (at == from || at == size)
            return false;
    }
    if (!offset_fits(text + at, size - at, &minutes))
        return false;
    utc = number_at(text) * 60 + number_at(text + 3) + minutes;
    return number_at(text + 6) < 60 || (utc + 2 * 1440) % 1440 == 1439;
}

static bool date_time_fits(const char *text, size_t size)
{
    return size > DATE && date_fits(text, DATE) && (text[DATE] == 'T' || text[DATE] == 't') &&
           time_fits(text + DATE + 1, size - DATE - 1);
}

/* Numbers each followed by a unit, which come in this order without a gap: "3D", "1H30M". */
static bool units_fit(const char **text, const char *end, const char *units)
{
    bool any = false;

    while (*text < end && **text != 'T') {
        const char *begin = *text, *unit;

        while (*text < end && digits_at(*text, 1))
            ++*text;
        if (*text == begin || *text == end || (unit = strchr(units, **text)) == NULL ||
            *unit == '\0')
            return false;
        if (any && unit != units) /* the one before it in the list would have had to come */
            return false;
        units = unit + 1;
        any = true;
        ++*text;
    }
    return any;
}

/* RFC 3339, appendix A: P3D, PT1H30M, P1Y2M, P2W. */
static bool duration_fits(const char *text, size_t size)
{
    const char *end = text + size;

    if (size < 3 || *text++ != 'P' || memchr(text, '\0', size - 1) != NULL)
        return false;
    if (end[-1] == 'W')
        return digits_at(text, size - 2);
    if (*text != 'T' && !units_fit(&text, end, "YMD"))
        return false;
    if (text == end)
        return true;
    text++; /* the T */
    return units_fit(&text, end, "HMS") && text == end;
}

static bool uuid_fits(const char *text, size_t size)
{
    if (size != 36)
        return false;
    for (size_t i = 0; i < size; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text[i] != '-'
                 : text[i] == '\0' || strchr("0123456789abcdefABCDEF", text[i]) == NULL)
            return false;
    }
    return true;
}

static bool pointer_fits(const char *text, size_t size)
{
    if (size > 0 && *text != '/')
        return false;
    for (size_t i = 0; i < size; i++)
        if (text[i] == '~' && (i + 1 == size || (text[i + 1] != '0' && text[i + 1] != '1')))
            return false;
    return true;
}

static bool relative_pointer_fits(const char *text, size_t size)
{
    size_t digits = 0;

    while (digits < size && digits_at(text + digits, 1))
        digits++;
    if (digits == 0 || (digits > 1 && *text == '0'))
        return false;
    if (size - digits == 1 && text[digits] == '#')
        return true;
    return pointer_fits(text + digits, size - digits);
}

static bool regex_fits(const char *text, size_t size)
{
    struct err e;
    struct pattern *pattern = pattern_new(text, size, &e);

    pattern_free(pattern);
    return pattern != NULL;
}

static const struct format formats[] = {
    { "date-time", date_time_fits, "a moment like 2026-11-21T09:03:03Z" },
    { "date", date_fits, "a date like 2026-11-21" },
    { "time", time_fits, "a time like 09:03:03Z" },
    { "duration", duration_fits, "a duration like P3D or PT1H30M" },
    { "email", format__email, "a mail address like ann@example.com" },
    { "hostname", format__hostname, "the name of a host like www.example.com" },
    { "ipv4", format__ipv4, "an IPv4 address like 192.0.2.7" },
    { "ipv6", format__ipv6, "an IPv6 address like 2001:db8::7" },
    { "uri", format__uri, "a whole URI like https://example.com/a" },
    { "uri-reference", format__uri_reference, "a URI, or a part of one like ../a" },
    { "uuid", uuid_fits, "an id like 1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10" },
    { "json-pointer", pointer_fits, "a JSON pointer like /lines/0/amount" },
    { "relative-json-pointer", relative_pointer_fits, "a relative JSON pointer like 1/amount" },
    { "regex", regex_fits, "a regular expression" },
};

const struct format *format_find(const char *name)
{
    check(name != NULL);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

const char *format_names(void)
{
    return "date-time, date, time, duration, email, hostname, ipv4, ipv6, uri, uri-reference, "
           "uuid, "
           "json-pointer, relative-json-pointer, regex";
}
