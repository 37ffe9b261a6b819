/* route.c - the one rule of order and joins: a node runs once, when each of its incoming edges is
 * decided and at least one was taken; if all were passed over, so is the node, and so are its
 * exits. */
#include "engine/run.h"

static void route_edge(struct run *run, const struct flow_edge *edge, bool taken, uint32_t *passed)
{
    struct run_node *to = &run->nodes[edge->to];

    check(to->decided < run->version->flow->nodes[edge->to].in_count);
    to->decided++;
    if (taken)
        to->taken = true;
    if (to->decided < run->version->flow->nodes[edge->to].in_count)
        return;
    check(to->status == NODE_PENDING);
    if (to->taken) {
        to->status = NODE_QUEUED;
        run_work(run, edge->to);
    } else {
        to->status = NODE_PASSED;
        to->next = *passed; /* not in the work queue: its link serves the list of the passed */
        *passed = edge->to + 1;
    }
}

void route_port(struct run *run, unsigned node, unsigned port)
{
    const struct flow *flow = run->version->flow;
    uint32_t passed = 0;
    unsigned at = node;

    check(run->nodes[node].exit == 0);
    if (port != UINT32_MAX)
        run->nodes[node].exit = (uint16_t)(port + 1);
    for (;;) {
        const struct flow_node *from = &flow->nodes[at];
        size_t i;

        for (i = 0; i < from->out_count; i++) {
            const struct flow_edge *edge = &flow->edges[from->out[i]];

            route_edge(run, edge, at == node && edge->port == port, &passed);
        }
        if (passed == 0)
            return;
        at = passed - 1;
        passed = run->nodes[at].next;
        run->nodes[at].next = 0;
    }
}

json_t *route_input(const struct run *run, unsigned node)
{
    const struct flow *flow = run->version->flow;
    size_t i;

    for (i = 0; i < flow->nodes[node].in_count; i++) {
        const struct flow_edge *edge = &flow->edges[flow->nodes[node].in[i]];

        if (run->nodes[edge->from].exit == edge->port + 1)
            return run->nodes[edge->from].output;
    }
    return NULL;
}
