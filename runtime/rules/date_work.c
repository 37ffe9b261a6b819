/* date_work.c - counting business days, and finding the fiscal period of a day.
 *
 * A fiscal year of weeks begins on the weekday that is nearest to the 1st of its month, or the last
 * one up to it; it has 52 weeks or 53, and the 53rd belongs to the last period. */
#include "rules/date_work_priv.h"

#include <stdlib.h>

#include "base/check.h"
#include "rules/date_priv.h"

#define MS_DAY       86400000
#define DAY_LEAST    (-719162) /* 0001-01-01 */
#define DAY_MOST     2932896   /* 9999-12-31 */
#define YEAR_PERIODS 12

static int weekday_of(int64_t day)
{
    return (int)((day % 7 + 7 + 3) % 7) + 1; /* 1970-01-01 was a Thursday */
}

static int day_compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

bool work_is_business(const struct work_calendar *calendar, int64_t day)
{
    if (calendar->off[weekday_of(day)])
        return false;
    return calendar->count == 0 ||
           bsearch(&day, calendar->holidays, calendar->count, sizeof(day), day_compare) == NULL;
}

bool work_add(const struct work_calendar *calendar, int64_t day, int64_t n, int64_t *result)
{
    int64_t step = n < 0 ? -1 : 1;

    check(n >= -WORK_MOST && n <= WORK_MOST);
    while (n != 0) {
        day += step;
        if (day < DAY_LEAST || day > DAY_MOST)
            return false;
        if (work_is_business(calendar, day))
            n -= step;
    }
    *result = day;
    return true;
}

int64_t work_diff(const struct work_calendar *calendar, int64_t a, int64_t b)
{
    int64_t count = 0;

    for (int64_t day = a + 1; day <= b; day++)
        count += work_is_business(calendar, day);
    for (int64_t day = b; day < a; day++)
        count -= work_is_business(calendar, day);
    return count;
}

/* The first day of the fiscal year that begins in that calendar year. */
static int64_t year_begin(const struct fiscal *fiscal, int year)
{
    int64_t first = date__days(year, fiscal->start, 1);
    int back;

    if (fiscal->weeks[0] == 0)
        return first;
    back = (weekday_of(first) - fiscal->weekday + 7) % 7; /* to the last such weekday */
    return !fiscal->last && back > 3 ? first - back + 7 : first - back;
}

static void place_weeks(const struct fiscal *fiscal, int64_t begin, int64_t end, int64_t day,
                        struct fiscal_place *place)
{
    int week = 0; /* behind the period */

    place->week = (int)((day - begin) / 7) + 1;
    for (place->period = 1; place->period <= YEAR_PERIODS; place->period++) {
        place->first = begin + week * 7;
        week += fiscal->weeks[(place->period - 1) % 3];
        place->end = place->period == YEAR_PERIODS ? end : begin + week * 7;
        if (day < place->end)
            return;
    }
    check_failed("a day behind its fiscal year", __FILE__, __LINE__);
}

static void place_months(const struct fiscal *fiscal, const struct date_parts *parts,
                         struct fiscal_place *place)
{
    int next = parts->month % 12 + 1;

    place->week = 0;
    place->period = (parts->month - fiscal->start + 12) % 12 + 1;
    place->first = date__days(parts->year, parts->month, 1);
    place->end = date__days(parts->year + (next == 1), next, 1);
}

bool fiscal_find(const struct fiscal *fiscal, int64_t day, struct fiscal_place *place)
{
    struct date_parts parts;
    int year;

    check(fiscal->start >= 1 && fiscal->start <= 12);
    date__civil(day * MS_DAY, &parts);
    if (parts.year < 2 || parts.year > 9997)
        return false;
    year = parts.year + 1;
    while (day < year_begin(fiscal, year))
        year--;
    if (fiscal->weeks[0] == 0)
        place_months(fiscal, &parts, place);
    else
        place_weeks(fiscal, year_begin(fiscal, year), year_begin(fiscal, year + 1), day, place);
    place->quarter = (place->period - 1) / 3 + 1;
    place->year = year + (fiscal->start > 1 && !fiscal->by_begin ? 1 : 0);
    return true;
}
