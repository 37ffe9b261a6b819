/* listen.h - what the end of a run starts: flows with a trigger for it, and the flow that its own
 * names as on_failure. Only engine/ includes this.
 *
 * Whoever ends a run calls listens_start() before the run's last batch, and hands that batch over
 * only after `done`: then every listener's run is accepted, durably, before the end is. The dedupe
 * key of each is "event/RUN/NODE" (within the listening flow) or "failure/RUN", so a process that
 * ends between the two ends the run again after its restart, and the second start finds the first:
 * one run for each listener, whatever happens. An end that comes out otherwise the second time
 * starts nothing anew for those that heard the first.
 *
 * A flow never hears itself. Flows that listen to each other in a circle come to an end: a run that
 * an end began carries "depth" in its input, one more than that of the run it is told of, and
 * ends deeper than LISTEN_DEPTH are told to nobody. So do flows that are each other's on_failure.
 *
 * What is refused for want of store is tried again until it is accepted. For want of room nothing
 * that an end starts may be refused: only ends make room. What is refused for good (a key that
 * cannot be found) is told in the log and keeps nobody waiting. */
#ifndef ENGINE_LISTEN_H
#define ENGINE_LISTEN_H

#include "engine/engine_priv.h"

#define LISTEN_DEPTH 16u

/* How a run has ended. All borrowed for the call. */
struct listen_end {
    const struct deployment *deployment; /* of the run */
    uint64_t run;
    enum run_status status;    /* RUN_SUCCEEDED, RUN_FAILED; others are told to nobody */
    bool again;                /* run_is_again() */
    json_t *output;            /* of one that succeeded; NULL: null */
    json_t *error;             /* of one that failed; NULL: null */
    const char *on_failure;    /* slug of the flow that its failure starts; NULL: none */
    unsigned depth;            /* listens_depth() */
};
/* How many events in a row have led to a run with this trigger and input. */
unsigned listens_depth(const struct flow *flow, unsigned trigger, const json_t *input);

typedef void listen_done_fn(void *owner, uint64_t tag, enum err_code code, uint64_t run);
/* False: nobody listens, `done` is not called. True: it is called once, in a later turn, with
 * ERR_OK and 0, when all are accepted. */
bool listens_start(struct engine *engine, const struct listen_end *end, listen_done_fn *done,
                   void *owner, uint64_t tag);

/* Whether anybody may hear of the end. */
bool listens_hear(const struct engine *engine, const struct deployment *deployment,
                  enum run_status status);
/* Whether no flow listens to itself; if it does, the faults say so. */
bool listens_check(const struct deployment *deployment, const struct flow *flow, const char *file,
                   struct faults *faults);
/* After a deploy, or at recovery, in place of what the deployment had. */
void listens_put(struct engine *engine, struct deployment *deployment);
void listens_remove(struct engine *engine, const struct deployment *deployment);
void listens_turn(struct engine *engine);          /* tries again what was refused */
int64_t listens_due(const struct engine *engine);  /* steady time; INT64_MAX: none */
void listens_free(struct engine *engine);          /* NULL is fine */

#endif
