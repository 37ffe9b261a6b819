/* summary.h - what lists show of a step's output, so that they need not read the run for it.
 *
 * FACT_SUMMARY "RUN/STEP" -> what the step's type says of its output (node_type.summary), kept with
 * the entry that has the output, in one commit. Only of steps of the flow's own level. It goes with
 * its run, and says nothing that the journal does not: without it the output itself is read. */
#ifndef ENGINE_SUMMARY_H
#define ENGINE_SUMMARY_H

#include <jansson.h>

#define SUMMARY_BYTES 16384u /* of one; a larger one is {}: the output is to be read */

struct run_node;
void summary_keep(struct run_node *n, const json_t *output);

#endif
