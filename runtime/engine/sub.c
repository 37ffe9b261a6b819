/* sub.c - a step that calls another flow.
 *
 * (1) The other run begins only after everything the calling run has written is durable; its dedupe
 *     key is the calling step, so it begins once.                                 [sub_gate_open]
 * (2) What calls is named in the called run's input, `called_by`, which its trigger makes and no
 *     sender can write: a called flow is reached by no address.                       [sub_input]
 * (3) The end of the called run is durable before the calling step learns of it; a calling run that
 *     is a row only is woken by FACT_CHILD, which its own progress removes.           [sub_ended]
 * (4) A called run whose end is awaited is part of the run that calls: when that is cancelled, or
 *     the level of the step fails, that is made durable, then the called run is cancelled and its
 *     end awaited. That one may have begun is durable before it can; until it knows that it is
 *     cancelled, who calls does not leave memory.    [sub_mark, sub_stop, sub_stop_now, sub_parks]
 */
#include "engine/run.h"
#include "engine/spawn.h"

#include <stdio.h>
#include <string.h>

#define SUB_DEPTH    16 /* flows that call flows */
#define SUB_AGAIN_MS 1000
#define SUB_PLACED   "of the called flow"

struct sub {
    struct deployment *deployment;
    unsigned trigger;
    json_t *input;
    bool detached;
    bool unsure;        /* it may have been born before a crash */
    bool stopping;      /* its run was told to end, */
    bool stopped;       /* and that is durable */
    enum err_code code; /* of its birth */
    bool again;         /* it was not born for want of store or room */
    /* of its end */
    bool ended;
    enum run_status status;
    json_t *output;
    struct err error;
};

void sub_free(struct sub *sub)
{
    if (sub == NULL)
        return;
    json_decref(sub->input);
    json_decref(sub->output);
    mem_free(sub);
}

/* Whether it says already which run below failed. */
static bool sub_is_placed(const struct err *e)
{
    return strstr(e->text, " " SUB_PLACED ": ") == e->text + strlen("run ") + IDENT_TEXT - 1;
}

static int64_t sub_depth(const struct run *run)
{
    return json_get_int(json_object_get(run->input, "called_by"), "depth", 0);
}

/* What its trigger makes of the input. */
static enum err_code sub_input(struct step *step, struct sub *sub, json_t *input, struct err *e)
{
    const struct flow_node *node = &sub->deployment->version->flow->nodes[sub->trigger];
    char id[IDENT_TEXT];
    json_t *by;
    size_t size;
    unsigned long refusals = mem_refusals();
    char *text = json_text_new(input != NULL ? input : json_null(), LIMIT_OUTPUT, &size);
    struct node_event event = { .method = "CALL",
                                .path = "",
                                .query = "",
                                .body = text,
                                .body_size = size,
                                .received_ms = step->run->engine->wall };

    if (text == NULL && mem_refusals() != refusals)
        return err_set(e, ERR_MEMORY, "no memory for the call");
    if (text == NULL)
        return err_set(e, ERR_LIMIT, "the input is larger than %u bytes", LIMIT_OUTPUT);
    e->code = node->type->receive(&event, node->config, &sub->input, e);
    mem_free(text);
    if (e->code != ERR_OK)
        return err_prefix(e, "flow %s", sub->deployment->slug);
    /* what a simulated run calls is simulated too */
    if (step->run->simulate &&
        json_object_set_new_nocheck(sub->input, "simulated", json_true()) != 0)
        return err_set(e, ERR_MEMORY, "no memory for the call");
    ident_text(step->run->id, id);
    by = json_pack("{s:s, s:s, s:I, s:b}", "run", id, "step", step_path(step), "depth",
                   (json_int_t)(sub_depth(step->run) + 1), "detached", sub->detached);
    if (json_object_set_new_nocheck(sub->input, "called_by", by) != 0)
        return err_set(e, ERR_MEMORY, "no memory for the call");
    return ERR_OK;
}

static enum err_code sub_find(struct step *step, const char *slug, struct sub *sub, struct err *e)
{
    const struct deployment *own = step->run->deployment;
    const struct flow *flow;

