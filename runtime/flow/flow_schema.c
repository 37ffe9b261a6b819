/* flow_schema.c - the JSON Schema (2020-12) of a definition, from the same rows that read it. */
#include <string.h>

#include "base/check.h"
#include "flow/flow_priv.h"

#define REF_NODE "#/$defs/node"
#define REF_EDGE "#/$defs/edge"

static void set_text(json_t *object, const char *key, const char *text, bool *failed)
{
    json_put(object, key, json_string(text), failed);
}

/* Borrowed; a path of keys that ends with NULL. */
static json_t *schema_at(json_t *schema, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        schema = json_object_get(schema, *keys);
    check(schema != NULL);
    return schema;
}

/* {"if": {"properties": {"type": {"const": NAME}}}, "then": what the type asks for} */
static json_t *type_rule(const struct node_type *type, bool *failed)
{
    json_t *rule = json_object(), *when = json_object(), *then = json_object();
    json_t *properties = json_object(), *constant = json_object(), *config = json_object();
    json_t *required = json_array();
    bool needs_config = false;

    if (rule == NULL || when == NULL || then == NULL || properties == NULL || constant == NULL ||
        config == NULL || required == NULL)
        *failed = true; /* json_put() and json_array_append_new() drop what has no place */
    for (const struct field *row = type->fields; row != NULL && row->kind != FIELD_END; row++)
        needs_config = needs_config || (row->required && row->fallback == NULL);
    set_text(constant, "const", type->name, failed);
    json_put(properties, "type", constant, failed);
    json_put(when, "properties", properties, failed);
    json_put(config, "config", fields_schema(type->fields), failed);
    json_put(then, "properties", config, failed);
    if (needs_config)
        json_array_append_new(required, json_string("config"));
    if (type->needs_connection)
        json_array_append_new(required, json_string("connection"));
    if (json_array_size(required) > 0)
        json_put(then, "required", required, failed);
    else
        json_decref(required);
    json_put(rule, "if", when, failed);
    json_put(rule, "then", then, failed);
    return rule;
}

/* Each type's config depends on the node's type. */
static void add_types(json_t *node, const struct registry *registry, bool *failed)
{
    json_t *names = json_array(), *rules = json_array();
    json_t *type = schema_at(node, (const char *const[]){ "properties", "type", NULL });
    const struct node_type *next;
    size_t cursor = 0;

    while ((next = registry_next(registry, &cursor)) != NULL) {
        if (json_array_append_new(names, json_string(next->name)) != 0 ||
            json_array_append_new(rules, type_rule(next, failed)) != 0)
            *failed = true;
    }
    json_put(type, "enum", names, failed);
    json_put(node, "allOf", rules, failed);
}

static void set_pattern(json_t *schema, const char *const *keys, const char *pattern, bool *failed)
{
    set_text(schema_at(schema, keys), "pattern", pattern, failed);
}

static void set_object(json_t *schema, const char *key, bool *failed)
{
    set_text(schema_at(schema, (const char *const[]){ "properties", key, NULL }), "type", "object",
             failed);
}

/* A number that the rows take as it is, to judge it themselves. */
static void set_number(json_t *retry, const char *key, const char *type, int low, int high,
                       bool *failed)
{
    json_t *number = schema_at(retry, (const char *const[]){ "properties", key, NULL });

    set_text(number, "type", type, failed);
    json_put(number, "minimum", json_integer(low), failed);
    json_put(number, "maximum", json_integer(high), failed);
}

static void set_name(json_t *schema, const char *const *keys, bool *failed)
{
    json_t *name = schema_at(schema, keys);

    json_put(name, "minLength", json_integer(1), failed);
    json_put(name, "maxLength", json_integer(LIMIT_NAME), failed);
}

static void refine_parameters(json_t *schema, bool *failed)
{
    static const char *const keys[] = { "properties", "parameters", "items", NULL };
    json_t *parameter = schema_at(schema, keys);
    json_t *choice = schema_at(
        parameter, (const char *const[]){ "properties", "choices", "items", "properties", NULL });
    json_t *value = schema_at(choice, (const char *const[]){ "value", NULL });

    set_name(parameter, (const char *const[]){ "properties", "title", NULL }, failed);
    set_name(choice, (const char *const[]){ "title", NULL }, failed);
    json_put(schema_at(parameter, (const char *const[]){ "properties", "description", NULL }),
             "maxLength", json_integer(FLOW_HELP_MAX), failed);
    json_put(value, "type", json_pack("[s, s, s]", "string", "number", "boolean"), failed);
}

