/* statement.h - what was paid out, as a later step says it of a settlement: the member `settlement`
 * of its output. */
#ifndef NODES_STATEMENT_H
#define NODES_STATEMENT_H

#include <jansson.h>

/* node_type.summary: {"settlement"}, NULL: the output has none. */
json_t *statement_summary(const json_t *output);

#endif
