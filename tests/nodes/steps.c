/* steps.c - what the nodes without a wire give: "transform.map", "transform.script",
 * "branch.switch", "branch.filter", "connector.respond", "trigger.manual". */
#include "node_run.h"

#define BODY \
    "{'id': 'T1', 'amount': 100.10, 'status': 'Approved', 'none': null, 'who': {'name': 'Ann'}}"
#define MAP(fields) "{'id': 'it', 'type': 'transform.map', 'config': {'fields': [" fields "]}}"
#define MAP_ON(base, fields) \
    "{'id': 'it', 'type': 'transform.map', 'config': {'base': " base ", 'fields': [" fields "]}}"
#define FIELD(to, from) "{'to': '" to "', 'from': " from "}"

static void test_map_builds_objects(void **state)
{
    (void)state;
    node_gives(
        MAP(FIELD("a", "'=trigger.body.amount'") ", " FIELD("b", "7") ", " FIELD("c", "'x'")), BODY,
        "{'a': 100.10, 'b': 7, 'c': 'x'}");
    node_gives(MAP(FIELD("a.b.c", "1") ", " FIELD("a.b.d", "2") ", " FIELD("a.e", "3")), BODY,
               "{'a': {'b': {'c': 1, 'd': 2}, 'e': 3}}");
    node_gives(MAP(FIELD("a\\\\.b", "1") ", " FIELD("a.b", "2")), BODY,
               "{'a.b': 1, 'a': {'b': 2}}");
    node_gives(MAP(FIELD("a", "{'x': '=trigger.body.id', 'y': [1, '=trigger.body.who']}")), BODY,
               "{'a': {'x': 'T1', 'y': [1, {'name': 'Ann'}]}}");
}

static void test_map_leaves_out_nil(void **state)
{
    (void)state;
    node_gives(MAP(FIELD("a", "'=nil'") ", " FIELD("b", "'=trigger.body.id'")), BODY,
               "{'b': 'T1'}");
    node_gives(MAP(FIELD("a.b", "'=nil'") ", " FIELD("c.d", "'=nil'") ", " FIELD("c.e", "1")), BODY,
               "{'c': {'e': 1}}");
    node_gives(MAP(FIELD("a", "'=nil'")), BODY, "{}");
    node_gives(MAP(FIELD("a", "null")), BODY, "{'a': null}");
}

static void test_map_starts_from_a_base(void **state)
{
    (void)state;
    node_gives(MAP_ON("'=trigger.body.who'", FIELD("name", "'Bob'") ", " FIELD("age", "7")), BODY,
               "{'name': 'Bob', 'age': 7}");
    node_gives(MAP_ON("{'a': {'x': 1, 'y': 2}, 'b': 3}", FIELD("a.y", "9") ", " FIELD("c.d", "4")),
               BODY, "{'a': {'x': 1, 'y': 9}, 'b': 3, 'c': {'d': 4}}");
    node_gives(MAP_ON("{'a': {'x': 1}}", FIELD("a.y", "'=nil'")), BODY, "{'a': {'x': 1}}");
    node_gives(MAP_ON("'=nil'", FIELD("a", "1")), BODY, "{'a': 1}");
    node_gives(MAP_ON("{'a': null}", FIELD("a.b", "1")), BODY, "{'a': {'b': 1}}");
    node_fails(MAP_ON("'=trigger.body.id'", FIELD("a", "1")), BODY, "invalid",
               "the base must be an object");
    node_fails(MAP_ON("{'a': 7}", FIELD("a.b", "1")), BODY, "invalid",
               "a must be an object to add fields to, but is: number");
}

/* What a map gives is its own: the base it started from stays as it was. */
static void test_map_does_not_change_its_base(void **state)
{
    struct stage *stage = stage_new();
    struct node_result result;

    (void)state;
    node_run_parts(
        stage, MAP_ON("'=trigger.body'", FIELD("who.name", "'Bob'")),
        "{'id': 'then', 'type': 'transform.map', 'config': {'fields': [" FIELD(
            "was", "'=trigger.body.who.name'") ", " FIELD("is", "'=steps.it.who.name'") "]}}",
        "{'from': 'it', 'to': 'then'}", NULL, BODY, &result);
    node_try_same(json_incref(result.output), "{'was': 'Ann', 'is': 'Bob'}");
    node_run_end(&result);
    stage_free(stage);
}

#define SCRIPT(config) "{'id': 'it', 'type': 'transform.script', 'config': {" config "}}"

static void test_script(void **state)
{
    (void)state;
    node_gives(SCRIPT("'source': 'return trigger.body.who'"), BODY, "{'name': 'Ann'}");
    node_gives(SCRIPT("'source': 'return input.name', 'input': '=trigger.body.who'"), BODY,
               "'Ann'");
    node_gives(SCRIPT("'source': 'return nil'"), BODY, "null");
    node_gives(SCRIPT("'source': 'return input.body.id'"), BODY, "'T1'");
}

#define SWITCH(config)   "{'id': 'it', 'type': 'branch.switch', 'config': {" config "}}"
#define CASE(port, when) "{'port': '" port "', 'when': " when "}"

