/* cron.c - the times of a schedule: reading the five fields, and finding the next minute.
 *
 * Every field is a set of bits, so that "does it fit" is one test and the search goes by the
 * largest step that is safe: month by month, day by day, then within the day. */
#include "base/cron.h"

#include <ctype.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"

#define CRON_FIELDS 5
#define YEAR_MOST   9999

enum cron_field { CRON_MINUTE, CRON_HOUR, CRON_DAY, CRON_MONTH, CRON_WEEKDAY };

static const char *const month_names[] = { "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL",
                                           "AUG", "SEP", "OCT", "NOV", "DEC", NULL };
static const char *const weekday_names[] = {
    "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", NULL
};
static const struct row {
    const char *name;
    int least, most;
    const char *const *names; /* of least, least + 1, ... */
} rows[CRON_FIELDS] = {
    [CRON_MINUTE] = { "minute", 0, 59, NULL },
    [CRON_HOUR] = { "hour", 0, 23, NULL },
    [CRON_DAY] = { "day of month", 1, 31, NULL },
    [CRON_MONTH] = { "month", 1, 12, month_names },
    [CRON_WEEKDAY] = { "day of week", 0, 7, weekday_names },
};

/* ---- One field */

struct reading {
    enum cron_field field;
    const char *at; /* what is left of the field */
    const char *end;
    uint64_t bits;
    struct err *e;
};

static enum err_code field_wrong(const struct reading *reading, const char *fmt, ...) PRINTF(2, 3);
static enum err_code field_wrong(const struct reading *reading, const char *fmt, ...)
{
    char text[200];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return err_set(reading->e, ERR_SYNTAX, "field %d (%s): %s", (int)reading->field + 1,
                   rows[reading->field].name, text);
}

static bool take_char(struct reading *reading, char c)
{
    if (reading->at == reading->end || *reading->at != c)
        return false;
    reading->at++;
    return true;
}

/* Digits; false: there are none. More than any field has counts as very many. */
static bool take_number(struct reading *reading, int *value)
{
    const char *from = reading->at;

    for (*value = 0; reading->at < reading->end && isdigit((unsigned char)*reading->at);
         reading->at++)
        if (*value < 10000)
            *value = *value * 10 + (*reading->at - '0');
    return reading->at > from;
}

static bool take_name(struct reading *reading, int *value)
{
    const struct row *row = &rows[reading->field];
    size_t size = 0;

    while (reading->at + size < reading->end && isalpha((unsigned char)reading->at[size]))
        size++;
    for (int i = 0; size == 3 && row->names != NULL && row->names[i] != NULL; i++)
        if (strncasecmp(row->names[i], reading->at, size) == 0) {
            *value = row->least + i;
            reading->at += size;
            return true;
        }
    return false;
}

static enum err_code take_value(struct reading *reading, int *value)
{
    const struct row *row = &rows[reading->field];
    int shown = (int)(reading->end - reading->at);

    if (!take_number(reading, value) && !take_name(reading, value))
        return field_wrong(reading,
                           "\"%.*s\" cannot stand here: a value is a number from %d to %d%s",
                           shown < 20 ? shown : 20, reading->at, row->least, row->most,
                           row->names == month_names     ? " or a name like JAN"
                           : row->names == weekday_names ? " or a name like MON"
                                                         : "");
    if (*value < row->least || *value > row->most)
        return field_wrong(reading, "%d is not from %d to %d", *value, row->least, row->most);
    return ERR_OK;
}

/* "/STEP" behind a range; 1 when there is none. */
static enum err_code take_step(struct reading *reading, bool range, int first, int *step)
{
    const struct row *row = &rows[reading->field];
    int values = row->most - row->least + (reading->field != CRON_WEEKDAY);

