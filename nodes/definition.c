/* definition.c - places in the flow under construction. */
#include "nodes/definition.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"

/* One reference token of RFC 6901: "~1" is a slash, "~0" a tilde. Returns its length in the
 * pointer. */
static size_t definition_token(const char *at, char *token, size_t room)
{
    size_t used = 0, size = 0;

    while (at[used] != '\0' && at[used] != '/') {
        char c = at[used++];

        if (c == '~' && (at[used] == '0' || at[used] == '1'))
            c = at[used++] == '1' ? '/' : '~';
        if (size + 1 < room)
            token[size++] = c;
    }
    token[size] = '\0';
    return used;
}

json_t *definition_at(const struct flow_build *build, const char *pointer)
{
    json_t *at = json_object_get(flow_build_bundle(build), "flow");

    check(pointer != NULL);
    while (at != NULL && *pointer == '/') {
        char token[LIMIT_JSON_KEY + 1];

        pointer++;
        pointer += definition_token(pointer, token, sizeof token);
        if (json_is_array(at))
            at = json_array_get(at, (size_t)strtoul(token, NULL, 10));
        else
            at = json_object_get(at, token);
    }
    return at;
}

json_t *definition_beside(const struct flow_build *build, const char *config, const char *name)
{
    const char *end = strrchr(config, '/');
    char node[PLACE_BYTES];

    check(name != NULL);
    if (end == NULL || (size_t)(end - config) >= sizeof node)
        return NULL;
    memcpy(node, config, (size_t)(end - config));
    node[end - config] = '\0';
    return json_object_get(definition_at(build, node), name);
}
