/* map_fit.h - whether what fills a place of the target can fit there, as far as is known before a
 * run. Private to transform.map. */
#ifndef NODES_TRANSFORM_MAP_FIT_H
#define NODES_TRANSFORM_MAP_FIT_H

#include <stdbool.h>

#include "nodes/transform/map_fields.h"
#include "schema/schema.h"

struct map_fit {
    const struct flow *flow;
    const struct schema *schema;
    void (*tell)(void *arg, bool error, const char *at, const char *text);
    void *arg;
};
/* The value at the path, after its conversion; NULL: a list that a mapping makes. at: of the value
 * in the definition. */
void map_fit(const struct map_fit *fit, const char *path, const struct value *value,
             enum plan_convert convert, const char *at);
/* The one expression that a value is; NULL: it is anything else. */
const struct flow_expression *map_fit_expression(const struct flow *flow,
                                                 const struct value *value);

#endif
