/* api_desk.c - the exceptions as lists, and one. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/desk.h"
#include "designer-api/diagnosis.h"
#include "designer-api/draft.h"
#include "designer-api/object.h"
#include "engine/dead.h"
#include "engine/operate.h"
#include "store/look.h"

/* ---- Lists: connections, then what is asked of people in the order of its coming, then failed
 * runs from the newest on. A cursor says in which part it goes on: "t RUN/STEP", "d RUN". */

struct desk_list {
    struct beside_ask *look;
    unsigned types; /* bits of enum desk_type */
    const char *workspace, *flow, *environment, *group;
    unsigned limit;
    unsigned seen;
    bool full;
};

static bool desk_fits(const struct desk_list *list, const json_t *one)
{
    const char *const wanted[][2] = { { "workspace", list->workspace },
                                      { "flow", list->flow },
                                      { "environment", list->environment },
                                      { "group", list->group } };
    enum desk_type type;

    if (!desk_type_find(json_get_text(one, "type"), &type) || (list->types >> type & 1) == 0)
        return false;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const char *value = json_get_text(one, wanted[i][0]);

        if (wanted[i][1] != NULL && (value == NULL || strcmp(value, wanted[i][1]) != 0))
            return false;
    }
    return true;
}

/* False: the page is full, and goes on with this one. */
static bool desk_add(struct desk_list *list, json_t *one)
{
    bool fits = one != NULL && desk_fits(list, one);

    list->full = fits && json_array_size(list->look->value) >= list->limit;
    if (fits && !list->full)
        json_array_append(list->look->value, one);
    json_decref(one);
    return !list->full;
}

static bool desk_list_over(struct desk_list *list)
{
    if (++list->seen % 32 != 0 || !effort_over(&list->look->effort))
        return false;
    list->look->incomplete = true;
    return true;
}

static bool desk_list_task(void *arg, const struct store_fact *fact)
{
    struct desk_list *list = arg;

    if (desk_list_over(list) || !desk_add(list, desk_task(fact)))
        return false;
    snprintf(list->look->next, sizeof list->look->next, "t%s", fact->key);
    return true;
}

static enum store_look_word desk_list_dead(void *arg, const struct store_run *run)
{
    struct desk_list *list = arg;

    if (!engine_dead_is(run) || engine_dead_settled(list->look->store, run->run, &list->look->e))
        return LOOK_PASS;
    if (!desk_add(list, desk_dead(list->look->store, run)))
        return LOOK_STOP;
    return LOOK_PASS; /* it is in the list */
}

static void desk_list_deads(struct desk_list *list, uint64_t before)
{
    struct beside_ask *look = list->look;
    const struct store_look filter = { .workspace = list->workspace,
                                       .environment = list->environment,
                                       .flow = list->flow,
                                       .statuses = engine_dead_statuses(look->store),
                                       .before = before,
                                       .effort = &look->effort };
    struct store_look_end end;

    look->next[0] = '\0';
    look->e.code = store_look(look->store, &filter, desk_list_dead, list, &end, &look->e);
    if (look->e.code != ERR_OK || end.before == 0)
        return;
    look->next[0] = 'd';
    ident_text(end.before, look->next + 1);
    look->incomplete = !list->full;
}

/* From the part that the cursor names. */
static void desk_list_parts(struct desk_list *list, const char *cursor)
{
    struct beside_ask *look = list->look;
    struct store_facts_filter tasks = { .kind = FACT_TASK };
    uint64_t before = 0;
    json_t *one;
    size_t i;

    if (cursor[0] == 'd' && !ident_parse(cursor + 1, &before))
        err_set(&look->e, ERR_CURSOR, "\"cursor\" is none of ours: take it from \"next\"");
    json_array_foreach(look->given, i, one)
    {
        if (cursor[0] == '\0' && desk_fits(list, one)) /* few: all on the first page */
            json_array_append(look->value, one);
    }
    if (cursor[0] != 'd' && look->e.code == ERR_OK && !list->full &&
        (list->types & ~(1u << DESK_DEAD | 1u << DESK_CONNECTION)) != 0) {
        tasks.after = cursor[0] == 't' ? cursor + 1 : NULL;
        snprintf(look->next, sizeof look->next, "t%s", tasks.after != NULL ? tasks.after : "");
        look->e.code = store_facts(look->store, &tasks, desk_list_task, list, &look->e);
    }
    if (look->e.code != ERR_OK || list->full || look->incomplete)
        return;
    if ((list->types >> DESK_DEAD & 1) != 0)
        desk_list_deads(list, before);
    else
        look->next[0] = '\0';
}

static enum err_code desk_list_types(const char *text, unsigned *types, struct err *e)
{
    char name[16];

    *types = text == NULL ? (1u << DESK_TYPES) - 1 : 0;
    while (text != NULL && *text != '\0') {
        size_t size = strcspn(text, ",");
        enum desk_type type;

        snprintf(name, sizeof name, "%.*s", (int)(size < 15 ? size : 15), text);
        if (!desk_type_find(name, &type))
            return err_set(e, ERR_USAGE,
                           "type is review, unmatched, in_doubt, dead or connection, several with "
                           "commas, not \"%s\"",
                           name);
        *types |= 1u << type;
        text += size + (text[size] == ',');
    }
    return ERR_OK;
}

