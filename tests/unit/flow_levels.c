/* flow_levels.c - bodies: how levels are read and flattened, and what is wrong with one. */
#include "flow_try_long.h"

#define MANUAL(id)     "{\"id\":\"" id "\",\"type\":\"trigger.manual\"}"
#define RESPOND(id)    "{\"id\":\"" id "\",\"type\":\"connector.respond\"}"
#define EDGE(from, to) "{\"from\":\"" from "\",\"to\":\"" to "\"}"
#define LOOP(id, nodes, edges)                                                                \
    "{\"id\":\"" id "\",\"type\":\"branch.foreach\",\"config\":{\"items\":\"=trigger.body\"," \
    "\"body\":{\"nodes\":[" nodes "],\"edges\":[" edges "]}}}"
#define BODY(id, body) \
    "{\"id\":\"" id "\",\"type\":\"branch.foreach\",\"config\":{\"items\":[],\"body\":" body "}}"

static void expect_node(const struct flow *flow, unsigned index, const char *id, unsigned graph,
                        unsigned body, const char *pointer)
{
    const struct flow_node *node = &flow->nodes[index];

    assert_true(index < flow->node_count);
    assert_string_equal(node->id, id);
    assert_int_equal(node->graph, graph);
    assert_int_equal(node->body, body);
    assert_string_equal(node->pointer, pointer);
}

static void expect_graph(const struct flow *flow, unsigned index, unsigned first, unsigned count,
                         int owner)
{
    assert_true(index < flow->graph_count);
    assert_int_equal(flow->graphs[index].first, first);
    assert_int_equal(flow->graphs[index].count, count);
    assert_int_equal(flow->graphs[index].owner, owner);
}

static void a_flow_without_bodies_is_one_level(void **state)
{
    struct try *try = *state;

    try_graph(try, MANUAL("t") "," RESPOND("a"), EDGE("t", "a"));
    try_is_fine(try);
    assert_int_equal(try->flow->graph_count, 1);
    expect_graph(try->flow, 0, 0, 2, -1);
    expect_node(try->flow, 1, "a", 0, 0, "/nodes/1");
}

static void levels_are_flattened_breadth_first(void **state)
{
    struct try *try = *state;
    const struct flow *flow;

    try_graph(try,
              MANUAL("t") "," LOOP("lines", LOOP("parts", RESPOND("x"), "") "," RESPOND("y"),
                                   EDGE("parts", "y")) "," LOOP("more", RESPOND("z"),
                                                                "") "," RESPOND("done"),
              EDGE("t", "lines") "," EDGE("lines", "more") "," EDGE("more", "done"));
    try_is_fine(try);
    flow = try->flow;
    assert_int_equal(flow->node_count, 8);
    assert_int_equal(flow->graph_count, 4);
    expect_graph(flow, 0, 0, 4, -1);
    expect_graph(flow, 1, 4, 2, 1);
    expect_graph(flow, 2, 6, 1, 2);
    expect_graph(flow, 3, 7, 1, 4);
    expect_node(flow, 0, "t", 0, 0, "/nodes/0");
    expect_node(flow, 1, "lines", 0, 1, "/nodes/1");
    expect_node(flow, 2, "more", 0, 2, "/nodes/2");
    expect_node(flow, 3, "done", 0, 0, "/nodes/3");
    expect_node(flow, 4, "parts", 1, 3, "/nodes/1/config/body/nodes/0");
    expect_node(flow, 5, "y", 1, 0, "/nodes/1/config/body/nodes/1");
    expect_node(flow, 6, "z", 2, 0, "/nodes/2/config/body/nodes/0");
    expect_node(flow, 7, "x", 3, 0, "/nodes/1/config/body/nodes/0/config/body/nodes/0");
    assert_int_equal(flow->edge_count, 4);
    assert_int_equal(flow->nodes[5].in_count, 1);
    assert_int_equal(flow->edges[flow->nodes[5].in[0]].from, 4);
    assert_int_equal(flow->nodes[4].in_count, 0);
    assert_int_equal(flow_node_find(flow, "x"), 7);
}

