/* differ.c - see differ.h. Large parts of a difference are told by their kind and size. */
#include "designer-api/differ_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/table.h"

const char *const differ_usual[] = { "id", "key", "number", "sku", "code", "name", NULL };

static bool differ_number(const json_t *value, struct decimal *number)
{
    const char *text = json_exact_text(value);
    struct err e;

    if (json_is_integer(value)) {
        decimal_from_int(number, json_integer_value(value));
        return true;
    }
    return text != NULL && decimal_parse(number, text, strlen(text), &e) == ERR_OK;
}

/* The same value; not of containers. */
static bool differ_same(const json_t *left, const json_t *right)
{
    struct decimal a, b;

    if (differ_number(left, &a) && differ_number(right, &b))
        return decimal_compare(&a, &b) == 0;
    return json_same(left, right);
}

static json_t *differ_told(const json_t *value)
{
    char *text = json_text_new(value, DIFFER_VALUE, NULL);
    json_t *told;

    if (text != NULL)
        told = json_incref((json_t *)(uintptr_t)value);
    else if (json_is_text(value))
        told =
            json_pack("{s:s, s:I}", "kind", "text", "bytes", (json_int_t)json_string_length(value));
    else
        told = json_pack(
            "{s:s, s:I}", "kind", json_kind(value), "count",
            (json_int_t)(json_is_array(value) ? json_array_size(value) : json_object_size(value)));
    mem_free(text);
    return told != NULL ? told : json_null();
}

void differ_tell(struct differ *differ, const char *kind, const json_t *left, const json_t *right)
{
    json_t *one;

    if (json_array_size(differ->found) >= differ->limit) {
        differ->more = true;
        return;
    }
    one = json_pack("{s:s, s:s}", "pointer", buf_text(&differ->pointer), "kind", kind);
    check(one != NULL);
    if (left != NULL)
        json_object_set_new_nocheck(one, "left", differ_told(left));
    if (right != NULL)
        json_object_set_new_nocheck(one, "right", differ_told(right));
    json_array_append_new(differ->found, one);
}

void differ_back(struct differ *differ, size_t before)
{
    differ->pointer.len = before;
    differ->pointer.at[before] = '\0';
}

/* What stands at a place of both, or of one only. */
static void differ_place(struct differ *differ, const char *name, const json_t *left,
                         const json_t *right, unsigned depth)
{
    size_t before = differ->pointer.len;

    json_pointer_add(&differ->pointer, name);
    if (left == NULL)
        differ_tell(differ, "added", NULL, right);
    else if (right == NULL)
        differ_tell(differ, "removed", left, NULL);
    else
        differ_pair(differ, left, right, depth + 1);
    differ_back(differ, before);
}

static void differ_objects(struct differ *differ, const json_t *left, const json_t *right,
                           unsigned depth)
{
    const char *name;
    json_t *one;

    json_object_foreach((json_t *)(uintptr_t)left, name, one)
    {
        differ_place(differ, name, one, json_object_get(right, name), depth);
    }
    json_object_foreach((json_t *)(uintptr_t)right, name, one)
    {
        if (json_object_get(left, name) == NULL)
            differ_place(differ, name, NULL, one, depth);
    }
}

/* ---- Lists */

static char *differ_id(const json_t *element, const char *key)
{
    const json_t *id = json_object_get(element, key);

    return json_is_text(id) || json_is_integer(id) || json_is_exact(id)
               ? json_text_new(id, DIFFER_KEY, NULL)
               : NULL;
}

/* Elements by what identifies them: place + 1. NULL: not all have it, or two the same. */
static struct dict *differ_ids(const json_t *list, const char *key)
{
    struct dict *ids = dict_new();
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        char *id = differ_id(one, key);

        if (id == NULL || dict_find(ids, id) != NULL) {
            mem_free(id);
            dict_free(ids);
            return NULL;
        }
        dict_put(ids, id, (void *)(uintptr_t)(i + 1));
        mem_free(id);
    }
    return ids;
}

