/* template_begin.c - see template_begin.h. */
#include "designer-api/template_begin.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/agreed.h"
#include "designer-api/draft_begin.h"
#include "designer-api/group.h"
#include "designer-api/origin.h"
#include "designer-api/template_own.h"
#include "designer-api/templates.h"
#include "engine/flows.h"

/* ---- Where they take calls */

/* The path at which a node takes calls; NULL: at none. */
static const char *node_path(const json_t *node)
{
    const char *type = json_get_text(node, "type");

    return type != NULL && strncmp(type, "trigger.", 8) == 0
               ? json_get_text(json_object_get(node, "config"), "path")
               : NULL;
}

static bool paths_of_draft(void *arg, const struct object *draft)
{
    const json_t *flow = json_object_get(json_object_get(draft->body, "bundle"), "flow");
    json_t *node;
    size_t i;

    json_array_foreach(json_object_get(flow, "nodes"), i, node)
    {
        const char *path = node_path(node);

        if (path != NULL)
            json_object_set_new(arg, path, json_true());
    }
    return true;
}

/* The paths of all drafts: one that is not launched yet has taken its own, too. */
static json_t *paths_drafted(const struct ask *ask)
{
    json_t *paths = json_object();
    struct err e;

    check(paths != NULL);
    if (object_list(ask_objects(ask), DRAFT_KIND, ask->who->workspace, NULL, NULL, 0,
                    paths_of_draft, paths, &e) != ERR_OK)
        json_object_clear(paths); /* what is live is looked at all the same */
    return paths;
}

/* Where another flow takes calls at a trigger's path already, or will when it is launched, as one
 * from the same template does, it gets a path of its own: PATH-FLOW. */
static void paths_own(const struct ask *ask, json_t *drafted, json_t *definition, const char *flow)
{
    json_t *node;
    size_t i;

    json_array_foreach(json_object_get(definition, "nodes"), i, node)
    {
        json_t *config = json_object_get(node, "config");
        const char *path = node_path(node);

        if (path == NULL)
            continue;
        if (json_object_get(drafted, path) != NULL ||
            engine_path_taken(ask_engine(ask), ask->who->workspace, "production", path))
            json_object_set_new(config, "path", json_sprintf("%s-%s", path, flow));
        json_object_set_new(drafted, node_path(node), json_true());
    }
}

/* ---- All of them */

json_t *template_part(struct ask *ask, const char *flow)
{
    const struct gallery_flow *from = templates_find(ask_templates(ask), flow);
    struct err e;

    return from != NULL && draft_is_new(ask, flow, &e) == ERR_OK ? templates_json(&from->bundle)
                                                                 : NULL;
}

void template_begin(struct ask *ask, const json_t *parts, json_t *answer)
{
    size_t count = 0, size = json_array_size(parts);
    struct draft_new *list = mem_must((size + 1) * sizeof *list);
    json_t *agreed = agreed_read(ask), *drafted = paths_drafted(ask);

    for (size_t i = size; i > 0; i--) {
        const json_t *part = json_array_get(parts, i - 1);
        const char *flow = json_get_text(part, "flow"), *template = json_get_text(part, "template");
        json_t *bundle = json_object_get(part, "bundle");
        const struct gallery_flow *own =
            templates_find(ask_templates(ask), template != NULL ? template : flow);

        if (bundle == NULL)
            continue; /* it is there already, or there is none */
        paths_own(ask, drafted, json_object_get(bundle, "flow"), flow);
        template_own(bundle, flow);
        agreed_take(agreed, bundle);
        group_make(ask, bundle);
        list[count++] =
            (struct draft_new){ .flow = flow,
                                .bundle = json_incref(bundle),
                                .from = { .template = own->name, .origin = origin_of(own) } };
    }
    draft_begin_all(ask, list, count, "flow.instantiate", answer);
    for (size_t i = 0; i < count; i++)
        json_decref((json_t *)list[i].from.origin);
    json_decref(drafted);
    json_decref(agreed);
    mem_free(list);
}