    sub->deployment = deployment_find(step->run->engine, own->workspace, own->environment, slug);
    if (sub->deployment == NULL || sub->deployment->version == NULL)
        return err_set(e, ERR_INVALID, "no flow \"%.64s\" is deployed in %s/%s", slug,
                       own->workspace, own->environment);
    if (sub_depth(step->run) >= SUB_DEPTH)
        return err_set(e, ERR_LIMIT, "flows call flows more than %d deep", SUB_DEPTH);
    flow = sub->deployment->version->flow;
    for (unsigned i = 0; i < flow->graphs[0].count; i++) {
        struct node_arm arm = { .method = NULL };

        if (flow->nodes[i].type->kind != NODE_TRIGGER || flow->nodes[i].type->arm == NULL)
            continue;
        flow->nodes[i].type->arm(flow->nodes[i].config, &arm);
        sub->trigger = i;
        if (arm.callable)
            return ERR_OK;
    }
    return err_set(e, ERR_INVALID, "flow \"%.64s\" cannot be called: it has no trigger.call", slug);
}

/* ---- Its end, as the store tells it */

struct sub_look {
    struct sub *sub;
    struct err e;
};

static bool sub_row(void *arg, const struct store_run *row)
{
    struct sub_look *look = arg;
    json_t *error;
    enum err_code code = ERR_INTERNAL;

    look->sub->status = row->status;
    look->sub->ended =
        row->status == RUN_SUCCEEDED || row->status == RUN_FAILED || row->status == RUN_CANCELLED;
    error = row->error != NULL ? json_read(row->error, strlen(row->error), &record_limits, &look->e)
                               : NULL;
    if (error != NULL) {
        err_find(json_get_text(error, "kind"), &code);
        err_set(&look->sub->error, code, "%s", json_get_text(error, "text"));
    }
    json_decref(error);
    return false;
}

static bool sub_journal(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct sub_look *look = arg;
    json_t *row = json_read(entries, size, &record_limits, &look->e), *entry;
    size_t i;

    (void)seq;
    json_array_foreach(row, i, entry)
    {
        if (json_object_get(entry, "out") != NULL) {
            json_decref(look->sub->output);
            look->sub->output = json_incref(json_object_get(entry, "out"));
        }
    }
    json_decref(row);
    return true;
}

static bool sub_has_ended(struct step *step)
{
    struct store *store = step->run->engine->world.store;
    struct sub_look look = { .sub = step->sub };
    uint64_t id = step->n->progress->sub;

    if (store_run_find(store, id, sub_row, &look, &look.e) != ERR_OK || !step->sub->ended)
        return false;
    return store_journal(store, id, sub_journal, &look, &look.e) == ERR_OK;
}

/* ---- The step */

static void sub_wait(struct step *step)
{
    struct engine *engine = step->run->engine;

    step_wait_for(step, STEP_SUBS);
    if (step->sub->detached || sub_has_ended(step)) {
        step_arrived(step);
    } else {
        table_put(&engine->subs, step->n->progress->sub, (void *)(uintptr_t)step->tag);
        if (step->n->frame->failing)
            sub_stop(step);
    }
    due_add(engine, engine->steady + PARK_MS, step->run->id, true);
}

/* run 0: it is about to be called */
static void sub_mark(struct step *step, uint64_t run)
{
    char id[IDENT_TEXT] = "";
    json_t *mark;

    if (run != 0)
        ident_text(run, id);
    mark = json_string(id);
    check(mark != NULL);
    record_mark(step->n, "sub", mark);
    json_decref(mark);
    step->n->progress->sub = run;
    step->n->progress->calls = !step->sub->detached;
}

static void sub_born(void *owner, uint64_t tag, enum err_code code, uint64_t run)
{
    struct step *step = step_find(owner, tag, STEP_SUBS);

    if (step == NULL)
        return;
    step->sub->code = code;
    if (err_retry(code)) { /* the store or the room is short: not a failure of the call */
        step->sub->again = true;
        due_add(step->run->engine, step->run->engine->steady + SUB_AGAIN_MS, tag, false);
        return;
    }
    if (code != ERR_OK && code != ERR_DUPLICATE) {
        step_arrived(step);
        return;
    }
    step->sub->code = ERR_OK;
    sub_mark(step, run);
    sub_wait(step);
    run_stir(step->run);
}

