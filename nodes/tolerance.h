/* tolerance.h - how far amounts may be apart, as nodes that compare lists have it in their
 * settings. */
#ifndef NODES_TOLERANCE_H
#define NODES_TOLERANCE_H

#include <jansson.h>
#include <stdbool.h>

#include "flow/field.h"
#include "nodes/reconcile_plan.h"

struct tolerance_setting {
    json_t *absolute, *percent, *currencies;
};
extern const struct field tolerance_fields[];

/* Fills the pass's limits; setting may be NULL. currencies: the node knows those of the lines. */
void tolerance_compile(struct flow_build *build, const struct tolerance_setting *setting,
                       bool currencies, struct reconcile_pass *pass, const char *pointer);

#endif
