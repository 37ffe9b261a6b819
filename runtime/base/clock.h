/* clock.h - time, handed in from outside.
 *
 * Three clocks in one: wall time for people and deadlines that survive a restart (milliseconds
 * since 1970-01-01 UTC), steady time for measuring (milliseconds since any moment, never back),
 * and what the thread that asks has had of a processor (of the manual one: its steady time).
 * The real clock reads the kernel's; the manual one stands still until it is moved, so a day of
 * retries is a unit test. The loop reads the clock once a turn and hands out that moment. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct clock {
    int64_t (*wall_ms)(struct clock *clock);
    int64_t (*steady_ms)(struct clock *clock);
    int64_t (*thread_ms)(struct clock *clock);
};

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