static void switch_goes(const char *node, const char *port)
{
    struct stage *stage = stage_new();
    struct node_result result;
    char more[300], edges[200], wanted[100];

    snprintf(more, sizeof more,
             "{'id': 'then', 'type': 'transform.map', 'config': {'fields': [{'to': 'port', 'from': "
             "'%s'}, {'to': 'id', 'from': '=input.body.id'}]}}",
             port);
    snprintf(edges, sizeof edges, "{'from': 'it', 'port': '%s', 'to': 'then'}", port);
    snprintf(wanted, sizeof wanted, "{'port': '%s', 'id': 'T1'}", port);
    node_run_parts(stage, node, more, edges, NULL, BODY, &result);
    assert_int_equal(result.status, 200);
    node_try_same(json_incref(result.output), wanted);
    node_run_end(&result);
    stage_free(stage);
}

static void test_switch(void **state)
{
    (void)state;
    switch_goes(
        SWITCH("'cases': [" CASE("paid", "'=trigger.body.status == \\'Approved\\''") ", " CASE(
            "all", "true") "]"),
        "paid");
    switch_goes(SWITCH("'cases': [" CASE("paid", "'=nil'") ", " CASE(
                    "two", "'=trigger.body.id'") ", " CASE("all", "true") "]"),
                "two");
    switch_goes(
        SWITCH("'cases': [" CASE("paid", "false") ", " CASE("never", "'=false'") "], 'else': "
                                                                                 "'rest'"),
        "rest");
    switch_goes(SWITCH("'cases': [" CASE("all", "true") ", " CASE("broken", "'=error()'") "]"),
                "all");
    node_fails(SWITCH("'cases': [" CASE("paid", "'=false'") "]"), BODY, "invalid",
               "no case matched and there is no else");
}

static void test_filter(void **state)
{
    (void)state;
    switch_goes("{'id': 'it', 'type': 'branch.filter', 'config': {'when': '=trigger.body.id'}}",
                "out");
    switch_goes("{'id': 'it', 'type': 'branch.filter', 'config': {'when': '=trigger.body.none'}}",
                "rejected");
    switch_goes("{'id': 'it', 'type': 'branch.filter', 'config': {'when': false}}", "rejected");
}

static void answers(const char *config, int status, const char *body, const char *header)
{
    struct stage *stage = stage_new();
    struct node_result result;
    char node[500];

    snprintf(node, sizeof node, "{'id': 'it', 'type': 'connector.respond', 'config': {%s}}",
             config);
    node_run_parts(stage, node,
                   "{'id': 'then', 'type': 'transform.map', 'config': {'fields': [{'to': 'late', "
                   "'from': 1}]}}",
                   "{'from': 'it', 'to': 'then'}", NULL, BODY, &result);
    assert_int_equal(result.status, status);
    node_try_same(json_incref(result.output), body);
    if (header != NULL && strstr(result.headers, header) == NULL)
        fail_msg("no %s in %s", header, result.headers);
    node_run_end(&result);
    stage_free(stage);
}

static void test_respond(void **state)
{
    (void)state;
    answers("'body': {'id': '=trigger.body.id'}", 200, "{'id': 'T1'}", NULL);
    answers("'status': 201, 'body': 'x'", 201, "'x'", NULL);
    answers("'status': '=422', 'body': null", 422, "null", NULL);
    answers("'body': '=nil'", 200, "null", NULL);
    answers("'headers': {'X-Id': '=trigger.body.id'}, 'body': 1", 200, "1", "X-Id: T1\n");
    answers("'headers': {'Content-Type': 'text/plain'}, 'body': 'hello there'", 200,
            "'hello there'", "Content-Type: text/plain\n");
    node_fails("{'id': 'it', 'type': 'connector.respond', 'config': {'status': '=1000'}}", BODY,
               "invalid", "200 to 599");
    node_fails("{'id': 'it', 'type': 'connector.respond', 'config': {'headers': {'Host': '=1'}}}",
               BODY, "invalid", "by Weft itself");
}

/* By default it answers with the output of the node before it. */
static void test_respond_with_the_input(void **state)
{
    struct stage *stage = stage_new();
    struct node_result result;

    (void)state;
    node_run_parts(stage, MAP(FIELD("a", "1")), "{'id': 'say', 'type': 'connector.respond'}",
                   "{'from': 'it', 'to': 'say'}", NULL, BODY, &result);
    node_try_same(json_incref(result.output), "{'a': 1}");
    node_run_end(&result);
    stage_free(stage);
}

static void test_manual_start(void **state)
{
    struct stage *stage = stage_new();
    char *flow = node_try_text(
        "{'flow': {'weft': 1, 'name': 'Hand', 'nodes': [{'id': 'in', 'type': 'trigger.manual'}, "
        "{'id': 'it', 'type': 'transform.map', 'config': {'fields': [{'to': 'got', 'from': "
        "'=trigger.body.a'}]}}], 'edges': [{'from': 'in', 'to': 'it'}]}}");
    json_t *body = node_try_json("{'a': 1.50}");
    uint64_t run;
    struct err e;

    (void)state;
    stage_deploy(stage, "hand", flow);
    assert_int_equal(
        engine_start(stage_engine(stage), "main", "test", "hand", NULL, body, false, 1, &run, &e),
        ERR_OK);
    stage_settle(stage);
    assert_string_equal(stage_status(stage, run), "succeeded");
    assert_string_equal(stage_answer(stage, 1)->body, "{\"got\":1.50}");
    json_decref(body);
    mem_free(flow);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map_builds_objects),
        cmocka_unit_test(test_map_leaves_out_nil),
        cmocka_unit_test(test_map_starts_from_a_base),
        cmocka_unit_test(test_map_does_not_change_its_base),
        cmocka_unit_test(test_script),
        cmocka_unit_test(test_switch),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_respond),
        cmocka_unit_test(test_respond_with_the_input),
        cmocka_unit_test(test_manual_start),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
