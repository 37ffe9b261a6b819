/* checklist_groups.c - who decides: the groups that the reviews of a flow name, and of the flows
 * that it calls. A group of nobody who may decide is a review that waits for an administrator. */
#include <string.h>

#include "base/json.h"
#include "designer-api/checklist.h"
#include "designer-api/context.h"
#include "designer-api/draft.h"
#include "designer-api/group.h"

#define CALLED_MOST 64u /* flows that are looked into */

struct groups {
    struct checklist *list;
    json_t *items;
    json_t *told;  /* groups that have their point */
    json_t *flows; /* whose reviews are looked at, in the order in which they were found */
};

static void groups_one(void *arg, const char *pointer, const char *name)
{
    struct groups *groups = arg;
    size_t members, deciders;
    char text[300];
    json_t *item;
    enum role role;
    bool there;

    (void)pointer;
    if (role_find(name, &role) || json_object_get(groups->told, name) != NULL)
        return;
    json_object_set_new(groups->told, name, json_true());
    there = group_count(groups->list->ask, name, &members, &deciders);
    if (!there)
        snprintf(text, sizeof text, "There is no group \"%.100s\", which decides a review: make it",
                 name);
    else if (deciders > 0)
        snprintf(text, sizeof text, "Who may decide in %.100s: %zu", name, deciders);
    else if (members > 0)
        snprintf(text, sizeof text, "Nobody in %.100s may decide: until then administrators do",
                 name);
    else
        snprintf(text, sizeof text, "Nobody is in %.100s: until then administrators decide", name);
    item = checklist_add(groups->items, "group", deciders > 0, text,
                         !there         ? "noGroup"
                         : deciders > 0 ? "decided"
                                        : "nobodyDecides",
                         json_pack("{s:s, s:I, s:I}", "group", name, "members", (json_int_t)members,
                                   "deciders", (json_int_t)deciders));
    checklist_about(item, "group", name);
}

/* Those that the steps call, inside of bodies too. */
static void groups_called(struct groups *groups, const json_t *nodes)
{
    const json_t *node;
    size_t i;

    json_array_foreach(nodes, i, node)
    {
        const json_t *config = json_object_get(node, "config");
        const char *type = json_get_text(node, "type"), *flow = json_get_text(config, "flow");

        if (type != NULL && strcmp(type, "branch.call") == 0 && flow != NULL)
            json_object_set_new(groups->flows, flow, json_true());
        groups_called(groups, json_object_get(json_object_get(config, "body"), "nodes"));
    }
}

static void groups_of(struct groups *groups, const json_t *flow)
{
    group_each(flow, groups_one, groups);
    if (json_object_size(groups->flows) < CALLED_MOST)
        groups_called(groups, json_object_get(flow, "nodes"));
}

/* The next flow that was not looked at yet; NULL: none. */
static const char *groups_next(struct groups *groups)
{
    const char *flow;
    json_t *waits;

    json_object_foreach(groups->flows, flow, waits)
    {
        if (json_is_true(waits))
            return flow;
    }
    return NULL;
}

void checklist_groups(struct checklist *list, json_t *items, const json_t *bundle)
{
    struct groups groups = { list, items, json_object(), json_object() };
    const char *flow;
    json_t *called;
    struct err e;

    json_object_set_new(groups.flows, list->flow, json_false());
    groups_of(&groups, json_object_get(bundle, "flow"));
    while ((flow = groups_next(&groups)) != NULL) {
        json_object_set_new(groups.flows, flow, json_false());
        called =
            draft_current(list->ask, flow, &e); /* one that is missing has a point of its own */
        groups_of(&groups, json_object_get(called, "flow"));
        json_decref(called);
    }
    json_decref(groups.told);
    json_decref(groups.flows);
}
