/* serve_groups.h - groups that flows of folders name and nobody has made. */
#ifndef COMMAND_SERVE_GROUPS_H
#define COMMAND_SERVE_GROUPS_H

#include <jansson.h>

#include "base/log.h"
#include "designer-api/object.h"

struct serve_groups {
    bool looked; /* at the versions that work now */
    json_t *told; /* "FLOW: GROUP", each once; owned */
};
/* A line in the log for each that is missing. */
void serve_groups_look(struct serve_groups *own, struct engine *engine, struct objects *objects,
                       struct log *log);

#endif
