/* cut.c - see cut.h. Steps are those of the flow's own level; one in a body stands for the node
 * that has the body. */
#include "designer-api/cut.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "designer-api/context.h"

#define CUT_VARS "_pins" /* where the outputs stand that stand in */

static bool is_trigger(const json_t *node)
{
    const char *type = json_get_text(node, "type");

    return type != NULL && strncmp(type, "trigger.", 8) == 0;
}

/* Whether the node is the step, or has it in its body. */
static bool node_holds(const json_t *node, const char *step)
{
    const char *id = json_get_text(node, "id");
    json_t *inner;
    size_t i;

    if (id != NULL && strcmp(id, step) == 0)
        return true;
    json_array_foreach(
        json_object_get(json_object_get(json_object_get(node, "config"), "body"), "nodes"), i,
        inner)
    {
        if (node_holds(inner, step))
            return true;
    }
    return false;
}

/* The node of the flow's own level that the step is or is in; NULL. */
static const char *top_node(const json_t *flow, const char *step)
{
    json_t *node;
    size_t i;

    json_array_foreach(json_object_get(flow, "nodes"), i, node)
    {
        if (node_holds(node, step))
            return json_get_text(node, "id");
    }
    return NULL;
}

/* Takes out what is neither among `kept` nor a trigger, and the edges that hang in the air. */
static void cut_nodes(json_t *flow, const json_t *kept)
{
    json_t *nodes = json_object_get(flow, "nodes"), *edges = json_object_get(flow, "edges");
    json_t *left = json_object(), *node, *edge;

    for (size_t i = json_array_size(nodes); i > 0; i--) {
        const char *id;

        node = json_array_get(nodes, i - 1);
        id = json_get_text(node, "id");
        if (id != NULL && (is_trigger(node) || json_object_get(kept, id) != NULL))
            json_object_set_new(left, id, json_true());
        else
            json_array_remove(nodes, i - 1);
    }
    for (size_t i = json_array_size(edges); i > 0; i--) {
        const char *from, *to;

        edge = json_array_get(edges, i - 1);
        from = json_get_text(edge, "from");
        to = json_get_text(edge, "to");
        if (from == NULL || to == NULL || json_object_get(left, from) == NULL ||
            json_object_get(left, to) == NULL)
            json_array_remove(edges, i - 1);
    }
    json_decref(left);
}

/* Whether all that leaves the node leaves by "out": then a value can stand in for it. */
static bool leaves_by_out(const json_t *flow, const char *id)
{
    json_t *edge;
    size_t i;

    json_array_foreach(json_object_get(flow, "edges"), i, edge)
    {
        const char *from = json_get_text(edge, "from"), *port = json_get_text(edge, "port");

        if (from != NULL && strcmp(from, id) == 0 && port != NULL && strcmp(port, "out") != 0)
            return false;
    }
    return true;
}

static void edges_plain(json_t *flow, const char *id)
{
    json_t *edge;
    size_t i;

    json_array_foreach(json_object_get(flow, "edges"), i, edge)
    {
        const char *from = json_get_text(edge, "from");

        if (from != NULL && strcmp(from, id) == 0)
            json_object_del(edge, "port");
    }
}

/* Edges that were those of several ports may be the same one now. */
static void edges_once(json_t *flow)
{
    json_t *edges = json_object_get(flow, "edges");

    for (size_t i = json_array_size(edges); i > 1; i--)
        for (size_t j = 0; j < i - 1; j++)
            if (json_same(json_array_get(edges, i - 1), json_array_get(edges, j))) {
                json_array_remove(edges, i - 1);
                break;
            }
}

/* The node becomes a script that gives the value (NULL: null). */
static void node_pin(json_t *flow, json_t *node, json_t *value)
{
    const char *id = json_get_text(node, "id");
    json_t *vars = json_object_get(flow, "vars"), *pins;

    if (vars == NULL) {
        vars = json_object();
        json_object_set_new(flow, "vars", vars);
    }
    pins = json_object_get(vars, CUT_VARS);
    if (pins == NULL) {
        pins = json_object();
        json_object_set_new(vars, CUT_VARS, pins);
    }
    json_object_set_new(pins, id, value != NULL ? json_incref(value) : json_null());
    json_object_set_new(node, "type", json_string("transform.script"));
    json_object_set_new(
        node, "config",
        json_pack("{s:o}", "source", json_sprintf("return vars." CUT_VARS ".%s", id)));
    json_object_del(node, "connection");
    json_object_del(node, "retry");
    json_object_del(node, "on_error");
    json_object_del(node, "disabled");
}

static void pin_nodes(json_t *flow, const struct cut_ask *ask, const char *only, json_t *pinned)
{
    json_t *nodes = json_object_get(flow, "nodes"), *node;
    size_t i;

    json_array_foreach(nodes, i, node)
    {
        const char *id = json_get_text(node, "id");
        json_t *value = id != NULL ? json_object_get(ask->pins, id) : NULL;

        if (id == NULL || is_trigger(node) || (only != NULL && strcmp(id, only) == 0) ||
            (value == NULL && only == NULL) || (only == NULL && !leaves_by_out(flow, id)))
            continue;
        if (only != NULL)
            edges_plain(flow, id);
        node_pin(flow, node, value);
        json_array_append_new(pinned, json_string(id));
    }
    if (only != NULL)
        edges_once(flow);
}

json_t *cut_flow(const json_t *bundle, const struct cut_ask *ask, json_t *pinned, struct err *e)
{
    const char *step = ask->only != NULL ? ask->only : ask->until, *top = NULL, *loop;
    json_t *copy = json_deep_copy(bundle), *flow = json_object_get(copy, "flow"), *kept;

    check(copy != NULL);
    if (step != NULL && (top = top_node(flow, step)) == NULL) {
        err_set(e, ERR_NOT_FOUND, "there is no step \"%.64s\" in the flow", step);
        json_decref(copy);
        return NULL;
    }
    if (top != NULL) {
        kept = context_before(copy, top, &loop);
        check(kept != NULL);
        json_object_set_new(kept, top, json_true());
        cut_nodes(flow, kept);
        json_decref(kept);
    }
    pin_nodes(flow, ask, ask->only != NULL ? top_node(flow, step) : NULL, pinned);
    return copy;
}
