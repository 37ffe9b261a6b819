/* checklist_systems.c - what a flow and its parts need of others: systems and their secrets, the
 * parts themselves. */
#include "designer-api/checklist.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/agreed.h"
#include "designer-api/context.h"
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

static bool discovery_secrets(const struct checklist *list, json_t *items, const json_t *secrets,
                              const char *name, const char *called, const json_t *shape)
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
        item = checklist_add(list, items, "secret", false, text, "noSecretOf",
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
static bool discovery_settings(const struct checklist *list, json_t *items, const char *name,
                               const char *called, const char *use, const json_t *shape, bool own)
{
    json_t *lacks = engine_connection_lacks(ask_engine(list->ask), shape);
    const char *first = json_string_value(json_array_get(lacks, 0));
    size_t count = json_array_size(lacks);
    char text[500], more[40] = "";
    json_t *item;

    if (count > 1)
        snprintf(more, sizeof more, " and %zu more", count - 1);
    if (count > 0 && use != NULL) {
        snprintf(text, sizeof text, "%s: the connection \"%.100s\" lacks its \"%.80s\"%s", called,
                 use, first, more);
        item = checklist_add(list, items, "connection", false, text, "lacks",
                             json_pack("{s:s, s:s, s:s, s:I}", "connection", called, "use", use,
                                       "setting", first, "more", (json_int_t)(count - 1)));
        checklist_about(item, "connection", name);
    } else if (count > 0 || own) {
        snprintf(text, sizeof text,
                 "%s is not connected yet: choose a connection of the workspace, or make one",
                 called);
        item = checklist_add(list, items, "connection", false, text, "unconnected",
                             json_pack("{s:s}", "connection", called));
        checklist_about(item, "connection", name);
    }
    json_decref(lacks);
    return count == 0 && !own;
}

/* What is missing of one connection, or that nothing is: as points; whether nothing is. */
static bool discovery_points(const struct checklist *list, json_t *items, const json_t *secrets,
                             const char *name, json_t *connection)
{
    struct ask *ask = list->ask;
    struct err e;
    json_t *shape =
        engine_connection_shape(ask_engine(ask), ask->who->workspace, "production", connection, &e);
    const char *use = json_get_text(connection, "use");
    char text[500], called[CALLED];
    bool own = use == NULL && list->at->template[0] != '\0' && !secrets_are_there(secrets, shape),
         whole = false;

    connection_called(ask, name, shape != NULL ? shape : connection, called);
    if (shape == NULL) {
        snprintf(text, sizeof text, "%s: %.180s", called, e.text);
        checklist_about(checklist_add(list, items, "connection", false, text, NULL, NULL),
                        "connection", name);
        return false;
    }
    if (discovery_settings(list, items, name, called, use, shape, own) &&
        discovery_secrets(list, items, secrets, name, called, shape)) {
        snprintf(text, sizeof text, "%s has its address and its secrets", called);
        checklist_about(checklist_add(list, items, "connection", true, text, "connected",
                                      json_pack("{s:s}", "connection", called)),
                        "connection", name);
        whole = true;
    }
    json_decref(shape);
    return whole;
}

struct discovery {
    struct checklist *list;
    json_t *items;
    const json_t *secrets;
    json_t *told; /* {KEY: row of list->connections}: of those that have their points */
};

/* Connections to the same system, as far as they stand alike now, are one: bound at once. */
static void discovery_connection(struct discovery *found, const char *name, json_t *connection)
{
    struct checklist *list = found->list;
    const char *use = json_get_text(connection, "use");
    json_t *points = json_array(), *row;
    bool whole = discovery_points(list, points, found->secrets, name, connection);
    char same[AGREED_KEY], key[AGREED_KEY + 120];

    agreed_key(name, connection, same);
    snprintf(key, sizeof key, "%s\n%.100s\n%d", same, use != NULL ? use : "", whole);
    row = json_object_get(found->told, key);
    if (row == NULL) {
        row = json_pack("{s:s, s:b, s:[]}", "name", name, "done", whole, "of");
        check(row != NULL);
        json_object_set_new_nocheck(found->told, key, row);
        json_array_append(list->connections, row);
        json_array_extend(found->items, points);
    }
    json_array_append_new(json_object_get(row, "of"),
                          json_pack("{s:s, s:s}", "flow", list->at->flow, "connection", name));
    json_decref(points);
}

/* A connection that a step names and the flow has not. */
static void discovery_unnamed(const struct checklist *list, json_t *items,
                              const json_t *connections, const char *id, const char *name)
{
    char text[300];

    if (json_object_get(connections, name) != NULL)
        return;
    snprintf(text, sizeof text,
             "The step %.64s works through a connection \"%.100s\", which the flow has not", id,
             name);
    checklist_about(checklist_add(list, items, "connection", false, text, "unnamed",
                                  json_pack("{s:s, s:s}", "step", id, "connection", name)),
                    "connection", name);
}

/* A common part is a flow of its own: it is there, or comes from the template of its name. */
static void discovery_called(const struct checklist *list, json_t *items,
                             const struct checklist_part *part)
{
    const bool made = part->bundle == NULL &&
                      templates_find(ask_templates(list->ask), part->flow) != NULL,
               there = part->bundle != NULL;
    char text[500];
    json_t *item;

    snprintf(text, sizeof text, "The flow \"%.100s\", which \"%.200s\" calls, is %s", part->flow,
             part->step,
             there  ? "there"
             : made ? "not there yet: make it from its template"
                    : "not there: make it");
    item =
        checklist_add(list, items, "flow", there, text, "called",
                      json_pack("{s:s, s:s, s:s}", "flow", part->flow, "step", part->step, "state",
                                there  ? "there"
                                : made ? "template"
                                       : "missing"));
    checklist_about(item, "flow", there ? part->flow : NULL);
    checklist_about(item, "template", made ? part->flow : NULL);
}

/* What the steps name beside what connections.json has, inside of bodies too. */
static void discovery_steps(const struct checklist *list, json_t *items, const json_t *connections,
                            const json_t *nodes)
{
    const json_t *node;
    size_t i;

    json_array_foreach(nodes, i, node)
    {
        const char *id = json_get_text(node, "id"), *name = json_get_text(node, "connection");

        if (name != NULL)
            discovery_unnamed(list, items, connections, id != NULL ? id : "", name);
        discovery_steps(
            list, items, connections,
            json_object_get(json_object_get(json_object_get(node, "config"), "body"), "nodes"));
    }
}

static void discovery_part(struct discovery *found, const struct checklist_part *part)
{
    json_t *connections =
               json_object_get(json_object_get(part->bundle, "connections"), "connections"),
           *one;
    const char *name;

    found->list->at = part;
    if (part->step != NULL && part->step[0] != '\0')
        discovery_called(found->list, found->items, part);
    json_object_foreach(connections, name, one)
    {
        discovery_connection(found, name, one);
    }
    discovery_steps(found->list, found->items, connections,
                    json_object_get(json_object_get(part->bundle, "flow"), "nodes"));
}

void checklist_systems(struct checklist *list)
{
    struct err e;
    struct discovery found = { .list = list, .items = json_array(), .told = json_object() };
    json_t *secrets = engine_secrets(ask_engine(list->ask), list->ask->who->workspace, &e);

    found.secrets = secrets;
    for (size_t i = list->count; i > 0; i--)
        discovery_part(&found, &list->parts[i - 1]);
    list->at = list->whole;
    if (json_array_size(found.items) == 0)
        checklist_add(list, found.items, "connection", true, "The flow needs no connection",
                      "noConnection", NULL);
    json_decref(found.told);
    json_decref(secrets);
    checklist_phase(list, "Discovery", found.items);
}
