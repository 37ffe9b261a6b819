/* rule_plan_each.c - the lists of a plan: an element for each item.
 *
 *     list --> where? --> sort? --> group? --> elements
 *
 * (1) The item in hand and its index are in Lua at a fixed place for each loop around, from which
 * the expressions that name them are given them. (2) Sorting is stable and merges a little at a
 * time. (3) Keys to sort by are all numbers, all texts, or all true and false; nothing and null
 * come last. */
#include "rules/rule_plan_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/table.h"
#include "rules/lib_priv.h"

#define EACH_TICKS 1000u /* that an item adds to the budget */
#define EACH_US    50    /* and this time */
#define EACH_MERGE 2000u /* items moved between two looks at the clock */

enum key_kind { KEY_NONE, KEY_NUMBER, KEY_TEXT, KEY_BOOLEAN };
struct plan_key {
    enum key_kind kind;
    bool truth;
    json_t *text; /* owned */
    struct decimal number;
};

struct plan_loop {
    struct plan_loop *outer;
    const struct plan_each *each;
    json_t *list;   /* borrowed: the run keeps it */
    json_t **items; /* chosen or sorted, borrowed; NULL: those of the list */
    size_t count;
    size_t wanted;
    size_t position; /* of the item in hand, from 1 */
    struct plan_key *keys;
    enum key_kind kinds[PLAN_SORTS]; /* of the keys so far */
    uint32_t *order, *merged;        /* of the items by their keys */
    size_t width, from, at[2], to;   /* of the merge in hand */
    struct dict *groups;             /* key: its object in the list */
    json_t *grouped;                 /* owned until it is kept */
};

const struct plan_loop *plan__loop_outer(const struct plan_loop *loop)
{
    return loop->outer;
}

size_t plan__loop_position(const struct plan_loop *loop)
{
    return loop->position;
}

static void keys_free(struct plan_loop *loop, size_t sorts)
{
    for (size_t i = 0; loop->keys != NULL && i < loop->count * sorts; i++)
        json_decref(loop->keys[i].text);
    mem_free(loop->keys);
    mem_free(loop->order);
    mem_free(loop->merged);
    loop->keys = NULL;
    loop->order = loop->merged = NULL;
}

void plan__loop_free(struct plan_loop *loop)
{
    if (loop == NULL)
        return;
    keys_free(loop, loop->each->sort_count);
    mem_free(loop->items);
    dict_free(loop->groups);
    json_decref(loop->grouped);
    mem_free(loop);
}

static void *loop_memory(lua_State *L, size_t count, size_t size)
{
    void *memory = mem_try((count + 1) * size);

    if (memory == NULL)
        box_no_memory(L);
    memset(memory, 0, (count + 1) * size);
    return memory;
}

static json_t *loop_item(const struct plan_loop *loop, size_t at)
{
    return loop->items != NULL ? loop->items[at] : json_array_get(loop->list, at);
}

/* The item becomes what expressions see. */
static void loop_show(lua_State *L, struct plan_run *run, struct plan_loop *loop, size_t at)
{
    int place = 2 * (int)run->level;
    json_t *item = loop_item(loop, at);

    lua_json_push(L, item);
    lua_replace(L, place);
    lua_pushinteger(L, (lua_Integer)at + 1);
    lua_replace(L, place + 1);
    loop->position = at + 1;
    run->seen.item = item;
    run->seen.index = (int64_t)at + 1;
}

/* What comes behind the phase that has ended. */
static void loop_phase(lua_State *L, struct plan_frame *frame, enum plan_at ended)
{
    struct plan_loop *loop = frame->loop;
    const struct plan_each *each = loop->each;

    frame->next = 0;
    if (ended < PLAN_AT_WHERE && each->where != NULL) {
        loop->items = loop_memory(L, loop->count, sizeof(*loop->items));
        for (size_t i = 0; i < loop->count; i++)
            loop->items[i] = json_array_get(loop->list, i);
        frame->at = PLAN_AT_WHERE;
    } else if (ended < PLAN_AT_KEYS && each->sort_count > 0 && loop->count > 1) {
        loop->keys = loop_memory(L, loop->count * each->sort_count, sizeof(*loop->keys));
        frame->at = PLAN_AT_KEYS;
    } else if (ended < PLAN_AT_GROUPS && each->group != NULL) {
        loop->groups = dict_new();
        loop->grouped = json_array();
        if (loop->grouped == NULL)
            box_no_memory(L);
        frame->at = PLAN_AT_GROUPS;
    } else {
        frame->at = PLAN_AT_ITEMS;
    }
}

