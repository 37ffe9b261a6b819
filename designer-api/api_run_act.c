/* api_run_act.c - what is done about a run: it is cancelled, settled, replayed. */
#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "designer-api/api_run_priv.h"
#include "engine/operate.h"

bool run_act_find(const char *name, enum run_act *act)
{
    static const char *const names[] = { "cancel", "settle", "replay" };

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *act = (enum run_act)i;
            return true;
        }
    return false;
}

static void replay_of(const struct ask *ask, uint64_t run, const json_t *options,
                      struct replay *replay)
{
    const char *version = json_get_text(options, "version"),
               *reason = json_get_text(options, "reason");

    *replay = (struct replay){
        .run = run,
        .from = json_get_text(options, "from"),
        .body = json_object_get(options, "body"),
        .own_version = version != NULL && strcmp(version, "own") == 0,
        .repeat_effects = json_is_true(json_object_get(options, "repeat_effects")),
        .by = ask->who->name,
        .reason = reason != NULL ? reason : "",
    };
}

enum err_code run_act_do(const struct ask *ask, enum run_act act, uint64_t run,
                         const json_t *options, engine_done_fn *told, void *arg, uint64_t *made,
                         struct err *e)
{
    const char *reason = json_get_text(options, "reason");
    struct replay replay;

    *made = 0;
    if (reason == NULL || reason[0] == '\0')
        return err_set(e, ERR_USAGE, "\"reason\" is missing: a text that is not empty");
    switch (act) {
    case RUN_ACT_CANCEL:
        return engine_cancel(ask_engine(ask), run, ask->who->name, reason, told, arg, e);
    case RUN_ACT_SETTLE:
        return engine_settle(ask_engine(ask), run, ask->who->name, reason, told, arg, e);
    default:
        replay_of(ask, run, options, &replay);
        return engine_replay(ask_engine(ask), &replay, made, told, arg, e);
    }
}

/* ---- One run. Whose it is is looked up beside the loop. */

static void act_work(struct beside_ask *look)
{
    uint64_t run;

    look->value = beside_run(look, look->ask.path[0], &run);
}

/* Its key is taken: somebody else was there first. */
static void act_told(void *later, const struct err *e)
{
    struct err taken;

    err_set(&taken, ERR_CONFLICT, "it was replayed or settled by somebody else just now");
    later_told(later, e->code == ERR_DUPLICATE ? &taken : e);
}

static void act_do(struct beside_ask *look, enum run_act act, json_t *value)
{
    struct ask_later *later;
    char text[IDENT_TEXT];
    uint64_t run, made;

    check(value != NULL);
    if (look->e.code != ERR_OK) {
        json_decref(value);
        ask_refuse(&look->ask, &look->e);
        return;
    }
    check(ident_parse(look->ask.path[0], &run));
    later = ask_later(&look->ask);
    later_will(later, 200, value, 0);
    if (run_act_do(&look->ask, act, run, look->ask.body, act_told, later, &made, &look->e) !=
        ERR_OK) {
        later_refuse(later, &look->e);
        return;
    }
    if (made != 0) { /* it is told in a later turn */
        ident_text(made, text);
        json_object_set_new_nocheck(value, "run", json_string(text));
    }
}

static void act_cancel(struct beside_ask *look)
{
    act_do(look, RUN_ACT_CANCEL,
           json_pack("{s:s, s:s, s:s}", "run", look->ask.path[0], "done", "cancelling", "by",
                     look->ask.who->name));
}

static void act_settle(struct beside_ask *look)
{
    act_do(look, RUN_ACT_SETTLE,
           json_pack("{s:s, s:s, s:s}", "run", look->ask.path[0], "done", "settled", "by",
                     look->ask.who->name));
}

static void act_replay(struct beside_ask *look)
{
    struct ask *ask = &look->ask;
    struct replay replay;
    uint64_t run;

    if (look->e.code != ERR_OK || !json_is_true(json_object_get(ask->body, "dry_run"))) {
        act_do(look, RUN_ACT_REPLAY,
               json_pack("{s:s, s:s}", "replay_of", ask->path[0], "by", ask->who->name));
        return;
    }
    check(ident_parse(ask->path[0], &run));
    replay_of(ask, run, ask->body, &replay);
    ask_give_or_refuse(ask, engine_replay_plan(ask_engine(ask), &replay, &look->e), &look->e);
}

static void run_cancel(struct ask *ask)
{
    beside_ask(ask, act_work, act_cancel, NULL);
}

static void run_settle(struct ask *ask)
{
    beside_ask(ask, act_work, act_settle, NULL);
}

static void run_replay(struct ask *ask)
{
    beside_ask(ask, act_work, act_replay, NULL);
}

const struct ask_bind run_act_binds[] = {
    { "cancelRun", run_cancel },
    { "settleRun", run_settle },
    { "replayRun", run_replay },
    { NULL, NULL },
};
