/* polls.c - a system is asked at intervals: what is new begins runs, once, and the cursor moves
 * with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "engine/flows.h"
#include "world/stage.h"

#define POLL(method, more)                                                                        \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {" more "}, \"nodes\": [{\"id\": "   \
    "\"new\", \"type\": \"trigger.poll\", \"config\": {\"every\": \"1m\", \"items\": "            \
    "\"=steps.ask.body.value\", \"id\": \"=item.id\", \"cursor\": \"=steps.ask.body.next\", "     \
    "\"body\": {\"nodes\": [{\"id\": \"ask\", \"type\": \"connector.http\", \"config\": "         \
    "{\"method\": \"" method "\", \"url\": \"http://127.0.0.1/list\", \"query\": {\"after\": "    \
    "\"=trigger.cursor\"}}}], \"edges\": []}}}, {\"id\": \"put\", \"type\": \"connector.http\", " \
    "\"config\": {\"method\": \"PUT\", \"url\": \"='http://127.0.0.1/erp/' .. "                   \
    "trigger.body.id\"}}], \"edges\": [{\"from\": \"new\", \"to\": \"put\"}]}}"

#define PAGE(json)                                                                         \
    {                                                                                      \
        .status = 200, .body = json, .header = "Content-Type", .value = "application/json" \
    }

static const struct fake_answer fine = { .status = 200, .body = "{}" };

static bool cursor(void *arg, const struct store_fact *fact)
{
    snprintf(arg, 64, "%s", fact->value);
    return false;
}

static void cursor_is(struct stage *stage, const char *expected)
{
    struct store_facts_filter filter = { .kind = FACT_CURSOR };
    char text[64] = "";
    struct err e;

    assert_int_equal(store_facts(fake_store_store(stage_store(stage)), &filter, cursor, text, &e),
                     ERR_OK);
    assert_string_equal(text, expected);
}

static void new_items_begin_runs_and_the_cursor_moves(void **state)
{
    static const struct fake_answer pages[] = {
        PAGE("{\"value\": [{\"id\": 1}, {\"id\": 2}], \"next\": \"b\"}"),
        PAGE("{\"value\": [{\"id\": 2}, {\"id\": 3}], \"next\": \"c\"}"),
        PAGE("{\"value\": [], \"next\": \"c\"}"),
    };
    struct stage *stage = stage_new();

    (void)state;
    fake_http_script(stage_http(stage), "list", pages, 3);
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t", POLL("GET", ""));
    stage_settle(stage);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 3);
    assert_int_equal(fake_http_count(stage_http(stage), "list"), 3); /* until nothing is new */
    assert_non_null(strstr(fake_http_sent(stage_http(stage), "list", 1)->url, "after=b"));
    cursor_is(stage, "\"c\"");
    assert_int_equal(fake_store_runs(stage_store(stage)), 3);
    stage_wait(stage, 59000);
    assert_int_equal(fake_http_count(stage_http(stage), "list"), 3);
    stage_wait(stage, 1000);
    assert_int_equal(fake_http_count(stage_http(stage), "list"), 4);
    stage_crash(stage);
    stage_settle(stage);
    assert_int_equal(fake_http_count(stage_http(stage), "list"), 5);
    assert_non_null(strstr(fake_http_sent(stage_http(stage), "list", 4)->url, "after=c"));
    assert_int_equal(fake_store_runs(stage_store(stage)), 3);
    stage_free(stage);
}

