/* node_types.h - every node type the program comes with. */
#ifndef NODES_NODE_TYPES_H
#define NODES_NODE_TYPES_H

#include "flow/registry.h"

/* Adds the types of node_list.h and one for each action of the embedded manifests. A manifest of
 * our own that cannot be read is a mistake of ours and ends the process. */
void node_types_add(struct registry *registry);
/* Once no registry and no flow uses them any more. */
void node_types_free(void);

#endif