static void desk_list_work(struct beside_ask *look)
{
    struct desk_list list = { .look = look,
                              .workspace = beside_workspace(look),
                              .flow = ask_text(&look->ask, "flow"),
                              .environment = ask_text(&look->ask, "environment"),
                              .group = ask_text(&look->ask, "group"),
                              .limit = (unsigned)ask_number(&look->ask, "limit", 50) };
    char cursor[LIMIT_PATH] = "";
    bool given;

    look->value = json_array();
    look->page = true;
    if (desk_list_types(ask_text(&look->ask, "type"), &list.types, &look->e) == ERR_OK &&
        ask_cursor(&look->ask, cursor, &given, &look->e) == ERR_OK)
        desk_list_parts(&list, cursor);
}

void desk_collect(struct beside_ask *look, const json_t *filter, unsigned limit)
{
    struct desk_list list = { .look = look,
                              .workspace = beside_workspace(look),
                              .flow = json_get_text(filter, "flow"),
                              .environment = json_get_text(filter, "environment"),
                              .group = json_get_text(filter, "group"),
                              .limit = limit };

    look->value = json_array();
    if (desk_list_types(json_get_text(filter, "type"), &list.types, &look->e) == ERR_OK)
        desk_list_parts(&list, "");
    look->incomplete = look->incomplete || list.full;
}

/* Those of one person, by their assignments. */
static void desk_mine_work(struct beside_ask *look)
{
    json_t *ids = json_object_get(look->given, "ids"), *id, *one;
    json_t *connections = json_incref(json_object_get(look->given, "connections"));
    json_t *given = look->given;
    size_t i;

    look->value = json_array();
    look->page = true;
    look->given = connections;
    json_array_foreach(ids, i, id)
    {
        one = desk_find(look, json_text(id));
        if (one != NULL)
            json_array_append_new(look->value, one);
        look->e.code = ERR_OK; /* it is done with */
    }
    look->total = (int64_t)json_array_size(look->value);
    json_decref(given);
}

/* What the diagnosis has said is not said twice. */
static void desk_tell(struct ask *ask, json_t *one)
{
    json_object_del(one, "system");
    json_object_del(one, "credential");
    desk_dress(ask, one);
}

static void desk_dressed(struct beside_ask *look)
{
    json_t *one;
    size_t i;

    if (look->e.code == ERR_OK && look->page)
        json_array_foreach(look->value, i, one)
        {
            desk_tell(&look->ask, one);
        }
    else if (look->e.code == ERR_OK)
        desk_tell(&look->ask, look->value);
    if (look->e.code != ERR_OK || look->page) {
        beside_give(look);
        return;
    }
    draft_diagnosed(&look->ask, look->value);
    ask_give_revision(&look->ask, 200, json_incref(look->value),
                      (uint64_t)json_integer_value(json_object_get(look->value, "revision")));
}

struct desk_mine {
    const char *who;
    json_t *ids;
};
static bool desk_mine(void *arg, const struct object *object)
{
    struct desk_mine *mine = arg;
    const char *assignee = json_get_text(object->body, "assignee");

    if (assignee != NULL && strcmp(assignee, mine->who) == 0)
        json_array_append_new(mine->ids, json_string(object->id));
    return json_array_size(mine->ids) < 200;
}

static void desk_list(struct ask *ask)
{
    struct desk_mine mine = { .who = ask_text(ask, "assignee") };
    json_t *connections = desk_connections(ask);
    struct err e;

    if (mine.who == NULL) {
        beside_ask(ask, desk_list_work, desk_dressed, connections);
        return;
    }
    if (strcmp(mine.who, "me") == 0)
        mine.who = ask->who->name;
    mine.ids = json_array();
    if (object_list(ask_objects(ask), DESK_KIND, ask->who->workspace, NULL, NULL, 0, desk_mine,
                    &mine, &e) == ERR_OK) {
        beside_ask(ask, desk_mine_work, desk_dressed,
                   json_pack("{s:o, s:o}", "ids", mine.ids, "connections", connections));
        return;
    }
    json_decref(mine.ids);
    json_decref(connections);
    ask_refuse(ask, &e);
}

/* ---- One */

static void desk_read_work(struct beside_ask *look)
{
    json_t *diagnosis;

    look->value = desk_find(look, look->ask.path[0]);
    if (look->value == NULL)
        return;
    diagnosis = diagnosis_of_exception(look->store, look->value, &look->e);
    if (diagnosis != NULL)
        json_object_set_new_nocheck(look->value, "diagnosis", diagnosis);
}

static void desk_read(struct ask *ask)
{
    beside_ask(ask, desk_read_work, desk_dressed, desk_connections(ask));
}

const struct ask_bind desk_binds[] = {
    { "listExceptions", desk_list },
    { "getException", desk_read },
    { NULL, NULL },
};
