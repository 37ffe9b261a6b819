/* suspect.h - the run over which the process has died: counted, and set aside when it does so again
 * and again. Only engine/ includes this.
 *
 * (1) Which run is in hand stands in world.hand, which outlives the process.         [suspect_take]
 * (2) A run over which it has died is taken up only after that is durable.          [suspect_begin]
 * (3) The third time without any progress between, the run ends as failed: nobody can work on it,
 *     and all others go on. What it had begun outside a replay lists.               [suspect_aside]
 *
 * FACT_CURSOR "starts/RUN" -> {"deaths", "rows": of its journal at the last one}. */
#ifndef ENGINE_SUSPECT_H
#define ENGINE_SUSPECT_H

#include "engine/engine_priv.h"

#define SUSPECT_DEATHS 3

void suspect_new(struct engine *engine);   /* notes over which run the last process has died */
/* Recovery leaves it alone. */
bool suspect_is(const struct engine *engine, uint64_t run);
void suspect_begin(struct engine *engine); /* behind recovery */
/* It is in hand now, 0: none; returns the one before. */
static inline uint64_t suspect_take(struct engine *engine, uint64_t run)
{
    uint64_t before = 0;

    if (engine->world.hand != NULL) {
        before = *engine->world.hand;
        *engine->world.hand = run;
    }
    return before;
}

#endif
