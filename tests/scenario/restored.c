/* restored.c - runs that a backup brought back, and what they begin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/ident.h"
#include "base/json.h"
#include "world/stage.h"

#define HOOK                                                                                     \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"verify\": " \
    "{\"type\": \"none\"}}}"
#define POST(effect)                                                                       \
    "{\"id\": \"post\", \"type\": \"connector.http\", \"config\": {\"method\": \"POST\", " \
    "\"url\": "                                                                            \
    "\"http://127.0.0.1/erp\", \"body\": {}, \"effect\": " effect "}}"
#define FLOW(nodes, edges) \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [" nodes "], \"edges\": [" edges "]}}"

static const char parent[] =
    FLOW(HOOK ", {\"id\": \"call\", \"type\": \"branch.call\", \"config\": {\"flow\": \"child\"}}",
         "{\"from\": \"in\", \"to\": \"call\"}");
#define CHILD(effect)                                                                       \
    FLOW("{\"id\": \"called\", \"type\": \"trigger.call\", \"config\": {}}, " POST(effect), \
         "{\"from\": \"called\", \"to\": \"post\"}")
static const struct fake_answer fine = { .status = 200, .body = "{\"ok\":true}" };

#define FIRST_MS INT64_C(1795000000000) /* of the stage's clock: the first run bears its id */

/* The event's run is one that a backup brought back: it goes on now. Returns what was sent. */
static size_t sent_after(struct stage *stage)
{
    uint64_t request;

    fake_http_script(stage_http(stage), "erp", &fine, 1);
    request = stage_post(stage, "x", "{}");
    stage_turn(stage);
    fake_store_store(stage_store(stage))->restored = ident_at(FIRST_MS);
    stage_settle(stage);
    assert_true(stage_run_id(stage, request) == ident_at(FIRST_MS));
    stage_wait(stage, 3600000);
    return fake_http_count(stage_http(stage), "erp");
}

static size_t in_doubt(struct stage *stage)
{
    struct store_runs_filter filter = { .status = RUN_IN_DOUBT };
    struct err e;
    json_t *list = engine_list(fake_store_store(stage_store(stage)), &filter, &e);
    size_t count;

    assert_non_null(list);
    count = json_array_size(json_is_array(list) ? list : json_object_get(list, "runs"));
    json_decref(list);
    return count;
}

static void what_it_calls_is_asked_about(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    stage_deploy(stage, "child", CHILD("\"once\""));
    stage_deploy(stage, "parent", parent);
    assert_int_equal(sent_after(stage), 0);
    assert_int_equal(in_doubt(stage), 1);
    stage_crash(stage); /* it still knows */
    stage_wait(stage, 60000);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 0);
    assert_int_equal(in_doubt(stage), 1);
    stage_free(stage);
}

/* Its key is not that of its first life. */
static void a_key_proves_nothing_there(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    stage_deploy(stage, "child", CHILD("\"keyed\", \"key_header\": \"Idempotency-Key\""));
    stage_deploy(stage, "parent", parent);
    assert_int_equal(sent_after(stage), 0);
    assert_int_equal(in_doubt(stage), 1);
    stage_free(stage);
}

static void what_may_be_done_twice_is_done(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    stage_deploy(stage, "child", CHILD("\"idempotent\""));
    stage_deploy(stage, "parent", parent);
    assert_int_equal(sent_after(stage), 1);
    assert_int_equal(in_doubt(stage), 0);
    stage_free(stage);
}

#define PAGE(json)                                                                         \
    {                                                                                      \
        .status = 200, .body = json, .header = "Content-Type", .value = "application/json" \
    }
#define POLL                                                                                    \
    FLOW("{\"id\": \"found\", \"type\": \"trigger.poll\", \"config\": {\"every\": \"1m\", "     \
         "\"items\": "                                                                          \
         "\"=steps.page.body.value\", \"id\": \"=item.id\", \"cursor\": "                       \
         "\"=steps.page.body.next\", "                                                          \
         "\"body\": {\"nodes\": [{\"id\": \"page\", \"type\": \"connector.http\", \"config\": " \
         "{\"url\": \"http://127.0.0.1/list\"}}], \"edges\": []}}}, " POST("\"once\""),         \
         "{\"from\": \"found\", \"to\": \"post\"}")

/* What is polled again after a restore may have been done; what comes then is new. */
static void items_that_come_again_are_asked_about(void **state)
{
    static const struct fake_answer pages[] = {
        PAGE("{\"value\": [{\"id\": 1}, {\"id\": 2}], \"next\": \"b\"}"),
        PAGE("{\"value\": [], \"next\": \"b\"}"),
        PAGE("{\"value\": [{\"id\": 3}], \"next\": \"c\"}"),
        PAGE("{\"value\": [], \"next\": \"c\"}"),
    };
    struct stage *stage = stage_new();

    (void)state;
    fake_store_store(stage_store(stage))->restored = 1;
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    fake_http_script(stage_http(stage), "list", pages, sizeof pages / sizeof *pages);
    stage_deploy(stage, "t", POLL);
    stage_settle(stage);
    assert_int_equal(in_doubt(stage), 2);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 0);
    stage_crash(stage); /* that it has seen all again is kept */
    for (int i = 0; i < 3; i++)
        stage_wait(stage, 60000);
    assert_int_equal(in_doubt(stage), 2);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    stage_free(stage);
}

#define LOOKED                                                                                   \
    FLOW(HOOK ", {\"id\": \"post\", \"type\": \"connector.http\", \"config\": {\"method\": "     \
              "\"POST\", \"url\": \"http://127.0.0.1/erp\", \"body\": {}, \"probe\": {\"url\": " \
              "\"http://127.0.0.1/look\", \"read_after_write\": true}}}",                        \
         "{\"from\": \"in\", \"to\": \"post\"}")

/* What a probe saw counts in the process that asked: the journal may be older than the restore. */
static void it_is_looked_for_anew_after_a_crash(void **state)
{
    static const struct fake_answer missing = { .status = 404, .body = "" };
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    fake_http_script(stage_http(stage), "look", &missing, 1);
    stage_deploy(stage, "t", LOOKED);
    fake_store_store(stage_store(stage))->restored = ident_at(FIRST_MS);
    request = stage_post(stage, "x", "{}");
    stage_settle(stage);
    stage_wait(stage, 5000);
    assert_int_equal(fake_http_count(stage_http(stage), "look"), 1);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 0); /* in a second */
    stage_crash(stage);
    for (unsigned i = 0; i < 20; i++)
        stage_wait(stage, 1000);
    assert_int_equal(fake_http_count(stage_http(stage), "look"), 2);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "succeeded");
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_calls_is_asked_about),
        cmocka_unit_test(a_key_proves_nothing_there),
        cmocka_unit_test(what_may_be_done_twice_is_done),
        cmocka_unit_test(items_that_come_again_are_asked_about),
        cmocka_unit_test(it_is_looked_for_anew_after_a_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
