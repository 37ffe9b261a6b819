/* body.c - the iterations of a node's body; body.h has the invariants. */
#include "engine/body.h"

#include <string.h>

#include "engine/guard.h"
#include "engine/run.h"

#define BODY_RESULT_MAX (32u * MIB) /* of all iterations together, as JSON */

struct body {
    struct run_node *n;      /* the node whose body it is */
    bool ready;              /* the node has asked for it */
    bool stopping;           /* no further iteration begins */
    bool finished;           /* `until` held */
    bool told;               /* its step knows that it is over */
    struct step_loop asked;  /* items counted */
    struct value *values[3]; /* collect, also and until: those there are */
    json_t *also;
    uint32_t total; /* iterations at most */
    uint32_t begun; /* the highest index */
    uint32_t done, failed, under_way;
    struct frame *frames; /* under way */
    json_t **results;     /* by index - 1; NULL: not done. With last_only: none */
    size_t room;
    json_t *last;    /* result of the last one that was done */
    size_t bytes;    /* of results in the journal */
    int64_t next_ms; /* wall: the next iteration begins not before; 0: at once */
    struct err failure;
    uint32_t failure_index;
    json_t *failure_details;
};

static struct body *body_of(struct run_node *n)
{
    struct progress *progress = node_progress(n);

    if (progress->body == NULL) {
        progress->body = mem_must(sizeof *progress->body);
        progress->body->n = n;
    }
    return progress->body;
}

static void body_forget(struct body *body)
{
    for (size_t i = 0; i < body->room; i++)
        json_decref(body->results[i]);
    mem_free(body->results);
    body->results = NULL;
    body->room = 0;
}

void body_free(struct body *body)
{
    struct frame *frame;

    if (body == NULL)
        return;
    while ((frame = body->frames) != NULL) {
        body->frames = frame->next;
        frame_free(frame);
    }
    body_forget(body);
    json_decref(body->asked.items);
    json_decref(body->also);
    json_decref(body->last);
    json_decref(body->failure_details);
    mem_free(body);
}

bool body_ready(const struct frame *frame)
{
    return frame->owner == NULL || frame->owner->progress->body->ready;
}

struct frame *body_frames(const struct run_node *n)
{
    return n->progress != NULL && n->progress->body != NULL ? n->progress->body->frames : NULL;
}

int64_t body_next_ms(const struct run_node *n)
{
    const struct body *body = n->progress->body;

    return body->under_way == 0 ? body->next_ms : 0;
}

/* ---- Begin */

static struct frame *body_frame(struct body *body, uint32_t index)
{
    struct frame *frame = frame_new(body->n->frame->run, node_of(body->n)->body, body->n, index);

    frame->next = body->frames;
    body->frames = frame;
    body->under_way++;
    if (index > body->begun)
        body->begun = index;
    return frame;
}

/* What is seen from inside beside the steps: the item, or what the iteration before gave. That
 * iterations of a repetition go one after another, step_loop() sees to. */
static void body_item(const struct body *body, struct frame *frame)
{
    const struct frame *outer = body->n->frame;

    frame->item = json_incref(json_array_get(body->asked.items, frame->index - 1));
    frame->previous = json_incref(body->asked.items == NULL ? body->last : outer->previous);
}

static void body_begin(struct body *body, uint32_t index)
{
    struct frame *frame = body_frame(body, index);

    body_item(body, frame);
    route_begin(frame);
}

static void body_over(struct body *body)
{
    if (body->told)
        return;
    body->told = true;
    if (!body->n->step->arrived)
        step_arrived(body->n->step);
}

/* Begins what may begin; when nothing is left, the step is told. */
static void body_go(struct body *body)
{
    struct engine *engine = body->n->frame->run->engine;
    int64_t pause = body->next_ms - engine->wall;

    while (!body->stopping && !body->finished && body->under_way < body->asked.parallel &&
           body->begun < body->total) {
        if (pause > 0) {
            due_add(engine, engine->steady + pause, body->n->step->tag, false);
            return;
        }
        body_begin(body, body->begun + 1);
    }
    if (body->under_way == 0)
        body_over(body);
}

/* ---- The end of an iteration */

static void body_keep(struct body *body, uint32_t index, json_t *result, bool failed, bool last)
{
    body->done++;
    body->failed += failed;
    body->finished = body->finished || last;
    json_decref(body->last);
    body->last = json_incref(result);
    if (body->asked.last_only && body->ready)
        return;
    if (index > body->room) {
        size_t room = body->room * 2 > index ? body->room * 2 : index + 7;

        body->results = mem_must_resize(body->results, room * sizeof *body->results);
        memset(body->results + body->room, 0, (room - body->room) * sizeof *body->results);
        body->room = room;
    }
    json_decref(body->results[index - 1]);
    body->results[index - 1] = json_incref(result);
}

