/* match_job.h - each of a list of items, and the candidate that it belongs to, on whatever thread.
 *
 * (1) An item is matched only by an equal key, with one candidate alone that fits in amount,
 *     currency and date; likeness, and an equal key with another amount, only propose.
 * (2) Unless `reuse` is set a candidate goes to one item; where two claim it, to none.
 * (3) Nothing depends on the order of the lists, but the order of what is given. */
#ifndef NODES_MATCH_JOB_H
#define NODES_MATCH_JOB_H

#include <jansson.h>
#include <stdbool.h>

#include "nodes/list_job.h"
#include "nodes/pairing.h"

#define MATCH_SCANS 20000000u /* items without a match by key, times candidates */
#define MATCH_SHOWN 10u       /* candidates that are shown of an ambiguous item */

enum match_side { MATCH_ITEM, MATCH_CANDIDATE };
/* Shared by the jobs of all runs; counted on the loop's thread. */
struct match_setup {
    unsigned refs;
    struct pairing pairing;        /* columns: within, then keys, then texts */
    unsigned within, keys, texts;
    struct reconcile_pass pass;    /* limits, weights, thresholds; scored: there is a score */
    bool reuse;
};
struct match_setup *match_setup_new(size_t columns); /* at most so many; one reference */
struct match_setup *match_setup_ref(struct match_setup *setup);
void match_setup_unref(struct match_setup *setup); /* NULL is fine */

/* Of struct match_setup. ERR_INVALID names the list and line; ERR_LIMIT: too many to compare. */
extern const struct list_job_kind match_job;

#endif
