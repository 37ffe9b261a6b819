/* run.c - the state table of a run; run.h has its diagram and its invariants. */
#include "engine/run.h"

#include <string.h>

#define RUN_STALL_MS     1000 /* the pause before a refused batch is offered again */
#define RUN_ENTRIES_MAX  (64u * MIB)
#define RUN_ENTRIES_FULL (1u * MIB) /* flushed at the latest */

static enum run_go run_lane(struct run *run);
static enum run_go run_steps(struct run *run);
static enum run_go run_flush(struct run *run);
static enum run_go run_release(struct run *run);
static enum run_go run_stalled(struct run *run);

static const struct {
    const char *name;
    enum run_go (*enter)(struct run *run);
} run_table[] = {
#define X(code, enter) { #code, enter },
    RUN_STATES(X)
#undef X
};

const char *run_state_name(enum run_state state)
{
    return run_table[state].name;
}

/* The only place that changes a run's state. */
enum run_go run_set(struct run *run, enum run_state state, const char *why)
{
    CHECK_OBJ(run, RUN_MAGIC);
    check(run->state != RUN_STATE_GONE);
    if (run->engine->world.log->level >= LOG_DEBUG) {
        char id[IDENT_TEXT];

        ident_text(run->id, id);
        log_debug(run->engine->world.log, "run %s %s -> %s (%s)", id, run_table[run->state].name,
                  run_table[state].name, why);
    }
    run->state = (uint8_t)state;
    return RUN_ON;
}

void run_move(struct run *run)
{
    enum run_go go = RUN_ON;

    CHECK_OBJ(run, RUN_MAGIC);
    while (go == RUN_ON && run_table[run->state].enter != NULL)
        go = run_table[run->state].enter(run);
}

void run_queue(struct run *run)
{
    struct engine *engine = run->engine;

    if (run->queued || run->state == RUN_STATE_GONE)
        return;
    run->queued = true;
    run->next = NULL;
    if (engine->ready_last != NULL)
        engine->ready_last->next = run;
    else
        engine->ready = run;
    engine->ready_last = run;
}

void run_work(struct run *run, unsigned node)
{
    struct run_node *n = &run->nodes[node];

    check(node < run->version->flow->node_count);
    if (n->in_work)
        return;
    n->in_work = true;
    n->next = 0;
    if (run->work_last != 0)
        run->nodes[run->work_last - 1].next = node + 1;
    else
        run->work = node + 1;
    run->work_last = node + 1;
    if (run->state == RUN_STATE_WAIT) {
        run_set(run, RUN_STATE_STEPS, "something arrived");
        run_queue(run);
    }
}

struct run *run_new(struct engine *engine, struct deployment *deployment, struct version *version,
                    uint64_t id, unsigned trigger, json_t **input, int64_t received_ms)
{
    const struct flow *flow = version->flow;
    struct run *run = mem_must(sizeof *run + flow->node_count * sizeof run->nodes[0]);

    check(trigger < flow->node_count);
    run->magic = RUN_MAGIC;
    run->state = RUN_STATE_ADMIT;
    run->id = id;
    run->engine = engine;
    run->deployment = deployment;
    run->version = version_ref(version);
    run->trigger = trigger;
    run->received_ms = received_ms;
    run->input = *input;
    *input = NULL;
    run->steps = json_object();
    run->failed_node = UINT32_MAX;
    buf_init(&run->entries, RUN_ENTRIES_MAX);
    table_put(&engine->runs, id, run);
    return run;
}

/* Out of the engine; the memory goes after the turn. */
enum run_go run_gone(struct run *run, const char *why)
{
    struct engine *engine = run->engine;
    bool ended = run->ending && run->accepted;

    run_set(run, RUN_STATE_GONE, why);
    lane_leave(run);
    table_remove(&engine->runs, run->id);
    if (!run->queued) {
        run->next = engine->gone;
        engine->gone = run;
    }
    if (ended && engine->world.ended != NULL)
        engine->world.ended(engine->world.arg, run->id, run->status);
    return RUN_PARK;
}

void run_free(struct run *run)
{
    size_t i;

    CHECK_OBJ(run, RUN_MAGIC);
    for (i = 0; i < run->version->flow->node_count; i++) {
        step_free(run->nodes[i].step);
        json_decref(run->nodes[i].output);
    }
    json_decref(run->input);
    json_decref(run->steps);
    json_decref(run->about);
    json_decref(run->last_output);
    json_decref(run->failure_details);
    reply_free(run->reply);
    mem_free(run->dedupe);
    mem_free(run->order_key);
    mem_free(run->flushed);
    buf_fini(&run->entries);
    version_unref(run->engine, run->version);
    run->magic = 0;
    mem_free(run);
}

