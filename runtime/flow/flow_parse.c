/* flow_parse.c - from a definition to a flow: settings and edges. Nodes: flow_parse_node.c. */
#include "flow/flow_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/nearest.h"

#define FLOW_FORMAT 1 /* the value of "weft" that this program reads */

/* A format of the future cannot be judged by the rows of today: false, with the one fault that
 * counts. */
static bool parse_format(struct flow_build *build)
{
    const json_t *weft = json_object_get(build->definition, "weft");

    if (!json_is_object(build->definition)) {
        flow_build_fault(build, "",
                         "a flow is an object {\"weft\": 1, \"name\": ..., \"nodes\": "
                         "[...], \"edges\": [...]}, but here stands: %s",
                         json_kind(build->definition));
        return false;
    }
    if (json_is_integer(weft) && json_integer_value(weft) > FLOW_FORMAT) {
        flow_build_fault(build, "/weft",
                         "made by a newer Weft: this is format %lld, this program reads format %d",
                         (long long)json_integer_value(weft), FLOW_FORMAT);
        return false;
    }
    if (json_is_integer(weft) && json_integer_value(weft) < FLOW_FORMAT)
        flow_build_fault(build, "/weft", "there is no format %lld; write \"weft\": %d",
                         (long long)json_integer_value(weft), FLOW_FORMAT);
    return true;
}

static bool slug_is_valid(const char *slug)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
    size_t size = strlen(slug);

    return size > 0 && size <= LIMIT_ID && strspn(slug, allowed) == size && slug[0] != '-' &&
           slug[0] != '.';
}

/* What a key must be able to give: a text or a number, never an object or null. */
static void check_key(struct flow_build *build, const char *name, const char *pointer)
{
    const json_t *settings = json_object_get(build->definition, "settings");
    const json_t *key = json_object_get(settings, name);

    if (key != NULL && !json_is_text(key) && !json_is_integer(key) && !json_is_exact(key))
        flow_build_fault(build, pointer,
                         "\"%s\" must be one expression that gives a text or a number, but here "
                         "stands: %s",
                         name, json_kind(key));
}

/* Who writes these two expects something to happen. */
static void parse_aftermath(struct flow_build *build)
{
    const struct flow *flow = build->flow;

    if (flow->retention_ms > 0)
        flow_build_warn(build, "/settings/retention",
                        "this version keeps \"retention\" and does not act on it yet: ended runs "
                        "are not removed");
    if (flow->on_failure == NULL)
        return;
    if (!slug_is_valid(flow->on_failure))
        flow_build_fault(build, "/settings/on_failure",
                         "\"%.80s\" cannot be a flow's name: letters, digits, \"_\", \"-\" and "
                         "\".\", at most %u",
                         flow->on_failure, LIMIT_ID);
    else if (strcmp(flow->on_failure, flow->slug) == 0)
        flow_build_fault(build, "/settings/on_failure",
                         "a flow cannot be its own on_failure: its failures would start it again "
                         "and again");
    else
        flow_build_warn(build, "/settings/on_failure",
                        "this version keeps \"on_failure\" and does not act on it yet: no flow is "
                        "started when a run fails");
}

static void parse_settings(struct flow_build *build, struct flow_settings *settings)
{
    struct flow *flow = build->flow;

    if (settings == NULL)
        return;
    flow->dedupe = settings->dedupe;
    flow->order_by = settings->order_by;
    settings->dedupe = settings->order_by = NULL; /* the flow's now */
    flow->concurrency = (unsigned)settings->concurrency;
    flow->timeout_ms = settings->timeout_ms;
    flow->retention_ms = settings->retention_ms;
    flow->on_failure = mem_must_copy(settings->on_failure);
    check_key(build, "order_by", "/settings/order_by");
    check_key(build, "dedupe", "/settings/dedupe");
    if (flow->dedupe != NULL && value_is_literal(flow->dedupe))
        flow_build_fault(build, "/settings/dedupe",
                         "a constant would make every event a duplicate of the first: write an "
                         "expression like \"=trigger.body.id\"");
    parse_aftermath(build);
}

static void parse_vars(struct flow_build *build, json_t *vars)
{
    const char *key;
    json_t *value;

    if (vars != NULL && !json_is_object(vars)) {
        flow_build_fault(build, "/vars", "\"vars\" must be an object, but here stands: %s",
                         json_kind(vars));
        return;
    }
    build->flow->vars = json_incref(vars);
    json_object_foreach(vars, key, value)
    {
        char *at;

        if (!json_is_text(value) || json_text(value)[0] != '=')
            continue;
        at = flow__pointer("/vars", key);
        flow_build_warn(build, at, "vars are constants: this text is not evaluated");
        mem_free(at);
    }
}

static void parse_name(struct flow_build *build, const char *name)
{
    build->flow->name = mem_must_copy(name != NULL ? name : "");
    if (name != NULL)
        flow__check_title(build, "/name", name);
}

void flow__check_title(struct flow_build *build, const char *pointer, const char *title)
{
    if (*title == '\0')
        flow_build_fault(build, pointer, "a name is missing");
    if (strlen(title) > LIMIT_NAME)
        flow_build_fault(build, pointer, "the name has %zu bytes, at most %u are allowed",
                         strlen(title), LIMIT_NAME);
    for (const char *at = title; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            flow_build_fault(build, pointer, "the name holds a control character");
            break;
        }
}

/* ---- Edges */

static int edge_end(struct flow_build *build, const char *id, const char *pointer)
{
    const struct flow *flow = build->flow;
    const char **names;
    int found;

    if (id == NULL)
        return -1; /* told already */
    found = flow_node_find(flow, id);
    if (found >= 0)
        return found;
    names = mem_must((flow->node_count + 1) * sizeof *names);
    for (size_t i = 0; i < flow->node_count; i++)
        names[i] = flow->nodes[i].id;
    flow__fault_unknown(&build->source, PLACE_VALUE, pointer, "node", id, names, flow->node_count);
    mem_free(names);
    return -1;
}

