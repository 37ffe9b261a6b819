/* effort.c - see effort.h. */
#include "base/effort.h"

#include "base/check.h"

#define EFFORT_LATE  2  /* times what it may take: from then on a part is enough */
#define EFFORT_PART  3  /* one so manieth */
#define EFFORT_NEVER 40 /* times what it may take: it is not waited for any more */

void effort_begin(struct effort *effort, struct clock *clock, int64_t most_ms)
{
    check(clock != NULL && most_ms > 0);
    *effort = (struct effort){ .clock = clock,
                               .began_ms = clock->steady_ms(clock),
                               .worked_ms = clock->thread_ms(clock),
                               .most_ms = most_ms };
}

bool effort_over(const struct effort *effort)
{
    const int64_t passed = effort->clock->steady_ms(effort->clock) - effort->began_ms;
    int64_t worked;

    if (passed < effort->most_ms)
        return false; /* it cannot have worked for longer */
    if (passed >= EFFORT_NEVER * effort->most_ms)
        return true;
    worked = effort->clock->thread_ms(effort->clock) - effort->worked_ms;
    return worked >= effort->most_ms ||
           (passed >= EFFORT_LATE * effort->most_ms && worked * EFFORT_PART >= effort->most_ms);
}
