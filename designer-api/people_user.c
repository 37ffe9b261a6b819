/* people_user.c - people, their roles, and the workspaces they have them in.
 *
 * Whoever manages people does so in a workspace; who manages the workspace "main" manages all. A
 * person with roles in several workspaces can be changed as a whole (disabled, reset, removed) only
 * by who manages all of those: nobody gets into another workspace by resetting its people. */
#include "designer-api/people_act_priv.h"

#include <string.h>

#include "engine/audit.h"

/* ---- Who manages whom */

bool people__manages(const struct people *people, const struct who *who, const char *workspace)
{
    const struct person *person = person_find(people, who->user);
    uint64_t bit = PERMISSION_BIT(MAY_USERS_MANAGE);

    if (who->kind == WHO_LOCAL)
        return true;
    if (strcmp(who->workspace, workspace) == 0 || strcmp(who->workspace, PEOPLE_MAIN) == 0)
        return who_may(who, MAY_USERS_MANAGE);
    if (who->kind != WHO_SESSION || person == NULL || who->permissions == 0)
        return false;
    return ((role_permissions(person_role(person, workspace)) |
             role_permissions(person_role(person, PEOPLE_MAIN))) &
            bit) != 0;
}

bool people__manages_person(const struct people *people, const struct who *who,
                            const struct person *person)
{
    json_t *roles = json_object_get(person->body, "roles");
    const char *workspace;
    json_t *role;

    if (json_object_size(roles) == 0)
        return people__manages(people, who, PEOPLE_MAIN);
    json_object_foreach(roles, workspace, role)
    {
        if (!people__manages(people, who, workspace))
            return false;
    }
    return true;
}

static bool user_is_seen(const struct people *people, const struct who *who,
                         const struct person *person)
{
    return who->kind == WHO_LOCAL || person_role(person, who->workspace) != ROLE_NONE ||
           people__manages(people, who, PEOPLE_MAIN);
}

static struct person *user_of(struct ask *ask, struct err *e)
{
    struct people *people = ask_people(ask);
    struct person *person = person_find(people, ask->path[0]);

    if (person == NULL)
        person = person_named(people, ask->path[0]); /* as commands have it */
    if (person != NULL && user_is_seen(people, ask->who, person))
        return person;
    err_set(e, ERR_NOT_FOUND, "there is nobody \"%.80s\" in the workspace %s", ask->path[0],
            ask->who->workspace);
    return NULL;
}

/* May be changed as a whole, by somebody who has just proved who they are. */
static struct person *user_for_change(struct ask *ask, struct err *e)
{
    struct person *person = user_of(ask, e);

    if (person == NULL || people_proved(ask, e) != ERR_OK)
        return NULL;
    if (people__manages_person(ask_people(ask), ask->who, person))
        return person;
    err_set(e, ERR_FORBIDDEN,
            "%s has roles in workspaces that you do not manage: only the roles here can be changed",
            person->name);
    return NULL;
}

/* ---- Reading */

static int by_name(const void *a, const void *b)
{
    const struct person *const *one = a, *const *other = b;

    return strcmp((*one)->name, (*other)->name);
}