static void a_page_is_taken_whole_or_not_at_all(void **state)
{
    static const struct fake_answer page =
        PAGE("{\"value\": [{\"id\": 1}, {\"id\": 2}, {\"id\": 3}], \"next\": \"b\"}");
    static const struct fake_answer none = PAGE("{\"value\": [], \"next\": \"b\"}");
    const struct fake_answer answers[] = { page, page, none };

    (void)state;
    for (unsigned crash = 0; crash < 8; crash++) {
        struct stage *stage = stage_new();

        fake_http_script(stage_http(stage), "list", answers, 3);
        fake_http_script(stage_http(stage), "erp", &fine, 1);
        stage_deploy(stage, "t", POLL("GET", ""));
        if (crash == 7)
            fake_store_refuse(stage_store(stage), ERR_STORE, 1);
        for (unsigned i = 0; i < crash % 7; i++) {
            stage_turn(stage);
            if (i % 2 == 0)
                fake_http_deliver(stage_http(stage));
            else
                fake_store_commit(stage_store(stage));
        }
        if (crash < 7)
            stage_crash(stage);
        stage_settle(stage);
        stage_wait(stage, 60000);
        stage_wait(stage, 60000);
        assert_int_equal(fake_store_runs(stage_store(stage)), 3);
        assert_in_range(fake_http_count(stage_http(stage), "erp"), 3, 6);
        cursor_is(stage, "\"b\"");
        stage_free(stage);
    }
}

/* What people are told of it: "kind x3", or "" where no poll of the flow fails. */
static void failing(struct stage *stage, char told[64])
{
    json_t *places = engine_flow_places(stage_engine(stage), "main", "t"),
           *polls = json_object_get(json_array_get(places, 0), "polls"),
           *poll = json_array_get(polls, 0);

    snprintf(told, 64, "%s", "");
    if (poll != NULL)
        snprintf(told, 64, "%s %s x%d", json_string_value(json_object_get(poll, "trigger")),
                 json_string_value(json_object_get(poll, "kind")),
                 (int)json_integer_value(json_object_get(poll, "times")));
    json_decref(places);
}

static void a_poll_that_fails_leaves_the_cursor_and_is_told(void **state)
{
    static const char *const told[] = { "new transient x1", "new invalid x2", "new invalid x3" };
    static const struct fake_answer answers[] = {
        { .status = 500, .body = "{}" },
        PAGE("{\"value\": {\"id\": 1}, \"next\": \"b\"}"),
        PAGE("{\"value\": [{\"id\": {}}, {\"id\": 1}], \"next\": \"b\"}"),
        PAGE("{\"value\": [{\"id\": 1}], \"next\": \"b\"}"),
        PAGE("{\"value\": [], \"next\": \"b\"}"),
    };
    struct stage *stage = stage_new();
    char now[64];

    (void)state;
    fake_http_script(stage_http(stage), "list", answers, 5);
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t", POLL("GET", ""));
    stage_settle(stage);
    for (unsigned i = 0; i < 3; i++) {
        cursor_is(stage, "");
        assert_int_equal(fake_store_runs(stage_store(stage)), 0);
        failing(stage, now);
        assert_string_equal(now, told[i]);
        stage_wait(stage, 60000);
    }
    cursor_is(stage, "\"b\"");
    failing(stage, now);
    assert_string_equal(now, "");
    assert_int_equal(fake_store_runs(stage_store(stage)), 1);
    stage_free(stage);
}

#define WINDOW_LUA SOURCE_DIR "/flows/common/rules/window.lua"
#define WINDOWS                                                                                   \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [{\"id\": \"new\", \"type\": "          \
    "\"trigger.poll\", \"config\": {\"every\": \"6h\", \"items\": \"=steps.ask.body.value\", "    \
    "\"id\": \"=item.id\", \"cursor\": \"=steps.window.next\", \"body\": {\"nodes\": [{\"id\": "  \
    "\"window\", \"type\": \"transform.script\", \"config\": {\"source\": \"return "              \
    "require('rules.window').of(trigger.cursor, 2)\"}}, {\"id\": \"ask\", \"type\": "             \
    "\"connector.http\", \"config\": {\"url\": \"http://127.0.0.1/list\", \"query\": {\"from\": " \
    "\"=steps.window.from\", \"to\": \"=steps.window.to\"}}}], \"edges\": [{\"from\": "           \
    "\"window\", "                                                                                \
    "\"to\": \"ask\"}]}}}]}, \"rules\": {\"window\": %s}}"

