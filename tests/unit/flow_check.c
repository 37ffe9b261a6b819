/* flow_check.c - the graph: triggers, circles, edges, exits, connections, webhooks. */
#include "flow_try.h"

#define MANUAL(id)  "{\"id\":\"" id "\",\"type\":\"trigger.manual\"}"
#define RESPOND(id) "{\"id\":\"" id "\",\"type\":\"connector.respond\"}"
#define HOOK(id, method, path, respond)                                            \
    "{\"id\":\"" id "\",\"type\":\"trigger.webhook\",\"config\":{\"path\":\"" path \
    "\",\"method\":\"" method "\",\"respond\":\"" respond "\"}}"
#define EDGE(from, to)          "{\"from\":\"" from "\",\"to\":\"" to "\"}"
#define EDGE_BY(from, port, to) "{\"from\":\"" from "\",\"port\":\"" port "\",\"to\":\"" to "\"}"
#define SWITCH(id)                                                                             \
    "{\"id\":\"" id "\",\"type\":\"branch.switch\",\"config\":{\"cases\":[{\"port\":\"paid\"," \
    "\"when\":\"=a\"},{\"port\":\"refund\",\"when\":\"=b\"}],\"else\":\"review\"}}"

static void a_flow_needs_a_trigger(void **state)
{
    struct try *try = *state;

    try_graph(try, RESPOND("a"), "");
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 1);
    try_says(try, "/nodes: a flow needs a trigger");
    try_graph(try, "", "");
    assert_null(try->flow);
    try_says(try, "/nodes: a flow needs a trigger");
    try_graph(try, MANUAL("t"), "");
    try_is_fine(try);
}

static void an_event_begins_at_the_trigger(void **state)
{
    struct try *try = *state;

    try_graph(try, MANUAL("t") "," RESPOND("a") "," MANUAL("u"), EDGE("t", "a") "," EDGE("a", "u"));
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 1);
    try_says(try, "/edges/1/to: \"u\" is a trigger: events begin there, no edge leads to it");
}

static void what_cannot_be_reached_never_runs(void **state)
{
    struct try *try = *state;

    try_graph(try, MANUAL("t") "," RESPOND("a") "," RESPOND("b") "," RESPOND("c"),
              EDGE("t", "a") "," EDGE("b", "c"));
    assert_non_null(try->flow);
    assert_int_equal(try->faults.count, 2);
    try_says(try, "/nodes/2: warning: no path leads from a trigger to \"b\": it never runs");
    try_says(try, "/nodes/3: warning: no path leads from a trigger to \"c\": it never runs");
}

static void a_circle_is_shown(void **state)
{
    struct try *try = *state;

    try_graph(try, MANUAL("t") "," RESPOND("a") "," RESPOND("b") "," RESPOND("c"),
              EDGE("t", "a") "," EDGE("a", "b") "," EDGE("b", "c") "," EDGE("c", "b"));
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 1);
    try_says(try, "/edges/3: the edges form a circle: b -> c -> b; a flow only goes forward: loops "
                  "are made with branch.foreach or branch.repeat");
    try_graph(try, MANUAL("t") "," RESPOND("a"), EDGE("t", "a") "," EDGE("a", "a"));
    assert_null(try->flow);
    try_says(try, "/edges/1: the edges form a circle: a -> a; ");
}

static void a_diamond_is_no_circle(void **state)
{
    struct try *try = *state;

    try_graph(
        try, MANUAL("t") "," RESPOND("a") "," RESPOND("b") "," RESPOND("c"),
        EDGE("t", "a") "," EDGE("t", "b") "," EDGE("a", "c") "," EDGE("b", "c") "," EDGE("t", "c"));
    try_is_fine(try);
    assert_int_equal(try->flow->nodes[3].in_count, 3);
    assert_int_equal(try->flow->edges[try->flow->nodes[3].in[0]].from, 1);
    assert_int_equal(try->flow->edges[try->flow->nodes[3].in[1]].from, 2);
    assert_int_equal(try->flow->edges[try->flow->nodes[3].in[2]].from, 0);
}

