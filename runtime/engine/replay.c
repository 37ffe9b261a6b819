/* replay.c - a new run that goes on where an ended one stood; operate.h has the invariants. */
#include "engine/replay_priv.h"

#include <string.h>

#include "engine/audit.h"
#include "engine/guard.h"

/* ---- The old run */

static bool replay_row(void *arg, const struct store_run *row)
{
    struct replay__old *old = arg;

    ident_text(row->run, old->text);
    old->id = row->run;
    old->workspace = mem_must_copy(row->workspace);
    old->environment = mem_must_copy(row->environment);
    old->flow = mem_must_copy(row->flow);
    old->digest = mem_must_copy(row->version);
    old->trigger = mem_must_copy(row->trigger);
    old->status = row->status;
    old->received_ms = row->received_ms;
    old->ended_ms = row->ended_ms;
    old->input = json_read(row->input, row->input_size, &record_limits, &old->e);
    return false;
}

static bool replay_journal(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct replay__old *old = arg;
    json_t *row = json_read(entries, size, &record_limits, &old->e);

    (void)seq;
    old->bytes += size;
    if (row != NULL)
        json_array_extend(old->entries, row);
    json_decref(row);
    return row != NULL;
}

static bool replay_settled(void *arg, const struct store_fact *fact)
{
    struct replay__old *old = arg;

    old->settled = json_read(fact->value, strlen(fact->value), &record_limits, &old->e);
    return false;
}

enum err_code replay__read(struct store *store, uint64_t id, struct replay__old *old, struct err *e)
{
    struct store_facts_filter settled = { .kind = FACT_SETTLED, .key = old->text };

    old->entries = json_array();
    old->e.code = ERR_OK;
    if (store_run_find(store, id, replay_row, old, e) != ERR_OK ||
        store_facts(store, &settled, replay_settled, old, e) != ERR_OK ||
        store_journal(store, id, replay_journal, old, e) != ERR_OK)
        return e->code;
    *e = old->e;
    return e->code;
}

void replay__old_fini(struct replay__old *old)
{
    mem_free(old->workspace);
    mem_free(old->environment);
    mem_free(old->flow);
    mem_free(old->digest);
    mem_free(old->trigger);
    json_decref(old->input);
    json_decref(old->settled);
    json_decref(old->entries);
}

/* ---- What is made of it */

struct replay_work {
    struct engine *engine;
    const struct replay *ask;
    struct replay__old old;
    struct replay__choice choice;
    struct deployment *deployment;
    struct version *was, *version; /* the old one's, and the one it goes on with */
    unsigned trigger;
    json_t *repeats;
    struct run *run; /* NULL: it cannot be */
};

static void replay_fini(struct replay_work *work)
{
    replay__choice_fini(&work->choice);
    replay__old_fini(&work->old);
    version_unref(work->engine, work->was);
    version_unref(work->engine, work->version);
    json_decref(work->repeats);
}

static enum err_code replay_versions(struct replay_work *work, struct err *e)
{
    const struct replay__old *old = &work->old;
    int trigger;

    work->was = version_load(work->engine, old->digest, old->flow, e);
    if (work->was == NULL)
        return e->code;
    work->deployment = deployment_find(work->engine, old->workspace, old->environment, old->flow);
    if (work->deployment == NULL || work->deployment->connections == NULL ||
        (work->deployment->version == NULL && !work->ask->own_version))
        return err_set(e, ERR_INVALID, "flow %s is not deployed in %s/%s", old->flow,
                       old->workspace, old->environment);
    work->version = version_ref(work->ask->own_version ? work->was : work->deployment->version);
    trigger = flow_node_find(work->version->flow, old->trigger);
    if (trigger < 0 || work->version->flow->nodes[trigger].type->kind != NODE_TRIGGER)
        return err_set(e, ERR_INVALID, "version %.12s has no trigger \"%s\"",
                       work->version->flow->version, old->trigger);
    work->trigger = (unsigned)trigger;
    return ERR_OK;
}

static enum err_code replay_may(const struct replay_work *work, struct err *e)
{
    const struct replay__old *old = &work->old;
    const char *next = json_get_text(old->settled, "run");

