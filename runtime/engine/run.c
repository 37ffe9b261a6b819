/* run.c - the state table of a run; run.h has its diagram and its invariants. */
#include "engine/run.h"

#include "engine/guard.h"
#include "engine/poll.h"
#include "engine/suspect.h"
#include "engine/trace.h"

#include <string.h>

/* What the log's lines are about: of the loop's thread. */
static _Thread_local struct trace_log run_at;
static _Thread_local struct log_context run_context = { .tell = trace_log_tell };

#define RUN_STALL_MS     1000       /* the pause before a refused batch is offered again */
#define RUN_ENTRIES_FULL (1u * MIB) /* flushed at the latest */
#define RUN_STEPS_TURN   100        /* of one run at a time: a millisecond or two */

static enum run_go run_lane(struct run *run);
static enum run_go run_steps(struct run *run);
static enum run_go run_flush(struct run *run);
static enum run_go run_release(struct run *run);
static enum run_go run_stalled(struct run *run);
static enum run_go run_parked(struct run *run);

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
    suspect_take(run->engine, run->id);
    run_at = (struct trace_log){ .run = run };
    run_context.arg = &run_at;
    log_enter(&run_context);
    while (go == RUN_ON && run_table[run->state].enter != NULL)
        go = run_table[run->state].enter(run);
    log_enter(NULL);
}

void run_work(struct run_node *n)
{
    struct run *run = n->frame->run;

    if (n->in_work)
        return;
    n->in_work = true;
    n->next = NULL;
    if (run->work_last != NULL)
        run->work_last->next = n;
    else
        run->work = n;
    run->work_last = n;
    if (run->state == RUN_STATE_WAIT) {
        run_set(run, RUN_STATE_STEPS, "something arrived");
        run_queue(run);
    }
}

static bool run_is_within(const struct frame *frame, const struct frame *outer)
{
    while (frame != NULL && frame != outer)
        frame = frame->outer;
    return frame != NULL;
}

void run_unwork(const struct frame *frame)
{
    struct run *run = frame->run;
    struct run_node *rest = run->work, *next;

    run->work = run->work_last = NULL;
    for (struct run_node *n = rest; n != NULL; n = next) {
        next = n->next;
        n->in_work = false;
        if (!run_is_within(n->frame, frame))
            run_work(n);
    }
}

/* ---- LANE */

static enum run_go run_lane(struct run *run)
{
    if (run->holds_place) {
        if (!run->begun)
            run_begin(run);
        return run_set(run, RUN_STATE_STEPS, "it is its turn");
    }
    if (!run->accepted)
        return run_set(run, RUN_STATE_FLUSH, "accepted, waits for its turn");
    if (run->root->failing && !frame_settles(run->root)) {
        if (!run->begun)
            run_begin(run);
        return run_set(run, RUN_STATE_STEPS, "it ends before its turn");
    }
    if (run->entries.len > 0 || run->facts != NULL || run->told != NULL)
        return run_set(run, RUN_STATE_FLUSH, "something was written before its turn");
    return RUN_PARK;
}

/* ---- STEPS */

static void run_step_end(struct run_node *n)
{
    struct step *step = n->step;
    struct frame *frame = n->frame;
    unsigned port = step->port;

    check(n->status == NODE_LIVE);
    if (step->stops) {
        frame_close(n, NODE_DONE);
        step_free(step);
        return;
    }
    if (!step->failed) {
        if (step->output != step->input && step->output != step->looped)
            guard_value(frame->run, &step->output, "");
        record_done(n, port, step->output, step);
    }
    if (step->failed) { /* or its output was too large to keep */
        guard_error(frame->run, &step->error, &step->details);
        retry_failed(n);
        return;
    }
    n->output = step->output;
    step->output = NULL;
    frame->run->steps_done++;
    frame_show(n, frame->run->engine->wall);
    json_decref(frame->last_output);
    frame->last_output = json_incref(n->output);
    if (!frame->failing && (frame->run->poll == 0 || frame->outer != NULL))
        route_port(n, port);
    frame_close(n, NODE_DONE);
    step_free(step);
}

static void run_step_begin(struct run_node *n)
{
    struct run *run = n->frame->run;

    if (n->frame->failing && !node_settles(n)) {
        frame_close(n, NODE_PASSED);
        return;
    }
    if (run->steps_done >= LIMIT_STEPS) {
        struct err e;

        err_set(&e, ERR_LIMIT, "a run does at most %u steps", LIMIT_STEPS);
        frame_close(n, NODE_FAILED);
        frame_fail(run->root, n->frame == run->root ? n->node : UINT32_MAX, &e, NULL);
        return;
    }
    n->status = NODE_LIVE;
    n->attempts++;
    n->step = step_new(n);
    step_start(n->step);
}

