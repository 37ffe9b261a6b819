/* shape_check.c - whether a schema is one that we obey in full. */
#include "nodes/shape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/shape_priv.h"

enum keyword_kind {
    KEYWORD_ANY,
    KEYWORD_TEXT,
    KEYWORD_TYPES,
    KEYWORD_COUNT,
    KEYWORD_NUMBER,
    KEYWORD_BOOL,
    KEYWORD_LIST,
    KEYWORD_NAMES,
    KEYWORD_SCHEMA,
    KEYWORD_SCHEMAS,
    KEYWORD_FORMAT,
};
static const struct keyword {
    const char *name;
    enum keyword_kind kind;
    const char *wants;
} keywords[] = {
    { "type", KEYWORD_TYPES, "the name of a type, or a list of names" },
    { "title", KEYWORD_TEXT, "a text" },
    { "description", KEYWORD_TEXT, "a text" },
    { "examples", KEYWORD_LIST, "a list" },
    { "default", KEYWORD_ANY, "" },
    { "enum", KEYWORD_LIST, "a list" },
    { "properties", KEYWORD_SCHEMAS, "an object of schemas" },
    { "required", KEYWORD_NAMES, "a list of names of properties" },
    { "additionalProperties", KEYWORD_BOOL, "true or false" },
    { "items", KEYWORD_SCHEMA, "a schema" },
    { "minLength", KEYWORD_COUNT, "a whole number" },
    { "maxLength", KEYWORD_COUNT, "a whole number" },
    { "minimum", KEYWORD_NUMBER, "a number" },
    { "maximum", KEYWORD_NUMBER, "a number" },
    { "exclusiveMinimum", KEYWORD_NUMBER, "a number" },
    { "format", KEYWORD_FORMAT, "uuid, date or date-time" },
};

struct shape_walk {
    struct buf pointer;
    shape_problem_fn *problem;
    void *arg;
};

static void walk_schema(struct shape_walk *walk, const json_t *schema);

static void walk_tell(struct shape_walk *walk, const char *fmt, ...) PRINTF(2, 3);
static void walk_tell(struct shape_walk *walk, const char *fmt, ...)
{
    char text[400];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    walk->problem(walk->arg, buf_text(&walk->pointer), text);
}

static size_t walk_down(struct shape_walk *walk, const char *name)
{
    size_t size = walk->pointer.len;

    json_pointer_add(&walk->pointer, name);
    return size;
}

static void walk_up(struct shape_walk *walk, size_t size)
{
    if (!buf_ok(&walk->pointer))
        return;
    walk->pointer.len = size;
    if (walk->pointer.at != NULL)
        walk->pointer.at[size] = '\0';
}

static bool type_known(const json_t *type)
{
    static const char *const names[] = { "string", "number", "integer", "boolean",
                                         "object", "array",  "null" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (json_text(type) != NULL && strcmp(json_text(type), names[i]) == 0)
            return true;
    return false;
}

static bool types_known(const json_t *types)
{
    json_t *type;
    size_t i;

    if (!json_is_array(types))
        return type_known(types);
    json_array_foreach((json_t *)types, i, type)
    {
        if (!type_known(type))
            return false;
    }
    return json_array_size(types) > 0;
}

static bool names_known(const json_t *names, const json_t *properties)
{
    json_t *name;
    size_t i;

    json_array_foreach((json_t *)names, i, name)
    {
        if (json_text(name) == NULL || json_object_get(properties, json_text(name)) == NULL)
            return false;
    }
    return json_is_array(names);
}

static bool schemas_walk(struct shape_walk *walk, const json_t *schemas)
{
    const char *name;
    json_t *schema;

    json_object_foreach((json_t *)schemas, name, schema)
    {
        size_t size = walk_down(walk, name);

        walk_schema(walk, schema);
        walk_up(walk, size);
    }
    return json_is_object(schemas);
}

static bool keyword_fits(struct shape_walk *walk, const json_t *schema,
                         const struct keyword *keyword, const json_t *value)
{
    struct decimal d;

    switch (keyword->kind) {
    case KEYWORD_ANY:
        return true;
    case KEYWORD_TEXT:
        return json_is_text(value);
    case KEYWORD_TYPES:
        return types_known(value);
    case KEYWORD_COUNT:
        return json_is_integer(value) && json_integer_value(value) >= 0;
    case KEYWORD_NUMBER:
        return (json_is_integer(value) || json_is_exact(value)) && shape__decimal(value, &d);
    case KEYWORD_BOOL:
        return json_is_boolean(value);
    case KEYWORD_LIST:
        return json_is_array(value) && json_array_size(value) > 0;
    case KEYWORD_NAMES:
        return names_known(value, json_object_get(schema, "properties"));
    case KEYWORD_SCHEMA:
        walk_schema(walk, value);
        return true;
    case KEYWORD_SCHEMAS:
        return schemas_walk(walk, value);
    case KEYWORD_FORMAT:
        return json_text(value) != NULL && shape__format_known(json_text(value));
    }
    return false;
}

static void walk_keyword(struct shape_walk *walk, const json_t *schema, const char *name,
                         const json_t *value)
{
    size_t size = walk_down(walk, name), i = 0;

    while (i < sizeof keywords / sizeof *keywords && strcmp(keywords[i].name, name) != 0)
        i++;
    if (i == sizeof keywords / sizeof *keywords)
        walk_tell(walk, "the keyword \"%.60s\" is not one that Weft checks", name);
    else if (!keyword_fits(walk, schema, &keywords[i], value))
        walk_tell(walk, "\"%s\" must be %s", name, keywords[i].wants);
    walk_up(walk, size);
}

static void walk_default(void *arg, const char *pointer, const char *text)
{
    (void)pointer;
    walk_tell(arg, "the default does not fit: %s", text);
}

static void walk_schema(struct shape_walk *walk, const json_t *schema)
{
    const json_t *usual = json_object_get(schema, "default");
    const char *name;
    json_t *value;

    if (!json_is_object(schema)) {
        walk_tell(walk, "a schema is an object, but here stands: %s", json_kind(schema));
        return;
    }
    json_object_foreach((json_t *)schema, name, value) walk_keyword(walk, schema, name, value);
    if (usual != NULL && types_known(json_object_get(schema, "type")))
        shape_match(schema, usual, false, walk_default, walk);
}

void shape_check(const json_t *schema, shape_problem_fn *problem, void *arg)
{
    struct shape_walk walk = { .problem = problem, .arg = arg };

    check(problem != NULL);
    buf_init(&walk.pointer, LIMIT_JSON_DEPTH * (2 * LIMIT_JSON_KEY + 2));
    walk_schema(&walk, schema);
    buf_fini(&walk.pointer);
}
