/* registry.h - the node types there are: those of node_list.h and one for each action of each
 * manifest. */
#ifndef FLOW_REGISTRY_H
#define FLOW_REGISTRY_H

#include <jansson.h>
#include <stddef.h>

#include "flow/node.h"

struct registry;
struct registry *registry_new(void);
void registry_free(struct registry *registry); /* NULL is fine; borrowed types stay */
/* borrowed; a name twice is a bug */
void registry_add(struct registry *registry, const struct node_type *type);
/* or NULL */
const struct node_type *registry_find(const struct registry *registry, const char *name);
/* for "did you mean"; or NULL */
const char *registry_nearest(const struct registry *registry, const char *name);
/* in order of name */
const struct node_type *registry_next(const struct registry *registry, size_t *cursor);
/* One type as JSON: name, kind, title, help, ports, effect, schema of its config; of a manifest's
 * also "action": the JSON Schema of its input and an example of input and output. New reference. */
json_t *node_type_json(const struct node_type *type);

#endif
