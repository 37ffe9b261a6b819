/* definition.h - places in the flow under construction, for the compile() of node types. */
#ifndef NODES_DEFINITION_H
#define NODES_DEFINITION_H

#include <jansson.h>

#include "flow/flow.h"

#define PLACE_BYTES 1024 /* of a JSON pointer within a definition; a longer one is cut in a fault */

/* What stands at a JSON pointer of the definition, expressions and all, as the person wrote it.
 * Borrowed; NULL: nothing. */
json_t *definition_at(const struct flow_build *build, const char *pointer);
/* The member beside a node's config, such as its "connection". config: the config's pointer. */
json_t *definition_beside(const struct flow_build *build, const char *config, const char *name);

#endif
