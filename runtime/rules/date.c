/* date.c - the calendar, and arithmetic with moments. */
#include "rules/date_priv.h"

#include <string.h>

#include "base/check.h"
#include "rules/rule_text_priv.h"

#define MS_DAY       86400000
#define MOMENT_LEAST INT64_C(-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define MOMENT_MOST  INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

bool date__in_range(int64_t moment)
{
    return moment >= MOMENT_LEAST && moment <= MOMENT_MOST;
}

static enum err_code out_of_range(struct err *e)
{
    return err_set(e, ERR_RULE, "the moment is outside of the years 1 to 9999");
}

bool date__is_utc(const char *zone)
{
    return zone == NULL || strcmp(zone, "UTC") == 0 || strcmp(zone, "Z") == 0 ||
           strcmp(zone, "Etc/UTC") == 0 || strcmp(zone, "GMT") == 0;
}

const char *date__show(char shown[DATE_SHOWN], const char *text, size_t size)
{
    rule_text_tidy(shown, DATE_SHOWN, text, size);
    return shown;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int date__month_days(int year, int month)
{
    static const signed char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    check(month >= 1 && month <= 12);
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Years are counted from March, so that the leap day is the last of them. */
int64_t date__days(int year, int month, int day)
{
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

void date__civil(int64_t local_ms, struct date_parts *parts)
{
    int64_t day = floor_div(local_ms, MS_DAY);
    int64_t rest = local_ms - day * MS_DAY;
    int64_t shifted = day + 719468;
    int64_t era = floor_div(shifted, 146097);
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;

    parts->day = (int)(of_year - (153 * month + 2) / 5 + 1);
    parts->month = (int)(month < 10 ? month + 3 : month - 9);
    parts->year = (int)(year + era * 400 + (parts->month <= 2 ? 1 : 0));
    parts->hour = (int)(rest / 3600000);
    parts->minute = (int)(rest / 60000 % 60);
    parts->second = (int)(rest / 1000 % 60);
    parts->ms = (int)(rest % 1000);
    parts->weekday = (int)((day % 7 + 7 + 3) % 7) + 1; /* 1970-01-01 was a Thursday */
    parts->yearday = (int)(day - date__days(parts->year, 1, 1)) + 1;
    parts->offset = 0;
}

enum err_code date_split(struct dates *dates, int64_t moment, const char *zone,
                         struct date_parts *parts, struct err *e)
{
    int64_t offset = 0;
    enum err_code rc = ERR_OK;

    if (!date__in_range(moment))
        return out_of_range(e);
    if (!date__is_utc(zone))
        rc = date__offset(dates, zone, moment, &offset, e);
    if (rc != ERR_OK)
        return rc;
    if (!date__in_range(moment + offset))
        return out_of_range(e);
    date__civil(moment + offset, parts);
    parts->offset = (int)(offset / 60000);
    return ERR_OK;
}

enum err_code date_join(struct dates *dates, const struct date_parts *given, const char *zone,
                        bool clamp, int64_t *moment, struct err *e)
{
    struct date_parts parts = *given;
    enum err_code rc;
    int last;

    if (parts.year < 1 || parts.year > 9999 || parts.month < 1 || parts.month > 12)
        return err_set(e, ERR_RULE, "there is no month %d of year %d", parts.month, parts.year);
    last = date__month_days(parts.year, parts.month);
    if (clamp && parts.day > last)
        parts.day = last;
    if (parts.day < 1 || parts.day > last)
        return err_set(e, ERR_RULE, "there is no day %d in month %d of year %d", parts.day,
                       parts.month, parts.year);
    if (parts.hour < 0 || parts.hour > 23 || parts.minute < 0 || parts.minute > 59 ||
        parts.second < 0 || parts.second > 60) /* 60: a leap second, which is the next one here */
        return err_set(e, ERR_RULE, "there is no time %02d:%02d:%02d", parts.hour, parts.minute,
                       parts.second);
    if (date__is_utc(zone)) {
        *moment = date__days(parts.year, parts.month, parts.day) * MS_DAY +
                  (parts.hour * 3600 + parts.minute * 60 + parts.second) * INT64_C(1000) + parts.ms;
    } else {
        rc = date__local(dates, zone, &parts, moment, e);
        if (rc != ERR_OK)
            return rc;
    }
    return date__in_range(*moment) ? ERR_OK : out_of_range(e);
}

struct unit_row {
    const char *name;
    int64_t ms; /* 0: it depends on the calendar */
};
static const struct unit_row unit_rows[] = {
    [DATE_MS] = { "millisecond", 1 },    [DATE_SECOND] = { "second", 1000 },
    [DATE_MINUTE] = { "minute", 60000 }, [DATE_HOUR] = { "hour", 3600000 },
    [DATE_DAY] = { "day", 0 },           [DATE_WEEK] = { "week", 0 },
    [DATE_MONTH] = { "month", 0 },       [DATE_YEAR] = { "year", 0 },
};
#define UNIT_COUNT (sizeof(unit_rows) / sizeof(unit_rows[0]))

bool date_unit_find(const char *name, enum date_unit *unit)
{
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        size_t size = strlen(unit_rows[i].name);

        if (strncmp(name, unit_rows[i].name, size) == 0 &&
            (name[size] == '\0' || strcmp(name + size, "s") == 0)) {
            *unit = (enum date_unit)i;
            return true;
        }
    }
    return false;
}

static enum err_code add_days(struct dates *dates, const struct date_parts *from, int64_t count,
                              const char *zone, int64_t *result, struct err *e)
{
    struct date_parts parts;
    int64_t day = date__days(from->year, from->month, from->day) + count;

    date__civil(day * MS_DAY, &parts);
    parts.hour = from->hour;
    parts.minute = from->minute;
    parts.second = from->second;
    parts.ms = from->ms;
    return date_join(dates, &parts, zone, false, result, e);
}

static enum err_code add_months(struct dates *dates, const struct date_parts *from, int64_t count,
                                const char *zone, int64_t *result, struct err *e)
{
    struct date_parts parts = *from;
    int64_t months = (int64_t)from->year * 12 + from->month - 1 + count;

    if (months < 12 || months >= 10000 * 12)
        return out_of_range(e);
    parts.year = (int)(months / 12);
    parts.month = (int)(months % 12) + 1;
    return date_join(dates, &parts, zone, true, result, e);
}

/* Where clocks are set back a local time comes twice: the one with the offset that `from` has is
 * meant, be it the second. */
static enum err_code keep_offset(struct dates *dates, const struct date_parts *from,
                                 const char *zone, int64_t *result, struct err *e)
{
    struct date_parts first, second;
    int64_t other;
    enum err_code rc = date_split(dates, *result, zone, &first, e);

    if (rc != ERR_OK || first.offset == from->offset)
        return rc;
    other = *result + (first.offset - from->offset) * INT64_C(60000);
    if (!date__in_range(other))
        return ERR_OK;
    rc = date_split(dates, other, zone, &second, e);
    if (rc == ERR_OK && second.offset == from->offset && second.day == first.day &&
        second.hour == first.hour && second.minute == first.minute)
        *result = other;
    return rc;
}

enum err_code date_add(struct dates *dates, int64_t moment, int64_t count, enum date_unit unit,
                       const char *zone, int64_t *result, struct err *e)
{
    int64_t most = MOMENT_MOST - MOMENT_LEAST;
    int64_t ms = unit_rows[unit].ms;
    struct date_parts parts;
    enum err_code rc;

    check((size_t)unit < UNIT_COUNT);
    if (!date__in_range(moment))
        return out_of_range(e);
    if (ms > 0) {
        if (count > most / ms || count < -(most / ms) || !date__in_range(moment + count * ms))
            return out_of_range(e);
        *result = moment + count * ms;
        return ERR_OK;
    }
    if (count > most / MS_DAY || count < -(most / MS_DAY))
        return out_of_range(e);
    rc = date_split(dates, moment, zone, &parts, e);
    if (rc != ERR_OK)
        return rc;
    if (unit == DATE_DAY || unit == DATE_WEEK) {
        count *= unit == DATE_WEEK ? 7 : 1;
        if (!date__in_range(moment + count * MS_DAY))
            return out_of_range(e);
        rc = add_days(dates, &parts, count, zone, result, e);
    } else {
        rc = add_months(dates, &parts, count * (unit == DATE_YEAR ? 12 : 1), zone, result, e);
    }
    if (rc == ERR_OK && !date__is_utc(zone))
        rc = keep_offset(dates, &parts, zone, result, e);
    return rc;
}

/* Of two moments with the same count of larger units: is b's rest before a's? */
static int rest_order(const struct date_parts *a, const struct date_parts *b, bool with_day)
{
    int64_t left = (with_day ? a->day : 0) * INT64_C(100000000) +
                   ((a->hour * 60 + a->minute) * 60 + a->second) * INT64_C(1000) + a->ms;
    int64_t right = (with_day ? b->day : 0) * INT64_C(100000000) +
                    ((b->hour * 60 + b->minute) * 60 + b->second) * INT64_C(1000) + b->ms;

    return (right > left) - (right < left);
}

enum err_code date_diff(struct dates *dates, int64_t a, int64_t b, enum date_unit unit,
                        const char *zone, int64_t *count, struct err *e)
{
    struct date_parts from, to;
    enum err_code rc;
    int64_t whole;
    int order;

    check((size_t)unit < UNIT_COUNT);
    if (!date__in_range(a) || !date__in_range(b))
        return out_of_range(e);
    if (unit_rows[unit].ms > 0) {
        *count = (b - a) / unit_rows[unit].ms;
        return ERR_OK;
    }
    rc = date_split(dates, a, zone, &from, e);
    if (rc == ERR_OK)
        rc = date_split(dates, b, zone, &to, e);
    if (rc != ERR_OK)
        return rc;
    if (unit == DATE_DAY || unit == DATE_WEEK) {
        whole = date__days(to.year, to.month, to.day) - date__days(from.year, from.month, from.day);
        order = rest_order(&from, &to, false);
    } else {
        whole = ((int64_t)to.year * 12 + to.month) - ((int64_t)from.year * 12 + from.month);
        order = rest_order(&from, &to, true);
    }
    if (whole > 0 && order < 0)
        whole--;
    else if (whole < 0 && order > 0)
        whole++;
    *count = whole / (unit == DATE_WEEK ? 7 : unit == DATE_YEAR ? 12 : 1);
    return ERR_OK;
}
