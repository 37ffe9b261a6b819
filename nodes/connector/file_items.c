/* file_items.c - a JSON file with a long list, page by page, in the memory of one page.
 *
 * (1) Only what stands between two items is a place where a page ends: the cursor is the byte
 *     behind an item, so that no item is in two pages or in none.
 * (2) An item is found by its brackets and quotes; what it is, the reader of JSON says. */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/connector/file_priv.h"

struct items {
    const struct file_items *plan;
    struct file_ask *ask;
    const char *at, *end; /* what is not looked at yet */
    json_t *list;
    struct err *e;
};

static void space_skip(struct items *items)
{
    while (items->at < items->end && strchr(" \t\r\n", *items->at) != NULL && *items->at != '\0')
        items->at++;
}

/* Behind the text that begins at `at`; NULL: it does not end here. */
static const char *text_end(const char *at, const char *end)
{
    check(*at == '"');
    for (at++; at < end; at++) {
        if (*at == '"')
            return at + 1;
        if (*at == '\\')
            at++;
    }
    return NULL;
}

/* Behind the value that begins at `at`; NULL: it does not end here. */
static const char *value_end(const char *at, const char *end)
{
    size_t depth = 0;

    while (at != NULL && at < end) {
        if (*at == '"') {
            at = text_end(at, end);
        } else if (*at == '{' || *at == '[') {
            depth++;
            at++;
        } else if (*at == '}' || *at == ']' || *at == ',') {
            if (depth == 0)
                return at; /* of a number or a word */
            depth -= *at != ',';
            at++;
        } else {
            at++;
            continue;
        }
        if (depth == 0 && at != NULL)
            return at;
    }
    return NULL;
}

static enum err_code wrong(struct items *items, const char *what)
{
    return err_set(items->e, ERR_INVALID, "%.200s, byte %" PRId64 ": %s", items->ask->name,
                   items->ask->at + (items->at - items->ask->bytes), what);
}

/* Within the object that begins here: at the value of the member with this name. */
static enum err_code member_find(struct items *items, const char *name, size_t size)
{
    check(*items->at == '{');
    items->at++;
    for (;;) {
        const char *key, *end;
        bool found;

        space_skip(items);
        if (items->at < items->end && *items->at == ',') {
            items->at++;
            space_skip(items);
        }
        key = items->at;
        end = key < items->end && *key == '"' ? text_end(key, items->end) : NULL;
        if (end == NULL)
            return wrong(items, "there is no member with the list that is wanted within the first "
                                "page");
        found = (size_t)(end - key) == size + 2 && memcmp(key + 1, name, size) == 0;
        items->at = end;
        space_skip(items);
        if (items->at == items->end || *items->at != ':')
            return wrong(items, "here a colon is missing");
        items->at++;
        space_skip(items);
        if (found)
            return ERR_OK;
        end = value_end(items->at, items->end);
        if (end == NULL || end == items->at)
            return wrong(items, "what stands here is no JSON, or longer than a page");
        items->at = end;
    }
}

/* Behind the '[' of the list. */
static enum err_code list_enter(struct items *items)
{
    const char *name = items->plan->list;

    space_skip(items);
    while (name != NULL) {
        size_t size = strcspn(name, ".");

        if (items->at == items->end || *items->at != '{')
            return wrong(items, "an object is wanted, one of whose members leads to the list");
        if (member_find(items, name, size) != ERR_OK)
            return items->e->code;
        name = name[size] == '.' ? name + size + 1 : NULL;
    }
    if (items->at == items->end || *items->at != '[')
        return wrong(items, "a list is wanted here");
    items->at++;
    return ERR_OK;
}

/* The item with the members alone that are wanted; takes it. NULL: no memory. */
static json_t *members_of(json_t *item, const json_t *members)
{
    json_t *few, *name;
    size_t at;
    bool failed = false;

    if (members == NULL || !json_is_object(item))
        return item;
    few = json_object();
    json_array_foreach(members, at, name)
    {
        json_t *value = json_object_get(item, json_string_value(name));

        if (value != NULL)
            failed = failed || json_object_set(few, json_string_value(name), value) != 0;
    }
    json_decref(item);
    if (few != NULL && !failed)
        return few;
    json_decref(few);
    return NULL;
}

/* Takes one item, and all up to the next; false: no whole one is left, or *e. */
static bool item_take(struct items *items, bool *over)
{
    static const struct json_limits limits = { LIMIT_OUTPUT, LIMIT_JSON_DEPTH, LIMIT_JSON_VALUES };
    const char *begin = items->at, *end;
    json_t *item;

    space_skip(items);
    if (items->at < items->end && *items->at == ',') {
        items->at++;
        space_skip(items);
    }
    *over = items->at < items->end && *items->at == ']';
    end = *over ? NULL : value_end(items->at, items->end);
    if (end == NULL) {
        items->at = *over ? items->at : begin;
        return false;
    }
    item = json_read(items->at, (size_t)(end - items->at), &limits, items->e);
    if (item == NULL) {
        err_prefix(items->e, "%.200s, byte %" PRId64, items->ask->name,
                   items->ask->at + (items->at - items->ask->bytes));
        items->e->code = items->e->code == ERR_SYNTAX ? ERR_INVALID : items->e->code;
        return false;
    }
    items->at = end;
    if (json_array_append_new(items->list, members_of(item, items->plan->members)) == 0)
        return true;
    err_set(items->e, ERR_MEMORY, "no memory for the items");
    return false;
}

json_t *file__items(const struct file_items *plan, struct file_ask *ask, struct err *e)
{
    struct items items = { .plan = plan,
                           .ask = ask,
                           .at = ask->bytes,
                           .end = ask->bytes + ask->size,
                           .list = json_array(),
                           .e = e };
    bool over = false;

    e->code = ERR_OK;
    if (ask->at == 0)
        list_enter(&items);
    while (e->code == ERR_OK && json_array_size(items.list) < plan->count &&
           item_take(&items, &over))
        ;
    if (e->code == ERR_OK && !over && json_array_size(items.list) < plan->count && ask->last)
        wrong(&items, "the file ends within its list");
    if (e->code == ERR_OK && !over && json_array_size(items.list) == 0)
        err_set(e, ERR_LIMIT,
                "%.200s, byte %" PRId64 ": no item ends within %zu bytes; give the page more "
                "\"bytes\"",
                ask->name, ask->at, ask->size);
    if (e->code != ERR_OK) {
        json_decref(items.list);
        return NULL;
    }
    ask->next = ask->at + (items.at - ask->bytes);
    ask->last = over;
    return items.list;
}
