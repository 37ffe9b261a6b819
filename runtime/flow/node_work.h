/* node_work.h - work that takes long or blocks, on a thread of the pool.
 *
 * A job is memory of the node type's own. work() sees nothing else: no step, no settings, no
 * service. It may read JSON values to which the job holds references, for nobody changes those; a
 * value it makes belongs to the job. drop() ends the job, always once and on the loop's thread,
 * also when the step was given up while work() ran. work() looks at *given_up now and then and
 * returns early when it is set: nobody wants its result any more.
 *
 * A job with an effect begins only after its intent is durable. When it fails and `sent` is set,
 * nobody knows whether the effect happened: what then may be done says its class, as with
 * step_call(). */
#ifndef FLOW_NODE_WORK_H
#define FLOW_NODE_WORK_H

#include <stdatomic.h>

#include "flow/node.h"

struct step_work {
    void *job;                  /* taken, also when the call fails the step */
    enum err_code (*work)(void *job, const atomic_bool *given_up, bool *sent, struct err *e);
    void (*drop)(void *job);
    bool local;                 /* it does not reach the step's connection: takes no place of it */
    bool marks;                 /* no effect, but it leaves something that only its run would
                                   take away: not before the run is durable */
    enum effect_class effect;
    const char *what;           /* with an effect: "INSERT INTO batch", for the journal; copied */
    /* with an effect: the same for the same effect; another one under the same key is refused */
    const void *digest;
    size_t digest_size;
    int64_t key_valid_ms;       /* EFFECT_KEYED, see struct step_ask */
};
/* work() returned ERR_OK. `job` is dropped when the callback returns. An error ends the step
 * (retry, in doubt, ...) and the callback does not run. */
typedef void step_worked_fn(struct step *step, const void *config, void *job);
enum node_next step_work(struct step *step, const struct step_work *work, step_worked_fn *then);

#endif
