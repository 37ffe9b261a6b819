/* pulse.h - how a flow did in the last day, by the hour: a few figures in memory, so that a list of
 * hundreds asks no store. Hours are those of UTC: a day of 23 or 25 hours has 24 of them here. */
#ifndef DESIGNER_API_PULSE_H
#define DESIGNER_API_PULSE_H

#include <stdint.h>

#define PULSE_HOURS 24

struct pulse_hour {
    uint32_t runs, succeeded, failed; /* begun; ended so */
};
struct pulse { /* all zero: nothing yet */
    int64_t hour_s; /* the beginning of the last one, seconds since 1970 */
    struct pulse_hour hours[PULSE_HOURS]; /* the oldest first */
};
/* The last hour is that of the moment from now on; one that is earlier changes nothing. */
void pulse_move(struct pulse *pulse, int64_t at_s);
/* What happened then; what is older than its day is not counted. */
void pulse_add(struct pulse *pulse, int64_t at_s, const struct pulse_hour *more);
/* All of another one's hours that are in this one's day. */
void pulse_merge(struct pulse *pulse, const struct pulse *more);
struct pulse_hour pulse_sum(const struct pulse *pulse);

#endif
