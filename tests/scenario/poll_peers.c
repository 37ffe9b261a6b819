/* poll_peers.c - systems that are polled and answer nonsense: a cursor that never moves, no
 * list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "world/stage.h"

#define FLOW                                                                                       \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [{\"id\": \"new\", \"type\": "           \
    "\"trigger.poll\", \"config\": {\"every\": \"1m\", \"items\": \"=steps.ask.body.value\", "     \
    "\"id\": \"=item.id\", \"cursor\": \"=steps.ask.body.next\", \"body\": {\"nodes\": [{\"id\": " \
    "\"ask\", \"type\": \"connector.http\", \"config\": {\"url\": \"http://127.0.0.1/list\", "     \
    "\"query\": {\"after\": \"=trigger.cursor\"}}}], \"edges\": []}}}, {\"id\": \"put\", "         \
    "\"type\": \"connector.http\", \"config\": {\"method\": \"PUT\", \"url\": "                    \
    "\"='http://127.0.0.1/erp/' .. trigger.body.id\"}}], \"edges\": [{\"from\": \"new\", "         \
    "\"to\": \"put\"}]}}"

#define PAGE(json)                                                                         \
    {                                                                                      \
        .status = 200, .body = json, .header = "Content-Type", .value = "application/json" \
    }

static const struct fake_answer fine = { .status = 200, .body = "{}" };

static struct stage *polled(const struct fake_answer *pages, size_t count)
{
    struct stage *stage = stage_new();

    fake_http_script(stage_http(stage), "list", pages, count);
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t", FLOW);
    return stage;
}

/* At most so many rounds of the world; how often the system was asked meanwhile. */
static size_t asked_within(struct stage *stage, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        stage_turn(stage);
        fake_store_commit(stage_store(stage));
        fake_http_deliver(stage_http(stage));
    }
    return fake_http_count(stage_http(stage), "list");
}

static void a_cursor_that_stays_is_asked_once_a_round(void **state)
{
    static const struct fake_answer page = PAGE("{\"value\": [{\"id\": 1}], \"next\": \"b\"}");
    struct stage *stage = polled(&page, 1);

    (void)state;
    assert_in_range(asked_within(stage, 60), 1, 2);
    assert_int_equal(fake_store_runs(stage_store(stage)), 1);
    stage_wait(stage, 60000);
    assert_in_range(fake_http_count(stage_http(stage), "list"), 2, 3);
    assert_int_equal(fake_store_runs(stage_store(stage)), 1);
    stage_free(stage);
}

static void what_is_no_list_begins_nothing(void **state)
{
    static const char *const bodies[] = {
        "{\"value\": {\"id\": 1}, \"next\": \"b\"}",
        "{\"next\": \"b\"}",
        "[1]",
        "{\"value\": 7}",
        "{\"value\": [{\"name\": \"without an id\"}], \"next\": \"b\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        const struct fake_answer page = PAGE(bodies[i]);
        struct stage *stage = polled(&page, 1);

        assert_int_equal(asked_within(stage, 20), 1);
        assert_int_equal(fake_store_runs(stage_store(stage)), 0);
        stage_free(stage);
    }
}

static void a_cursor_in_a_circle_is_no_endless_loop(void **state)
{
    static const struct fake_answer pages[] = {
        PAGE("{\"value\": [{\"id\": 1}], \"next\": \"b\"}"),
        PAGE("{\"value\": [{\"id\": 2}], \"next\": \"a\"}"),
        PAGE("{\"value\": [{\"id\": 1}], \"next\": \"b\"}"),
        PAGE("{\"value\": [{\"id\": 2}], \"next\": \"a\"}"),
        PAGE("{\"value\": [{\"id\": 1}], \"next\": \"b\"}"),
        PAGE("{\"value\": [{\"id\": 2}], \"next\": \"a\"}"),
        PAGE("{\"value\": [{\"id\": 1}], \"next\": \"b\"}"),
        PAGE("{\"value\": [{\"id\": 2}], \"next\": \"a\"}"),
        PAGE("{\"value\": [{\"id\": 1}], \"next\": \"b\"}"),
        PAGE("{\"value\": [{\"id\": 2}], \"next\": \"a\"}"),
        PAGE("{\"value\": [{\"id\": 1}], \"next\": \"b\"}"),
        PAGE("{\"value\": [{\"id\": 2}], \"next\": \"a\"}"),
    };
    struct stage *stage = polled(pages, sizeof pages / sizeof *pages);

    (void)state;
    assert_in_range(asked_within(stage, 60), 1, 5); /* then it waits for its minute */
    assert_int_equal(fake_store_runs(stage_store(stage)), 2);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cursor_that_stays_is_asked_once_a_round),
        cmocka_unit_test(what_is_no_list_begins_nothing),
        cmocka_unit_test(a_cursor_in_a_circle_is_no_endless_loop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
