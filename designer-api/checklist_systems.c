/* checklist_systems.c - what a flow needs of others: systems and their secrets, flows that it
 * calls. */
#include "designer-api/checklist.h"

#include <string.h>

#include "base/json.h"
#include "designer-api/context.h"
#include "designer-api/draft.h"
#include "designer-api/templates.h"
#include "engine/flows.h"
#include "engine/secret.h"

static bool secret_is_there(const json_t *secrets, const char *name)
{
    json_t *one;
    size_t i;

    json_array_foreach(secrets, i, one)
    {
        if (strcmp(json_get_text(one, "name"), name) == 0)
            return true;
    }
    return false;
}

#define CALLED 240

/* As people call it, with its name in the flow: "PayTrace (gateway)". */
static void connection_called(struct ask *ask, const char *name, const json_t *shape,
                              char called[CALLED])
{
    const char *connector = json_get_text(shape, "connector"),
               *title =
                   connector != NULL ? engine_connector_title(ask_engine(ask), connector) : NULL;

    if (title != NULL)
        snprintf(called, CALLED, "%.100s (%.100s)", title, name);
    else
        snprintf(called, CALLED, "%.100s", name);
}

/* Whether the vault has all that the connection takes from it. */
static bool secrets_are_there(const json_t *secrets, const json_t *shape)
{
    const char *secret, *vault;
    json_t *source;

    json_object_foreach(json_object_get(shape, "secrets"), secret, source)
    {
        vault = json_get_text(source, "vault");
        if (vault != NULL && !secret_is_there(secrets, vault))
            return false;
    }
    return true;
}

static bool discovery_secrets(json_t *items, const json_t *secrets, const char *name,
                              const char *called, const json_t *shape)
{
    const char *secret;
    json_t *source, *item;
    char text[500];
    bool whole = true;

    json_object_foreach(json_object_get(shape, "secrets"), secret, source)
    {
        const char *vault = json_get_text(source, "vault");

        if (vault == NULL || secret_is_there(secrets, vault))
            continue;
        snprintf(text, sizeof text, "%s: the vault has no secret \"%.150s\"", called, vault);
        item = checklist_add(items, "secret", false, text, "noSecretOf",
                             json_pack("{s:s, s:s}", "connection", called, "secret", vault));
        checklist_about(item, "connection", name);
        checklist_about(item, "secret", vault);
        whole = false;
    }
    return whole;
}

/* A template's connection comes without the address of anybody's system, and its secrets are those
 * of the connection that is chosen for it: one point says it. `own` is one that nobody has made
 * his: where its address has a default only the secrets are missing. */
static bool discovery_settings(struct ask *ask, json_t *items, const char *name, const char *called,
                               const char *use, const json_t *shape, bool own)
{
    json_t *lacks = engine_connection_lacks(ask_engine(ask), shape);
    const char *first = json_string_value(json_array_get(lacks, 0));
    size_t count = json_array_size(lacks);
    char text[500], more[40] = "";
    json_t *item;

    if (count > 1)
        snprintf(more, sizeof more, " and %zu more", count - 1);
    if (count > 0 && use != NULL) {
        snprintf(text, sizeof text, "%s: the connection \"%.100s\" lacks its \"%.80s\"%s", called,
                 use, first, more);
        item = checklist_add(items, "connection", false, text, "lacks",
                             json_pack("{s:s, s:s, s:s, s:I}", "connection", called, "use", use,
                                       "setting", first, "more", (json_int_t)(count - 1)));
        checklist_about(item, "connection", name);
    } else if (count > 0 || own) {
        snprintf(text, sizeof text,
                 "%s is not connected yet: choose a connection of the workspace, or make one",
                 called);
        item = checklist_add(items, "connection", false, text, "unconnected",
                             json_pack("{s:s}", "connection", called));
        checklist_about(item, "connection", name);
    }
    json_decref(lacks);
    return count == 0 && !own;
}

