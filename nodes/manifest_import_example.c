/* manifest_import_example.c - values that fit the schemas of an OpenAPI document. */
#include <string.h>

#include "nodes/manifest_import_priv.h"
#include "schema/schema.h"

static void quiet(void *arg, const struct schema_fault *fault)
{
    (void)arg, (void)fault;
}

static bool example_fits(json_t *schema, const json_t *value)
{
    struct schema *made = schema_new(schema, SCHEMA_FORMATS, quiet, NULL);
    struct err e;
    bool fits = made != NULL && schema_verify(made, value, &(struct schema_ask){ 0 }, &e) == ERR_OK;

    schema_free(made);
    return fits;
}

/* What numbers, codes and names usually look like. */
/* clang-format off */
static const char *const usual_texts[] = {
    "text", "Text", "TEXT", "a", "A", "1", "01", "12", "123", "1234", "12345", "123456",
    "12345678", "123456789", "1234567890", "1234567890123456", "12.50", "-12.50", "ab", "AB",
    "en-US", "USD", "ABC", "abc", "a1", "A1", "A-1", "AB-1234", "ABC-123", "a_1", "id_1",
    "abc123", "a-b", "a.b", "1.0", "1.0.0", "v1", "true", "/a", "/a/b", "a/b", "#a1b2c3",
    "+15550100", "555-0100", "12:00", "12:00:00", "2026", "2026-01", "2026-01-31", "01/31/2026",
    "20260131", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z", "P1D", "ann@example.com",
    "www.example.com", "http://example.com/a", "https://example.com/a", "192.0.2.7", "urn:a:b",
    "1f0e6f2a", "1f0e6f2a8f53", "1f0e6f2a8f534a7e", "1f0e6f2a8f534a7e9d7e2f3f",
    "1f0e6f2a8f534a7e9d7e2f3f4b1c9a10", "1F0E6F2A8F534A7E9D7E2F3F4B1C9A10",
    "1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10", "1F0E6F2A-8F53-4A7E-9D7E-2F3F4B1C9A10",
    "1f0e6f2a8f534a7e9d7e2f3f4b1c9a101f0e6f2a8f534a7e9d7e2f3f4b1c9a10", "*", "", " ",
};
/* clang-format on */

json_t *import__example_of_pattern(json_t *schema)
{
    json_t *own = json_array_get(json_object_get(schema, "examples"), 0);

    if (own != NULL && example_fits(schema, own))
        return json_incref(own);
    for (size_t i = 0; i < sizeof usual_texts / sizeof *usual_texts; i++) {
        json_t *text = json_string(usual_texts[i]);

        if (example_fits(schema, text))
            return text;
        json_decref(text);
    }
    return NULL;
}

static json_t *example_text(json_t *schema)
{
    static const struct {
        const char *format, *text;
    } texts[] = {
        { "date-time", "2026-01-31T12:00:00Z" },
        { "date", "2026-01-31" },
        { "time", "12:00:00Z" },
        { "duration", "P1D" },
        { "email", "ann@example.com" },
        { "hostname", "www.example.com" },
        { "ipv4", "192.0.2.7" },
        { "ipv6", "2001:db8::7" },
        { "uri", "https://example.com/a" },
        { "uri-reference", "/a" },
        { "uuid", "1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10" },
    };
    const char *format = json_get_text(schema, "format");
    int64_t least = json_get_int(schema, "minLength", 0);
    int64_t most = json_get_int(schema, "maxLength", INT64_MAX);
    char text[201] = "text";
    size_t size = strlen(text);

    if (json_object_get(schema, "pattern") != NULL) {
        json_t *made = import__example_of_pattern(schema);

        if (made != NULL)
            return made;
    }
    for (size_t i = 0; format != NULL && i < sizeof texts / sizeof *texts; i++)
        if (strcmp(texts[i].format, format) == 0)
            return json_string(texts[i].text);
    if (least > (int64_t)size) {
        size = least < 200 ? (size_t)least : 200;
        memset(text, 'x', size);
    }
    if ((int64_t)size > most)
        size = most > 0 ? (size_t)most : 0;
    return json_stringn(text, size);
}

static json_t *example_number(json_t *schema)
{
    static const char *const names[] = { "multipleOf", "minimum", "maximum" };
    const json_t *over = json_object_get(schema, "exclusiveMinimum");

    if (json_is_integer(over))
        return json_integer(json_integer_value(over) + 1);
    for (size_t i = 0; i < 3; i++) {
        json_t *bound = json_object_get(schema, names[i]);

        if (bound != NULL && (i < 2 || (json_is_integer(bound) && json_integer_value(bound) < 1)))
            return json_incref(bound);
    }
    return json_integer(1);
}