/* ---- LANE */

/* The trigger has done its part: the run stands behind it. */
void run_begin(struct run *run)
{
    const struct flow *flow = run->version->flow;
    unsigned i;

    run->begun = true;
    for (i = 0; i < flow->node_count; i++) {
        struct run_node *n = &run->nodes[i];

        if (flow->nodes[i].type->kind != NODE_TRIGGER)
            continue;
        n->status = i == run->trigger ? NODE_DONE : NODE_PASSED;
        if (i != run->trigger)
            continue;
        n->output = json_incref(run->input);
        json_object_set_nocheck(run->steps, flow->nodes[i].id, run->input);
    }
    for (i = 0; i < flow->node_count; i++)
        if (flow->nodes[i].type->kind == NODE_TRIGGER)
            route_port(run, i, i == run->trigger ? 0 : UINT32_MAX);
    if (flow->timeout_ms > 0) {
        run->deadline =
            run->engine->steady + flow->timeout_ms - (run->engine->wall - run->received_ms);
        due_add(run->engine, run->deadline, run->id, true);
    }
}

/* A run that came back from the store stands where it would stand after the
 * commit of its accept. */
void run_resume(struct run *run)
{
    check(run->accepted && run->begun && run->state == RUN_STATE_ADMIT);
    run_set(run, RUN_STATE_LANE, "recovered");
    run->holds_place = lane_enter(run);
    run_queue(run);
}

static enum run_go run_lane(struct run *run)
{
    if (run->holds_place) {
        if (!run->begun)
            run_begin(run);
        return run_set(run, RUN_STATE_STEPS, "it is its turn");
    }
    if (!run->accepted)
        return run_set(run, RUN_STATE_FLUSH, "accepted, waits for its turn");
    return RUN_PARK;
}

/* ---- STEPS */

static void run_step_end(struct run *run, struct step *step)
{
    struct run_node *n = &run->nodes[step->node];
    const struct flow_node *node = &run->version->flow->nodes[step->node];
    unsigned port = step->port;

    check(n->status == NODE_LIVE && n->step == step);
    if (step->failed) {
        retry_failed(run, step);
        return;
    }
    record_done(run, step->node, port, step->output, step);
    if (step->failed) { /* its output was too large to keep */
        retry_failed(run, step);
        return;
    }
    n->status = NODE_DONE;
    n->output = step->output;
    step->output = NULL;
    n->step = NULL;
    run->live--;
    run->steps_done++;
    json_object_set_nocheck(run->steps, node->id, n->output);
    json_decref(run->last_output);
    run->last_output = json_incref(n->output);
    step_free(step);
    if (run->failure.code == ERR_OK)
        route_port(run, (unsigned)(n - run->nodes), port);
}

static void run_step(struct run *run, unsigned index)
{
    struct run_node *n = &run->nodes[index];

    if (n->status == NODE_QUEUED) {
        if (run->failure.code != ERR_OK) {
            n->status = NODE_PASSED;
            return;
        }
        if (run->steps_done >= LIMIT_STEPS) {
            struct err e;

            err_set(&e, ERR_LIMIT, "a run does at most %d steps", LIMIT_STEPS);
            run_fail(run, index, &e, NULL);
            return;
        }
        n->status = NODE_LIVE;
        n->attempts++;
        n->step = step_new(run, index);
        run->live++;
        step_start(n->step);
    } else if (n->status == NODE_LIVE && n->step->arrived && n->step->wait == STEP_RETRIES) {
        step_free(n->step);
        n->attempts++;
        n->step = step_new(run, index);
        step_start(n->step);
    } else if (n->status == NODE_LIVE && n->step->arrived) {
        step_continue(n->step);
    }
    if (n->status == NODE_LIVE && n->step->ended)
        run_step_end(run, n->step);
}

static void run_conclude(struct run *run)
{
    run->ending = true;
    if (run->failure.code != ERR_OK)
        run->status = RUN_FAILED;
    else
        run->status = run->doubt ? RUN_IN_DOUBT : RUN_SUCCEEDED;
}

