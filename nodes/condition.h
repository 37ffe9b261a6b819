/* condition.h - settings that are true or false. */
#ifndef NODES_CONDITION_H
#define NODES_CONDITION_H

#include "flow/node.h"

/* One expression, or true or false. Without the "=" a condition would be a text, and a text is
 * always true: that is a fault, not a surprise. value may be NULL. */
void condition_compile(struct flow_build *build, const struct value *value, const char *pointer);

#endif
