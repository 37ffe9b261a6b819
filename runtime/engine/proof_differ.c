/* proof_differ.c - the first difference of two values, for people. */
#include "engine/proof.h"

#include <string.h>

#include "base/json.h"

#define SHOWN 160u /* bytes of a value in a message */

static bool differ_at(const json_t *expected, const json_t *got, const json_t **expected_at,
                      const json_t **got_at)
{
    *expected_at = expected;
    *got_at = got;
    return true;
}

static void pointer_index(struct buf *pointer, size_t index)
{
    buf_add_char(pointer, '/');
    buf_add_int(pointer, (long long)index);
}

/* Recursion is bounded by the depth of JSON that can be read. */
static bool differ_lists(const json_t *expected, const json_t *got, bool part, struct buf *pointer,
                         const json_t **expected_at, const json_t **got_at)
{
    size_t most = json_array_size(expected), here = pointer->len;

    if (json_array_size(got) > most)
        most = json_array_size(got);
    for (size_t i = 0; i < most; i++) {
        pointer_index(pointer, i);
        if (i >= json_array_size(expected) || i >= json_array_size(got))
            return differ_at(json_array_get(expected, i), json_array_get(got, i), expected_at,
                             got_at);
        if (proof_differ(json_array_get(expected, i), json_array_get(got, i), part, pointer,
                         expected_at, got_at))
            return true;
        if (buf_ok(pointer)) {
            pointer->len = here;
            if (pointer->at != NULL)
                pointer->at[here] = '\0';
        }
    }
    return false;
}

static bool differ_objects(const json_t *expected, const json_t *got, bool part,
                           struct buf *pointer, const json_t **expected_at, const json_t **got_at)
{
    size_t here = pointer->len;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)expected, key, value)
    {
        json_pointer_add(pointer, key);
        if (json_object_get(got, key) == NULL)
            return differ_at(value, NULL, expected_at, got_at);
        if (proof_differ(value, json_object_get(got, key), part, pointer, expected_at, got_at))
            return true;
        if (buf_ok(pointer)) {
            pointer->len = here;
            if (pointer->at != NULL)
                pointer->at[here] = '\0';
        }
    }
    json_object_foreach((json_t *)got, key, value)
    {
        if (part || json_object_get(expected, key) != NULL)
            continue;
        json_pointer_add(pointer, key);
        return differ_at(NULL, value, expected_at, got_at);
    }
    return false;
}

bool proof_differ(const json_t *expected, const json_t *got, bool part, struct buf *pointer,
                  const json_t **expected_at, const json_t **got_at)
{
    if (json_is_object(expected) && json_is_object(got))
        return differ_objects(expected, got, part, pointer, expected_at, got_at);
    if (json_is_array(expected) && json_is_array(got))
        return differ_lists(expected, got, part, pointer, expected_at, got_at);
    if (expected != NULL && got != NULL && json_same(expected, got))
        return false;
    return differ_at(expected, got, expected_at, got_at);
}

static void value_show(struct buf *text, const json_t *value)
{
    struct buf all;
    size_t size;

    if (value == NULL) {
        buf_add_text(text, "nothing");
        return;
    }
    buf_init(&all, 16u * 1024 * 1024);
    json_write(&all, value);
    size = all.len < SHOWN ? all.len : SHOWN;
    while (size > 0 && size < all.len && ((unsigned char)buf_text(&all)[size] & 0xC0) == 0x80)
        size--; /* not within a character */
    buf_add(text, buf_text(&all), size);
    if (size < all.len)
        buf_add_text(text, "...");
    buf_fini(&all);
}

void proof_differ_text(const json_t *expected, const json_t *got, bool part, struct buf *text,
                       struct buf *pointer)
{
    const json_t *expected_at = NULL, *got_at = NULL;

    if (!proof_differ(expected, got, part, pointer, &expected_at, &got_at))
        return;
    if (pointer->len > 0)
        buf_addf(text, "at %s: ", buf_text(pointer));
    buf_add_text(text, "expected ");
    value_show(text, expected_at);
    buf_add_text(text, ", got ");
    value_show(text, got_at);
}