    if (old->ended_ms == 0)
        return err_set(e, ERR_CONFLICT, "run %s has not ended: it is %s", old->text,
                       run_status_name(old->status));
    if (next != NULL)
        return err_set(e, ERR_CONFLICT, "run %s was replayed as run %s; replay that one", old->text,
                       next);
    if (old->status == RUN_SUCCEEDED && work->ask->from == NULL)
        return err_set(e, ERR_INVALID, "run %s has succeeded: say from which step it is done again",
                       old->text);
    if (work->ask->body != NULL && json_object_get(old->input, "body") == NULL)
        return err_set(e, ERR_INVALID, "the input of run %s has no body that could be another",
                       old->text);
    return ERR_OK;
}

/* The times of the entries are counted from the moment at which the run was received. */
static enum err_code replay_entries(struct replay_work *work, int64_t received_ms, struct err *e)
{
    json_t *entry, *moved = json_array();
    size_t i;

    if (work->old.bytes > REPLAY_TAKEN_MAX && json_array_size(work->choice.taken) > 0) {
        json_decref(moved);
        return err_set(e, ERR_LIMIT, "the journal is %zu bytes; at most %u can be taken over",
                       work->old.bytes, REPLAY_TAKEN_MAX);
    }
    json_array_foreach(work->choice.taken, i, entry)
    {
        json_t *copy = json_copied(entry);
        int64_t at = work->old.received_ms + json_get_int(entry, "t", 0) - received_ms;

        json_object_set_new_nocheck(copy, "t", json_integer(at));
        json_object_set_new_nocheck(copy, "taken", json_integer(1));
        json_array_append_new(moved, copy);
    }
    json_decref(work->choice.taken);
    work->choice.taken = moved;
    return ERR_OK;
}

static json_t *replay_input(const struct replay_work *work, int64_t now)
{
    const struct replay__old *old = &work->old;
    json_t *input = json_copied(old->input), *before = json_object_get(old->input, "replay_of");
    const char *origin = json_get_text(before, "origin");
    int64_t origin_ms = before != NULL ? json_get_int(before, "origin_ms", 0) : old->received_ms;
    char at[CLOCK_TEXT];

    clock_text(now, at);
    json_object_set_new_nocheck(
        input, "replay_of",
        json_pack("{s:s, s:s, s:I, s:s?, s:s, s:s, s:s}", "run", old->text, "origin",
                  origin != NULL ? origin : old->text, "origin_ms", (json_int_t)origin_ms, "from",
                  work->ask->from, "by", work->ask->by, "reason", work->ask->reason, "at", at));
    if (work->ask->body != NULL)
        json_object_set_nocheck(input, "body", work->ask->body);
    return input;
}

uint64_t replay_origin(const json_t *input)
{
    const char *text = json_get_text(json_object_get(input, "replay_of"), "origin");
    uint64_t origin;

    return text != NULL && ident_parse(text, &origin) ? origin : 0;
}

/* Makes the new run; what is taken is walked through its version as after a crash. */
static enum err_code replay_make(struct replay_work *work, struct err *e)
{
    struct engine *engine = work->engine;
    int64_t now = engine->world.clock->wall_ms(engine->world.clock);
    char dedupe[IDENT_TEXT + 16];
    json_t *input, *entry;
    size_t i;

    if (replay_entries(work, now, e) != ERR_OK || replay__begin(&work->choice, e) != ERR_OK)
        return e->code;
    input = replay_input(work, now);
    work->run =
        run_new(engine, work->deployment, work->version, ident_next(&engine->ident, engine->wall),
                work->trigger, &input, engine->wall);
    work->run->env = work->deployment->env;
    snprintf(dedupe, sizeof dedupe, "replay/%s", work->old.text);
    run_key_own(work->run, dedupe);
    json_array_foreach(work->choice.taken, i, entry)
    {
        buf_add_text(&work->run->entries, i == 0 ? "[" : ",");
        json_write(&work->run->entries, entry);
    }
    check(buf_ok(&work->run->entries));
    if (guard_input(work->run, true, e) == ERR_OK &&
        recover_entries(work->run, work->choice.taken, e) == ERR_OK)
        return ERR_OK;
    run_drop(work->run);
    work->run = NULL;
    e->code = ERR_INVALID;
    return e->code;
}

