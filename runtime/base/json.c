/* json.c - values of known shape, comparison, pointers, and the limits by what is read. */
#include "base/json_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/utf8_priv.h"

const struct json_limits json_limits_body = { LIMIT_BODY, LIMIT_JSON_DEPTH, LIMIT_JSON_VALUES };
const struct json_limits json_limits_flow = { LIMIT_FLOW_BYTES, LIMIT_JSON_DEPTH,
                                              LIMIT_JSON_VALUES };
const struct json_limits json_limits_reply = { LIMIT_REPLY, LIMIT_JSON_DEPTH, LIMIT_JSON_VALUES };

const char *json_kind(const json_t *value)
{
    if (value == NULL)
        return "nothing";
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "array";
    case JSON_STRING:
        return json_is_exact(value) ? "number" : "text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "boolean";
    case JSON_NULL:
        return "null";
    }
    return "nothing";
}

/* ---- comparison ------------------------------------------------------------------------------ */

/* The text of a number of whatever make, or NULL if it is none. */
static const char *number_text(const json_t *value, char text[JSON__REAL_TEXT])
{
    struct buf digits;

    if (json_is_real(value)) {
        text[json__real_text(json_real_value(value), text)] = '\0';
        return text;
    }
    if (!json_is_integer(value))
        return json_exact_text(value);
    buf_init(&digits, JSON__REAL_TEXT - 1);
    buf_add_int(&digits, json_integer_value(value));
    memcpy(text, buf_text(&digits), digits.len + 1);
    buf_fini(&digits);
    return text;
}

static bool same_at(const json_t *a, const json_t *b, unsigned depth);

static bool same_objects(const json_t *a, const json_t *b, unsigned depth)
{
    const char *key;
    size_t key_size;
    json_t *value;

    if (json_object_size(a) != json_object_size(b))
        return false;
    json_object_keylen_foreach((json_t *)a, key, key_size, value)
    {
        if (!same_at(value, json_object_getn(b, key, key_size), depth))
            return false;
    }
    return true;
}

static bool same_arrays(const json_t *a, const json_t *b, unsigned depth)
{
    size_t size = json_array_size(a);

    if (size != json_array_size(b))
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!same_at(json_array_get(a, i), json_array_get(b, i), depth))
            return false;
    }
    return true;
}

static bool same_at(const json_t *a, const json_t *b, unsigned depth)
{
    char a_text[JSON__REAL_TEXT];
    char b_text[JSON__REAL_TEXT];
    const char *a_digits;
    const char *b_digits;

    if (a == NULL || b == NULL)
        return a == b;
    if (depth == 0)
        return false;
    if (json_is_object(a))
        return json_is_object(b) && same_objects(a, b, depth - 1);
    if (json_is_array(a))
        return json_is_array(b) && same_arrays(a, b, depth - 1);
    if (json_is_integer(a) && json_is_integer(b))
        return json_integer_value(a) == json_integer_value(b);
    a_digits = number_text(a, a_text);
    b_digits = number_text(b, b_text);
    if (a_digits != NULL || b_digits != NULL)
        return a_digits != NULL && b_digits != NULL && strcmp(a_digits, b_digits) == 0;
    if (json_is_string(a))
        return json_is_string(b) && json_string_length(a) == json_string_length(b) &&
               memcmp(json_string_value(a), json_string_value(b), json_string_length(a)) == 0;
    return json_typeof(a) == json_typeof(b);
}

bool json_same(const json_t *a, const json_t *b)
{
    return same_at(a, b, JSON__DEPTH);
}

/* ---- members --------------------------------------------------------------------------------- */

const char *json_get_text(const json_t *object, const char *key)
{
    return json_text(json_object_get(object, key));
}

int64_t json_get_int(const json_t *object, const char *key, int64_t fallback)
{
    const json_t *value = json_object_get(object, key);

    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

void json_put(json_t *object, const char *key, json_t *value, bool *failed)
{
    check(key != NULL);
    check(failed != NULL);
    if (json_object_set_new(object, key, value) != 0) /* also for a value that is NULL */
        *failed = true;
}

void json_put_or_null(json_t *object, const char *key, json_t *value, bool *failed)
{
    json_put(object, key, value != NULL ? value : json_null(), failed);
}

/* Whether nothing is missing in a copy; deep: nor in what it holds. */
static bool json_copy_is_whole(const json_t *copy, const json_t *value, bool deep)
{
    const char *key;
    json_t *member;
    size_t i;

    if (copy == NULL || json_object_size(copy) != json_object_size(value) ||
        json_array_size(copy) != json_array_size(value))
        return false;
    if (!deep)
        return true;
    json_object_foreach((json_t *)value, key, member)
    {
        if (!json_copy_is_whole(json_object_get(copy, key), member, true))
            return false;
    }
    json_array_foreach(value, i, member)
    {
        if (!json_copy_is_whole(json_array_get(copy, i), member, true))
            return false;
    }
    return true;
}

json_t *json_copied(json_t *value)
{
    json_t *copy = json_copy(value);

    if (json_copy_is_whole(copy, value, false))
        return copy;
    json_decref(copy);
    return NULL;
}

json_t *json_copied_deep(const json_t *value)
{
    json_t *copy = json_deep_copy(value);

    if (json_copy_is_whole(copy, value, true))
        return copy;
    json_decref(copy);
    return NULL;
}

/* ---- text ------------------------------------------------------------------------------------ */

bool utf8_valid(const char *text, size_t size)
{
    const char *at = text;
    const char *end = text + size;

    while (at < end) {
        size_t length;
        uint64_t word;

        if (end - at >= 8) {
            memcpy(&word, at, sizeof(word));
            if ((word & 0x8080808080808080u) == 0) {
                at += 8;
                continue;
            }
        }
        length = utf8__length((const unsigned char *)at, (size_t)(end - at));
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

size_t utf8_count(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += utf8__tail((unsigned char)*text) ? 0 : 1;
    return count;
}

size_t utf8_cut(const char *text, size_t most)
{
    size_t size = strnlen(text, most);

    while (size > 0 && utf8__tail((unsigned char)text[size]))
        size--;
    return size;
}

void json_pointer_add(struct buf *pointer, const char *key)
{
    check(key != NULL);
    buf_add_char(pointer, '/');
    for (size_t size; *key != '\0'; key += size) {
        size = strcspn(key, "~/");
        buf_add(pointer, key, size);
        if (key[size] == '\0')
            continue;
        buf_add_text(pointer, key[size] == '~' ? "~0" : "~1");
        size++;
    }
}
