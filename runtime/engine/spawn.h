/* spawn.h - runs that the engine begins by itself: for a schedule, a poll, a file, another flow.
 * Only engine/ includes this. */
#ifndef ENGINE_SPAWN_H
#define ENGINE_SPAWN_H

#include "engine/engine_priv.h"

struct spawn {
    struct deployment *deployment; /* with a version */
    unsigned trigger;              /* the node it begins at */
    json_t **input;                /* the whole of what expressions see as `trigger`; taken */
    /* What makes it one with an earlier one, e.g. "schedule/daily/2026-11-21T06:00:00Z"; it does
     * not meet settings.dedupe, which is not looked at. NULL: settings.dedupe counts. */
    const char *dedupe;
    bool again;                    /* it may have been begun before the store was restored */
    const struct store_fact *facts; /* kept in the accept's transaction or not at all; copied */
    size_t fact_count;
    /* Called once, in a later turn, after the commit or the refusal; NULL: nobody asks.
     * ERR_OK: it is accepted; ERR_DUPLICATE: run is the earlier one, the facts were not kept;
     * else it was not kept and may be tried again (ERR_OVERLOAD: there is no room now). */
    void (*done)(void *owner, uint64_t tag, enum err_code code, uint64_t run);
    void *owner;
    uint64_t tag;
};
void spawn_run(struct engine *engine, const struct spawn *spawn);

#endif