void people__users(struct ask *ask)
{
    struct people *people = ask_people(ask);
    int64_t limit = ask_number(ask, "limit", 50);
    size_t count = 0, shown = 0, total = dict_count(people->by_id);
    const struct person **all = mem_must((total + 1) * sizeof *all);
    char after[LIMIT_PATH] = "", last[WHO_NAME] = "";
    json_t *items = json_array();
    bool more = false, given;
    struct err e;

    if (ask_cursor(ask, after, &given, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        goto out;
    }
    for (const struct person *one = people->persons; one != NULL; one = one->next)
        if (user_is_seen(people, ask->who, one))
            all[count++] = one;
    qsort(all, count, sizeof *all, by_name);
    for (size_t i = 0; i < count && !more; i++) {
        if (strcmp(all[i]->name, after) <= 0)
            continue;
        more = (int64_t)shown == limit;
        if (more)
            continue;
        json_array_append_new(items, user_view(people, ask->who, all[i]));
        snprintf(last, sizeof last, "%s", all[i]->name);
        shown++;
    }
    ask_page(ask, json_incref(items), more ? last : NULL, (int64_t)count);
out:
    json_decref(items);
    mem_free(all);
}

void people__user(struct ask *ask)
{
    struct err e;
    const struct person *person = user_of(ask, &e);

    if (person == NULL)
        ask_refuse(ask, &e);
    else
        ask_give_revision(ask, 200, user_view(ask_people(ask), ask->who, person), person->revision);
}

/* ---- Making and changing */

static void user_kept(void *arg, const struct err *e)
{
    struct act *act = arg;
    struct people *people = act->people;
    const struct person *person = person_find(people, act->user);
    json_t *view;

    if (e->code != ERR_OK || person == NULL) {
        act_refuse(act, e);
        return;
    }
    view = user_view(people, &act->who, person);
    if (act->answer != NULL) {
        view = json_pack("{s:o, s:o}", "user", view, "invitation", act->answer);
        act->answer = NULL;
    } else {
        act->revision = person->revision;
    }
    if (act->factor) /* its sessions end: roles, password or second factor have changed */
        people__end_all(people, act->user, NULL);
    act_give(act, act->status, view);
}

/* Each role of the document in a workspace that there is, and that `who` manages. */
static enum err_code roles_check(const struct ask *ask, json_t *roles, const struct person *before,
                                 struct err *e)
{
    const struct people *people = ask_people(ask);
    const char *workspace;
    enum role role;
    json_t *name;

    json_object_foreach(roles, workspace, name)
    {
        const char *had = before != NULL
                              ? json_get_text(json_object_get(before->body, "roles"), workspace)
                              : NULL;

        if (json_is_null(name) ? had == NULL
                               : had != NULL && strcmp(had, json_string_value(name)) == 0)
            continue; /* as it was */
        if (!json_is_null(name) && !role_find(json_string_value(name), &role))
            return err_set(e, ERR_INVALID, "/roles/%.64s: there is no role \"%.40s\"", workspace,
                           json_string_value(name));
        if (!people__workspace_is(people, workspace))
            return err_set(e, ERR_INVALID, "/roles: there is no workspace \"%.64s\"", workspace);
        if (!people__manages(people, ask->who, workspace))
            return err_set(e, ERR_FORBIDDEN, "you do not manage the people of the workspace %.64s",
                           workspace);
    }
    return ERR_OK;
}

static enum err_code make_check(const struct ask *ask, char name[WHO_NAME], struct err *e)
{
    const struct people *people = ask_people(ask);

    if (people_proved(ask, e) != ERR_OK)
        return e->code;
    if (!person_name(json_get_text(ask->body, "name"), name))
        return err_set(e, ERR_INVALID,
                       "/name: 2 to 64 letters (a to z), digits or . _ - + @, beginning with a "
                       "letter or digit");
    if (person_named(people, name) != NULL)
        return err_set(e, ERR_CONFLICT, "there is somebody of the name %s", name);
    if (dict_count(people->by_id) >= PEOPLE_MOST)
        return err_set(e, ERR_LIMIT, "there are %u people, and that is the most", PEOPLE_MOST);
    if (json_object_size(json_object_get(ask->body, "roles")) == 0)
        return err_set(e, ERR_INVALID, "/roles: a role in one workspace at least");
    return roles_check(ask, json_object_get(ask->body, "roles"), NULL, e);
}

static void text_take(json_t *body, const json_t *from, const char *member)
{
    if (json_get_text(from, member) != NULL)
        json_object_set_new(body, member, json_string(json_get_text(from, member)));
}

void people__user_make(struct ask *ask)
{
    struct people *people = ask_people(ask);
    struct commit_item items[] = { { .kind = "user", .what = "user.make", .told = true },
                                   { .kind = "credential" } };
    char name[WHO_NAME];
    struct act *act;
    struct err e;

    if (make_check(ask, name, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    act = act_new(ask);
    act->status = 201;
    people__id(people, 'u', act->user);
    items[0].id = items[1].id = act->user;
    items[0].body =
        json_pack("{s:s, s:O}", "name", name, "roles", json_object_get(ask->body, "roles"));
    text_take(items[0].body, ask->body, "title");
    text_take(items[0].body, ask->body, "email");
    items[1].body = json_object();
    act->answer = people__invite(people, items[1].body, ask->who->name);
    people__commit(people, ask->who->name, items, 2, user_kept, act);
}

/* The roles as they become: null takes one away. */
static void roles_take(json_t *body, json_t *changes)
{
    json_t *roles = json_deep_copy(json_object_get(body, "roles")), *role;
    const char *workspace;

    json_object_foreach(changes, workspace, role)
    {
        if (json_is_null(role))
            json_object_del(roles, workspace);
        else
            json_object_set(roles, workspace, role);
    }
    json_object_set_new(body, "roles", roles);
}

static enum err_code last_check(const struct people *people, const struct person *person,
                                const json_t *body, struct err *e)
{
    const char *role = json_get_text(json_object_get(body, "roles"), PEOPLE_MAIN);

    if (person_role(person, PEOPLE_MAIN) != ROLE_ADMIN || person_disabled(person) ||
        people__has_admin(people, person->id) ||
        (role != NULL && strcmp(role, "admin") == 0 &&
         !json_is_true(json_object_get(body, "disabled"))))
        return ERR_OK;
    return err_set(e, ERR_CONFLICT,
                   "%s is the last administrator of the workspace main: make another one first",
                   person->name);
}

static bool change_is_whole(const json_t *body)
{
    return json_object_get(body, "disabled") != NULL || json_object_get(body, "title") != NULL ||
           json_object_get(body, "email") != NULL;
}

static enum err_code change_check(struct ask *ask, const struct person *person, json_t *body,
                                  struct err *e)
{
    const struct people *people = ask_people(ask);
    json_t *roles = json_object_get(ask->body, "roles"),
           *disabled = json_object_get(ask->body, "disabled");

    if (people_proved(ask, e) != ERR_OK || roles_check(ask, roles, person, e) != ERR_OK)
        return e->code;
    if (change_is_whole(ask->body) && user_for_change(ask, e) == NULL)
        return e->code;
    if (json_is_true(disabled) && strcmp(ask->who->user, person->id) == 0)
        return err_set(e, ERR_CONFLICT, "nobody disables themselves: ask another administrator");
    text_take(body, ask->body, "title");
    text_take(body, ask->body, "email");
    roles_take(body, roles);
    if (disabled != NULL)
        json_object_set_new(body, "disabled", json_boolean(json_is_true(disabled)));
    return last_check(people, person, body, e);
}

void people__user_change(struct ask *ask)
{
    struct people *people = ask_people(ask);
    struct err e;
    const struct person *person = user_of(ask, &e);
    struct commit_item item = { .kind = "user", .what = "user.change", .told = true };
    struct act *act;
    bool ends;

    if (person == NULL || ask_if_match(ask, &item.from, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    item.body = json_deep_copy(person->body);
    if (change_check(ask, person, item.body, &e) != ERR_OK) {
        json_decref(item.body);
        ask_refuse(ask, &e);
        return;
    }
    ends = strcmp(ask->who->user, person->id) != 0 &&
           (json_object_get(ask->body, "roles") != NULL ||
            json_is_true(json_object_get(ask->body, "disabled")));
    if (ends)
        json_object_set_new(item.body, "since_ms", json_integer(people__now(people)));
    if (json_object_get(ask->body, "disabled") != NULL)
        item.what =
            json_is_true(json_object_get(ask->body, "disabled")) ? "user.disable" : "user.enable";
    item.detail = json_pack("{s:s}", "name", person->name);
    item.id = person->id;
    act = act_new(ask);
    act->factor = ends;
    snprintf(act->user, sizeof act->user, "%s", person->id);
    people__commit(people, ask->who->name, &item, 1, user_kept, act);
}

/* ---- Resetting and removing */

void people__user_reset(struct ask *ask)
{
    struct people *people = ask_people(ask);
    bool factor = json_is_true(json_object_get(ask->body, "second_factor"));
    struct err e;
    const struct person *person = user_for_change(ask, &e);
    struct commit_item item = { .kind = "credential", .what = "user.reset" };
    struct act *act;

    if (person == NULL) {
        ask_refuse(ask, &e);
        return;
    }
    act = act_new(ask);
    snprintf(act->user, sizeof act->user, "%s", person->id);
    act->factor = true;
    item.id = person->id;
    item.from = person->credential_revision;
    item.body = person->credential != NULL ? json_deep_copy(person->credential) : json_object();
    people__set_password(people, item.body, NULL);
    if (factor)
        json_object_del(item.body, "factor");
    act->answer = people__invite(people, item.body, ask->who->name);
    item.detail = json_pack("{s:s, s:b}", "name", person->name, "second_factor", factor);
    people__commit(people, ask->who->name, &item, 1, user_kept, act);
}

static void user_gone(void *arg, const struct err *e)
{
    struct act *act = arg;
    struct people *people = act->people;

    if (e->code != ERR_OK) {
        act_refuse(act, e);
        return;
    }
    for (const struct token *token = people->tokens; token != NULL; token = token->next) {
        struct commit_item item = { .kind = "token", .id = token->id, .from = OBJECT_ANY };

        if (strcmp(token->user, act->user) == 0)
            people__commit(people, AUDIT_SYSTEM, &item, 1, NULL, NULL);
    }
    act_give(act, 204, NULL);
}

void people__user_remove(struct ask *ask)
{
    struct people *people = ask_people(ask);
    struct err e = { .code = ERR_OK };
    const struct person *person = user_for_change(ask, &e);
    struct commit_item items[] = { { .kind = "user", .what = "user.remove", .told = true },
                                   { .kind = "credential", .from = OBJECT_ANY } };
    json_t *none = json_object();
    struct act *act;

    if (person != NULL && ask_if_match(ask, &items[0].from, &e) == ERR_OK &&
        last_check(people, person, none, &e) == ERR_OK && strcmp(ask->who->user, person->id) == 0)
        err_set(&e, ERR_CONFLICT, "nobody removes themselves: ask another administrator");
    json_decref(none);
    if (e.code != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    act = act_new(ask);
    snprintf(act->user, sizeof act->user, "%s", person->id);
    items[0].id = items[1].id = act->user;
    items[0].detail = json_pack("{s:s}", "name", person->name);
    people__commit(people, ask->who->name, items, 2, user_gone, act);
}
