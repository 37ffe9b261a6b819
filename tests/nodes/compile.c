/* compile.c - what the settings of each type accept, what they refuse, and that each fault says
 * where. */
#include "node_try.h"

struct wrong {
    const char *config, *pointer, *wanted;
};

static void all_wrong(struct node_try *try, const char *type, const char *connection,
                      const struct wrong *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        node_try_fault(try, type, cases[i].config, connection, cases[i].pointer, cases[i].wanted);
}
#define ALL_WRONG(try, type, connection, cases) \
    all_wrong(try, type, connection, cases, sizeof cases / sizeof *cases)

static void test_map(void **state)
{
    static const struct wrong cases[] = {
        { "{}", "/config", "\"fields\" is missing" },
        { "{'fields': []}", "/fields", "at least 1" },
        { "{'fields': [{'to': 'a'}]}", "/fields/0", "\"from\" is missing" },
        { "{'fields': [{'to': 'lines[].amount', 'from': 1}]}", "/fields/0/to",
          "no earlier field makes" },
        { "{'fields': [{'to': 'a', 'from': 1}, {'to': 'a', 'from': 2}]}", "/fields/1/to",
          "filled by an earlier field" },
        { "{'fields': [{'to': 'a', 'from': 1}, {'to': 'a.b', 'from': 2}]}", "/fields/1/to",
          "exclude each other" },
        { "{'fields': [{'to': 'a.b', 'from': 1}, {'to': 'a', 'from': 2}]}", "/fields/1/to",
          "exclude each other" },
        { "{'fields': [{'to': 'a.b.c', 'from': 1}, {'to': 'a.b', 'from': 2}]}", "/fields/1/to",
          "exclude each other" },
        { "{'fields': [{'to': 'a', 'from': 1}], 'base': [1]}", "/base", "must be an object" },
        { "{'fields': [{'to': 'a', 'form': 1}]}", "/fields/0", "from" },
    };

    ALL_WRONG(*state, "transform.map", NULL, cases);
    node_try_fine(*state, "transform.map",
                  "{'fields': [{'to': 'a.b', 'from': 1}, {'to': 'a.c', 'from': '=1'}, "
                  "{'to': 'a\\\\.b', 'from': 2}, {'to': 'customerid@odata\\\\.bind', 'from': 3}]}",
                  NULL);
}

static void test_script(void **state)
{
    static const struct wrong cases[] = {
        { "{}", "/config", "\"source\" is missing" },
        { "{'source': 'return 1', 'module': 'gl', 'function': 'f'}", "/config", "not both" },
        { "{'module': 'gl'}", "/config", "\"function\" is missing" },
        { "{'function': 'f'}", "/config", "\"module\" is missing" },
        { "{'module': 'lg', 'function': 'f'}", "/config/module", "did you mean \"gl\"" },
        { "{'module': 'gl:f', 'function': 'f'}", "/config/module", "cannot be the name" },
        { "{'module': 'gl', 'function': '1f'}", "/config/module", "function" },
        { "{'source': '=1'}", "/config/source", "return" },
    };

    ALL_WRONG(*state, "transform.script", NULL, cases);
    node_try_fine(*state, "transform.script", "{'module': 'gl', 'function': 'choose'}", NULL);
    node_try_fine(*state, "transform.script",
                  "{'source': 'return input', 'input': '=trigger.body'}", NULL);
}

static void test_switch(void **state)
{
    static const struct wrong cases[] = {
        { "{'cases': []}", "/cases", "at least 1" },
        { "{'cases': [{'port': 'a'}]}", "/cases/0", "\"when\" is missing" },
        { "{'cases': [{'when': '=true'}]}", "/cases/0", "\"port\" is missing" },
        { "{'cases': [{'port': 'a', 'when': 'x == 1'}]}", "/cases/0/when", "begins with \"=\"" },
        { "{'cases': [{'port': 'a', 'when': {'a': '=1', 'b': '=2'}}]}", "/cases/0/when",
          "one expression" },
        { "{'cases': [{'port': 'error', 'when': true}]}", "/cases/0/port", "on_error" },
    };
    const struct flow_node *node;

    ALL_WRONG(*state, "branch.switch", NULL, cases);
    node = node_try_fine(*state, "branch.switch",
                         "{'cases': [{'port': 'paid', 'when': '=trigger.body.a'}, {'port': 'rest', "
                         "'when': true}], 'else': 'other'}",
                         NULL);
    assert_int_equal(node->port_count, 3);
    assert_string_equal(node->ports[0], "paid");
    assert_string_equal(node->ports[2], "other");
}

