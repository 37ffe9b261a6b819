/* paging.c - a paged source: a page is asked for with the cursor of the one before, and each of its
 * items is done, until there is no next page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "world/stage.h"

#define HOOK                                                                                      \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"respond\": " \
    "\"accepted\", \"verify\": {\"type\": \"none\"}}}"
#define PAGES(delay)                                                                              \
    "{\"id\": \"pages\", \"type\": \"branch.repeat\", \"config\": {\"limit\": 1000, " delay       \
    "\"until\": \"=not steps.page.body.next\", "                                                  \
    "\"collect\": \"={ next = steps.page.body.next, "                                             \
    "done = (previous and previous.done or 0) + #steps.each }\", "                                \
    "\"body\": {\"nodes\": ["                                                                     \
    "{\"id\": \"page\", \"type\": \"connector.http\", \"config\": {\"url\": "                     \
    "\"='http://127.0.0.1/list/' .. (previous and previous.next or 'p1')\"}}, "                   \
    "{\"id\": \"each\", \"type\": \"branch.foreach\", \"config\": {\"items\": "                   \
    "\"=steps.page.body.items\", \"collect\": \"=index\", \"body\": {\"nodes\": ["                \
    "{\"id\": \"put\", \"type\": \"connector.http\", \"config\": {\"method\": \"PUT\", \"url\": " \
    "\"='http://127.0.0.1/erp/' .. item.id\", \"body\": {\"after\": "                             \
    "\"=previous and previous.next or ''\"}}}], "                                                 \
    "\"edges\": []}}}], \"edges\": [{\"from\": \"page\", \"to\": \"each\"}]}}}"
#define FLOW(nodes, edges) \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [" nodes "], \"edges\": [" edges "]}}"

static const struct fake_answer fine = { .status = 200, .body = "{}" };
#define PAGE(text)                                                                         \
    {                                                                                      \
        .status = 200, .header = "Content-Type", .value = "application/json", .body = text \
    }
static const struct fake_answer answers[] = {
    PAGE("{\"items\": [{\"id\": \"a\"}, {\"id\": \"b\"}], \"next\": \"p2\"}"),
    PAGE("{\"items\": [{\"id\": \"c\"}, {\"id\": \"d\"}], \"next\": \"p3\"}"),
    PAGE("{\"items\": [{\"id\": \"e\"}]}"),
};

static struct stage *stage_of_pages(const char *flow)
{
    struct stage *stage = stage_new();

    fake_http_script(stage_http(stage), "list/p3", &answers[2], 1);
    fake_http_script(stage_http(stage), "list/p2", &answers[1], 1);
    fake_http_script(stage_http(stage), "list/p1", &answers[0], 1);
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t", flow);
    return stage;
}

static json_t *output_of(struct stage *stage, uint64_t run, const char *node)
{
    json_t *entries = fake_store_entries(stage_store(stage), run), *entry, *output = NULL;
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        if (strcmp(json_get_text(entry, "n"), node) == 0 && json_object_get(entry, "it") != NULL)
            output = json_object_get(entry, "o");
    }
    json_incref(output);
    json_decref(entries);
    return output;
}

/* Every item of every page, each page once it is known which comes after the one before. */
static void all_is_done(struct stage *stage, uint64_t run)
{
    static const char *const items[] = { "erp/a", "erp/b", "erp/c", "erp/d", "erp/e" };
    json_t *last = output_of(stage, run, "pages");

    assert_string_equal(stage_status(stage, run), "succeeded");
    for (size_t i = 0; i < 5; i++)
        assert_in_range(fake_http_count(stage_http(stage), items[i]), 1, 2);
    assert_string_equal(fake_http_sent(stage_http(stage), "erp/d", 0)->body, "{\"after\":\"p2\"}");
    assert_in_range(fake_http_count(stage_http(stage), "list"), 3, 4);
    assert_int_equal(json_get_int(last, "done", 0), 5);
    json_decref(last);
}

static void pages_follow_the_cursor(void **state)
{
    struct stage *stage =
        stage_of_pages(FLOW(HOOK ", " PAGES(""), "{\"from\": \"in\", \"to\": \"pages\"}"));
    uint64_t request = stage_post(stage, "x", "1");

    (void)state;
    stage_settle(stage);
    all_is_done(stage, stage_run_id(stage, request));
    assert_int_equal(fake_http_count(stage_http(stage), "list"), 3);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 5);
    stage_free(stage);
}

static void pages_go_on_after_a_crash_at_any_moment(void **state)
{
    (void)state;
    for (unsigned crash = 0; crash < 40; crash++) {
        struct stage *stage =
            stage_of_pages(FLOW(HOOK ", " PAGES(""), "{\"from\": \"in\", \"to\": \"pages\"}"));
        uint64_t request = stage_post(stage, "x", "1"), run;

        stage_turn(stage);
        fake_store_commit(stage_store(stage));
        stage_turn(stage);
        run = stage_run_id(stage, request);
        for (unsigned i = 0; i < crash; i++) {
            if (i % 2 == 0)
                fake_http_deliver(stage_http(stage));
            else
                fake_store_commit(stage_store(stage));
            stage_turn(stage);
        }
        stage_crash(stage);
        stage_settle(stage);
        stage_wait(stage, 100000);
        all_is_done(stage, run);
        assert_in_range(fake_http_count(stage_http(stage), "erp"), 5, 6);
        stage_free(stage);
    }
}

/* Between the pages the run is a row: what it gave before comes from the journal. */
static void the_page_before_is_known_to_a_run_that_waited(void **state)
{
    struct stage *stage = stage_of_pages(
        FLOW(HOOK ", " PAGES("\"delay\": \"1h\", "), "{\"from\": \"in\", \"to\": \"pages\"}"));
    uint64_t request = stage_post(stage, "x", "1");

    (void)state;
    stage_settle(stage);
    for (unsigned i = 0; i < 2; i++) {
        assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "waiting");
        assert_int_equal(engine_runs(stage_engine(stage)), 0);
        stage_wait(stage, 3600000);
    }
    all_is_done(stage, stage_run_id(stage, request));
    assert_int_equal(fake_http_count(stage_http(stage), "list"), 3);
    stage_free(stage);
}

static void outside_of_a_loop_there_is_no_previous(void **state)
{
    static const char flow[] = FLOW(
        HOOK ", {\"id\": \"map\", \"type\": \"transform.map\", \"config\": {\"fields\": [{\"to\": "
             "\"n\", \"from\": \"=previous\"}]}}",
        "{\"from\": \"in\", \"to\": \"map\"}");
    struct stage *stage = stage_new();
    json_t *bundle = json_loads(flow, 0, NULL);
    struct faults faults;
    struct err e;

    (void)state;
    faults_init(&faults);
    assert_int_equal(engine_deploy(stage_engine(stage), "main", "test", "t", bundle, "flow.json",
                                   NULL, 0, &faults, &e),
                     ERR_INVALID);
    assert_non_null(strstr(faults.list[faults.count - 1].text, "there is no previous here"));
    faults_fini(&faults);
    json_decref(bundle);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_follow_the_cursor),
        cmocka_unit_test(pages_go_on_after_a_crash_at_any_moment),
        cmocka_unit_test(the_page_before_is_known_to_a_run_that_waited),
        cmocka_unit_test(outside_of_a_loop_there_is_no_previous),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
