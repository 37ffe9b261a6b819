/* retention.h - runs that nobody needs any more are removed. Only engine/ includes this.
 *
 * Each deployed flow with settings.retention, or of a workspace that has a time for all of them
 * (setting.h), loses its runs that ended longer ago than that; failed
 * ones that nobody has settled stay RETENTION_FAILED times as long. A little at a time: a batch of
 * RETENTION_BATCH, at most one a second while there is something to remove, then again after
 * RETENTION_ROUND_MS. A flow that is taken out keeps its runs.
 *
 * The engine keeps one struct retention, zeroed at the beginning. */
#ifndef ENGINE_RETENTION_H
#define ENGINE_RETENTION_H

#include "engine/engine.h"

#define RETENTION_BATCH    200u
#define RETENTION_FAILED   4
#define RETENTION_PAUSE_MS 1000
#define RETENTION_ROUND_MS 600000

struct retention {
    size_t cursor;      /* in the deployments; 0: at the beginning of a round */
    size_t before;      /* the cursor before the one that is asked for: to ask again */
    int64_t next_at;    /* steady */
    bool asked;         /* a batch is under way */
    bool found;         /* a flow of this round has the setting */
};
void retention_begin(struct engine *engine, struct retention *retention); /* after a deploy */
void retention_turn(struct engine *engine, struct retention *retention);
int64_t retention_due(const struct retention *retention); /* steady time; INT64_MAX: none */
/* The outcome of a batch of no run; others than its own are not its. */
void retention_committed(struct engine *engine, struct retention *retention,
                         const struct store_result *result);

#endif