static void test_filter(void **state)
{
    static const struct wrong cases[] = {
        { "{}", "/config", "\"when\" is missing" },
        { "{'when': 'trigger.body.a'}", "/config/when", "begins with \"=\"" },
        { "{'when': 1}", "/config/when", "true or false" },
    };

    ALL_WRONG(*state, "branch.filter", NULL, cases);
    node_try_fine(*state, "branch.filter", "{'when': '=trigger.body.a'}", NULL);
}

static void test_manual(void **state)
{
    static const struct wrong cases[] = { { "{'path': 'x'}", "/config/path", "no member" } };

    ALL_WRONG(*state, "trigger.manual", NULL, cases);
    node_try_fine(*state, "trigger.manual", "{}", NULL);
}

static void test_http(void **state)
{
    static const struct wrong cases[] = {
        { "{}", "/config", "\"url\" is missing" },
        { "{'url': 'https://a.example', 'path': '/x'}", "/config", "not both" },
        { "{'path': '/x'}", "/config", "names none" },
        { "{'url': 'https://a.example', 'method': 'POTS'}", "/method", "did you mean \"POST\"" },
        { "{'url': 'https://a.example', 'body': 1}", "/config", "GET request has no body" },
        { "{'url': 'https://a.example', 'effect': 'keyed', 'method': 'POST'}", "/config",
          "\"key_header\"" },
        { "{'url': 'https://a.example', 'key_header': 'K'}", "/config", "keyed only" },
        { "{'url': 'https://a.example', 'effect': 'keyed', 'key_header': 'K K'}", "/config",
          "name of a header" },
        { "{'url': 'https://a.example', 'expect': [99]}", "/expect", "200" },
        { "{'url': 'https://a.example', 'expect': ['2x']}", "/expect", "2xx" },
        { "{'url': 'https://a.example', 'expect': {}}", "/expect", "2xx" },
        { "{'url': 'https://a.example', 'not_processed': '503'}", "/not_processed", "503" },
        { "{'url': 'https://a.example', 'headers': {'Authorization': 'x'}}", "/headers",
          "belongs into a connection" },
        { "{'url': 'https://a.example', 'headers': {'Host': 'x'}}", "/headers", "by Weft itself" },
        { "{'url': 'https://a.example', 'headers': {'A': 'x\\r\\nB: y'}}", "/headers",
          "line break" },
        { "{'url': 'https://a.example', 'headers': [1]}", "/headers", "object of texts" },
    };
    static const struct wrong connected[] = {
        { "{'url': 'https://a.example'}", "/config", "holds its host" },
        { "{}", "/config", "\"path\" is missing" },
    };

    ALL_WRONG(*state, "connector.http", NULL, cases);
    ALL_WRONG(*state, "connector.http", "web", connected);
    node_try_fine(*state, "connector.http", "{'path': '/x', 'method': 'POST', 'body': '=1'}",
                  "web");
    node_try_fine(*state, "connector.http",
                  "{'url': '=trigger.body.u', 'expect': [200, '4xx'], 'headers': {'A': 1}}", NULL);
}

static void test_respond(void **state)
{
    static const struct wrong cases[] = {
        { "{'status': 99}", "/config/status", "200 to 599" },
        { "{'headers': {'A': 'x\\ny'}}", "/config/headers", "line break" },
        { "{'headers': {'Content-Length': 1}}", "/config/headers", "by Weft itself" },
        { "{'status': 'ok'}", "/config", "200 to 599" },
        { "{'status': 200.5}", "/config", "200 to 599" },
        { "{'state': 200}", "/config/state", "no member" },
    };

    ALL_WRONG(*state, "connector.respond", NULL, cases);
    node_try_fine(*state, "connector.respond", "{}", NULL);
    node_try_fine(*state, "connector.respond", "{'status': '=201', 'body': {'a': '=1'}}", NULL);
}