/* What the parser checks beside the rows. */
static void refine(json_t *schema, json_t *node, bool *failed)
{
    json_t *weft = schema_at(schema, (const char *const[]){ "properties", "weft", NULL });
    json_t *retry = schema_at(node, (const char *const[]){ "properties", "retry", NULL });

    json_put(weft, "const", json_integer(1), failed);
    set_name(schema, (const char *const[]){ "properties", "name", NULL }, failed);
    refine_parameters(schema, failed);
    set_pattern(node, (const char *const[]){ "properties", "id", NULL },
                "^[A-Za-z_][A-Za-z0-9_]{0,63}$", failed);
    set_object(schema, "vars", failed);
    set_object(schema, "ui", failed);
    set_object(node, "ui", failed);
    set_object(node, "config", failed);
    set_number(retry, "attempts", "integer", 1, LIMIT_RETRY_ATTEMPTS, failed);
    set_number(retry, "jitter", "number", 0, 1, failed);
}

/* The names of the triggers, which do not stand in a body. */
static json_t *trigger_names(const struct registry *registry, bool *failed)
{
    json_t *names = json_array();
    const struct node_type *type;
    size_t cursor = 0;

    while ((type = registry_next(registry, &cursor)) != NULL)
        if (type->kind == NODE_TRIGGER &&
            json_array_append_new(names, json_string(type->name)) != 0)
            *failed = true;
    return names;
}

/* {"$ref": REF_NODE, "properties": {"type": {"not": {"enum": [triggers]}}}} */
static json_t *inner_node(const struct registry *registry, bool *failed)
{
    json_t *node = json_object(), *properties = json_object();
    json_t *type = json_object(), *except = json_object();

    if (node == NULL || properties == NULL || type == NULL || except == NULL)
        *failed = true;
    json_put(except, "enum", trigger_names(registry, failed), failed);
    json_put(type, "not", except, failed);
    json_put(properties, "type", type, failed);
    set_text(node, "$ref", REF_NODE, failed);
    json_put(node, "properties", properties, failed);
    return node;
}

static json_t *reference(const char *to, bool *failed)
{
    json_t *reference = json_object();

    set_text(reference, "$ref", to, failed);
    return reference;
}

/* Nodes and edges are the same at every level: they stand once, and a body, which stands in a node,
 * refers to them. */
static void share(json_t *schema, const struct registry *registry, bool *failed)
{
    static const char *const node_list[] = { "properties", "nodes", NULL };
    static const char *const edge_list[] = { "properties", "edges", NULL };
    json_t *defs = json_object(), *body = fields_schema(flow__level_rows);
    json_t *nodes = schema_at(schema, node_list), *edges = schema_at(schema, edge_list);

    if (defs == NULL || body == NULL) {
        *failed = true;
        json_decref(defs);
        json_decref(body);
        return;
    }
    json_put(defs, "node", json_incref(json_object_get(nodes, "items")), failed);
    json_put(defs, "edge", json_incref(json_object_get(edges, "items")), failed);
    json_put(nodes, "items", reference(REF_NODE, failed), failed);
    json_put(edges, "items", reference(REF_EDGE, failed), failed);
    json_put(schema_at(body, node_list), "items", inner_node(registry, failed), failed);
    json_put(schema_at(body, edge_list), "items", reference(REF_EDGE, failed), failed);
    set_object(body, "ui", failed);
    json_put(defs, "body", body, failed);
    json_put(schema, "$defs", defs, failed);
}

json_t *flow_schema(const struct registry *registry)
{
    static const char *const node_keys[] = { "properties", "nodes", "items", NULL };
    json_t *rows = fields_schema(flow__rows);
    json_t *schema = json_object();
    bool failed = rows == NULL || schema == NULL;

    check(registry != NULL);
    if (!failed) {
        set_text(schema, "$schema", "https://json-schema.org/draft/2020-12/schema", &failed);
        set_text(schema, "$id", FLOW_SCHEMA_ID, &failed);
        set_text(schema, "title", "A flow of Weft", &failed);
        failed = failed || json_object_update(schema, rows) != 0;
    }
    json_decref(rows);
    if (!failed) {
        json_t *node = schema_at(schema, node_keys);

        add_types(node, registry, &failed);
        refine(schema, node, &failed);
        share(schema, registry, &failed);
    }
    if (!failed)
        return schema;
    json_decref(schema);
    return NULL;
}
