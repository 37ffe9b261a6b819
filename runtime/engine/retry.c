/* retry.c - what a failed step leads to: another attempt, the error's exit, the failure of its
 * level, or the ladder of effects in doubt (ladder.c). */
#include "engine/run.h"

#include <math.h>

#define RETRY_MS 1000 /* of a node without `retry`, whose effect goes again all the same */

/* The pause before attempt n + 1: exponential with jitter, no shorter than the system asked for. */
int64_t retry_pause(struct engine *engine, const struct flow_retry *retry, unsigned attempts,
                    int64_t asked_ms)
{
    double pause = (double)(retry->initial_ms > 0 ? retry->initial_ms : RETRY_MS), jitter;
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

static void retry_close(struct run_node *n, enum node_status status)
{
    struct step *step = n->step;

    frame_close(n, status);
    step_free(step);
}

/* The output that stands for a step without one of its own. */
static void retry_put(struct run_node *n, json_t *output)
{
    n->output = output;
    frame_show(n, n->frame->run->engine->wall);
}

/* The step leaves by an exit with the error as its output. */
static void retry_exit(struct run_node *n, const char *port)
{
    struct step *step = n->step;
    int index = flow_port_find(node_of(n), port);

    check(index >= 0);
    record_failed(n, &step->error, step->details, index, 0, step);
    retry_put(n, record_error(&step->error, node_of(n)->id, step->details));
    n->frame->run->steps_done++;
    route_port(n, (unsigned)index);
    retry_close(n, NODE_FAILED);
}

void retry_later(struct run_node *n)
{
    struct step *step = n->step;
    struct engine *engine = n->frame->run->engine;
    int64_t pause = retry_pause(engine, &node_of(n)->retry, n->attempts, step->wait_ms);

    node_progress(n)->retry_ms = engine->wall + pause;
    record_failed(n, &step->error, step->details, -1, engine->wall + pause, step);
    step->ended = step->failed = step->unsure = false;
    due_add(engine, engine->steady + pause, step_wait_for(step, STEP_RETRIES), false);
}

/* "It is there already" is what was wanted. */
static void retry_duplicate(struct run_node *n)
{
    struct step *step = n->step;
    json_t *output = json_object();
    bool failed = false;

    log_info(n->frame->run->engine->world.log, "step %s: %s (counts as done)", node_of(n)->id,
             step->error.text);
    json_put(output, "duplicate", json_true(), &failed);
    if (step->details != NULL)
        json_put(output, "details", json_incref(step->details), &failed);
    check(!failed);
    record_done(n, 0, output, step);
    retry_put(n, output);
    json_decref(n->frame->last_output);
    n->frame->last_output = json_incref(output);
    n->frame->run->steps_done++;
    if (!n->frame->failing)
        route_port(n, 0);
    retry_close(n, NODE_DONE);
}

/* Nobody takes it: the level fails, at once or when its other branches have ended. */
static void retry_fail(struct run_node *n)
{
    struct frame *frame = n->frame;
    struct step *step = n->step;
    struct err e = step->error;
    json_t *details = json_incref(step->details);

    record_failed(n, &e, details, -1, 0, step);
    if (frame->outer == NULL && frame->run->version->flow->collect_failures && !frame->failing) {
        if (frame->failure.code == ERR_OK) {
            frame->failure = e;
            frame->failed_node = n->node;
            frame->failure_details = json_incref(details);
        }
        route_port(n, UINT32_MAX);
        retry_close(n, NODE_FAILED);
    } else {
        retry_close(n, NODE_FAILED);
        frame_fail(frame, n->node, &e, details);
    }
    json_decref(details);
}

void retry_failed(struct run_node *n)
{
    const struct flow_node *node = node_of(n);
    struct step *step = n->step;
    bool failing = n->frame->failing;

    CHECK_OBJ(step, STEP_MAGIC);
    governor_tell(n);
    if (step->rung != RUNG_NONE)
        ladder_failed(n);
    else if (ladder_takes(n) || governor_takes(n))
        return;
    else if (step->error.code == ERR_DUPLICATE)
        retry_duplicate(n);
    else if (err_retry(step->error.code) && n->attempts < node->retry.attempts && !failing &&
             node->body == 0)
        retry_later(n);
    else if (node->on_error == ON_ERROR_CONTINUE && !failing)
        retry_exit(n, node->ports[0]);
    else if (node->on_error == ON_ERROR_ROUTE && !failing)
        retry_exit(n, "error");
    else
        retry_fail(n);
}