    *step = 1;
    if (!take_char(reading, '/'))
        return ERR_OK;
    if (!take_number(reading, step))
        return field_wrong(reading, "after \"/\" a step must stand, like \"*/2\"");
    if (!range)
        return field_wrong(reading, "a step needs a range: write \"%d-%d/%d\"", first, row->most,
                           *step);
    if (*step < 1 || *step >= values)
        return field_wrong(reading, "a step of %d is not from 1 to %d", *step, values - 1);
    return ERR_OK;
}

/* "*", "5", "1-5", each with a step. */
static enum err_code take_range(struct reading *reading)
{
    const struct row *row = &rows[reading->field];
    int first = row->least, last = row->most, step;
    bool range = true;
    enum err_code rc = ERR_OK;

    if (!take_char(reading, '*')) {
        rc = take_value(reading, &first);
        last = first;
        range = rc == ERR_OK && take_char(reading, '-');
        if (range)
            rc = take_value(reading, &last);
    }
    if (rc == ERR_OK)
        rc = take_step(reading, range, first, &step);
    if (rc != ERR_OK)
        return rc;
    if (reading->field == CRON_WEEKDAY && last < first)
        last += 7; /* FRI-MON */
    if (last < first)
        return field_wrong(reading, "the range %d-%d goes back: write \"%d-%d,%d-%d\"", first, last,
                           first, row->most, row->least, last);
    for (int value = first; value <= last; value += step)
        reading->bits |= UINT64_C(1) << (reading->field == CRON_WEEKDAY ? value % 7 : value);
    return ERR_OK;
}

static enum err_code field_read(struct reading *reading)
{
    enum err_code rc;

    check(reading->end > reading->at);
    do {
        rc = take_range(reading);
    } while (rc == ERR_OK && take_char(reading, ','));
    if (rc == ERR_OK && reading->at < reading->end)
        rc = field_wrong(reading,
                         "\"%.*s\" cannot stand here: a field has numbers, names, \"*\", \"-\", "
                         "\"/\" and \",\"",
                         (int)(reading->end - reading->at < 20 ? reading->end - reading->at : 20),
                         reading->at);
    return rc;
}

/* ---- The whole */

static const char *blanks_skip(const char *at)
{
    return at + strspn(at, " \t");
}

static const char *field_end(const char *at)
{
    return at + strcspn(at, " \t");
}

static enum err_code count_check(const char *text, struct err *e)
{
    static const struct {
        const char *name, *fields;
    } nicknames[] = {
        { "@yearly", "0 0 1 1 *" }, { "@annually", "0 0 1 1 *" }, { "@monthly", "0 0 1 * *" },
        { "@weekly", "0 0 * * 0" }, { "@daily", "0 0 * * *" },    { "@midnight", "0 0 * * *" },
        { "@hourly", "0 * * * *" },
    };
    unsigned count = 0;

    for (size_t i = 0; i < sizeof nicknames / sizeof *nicknames; i++)
        if (strcasecmp(text, nicknames[i].name) == 0)
            return err_set(e, ERR_SYNTAX, "for %s write \"%s\"", nicknames[i].name,
                           nicknames[i].fields);
    for (const char *at = blanks_skip(text); *at != '\0'; at = blanks_skip(field_end(at)))
        count++;
    if (count == CRON_FIELDS)
        return ERR_OK;
    return err_set(e, ERR_SYNTAX,
                   "there are %u fields, but five are wanted: minute, hour, day of month, month, "
                   "day of week, like \"30 6 * * MON-FRI\"%s",
                   count, count == CRON_FIELDS + 1 ? "; seconds and years cannot be said" : "");
}