static void run_step(struct run_node *n)
{
    run_at.n = n;
    if (n->status == NODE_QUEUED) {
        run_step_begin(n);
    } else if (n->status == NODE_LIVE && n->step->arrived && n->step->wait == STEP_RETRIES) {
        step_free(n->step);
        n->attempts++;
        n->step = step_new(n);
        step_start(n->step);
    } else if (n->status == NODE_LIVE && n->step->arrived) {
        step_continue(n->step);
    }
    if (n->status == NODE_LIVE && n->step->ended)
        run_step_end(n);
    run_at.n = NULL; /* its frame may be gone when the next line is written */
}

static void run_end(struct frame *frame)
{
    if (frame->open > 0)
        return; /* something was opened behind it */
    if (frame->outer != NULL)
        body_frame_ended(frame);
    else
        run_conclude(frame);
}

/* A poll is never stored: it waits, or it is over. */
static enum run_go run_polled(struct run *run)
{
    buf_clear(&run->entries);
    if (run->work != NULL)
        return run_set(run, RUN_STATE_STEPS, "more to do");
    if (!run->concluded) {
        run_set(run, RUN_STATE_WAIT, "asks");
        return RUN_PARK;
    }
    poll_ended(run);
    return run_gone(run, "polled");
}

/* It was woken for nothing: it waits as before, and nothing is to be stored. */
static bool run_row_says_so(const struct run *run)
{
    return run->row_waits && run->row_due_ms == run->due_ms && run->gated == NULL &&
           run->reply == NULL && run->entries.len == 0 && run->facts == NULL && run->told == NULL;
}

static enum run_go run_steps(struct run *run)
{
    unsigned moved = 0;

    while (run->work != NULL && run->entries.len < RUN_ENTRIES_FULL) {
        struct run_node *n = run->work;

        if (moved++ == RUN_STEPS_TURN) {
            run_queue(run); /* the others have their turn */
            return RUN_PARK;
        }

        run->work = n->next;
        if (run->work == NULL)
            run->work_last = NULL;
        n->in_work = false;
        if (!body_ready(n->frame))
            continue; /* it comes again when its loop is asked for */
        if (n == &n->frame->end)
            run_end(n->frame);
        else
            run_step(n);
    }
    if (run->poll != 0)
        return run_polled(run);
    if (run->work == NULL && run->concluded && !run_notifies(run))
        run->ending = true;
    run->parking = run->work == NULL && !run->concluded && run_parks(run, &run->due_ms);
    if (run->parking)
        governor_hold(run);
    if (run->parking && run_row_says_so(run))
        return run_parked(run);
    if (!run->accepted || run->ending || run->parking || run->gated != NULL || run->reply != NULL ||
        run->entries.len > 0 || run->facts != NULL || run->told != NULL)
        return run_set(run, RUN_STATE_FLUSH, run->ending ? "the end" : "to be stored");
    if (run->concluded)
        return run_set(run, RUN_STATE_NOTIFY, "its end starts something");
    run_set(run, RUN_STATE_WAIT, "nothing to do");
    return RUN_PARK;
}

void run_stir(struct run *run)
{
    if (run->state == RUN_STATE_LANE)
        run_queue(run);
    if (run->state != RUN_STATE_WAIT)
        return;
    run_set(run, RUN_STATE_STEPS, "something was written");
    run_queue(run);
}

void run_due(struct run *run)
{
    struct err e;

    if (run->state == RUN_STATE_STALLED)
        run_queue(run);
    if (run->long_waits > 0)
        run_stir(run); /* it may have waited long enough to leave memory */
    if (run->deadline == 0 || run->engine->steady < run->deadline || run->concluded ||
        run->root->failing)
        return;
    err_set(&e, ERR_TIMEOUT, "the run took longer than settings.timeout allows (%lld ms)",
            (long long)run->version->flow->timeout_ms);
    frame_fail(run->root, UINT32_MAX, &e, NULL);
    run_stir(run);
}

/* ---- FLUSH, COMMIT, RELEASE, STALLED */

static enum run_go run_flush(struct run *run)
{
    struct store_batch *batch = record_batch(run);

    money_flush(run);
    keep_flush(run, batch);
    if (!batch->has_accept && batch->entries == NULL && !batch->has_status && run->facts == NULL) {
        store_batch_free(batch); /* a step was gated again after a restart: all of it is durable */
        run->commit.code = ERR_OK;
        return run_set(run, RUN_STATE_RELEASE, "nothing to store");
    }
    run_set(run, RUN_STATE_COMMIT, "to the store");
    run->commit_ms = run->engine->steady;
    run->engine->commits++;
    if (run->piece != NULL)
        poll_flush(run, &batch);
    else
        store_append(run->engine->world.store, &batch);
    return RUN_PARK;
}

