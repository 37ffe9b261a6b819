/* api_group.c - groups of people who decide: shown, made, changed, removed. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/api_priv.h"
#include "designer-api/draft.h"
#include "designer-api/group.h"
#include "designer-api/object.h"
#include "designer-api/people_book_priv.h"
#include "engine/flows.h"

/* ---- Where they are used */

struct group_uses {
    json_t *groups; /* by name: the flows that name it, once each */
    const char *flow;
};

static void group_use(void *arg, const char *pointer, const char *name)
{
    struct group_uses *uses = arg;
    json_t *flows = json_object_get(uses->groups, name);

    (void)pointer;
    if (flows == NULL) {
        flows = json_object();
        json_object_set_new_nocheck(uses->groups, name, flows);
    }
    json_object_set_new_nocheck(flows, uses->flow, json_true());
}

/* By what is live, in any environment: a draft decides nothing yet. */
static json_t *group_uses(struct ask *ask)
{
    struct engine *engine = ask_engine(ask);
    const char *workspace = ask->who->workspace;
    struct group_uses uses = { .groups = json_object() };
    json_t *places = engine_flow_places(engine, workspace, NULL), *place;
    char version[DIGEST_TEXT];
    size_t i;

    json_array_foreach(places, i, place)
    {
        const json_t *bundle =
            engine_flow_live(engine, workspace, json_get_text(place, "environment"),
                             uses.flow = json_get_text(place, "flow"), version);

        group_each(json_object_get(bundle, "flow"), group_use, &uses);
    }
    json_decref(places);
    return uses.groups;
}

static json_t *group_json(const struct ask *ask, const struct object *object, const json_t *uses)
{
    json_t *json = json_copy(object->body), *can = json_array(), *flows = json_array(), *one;
    const char *flow;

    check(json != NULL && can != NULL && flows != NULL);
    json_object_foreach(json_object_get(uses, object->id), flow, one)
    {
        json_array_append_new(flows, json_string(flow));
    }
    json_object_set_new(json, "flows", flows);
    json_object_set_new(json, "group", json_string(object->id));
    json_object_set_new(json, "revision", json_integer((json_int_t)object->revision));
    json_object_set_new(json, "by", json_string(object->by));
    json_object_set_new(json, "at", draft_moment(object->changed_ms));
    if (who_may(ask->who, MAY_USERS_MANAGE)) {
        json_array_append_new(can, json_string("change"));
        json_array_append_new(can, json_string("delete"));
    }
    json_object_set_new(json, "can", can);
    return json;
}

struct group_list {
    const struct ask *ask;
    json_t *items, *uses;
};

static bool group_visit(void *arg, const struct object *object)
{
    struct group_list *list = arg;

    json_array_append_new(list->items, group_json(list->ask, object, list->uses));
    return true;
}

static void group_list(struct ask *ask)
{
    struct group_list list = { ask, json_array(), group_uses(ask) };
    struct err e;

    if (object_list(ask_objects(ask), GROUP_KIND, ask->who->workspace, NULL, NULL, GROUP_MOST,
                    group_visit, &list, &e) == ERR_OK) {
        ask_page(ask, list.items, NULL, (int64_t)json_array_size(list.items));
    } else {
        json_decref(list.items);
        ask_refuse(ask, &e);
    }
    json_decref(list.uses);
}

static void group_get(struct ask *ask)
{
    struct object kept;
    json_t *uses;
    struct err e;

    if (object_read(ask_objects(ask), GROUP_KIND, ask->who->workspace, ask->path[0], &kept, &e) !=
        ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    uses = group_uses(ask);
    ask_give_revision(ask, 200, group_json(ask, &kept, uses), kept.revision);
    json_decref(uses);
    object_fini(&kept);
}

/* ---- Changing */

/* Those of the workspace, by the names they sign in with, as these are kept: "Anna" is anna. */
static enum err_code group_check(const struct ask *ask, struct err *e)
{
    const struct people *people = ask_people(ask);
    json_t *members = json_object_get(ask->body, "members"), *one;
    enum role role;
    size_t i;

    if (role_find(ask->path[0], &role))
        return err_set(e, ERR_CONFLICT, "\"%.40s\" is a role of the program already", ask->path[0]);
    json_array_foreach(members, i, one)
    {
        const struct person *person = people != NULL ? person_named(people, json_text(one)) : NULL;

        if (person == NULL || person_role(person, ask->who->workspace) == ROLE_NONE)
            return err_set(e, ERR_INVALID, "/members/%zu: nobody of this workspace is named %.60s",
                           i, json_text(one));
        json_array_set_new(members, i, json_string(person->name));
    }
    return ERR_OK;
}

/* The revision that it is changed from; a new one needs no If-Match. */
static enum err_code group_from(const struct ask *ask, uint64_t *from, struct err *e)
{
    struct object kept;

    *from = 0;
    if (object_read(ask_objects(ask), GROUP_KIND, ask->who->workspace, ask->path[0], &kept, e) !=
        ERR_OK)
        return e->code == ERR_NOT_FOUND ? ERR_OK : e->code;
    object_fini(&kept);
    return ask_if_match(ask, from, e);
}

static void group_send(struct ask *ask, struct object_change *change, int status)
{
    struct clock *clock = ask_clock(ask);
    struct object shown = { .body = change->body };
    struct ask_later *later = ask_later(ask);
    json_t *uses;
    struct err e;

    change->kind = GROUP_KIND;
    change->workspace = ask->who->workspace;
    change->id = ask->path[0];
    change->by = ask->who->name;
    change->told = true;
    if (object_change(ask_objects(ask), change, &shown.revision, later_told, later, &e) != ERR_OK) {
        later_refuse(later, &e);
        return;
    }
    if (change->body == NULL) {
        later_will(later, status, NULL, 0);
        return;
    }
    snprintf(shown.id, sizeof shown.id, "%s", ask->path[0]);
    snprintf(shown.by, sizeof shown.by, "%s", ask->who->name);
    shown.changed_ms = clock->wall_ms(clock);
    uses = group_uses(ask);
    later_will(later, status, group_json(ask, &shown, uses), shown.revision);
    json_decref(uses);
}

static void group_put(struct ask *ask)
{
    struct object_change change = { .body = ask->body, .what = "group.change" };
    struct err e;

    if (group_check(ask, &e) != ERR_OK || group_from(ask, &change.from, &e) != ERR_OK)
        ask_refuse(ask, &e);
    else
        group_send(ask, &change, 200);
}

static void group_delete(struct ask *ask)
{
    struct object_change change = { .what = "group.delete" };
    struct err e;

    if (ask_if_match(ask, &change.from, &e) != ERR_OK)
        ask_refuse(ask, &e);
    else
        group_send(ask, &change, 204);
}

const struct ask_bind group_binds[] = {
    { "listGroups", group_list },
    { "getGroup", group_get },
    { "putGroup", group_put },
    { "deleteGroup", group_delete },
    { NULL, NULL },
};
