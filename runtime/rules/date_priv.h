/* date_priv.h - moments, calendars and zones, over ICU. Knows nothing of Lua. For rules/ only.
 *
 * A moment is milliseconds since 1970-01-01 UTC, from year 1 to year 9999 of the Gregorian
 * calendar, which is used for all times. A zone is a name of the IANA database
 * ("Europe/Vienna"), an offset ("+02:00") or NULL: UTC. A local time that a clock change leaves
 * out is read one hour later; one that comes twice is the first. Patterns are those of Unicode
 * (yyyy-MM-dd HH:mm:ss.SSS); names of months and days are English. */
#ifndef RULES_DATE_PRIV_H
#define RULES_DATE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DATE_TEXT 256 /* a formatted moment */

struct dates; /* calendars and formats in use; one for a rules room, not shared by threads */
struct dates *dates_new(void);
void dates_free(struct dates *dates); /* NULL is fine */
/* How many calendars and formats were opened since the last time it was asked: each takes ICU about
 * 50 us. */
unsigned dates_opened(struct dates *dates);

struct date_parts {
    int year, month, day, hour, minute, second, ms; /* month and day from 1 */
    int weekday;                                    /* 1 Monday to 7 Sunday */
    int yearday;                                    /* from 1 */
    int offset;                                     /* from UTC, in minutes */
};
enum err_code date_split(struct dates *dates, int64_t moment, const char *zone,
                         struct date_parts *parts, struct err *e) MUST_USE;
/* Reads year to ms; the day may be one that the month does not have only if `clamp`: the last is
 * taken. */
enum err_code date_join(struct dates *dates, const struct date_parts *parts, const char *zone,
                        bool clamp, int64_t *moment, struct err *e) MUST_USE;

/* 2026-11-21, 2026-11-21T09:03, ...T09:03:03.123Z, ...+01:00; without an offset the zone counts. */
enum err_code date_parse_iso(struct dates *dates, const char *text, size_t size, const char *zone,
                             int64_t *moment, struct err *e) MUST_USE;
enum err_code date_parse(struct dates *dates, const char *text, size_t size, const char *pattern,
                         const char *zone, int64_t *moment, struct err *e) MUST_USE;
/* Returns the length in *length. */
enum err_code date_format(struct dates *dates, int64_t moment, const char *pattern,
                          const char *zone, char text[DATE_TEXT], size_t *length,
                          struct err *e) MUST_USE;

#define DATE_UNITS(X)          \
    X(MS, "millisecond")       \
    X(SECOND, "second")        \
    X(MINUTE, "minute")        \
    X(HOUR, "hour")            \
    X(DAY, "day")              \
    X(WEEK, "week")            \
    X(MONTH, "month")          \
    X(YEAR, "year")
enum date_unit {
#define X(code, name) DATE_##code,
    DATE_UNITS(X)
#undef X
};
bool date_unit_find(const char *name, enum date_unit *unit); /* "day" or "days" */
/* Days and longer keep the time of day in the zone; a month without the day takes its last. */
enum err_code date_add(struct dates *dates, int64_t moment, int64_t count, enum date_unit unit,
                       const char *zone, int64_t *result, struct err *e) MUST_USE;
/* Whole units from a to b, negative if b is earlier. */
enum err_code date_diff(struct dates *dates, int64_t a, int64_t b, enum date_unit unit,
                        const char *zone, int64_t *count, struct err *e) MUST_USE;

/* For date*.c */
bool date__in_range(int64_t moment);
int64_t date__days(int year, int month, int day); /* since 1970-01-01 */
int date__month_days(int year, int month);
void date__civil(int64_t local_ms, struct date_parts *parts);
/* Zones and formats of ICU. *offset_ms: from UTC at that moment, or at that local time. */
enum err_code date__offset(struct dates *dates, const char *zone, int64_t moment,
                           int64_t *offset_ms, struct err *e) MUST_USE;
enum err_code date__local(struct dates *dates, const char *zone, const struct date_parts *parts,
                          int64_t *moment, struct err *e) MUST_USE;
enum err_code date__icu_format(struct dates *dates, int64_t moment, const char *pattern,
                               const char *zone, char text[DATE_TEXT], size_t *length,
                               struct err *e) MUST_USE;
enum err_code date__icu_parse(struct dates *dates, const char *text, size_t size,
                              const char *pattern, const char *zone, int64_t *moment,
                              struct err *e) MUST_USE;
bool date__is_utc(const char *zone);
/* The beginning of a text for a message, masked before it is cut; gives back shown. */
#define DATE_SHOWN 41
const char *date__show(char shown[DATE_SHOWN], const char *text, size_t size);

#endif
