/* field_schema.c - the rows of a config as JSON Schema (2020-12). */
#include "flow/field.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "flow/field_priv.h"
#include "flow/flow_priv.h"

static void schema_type(json_t *schema, const char *type, const char *pattern, bool *failed)
{
    json_put(schema, "type", json_string(type), failed);
    if (pattern != NULL)
        json_put(schema, "pattern", json_string(pattern), failed);
}

static void schema_mark(json_t *schema, const char *mark, bool *failed)
{
    json_put(schema, mark, json_true(), failed);
}

static void schema_int(json_t *schema, const struct field *row, bool *failed)
{
    schema_type(schema, "integer", NULL, failed);
    if (row->max <= row->min)
        return;
    json_put(schema, "minimum", json_integer(row->min), failed);
    json_put(schema, "maximum", json_integer(row->max), failed);
}

static void schema_choice(json_t *schema, const struct field *row, bool *failed)
{
    json_t *names = json_array();

    check(row->choices != NULL);
    for (const char *const *name = row->choices; *name != NULL; name++)
        if (json_array_append_new(names, json_string(*name)) != 0)
            *failed = true;
    json_put(schema, "enum", names, failed);
}

static void schema_list(json_t *schema, const struct field *row, bool *failed)
{
    int64_t max = row->max > row->min ? row->max : FLOW_LIST_MAX;

    schema_type(schema, "array", NULL, failed);
    json_put(schema, "items", fields_schema(row->rows), failed);
    if (row->min > 0)
        json_put(schema, "minItems", json_integer(row->min), failed);
    json_put(schema, "maxItems", json_integer(max), failed);
}

/* What may stand there. */
static void schema_kind(json_t *schema, const struct field *row, bool *failed)
{
    switch (row->kind) {
    case FIELD_INT:
        schema_int(schema, row, failed);
        break;
    case FIELD_BOOL:
        schema_type(schema, "boolean", NULL, failed);
        break;
    case FIELD_MS:
        schema_type(schema, "string", FIELD_DURATION_PATTERN, failed);
        schema_mark(schema, "x-weft-duration", failed);
        break;
    case FIELD_CHOICE:
        schema_choice(schema, row, failed);
        break;
    case FIELD_PORT:
        schema_type(schema, "string", FIELD_NAME_PATTERN, failed);
        schema_mark(schema, "x-weft-port", failed);
        break;
    case FIELD_PATH:
        schema_type(schema, "string", FIELD_PATH_PATTERN, failed);
        schema_mark(schema, "x-weft-path", failed);
        break;
    case FIELD_SECRET:
        schema_type(schema, "string", FIELD_SECRET_PATTERN, failed);
        schema_mark(schema, "x-weft-secret", failed);
        break;
    case FIELD_SCRIPT:
        schema_type(schema, "string", NULL, failed);
        schema_mark(schema, "x-weft-script", failed);
        break;
    case FIELD_VALUE:
        schema_mark(schema, "x-weft-expression", failed);
        break;
    case FIELD_LIST:
        schema_list(schema, row, failed);
        break;
    case FIELD_TEXT:
        schema_type(schema, "string", NULL, failed);
        break;
    case FIELD_BODY:
        json_put(schema, "$ref", json_string(FIELD_BODY_REF), failed);
        schema_mark(schema, "x-weft-body", failed);
        break;
    case FIELD_JSON:
    case FIELD_OBJECT: /* made whole by its own rows */
    case FIELD_END:
        break;
    }
}

/* An example that is no JSON is taken for a text. */
static json_t *examples_json(const struct field *row, bool *failed)
{
    struct err e;
    json_t *example = json_read(row->example, strlen(row->example), &json_limits_flow, &e);
    json_t *examples = json_array();

    if (example == NULL)
        example = json_string(row->example);
    if (json_array_append_new(examples, example) != 0)
        *failed = true;
    return examples;
}

static json_t *row_schema(const struct field *row, bool *failed)
{
    json_t *schema = row->kind == FIELD_OBJECT ? fields_schema(row->rows) : json_object();

    if (schema == NULL) {
        *failed = true;
        return NULL;
    }
    schema_kind(schema, row, failed);
    if (row->zone)
        schema_mark(schema, "x-weft-zone", failed);
    if (row->inside)
        schema_mark(schema, "x-weft-inside", failed);
    if (row->main)
        schema_mark(schema, "x-weft-main", failed);
    if (row->help != NULL)
        json_put(schema, "description", json_string(row->help), failed);
    if (row->fallback != NULL)
        json_put(schema, "default", field__fallback(row), failed);
    if (row->example != NULL)
        json_put(schema, "examples", examples_json(row, failed), failed);
    return schema;
}

json_t *fields_schema(const struct field *rows)
{
    json_t *schema = json_object();
    json_t *properties = json_object();
    json_t *required = json_array();
    bool failed = schema == NULL || properties == NULL || required == NULL;

    for (const struct field *row = rows; row != NULL && row->kind != FIELD_END && !failed; row++) {
        json_put(properties, row->name, row_schema(row, &failed), &failed);
        if (row->required && row->fallback == NULL &&
            json_array_append_new(required, json_string(row->name)) != 0)
            failed = true;
    }
    if (failed) {
        json_decref(schema);
        json_decref(properties);
        json_decref(required);
        return NULL;
    }
    json_put(schema, "type", json_string("object"), &failed);
    json_put(schema, "properties", properties, &failed);
    if (json_array_size(required) > 0)
        json_put(schema, "required", required, &failed);
    else
        json_decref(required);
    json_put(schema, "additionalProperties", json_false(), &failed);
    if (failed) {
        json_decref(schema);
        return NULL;
    }
    return schema;
}
