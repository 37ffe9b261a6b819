/* route.c - the one rule of order and joins: a node runs once, when each of its incoming edges is
 * decided and at least one was taken; if all were passed over, so is the node, and so are its
 * exits. A node with join_any runs at the first edge taken; what comes later changes nothing, its
 * input neither: it is tried again, and goes on after a crash, with what it began with. */
#include "engine/run.h"

/* Where the edge stands among those that lead to the node. */
static size_t route_place(const struct flow *flow, const struct flow_node *node,
                          const struct flow_edge *edge)
{
    size_t place = 0;

    while (place < node->in_count && &flow->edges[node->in[place]] != edge)
        place++;
    check(place < node->in_count);
    return place;
}

/* passed: a list of nodes passed over just now, linked by `next`: they are in no queue. */
static void route_edge(struct frame *frame, const struct flow_edge *edge, bool taken,
                       struct run_node **passed)
{
    struct run_node *to = frame_node(frame, edge->to);
    const struct flow_node *node = node_of(to);

    check(to->decided < node->in_count && node->in_count < UINT16_MAX);
    to->decided++;
    if (taken)
        to->taken = true;
    if (to->status != NODE_PENDING)
        return; /* with join_any */
    if (to->taken && (node->join_any || to->decided == node->in_count)) {
        if (node->join_any)
            to->opener = (uint16_t)(route_place(frame->run->version->flow, node, edge) + 1);
        frame_open(to);
    } else if (to->decided == node->in_count) {
        to->status = NODE_PASSED;
        to->next = *passed;
        *passed = to;
    }
}

void route_port(struct run_node *n, unsigned port)
{
    const struct flow *flow = n->frame->run->version->flow;
    struct run_node *passed = NULL, *at = n;

    check(n->exit == 0);
    if (port != UINT32_MAX)
        n->exit = (uint16_t)(port + 1);
    for (;;) {
        const struct flow_node *from = node_of(at);

        for (size_t i = 0; i < from->out_count; i++) {
            const struct flow_edge *edge = &flow->edges[from->out[i]];

            route_edge(n->frame, edge, at == n && edge->port == port, &passed);
        }
        if (passed == NULL)
            return;
        at = passed;
        passed = at->next;
        at->next = NULL;
    }
}

void route_begin(struct frame *frame)
{
    for (unsigned i = 0; i < frame->graph->count; i++)
        if (node_of(&frame->nodes[i])->in_count == 0)
            frame_open(&frame->nodes[i]);
}

json_t *route_input(const struct run_node *n)
{
    const struct flow *flow = n->frame->run->version->flow;
    const struct flow_node *node = node_of(n);

    for (size_t i = 0; i < node->in_count; i++) {
        const struct flow_edge *edge = &flow->edges[node->in[i]];
        const struct run_node *from = frame_node(n->frame, edge->from);

        if (n->opener != 0 ? i + 1 == n->opener : from->exit == edge->port + 1)
            return from->output;
    }
    return n->frame->item; /* an entry of a body */
}
