/* api_flow_list.c - all flows: found, in order, page by page. Rows of all are made for each page,
 * of what lies in memory (sheet.h, pulse.h); a page goes on behind the place of its last row, so
 * that one which comes or goes meanwhile moves no other. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/api_flow_priv.h"
#include "designer-api/api_priv.h"
#include "engine/flows.h"

/* ---- Filters */

static bool text_has(const char *text, const char *part)
{
    return text != NULL && strcasestr(text, part) != NULL;
}

static bool list_same(const json_t *list, const char *wanted)
{
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (strcmp(json_text(one), wanted) == 0)
            return true;
    }
    return false;
}

/* Any of its words. */
static bool row_found(const struct ask *ask, const json_t *row, const char *search)
{
    json_t *one;
    size_t i;

    if (text_has(json_get_text(row, "flow"), search) ||
        text_has(json_get_text(row, "name"), search) ||
        text_has(json_get_text(row, "owner"), search))
        return true;
    json_array_foreach(json_object_get(row, "labels"), i, one)
    {
        if (text_has(json_text(one), search))
            return true;
    }
    json_array_foreach(json_object_get(row, "systems"), i, one)
    {
        if (text_has(json_text(one), search) ||
            text_has(engine_connector_title(ask_engine(ask), json_text(one)), search))
            return true;
    }
    return false;
}

/* In the environment, or in any. */
static bool row_works(const json_t *row, const char *environment, const char *state)
{
    json_t *place;
    size_t i;

    json_array_foreach(json_object_get(row, "deployments"), i, place)
    {
        if ((environment == NULL ||
             strcmp(json_get_text(place, "environment"), environment) == 0) &&
            (state == NULL || strcmp(json_get_text(place, "state"), state) == 0))
            return true;
    }
    return false;
}

static bool row_fails(const json_t *row)
{
    json_t *place;
    size_t i;

    json_array_foreach(json_object_get(row, "deployments"), i, place)
    {
        if (json_object_get(place, "polls") != NULL)
            return true;
    }
    return json_get_int(json_object_get(row, "health"), "failed", 0) > 0;
}

static bool row_state(const json_t *row, const char *environment, const char *state)
{
    if (strcmp(state, "nowhere") == 0)
        return !row_works(row, NULL, NULL);
    if (strcmp(state, "failing") == 0)
        return row_fails(row);
    if (strcmp(state, "ahead") == 0)
        return json_is_true(json_object_get(json_object_get(row, "draft"), "ahead"));
    if (strcmp(state, "template_newer") == 0)
        return json_is_true(json_object_get(row, "template_newer"));
    return row_works(row, environment, state);
}

static bool row_fits(const struct ask *ask, const json_t *filter, const json_t *row)
{
    const char *search = json_get_text(filter, "search"), *label = json_get_text(filter, "label"),
               *environment = json_get_text(filter, "environment"),
               *system = json_get_text(filter, "system"), *owner = json_get_text(filter, "owner"),
               *state = json_get_text(filter, "state"), *own = json_get_text(row, "owner");

    return (search == NULL || row_found(ask, row, search)) &&
           (label == NULL || list_same(json_object_get(row, "labels"), label)) &&
           (system == NULL || list_same(json_object_get(row, "systems"), system)) &&
           (owner == NULL || (own != NULL && strcmp(own, owner) == 0)) &&
           (environment == NULL || row_works(row, environment, NULL)) &&
           (state == NULL || row_state(row, environment, state));
}

static int name_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Members of an object, sorted; mem_free() the list. */
static const char **sorted(json_t *set)
{
    const char **names = mem_must((json_object_size(set) + 1) * sizeof *names), *name;
    json_t *one;
    size_t count = 0;

    json_object_foreach(set, name, one)
    {
        names[count++] = name;
    }
    if (count > 0)
        qsort(names, count, sizeof *names, name_order);
    return names;
}

json_t *flow__find(struct ask *ask, const json_t *filter, json_t *all, struct err *e)
{
    struct flow_rows *rows = flow_rows_new(ask, NULL, json_get_text(filter, "environment"));
    json_t *names = flow_rows_names(rows, e), *found = names != NULL ? json_array() : NULL, *row;
    const char **list = sorted(names);

    for (size_t i = 0; i < json_object_size(names); i++) {
        row = flow_rows_json(rows, list[i], e);
        if (row != NULL && row_fits(ask, filter, row))
            json_array_append(found, row);
        if (row != NULL && all != NULL)
            json_array_append(all, row);
        json_decref(row);
    }
    mem_free(list);
    json_decref(names);
    flow_rows_free(rows);
    return found;
}

/* ---- Order */

#define LIST_KEY (LIMIT_NAME + 1)

struct listed {
    json_t *row; /* borrowed */
    const char *flow;
    char key[LIST_KEY];
};

static int listed_order(const void *a, const void *b)
{
    const struct listed *one = a, *other = b;
    int order = strcasecmp(one->key, other->key);

    return order != 0 ? order : strcmp(one->flow, other->flow);
}

