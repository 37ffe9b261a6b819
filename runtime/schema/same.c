/* same.c - deep equality as JSON Schema has it: numbers by their worth, members in any order. */
#include <string.h>

#include "base/json.h"
#include "schema/check.h"

static bool numbers_same(const json_t *a, const json_t *b)
{
    struct number left, right;

    return number_read(&left, a) && number_read(&right, b) && number_compare(&left, &right) == 0;
}

static bool arrays_same(struct check *c, const json_t *a, const json_t *b)
{
    if (json_array_size(a) != json_array_size(b))
        return false;
    for (size_t i = 0; i < json_array_size(a); i++)
        if (!same(c, json_array_get(a, i), json_array_get(b, i)))
            return false;
    return true;
}

static bool objects_same(struct check *c, const json_t *a, const json_t *b)
{
    const char *key;
    json_t *value;

    if (json_object_size(a) != json_object_size(b))
        return false;
    json_object_foreach((json_t *)a, key, value)
    {
        const json_t *other = json_object_get(b, key);

        if (other == NULL || !same(c, value, other))
            return false;
    }
    return true;
}

/* JSON that came from outside is at most LIMIT_JSON_DEPTH deep, and so is the recursion. */
bool same(struct check *c, const json_t *a, const json_t *b)
{
    unsigned type = check_type(a);

    if (!check_spend(c, 1) || check_type(b) != type)
        return false;
    switch (type) {
    case SCHEMA_NUMBER:
        return numbers_same(a, b);
    case SCHEMA_STRING:
        return check_spend(c, json_string_length(a) / 64) &&
               json_string_length(a) == json_string_length(b) &&
               memcmp(json_string_value(a), json_string_value(b), json_string_length(a)) == 0;
    case SCHEMA_ARRAY:
        return arrays_same(c, a, b);
    case SCHEMA_OBJECT:
        return objects_same(c, a, b);
    default:
        return json_typeof(a) == json_typeof(b); /* null, true, false */
    }
}

static uint64_t mix(uint64_t hash, uint64_t more)
{
    hash = (hash ^ more) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t text_hash(const char *text, size_t size)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    return hash;
}

uint64_t same_hash(struct check *c, const json_t *value)
{
    unsigned type = check_type(value);
    uint64_t hash = type;
    struct number number;
    const char *key;
    json_t *item;
    size_t i;

    if (!check_spend(c, 1 + (type == SCHEMA_STRING ? json_string_length(value) / 64 : 0)))
        return 0;
    switch (type) {
    case SCHEMA_NUMBER:
        return number_read(&number, value) ? number_hash(&number) : 0;
    case SCHEMA_STRING:
        return mix(hash, text_hash(json_string_value(value), json_string_length(value)));
    case SCHEMA_ARRAY:
        json_array_foreach((json_t *)value, i, item)
        {
            hash = mix(hash, same_hash(c, item));
        }
        return hash;
    case SCHEMA_OBJECT:
        json_object_foreach((json_t *)value, key, item) /* in any order: a sum */
        {
            hash += mix(text_hash(key, strlen(key)), same_hash(c, item));
        }
        return hash;
    default:
        return mix(hash, (uint64_t)json_typeof(value));
    }
}
