/* simulate.c - trial runs: answers of simulated steps, and whether time alone moves the engine. */
#include "engine/step.h"

#include "base/check.h"
#include "base/json.h"
#include "engine/run.h"

void step_simulate(struct step *step, const struct step_ask *ask, json_t **example)
{
    const struct world *world = &step->run->engine->world;
    struct err e = { .code = ERR_OK };
    json_t *answer = NULL, *details = NULL;

    check(step_simulated(step) && ask->method != NULL);
    if (world->simulated != NULL)
        answer = world->simulated(world->arg, step_path(step), ask, &e);
    if (e.code != ERR_OK) {
        json_decref(answer);
        json_decref(*example);
        step_fail(step, &e, &details);
    } else if (answer != NULL) {
        json_decref(*example);
        step_done(step, "out", &answer);
    } else {
        step_done(step, "out", example);
    }
    *example = NULL;
}

bool engine_rests(const struct engine *engine)
{
    struct step *step;
    size_t cursor = 0;

    if (!engine_idle(engine))
        return false;
    while ((step = table_next(&engine->waits, &cursor)) != NULL)
        if (step->wait == STEP_WORKS || step->wait == STEP_EVALUATES)
            return false;
    return true;
}
