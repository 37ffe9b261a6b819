/* triggers.c - the triggers by which the engine itself begins runs: their settings, what they arm,
 * and the input they make of what the engine tells. */
#include "lasting.h"

#define RECEIVED "'received_at': '2026-11-18T11:06:40.000Z'"

struct wrong {
    const char *config, *pointer, *wanted;
};

static void all_wrong(struct node_try *try, const char *type, const struct wrong *cases,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        node_try_fault(try, type, cases[i].config, NULL, cases[i].pointer, cases[i].wanted);
}
#define ALL_WRONG(try, type, cases) all_wrong(try, type, cases, sizeof cases / sizeof *cases)

static struct node_arm armed(struct node_try *try, const char *type, const char *config)
{
    const struct flow_node *node = node_try_fine(try, type, config, NULL);
    struct node_arm arm = { 0 };

    node->type->arm(node->config, &arm);
    assert_null(arm.path);
    assert_null(arm.method);
    return arm;
}

static enum err_code told(struct node_try *try, const char *type, const char *config,
                          struct node_event *event, json_t **input, struct err *e)
{
    const struct flow_node *node = node_try_fine(try, type, config, NULL);
    enum err_code rc;

    event->received_ms = LASTING_NOW;
    rc = node->type->receive(event, node->config, input, e);
    assert_int_equal(rc == ERR_OK, *input != NULL);
    if (rc != ERR_OK)
        assert_int_equal(rc, e->code);
    return rc;
}

static void gives(struct node_try *try, const char *type, const char *config, const char *body,
                  const char *wanted)
{
    char *text = node_try_text(body);
    struct node_event event = { .method = "CALL", .body = text, .body_size = strlen(text) };
    json_t *input;
    struct err e;

    if (told(try, type, config, &event, &input, &e) != ERR_OK)
        fail_msg("%s: %s", body, e.text);
    node_try_same(input, wanted);
    mem_free(text);
}

static void refuses(struct node_try *try, const char *type, const char *config, const char *body,
                    enum err_code code, const char *wanted)
{
    char *text = node_try_text(body);
    struct node_event event = { .method = "CALL", .body = text, .body_size = strlen(text) };
    json_t *input;
    struct err e;

    assert_int_equal(told(try, type, config, &event, &input, &e), code);
    if (strstr(e.text, wanted) == NULL)
        fail_msg("%s: wanted \"%s\" in \"%s\"", body, wanted, e.text);
    mem_free(text);
}

/* ---- trigger.call */

#define CALL "trigger.call"
#define SCHEMA                                                                               \
    "{'input': {'type': 'object', 'properties': {'amount': {'type': 'number'}, 'currency': " \
    "{'type': 'string', 'default': 'USD'}}, 'required': ['amount']}}"

static void test_call(void **state)
{
    static const struct wrong cases[] = {
        { "{'input': 7}", "/config/input", "a schema is an object" },
        { "{'input': {'type': 'money'}}", "/config/input/type", "name of a type" },
        { "{'output': {'properties': {'a': {'all_of': []}}}}", "/config/output/properties/a/all_of",
          "not one that Weft checks" },
    };
    struct node_arm arm;

    ALL_WRONG(*state, CALL, cases);
    arm = armed(*state, CALL, "{}");
    assert_true(arm.callable);
    gives(*state, CALL, "{}", "{'a': 1.10}", "{'body': {'a': 1.10}, " RECEIVED "}");
    gives(*state, CALL, "{}", "", "{'body': null, " RECEIVED "}");
    gives(*state, CALL, SCHEMA, "{'amount': 1.10}",
          "{'body': {'amount': 1.10, 'currency': 'USD'}, " RECEIVED "}");
    gives(*state, CALL, "{'input': {'type': ['array', 'null']}}", "[1]",
          "{'body': [1], " RECEIVED "}");
    refuses(*state, CALL, SCHEMA, "{'amount': 'ten', 'more': 1}", ERR_INVALID,
            "does not fit what the flow takes: \"amount\" must be: number, but is: text");
    refuses(*state, CALL, SCHEMA, "{}", ERR_INVALID, "\"amount\" is missing");
    refuses(*state, CALL, SCHEMA, "", ERR_INVALID, "must be: object, but is: null");
    refuses(*state, CALL, "{}", "{'a':", ERR_SYNTAX, "not valid JSON");
    gives(*state, CALL, "{'output': {'type': 'object'}}", "1", "{'body': 1, " RECEIVED "}");
}