static int month_days(int year, int month)
{
    static const signed char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    check(month >= 1 && month <= 12);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Whether some month has some of the days; a weekday comes in every month. */
static enum err_code dates_check(const struct cron *cron, struct err *e)
{
    int least = 1;

    if (cron->either)
        return ERR_OK;
    for (int month = 1; month <= 12; month++)
        if ((cron->months >> month & 1) != 0 &&
            (cron->days & ((UINT64_C(2) << month_days(2000, month)) - 1)) != 0)
            return ERR_OK;
    while ((cron->days >> least & 1) == 0)
        least++;
    return err_set(e, ERR_SYNTAX,
                   "field 3 (day of month): no month of field 4 has a day %d, so this would never "
                   "be; for the last day of a month write \"28-31\" and let the flow decide",
                   least);
}

enum err_code cron_parse(struct cron *cron, const char *text, struct err *e)
{
    uint64_t bits[CRON_FIELDS];
    bool star[CRON_FIELDS];
    const char *at = blanks_skip(text);
    enum err_code rc = count_check(text, e);

    check(cron != NULL);
    for (int i = 0; rc == ERR_OK && i < CRON_FIELDS; i++) {
        struct reading reading = { (enum cron_field)i, at, field_end(at), 0, e };

        star[i] = *at == '*';
        rc = field_read(&reading);
        bits[i] = reading.bits;
        at = blanks_skip(field_end(at));
    }
    if (rc != ERR_OK)
        return rc;
    *cron = (struct cron){
        .minutes = bits[CRON_MINUTE],
        .hours = (uint32_t)bits[CRON_HOUR],
        .days = (uint32_t)bits[CRON_DAY],
        .months = (uint16_t)bits[CRON_MONTH],
        .weekdays = (uint8_t)bits[CRON_WEEKDAY],
        .either = !star[CRON_DAY] && !star[CRON_WEEKDAY],
    };
    return dates_check(cron, e);
}

/* ---- The search */

/* 0: Sunday (Sakamoto's rule). */
static int weekday(int year, int month, int day)
{
    static const signed char shift[] = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 };
    int y = month < 3 ? year - 1 : year;

    return (y + y / 4 - y / 100 + y / 400 + shift[month - 1] + day) % 7;
}

static bool day_fits(const struct cron *cron, const struct cron_time *t)
{
    bool number = (cron->days >> t->day & 1) != 0;
    bool name = (cron->weekdays >> weekday(t->year, t->month, t->day) & 1) != 0;

    return cron->either ? number || name : number && name;
}

static bool time_is_sound(const struct cron_time *t)
{
    return t->year >= 1 && t->year <= YEAR_MOST && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
           t->day <= month_days(t->year, t->month) && t->hour >= 0 && t->hour <= 23 &&
           t->minute >= 0 && t->minute <= 59;
}

bool cron_fits(const struct cron *cron, struct cron_time local)
{
    check(time_is_sound(&local));
    return (cron->months >> local.month & 1) != 0 && day_fits(cron, &local) &&
           (cron->hours >> local.hour & 1) != 0 && (cron->minutes >> local.minute & 1) != 0;
}

static void month_add(struct cron_time *t)
{
    if (++t->month > 12) {
        t->month = 1;
        t->year++;
    }
    t->day = 1;
    t->hour = t->minute = 0;
}

static void day_add(struct cron_time *t)
{
    t->hour = t->minute = 0;
    if (++t->day > month_days(t->year, t->month))
        month_add(t);
}

/* The first minute from `t` on within its day; false: there is none. */
static bool day_search(const struct cron *cron, struct cron_time *t)
{
    for (; t->hour < 24; t->hour++, t->minute = 0) {
        if ((cron->hours >> t->hour & 1) == 0)
            continue;
        for (; t->minute < 60; t->minute++)
            if ((cron->minutes >> t->minute & 1) != 0)
                return true;
    }
    return false;
}

bool cron_next(const struct cron *cron, struct cron_time local, struct cron_time *next)
{
    struct cron_time t = local;

    check(next != NULL);
    check(time_is_sound(&local));
    t.minute++; /* 60 is past the hour: the search goes on with the next one */
    while (t.year <= YEAR_MOST) {
        if ((cron->months >> t.month & 1) == 0) {
            month_add(&t);
        } else if (!day_fits(cron, &t) || !day_search(cron, &t)) {
            day_add(&t);
        } else {
            *next = t;
            return true;
        }
    }
    return false;
}