static void discovery_connection(struct checklist *list, json_t *items, const json_t *secrets,
                                 const char *name, json_t *connection)
{
    struct ask *ask = list->ask;
    struct err e;
    json_t *shape =
        engine_connection_shape(ask_engine(ask), ask->who->workspace, "production", connection, &e);
    const char *use = json_get_text(connection, "use");
    char text[500], called[CALLED];
    bool own = use == NULL && list->template[0] != '\0' && !secrets_are_there(secrets, shape);

    connection_called(ask, name, shape != NULL ? shape : connection, called);
    if (shape == NULL) {
        snprintf(text, sizeof text, "%s: %.180s", called, e.text);
        checklist_about(checklist_add(items, "connection", false, text, NULL, NULL), "connection",
                        name);
        return;
    }
    if (discovery_settings(ask, items, name, called, use, shape, own) &&
        discovery_secrets(items, secrets, name, called, shape)) {
        snprintf(text, sizeof text, "%s has its address and its secrets", called);
        checklist_about(checklist_add(items, "connection", true, text, "connected",
                                      json_pack("{s:s}", "connection", called)),
                        "connection", name);
    }
    json_decref(shape);
}

/* A connection that a step names and the flow has not. */
static void discovery_unnamed(json_t *items, const json_t *connections, const char *id,
                              const char *name)
{
    char text[300];

    if (json_object_get(connections, name) != NULL)
        return;
    snprintf(text, sizeof text,
             "The step %.64s works through a connection \"%.100s\", which the flow has not", id,
             name);
    checklist_about(checklist_add(items, "connection", false, text, "unnamed",
                                  json_pack("{s:s, s:s}", "step", id, "connection", name)),
                    "connection", name);
}

/* Another flow that a step calls: a template's common part is a flow of its own, and a template,
 * too. */
static void discovery_called(struct checklist *list, json_t *items, const char *step,
                             const char *flow)
{
    struct ask *ask = list->ask;
    char text[500], version[DIGEST_TEXT];
    struct err e;
    bool live = engine_flow_live(ask_engine(ask), ask->who->workspace, "production", flow,
                                 version) != NULL,
         there = live || draft_known(ask, flow, &e) == ERR_OK,
         made = !there && templates_find(ask_templates(ask), flow) != NULL;
    json_t *item;

    if (json_object_get(list->called, flow) != NULL)
        return;
    json_object_set_new(list->called, flow, json_true());
    snprintf(text, sizeof text, "The flow \"%.100s\", which \"%.200s\" calls, is %s", flow, step,
             live    ? "live"
             : there ? "not live yet: set it up, and launch it"
             : made  ? "not there yet: make it from its template"
                     : "not there: make it");
    item = checklist_add(items, "flow", live, text, "called",
                         json_pack("{s:s, s:s, s:s}", "flow", flow, "step", step, "state",
                                   live    ? "live"
                                   : there ? "there"
                                   : made  ? "template"
                                           : "missing"));
    checklist_about(item, "flow", there ? flow : NULL);
    checklist_about(item, "template", made ? flow : NULL);
}

/* What the steps need beside what connections.json has, inside of bodies too. */
static void discovery_steps(struct checklist *list, json_t *items, const json_t *connections,
                            const json_t *nodes)
{
    const json_t *node;
    size_t i;

    json_array_foreach(nodes, i, node)
    {
        const json_t *config = json_object_get(node, "config");
        const char *id = json_get_text(node, "id"), *type = json_get_text(node, "type"),
                   *title = json_get_text(node, "title");
        const char *name = json_get_text(node, "connection"), *flow = json_get_text(config, "flow");

        if (name != NULL)
            discovery_unnamed(items, connections, id != NULL ? id : "", name);
        if (type != NULL && strcmp(type, "branch.call") == 0 && flow != NULL)
            discovery_called(list, items,
                             title != NULL && *title != '\0' ? title
                             : id != NULL                    ? id
                                                             : "",
                             flow);
        discovery_steps(list, items, connections,
                        json_object_get(json_object_get(config, "body"), "nodes"));
    }
}

void checklist_systems(struct checklist *list, const json_t *bundle)
{
    struct err e;
    json_t *items = json_array(), *one,
           *secrets = engine_secrets(ask_engine(list->ask), list->ask->who->workspace, &e),
           *connections = json_object_get(json_object_get(bundle, "connections"), "connections");
    const char *name;

    json_object_foreach(connections, name, one)
    {
        discovery_connection(list, items, secrets, name, one);
    }
    list->called = json_object();
    discovery_steps(list, items, connections,
                    json_object_get(json_object_get(bundle, "flow"), "nodes"));
    json_decref(list->called);
    if (json_array_size(items) == 0)
        checklist_add(items, "connection", true, "The flow needs no connection", "noConnection",
                      NULL);
    json_decref(secrets);
    checklist_phase(list, "Discovery", items);
}
