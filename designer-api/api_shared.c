/* api_shared.c - connections of the workspace, which flows name by {"connector", "use": NAME}: made
 * and changed by people, with something else for each environment. Their secrets are names of the
 * vault, and nothing of them reads the machine. */
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/draft.h"
#include "engine/flows.h"

#define SHARED_KIND "connection"

/* ---- Showing */

static json_t *shared_json(struct ask *ask, const struct object *object)
{
    json_t *json = json_copy(object->body);

    check(json != NULL);
    json_object_set_new(json, "connection", json_string(object->id));
    json_object_set_new(json, "revision", json_integer((json_int_t)object->revision));
    json_object_set_new(json, "by", json_string(object->by));
    json_object_set_new(json, "at", draft_moment(object->changed_ms));
    json_object_set_new(json, "used_by",
                        engine_connection_uses(ask_engine(ask), ask->who->workspace, object->id));
    return json;
}

struct shared_list {
    struct ask *ask;
    json_t *items;
};

static bool shared_take(void *arg, const struct object *object)
{
    struct shared_list *list = arg;

    json_array_append_new(list->items, shared_json(list->ask, object));
    return true;
}

static void shared_list(struct ask *ask)
{
    struct shared_list list = { ask, json_array() };
    struct err e;

    if (object_list(ask_objects(ask), SHARED_KIND, ask->who->workspace, NULL, NULL, 0, shared_take,
                    &list, &e) == ERR_OK) {
        draft_page(ask, list.items, "connection");
        return;
    }
    json_decref(list.items);
    ask_refuse(ask, &e);
}

static void shared_get(struct ask *ask)
{
    struct object kept;
    struct err e;

    if (object_read(ask_objects(ask), SHARED_KIND, ask->who->workspace, ask->path[0], &kept, &e) !=
        ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    ask_give_revision(ask, 200, shared_json(ask, &kept), kept.revision);
    object_fini(&kept);
}

/* ---- What it would be in a flow */

/* A flow that has the connection of every environment, for the checks of connections.json. */
static json_t *shared_bundle(const json_t *body)
{
    json_t *connections = json_object(), *one, *own;
    const char *environment;

    json_object_foreach(json_object_get(body, "environments"), environment, one)
    {
        own = json_copy(one);
        json_object_set(own, "connector", json_object_get(body, "connector"));
        json_object_set_new(connections, environment, own);
    }
    return json_pack("{s:{s:i, s:s, s:[{s:s, s:s}], s:[]}, s:{s:i, s:o}}", "flow", "weft", 1,
                     "name", "connection", "nodes", "id", "begin", "type", "trigger.manual",
                     "edges", "connections", "weft", 1, "connections", connections);
}

/* false: refused */
static bool shared_check(struct ask *ask, const json_t *body)
{
    json_t *bundle = shared_bundle(body);
    struct version *compiled = NULL;
    struct faults faults;
    struct err e;

    check(bundle != NULL);
    faults_init(&faults);
    if (draft_connections(bundle, NULL, &e) == ERR_OK) {
        compiled = engine_compile(ask_engine(ask), bundle, "connection", &faults);
        if (compiled == NULL)
            err_set(&e, ERR_INVALID, "the connection has faults");
    }
    if (compiled == NULL) {
        faults_sort(&faults);
        ask_refuse_faults(ask, &e, draft_faults(&faults, NULL));
    }
    faults_fini(&faults);
    json_decref(bundle);
    if (compiled != NULL)
        compiled_free(ask_engine(ask), compiled);
    return compiled != NULL;
}

/* ---- Changing */

struct shared_change {
    struct ask_later *later;
    struct engine *engine;
    char *workspace, *name;
    json_t *shown;
    uint64_t revision;
};

/* It is kept: the flows that use it do so as it is now. */
static void shared_told(void *arg, const struct err *e)
{
    struct shared_change *change = arg;
    json_t *refused = json_array();

    if (e->code == ERR_OK) {
        engine_connection_changed(change->engine, change->workspace, change->name, refused);
        json_object_set(change->shown, "refused", refused);
        later_give_revision(change->later, 200, change->shown, change->revision);
    } else {
        json_decref(change->shown);
        later_refuse(change->later, e);
    }
    json_decref(refused);
    mem_free(change->workspace);
    mem_free(change->name);
    mem_free(change);
}

/* The revision that it is changed from; a new one needs no If-Match. false: refused. */
static bool shared_from(struct ask *ask, uint64_t *from)
{
    struct object kept;
    struct err e;

    *from = 0;
    if (object_read(ask_objects(ask), SHARED_KIND, ask->who->workspace, ask->path[0], &kept, &e) !=
        ERR_OK)
        return true;
    object_fini(&kept);
    if (ask_if_match(ask, from, &e) == ERR_OK)
        return true;
    ask_refuse(ask, &e);
    return false;
}

static void shared_put(struct ask *ask)
{
    struct object_change change = { .kind = SHARED_KIND,
                                    .workspace = ask->who->workspace,
                                    .id = ask->path[0],
                                    .body = ask->body,
                                    .by = ask->who->name,
                                    .what = "connection.change",
                                    .told = true };
    struct object shown = { .body = ask->body };
    struct shared_change *told;
    struct clock *clock = ask_clock(ask);
    struct err e;

    if (!shared_check(ask, ask->body) || !shared_from(ask, &change.from))
        return;
    told = mem_must(sizeof *told);
    *told = (struct shared_change){ .later = ask_later(ask),
                                    .engine = ask_engine(ask),
                                    .workspace = mem_must_copy(ask->who->workspace),
                                    .name = mem_must_copy(ask->path[0]) };
    snprintf(shown.id, sizeof shown.id, "%s", ask->path[0]);
    snprintf(shown.by, sizeof shown.by, "%s", ask->who->name);
    shown.changed_ms = clock->wall_ms(clock);
    shown.revision = change.from + 1;
    told->shown = shared_json(ask, &shown);
    if (object_change(ask_objects(ask), &change, &told->revision, shared_told, told, &e) != ERR_OK)
        shared_told(told, &e);
}

static void shared_delete(struct ask *ask)
{
    struct object_change change = { .kind = SHARED_KIND,
                                    .workspace = ask->who->workspace,
                                    .id = ask->path[0],
                                    .by = ask->who->name,
                                    .what = "connection.delete",
                                    .told = true };
    json_t *uses = engine_connection_uses(ask_engine(ask), ask->who->workspace, ask->path[0]);
    struct ask_later *later;
    struct err e;

    if (json_array_size(uses) > 0) {
        err_set(&e, ERR_CONFLICT, "%.200s uses it", json_text(json_array_get(uses, 0)));
        ask_refuse_with(ask, &e, json_pack("{s:O}", "used_by", uses));
    } else if (ask_if_match(ask, &change.from, &e) != ERR_OK) {
        ask_refuse(ask, &e);
    } else {
        later = ask_later(ask);
        later_will(later, 204, NULL, 0);
        if (object_change(ask_objects(ask), &change, NULL, later_told, later, &e) != ERR_OK)
            later_refuse(later, &e);
    }
    json_decref(uses);
}

const struct ask_bind shared_binds[] = {
    { "listSharedConnections", shared_list },
    { "getSharedConnection", shared_get },
    { "putSharedConnection", shared_put },
    { "deleteSharedConnection", shared_delete },
    { NULL, NULL },
};
