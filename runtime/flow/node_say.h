/* node_say.h - what a step says to whoever runs the program. */
#ifndef FLOW_NODE_SAY_H
#define FLOW_NODE_SAY_H

#include "flow/node.h"

/* In the log, with the run and the step: what no run fails for and somebody should look at. No
 * secret and no payload. */
void step_warn(const struct step *step, const char *text);

#endif
