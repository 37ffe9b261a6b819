/* retry.c - what a failed step leads to: another attempt, the error's exit, the run's failure, or
 * doubt. */
#include "engine/run.h"

#include <math.h>

/* The pause before attempt n + 1: exponential with jitter, no shorter than the system asked for. */
static int64_t retry_pause(struct engine *engine, const struct flow_retry *retry, unsigned attempts,
                           int64_t asked_ms)
{
    double pause = (double)retry->initial_ms, jitter;
    uint32_t dice;

    if (retry->exponential)
        pause = ldexp(pause, attempts > 40 ? 40 : (int)attempts - 1);
    if (retry->max_ms > 0 && pause > (double)retry->max_ms)
        pause = (double)retry->max_ms;
    engine->world.random->fill(engine->world.random, &dice, sizeof dice);
    jitter = retry->jitter * (2.0 * (double)dice / UINT32_MAX - 1.0);
    pause *= 1.0 + jitter;
    if (pause < 1)
        pause = 1;
    return (int64_t)pause < asked_ms ? asked_ms : (int64_t)pause;
}

static void retry_drop(struct run *run, struct step *step, enum node_status status)
{
    struct run_node *n = &run->nodes[step->node];

    check(n->step == step);
    n->status = (uint8_t)status;
    n->step = NULL;
    run->live--;
    step_free(step);
}

/* The step leaves by an exit with the error as its output. */
static void retry_exit(struct run *run, struct step *step, const char *port)
{
    unsigned node = step->node;
    struct run_node *n = &run->nodes[node];
    int index = flow_port_find(&run->version->flow->nodes[node], port);

    check(index >= 0);
    record_failed(run, node, &step->error, step->details, index, 0, step);
    n->output = record_error(&step->error, run->version->flow->nodes[node].id, step->details);
    json_object_set_nocheck(run->steps, run->version->flow->nodes[node].id, n->output);
    retry_drop(run, step, NODE_FAILED);
    run->steps_done++;
    route_port(run, node, (unsigned)index);
}

static void retry_later(struct run *run, struct step *step)
{
    struct engine *engine = run->engine;
    const struct flow_node *node = &run->version->flow->nodes[step->node];
    int64_t pause =
        retry_pause(engine, &node->retry, run->nodes[step->node].attempts, step->wait_ms);

    record_failed(run, step->node, &step->error, step->details, -1, engine->wall + pause, step);
    step->ended = false;
    due_add(engine, engine->steady + pause, step_wait_for(step, STEP_RETRIES), false);
}

static void retry_doubt(struct run *run, struct step *step)
{
    struct err e = step->error;

    e.code = ERR_IN_DOUBT;
    record_doubt(run, step->node, &e, step->details, step);
    run->doubt = true;
    retry_drop(run, step, NODE_DOUBT);
}

/* "It is there already" is what was wanted. */
static void retry_duplicate(struct run *run, struct step *step)
{
    unsigned node = step->node;
    struct run_node *n = &run->nodes[node];
    bool failed = false;

    log_info(run->engine->world.log, "step %s: %s (counts as done)",
             run->version->flow->nodes[node].id, step->error.text);
    n->output = json_object();
    json_put(n->output, "duplicate", json_true(), &failed);
    if (step->details != NULL)
        json_put(n->output, "details", json_incref(step->details), &failed);
    check(!failed);
    record_done(run, node, 0, n->output, step);
    json_object_set_nocheck(run->steps, run->version->flow->nodes[node].id, n->output);
    json_decref(run->last_output);
    run->last_output = json_incref(n->output);
    retry_drop(run, step, NODE_DONE);
    run->steps_done++;
    if (run->failure.code == ERR_OK)
        route_port(run, node, 0);
}

void retry_failed(struct run *run, struct step *step)
{
    const struct flow_node *node = &run->version->flow->nodes[step->node];
    unsigned index = step->node;
    struct err e = step->error;
    json_t *details;

    CHECK_OBJ(step, STEP_MAGIC);
    if (step->unsure) {
        retry_doubt(run, step);
    } else if (e.code == ERR_DUPLICATE) {
        retry_duplicate(run, step);
    } else if (err_retry(e.code) && run->nodes[index].attempts < node->retry.attempts &&
               run->failure.code == ERR_OK) {
        retry_later(run, step);
    } else if (node->on_error == ON_ERROR_CONTINUE && run->failure.code == ERR_OK) {
        retry_exit(run, step, node->ports[0]);
    } else if (node->on_error == ON_ERROR_ROUTE && run->failure.code == ERR_OK) {
        retry_exit(run, step, "error");
    } else {
        details = json_incref(step->details);
        record_failed(run, index, &e, details, -1, 0, step);
        retry_drop(run, step, NODE_FAILED);
        run_fail(run, index, &e, details);
        json_decref(details);
    }
}
