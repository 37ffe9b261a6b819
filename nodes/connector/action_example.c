/* action_example.c - what a simulated action answers: the first case whose "when" fits the input,
 * else the usual one. */
#include "base/check.h"
#include "base/json.h"
#include "nodes/connector/action_priv.h"

static json_t *example_case(const struct action *action, json_t *input)
{
    json_t *list = action->data.examples;

    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *json = json_array_get(list, i), *when = json_object_get(json, "when");

        if (when != NULL && manifest_when(when, input))
            return json;
    }
    return action->data.example;
}

void action__simulate(struct step *step, const struct action *action, json_t *input,
                      const struct step_ask *ask)
{
    json_t *example = example_case(action, input), *output;
    const json_t *error = json_object_get(example, "error");
    struct err e;

    check(example != NULL);
    if (error == NULL) {
        output = json_copied_deep(json_object_get(example, "output"));
        step_simulate(step, ask, &output);
        return;
    }
    check(err_find(json_get_text(error, "kind"), &e.code)); /* the manifest's reader saw to it */
    err_set(&e, e.code, "simulated: %s", json_get_text(error, "text"));
    step_simulate_failure(step, ask, &e);
}
