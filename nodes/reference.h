/* reference.h - docs/NODES.md, written from the types themselves. */
#ifndef NODES_REFERENCE_H
#define NODES_REFERENCE_H

#include "base/buf.h"
#include "flow/registry.h"

/* Appends Markdown: each type with its exits, effect, settings and example, and each external
 * system with its connection's settings. */
void node_reference_write(const struct registry *registry, struct buf *out);

#endif
