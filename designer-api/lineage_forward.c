/* lineage_forward.c - where a place of a run went: each expression that reads it is found by the
 * places that it leads to, which are those that the way back would take.
 *
 * Steps within loops are looked at in the iteration that the place belongs to. A place that went
 * into a list as one of many is told as the list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "designer-api/lineage_priv.h"

struct forward {
    struct lineage *all;
    json_t *hop;
    const char *run, *step, *side, *at;
};

/* How a place that is read meets the one in hand: it is within it (*rest: where), or around it. */
static bool place_meets(const char *read, const char *at, const char **rest)
{
    size_t size = strlen(read);

    *rest = "";
    if (strncmp(at, read, size) == 0 && (at[size] == '\0' || at[size] == '/')) {
        *rest = at + size;
        return true;
    }
    size = strlen(at);
    return strncmp(read, at, size) == 0 && read[size] == '/';
}

/* What the expression gave, now that it reads the place. */
static void forward_effect(const struct forward *forward, const json_t *node, const char *path,
                           const json_t *x, bool exact, const char *rest)
{
    const char *type = json_get_text(node, "type"), *own = json_get_text(x, "at");
    const char *relation = exact ? "value" : "made";
    struct lineage_place place = { forward->run, path, "output", "" };
    char at[LIMIT_PATH], target[LIMIT_PATH];
    bool whole = false;

    if (strcmp(type, "transform.map") == 0) {
        lineage_target(node, own, target, &whole);
        snprintf(at, sizeof at, "%.1000s%.1000s", target, whole && exact ? rest : "");
        relation = whole && exact ? "value" : "made";
        place.at = at;
    } else if (strncmp(type, "connector.", 10) == 0 || strcmp(type, "branch.call") == 0 ||
               strcmp(type, "branch.foreach") == 0) {
        snprintf(at, sizeof at, "%.1000s%.1000s", own, exact ? rest : "");
        place.side = "settings";
        place.at = at;
    } else if (strncmp(type, "branch.", 7) == 0) {
        snprintf(at, sizeof at, "%.1900s", own);
        place.side = "settings";
        place.at = at;
        relation = "because";
    }
    (void)lineage_add(forward->all, forward->hop, relation, &place,
                      lineage_by(forward->all, node, own, x));
}

/* The places that the expression reads are found by following it back, on a list of its own. */
static void forward_expression(const struct forward *forward, const json_t *node, const char *path,
                               const json_t *x)
{
    struct lineage own = *forward->all;
    char frame[LIMIT_PATH];
    json_t *from = json_pack("{s:s, s:s, s:[]}", "run", forward->run, "step", path, "from"), *place;
    struct lineage_read read = { from, node, frame, NULL, NULL, "" };
    size_t i;

    own.hops = json_array();
    own.known = json_object();
    lineage_frame(path, frame);
    lineage_expression(&own, &read, x);
    json_array_foreach(own.hops, i, place)
    {
        const char *step = json_get_text(place, "step"), *side = json_get_text(place, "side"),
                   *rest;

        if (step == NULL || strcmp(step, forward->step) != 0 || strcmp(side, forward->side) != 0 ||
            !place_meets(json_get_text(place, "at"), forward->at, &rest))
            continue;
        forward_effect(forward, node, path, x, json_object_get(x, "exact") != NULL, rest);
        break;
    }
    json_decref(own.hops);
    json_decref(own.known);
    json_decref(from);
}

/* The path of a node in the iterations of the place; in those it is not, in that of the item. */
static bool forward_path(const struct forward *forward, const json_t *node, char path[LIMIT_PATH])
{
    const char *owner = json_get_text(node, "owner");
    char frame[LIMIT_PATH], loop[LIMIT_PATH];

    lineage_frame(forward->step, frame);
    if (lineage_seen(forward->all, forward->run, frame, json_get_text(node, "id"), path))
        return true;
    if (owner == NULL || strcmp(forward->side, "settings") != 0 ||
        strncmp(forward->at, "/items/", 7) != 0 ||
        !lineage_seen(forward->all, forward->run, frame, owner, loop) ||
        strcmp(loop, forward->step) != 0)
        return false;
    snprintf(path, LIMIT_PATH, "%.1800s[%d]/%s", loop, (int)strtol(forward->at + 7, NULL, 10) + 1,
             json_get_text(node, "id"));
    return true;
}

