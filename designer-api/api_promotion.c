/* api_promotion.c - what goes on from one environment to another when these flows do: they
 * themselves, and before each of them the flows that it calls, as far as these are other ones
 * there.
 *
 * It only says so. Who asked deploys each by itself, in this order: what refuses stops the rest,
 * and what went before it is a part that does nothing until it is called. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/api_deploy_priv.h"
#include "designer-api/calls.h"
#include "engine/flows.h"

#define PROMOTED_MOST 50u /* flows that are asked about at once */

/* The version that works where it is to come from; new reference. Of calls_list(). */
static json_t *bundle_from(struct ask *ask, const char *flow)
{
    char digest[DIGEST_TEXT];

    return json_incref((json_t *)engine_flow_live(ask_engine(ask), ask->who->workspace,
                                                  ask_text(ask, "from"), flow, digest));
}

/* {"version", "number"?} of what works in the environment; NULL: nothing does. */
static json_t *place_json(struct ask *ask, const json_t *versions, const char *environment,
                          const char *flow)
{
    char digest[DIGEST_TEXT] = "";

    if (engine_flow_live(ask_engine(ask), ask->who->workspace, environment, flow, digest) == NULL)
        return NULL;
    return json_pack("{s:s, s:O*}", "version", digest, "number",
                     json_object_get(draft_numbered(versions, digest), "number"));
}

/* The names of what is another one there, or is not there: it goes along within the version. */
static json_t *files_changed(const json_t *from, const json_t *there, const char *member)
{
    const json_t *own = json_object_get(from, member), *other = json_object_get(there, member);
    json_t *names = json_array(), *value;
    const char *name;

    json_object_foreach((json_t *)own, name, value)
    {
        const json_t *old = json_object_get(other, name);

        if (old == NULL || !json_same(old, value))
            json_array_append_new(names, json_string(name));
    }
    return names;
}

static const char *promoted_state(const json_t *here, const json_t *there)
{
    if (here == NULL)
        return there != NULL ? "there" : "missing";
    if (there != NULL &&
        strcmp(json_get_text(here, "version"), json_get_text(there, "version")) == 0)
        return "same";
    return "goes";
}

static json_t *faults_there(struct ask *ask, const char *flow, json_t *bundle)
{
    const struct flow_check check = { .workspace = ask->who->workspace,
                                      .slug = flow,
                                      .environment = ask->path[0] };
    char version[DIGEST_TEXT];
    struct faults faults;
    json_t *list;

    faults_init(&faults);
    if (!engine_flow_check(ask_engine(ask), &check, bundle, version, &faults))
        version[0] = '\0';
    faults_sort(&faults);
    list = draft_faults(&faults, bundle);
    faults_fini(&faults);
    return list;
}

static json_t *promoted_row(struct ask *ask, const char *flow, json_t *bundle)
{
    char digest[DIGEST_TEXT];
    struct err e;
    json_t *versions = draft_versions(ask, flow, &e),
           *here = place_json(ask, versions, ask_text(ask, "from"), flow),
           *there = place_json(ask, versions, ask->path[0], flow), *row;
    const json_t *live =
        engine_flow_live(ask_engine(ask), ask->who->workspace, ask->path[0], flow, digest);
    const char *state = promoted_state(here, there),
               *name =
                   json_get_text(json_object_get(bundle != NULL ? bundle : live, "flow"), "name");

    row = json_pack("{s:s, s:s, s:s, s:b, s:[], s:o*, s:o*}", "flow", flow, "name",
                    name != NULL ? name : flow, "state", state, "asked", false, "needed_by", "here",
                    here, "there", there);
    check(row != NULL);
    if (strcmp(state, "goes") == 0) {
        json_object_set_new(row, "rules", files_changed(bundle, live, "rules"));
        json_object_set_new(row, "lookups", files_changed(bundle, live, "lookups"));
        json_object_set_new(row, "faults", faults_there(ask, flow, bundle));
    }
    json_decref(versions);
    return row;
}

static json_t *row_of(const json_t *rows, const char *flow)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        if (strcmp(json_get_text(row, "flow"), flow) == 0)
            return row;
    }
    return NULL;
}

/* The flow and what it calls, those first that are called; each once. */
static void promoted_add(struct ask *ask, json_t *rows, const char *flow)
{
    json_t *bundle = bundle_from(ask, flow), *calls, *call, *row;
    size_t i;

    calls = calls_list(ask, flow, bundle, bundle_from);
    json_array_foreach(calls, i, call)
    {
        const char *own = json_get_text(call, "flow");

        row = row_of(rows, own);
        if (row == NULL) {
            row = promoted_row(ask, own, json_object_get(call, "bundle"));
            json_array_append_new(rows, row);
        }
        if (strcmp(own, flow) == 0)
            json_object_set_new(row, "asked", json_true());
        else
            json_array_append_new(json_object_get(row, "needed_by"), json_string(flow));
    }
    json_decref(calls);
    json_decref(bundle);
}

static json_t *promoted_rows(struct ask *ask, struct err *e)
{
    const char *text = ask_text(ask, "flows");
    json_t *rows = json_array();

    for (size_t count = 0; *text != '\0' && e->code == ERR_OK; count++) {
        size_t size = strcspn(text, ",");
        char flow[LIMIT_NAME];

        snprintf(flow, sizeof flow, "%.*s", (int)(size < 199 ? size : 199), text);
        if (count == PROMOTED_MOST)
            err_set(e, ERR_USAGE, "at most %u flows are asked about at once", PROMOTED_MOST);
        else if (draft_known(ask, flow, e) == ERR_OK)
            promoted_add(ask, rows, flow);
        text += size + (text[size] == ',');
    }
    if (e->code == ERR_OK)
        return rows;
    json_decref(rows);
    return NULL;
}

static void promotion_get(struct ask *ask)
{
    struct err e;
    json_t *to = environment__read(ask, ask->path[0], &e),
           *from = to != NULL ? environment__read(ask, ask_text(ask, "from"), &e) : NULL,
           *rows = NULL, *json = NULL;

    if (from != NULL) {
        e.code = ERR_OK; /* one that is always there need not be kept */
        rows = promoted_rows(ask, &e);
    }
    if (rows != NULL)
        json = json_pack("{s:s, s:s, s:O, s:o}", "from", ask_text(ask, "from"), "to", ask->path[0],
                         "approval", json_object_get(to, "approval"), "flows", rows);
    ask_give_or_refuse(ask, json, &e);
    json_decref(from);
    json_decref(to);
}

const struct ask_bind promotion_binds[] = {
    { "getPromotion", promotion_get },
    { NULL, NULL },
};
