/* routes.c - the one rule of order and joins, the exits of errors, and what the caller is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "world/stage.h"

#define HOOK(respond)                                                                \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", " \
    "\"respond\": \"" respond "\", \"verify\": {\"type\": \"none\"}}}"
#define MAP(id, from)                                                                              \
    "{\"id\": \"" id "\", \"type\": \"transform.map\", \"config\": {\"fields\": [{\"to\": \"v\", " \
    "\"from\": \"" from "\"}]}}"
#define EDGE(from, to) "{\"from\": \"" from "\", \"to\": \"" to "\"}"
#define EDGE_PORT(from, port, to) \
    "{\"from\": \"" from "\", \"port\": \"" port "\", \"to\": \"" to "\"}"
#define FLOW(nodes, edges) \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [" nodes "], \"edges\": [" edges "]}}"

static void steps_are(const struct stage *stage, uint64_t run, const char *wanted)
{
    char steps[2000];

    stage_steps(stage, run, steps, sizeof steps);
    assert_string_equal(steps, wanted);
}

static void a_chain_answers_with_its_last_output(void **state)
{
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    stage_deploy(
        stage, "t",
        FLOW(HOOK("result") ", " MAP("a", "=trigger.body.n + 1") ", " MAP("b", "=steps.a.v * 2"),
             EDGE("in", "a") ", " EDGE("a", "b")));
    request = stage_post(stage, "x", "{\"n\": 20}");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 200);
    assert_string_equal(stage_answer(stage, request)->body, "{\"v\":42}");
    assert_int_equal(fake_store_commits(stage_store(stage)),
                     1); /* pure steps: one commit, one answer */
    stage_free(stage);
}

static void nothing_is_answered_before_the_commit(void **state)
{
    struct stage *stage = stage_new();
    uint64_t accepted, result;

    (void)state;
    stage_deploy(stage, "t", FLOW(HOOK("accepted") ", " MAP("a", "=1"), EDGE("in", "a")));
    accepted = stage_post(stage, "x", "{}");
    stage_turn(stage);
    assert_int_equal(stage_answer(stage, accepted)->status, 0);
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, accepted)->status, 202);
    assert_string_equal(stage_status(stage, stage_run_id(stage, accepted)), "succeeded");
    stage_deploy(stage, "t", FLOW(HOOK("result") ", " MAP("a", "=1"), EDGE("in", "a")));
    result = stage_post(stage, "x", "{}");
    stage_turn(stage);
    assert_int_equal(stage_answer(stage, result)->status, 0);
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, result)->status, 200);
    stage_free(stage);
}

static void branches_join_and_untaken_ones_are_passed_over(void **state)
{
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    stage_deploy(
        stage, "t",
        FLOW(HOOK("accepted") ", "
                              "{\"id\": \"sw\", \"type\": \"branch.switch\", \"config\": "
                              "{\"cases\": ["
                              "{\"port\": \"big\", \"when\": \"=trigger.body.n > 10\"}, {\"port\": "
                              "\"odd\", \"when\": "
                              "\"=trigger.body.n % 2 == 1\"}], \"else\": \"other\"}}, " MAP(
                                  "big", "=1") ", " MAP("odd",
                                                        "=2") ", " MAP("odd2",
                                                                       "=3") ", " MAP("join",
                                                                                      "=input.v"),
             EDGE("in", "sw") ", " EDGE_PORT("sw", "big", "big") ", " EDGE_PORT(
                 "sw", "odd", "odd") ", " EDGE("odd", "odd2") ", " EDGE("big",
                                                                        "join") ", " EDGE("odd2",
                                                                                          "join")));
    request = stage_post(stage, "x", "{\"n\": 12}");
    stage_settle(stage);
    steps_are(stage, stage_run_id(stage, request), "sw big, big out, join out");
    request = stage_post(stage, "x", "{\"n\": 7}");
    stage_settle(stage);
    steps_are(stage, stage_run_id(stage, request), "sw odd, odd out, odd2 out, join out");
    request = stage_post(stage, "x", "{\"n\": 2}");
    stage_settle(stage);
    steps_are(stage, stage_run_id(stage, request),
              "sw other"); /* an exit that leads nowhere ends its path */
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "succeeded");
    stage_free(stage);
}

static void parallel_branches_run_once_each_and_join_once(void **state)
{
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    stage_deploy(stage, "t",
                 FLOW(HOOK("result") ", " MAP("a", "=1") ", " MAP("b", "=2") ", " MAP(
                          "c", "=3") ", " MAP("sum", "=steps.a.v + steps.b.v + steps.c.v"),
                      EDGE("in", "a") ", " EDGE("in", "b") ", " EDGE("in", "c") ", " EDGE(
                          "a", "sum") ", " EDGE("b", "sum") ", " EDGE("c", "sum")));
    request = stage_post(stage, "x", "{}");
    stage_settle(stage);
    assert_string_equal(stage_answer(stage, request)->body, "{\"v\":6}");
    stage_free(stage);
}

