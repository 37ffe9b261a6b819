/* answers.h - what connectors answer in a test or a trial, step by step (docs/TESTING.md).
 *
 * {STEP: ANSWER or [ANSWER...]}, an ANSWER is {"output": ...} or {"error": {"kind", "text"}}. Of a
 * list the attempts take one after the other, and the last stays. "LOOP[]/STEP" answers each turn
 * of a loop that has no answer of its own; of a list the turns' attempts take one after the
 * other. */
#ifndef ENGINE_ANSWERS_H
#define ENGINE_ANSWERS_H

#include <jansson.h>

#include "base/err.h"
#include "flow/node.h"

struct answers {
    json_t *given; /* NULL: none */
    json_t *asked; /* {STEP: how often} */
};

/* What the step's next attempt is answered, new reference; NULL: nothing is given for it, or *e. */
json_t *answers_next(struct answers *answers, const char *step, struct err *e) MUST_USE;
void answers_free(struct answers *answers);

/* What is asked, for people: JSON where it is some, else text; new reference. */
json_t *asked_body(const struct step_ask *ask) MUST_USE;

#endif
