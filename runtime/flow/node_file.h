/* node_file.h - files of this machine, for node types: below the roots that the program allows.
 *
 * What an ask does outside follows from its verb: listing, reading and looking have no effect;
 * writing shows a file once (engine/filing.c); moving and deleting may be done twice, of the
 * very file that was there when the step began; appending is recognised by the step's key when it
 * comes again, for STEP_FILE_KEY_MS. A FILE_WRITE has no `after`. */
#ifndef FLOW_NODE_FILE_H
#define FLOW_NODE_FILE_H

#include <stdatomic.h>

#include "base/file_ask.h"
#include "flow/node.h"

#define STEP_FILE_KEY_MS INT64_C(86400000)

struct step_filing {
    struct file_ask *ask;     /* taken, also when the call fails the step */
    /* Behind the ask, on the pool's thread: what is made of what was read. NULL: nothing. It sees
     * its job and the ask, nothing else. */
    enum err_code (*after)(void *job, struct file_ask *ask, const atomic_bool *given_up,
                           struct err *e);
    void *job;                /* taken */
    void (*drop)(void *job);  /* as step_work.drop; NULL: there is no job */
};
/* It was done; the ask lives until the callback returns. An error ends the step and the callback
 * does not run. */
typedef void step_filed_fn(struct step *step, const void *config, struct file_ask *ask, void *job);
enum node_next step_file(struct step *step, const struct step_filing *filing, step_filed_fn *then);

#endif
