/* types.h - the program's own node types, for tests that begin anew many times. */
#ifndef WORLD_TYPES_H
#define WORLD_TYPES_H

#include "flow/registry.h"

/* Reads the manifests, at the first call alone: that takes longer than what most tests do then.
 * They are freed when the process ends. Before a test counts its memory. */
void world_types_read(void);
/* With all of node_list.h and of the manifests; registry_free() it. */
struct registry *world_types(void);

#endif
