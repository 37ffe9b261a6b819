/* trial.h - one run of a flow without a server: `weft run`, and the tests of flows. */
#ifndef COMMAND_TRIAL_H
#define COMMAND_TRIAL_H

#include "app.h"
#include "base/ident.h"

#define TRIAL_ENVIRONMENT "run" /* of the workspace "main" */

/* What a run is begun with. */
struct trial_ask {
    const char *trigger;   /* NULL: the first */
    json_t *input;         /* becomes trigger.body */
    const json_t *state;   /* {SPACE: {KEY: value}} before the run; NULL: none is given */
    bool simulate;
};
struct trial {
    struct app app;        /* its world is the caller's to set before trial_run() */
    const struct trial_ask *ask;
    uint64_t run;
    char *slug;            /* of the flow, once it is deployed */
    bool begun, ended, answered;
    struct err e;          /* why it has not begun */
    bool waited;           /* it was put away for a while */
    enum run_status status;
    char *output;          /* the answer's body; NULL: none */
    /* With trial_still(): time stands still, and passes only where a step waits for it. */
    bool still;
    struct clock_manual clock;
    struct random_seeded random;
    unsigned leaps;
};

/* Settings, log, node types. The callbacks of the world are set; `step` is not. trial_fini() also
 * after an error. */
enum err_code trial_init(struct trial *trial, const char *config, struct err *e) MUST_USE;
/* The run begins at that moment, nothing is random, and no environment variable is read. */
void trial_still(struct trial *trial, int64_t now_ms);
/* Opens the rooms (data NULL: kept in memory) and deploys the flow. */
enum err_code trial_open(struct trial *trial, const char *data, const char *flow,
                         struct err *e) MUST_USE;
/* Runs it until it has ended or waits for something that is not time; several, one after the other.
 * The output is that of the last. */
enum err_code trial_run(struct trial *trial, const struct trial_ask *ask, struct err *e) MUST_USE;
void trial_fini(struct trial *trial);

#endif