/* A thousand nodes in a row, and back to the first: the walk has no stack to overflow. */
static void a_long_circle_is_cut_short_in_the_message(void **state)
{
    struct try *try = *state;
    struct buf nodes, edges;

    buf_init(&nodes, LIMIT_FLOW_BYTES);
    buf_init(&edges, LIMIT_FLOW_BYTES);
    buf_add_text(&nodes, MANUAL("t"));
    buf_add_text(&edges, EDGE("t", "n1"));
    for (unsigned i = 1; i < LIMIT_NODES; i++) {
        buf_addf(&nodes, ",{\"id\":\"n%u\",\"type\":\"connector.respond\"}", i);
        buf_addf(&edges, ",{\"from\":\"n%u\",\"to\":\"n%u\"}", i, i + 1 < LIMIT_NODES ? i + 1 : 1);
    }
    try_graph(try, buf_text(&nodes), buf_text(&edges));
    buf_fini(&nodes);
    buf_fini(&edges);
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 1);
    try_says(try, "circle: n1 -> n2 -> ");
    try_says(try, "n12 -> ... 987 more -> n1; ");
}

static void an_edge_joins_what_there_is(void **state)
{
    struct try *try = *state;

    try_graph(try, MANUAL("start") "," RESPOND("answer"),
              EDGE("strat", "answer") "," EDGE("start", "nowhere") ",{\"from\":\"start\"},{}");
    assert_null(try->flow);
    try_says(try, "/edges/0/from: there is no node \"strat\"; did you mean \"start\"?");
    try_says(try, "/edges/1/to: there is no node \"nowhere\"; there is \"answer\", \"start\"");
    try_says(try, "/edges/2: \"to\" is missing: ");
    try_says(try, "/edges/3: \"from\" is missing: ");
}

static void a_port_that_is_not_there_gets_the_list(void **state)
{
    struct try *try = *state;

    try_graph(try, MANUAL("t") "," SWITCH("route") "," RESPOND("a"),
              EDGE("t", "route") "," EDGE_BY("route", "refnd", "a") "," EDGE("route", "a"));
    assert_null(try->flow);
    assert_int_equal(try->faults.errors, 2);
    try_says(try, "/edges/1/port: node \"route\" has no port \"refnd\"; its ports: \"refund\", ");
    try_says(try, "/edges/2/port: node \"route\" has no port \"out\"; its ports: \"");
}

static void an_unwired_port_ends_its_path(void **state)
{
    struct try *try = *state;

    try_graph(try, MANUAL("t") "," SWITCH("route") "," RESPOND("a"),
              EDGE("t", "route") "," EDGE_BY("route", "paid", "a"));
    try_is_fine(try);
}

static void two_cases_may_share_a_port(void **state)
{
    struct try *try = *state;

    try_graph(try,
              MANUAL("t") ",{\"id\":\"s\",\"type\":\"branch.switch\",\"config\":{\"cases\":["
                          "{\"port\":\"x\",\"when\":\"=a\"},{\"port\":\"x\",\"when\":\"=b\"}]}}",
              EDGE("t", "s"));
    try_is_fine(try);
    assert_int_equal(try->flow->nodes[1].port_count, 1);
}

static void an_edge_stands_once(void **state)
{
    struct try *try = *state;

    try_graph(try, MANUAL("t") "," SWITCH("s") "," RESPOND("a"),
              EDGE("t", "s") "," EDGE_BY("s", "paid", "a") "," EDGE_BY(
                  "s", "refund", "a") "," EDGE_BY("s", "paid", "a"));
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 1);
    try_says(try, "/edges/3: the same edge stands at /edges/1 already");
}

