/* replay.c - ended runs go on as new ones: what stands in, what is done again, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "engine/operate.h"
#include "world/stage.h"

#define HOOK                                                                                     \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"verify\": " \
    "{\"type\": \"none\"}}}"
#define FLOW(settings, nodes, edges)                                                             \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {" settings "}, \"nodes\": [" nodes \
    "], \"edges\": [" edges "]}}"
#define EDGE(from, to) "{\"from\": \"" from "\", \"to\": \"" to "\"}"
#define MAP(id, from)                                                                              \
    "{\"id\": \"" id "\", \"type\": \"transform.map\", \"config\": {\"fields\": [{\"to\": \"v\", " \
    "\"from\": \"" from "\"}]}}"
#define CALL(id, more)                                                                       \
    "{\"id\": \"" id "\", \"type\": \"connector.http\", \"config\": {\"method\": \"POST\", " \
    "\"url\": \"http://127.0.0.1/" id "\"" more "}}"
#define KEYED ", \"effect\": \"keyed\", \"key_header\": \"Idempotency-Key\""
/* pay (once), book (keyed), check (a rule that wants a number) */
#define PAY                                                                                      \
    FLOW("",                                                                                     \
         HOOK                                                                                    \
         ", " CALL("pay", "") ", " CALL("book", KEYED) ", " MAP("check", "=trigger.body.n + 1"), \
         EDGE("in", "pay") ", " EDGE("pay", "book") ", " EDGE("book", "check"))

static const struct fake_answer fine = { .status = 200, .body = "{\"ok\":true}" };
static const struct fake_answer declined = { .status = 422, .body = "{}" };

static void noted(void *arg, const struct err *e)
{
    *(enum err_code *)arg = e->code;
}

static uint64_t post(struct stage *stage, const char *body)
{
    uint64_t request = stage_post(stage, "x", body);

    stage_settle(stage);
    return stage_run_id(stage, request);
}

static struct replay asked(uint64_t run, const char *from)
{
    return (struct replay){ .run = run, .from = from, .by = "ann", .reason = "mended" };
}

/* Replays and lets everything settle; the new run. */
static uint64_t replays(struct stage *stage, const struct replay *ask)
{
    enum err_code stored = ERR_COUNT;
    struct err e;
    uint64_t run = 0;

    if (engine_replay(stage_engine(stage), ask, &run, noted, &stored, &e) != ERR_OK)
        fail_msg("%s", e.text);
    assert_int_equal(stored, ERR_COUNT); /* it waits for the commit */
    stage_settle(stage);
    assert_int_equal(stored, ERR_OK);
    return run;
}

static void refuses(struct stage *stage, const struct replay *ask, enum err_code code,
                    const char *part)
{
    enum err_code stored = ERR_COUNT;
    size_t runs = fake_store_runs(stage_store(stage));
    struct err e;
    uint64_t run = 0;

    assert_int_equal(engine_replay(stage_engine(stage), ask, &run, noted, &stored, &e), code);
    if (strstr(e.text, part) == NULL)
        fail_msg("wanted \"%s\", it says: %s", part, e.text);
    stage_settle(stage);
    assert_int_equal(stored, ERR_COUNT);
    assert_int_equal(fake_store_runs(stage_store(stage)), runs);
}

static void status_is(struct stage *stage, uint64_t run, const char *status)
{
    assert_string_equal(stage_status(stage, run), status);
}

static void key_of(struct stage *stage, size_t index, char key[64])
{
    const char *headers = fake_http_sent(stage_http(stage), "book", index)->headers;
    const char *at = strstr(headers, "Idempotency-Key: ");

    assert_non_null(at);
    snprintf(key, 64, "%.36s", at + strlen("Idempotency-Key: "));
}

