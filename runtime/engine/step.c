/* step.c - the services of flow/node.h: what a node asks of its step. A request to leave is in
 * call.c, an answer to the caller in reply.c. */
#include "engine/run.h"

#include "engine/note.h"
#include "engine/poll.h"
#include "flow/node_say.h"

#include <string.h>

/* ---- Life */

struct step *step_new(struct run_node *n)
{
    struct run *run = n->frame->run;
    struct step *step = mem_must(sizeof *step);

    step->magic = STEP_MAGIC;
    step->run = run;
    step->n = n;
    if (n->node != UINT32_MAX) {
        step->type = node_of(n)->type;
        step->config = node_of(n)->config;
        step->input = json_incref(route_input(n));
    }
    step->started_ms = run->engine->steady;
    step->wait_ms = -1;
    return step;
}

void step_results_free(struct step *step)
{
    size_t i;

    for (i = 0; step->raw != NULL && i < step->raw_count; i++)
        json_decref(step->raw[i]);
    mem_free(step->raw);
    step->raw = NULL;
    step->raw_count = 0;
}

void step_free(struct step *step)
{
    if (step == NULL)
        return;
    CHECK_OBJ(step, STEP_MAGIC);
    step_forget(step);
    if (step->run->gated != NULL) {
        struct step **at = &step->run->gated;

        while (*at != NULL && *at != step)
            at = &(*at)->gate_next;
        if (*at == step)
            *at = step->gate_next;
    }
    call_free(step->call);
    job_leave(step->job);
    note_free(step->note);
    sub_free(step->sub);
    step_results_free(step);
    json_decref(step->script_input);
    json_decref(step->looped);
    json_decref(step->input);
    json_decref(step->output);
    json_decref(step->details);
    mem_free(step->state);
    mem_free(step->path);
    mem_free(step->pause_event);
    mem_free(step->pause_key);
    step->magic = 0;
    mem_free(step);
}

/* What may take so long that the run need not stay in memory. */
static bool step_is_long(enum step_wait wait)
{
    return wait == STEP_RETRIES || wait == STEP_PAUSES || wait == STEP_DECIDES ||
           wait == STEP_SUBS || wait == STEP_LOOPS || wait == STEP_QUEUES;
}

uint64_t step_wait_for(struct step *step, enum step_wait wait)
{
    struct engine *engine = step->run->engine;

    CHECK_OBJ(step, STEP_MAGIC);
    step_forget(step);
    step->wait = (uint8_t)wait;
    step->arrived = false;
    step->tag = ++engine->last_tag;
    table_put(&engine->waits, step->tag, step);
    step->run->long_waits += step_is_long(wait);
    return step->tag;
}

void step_forget(struct step *step)
{
    governor_forget(step);
    if (step->tag != 0) {
        table_remove(&step->run->engine->waits, step->tag);
        step->run->long_waits -= step_is_long((enum step_wait)step->wait);
    }
    step->tag = 0;
    step->wait = STEP_FREE;
    step->arrived = false;
}

struct step *step_find(struct engine *engine, uint64_t tag, enum step_wait wait)
{
    struct step *step = table_find(&engine->waits, tag);

    if (step == NULL || step->run->state == RUN_STATE_GONE)
        return NULL; /* a run that has left memory in this turn takes nothing any more */
    CHECK_OBJ(step, STEP_MAGIC);
    check(step->tag == tag);
    return step->wait == wait ? step : NULL;
}

void step_arrived(struct step *step)
{
    check(step->wait != STEP_FREE && !step->arrived);
    step->arrived = true;
    run_work(step->n);
}

bool step_refused_in_poll(struct step *step)
{
    struct err e;

    if (step->run->poll == 0)
        return false;
    err_set(&e, ERR_POLICY, "the body of a poll may only read and compute; move this behind it");
    step_fail(step, &e, NULL);
    return true;
}

void step_gate(struct step *step, void (*open)(struct step *step))
{
    struct run *run = step->run;

    if (step_refused_in_poll(step)) {
        run_work(step->n);
        return;
    }
    step_wait_for(step, STEP_GATED);
    step->gate_open = open;
    step->gate_next = run->gated;
    run->gated = step;
}

void step_gate_pass(struct step *step)
{
    struct err e;

    check(step->wait == STEP_GATED && step->run->accepted);
    if (!step->n->frame->failing) {
        step->gate_open(step);
        return;
    }
    err_set(&e, ERR_CANCELLED, "not sent: the run had failed before");
    step_fail(step, &e, NULL);
    run_work(step->n);
}

/* After each call into the node: it has ended its step, or something it asked for is under way. */
static void step_check(const struct step *step)
{
    check(step->ended != (step->wait != STEP_FREE));
}

void step_start(struct step *step)
{
    const struct flow_node *node = node_of(step->n);
    json_t *output;

    if (node->disabled) {
        output = json_incref(step->input);
        step_done(step, node->ports[0], &output);
        return;
    }
    if (step->type->kind == NODE_TRIGGER) {
        poll_start(step);
        step_check(step);
        return;
    }
    check(step->type->start != NULL);
    if (ladder_begins(step)) {
        step_check(step);
        return;
    }
    if (step->type->start(step, step->config) == NODE_ENDED)
        check(step->ended);
    step_check(step);
}

