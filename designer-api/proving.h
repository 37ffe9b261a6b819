/* proving.h - asks that need to know what comes of a flow's tests of rules.
 *
 * Tests may take PROOF_MS, and the loop must not stand still so long. So an ask that needs them is
 * kept, they run on a thread (engine/prove.h), and then its handler is asked again; within it
 * engine_flow_check(), engine_flow_publish() and engine_proof() know what came of them. */
#ifndef DESIGNER_API_PROVING_H
#define DESIGNER_API_PROVING_H

#include "designer-api/ask.h"

/* part: what publishing would have of the flow; one with faults has no tests to wait for. true: the
 * ask is kept, or refused with ERR_OVERLOAD; the handler returns. */
bool proving_waits(struct ask *ask, ask_handler_fn *handler, const char *flow, json_t *part);
/* The same of several flows at once: {FLOW: PART}. */
bool proving_waits_all(struct ask *ask, ask_handler_fn *handler, json_t *parts);

#endif