static enum run_go run_steps(struct run *run)
{
    while (run->work != 0 && run->entries.len < RUN_ENTRIES_FULL) {
        unsigned index = run->work - 1;
        struct run_node *n = &run->nodes[index];

        run->work = n->next;
        if (run->work == 0)
            run->work_last = 0;
        n->in_work = false;
        run_step(run, index);
    }
    if (run->work == 0 && run->live == 0)
        run_conclude(run);
    if (!run->accepted || run->ending || run->gated != NULL || run->reply != NULL ||
        run->entries.len > 0)
        return run_set(run, RUN_STATE_FLUSH, run->ending ? "the end" : "to be stored");
    run_set(run, RUN_STATE_WAIT, "nothing to do");
    return RUN_PARK;
}

/* Whether a live step may still be stopped without anybody outside knowing of it. */
static bool run_step_stops(const struct step *step)
{
    return step->wait == STEP_RETRIES || step->wait == STEP_TIMES || step->wait == STEP_SIGNS;
}

void run_fail(struct run *run, unsigned node, const struct err *e, json_t *details)
{
    size_t i;

    CHECK_OBJ(run, RUN_MAGIC);
    if (run->failure.code != ERR_OK)
        return;
    run->failure = *e;
    run->failed_node = node;
    run->failure_details = json_incref(details);
    for (i = 0; i < run->version->flow->node_count; i++) {
        struct run_node *n = &run->nodes[i];

        if (n->status != NODE_LIVE || i == node || !run_step_stops(n->step))
            continue;
        step_free(n->step);
        n->step = NULL;
        n->status = NODE_PASSED;
        run->live--;
    }
}

void run_due(struct run *run)
{
    struct err e;

    if (run->state == RUN_STATE_STALLED)
        run_queue(run);
    if (run->deadline == 0 || run->engine->steady < run->deadline || run->ending ||
        run->failure.code != ERR_OK)
        return;
    err_set(&e, ERR_TIMEOUT, "the run took longer than settings.timeout allows (%lld ms)",
            (long long)run->version->flow->timeout_ms);
    run_fail(run, UINT32_MAX, &e, NULL);
    if (run->state == RUN_STATE_WAIT) {
        run_set(run, RUN_STATE_STEPS, "timed out");
        run_queue(run);
    }
}

/* ---- FLUSH, COMMIT, RELEASE, STALLED */

static enum run_go run_flush(struct run *run)
{
    struct store_batch *batch = record_batch(run);

    run_set(run, RUN_STATE_COMMIT, "to the store");
    run->engine->commits++;
    store_append(run->engine->world.store, &batch);
    return RUN_PARK;
}

void run_committed(struct engine *engine, uint64_t id, const struct store_result *result)
{
    struct run *run = table_find(&engine->runs, id);

    check(engine->commits > 0);
    engine->commits--;
    check(run != NULL && run->state == RUN_STATE_COMMIT);
    run->first_run = result->first_run;
    run->commit.code = result->code;
    if (result->code != ERR_OK)
        err_set(&run->commit, result->code, "%s",
                result->text != NULL ? result->text : err_about(result->code));
    run_set(run, RUN_STATE_RELEASE, result->code == ERR_OK ? "stored" : err_name(result->code));
    run_queue(run);
}

/* The store did not take the batch. (5): a run whose accept was not kept never was. */
static enum run_go run_refused(struct run *run)
{
    if (run->commit.code == ERR_DUPLICATE) {
        reply_duplicate(run);
        return run_gone(run, "duplicate");
    }
    if (run->commit.code == ERR_FATAL)
        run->engine->world.fatal(run->engine->world.arg, run->commit.text);
    if (!run->accepted) {
        reply_refuse(run, &run->commit);
        return run_gone(run, "not kept");
    }
    log_warn(run->engine->world.log, "the store refused a batch: %s", run->commit.text);
    due_add(run->engine, run->engine->steady + RUN_STALL_MS, run->id, true);
    run_set(run, RUN_STATE_STALLED, "refused");
    return RUN_PARK;
}

static enum run_go run_release(struct run *run)
{
    bool first = !run->accepted;

    if (run->commit.code != ERR_OK)
        return run_refused(run);
    run->accepted = true;
    if (run->wrote)
        run->seq++;
    mem_free(run->flushed);
    run->flushed = NULL;
    if (first && !run->respond_result)
        reply_receipt(run);
    reply_send(run);
    while (run->gated != NULL) {
        struct step *step = run->gated;

        run->gated = step->gate_next;
        step->gate_next = NULL;
        call_gate_open(step);
    }
    if (run->ending) {
        reply_end(run);
        return run_gone(run, run_status_name(run->status));
    }
    return run_set(run, run->begun ? RUN_STATE_STEPS : RUN_STATE_LANE, "released");
}

static enum run_go run_stalled(struct run *run)
{
    return run_set(run, RUN_STATE_FLUSH, "again");
}
