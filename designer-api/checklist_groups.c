/* checklist_groups.c - who decides: the groups that the reviews of a flow name, and of the flows
 * that it calls. A group of nobody who may decide is a review that waits for an administrator; one
 * for two people where nobody may be the second waits until there is one. */
#include <string.h>

#include "base/json.h"
#include "designer-api/api_priv.h"
#include "designer-api/checklist.h"
#include "designer-api/context.h"
#include "designer-api/group.h"
#include "designer-api/settings.h"

struct groups {
    struct checklist *list;
    json_t *items;
    json_t *told; /* groups that have their point */
    json_t *twos; /* of whom it is told that the second is missing */
    bool above;   /* in the flow at hand whatever is worth more than the workspace's limit */
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
    item = checklist_add(groups->list, groups->items, "group", deciders > 0, text,
                         !there         ? "noGroup"
                         : deciders > 0 ? "decided"
                                        : "nobodyDecides",
                         json_pack("{s:s, s:I, s:I}", "group", name, "members", (json_int_t)members,
                                   "deciders", (json_int_t)deciders));
    checklist_about(item, "group", name);
}

/* A point where two must agree and nobody may be the second. name: as of group_has_two(). */
static void groups_second(struct groups *groups, const char *name)
{
    enum role role;
    bool own = name != NULL && !role_find(name, &role); /* a group has its own second */
    const char *key = own ? name : "";
    char text[300];
    json_t *item;

    if (group_has_two(groups->list->ask, name) || json_object_get(groups->twos, key) != NULL)
        return;
    json_object_set_new(groups->twos, key, json_true());
    snprintf(text, sizeof text,
             "Above an amount two people decide, and there are no two %s%.100s of whom one "
             "approves: %s, or it waits",
             own ? "in " : "here", key,
             own ? "put an approver into it" : "make somebody else an approver");
    item = checklist_add(groups->list, groups->items, "second", false, text,
                         own ? "noSecond" : "noApprover", json_pack("{s:s}", "group", key));
    checklist_about(item, "group", own ? name : NULL);
}

static void groups_review(void *arg, const char *pointer, const json_t *config)
{
    const char *name = json_get_text(config, "role");
    struct groups *groups = arg;

    (void)pointer;
    if (groups->above || json_is_object(json_object_get(config, "four_eyes_above")))
        groups_second(groups, name != NULL && *name != '\0' ? name : NULL);
}

static void groups_of(struct groups *groups, const json_t *flow)
{
    const char *above = settings_text(groups->list->ask->api->rooms.settings,
                                      groups->list->ask->who->workspace, SETTING_OF_FOUR_EYES);

    groups->above = *above != '\0' && json_object_get(json_object_get(flow, "settings"), "money");
    group_each(flow, groups_one, groups);
    group_reviews(flow, groups_review, groups);
    if (groups->above)
        groups_second(groups, NULL); /* an effect in doubt is anybody's */
}

void checklist_groups(struct checklist *list, json_t *items)
{
    struct groups groups = { list, items, json_object(), json_object(), false };

    for (size_t i = list->count; i > 0; i--) {
        list->at = &list->parts[i - 1];
        groups_of(&groups, json_object_get(list->at->bundle, "flow"));
    }
    json_decref(groups.told);
    json_decref(groups.twos);
}
