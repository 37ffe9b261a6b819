/* replay_window.c - a replay, and the time in which a system knows the keys of the run before:
 * what may be done already is not done again unseen, however long the replay takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "engine/operate.h"
#include "world/stage.h"

#define HOOK                                                                                     \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"verify\": " \
    "{\"type\": \"none\"}}}"
#define CALL(id, effect)                                                                     \
    "{\"id\": \"" id "\", \"type\": \"connector.http\", \"config\": {\"method\": \"POST\", " \
    "\"url\": \"http://127.0.0.1/" id "\", \"effect\": \"" effect "\"}, \"retry\": "         \
    "{\"attempts\": 5, \"initial\": \"40s\", \"jitter\": 0}}"
#define KEYED(id)                                                                             \
    "{\"id\": \"" id "\", \"type\": \"connector.http\", \"config\": {\"method\": \"POST\", "  \
    "\"url\": \"http://127.0.0.1/" id "\", \"effect\": \"keyed\", \"key_header\": "           \
    "\"Idempotency-Key\", \"key_valid\": \"1m\"}, \"retry\": {\"attempts\": 5, \"initial\": " \
    "\"40s\", \"jitter\": 0}}"
#define EDGE(from, to) "{\"from\": \"" from "\", \"to\": \"" to "\"}"
/* first (idempotent), book (keyed), last (idempotent) */
#define FLOW                                                                \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [" HOOK           \
    ", " CALL("first", "idempotent") ", " KEYED("book") ", " CALL(          \
        "last", "idempotent") "], "                                         \
                              "\"edges\": [" EDGE("in", "first") ", " EDGE( \
                                  "first", "book") ", " EDGE("book", "last") "]}}"

static const struct fake_answer fine = { .status = 200, .body = "{\"ok\":true}" };
static const struct fake_answer declined = { .status = 422, .body = "{}" };
static const struct fake_answer not_sent = { .code = ERR_TRANSIENT, .not_sent = true };

static void noted(void *arg, const struct err *e)
{
    *(enum err_code *)arg = e->code;
}

static uint64_t begins(struct stage *stage)
{
    uint64_t request;

    stage_deploy(stage, "t", FLOW);
    request = stage_post(stage, "x", "{\"n\": 1}");
    stage_settle(stage);
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "failed");
    return stage_run_id(stage, request);
}

static enum err_code replays(struct stage *stage, uint64_t *run, const char *from, bool repeat)
{
    const struct replay ask = {
        .run = *run, .from = from, .repeat_effects = repeat, .by = "ann", .reason = "mended"
    };
    enum err_code stored = ERR_COUNT, rc;
    struct err e;

    rc = engine_replay(stage_engine(stage), &ask, run, noted, &stored, &e);
    if (rc != ERR_OK)
        return rc;
    stage_settle(stage);
    return stored;
}

static void status_is(struct stage *stage, uint64_t run, const char *status)
{
    assert_string_equal(stage_status(stage, run), status);
}

static void sent_is(struct stage *stage, const char *what, unsigned times)
{
    assert_int_equal(fake_http_count(stage_http(stage), what), times);
}

/* The replay begins while the system knows the key, and its request leaves when it may not. */
static void a_key_of_the_run_before_is_not_used_after_its_time(void **state)
{
    const struct fake_answer first[] = { fine, not_sent, not_sent, fine };

    (void)state;
    for (int dies = 0; dies < 2; dies++) {
        struct stage *stage = stage_new();
        uint64_t run;

        fake_http_script(stage_http(stage), "first", first, 4);
        fake_http_script(stage_http(stage), "book", &fine, 1);
        fake_http_script(stage_http(stage), "last", &declined, 1);
        run = begins(stage);
        assert_int_equal(replays(stage, &run, "first", false), ERR_OK);
        if (dies)
            stage_crash(stage);
        stage_wait(stage, 41000);
        if (dies)
            stage_crash(stage);
        stage_wait(stage, 81000);
        sent_is(stage, "first", 4);
        sent_is(stage, "book", 1);
        status_is(stage, run, "in_doubt");
        stage_free(stage);
    }
}

/* Its own first request did not leave, and the next would be too late. */
static void nor_by_a_later_attempt_of_the_replay(void **state)
{
    const struct fake_answer book[] = { fine, not_sent, fine };
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    fake_http_script(stage_http(stage), "first", &fine, 1);
    fake_http_script(stage_http(stage), "book", book, 3);
    fake_http_script(stage_http(stage), "last", &declined, 1);
    run = begins(stage);
    stage_wait(stage, 10000);
    assert_int_equal(replays(stage, &run, "book", false), ERR_OK);
    sent_is(stage, "book", 2);
    stage_wait(stage, 61000);
    sent_is(stage, "book", 2);
    status_is(stage, run, "in_doubt");
    stage_free(stage);
}

/* Within that time it is one effect. */
static void within_its_time_it_is_used(void **state)
{
    const struct fake_answer last[] = { declined, fine };
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    fake_http_script(stage_http(stage), "first", &fine, 1);
    fake_http_script(stage_http(stage), "book", &fine, 1);
    fake_http_script(stage_http(stage), "last", last, 2);
    run = begins(stage);
    stage_wait(stage, 10000);
    assert_int_equal(replays(stage, &run, "first", false), ERR_OK);
    sent_is(stage, "book", 2);
    status_is(stage, run, "succeeded");
    stage_free(stage);
}

