/* date_icu.c - zones and formats of ICU, kept open: opening one costs thousands of uses.
 *
 * Both caches are small rings; what was not used for longest is closed for the next. Every calendar
 * is Gregorian throughout and reads local times by the rule in date_priv.h. */
#include "rules/date_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unicode/ucal.h>
#include <unicode/udat.h>
#include <unicode/ustring.h>

#include "base/check.h"
#include "base/mem.h"

#define DATES_MAGIC   0xDA7E5001u
#define ZONE_NAME     64u
#define DATES_ZONES   16u
#define DATES_FORMATS 32u
#define LONG_AGO      (-1.0e16) /* before any moment of ours: no Julian calendar */

struct zone_slot {
    char name[ZONE_NAME];
    UCalendar *calendar; /* NULL: the slot is free */
    uint64_t used;
};
struct format_slot {
    char pattern[DATE_TEXT / 2];
    char zone[ZONE_NAME];
    UDateFormat *format; /* NULL: the slot is free */
    uint64_t used;
};
struct dates {
    unsigned magic;
    uint64_t turn; /* counts uses */
    unsigned opened;
    struct zone_slot zones[DATES_ZONES];
    struct format_slot formats[DATES_FORMATS];
};

struct dates *dates_new(void)
{
    struct dates *dates = mem_must(sizeof(*dates));

    dates->magic = DATES_MAGIC;
    return dates;
}

void dates_free(struct dates *dates)
{
    if (dates == NULL)
        return;
    CHECK_OBJ(dates, DATES_MAGIC);
    for (unsigned i = 0; i < DATES_ZONES; i++)
        if (dates->zones[i].calendar != NULL)
            ucal_close(dates->zones[i].calendar);
    for (unsigned i = 0; i < DATES_FORMATS; i++)
        if (dates->formats[i].format != NULL)
            udat_close(dates->formats[i].format);
    dates->magic = 0;
    mem_free(dates);
}

unsigned dates_opened(struct dates *dates)
{
    unsigned count = dates->opened;

    dates->opened = 0;
    return count;
}

static enum err_code zone_unknown(const char *zone, struct err *e)
{
    return err_set(e, ERR_RULE,
                   "there is no time zone '%.40s'; zones are named like Europe/Vienna or "
                   "America/New_York, or +02:00",
                   zone);
}

/* The name as ICU knows it: "+02:00" is "GMT+02:00". */
static enum err_code zone_name(const char *zone, UChar name[ZONE_NAME + 4], struct err *e)
{
    UChar canonical[128];
    UBool system = 0;
    UErrorCode status = U_ZERO_ERROR;
    bool offset = zone[0] == '+' || zone[0] == '-';
    int32_t at = 0;

    if (strlen(zone) >= ZONE_NAME || zone[0] == '\0')
        return zone_unknown(zone, e);
    if (offset) {
        u_uastrcpy(name, "GMT");
        at = 3;
    }
    for (const char *c = zone; *c != '\0'; c++) {
        if ((unsigned char)*c >= 0x80)
            return zone_unknown(zone, e);
        name[at++] = (UChar)*c;
    }
    name[at] = 0;
    ucal_getCanonicalTimeZoneID(name, -1, canonical, 128, &system, &status);
    if (U_FAILURE(status) || (!system && !offset))
        return zone_unknown(zone, e);
    return ERR_OK;
}

static enum err_code zone_open(const char *zone, UCalendar **calendar, struct err *e)
{
    UChar name[ZONE_NAME + 4];
    UErrorCode status = U_ZERO_ERROR;
    enum err_code rc = zone_name(zone, name, e);

    if (rc != ERR_OK)
        return rc;
    *calendar = ucal_open(name, -1, "en_US", UCAL_GREGORIAN, &status);
    if (U_SUCCESS(status))
        ucal_setGregorianChange(*calendar, LONG_AGO, &status);
    if (U_FAILURE(status)) {
        if (*calendar != NULL)
            ucal_close(*calendar);
        *calendar = NULL;
        return err_set(e, ERR_RULE, "the calendar of zone '%.40s' cannot be opened: %s", zone,
                       u_errorName(status));
    }
    ucal_setAttribute(*calendar, UCAL_REPEATED_WALL_TIME, UCAL_WALLTIME_FIRST);
    return ERR_OK;
}

static enum err_code zone_find(struct dates *dates, const char *zone, UCalendar **calendar,
                               struct err *e)
{
    struct zone_slot *oldest = &dates->zones[0];
    UCalendar *opened = NULL;
    enum err_code rc;

    CHECK_OBJ(dates, DATES_MAGIC);
    for (unsigned i = 0; i < DATES_ZONES; i++) {
        struct zone_slot *slot = &dates->zones[i];

        if (slot->calendar != NULL && strcmp(slot->name, zone) == 0) {
            slot->used = ++dates->turn;
            *calendar = slot->calendar;
            return ERR_OK;
        }
        if (slot->used < oldest->used)
            oldest = slot;
    }
    rc = zone_open(zone, &opened, e);
    if (rc != ERR_OK)
        return rc;
    if (oldest->calendar != NULL)
        ucal_close(oldest->calendar);
    oldest->calendar = *calendar = opened;
    dates->opened++;
    oldest->used = ++dates->turn;
    snprintf(oldest->name, sizeof(oldest->name), "%s", zone);
    return ERR_OK;
}

