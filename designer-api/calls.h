/* calls.h - the flows that a flow calls, and those that these call: its parts.
 *
 * A part is called by its name. It has connections, questions and versions of its own, and goes
 * live before the flow that calls it. */
#ifndef DESIGNER_API_CALLS_H
#define DESIGNER_API_CALLS_H

#include <jansson.h>

#include "designer-api/ask.h"

#define CALLS_MOST 64u /* flows that are looked into */

/* The bundle of the flow of that name; new reference, NULL: none that is to be looked into. */
typedef json_t *calls_find_fn(struct ask *ask, const char *flow);
/* [{"flow", "bundle"?, "step"?}] in the order in which they go live: each behind those that it
 * calls, the flow itself last. step: the first that calls it, as people see it; not of the flow
 * itself. New reference. */
json_t *calls_list(struct ask *ask, const char *flow, json_t *bundle,
                   calls_find_fn *find) MUST_USE;
/* The same of several flows, {FLOW: bundle}: each once, with the step "" where none of those before
 * it calls it. */
json_t *calls_list_all(struct ask *ask, json_t *bundles, calls_find_fn *find) MUST_USE;

#endif
