/* simulate.c - trial runs: answers of simulated steps, and whether time alone moves the engine. */
#include "engine/step.h"

#include "base/check.h"
#include "base/json.h"
#include "engine/run.h"
#include "flow/node_long.h"

json_t *step_simulate_given(struct step *step, const struct step_ask *ask, struct err *e)
{
    const struct world *world = &step->run->engine->world;

    check(step_simulated(step) && ask->method != NULL);
    e->code = ERR_OK;
    return world->simulated != NULL ? world->simulated(world->arg, step_path(step), ask, e) : NULL;
}

bool step_rehearsed(const struct step *step)
{
    return step_simulated(step) && step->run->engine->world.simulated != NULL;
}

void step_simulate(struct step *step, const struct step_ask *ask, json_t **example)
{
    struct err e;
    json_t *answer = step_simulate_given(step, ask, &e), *details = NULL;

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

bool step_simulate_answered(struct step *step, const struct step_ask *ask)
{
    struct err e;
    json_t *answer = step_simulate_given(step, ask, &e), *details = NULL;

    if (e.code == ERR_OK && answer == NULL)
        return false;
    if (e.code == ERR_OK) {
        step_done(step, "out", &answer);
    } else {
        json_decref(answer);
        step_fail(step, &e, &details);
    }
    return true;
}

void step_simulate_failure(struct step *step, const struct step_ask *ask, const struct err *failure)
{
    struct err e;
    json_t *answer = step_simulate_given(step, ask, &e);

    if (e.code == ERR_OK && answer != NULL) {
        step_done(step, "out", &answer);
        return;
    }
    json_decref(answer);
    step_fail(step, e.code != ERR_OK ? &e : failure, NULL);
}

bool engine_rests(const struct engine *engine)
{
    struct step *step;
    size_t cursor = 0;

    if (!engine_idle(engine) || rules_busy(engine->world.rules))
        return false;
    while ((step = table_next(&engine->waits, &cursor)) != NULL)
        if (step->wait == STEP_WORKS)
            return false;
    return true;
}