static void it_goes_on_where_it_failed_with_another_input(void **state)
{
    struct stage *stage = stage_new();
    struct replay ask;
    json_t *body, *shown;
    uint64_t run, again;
    struct err e;

    (void)state;
    fake_http_script(stage_http(stage), "pay", &fine, 1);
    fake_http_script(stage_http(stage), "book", &fine, 1);
    stage_deploy(stage, "t", PAY);
    run = post(stage, "{\"n\": \"x\"}");
    status_is(stage, run, "failed");
    ask = asked(run, NULL);
    ask.body = body = json_pack("{s:i}", "n", 41);
    again = replays(stage, &ask);
    json_decref(body);
    status_is(stage, again, "succeeded");
    assert_int_equal(fake_http_count(stage_http(stage), "pay"), 1);
    assert_int_equal(fake_http_count(stage_http(stage), "book"), 1);
    shown = engine_show(fake_store_store(stage_store(stage)), again, &e);
    assert_string_equal(json_get_text(json_object_get(shown, "replay_of"), "reason"), "mended");
    assert_int_equal(json_array_size(json_object_get(shown, "steps")), 3);
    json_decref(shown);
    shown = engine_show(fake_store_store(stage_store(stage)), run, &e);
    assert_string_equal(json_get_text(json_object_get(shown, "settled"), "how"), "replayed");
    json_decref(shown);
    ask = asked(run, NULL);
    refuses(stage, &ask, ERR_CONFLICT, "replay that one");
    stage_free(stage);
}

static void what_was_done_once_is_not_done_again_unless_asked(void **state)
{
    struct stage *stage = stage_new();
    struct replay ask;
    json_t *plan;
    uint64_t run, again;
    struct err e;
    char first[64], second[64];

    (void)state;
    fake_http_script(stage_http(stage), "pay", &fine, 1);
    fake_http_script(stage_http(stage), "book", &fine, 1);
    stage_deploy(stage, "t", PAY);
    run = post(stage, "{\"n\": \"x\"}");
    ask = asked(run, "in");
    refuses(stage, &ask, ERR_POLICY, "step pay");
    plan = engine_replay_plan(stage_engine(stage), &ask, &e);
    assert_non_null(plan);
    assert_int_equal(json_array_size(json_object_get(plan, "repeats")), 1); /* book has its key */
    assert_int_equal(json_array_size(json_object_get(plan, "again")), 2);
    json_decref(plan);
    ask = asked(run, "book"); /* within the window of its key it is one effect */
    again = replays(stage, &ask);
    status_is(stage, again, "failed");
    assert_int_equal(fake_http_count(stage_http(stage), "pay"), 1);
    assert_int_equal(fake_http_count(stage_http(stage), "book"), 2);
    key_of(stage, 0, first);
    key_of(stage, 1, second);
    assert_string_equal(first, second);
    stage_wait(stage, 86400001);
    ask = asked(again, "book");
    refuses(stage, &ask, ERR_POLICY, "step book");
    ask = asked(again, "pay"); /* which the new run's journal knows, too */
    refuses(stage, &ask, ERR_POLICY, "step pay");
    ask.repeat_effects = true;
    replays(stage, &ask);
    assert_int_equal(fake_http_count(stage_http(stage), "pay"), 2);
    stage_free(stage);
}

static void keys_stay_over_a_crash(void **state)
{
    struct stage *stage = stage_new();
    const struct fake_answer answers[] = { declined, fine };
    struct replay ask;
    enum err_code stored = ERR_COUNT;
    uint64_t run, again;
    char first[64], second[64];
    struct err e;

    (void)state;
    fake_http_script(stage_http(stage), "pay", &fine, 1);
    fake_http_script(stage_http(stage), "book", answers, 2);
    stage_deploy(stage, "t", PAY);
    run = post(stage, "{\"n\": 1}");
    status_is(stage, run, "failed");
    ask = asked(run, NULL);
    assert_int_equal(engine_replay(stage_engine(stage), &ask, &again, noted, &stored, &e), ERR_OK);
    stage_turn(stage);
    stage_crash(stage); /* it never was */
    assert_int_equal(stored, ERR_OVERLOAD);
    assert_int_equal(fake_store_runs(stage_store(stage)), 1);
    assert_int_equal(engine_replay(stage_engine(stage), &ask, &again, noted, &stored, &e), ERR_OK);
    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_crash(stage);
    stage_settle(stage);
    status_is(stage, again, "succeeded");
    assert_int_equal(fake_http_count(stage_http(stage), "pay"), 1);
    assert_int_equal(fake_http_count(stage_http(stage), "book"), 2);
    key_of(stage, 0, first);
    key_of(stage, 1, second);
    assert_string_equal(first, second);
    stage_free(stage);
}

