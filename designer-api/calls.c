/* calls.c - see calls.h. */
#include "designer-api/calls.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"

struct calls {
    struct ask *ask;
    calls_find_fn *find;
    json_t *seen; /* those that were come to */
    json_t *list;
};

static void calls_add(struct calls *calls, const char *flow, const char *step, json_t *bundle);

static void calls_found(struct calls *calls, const char *flow, const char *step)
{
    json_t *bundle;

    if (json_object_get(calls->seen, flow) != NULL || json_object_size(calls->seen) >= CALLS_MOST)
        return;
    bundle = calls->find(calls->ask, flow);
    calls_add(calls, flow, step, bundle);
    json_decref(bundle);
}

static void calls_steps(struct calls *calls, const json_t *nodes)
{
    const json_t *node;
    size_t i;

    json_array_foreach(nodes, i, node)
    {
        const json_t *config = json_object_get(node, "config");
        const char *type = json_get_text(node, "type"), *flow = json_get_text(config, "flow"),
                   *title = json_get_text(node, "title"), *id = json_get_text(node, "id");

        if (type != NULL && strcmp(type, "branch.call") == 0 && flow != NULL && flow[0] != '=')
            calls_found(calls, flow,
                        title != NULL && *title != '\0' ? title
                        : id != NULL                    ? id
                                                        : "");
        calls_steps(calls, json_object_get(json_object_get(config, "body"), "nodes"));
    }
}

static void calls_add(struct calls *calls, const char *flow, const char *step, json_t *bundle)
{
    json_t *own;

    json_object_set_new(calls->seen, flow, json_true());
    calls_steps(calls, json_object_get(json_object_get(bundle, "flow"), "nodes"));
    own = json_pack("{s:s, s:O*, s:s*}", "flow", flow, "bundle", bundle, "step", step);
    check(own != NULL);
    json_array_append_new(calls->list, own);
}

json_t *calls_list(struct ask *ask, const char *flow, json_t *bundle, calls_find_fn *find)
{
    struct calls calls = { ask, find, json_object(), json_array() };

    calls_add(&calls, flow, NULL, bundle);
    json_decref(calls.seen);
    return calls.list;
}

json_t *calls_list_all(struct ask *ask, json_t *bundles, calls_find_fn *find)
{
    struct calls calls = { ask, find, json_object(), json_array() };
    const char *flow;
    json_t *bundle;

    json_object_foreach(bundles, flow, bundle)
    {
        if (json_object_get(calls.seen, flow) == NULL)
            calls_add(&calls, flow, "", bundle);
    }
    json_decref(calls.seen);
    return calls.list;
}