void step_continue(struct step *step)
{
    step_timer_fn *timer;

    CHECK_OBJ(step, STEP_MAGIC);
    check(step->arrived && !step->ended);
    switch ((enum step_wait)step->wait) {
    case STEP_EVALUATES:
        if (step->failed) {
            step_forget(step);
            step->ended = true;
        } else {
            step_evaluated(step);
        }
        break;
    case STEP_TIMES:
        timer = step->then_timer;
        step_forget(step);
        timer(step, step->config);
        break;
    case STEP_QUEUES:
        if (step->job != NULL)
            job_continue(step);
        else
            call_continue(step);
        break;
    case STEP_SIGNS:
    case STEP_CALLS:
        call_continue(step);
        break;
    case STEP_WORKS:
        job_continue(step);
        break;
    case STEP_LOOPS:
        body_continue(step);
        break;
    case STEP_PAUSES:
        pause_continue(step);
        break;
    case STEP_SIGNALS:
        step_forget(step);
        step->then_signalled(step, step->config, step->n->progress->delivered);
        break;
    case STEP_DECIDES:
        person_continue(step);
        break;
    case STEP_NOTES:
        note_continue(step);
        break;
    case STEP_SUBS:
        sub_continue(step);
        break;
    case STEP_FREE:
    case STEP_GATED:
    case STEP_RETRIES:
        check(!"a step continues that waits for nothing");
    }
    step_check(step);
}

/* ---- Its end */

void step_warn(const struct step *step, const char *text)
{
    char run[IDENT_TEXT];

    CHECK_OBJ(step, STEP_MAGIC);
    ident_text(step->run->id, run);
    log_warn(step->run->engine->world.log, "run %s, step %s: %s", run, step_path(step), text);
}

void step_done(struct step *step, const char *port, json_t **output)
{
    int index;

    CHECK_OBJ(step, STEP_MAGIC);
    check(!step->ended && step->wait == STEP_FREE);
    index = flow_port_find(node_of(step->n), port);
    check(index >= 0);
    step->ended = true;
    step->port = (unsigned)index;
    step->output = *output != NULL ? *output : json_null();
    *output = NULL;
}

void step_fail(struct step *step, const struct err *e, json_t **details)
{
    CHECK_OBJ(step, STEP_MAGIC);
    check(!step->ended && e->code != ERR_OK);
    step_forget(step);
    step->ended = step->failed = true;
    step->error = *e;
    if (details != NULL) {
        step->details = *details;
        *details = NULL;
    }
}

void step_fail_after(struct step *step, const struct err *e, int64_t wait_ms, json_t **details)
{
    step_fail(step, e, details);
    step->wait_ms = wait_ms;
}

/* ---- What it is about */

const struct node_type *step_type(const struct step *step)
{
    return step->type;
}

json_t *step_input(const struct step *step)
{
    return step->input;
}

const char *step_path(const struct step *step)
{
    struct step *own = (struct step *)step; /* its text is made when first asked for */

    if (step->n->frame->outer == NULL)
        return node_of(step->n)->id;
    if (own->path == NULL) {
        own->path = mem_must(NODE_PATH_TEXT);
        node_path(step->n, own->path);
    }
    return own->path;
}

unsigned step_attempt(const struct step *step)
{
    return step->n->attempts;
}

int64_t step_received_ms(const struct step *step)
{
    return step->run->received_ms;
}

int64_t step_began_ms(const struct step *step)
{
    struct progress *progress = node_progress(step->n);

    if (progress->began_ms == 0)
        progress->began_ms = step->run->engine->wall;
    return progress->began_ms;
}

void *step_state(struct step *step, size_t size)
{
    if (step->state == NULL)
        step->state = mem_must(size);
    return step->state;
}

void *step_state_grow(struct step *step, size_t size)
{
    step->state = mem_must_resize(step->state, size);
    return step->state;
}

bool step_simulated(const struct step *step)
{
    const char *name = node_of(step->n)->connection;
    const struct connection *connection =
        name != NULL ? connection_find(step->run->deployment, name) : NULL;

    return step->run->simulate || (connection != NULL && connection_simulated(connection));
}

const char *step_setting(const struct step *step, const char *name)
{
    const char *connection = node_of(step->n)->connection;
    const struct connection *found =
        connection != NULL ? connection_find(step->run->deployment, connection) : NULL;

    return found != NULL ? connection_setting(found, name) : NULL;
}

enum node_next step_timer(struct step *step, int64_t ms, step_timer_fn *then)
{
    CHECK_OBJ(step, STEP_MAGIC);
    check(step->wait == STEP_FREE && !step->ended && ms >= 0);
    step->then_timer = then;
    due_add(step->run->engine, step->run->engine->steady + ms, step_wait_for(step, STEP_TIMES),
            false);
    return NODE_WAITING;
}