static void plan_keep(lua_State *L, struct plan_run *run, json_t *value)
{
    if (run->kept == NULL)
        run->kept = json_array();
    if (run->kept == NULL || json_array_append(run->kept, value) != 0)
        box_no_memory(L);
}

void plan__loop_begin(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    struct plan_loop *loop;
    size_t count;

    run->whole = false; /* a literal list needed no call */
    if (run->value == NULL || json_is_null(run->value)) {
        json_decref(plan__take(run));
        frame->at = PLAN_AT_VALUE;
        return;
    }
    if (!json_is_array(run->value))
        plan__fail(L, run, frame->node, "\"each\" needs a list to go through, but here is: %s",
                   json_kind(run->value));
    plan_keep(L, run, run->value);
    loop = frame->loop = mem_must(sizeof(*loop));
    loop->each = frame->node->each;
    loop->outer = run->innermost;
    loop->list = run->value;
    loop->count = count = json_array_size(run->value);
    json_decref(plan__take(run));
    if (count >= UINT32_MAX)
        plan__fail(L, run, frame->node, "the list is too long");
    run->innermost = loop;
    run->level++;
    luaL_checkstack(L, 8, NULL);
    lua_settop(L, 1 + 2 * (int)run->level);
    frame->made = json_array();
    if (frame->made == NULL)
        box_no_memory(L);
    box_grant(box_of(L), (uint64_t)count * EACH_TICKS, (int64_t)(count * EACH_US / 1000));
    loop_phase(L, frame, PLAN_AT_LIST);
}

static void loop_end(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    const struct plan_loop *outer = frame->loop->outer;

    run->level--;
    lua_settop(L, 1 + 2 * (int)run->level);
    run->innermost = frame->loop->outer;
    run->seen.item =
        outer != NULL ? loop_item(outer, outer->position - 1) : box_of(L)->run.scope->item;
    run->seen.index = outer != NULL ? (int64_t)outer->position : box_of(L)->run.scope->index;
    plan__loop_free(frame->loop);
    frame->loop = NULL;
    run->value = frame->made;
    frame->made = NULL;
    frame->at = PLAN_AT_VALUE;
}

/* ---- where ----------------------------------------------------------------------------------- */

static void loop_where(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    struct plan_loop *loop = frame->loop;

    if (frame->at == PLAN_AT_WANTED) {
        json_t *value = plan__take(run);

        if (plan__holds(value))
            loop->items[loop->wanted++] = loop->items[frame->next];
        json_decref(value);
        frame->next++;
    }
    if (frame->next == loop->count) {
        loop->count = loop->wanted;
        loop_phase(L, frame, PLAN_AT_WANTED);
        return;
    }
    loop_show(L, run, loop, frame->next);
    frame->at = PLAN_AT_WANTED;
    plan__enter(L, run, loop->each->where, NULL);
}

/* ---- sort ------------------------------------------------------------------------------------ */

/* Takes the key that came. */
static void key_read(lua_State *L, struct plan_run *run, struct plan_frame *frame,
                     struct plan_key *key)
{
    const struct plan_node *node =
        &frame->loop->each->sorts[frame->next % frame->loop->each->sort_count].by;
    json_t *value = plan__take(run);
    const char *digits = json_exact_text(value);
    struct err e;

