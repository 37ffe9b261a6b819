/* api_run_bulk.c - many runs at once: looked up beside the loop, acted on in slices, so that the
 * loop goes on between them; answered when each was told. */
#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/api_run_priv.h"
#include "engine/operate.h"

#define BULK_MOST  1000u
#define BULK_SLICE 8u /* runs in one turn */

struct bulk {
    struct ask_later *later;
    enum run_act act;
    bool dry;
    json_t *out, *runs;
    size_t at;       /* the next one to be acted on */
    unsigned flying; /* told nothing yet */
    bool ended;      /* all were acted on */
    int64_t done, refused;
};
struct bulk_one {
    struct bulk *bulk;
    json_t *run; /* borrowed of bulk->runs */
};

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
        bulk.find.look.limit = BULK_MOST;
        bulk.find.look.clock = look->clock;
        bulk.find.look.until_ms = look->until_ms + 2000; /* asked for once, unlike a page */
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
            json_object_set_new_nocheck(one, "refused", json_string(look->e.text));
            json_object_set_new_nocheck(one, "code", json_string(err_name(look->e.code)));
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

static void bulk_end(struct bulk *bulk)
{
    if (!bulk->ended || bulk->flying > 0)
        return;
    json_object_set_new_nocheck(bulk->out, "done", json_integer(bulk->done));
    json_object_set_new_nocheck(bulk->out, "refused", json_integer(bulk->refused));
    later_give(bulk->later, 200, bulk->out);
    mem_free(bulk);
}

/* Nothing more is begun. */
static void bulk_drop(void *arg)
{
    struct bulk *bulk = arg;

    bulk->ended = true;
    bulk_end(bulk);
}

static void bulk_refused(struct bulk *bulk, json_t *run, const struct err *e)
{
    json_object_set_new_nocheck(run, "refused", json_string(e->text));
    json_object_set_new_nocheck(run, "code", json_string(err_name(e->code)));
    bulk->refused++;
}

static void bulk_told(void *arg, const struct err *e)
{
    struct bulk_one *one = arg;
    struct bulk *bulk = one->bulk;

    if (e->code == ERR_OK) {
        json_object_set_new_nocheck(one->run, "done", json_true());
        bulk->done++;
    } else {
        bulk_refused(bulk, one->run, e);
    }
    mem_free(one);
    bulk->flying--;
    bulk_end(bulk);
}

/* Whether a replay would be taken: what it would repeat, why it is refused. */
static void bulk_plan(struct bulk *bulk, const struct ask *ask, json_t *run, uint64_t id)
{
    const char *version = json_get_text(ask->body, "version");
    struct replay replay = {
        .run = id,
        .own_version = version != NULL && strcmp(version, "own") == 0,
        .repeat_effects = json_is_true(json_object_get(ask->body, "repeat_effects")),
        .by = ask->who->name,
        .reason = "",
    };
    struct err e;
    json_t *plan = engine_replay_plan(ask_engine(ask), &replay, &e);
    const char *refused = json_get_text(plan, "refused");

    if (plan == NULL)
        bulk_refused(bulk, run, &e);
    else if (refused != NULL)
        bulk->refused++, json_object_set_new_nocheck(run, "refused", json_string(refused));
    else
        bulk->done++, json_object_set_new_nocheck(run, "would", json_true());
    json_decref(plan);
}

static void bulk_do(struct bulk *bulk, const struct ask *ask, json_t *run)
{
    struct bulk_one *one;
    char text[IDENT_TEXT];
    uint64_t id, made;
    struct err e;

    if (json_object_get(run, "refused") != NULL) {
        bulk->refused++;
        return;
    }
    check(ident_parse(json_get_text(run, "run"), &id));
    if (bulk->dry && bulk->act == RUN_ACT_REPLAY) {
        bulk_plan(bulk, ask, run, id);
        return;
    }
    if (bulk->dry) {
        json_object_set_new_nocheck(run, "would", json_true());
        bulk->done++;
        return;
    }
    one = mem_must(sizeof *one);
    *one = (struct bulk_one){ bulk, run };
    if (run_act_do(ask, bulk->act, id, ask->body, bulk_told, one, &made, &e) != ERR_OK) {
        bulk_refused(bulk, run, &e);
        mem_free(one);
        return;
    }
    bulk->flying++;
    if (made != 0) {
        ident_text(made, text);
        json_object_set_new_nocheck(run, "made", json_string(text));
    }
}

/* A slice, then the others have their turn: the work is asked for again, to do nothing. */
static void bulk_slice(struct beside_ask *look)
{
    struct bulk *bulk = look->kept;

    for (unsigned i = 0; i < BULK_SLICE && bulk->at < json_array_size(bulk->runs); i++)
        bulk_do(bulk, &look->ask, json_array_get(bulk->runs, bulk->at++));
    if (bulk->at < json_array_size(bulk->runs)) {
        beside_again(look);
        return;
    }
    look->kept = NULL;
    bulk_drop(bulk);
}

static void bulk_rest(struct beside_ask *look)
{
    (void)look;
}

static void bulk_begin(struct beside_ask *look)
{
    struct bulk *bulk;

    if (look->e.code != ERR_OK) {
        ask_refuse(&look->ask, &look->e);
        return;
    }
    bulk = mem_must(sizeof *bulk);
    bulk->later = ask_later(&look->ask);
    bulk->dry = json_is_true(json_object_get(look->ask.body, "dry_run"));
    check(run_act_find(json_get_text(look->ask.body, "act"), &bulk->act));
    bulk->out = json_incref(look->value);
    bulk->runs = json_object_get(bulk->out, "runs");
    look->kept = bulk;
    look->drop = bulk_drop;
    look->work = bulk_rest;
    look->answer = bulk_slice;
    bulk_slice(look);
}

static void run_bulk(struct ask *ask)
{
    const char *reason = json_get_text(ask->body, "reason");
    struct err e;

    if ((reason != NULL && reason[0] != '\0') ||
        json_is_true(json_object_get(ask->body, "dry_run"))) {
        beside_ask(ask, bulk_work, bulk_begin, NULL);
        return;
    }
    err_set(&e, ERR_USAGE, "\"reason\" is missing: a text that is not empty");
    ask_refuse(ask, &e);
}

const struct ask_bind run_bulk_binds[] = { { "actOnRuns", run_bulk }, { NULL, NULL } };
