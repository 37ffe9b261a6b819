/* suspect.c - see suspect.h. */
#include "engine/suspect.h"

#include <stdio.h>
#include <string.h>

#include "engine/aside.h"
#include "engine/listen.h"
#include "engine/run.h"

struct suspect {
    struct engine *engine;
    uint64_t run, parent; /* parent: who waits for its end; 0: nobody */
    enum run_status status;
    char *workspace, *environment, *flow, *order_key, *trigger;
    json_t *input; /* NULL: it cannot be read */
    int64_t received_ms, deaths, rows, last_rows;
    struct money *money; /* that it moves; NULL: it told none, or is not set aside */
    char text[IDENT_TEXT], key[IDENT_TEXT + 8];
};

void suspect_new(struct engine *engine)
{
    if (engine->world.hand == NULL)
        return;
    engine->suspect = *engine->world.hand;
    *engine->world.hand = 0;
}

bool suspect_is(const struct engine *engine, uint64_t run)
{
    return run == engine->suspect;
}

static void suspect_free(struct suspect *suspect)
{
    mem_free(suspect->workspace);
    mem_free(suspect->environment);
    mem_free(suspect->flow);
    mem_free(suspect->order_key);
    mem_free(suspect->trigger);
    json_decref(suspect->input);
    mem_free(suspect->money);
    mem_free(suspect);
}

/* ---- What the store says of it */

static bool suspect_row(void *arg, const struct store_run *row)
{
    struct suspect *suspect = arg;
    struct err e;
    const json_t *by;

    suspect->input = json_read(row->input, row->input_size, &record_limits, &e);
    by = json_object_get(suspect->input, "called_by");
    suspect->status = row->status;
    suspect->received_ms = row->received_ms;
    suspect->workspace = mem_must_copy(row->workspace);
    suspect->environment = mem_must_copy(row->environment);
    suspect->flow = mem_must_copy(row->flow);
    suspect->order_key = mem_must_copy(row->order_key);
    suspect->trigger = mem_must_copy(row->trigger);
    if (json_get_text(by, "run") != NULL && !json_is_true(json_object_get(by, "detached")))
        ident_parse(json_get_text(by, "run"), &suspect->parent);
    return false;
}

static bool suspect_journal(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct suspect *suspect = arg;

    (void)seq, (void)entries, (void)size;
    suspect->rows++;
    return true;
}

static bool suspect_count(void *arg, const struct store_fact *fact)
{
    struct suspect *suspect = arg;
    struct err e;
    json_t *value = json_read(fact->value, strlen(fact->value), &record_limits, &e);

    suspect->deaths = json_get_int(value, "deaths", 0);
    suspect->last_rows = json_get_int(value, "rows", 0);
    json_decref(value);
    return false;
}

static bool suspect_read(struct suspect *suspect, struct err *e)
{
    struct store *store = suspect->engine->world.store;
    struct store_facts_filter filter = { .kind = FACT_CURSOR, .key = suspect->key };

    if (store_run_find(store, suspect->run, suspect_row, suspect, e) != ERR_OK ||
        store_journal(store, suspect->run, suspect_journal, suspect, e) != ERR_OK ||
        store_facts(store, &filter, suspect_count, suspect, e) != ERR_OK)
        return false;
    if (suspect->last_rows != suspect->rows) /* it has got on since */
        suspect->deaths = 0;
    suspect->deaths++;
    return suspect->status == RUN_ACTIVE || suspect->status == RUN_WAITING ||
           suspect->status == RUN_IN_DOUBT;
}

/* ---- It is counted, or set aside */

static void suspect_ended(struct suspect *suspect)
{
    struct engine *engine = suspect->engine;
    struct deployment *d =
        deployment_find(engine, suspect->workspace, suspect->environment, suspect->flow);

    if (d != NULL && suspect->order_key != NULL)
        lane_unpark(d, suspect->order_key, suspect->run);
    if (d != NULL)
        tally_lost(d, engine->wall - suspect->received_ms, suspect->money);
    if (suspect->parent != 0)
        sub_over(engine, suspect->run, suspect->parent);
    aside_kept(engine, suspect->run);
    if (engine->world.ended != NULL)
        engine->world.ended(engine->world.arg, suspect->run, RUN_FAILED);
}

