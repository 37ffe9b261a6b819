/* flow_before.h - the runs that come before a test of a flow: rows of {"input", "trigger"?,
 * "answers"?, "times"?, "every"?}. */
#ifndef COMMAND_FLOW_BEFORE_H
#define COMMAND_FLOW_BEFORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* The list is well-formed but for its answers; else *why says what is wrong. NULL is fine. */
bool flow_before_ok(const json_t *before, struct buf *why);
int64_t flow_before_times(const json_t *row);
int64_t flow_before_every(const json_t *row); /* ms from a run to the next */
int64_t flow_before_span(const json_t *before); /* ms that all of them take */

#endif
