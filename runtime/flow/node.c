/* node.c - the small helpers of node.h that need no engine. */
#include "flow/node.h"

#include <strings.h>

#include "base/check.h"

const char *effect_name(enum effect_class effect)
{
    static const char *const names[] = {
#define X(code, name) name,
        EFFECT_TABLE(X)
#undef X
    };

    check((size_t)effect < sizeof names / sizeof *names);
    return names[effect];
}

const char *node_event_header(const struct node_event *event, const char *name)
{
    check(event != NULL);
    check(name != NULL);
    for (size_t i = 0; i < event->header_count; i++)
        if (strcasecmp(event->headers[i].name, name) == 0)
            return event->headers[i].value;
    return NULL;
}