/* Several nodes may begin a body, and a trigger may have one. */
static void a_body_begins_where_no_edge_leads(void **state)
{
    struct try *try = *state;

    try_graph(try,
              "{\"id\":\"t\",\"type\":\"trigger.poll\",\"config\":{\"every\":\"1m\",\"items\":"
              "\"=steps.page.list\",\"id\":\"=item.id\",\"cursor\":\"=steps.other.next\","
              "\"body\":{\"nodes\":[" RESPOND("page") "," RESPOND("other") "]}}}," RESPOND("a"),
              EDGE("t", "a"));
    try_is_fine(try);
    assert_int_equal(try->flow->nodes[0].body, 1);
    expect_graph(try->flow, 1, 2, 2, 0);
}

static void a_disabled_loop_keeps_its_body(void **state)
{
    struct try *try = *state;

    try_graph(
        try,
        MANUAL("t") ",{\"id\":\"l\",\"type\":\"branch.foreach\",\"disabled\":true,\"config\":{"
                    "\"items\":[],\"body\":{\"nodes\":[" RESPOND("a") "]}}}",
        EDGE("t", "l"));
    try_is_fine(try);
    assert_true(try->flow->nodes[1].disabled);
    assert_int_equal(try->flow->nodes[1].body, 1);
}

/* ---- Faults */

static void a_body_has_a_shape(void **state)
{
    struct try *try = *state;
    static const char *const nodes[] = {
        MANUAL("t"),
        BODY("a", "[]"),
        BODY("b", "{}"),
        BODY("c", "{\"nodes\":[]}"),
        BODY("d", "{\"nodes\":[" RESPOND("x") "],\"vars\":{}}"),
        BODY("e", "{\"nodes\":[{}],\"ui\":1}"),
        "{\"id\":\"f\",\"type\":\"branch.foreach\",\"config\":{\"items\":[]}}",
        BODY("g", "null"),
        BODY("h", "{\"nodes\":[" RESPOND("y") "],\"edges\":{}}"),
    };
    struct buf all;

    buf_init(&all, 10000);
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        buf_addf(&all, "%s%s", i > 0 ? "," : "", nodes[i]);
    try_graph(try, buf_text(&all), "");
    buf_fini(&all);
    assert_null(try->flow);
    try_says(try, "/nodes/1/config/body: an object must stand here, not: ");
    try_says(try, "/nodes/2/config/body: \"nodes\" is missing: ");
    try_says(try, "/nodes/3/config/body/nodes: \"nodes\" has 0 elements, at least 1 must be there");
    try_says(try, "/nodes/4/config/body/vars: there is no member \"vars\"; ");
    try_says(try, "/nodes/5/config/body/nodes/0: \"id\" is missing: ");
    try_says(try, "/nodes/5/config/body/ui: \"ui\" must be an object, but here stands: ");
    try_says(try, "/nodes/6/config: \"body\" is missing: ");
    try_says(try, "/nodes/7/config/body: an object must stand here, not: ");
    try_says(try, "/nodes/8/config/body/edges: \"edges\" must be a list");
}

/* The place of a fault inside is told as exactly as outside. */
static void a_fault_inside_has_its_place(void **state)
{
    struct try *try = *state;

    try_compile(try,
                "{\"weft\": 1, \"name\": \"x\",\n"
                " \"nodes\": [ " MANUAL(
                    "t") ",\n"
                         "  {\"id\": \"lines\", \"type\": \"branch.foreach\", \"config\": {\n"
                         "    \"items\": [1],\n"
                         "    \"body\": {\n"
                         "      \"nodes\": [\n"
                         "        {\"id\": \"post\", \"type\": \"connector.respond\",\n"
                         "         \"config\": {\"status\": 99}},\n"
                         "        {\"id\": \"t\", \"type\": \"transform.mpa\"}],\n"
                         "      \"edges\": [\n"
                         "        {\"from\": \"post\", \"port\": \"left\", \"to\": \"t\"}]}}}],\n"
                         " \"edges\": [ " EDGE("t", "lines") " ]}",
                NULL);
    assert_null(try->flow);
    try_says(try, "pay/flow.json:8:31: /nodes/1/config/body/nodes/0/config/status: \"status\" must "
                  "be from 100 to 599, but is 99");
    try_says(try, "pay/flow.json:9:16: /nodes/1/config/body/nodes/1/id: the id \"t\" belongs to "
                  "/nodes/0 already; choose another");
    try_says(try, "pay/flow.json:9:29: /nodes/1/config/body/nodes/1/type: there is no node type "
                  "\"transform.mpa\"; did you mean \"transform.map\"?");
}

