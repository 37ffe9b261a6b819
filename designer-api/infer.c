/* infer.c - see infer.h. */
#include "designer-api/infer.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"

/* A set of values is an array of them, borrowed. */

enum infer_bit { BIT_NULL, BIT_BOOLEAN, BIT_INTEGER, BIT_NUMBER, BIT_TEXT, BIT_OBJECT, BIT_ARRAY };
static const char *const bit_names[] = { "null",   "boolean", "integer", "number",
                                         "string", "object",  "array" };

static enum infer_bit value_bit(const json_t *value)
{
    if (json_is_text(value))
        return BIT_TEXT;
    if (json_is_exact(value))
        return BIT_NUMBER;
    if (json_is_integer(value))
        return BIT_INTEGER;
    return json_is_object(value)    ? BIT_OBJECT
           : json_is_array(value)   ? BIT_ARRAY
           : json_is_boolean(value) ? BIT_BOOLEAN
                                    : BIT_NULL;
}

static json_t *infer(const json_t *values);

/* ---- Texts */

/* "9999-99-99T99:99:99" against a text: 9 is any digit. */
static bool text_begins(const char *text, const char *form)
{
    for (; *form != '\0'; form++, text++)
        if (*form == '9' ? *text < '0' || *text > '9' : *text != *form)
            return false;
    return true;
}

static const char *text_format(const char *text)
{
    size_t size = strlen(text);
    const char *at = strchr(text, '@');

    if (size == 10 && text_begins(text, "9999-99-99"))
        return "date";
    if (size >= 20 && text_begins(text, "9999-99-99T99:99:99") && strpbrk(text + 19, "Z+-") != NULL)
        return "date-time";
    if (at != NULL && at > text && strchr(at + 1, '.') != NULL && strchr(at + 1, '@') == NULL &&
        strpbrk(text, " \t") == NULL)
        return "email";
    if (size == 36 && strspn(text, "0123456789abcdefABCDEF-") == 36 && text[8] == '-' &&
        text[13] == '-' && text[18] == '-' && text[23] == '-')
        return "uuid";
    return strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0 ? "uri" : NULL;
}

static void infer_texts(json_t *schema, const json_t *values)
{
    const char *format = NULL;
    bool first = true;
    json_t *value;
    size_t i;

    json_array_foreach(values, i, value)
    {
        const char *own = json_is_text(value) ? text_format(json_text(value)) : NULL;

        if (!json_is_text(value))
            continue;
        if (first)
            format = own;
        else if (own == NULL || format == NULL || strcmp(own, format) != 0)
            format = NULL;
        first = false;
    }
    if (format != NULL)
        json_object_set_new(schema, "format", json_string(format));
}

/* ---- Objects and lists */

static void infer_members(json_t *schema, const json_t *values)
{
    json_t *members = json_object(), *properties = json_object(), *required = json_array(), *value,
           *member, *list;
    size_t i, objects = 0;
    const char *key;

    json_array_foreach(values, i, value)
    {
        objects += json_is_object(value);
        json_object_foreach(value, key, member)
        {
            list = json_object_get(members, key);
            if (list == NULL) {
                list = json_array();
                json_object_set_new(members, key, list);
            }
            json_array_append(list, member);
        }
    }
    json_object_foreach(members, key, list)
    {
        json_object_set_new(properties, key, infer(list));
        if (json_array_size(list) == objects)
            json_array_append_new(required, json_string(key));
    }
    json_object_set_new(schema, "properties", properties);
    if (json_array_size(required) > 0)
        json_object_set(schema, "required", required);
    json_decref(required);
    json_decref(members);
}

static void infer_items(json_t *schema, const json_t *values)
{
    json_t *items = json_array(), *value;
    size_t i;

    json_array_foreach(values, i, value)
    {
        if (json_is_array(value))
            json_array_extend(items, value);
    }
    if (json_array_size(items) > 0)
        json_object_set_new(schema, "items", infer(items));
    json_decref(items);
}

static json_t *infer(const json_t *values)
{
    json_t *schema = json_object(), *types = json_array(), *value;
    unsigned bits = 0;
    size_t i;

    json_array_foreach(values, i, value)
    {
        bits |= 1u << value_bit(value);
    }
    if ((bits & (1u << BIT_NUMBER)) != 0)
        bits &= ~(1u << BIT_INTEGER); /* a number may be whole */
    for (unsigned bit = 0; bit < sizeof bit_names / sizeof *bit_names; bit++)
        if ((bits & (1u << bit)) != 0)
            json_array_append_new(types, json_string(bit_names[bit]));
    if (json_array_size(types) == 1)
        json_object_set(schema, "type", json_array_get(types, 0));
    else if (json_array_size(types) > 1)
        json_object_set(schema, "type", types);
    json_decref(types);
    if ((bits & (1u << BIT_TEXT)) != 0)
        infer_texts(schema, values);
    if ((bits & (1u << BIT_OBJECT)) != 0)
        infer_members(schema, values);
    if ((bits & (1u << BIT_ARRAY)) != 0)
        infer_items(schema, values);
    return schema;
}

json_t *infer_schema(const json_t *samples)
{
    check(json_is_array(samples));
    return infer(samples);
}
