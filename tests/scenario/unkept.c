/* unkept.c - a batch that the store can never keep: the run fails with the reason, what has left is
 * seen to its end, and a restart changes none of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "world/stage.h"

#define HOOK                                                                                      \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"respond\": " \
    "\"accepted\", \"verify\": {\"type\": \"none\"}}}"
#define FLOW(nodes, edges)                                                   \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [" HOOK ", " nodes \
    "], \"edges\": [" edges "]}}"
#define EDGE(from, to) "{\"from\": \"" from "\", \"to\": \"" to "\"}"
#define CALL(id, method)                                                                    \
    "{\"id\": \"" id "\", \"type\": \"connector.http\", \"config\": {\"method\": \"" method \
    "\", \"url\": \"http://127.0.0.1/" id "\"}}"
#define WAIT "{\"id\": \"wait\", \"type\": \"branch.wait\", \"config\": {\"for\": \"5s\"}}"

static const struct fake_answer fine = { .status = 200, .body = "{}" };

static uint64_t post(struct stage *stage)
{
    uint64_t request = stage_post(stage, "x", "1");

    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
    return stage_run_id(stage, request);
}

static bool error_of(void *arg, const struct store_run *run)
{
    struct err e;
    json_t *error = run->error != NULL
                        ? json_read(run->error, strlen(run->error), &json_limits_body, &e)
                        : NULL;

    *(bool *)arg = error != NULL && strcmp(json_get_text(error, "kind"), "limit") == 0 &&
                   strstr(json_get_text(error, "text"), "cannot be stored") != NULL;
    json_decref(error);
    return false;
}

static void it_has_failed(struct stage *stage, uint64_t run)
{
    bool told = false;
    struct err e;

    assert_string_equal(stage_status(stage, run), "failed");
    assert_int_equal(store_run_find(fake_store_store(stage_store(stage)), run, error_of, &told, &e),
                     ERR_OK);
    assert_true(told);
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
}

static void its_end_cannot_be_kept(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    fake_http_script(stage_http(stage), "put", &fine, 1);
    stage_deploy(stage, "t", FLOW(CALL("put", "PUT"), EDGE("in", "put")));
    run = post(stage);
    fake_http_deliver(stage_http(stage));
    fake_store_refuse(stage_store(stage), ERR_LIMIT, 1);
    stage_settle(stage);
    it_has_failed(stage, run);
    stage_crash(stage);
    stage_settle(stage);
    it_has_failed(stage, run);
    stage_free(stage);
}

/* Nothing of that batch leaves; a call that is out is waited for, and its end is written. */
static void what_had_left_before_is_seen_to_its_end(void **state)
{
    (void)state;
    for (unsigned crash = 0; crash < 4; crash++) {
        struct stage *stage = stage_new();
        char steps[1000];
        uint64_t run;

        fake_http_script(stage_http(stage), "out", &fine, 1);
        fake_http_script(stage_http(stage), "late", &fine, 1);
        stage_deploy(stage, "t",
                     FLOW(CALL("out", "POST") ", " WAIT ", " CALL("late", "POST"),
                          EDGE("in", "out") ", " EDGE("in", "wait") ", " EDGE("wait", "late")));
        run = post(stage);
        assert_int_equal(fake_http_open(stage_http(stage)), 1);
        fake_store_refuse(stage_store(stage), ERR_LIMIT, 1);
        stage_tick(stage, 5000);
        stage_turn(stage);
        fake_store_commit(stage_store(stage)); /* refuses what the other branch would do */
        stage_turn(stage);
        if (crash > 0)
            fake_store_commit(stage_store(stage));
        if (crash > 1)
            stage_turn(stage);
        if (crash > 2)
            fake_http_deliver(stage_http(stage));
        if (crash > 0)
            stage_crash(stage);
        stage_settle(stage);
        assert_int_equal(fake_http_count(stage_http(stage), "late"), 0);
        assert_int_equal(fake_http_count(stage_http(stage), "out"), 1);
        stage_steps(stage, run, steps, sizeof steps);
        if (crash == 0) {
            assert_non_null(strstr(steps, "out out"));
            it_has_failed(stage, run);
        } else { /* the crash has lost the answer: that is for a person */
            assert_non_null(strstr(steps, "out doubt"));
            assert_string_equal(stage_status(stage, run), "in_doubt");
        }
        stage_free(stage);
    }
}

/* Not even that it failed can be kept: the next start takes it up as it stands in the store. */
static void what_can_never_be_kept_is_set_aside(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    fake_http_script(stage_http(stage), "put", &fine, 1);
    stage_deploy(stage, "t", FLOW(CALL("put", "PUT"), EDGE("in", "put")));
    run = post(stage);
    fake_http_deliver(stage_http(stage));
    fake_store_refuse(stage_store(stage), ERR_INTERNAL, 2);
    stage_settle(stage);
    assert_string_equal(stage_status(stage, run), "active");
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    stage_crash(stage);
    stage_settle(stage);
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_end_cannot_be_kept),
        cmocka_unit_test(what_had_left_before_is_seen_to_its_end),
        cmocka_unit_test(what_can_never_be_kept_is_set_aside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
