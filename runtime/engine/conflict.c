/* conflict.c - see conflict.h. */
#include "engine/conflict.h"

#include "engine/aside.h"
#include "engine/listen.h"
#include "engine/operate.h"
#include "engine/record.h"

#include <stdio.h>

struct conflict {
    struct engine *engine;
    char workspace[LIMIT_ID + 1], environment[LIMIT_ID + 1], flow[LIMIT_ID + 1];
    uint64_t run, first, request; /* request: 0: nobody waits */
    int64_t received_ms;
    struct money *money;
};

static void conflict_answer(const struct conflict *conflict, const struct err *kept)
{
    struct engine *engine = conflict->engine;
    struct err e = { .code = ERR_OK };

    if (conflict->request == 0)
        return;
    if (kept->code == ERR_OK || kept->code == ERR_DUPLICATE) {
        reply_conflict(engine, conflict->request, conflict->first);
        return;
    }
    err_set(&e, ERR_STORE,
            "an event with this key is there, and this one could not be kept beside "
            "it; send it again");
    engine->world.answer(engine->world.arg, conflict->request,
                         &(struct engine_answer){ .status = err_status(e.code), .refusal = &e });
}

static void conflict_free(struct conflict *conflict)
{
    mem_free(conflict->money);
    mem_free(conflict);
}

/* Durable, or not: who sent it hears it now. */
static void conflict_kept(void *arg, const struct err *kept)
{
    struct conflict *conflict = arg;
    struct engine *engine = conflict->engine;
    struct deployment *d = NULL;

    if (kept->code == ERR_OVERLOAD) { /* the engine ends: it is not answered and comes again */
        conflict_free(conflict);
        return;
    }
    conflict_answer(conflict, kept);
    if (kept->code == ERR_OK)
        d = deployment_find(engine, conflict->workspace, conflict->environment, conflict->flow);
    else if (kept->code != ERR_DUPLICATE)
        log_warn(engine->world.log, "an event whose dedupe key is taken could not be kept: %s",
                 kept->text);
    if (d != NULL)
        tally_lost(d, engine->wall - conflict->received_ms, conflict->money);
    if (kept->code == ERR_OK)
        aside_kept(engine, conflict->run);
    if (kept->code == ERR_OK && engine->world.ended != NULL)
        engine->world.ended(engine->world.arg, conflict->run, RUN_FAILED);
    conflict_free(conflict);
}

static void conflict_aside(const struct run *run, uint64_t id, const char *first,
                           struct store_batch *batch)
{
    const struct flow *flow = run->version->flow;
    struct err why;
    const struct aside aside = { .deployment = run->deployment,
                                 .run = id,
                                 .why = &why,
                                 .on_failure = flow->on_failure,
                                 .depth = listens_depth(flow, run->trigger, run->input),
                                 .again = run_is_again(run) };

    err_set(&why, ERR_CONFLICT,
            "another event with the dedupe key \"%.60s\" is run %s: this one was not executed",
            run_key_shown(run->dedupe), first);
    aside_batch(run->engine, &aside, batch);
}

/* By what it says: the same again has the same key. */
static void conflict_accept(const struct run *run, const char *first, struct store_batch *batch)
{
    char key[IDENT_TEXT + DIGEST_TEXT + 16], digest[DIGEST_TEXT];
    struct buf body;

    buf_init(&body, RUN_INPUT_MAX);
    json_write(&body, json_object_get(run->input, "body"));
    check(buf_ok(&body));
    digest_text(buf_text(&body), body.len, digest);
    buf_fini(&body);
    snprintf(key, sizeof key, "%cconflict/%s/%s", RUN_KEY_OWN, first, digest);
    record_accept(run, key, batch);
}

void conflict_keep(struct run *run)
{
    struct engine *engine = run->engine;
    struct conflict *conflict = mem_must(sizeof *conflict);
    const struct deployment *d = run->deployment;
    struct store_batch *batch;
    char first[IDENT_TEXT];

    check(run->first_run != 0 && !run->accepted && run->poll == 0);
    conflict->engine = engine;
    conflict->run = ident_next(&engine->ident, engine->wall);
    conflict->first = run->first_run;
    conflict->received_ms = run->received_ms;
    snprintf(conflict->workspace, sizeof conflict->workspace, "%s", d->workspace);
    snprintf(conflict->environment, sizeof conflict->environment, "%s", d->environment);
    snprintf(conflict->flow, sizeof conflict->flow, "%s", d->slug);
    conflict->money = run->money;
    run->money = NULL;
    conflict->request = reply_take(run);
    ident_text(run->first_run, first);
    batch = store_batch_new(conflict->run);
    batch->epoch = store_epoch(engine->world.store);
    conflict_accept(run, first, batch);
    conflict_aside(run, conflict->run, first, batch);
    settle_append(engine, &batch, conflict_kept, conflict);
}
