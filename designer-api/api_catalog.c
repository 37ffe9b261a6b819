/* api_catalog.c - what flows are made of: node types, what their settings can be, functions. */
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/draft.h"
#include "designer-api/function.h"
#include "designer-api/patch.h"
#include "engine/flows.h"
#include "engine/secret.h"
#include "flow/connector.h"

/* ---- Node types */

static json_t *type_json(const struct node_type *type, bool brief)
{
    static const char *const heavy[] = { "schema", "example", "action" };
    json_t *json = node_type_json(type);
    const struct connector_info *info = connector_of(type);
    const char *dot = strchr(type->name, '.');

    check(json != NULL && dot != NULL);
    for (size_t i = 0; brief && i < sizeof heavy / sizeof *heavy; i++)
        json_object_del(json, heavy[i]);
    if (info != NULL) {
        json_object_set_new(json, "system", json_string(info->title));
        json_object_set_new(json, "icon", json_string(info->name));
    } else {
        json_object_set_new(json, "icon", json_string(dot + 1));
    }
    return json;
}

static void type_list(struct ask *ask)
{
    const struct registry *registry = engine_world(ask_engine(ask))->registry;
    const char *kind = ask_text(ask, "kind"), *connector = ask_text(ask, "connector");
    const struct node_type *type;
    json_t *items = json_array(), *json;
    size_t cursor = 0;

    while ((type = registry_next(registry, &cursor)) != NULL) {
        if (connector != NULL &&
            (type->connector == NULL || strcmp(type->connector, connector) != 0))
            continue;
        json = type_json(type, ask_flag(ask, "brief"));
        if (kind == NULL || strcmp(json_get_text(json, "kind"), kind) == 0)
            json_array_append(items, json);
        json_decref(json);
    }
    ask_page(ask, items, NULL, (int64_t)json_array_size(items));
}

static const struct node_type *type_find(struct ask *ask, struct err *e)
{
    const struct registry *registry = engine_world(ask_engine(ask))->registry;
    const struct node_type *type = registry_find(registry, ask->path[0]);
    const char *nearest = type == NULL ? registry_nearest(registry, ask->path[0]) : NULL;

    if (type == NULL)
        err_set(e, ERR_NOT_FOUND, "there is no node type \"%.80s\"%s%s%s", ask->path[0],
                nearest != NULL ? "; do you mean \"" : "", nearest != NULL ? nearest : "",
                nearest != NULL ? "\"?" : "");
    return type;
}

static void type_get(struct ask *ask)
{
    struct err e;
    const struct node_type *type = type_find(ask, &e);

    ask_give_or_refuse(ask, type != NULL ? type_json(type, false) : NULL, &e);
}

/* ---- What a setting can be */

static void option_add(json_t *items, const char *value, const char *title)
{
    json_array_append_new(items, json_pack("{s:s, s:s*}", "value", value, "title", title));
}

static void options_of_part(json_t *items, const json_t *bundle, const char *part)
{
    const char *name;
    json_t *value;

    json_object_foreach(json_object_get(bundle, part), name, value)
    {
        option_add(items, name, NULL);
    }
}

static void options_of_connections(json_t *items, const json_t *bundle,
                                   const struct registry *registry, const struct node_type *type)
{
    const char *name;
    json_t *one;

    json_object_foreach(json_object_get(json_object_get(bundle, "connections"), "connections"),
                        name, one)
    {
        const char *connector = json_get_text(one, "connector");

        if (connector_serves(registry, type, connector))
            option_add(items, name, connector);
    }
}

static void options_of_flows(struct ask *ask, json_t *items)
{
    json_t *places = engine_flow_places(ask_engine(ask), ask->who->workspace, NULL), *place;
    size_t i;

    json_array_foreach(places, i, place)
    {
        option_add(items, json_get_text(place, "flow"), json_get_text(place, "name"));
    }
    json_decref(places);
}

static void options_of_secrets(struct ask *ask, json_t *items)
{
    struct err e;
    json_t *secrets = engine_secrets(ask_engine(ask), ask->who->workspace, &e), *secret;
    size_t i;

    json_array_foreach(secrets, i, secret)
    {
        option_add(items, json_get_text(secret, "name"), NULL);
    }
    json_decref(secrets);
}

/* The schema of the setting: "/config/verify/type" is at properties/verify/properties/type. */
static const json_t *option_schema(const json_t *schema, const char *field)
{
    const char *at = strncmp(field, "/config/", 8) == 0 ? field + 7 : "";

    while (schema != NULL && *at == '/') {
        size_t size = strcspn(++at, "/");
        char name[LIMIT_ID + 1];

        snprintf(name, sizeof name, "%.*s", (int)(size < LIMIT_ID ? size : LIMIT_ID), at);
        if (strspn(name, "0123456789") == strlen(name))
            schema = json_object_get(schema, "items");
        else
            schema = json_object_get(json_object_get(schema, "properties"), name);
        at += size;
    }
    return schema;
}

static void options_fill(struct ask *ask, const struct node_type *type, const json_t *bundle,
                         json_t *items)
{
    const char *field = json_get_text(ask->body, "field"), *name = strrchr(field, '/');
    const struct registry *registry = engine_world(ask_engine(ask))->registry;
    json_t *whole = node_type_json(type), *value;
    const json_t *schema = option_schema(json_object_get(whole, "schema"), field);
    size_t i;

    name = name != NULL ? name + 1 : field;
    json_array_foreach(json_object_get(schema, "enum"), i, value)
    {
        json_array_append_new(items, json_pack("{s:O}", "value", value));
    }
    if (strcmp(field, "/connection") == 0)
        options_of_connections(items, bundle, registry, type);
    else if (json_is_true(json_object_get(schema, "x-weft-secret")))
        options_of_secrets(ask, items);
    else if (strcmp(name, "flow") == 0 || strcmp(name, "on_failure") == 0)
        options_of_flows(ask, items);
    else if (strcmp(name, "table") == 0 || strcmp(name, "lookup") == 0)
        options_of_part(items, bundle, "lookups");
    else if (strcmp(name, "schema") == 0)
        options_of_part(items, bundle, "schemas");
    else if (strcmp(name, "module") == 0)
        options_of_part(items, bundle, "rules");
    else if (strcmp(name, "wsdl") == 0)
        options_of_part(items, bundle, "wsdl");
    json_decref(whole);
}

static void option_list(struct ask *ask)
{
    const char *flow = json_get_text(ask->body, "flow");
    struct err e = { .code = ERR_OK };
    const struct node_type *type = type_find(ask, &e);
    json_t *bundle = type != NULL && flow != NULL ? draft_current(ask, flow, &e) : NULL, *items;

    if (type == NULL || (flow != NULL && bundle == NULL)) {
        ask_refuse(ask, &e);
        return;
    }
    items = json_array();
    options_fill(ask, type, bundle, items);
    ask_page(ask, items, NULL, (int64_t)json_array_size(items));
    json_decref(bundle);
}

/* ---- Functions */

static void function_list(struct ask *ask)
{
    const char *search = ask_text(ask, "search");
    json_t *items = functions_json(search);

    ask_page(ask, items, NULL, (int64_t)json_array_size(items));
}

const struct ask_bind catalog_binds[] = {
    { "listNodeTypes", type_list },
    { "getNodeType", type_get },
    { "listNodeOptions", option_list },
    { "listFunctions", function_list },
    { NULL, NULL },
};