static void a_version_that_does_not_fit_is_refused(void **state)
{
    struct stage *stage = stage_new();
    struct replay ask;
    uint64_t run;

    (void)state;
    fake_http_script(stage_http(stage), "pay", &fine, 1);
    fake_http_script(stage_http(stage), "book", &fine, 1);
    stage_deploy(stage, "t", PAY);
    run = post(stage, "{\"n\": \"x\"}");
    ask = asked(run, NULL);
    stage_deploy(stage, "t",
                 FLOW("", HOOK ", " CALL("pay", "") ", " MAP("check", "=2"),
                      EDGE("in", "pay") ", " EDGE("pay", "check")));
    refuses(stage, &ask, ERR_INVALID, "no step \"book\"");
    stage_deploy(stage, "t",
                 FLOW("", HOOK ", " CALL("pay", "") ", " MAP("book", "=2"),
                      EDGE("in", "pay") ", " EDGE("pay", "book")));
    refuses(stage, &ask, ERR_INVALID, "is a transform.map");
    stage_deploy(stage, "t",
                 FLOW("", HOOK ", " CALL("pay", "") ", " MAP("new", "=1") ", " CALL("book", KEYED),
                      EDGE("in", "pay") ", " EDGE("pay", "new") ", " EDGE("new", "book")));
    refuses(stage, &ask, ERR_INVALID, "has not reached");
    ask.from = "nowhere";
    refuses(stage, &ask, ERR_INVALID, "no step \"nowhere\"");
    ask.from = NULL;
    stage_deploy(stage, "t",
                 FLOW("",
                      HOOK ", " CALL("pay", "") ", " CALL("book", KEYED) ", " MAP("check", "=2"),
                      EDGE("in", "pay") ", " EDGE("pay", "book") ", " EDGE("book", "check")));
    status_is(stage, replays(stage, &ask), "succeeded"); /* the mended one */
    assert_int_equal(fake_http_count(stage_http(stage), "pay"), 1);
    stage_free(stage);
}

static void its_own_version_is_there_still(void **state)
{
    struct stage *stage = stage_new();
    struct replay ask;
    uint64_t run;
    json_t *body;

    (void)state;
    stage_deploy(stage, "t", FLOW("", HOOK ", " MAP("a", "=trigger.body.n + 1"), EDGE("in", "a")));
    run = post(stage, "{\"n\": \"x\"}");
    stage_deploy(stage, "t", FLOW("", HOOK ", " MAP("b", "=trigger.body.n + 1"), EDGE("in", "b")));
    ask = asked(run, NULL);
    ask.own_version = true;
    ask.body = body = json_pack("{s:i}", "n", 1);
    status_is(stage, replays(stage, &ask), "succeeded");
    json_decref(body);
    stage_free(stage);
}

static void a_loop_goes_on_at_the_line_that_failed(void **state)
{
    struct stage *stage = stage_new();
    const struct fake_answer answers[] = { fine, fine, declined, fine };
    struct replay ask;
    uint64_t run, again;
    json_t *shown, *steps;
    struct err e;

    (void)state;
    fake_http_script(stage_http(stage), "line", answers, 4);
    stage_deploy(
        stage, "t",
        FLOW("",
             HOOK
             ", {\"id\": \"lines\", \"type\": \"branch.foreach\", \"config\": "
             "{\"items\": \"=trigger.body\", \"body\": {\"nodes\": [" MAP("a", "=item") ", " CALL(
                 "line", "") "], \"edges\": [" EDGE("a", "line") "]}}}, " MAP("sum", "=1"),
             EDGE("in", "lines") ", " EDGE("lines", "sum")));
    run = post(stage, "[1,2,3,4]");
    status_is(stage, run, "failed");
    assert_int_equal(fake_http_count(stage_http(stage), "line"), 3);
    ask = asked(run, "lines[1]/line");
    refuses(stage, &ask, ERR_POLICY, "1 effects");
    ask = asked(run, "lines");
    refuses(stage, &ask, ERR_POLICY, "2 effects");
    ask = asked(run, NULL);
    again = replays(stage, &ask);
    status_is(stage, again, "succeeded");
    assert_int_equal(fake_http_count(stage_http(stage), "line"), 5);
    shown = engine_show_step(fake_store_store(stage_store(stage)), again, "lines[3]", &e);
    steps = json_object_get(shown, "steps");
    assert_int_equal(json_array_size(steps), 2);
    assert_true(json_is_true(json_object_get(json_array_get(steps, 0), "taken_over")));
    assert_null(json_object_get(json_array_get(steps, 1), "taken_over"));
    json_decref(shown);
    stage_free(stage);
}

