/* context.h - what an expression of a step can see: the names, and values for them from a run, a
 * sample and the pins. */
#ifndef DESIGNER_API_CONTEXT_H
#define DESIGNER_API_CONTEXT_H

#include <jansson.h>

#include "designer-api/ask.h"
#include "designer-api/object.h"

#define SAMPLE_KIND "sample" /* "FLOW:NAME" -> {"trigger"?, "input", "from_run"?, "note"?} */
#define PIN_KIND    "pin"    /* "FLOW:STEP" -> {"output"} */

struct context_ask {
    const char *step;
    const char *sample; /* NULL: none */
    const char *run;    /* NULL: the newest one, unless there is a sample */
};
/* {"step", "names": [...], "values": {...}, "from": {...}, "cut": [pointers]}: a new reference.
 * NULL with *e: there is no such step, sample or run. */
json_t *context_new(struct ask *ask, const char *flow, const json_t *bundle,
                    const struct context_ask *asked, struct err *e) MUST_USE;
/* A run's story as the caller may see it: masked (mask.h), without its payloads for who may not
 * read them, and whole at the local socket. Taken; NULL for NULL. */
json_t *context_shown(const struct ask *ask, json_t *story);
/* What the steps before it gave in a run, in the places that have no value yet. */
void context_fill(json_t *context, const json_t *bundle, const json_t *story);
/* The ids of the steps that stand before it, on its level and around it: an object of them; loop:
 * "foreach", "repeat" or NULL. NULL: there is no such step. */
json_t *context_before(const json_t *bundle, const char *step, const char **loop) MUST_USE;
/* The sample's body; borrowed until object_fini(). */
enum err_code context_sample(struct ask *ask, const char *flow, const char *sample,
                             struct object *object, struct err *e) MUST_USE;
/* {STEP: output} of the flow's pins; new reference. */
json_t *context_pins(struct ask *ask, const char *flow) MUST_USE;

#endif
