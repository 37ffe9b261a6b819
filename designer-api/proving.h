/* proving.h - asks that need to know what comes of a flow's tests of rules.
 *
 * Tests may take PROOF_MS, and to compile the flows of a pairing takes long, too: the loop must not
 * stand still for them. So an ask that needs them is kept, each of the flows is compiled in a turn
 * of its own, their tests run on a thread (engine/prove.h), and then its handler is asked again;
 * within it engine_compiled() has the flows, and engine_flow_check(), engine_flow_publish() and
 * engine_proof() know what came of the tests. An ask for what has passed before waits for nothing,
 * and a reading whose reader has gone neither compiles nor tests any more. */
#ifndef DESIGNER_API_PROVING_H
#define DESIGNER_API_PROVING_H

#include "designer-api/ask.h"

/* part: what publishing would have of the flow. true: the ask is kept, or refused with
 * ERR_OVERLOAD; the handler returns. */
bool proving_waits(struct ask *ask, ask_handler_fn *handler, const char *flow, json_t *part);
/* The same of several flows at once: {FLOW: PART}. */
bool proving_waits_all(struct ask *ask, ask_handler_fn *handler, json_t *parts);

#endif
