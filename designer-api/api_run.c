/* api_run.c - runs: what happened, and what is done about one. */
#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "designer-api/ask.h"
#include "engine/operate.h"

static void run_list(struct ask *ask)
{
    struct store_runs_filter filter = { .flow = ask_text(ask, "flow"),
                                        .status = -1,
                                        .limit = (unsigned)ask_number(ask, "limit", 20) };
    const char *status = ask_text(ask, "status"), *before = ask_text(ask, "before");
    enum run_status which;
    struct err e;

    if (status != NULL) {
        check(run_status_find(status, &which)); /* the contract lists them */
        filter.status = (int)which;
    }
    if (before == NULL || ident_parse(before, &filter.before)) {
        ask_give_or_refuse(ask, engine_list(ask_store(ask), &filter, &e), &e);
    } else {
        err_set(&e, ERR_USAGE, "before is the id of a run, not \"%.40s\"", before);
        ask_refuse(ask, &e);
    }
}

static enum err_code run_id(const struct ask *ask, uint64_t *id, struct err *e)
{
    if (ident_parse(ask->path[0], id))
        return ERR_OK;
    return err_set(e, ERR_NOT_FOUND, "\"%.40s\" is not the id of a run", ask->path[0]);
}

static void run_read(struct ask *ask)
{
    struct err e;
    uint64_t id;
    json_t *run = NULL;

    if (run_id(ask, &id, &e) == ERR_OK)
        run = engine_show_step(ask_store(ask), id, ask_text(ask, "step"), &e);
    ask_give_or_refuse(ask, run, &e);
}

/* ---- What is done */

typedef enum err_code run_act_fn(struct engine *engine, uint64_t run, const char *by,
                                 const char *reason, engine_done_fn *done, void *arg,
                                 struct err *e);

static void run_act(struct ask *ask, run_act_fn *act, const char *said)
{
    struct ask_later *later;
    json_t *value;
    struct err e;
    uint64_t id;

    if (run_id(ask, &id, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    value = json_pack("{s:s, s:s, s:s}", "run", ask->path[0], "done", said, "by", ask->who->name);
    check(value != NULL);
    later = ask_later(ask);
    later_will(later, 200, value, 0);
    if (act(ask_engine(ask), id, ask->who->name, json_get_text(ask->body, "reason"), later_told,
            later, &e) != ERR_OK)
        later_refuse(later, &e);
}

static void run_cancel(struct ask *ask)
{
    run_act(ask, engine_cancel, "cancelling");
}

static void run_settle(struct ask *ask)
{
    run_act(ask, engine_settle, "settled");
}

/* ---- Replay */

/* Its key is taken: somebody else was there first. */
static void replay_told(void *later, const struct err *e)
{
    struct err taken;

    err_set(&taken, ERR_CONFLICT, "it was replayed or settled by somebody else just now");
    later_told(later, e->code == ERR_DUPLICATE || e->code == ERR_CONFLICT ? &taken : e);
}

static void replay_do(struct ask *ask, const struct replay *replay)
{
    json_t *value = json_pack("{s:s, s:s}", "replay_of", ask->path[0], "by", replay->by);
    struct ask_later *later = ask_later(ask);
    char id[IDENT_TEXT];
    struct err e;
    uint64_t run;

    check(value != NULL);
    later_will(later, 200, value, 0);
    if (engine_replay(ask_engine(ask), replay, &run, replay_told, later, &e) != ERR_OK) {
        later_refuse(later, &e);
        return;
    }
    ident_text(run, id); /* it is told in a later turn */
    json_object_set_new_nocheck(value, "run", json_string(id));
}

static void run_replay(struct ask *ask)
{
    const char *version = json_get_text(ask->body, "version");
    bool dry = json_is_true(json_object_get(ask->body, "dry_run"));
    struct replay replay = {
        .from = json_get_text(ask->body, "from"),
        .body = json_object_get(ask->body, "body"),
        .own_version = version != NULL && strcmp(version, "own") == 0,
        .repeat_effects = json_is_true(json_object_get(ask->body, "repeat_effects")),
        .by = ask->who->name,
        .reason = json_get_text(ask->body, "reason"),
    };
    struct err e;

    e.code = ERR_OK;
    if (replay.reason == NULL && !dry)
        err_set(&e, ERR_USAGE, "\"reason\" is missing: a text that is not empty");
    else if (replay.reason == NULL)
        replay.reason = "";
    if (e.code != ERR_OK || run_id(ask, &replay.run, &e) != ERR_OK)
        ask_refuse(ask, &e);
    else if (dry)
        ask_give_or_refuse(ask, engine_replay_plan(ask_engine(ask), &replay, &e), &e);
    else
        replay_do(ask, &replay);
}

const struct ask_bind run_binds[] = {
    { "listRuns", run_list },    { "getRun", run_read },      { "cancelRun", run_cancel },
    { "settleRun", run_settle }, { "replayRun", run_replay }, { NULL, NULL },
};