/* ---- trigger.schedule */

static void test_schedule(void **state)
{
    static const struct wrong cases[] = {
        { "{}", "/config", "exactly one of \"cron\" and \"every\"" },
        { "{'cron': '* * * * *', 'every': '1m'}", "/config", "exactly one of" },
        { "{'cron': '0 0 6 * * MON'}", "/cron", "there are 6 fields, but five are wanted" },
        { "{'cron': '0 0 31 2 *'}", "/cron", "no month of field 4 has a day 31" },
        { "{'cron': '0 25 * * *'}", "/cron", "field 2 (hour): 25 is not from 0 to 23" },
        { "{'cron': '=a'}", "/cron", "no expression" },
        { "{'every': '10ms'}", "/every", "at least 1000ms" },
        { "{'every': '367d'}", "/every", "at most" },
        { "{'every': '1m', 'zone': 'Europe/Vienna'}", "/config", "\"zone\" is for \"cron\" only" },
        { "{'cron': '* * * * *', 'zone': 'Vienna, Austria'}", "/zone", "IANA" },
        { "{'cron': '* * * * *', 'zone': ''}", "/zone", "IANA" },
        { "{'cron': '* * * * *', 'misfire': 'never'}", "/misfire", "\"never\"" },
    };
    struct node_arm arm;

    ALL_WRONG(*state, "trigger.schedule", cases);
    arm = armed(*state, "trigger.schedule",
                "{'cron': '30 6 * * MON-FRI', 'zone': 'America/New_York', 'misfire': 'all'}");
    assert_string_equal(arm.schedule->cron, "30 6 * * MON-FRI");
    assert_string_equal(arm.schedule->zone, "America/New_York");
    assert_int_equal(arm.schedule->misfire, MISFIRE_ALL);
    assert_int_equal(arm.schedule->every_ms, 0);
    arm = armed(*state, "trigger.schedule", "{'every': '15m'}");
    assert_null(arm.schedule->cron);
    assert_null(arm.schedule->zone);
    assert_int_equal(arm.schedule->every_ms, 900000);
    assert_int_equal(arm.schedule->misfire, MISFIRE_ONCE);
    arm = armed(*state, "trigger.schedule", "{'every': '15m', 'misfire': 'skip'}");
    assert_int_equal(arm.schedule->misfire, MISFIRE_SKIP);
    gives(*state, "trigger.schedule", "{'every': '15m'}",
          "{'slot': '2026-11-18T11:00:00Z', 'scheduled_at': '2026-11-18T11:00:00.000Z'}",
          "{'slot': '2026-11-18T11:00:00Z', 'scheduled_at': "
          "'2026-11-18T11:00:00.000Z', " RECEIVED "}");
    gives(*state, "trigger.schedule", "{'every': '15m'}", "7", "{'body': 7, " RECEIVED "}");
}

/* ---- trigger.event */

