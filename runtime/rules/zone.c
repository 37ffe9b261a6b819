/* zone.c - see zone.h. One Gregorian calendar of ICU stands behind a zone. */
#include "rules/zone.h"

#include <stdio.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "base/check.h"
#include "base/mem.h"

#define ZONE_MAGIC 0x5A4F4E45u
#define ZONE_NAME  64
#define LONG_AGO   (-1.0e16)                /* before any moment of ours: no Julian calendar */
#define MOMENT_MIN INT64_C(-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define MOMENT_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

struct zone {
    unsigned magic;
    UCalendar *calendar;
};

static enum err_code zone_unknown(const char *name, struct err *e)
{
    return err_set(e, ERR_INVALID,
                   "there is no time zone \"%.40s\"; zones are named like Europe/Vienna or "
                   "America/New_York, or +02:00",
                   name);
}

/* The name as ICU takes it: "+02:00" is "GMT+02:00". ICU reads any other text that it does not know
 * as UTC, so a name must be one of its own. */
static enum err_code zone_name(const char *name, UChar wide[ZONE_NAME + 4], struct err *e)
{
    UChar canonical[2 * ZONE_NAME];
    UBool system = 0;
    UErrorCode status = U_ZERO_ERROR;
    bool offset = name[0] == '+' || name[0] == '-';
    int32_t at = 0;

    if (name[0] == '\0' || strlen(name) >= ZONE_NAME)
        return zone_unknown(name, e);
    if (offset) {
        u_uastrcpy(wide, "GMT");
        at = 3;
    }
    for (const char *c = name; *c != '\0'; c++) {
        if ((unsigned char)*c >= 0x80)
            return zone_unknown(name, e);
        wide[at++] = (UChar)*c;
    }
    wide[at] = 0;
    ucal_getCanonicalTimeZoneID(wide, -1, canonical, 2 * ZONE_NAME, &system, &status);
    return U_FAILURE(status) || (!system && !offset) ? zone_unknown(name, e) : ERR_OK;
}

struct zone *zone_open(const char *name, struct err *e)
{
    UChar wide[ZONE_NAME + 4];
    UErrorCode status = U_ZERO_ERROR;
    UCalendar *calendar;
    struct zone *zone;

    if (zone_name(name != NULL ? name : "Etc/UTC", wide, e) != ERR_OK)
        return NULL;
    calendar = ucal_open(wide, -1, "en_US", UCAL_GREGORIAN, &status);
    if (U_SUCCESS(status))
        ucal_setGregorianChange(calendar, LONG_AGO, &status);
    if (U_FAILURE(status)) {
        if (calendar != NULL)
            ucal_close(calendar);
        err_set(e, ERR_MEMORY, "the calendar of zone \"%.40s\" cannot be opened: %s",
                name != NULL ? name : "UTC", u_errorName(status));
        return NULL;
    }
    ucal_setAttribute(calendar, UCAL_REPEATED_WALL_TIME, UCAL_WALLTIME_FIRST);
    ucal_setAttribute(calendar, UCAL_SKIPPED_WALL_TIME, UCAL_WALLTIME_NEXT_VALID);
    zone = mem_must(sizeof *zone);
    zone->magic = ZONE_MAGIC;
    zone->calendar = calendar;
    return zone;
}

void zone_close(struct zone *zone)
{
    if (zone == NULL)
        return;
    CHECK_OBJ(zone, ZONE_MAGIC);
    ucal_close(zone->calendar);
    zone->magic = 0;
    mem_free(zone);
}

static void zone_set(struct zone *zone, int64_t moment)
{
    UErrorCode status = U_ZERO_ERROR;

    CHECK_OBJ(zone, ZONE_MAGIC);
    check(moment >= MOMENT_MIN && moment <= MOMENT_MAX);
    ucal_setMillis(zone->calendar, (UDate)moment, &status);
    check(U_SUCCESS(status));
}

static int zone_get(struct zone *zone, UCalendarDateFields field)
{
    UErrorCode status = U_ZERO_ERROR;
    int value = ucal_get(zone->calendar, field, &status);

    check(U_SUCCESS(status)); /* the calendar is whole and the moment in its range */
    return value;
}

void zone_local(struct zone *zone, int64_t moment, struct cron_time *local)
{
    zone_set(zone, moment);
    *local = (struct cron_time){
        .year = zone_get(zone, UCAL_YEAR),
        .month = zone_get(zone, UCAL_MONTH) + 1,
        .day = zone_get(zone, UCAL_DATE),
        .hour = zone_get(zone, UCAL_HOUR_OF_DAY),
        .minute = zone_get(zone, UCAL_MINUTE),
    };
}

int64_t zone_moment(struct zone *zone, struct cron_time local)
{
    UErrorCode status = U_ZERO_ERROR;
    UDate moment;

    CHECK_OBJ(zone, ZONE_MAGIC);
    check(local.year >= 1 && local.year <= 9999 && local.month >= 1 && local.month <= 12);
    ucal_clear(zone->calendar);
    ucal_setDateTime(zone->calendar, local.year, local.month - 1, local.day, local.hour,
                     local.minute, 0, &status);
    moment = ucal_getMillis(zone->calendar, &status);
    check(U_SUCCESS(status));
    return (int64_t)moment;
}

void zone_text(struct zone *zone, int64_t moment, char text[ZONE_TEXT])
{
    struct cron_time local;
    int offset, second;

    zone_local(zone, moment, &local);
    second = zone_get(zone, UCAL_SECOND);
    offset = (zone_get(zone, UCAL_ZONE_OFFSET) + zone_get(zone, UCAL_DST_OFFSET)) / 60000;
    snprintf(text, ZONE_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", local.year % 10000,
             local.month % 100, local.day % 100, local.hour % 100, local.minute % 100, second % 100,
             offset < 0 ? '-' : '+', (offset < 0 ? -offset : offset) / 60 % 100,
             (offset < 0 ? -offset : offset) % 60);
}
