/* poll.c - triggers that ask a system at intervals; poll.h has the promise, poll_priv.h the
 * invariants. */
#include "engine/poll.h"

#include <string.h>

#include "engine/arrival.h"
#include "engine/poll_priv.h"
#include "engine/run.h"

struct poll *poll__find(struct engine *engine, uint64_t id)
{
    struct poll *poll = engine->polls != NULL ? engine->polls->list : NULL;

    while (poll != NULL && poll->id != id)
        poll = poll->next;
    return poll;
}

struct poll *poll__with(struct engine *engine, const char *key)
{
    struct poll *poll = engine->polls != NULL ? engine->polls->list : NULL;

    while (poll != NULL && strcmp(poll->key, key) != 0)
        poll = poll->next;
    return poll;
}

static void poll_free(struct poll *poll)
{
    poll__answer_free(poll->answer);
    mem_free(poll->key);
    mem_free(poll);
}

/* ---- Arming */

void polls_remove(struct engine *engine, const struct deployment *d)
{
    struct poll **at = engine->polls != NULL ? &engine->polls->list : NULL;

    while (at != NULL && *at != NULL) {
        struct poll *poll = *at;

        if (poll->deployment != d) {
            at = &poll->next;
            continue;
        }
        *at = poll->next;
        poll_free(poll);
    }
}

static void poll_put(struct engine *engine, struct deployment *d, unsigned node,
                     const struct node_poll *asked)
{
    struct poll *poll = mem_must(sizeof *poll);
    struct buf key;

    buf_init(&key, STORE_FACT_KEY);
    buf_addf(&key, "poll/%s/%s/%s/%s", d->workspace, d->environment, d->slug,
             d->version->flow->nodes[node].id);
    poll->key = buf_take(&key, NULL);
    check(poll->key != NULL);
    buf_fini(&key);
    poll->deployment = d;
    poll->node = node;
    poll->asked = asked;
    poll->id = ++engine->polls->last_id;
    poll->at = poll__piece_is_open(engine->polls, poll->key) ? INT64_MAX : engine->steady;
    poll->next = engine->polls->list;
    engine->polls->list = poll;
}

void polls_put(struct engine *engine, struct deployment *d)
{
    const struct flow *flow = d->version->flow;

    if (engine->polls == NULL)
        engine->polls = mem_must(sizeof *engine->polls);
    polls_remove(engine, d);
    for (unsigned i = 0; i < flow->graphs[0].count; i++) {
        struct node_arm arm = { .method = NULL };

        if (arrival_arm(&flow->nodes[i], &arm) && arm.poll != NULL)
            poll_put(engine, d, i, arm.poll);
    }
}

void polls_free(struct engine *engine)
{
    struct poll *poll;

    if (engine->polls == NULL)
        return;
    while ((poll = engine->polls->list) != NULL) {
        engine->polls->list = poll->next;
        poll_free(poll);
    }
    poll__pieces_free(engine->polls);
    mem_free(engine->polls);
    engine->polls = NULL;
}

/* ---- Told */

json_t *polls_failing(const struct engine *engine, const struct deployment *d)
{
    json_t *list = NULL;

    for (const struct poll *poll = engine->polls != NULL ? engine->polls->list : NULL; poll != NULL;
         poll = poll->next) {
        char since[CLOCK_TEXT];

        if (poll->deployment != d || poll->failing_ms == 0)
            continue;
        if (list == NULL)
            list = json_array();
        clock_text(poll->failing_ms, since);
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:i, s:s, s:s}", "trigger",
                                        d->version->flow->nodes[poll->node].id, "since", since,
                                        "times", (int)poll->failures, "kind",
                                        err_name(poll->failure.code), "text", poll->failure.text));
    }
    return list;
}

int64_t polls_failing_ms(const struct engine *engine, const struct deployment *d)
{
    int64_t since_ms = 0;

    for (const struct poll *poll = engine->polls != NULL ? engine->polls->list : NULL; poll != NULL;
         poll = poll->next)
        if (poll->deployment == d && poll->failing_ms != 0 &&
            (since_ms == 0 || poll->failing_ms < since_ms))
            since_ms = poll->failing_ms;
    return since_ms;
}

