/* api_environment.c - where flows work: environments, and a flow's place in one: paused, resumed,
 * taken out.
 *
 * production and sandbox are always there; others are made. What is deployed goes on from one to
 * the next in their order: that of "order", then of their names. Where a workspace says nothing,
 * sandbox is first and production last. */
#include "designer-api/api_deploy_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/context.h"
#include "engine/flows.h"
#include "store/look.h"

#define ENVIRONMENT_KIND "environment"

/* ---- Environments */

#define ENVIRONMENT_ORDER 500

struct environment_known {
    const char *name, *title;
    json_int_t order;
};
static const struct environment_known environments_known[] = {
    { "sandbox", "Sandbox", 0 },
    { "production", "Production", 1000 },
};
#define ENVIRONMENTS_KNOWN (sizeof environments_known / sizeof *environments_known)

static const struct environment_known *environment_known(const char *name)
{
    for (size_t i = 0; i < ENVIRONMENTS_KNOWN; i++)
        if (strcmp(environments_known[i].name, name) == 0)
            return &environments_known[i];
    return NULL;
}

/* revision: 0, it is as it always was */
static json_t *environment_json(const char *name, const json_t *kept, uint64_t revision)
{
    const struct environment_known *known = environment_known(name);
    const char *title = json_get_text(kept, "title");
    json_int_t order =
        json_get_int(kept, "order", known != NULL ? known->order : ENVIRONMENT_ORDER);
    json_t *json;

    if (title == NULL)
        title = known != NULL ? known->title : name;
    json = json_pack("{s:s, s:s, s:b, s:b, s:I}", "environment", name, "title", title, "approval",
                     json_is_true(json_object_get(kept, "approval")), "simulate",
                     json_is_true(json_object_get(kept, "simulate")), "order", order);
    check(json != NULL);
    if (revision > 0)
        json_object_set_new(json, "revision", json_integer((json_int_t)revision));
    return json;
}

json_t *environment__read(struct ask *ask, const char *environment, struct err *e)
{
    struct object kept;
    json_t *json;

    if (object_read(ask_objects(ask), ENVIRONMENT_KIND, ask->who->workspace, environment, &kept,
                    e) == ERR_OK) {
        json = environment_json(environment, kept.body, kept.revision);
        object_fini(&kept);
        return json;
    }
    if (e->code == ERR_NOT_FOUND && environment_known(environment) != NULL)
        return environment_json(environment, NULL, 0);
    if (e->code == ERR_NOT_FOUND)
        err_set(e, ERR_NOT_FOUND,
                "there is no environment \"%.60s\"; PUT /environments/%.60s makes"
                " it",
                environment, environment);
    return NULL;
}

static bool environment_row(void *arg, const struct object *object)
{
    json_object_set_new(arg, object->id,
                        environment_json(object->id, object->body, object->revision));
    return true;
}

static int environment_order(const void *left, const void *right)
{
    const json_t *a = *(json_t *const *)left, *b = *(json_t *const *)right;
    int64_t one = json_get_int(a, "order", 0), other = json_get_int(b, "order", 0);

    if (one != other)
        return one < other ? -1 : 1;
    return strcmp(json_get_text(a, "environment"), json_get_text(b, "environment"));
}

/* {name: environment} as a list in their order. */
static json_t *environments_ordered(json_t *set)
{
    size_t count = 0;
    json_t **ordered = mem_must(json_object_size(set) * sizeof *ordered), *items = json_array(),
           *one;
    const char *name;

    json_object_foreach(set, name, one)
    {
        ordered[count++] = one;
    }
    qsort(ordered, count, sizeof *ordered, environment_order);
    for (size_t i = 0; i < count; i++)
        json_array_append(items, ordered[i]);
    mem_free(ordered);
    return items;
}

