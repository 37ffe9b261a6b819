/* registry.c - node types, sorted by name. */
#include "flow/registry.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "flow/connector.h"
#include "flow/field_priv.h"
#include "flow/flow_priv.h"
#include "flow/nearest.h"

struct registry {
    const struct node_type **types; /* in order of name */
    size_t count, room;
};

struct registry *registry_new(void)
{
    return mem_must(sizeof(struct registry));
}

void registry_free(struct registry *registry)
{
    if (registry == NULL)
        return;
    mem_free(registry->types);
    mem_free(registry);
}

/* Where a name stands or would stand. */
static size_t registry_place(const struct registry *registry, const char *name)
{
    size_t low = 0, high = registry->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(registry->types[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Whether a row is the type's body; false too when it stands where none is looked for. */
static bool rows_have_body(const struct field *rows)
{
    for (; rows != NULL && rows->kind != FIELD_END; rows++)
        if (rows->kind == FIELD_BODY)
            return strcmp(rows->name, "body") == 0;
    return false;
}

void registry_add(struct registry *registry, const struct node_type *type)
{
    size_t at;

    check(type != NULL);
    check(type->name != NULL);
    check(type->has_body == rows_have_body(type->fields));
    check(registry_find(registry, type->name) == NULL);
    if (registry->count == registry->room) {
        registry->room = registry->room == 0 ? 64 : registry->room * 2;
        registry->types =
            mem_must_resize(registry->types, registry->room * sizeof *registry->types);
    }
    at = registry_place(registry, type->name);
    memmove(registry->types + at + 1, registry->types + at,
            (registry->count - at) * sizeof *registry->types);
    registry->types[at] = type;
    registry->count++;
}

const struct node_type *registry_find(const struct registry *registry, const char *name)
{
    size_t at = registry_place(registry, name);

    if (at == registry->count || strcmp(registry->types[at]->name, name) != 0)
        return NULL;
    return registry->types[at];
}

const char *registry_nearest(const struct registry *registry, const char *name)
{
    struct nearest nearest;

    nearest_init(&nearest, name);
    for (size_t i = 0; i < registry->count; i++)
        nearest_try(&nearest, registry->types[i]->name);
    return nearest_name(&nearest);
}

const struct node_type *registry_next(const struct registry *registry, size_t *cursor)
{
    check(cursor != NULL);
    return *cursor < registry->count ? registry->types[(*cursor)++] : NULL;
}

static const char *kind_name(enum node_kind kind)
{
    static const char *const names[] = { "trigger", "transform", "branch", "connector" };

    check((size_t)kind < sizeof names / sizeof *names);
    return names[kind];
}

/* Whether settings name further exits. */
static bool rows_name_ports(const struct field *rows)
{
    for (; rows != NULL && rows->kind != FIELD_END; rows++)
        if (rows->kind == FIELD_PORT || rows_name_ports(rows->rows))
            return true;
    return false;
}

static json_t *ports_json(const struct node_type *type, bool *failed)
{
    static const char *const out[] = { "out", NULL };
    json_t *ports = json_array();

    for (const char *const *port = type->ports != NULL ? type->ports : out; *port != NULL; port++)
        if (json_array_append_new(ports, json_string(*port)) != 0)
            *failed = true;
    return ports;
}

/* What the manifest tells of an action beyond its config. */
static json_t *action_json(const struct connector_data *data, bool *failed)
{
    json_t *json = json_object();

    check(data != NULL);
    json_put_or_null(json, "input", json_incref(data->input), failed);
    json_put_or_null(json, "example", json_incref(data->example), failed);
    if (data->output != NULL)
        json_put(json, "output", json_incref(data->output), failed);
    if (data->examples != NULL)
        json_put(json, "examples", json_incref(data->examples), failed);
    return json;
}

/* On its own the schema has no definitions: its body refers to those of the flow's schema. */
static json_t *schema_json(const struct node_type *type, bool *failed)
{
    json_t *schema = fields_schema(type->fields);
    json_t *body = json_object_get(json_object_get(schema, "properties"), "body");

    if (type->has_body && body != NULL)
        json_put(body, "$ref", json_string(FLOW_SCHEMA_ID FIELD_BODY_REF), failed);
    return schema;
}

json_t *node_type_json(const struct node_type *type)
{
    json_t *json = json_object();
    bool failed = json == NULL;
    struct err e;

    check(type != NULL);
    if (failed)
        return NULL;
    json_put(json, "name", json_string(type->name), &failed);
    json_put(json, "kind", json_string(kind_name(type->kind)), &failed);
    if (type->title != NULL)
        json_put(json, "title", json_string(type->title), &failed);
    if (type->help != NULL)
        json_put(json, "help", json_string(type->help), &failed);
    json_put(json, "ports", ports_json(type, &failed), &failed);
    json_put(json, "ports_from_config", json_boolean(rows_name_ports(type->fields)), &failed);
    json_put(json, "effect", json_string(effect_name(type->effect)), &failed);
    json_put(json, "needs_connection", json_boolean(type->needs_connection), &failed);
    if (type->connector != NULL)
        json_put(json, "connector", json_string(type->connector), &failed);
    if (type->connector != NULL)
        json_put(json, "action", action_json(type->data, &failed), &failed);
    if (type->example != NULL)
        json_put(json, "example",
                 json_read(type->example, strlen(type->example), &json_limits_flow, &e), &failed);
    json_put(json, "schema", schema_json(type, &failed), &failed);
    if (failed) {
        json_decref(json);
        return NULL;
    }
    return json;
}