static enum err_code icu_failed(UErrorCode status, const char *what, struct err *e)
{
    return err_set(e, ERR_RULE, "%s: %s", what, u_errorName(status));
}

enum err_code date__offset(struct dates *dates, const char *zone, int64_t moment,
                           int64_t *offset_ms, struct err *e)
{
    UErrorCode status = U_ZERO_ERROR;
    UCalendar *calendar;
    enum err_code rc = zone_find(dates, zone, &calendar, e);

    if (rc != ERR_OK)
        return rc;
    ucal_setMillis(calendar, (UDate)moment, &status);
    *offset_ms = ucal_get(calendar, UCAL_ZONE_OFFSET, &status);
    *offset_ms += ucal_get(calendar, UCAL_DST_OFFSET, &status);
    return U_FAILURE(status) ? icu_failed(status, "the offset of the zone", e) : ERR_OK;
}

enum err_code date__local(struct dates *dates, const char *zone, const struct date_parts *parts,
                          int64_t *moment, struct err *e)
{
    UErrorCode status = U_ZERO_ERROR;
    UCalendar *calendar;
    enum err_code rc = zone_find(dates, zone, &calendar, e);

    if (rc != ERR_OK)
        return rc;
    ucal_clear(calendar);
    ucal_setDateTime(calendar, parts->year, parts->month - 1, parts->day, parts->hour,
                     parts->minute, parts->second, &status);
    ucal_set(calendar, UCAL_MILLISECOND, parts->ms);
    *moment = (int64_t)ucal_getMillis(calendar, &status);
    return U_FAILURE(status) ? icu_failed(status, "the local time", e) : ERR_OK;
}

/* What is nearly always a slip: the week's year, the day of the year, a 12-hour clock without am or
 * pm. */
static enum err_code pattern_check(const char *pattern, struct err *e)
{
    static const char known[] = "GyYuUrQqMLlwWdDFgEecabBhHkKmsSAzZOvVXx";
    bool quoted = false;
    bool seen[128] = { false };
    unsigned days = 0;

    for (const char *c = pattern; *c != '\0'; c++) {
        if (*c == '\'')
            quoted = !quoted;
        if ((unsigned char)*c >= 128 || quoted)
            continue;
        seen[(unsigned char)*c] = true;
        if (isalpha((unsigned char)*c) && strchr(known, *c) == NULL)
            return err_set(e, ERR_RULE, "in '%.60s', %c means nothing; text stands in '...'",
                           pattern, *c);
        days += *c == 'D';
    }
    if (seen['Y'] && !seen['w'])
        return err_set(e, ERR_RULE, "in '%.60s', Y is the year of the week; the year is yyyy",
                       pattern);
    if (days == 2)
        return err_set(e, ERR_RULE,
                       "in '%.60s', DD is the day of the year; the day of the month is dd",
                       pattern);
    if ((seen['h'] || seen['K']) && !seen['a'] && !seen['b'] && !seen['B'])
        return err_set(e, ERR_RULE,
                       "in '%.60s', h counts to 12; the hour of the day is HH, or add a", pattern);
    return ERR_OK;
}

static enum err_code format_open(struct dates *dates, const char *pattern, const char *zone,
                                 UDateFormat **format, struct err *e)
{
    UChar wide[DATE_TEXT];
    UErrorCode status = U_ZERO_ERROR;
    UCalendar *calendar;
    int32_t size;
    enum err_code rc = pattern_check(pattern, e);

    if (rc == ERR_OK)
        rc = zone_find(dates, zone, &calendar, e);
    if (rc != ERR_OK)
        return rc;
    u_strFromUTF8(wide, DATE_TEXT, &size, pattern, -1, &status);
    if (U_FAILURE(status))
        return icu_failed(status, "the pattern", e);
    *format = udat_open(UDAT_PATTERN, UDAT_PATTERN, "en_US", NULL, 0, wide, size, &status);
    if (U_FAILURE(status)) {
        if (*format != NULL)
            udat_close(*format);
        *format = NULL;
        return err_set(e, ERR_RULE, "'%.60s' is not a pattern of dates: %s", pattern,
                       u_errorName(status));
    }
    udat_setCalendar(*format, calendar);
    udat_setLenient(*format, 0);
    return ERR_OK;
}

