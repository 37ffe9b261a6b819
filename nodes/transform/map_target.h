/* map_target.h - holds the fields of a mapping against its target schema, before anything runs.
 * Private to transform.map. */
#ifndef NODES_TRANSFORM_MAP_TARGET_H
#define NODES_TRANSFORM_MAP_TARGET_H

#include <jansson.h>

#include "nodes/transform/map_fields.h"

#define MAP_TARGET_DEPTH 12u /* of the target that is looked at */

/* Where every target comes from and what is wrong with it, in the order of the schema, then what it
 * does not know:
 *   [{"path": "lines[].sku", "state": "field" | "list" | "base" | "unmapped" | "missing",
 *     "required": true, "wants": "text", "fields": ["/nodes/2/config/fields/0"],
 *     "reads": ["trigger.body.items[].sku"],
 *     "issues": [{"severity": "error" | "warning", "at": POINTER, "text": ...}]}]
 * NULL: no memory. */
json_t *map_targets(const struct flow *flow, const struct map_config *map,
                    const char *pointer) MUST_USE;
/* The issues, as faults and warnings of the flow. */
void map_targets_tell(struct flow_build *build, const json_t *targets);

#endif