/* Those that an edge leads to, and whoever passes on what it was given. */
static void forward_edges(const struct forward *forward, const json_t *node, const char *path)
{
    json_t *edge;
    size_t i;

    json_array_foreach(json_object_get(node, "in"), i, edge)
    {
        const char *from = json_get_text(edge, "from");
        const struct lineage_place place = { forward->run, path, "input", forward->at };
        char before[LIMIT_PATH];
        bool trigger = json_is_true(json_object_get(
            json_object_get(lineage_plan(forward->all, forward->run), from), "trigger"));

        if (trigger ? forward->step[0] != '\0' || strcmp(forward->side, "input") != 0
                    : strcmp(forward->side, "output") != 0 ||
                          !lineage_seen(forward->all, forward->run, "", from, before) ||
                          strcmp(before, forward->step) != 0)
            continue;
        (void)lineage_add(forward->all, forward->hop, "same", &place, NULL);
        return;
    }
}

/* What was given to a step is what a filter gives on, and what other steps work with. */
static void forward_input(const struct forward *forward, const json_t *node)
{
    const char *type = json_get_text(node, "type");
    struct lineage_place place = { forward->run, forward->step, "output", forward->at };
    bool pass = strcmp(type, "branch.filter") == 0 || strcmp(type, "branch.switch") == 0 ||
                strcmp(type, "transform.validate") == 0 ||
                json_is_true(json_object_get(node, "disabled"));

    if (strcmp(type, "transform.map") == 0 || strcmp(type, "transform.script") == 0 ||
        strncmp(type, "connector.", 10) == 0 || (strncmp(type, "branch.", 7) == 0 && !pass))
        return;
    place.at = pass ? forward->at : "";
    (void)lineage_add(forward->all, forward->hop, pass ? "same" : "made", &place, NULL);
}

/* What is not followed on is told to be more: into the flow that is called, out of an iteration
 * into its loop's results, and a whole list into each of its iterations. */
static bool forward_ends_here(const struct forward *forward, const json_t *node)
{
    const char *type = json_get_text(node, "type");
    bool settings = strcmp(forward->side, "settings") == 0;

    if (type == NULL)
        return false;
    return (settings && strcmp(type, "branch.call") == 0) ||
           (settings && strcmp(type, "branch.foreach") == 0 &&
            strncmp(forward->at, "/items/", 7) != 0) ||
           (!settings && json_get_text(node, "owner") != NULL);
}

void lineage_forward(struct lineage *all, json_t *hop)
{
    struct forward forward = { .all = all,
                               .hop = hop,
                               .run = json_get_text(hop, "run"),
                               .step = json_get_text(hop, "step"),
                               .side = json_get_text(hop, "side"),
                               .at = json_get_text(hop, "at") };
    const json_t *plan = lineage_plan(all, forward.run);
    const char *id;
    json_t *node, *x, *ran;
    char path[LIMIT_PATH];
    size_t i;

    json_object_foreach((json_t *)plan, id, node)
    {
        if (json_is_true(json_object_get(node, "trigger")) || !forward_path(&forward, node, path))
            continue;
        ran = lineage_step(all, forward.run, path);
        if (ran == NULL)
            continue;
        json_decref(ran);
        forward_edges(&forward, node, path);
        json_array_foreach(json_object_get(node, "x"), i, x)
        {
            forward_expression(&forward, node, path, x);
        }
    }
    if (forward.step[0] != '\0' &&
        forward_ends_here(&forward, lineage_node(all, forward.run, forward.step)))
        all->more = true;
    if (forward.step[0] != '\0' && strcmp(forward.side, "input") == 0)
        forward_input(&forward, lineage_node(all, forward.run, forward.step));
}