static enum err_code format_find(struct dates *dates, const char *pattern, const char *zone,
                                 UDateFormat **format, struct err *e)
{
    struct format_slot *oldest = &dates->formats[0];
    UDateFormat *opened = NULL;
    enum err_code rc;

    if (date__is_utc(zone))
        zone = "Etc/UTC";
    check(strlen(pattern) < sizeof(oldest->pattern));
    for (unsigned i = 0; i < DATES_FORMATS; i++) {
        struct format_slot *slot = &dates->formats[i];

        if (slot->format != NULL && strcmp(slot->pattern, pattern) == 0 &&
            strcmp(slot->zone, zone) == 0) {
            slot->used = ++dates->turn;
            *format = slot->format;
            return ERR_OK;
        }
        if (slot->used < oldest->used)
            oldest = slot;
    }
    rc = format_open(dates, pattern, zone, &opened, e);
    if (rc != ERR_OK)
        return rc;
    if (oldest->format != NULL)
        udat_close(oldest->format);
    oldest->format = *format = opened;
    dates->opened++;
    oldest->used = ++dates->turn;
    snprintf(oldest->pattern, sizeof(oldest->pattern), "%s", pattern);
    snprintf(oldest->zone, sizeof(oldest->zone), "%s", zone);
    return ERR_OK;
}

enum err_code date__icu_format(struct dates *dates, int64_t moment, const char *pattern,
                               const char *zone, char text[DATE_TEXT], size_t *length,
                               struct err *e)
{
    UChar wide[DATE_TEXT];
    UErrorCode status = U_ZERO_ERROR;
    UDateFormat *format;
    int32_t size, bytes = 0;
    enum err_code rc = format_find(dates, pattern, zone, &format, e);

    if (rc != ERR_OK)
        return rc;
    if (!date__in_range(moment))
        return err_set(e, ERR_RULE, "the moment is outside of the years 1 to 9999");
    size = udat_format(format, (UDate)moment, wide, DATE_TEXT, NULL, &status);
    if (U_SUCCESS(status))
        u_strToUTF8(text, DATE_TEXT, &bytes, wide, size, &status);
    if (U_FAILURE(status) || bytes >= DATE_TEXT)
        return err_set(e, ERR_RULE, "'%.60s' is not a pattern of dates: %s", pattern,
                       u_errorName(status));
    *length = (size_t)bytes;
    return ERR_OK;
}

/* Does a letter of the pattern stand for a day of the week? */
static bool pattern_has_weekday(const char *pattern)
{
    bool quoted = false;

    for (const char *c = pattern; *c != '\0'; c++) {
        if (*c == '\'')
            quoted = !quoted;
        else if (!quoted && (*c == 'E' || *c == 'e' || *c == 'c'))
            return true;
    }
    return false;
}

/* Is every name of a weekday in the text (Sat, Saturday, Sa) that of the day? 1 is Sunday. */
static bool weekday_fits(const char *text, size_t size, int32_t day)
{
    static const char *const names[] = { "sunday",   "monday", "tuesday", "wednesday",
                                         "thursday", "friday", "saturday" };

    for (size_t i = 0; i < size;) {
        size_t from = i;

        while (i < size && isalpha((unsigned char)text[i]))
            i++;
        for (int32_t n = 0; n < 7; n++) {
            size_t length = i - from, whole = strlen(names[n]);

            if ((length == 2 || length == 3 || length == whole) &&
                strncasecmp(names[n], text + from, length) == 0 && n + 1 != day)
                return false;
        }
        i += i == from;
    }
    return true;
}

/* As udat_parse() does it, but the calendar is kept: its zone is that of the text, if there is
 * one, and in that zone the day of the week counts. */
static UDate parse_calendar(UDateFormat *format, const UChar *wide, int32_t length, int32_t *at,
                            int32_t *weekday, UErrorCode *status)
{
    UCalendar *calendar = ucal_clone(udat_getCalendar(format), status);
    UDate date = 0;

    if (U_FAILURE(*status))
        return 0;
    ucal_clear(calendar);
    udat_parseCalendar(format, calendar, wide, length, at, status);
    date = ucal_getMillis(calendar, status);
    *weekday = ucal_get(calendar, UCAL_DAY_OF_WEEK, status);
    ucal_close(calendar);
    return date;
}

enum err_code date__icu_parse(struct dates *dates, const char *text, size_t size,
                              const char *pattern, const char *zone, int64_t *moment, struct err *e)
{
    UChar wide[DATE_TEXT];
    UErrorCode status = U_ZERO_ERROR;
    UDateFormat *format;
    int32_t length, at = 0, weekday = 0;
    char shown[DATE_SHOWN];
    UDate date;
    enum err_code rc = format_find(dates, pattern, zone, &format, e);

    if (rc != ERR_OK)
        return rc;
    u_strFromUTF8(wide, DATE_TEXT, &length, text, (int32_t)size, &status);
    if (U_FAILURE(status))
        return icu_failed(status, "the text", e);
    if (pattern_has_weekday(pattern))
        date = parse_calendar(format, wide, length, &at, &weekday, &status);
    else
        date = udat_parse(format, wide, length, &at, &status);
    if (U_FAILURE(status) || at != length)
        return err_set(e, ERR_RULE, "'%s' is not a date of the form %.60s",
                       date__show(shown, text, size), pattern);
    if (weekday != 0 && !weekday_fits(text, size, weekday))
        return err_set(e, ERR_RULE, "'%s' names another day of the week than that of its date",
                       date__show(shown, text, size));
    *moment = (int64_t)date;
    if (!date__in_range(*moment))
        return err_set(e, ERR_RULE, "the moment is outside of the years 1 to 9999");
    return ERR_OK;
}
