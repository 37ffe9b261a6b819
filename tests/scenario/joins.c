/* joins.c - how branches meet, what a failed one does to the others, and what a run may hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "world/stage.h"

#define HOOK                                                                                      \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"respond\": " \
    "\"accepted\", \"verify\": {\"type\": \"none\"}}}"
#define FLOW(settings, nodes, edges)                                                            \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {" settings "}, \"nodes\": [" HOOK \
    ", " nodes "], \"edges\": [" edges "]}}"
#define EDGE(from, to) "{\"from\": \"" from "\", \"to\": \"" to "\"}"
#define GET(id, more)                                                           \
    "{\"id\": \"" id "\", \"type\": \"connector.http\", \"config\": {\"url\": " \
    "\"http://127.0.0.1/" id "\"}" more "}"
#define MAP(id, more)                                                                              \
    "{\"id\": \"" id "\", \"type\": \"transform.map\", \"config\": {\"fields\": [{\"to\": \"v\", " \
    "\"from\": 1}]}" more "}"

static const struct fake_answer fine = { .status = 200, .body = "{}" };
static const struct fake_answer bad = { .status = 404, .body = "{}" };

static uint64_t play(struct stage *stage, const char *flow)
{
    uint64_t request;

    stage_deploy(stage, "t", flow);
    request = stage_post(stage, "x", "1");
    stage_settle(stage);
    return stage_run_id(stage, request);
}

/* "any" runs at the first edge taken, once; "all" waits for both. */
static void the_first_edge_is_enough_where_any_is_asked(void **state)
{
    static const char *const joins[] = { "any", "all" };
    static const char *const steps[] = { "a out, meet out, b out", "a out, b out, meet out" };

    (void)state;
    for (unsigned i = 0; i < 2; i++)
        for (unsigned crash = 0; crash < 6; crash++) {
            struct stage *stage = stage_new();
            char flow[2000], done[400];
            uint64_t request;

            fake_http_script(stage_http(stage), "/b", &fine, 1);
            snprintf(flow, sizeof flow,
                     FLOW("", MAP("a", "") ", " GET("b", "") ", " MAP("meet", ", \"join\": \"%s\""),
                          EDGE("in", "a") ", " EDGE("in", "b") ", " EDGE("a", "meet") ", " EDGE(
                              "b", "meet")),
                     joins[i]);
            stage_deploy(stage, "t", flow);
            request = stage_post(stage, "x", "1");
            stage_turn(stage);
            fake_store_commit(stage_store(stage));
            for (unsigned n = 0; n < crash; n++) {
                stage_turn(stage);
                if (n % 2 == 0)
                    fake_http_deliver(stage_http(stage));
                else
                    fake_store_commit(stage_store(stage));
            }
            stage_turn(stage);
            stage_crash(stage);
            stage_settle(stage);
            stage_steps(stage, stage_run_id(stage, request), done, sizeof done);
            assert_string_equal(done, steps[i]);
            assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "succeeded");
            stage_free(stage);
        }
}

/* What it ran with stays its input and all that it sees, though the branch whose edge stands first
 * brings its own before it is tried again: the key goes with the same bytes. So after a crash. */
static void what_was_first_stays_where_any_is_asked(void **state)
{
    static const struct fake_answer lost = { .code = ERR_TIMEOUT };
    static const struct {
        const char *body, *sent;
    } cases[] = {
        { "=input", "{\"v\":1}" },
        { "=steps.late == nil", "true" },
        { "=steps.late == nil and effect_at('late') == nil", "true" },
    };

    (void)state;
    for (unsigned nth = 0; nth < 2 * sizeof cases / sizeof *cases; nth++) {
        const unsigned crash = nth % 2;
        const char *body = cases[nth / 2].body;
        const struct fake_answer answers[] = { lost, fine };
        struct stage *stage = stage_new();
        const struct fake_sent *sent;
        uint64_t request;
        char flow[2000];

        fake_http_script(stage_http(stage), "/late", &fine, 1);
        fake_http_script(stage_http(stage), "/erp", answers, 2);
        snprintf(
            flow, sizeof flow,
            FLOW("",
                 GET("late", "") ", " MAP(
                     "first",
                     "") ", "
                         "{\"id\": \"meet\", \"join\": \"any\", \"type\": \"connector.http\", "
                         "\"config\": {\"method\": \"POST\", \"url\": \"http://127.0.0.1/erp\", "
                         "\"effect\": \"keyed\", \"key_header\": \"Idempotency-Key\", \"body\": "
                         "\"%s\"}, \"retry\": {\"attempts\": 3, \"initial\": \"1m\"}}",
                 EDGE("in", "late") ", " EDGE("in", "first") ", " EDGE("late", "meet") ", " EDGE(
                     "first", "meet")),
            body);
        stage_deploy(stage, "t", flow);
        request = stage_post(stage, "x", "1");
        stage_settle(stage);
        if (crash)
            stage_crash(stage);
        stage_wait(stage, 120000);
        assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "succeeded");
        assert_int_equal(fake_http_count(stage_http(stage), "/erp"), 2);
        for (unsigned i = 0; i < 2; i++) {
            sent = fake_http_sent(stage_http(stage), "/erp", i);
            assert_string_equal(sent->body, cases[nth / 2].sent);
        }
        stage_free(stage);
    }
}

