/* connection_whole.c - what a connection of a draft lacks before anything can go through it. */
#include <string.h>

#include "engine/connection.h"
#include "engine/flows.h"

json_t *engine_connection_shape(struct engine *engine, const char *workspace,
                                const char *environment, json_t *connection, struct err *e)
{
    const char *use = json_get_text(connection, "use");

    CHECK_OBJ(engine, ENGINE_MAGIC);
    return use != NULL ? connection_use(engine, workspace, environment, use, e)
                       : json_incref(connection);
}

static bool text_is_there(const json_t *object, const char *name)
{
    const char *text = json_get_text(object, name);

    return text != NULL && *text != '\0';
}

/* Whether the connection must say itself where its system is. */
static bool address_is_wanted(const struct connector_info *info)
{
    if (info == NULL)
        return true;
    return info->environment_count == 0 && (info->schemes == NULL || *info->schemes != '\0');
}

json_t *engine_connection_lacks(struct engine *engine, const json_t *shape)
{
    const char *connector = json_get_text(shape, "connector");
    const json_t *settings = json_object_get(shape, "settings");
    const struct connector_info *info =
        connector != NULL ? connector_find(engine->world.registry, connector) : NULL;
    bool addressed = text_is_there(shape, "base_url");
    json_t *list = json_array();

    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (address_is_wanted(info) && !addressed)
        json_array_append_new(list, json_string("Address"));
    for (size_t i = 0; info != NULL && i < info->setting_count; i++) {
        const struct connector_setting *one = &info->settings[i];

        if (!one->required || one->kind == SETTING_SECRET || one->fallback != NULL ||
            (one->kind == SETTING_URL && addressed) || text_is_there(settings, one->name))
            continue;
        json_array_append_new(list, json_string(one->title));
    }
    check(list != NULL);
    return list;
}

const char *engine_connector_title(const struct engine *engine, const char *connector)
{
    const struct connector_info *info = connector_find(engine->world.registry, connector);

    CHECK_OBJ(engine, ENGINE_MAGIC);
    return info != NULL ? info->title : NULL;
}