static void a_rule_that_fails_names_its_place_and_fails_the_run(void **state)
{
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    stage_deploy(
        stage, "t",
        FLOW(HOOK("result") ", " MAP("a", "=trigger.body.amount.value") ", " MAP("b", "=1"),
             EDGE("in", "a") ", " EDGE("a", "b")));
    request = stage_post(stage, "x", "{\"amuont\": 1}");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 500);
    assert_non_null(strstr(stage_answer(stage, request)->body, "\"kind\":\"rule\""));
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "failed");
    steps_are(stage, stage_run_id(stage, request), "a failed");
    stage_free(stage);
}

static void on_error_routes_and_continues(void **state)
{
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    stage_deploy(
        stage, "t",
        FLOW(HOOK("result") ", {\"id\": \"a\", \"type\": \"transform.script\", \"on_error\": "
                            "\"route\", "
                            "\"config\": {\"source\": \"error('no such customer')\"}}, " MAP(
                                "ok", "=1") ", " MAP("told", "=input.kind .. '/' .. input.step"),
             EDGE("in", "a") ", " EDGE("a", "ok") ", " EDGE_PORT("a", "error", "told")));
    request = stage_post(stage, "x", "{}");
    stage_settle(stage);
    assert_string_equal(stage_answer(stage, request)->body, "{\"v\":\"rule/a\"}");
    stage_deploy(
        stage, "t",
        FLOW(HOOK("result") ", {\"id\": \"a\", \"type\": \"transform.script\", \"on_error\": "
                            "\"continue\", "
                            "\"config\": {\"source\": \"error('no such customer')\"}}, " MAP(
                                "on", "=steps.a.kind"),
             EDGE("in", "a") ", " EDGE("a", "on")));
    request = stage_post(stage, "x", "{}");
    stage_settle(stage);
    assert_string_equal(stage_answer(stage, request)->body, "{\"v\":\"rule\"}");
    stage_free(stage);
}

static void respond_says_what_the_caller_hears(void **state)
{
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    stage_deploy(
        stage, "t",
        FLOW(HOOK("result") ", " MAP(
                 "a",
                 "=100.10 + 0") ", "
                                "{\"id\": \"say\", \"type\": \"connector.respond\", \"config\": "
                                "{\"status\": 201, "
                                "\"headers\": {\"X-Total\": \"=tostring(trigger.body.total)\"}, "
                                "\"body\": {\"total\": \"=trigger.body.total\", \"id\": "
                                "\"=trigger.body.id\"}}}, " MAP("after", "=2"),
             EDGE("in", "a") ", " EDGE("a", "say") ", " EDGE("say", "after")));
    request = stage_post(stage, "x", "{\"total\": 100.10, \"id\": 9223372036854775807}");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 201);
    assert_string_equal(stage_answer(stage, request)->body,
                        "{\"total\":100.10,\"id\":9223372036854775807}");
    assert_non_null(strstr(stage_answer(stage, request)->headers, "X-Total: 100.10\n"));
    stage_free(stage);
}

static void a_caller_waits_a_minute_and_then_gets_the_runs_id(void **state)
{
    static const struct fake_answer late = { .status = 200, .body = "{}" };
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    fake_http_script(stage_http(stage), "slow", &late, 1);
    stage_deploy(
        stage, "t",
        FLOW(
            HOOK(
                "result") ", {\"id\": \"get\", \"type\": \"connector.http\", \"config\": {\"url\": "
                          "\"http://127.0.0.1/slow\"}}",
            EDGE("in", "get")));
    request = stage_post(stage, "x", "{}");
    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
    assert_int_equal(stage_answer(stage, request)->status, 0);
    stage_wait(stage, 0);
    assert_int_equal(stage_answer(stage, request)->status, 200);
    request = stage_post(stage, "x", "{}");
    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_tick(stage, 60001);
    stage_turn(stage);
    assert_int_equal(stage_answer(stage, request)->status, 202);
    stage_settle(stage); /* the run itself goes on */
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "succeeded");
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_answers_with_its_last_output),
        cmocka_unit_test(nothing_is_answered_before_the_commit),
        cmocka_unit_test(branches_join_and_untaken_ones_are_passed_over),
        cmocka_unit_test(parallel_branches_run_once_each_and_join_once),
        cmocka_unit_test(a_rule_that_fails_names_its_place_and_fails_the_run),
        cmocka_unit_test(on_error_routes_and_continues),
        cmocka_unit_test(respond_says_what_the_caller_hears),
        cmocka_unit_test(a_caller_waits_a_minute_and_then_gets_the_runs_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
