/* api_run.c - /api/v1/runs: what happened, and what is done about a run. */
#include <stdlib.h>
#include <string.h>

#include "designer-api/api_priv.h"

#define API_LIST_MAX 200u

static enum err_code runs_filter(const struct http_request *request,
                                 struct store_runs_filter *filter, char flow[LIMIT_NAME],
                                 struct err *e)
{
    char text[32];
    enum run_status status;
    char *end;

    *filter = (struct store_runs_filter){ .status = -1, .limit = 20 };
    if (api__query(request, "flow", flow, LIMIT_NAME))
        filter->flow = flow;
    if (api__query(request, "status", text, sizeof text)) {
        if (!run_status_find(text, &status))
            return err_set(e, ERR_USAGE,
                           "status is one of active, waiting, in_doubt, succeeded, failed, "
                           "cancelled, not \"%s\"",
                           text);
        filter->status = (int)status;
    }
    if (api__query(request, "limit", text, sizeof text)) {
        unsigned long limit = strtoul(text, &end, 10);

        if (*end != '\0' || limit == 0 || limit > API_LIST_MAX)
            return err_set(e, ERR_USAGE, "limit is a whole number from 1 to %u", API_LIST_MAX);
        filter->limit = (unsigned)limit;
    }
    if (api__query(request, "before", text, sizeof text) && !ident_parse(text, &filter->before))
        return err_set(e, ERR_USAGE, "before is the id of a run, not \"%s\"", text);
    return ERR_OK;
}

void api__runs(struct api *api, struct http_in *in, const struct http_request *request,
               const char *rest)
{
    struct store_runs_filter filter;
    char flow[LIMIT_NAME];
    struct err e;
    json_t *list = NULL;

    (void)rest;
    if (runs_filter(request, &filter, flow, &e) == ERR_OK)
        list = engine_list(api->store, &filter, &e);
    api__give(in, request->id, list, &e);
}

static enum err_code run_id(const char *text, uint64_t *id, struct err *e)
{
    if (ident_parse(text, id))
        return ERR_OK;
    return err_set(e, ERR_NOT_FOUND, "\"%.40s\" is not the id of a run", text);
}

void api__run(struct api *api, struct http_in *in, const struct http_request *request,
              const char *rest)
{
    char step[LIMIT_PATH];
    bool one = api__query(request, "step", step, sizeof step);
    struct err e;
    uint64_t id;
    json_t *run = NULL;

    if (run_id(rest, &id, &e) == ERR_OK)
        run = engine_show_step(api->store, id, one ? step : NULL, &e);
    api__give(in, request->id, run, &e);
}

/* ---- What is done */

struct run_ask {
    uint64_t id;
    json_t *body;
    const char *reason;
    char by[API_NAME];
};

static enum err_code run_asked(const struct http_request *request, const char *rest,
                               const char *const *members, struct run_ask *ask, struct err *e)
{
    ask->body = NULL;
    if (run_id(rest, &ask->id, e) != ERR_OK)
        return e->code;
    ask->body = api__body(request, members, e);
    if (ask->body == NULL || api__by(request, ask->body, ask->by, e) != ERR_OK)
        return e->code;
    if (json_is_true(json_object_get(ask->body, "dry_run")) &&
        json_object_get(ask->body, "reason") == NULL) {
        ask->reason = "";
        return ERR_OK;
    }
    ask->reason = api__text(ask->body, "reason", e);
    return ask->reason != NULL ? ERR_OK : e->code;
}

static const char *const reason_members[] = { "reason", "by", NULL };

typedef enum err_code run_act_fn(struct engine *engine, uint64_t run, const char *by,
                                 const char *reason, engine_done_fn *done, void *arg,
                                 struct err *e);

static void run_act(struct api *api, struct http_in *in, const struct http_request *request,
                    const char *rest, run_act_fn *act, const char *said)
{
    struct run_ask ask;
    struct api_wait *wait;
    struct err e;

    if (run_asked(request, rest, reason_members, &ask, &e) != ERR_OK) {
        api__refuse(in, request->id, &e);
    } else {
        wait = api__wait(api, in, request->id,
                         json_pack("{s:s, s:s, s:s}", "run", rest, "done", said, "by", ask.by));
        if (act(api->engine, ask.id, ask.by, ask.reason, api__told, wait, &e) != ERR_OK) {
            api__wait_drop(wait);
            api__refuse(in, request->id, &e);
        }
    }
    json_decref(ask.body);
}

void api__cancel(struct api *api, struct http_in *in, const struct http_request *request,
                 const char *rest)
{
    run_act(api, in, request, rest, engine_cancel, "cancelling");
}

void api__settle(struct api *api, struct http_in *in, const struct http_request *request,
                 const char *rest)
{
    run_act(api, in, request, rest, engine_settle, "settled");
}

/* ---- Replay */

static enum err_code replay_asked(const struct run_ask *ask, struct replay *replay, struct err *e)
{
    const char *version = json_get_text(ask->body, "version");

    *replay = (struct replay){ .run = ask->id,
                               .from = json_get_text(ask->body, "from"),
                               .body = json_object_get(ask->body, "body"),
                               .repeat_effects =
                                   json_is_true(json_object_get(ask->body, "repeat_effects")),
                               .by = ask->by,
                               .reason = ask->reason };
    if (version != NULL && strcmp(version, "own") != 0 && strcmp(version, "current") != 0)
        return err_set(e, ERR_USAGE, "version is own or current, not \"%.40s\"", version);
    replay->own_version = version != NULL && strcmp(version, "own") == 0;
    return ERR_OK;
}

/* Its key is taken: somebody else was there first. */
static void replay_told(void *wait, const struct err *e)
{
    struct err taken;

    err_set(&taken, ERR_CONFLICT, "it was replayed or settled by somebody else just now");
    api__told(wait, e->code == ERR_DUPLICATE || e->code == ERR_CONFLICT ? &taken : e);
}

static void replay_do(struct api *api, struct http_in *in, uint64_t request,
                      const struct replay *replay, const char *old)
{
    json_t *value = json_pack("{s:s, s:s}", "replay_of", old, "by", replay->by);
    struct api_wait *wait = api__wait(api, in, request, value);
    char id[IDENT_TEXT];
    struct err e;
    uint64_t run;

    if (engine_replay(api->engine, replay, &run, replay_told, wait, &e) == ERR_OK) {
        ident_text(run, id); /* it is told in a later turn */
        json_object_set_new_nocheck(value, "run", json_string(id));
        return;
    }
    api__wait_drop(wait);
    api__refuse(in, request, &e);
}

void api__replay(struct api *api, struct http_in *in, const struct http_request *request,
                 const char *rest)
{
    static const char *const members[] = { "from",    "body",   "version", "repeat_effects",
                                           "dry_run", "reason", "by",      NULL };
    struct replay replay;
    struct run_ask ask;
    struct err e;

    if (run_asked(request, rest, members, &ask, &e) != ERR_OK ||
        replay_asked(&ask, &replay, &e) != ERR_OK)
        api__refuse(in, request->id, &e);
    else if (json_is_true(json_object_get(ask.body, "dry_run")))
        api__give(in, request->id, engine_replay_plan(api->engine, &replay, &e), &e);
    else
        replay_do(api, in, request->id, &replay, rest);
    json_decref(ask.body);
}
