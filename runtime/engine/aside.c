/* aside.c - see aside.h. */
#include "engine/aside.h"

#include <string.h>

#include "engine/listen.h"
#include "engine/record.h"

static void aside_fact(struct engine *engine, const struct aside *aside, json_t *error,
                       struct store_batch *batch)
{
    const struct deployment *d = aside->deployment;
    char id[IDENT_TEXT];
    struct store_fact fact = { .op = FACT_PUT, .kind = FACT_TELL, .key = id, .run = aside->run };
    json_t *value;
    char *text;

    if (aside->on_failure == NULL && !listens_hear(engine, d, RUN_FAILED))
        return;
    ident_text(aside->run, id);
    value = json_pack("{s:s, s:s, s:s, s:O, s:s?, s:i, s:b}", "workspace", d->workspace,
                      "environment", d->environment, "flow", d->slug, "error", error, "on_failure",
                      aside->on_failure, "depth", (int)aside->depth, "again", (int)aside->again);
    check(value != NULL);
    fact.value = text = json_text_new(value, LIMIT_OUTPUT, NULL);
    check(text != NULL);
    store_batch_fact(batch, &fact);
    mem_free(text);
    json_decref(value);
}

void aside_batch(struct engine *engine, const struct aside *aside, struct store_batch *batch)
{
    json_t *error = record_error(aside->why, NULL, NULL);

    batch->has_status = true;
    batch->status = RUN_FAILED;
    batch->ended_ms = engine->wall;
    batch->error = json_text_new(error, LIMIT_OUTPUT, NULL);
    aside_fact(engine, aside, error, batch);
    json_decref(error);
}

/* ---- Telling */

/* When the store does not keep it, the next start tells it again, and they have heard it. */
static void aside_told(void *owner, uint64_t run, enum err_code code, uint64_t none)
{
    char id[IDENT_TEXT];
    const struct store_fact gone = { .op = FACT_REMOVE, .kind = FACT_TELL, .key = id };

    (void)code, (void)none;
    ident_text(run, id);
    engine_fact(owner, &gone);
}

static void aside_tell(struct engine *engine, uint64_t run, const json_t *value)
{
    const char *workspace = json_get_text(value, "workspace"),
               *environment = json_get_text(value, "environment"),
               *flow = json_get_text(value, "flow");
    struct listen_end end = { .run = run,
                              .status = RUN_FAILED,
                              .error = json_object_get(value, "error"),
                              .on_failure = json_get_text(value, "on_failure"),
                              .depth = (unsigned)json_get_int(value, "depth", 0),
                              .again = json_is_true(json_object_get(value, "again")) };

    check(workspace != NULL && environment != NULL && flow != NULL);
    end.again = end.again || run <= engine->world.store->restored;
    end.deployment = deployment_make(engine, workspace, environment, flow);
    if (!listens_start(engine, &end, aside_told, engine, run))
        aside_told(engine, run, ERR_OK, 0);
}

/* Into an array of [run, value]: nothing is begun while the store is walked. */
static bool aside_take(void *arg, const struct store_fact *fact)
{
    struct err e;
    json_t *value = json_read(fact->value, strlen(fact->value), &record_limits, &e);

    json_array_append_new(arg, json_pack("[s, o*]", fact->key, value));
    return true;
}

static enum err_code aside_tell_all(struct engine *engine, const char *key, struct err *e)
{
    const struct store_facts_filter filter = { .kind = FACT_TELL, .key = key };
    json_t *found = json_array(), *one;
    uint64_t run;
    size_t i;

    e->code = store_facts(engine->world.store, &filter, aside_take, found, e);
    if (e->code == ERR_OK)
        json_array_foreach(found, i, one)
        {
            if (json_array_size(one) == 2 && ident_parse(json_text(json_array_get(one, 0)), &run))
                aside_tell(engine, run, json_array_get(one, 1));
        }
    json_decref(found);
    return e->code;
}

void aside_kept(struct engine *engine, uint64_t run)
{
    char id[IDENT_TEXT];
    struct err e;

    ident_text(run, id);
    if (aside_tell_all(engine, id, &e) != ERR_OK)
        log_error(engine->world.log, "that run %s failed is told at the next start: %s", id,
                  e.text);
}

enum err_code aside_recover_all(struct engine *engine, struct err *e)
{
    return aside_tell_all(engine, NULL, e);
}