/* As many members as must be there, of those that may. */
static void example_fill(const struct import *import, json_t *schema, json_t *defs, unsigned depth,
                         json_t *made)
{
    json_t *member, *properties = json_object_get(schema, "properties");
    size_t least = (size_t)json_get_int(schema, "minProperties", 0);
    const char *name;

    json_object_foreach(properties, name, member)
    {
        if (json_object_size(made) < least && json_object_get(made, name) == NULL)
            json_object_set_new(made, name,
                                import__example(import, member, defs, false, depth + 1));
    }
    member = json_object_get(schema, "additionalProperties");
    if (json_object_size(made) < least && !json_is_false(member)) /* a name that nobody has given */
        json_object_set_new(made, "name", import__example(import, member, defs, false, depth + 1));
}

static json_t *example_object(const struct import *import, json_t *schema, json_t *defs, bool all,
                              unsigned depth)
{
    json_t *made = json_object(), *member, *properties = json_object_get(schema, "properties");
    json_t *part;
    const char *name;
    size_t i;

    json_array_foreach(json_object_get(schema, "allOf"), i, member)
    {
        part = import__example(import, member, defs, all, depth + 1);
        if (json_is_object(part))
            json_object_update(made, part);
        json_decref(part);
    }
    if (all && depth < 3)
        json_object_foreach(properties, name, member)
        {
            json_object_set_new(made, name, import__example(import, member, defs, all, depth + 1));
        }
    json_array_foreach(json_object_get(schema, "required"), i, member)
    {
        name = json_text(member);
        if (json_object_get(made, name) == NULL)
            json_object_set_new(
                made, name,
                import__example(import, json_object_get(properties, name), defs, all, depth + 1));
    }
    example_fill(import, schema, defs, depth, made);
    return made;
}

/* What the document itself gives as a value; borrowed, NULL: nothing. */
static json_t *example_given(const struct import *import, json_t *schema)
{
    json_t *given = json_object_get(schema, "const");

    json_t *own = json_array_get(json_object_get(schema, "examples"), 0);

    if (given == NULL && own != NULL && (!import->plain || example_fits(schema, own)))
        given = own;
    if (given == NULL)
        given = json_object_get(schema, "default");
    if (given == NULL)
        given = json_array_get(json_object_get(schema, "enum"), 0);
    return given;
}

static json_t *example_list(const struct import *import, json_t *schema, json_t *defs, bool all,
                            unsigned depth)
{
    int64_t least = json_get_int(schema, "minItems", 0);
    json_t *made = json_array();

    if (least == 0 && all && depth < 3 && json_get_int(schema, "maxItems", 1) > 0)
        least = 1;
    for (int64_t i = 0; i < least && i < 10; i++)
        json_array_append_new(
            made, import__example(import, json_object_get(schema, "items"), defs, all, depth + 1));
    return made;
}

json_t *import__example(const struct import *import, json_t *schema, json_t *defs, bool all,
                        unsigned depth)
{
    const char *reference = json_get_text(schema, "$ref"), *type = json_get_text(schema, "type");
    json_t *given = example_given(import, schema), *some = json_object_get(schema, "oneOf");

    if (depth > IMPORT_DEPTH)
        return json_null();
    if (reference != NULL)
        return import__example(import, json_object_get(defs, strrchr(reference, '/') + 1), defs,
                               all, depth + 1);
    if (given != NULL)
        return json_incref(given);
    if (some == NULL)
        some = json_object_get(schema, "anyOf");
    if (json_array_size(some) > 0 && json_object_get(schema, "properties") == NULL)
        return import__example(import, json_array_get(some, 0), defs, all, depth + 1);
    if (type == NULL)
        type = json_text(json_array_get(json_object_get(schema, "type"), 0));
    if (type == NULL && json_object_get(schema, "items") != NULL)
        type = "array";
    if (type == NULL || strcmp(type, "object") == 0)
        return example_object(import, schema, defs, all, depth);
    if (strcmp(type, "array") == 0)
        return example_list(import, schema, defs, all, depth);
    if (strcmp(type, "string") == 0)
        return example_text(schema);
    if (strcmp(type, "boolean") == 0)
        return json_true();
    if (strcmp(type, "null") == 0)
        return json_null();
    return example_number(schema);
}
