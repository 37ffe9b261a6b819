/* people_workspace.c - roles with what they may do, and workspaces. */
#include "designer-api/people_act_priv.h"

#include <string.h>

#include "base/mem.h"
#include "designer-api/alert.h"
#include "engine/audit.h"

#define WORKSPACES_MOST 1000u

/* ---- Roles */

void people__roles(struct ask *ask)
{
    json_t *items = json_array();

    for (unsigned role = ROLE_NONE + 1; role < ROLE_COUNT; role++)
        json_array_append_new(
            items, json_pack("{s:s, s:o}", "role", role_name((enum role)role), "permissions",
                             people__permissions(role_permissions((enum role)role))));
    ask_page(ask, items, NULL, (int64_t)json_array_size(items));
}

/* ---- Workspaces: "main" is there without an object */

bool people__workspace_is(const struct people *people, const char *workspace)
{
    struct object object = { .body = NULL };
    struct err e;
    bool is =
        strcmp(workspace, PEOPLE_MAIN) == 0 ||
        object_read(people->options.objects, "workspace", "", workspace, &object, &e) == ERR_OK;

    object_fini(&object);
    return is;
}

struct listing {
    const struct ask *ask;
    json_t *items;
    size_t total; /* of all */
    bool main;
};

static bool listing_sees(const struct listing *list, const char *workspace)
{
    const struct people *people = ask_people(list->ask);
    const struct who *who = list->ask->who;
    const struct person *person = person_find(people, who->user);

    if (who->kind == WHO_TOKEN)
        return strcmp(workspace, who->workspace) == 0;
    return people__manages(people, who, PEOPLE_MAIN) ||
           (person != NULL && person_role(person, workspace) != ROLE_NONE);
}

static void listing_add(struct listing *list, const char *workspace)
{
    const struct people *people = ask_people(list->ask);
    const struct person *person = person_find(people, list->ask->who->user);
    json_t *view = people__workspace_view(people, workspace);

    json_object_set_new(view, "role",
                        person != NULL && person_role(person, workspace) != ROLE_NONE
                            ? json_string(role_name(person_role(person, workspace)))
                            : json_null());
    json_array_append_new(list->items, view);
}

static bool listing_visit(void *arg, const struct object *object)
{
    struct listing *list = arg;

    list->total++;
    list->main = list->main || strcmp(object->id, PEOPLE_MAIN) == 0;
    if (listing_sees(list, object->id))
        listing_add(list, object->id);
    return true;
}

void people__workspaces(struct ask *ask)
{
    struct listing list = { .ask = ask, .items = json_array() };
    struct err e;

    if (object_list(ask_objects(ask), "workspace", "", NULL, NULL, 0, listing_visit, &list, &e) !=
        ERR_OK) {
        json_decref(list.items);
        ask_refuse(ask, &e);
        return;
    }
    if (!list.main && listing_sees(&list, PEOPLE_MAIN))
        listing_add(&list, PEOPLE_MAIN);
    ask_page(ask, list.items, NULL, (int64_t)json_array_size(list.items));
}

static bool count_visit(void *arg, const struct object *object)
{
    (void)object;
    (*(unsigned *)arg)++;
    return true;
}

/* As a piece of a webhook's path and of keys: letters in lower case, digits, "-" and "_". */
static bool workspace_name(const char *id)
{
    size_t size = strlen(id);

    return size >= 2 && size <= 40 && id[0] >= 'a' && id[0] <= 'z' &&
           strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-_") == size;
}

struct made {
    struct ask_later *later;
    char workspace[LIMIT_ID];
};

static void workspace_told(void *arg, const struct err *e)
{
    struct made *made = arg;
    struct alerts *alerts = later_alerts(made->later);

    if (e->code == ERR_OK && alerts != NULL)
        alerts_begin(alerts, made->workspace);
    later_told(made->later, e);
    mem_free(made);
}

void people__workspace_make(struct ask *ask)
{
    const char *id = json_get_text(ask->body, "workspace"),
               *title = json_get_text(ask->body, "title");
    struct people *people = ask_people(ask);
    struct made *made;
    struct object_change change = { .kind = "workspace",
                                    .workspace = "",
                                    .id = id,
                                    .by = ask->who->name,
                                    .what = "workspace.make",
                                    .told = true };
    unsigned count = 0;
    struct err e = { .code = ERR_OK };

    if (!people__manages(people, ask->who, PEOPLE_MAIN))
        err_set(&e, ERR_FORBIDDEN, "workspaces are made by who manages the workspace main");
    else if (people_proved(ask, &e) == ERR_OK && !workspace_name(id))
        err_set(&e, ERR_INVALID,
                "/workspace: 2 to 40 letters (a to z), digits, \"-\" or \"_\", beginning with a "
                "letter");
    else if (e.code == ERR_OK && strcmp(id, PEOPLE_MAIN) == 0)
        err_set(&e, ERR_CONFLICT, "there is a workspace \"main\" already");
    else if (e.code == ERR_OK &&
             object_list(ask_objects(ask), "workspace", "", NULL, NULL, 0, count_visit, &count,
                         &e) == ERR_OK &&
             count >= WORKSPACES_MOST)
        err_set(&e, ERR_LIMIT, "there are %u workspaces, and that is the most", WORKSPACES_MOST);
    if (e.code != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    change.body = json_pack("{s:s}", "title", title != NULL ? title : id);
    made = mem_must(sizeof *made);
    made->later = ask_later(ask);
    snprintf(made->workspace, sizeof made->workspace, "%s", id);
    later_will(
        made->later, 201,
        json_pack("{s:s, s:s, s:n}", "workspace", id, "title", title != NULL ? title : id, "role"),
        0);
    if (object_change(ask_objects(ask), &change, NULL, workspace_told, made, &e) != ERR_OK)
        workspace_told(made, &e);
    json_decref(change.body);
}