static void a_called_flow_is_replayed_before_what_called_it(void **state)
{
    struct stage *stage = stage_new();
    const struct fake_answer answers[] = { declined, fine };
    struct replay ask;
    uint64_t run, called, again;
    json_t *shown;
    struct err e;

    (void)state;
    fake_http_script(stage_http(stage), "pay", &fine, 1);
    fake_http_script(stage_http(stage), "book", answers, 2);
    stage_deploy(stage, "child",
                 FLOW("",
                      "{\"id\": \"in\", \"type\": \"trigger.call\", \"config\": {}}, " CALL(
                          "pay", "") ", " CALL("book", ""),
                      EDGE("in", "pay") ", " EDGE("pay", "book")));
    stage_deploy(stage, "t",
                 FLOW("",
                      HOOK ", {\"id\": \"call\", \"type\": \"branch.call\", \"config\": "
                           "{\"flow\": \"child\"}}",
                      EDGE("in", "call")));
    run = post(stage, "{\"n\": 1}");
    status_is(stage, run, "failed");
    shown = engine_show(fake_store_store(stage_store(stage)), run, &e);
    assert_true(ident_parse(
        json_get_text(json_array_get(json_object_get(shown, "steps"), 0), "called"), &called));
    json_decref(shown);
    ask = asked(run, NULL);
    refuses(stage, &ask, ERR_POLICY, "calls the flow again");
    ask = asked(called, NULL);
    status_is(stage, replays(stage, &ask), "succeeded");
    ask = asked(run, NULL);
    again = replays(stage, &ask);
    status_is(stage, again, "succeeded");
    assert_int_equal(fake_http_count(stage_http(stage), "pay"), 1);
    assert_int_equal(fake_http_count(stage_http(stage), "book"), 2);
    stage_free(stage);
}

static void what_has_not_ended_or_has_succeeded_is_refused(void **state)
{
    struct stage *stage = stage_new();
    struct replay ask;
    uint64_t run;

    (void)state;
    stage_deploy(stage, "t",
                 FLOW("",
                      HOOK ", {\"id\": \"wait\", \"type\": \"branch.wait\", \"config\": "
                           "{\"for\": \"1d\"}}, " MAP("a", "=1"),
                      EDGE("in", "wait") ", " EDGE("wait", "a")));
    run = post(stage, "{}");
    status_is(stage, run, "waiting");
    ask = asked(run, NULL);
    refuses(stage, &ask, ERR_CONFLICT, "has not ended");
    stage_wait(stage, 86400000);
    status_is(stage, run, "succeeded");
    refuses(stage, &ask, ERR_INVALID, "from which step");
    ask = asked(run + 1, NULL);
    refuses(stage, &ask, ERR_NOT_FOUND, "");
    ask = asked(run, "a");
    status_is(stage, replays(stage, &ask), "succeeded"); /* at once: it does not wait again */
    stage_free(stage);
}

static void a_replay_keeps_to_its_lane(void **state)
{
    struct stage *stage = stage_new();
    struct replay ask;
    uint64_t failed, waits, again;
    enum err_code stored = ERR_COUNT;
    struct err e;

    (void)state;
    stage_deploy(
        stage, "t",
        FLOW(
            "\"order_by\": \"=trigger.body.key\"",
            HOOK ", " MAP(
                "a", "=trigger.body.n + 1") ", {\"id\": \"wait\", \"type\": "
                                            "\"branch.wait\", \"config\": {\"for\": \"1h\"}}, " MAP(
                                                "b", "=1 / trigger.body.n"),
            EDGE("in", "a") ", " EDGE("a", "wait") ", " EDGE("wait", "b")));
    failed = post(stage, "{\"key\": \"k\", \"n\": \"x\"}");
    status_is(stage, failed, "failed");
    waits = post(stage, "{\"key\": \"k\", \"n\": 1}");
    status_is(stage, waits, "waiting");
    stage_deploy(
        stage, "t",
        FLOW("\"order_by\": \"=trigger.body.key\"", HOOK ", " MAP("a", "=1"), EDGE("in", "a")));
    ask = asked(failed, NULL);
    assert_int_equal(engine_replay(stage_engine(stage), &ask, &again, noted, &stored, &e), ERR_OK);
    stage_settle(stage);
    assert_int_equal(stored, ERR_OK);
    status_is(stage, again, "active"); /* behind the one that waits */
    stage_wait(stage, 3600000);
    status_is(stage, waits, "succeeded");
    status_is(stage, again, "succeeded");
    stage_free(stage);
}

