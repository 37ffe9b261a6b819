/* clock.h - time, handed in from outside.
 *
 * Three clocks in one: wall time for people and deadlines that survive a restart (milliseconds
 * since 1970-01-01 UTC), steady time for measuring (milliseconds since any moment, never back),
 * and what the thread that asks has had of a processor (of the manual one: its steady time).
 * Steady time outlives the process, not the machine's boot: what is kept of it goes with `boot`.
 * The real clock reads the kernel's; the manual one stands still until it is moved, so a day of
 * retries is a unit test. The loop reads the clock once a turn and hands out that moment. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock {
    int64_t (*wall_ms)(struct clock *clock);
    int64_t (*steady_ms)(struct clock *clock);
    int64_t (*thread_ms)(struct clock *clock);
    uint32_t boot; /* two moments of steady time with the same one can be compared; 0: not known */
};

/* A moment on both clocks, over when it is on either: a wall clock that is set back gives no more
 * time, and a machine that sleeps, whose steady time stands still, takes it. */
struct deadline {
    int64_t wall_ms;   /* 0: there is none */
    int64_t steady_ms; /* INT64_MAX: known on the wall only */
};
bool deadline_is_over(const struct deadline *deadline, int64_t wall_ms, int64_t steady_ms);
bool clock_is_past(struct clock *clock, const struct deadline *deadline);
struct deadline deadline_earlier(const struct deadline *deadline, int64_t ms);

struct clock *clock_real(void); /* one for the process; not freed */

struct clock_manual {
    struct clock clock; /* first: pass &manual.clock */
    int64_t wall;
    int64_t steady;
};
void clock_manual_init(struct clock_manual *manual, int64_t wall_ms);
void clock_manual_add(struct clock_manual *manual, int64_t ms);

#define CLOCK_TEXT 25 /* "2026-11-21T09:03:03.123Z" and a NUL */
void clock_text(int64_t wall_ms, char text[CLOCK_TEXT]);

#endif