static void environment_list(struct ask *ask)
{
    json_t *set = json_object(), *places, *place, *items;
    const char *name;
    size_t i;
    struct err e;

    for (i = 0; i < ENVIRONMENTS_KNOWN; i++)
        json_object_set_new(set, environments_known[i].name,
                            environment_json(environments_known[i].name, NULL, 0));
    places = engine_flow_places(ask_engine(ask), ask->who->workspace, NULL);
    json_array_foreach(places, i, place)
    {
        name = json_get_text(place, "environment");
        if (json_object_get(set, name) == NULL)
            json_object_set_new(set, name, environment_json(name, NULL, 0));
    }
    json_decref(places);
    if (object_list(ask_objects(ask), ENVIRONMENT_KIND, ask->who->workspace, NULL, NULL, 0,
                    environment_row, set, &e) == ERR_OK) {
        items = environments_ordered(set);
        ask_page(ask, items, NULL, (int64_t)json_array_size(items));
    } else {
        ask_refuse(ask, &e);
    }
    json_decref(set);
}

/* It stands in addresses of webhooks and in names of connections. */
static enum err_code environment_name(const char *name, struct err *e)
{
    static const char letters[] =
        "-_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t size = strlen(name);

    if (size == 0 || size > LIMIT_ID || strspn(name, letters) != size ||
        strchr("-_.", name[0]) != NULL)
        return err_set(e, ERR_INVALID,
                       "an environment is named by up to %u letters (a to z), digits, \"-\", \"_\""
                       " and \".\", the first one a letter or digit",
                       (unsigned)LIMIT_ID);
    return ERR_OK;
}

static void environment_put(struct ask *ask)
{
    const char *name = ask->path[0];
    struct object_change change = { .kind = ENVIRONMENT_KIND,
                                    .workspace = ask->who->workspace,
                                    .id = name,
                                    .from = OBJECT_ANY,
                                    .by = ask->who->name,
                                    .what = "environment.change",
                                    .told = true };
    struct ask_later *later;
    struct object kept = { .body = NULL };
    json_t *body = json_object();
    uint64_t revision;
    struct err e;

    if (object_read(ask_objects(ask), ENVIRONMENT_KIND, ask->who->workspace, name, &kept, &e) !=
            ERR_OK &&
        environment_name(name, &e) != ERR_OK) {
        json_decref(body);
        ask_refuse(ask, &e);
        return;
    }
    if (kept.body != NULL)
        json_object_update(body, kept.body);
    object_fini(&kept);
    json_object_update(body, ask->body);
    change.body = body;
    later = ask_later(ask);
    if (ask_if_match_given(ask, &change.from, &e) != ERR_OK ||
        object_change(ask_objects(ask), &change, &revision, later_told, later, &e) != ERR_OK)
        later_refuse(later, &e);
    else
        later_will(later, 200, environment_json(name, body, revision), revision);
    json_decref(body);
}

/* ---- One that is not needed any more */

static enum store_look_word run_found(void *arg, const struct store_run *run)
{
    bool *found = arg;

    (void)run;
    *found = true;
    return LOOK_TAKE;
}

/* Whether a run there has not come to its end: it would find other settings on its way. */
static bool environment_runs(struct ask *ask, const char *environment, struct err *e)
{
    struct store_look look = { .workspace = ask->who->workspace,
                               .environment = environment,
                               .statuses = STORE_LOOK_STATUS(RUN_ACTIVE) |
                                           STORE_LOOK_STATUS(RUN_WAITING) |
                                           STORE_LOOK_STATUS(RUN_IN_DOUBT),
                               .bare = true,
                               .limit = 1 };
    struct store_look_end end;
    bool found = false;

    return store_look(ask_store(ask), &look, run_found, &found, &end, e) != ERR_OK || found;
}

/* A flow that works there, or a deployment that waits for approval there, by name; NULL: none. */
static char *environment_flow(struct ask *ask, const char *environment, const char **how,
                              struct err *e)
{
    json_t *places = engine_flow_places(ask_engine(ask), ask->who->workspace, NULL),
           *rows = deploy__rows(ask, NULL, e), *one;
    char *found = NULL;
    size_t i;