static void differ_identified(struct differ *differ, const json_t *left, const json_t *right,
                              const char *key, const struct dict *lefts, const struct dict *rights,
                              unsigned depth)
{
    char place[24];
    json_t *one;
    size_t i;

    json_array_foreach(left, i, one)
    {
        char *id = differ_id(one, key);
        size_t other = (size_t)(uintptr_t)dict_find(rights, id);

        snprintf(place, sizeof place, "%zu", i);
        differ_place(differ, place, one, other > 0 ? json_array_get(right, other - 1) : NULL,
                     depth);
        mem_free(id);
    }
    json_array_foreach(right, i, one)
    {
        char *id = differ_id(one, key);

        snprintf(place, sizeof place, "%zu", i);
        if (dict_find(lefts, id) == NULL)
            differ_place(differ, place, NULL, one, depth);
        mem_free(id);
    }
}

/* Whether both lists can be compared by that member; then they are. */
static bool differ_by(struct differ *differ, const json_t *left, const json_t *right,
                      const char *key, unsigned depth)
{
    struct dict *lefts = differ_ids(left, key);
    struct dict *rights = lefts != NULL ? differ_ids(right, key) : NULL;

    if (rights != NULL)
        differ_identified(differ, left, right, key, lefts, rights, depth);
    dict_free(lefts);
    dict_free(rights);
    return rights != NULL;
}

static void differ_lists(struct differ *differ, const json_t *left, const json_t *right,
                         unsigned depth)
{
    const char *given = json_get_text(differ->keys, buf_text(&differ->pointer));
    size_t a = json_array_size(left), b = json_array_size(right);
    char place[24];

    if (given != NULL && differ_by(differ, left, right, given, depth))
        return;
    for (size_t i = 0; differ_usual[i] != NULL && a > 0 && b > 0; i++)
        if (differ_by(differ, left, right, differ_usual[i], depth))
            return;
    for (size_t i = 0; i < a || i < b; i++) {
        snprintf(place, sizeof place, "%zu", i);
        differ_place(differ, place, json_array_get(left, i), json_array_get(right, i), depth);
        if (differ->more)
            return;
    }
}

void differ_pair(struct differ *differ, const json_t *left, const json_t *right, unsigned depth)
{
    check(depth < 2 * LIMIT_JSON_DEPTH);
    if (differ->more)
        return;
    if (json_is_object(left) && json_is_object(right))
        differ_objects(differ, left, right, depth);
    else if (json_is_array(left) && json_is_array(right))
        differ_lists(differ, left, right, depth);
    else if (!differ_same(left, right))
        differ_tell(differ, "changed", left, right);
}

void differ_begin(struct differ *differ, const json_t *keys, unsigned limit)
{
    *differ = (struct differ){ .keys = keys, .limit = limit, .found = json_array() };
    buf_init(&differ->pointer, MIB);
    buf_add_text(&differ->pointer, "/"); /* so that there is room to cut */
    differ_back(differ, 0);
}

json_t *differ_end(struct differ *differ)
{
    json_t *out =
        json_pack("{s:b, s:o}", "same", json_array_size(differ->found) == 0 && !differ->over,
                  "differences", differ->found);

    check(out != NULL);
    if (differ->more)
        json_object_set_new_nocheck(out, "more", json_true());
    if (differ->over)
        json_object_set_new_nocheck(out, "incomplete", json_true());
    buf_fini(&differ->pointer);
    return out;
}

json_t *differ_values(const json_t *left, const json_t *right, const json_t *keys, unsigned limit)
{
    struct differ differ;

    differ_begin(&differ, keys, limit);
    if (left == NULL && right != NULL)
        differ_tell(&differ, "added", NULL, right);
    else if (left != NULL && right == NULL)
        differ_tell(&differ, "removed", left, NULL);
    else if (left != NULL)
        differ_pair(&differ, left, right, 0);
    return differ_end(&differ);
}