    key->text = value; /* so that an error leaves it to the loop */
    if (value == NULL || json_is_null(value)) {
        key->kind = KEY_NONE;
    } else if (json_is_text(value)) {
        key->kind = KEY_TEXT;
        return;
    } else if (json_is_boolean(value)) {
        key->kind = KEY_BOOLEAN;
        key->truth = json_is_true(value);
    } else if (json_is_integer(value)) {
        key->kind = KEY_NUMBER;
        decimal_from_int(&key->number, json_integer_value(value));
    } else if (digits == NULL) {
        plan__fail(L, run, node, "%s is nothing to sort by: a number, a text, true or false is",
                   json_kind(value));
    } else {
        key->kind = KEY_NUMBER;
        if (decimal_parse(&key->number, digits, strlen(digits), &e) != ERR_OK)
            plan__fail(L, run, node, "%s", e.text);
    }
    key->text = NULL;
    json_decref(value);
}

static void loop_keys(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    struct plan_loop *loop = frame->loop;
    const size_t sorts = loop->each->sort_count;

    if (frame->at == PLAN_AT_KEY) {
        struct plan_key *key = &loop->keys[frame->next];
        enum key_kind *kind = &loop->kinds[frame->next % sorts];

        key_read(L, run, frame, key);
        if (key->kind != KEY_NONE && *kind != KEY_NONE && *kind != key->kind)
            plan__fail(L, run, &loop->each->sorts[frame->next % sorts].by,
                       "what is sorted by is of another kind here than before: numbers and texts "
                       "have no order between them");
        if (key->kind != KEY_NONE)
            *kind = key->kind;
        frame->next++;
    }
    if (frame->next == loop->count * sorts) {
        loop->order = loop_memory(L, loop->count, sizeof(*loop->order));
        loop->merged = loop_memory(L, loop->count, sizeof(*loop->merged));
        for (size_t i = 0; i < loop->count; i++)
            loop->order[i] = (uint32_t)i;
        loop->width = 1;
        frame->at = PLAN_AT_SORT;
        return;
    }
    if (frame->next % sorts == 0)
        loop_show(L, run, loop, frame->next / sorts);
    frame->at = PLAN_AT_KEY;
    plan__enter(L, run, &loop->each->sorts[frame->next % sorts].by, NULL);
}

static int key_order(const struct plan_key *a, const struct plan_key *b, bool descending)
{
    int order;

    if (a->kind == KEY_NONE || b->kind == KEY_NONE)
        return (a->kind == KEY_NONE) - (b->kind == KEY_NONE);
    if (a->kind == KEY_NUMBER)
        order = decimal_compare(&a->number, &b->number);
    else if (a->kind == KEY_BOOLEAN)
        order = a->truth - b->truth;
    else
        order = strcmp(json_text(a->text), json_text(b->text));
    return descending ? -order : order;
}