static int listed_down(const void *a, const void *b)
{
    return listed_order(b, a);
}

/* What stands in front of its name in the order: texts, and numbers as texts of one length. */
static void listed_key(struct ask *ask, struct listed *one, const char *by)
{
    const json_t *health = json_object_get(one->row, "health");
    const char *text = NULL;

    if (strcmp(by, "runs") == 0 || strcmp(by, "failed") == 0) {
        snprintf(one->key, LIST_KEY, "%020lld", (long long)json_get_int(health, by, 0));
        return;
    }
    if (strcmp(by, "name") == 0) {
        text = json_get_text(one->row, "name");
    } else if (strcmp(by, "changed") == 0) {
        text = json_get_text(json_object_get(one->row, "draft"), "changed_at");
    } else if (strcmp(by, "last") == 0) {
        flow_row_last(ask, one->row);
        text = json_get_text(json_object_get(health, "last_run"), "received_at");
    }
    if (text != NULL) /* a page's end is told by it: no letter is cut */
        snprintf(one->key, LIST_KEY, "%.*s", (int)utf8_cut(text, LIST_KEY - 1), text);
}

/* ---- Pages */

/* "KEY\nFLOW" of the row that the page before has ended with. */
static bool listed_read(const char *after, struct listed *one)
{
    const char *flow = strchr(after, '\n');

    if (flow == NULL || (size_t)(flow - after) >= LIST_KEY)
        return false;
    snprintf(one->key, LIST_KEY, "%.*s", (int)(flow - after), after);
    one->flow = flow + 1;
    return true;
}

static json_t *list_items(struct ask *ask, const json_t *found, const char *after, const char *sort,
                          char next[LIMIT_PATH])
{
    size_t count = json_array_size(found), limit = (size_t)ask_number(ask, "limit", 50), i = 0;
    int (*order)(const void *, const void *) = *sort == '-' ? listed_down : listed_order;
    struct listed *list = mem_must((count + 1) * sizeof *list), last;
    json_t *items = json_array();

    for (size_t at = 0; at < count; at++) {
        list[at].row = json_array_get(found, at);
        list[at].flow = json_get_text(list[at].row, "flow");
        listed_key(ask, &list[at], sort + (*sort == '-'));
    }
    if (count > 0)
        qsort(list, count, sizeof *list, order);
    if (after != NULL && listed_read(after, &last))
        while (i < count && order(&list[i], &last) <= 0)
            i++;
    next[0] = '\0';
    for (; i < count; i++) {
        if (json_array_size(items) == limit) {
            snprintf(next, LIMIT_PATH, "%s\n%s", list[i - 1].key, list[i - 1].flow);
            break;
        }
        flow_row_last(ask, list[i].row);
        json_array_append(items, list[i].row);
    }
    mem_free(list);
    return items;
}

/* What can be filtered by, of all flows. */
static json_t *list_facet(const json_t *all, const char *member)
{
    json_t *set = json_object(), *list = json_array(), *row, *value, *one;
    const char **names;
    size_t i, k;

    json_array_foreach(all, i, row)
    {
        value = json_object_get(row, member);
        if (json_is_string(value))
            json_object_set_new(set, json_text(value), json_true());
        json_array_foreach(value, k, one)
        {
            json_object_set_new(set, json_text(one), json_true());
        }
    }
    names = sorted(set);
    for (i = 0; i < json_object_size(set); i++)
        json_array_append_new(list, json_string(names[i]));
    mem_free(names);
    json_decref(set);
    return list;
}

static json_t *list_facets(const struct ask *ask, const json_t *all)
{
    json_t *systems = list_facet(all, "systems"), *titled = json_array(), *one;
    size_t i;

    json_array_foreach(systems, i, one)
    {
        const char *title = engine_connector_title(ask_engine(ask), json_text(one));

        json_array_append_new(titled, json_pack("{s:O, s:s}", "system", one, "title",
                                                title != NULL ? title : json_text(one)));
    }
    json_decref(systems);
    return json_pack("{s:o, s:o, s:o}", "labels", list_facet(all, "labels"), "owners",
                     list_facet(all, "owner"), "systems", titled);
}

void flow__list(struct ask *ask)
{
    const char *sort = ask_text(ask, "sort");
    char after[LIMIT_PATH], next[LIMIT_PATH];
    json_t *all = json_array(), *found = NULL, *items, *page;
    bool given = false;
    struct err e;

    if (ask_cursor(ask, after, &given, &e) == ERR_OK)
        found = flow__find(ask, ask->query, all, &e);
    if (found == NULL) {
        ask_refuse(ask, &e);
    } else {
        items = list_items(ask, found, given ? after : NULL, sort != NULL ? sort : "flow", next);
        page = ask__page(ask, items, next[0] != '\0' ? next : NULL, (int64_t)json_array_size(found),
                         false);
        if (!given)
            json_object_set_new(page, "facets", list_facets(ask, all));
        ask_give(ask, 200, page);
    }
    json_decref(found);
    json_decref(all);
}