static void test_event(void **state)
{
    static const struct wrong cases[] = {
        { "{}", "/config", "\"on\" is missing" },
        { "{'on': 'error'}", "/on", "\"error\"" },
        { "{'on': 'failed', 'flow': 'a/b'}", "/flow", "cannot be the name of a flow" },
    };
    struct node_arm arm;

    ALL_WRONG(*state, "trigger.event", cases);
    arm = armed(*state, "trigger.event", "{'on': 'failed', 'flow': 'pay'}");
    assert_string_equal(arm.listen->flow, "pay");
    assert_true(arm.listen->failed && !arm.listen->succeeded);
    arm = armed(*state, "trigger.event", "{'on': 'succeeded'}");
    assert_null(arm.listen->flow);
    assert_true(!arm.listen->failed && arm.listen->succeeded);
    arm = armed(*state, "trigger.event", "{'on': 'ended'}");
    assert_true(arm.listen->failed && arm.listen->succeeded);
    gives(*state, "trigger.event", "{'on': 'ended'}", "{'run': 'X', 'status': 'failed'}",
          "{'run': 'X', 'status': 'failed', " RECEIVED "}");
}

/* ---- trigger.poll */

static void test_poll(void **state)
{
    static const struct wrong cases[] = {
        { "{'items': '=a', 'id': '=b', " BODY "}", "/config", "\"every\" is missing" },
        { "{'every': '5m', 'id': '=b', " BODY "}", "/config", "\"items\" is missing" },
        { "{'every': '5m', 'items': '=a', 'id': '=b'}", "/config", "\"body\" is missing" },
        { "{'every': '5m', 'items': '=a', " BODY "}", "/config",
          "neither \"id\" nor \"cursor\" is there" },
        { "{'every': '5ms', 'items': '=a', 'id': '=b', " BODY "}", "/every", "at least 1000ms" },
    };
    struct node_arm arm;

    ALL_WRONG(*state, "trigger.poll", cases);
    arm = armed(*state, "trigger.poll",
                "{'every': '5m', 'items': '=steps.in.list', 'id': '=item.id', " BODY "}");
    assert_int_equal(arm.poll->every_ms, 300000);
    assert_non_null(arm.poll->items);
    assert_non_null(arm.poll->id);
    assert_null(arm.poll->cursor);
    arm = armed(*state, "trigger.poll",
                "{'every': '5m', 'items': '=steps.in.list', 'cursor': '=steps.in.next', " BODY "}");
    assert_null(arm.poll->id);
    assert_non_null(arm.poll->cursor);
    gives(*state, "trigger.poll", "{'every': '5m', 'items': '=a', 'id': '=b', " BODY "}",
          "{'body': {'id': 7}}", "{'body': {'id': 7}, " RECEIVED "}");
}

/* ---- trigger.file */

static void test_file_settings(void **state)
{
    static const struct wrong cases[] = {
        { "{}", "/config", "\"folder\" is missing" },
        { "{'folder': ''}", "/folder", "1 to 1000 bytes" },
        { "{'folder': 'spool'}", "/folder", "begins with \"/\"" },
        { "{'folder': '/spool/../etc'}", "/folder", "no \"..\"" },
        { "{'folder': '/spool/..'}", "/folder", "no \"..\"" },
        { "{'folder': '/a', 'pattern': ''}", "/pattern", "without \"/\"" },
        { "{'folder': '/a', 'pattern': 'in/*.csv'}", "/pattern", "without \"/\"" },
        { "{'folder': '/a', 'done': '../b'}", "/done", "without \"/\"" },
        { "{'folder': '/a', 'done': '..'}", "/done", "without \"/\"" },
        { "{'folder': '/a', 'failed': '.'}", "/failed", "without \"/\"" },
        { "{'folder': '/a', 'failed': 'done'}", "/config", "the same folder" },
        { "{'folder': '/a', 'as': 'csv'}", "/as", "\"csv\"" },
        { "{'folder': '/a', 'every': '10ms'}", "/every", "at least 1000ms" },
        { "{'folder': '/a', 'settle': '2d'}", "/settle", "at most" },
    };
    struct node_arm arm;

    ALL_WRONG(*state, "trigger.file", cases);
    arm = armed(*state, "trigger.file", "{'folder': '/spool/a..b'}");
    assert_string_equal(arm.watch->folder, "/spool/a..b");
    assert_null(arm.watch->pattern);
    assert_string_equal(arm.watch->done, "done");
    assert_string_equal(arm.watch->failed, "failed");
    assert_int_equal(arm.watch->settle_ms, 2000);
    assert_int_equal(arm.watch->every_ms, 30000);
    arm = armed(*state, "trigger.file",
                "{'folder': '/a', 'pattern': '*.csv', 'settle': '0s', 'every': '5s', 'done': 'ok', "
                "'failed': 'bad'}");
    assert_string_equal(arm.watch->pattern, "*.csv");
    assert_string_equal(arm.watch->done, "ok");
    assert_string_equal(arm.watch->failed, "bad");
    assert_int_equal(arm.watch->settle_ms, 0);
    assert_int_equal(arm.watch->every_ms, 5000);
}