static enum err_code replay_begin(struct replay_work *work, struct err *e)
{
    if (replay__read(work->engine->world.store, work->ask->run, &work->old, e) != ERR_OK ||
        replay_may(work, e) != ERR_OK || replay_versions(work, e) != ERR_OK)
        return e->code;
    work->choice.flow = work->was->flow;
    work->choice.from = work->ask->from;
    work->repeats = json_array();
    if (replay__choose(&work->old, &work->choice, e) != ERR_OK ||
        replay__repeats(work->engine, &work->old, &work->choice, work->repeats, e) != ERR_OK ||
        replay__fits(&work->choice, work->version->flow, e) != ERR_OK)
        return e->code;
    if (json_array_size(work->repeats) > 0 && !work->ask->repeat_effects) {
        const json_t *first = json_array_get(work->repeats, 0);

        return err_set(e, ERR_POLICY,
                       "%zu effects would be done again, the first at step %.100s: %.120s",
                       json_array_size(work->repeats), json_get_text(first, "step"),
                       json_get_text(first, "what"));
    }
    return replay_make(work, e);
}

/* ---- The plan */

static size_t replay_taken(const struct replay_work *work)
{
    size_t count = 0, i;
    json_t *entry;

    json_array_foreach(work->choice.taken, i, entry)
    {
        count += replay__is_outcome(entry);
    }
    return count;
}

json_t *engine_replay_plan(struct engine *engine, const struct replay *ask, struct err *e)
{
    struct replay_work work = { .engine = engine, .ask = ask };
    json_t *plan = NULL, *from;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    e->code = ERR_OK;
    replay_begin(&work, e);
    if (work.run != NULL)
        run_drop(work.run);
    if (work.old.workspace == NULL) {
        replay_fini(&work);
        return NULL;
    }
    from = ask->from != NULL ? json_pack("[s]", ask->from) : json_incref(work.choice.open);
    plan = json_pack("{s:s, s:s, s:s*, s:o*, s:i, s:O*, s:O*, s:s*}", "run", work.old.text, "flow",
                     work.old.flow, "version",
                     work.version != NULL ? work.version->flow->version : NULL, "from", from,
                     "taken", (int)replay_taken(&work), "again", work.choice.again, "repeats",
                     work.repeats, "refused", e->code != ERR_OK ? e->text : NULL);
    check(plan != NULL);
    if (e->code != ERR_OK)
        json_object_set_new_nocheck(plan, "code", json_string(err_name(e->code)));
    e->code = ERR_OK;
    replay_fini(&work);
    return plan;
}

/* ---- The replay */

static void replay_fact(const struct replay_work *work)
{
    char id[IDENT_TEXT], at[CLOCK_TEXT];
    struct store_fact fact = { .op = work->old.settled != NULL ? FACT_PUT : FACT_ADD,
                               .kind = FACT_SETTLED,
                               .key = work->old.text,
                               .run = work->old.id };
    json_t *value;
    char *text;

    ident_text(work->run->id, id);
    clock_text(work->run->received_ms, at);
    value = json_pack("{s:s, s:s, s:s, s:s, s:s}", "how", "replayed", "run", id, "by",
                      work->ask->by, "reason", work->ask->reason, "at", at);
    text = json_text_new(value, LIMIT_BODY, NULL);
    check(text != NULL);
    fact.value = text;
    run_fact(work->run, &fact);
    engine_audit(work->engine, work->run->deployment->workspace, work->ask->by, "replay",
                 work->old.text, value);
    json_decref(value);
    mem_free(text);
}

static enum err_code replay_room(const struct engine *engine, struct err *e)
{
    if (engine->draining)
        return err_set(e, ERR_OVERLOAD, "the server is shutting down");
    if (engine->runs.count >= engine->most_runs)
        return err_set(e, ERR_OVERLOAD, "%zu runs are under way; replay it in a moment",
                       engine->runs.count);
    return ERR_OK;
}

enum err_code engine_replay(struct engine *engine, const struct replay *ask, uint64_t *run,
                            engine_done_fn *done, void *arg, struct err *e)
{
    struct replay_work work = { .engine = engine, .ask = ask };

    CHECK_OBJ(engine, ENGINE_MAGIC);
    check(ask->by != NULL && ask->reason != NULL);
    e->code = ERR_OK;
    if (replay_room(engine, e) == ERR_OK && replay_begin(&work, e) == ERR_OK) {
        *run = work.run->id;
        replay_fact(&work);
        if (work.old.status != RUN_SUCCEEDED || json_array_size(work.repeats) == 0)
            money_redone(work.run, work.old.text); /* else its effects happen twice */
        run_tell(work.run, done, arg);
        run_queue(work.run);
    }
    replay_fini(&work);
    return e->code;
}
