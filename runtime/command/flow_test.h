/* flow_test.h - one test of a whole flow (docs/TESTING.md). */
#ifndef COMMAND_FLOW_TEST_H
#define COMMAND_FLOW_TEST_H

#include <jansson.h>

#include "base/buf.h"

/* Runs the flow of that folder in a world of its own and compares. What is wrong is appended to
 * `why`, nothing if the test passes; where values first differ to `pointer`. */
void flow_test_run(const char *flow, const json_t *test, struct buf *why, struct buf *pointer);

#endif
