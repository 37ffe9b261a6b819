/* manifest_import_schema.c - schemas of OpenAPI as JSON Schema 2020-12. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "nodes/manifest_import_priv.h"
#include "schema/schema.h"

/* ---- Keywords */

enum keyword { KEYWORD_COPY, KEYWORD_SCHEMA, KEYWORD_LIST, KEYWORD_MAP };
static const struct {
    const char *name;
    enum keyword kind;
} keywords[] = {
    { "title", KEYWORD_COPY },
    { "description", KEYWORD_COPY },
    { "type", KEYWORD_COPY },
    { "enum", KEYWORD_COPY },
    { "const", KEYWORD_COPY },
    { "default", KEYWORD_COPY },
    { "minimum", KEYWORD_COPY },
    { "maximum", KEYWORD_COPY },
    { "multipleOf", KEYWORD_COPY },
    { "minLength", KEYWORD_COPY },
    { "maxLength", KEYWORD_COPY },
    { "minItems", KEYWORD_COPY },
    { "maxItems", KEYWORD_COPY },
    { "uniqueItems", KEYWORD_COPY },
    { "minProperties", KEYWORD_COPY },
    { "maxProperties", KEYWORD_COPY },
    { "examples", KEYWORD_COPY },
    { "items", KEYWORD_SCHEMA },
    { "not", KEYWORD_SCHEMA },
    { "contains", KEYWORD_SCHEMA },
    { "propertyNames", KEYWORD_SCHEMA },
    { "additionalProperties", KEYWORD_SCHEMA },
    { "if", KEYWORD_SCHEMA },
    { "then", KEYWORD_SCHEMA },
    { "else", KEYWORD_SCHEMA },
    { "allOf", KEYWORD_LIST },
    { "anyOf", KEYWORD_LIST },
    { "oneOf", KEYWORD_LIST },
    { "prefixItems", KEYWORD_LIST },
    { "properties", KEYWORD_MAP },
};

static void quiet(void *arg, const struct schema_fault *fault)
{
    (void)arg, (void)fault;
}

/* Whether the validator obeys a schema of one keyword. */
static bool is_obeyed(const char *keyword, json_t *value)
{
    json_t *json = json_pack("{s:O}", keyword, value);
    struct schema *schema = schema_new(json, SCHEMA_FORMATS, quiet, NULL);
    bool obeyed = schema != NULL;

    schema_free(schema);
    json_decref(json);
    return obeyed;
}

static json_t *import_reference(struct import *import, json_t *schema, json_t *defs, bool request,
                                unsigned depth)
{
    const char *reference = json_get_text(schema, "$ref"), *name = strrchr(reference, '/');
    json_t *target = import__resolve(import, schema);
    char key[120], pointer[160];
    size_t at = 0;

    if (target == NULL) {
        import__say(import, "the reference %.120s %s; anything is accepted there", reference,
                    import__astray(import, schema));
        return json_object();
    }
    for (name = name != NULL ? name + 1 : reference; *name != '\0' && at + 1 < sizeof key; name++)
        key[at++] = strchr("~%/#", *name) != NULL ? '_' : *name;
    key[at] = '\0';
    snprintf(pointer, sizeof pointer, "#/$defs/%s", key);
    if (json_object_get(defs, key) == NULL) {
        json_object_set_new(defs, key, json_object()); /* so that a cycle ends here */
        json_object_set_new(defs, key, import__schema(import, target, defs, request, depth + 1));
    }
    return json_pack("{s:s}", "$ref", pointer);
}

/* Properties that only answers have are no part of a request. */
static json_t *import_map(struct import *import, json_t *map, json_t *defs, bool request,
                          unsigned depth)
{
    json_t *made = json_object(), *member;
    const char *name;

    json_object_foreach(map, name, member)
    {
        if (request && json_is_true(json_object_get(member, "readOnly")))
            continue;
        json_object_set_new(made, name, import__schema(import, member, defs, request, depth + 1));
    }
    return made;
}

static json_t *import_list(struct import *import, json_t *list, json_t *defs, bool request,
                           unsigned depth)
{
    json_t *made = json_array(), *member;
    size_t i;

    json_array_foreach(list, i, member)
    {
        json_array_append_new(made, import__schema(import, member, defs, request, depth + 1));
    }
    return made;
}

static void import_required(json_t *schema, json_t *made)
{
    json_t *list = json_array(), *name;
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *kept = json_object_get(made, "properties");
    size_t i;

    json_array_foreach(json_object_get(schema, "required"), i, name)
    {
        const char *text = json_text(name);

        if (text != NULL &&
            (json_object_get(properties, text) == NULL || json_object_get(kept, text) != NULL))
            json_array_append(list, name);
    }
    if (json_array_size(list) > 0)
        json_object_set(made, "required", list);
    json_decref(list);
}

