/* api_deploy.c - which version works where: deployed, approved by another one, taken back, paused.
 *
 * A deployment is the object "deployment_request" FLOW:MOMENT. What was deployed later in the same
 * place makes it "replaced": that is seen when it is shown, not kept. */
#include "designer-api/api_deploy_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/flows.h"

/* ---- Rows */

static bool row_take(void *arg, const struct object *object)
{
    json_object_set_new(object->body, "deployment", json_string(object->id));
    json_array_append(arg, object->body);
    return true;
}

static bool row_is(const json_t *row, const char *member, const char *wanted)
{
    const char *own = json_get_text(row, member);

    return wanted == NULL || (own != NULL && strcmp(own, wanted) == 0);
}

/* What works in a place is the newest that was deployed there. */
static void rows_replaced(json_t *rows)
{
    json_t *seen = json_object(), *row;

    for (size_t i = json_array_size(rows); i > 0; i--) {
        char place[2 * LIMIT_NAME];

        row = json_array_get(rows, i - 1);
        if (!row_is(row, "state", "live"))
            continue;
        snprintf(place, sizeof place, "%.199s/%.64s", json_get_text(row, "flow"),
                 json_get_text(row, "environment"));
        if (json_object_get(seen, place) != NULL)
            json_object_set_new(row, "state", json_string("replaced"));
        json_object_set_new(seen, place, json_true());
    }
    json_decref(seen);
}

json_t *deploy__rows(struct ask *ask, const char *flow, struct err *e)
{
    char prefix[LIMIT_NAME + 2];
    json_t *rows = json_array();

    snprintf(prefix, sizeof prefix, "%.199s:", flow != NULL ? flow : "");
    if (object_list(ask_objects(ask), DEPLOY_KIND, ask->who->workspace,
                    flow != NULL ? prefix : NULL, NULL, 0, row_take, rows, e) != ERR_OK) {
        json_decref(rows);
        return NULL;
    }
    rows_replaced(rows);
    return rows;
}

/* What the caller may do with it. */
static json_t *row_can(const struct ask *ask, const json_t *row)
{
    json_t *can = json_array();

    if (row_is(row, "state", "asked") && who_may(ask->who, MAY_DEPLOY_APPROVE) &&
        !deploy__is_own(ask, row)) {
        json_array_append_new(can, json_string("approve"));
        json_array_append_new(can, json_string("reject"));
    }
    return can;
}

json_t *deploy__shown(const struct ask *ask, const json_t *row)
{
    json_t *json = json_copy((json_t *)row);

    check(json != NULL);
    json_object_del(json, "user");
    json_object_set_new(json, "can", row_can(ask, row));
    return json;
}

static int row_order(const void *a, const void *b)
{
    return strcmp(json_get_text(*(json_t *const *)b, "at"),
                  json_get_text(*(json_t *const *)a, "at"));
}

static void deploy_rows_page(struct ask *ask, const char *flow)
{
    const char *environment = ask_text(ask, "environment"), *state = ask_text(ask, "state");
    struct err e;
    json_t *rows = deploy__rows(ask, flow, &e), *list, **order, *row;
    size_t i, count = 0;

    if (rows == NULL) {
        ask_refuse(ask, &e);
        return;
    }
    order = mem_must((json_array_size(rows) + 1) * sizeof *order);
    json_array_foreach(rows, i, row)
    {
        if (row_is(row, "environment", environment) && row_is(row, "state", state))
            order[count++] = row;
    }
    if (count > 0)
        qsort(order, count, sizeof *order, row_order);
    list = json_array();
    for (i = 0; i < count; i++)
        json_array_append_new(list, deploy__shown(ask, order[i]));
    mem_free(order);
    json_decref(rows);
    draft_page(ask, list, "deployment");
}

static void deploy_list(struct ask *ask)
{
    struct err e;

    if (draft_known(ask, ask->path[0], &e) == ERR_OK)
        deploy_rows_page(ask, ask->path[0]);
    else
        ask_refuse(ask, &e);
}