void sub_gate_open(struct step *step)
{
    struct sub *sub = step->sub;
    char dedupe[IDENT_TEXT + NODE_PATH_TEXT + 8], id[IDENT_TEXT];
    json_t *input = json_incref(sub->input);
    struct spawn spawn = { .deployment = sub->deployment,
                           .trigger = sub->trigger,
                           .input = &input,
                           .dedupe = dedupe,
                           .again = run_is_again(step->run),
                           .done = sub_born,
                           .owner = step->run->engine };

    ident_text(step->run->id, id);
    snprintf(dedupe, sizeof dedupe, "call/%s/%s", id, step_path(step));
    if (sub->deployment->version == NULL) {
        json_decref(input);
        sub->code = ERR_INVALID;
        step_wait_for(step, STEP_SUBS);
        step_arrived(step);
        return;
    }
    spawn.tag = step_wait_for(step, STEP_SUBS);
    spawn_run(step->run->engine, &spawn);
}

/* In a level that fails only what may have been born is looked for, to be cancelled. */
static void sub_go(struct step *step)
{
    if (step->n->frame->failing && step->sub->unsure)
        sub_gate_open(step);
    else
        step_gate(step, sub_gate_open);
}

enum node_next step_sub(struct step *step, const struct step_sub *ask, step_sub_fn *then)
{
    struct sub *sub;
    struct err e;

    CHECK_OBJ(step, STEP_MAGIC);
    check(step->wait == STEP_FREE && !step->ended);
    sub = step->sub = mem_must(sizeof *sub);
    sub->detached = ask->detached;
    step->then_sub = then;
    sub->unsure = node_progress(step->n)->calls;
    if (step->n->progress->sub != 0) {
        sub_wait(step);
        return NODE_WAITING;
    }
    if (sub_find(step, ask->flow, sub, &e) != ERR_OK || sub_input(step, sub, ask->input, &e)) {
        step_fail(step, &e, NULL);
        return NODE_ENDED;
    }
    if (step->run->poll == 0 && !sub->detached && !sub->unsure)
        sub_mark(step, 0);
    sub_go(step);
    return NODE_WAITING;
}

static void sub_removed(struct step *step)
{
    char id[IDENT_TEXT];
    struct store_fact gone = { .op = FACT_REMOVE, .kind = FACT_CHILD, .key = id };

    ident_text(step->n->progress->sub, id);
    run_fact(step->run, &gone);
}

void sub_continue(struct step *step)
{
    struct sub *sub = step->sub;
    struct step_sub_end end = { .run = step->n->progress->sub, .output = sub->output };
    char id[IDENT_TEXT];
    json_t *details;
    struct err e;

    step_forget(step);
    if (sub->again) {
        sub->again = false;
        sub_go(step);
        return;
    }
    if (sub->code == ERR_OK && !sub->detached && !sub->ended) { /* it could not be told to end */
        sub->stopping = false;
        sub_wait(step);
        return;
    }
    step->n->progress->calls = false;
    if (sub->code != ERR_OK) {
        err_set(&e, err_retry(sub->code) ? sub->code : ERR_INVALID,
                "the other flow did not take the call: %s", err_about(sub->code));
        step_fail(step, &e, NULL);
        return;
    }
    if (!sub->detached)
        sub_removed(step);
    ident_text(end.run, id);
    if (sub->detached || sub->status == RUN_SUCCEEDED) {
        step->then_sub(step, step->config, &end);
        return;
    }
    e = sub->error;
    if (e.code == ERR_OK)
        err_set(&e, ERR_CANCELLED, "it was cancelled");
    if (!sub_is_placed(&e)) /* of flows that call flows the innermost is where it happened */
        err_prefix(&e, "run %s " SUB_PLACED, id);
    details = json_pack("{s:s}", "run", id);
    step_fail(step, &e, &details);
}

/* ---- The calling level fails */

struct sub_stopped {
    struct engine *engine;
    uint64_t tag;
};

static void sub_stop_again(struct step *step)
{
    due_add(step->run->engine, step->run->engine->steady + SUB_AGAIN_MS, step->tag, false);
}

static void sub_stop_kept(void *arg, const struct err *e)
{
    struct sub_stopped *stopped = arg;
    struct step *step = step_find(stopped->engine, stopped->tag, STEP_SUBS);

    mem_free(stopped);
    if (step == NULL)
        return;
    step->sub->stopped = e->code == ERR_OK;
    if (e->code != ERR_OK)
        sub_stop_again(step);
    else
        run_stir(step->run); /* it may leave memory now */
}

