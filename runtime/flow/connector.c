/* connector.c - the external system behind a node type. */
#include "flow/connector.h"

#include <string.h>

#include "base/check.h"
#include "base/sql_ask.h"

const struct connector_info *connector_of(const struct node_type *type)
{
    const struct connector_data *data = type->data;

    if (type->connector == NULL)
        return NULL;
    check(data != NULL);
    check(data->info != NULL);
    return data->info;
}

const struct connector_info *connector_find(const struct registry *registry, const char *name)
{
    const struct node_type *type;
    size_t cursor = 0;

    check(name != NULL);
    while ((type = registry_next(registry, &cursor)) != NULL)
        if (type->connector != NULL && strcmp(type->connector, name) == 0)
            return connector_of(type);
    return NULL;
}

bool connector_is_database(const struct connector_info *info)
{
    return info != NULL && info->schemes != NULL && *info->schemes == '\0';
}

bool connector_serves(const struct registry *registry, const struct node_type *type,
                      const char *connector)
{
    if (type->connector == NULL || connector == NULL || strcmp(type->connector, connector) == 0)
        return true;
    return strcmp(type->connector, "sql") == 0 &&
           connector_is_database(connector_find(registry, connector));
}

enum err_code connector_setting_check(const struct connector_setting *setting, const char *value,
                                      struct err *e)
{
    if (value == NULL && setting->required && setting->fallback == NULL &&
        setting->kind != SETTING_SECRET)
        return err_set(e, ERR_INVALID, "the setting \"%.60s\" is missing", setting->name);
    if (value != NULL && setting->kind == SETTING_NAME && !sql_name_valid(value))
        return err_set(e, ERR_INVALID,
                       "\"%.60s\" is the name of a table, column or procedure: letters, digits "
                       "and \"_\", a dot behind a schema",
                       setting->name);
    return ERR_OK;
}

const char *setting_kind_name(enum setting_kind kind)
{
    static const char *const names[] = {
#define X(code, name) name,
        SETTING_KINDS(X)
#undef X
    };

    check((size_t)kind < sizeof names / sizeof *names);
    return names[kind];
}
