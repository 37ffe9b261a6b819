/* flow_differ.h - what differs between two versions of a flow, by meaning: nodes by their ids,
 * edges by their ends, lines of mappings by their targets, rules and tables by their names. */
#ifndef DESIGNER_API_FLOW_DIFFER_H
#define DESIGNER_API_FLOW_DIFFER_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

/* [{"kind": "added" | "removed" | "changed", "what", "id"?, "node"?, "pointer", "before"?,
 * "after"?}] of two bundles; layout: also what is only drawn elsewhere. New reference. */
json_t *flow_differ(const json_t *from, const json_t *to, bool layout) MUST_USE;

#endif
