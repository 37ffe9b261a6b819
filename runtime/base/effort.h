/* effort.h - how much a piece of work may take before it gives what it has.
 *
 * A bound by the clock alone gives less on a machine that is busy with other things: whoever was
 * kept from the processor would have found nothing. So the bound is what the thread had of a
 * processor. The clock ends it only when the work has had a fair share already, or has waited so
 * long that nobody waits for it any more. Begun and asked by one and the same thread. */
#ifndef BASE_EFFORT_H
#define BASE_EFFORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct effort {
    struct clock *clock;
    int64_t began_ms;  /* steady */
    int64_t worked_ms; /* of the thread, when it began */
    int64_t most_ms;   /* of the processor: then it is over */
};
/* Work that takes so much at most. */
void effort_begin(struct effort *effort, struct clock *clock, int64_t most_ms);
/* Over: it had all; or twice as long has passed and it had a third; or 40 times as long. */
bool effort_over(const struct effort *effort);

#endif