static void deploy_windows(struct stage *stage)
{
    static char rule[16 * 1024], bundle[32 * 1024];
    FILE *file = fopen(WINDOW_LUA, "r");
    json_t *text;
    char *quoted;

    assert_non_null(file);
    rule[fread(rule, 1, sizeof rule - 1, file)] = '\0';
    fclose(file);
    text = json_string(rule);
    quoted = json_dumps(text, JSON_ENCODE_ANY);
    snprintf(bundle, sizeof bundle, WINDOWS, quoted);
    stage_deploy(stage, "t", bundle);
    mem_free(quoted);
    json_decref(text);
}

/* The value of a parameter of the n-th request, from `from=` or `to=` on. */
static const char *asked(struct stage *stage, size_t n, const char *name)
{
    const char *url = fake_http_sent(stage_http(stage), "list", n)->url;

    assert_non_null(strstr(url, name));
    return strstr(url, name) + strlen(name);
}

/* Half a month in which the system is down, and the program too for a while: each day of it is
 * asked for afterwards, no window is long, and what is entered late in a day that was asked for
 * already comes all the same. */
static void weeks_of_silence_are_made_up_for(void **state)
{
    static const struct fake_answer before[] = { PAGE("{\"value\": [{\"id\": 1}]}"),
                                                 PAGE("{\"value\": []}") };
    static const struct fake_answer down = { .status = 503, .body = "" };
    static const struct fake_answer after[] = {
        PAGE("{\"value\": [{\"id\": 1}, {\"id\": 2}]}"),
        PAGE("{\"value\": [{\"id\": 3}]}"),
        PAGE("{\"value\": [{\"id\": 3}, {\"id\": 4}]}"),
        PAGE("{\"value\": [{\"id\": 5}]}"),
        PAGE("{\"value\": [{\"id\": 6}]}"),
        PAGE("{\"value\": []}"),
    };
    struct stage *stage = stage_new();
    size_t first;

    (void)state;
    fake_http_script(stage_http(stage), "list", before, 2);
    deploy_windows(stage);
    stage_settle(stage);
    assert_int_equal(fake_store_runs(stage_store(stage)), 1);
    fake_http_script(stage_http(stage), "list", &down, 1);
    for (unsigned days = 0; days < 15; days++) {
        if (days == 7)
            stage_crash(stage);
        stage_wait(stage, INT64_C(86400000));
    }
    assert_int_equal(fake_store_runs(stage_store(stage)), 1);
    first = fake_http_count(stage_http(stage), "list");
    fake_http_script(stage_http(stage), "list", after, 6);
    stage_wait(stage, INT64_C(6 * 3600000));
    assert_int_equal(fake_store_runs(stage_store(stage)), 6);
    assert_int_equal(fake_http_count(stage_http(stage), "list"), first + 6);
    assert_true(strncmp(asked(stage, first, "from="), asked(stage, 1, "to="), 10) < 0);
    for (size_t n = first + 1; n < first + 6; n++)
        assert_true(strncmp(asked(stage, n, "from="), asked(stage, n - 1, "to="), 10) < 0);
    assert_true(strncmp(asked(stage, first + 5, "to="), asked(stage, first - 1, "to="), 10) > 0);
    stage_free(stage);
}

static void a_poll_changes_nothing_outside(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    stage_deploy(stage, "t", POLL("POST", ""));
    stage_settle(stage);
    assert_int_equal(fake_http_count(stage_http(stage), "list"), 0);
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_items_begin_runs_and_the_cursor_moves),
        cmocka_unit_test(a_page_is_taken_whole_or_not_at_all),
        cmocka_unit_test(a_poll_that_fails_leaves_the_cursor_and_is_told),
        cmocka_unit_test(weeks_of_silence_are_made_up_for),
        cmocka_unit_test(a_poll_changes_nothing_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
