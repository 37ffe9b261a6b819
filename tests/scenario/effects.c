/* effects.c - what leaves, when, how often; retries, doubt, crashes at every moment of a call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "world/stage.h"

#define HOOK                                                                                     \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"verify\": " \
    "{\"type\": \"none\"}}}"
#define CALL(method, more)                                                                       \
    "{\"id\": \"post\", \"type\": \"connector.http\", \"config\": {\"method\": \"" method "\", " \
    "\"url\": \"http://127.0.0.1/erp\", \"body\": {\"n\": \"=trigger.body.n\"}" more "}, "       \
    "\"retry\": {\"attempts\": 3, \"initial\": \"1s\", \"jitter\": 0}}"
#define FLOW(call)                                                                           \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [" HOOK ", " call "], \"edges\": " \
    "[{\"from\": \"in\", \"to\": \"post\"}]}}"

static const struct fake_answer fine = { .status = 200, .body = "{\"ok\":true}" };
static const struct fake_answer reset = { .code = ERR_TRANSIENT };
static const struct fake_answer refused = { .code = ERR_TRANSIENT, .not_sent = true };
static const struct fake_answer fault = { .status = 500, .body = "{}" };

static void steps_are(const struct stage *stage, uint64_t run, const char *wanted)
{
    char steps[2000];

    stage_steps(stage, run, steps, sizeof steps);
    assert_string_equal(steps, wanted);
}

/* A GET has no body. */
static const char get_flow[] =
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [" HOOK ", {\"id\": \"post\", "
    "\"type\": \"connector.http\", \"config\": {\"url\": \"http://127.0.0.1/erp\"}, \"retry\": "
    "{\"attempts\": 3, \"initial\": \"1s\", \"jitter\": 0}}], \"edges\": [{\"from\": \"in\", "
    "\"to\": \"post\"}]}}";

/* Posts one event and settles; returns the run. */
static uint64_t play(struct stage *stage, const char *flow, const struct fake_answer *answers,
                     size_t count)
{
    uint64_t request;

    fake_http_script(stage_http(stage), "erp", answers, count);
    stage_deploy(stage, "t", flow);
    request = stage_post(stage, "x", "{\"n\": 12.50}");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 202);
    return stage_run_id(stage, request);
}

static void the_intent_is_durable_before_the_first_byte(void **state)
{
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t", FLOW(CALL("POST", "")));
    request = stage_post(stage, "x", "{\"n\": 12.50}");
    stage_turn(stage);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 0);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    assert_true(fake_http_sent(stage_http(stage), "erp", 0)->effect);
    assert_string_equal(fake_http_sent(stage_http(stage), "erp", 0)->body, "{\"n\":12.50}");
    stage_settle(stage);
    steps_are(stage, stage_run_id(stage, request), "post intent, post out");
    stage_free(stage);
}

static void an_intent_that_the_store_refuses_sends_nothing(void **state)
{
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t", FLOW(CALL("POST", "")));
    fake_store_refuse(stage_store(stage), ERR_STORE, 1);
    request = stage_post(stage, "x", "{\"n\": 1}");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 503);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 0);
    assert_int_equal(fake_store_runs(stage_store(stage)), 0); /* the run never was */
    stage_free(stage);
}

static void a_result_that_the_store_refuses_is_offered_again(void **state)
{
    struct stage *stage = stage_new();
    uint64_t request, run;

    (void)state;
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t", FLOW(CALL("POST", "")));
    request = stage_post(stage, "x", "{\"n\": 1}");
    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
    fake_store_refuse(stage_store(stage), ERR_STORE, 3);
    stage_settle(stage);
    run = stage_run_id(stage, request);
    assert_string_equal(stage_status(stage, run), "active");
    stage_wait(stage, 1000);
    stage_wait(stage, 1000);
    stage_wait(stage, 1000);
    assert_string_equal(stage_status(stage, run), "succeeded");
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    steps_are(stage, run, "post intent, post out");
    stage_free(stage);
}

static void what_was_provably_not_sent_is_tried_again(void **state)
{
    struct stage *stage = stage_new();
    const struct fake_answer answers[] = { refused, refused, fine };
    uint64_t run = play(stage, FLOW(CALL("POST", "")), answers, 3);

    (void)state;
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    stage_wait(stage, 999);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    stage_wait(stage, 1);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 2);
    stage_wait(stage, 1999); /* twice as long */
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 2);
    stage_wait(stage, 1);
    assert_string_equal(stage_status(stage, run), "succeeded");
    steps_are(stage, run,
              "post intent, post retry, post intent, post retry, post intent, post out");
    stage_free(stage);
}

static void retries_end_and_the_run_fails(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run = play(stage, FLOW(CALL("POST", "")), &refused, 1);

    (void)state;
    stage_wait(stage, 1000);
    stage_wait(stage, 2000);
    stage_wait(stage, 100000);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 3);
    assert_string_equal(stage_status(stage, run), "failed");
    stage_free(stage);
}

static void a_lost_answer_to_a_once_only_effect_is_in_doubt(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run = play(stage, FLOW(CALL("POST", "")), &reset, 1);

    (void)state;
    stage_wait(stage, 100000);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1); /* never repeated */
    assert_string_equal(stage_status(stage, run), "in_doubt");
    steps_are(stage, run, "post intent, post doubt, post task");
    stage_crash(stage); /* and it stays so over a restart */
    stage_wait(stage, 100000);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    assert_string_equal(stage_status(stage, run), "in_doubt");
    stage_free(stage);
}

