/* flow_order.h - what a test of a flow expects in order, where the flow has one.
 *
 * Two steps have an order when edges lead from one to the other; two turns of a loop, unless it
 * runs several at once. Branches beside each other come as it happens, from run to run another
 * way. */
#ifndef COMMAND_FLOW_ORDER_H
#define COMMAND_FLOW_ORDER_H

#include <jansson.h>

/* definition: flow.json. Rearranges `got`, a list of {"step": "LOOP[3]/STEP", ...}, so that its
 * steps stand as in `expected`, as far as the flow leaves that open. What has no "step" there
 * stays where it is. */
void flow_order_as(const json_t *definition, const json_t *expected, json_t *got);

#endif
