/* api_run_bulk.c - many runs at once: named, or found by a filter. */
#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "designer-api/api_run_priv.h"
#include "designer-api/bulk.h"
#include "designer-api/jobs.h"
#include "engine/operate.h"

/* ---- Which runs */

struct bulk_find {
    struct beside_ask *look;
    struct run_find find;
};

static json_t *bulk_row(const char *id)
{
    json_t *row = json_pack("{s:s}", "run", id);

    check(row != NULL);
    return row;
}

static enum store_look_word bulk_take(void *arg, const struct store_run *run)
{
    struct bulk_find *bulk = arg;
    char id[IDENT_TEXT];

    if (!run_find_fits(&bulk->find, run))
        return LOOK_PASS;
    ident_text(run->run, id);
    json_array_append_new(json_object_get(bulk->look->value, "runs"), bulk_row(id));
    return LOOK_TAKE;
}

static void bulk_filter(struct beside_ask *look, const json_t *filter)
{
    struct bulk_find bulk = { .look = look };
    struct store_look_end end = { .before = 0 };

    if (run_find_read(&bulk.find, filter, beside_workspace(look), &look->e) == ERR_OK) {
        bulk.find.look.limit =
            json_is_true(json_object_get(look->value, "dry_run")) ? BULK_MOST : JOBS_ITEMS;
        effort_begin(&look->effort, look->clock, BESIDE_LONG_MS);
        bulk.find.look.effort = &look->effort;
        look->e.code = store_look(look->store, &bulk.find.look, bulk_take, &bulk, &end, &look->e);
        if (end.before != 0)
            json_object_set_new_nocheck(look->value, "more", json_true());
    }
    run_find_fini(&bulk.find);
}

/* Those named, foreign ones as if they were not there. */
static void bulk_named(struct beside_ask *look, const json_t *ids)
{
    json_t *id, *row, *one;
    uint64_t run;
    size_t i;

    json_array_foreach(ids, i, id)
    {
        one = bulk_row(json_text(id));
        row = beside_run(look, json_text(id), &run);
        if (row == NULL) {
            bulk_refused(one, &look->e);
            look->e.code = ERR_OK;
        }
        json_decref(row);
        json_array_append_new(json_object_get(look->value, "runs"), one);
    }
}

static void bulk_work(struct beside_ask *look)
{
    const json_t *ids = json_object_get(look->ask.body, "runs"),
                 *filter = json_object_get(look->ask.body, "filter");

    look->value =
        json_pack("{s:s, s:b, s:[]}", "act", json_get_text(look->ask.body, "act"), "dry_run",
                  json_is_true(json_object_get(look->ask.body, "dry_run")), "runs");
    check(look->value != NULL);
    if ((ids == NULL) == (filter == NULL))
        err_set(&look->e, ERR_USAGE, "say which: either \"runs\" or \"filter\"");
    else if (filter != NULL)
        bulk_filter(look, filter);
    else
        bulk_named(look, ids);
}

/* ---- What is done */

/* Whether a replay would be taken: why it is refused, what it would repeat. */
static enum err_code bulk_plan(const struct ask *ask, uint64_t run, struct err *e)
{
    const char *version = json_get_text(ask->body, "version"), *refused;
    struct replay replay = {
        .run = run,
        .own_version = version != NULL && strcmp(version, "own") == 0,
        .repeat_effects = json_is_true(json_object_get(ask->body, "repeat_effects")),
        .by = ask->who->name,
        .reason = "",
    };
    json_t *plan = engine_replay_plan(ask_engine(ask), &replay, e);

    if (plan == NULL)
        return e->code;
    refused = json_get_text(plan, "refused");
    e->code = ERR_OK;
    if (refused != NULL)
        err_set(e, ERR_CONFLICT, "%s", refused);
    json_decref(plan);
    return e->code;
}

static enum err_code bulk_act(struct ask *ask, json_t *item, bool dry, engine_done_fn *told,
                              void *arg, struct err *e)
{
    char text[IDENT_TEXT];
    uint64_t run, made;
    enum run_act act;

    check(run_act_find(json_get_text(ask->body, "act"), &act));
    check(ident_parse(json_get_text(item, "run"), &run));
    if (dry)
        return act == RUN_ACT_REPLAY ? bulk_plan(ask, run, e) : ERR_OK;
    if (run_act_do(ask, act, run, ask->body, told, arg, &made, e) != ERR_OK)
        return e->code;
    if (made != 0) {
        ident_text(made, text);
        json_object_set_new_nocheck(item, "made", json_string(text));
    }
    return ERR_OK;
}

/* More than can be waited for: a job of their ids. */
static void bulk_job(struct beside_ask *look)
{
    json_t *items = json_array(), *asked = json_copy(look->ask.body), *row;
    size_t i;

    check(asked != NULL);
    json_object_del(asked, "runs");
    json_object_del(asked, "filter");
    json_array_foreach(json_object_get(look->value, "runs"), i, row)
    {
        json_array_append(items, json_object_get(row, "run"));
    }
    jobs_ask(&look->ask, "runs", asked, items);
}

static void bulk_found(struct beside_ask *look)
{
    if (look->e.code == ERR_OK &&
        json_array_size(json_object_get(look->value, "runs")) > BULK_MOST) {
        bulk_job(look);
        return;
    }
    bulk_begin(look, "runs", json_is_true(json_object_get(look->ask.body, "dry_run")), bulk_act);
}

static void run_bulk(struct ask *ask)
{
    const char *reason = json_get_text(ask->body, "reason");
    struct err e;

    if ((reason != NULL && reason[0] != '\0') ||
        json_is_true(json_object_get(ask->body, "dry_run"))) {
        beside_ask(ask, bulk_work, bulk_found, NULL);
        return;
    }
    err_set(&e, ERR_USAGE, "\"reason\" is missing: a text that is not empty");
    ask_refuse(ask, &e);
}

const struct ask_bind run_bulk_binds[] = { { "actOnRuns", run_bulk }, { NULL, NULL } };
