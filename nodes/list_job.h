/* list_job.h - a node that computes one output from lists: of short lists at once, of long ones
 * on a thread of the pool. A kind says how; a job sees its setup and the lists, nothing else. */
#ifndef NODES_LIST_JOB_H
#define NODES_LIST_JOB_H

#include "flow/node_work.h"

#define LIST_JOB_LISTS  2
#define LIST_JOB_VALUES 3

struct list_job_kind {
    const char *names[LIST_JOB_LISTS];  /* of the lists, for people; NULL: there is no such list */
    const char *text;                              /* a text behind them; NULL: there is none */
    bool (*is_short)(json_t *const *lists);        /* it may run on the loop */
    void *(*begin)(void *setup, json_t *const *lists); /* takes a reference of each; of the
                                                         text too, NULL: nothing was given */
    /* On whatever thread: the output, or NULL with *e; then nobody wants it any more, or it says
     * which list and line is wrong. given_up may be NULL. */
    json_t *(*run)(void *job, const atomic_bool *given_up, struct err *e);
    void (*end)(void *job);                        /* on the loop's thread */
};

/* Ends the step by "out", now or later; values: the lists, and behind them
 * the text, as they were evaluated. */
void list_job_start(struct step *step, const struct list_job_kind *kind, void *setup,
                    const struct step_values *values);

#endif
