/* group.c - see group.h. */
#include "designer-api/group.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "designer-api/people_book_priv.h"

#define GROUP_DEPTH 20u /* levels of bodies that are looked into */

/* "anna", of "anna/nightly" too: a token is its owner. */
static size_t group_name_size(const char *name)
{
    return strcspn(name, "/");
}

static bool group_of(struct objects *objects, const char *workspace, const char *name,
                     struct object *group)
{
    struct err e;

    return object_read(objects, GROUP_KIND, workspace, name, group, &e) == ERR_OK;
}

bool group_has(const struct ask *ask, const char *name)
{
    size_t size = group_name_size(ask->who->name);
    struct object group;
    bool found = false;
    enum role role;
    json_t *one;
    size_t i;

    if (ask->who->kind == WHO_LOCAL || ask->who->role == ROLE_ADMIN)
        return true;
    if (role_find(name, &role))
        return ask->who->role == role;
    if (!group_of(ask_objects(ask), ask->who->workspace, name, &group))
        return false;
    json_array_foreach(json_object_get(group.body, "members"), i, one)
    {
        const char *member = json_text(one);

        found = found || (member != NULL && strlen(member) == size &&
                          strncmp(member, ask->who->name, size) == 0);
    }
    object_fini(&group);
    return found;
}

bool group_approves(const struct ask *ask, const char *name)
{
    enum role role;

    return role_find(name, &role) && who_may(ask->who, MAY_EXCEPTIONS_APPROVE);
}

/* ---- What a flow names */

static void group_walk(const json_t *level, const char *pointer, unsigned depth,
                       group_review_fn *visit, void *arg)
{
    json_t *node, *config;
    size_t i;

    json_array_foreach(json_object_get(level, "nodes"), i, node)
    {
        const char *type = json_get_text(node, "type");
        char place[500], body[520];

        config = json_object_get(node, "config");
        snprintf(place, sizeof place, "%.400s/nodes/%zu/config", pointer, i);
        if (type != NULL && strcmp(type, "branch.review") == 0)
            visit(arg, place, config);
        snprintf(body, sizeof body, "%s/body", place);
        if (depth > 0)
            group_walk(json_object_get(config, "body"), body, depth - 1, visit, arg);
    }
}

void group_reviews(const json_t *flow, group_review_fn *visit, void *arg)
{
    group_walk(flow, "", GROUP_DEPTH, visit, arg);
}

struct group_visit {
    group_visit_fn *visit;
    void *arg;
};

static void group_visit_names(void *arg, const char *pointer, const json_t *config)
{
    static const char *const members[] = { "role", "escalate" };
    const struct group_visit *visit = arg;
    char place[520];

    for (size_t i = 0; i < 2; i++) {
        const char *name = json_get_text(config, members[i]);

        snprintf(place, sizeof place, "%s/%s", pointer, members[i]);
        if (name != NULL && *name != '\0')
            visit->visit(visit->arg, place, name);
    }
}

void group_each(const json_t *flow, group_visit_fn *visit, void *arg)
{
    group_reviews(flow, group_visit_names, &(struct group_visit){ visit, arg });
}

bool group_is(struct objects *objects, const char *workspace, const char *name)
{
    struct object group;
    enum role role;

    if (role_find(name, &role))
        return true;
    if (!group_of(objects, workspace, name, &group))
        return false;
    object_fini(&group);
    return true;
}

#define GROUP_DECIDES  PERMISSION_BIT(MAY_EXCEPTIONS_DECIDE)
#define GROUP_APPROVES PERMISSION_BIT(MAY_EXCEPTIONS_APPROVE)

/* any: PERMISSION_BIT()s, of which one is enough. */
static bool group_may(const struct ask *ask, const struct person *person, uint64_t any)
{
    return !person_disabled(person) &&
           (role_permissions(person_role(person, ask->who->workspace)) & any) != 0;
}

/* Of the members of a group how many may do any of it. */
static size_t group_able(const struct ask *ask, const json_t *members, uint64_t any)
{
    const struct people *people = ask_people(ask);
    size_t count = 0, i;
    json_t *one;

    json_array_foreach(members, i, one)
    {
        const struct person *person =
            people != NULL && json_is_text(one) ? person_named(people, json_text(one)) : NULL;

        count += person != NULL && group_may(ask, person, any) ? 1 : 0;
    }
    return count;
}

