/* reconcile_job.h - two JSON lists through a reconciliation, on whatever thread.
 *
 * A setup is what the settings say, const once made, and shared by the jobs of all runs: counted,
 * on the loop's thread, because a job may outlive the flow that it came from. */
#ifndef NODES_RECONCILE_JOB_H
#define NODES_RECONCILE_JOB_H

#include <jansson.h>
#include <stdbool.h>

#include "nodes/list_job.h"
#include "nodes/pairing.h"
#include "nodes/reconcile.h"

enum reconcile_show { RECONCILE_SHOW_LINES, RECONCILE_SHOW_NUMBERS, RECONCILE_SHOW_NONE };
struct reconcile_setup {
    unsigned refs;
    struct reconcile_plan plan;
    struct pairing pairing;   /* columns: plan.columns */
    enum reconcile_show show; /* of what is matched */
};
struct reconcile_setup *reconcile_setup_new(size_t columns); /* at most so many; one reference */
struct reconcile_setup *reconcile_setup_ref(struct reconcile_setup *setup);
void reconcile_setup_unref(struct reconcile_setup *setup); /* NULL is fine */

/* Of struct reconcile_setup. ERR_INVALID names the list and the line. */
extern const struct list_job_kind reconcile_job;

/* reconcile_report.c: the output; a new reference, NULL when memory fails. */
json_t *reconcile_report(const struct reconcile_setup *setup, const struct reconcile *r,
                         json_t *const lists[2]) MUST_USE;

#endif
