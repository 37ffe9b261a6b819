/* loops.c - bodies: order, limits, failures inside, and crashes at any moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "world/stage.h"

#define HOOK(respond)                                                                             \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"respond\": " \
    "\"" respond "\", \"verify\": {\"type\": \"none\"}}}"
#define FLOW(settings, nodes, edges)                                                             \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {" settings "}, \"nodes\": [" nodes \
    "], \"edges\": [" edges "]}}"
#define EDGE(from, to) "{\"from\": \"" from "\", \"to\": \"" to "\"}"
#define EACH(more, body)                                                         \
    "{\"id\": \"lines\", \"type\": \"branch.foreach\", \"config\": {\"items\": " \
    "\"=trigger.body\"" more ", \"body\": {\"nodes\": [" body "], \"edges\": []}}}"
#define TWICE                                                                                     \
    "{\"id\": \"twice\", \"type\": \"transform.map\", \"config\": {\"fields\": [{\"to\": \"n\", " \
    "\"from\": \"=item * 2\"}, {\"to\": \"i\", \"from\": \"=index\"}]}}"
#define PUT                                                                                       \
    "{\"id\": \"put\", \"type\": \"connector.http\", \"config\": {\"method\": \"PUT\", \"url\": " \
    "\"='http://127.0.0.1/erp/' .. tostring(item)\"}, \"retry\": {\"attempts\": 3, \"initial\": " \
    "\"1s\", "                                                                                    \
    "\"jitter\": 0}}"

static void a_loop_gives_its_results_in_order(void **state)
{
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    stage_deploy(
        stage, "t",
        FLOW("", HOOK("result") ", " EACH(", \"parallel\": 3", TWICE), EDGE("in", "lines")));
    request = stage_post(stage, "x", "[1, 2.50, 3, 4, 5]");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 200);
    assert_string_equal(
        stage_answer(stage, request)->body,
        "[{\"n\":2,\"i\":1},{\"n\":5.00,\"i\":2},{\"n\":6,\"i\":3},{\"n\":8,\"i\":4},"
        "{\"n\":10,\"i\":5}]");
    request = stage_post(stage, "x", "[]");
    stage_settle(stage);
    assert_string_equal(stage_answer(stage, request)->body, "[]");
    stage_free(stage);
}

static void what_is_no_list_is_refused(void **state)
{
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    stage_deploy(stage, "t", FLOW("", HOOK("result") ", " EACH("", TWICE), EDGE("in", "lines")));
    request = stage_post(stage, "x", "{\"a\": 1}");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 500);
    assert_non_null(strstr(stage_answer(stage, request)->body, "invalid"));
    stage_free(stage);
}

static void a_failure_inside_fails_the_loop_or_is_collected(void **state)
{
    static const struct fake_answer bad = { .status = 400, .body = "{}" };
    static const struct fake_answer fine = { .status = 200, .body = "{}" };
    const struct fake_answer answers[] = { fine, bad, fine };
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    fake_http_script(stage_http(stage), "erp", answers, 3);
    stage_deploy(stage, "t", FLOW("", HOOK("result") ", " EACH("", PUT), EDGE("in", "lines")));
    request = stage_post(stage, "x", "[1, 2, 3]");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 500);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 2); /* the third never begins */
    fake_http_script(stage_http(stage), "erp", answers, 3);
    stage_deploy(stage, "t",
                 FLOW("",
                      HOOK("result") ", " EACH(", \"errors\": \"collect\", \"collect\": "
                                               "\"=steps.put.status\"",
                                               PUT),
                      EDGE("in", "lines")));
    request = stage_post(stage, "x", "[1, 2, 3]");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 200);
    assert_non_null(strstr(stage_answer(stage, request)->body, "[200,{\"error\":{\"kind\":"));
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 5);
    stage_free(stage);
}

/* Crashes after every commit: each item is put at least once and every run ends. */
static void a_loop_goes_on_after_a_crash(void **state)
{
    static const struct fake_answer fine = { .status = 200, .body = "{\"ok\": true}" };

    (void)state;
    for (unsigned parallel = 1; parallel <= 3; parallel++)
        for (unsigned crash = 0; crash < 24; crash++) {
            struct stage *stage = stage_new();
            uint64_t request, run;
            char flow[2000];

            fake_http_script(stage_http(stage), "erp", &fine, 1);
            snprintf(flow, sizeof flow,
                     FLOW("",
                          HOOK("accepted") ", " EACH(", \"parallel\": %u, \"collect\": "
                                                     "\"=steps.put.status\"",
                                                     PUT),
                          EDGE("in", "lines")),
                     parallel);
            stage_deploy(stage, "t", flow);
            request = stage_post(stage, "x", "[11, 12, 13, 14, 15]");
            stage_turn(stage);
            fake_store_commit(stage_store(stage));
            stage_turn(stage);
            run = stage_run_id(stage, request);
            for (unsigned i = 0; i < crash; i++) {
                if (i % 2 == 0)
                    fake_store_commit(stage_store(stage));
                else
                    fake_http_deliver(stage_http(stage));
                stage_turn(stage);
            }
            stage_crash(stage);
            stage_settle(stage);
            stage_wait(stage, 100000);
            assert_string_equal(stage_status(stage, run), "succeeded");
            assert_in_range(fake_http_count(stage_http(stage), "erp"), 5, 5 + 3);
            stage_free(stage);
        }
}

