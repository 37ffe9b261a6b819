/* date_work_priv.h - business days and fiscal periods, by days. Knows nothing of Lua. For rules/
 * only.
 *
 * A day is its number since 1970-01-01; weekdays are 1 Monday to 7 Sunday. */
#ifndef RULES_DATE_WORK_PRIV_H
#define RULES_DATE_WORK_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define WORK_HOLIDAYS 20000u
#define WORK_MOST     100000 /* business days in one step */

struct work_calendar {
    bool off[8];             /* by weekday; not all of them */
    const int64_t *holidays; /* sorted */
    size_t count;
};
bool work_is_business(const struct work_calendar *calendar, int64_t day);
/* n business days later, or earlier (n < 0); 0: the day itself. false: outside of the calendar. */
bool work_add(const struct work_calendar *calendar, int64_t day, int64_t n, int64_t *result);
/* Business days after a up to and with b; if b is earlier, those from b to before a, negative. */
int64_t work_diff(const struct work_calendar *calendar, int64_t a, int64_t b);

struct fiscal {
    int start;      /* month in which the year begins, 1 to 12 */
    bool by_begin;  /* the year has the number of the calendar year it begins in, not ends in */
    int weeks[3];   /* of the months of a quarter, 4-4-5; all 0: calendar months */
    int weekday;    /* with weeks: on which they begin */
    bool last;      /* the year begins on the last such weekday up to the 1st, not the nearest */
};
struct fiscal_place {
    int year, quarter, period; /* from 1 */
    int week;                  /* of the year, from 1; 0: without weeks */
    int64_t first, end;        /* days of the period: the first, and the one behind it */
};
/* false: outside of the calendar. */
bool fiscal_find(const struct fiscal *fiscal, int64_t day, struct fiscal_place *place);

#endif