/* Why the step is not wanted any more. */
static void sub_reason(const struct step *step, char *reason, size_t room)
{
    const struct frame *frame = step->n->frame;
    const struct err *why = &frame->failure;

    while (why->code == ERR_OK && frame->outer != NULL) {
        why = body_failure(frame->owner);
        frame = frame->outer;
        if (why->code == ERR_OK)
            why = &frame->failure;
    }
    snprintf(reason, room, "step %s, which called it, is not wanted any more: %s", step_path(step),
             why->code != ERR_OK ? why->text : "its run was stopped");
}

/* What made the level fail is durable: else it might be cancelled for what never was. */
static void sub_stop_now(void *arg, const struct err *e)
{
    struct sub_stopped *stopped = arg;
    struct step *step = step_find(stopped->engine, stopped->tag, STEP_SUBS);
    char by[IDENT_TEXT + 4] = "run ", reason[600];
    struct run *child = NULL;
    bool over;

    if (step != NULL && e->code == ERR_OK && !step->sub->ended)
        child = park_wake(step->run->engine, step->n->progress->sub, &over);
    if (child == NULL || child->concluded) { /* its end is near, or it is tried again */
        if (step != NULL && child == NULL && !step->arrived)
            sub_stop_again(step);
        mem_free(stopped);
        return;
    }
    ident_text(step->run->id, by + 4);
    sub_reason(step, reason, sizeof reason);
    if (!child->cancelled)
        run_cancel(child, by, reason);
    run_tell(child, sub_stop_kept, stopped);
}

void sub_stop(struct step *step)
{
    struct sub *sub = step->sub;
    struct sub_stopped *stopped;

    if (sub->detached || sub->stopping || sub->ended || step->n->progress->sub == 0)
        return;
    sub->stopping = true;
    stopped = mem_must(sizeof *stopped);
    *stopped = (struct sub_stopped){ step->run->engine, step->tag };
    run_tell(step->run, sub_stop_now, stopped);
}

bool sub_parks(const struct step *step)
{
    return !step->n->frame->failing || step->sub->detached || step->sub->stopped;
}

/* ---- The end of a called run */

/* Whether a run waits for its end: *by. */
static bool sub_is_awaited(const struct run *run, uint64_t *by)
{
    json_t *called = json_object_get(run->input, "called_by");
    const char *text = json_get_text(called, "run");

    return text != NULL && !json_is_true(json_object_get(called, "detached")) &&
           ident_parse(text, by);
}

/* With the last batch of the called run. */
void sub_leave(struct run *run)
{
    char id[IDENT_TEXT], value[IDENT_TEXT + 2], parent[IDENT_TEXT];
    struct store_fact fact = { .op = FACT_PUT, .kind = FACT_CHILD, .key = id, .value = value };
    uint64_t by;

    if (!sub_is_awaited(run, &by))
        return;
    if (run->status == RUN_SUCCEEDED)
        record_run(run, "out",
                   run->root->last_output != NULL ? run->root->last_output : json_null());
    ident_text(run->id, id);
    ident_text(by, parent);
    snprintf(value, sizeof value, "\"%s\"", parent);
    run_fact(run, &fact);
}

void sub_tell(struct engine *engine, uint64_t child, uint64_t parent)
{
    char id[IDENT_TEXT];
    struct store_fact gone = { .op = FACT_REMOVE, .kind = FACT_CHILD, .key = id };
    bool over;

    if (park_wake(engine, parent, &over) != NULL || !over)
        return;
    ident_text(child, id);
    engine_fact(engine, &gone);
}

void sub_over(struct engine *engine, uint64_t child, uint64_t parent)
{
    uint64_t tag = (uint64_t)(uintptr_t)table_remove(&engine->subs, child);
    struct step *step = tag != 0 ? step_find(engine, tag, STEP_SUBS) : NULL;

    if (step == NULL)
        sub_tell(engine, child, parent);
    else if (!step->arrived)
        step_arrived(step); /* it looks into the store */
}

void sub_ended(struct run *run)
{
    struct engine *engine = run->engine;
    uint64_t by, tag = (uint64_t)(uintptr_t)table_remove(&engine->subs, run->id);
    struct step *step = tag != 0 ? step_find(engine, tag, STEP_SUBS) : NULL;

    if (step == NULL) {
        if (sub_is_awaited(run, &by))
            sub_tell(engine, run->id, by);
        return;
    }
    step->sub->ended = true;
    step->sub->status = run->status;
    step->sub->output = json_incref(run->root->last_output);
    step->sub->error = run->root->failure;
    if (!step->arrived)
        step_arrived(step);
}
