/* flow_edge.c - the edges of a definition: each joins two nodes of one level. */
#include "flow/flow_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/nearest.h"

char *flow__edge_pointer(const struct flow_build *build, unsigned edge)
{
    const struct flow *flow = build->flow;
    const struct flow_graph *graph = &flow->graphs[flow->nodes[flow->edges[edge].from].graph];
    struct buf list;
    char *pointer;

    buf_init(&list, FLOW_POINTER_MAX);
    if (graph->owner >= 0)
        buf_addf(&list, "%s/config/body", flow->nodes[graph->owner].pointer);
    buf_add_text(&list, "/edges");
    pointer = flow__pointer_at(buf_text(&list), build->edge_places[edge]);
    buf_fini(&list);
    return pointer;
}

/* An edge never leaves its level: a body is entered and left by its node alone. */
static void edge_level_fault(struct flow_build *build, unsigned level, const struct flow_node *node,
                             const char *pointer)
{
    const struct flow *flow = build->flow;
    int owner = flow->graphs[node->graph].owner;

    check(node->graph != level);
    if (owner >= 0)
        flow_build_fault(build, pointer,
                         "\"%s\" is inside the body of \"%s\"; an edge joins nodes of one level: "
                         "those of a body stand in that body's \"edges\"",
                         node->id, flow->nodes[owner].id);
    else
        flow_build_fault(build, pointer,
                         "\"%s\" is outside of this body, at the flow's own level; an edge joins "
                         "nodes of one level: into the body and out of it leads only \"%s\" itself",
                         node->id, flow->nodes[flow->graphs[level].owner].id);
}

/* The node that an end names; -1: a fault. */
static int edge_end(struct flow_build *build, unsigned level, const char *id, const char *pointer)
{
    const struct flow *flow = build->flow;
    const struct flow_graph *graph = &flow->graphs[level];
    const char **names;
    int found;

    if (id == NULL)
        return -1; /* told already */
    found = flow_node_find(flow, id);
    if (found >= 0 && flow->nodes[found].graph == level)
        return found;
    if (found >= 0) {
        edge_level_fault(build, level, &flow->nodes[found], pointer);
        return -1;
    }
    names = mem_must((graph->count + 1) * sizeof *names);
    for (size_t i = 0; i < graph->count; i++)
        names[i] = flow->nodes[graph->first + i].id;
    flow__fault_unknown(&build->source, PLACE_VALUE, pointer, "node", id, names, graph->count);
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

static void edge_add(struct flow_build *build, struct flow_edge edge, size_t place,
                     const char *pointer, bool known)
{
    struct flow *flow = build->flow;
    const struct flow_node *from = &flow->nodes[edge.from];

    for (size_t i = 0; known && i < flow->edge_count; i++) {
        const struct flow_edge *other = &flow->edges[i];
        char *at;

        if (other->from != edge.from || other->to != edge.to || other->port != edge.port)
            continue;
        at = flow__edge_pointer(build, (unsigned)i);
        flow_build_fault(build, pointer, "the same edge stands at %s already; remove one", at);
        mem_free(at);
        return;
    }
    check(from->graph == flow->nodes[edge.to].graph);
    build->edge_places[flow->edge_count] = (unsigned)place;
    flow->edges[flow->edge_count++] = edge;
}

/* pointer: of the edge */
static void parse_edge(struct flow_build *build, unsigned level, const struct flow_edge_rows *rows,
                       size_t place, const char *pointer)
{
    char *at_from = flow__pointer(pointer, "from");
    char *at_to = flow__pointer(pointer, "to");
    char *at_port = flow__pointer(pointer, "port");
    int from = edge_end(build, level, rows->from, at_from);
    int to = edge_end(build, level, rows->to, at_to);
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
                 place, pointer, known);
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

/* Without a level's nodes each of its edges would be a fault of its own. */
static void parse_level(struct flow_build *build, unsigned level)
{
    const struct flow_level *read = &build->levels[level];
    const struct flow_edge_rows *rows = read->rows.edges.items;
    char *list = flow__pointer(read->pointer, "edges");

    for (size_t i = 0; flow__level_has_nodes(read) && i < read->rows.edges.count; i++) {
        char *pointer = flow__pointer_at(list, i);

        parse_edge(build, level, &rows[i], i, pointer);
        mem_free(pointer);
    }
    mem_free(list);
}

void flow__parse_edges(struct flow_build *build)
{
    struct flow *flow = build->flow;
    size_t count = 0;

    check(flow->nodes != NULL);
    for (size_t i = 0; i < flow->graph_count; i++)
        count += build->levels[i].rows.edges.count;
    flow->edges = mem_must((count + 1) * sizeof *flow->edges);
    build->edge_places = mem_must((count + 1) * sizeof *build->edge_places);
    for (size_t i = 0; i < flow->graph_count; i++)
        parse_level(build, (unsigned)i);
    wire_nodes(flow);
}