static void of_two_at_once_one_is_taken(void **state)
{
    struct stage *stage = stage_new();
    enum err_code first = ERR_COUNT, second = ERR_COUNT;
    struct replay ask;
    uint64_t run, one, two;
    struct err e;

    (void)state;
    stage_deploy(stage, "t", FLOW("", HOOK ", " MAP("a", "=error('no')"), EDGE("in", "a")));
    run = post(stage, "{}");
    ask = asked(run, NULL);
    assert_int_equal(engine_replay(stage_engine(stage), &ask, &one, noted, &first, &e), ERR_OK);
    assert_int_equal(engine_replay(stage_engine(stage), &ask, &two, noted, &second, &e), ERR_OK);
    stage_settle(stage);
    assert_int_equal(first, ERR_OK);
    assert_int_equal(second, ERR_DUPLICATE);
    assert_int_equal(fake_store_runs(stage_store(stage)), 2);
    stage_free(stage);
}

static void what_the_store_refuses_never_was(void **state)
{
    struct stage *stage = stage_new();
    enum err_code stored = ERR_COUNT;
    struct replay ask;
    uint64_t run, again;
    struct err e;

    (void)state;
    stage_deploy(stage, "t", FLOW("", HOOK ", " MAP("a", "=error('no')"), EDGE("in", "a")));
    run = post(stage, "{}");
    ask = asked(run, NULL);
    fake_store_refuse(stage_store(stage), ERR_STORE, 1);
    assert_int_equal(engine_replay(stage_engine(stage), &ask, &again, noted, &stored, &e), ERR_OK);
    stage_settle(stage);
    assert_int_equal(stored, ERR_STORE);
    assert_int_equal(fake_store_runs(stage_store(stage)), 1);
    replays(stage, &ask); /* the old one is not settled */
    stage_free(stage);
}

static void a_run_that_was_cancelled_goes_on_where_it_stood(void **state)
{
    struct stage *stage = stage_new();
    enum err_code stored = ERR_COUNT;
    struct replay ask;
    uint64_t run, again;
    struct err e;

    (void)state;
    fake_http_script(stage_http(stage), "pay", &fine, 1);
    stage_deploy(stage, "t",
                 FLOW("",
                      HOOK ", " CALL("pay", "") ", {\"id\": \"wait\", \"type\": "
                                                "\"branch.wait\", \"config\": {\"for\": \"1d\"}}",
                      EDGE("in", "pay") ", " EDGE("pay", "wait")));
    run = post(stage, "{}");
    assert_int_equal(engine_cancel(stage_engine(stage), run, "ann", "stop", noted, &stored, &e),
                     ERR_OK);
    stage_settle(stage);
    status_is(stage, run, "cancelled");
    ask = asked(run, NULL);
    again = replays(stage, &ask);
    status_is(stage, again, "waiting");
    stage_crash(stage);
    stage_wait(stage, 86400000);
    status_is(stage, again, "succeeded");
    assert_int_equal(fake_http_count(stage_http(stage), "pay"), 1);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_on_where_it_failed_with_another_input),
        cmocka_unit_test(what_was_done_once_is_not_done_again_unless_asked),
        cmocka_unit_test(keys_stay_over_a_crash),
        cmocka_unit_test(a_version_that_does_not_fit_is_refused),
        cmocka_unit_test(its_own_version_is_there_still),
        cmocka_unit_test(a_loop_goes_on_at_the_line_that_failed),
        cmocka_unit_test(a_called_flow_is_replayed_before_what_called_it),
        cmocka_unit_test(what_has_not_ended_or_has_succeeded_is_refused),
        cmocka_unit_test(a_replay_keeps_to_its_lane),
        cmocka_unit_test(of_two_at_once_one_is_taken),
        cmocka_unit_test(what_the_store_refuses_never_was),
        cmocka_unit_test(a_run_that_was_cancelled_goes_on_where_it_stood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
