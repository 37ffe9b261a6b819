/* types.c */
#include "world/types.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "nodes/node_types.h"

void world_types_read(void)
{
    static bool read;

    if (read)
        return;
    read = true;
    mem_install();
    registry_free(world_types());
    check(atexit(node_types_free) == 0);
}

struct registry *world_types(void)
{
    struct registry *registry = registry_new();

    node_types_add(registry);
    return registry;
}