static void body_drop(struct frame *frame)
{
    struct body *body = frame->owner->progress->body;
    struct frame **at = &body->frames;

    while (*at != frame)
        at = &(*at)->next;
    *at = frame->next;
    body->under_way--;
    frame_free(frame);
}

/* The loop fails because of this iteration. */
static void body_fail(struct frame *frame)
{
    struct body *body = frame->owner->progress->body;

    if (body->failure.code == ERR_OK) {
        body->failure = frame->failure;
        body->failure_index = frame->index;
        body->failure_details = json_incref(frame->failure_details);
    }
    body_drop(frame);
    body_stop(body);
}

static void body_done(struct frame *frame, json_t *result, bool failed, bool last)
{
    struct body *body = frame->owner->progress->body;
    struct engine *engine = frame->run->engine;
    size_t before = frame->run->entries.len;

    record_iteration(body->n, frame->index, result, failed, last);
    body->bytes += frame->run->entries.len - before;
    body_keep(body, frame->index, result, failed, last);
    if (body->asked.delay_ms > 0)
        body->next_ms = engine->wall + body->asked.delay_ms;
    if (body->bytes > BODY_RESULT_MAX && !body->asked.last_only) {
        err_set(&frame->failure, ERR_LIMIT,
                "what the iterations gave is larger than %u bytes; let `collect` give less",
                BODY_RESULT_MAX);
        body_fail(frame);
        return;
    }
    body_drop(frame);
    body_go(body);
}

static void body_failed(struct frame *frame)
{
    struct body *body = frame->owner->progress->body;
    json_t *result;

    if (frame->failure.code == ERR_OK) { /* stopped from outside */
        body_drop(frame);
        if (body->under_way == 0)
            body_over(body);
    } else if (body->asked.collect_errors) {
        const struct flow *flow = frame->run->version->flow;
        const char *node =
            frame->failed_node == UINT32_MAX ? NULL : flow->nodes[frame->failed_node].id;

        result = json_pack("{s:o}", "error",
                           record_error(&frame->failure, node, frame->failure_details));
        check(result != NULL);
        body_done(frame, result, true, false);
        json_decref(result);
    } else {
        body_fail(frame);
    }
}

static void body_collected(struct step *step, const void *config, const struct step_values *values)
{
    struct body *body = step->n->frame->owner->progress->body;
    json_t *const *filled = values->filled;
    json_t *until = NULL;

    (void)config;
    step->ended = true;
    if (body->asked.collect != NULL) {
        step->output = *filled != NULL ? json_incref(*filled) : json_null();
        filled++;
    } else {
        step->output = json_incref(step->n->frame->last_output);
    }
    guard_value(step->run, &step->output, "/result");
    if (body->asked.also != NULL) {
        json_decref(body->also);
        body->also = json_incref(*filled++);
        guard_value(step->run, &body->also, "/cursor");
    }
    if (body->asked.until != NULL)
        until = *filled;
    step->chosen = until != NULL && !json_is_null(until) && !json_is_false(until);
}

/* Asks for what is seen from inside at the end: what it gives, and whether it was the last. */
static void body_ask(struct frame *frame)
{
    struct body *body = frame->owner->progress->body;
    size_t count = 0;

    while (count < 3 && body->values[count] != NULL)
        count++;
    frame->end.step = step_new(&frame->end);
    frame->end.step->input = json_incref(frame->last_output);
    step_eval(frame->end.step, body->values, count, false, body_collected);
}

void body_frame_ended(struct frame *frame)
{
    struct body *body = frame->owner->progress->body;
    struct step *step = frame->end.step;
    json_t *result;
    bool last;

    if (frame->failing) {
        body_failed(frame);
        return;
    }
    if (step == NULL && body->values[0] != NULL) {
        body_ask(frame);
        return;
    }
    if (step != NULL && !step->ended && step->arrived)
        step_continue(step);
    if (step != NULL && !step->ended)
        return;
    if (step != NULL && step->failed) {
        frame_fail(frame, UINT32_MAX, &step->error, NULL);
        body_failed(frame);
        return;
    }
    last = step != NULL && step->chosen == 1;
    result = json_incref(step != NULL ? step->output : frame->last_output);
    body_done(frame, result != NULL ? result : json_null(), false, last);
    json_decref(result);
}

void body_stop(struct body *body)
{
    struct frame *next;

    body->stopping = true;
    for (struct frame *frame = body->frames; frame != NULL; frame = next) {
        next = frame->next;
        if (!frame->failing)
            frame_stop(frame);
        if (frame->open == 0)
            run_work(&frame->end);
    }
    if (body->under_way == 0)
        body_over(body);
}

const struct err *body_failure(const struct run_node *n)
{
    return &n->progress->body->failure;
}

/* ---- The step */

json_t *body_result(struct run_node *n, bool last_only)
{
    struct body *body = body_of(n);
    json_t *list;

    if (last_only)
        return body->last != NULL ? json_incref(body->last) : json_null();
    list = json_array();
    check(list != NULL);
    for (uint32_t i = 0; i < body->begun && i < body->room; i++)
        if (body->results[i] != NULL)
            check(json_array_append(list, body->results[i]) == 0); /* none may be missing */
    return list;
}

