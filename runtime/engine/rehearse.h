/* rehearse.h - one run of a flow in a world of its own, beside a running engine: connectors are
 * simulated, the store is in memory, time passes only where a step waits for it. Nothing leaves,
 * and nothing is left.
 *
 * It goes on in the turns of the loop, a little in each, so that it keeps nobody waiting; one that
 * takes longer than REHEARSE_MS is given up. */
#ifndef ENGINE_REHEARSE_H
#define ENGINE_REHEARSE_H

#include "engine/engine.h"
#include "io/loop.h"

#define REHEARSE_MS   10000
#define REHEARSE_MOST 8u /* at a time */

struct rehearse_ask {
    struct loop *loop;
    json_t *bundle;        /* borrowed for the call */
    const char *workspace; /* whose connections it may use */
    const char *slug;
    const char *trigger;   /* NULL: the first */
    json_t *input;         /* becomes trigger.body; NULL: null */
    const json_t *answers; /* as in tests of flows (docs/TESTING.md); NULL: none */
    const json_t *state;   /* likewise */
    int64_t now_ms;        /* wall: the moment of the event */
    bool whole;            /* every iteration of loops is told */
};
/* run: as engine_show() tells it, with "requests": {STEP: [{"method", "path", "body"}]} and
 * "money": {CURRENCY: "AMOUNT"}, what it has posted by the flow's `money`; borrowed. NULL with *e.
 * Called once, in a later turn; when the engine ends, from within engine_free(). */
typedef void rehearse_done_fn(void *arg, json_t *run, const struct err *e);
/* ERR_INVALID with faults; ERR_NOT_FOUND (the trigger), ERR_OVERLOAD. done() is not called then. */
enum err_code engine_rehearse(struct engine *engine, const struct rehearse_ask *ask,
                              struct faults *faults, rehearse_done_fn *done, void *arg,
                              struct err *e) MUST_USE;

void rehearsals_free(struct engine *engine); /* the engine ends */

#endif
