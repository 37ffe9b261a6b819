/* api_desk_group.c - the exceptions by what they have in common: reviews and effects in doubt by
 * the step that asks, failed runs by their cause. Counted in slices as long as a look: between them
 * others are answered. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/desk.h"
#include "engine/dead.h"

#define GROUP_TASKS 10000u /* that are grouped */
#define GROUP_CLOCK 32u    /* of them between two looks at the clock */

struct desk_groups {
    struct beside_ask *look;
    const char *workspace, *environment;
    json_t *groups; /* of tasks, by "TYPE FLOW STEP" */
    unsigned seen;  /* tasks */
    char after[STORE_FACT_KEY + 1];
    bool tasks_left, more;
    struct dead_count *deads;
};

static void groups_drop(void *kept)
{
    struct desk_groups *groups = kept;

    json_decref(groups->groups);
    dead_count_free(groups->deads);
    mem_free(groups);
}

static struct desk_groups *groups_new(struct beside_ask *look)
{
    const struct dead_filter filter = { .flow = ask_text(&look->ask, "flow"),
                                        .workspace = beside_workspace(look),
                                        .environment = ask_text(&look->ask, "environment") };
    struct desk_groups *groups = mem_must(sizeof *groups);

    groups->look = look;
    groups->workspace = filter.workspace;
    groups->environment = filter.environment;
    groups->groups = json_object();
    groups->tasks_left = true;
    groups->deads = dead_count_new(&filter);
    look->kept = groups;
    look->drop = groups_drop;
    return groups;
}

/* ---- What a step asks */

static bool groups_same(const char *wanted, const char *text)
{
    return wanted == NULL || (text != NULL && strcmp(text, wanted) == 0);
}

static void groups_add(struct desk_groups *groups, const json_t *one)
{
    char key[DESK_ID];
    json_t *group;

    snprintf(key, sizeof key, "%s %.200s %.100s", json_get_text(one, "type"),
             json_get_text(one, "flow"), json_get_text(one, "step"));
    group = json_object_get(groups->groups, key);
    if (group == NULL) {
        group =
            json_pack("{s:O, s:O, s:O, s:O*, s:i, s:O*, s:O}", "type", json_object_get(one, "type"),
                      "flow", json_object_get(one, "flow"), "step", json_object_get(one, "step"),
                      "title", json_object_get(one, "title"), "count", 0, "oldest_at",
                      json_object_get(one, "since"), "example", json_object_get(one, "exception"));
        check(group != NULL);
        json_object_set_new_nocheck(groups->groups, key, group);
    }
    json_integer_set(json_object_get(group, "count"), json_get_int(group, "count", 0) + 1);
}

static bool groups_task(void *arg, const struct store_fact *fact)
{
    struct desk_groups *groups = arg;
    json_t *one = desk_task(fact);

    if (one != NULL && groups_same(groups->workspace, json_get_text(one, "workspace")) &&
        groups_same(groups->environment, json_get_text(one, "environment")))
        groups_add(groups, one);
    json_decref(one);
    snprintf(groups->after, sizeof groups->after, "%s", fact->key);
    groups->more = ++groups->seen == GROUP_TASKS;
    groups->tasks_left =
        !groups->more && groups->seen % GROUP_CLOCK == 0 && effort_over(&groups->look->effort);
    return !groups->more && !groups->tasks_left;
}

/* ---- The whole */

static enum err_code groups_slice(struct desk_groups *groups, struct err *e)
{
    struct beside_ask *look = groups->look;
    const struct store_facts_filter tasks = { .kind = FACT_TASK,
                                              .after =
                                                  groups->after[0] != '\0' ? groups->after : NULL };

    if (groups->tasks_left) {
        groups->tasks_left = false;
        if (store_facts(look->store, &tasks, groups_task, groups, e) != ERR_OK)
            return e->code;
    }
    if (groups->tasks_left || effort_over(&look->effort))
        return ERR_OK;
    return dead_count_slice(groups->deads, look->store, &look->effort, e);
}

static void groups_connections(const struct desk_groups *groups, json_t *list)
{
    json_t *one;
    size_t i;

    json_array_foreach(groups->look->given, i, one)
    {
        if (!groups_same(groups->workspace, json_get_text(one, "workspace")))
            continue;
        json_array_append_new(
            list,
            json_pack("{s:s, s:O, s:O*, s:O, s:O, s:O}", "type", "connection", "connection",
                      json_object_get(one, "connection"), "title", json_object_get(one, "title"),
                      "count", json_object_get(one, "waiting"), "oldest_at",
                      json_object_get(one, "since"), "example", json_object_get(one, "exception")));
    }
}

static json_t *groups_dead(const json_t *one)
{
    char id[DESK_ID];
    json_t *group;

    snprintf(id, sizeof id, "dead-%s", json_get_text(one, "example"));
    group =
        json_pack("{s:s, s:O, s:O*, s:O*, s:O*, s:O, s:O, s:O, s:O, s:s}", "type", "dead", "flow",
                  json_object_get(one, "flow"), "step", json_object_get(one, "step"), "kind",
                  json_object_get(one, "kind"), "title", json_object_get(one, "text"), "count",
                  json_object_get(one, "count"), "group", json_object_get(one, "fingerprint"),
                  "oldest_at", json_object_get(one, "first_at"), "newest_at",
                  json_object_get(one, "last_at"), "example", id);
    check(group != NULL);
    return group;
}

static void groups_give(const struct desk_groups *groups)
{
    struct beside_ask *look = groups->look;
    json_t *deads = dead_count_json(groups->deads), *one;
    const char *key;
    size_t i;

    look->value = json_array();
    look->page = true;
    groups_connections(groups, look->value);
    json_object_foreach(groups->groups, key, one)
    {
        json_array_append(look->value, one);
    }
    json_array_foreach(json_object_get(deads, "groups"), i, one)
    {
        json_array_append_new(look->value, groups_dead(one));
    }
    look->incomplete = groups->more || json_is_true(json_object_get(deads, "more"));
    json_decref(deads);
}

static void groups_work(struct beside_ask *look)
{
    struct desk_groups *groups = look->kept != NULL ? look->kept : groups_new(look);

    if (groups_slice(groups, &look->e) != ERR_OK)
        return;
    if (dead_count_done(groups->deads))
        groups_give(groups);
    else
        beside_again(look);
}

static void groups_list(struct ask *ask)
{
    beside_ask(ask, groups_work, NULL, desk_connections(ask));
}

/* ---- Failed runs alone, for the command `weft dead` */

static void deads_drop(void *kept)
{
    dead_count_free(kept);
}

static void deads_work(struct beside_ask *look)
{
    const struct dead_filter filter = { .flow = ask_text(&look->ask, "flow"),
                                        .fingerprint = ask_text(&look->ask, "fingerprint"),
                                        .workspace = beside_workspace(look),
                                        .runs = true };

    if (look->kept == NULL) {
        look->kept = dead_count_new(&filter);
        look->drop = deads_drop;
    }
    if (dead_count_slice(look->kept, look->store, &look->effort, &look->e) != ERR_OK)
        return;
    if (dead_count_done(look->kept))
        look->value = dead_count_json(look->kept);
    else
        beside_again(look);
}

static void deads_list(struct ask *ask)
{
    beside_ask(ask, deads_work, NULL, NULL);
}

const struct ask_bind desk_group_binds[] = {
    { "groupExceptions", groups_list },
    { "listDead", deads_list },
    { NULL, NULL },
};
