/* trace.h - W3C trace context: taken from the webhook that began a run, and passed on with each of
 * its calls, of which each attempt is a span of its own.
 *
 * It is kept with the run's input (its headers), so a restart and a look at an old run find it.
 * What is malformed is ignored, as the recommendation says; a run without one sends none. */
#ifndef ENGINE_TRACE_H
#define ENGINE_TRACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

#define TRACE_ID    33
#define TRACE_STATE 513 /* what must be passed on at least is 512 */
struct trace {
    char id[TRACE_ID];
    char flags[3];
    char state[TRACE_STATE]; /* "": none */
};
/* Of a run's input, {"headers": {"traceparent", "tracestate"}}. False: there is none. */
bool trace_of(const json_t *input, struct trace *trace);
bool trace_of_text(const char *input, size_t size, struct trace *trace);
/* For log.h: of the run that is worked on. */
struct run;
struct run_node;
struct trace_log {
    const struct run *run;
    const struct run_node *n; /* the step that is worked on; NULL: none */
};
void trace_log_tell(const void *trace_log, struct log_about *about);
/* What began the run goes on in what it calls: the span is made of the run, the step's path and its
 * attempt. A step's own header stays as it is. */
struct step;
struct call_headers;
void trace_call(const struct step *step, struct call_headers *headers);

#endif
