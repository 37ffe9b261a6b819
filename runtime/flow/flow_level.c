/* flow_level.c - the levels of a definition: the flow itself, and the bodies of its nodes.
 *
 * They are read before any node, breadth first: so the nodes of one level stand together, those of
 * the flow itself come first, and settings can refer to every node there is.
 *
 * (1) A level stands behind the one it is in.                               [flow__read_levels]
 * (2) What is too much or too deep is told once, and then is not there.  [keep_within, read_body]
 */
#include "flow/flow_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"

bool flow__level_has_nodes(const struct flow_level *level)
{
    check(level->pointer != NULL);
    return level->rows.nodes.count == json_array_size(json_object_get(level->json, "nodes"));
}

/* Takes what level->rows and level->pointer hold. */
static void level_add(struct flow_build *build, const struct flow_level *level, int owner)
{
    struct flow *flow = build->flow;
    const size_t count = flow->graph_count;
    const struct flow_graph *last = count > 0 ? &flow->graphs[count - 1] : NULL;
    struct flow_graph graph = { .first = last != NULL ? last->first + last->count : 0,
                                .count = (unsigned)level->rows.nodes.count,
                                .owner = owner };

    check(owner < (int)graph.first);
    build->levels = mem_must_resize(build->levels, (count + 1) * sizeof *build->levels);
    flow->graphs = mem_must_resize(flow->graphs, (count + 1) * sizeof *flow->graphs);
    build->levels[count] = *level;
    flow->graphs[count] = graph;
    flow->graph_count = count + 1;
}

/* A ceiling holds for the flow with all of its bodies: the list that passes it is dropped. */
static void keep_within(struct flow_build *build, const char *pointer, const char *name,
                        struct flow_level_rows *rows, size_t before, size_t limit)
{
    const bool nodes = strcmp(name, "nodes") == 0;
    const size_t count = nodes ? rows->nodes.count : rows->edges.count;
    struct flow_level_rows dropped = { 0 };
    char *at;

    if (before + count <= limit)
        return;
    at = flow__pointer(pointer, name);
    flow_build_fault(build, at,
                     "with these %zu the flow and its bodies have %zu %s, at most %zu are "
                     "allowed; make a part of it a flow of its own and use branch.call",
                     count, before + count, name, limit);
    mem_free(at);
    if (nodes) {
        dropped.nodes = rows->nodes;
        rows->nodes = (struct field_list){ 0 };
    } else {
        dropped.edges = rows->edges;
        rows->edges = (struct field_list){ 0 };
    }
    fields_release(flow__level_rows, &dropped);
}

/* pointer: taken */
static void read_level(struct flow_build *build, json_t *body, char *pointer, unsigned depth,
                       int owner)
{
    struct flow_level level = { .json = body, .pointer = pointer, .depth = depth };
    size_t nodes = 0, edges = 0;

    for (size_t i = 0; i < build->flow->graph_count; i++) {
        nodes += build->levels[i].rows.nodes.count;
        edges += build->levels[i].rows.edges.count;
    }
    fields_parse(build, flow__level_rows, body, pointer, &level.rows);
    flow__check_ui(build, pointer, level.rows.ui);
    keep_within(build, pointer, "nodes", &level.rows, nodes, LIMIT_NODES);
    keep_within(build, pointer, "edges", &level.rows, edges, LIMIT_EDGES);
    level_add(build, &level, owner);
}

/* The body of one node of a level, if its type has one and it is there: the rows of the type tell
 * when it is missing. */
static void read_body(struct flow_build *build, size_t at, size_t index)
{
    const struct flow_level *level = &build->levels[at];
    const struct flow_node_rows *rows = level->rows.nodes.items;
    const char *name = rows[index].type;
    const struct node_type *type = name != NULL ? registry_find(build->registry, name) : NULL;
    json_t *body = json_object_get(rows[index].config, "body");
    struct buf pointer;
    char *text;

    if (type == NULL || !type->has_body || body == NULL)
        return;
    buf_init(&pointer, FLOW_POINTER_MAX);
    buf_addf(&pointer, "%s/nodes/%zu/config/body", level->pointer, index);
    text = mem_must_copy(buf_text(&pointer));
    buf_fini(&pointer);
    if (level->depth < LIMIT_LOOP_DEPTH) {
        read_level(build, body, text, level->depth + 1,
                   (int)(build->flow->graphs[at].first + index));
        return;
    }
    flow_build_fault(build, text,
                     "bodies stand within bodies at most %u deep; make this one a flow of its own "
                     "and use branch.call",
                     LIMIT_LOOP_DEPTH);
    mem_free(text);
}

void flow__read_levels(struct flow_build *build, struct flow_level_rows *own)
{
    const struct flow *flow = build->flow;

    check(flow->graph_count == 0);
    level_add(build,
              &(struct flow_level){
                  .rows = *own, .json = build->definition, .pointer = mem_must_copy("") },
              -1);
    *own = (struct flow_level_rows){ 0 };
    for (size_t i = 0; i < flow->graph_count; i++)
        for (size_t j = 0; j < flow->graphs[i].count; j++)
            read_body(build, i, j);
}

void flow__drop_levels(struct flow_build *build)
{
    for (size_t i = 0; i < build->flow->graph_count; i++) {
        fields_release(flow__level_rows, &build->levels[i].rows);
        mem_free(build->levels[i].pointer);
    }
    mem_free(build->levels);
    build->levels = NULL;
}
