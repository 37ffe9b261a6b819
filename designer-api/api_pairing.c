/* api_pairing.c - the flows that belong together: what each of them moves, what all of them need,
 * and all of them begun at once, with one set-up over them.
 *
 * gallery/pairings.json says which these are. They are in a workspace under the names of their
 * templates, so that each is there once: two that enter the same payments would enter them twice.
 * For the same reason one that stands "instead_of" another is never begun beside it. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/agreed.h"
#include "designer-api/calls.h"
#include "designer-api/checklist.h"
#include "designer-api/context.h"
#include "designer-api/draft_begin.h"
#include "designer-api/template_begin.h"
#include "designer-api/templates.h"

/* ---- What they say */

/* Of a template and of those that it calls, whether they are in the workspace or not. */
static json_t *bundle_of(struct ask *ask, const char *template)
{
    const struct gallery_flow *flow = templates_find(ask_templates(ask), template);

    return flow != NULL ? templates_json(&flow->bundle) : NULL;
}

static bool is_there(const struct ask *ask, const char *flow)
{
    struct err e;

    return draft_known((struct ask *)ask, flow, &e) == ERR_OK;
}

struct needs {
    json_t *told; /* {KEY: row} */
    json_t *rows;
};

/* What the flow of that bundle connects, beside what the others do; systems: of this flow. */
static void needs_add(struct needs *needs, json_t *systems, const char *template,
                      const json_t *bundle)
{
    const char *name;
    json_t *one;

    json_object_foreach(json_object_get(json_object_get(bundle, "connections"), "connections"),
                        name, one)
    {
        char key[AGREED_KEY];
        const char *connector = json_get_text(one, "connector");
        json_t *row;

        if (connector == NULL)
            continue;
        json_object_set_new(systems, connector, json_true());
        if (needs == NULL)
            continue;
        agreed_key(name, one, key);
        row = json_object_get(needs->told, key);
        if (row == NULL) {
            row = json_pack("{s:s, s:s, s:O*, s:[]}", "name", name, "connector", connector,
                            "description", json_object_get(one, "description"), "templates");
            check(row != NULL);
            json_array_append(needs->rows, row);
            json_object_set_new_nocheck(needs->told, key, row);
        }
        json_array_append_new(json_object_get(row, "templates"), json_string(template));
    }
}

static json_t *names_of(const json_t *set)
{
    json_t *list = json_array();
    const char *name;
    json_t *one;

    json_object_foreach((json_t *)set, name, one)
    {
        json_array_append_new(list, json_string(name));
    }
    return list;
}

static json_t *calls_shown(struct needs *needs, json_t *systems, const json_t *parts)
{
    json_t *calls = json_array(), *part;
    size_t i;

    json_array_foreach(parts, i, part)
    {
        const json_t *bundle = json_object_get(part, "bundle");
        const char *flow = json_get_text(part, "flow");
        json_t *name = json_object_get(json_object_get(bundle, "flow"), "name");

        needs_add(needs, systems, flow, bundle);
        if (i + 1 < json_array_size(parts) && name != NULL)
            json_array_append_new(calls, json_pack("{s:s, s:O}", "template", flow, "name", name));
    }
    return calls;
}

/* NULL: the program has no such template any more. needs: NULL, it is not begun with the others. */
static json_t *flow_shown(struct ask *ask, const json_t *kept, struct needs *needs)
{
    const char *template = json_get_text(kept, "template");
    json_t *bundle = bundle_of(ask, template), *parts, *systems = json_object(), *json = NULL;
    const json_t *definition = json_object_get(bundle, "flow");

    if (bundle != NULL) {
        parts = calls_list(ask, template, bundle, bundle_of);
        json = json_copy((json_t *)kept);
        json_object_set(json, "name", json_object_get(definition, "name"));
        json_object_set(json, "description", json_object_get(definition, "description"));
        json_object_set_new(json, "calls", calls_shown(needs, systems, parts));
        json_object_set_new(json, "systems", names_of(systems));
        json_decref(parts);
    }
    json_decref(systems);
    json_decref(bundle);
    return json;
}