/* The store has kept it, or could not: then it is worked on all the same. */
static void suspect_done(void *arg, const struct err *kept)
{
    struct suspect *suspect = arg;
    struct engine *engine = suspect->engine;
    struct err e = { .code = ERR_OK };

    engine->suspect = 0;
    if (kept->code == ERR_OVERLOAD) { /* the engine ends */
        suspect_free(suspect);
        return;
    }
    if (kept->code == ERR_OK && suspect->deaths >= SUSPECT_DEATHS)
        suspect_ended(suspect);
    else if (suspect->status != RUN_ACTIVE)
        engine->wake_at = engine->nudge_at = INT64_MIN;
    else if (recover_active(engine, suspect->run, &e) == NULL && e.code != ERR_OK)
        log_error(engine->world.log, "run %s of flow %s stays unfinished: %s", suspect->text,
                  suspect->flow, e.text);
    suspect_free(suspect);
}

/* Its own version is not looked at: the process may have died over that. */
static void suspect_aside_as(struct suspect *suspect, const struct err *why,
                             struct store_batch *batch)
{
    const struct deployment *d =
        deployment_make(suspect->engine, suspect->workspace, suspect->environment, suspect->flow);
    const struct flow *flow = d->version != NULL ? d->version->flow : NULL;
    int trigger = flow != NULL ? flow_node_find(flow, suspect->trigger) : -1;
    uint64_t origin = replay_origin(suspect->input);
    const struct aside aside = {
        .deployment = d,
        .run = suspect->run,
        .why = why,
        .on_failure = flow != NULL ? flow->on_failure : NULL,
        .depth = trigger >= 0 ? listens_depth(flow, (unsigned)trigger, suspect->input) : 0,
        .again = json_is_true(json_object_get(suspect->input, "after_restore")) ||
                 (origin != 0 && origin <= suspect->engine->world.store->restored),
    };

    aside_batch(suspect->engine, &aside, batch);
}

static void suspect_aside(struct suspect *suspect, struct store_batch *batch)
{
    struct store_fact gone = { .op = FACT_REMOVE, .kind = FACT_CURSOR, .key = suspect->key };
    char waits[STORE_FACT_KEY + 1];
    char parent[IDENT_TEXT], value[IDENT_TEXT + 2];
    struct store_fact child = {
        .op = FACT_PUT, .kind = FACT_CHILD, .key = suspect->text, .value = value
    };
    struct err why;

    err_set(&why, ERR_INTERNAL,
            "the process died %d times over this run without any progress: it is set aside; a "
            "replay begins it anew",
            (int)suspect->deaths);
    log_error(suspect->engine->world.log, "run %s of flow %s: %s", suspect->text, suspect->flow,
              why.text);
    suspect_aside_as(suspect, &why, batch);
    store_batch_fact(batch, &gone);
    snprintf(waits, sizeof waits, "%s/%s/%s/%s", suspect->workspace, suspect->environment,
             suspect->flow, suspect->text);
    suspect->money = money_kept(suspect->engine, waits);
    money_aside(suspect->money, waits, suspect->engine->wall, batch);
    if (suspect->parent == 0)
        return;
    ident_text(suspect->parent, parent);
    snprintf(value, sizeof value, "\"%s\"", parent);
    store_batch_fact(batch, &child);
}

static void suspect_note(struct suspect *suspect, struct store_batch *batch)
{
    char value[80];
    struct store_fact fact = { .op = FACT_PUT,
                               .kind = FACT_CURSOR,
                               .key = suspect->key,
                               .value = value,
                               .run = suspect->run };

    snprintf(value, sizeof value, "{\"deaths\":%d,\"rows\":%d}", (int)suspect->deaths,
             (int)suspect->rows);
    log_warn(suspect->engine->world.log, "the process has died over run %s of flow %s",
             suspect->text, suspect->flow);
    store_batch_fact(batch, &fact);
}

void suspect_begin(struct engine *engine)
{
    struct suspect *suspect;
    struct store_batch *batch;
    struct err e;

    if (engine->suspect == 0)
        return;
    suspect = mem_must(sizeof *suspect);
    suspect->engine = engine;
    suspect->run = engine->suspect;
    ident_text(suspect->run, suspect->text);
    snprintf(suspect->key, sizeof suspect->key, "starts/%s", suspect->text);
    if (!suspect_read(suspect, &e)) { /* it has ended, or was never accepted */
        suspect_free(suspect);
        engine->suspect = 0;
        return;
    }
    batch = store_batch_new(suspect->run);
    batch->epoch = store_epoch(engine->world.store);
    if (suspect->deaths >= SUSPECT_DEATHS)
        suspect_aside(suspect, batch);
    else
        suspect_note(suspect, batch);
    settle_append(engine, &batch, suspect_done, suspect);
}
