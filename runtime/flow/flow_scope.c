/* flow_scope.c - what can be seen from where: which steps have run, and which are in sight.
 *
 * (1) A node sees what runs before it on its own level, and what its level's owner sees.
 * (2) From inside a body all of that body is seen, and what its node sees.
 * (3) From outside a body nothing of it is seen: it has one output, its node's. [flow__hidden_by]
 */
#include "flow/flow_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"

/* Marks what the marked nodes lead to, or with `back` what leads to them. */
void flow__spread(const struct flow *flow, bool back, bool *mark)
{
    unsigned *queue = mem_must((flow->node_count + 1) * sizeof *queue);
    size_t first = 0, last = 0;

    for (size_t i = 0; i < flow->node_count; i++)
        if (mark[i])
            queue[last++] = (unsigned)i;
    while (first < last) {
        const struct flow_node *node = &flow->nodes[queue[first++]];
        const unsigned *edges = back ? node->in : node->out;
        size_t count = back ? node->in_count : node->out_count;

        for (size_t i = 0; i < count; i++) {
            const struct flow_edge *edge = &flow->edges[edges[i]];
            unsigned other = back ? edge->from : edge->to;

            if (!mark[other]) {
                mark[other] = true;
                queue[last++] = other;
            }
        }
    }
    mem_free(queue);
}

/* The level whose steps the scope sees all of; -1: none. */
static int level_inside(const struct flow *flow, struct flow_scope scope)
{
    if (!scope.inside)
        return -1;
    if (scope.node < 0)
        return 0;
    return flow->nodes[scope.node].body != 0 ? (int)flow->nodes[scope.node].body : -1;
}

void flow__visible(const struct flow *flow, struct flow_scope scope, bool *mark)
{
    const int inside = level_inside(flow, scope);

    check(scope.node < (int)flow->node_count);
    memset(mark, 0, flow->node_count * sizeof *mark);
    for (int at = scope.node; at >= 0; at = flow->graphs[flow->nodes[at].graph].owner)
        for (size_t i = 0; i < flow->nodes[at].in_count; i++)
            mark[flow->edges[flow->nodes[at].in[i]].from] = true;
    flow__spread(flow, true, mark);
    for (unsigned i = 0; inside >= 0 && i < flow->graphs[inside].count; i++)
        mark[flow->graphs[inside].first + i] = true;
}

bool flow__in_loop(const struct flow *flow, struct flow_scope scope)
{
    return scope.node >= 0 && (scope.inside || flow->nodes[scope.node].graph != 0);
}

/* Whether the scope stands on a level, or within one that stands there. */
static bool is_within(const struct flow *flow, struct flow_scope scope, unsigned level)
{
    int at = scope.node;

    if (level == 0 || level_inside(flow, scope) == (int)level)
        return true;
    while (at >= 0 && flow->nodes[at].graph != level)
        at = flow->graphs[flow->nodes[at].graph].owner;
    return at >= 0;
}

int flow__hidden_by(const struct flow *flow, struct flow_scope scope, unsigned node)
{
    int owner = -1;

    check(node < flow->node_count);
    for (unsigned level = flow->nodes[node].graph; !is_within(flow, scope, level);
         level = flow->nodes[owner].graph)
        owner = flow->graphs[level].owner;
    return owner;
}
