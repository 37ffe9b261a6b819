/* origin.c - see origin.h. */
#include "designer-api/origin.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/templates.h"

json_t *origin_of(const struct gallery_flow *flow)
{
    json_t *origin = json_pack("{s:{s:s, s:s}, s:o}", "about", "template", flow->name, "digest",
                               flow->digest, "bundle", templates_json(&flow->bundle));

    check(origin != NULL);
    return origin;
}

json_t *origin_read(struct ask *ask, const char *flow)
{
    const char *workspace = ask->who->workspace;
    struct object about, bundle;
    json_t *origin = NULL;
    struct err e;

    if (object_read(ask_objects(ask), ORIGIN_KIND, workspace, flow, &about, &e) != ERR_OK)
        return NULL;
    if (object_read(ask_objects(ask), ORIGIN_BUNDLE_KIND, workspace, flow, &bundle, &e) == ERR_OK) {
        origin = json_pack("{s:O, s:O}", "about", about.body, "bundle", bundle.body);
        check(origin != NULL);
        object_fini(&bundle);
    }
    object_fini(&about);
    return origin;
}

const char *origin_template(const json_t *origin)
{
    return json_get_text(json_object_get(origin, "about"), "template");
}

void origin_changes(struct ask *ask, const char *flow, const json_t *origin,
                    struct object_change changes[ORIGIN_CHANGES])
{
    static const char *const kinds[ORIGIN_CHANGES] = { ORIGIN_KIND, ORIGIN_BUNDLE_KIND };

    for (size_t i = 0; i < ORIGIN_CHANGES; i++)
        changes[i] = (struct object_change){ .kind = kinds[i],
                                             .workspace = ask->who->workspace,
                                             .id = flow,
                                             .from = OBJECT_ANY,
                                             .by = ask->who->name };
    if (origin == NULL)
        return;
    changes[0].body = json_object_get(origin, "about");
    changes[1].body = json_object_get(origin, "bundle");
}

void origin_tell(struct ask *ask, const json_t *about, json_t *json)
{
    const char *template = json_get_text(about, "template"),
               *digest = json_get_text(about, "digest");
    const struct gallery_flow *now;

    if (template == NULL || digest == NULL)
        return;
    now = templates_find(ask_templates(ask), template);
    json_object_set_new(json, "template", json_string(template));
    json_object_set_new(json, "template_newer",
                        json_boolean(now != NULL && strcmp(now->digest, digest) != 0));
}
