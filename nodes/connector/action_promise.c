/* action_promise.c - whether what a system answers is what its manifest says of it.
 *
 * Forms and mappings were made by the schema; a system that answers in another form breaks them
 * later and elsewhere. It is no reason to lose an answer, though: what was paid was paid. So the
 * log says it, with the place in the schema and nothing of the answer, and the step goes on. */
#include <stdio.h>

#include "flow/node_say.h"
#include "nodes/connector/action_priv.h"
#include "schema/schema.h"

#define PROMISE_WORK \
    20000u /* steps, about a millisecond; the rest of a long list is not looked at */

struct misfit {
    char place[200];
    bool there;
};

static void misfit_note(void *arg, const struct schema_fault *fault)
{
    struct misfit *misfit = arg;

    if (misfit->there)
        return;
    misfit->there = true;
    snprintf(misfit->place, sizeof misfit->place, "%s", fault->place);
}

void action__promised(const struct step *step, const struct action *action, const json_t *output)
{
    struct misfit misfit = { .there = false };
    struct schema_ask ask = { .work = PROMISE_WORK, .fault = misfit_note, .arg = &misfit };
    char text[500];
    struct err e;

    if (action->promise.schema == NULL || output == NULL || atomic_load(action->promise.told))
        return;
    if (schema_verify(action->promise.schema, output, &ask, &e) == ERR_OK || !misfit.there ||
        atomic_exchange(action->promise.told, true))
        return;
    snprintf(text, sizeof text,
             "the answer does not fit the output_schema of %.80s at \"%s\"; the step goes on. Look "
             "at its output, then mend the manifest or ask the system's maker",
             action->name, misfit.place);
    step_warn(step, text);
}

void action__done(struct step *step, const struct action *action, json_t **output)
{
    action__promised(step, action, *output);
    step_done(step, "out", output);
}