static void events_begin_outside(void **state)
{
    struct try *try = *state;

    try_graph(try, MANUAL("t") "," LOOP("l", MANUAL("u") "," RESPOND("a"), EDGE("u", "a")),
              EDGE("t", "l"));
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 1);
    try_says(try, "/nodes/1/config/body/nodes/0/type: \"u\" is a trigger: events begin at the "
                  "flow's own level; a body begins with its nodes that no edge leads to");
}

static void an_edge_stays_on_its_level(void **state)
{
    struct try *try = *state;

    try_graph(try,
              MANUAL("t") "," LOOP(
                  "lines", LOOP("parts", RESPOND("x"), EDGE("x", "post")) "," RESPOND("post"),
                  EDGE("post", "done") "," EDGE("pst", "post")) "," RESPOND("done"),
              EDGE("t", "lines") "," EDGE("post", "done") "," EDGE("t", "x") "," EDGE("x", "x"));
    assert_null(try->flow);
    try_says(try, "/edges/1/from: \"post\" is inside the body of \"lines\"; an edge joins nodes of "
                  "one level: those of a body stand in that body's \"edges\"");
    try_says(try, "/edges/2/to: \"x\" is inside the body of \"parts\"; an edge joins nodes of one "
                  "level");
    try_says(try, "/edges/3/to: \"x\" is inside the body of \"parts\"; ");
    try_says(try,
             "/nodes/1/config/body/edges/0/to: \"done\" is outside of this body, at the flow's "
             "own level; an edge joins nodes of one level: into the body and out of it leads only "
             "\"lines\" itself");
    try_says(try, "/nodes/1/config/body/edges/1/from: there is no node \"pst\"; did you mean "
                  "\"post\"?");
    try_says(try,
             "/nodes/1/config/body/nodes/0/config/body/edges/0/to: \"post\" is inside the body "
             "of \"lines\"; ");
}

static void the_same_edge_twice_inside(void **state)
{
    struct try *try = *state;

    try_graph(
        try,
        MANUAL("t") "," LOOP("l", RESPOND("a") "," RESPOND("b"), EDGE("a", "b") "," EDGE("a", "b")),
        EDGE("t", "l"));
    assert_null(try->flow);
    try_says(try, "/nodes/1/config/body/edges/1: the same edge stands at "
                  "/nodes/1/config/body/edges/0 already; remove one");
}

static void a_circle_inside_is_shown(void **state)
{
    struct try *try = *state;

    try_graph(
        try,
        MANUAL("t") "," LOOP("l", RESPOND("a") "," RESPOND("b"), EDGE("a", "b") "," EDGE("b", "a")),
        EDGE("t", "l"));
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 1);
    try_says(try, "/nodes/1/config/body/edges/1: the edges form a circle: a -> b -> a; ");
}

static void ids_are_unique_in_the_whole_flow(void **state)
{
    struct try *try = *state;

    try_graph(try, MANUAL("t") "," LOOP("l", RESPOND("a"), "") "," LOOP("m", RESPOND("a"), ""),
              EDGE("t", "l") "," EDGE("l", "m"));
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 1);
    try_says(try, "/nodes/2/config/body/nodes/0/id: the id \"a\" belongs to "
                  "/nodes/1/config/body/nodes/0 already; choose another");
}

/* ---- Depth and number */

/* Loops within loops, `depth` of them. */
static void nest(struct try *try, unsigned depth)
{
    struct buf nodes;

    buf_init(&nodes, LIMIT_FLOW_BYTES);
    buf_add_text(&nodes, MANUAL("t") ",");
    for (unsigned i = 1; i <= depth; i++)
        buf_addf(&nodes,
                 "{\"id\":\"l%u\",\"type\":\"branch.foreach\",\"config\":{\"items\":\"=%s\","
                 "\"body\":{\"nodes\":[",
                 i, i == 1 ? "trigger.body" : "item.parts");
    buf_add_text(&nodes, RESPOND("x"));
    for (unsigned i = 1; i <= depth; i++)
        buf_add_text(&nodes, "]}}}");
    try_graph(try, buf_text(&nodes), EDGE("t", "l1"));
    buf_fini(&nodes);
}

