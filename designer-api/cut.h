/* cut.h - a flow made smaller for a test: up to a step, only a step, with outputs that stand in. */
#ifndef DESIGNER_API_CUT_H
#define DESIGNER_API_CUT_H

#include <jansson.h>

#include "base/err.h"

struct cut_ask {
    const char *until; /* the last step; NULL: all */
    const char *only;  /* nothing else is done: all before it has its output; NULL */
    json_t *pins;      /* {STEP: output}; may be NULL */
};
/* A copy of the bundle, with the ids of the steps that were replaced in `pinned`. NULL with
 * ERR_NOT_FOUND: there is no such step. */
json_t *cut_flow(const json_t *bundle, const struct cut_ask *ask, json_t *pinned,
                 struct err *e) MUST_USE;

#endif