#define JOURNAL "connector.dynamics365.create_payment_journal"
#define LINE    "connector.dynamics365.add_payment_journal_line"

static void test_an_action_knows_its_input(void **state)
{
    static const struct wrong journal[] = {
        { "{}", "/config", "\"input\" is missing" },
        { "{'input': {'dataAreaId': 'usmf'}}", "/config/input", "\"JournalName\" is missing" },
        { "{'input': {'dataAreaId': 'usmfx', 'JournalName': '=1'}}", "/config/input/dataAreaId",
          "5 characters" },
        { "{'input': {'dataAreaId': '=1', 'JournalName': '=1', 'Name': 1}}", "/config/input",
          "\"Name\" is not one of its members" },
        { "{'input': {'dataAreaId': 7, 'JournalName': '=1'}}", "/config/input/dataAreaId",
          "must be: text, but is: number" },
        { "{'input': [1]}", "/config/input", "must be: object" },
    };
    static const struct wrong line[] = {
        { "{'input': {'dataAreaId': '=1', 'JournalBatchNumber': '=1', 'AccountDisplayValue': '=1', "
          "'CurrencyCode': '=1', 'TransactionDate': '11/20/2026', 'CreditAmount': '100.10'}}",
          "/config/input/TransactionDate", "a date like 2026-11-21" },
        { "{'input': {'dataAreaId': '=1', 'JournalBatchNumber': '=1', 'AccountDisplayValue': '=1', "
          "'CurrencyCode': '=1', 'TransactionDate': '=1', 'CreditAmount': '100.10'}}",
          "/config/input/CreditAmount", "must be: number, but is: text" },
    };

    ALL_WRONG(*state, JOURNAL, "erp", journal);
    ALL_WRONG(*state, LINE, "erp", line);
    node_try_fine(*state, JOURNAL, "{'input': '=trigger.body'}", "erp");
    node_try_fine(*state, JOURNAL,
                  "{'input': {'dataAreaId': 'usmf', 'JournalName': '=trigger.body'}}", "erp");
    node_try_fault(*state, JOURNAL, "{'input': '=1'}", NULL, "", "connection");
    node_try_fault(*state, JOURNAL, "{'input': '=1'}", "web", "", "dynamics365");
}

/* Most connections of node_try.h are named as their system. */
static const char *example_connection(const char *connector)
{
    if (connector != NULL && strcmp(connector, "sql") == 0)
        return "db";
    if (connector != NULL && strcmp(connector, "dynamics365") == 0)
        return "erp";
    return connector;
}

/* Whatever the reference shows can be pasted into a flow. */
static void test_each_example_compiles(void **state)
{
    struct node_try *try = *state;
    const struct node_type *type;
    size_t cursor = 0, count = 0;

    while ((type = registry_next(try->registry, &cursor)) != NULL) {
        const char *connection = example_connection(type->connector);

        count++;
        assert_non_null(type->title);
        assert_non_null(type->help);
        assert_non_null(type->example);
        if (node_try_compile(try, type->name, type->example, connection) == NULL)
            fail_msg("%s: %s", type->name, buf_text(&try->said));
    }
    assert_true(count >= 14);
}

static void help_is_there(const struct field *rows, const char *type)
{
    for (; rows != NULL && rows->kind != FIELD_END; rows++) {
        if (rows->help == NULL || strlen(rows->help) < 10)
            fail_msg("%s: the setting %s has no help", type, rows->name);
        help_is_there(rows->rows, type);
    }
}

static void test_each_setting_has_help(void **state)
{
    struct node_try *try = *state;
    const struct node_type *type;
    size_t cursor = 0;

    while ((type = registry_next(try->registry, &cursor)) != NULL)
        help_is_there(type->fields, type->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TRY(test_map),
        NODE_TRY(test_script),
        NODE_TRY(test_switch),
        NODE_TRY(test_filter),
        NODE_TRY(test_manual),
        NODE_TRY(test_http),
        NODE_TRY(test_respond),
        NODE_TRY(test_an_action_knows_its_input),
        NODE_TRY(test_each_example_compiles),
        NODE_TRY(test_each_setting_has_help),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