static void bodies_stand_within_bodies(void **state)
{
    struct try *try = *state;

    nest(try, 3);
    try_is_fine(try);
    assert_int_equal(try->flow->graph_count, 4);
    expect_graph(try->flow, 3, 4, 1, 3);
    expect_node(try->flow, 4, "x", 3, 0,
                "/nodes/1/config/body/nodes/0/config/body/nodes/0/config/body/nodes/0");
    nest(try, LIMIT_LOOP_DEPTH);
    try_is_fine(try);
    assert_int_equal(try->flow->graph_count, LIMIT_LOOP_DEPTH + 1);
    nest(try, LIMIT_LOOP_DEPTH + 1);
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 1);
    try_says(try,
             "/config/body: bodies stand within bodies at most 8 deep; make this one a flow of "
             "its own and use branch.call");
}

/* A trigger, `loops` loops in a row, and in each body `inner` nodes in a row. */
static void many(struct try *try, unsigned loops, unsigned inner)
{
    struct buf nodes, edges;

    buf_init(&nodes, LIMIT_FLOW_BYTES);
    buf_init(&edges, LIMIT_FLOW_BYTES);
    buf_add_text(&nodes, MANUAL("l0"));
    for (unsigned i = 1; i <= loops; i++) {
        buf_addf(&nodes,
                 ",{\"id\":\"l%u\",\"type\":\"branch.foreach\",\"config\":{\"items\":[],\"body\":{"
                 "\"nodes\":[",
                 i);
        for (unsigned j = 0; j < inner; j++)
            buf_addf(&nodes, "%s{\"id\":\"n%u_%u\",\"type\":\"connector.respond\"}",
                     j > 0 ? "," : "", i, j);
        buf_add_text(&nodes, "],\"edges\":[");
        for (unsigned j = 1; j < inner; j++)
            buf_addf(&nodes, "%s{\"from\":\"n%u_%u\",\"to\":\"n%u_%u\"}", j > 1 ? "," : "", i,
                     j - 1, i, j);
        buf_add_text(&nodes, "]}}}");
        buf_addf(&edges, "%s{\"from\":\"l%u\",\"to\":\"l%u\"}", i > 1 ? "," : "", i - 1, i);
    }
    try_graph(try, buf_text(&nodes), buf_text(&edges));
    buf_fini(&nodes);
    buf_fini(&edges);
}

static void the_ceilings_hold_for_all_levels_together(void **state)
{
    struct try *try = *state;

    many(try, 27, 36); /* 1 + 27 + 27 * 36 = 1000 */
    try_is_fine(try);
    assert_int_equal(try->flow->node_count, LIMIT_NODES);
    assert_int_equal(try->flow->graph_count, 28);
    assert_int_equal(try->flow->edge_count, 27 + 27 * 35);
    for (unsigned i = 1; i < try->flow->graph_count; i++)
        expect_graph(try->flow, i, 28 + (i - 1) * 36, 36, (int)i);
    many(try, 27, 37);
    assert_null(try->flow);
    assert_int_equal(try->faults.errors, 1);
    try_says(try, "/nodes/27/config/body/nodes: with these 37 the flow and its bodies have 1027 "
                  "nodes, at most 1000 are allowed; make a part of it a flow of its own");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY_LONG(a_flow_without_bodies_is_one_level),
        TRY_LONG(levels_are_flattened_breadth_first),
        TRY_LONG(a_body_begins_where_no_edge_leads),
        TRY_LONG(a_disabled_loop_keeps_its_body),
        TRY_LONG(a_body_has_a_shape),
        TRY_LONG(a_fault_inside_has_its_place),
        TRY_LONG(events_begin_outside),
        TRY_LONG(an_edge_stays_on_its_level),
        TRY_LONG(the_same_edge_twice_inside),
        TRY_LONG(a_circle_inside_is_shown),
        TRY_LONG(ids_are_unique_in_the_whole_flow),
        TRY_LONG(bodies_stand_within_bodies),
        TRY_LONG(the_ceilings_hold_for_all_levels_together),
    };

    return cmocka_run_group_tests(tests, try_install, NULL);
}