static bool loop_comes_first(const struct plan_loop *loop, uint32_t a, uint32_t b)
{
    const size_t sorts = loop->each->sort_count;

    for (size_t i = 0; i < sorts; i++) {
        int order = key_order(&loop->keys[a * sorts + i], &loop->keys[b * sorts + i],
                              loop->each->sorts[i].descending);

        if (order != 0)
            return order < 0;
    }
    return true;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The items in the order that was found. */
static void loop_sorted(lua_State *L, struct plan_frame *frame)
{
    struct plan_loop *loop = frame->loop;
    json_t **items = loop_memory(L, loop->count, sizeof(*items));

    for (size_t i = 0; i < loop->count; i++)
        items[i] = loop_item(loop, loop->order[i]);
    keys_free(loop, loop->each->sort_count);
    mem_free(loop->items);
    loop->items = items;
    loop_phase(L, frame, PLAN_AT_SORT);
}

/* Merges runs of `width` from `order` into `merged`, at most so many items at once. */
static void loop_sort(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    struct plan_loop *loop = frame->loop;
    size_t moved = 0;

    while (moved < EACH_MERGE && loop->width < loop->count) {
        size_t middle = least(loop->from + loop->width, loop->count);
        size_t end = least(middle + loop->width, loop->count);
        size_t *at = loop->at;

        if (loop->to == loop->from) {
            at[0] = loop->from;
            at[1] = middle;
        }
        for (; loop->to < end && moved < EACH_MERGE; moved++) {
            bool first =
                at[0] < middle &&
                (at[1] == end || loop_comes_first(loop, loop->order[at[0]], loop->order[at[1]]));

            loop->merged[loop->to++] = loop->order[at[first ? 0 : 1]++];
        }
        if (loop->to < end)
            break;
        loop->from = end;
        if (end == loop->count) {
            uint32_t *swapped = loop->order;

            loop->order = loop->merged;
            loop->merged = swapped;
            loop->width *= 2;
            loop->from = loop->to = 0;
        }
    }
    run->steps += (unsigned)moved;
    if (loop->width >= loop->count)
        loop_sorted(L, frame);
}

/* ---- group ----------------------------------------------------------------------------------- */

/* Equal keys have equal texts: 1.50 is 1.5. mem_free() it. */
static char *group_text(lua_State *L, const json_t *key)
{
    const char *digits = json_exact_text(key);
    char plain[DECIMAL_TEXT], *text;
    struct decimal number;
    struct err e;

    if (digits != NULL && decimal_parse(&number, digits, strlen(digits), &e) == ERR_OK) {
        size_t size = decimal_text(&number, plain);

        while (number.scale > 0 && plain[size - 1] == '0')
            plain[--size] = '\0';
        if (plain[size - 1] == '.')
            plain[--size] = '\0';
        return mem_must_copy(plain);
    }
    text = json_text_new(key, LIMIT_OUTPUT, NULL);
    if (text == NULL)
        box_no_memory(L);
    return text;
}

static void group_add(lua_State *L, struct plan_run *run, struct plan_loop *loop, json_t *item)
{
    json_t *key = run->value != NULL ? run->value : json_null();
    char *text = group_text(L, key);
    json_t *group = dict_find(loop->groups, text);
    bool failed = false;

    if (group == NULL) {
        group = json_object();
        json_put(group, "key", json_incref(key), &failed);
        json_put(group, "items", json_array(), &failed);
        failed = json_array_append_new(loop->grouped, group) != 0 || failed;
        if (!failed)
            dict_put(loop->groups, text, group);
    }
    mem_free(text);
    if (failed || json_array_append(json_object_get(group, "items"), item) != 0)
        box_no_memory(L);
    json_decref(plan__take(run));
}

static void loop_groups(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    struct plan_loop *loop = frame->loop;

    if (frame->at == PLAN_AT_GROUP)
        group_add(L, run, loop, loop_item(loop, frame->next++));
    if (frame->next == loop->count) {
        plan_keep(L, run, loop->grouped);
        loop->list = loop->grouped;
        json_decref(loop->grouped);
        loop->grouped = NULL;
        mem_free(loop->items);
        loop->items = NULL;
        loop->count = json_array_size(loop->list);
        loop_phase(L, frame, PLAN_AT_GROUP);
        return;
    }
    loop_show(L, run, loop, frame->next);
    frame->at = PLAN_AT_GROUP;
    plan__enter(L, run, loop->each->group, NULL);
}

/* ---- elements -------------------------------------------------------------------------------- */

static void loop_items(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    struct plan_loop *loop = frame->loop;

    if (frame->at == PLAN_AT_ITEM) {
        json_t *value = plan__take(run);

        if (value != NULL && json_array_append_new(frame->made, value) != 0)
            box_no_memory(L);
        frame->next++;
    }
    if (frame->next == loop->count) {
        loop_end(L, run, frame);
        return;
    }
    loop_show(L, run, loop, frame->next);
    frame->at = PLAN_AT_ITEM;
    plan__enter(L, run, &loop->each->element, NULL);
}

void plan__loop_step(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    switch (frame->at) {
    case PLAN_AT_WHERE:
    case PLAN_AT_WANTED:
        loop_where(L, run, frame);
        break;
    case PLAN_AT_KEYS:
    case PLAN_AT_KEY:
        loop_keys(L, run, frame);
        break;
    case PLAN_AT_SORT:
        loop_sort(L, run, frame);
        break;
    case PLAN_AT_GROUPS:
    case PLAN_AT_GROUP:
        loop_groups(L, run, frame);
        break;
    default:
        check(frame->at == PLAN_AT_ITEMS || frame->at == PLAN_AT_ITEM);
        loop_items(L, run, frame);
    }
}