static void edge_port_fault(struct flow_build *build, const struct flow_node *node,
                            const char *port, const char *pointer)
{
    struct buf list;

    if (strcmp(port, "error") == 0 && node->type->kind != NODE_TRIGGER) {
        flow_build_fault(build, pointer,
                         "node \"%s\" has no port \"error\": give it \"on_error\": \"route\"",
                         node->id);
        return;
    }
    buf_init(&list, 1000);
    nearest_list(&list, port, (const char *const *)node->ports, node->port_count);
    flow_build_fault(build, pointer, "node \"%s\" has no port \"%.80s\"; its ports: %s", node->id,
                     port, buf_text(&list));
    buf_fini(&list);
}

/* The port's index; -1: a fault. Of a node whose config is faulty the exits are not known: any will
 * do, since the flow is not going to be one. */
static int edge_port(struct flow_build *build, int from, const char *port, const char *pointer,
                     bool *known)
{
    const struct flow_node *node = &build->flow->nodes[from];
    int found = port != NULL ? flow_port_find(node, port) : -1;

    *known = found >= 0;
    if (found >= 0)
        return found;
    if (port == NULL || build->configs[from] == CONFIG_FAULTY)
        return 0;
    edge_port_fault(build, node, port, pointer);
    return -1;
}

static void edge_add(struct flow_build *build, struct flow_edge edge, size_t place, bool known)
{
    struct flow *flow = build->flow;

    for (size_t i = 0; known && i < flow->edge_count; i++) {
        const struct flow_edge *other = &flow->edges[i];
        char *at;

        if (other->from != edge.from || other->to != edge.to || other->port != edge.port)
            continue;
        at = flow__pointer_at("/edges", place);
        flow_build_fault(build, at, "the same edge stands at /edges/%u already; remove one",
                         build->edge_places[i]);
        mem_free(at);
        return;
    }
    build->edge_places[flow->edge_count] = (unsigned)place;
    flow->edges[flow->edge_count++] = edge;
}

static void parse_edge(struct flow_build *build, const struct flow_edge_rows *rows, size_t place)
{
    char *pointer = flow__pointer_at("/edges", place);
    char *at_from = flow__pointer(pointer, "from");
    char *at_to = flow__pointer(pointer, "to");
    char *at_port = flow__pointer(pointer, "port");
    int from = edge_end(build, rows->from, at_from);
    int to = edge_end(build, rows->to, at_to);
    bool known = false;
    int port = from >= 0 ? edge_port(build, from, rows->port, at_port, &known) : -1;
    const struct flow_node *target = to >= 0 ? &build->flow->nodes[to] : NULL;

    if (target != NULL && target->type != NULL && target->type->kind == NODE_TRIGGER)
        flow_build_fault(build, at_to,
                         "\"%s\" is a trigger: events begin there, no edge leads to it",
                         target->id);
    else if (target != NULL && port >= 0)
        edge_add(build,
                 (struct flow_edge){
                     .from = (unsigned)from, .to = (unsigned)to, .port = (unsigned)port },
                 place, known);
    mem_free(pointer);
    mem_free(at_from);
    mem_free(at_to);
    mem_free(at_port);
}

/* Each node learns its edges, in the order of the definition. */
static void wire_nodes(struct flow *flow)
{
    for (size_t i = 0; i < flow->edge_count; i++) {
        flow->nodes[flow->edges[i].from].out_count++;
        flow->nodes[flow->edges[i].to].in_count++;
    }
    for (size_t i = 0; i < flow->node_count; i++) {
        struct flow_node *node = &flow->nodes[i];

        node->in = mem_must((node->in_count + 1) * sizeof *node->in);
        node->out = mem_must((node->out_count + 1) * sizeof *node->out);
        node->in_count = node->out_count = 0;
    }
    for (size_t i = 0; i < flow->edge_count; i++) {
        struct flow_node *from = &flow->nodes[flow->edges[i].from];
        struct flow_node *to = &flow->nodes[flow->edges[i].to];

        from->out[from->out_count++] = (unsigned)i;
        to->in[to->in_count++] = (unsigned)i;
    }
}

static void parse_edges(struct flow_build *build, const struct field_list *edges)
{
    struct flow *flow = build->flow;
    const struct flow_edge_rows *rows = edges->items;

    flow->edges = mem_must((edges->count + 1) * sizeof *flow->edges);
    build->edge_places = mem_must((edges->count + 1) * sizeof *build->edge_places);
    for (size_t i = 0; i < edges->count; i++)
        parse_edge(build, &rows[i], i);
    wire_nodes(flow);
}

void flow__parse(struct flow_build *build)
{
    struct flow_rows rows = { 0 };

    check(build->flow != NULL);
    check(build->node == NULL);
    if (!parse_format(build))
        return;
    fields_parse(build, flow__rows, build->definition, "", &rows);
    parse_name(build, rows.name);
    parse_settings(build, rows.settings);
    parse_vars(build, rows.vars);
    if (rows.ui != NULL && !json_is_object(rows.ui))
        flow_build_fault(build, "/ui", "\"ui\" must be an object, but here stands: %s",
                         json_kind(rows.ui));
    flow__parse_nodes(build, rows.nodes.items, rows.nodes.count);
    /* Without the nodes every edge would be a fault of its own. */
    if (rows.nodes.count == json_array_size(json_object_get(build->definition, "nodes")))
        parse_edges(build, &rows.edges);
    fields_release(flow__rows, &rows);
}
