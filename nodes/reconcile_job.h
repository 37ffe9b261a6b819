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
    struct line_path lines[2]; /* for how many lines one stands; text NULL: each for itself */
    enum reconcile_show show; /* of what is matched */
};
struct reconcile_setup *reconcile_setup_new(size_t columns); /* at most so many; one reference */
struct reconcile_setup *reconcile_setup_ref(struct reconcile_setup *setup);
void reconcile_setup_unref(struct reconcile_setup *setup); /* NULL is fine */

/* Of struct reconcile_setup. ERR_INVALID names the list and the line. */
extern const struct list_job_kind reconcile_job;

/* For how many lines one of them stands: 1 where it does not say. */
#define RECONCILE_STANDS_FOR 1000000000
enum err_code reconcile_stands_for(const struct reconcile_setup *setup, int side, json_t *line,
                                   int64_t *lines, struct err *e) MUST_USE;

/* reconcile_report.c: the output; a new reference, NULL when memory fails. lists: both, and the
 * title, which may be NULL. */
json_t *reconcile_report(const struct reconcile_setup *setup, const struct reconcile *r,
                         json_t *const lists[3]) MUST_USE;

#endif