static json_t *pairing_shown(struct ask *ask, const json_t *kept)
{
    struct needs needs = { json_object(), json_array() };
    json_t *json = json_copy((json_t *)kept), *flows = json_array(), *one, *shown;
    size_t i;

    json_array_foreach(json_object_get(kept, "flows"), i, one)
    {
        shown = flow_shown(ask, one, json_get_text(one, "instead_of") == NULL ? &needs : NULL);
        if (shown != NULL)
            json_array_append_new(flows, shown);
    }
    json_object_set_new(json, "flows", flows);
    json_object_set_new(json, "connections", needs.rows);
    json_decref(needs.told);
    return json;
}

/* All of them, without what the workspace has. Most templates are read for it. */
static const json_t *pairings_made(struct ask *ask)
{
    struct templates *templates = ask_templates(ask);
    json_t *kept, *made, *one;
    size_t i;

    if (templates_made(templates) == NULL) {
        kept = templates_json(&gallery_pairings);
        made = json_array();
        json_array_foreach(kept, i, one)
        {
            json_array_append_new(made, pairing_shown(ask, one));
        }
        json_decref(kept);
        templates_keep(templates, made);
    }
    return templates_made(templates);
}

static void pairing_list(struct ask *ask)
{
    json_t *items = json_array(), *pairing, *flows, *flow, *one;
    size_t i, n;

    json_array_foreach(pairings_made(ask), i, pairing)
    {
        flows = json_array();
        json_array_foreach(json_object_get(pairing, "flows"), n, flow)
        {
            one = json_copy(flow);
            json_object_set_new(one, "there",
                                json_boolean(is_there(ask, json_get_text(flow, "template"))));
            json_array_append_new(flows, one);
        }
        one = json_copy(pairing);
        json_object_set_new(one, "flows", flows);
        json_array_append_new(items, one);
    }
    ask_page(ask, items, NULL, (int64_t)json_array_size(items));
}

/* ---- Begun */

/* Its row; new reference, NULL with ERR_NOT_FOUND. */
static json_t *pairing_find(const struct ask *ask, struct err *e)
{
    json_t *kept = templates_json(&gallery_pairings), *one, *found = NULL;
    size_t i;

    json_array_foreach(kept, i, one)
    {
        if (strcmp(json_get_text(one, "pairing"), ask->path[0]) == 0)
            found = json_incref(one);
    }
    json_decref(kept);
    e->code = ERR_OK;
    if (found == NULL)
        err_set(e, ERR_NOT_FOUND, "there is no pairing \"%.80s\"", ask->path[0]);
    return found;
}

static const json_t *flow_of(const json_t *pairing, const char *template)
{
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(pairing, "flows"), i, one)
    {
        if (strcmp(json_get_text(one, "template"), template) == 0)
            return one;
    }
    return NULL;
}

/* {TEMPLATE: true} of what the caller names, else of all but those that are instead of another. */
static json_t *chosen_of(const struct ask *ask, const json_t *pairing, struct err *e)
{
    const json_t *named = json_object_get(ask->body, "templates");
    json_t *chosen = json_object(), *one;
    size_t i;

    json_array_foreach(named, i, one)
    {
        json_object_set_new(chosen, json_text(one), json_true());
        if (flow_of(pairing, json_text(one)) == NULL)
            err_set(e, ERR_INVALID, "the pairing has no template \"%.100s\"", json_text(one));
    }
    json_array_foreach(json_object_get(pairing, "flows"), i, one)
    {
        if (named == NULL && json_get_text(one, "instead_of") == NULL)
            json_object_set_new(chosen, json_get_text(one, "template"), json_true());
    }
    return chosen;
}

