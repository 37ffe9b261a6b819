/* wake.h - a run that waits is wanted by a person: it comes back in slices (recover_slice.c). */
#ifndef ENGINE_WAKE_H
#define ENGINE_WAKE_H

#include "engine/engine_priv.h"

#define WAKE_SLICE 1000u /* entries of a journal that come back in one turn */

/* engine: NULL: it ends. Else run_wake() has the run at once, or tells why there is none. */
typedef void wake_fn(struct engine *engine, void *arg);
/* False: run_wake() is quick. True: it takes more than a slice; wake_then() waits for it. */
bool wake_waits(struct engine *engine, uint64_t id);
void wake_then(struct engine *engine, uint64_t id, wake_fn *then, void *arg);
static inline void wake_tell(engine_done_fn *done, void *arg, const struct err *e)
{
    if (done != NULL)
        done(arg, e);
}
/* It has come back at once: who waits is told in the next turns. */
void wake_overtaken(struct engine *engine, uint64_t id);
void wake_turn(struct engine *engine);
void wakings_free(struct engine *engine); /* all are told that it ends */

#endif
