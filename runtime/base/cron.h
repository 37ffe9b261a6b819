/* cron.h - the times of a schedule, as five fields: minute, hour, day of month, month, day of week.
 *
 *   field         values                 names
 *   minute        0-59
 *   hour          0-23
 *   day of month  1-31
 *   month         1-12                   JAN-DEC
 *   day of week   0-7, 0 and 7: Sunday   SUN-SAT
 *
 * A field is "*" or a list of values and ranges ("1,15-20", "MON-FRI", "FRI-MON" past the week's
 * end), each with a step if wanted ("8-18/2", or every 15: an asterisk, "/15"). Names are of
 * three letters, in any case. Between the fields stand blanks.
 *
 * Day of month and day of week, as Vixie's cron has it: when both are restricted, a day fits that
 * fits either; when one of them begins with "*", both must fit. "0 9 13 * FRI" is each 13th and
 * each Friday. What can never be (30 February) is refused.
 *
 * Here are calendar fields only: no zone, no clock. Whoever knows the zone turns the local minute
 * into a moment, and decides what becomes of minutes that a clock change leaves out or repeats. */
#ifndef BASE_CRON_H
#define BASE_CRON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct cron {
    uint64_t minutes;       /* bit n: minute n */
    uint32_t hours;
    uint32_t days;          /* bits 1 to 31 */
    uint16_t months;        /* bits 1 to 12 */
    uint8_t weekdays;       /* bits 0 (Sunday) to 6 */
    bool either;            /* a day fits by its number or by its weekday */
};

/* A minute of the Gregorian calendar, years 1 to 9999. */
struct cron_time {
    int year, month, day;   /* month and day from 1 */
    int hour, minute;
};

/* ERR_SYNTAX says which field is wrong, and what would be right. */
enum err_code cron_parse(struct cron *cron, const char *text, struct err *e) MUST_USE;
bool cron_fits(const struct cron *cron, struct cron_time local);
/* The first minute after `local` that fits; false when there is none up to year 9999. */
bool cron_next(const struct cron *cron, struct cron_time local, struct cron_time *next) MUST_USE;

#endif