/* ---- Polling */

void poll__failed(struct engine *engine, struct poll *poll, const struct err *e)
{
    poll__answer_free(poll->answer);
    poll->answer = NULL;
    if (poll->failures++ == 0)
        poll->failing_ms = engine->wall;
    poll->failure = *e;
    poll->at = engine->steady + poll->asked->every_ms;
    log_warn(engine->world.log, "flow %s: poll %s failed (%u in a row): %s; the cursor stays",
             poll->deployment->slug, poll->deployment->version->flow->nodes[poll->node].id,
             poll->failures, e->text);
}

static void poll_begin(struct engine *engine, struct poll *poll)
{
    struct deployment *d = poll->deployment;
    json_t *input, *cursor, *since = NULL;
    char at[CLOCK_TEXT];
    struct run *run;
    struct err e;

    clock_text(engine->wall, at);
    cursor = poll__cursor(engine, poll, &e);
    if (e.code == ERR_OK && cursor == NULL && poll->asked->by_time)
        since = poll__since(engine, poll, at, &e);
    if (e.code != ERR_OK) {
        poll__failed(engine, poll, &e);
        return;
    }
    input = json_pack("{s:o?, s:o*, s:s}", "cursor", cursor, "since", since, "received_at", at);
    check(input != NULL);
    run = run_new(engine, d, d->version, ident_next(&engine->ident, engine->wall), poll->node,
                  &input, engine->wall);
    run->env = d->env;
    run->poll = poll->id;
    poll->at = INT64_MAX;
    run_poll(run);
}

void polls_turn(struct engine *engine)
{
    if (engine->polls == NULL)
        return;
    for (struct poll *poll = engine->polls->list; poll != NULL; poll = poll->next) {
        if (poll->at > engine->steady || !arrival_room(engine))
            continue;
        if (poll->answer != NULL)
            poll__piece(engine, poll);
        else
            poll_begin(engine, poll);
    }
}

int64_t polls_due(const struct engine *engine)
{
    int64_t due = INT64_MAX;

    if (engine->polls == NULL)
        return INT64_MAX;
    for (const struct poll *poll = engine->polls->list; poll != NULL; poll = poll->next)
        if (poll->at < due)
            due = poll->at;
    return due > engine->steady || arrival_room(engine) ? due : engine->steady + ARRIVAL_RETRY_MS;
}

static void poll_looped(struct step *step, const void *config, const struct step_looped *looped)
{
    json_t *output = json_pack("{s:O?, s:O?}", "items", looped->result, "cursor", looped->also);

    (void)config;
    check(output != NULL);
    step_done(step, node_of(step->n)->ports[0], &output);
}

enum node_next poll_start(struct step *step)
{
    struct poll *poll = poll__find(step->run->engine, step->run->poll);
    struct step_loop loop = { .parallel = 1, .limit = 1, .last_only = true };
    struct err e;

    if (poll == NULL) {
        err_set(&e, ERR_CANCELLED, "the flow was taken out");
        step_fail(step, &e, NULL);
        return NODE_ENDED;
    }
    if (poll->asked->items == NULL)
        return step->type->start(step, step->config);
    loop.collect = poll->asked->items;
    loop.also = poll->asked->cursor;
    return step_loop(step, &loop, poll_looped);
}

json_t *step_cursor(const struct step *step)
{
    json_t *cursor = json_object_get(step->run->input, "cursor");

    return step->run->poll != 0 && cursor != NULL && !json_is_null(cursor) ? cursor : NULL;
}

json_t *step_polled_since(const struct step *step)
{
    return step->run->poll != 0 ? json_object_get(step->run->input, "since") : NULL;
}

void poll_ended(struct run *run)
{
    struct engine *engine = run->engine;
    struct poll *poll = poll__find(engine, run->poll);
    struct err e = run->root->failure;

    if (poll == NULL)
        return;
    if (e.code == ERR_OK)
        poll__answer(engine, poll, frame_node(run->root, run->trigger)->output,
                     json_object_get(run->input, "cursor"), &e);
    if (e.code != ERR_OK)
        poll__failed(engine, poll, &e);
    else
        poll->at = engine->steady; /* the turn begins its first piece, when there is room */
}
