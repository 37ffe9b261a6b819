/* api_connector.c - the systems that there are: what a connection of each is told, how it signs in,
 * what it can do. */
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/ask.h"
#include "engine/flows.h"
#include "flow/connector.h"

/* ---- The form of a connection */

static json_t *setting_schema(const struct connector_setting *setting)
{
    json_t *schema = json_pack("{s:s, s:s*, s:s*}", "type", "string", "title", setting->title,
                               "description", setting->help);

    check(schema != NULL);
    if (setting->kind == SETTING_URL)
        json_object_set_new(schema, "format", json_string("uri"));
    if (setting->kind == SETTING_SECRET)
        json_object_set_new(schema, "x-weft-secret", json_true());
    if (setting->example != NULL)
        json_object_set_new(schema, "examples", json_pack("[s]", setting->example));
    if (setting->fallback != NULL)
        json_object_set_new(schema, "default", json_string(setting->fallback));
    return schema;
}

static json_t *settings_schema(const struct connector_info *info)
{
    json_t *properties = json_object(), *required = json_array();

    for (size_t i = 0; i < info->setting_count; i++) {
        const struct connector_setting *setting = &info->settings[i];

        json_object_set_new(properties, setting->name, setting_schema(setting));
        if (setting->required && setting->fallback == NULL)
            json_array_append_new(required, json_string(setting->name));
    }
    return json_pack("{s:s, s:b, s:o, s:o}", "type", "object", "additionalProperties", 0,
                     "properties", properties, "required", required);
}

static json_t *environments_json(const struct connector_info *info)
{
    json_t *list = json_array();

    for (size_t i = 0; i < info->environment_count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s*}", "name", info->environments[i].name,
                                              "base_url", info->environments[i].base_url));
    return list;
}

static json_t *connector_json(const struct connector_info *info)
{
    json_t *json =
        json_pack("{s:s, s:s, s:s*, s:s*, s:o, s:s, s:o, s:[]}", "connector", info->name, "title",
                  info->title, "version", info->version, "schemes", info->schemes, "environments",
                  environments_json(info), "sign_in", sign_in_name(info->sign_in.type), "settings",
                  settings_schema(info), "actions");

    check(json != NULL);
    return json;
}

/* ---- All */

/* {NAME: connector}, with the node types of each. */
static json_t *connectors_all(const struct registry *registry)
{
    json_t *all = json_object(), *one;
    const struct node_type *type;
    size_t cursor = 0;

    while ((type = registry_next(registry, &cursor)) != NULL) {
        const struct connector_info *info = connector_of(type);

        if (info == NULL)
            continue;
        one = json_object_get(all, info->name);
        if (one == NULL) {
            one = connector_json(info);
            json_object_set_new(all, info->name, one);
        }
        json_array_append_new(json_object_get(one, "actions"), json_string(type->name));
    }
    return all;
}

static void connector_list(struct ask *ask)
{
    const char *search = ask_text(ask, "search"), *name;
    json_t *all = connectors_all(engine_world(ask_engine(ask))->registry), *items = json_array(),
           *one;

    json_object_foreach(all, name, one)
    {
        if (search == NULL || strcasestr(name, search) != NULL ||
            strcasestr(json_get_text(one, "title"), search) != NULL)
            json_array_append(items, one);
    }
    json_decref(all);
    ask_page(ask, items, NULL, (int64_t)json_array_size(items));
}

const struct ask_bind connector_binds[] = {
    { "listConnectors", connector_list },
    { NULL, NULL },
};