/* What 3.0 writes in a way of its own. */
static void import_old(json_t *schema, json_t *made)
{
    static const char *const bounds[][2] = { { "exclusiveMinimum", "minimum" },
                                             { "exclusiveMaximum", "maximum" } };
    json_t *example = json_object_get(schema, "example"), *type = json_object_get(made, "type");

    for (size_t i = 0; i < 2; i++) {
        json_t *bound = json_object_get(schema, bounds[i][0]);
        json_t *plain = json_object_get(made, bounds[i][1]);

        if (json_is_true(bound) && plain != NULL) {
            json_object_set(made, bounds[i][0], plain);
            json_object_del(made, bounds[i][1]);
        } else if (bound != NULL && !json_is_boolean(bound)) {
            json_object_set(made, bounds[i][0], bound);
        }
    }
    if (json_is_true(json_object_get(schema, "nullable")) && json_is_text(type)) {
        json_t *choices = json_object_get(made, "enum");

        json_object_set_new(made, "type", json_pack("[O, s]", type, "null"));
        if (choices != NULL) {
            json_t *with = json_copied_deep(choices);

            json_array_append_new(with, json_null());
            json_object_set_new(made, "enum", with);
        }
    }
    if (example != NULL && json_object_get(made, "examples") == NULL)
        json_object_set_new(made, "examples", json_pack("[O]", example));
}

/* An action without an example is none, so a pattern that nothing is known to fit goes. */
static void import_pattern(struct import *import, json_t *made)
{
    json_t *fitting = import__example_of_pattern(made);

    if (fitting == NULL) {
        import__say(import, "the pattern %.80s is left out, for no example of it could be made",
                    json_text(json_object_get(made, "pattern")));
        json_object_del(made, "pattern");
    }
    json_decref(fitting);
}

static void import_asserted(struct import *import, json_t *schema, json_t *made)
{
    json_t *format = json_object_get(schema, "format"),
           *pattern = json_object_get(schema, "pattern");
    json_t *type = json_object_get(made, "type"), *examples = json_object_get(made, "examples");

    if (format != NULL && is_obeyed("format", format))
        json_object_set(made, "format", format);
    if (pattern != NULL && is_obeyed("pattern", pattern))
        json_object_set(made, "pattern", pattern);
    else if (pattern != NULL)
        import__say(import, "the pattern %.80s cannot be checked and is left out",
                    json_text(pattern) != NULL ? json_text(pattern) : "");
    if (import->loose && json_object_get(made, "pattern") != NULL)
        import_pattern(import, made);
    if (type != NULL && !is_obeyed("type", type)) {
        import__say(import, "the type %.40s is not one of JSON; anything is accepted there",
                    json_text(type) != NULL ? json_text(type) : "");
        json_object_del(made, "type");
    }
    if (examples != NULL && !json_is_array(examples))
        json_object_del(made, "examples");
}

json_t *import__schema(struct import *import, json_t *schema, json_t *defs, bool request,
                       unsigned depth)
{
    json_t *made;

    if (json_is_boolean(schema))
        return json_incref(schema);
    if (!json_is_object(schema) || depth > IMPORT_DEPTH)
        return json_object();
    if (json_get_text(schema, "$ref") != NULL)
        return import_reference(import, schema, defs, request, depth);
    made = json_object();
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        const char *name = keywords[i].name;
        json_t *value = json_object_get(schema, name), *part = NULL;

        if (value == NULL)
            continue;
        if (keywords[i].kind == KEYWORD_COPY)
            part = json_incref(value);
        else if (keywords[i].kind == KEYWORD_SCHEMA)
            part = import__schema(import, value, defs, request, depth + 1);
        else if (keywords[i].kind == KEYWORD_LIST && json_is_array(value))
            part = import_list(import, value, defs, request, depth);
        else if (keywords[i].kind == KEYWORD_MAP && json_is_object(value))
            part = import_map(import, value, defs, request, depth);
        if (part != NULL && import->loose && strcmp(name, "oneOf") == 0) {
            import__say(import, "alternatives that overlap: \"oneOf\" became \"anyOf\"");
            name = "anyOf";
        }
        if (part != NULL)
            json_object_set_new(made, name, part);
    }
    import_required(schema, made);
    import_old(schema, made);
    import_asserted(import, schema, made);
    if (json_object_get(made, "properties") != NULL &&
        json_object_get(made, "additionalProperties") == NULL)
        json_object_set_new(made, "additionalProperties", json_true()); /* as OpenAPI means it */
    return made;
}