/* Also who decides first where two must agree: who only approves does not begin. */
bool group_count(const struct ask *ask, const char *name, size_t *members, size_t *deciders)
{
    struct object group;

    *members = *deciders = 0;
    if (!group_of(ask_objects(ask), ask->who->workspace, name, &group))
        return false;
    *members = json_array_size(json_object_get(group.body, "members"));
    *deciders = group_able(ask, json_object_get(group.body, "members"), GROUP_DECIDES);
    object_fini(&group);
    return true;
}

/* Nobody has two roles, so a role's second need not have it (group_approves). */
bool group_has_two(const struct ask *ask, const char *name)
{
    const struct people *people = ask_people(ask);
    size_t approve = 0, either = 0;
    struct object group;
    enum role role;

    if (name != NULL && !role_find(name, &role)) {
        if (!group_of(ask_objects(ask), ask->who->workspace, name, &group))
            return false;
        approve = group_able(ask, json_object_get(group.body, "members"), GROUP_APPROVES);
        either =
            group_able(ask, json_object_get(group.body, "members"), GROUP_DECIDES | GROUP_APPROVES);
        object_fini(&group);
        return approve > 0 && either > 1;
    }
    for (const struct person *one = people != NULL ? people->persons : NULL; one != NULL;
         one = one->next) {
        approve += group_may(ask, one, GROUP_APPROVES) ? 1 : 0;
        either += group_may(ask, one, GROUP_DECIDES | GROUP_APPROVES) ? 1 : 0;
    }
    return approve > 0 && either > 1;
}

static bool group_known(const struct ask *ask, const char *name)
{
    return group_is(ask_objects(ask), ask->who->workspace, name);
}

struct group_check {
    struct ask *ask;
    struct faults *faults;
    struct buf names; /* what there is: made when something is missing */
};

static bool group_list_name(void *arg, const struct object *object)
{
    buf_addf(arg, ", %s", object->id);
    return true;
}

static const char *group_names(struct group_check *check_)
{
    struct ask *ask = check_->ask;
    struct err e;

    if (check_->names.len > 0)
        return buf_text(&check_->names);
    for (unsigned role = ROLE_NONE + 1; role < ROLE_COUNT; role++)
        buf_addf(&check_->names, "%s%s", role > ROLE_NONE + 1 ? ", " : "",
                 role_name((enum role)role));
    (void)!object_list(ask_objects(ask), GROUP_KIND, ask->who->workspace, NULL, NULL, 50,
                       group_list_name, &check_->names, &e);
    return buf_text(&check_->names);
}

static void group_check_one(void *arg, const char *pointer, const char *name)
{
    struct group_check *check_ = arg;

    if (!group_known(check_->ask, name))
        faults_add(
            check_->faults, false, "flow.json", 1, 1, pointer,
            "there is no role or group \"%.100s\"; there are %.1500s. Who manages people makes "
            "a group (People, Groups, or PUT /groups/%.100s)",
            name, group_names(check_), name);
}

void group_faults(struct ask *ask, const json_t *bundle, struct faults *faults)
{
    struct group_check arg = { .ask = ask, .faults = faults };

    buf_init(&arg.names, 64 * KIB);
    group_each(json_object_get(bundle, "flow"), group_check_one, &arg);
    buf_fini(&arg.names);
}

/* ---- Of a template */

/* Whoever made the same one first has it; nothing else depends on it. */
static void group_made(void *arg, const struct err *e)
{
    (void)arg;
    (void)e;
}

static void group_make_one(void *arg, const char *pointer, const char *name)
{
    struct ask *ask = arg;
    json_t *body;
    struct err e;

    (void)pointer;
    if (group_known(ask, name))
        return;
    body = json_pack("{s:[]}", "members");
    check(body != NULL);
    /* who does not manage people does not let themselves in */
    if (ask->who->kind != WHO_LOCAL && who_may(ask->who, MAY_USERS_MANAGE))
        json_array_append_new(json_object_get(body, "members"),
                              json_stringn(ask->who->name, group_name_size(ask->who->name)));
    (void)!object_change(ask_objects(ask),
                         &(struct object_change){ .kind = GROUP_KIND,
                                                  .workspace = ask->who->workspace,
                                                  .id = name,
                                                  .from = 0,
                                                  .body = body,
                                                  .by = ask->who->name,
                                                  .what = "group.change",
                                                  .told = true },
                         NULL, group_made, NULL, &e);
    json_decref(body);
}

void group_make(struct ask *ask, const json_t *bundle)
{
    group_each(json_object_get(bundle, "flow"), group_make_one, ask);
}
