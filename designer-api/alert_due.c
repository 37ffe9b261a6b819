/* alert_due.c - when something is due, and when nobody is to be woken: local times of a zone. A
 * local time that a clock change leaves out is the moment of the change; one that comes twice is
 * its first coming (rules/zone.h). */
#include "designer-api/alert_priv.h"

#include <stdlib.h>
#include <string.h>

#include "rules/zone.h"

#define DUE_DAYS 370 /* so far back a day is looked for */

static const char *const day_names[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };

static int minute_of(const char *text)
{
    return (int)(strtol(text, NULL, 10) * 60 + strtol(text + 3, NULL, 10));
}

bool alert__day(const char *text, int *year, int *month, int *day)
{
    static const int lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap;

    *year = (int)strtol(text, NULL, 10);
    *month = (int)strtol(text + 5, NULL, 10);
    *day = (int)strtol(text + 8, NULL, 10);
    leap = *year % 4 == 0 && (*year % 100 != 0 || *year % 400 == 0);
    return *month >= 1 && *month <= 12 && *day >= 1 && *day <= lengths[*month - 1] &&
           (*month != 2 || *day < 29 || leap);
}

/* 0: Sunday */
static int weekday(const struct cron_time *at)
{
    static const int offsets[] = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 };
    int year = at->year - (at->month < 3);

    return (year + year / 4 - year / 100 + year / 400 + offsets[at->month - 1] + at->day) % 7;
}

static bool day_is(const json_t *days, const struct cron_time *at)
{
    const char *name = day_names[weekday(at)];
    json_t *one;
    size_t i;

    if (json_array_size(days) == 0)
        return true;
    json_array_foreach((json_t *)days, i, one)
    {
        if (strcmp(json_text(one), name) == 0)
            return true;
    }
    return false;
}

static bool day_excepted(const json_t *except, const struct cron_time *at)
{
    json_t *one;
    size_t i;
    int year, month, day;

    json_array_foreach((json_t *)except, i, one)
    {
        if (alert__day(json_text(one), &year, &month, &day) && year == at->year &&
            month == at->month && day == at->day)
            return true;
    }
    return false;
}

static struct cron_time at_minute(struct cron_time day, int minute)
{
    day.hour = minute / 60;
    day.minute = minute % 60;
    return day;
}

/* Noon of a day less 24 hours is some time of the day before. */
static void day_before(struct zone *zone, struct cron_time *day)
{
    zone_local(zone, zone_moment(zone, at_minute(*day, 720)) - 86400000, day);
}

enum err_code alert__due(const json_t *due, int64_t now_ms, struct alert_due *last, struct err *e)
{
    const char *time = json_get_text(due, "time"), *since = json_get_text(due, "since");
    struct zone *zone = zone_open(json_get_text(due, "zone"), e);
    struct cron_time day, first;
    int end = minute_of(time), begin = since != NULL ? minute_of(since) : 0;

    *last = (struct alert_due){ .to_ms = 0 };
    if (zone == NULL)
        return e->code;
    zone_local(zone, now_ms, &day);
    for (unsigned i = 0; i < DUE_DAYS && last->to_ms == 0; i++, day_before(zone, &day)) {
        int64_t to = zone_moment(zone, at_minute(day, end));

        if (to > now_ms || !day_is(json_object_get(due, "days"), &day) ||
            day_excepted(json_object_get(due, "except"), &day))
            continue;
        first = day;
        if (begin >= end)
            day_before(zone, &first);
        last->to_ms = to;
        last->from_ms = zone_moment(zone, at_minute(first, begin));
    }
    zone_close(zone);
    return ERR_OK;
}

/* A window that ends before it begins goes over midnight: it is of the day it begins on. */
static bool window_covers(const json_t *window, int64_t now_ms)
{
    struct err e;
    struct zone *zone = zone_open(json_get_text(window, "zone"), &e);
    int from = minute_of(json_get_text(window, "from")),
        to = minute_of(json_get_text(window, "to"));
    const json_t *days = json_object_get(window, "days");
    struct cron_time local;
    bool covers;
    int now;

    if (zone == NULL)
        return false;
    zone_local(zone, now_ms, &local);
    now = local.hour * 60 + local.minute;
    covers = now >= from && (from >= to || now < to) && day_is(days, &local);
    if (!covers && from >= to && now < to) {
        day_before(zone, &local);
        covers = day_is(days, &local);
    }
    zone_close(zone);
    return covers;
}

bool alert__quiet(const json_t *windows, int64_t now_ms)
{
    json_t *one;
    size_t i;

    json_array_foreach((json_t *)windows, i, one)
    {
        if (window_covers(one, now_ms))
            return true;
    }
    return false;
}
