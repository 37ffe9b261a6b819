/* flow_check.c - what is wrong with the graph as a whole. */
#include "flow/flow_priv.h"

#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/mem.h"

#define PATH_SHOWN 12 /* nodes of a circle that a message names */

static void edge_fault(struct flow_build *build, unsigned edge, const char *text)
{
    char *pointer = flow__edge_pointer(build, edge);

    flow_build_fault(build, pointer, "%s", text);
    mem_free(pointer);
}

static bool is_trigger(const struct flow_node *node)
{
    return node->type != NULL && node->type->kind == NODE_TRIGGER;
}

/* ---- Circles: a walk in depth, with a stack of our own */

struct walk {
    unsigned *stack; /* nodes on the way */
    size_t *next;    /* for each of them: its next exit to try */
    size_t depth;
    unsigned char *seen; /* of each node: 0 not yet, 1 on the way, 2 done */
};

static void report_circle(struct flow_build *build, const struct walk *walk, unsigned edge)
{
    const struct flow *flow = build->flow;
    unsigned to = flow->edges[edge].to;
    size_t from = 0;
    struct buf text;

    while (walk->stack[from] != to)
        from++;
    buf_init(&text, 4000);
    buf_add_text(&text, "the edges form a circle: ");
    for (size_t i = from; i < walk->depth; i++) {
        if (i - from == PATH_SHOWN) {
            buf_addf(&text, "... %zu more -> ", walk->depth - i);
            break;
        }
        buf_addf(&text, "%s -> ", flow->nodes[walk->stack[i]].id);
    }
    buf_addf(&text,
             "%s; a flow only goes forward: loops are made with branch.foreach or branch.repeat",
             flow->nodes[to].id);
    edge_fault(build, edge, buf_text(&text));
    buf_fini(&text);
}

static void walk_enter(struct walk *walk, unsigned node)
{
    walk->stack[walk->depth] = node;
    walk->next[walk->depth++] = 0;
    walk->seen[node] = 1;
}

static void walk_from(struct flow_build *build, struct walk *walk, unsigned start)
{
    const struct flow *flow = build->flow;

    walk_enter(walk, start);
    while (walk->depth > 0) {
        const struct flow_node *node = &flow->nodes[walk->stack[walk->depth - 1]];
        size_t exit = walk->next[walk->depth - 1]++;
        unsigned edge;

        if (exit == node->out_count) {
            walk->seen[walk->stack[--walk->depth]] = 2;
            continue;
        }
        edge = node->out[exit];
        if (walk->seen[flow->edges[edge].to] == 0)
            walk_enter(walk, flow->edges[edge].to);
        else if (walk->seen[flow->edges[edge].to] == 1)
            report_circle(build, walk, edge);
    }
}

static void check_circles(struct flow_build *build)
{
    size_t count = build->flow->node_count;
    struct walk walk = { .stack = mem_must((count + 1) * sizeof *walk.stack),
                         .next = mem_must((count + 1) * sizeof *walk.next),
                         .seen = mem_must(count + 1) };

    for (size_t i = 0; i < count; i++)
        if (walk.seen[i] == 0)
            walk_from(build, &walk, (unsigned)i);
    mem_free(walk.stack);
    mem_free(walk.next);
    mem_free(walk.seen);
}

/* ---- Reachability */

/* A body runs when its node does, and without a circle all of it: only the flow's own level has
 * nodes that nothing leads to. */
static void check_reach(struct flow_build *build)
{
    const struct flow *flow = build->flow;
    const unsigned count = flow->graphs[0].count;
    bool *mark = mem_must(flow->node_count + 1);
    bool any = false, enabled = false;

    for (unsigned i = 0; i < count; i++) {
        mark[i] = is_trigger(&flow->nodes[i]) || flow->nodes[i].type == NULL;
        any = any || mark[i];
        enabled = enabled || (mark[i] && !flow->nodes[i].disabled);
    }
    if (!any)
        flow_build_fault(build, "/nodes",
                         "a flow needs a trigger, like trigger.webhook or trigger.manual: nothing "
                         "starts it");
    else if (!enabled)
        flow_build_warn(build, "/nodes", "all triggers are disabled: no event starts this flow");
    flow__spread(flow, false, mark);
    for (unsigned i = 0; any && i < count; i++)
        if (!mark[i])
            flow_build_warn(build, flow->nodes[i].pointer,
                            "no path leads from a trigger to \"%s\": it never runs",
                            flow->nodes[i].id);
    mem_free(mark);
}