/* Where a node's own config is at fault, its exits are not known: no fault about them. */
static void one_mistake_gives_one_fault(void **state)
{
    struct try *try = *state;

    try_graph(try,
              MANUAL("t") ",{\"id\":\"s\",\"type\":\"branch.swich\"}," RESPOND(
                  "a") ",{\"id\":\"u\",\"type\":\"branch.switch\",\"config\":{\"cases\":7}}",
              EDGE("t", "s") "," EDGE_BY("s", "paid", "a") "," EDGE_BY("s", "void", "a") "," EDGE(
                  "t", "u") "," EDGE_BY("u", "paid", "a"));
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 2);
    try_says(try, "/nodes/1/type: there is no node type \"branch.swich\"");
    try_says(try, "/nodes/3/config/cases: \"cases\" must be a list");
}

static void failures_leave_by_the_port_error_when_they_may(void **state)
{
    struct try *try = *state;

    try_graph(try, MANUAL("t") "," RESPOND("a") "," RESPOND("b"),
              EDGE("t", "a") "," EDGE_BY("a", "error", "b"));
    assert_null(try->flow);
    assert_int_equal(try->faults.errors, 1);
    try_says(try, "/edges/1/port: node \"a\" has no port \"error\": give it \"on_error\": "
                  "\"route\"");
    try_graph(try,
              MANUAL("t") ",{\"id\":\"a\",\"type\":\"connector.respond\",\"on_error\":\"route\"}"
                          "," RESPOND("b"),
              EDGE("t", "a") "," EDGE_BY("a", "error", "b"));
    try_is_fine(try);
    assert_int_equal(try->flow->edges[1].port, 1);
    try_graph(try,
              MANUAL("t") ",{\"id\":\"a\",\"type\":\"connector.respond\",\"on_error\":\"route\"}",
              EDGE("t", "a"));
    assert_non_null(try->flow);
    try_says(try, "/nodes/1: warning: failures leave \"a\" by its port \"error\", which leads "
                  "nowhere");
}

static void a_trigger_has_no_second_try(void **state)
{
    struct try *try = *state;

    try_graph(try,
              "{\"id\":\"t\",\"type\":\"trigger.manual\",\"retry\":{},\"timeout\":\"1s\","
              "\"on_error\":\"route\"}," RESPOND("a"),
              EDGE("t", "a"));
    assert_non_null(try->flow);
    assert_int_equal(try->faults.count, 3);
    try_says(try, "/nodes/0/retry: warning: a trigger has no \"retry\"");
    assert_int_equal(try->flow->nodes[0].port_count, 1);
}

static void a_disabled_node_needs_an_exit(void **state)
{
    struct try *try = *state;

    try_graph(try, MANUAL("t") ",{\"id\":\"a\",\"type\":\"connector.respond\",\"disabled\":true}",
              EDGE("t", "a"));
    try_is_fine(try);
    assert_true(try->flow->nodes[1].disabled);
    try_graph(try,
              MANUAL("t") ",{\"id\":\"s\",\"type\":\"branch.switch\",\"disabled\":true,\"config\":"
                          "{\"cases\":[]}}",
              EDGE("t", "s"));
    assert_null(try->flow);
    try_says(try, "/nodes/1/disabled: branch.switch has no exit to pass its input on by");
    try_graph(try,
              MANUAL("t") ",{\"id\":\"s\",\"type\":\"branch.switch\",\"on_error\":\"continue\","
                          "\"config\":{\"cases\":[]}}",
              EDGE("t", "s"));
    try_says(try, "/nodes/1/on_error: branch.switch has no exit to continue by");
    try_graph(try, "{\"id\":\"t\",\"type\":\"trigger.manual\",\"disabled\":true}", "");
    assert_non_null(try->flow);
    try_says(try, "/nodes: warning: all triggers are disabled: no event starts this flow");
}

static void one_way_leads_to_one_trigger(void **state)
{
    struct try *try = *state;

    try_graph(
        try,
        HOOK("a", "POST", "pay", "accepted") "," HOOK("b", "post", "pay", "accepted") "," HOOK(
            "c", "PUT", "pay", "accepted") "," HOOK("d", "POST", "other", "accepted"),
        "");
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 1);
    try_says(try, "/nodes/1: post pay is the way to \"a\" already; choose another path");
}