static void file_is(struct node_try *try, const char *as, const char *bytes, size_t size,
                    const char *body, const char *fault)
{
    static const struct step_pair headers[] = { { "modified", "2026-11-18T11:00:00.000Z" } };
    struct node_event event = { .method = "FILE",
                                .path = "a.csv",
                                .headers = headers,
                                .header_count = 1,
                                .body = bytes,
                                .body_size = size };
    char config[100], wanted[300];
    json_t *input;
    struct err e;

    snprintf(config, sizeof config, "{'folder': '/a', 'as': '%s'}", as);
    if (fault != NULL) {
        assert_int_not_equal(told(try, "trigger.file", config, &event, &input, &e), ERR_OK);
        if (strstr(e.text, fault) == NULL)
            fail_msg("wanted \"%s\" in \"%s\"", fault, e.text);
        return;
    }
    if (told(try, "trigger.file", config, &event, &input, &e) != ERR_OK)
        fail_msg("%s", e.text);
    snprintf(wanted, sizeof wanted,
             "{'name': 'a.csv', 'size': %zu, 'modified': '2026-11-18T11:00:00.000Z', 'body': %s, "
             "" RECEIVED "}",
             size, body);
    node_try_same(input, wanted);
}
#define FILE_IS(as, bytes, body)     file_is(*state, as, bytes, sizeof bytes - 1, body, NULL)
#define FILE_IS_NOT(as, bytes, text) file_is(*state, as, bytes, sizeof bytes - 1, NULL, text)

static void test_what_is_in_a_file(void **state)
{
    FILE_IS("text", "a;b\r\n1;2\n", "'a;b\\r\\n1;2\\n'");
    FILE_IS("text", "", "''");
    FILE_IS("text", "\xef\xbb\xbf\xc3\xa4", "'ä'");
    FILE_IS_NOT("text", "caf\xe9", "is not UTF-8; with \"as\": \"base64\"");
    FILE_IS_NOT("text", "a\0b", "holds a NUL character");
    FILE_IS("lines", "a;b\r\n1;2\n", "['a;b', '1;2']");
    FILE_IS("lines", "a\n\nb", "['a', '', 'b']");
    FILE_IS("lines", "\n", "['']");
    FILE_IS("lines", "a\rb\r", "['a\\rb']");
    FILE_IS("lines", "", "[]");
    FILE_IS_NOT("lines", "\xff", "is not UTF-8");
    FILE_IS("json", "{\"amount\": 1.10}", "{'amount': 1.10}");
    FILE_IS("json", "\xef\xbb\xbf[1]", "[1]");
    FILE_IS_NOT("json", "", "the file is not valid JSON");
    FILE_IS_NOT("json", "{\"a\":1,\"a\":2}", "duplicate");
    FILE_IS("base64", "\xff\0\x01", "'/wAB'");
    FILE_IS("base64", "\xef\xbb\xbf", "'77u/'");
    FILE_IS("base64", "", "''");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LASTING(test_call), LASTING(test_schedule),      LASTING(test_event),
        LASTING(test_poll), LASTING(test_file_settings), LASTING(test_what_is_in_a_file),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
