/* draft_may.c - what somebody may change of a flow, and publish, who writes its rules only. */
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "designer-api/draft.h"
#include "designer-api/flow_differ.h"
#include "engine/flows.h"

/* ---- Changing */

static bool is_mapping(const json_t *node)
{
    const char *type = json_get_text(node, "type");

    return type != NULL && strcmp(type, "transform.map") == 0;
}

/* The definition with the configs of its mappings taken out, on every level. */
static void mappings_take_out(json_t *level)
{
    json_t *node, *config;
    size_t i;

    json_array_foreach(json_object_get(level, "nodes"), i, node)
    {
        config = json_object_get(node, "config");
        if (is_mapping(node))
            json_object_del(node, "config");
        else if (json_object_get(config, "body") != NULL)
            mappings_take_out(json_object_get(config, "body"));
    }
}

static bool definitions_same(const json_t *before, const json_t *after)
{
    json_t *a = json_deep_copy(before), *b = json_deep_copy(after);
    bool same;

    mappings_take_out(a);
    mappings_take_out(b);
    same = a != NULL && b != NULL && json_same(a, b);
    json_decref(a);
    json_decref(b);
    return same;
}

bool draft_rules_only(const json_t *before, const json_t *after)
{
    static const char *const kept[] = { "connections", "wsdl" };

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const json_t *a = json_object_get(before, kept[i]), *b = json_object_get(after, kept[i]);

        if ((a == NULL) != (b == NULL) || (a != NULL && !json_same(a, b)))
            return false;
    }
    return definitions_same(json_object_get(before, "flow"), json_object_get(after, "flow"));
}

/* ---- Publishing */

static void drawings_take_out(json_t *level)
{
    json_t *node, *body;
    size_t i;

    json_object_del(level, "ui");
    json_object_del(level, "notes");
    json_array_foreach(json_object_get(level, "nodes"), i, node)
    {
        body = json_object_get(json_object_get(node, "config"), "body");
        json_object_del(node, "ui");
        json_object_del(node, "notes");
        if (json_is_object(body))
            drawings_take_out(body);
    }
}

/* The version without what rules.publish may change, and without what is only drawn. */
static json_t *version_rest(const json_t *bundle)
{
    static const char *const free_members[] = { "rules", "lookups", "tests" };
    json_t *part = draft_version(bundle), *rest = json_deep_copy(part);

    check(rest != NULL);
    json_decref(part);
    for (size_t i = 0; i < sizeof free_members / sizeof *free_members; i++)
        json_object_del(rest, free_members[i]);
    mappings_take_out(json_object_get(rest, "flow"));
    drawings_take_out(json_object_get(rest, "flow"));
    return rest;
}

/* Whether nothing differs but rules, lookups, tests and configs of mappings; others: what does
 * besides, as flow_differ() says it, new reference. */
static bool version_rules_only(const json_t *before, const json_t *after, json_t **others)
{
    json_t *a = version_rest(before), *b = version_rest(after);
    bool same = json_same(a, b);

    *others = same ? NULL : flow_differ(a, b, false);
    json_decref(a);
    json_decref(b);
    return same;
}

#define OTHERS_TOLD 3u

/* "node x added, edge a.out -> b removed and 2 more" */
static enum err_code others_refuse(const json_t *others, const char *environment, struct err *e)
{
    struct buf text;
    json_t *change;
    size_t i;

    buf_init(&text, 4 * KIB);
    json_array_foreach(others, i, change)
    {
        const char *id = json_get_text(change, "id");

        if (i == OTHERS_TOLD) {
            buf_addf(&text, " and %zu more", json_array_size(others) - OTHERS_TOLD);
            break;
        }
        buf_addf(&text, "%s%s %.50s %s", i > 0 ? ", " : "", json_get_text(change, "what"),
                 id != NULL ? id : "", json_get_text(change, "kind"));
    }
    err_set(e, ERR_FORBIDDEN,
            "beside rules, mappings, lookups and tests this differs from what works %s%.40s: %s; "
            "that is for the permission flows.deploy",
            environment != NULL ? "in " : "", environment != NULL ? environment : "now",
            buf_text(&text)[0] != '\0' ? buf_text(&text) : "the order of its steps or edges");
    buf_fini(&text);
    return e->code;
}

enum err_code draft_publish_may(struct ask *ask, const char *flow, const char *environment,
                                const json_t *bundle, struct err *e)
{
    json_t *places, *place, *others = NULL;
    bool may = who_may(ask->who, MAY_FLOWS_DEPLOY);
    size_t i;

    if (may)
        return ERR_OK;
    err_set(
        e, ERR_FORBIDDEN,
        "the flow does not work %s%.40s yet: who has the permission flows.deploy takes it there "
        "first",
        environment != NULL ? "in " : "", environment != NULL ? environment : "anywhere");
    places = engine_flow_places(ask_engine(ask), ask->who->workspace, flow);
    for (i = 0; !may && i < json_array_size(places); i++) {
        json_t *live = NULL;

        place = json_array_get(places, i);
        if (environment == NULL || strcmp(json_get_text(place, "environment"), environment) == 0)
            live = draft_of_version(ask, json_get_text(place, "version"), e);
        if (live != NULL) {
            may = version_rules_only(live, bundle, &others);
            if (!may)
                others_refuse(others, environment, e);
        }
        json_decref(others);
        others = NULL;
        json_decref(live);
    }
    json_decref(places);
    return may ? ERR_OK : e->code;
}
