/* api_template_merge.c - a flow made from a template takes over what the template has become, and
 * keeps what was changed of it. What comes in goes to the draft: nothing is live by it. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/draft_keep.h"
#include "designer-api/flow_differ.h"
#include "designer-api/group.h"
#include "designer-api/merge.h"
#include "designer-api/origin.h"
#include "designer-api/patch.h"
#include "designer-api/template_own.h"
#include "designer-api/templates.h"

struct upgrade {
    json_t *origin;       /* what the flow was made from; NULL: no template */
    const char *template; /* its name, borrowed from it */
    json_t *theirs;       /* origin_of() that template as it is now; NULL: there is none any more */
};

static void upgrade_fini(struct upgrade *upgrade)
{
    json_decref(upgrade->origin);
    json_decref(upgrade->theirs);
}

/* ERR_NOT_FOUND: there is no such flow. */
static enum err_code upgrade_of(struct ask *ask, const char *flow, struct upgrade *upgrade,
                                struct err *e)
{
    const struct gallery_flow *now = NULL;

    *upgrade = (struct upgrade){ .origin = NULL };
    if (draft_known(ask, flow, e) != ERR_OK)
        return e->code;
    upgrade->origin = origin_read(ask, flow);
    upgrade->template = origin_template(upgrade->origin);
    if (upgrade->template != NULL)
        now = templates_find(ask_templates(ask), upgrade->template);
    if (now != NULL)
        upgrade->theirs = origin_of(now);
    return ERR_OK;
}

static const char *upgrade_state(const struct upgrade *upgrade)
{
    if (upgrade->template == NULL)
        return "none";
    if (upgrade->theirs == NULL)
        return "gone";
    return json_same(json_object_get(upgrade->origin, "about"),
                     json_object_get(upgrade->theirs, "about"))
               ? "same"
               : "newer";
}

static void status_get(struct ask *ask)
{
    const char *flow = ask->path[0];
    struct upgrade upgrade;
    json_t *json = NULL;
    struct err e;

    if (upgrade_of(ask, flow, &upgrade, &e) == ERR_OK) {
        json = json_pack("{s:s, s:s, s:s*}", "flow", flow, "state", upgrade_state(&upgrade),
                         "template", upgrade.template);
        check(json != NULL);
    }
    ask_give_or_refuse(ask, json, &e);
    upgrade_fini(&upgrade);
}

/* ---- Merging */

/* The template as this flow began with it: a new bundle. */
static json_t *bundle_own(const json_t *origin, const char *flow)
{
    json_t *bundle = json_deep_copy(json_object_get(origin, "bundle"));

    if (bundle != NULL)
        template_own(bundle, flow);
    return bundle;
}

static json_t *merge_shown(const struct upgrade *upgrade, const json_t *mine,
                           const struct merged *merged)
{
    json_t *json =
        json_pack("{s:s, s:b, s:o, s:O, s:I}", "template", upgrade->template, "blind",
                  upgrade->origin == NULL, "changes", flow_differ(mine, merged->bundle, false),
                  "conflicts", merged->conflicts, "undecided", (json_int_t)merged->undecided);

    check(json != NULL);
    return json;
}

static void merge_upgrade(struct ask *ask, const struct upgrade *upgrade, json_t *mine,
                          struct merged *merged)
{
    const char *flow = ask->path[0];
    json_t *base = bundle_own(upgrade->origin, flow), *theirs = bundle_own(upgrade->theirs, flow);

    merge_bundles(&(struct merge){ .base = base,
                                   .mine = mine,
                                   .theirs = theirs,
                                   .choices = json_object_get(ask->body, "choices") },
                  merged);
    json_decref(base);
    json_decref(theirs);
}

static void merge_dry(struct ask *ask, const struct upgrade *upgrade)
{
    struct merged merged;
    struct err e;
    json_t *mine = draft_current(ask, ask->path[0], &e);

    if (mine == NULL) {
        ask_refuse(ask, &e);
        return;
    }
    merge_upgrade(ask, upgrade, mine, &merged);
    ask_give(ask, 200, merge_shown(upgrade, mine, &merged));
    merged_fini(&merged);
    json_decref(mine);
}

static void merge_take(struct ask *ask, const struct upgrade *upgrade)
{
    json_t *mine, *patch, *shown;
    struct object draft;
    struct merged merged;
    struct err e;

    if (!draft_take(ask, &draft, NULL))
        return;
    mine = json_object_get(draft.body, "bundle");
    merge_upgrade(ask, upgrade, mine, &merged);
    shown = merge_shown(upgrade, mine, &merged);
    if (merged.undecided > 0) {
        err_set(&e, ERR_CONFLICT,
                "%zu places were changed here and in the template: say of each in choices whether "
                "mine or theirs is taken",
                merged.undecided);
        ask_refuse_with(ask, &e, json_pack("{s:O}", "conflicts", merged.conflicts));
    } else {
        group_make(ask, merged.bundle);
        patch = patch_make(mine, merged.bundle);
        draft_keep(ask, &draft,
                   &(struct draft_next){ .bundle = merged.bundle,
                                         .patch = patch,
                                         .origin = upgrade->theirs,
                                         .shown = shown,
                                         .what = "draft.upgrade" });
        json_decref(patch);
    }
    json_decref(shown);
    merged_fini(&merged);
    object_fini(&draft);
}

static void template_merge(struct ask *ask)
{
    const char *flow = ask->path[0];
    struct upgrade upgrade;
    struct err e;

    if (upgrade_of(ask, flow, &upgrade, &e) == ERR_OK && upgrade.theirs == NULL)
        err_set(&e, ERR_CONFLICT,
                upgrade.template == NULL ? "flow %.100s was made from no template"
                                         : "the template that flow %.100s was made from is not "
                                           "there any more",
                flow);
    if (upgrade.theirs == NULL)
        ask_refuse(ask, &e);
    else if (json_is_true(json_object_get(ask->body, "dry_run")))
        merge_dry(ask, &upgrade);
    else
        merge_take(ask, &upgrade);
    upgrade_fini(&upgrade);
}

const struct ask_bind template_merge_binds[] = {
    { "getTemplateStatus", status_get },
    { "mergeTemplate", template_merge },
    { NULL, NULL },
};
