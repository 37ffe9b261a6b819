/* node_types.h - every node type the program comes with. */
#ifndef NODES_NODE_TYPES_H
#define NODES_NODE_TYPES_H

#include <stdbool.h>

#include "flow/faults.h"
#include "flow/registry.h"

struct manifest;

/* Adds the types of node_list.h and one for each action of the embedded manifests. A manifest of
 * our own that cannot be read is a mistake of ours and ends the process. */
void node_types_add(struct registry *registry);
/* A system of a folder, DIR/NAME/manifest.json. One that is there already stays as it is: its types
 * are in use. False: nothing new was added, and the faults say why when it is not the same file. */
bool node_types_add_file(struct registry *registry, const char *file, const char *name,
                         const char *text, size_t size, struct faults *faults);
/* By name, or with NULL the next one; NULL: there is none (more). file: NULL for those that come
 * with the program. Borrowed. */
const struct manifest *node_types_system(const char *name, size_t *cursor, const char **file);
/* Once no registry and no flow uses them any more. */
void node_types_free(void);

#endif