/* What a body begins with has the item as its input, and passes it on unchanged: nothing of it
 * stands in the journal but that it is the same. */
static void an_item_that_was_passed_on_is_there_after_a_crash(void **state)
{
    static const struct fake_answer fine = { .status = 200, .body = "{}" };
    static const char *flow = FLOW(
        "\"totals\": [{\"name\": \"items\", \"left\": \"=decimal.sum(steps.lines, 'n')\", "
        "\"right\": 36}, {\"name\": \"passed\", \"left\": "
        "\"=decimal.sum(steps.lines, 'passed')\", \"right\": 36}]",
        HOOK("accepted") ", {\"id\": \"lines\", \"type\": \"branch.foreach\", \"config\": "
                         "{\"items\": \"=trigger.body\", \"parallel\": 2, \"collect\": \"={ n = "
                         "steps.first, passed = steps.second }\", \"body\": {\"nodes\": ["
                         "{\"id\": \"first\", \"type\": \"branch.filter\", \"config\": {\"when\": "
                         "\"=item > 0\"}}, {\"id\": \"second\", \"type\": \"branch.filter\", "
                         "\"config\": {\"when\": \"=item > 0\"}}, " PUT "], \"edges\": [" EDGE(
                             "first", "second") ", " EDGE("second", "put") "]}}}",
        EDGE("in", "lines"));

    (void)state;
    for (unsigned crash = 0; crash < 16; crash++) {
        struct stage *stage = stage_new();
        uint64_t request, run;

        fake_http_script(stage_http(stage), "erp", &fine, 1);
        stage_deploy(stage, "t", flow);
        request = stage_post(stage, "x", "[11, 12, 13]");
        stage_turn(stage);
        fake_store_commit(stage_store(stage));
        stage_turn(stage);
        run = stage_run_id(stage, request);
        for (unsigned i = 0; i < crash; i++) {
            if (i % 2 == 0)
                fake_store_commit(stage_store(stage));
            else
                fake_http_deliver(stage_http(stage));
            stage_turn(stage);
        }
        stage_crash(stage);
        stage_settle(stage);
        stage_wait(stage, 100000);
        assert_string_equal(stage_status(stage, run), "succeeded");
        stage_free(stage);
    }
}

static void a_loop_ends_by_its_word_or_its_limit(void **state)
{
#define REPEAT(until)                                                                           \
    "{\"id\": \"again\", \"type\": \"branch.repeat\", \"config\": {\"until\": \"" until         \
    "\", \"delay\": \"1h\", \"limit\": 4, \"body\": {\"nodes\": [{\"id\": \"look\", \"type\": " \
    "\"transform.map\", \"config\": {\"fields\": [{\"to\": \"n\", \"from\": \"=index\"}]}}], "  \
    "\"edges\": []}}}"
    struct stage *stage = stage_new();
    uint64_t request;
    char steps[2000];

    (void)state;
    stage_deploy(stage, "t",
                 FLOW("", HOOK("accepted") ", " REPEAT("=steps.look.n == 3"), EDGE("in", "again")));
    request = stage_post(stage, "x", "1");
    stage_settle(stage);
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "waiting");
    stage_wait(stage, 3600000);
    stage_crash(stage);
    stage_settle(stage);
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "waiting");
    stage_wait(stage, 3600000);
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "succeeded");
    stage_steps(stage, stage_run_id(stage, request), steps, sizeof steps);
    assert_string_equal(steps, "look out, again iteration, look out, again iteration, look out, "
                               "again iteration, again out");
    stage_deploy(stage, "t", FLOW("", HOOK("accepted") ", " REPEAT("=false"), EDGE("in", "again")));
    request = stage_post(stage, "x", "1");
    stage_settle(stage);
    for (unsigned i = 0; i < 3; i++)
        stage_wait(stage, 3600000);
    stage_steps(stage, stage_run_id(stage, request), steps, sizeof steps);
    assert_non_null(strstr(steps, "again exhausted"));
    stage_free(stage);
}

static void totals_must_hold(void **state)
{
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    stage_deploy(stage, "t",
                 FLOW("\"totals\": [{\"name\": \"sum\", \"left\": \"=trigger.body[1]\", \"right\": "
                      "\"=steps.lines[1].n\"}]",
                      HOOK("result") ", " EACH("", TWICE), EDGE("in", "lines")));
    request = stage_post(stage, "x", "[0.00]");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 200);
    request = stage_post(stage, "x", "[0.01]");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 500);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_gives_its_results_in_order),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(a_failure_inside_fails_the_loop_or_is_collected),
        cmocka_unit_test(a_loop_goes_on_after_a_crash),
        cmocka_unit_test(an_item_that_was_passed_on_is_there_after_a_crash),
        cmocka_unit_test(a_loop_ends_by_its_word_or_its_limit),
        cmocka_unit_test(totals_must_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