void run_committed(struct engine *engine, uint64_t id, const struct store_result *result)
{
    struct run *run = table_find(&engine->runs, id);

    check(engine->commits > 0);
    engine->commits--;
    tally_commit(&engine->tally, result->code == ERR_OK || result->code == ERR_DUPLICATE);
    if (id == 0) { /* facts of no run: what is missing is written again at the next start */
        if (result->code == ERR_FATAL)
            engine->world.fatal(engine->world.arg, result->text);
        return;
    }
    if (run == NULL) { /* it has ended */
        settle_committed(engine, id, result);
        return;
    }
    check(run->state == RUN_STATE_COMMIT);
    run->first_run = result->first_run;
    run->commit.code = result->code;
    tally_commit_took(&engine->tally,
                      engine->world.clock->steady_ms(engine->world.clock) - run->commit_ms);
    if (result->code != ERR_OK)
        err_set(&run->commit, result->code, "%s",
                result->text != NULL ? result->text : err_about(result->code));
    run_set(run, RUN_STATE_RELEASE, result->code == ERR_OK ? "stored" : err_name(result->code));
    run_queue(run);
}

/* The store can never keep this batch. What was in it is lost, so the run goes no further: it
 * fails, and what has left is seen to its end. When not even that can be kept, it leaves memory as
 * it stands in the store, and the next start tries again. */
static enum run_go run_broken(struct run *run)
{
    struct log *log = run->engine->world.log;
    char id[IDENT_TEXT];
    struct err e;

    ident_text(run->id, id);
    if (run->broken) {
        log_error(log, "run %s is set aside until the next start: %s", id, run->commit.text);
        keep_tell(run, &run->commit, true);
        reply_refuse(run, &run->commit);
        return run_gone(run, "it cannot be kept");
    }
    log_error(log, "run %s fails: what it did cannot be stored: %s", id, run->commit.text);
    err_set(&e, ERR_LIMIT, "what the run did cannot be stored: %.300s", run->commit.text);
    run->broken = true;
    run->ending = run->concluded = run->parking = false;
    keep_lost(run, &run->commit);
    record_broken(run, &e);
    reply_free(run->reply);
    run->reply = NULL;
    frame_fail(run->root, UINT32_MAX, &e, NULL);
    if (run->root->open == 0)
        run_work(&run->root->end);
    return run_set(run, RUN_STATE_STEPS, "it cannot be kept");
}

/* The store did not take the batch. (5): a run whose accept was not kept never was. */
static enum run_go run_refused(struct run *run)
{
    if (!run->accepted)
        run->parking = false; /* there is no row that could wait */
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
    if (!err_retry(run->commit.code))
        return run_broken(run);
    log_warn(run->engine->world.log, "the store refused a batch: %s", run->commit.text);
    record_back(run);
    due_add(run->engine, run->engine->steady + RUN_STALL_MS, run->id, true);
    run_set(run, RUN_STATE_STALLED, "refused");
    return RUN_PARK;
}

/* It waits as a row from now on, if nothing has arrived meanwhile. */
static enum run_go run_parked(struct run *run)
{
    run->row_waits = true;
    if (run->work != NULL || run->entries.len > 0 || run->facts != NULL || run->told != NULL) {
        run->parking = false;
        return run_set(run, RUN_STATE_STEPS, "something arrived");
    }
    governor_held(run);
    if (run->due_ms < run->engine->wake_at)
        run->engine->wake_at = run->due_ms;
    reply_parked(run);
    tally_ended(run, run->doubts > 0 ? RUN_IN_DOUBT : RUN_WAITING);
    if (run->engine->world.ended != NULL)
        run->engine->world.ended(run->engine->world.arg, run->id,
                                 run->doubts > 0 ? RUN_IN_DOUBT : RUN_WAITING);
    run_moved(run, run->doubts > 0 ? RUN_IN_DOUBT : RUN_WAITING);
    return run_gone(run, "it waits");
}

static enum run_go run_release(struct run *run)
{
    const struct err fine = { .code = ERR_OK };
    bool first = !run->accepted;

    if (run->commit.code != ERR_OK)
        return run_refused(run);
    if (!run->accepted)
        run->deployment->tally.events++;
    run->accepted = true;
    if (first)
        run_born(run, ERR_OK, run->id);
    keep_kept(run);
    keep_tell(run, &fine, false);
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
        step_gate_pass(step);
    }
    if (run->ending) {
        reply_end(run);
        sub_ended(run);
        return run_gone(run, run_status_name(run->status));
    }
    if (run->parking)
        return run_parked(run);
    run->row_waits = run->row_waits && run->row_stays;
    return run_set(run, run->begun && run->holds_place ? RUN_STATE_STEPS : RUN_STATE_LANE,
                   "released");
}

static enum run_go run_stalled(struct run *run)
{
    if (run->parking) { /* something may have arrived: whether it still waits is seen anew */
        run->parking = false;
        return run_set(run, RUN_STATE_STEPS, "again");
    }
    return run_set(run, RUN_STATE_FLUSH, "again");
}