    json_array_foreach(rows, i, one)
    {
        if (found == NULL && strcmp(json_get_text(one, "environment"), environment) == 0 &&
            strcmp(json_get_text(one, "state"), "asked") == 0) {
            found = mem_must_copy(json_get_text(one, "flow"));
            *how = "waits for approval there: decide on it first";
        }
    }
    json_array_foreach(places, i, one)
    {
        if (found == NULL && strcmp(json_get_text(one, "environment"), environment) == 0) {
            found = mem_must_copy(json_get_text(one, "flow"));
            *how = "works there: take it out first";
        }
    }
    json_decref(rows);
    json_decref(places);
    return found;
}

static enum err_code environment_removable(struct ask *ask, const char *environment, struct err *e)
{
    const char *how = "";
    json_t *kept;
    char *flow;

    if (environment_known(environment) != NULL)
        return err_set(e, ERR_CONFLICT,
                       "%s is always there: it can have another title, and is not removed",
                       environment);
    kept = environment__read(ask, environment, e);
    if (kept == NULL)
        return e->code;
    json_decref(kept);
    e->code = ERR_OK;
    flow = environment_flow(ask, environment, &how, e);
    if (flow != NULL)
        err_set(e, ERR_CONFLICT, "flow %.100s %s", flow, how);
    else if (e->code == ERR_OK && environment_runs(ask, environment, e) && e->code == ERR_OK)
        err_set(e, ERR_CONFLICT, "a run there has not come to its end yet");
    mem_free(flow);
    return e->code;
}

static void environment_delete(struct ask *ask)
{
    struct object_change change = { .kind = ENVIRONMENT_KIND,
                                    .workspace = ask->who->workspace,
                                    .id = ask->path[0],
                                    .from = OBJECT_ANY,
                                    .by = ask->who->name,
                                    .what = "environment.remove",
                                    .told = true };
    struct ask_later *later;
    struct err e;

    if (environment_removable(ask, ask->path[0], &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    later = ask_later(ask);
    if (ask_if_match_given(ask, &change.from, &e) != ERR_OK ||
        object_change(ask_objects(ask), &change, NULL, later_told, later, &e) != ERR_OK)
        later_refuse(later, &e);
    else
        later_will(later, 204, NULL, 0);
}

/* ---- A flow there */

static struct flow_deploy place_of(const struct ask *ask)
{
    return (struct flow_deploy){ .workspace = ask->who->workspace,
                                 .slug = ask->path[0],
                                 .environment = ask->path[1],
                                 .by = ask->who->name };
}

/* As listFlows shows it. */
static json_t *place_shown(struct ask *ask)
{
    json_t *places = engine_flow_places(ask_engine(ask), ask->who->workspace, ask->path[0]), *place,
           *found = NULL;
    size_t i;

    json_array_foreach(places, i, place)
    {
        if (strcmp(json_get_text(place, "environment"), ask->path[1]) == 0)
            found = json_incref(place);
    }
    json_decref(places);
    check(found != NULL);
    return found;
}

static void place_pause(struct ask *ask, bool paused)
{
    const struct flow_deploy place = place_of(ask);
    struct ask_later *later = ask_later(ask);
    struct err e;

    if (engine_flow_pause(ask_engine(ask), &place, paused, later_told, later, &e) == ERR_OK)
        later_will(later, 200, place_shown(ask), 0);
    else
        later_refuse(later, &e);
}

static void flow_pause(struct ask *ask)
{
    place_pause(ask, true);
}

static void flow_resume(struct ask *ask)
{
    place_pause(ask, false);
}

static void flow_undeploy(struct ask *ask)
{
    const struct flow_deploy place = place_of(ask);
    struct ask_later *later = ask_later(ask);
    struct err e;

    later_will(later, 204, NULL, 0);
    if (engine_flow_undeploy(ask_engine(ask), &place, later_told, later, &e) != ERR_OK)
        later_refuse(later, &e);
}

const struct ask_bind environment_binds[] = {
    { "listEnvironments", environment_list },
    { "putEnvironment", environment_put },
    { "deleteEnvironment", environment_delete },
    { "pauseFlow", flow_pause },
    { "resumeFlow", flow_resume },
    { "undeployFlow", flow_undeploy },
    { NULL, NULL },
};