/* Two of which one stands for the other would do the same twice. */
static void chosen_check(const struct ask *ask, const json_t *pairing, const json_t *chosen,
                         struct err *e)
{
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(pairing, "flows"), i, one)
    {
        const char *template = json_get_text(one, "template"),
                   *other = json_get_text(one, "instead_of");
        bool wanted, also;

        if (other == NULL || e->code != ERR_OK)
            continue;
        wanted = json_object_get(chosen, template) != NULL;
        also = json_object_get(chosen, other) != NULL;
        if ((wanted && (also || is_there(ask, other))) || (also && is_there(ask, template)))
            err_set(e, ERR_CONFLICT,
                    "%.100s stands instead of %.100s: both would enter the same payments, choose "
                    "one",
                    template, other);
    }
}

/* {FLOW: bundle} of those that are not there yet, in the pairing's order. */
static json_t *chosen_bundles(struct ask *ask, const json_t *pairing, const json_t *chosen,
                              json_t *there)
{
    json_t *bundles = json_object(), *one, *bundle;
    size_t i;

    json_array_foreach(json_object_get(pairing, "flows"), i, one)
    {
        const char *template = json_get_text(one, "template");

        if (json_object_get(chosen, template) == NULL)
            continue;
        bundle = template_part(ask, template);
        if (bundle != NULL)
            json_object_set_new(bundles, template, bundle);
        else if (is_there(ask, template))
            json_array_append_new(there, json_string(template));
    }
    return bundles;
}

static void chosen_begin(struct ask *ask, const json_t *pairing, const json_t *chosen)
{
    json_t *there = json_array(), *made = json_array(),
           *bundles = chosen_bundles(ask, pairing, chosen, there),
           *parts = calls_list_all(ask, bundles, template_part), *answer, *part;
    size_t i;

    json_array_foreach(parts, i, part)
    {
        if (json_object_get(part, "bundle") != NULL)
            json_array_append(made, json_object_get(part, "flow"));
    }
    answer = json_pack("{s:s, s:o, s:o}", "pairing", ask->path[0], "made", made, "there", there);
    check(answer != NULL);
    if (json_array_size(made) > 0)
        template_begin(ask, parts, answer);
    else
        ask_give(ask, 200, answer);
    json_decref(parts);
    json_decref(bundles);
}

static void pairing_instantiate(struct ask *ask)
{
    struct err e;
    json_t *pairing = pairing_find(ask, &e), *chosen = NULL;

    if (pairing != NULL) {
        chosen = chosen_of(ask, pairing, &e);
        chosen_check(ask, pairing, chosen, &e);
    }
    if (e.code != ERR_OK)
        ask_refuse(ask, &e);
    else
        chosen_begin(ask, pairing, chosen);
    json_decref(chosen);
    json_decref(pairing);
}

/* ---- One set-up over them */

static void pairing_checklist(struct ask *ask)
{
    struct err e;
    json_t *pairing = pairing_find(ask, &e), *bundles = json_object(), *calls, *one, *bundle;
    size_t i;

    json_array_foreach(json_object_get(pairing, "flows"), i, one)
    {
        const char *flow = json_get_text(one, "template");

        bundle = checklist_find(ask, flow);
        if (bundle != NULL)
            json_object_set_new(bundles, flow, bundle);
    }
    if (pairing != NULL && json_object_size(bundles) == 0)
        err_set(&e, ERR_NOT_FOUND, "none of its flows is there yet");
    if (e.code != ERR_OK) {
        ask_refuse(ask, &e);
    } else {
        calls = calls_list_all(ask, bundles, checklist_find);
        checklist_answer(ask, calls, ask->path[0], pairing_checklist);
        json_decref(calls);
    }
    json_decref(bundles);
    json_decref(pairing);
}

const struct ask_bind pairing_binds[] = {
    { "listPairings", pairing_list },
    { "instantiatePairing", pairing_instantiate },
    { "getPairingChecklist", pairing_checklist },
    { NULL, NULL },
};
