/* pulse.c - see pulse.h. */
#include "designer-api/pulse.h"

#include <string.h>

#define HOUR_S 3600

static int64_t hour_of(int64_t at_s)
{
    return at_s - ((at_s % HOUR_S) + HOUR_S) % HOUR_S;
}

void pulse_move(struct pulse *pulse, int64_t at_s)
{
    int64_t hours = (hour_of(at_s) - pulse->hour_s) / HOUR_S;
    size_t on = hours < PULSE_HOURS ? (size_t)hours : PULSE_HOURS;

    if (hours <= 0)
        return;
    memmove(pulse->hours, pulse->hours + on, (PULSE_HOURS - on) * sizeof *pulse->hours);
    memset(pulse->hours + PULSE_HOURS - on, 0, on * sizeof *pulse->hours);
    pulse->hour_s = hour_of(at_s);
}

static void hour_add(struct pulse_hour *hour, const struct pulse_hour *more)
{
    hour->runs += more->runs;
    hour->succeeded += more->succeeded;
    hour->failed += more->failed;
}

void pulse_add(struct pulse *pulse, int64_t at_s, const struct pulse_hour *more)
{
    int64_t before;

    pulse_move(pulse, at_s);
    before = (pulse->hour_s - hour_of(at_s)) / HOUR_S;
    if (before < PULSE_HOURS)
        hour_add(&pulse->hours[PULSE_HOURS - 1 - before], more);
}

void pulse_merge(struct pulse *pulse, const struct pulse *more)
{
    pulse_move(pulse, more->hour_s);
    for (int64_t i = 0; i < PULSE_HOURS; i++)
        pulse_add(pulse, more->hour_s - (PULSE_HOURS - 1 - i) * HOUR_S, &more->hours[i]);
}

struct pulse_hour pulse_sum(const struct pulse *pulse)
{
    struct pulse_hour sum = { 0, 0, 0 };

    for (unsigned i = 0; i < PULSE_HOURS; i++)
        hour_add(&sum, &pulse->hours[i]);
    return sum;
}