static void deploy_list_all(struct ask *ask)
{
    deploy_rows_page(ask, NULL);
}

/* ---- Deploying */

/* A place in the order of moments that nothing has yet. */
static void row_id(struct ask *ask, const char *flow, char id[LIMIT_PATH])
{
    struct clock *clock = ask_clock(ask);
    int64_t moment = clock->wall_ms(clock);
    struct object object;
    struct err e;

    for (;; moment++) {
        snprintf(id, LIMIT_PATH, "%.199s:%013lld", flow, (long long)moment);
        if (object_read(ask_objects(ask), DEPLOY_KIND, ask->who->workspace, id, &object, &e) !=
            ERR_OK)
            return;
        object_fini(&object);
    }
}

/* The version, by its digest, works there or is asked for. number: NULL: of a folder. */
void deploy__begin(struct ask *ask, const char *flow, const char *environment, const char *digest,
                   bool asks, const char *message)
{
    struct clock *clock = ask_clock(ask);
    char id[LIMIT_PATH], before[DIGEST_TEXT] = "";
    struct err e;
    json_t *versions = draft_versions(ask, flow, &e), *row;

    engine_flow_live(ask_engine(ask), ask->who->workspace, environment, flow, before);
    row = json_pack("{s:s, s:s, s:s, s:O*, s:s*, s:s, s:s*, s:s, s:s, s:o}", "flow", flow,
                    "environment", environment, "version", digest, "number",
                    json_object_get(draft_numbered(versions, digest), "number"), "before",
                    before[0] != '\0' ? before : NULL, "state", asks ? "asked" : "live", "message",
                    message, "by", ask->who->name, "user", ask->who->user, "at",
                    draft_moment(clock->wall_ms(clock)));
    check(row != NULL);
    row_id(ask, flow, id);
    if (asks)
        deploy__keep(ask, id, row, 0, "deployment.ask", 202);
    else
        deploy__put(ask, id, row, 0, "deployment.make", 201);
    json_decref(row);
    json_decref(versions);
}

static void deploy_flow(struct ask *ask)
{
    const char *flow = ask->path[0], *environment = json_get_text(ask->body, "environment"),
               *version = json_get_text(ask->body, "version");
    char digest[DIGEST_TEXT];
    struct err e;
    json_t *bundle = draft_find(ask, flow, version, digest, &e), *place = NULL;

    if (bundle != NULL && digest[0] == '\0')
        err_set(&e, ERR_INVALID, "a draft is not deployed: publish it, and deploy the version");
    else if (bundle != NULL)
        place = environment__read(ask, environment, &e);
    if (place == NULL || draft_publish_may(ask, flow, environment, bundle, &e) != ERR_OK)
        ask_refuse(ask, &e);
    else
        deploy__begin(ask, flow, environment, digest,
                      json_is_true(json_object_get(place, "approval")),
                      json_get_text(ask->body, "message"));
    json_decref(place);
    json_decref(bundle);
}

/* ---- Back to what was there before */

/* A version that worked in the environment: `wanted`, else what was there before the one that works
 * there now; "": none. */
static void rollback_find(const json_t *rows, const char *environment, const char *live,
                          const char *wanted, char digest[DIGEST_TEXT])
{
    const char *found = NULL;

    for (size_t i = json_array_size(rows); i > 0 && found == NULL; i--) {
        const json_t *row = json_array_get(rows, i - 1);

        if (!row_is(row, "environment", environment) ||
            !(row_is(row, "state", "live") || row_is(row, "state", "replaced")))
            continue;
        if (wanted == NULL && row_is(row, "version", live))
            found = json_get_text(row, "before");
        else if (wanted != NULL &&
                 (row_is(row, "version", wanted) || row_is(row, "before", wanted)))
            found = wanted;
    }
    snprintf(digest, DIGEST_TEXT, "%s", found != NULL ? found : "");
}