static void a_server_fault_after_a_post_is_in_doubt(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run = play(stage, FLOW(CALL("POST", "")), &fault, 1);

    (void)state;
    assert_string_equal(stage_status(stage, run), "in_doubt");
    stage_free(stage);
}

static void a_put_is_repeated_and_a_keyed_post_with_the_same_key(void **state)
{
    struct stage *stage = stage_new();
    const struct fake_answer answers[] = { reset, fine };
    uint64_t run = play(stage, FLOW(CALL("PUT", "")), answers, 2);
    const char *first, *second;

    (void)state;
    stage_wait(stage, 1000);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 2);
    assert_string_equal(stage_status(stage, run), "succeeded");
    run = play(stage,
               FLOW(CALL("POST", ", \"effect\": \"keyed\", \"key_header\": \"Idempotency-Key\"")),
               answers, 2);
    stage_wait(stage, 1000);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 4);
    first = strstr(fake_http_sent(stage_http(stage), "erp", 2)->headers, "Idempotency-Key: ");
    second = strstr(fake_http_sent(stage_http(stage), "erp", 3)->headers, "Idempotency-Key: ");
    assert_non_null(first);
    assert_non_null(second);
    assert_memory_equal(first, second, strlen("Idempotency-Key: ") + 36);
    assert_string_equal(fake_http_sent(stage_http(stage), "erp", 2)->body,
                        fake_http_sent(stage_http(stage), "erp", 3)->body);
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_free(stage);
}

static void retry_after_is_obeyed(void **state)
{
    struct stage *stage = stage_new();
    const struct fake_answer busy = {
        .status = 429, .body = "{}", .header = "Retry-After", .value = "30"
    };
    const struct fake_answer answers[] = { busy, fine };
    uint64_t run = play(stage, get_flow, answers, 2);

    (void)state;
    stage_wait(stage, 29999);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    stage_wait(stage, 1);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 2);
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_free(stage);
}

/* The crash comes after `moves` moves of the outside; what follows must be
 * right whenever it was. */
static void crash_after(const char *flow, unsigned moves, bool may_repeat)
{
    struct stage *stage = stage_new();
    uint64_t request;
    unsigned i;
    size_t sent;

    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t", flow);
    request = stage_post(stage, "x", "{\"n\": 1}");
    for (i = 0; i < moves; i++) {
        stage_turn(stage);
        if (fake_store_commit(stage_store(stage)) == 0)
            fake_http_deliver(stage_http(stage));
    }
    stage_crash(stage);
    stage_settle(stage);
    sent = fake_http_count(stage_http(stage), "erp");
    if (stage_answer(stage, request)->status == 0) {
        /* never acknowledged: it never was, or it was kept whole and goes on by itself */
        if (fake_store_runs(stage_store(stage)) == 0)
            assert_true(sent == 0 || flow == get_flow); /* reading is no effect */
        else
            assert_true(may_repeat ? sent > 0 : sent <= 1);
    } else {
        const char *status = stage_status(stage, stage_run_id(stage, request));

        assert_int_equal(stage_answer(stage, request)->status, 202);
        if (may_repeat)
            assert_string_equal(status, "succeeded");
        else
            assert_true(sent == 1 &&
                        (strcmp(status, "succeeded") == 0 || strcmp(status, "in_doubt") == 0));
    }
    stage_free(stage);
}

static void a_crash_at_any_moment_loses_and_doubles_nothing(void **state)
{
    unsigned moves;

    (void)state;
    for (moves = 0; moves < 7; moves++) {
        crash_after(FLOW(CALL("POST", "")), moves, false);
        crash_after(FLOW(CALL("PUT", "")), moves, true);
        crash_after(get_flow, moves, true);
    }
}

static void a_retry_waits_on_over_a_crash(void **state)
{
    struct stage *stage = stage_new();
    const struct fake_answer answers[] = { refused, fine };
    uint64_t run = play(stage, FLOW(CALL("POST", "")), answers, 2);

    (void)state;
    stage_tick(stage, 400);
    stage_crash(stage);
    stage_wait(stage, 599);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    stage_wait(stage, 1);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 2);
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_intent_is_durable_before_the_first_byte),
        cmocka_unit_test(an_intent_that_the_store_refuses_sends_nothing),
        cmocka_unit_test(a_result_that_the_store_refuses_is_offered_again),
        cmocka_unit_test(what_was_provably_not_sent_is_tried_again),
        cmocka_unit_test(retries_end_and_the_run_fails),
        cmocka_unit_test(a_lost_answer_to_a_once_only_effect_is_in_doubt),
        cmocka_unit_test(a_server_fault_after_a_post_is_in_doubt),
        cmocka_unit_test(a_put_is_repeated_and_a_keyed_post_with_the_same_key),
        cmocka_unit_test(retry_after_is_obeyed),
        cmocka_unit_test(a_crash_at_any_moment_loses_and_doubles_nothing),
        cmocka_unit_test(a_retry_waits_on_over_a_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