void body_continue(struct step *step)
{
    struct body *body = step->n->progress->body;
    struct step_looped looped = { .count = body->done, .failed = body->failed };
    json_t *details = NULL;

    if (!body->told) { /* the pause is over */
        step->arrived = false;
        body->next_ms = 0;
        body_go(body);
        return;
    }
    step_forget(step);
    if (body->failure.code != ERR_OK) {
        struct err e = body->failure;

        if (step->run->poll == 0) /* a poll's body is done once */
            err_prefix(&e, "iteration %u", (unsigned)body->failure_index);
        details = json_incref(body->failure_details);
        step_fail(step, &e, &details);
        return;
    }
    if (body->stopping) {
        struct err e;

        err_set(&e, ERR_CANCELLED, "stopped after %u iterations", (unsigned)body->done);
        step_fail(step, &e, NULL);
        return;
    }
    looped.result = step->looped = body_result(step->n, body->asked.last_only);
    looped.also = body->also;
    looped.exhausted = body->asked.items == NULL && !body->finished;
    step->looped_last = body->asked.last_only;
    step->then_looped(step, step->config, &looped);
}

/* What the journal had brought back goes on, and what had begun without leaving a trace begins
 * again. */
static void body_resume(struct body *body)
{
    for (struct frame *frame = body->frames; frame != NULL; frame = frame->next) {
        body_item(body, frame);
        frame_pass_item(frame);
        for (unsigned i = 0; i < frame->graph->count; i++) {
            struct run_node *n = &frame->nodes[i];

            if (n->status == NODE_QUEUED || (n->status == NODE_LIVE && n->step->arrived))
                run_work(n);
        }
        if (frame->open == 0)
            run_work(&frame->end);
    }
    if (body->asked.last_only || body->stopping)
        return;
    for (uint32_t i = 1, begun = body->begun; i <= begun; i++) {
        const struct frame *frame = body->frames;

        if (i <= body->room && body->results[i - 1] != NULL)
            continue;
        while (frame != NULL && frame->index != i)
            frame = frame->next;
        if (frame == NULL)
            body_begin(body, i);
    }
}

static void body_values(struct body *body)
{
    struct value *const all[] = { body->asked.collect, body->asked.also, body->asked.until };
    size_t count = 0;

    for (size_t i = 0; i < 3; i++)
        if (all[i] != NULL)
            body->values[count++] = all[i];
}

enum node_next step_loop(struct step *step, const struct step_loop *asked, step_looped_fn *then)
{
    struct body *body = body_of(step->n);
    size_t count = json_array_size(asked->items);
    struct err e;

    CHECK_OBJ(step, STEP_MAGIC);
    check(step->wait == STEP_FREE && !step->ended && node_of(step->n)->body != 0);
    check(asked->parallel > 0 && (!asked->last_only || asked->parallel == 1));
    check(asked->items != NULL || asked->parallel == 1);
    if (asked->items != NULL && count > asked->limit) {
        err_set(&e, ERR_LIMIT, "there are %zu items; at most %u are allowed here", count,
                (unsigned)asked->limit);
        step_fail(step, &e, NULL);
        return NODE_ENDED;
    }
    body->asked = *asked;
    json_incref(body->asked.items);
    body_values(body);
    if (body->next_ms != 0)
        body->next_ms += asked->delay_ms;
    body->total = asked->items != NULL ? (uint32_t)count : asked->limit;
    if (asked->last_only) /* of those that the journal brought back the last one is needed */
        body_forget(body);
    step->then_looped = then;
    step_wait_for(step, STEP_LOOPS);
    body->ready = true;
    body->stopping = step->n->frame->failing; /* it comes back to be seen to its end only */
    body_resume(body);
    if (body->stopping)
        body_stop(body);
    else
        body_go(body);
    return NODE_WAITING;
}

/* ---- Recovery */

struct frame *body_recover_frame(struct run_node *n, uint32_t index)
{
    struct body *body = body_of(n);
    struct frame *frame = body->frames;

    if (index <= body->room && body->results[index - 1] != NULL)
        return NULL;
    while (frame != NULL && frame->index != index)
        frame = frame->next;
    if (frame == NULL) {
        frame = body_frame(body, index);
        route_begin(frame);
    }
    return frame;
}

void body_recover_done(struct run_node *n, uint32_t index, json_t *result, bool failed, bool last,
                       int64_t at_ms)
{
    struct body *body = body_of(n);
    struct frame *frame = body_recover_frame(n, index);

    if (frame == NULL)
        return;
    body_keep(body, index, result, failed, last);
    body->next_ms = at_ms; /* step_loop() adds the delay */
    run_unwork(frame);
    body_drop(frame);
}
