/* ready.c - whose turn it is: deployments take turns, and within one its runs in the order in which
 * they got something to do. So a flow with thousands of runs does not keep the others waiting. */
#include "engine/run.h"

static void run_queue_deployment(struct engine *engine, struct deployment *d)
{
    d->ready_next = NULL;
    if (engine->ready_last != NULL)
        engine->ready_last->ready_next = d;
    else
        engine->ready = d;
    engine->ready_last = d;
}

void run_queue(struct run *run)
{
    struct deployment *d = run->deployment;

    if (run->queued || run->state == RUN_STATE_GONE || run->engine->ending)
        return; /* at the engine's end one that is freed gives back its place, and wakes another */
    run->queued = true;
    run->next = NULL;
    if (d->ready != NULL)
        d->ready_last->next = run;
    else
        d->ready = run;
    d->ready_last = run;
    if (d->ready == run)
        run_queue_deployment(run->engine, d);
}

struct run *run_next(struct engine *engine)
{
    struct deployment *d = engine->ready;
    struct run *run;

    if (d == NULL)
        return NULL;
    engine->ready = d->ready_next;
    if (engine->ready == NULL)
        engine->ready_last = NULL;
    run = d->ready;
    d->ready = run->next;
    if (d->ready != NULL)
        run_queue_deployment(engine, d);
    run->queued = false;
    run->next = NULL;
    return run;
}