static void an_answer_that_nobody_waits_for_is_told(void **state)
{
    struct try *try = *state;

    try_graph(try, HOOK("t", "POST", "p", "accepted") "," RESPOND("a"), EDGE("t", "a"));
    assert_non_null(try->flow);
    assert_int_equal(try->faults.count, 1);
    try_says(try, "/nodes/1: warning: nobody waits for this answer");
    try_graph(try, HOOK("t", "POST", "p", "result") "," RESPOND("a"), EDGE("t", "a"));
    try_is_fine(try);
    try_graph(try, MANUAL("t") "," RESPOND("a"), EDGE("t", "a"));
    try_is_fine(try);
    try_graph(try, HOOK("t", "POST", "p", "accepted") "," MANUAL("u") "," RESPOND("a"),
              EDGE("t", "a") "," EDGE("u", "a"));
    try_is_fine(try);
}

/* ---- Connections */

#define POST(id, connection) \
    "{\"id\":\"" id "\",\"type\":\"connector.dynamics365.create_payment_journal\"" connection "}"

static void compile_post(struct try *try, const char *post, const char *parts)
{
    struct buf text;

    buf_init(&text, 10000);
    buf_addf(
        &text,
        "{\"weft\":1,\"name\":\"x\",\"nodes\":[" MANUAL("t") ",%s],\"edges\":[" EDGE("t", "p") "]}",
        post);
    try_compile(try, buf_text(&text), parts);
    buf_fini(&text);
}

static void a_connection_is_one_of_those_there_are(void **state)
{
    struct try *try = *state;
    static const char parts[] =
        "{\"connections\":{\"weft\":1,\"connections\":{\"erp\":{\"connector\":\"dynamics365\"},"
        "\"shop\":{\"connector\":\"http\",\"base_url\":\"https://shop.example\"}}}}";

    compile_post(try, POST("p", ",\"connection\":\"erp\""), parts);
    try_is_fine(try);
    compile_post(try, POST("p", ",\"connection\":\"epr\""), parts);
    try_says(try, "/nodes/1/connection: there is no connection \"epr\"; did you mean \"erp\"?");
    compile_post(try, POST("p", ",\"connection\":\"ledger\""), parts);
    try_says(try, "there is no connection \"ledger\"; there is \"erp\", \"shop\"");
    compile_post(try, POST("p", ",\"connection\":\"shop\""), parts);
    try_says(try, "/nodes/1/connection: connector.dynamics365.create_payment_journal needs a "
                  "connection of dynamics365, but \"shop\" is one of http");
    compile_post(try, POST("p", ",\"connection\":\"any\""), NULL);
    try_is_fine(try);
    compile_post(try, POST("p", ""), NULL);
    assert_null(try->flow);
    try_says(try, "/nodes/1: \"connection\" is missing: "
                  "connector.dynamics365.create_payment_journal works through a connection");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY(a_flow_needs_a_trigger),
        TRY(an_event_begins_at_the_trigger),
        TRY(what_cannot_be_reached_never_runs),
        TRY(a_circle_is_shown),
        TRY(a_diamond_is_no_circle),
        TRY(a_long_circle_is_cut_short_in_the_message),
        TRY(an_edge_joins_what_there_is),
        TRY(a_port_that_is_not_there_gets_the_list),
        TRY(an_unwired_port_ends_its_path),
        TRY(two_cases_may_share_a_port),
        TRY(an_edge_stands_once),
        TRY(one_mistake_gives_one_fault),
        TRY(failures_leave_by_the_port_error_when_they_may),
        TRY(a_trigger_has_no_second_try),
        TRY(a_disabled_node_needs_an_exit),
        TRY(one_way_leads_to_one_trigger),
        TRY(an_answer_that_nobody_waits_for_is_told),
        TRY(a_connection_is_one_of_those_there_are),
    };

    return cmocka_run_group_tests(tests, try_install, NULL);
}
