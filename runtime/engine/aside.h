/* aside.h - runs that the engine sets aside as failed though none of their steps has: another event
 * under a dedupe key (conflict.c), a run over which the process dies again and again (suspect.c).
 * They are dead letters like others, and flows hear of them like of others (listen.h). Only engine/
 * includes this.
 *
 * (1) That it is to be told stands in the batch that sets the run aside.           [aside_batch]
 * (2) It goes when all who hear of it are accepted; before that, a restart tells it again. Their
 *     keys come from the run: each hears it once.                             [aside_recover_all]
 *
 * FACT_TELL "RUN" -> {"workspace", "environment", "flow", "error", "on_failure"?, "depth"?,
 * "again"?}. None when nobody would hear it. */
#ifndef ENGINE_ASIDE_H
#define ENGINE_ASIDE_H

#include "engine/engine_priv.h"

struct aside {
    const struct deployment *deployment;
    uint64_t run;
    const struct err *why;
    const char *on_failure; /* slug; NULL: none */
    unsigned depth;         /* listens_depth() */
    bool again;             /* run_is_again() */
};
/* The batch ends the run as failed. */
void aside_batch(struct engine *engine, const struct aside *aside, struct store_batch *batch);
void aside_kept(struct engine *engine, uint64_t run); /* the batch is durable: it is told */
/* Behind the deployments. */
enum err_code aside_recover_all(struct engine *engine, struct err *e) MUST_USE;

#endif