static void the_other_branches_end_where_failures_are_collected(void **state)
{
    static const char *const failure[] = { "fast", "collect" };
    static const unsigned posts[] = { 0, 1 };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct stage *stage = stage_new();
        char flow[2000];
        uint64_t run;

        fake_http_script(stage_http(stage), "/bad", &bad, 1);
        fake_http_script(stage_http(stage), "/slow", &fine, 1);
        fake_http_script(stage_http(stage), "/after", &fine, 1);
        fake_http_script(stage_http(stage), "/never", &fine, 1);
        snprintf(
            flow, sizeof flow,
            FLOW("\"failure\": \"%s\"",
                 GET("bad", "") ", " GET("slow", "") ", " GET("after", "") ", " GET("never", ""),
                 EDGE("in", "bad") ", " EDGE("in", "slow") ", " EDGE("slow", "after") ", " EDGE(
                     "bad", "never")),
            failure[i]);
        run = play(stage, flow);
        assert_string_equal(stage_status(stage, run), "failed");
        assert_int_equal(fake_http_count(stage_http(stage), "/after"), posts[i]);
        assert_int_equal(fake_http_count(stage_http(stage), "/never"), 0);
        stage_free(stage);
    }
}

static void a_run_holds_no_more_than_its_budget(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    run = play(stage,
               FLOW("",
                    "{\"id\": \"big\", \"type\": \"branch.foreach\", \"config\": {\"items\": "
                    "\"=array{1}\", \"body\": {\"nodes\": [{\"id\": \"fill\", \"type\": "
                    "\"branch.repeat\", \"config\": {\"until\": \"=false\", \"limit\": 25, "
                    "\"body\": {\"nodes\": [{\"id\": \"text\", \"type\": \"transform.script\", "
                    "\"config\": {\"source\": \"return string.rep('x', 3000000)\"}}], "
                    "\"edges\": []}}}], \"edges\": []}, \"collect\": \"=1\"}}",
                    EDGE("in", "big")));
    assert_string_equal(stage_status(stage, run), "succeeded"); /* what is over is not held */
    run =
        play(stage, FLOW("",
                         "{\"id\": \"big\", \"type\": \"branch.foreach\", \"config\": "
                         "{\"parallel\": 100, \"items\": \"=steps.list\", \"body\": {\"nodes\": "
                         "[{\"id\": \"text\", \"type\": \"transform.script\", \"config\": "
                         "{\"source\": \"return string.rep('x', 3000000)\"}}, {\"id\": \"wait\", "
                         "\"type\": \"branch.wait\", \"config\": {\"for\": \"1h\"}}], \"edges\": "
                         "[{\"from\": \"text\", \"to\": \"wait\"}]}}}, {\"id\": \"list\", "
                         "\"type\": \"transform.script\", \"config\": {\"source\": \"local t = {} "
                         "for i = 1, 40 do t[i] = i end return t\"}}",
                         EDGE("in", "list") ", " EDGE("list", "big")));
    assert_string_equal(stage_status(stage, run), "failed");
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_edge_is_enough_where_any_is_asked),
        cmocka_unit_test(what_was_first_stays_where_any_is_asked),
        cmocka_unit_test(the_other_branches_end_where_failures_are_collected),
        cmocka_unit_test(a_run_holds_no_more_than_its_budget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
