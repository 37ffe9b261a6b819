/* connector.c - the external system behind a node type. */
#include "flow/connector.h"

#include <string.h>

#include "base/check.h"

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