/* Where it goes back to; "" with *e. */
static void rollback_choose(struct ask *ask, const char *environment, char digest[DIGEST_TEXT],
                            struct err *e)
{
    const char *flow = ask->path[0], *wanted = json_get_text(ask->body, "version");
    char live[DIGEST_TEXT] = "";
    json_t *rows = draft_known(ask, flow, e) == ERR_OK ? deploy__rows(ask, flow, e) : NULL;

    digest[0] = '\0';
    if (rows == NULL)
        return;
    engine_flow_live(ask_engine(ask), ask->who->workspace, environment, flow, live);
    if (wanted != NULL && strcmp(wanted, live) == 0)
        err_set(e, ERR_CONFLICT, "this version works in %.60s now", environment);
    else
        rollback_find(rows, environment, live, wanted, digest);
    if (e->code == ERR_OK && digest[0] == '\0')
        err_set(e, ERR_NOT_FOUND, "%s worked in %.60s before what is there now",
                wanted != NULL ? "this version never" : "nothing", environment);
    json_decref(rows);
}

static void deploy_rollback(struct ask *ask)
{
    const char *environment = json_get_text(ask->body, "environment"),
               *message = json_get_text(ask->body, "message");
    char digest[DIGEST_TEXT];
    struct err e;

    if (environment == NULL)
        environment = "production";
    rollback_choose(ask, environment, digest, &e);
    if (digest[0] == '\0')
        ask_refuse(ask, &e);
    else
        deploy__begin(ask, ask->path[0], environment, digest, false,
                      message != NULL ? message : "rolled back");
}

/* ---- The second pair of eyes */

bool deploy__is_own(const struct ask *ask, const json_t *row)
{
    const char *user = json_get_text(row, "user");

    return row_is(row, "by", ask->who->name) ||
           (user != NULL && *user != '\0' && strcmp(user, ask->who->user) == 0);
}

/* The row that is decided on; false: refused. */
static bool decide_read(struct ask *ask, struct object *row)
{
    struct err e;

    if (object_read(ask_objects(ask), DEPLOY_KIND, ask->who->workspace, ask->path[0], row, &e) !=
        ERR_OK) {
        ask_refuse(ask, &e);
        return false;
    }
    e.code = ERR_OK;
    if (!row_is(row->body, "state", "asked"))
        err_set(&e, ERR_CONFLICT, "it is decided already: %s", json_get_text(row->body, "state"));
    else if (deploy__is_own(ask, row->body))
        err_set(&e, ERR_FORBIDDEN, "you have asked for it: another person decides");
    if (e.code == ERR_OK)
        return true;
    ask_refuse(ask, &e);
    object_fini(row);
    return false;
}

static void decide(struct ask *ask, bool approve)
{
    struct clock *clock = ask_clock(ask);
    const char *reason = json_get_text(ask->body, "reason");
    struct object row;

    if (!decide_read(ask, &row))
        return;
    json_object_set_new(row.body, "state", json_string(approve ? "live" : "rejected"));
    json_object_set_new(row.body, approve ? "approved_by" : "rejected_by",
                        json_string(ask->who->name));
    json_object_set_new(row.body, "decided_at", draft_moment(clock->wall_ms(clock)));
    if (reason != NULL)
        json_object_set_new(row.body, "reason", json_string(reason));
    if (approve)
        deploy__put(ask, ask->path[0], row.body, row.revision, "deployment.approve", 200);
    else
        deploy__keep(ask, ask->path[0], row.body, row.revision, "deployment.reject", 200);
    object_fini(&row);
}

static void deploy_approve(struct ask *ask)
{
    decide(ask, true);
}

static void deploy_reject(struct ask *ask)
{
    decide(ask, false);
}

const struct ask_bind deploy_binds[] = {
    { "listDeployments", deploy_list },
    { "listAllDeployments", deploy_list_all },
    { "deployFlow", deploy_flow },
    { "rollbackFlow", deploy_rollback },
    { "approveDeployment", deploy_approve },
    { "rejectDeployment", deploy_reject },
    { NULL, NULL },
};