/* A replay fails before it comes to what the run before had done: its own replay knows of that. */
static void a_replay_of_a_replay_knows_what_the_first_run_did(void **state)
{
    const struct fake_answer first[] = { fine, declined, declined, fine };
    struct stage *stage = stage_new();
    uint64_t run, last;

    (void)state;
    fake_http_script(stage_http(stage), "first", first, 4);
    fake_http_script(stage_http(stage), "book", &fine, 1);
    fake_http_script(stage_http(stage), "last", &declined, 1);
    run = begins(stage);
    assert_int_equal(replays(stage, &run, "first", false), ERR_OK);
    status_is(stage, run, "failed");
    assert_int_equal(replays(stage, &run, NULL, false), ERR_OK); /* the key is known still */
    status_is(stage, run, "failed");
    stage_wait(stage, 61000);
    last = run;
    assert_int_equal(replays(stage, &last, NULL, false), ERR_POLICY);
    sent_is(stage, "book", 1);
    assert_int_equal(replays(stage, &run, NULL, true), ERR_OK);
    sent_is(stage, "book", 2); /* as it was asked for */
    stage_free(stage);
}

static void decides(struct stage *stage, uint64_t run, const char *port)
{
    json_t *data = json_pack("{s:i, s:{}, s:{}}", "status", 200, "headers", "body");
    const struct engine_decision decision = {
        .run = run, .step = "book", .port = port, .by = "ann", .reason = "looked", .data = data
    };
    enum err_code stored = ERR_COUNT;
    struct err e;

    if (engine_decide(stage_engine(stage), &decision, noted, &stored, &e) != ERR_OK)
        fail_msg("%s", e.text);
    stage_settle(stage);
    assert_int_equal(stored, ERR_OK);
    json_decref(data);
}

/* What did not leave again, as nobody knew its key any more, is known to the next one, too. */
static void what_did_not_leave_again_is_known_still(void **state)
{
    const struct fake_answer first[] = { fine, not_sent, not_sent, fine };
    const char *const ports[] = { "happened", "fail" };

    (void)state;
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        struct stage *stage = stage_new();
        uint64_t run;

        fake_http_script(stage_http(stage), "first", first, 4);
        fake_http_script(stage_http(stage), "book", &fine, 1);
        fake_http_script(stage_http(stage), "last", &declined, 1);
        run = begins(stage);
        assert_int_equal(replays(stage, &run, "first", false), ERR_OK);
        stage_wait(stage, 41000);
        stage_wait(stage, 81000);
        status_is(stage, run, "in_doubt");
        decides(stage, run, ports[i]);
        status_is(stage, run, "failed");
        assert_int_equal(replays(stage, &run, "first", false), ERR_POLICY);
        sent_is(stage, "book", 1);
        stage_free(stage);
    }
}

/* A replay passes over it, with the output that a person told; its own replay does not. */
static void what_stood_in_is_known_still(void **state)
{
    const struct fake_answer first[] = { fine, not_sent, not_sent, fine };
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    fake_http_script(stage_http(stage), "first", first, 4);
    fake_http_script(stage_http(stage), "book", &fine, 1);
    fake_http_script(stage_http(stage), "last", &declined, 1);
    run = begins(stage);
    assert_int_equal(replays(stage, &run, "first", false), ERR_OK);
    stage_wait(stage, 41000);
    stage_wait(stage, 81000);
    decides(stage, run, "happened");
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(replays(stage, &run, "last", false), ERR_OK);
        status_is(stage, run, "failed");
    }
    assert_int_equal(replays(stage, &run, "book", false), ERR_POLICY);
    sent_is(stage, "book", 1);
    stage_free(stage);
}

/* It is shown like others. */
static void what_it_knows_is_no_step(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run;
    json_t *shown;
    struct err e;

    (void)state;
    fake_http_script(stage_http(stage), "first", &fine, 1);
    fake_http_script(stage_http(stage), "book", &fine, 1);
    fake_http_script(stage_http(stage), "last", &declined, 1);
    run = begins(stage);
    assert_int_equal(replays(stage, &run, "first", false), ERR_OK);
    shown = engine_show(fake_store_store(stage_store(stage)), run, &e);
    assert_non_null(shown);
    assert_int_equal(json_array_size(json_object_get(shown, "steps")), 3);
    assert_null(json_object_get(shown, "output"));
    json_decref(shown);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_of_the_run_before_is_not_used_after_its_time),
        cmocka_unit_test(nor_by_a_later_attempt_of_the_replay),
        cmocka_unit_test(within_its_time_it_is_used),
        cmocka_unit_test(a_replay_of_a_replay_knows_what_the_first_run_did),
        cmocka_unit_test(what_did_not_leave_again_is_known_still),
        cmocka_unit_test(what_stood_in_is_known_still),
        cmocka_unit_test(what_it_knows_is_no_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