/* ---- Webhooks */

/* How the node is reached by HTTP; false: it is not. */
static bool node_arm(const struct flow_build *build, size_t index, struct node_arm *arm)
{
    const struct flow_node *node = &build->flow->nodes[index];

    *arm = (struct node_arm){ 0 };
    if (!is_trigger(node) || build->configs[index] != CONFIG_SOUND || node->type->arm == NULL)
        return false;
    node->type->arm(node->config, arm);
    check(arm->path == NULL || arm->method != NULL);
    return arm->path != NULL;
}

static void check_routes(struct flow_build *build)
{
    const struct flow *flow = build->flow;
    struct node_arm arm, other;

    for (size_t i = 0; i < flow->node_count; i++) {
        if (!node_arm(build, i, &arm))
            continue;
        for (size_t j = 0; j < i; j++) {
            if (!node_arm(build, j, &other) || strcmp(arm.path, other.path) != 0 ||
                strcasecmp(arm.method, other.method) != 0)
                continue;
            flow_build_fault(build, flow->nodes[i].pointer,
                             "%s %.200s is the way to \"%s\" already; choose another path",
                             arm.method, arm.path, flow->nodes[j].id);
            break;
        }
    }
}

/* A respond node answers somebody only when a run may begin at a trigger whose caller waits. */
static void check_respond(struct flow_build *build, unsigned index)
{
    const struct flow *flow = build->flow;
    bool *mark = mem_must(flow->node_count + 1);
    bool someone = false, webhook = false;
    struct node_arm arm;

    flow__visible(flow, (struct flow_scope){ .node = (int)index }, mark);
    for (size_t i = 0; i < flow->node_count; i++) {
        if (!mark[i] || !is_trigger(&flow->nodes[i]))
            continue;
        if (node_arm(build, i, &arm))
            webhook = true;
        someone = someone || arm.path == NULL || arm.respond_result;
    }
    if (webhook && !someone)
        flow_build_warn(build, flow->nodes[index].pointer,
                        "nobody waits for this answer: the webhook was answered when its event "
                        "was accepted; for an answer from here give the trigger \"respond\": "
                        "\"result\"");
    mem_free(mark);
}

/* ---- Exits */

static bool port_is_wired(const struct flow *flow, const struct flow_node *node, unsigned port)
{
    for (size_t i = 0; i < node->out_count; i++)
        if (flow->edges[node->out[i]].port == port)
            return true;
    return false;
}

/* An exit that leads nowhere ends its path, which is fine but for failures: nobody would learn of
 * them. */
static void check_error_exit(struct flow_build *build, const struct flow_node *node)
{
    int port = node->on_error == ON_ERROR_ROUTE ? flow_port_find(node, "error") : -1;

    if (port >= 0 && !port_is_wired(build->flow, node, (unsigned)port))
        flow_build_warn(build, node->pointer,
                        "failures leave \"%s\" by its port \"error\", which leads nowhere: nobody "
                        "will learn of them; add an edge from it, or leave out \"on_error\"",
                        node->id);
}

static void check_join(struct flow_build *build, const struct flow_node *node)
{
    char *pointer;

    if (!node->join_any || is_trigger(node) || node->in_count > 1)
        return;
    pointer = flow__pointer(node->pointer, "join");
    flow_build_warn(build, pointer,
                    "\"join\": \"any\" chooses between edges, but %s leads to \"%s\": it has no "
                    "effect here",
                    node->in_count == 1 ? "only one" : "none", node->id);
    mem_free(pointer);
}

void flow__check_graph(struct flow_build *build)
{
    const struct flow *flow = build->flow;

    check(flow->nodes != NULL);
    check(flow->edges != NULL);
    check_circles(build);
    check_reach(build);
    check_routes(build);
    for (size_t i = 0; i < flow->node_count; i++) {
        const struct flow_node *node = &flow->nodes[i];

        if (node->type != NULL && strcmp(node->type->name, "connector.respond") == 0)
            check_respond(build, (unsigned)i);
        check_error_exit(build, node);
        check_join(build, node);
    }
}
