/* replay_levels.c - replays that go on within loops: loops in loops, iterations that build upon
 * each other, parallel branches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "engine/operate.h"
#include "world/stage.h"

#define FLOW(settings, nodes, edges)                                                              \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {" settings "}, \"nodes\": "         \
    "[{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"verify\": " \
    "{\"type\": \"none\"}}}, " nodes "], \"edges\": [" edges "]}}"
#define EDGE(from, to) "{\"from\": \"" from "\", \"to\": \"" to "\"}"
#define POST(id)                                                                             \
    "{\"id\": \"" id "\", \"type\": \"connector.http\", \"config\": {\"method\": \"POST\", " \
    "\"url\": \"http://127.0.0.1/" id "\"}}"
#define LOOP(id, type, more, nodes, edges)                                                  \
    "{\"id\": \"" id "\", \"type\": \"branch." type "\", \"config\": {" more ", \"body\": " \
    "{\"nodes\": [" nodes "], \"edges\": [" edges "]}}}"

static const struct fake_answer fine = { .status = 200, .body = "{}" };
static const struct fake_answer declined = { .status = 422, .body = "{}" };

static void noted(void *arg, const struct err *e)
{
    *(enum err_code *)arg = e->code;
}

static uint64_t post(struct stage *stage, const char *body)
{
    uint64_t request = stage_post(stage, "x", body), run;

    stage_settle(stage);
    run = stage_run_id(stage, request);
    assert_string_equal(stage_status(stage, run), "failed");
    return run;
}

/* What would be repeated. */
static size_t repeats(struct stage *stage, uint64_t run, const char *from)
{
    const struct replay ask = { .run = run, .from = from, .by = "ann", .reason = "" };
    struct err e;
    json_t *plan = engine_replay_plan(stage_engine(stage), &ask, &e);
    size_t count = json_array_size(json_object_get(plan, "repeats"));

    assert_non_null(plan);
    assert_int_equal(json_get_text(plan, "refused") != NULL, count > 0);
    json_decref(plan);
    return count;
}

static void succeeds(struct stage *stage, uint64_t run)
{
    const struct replay ask = { .run = run, .by = "ann", .reason = "mended" };
    enum err_code stored = ERR_COUNT;
    uint64_t again;
    struct err e;

    if (engine_replay(stage_engine(stage), &ask, &again, noted, &stored, &e) != ERR_OK)
        fail_msg("%s", e.text);
    stage_settle(stage);
    assert_string_equal(stage_status(stage, again), "succeeded");
}

static void in_a_loop_in_a_loop(void **state)
{
    const struct fake_answer answers[] = { fine, fine, fine, declined, fine };
    struct stage *stage = stage_new();
    struct replay ask = { .by = "ann", .reason = "" };
    json_t *plan;
    uint64_t run;
    struct err e;

    (void)state;
    fake_http_script(stage_http(stage), "line", answers, 5);
    stage_deploy(stage, "t",
                 FLOW("",
                      LOOP("files", "foreach", "\"items\": \"=trigger.body\"",
                           LOOP("lines", "foreach", "\"items\": \"=item\"", POST("line"), ""), ""),
                      EDGE("in", "files")));
    run = post(stage, "[[1,2],[3,4,5]]");
    ask.run = run;
    plan = engine_replay_plan(stage_engine(stage), &ask, &e);
    assert_string_equal(json_text(json_array_get(json_object_get(plan, "from"), 0)),
                        "files[2]/lines[2]/line");
    assert_int_equal(json_array_size(json_object_get(plan, "from")), 1);
    json_decref(plan);
    assert_int_equal(repeats(stage, run, "files[1]/lines[2]/line"), 1);
    assert_int_equal(repeats(stage, run, "files[1]/lines"), 2);
    assert_int_equal(repeats(stage, run, "files[2]/lines"), 1);
    assert_int_equal(repeats(stage, run, "files"), 3);
    succeeds(stage, run);
    assert_int_equal(fake_http_count(stage_http(stage), "line"), 6);
    stage_free(stage);
}

static void where_iterations_build_upon_each_other(void **state)
{
    const struct fake_answer answers[] = { fine, fine, fine, declined, fine };
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    fake_http_script(stage_http(stage), "turn", answers, 5);
    stage_deploy(stage, "t",
                 FLOW("", LOOP("again", "repeat", "\"until\": \"=index == 5\"", POST("turn"), ""),
                      EDGE("in", "again")));
    run = post(stage, "{}");
    assert_int_equal(repeats(stage, run, "again[2]/turn"), 2); /* the second and the third */
    assert_int_equal(repeats(stage, run, "again[3]/turn"), 1);
    succeeds(stage, run);
    assert_int_equal(fake_http_count(stage_http(stage), "turn"), 6);
    stage_free(stage);
}

static void beside_a_branch_that_went_well(void **state)
{
    const struct fake_answer answers[] = { declined, fine };
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    fake_http_script(stage_http(stage), "left", &fine, 1);
    fake_http_script(stage_http(stage), "right", answers, 2);
    fake_http_script(stage_http(stage), "both", &fine, 1);
    stage_deploy(stage, "t",
                 FLOW("\"failure\": \"collect\"", POST("left") ", " POST("right") ", " POST("both"),
                      EDGE("in", "left") ", " EDGE("in", "right") ", " EDGE(
                          "left", "both") ", " EDGE("right", "both")));
    run = post(stage, "{}");
    assert_int_equal(fake_http_count(stage_http(stage), "left"), 1);
    assert_int_equal(fake_http_count(stage_http(stage), "both"), 1); /* by the left one alone */
    assert_int_equal(repeats(stage, run, NULL), 1);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_a_loop_in_a_loop),
        cmocka_unit_test(where_iterations_build_upon_each_other),
        cmocka_unit_test(beside_a_branch_that_went_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
