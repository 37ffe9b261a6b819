/* cancels.c - runs that are cancelled: before their turn, in the middle of a loop. Nothing new
 * begins, what has left is seen to its end, over crashes, too. */
#include "cancel_try.h"

/* ---- Before its turn */

static void a_run_is_cancelled_before_its_turn(void **state)
{
    struct stage *stage = stage_new();
    uint64_t first, second, third;

    (void)state;
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t",
                 FLOW("\"order_by\": \"=trigger.body\"", HOOK ", " WAIT("1h") ", " PUT,
                      EDGE("in", "wait") ", " EDGE("wait", "put")));
    first = post(stage, "\"a\"");
    second = post(stage, "\"a\"");
    third = post(stage, "\"a\"");
    status_is(stage, second, "active");
    cancel(stage, second);
    stage_settle(stage);
    status_is(stage, second, "cancelled"); /* it need not have its turn */
    status_is(stage, first, "waiting");
    stage_crash(stage);
    stage_settle(stage);
    cancel(stage, third);
    stage_settle(stage);
    status_is(stage, third, "cancelled");
    stage_wait(stage, 3600000);
    status_is(stage, first, "succeeded");
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    stage_free(stage);
}

/* One that was woken and waits for a place: what is decided then is durable, its row goes on
 * waiting, and after a crash it is taken up at once. */
static void what_is_decided_before_a_place_is_free_is_kept(void **state)
{
    static const char *const roles[] = { "clerk" };

    (void)state;
    for (unsigned crash = 0; crash < 2; crash++) {
        struct stage *stage = stage_new();
        enum err_code stored = ERR_COUNT;
        struct engine_decision d = {
            .step = "ask", .port = "pay", .by = "ann", .roles = roles, .role_count = 1
        };
        struct err e;

        fake_http_script(stage_http(stage), "erp", &fine, 1);
        stage_deploy(
            stage, "t",
            FLOW("\"concurrency\": 1",
                 HOOK ", {\"id\": \"asks\", \"type\": \"branch.filter\", \"config\": {\"when\": "
                      "\"=trigger.body\"}}, {\"id\": \"ask\", \"type\": \"branch.review\", "
                      "\"config\": {\"title\": \"Pay?\", \"ports\": [{\"port\": \"pay\"}]}}, " PUT,
                 EDGE("in", "asks") ", " EDGE(
                     "asks", "ask") ", "
                                    "{\"from\": \"asks\", \"port\": \"rejected\", \"to\": "
                                    "\"put\"}, {\"from\": "
                                    "\"ask\", \"port\": \"pay\", \"to\": \"put\"}"));
        d.run = post(stage, "true");
        status_is(stage, d.run, "waiting");
        stage_post(stage, "x", "false");
        for (unsigned i = 0; i < 2; i++) {
            stage_turn(stage);
            fake_store_commit(stage_store(stage));
        }
        stage_turn(stage);
        assert_int_equal(fake_http_open(stage_http(stage)), 1); /* the place is taken */
        assert_int_equal(engine_decide(stage_engine(stage), &d, noted, &stored, &e), ERR_OK);
        stage_turn(stage);
        fake_store_commit(stage_store(stage));
        stage_turn(stage);
        assert_int_equal(stored, ERR_OK);
        status_is(stage, d.run, "waiting");
        if (crash == 1)
            stage_crash(stage);
        stage_settle(stage);
        status_is(stage, d.run, "succeeded");
        assert_int_equal(engine_runs(stage_engine(stage)), 0);
        stage_free(stage);
    }
}

/* ---- In a loop */

static void an_iteration_in_doubt_outlives_the_cancelling_and_a_crash(void **state)
{
    static const char *const roles[] = { "any" };
    struct stage *stage = stage_new();
    enum err_code stored = ERR_COUNT;
    struct engine_decision d = { .step = "each[1]/post",
                                 .port = "fail",
                                 .by = "ann",
                                 .roles = roles,
                                 .role_count = 1,
                                 .reason = "not there" };
    struct err e;

    (void)state;
    fake_http_script(stage_http(stage), "once", &cut, 1);
    stage_deploy(stage, "t",
                 FLOW("",
                      HOOK ", {\"id\": \"each\", \"type\": \"branch.foreach\", \"config\": "
                           "{\"items\": \"=trigger.body\", \"body\": {\"nodes\": [" POST(
                               "post") "], \"edges\": []}}}",
                      EDGE("in", "each")));
    d.run = post(stage, "[1, 2, 3]");
    status_is(stage, d.run, "in_doubt");
    cancel(stage, d.run);
    stage_crash(stage); /* the loop is cancelled before it has asked for its items again */
    stage_settle(stage);
    stage_wait(stage, 20000);
    status_is(stage, d.run, "in_doubt");
    assert_int_equal(facts(stage, FACT_TASK), 1);
    assert_int_equal(engine_decide(stage_engine(stage), &d, noted, &stored, &e), ERR_OK);
    stage_settle(stage);
    status_is(stage, d.run, "cancelled");
    assert_int_equal(facts(stage, FACT_TASK), 0);
    assert_int_equal(fake_http_count(stage_http(stage), "once"), 1);
    stage_free(stage);
}

/* What a crash cut short is in doubt, though its run is cancelled before it goes on. */
static void an_open_intent_is_no_step_passed_over(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    fake_http_script(stage_http(stage), "gw", &fine, 1);
    stage_deploy(stage, "t",
                 FLOW("\"concurrency\": 1",
                      HOOK ", {\"id\": \"pay\", \"type\": \"connector.http\", \"config\": "
                           "{\"method\": \"POST\", \"effect\": \"keyed\", \"key_header\": "
                           "\"Idempotency-Key\", \"url\": \"http://127.0.0.1/gw\"}}",
                      EDGE("in", "pay")));
    run = stage_post(stage, "x", "1");
    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
    assert_int_equal(fake_http_open(stage_http(stage)), 1);
    run = stage_run_id(stage, run);
    stage_crash(stage);
    cancel(stage, run);
    stage_settle(stage);
    status_is(stage, run, "in_doubt");
    assert_int_equal(facts(stage, FACT_TASK), 1);
    assert_int_equal(fake_http_count(stage_http(stage), "gw"), 1);
    stage_free(stage);
}

/* Its letters need not be of one byte: what of it fits the run's end is cut between two. */
static void the_reason_may_be_long_and_in_any_language(void **state)
{
    char reason[600] = "x";
    struct stage *stage = stage_new();
    enum err_code stored = ERR_COUNT;
    uint64_t run;
    struct err e;

    (void)state;
    for (size_t i = 1; i + 2 < sizeof reason; i += 2)
        memcpy(reason + i, "\xc3\xa9", 3);
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(
        stage, "t",
        FLOW("", HOOK ", " WAIT("1h") ", " PUT, EDGE("in", "wait") ", " EDGE("wait", "put")));
    run = post(stage, "{}");
    assert_int_equal(engine_cancel(stage_engine(stage), run, "ann", reason, noted, &stored, &e),
                     ERR_OK);
    stage_settle(stage);
    assert_int_equal(stored, ERR_OK);
    status_is(stage, run, "cancelled");
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_cancelled_before_its_turn),
        cmocka_unit_test(the_reason_may_be_long_and_in_any_language),
        cmocka_unit_test(what_is_decided_before_a_place_is_free_is_kept),
        cmocka_unit_test(an_iteration_in_doubt_outlives_the_cancelling_and_a_crash),
        cmocka_unit_test(an_open_intent_is_no_step_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
