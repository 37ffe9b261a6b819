/* manifest_lists.c - what a manifest says of limits, rules, lists, examples and events: every fault
 * with its place, and the triggers that come of it. */
#include "manifest_help.h"

#define BUDGET(header) "{'remaining_header': '" header "'}"

static void test_faults_of_limits_and_rules(void **state)
{
    (void)state;
    broken("'error':", "'limits': {'requests': 0}, 'error':", "/limits", "1 to 1000000");
    broken("'error':", "'limits': {'per': '1s'}, 'error':", "/limits", "with \"requests\"");
    broken("'error':", "'limits': {'requests': 1, 'per': 'soon'}, 'error':", "/limits/per",
           "a time");
    broken("'error':", "'limits': {'reset_header': 'X'}, 'error':", "/limits", "remaining_header");
    broken("'error':", "'limits': {'remaining_header': 'X Y'}, 'error':", "/limits", "of a header");
    broken("'error':", "'limits': {'budgets': [{'reset_header': 'X'}]}, 'error':",
           "/limits/budgets/0", "remaining_header");
    broken("'error':", "'limits': {'budgets': [{'remaining_header': 'X'}, 'Y']}, 'error':",
           "/limits/budgets/1", "object");
    broken("'error':",
           "'limits': {'remaining_header': 'A', 'budgets': [" BUDGET("B") ", " BUDGET(
               "C") ", " BUDGET("D") ", " BUDGET("E") "]}, 'error':",
           "/limits/budgets/3", "more than 4");
    broken("'error':", "'limits': {'request': 1}, 'error':", "/limits/request", "\"requests\"?");
    broken("'code': 'E7'", "'code': 7", "/errors/1", "a text such as");
    broken("'code': 'E7'", "'when': {}", "/errors/1", "says nothing");
    broken("'code': 'E7'", "'when': {'a': {}}", "/errors/1", "\"a\" must be");
    broken("'status': 503, ", "", "/errors/0", "a rule needs");
    broken("'code': 'error.code'", "'code': []", "/error/code", "dotted path");
    broken("'code': 'error.code'", "'code': ['a', 'header:X Y']", "/error/code", "of a header");
}

#define LISTED(pages) "'effect': 'none', 'pages': {" pages "}, 'expect': [201]"

static void test_faults_of_lists(void **state)
{
    (void)state;
    broken("'expect': [201]", LISTED("'type': 'cursor', 'next': 'n', 'param': 'p'"),
           "/actions/pay/pages", "leave \"output\"");
    broken("'expect': [201]", "'pages': {'type': 'link_header'}, 'expect': [201]",
           "/actions/pay/pages", "effect must be none");
    broken("'expect': [201]", LISTED("'type': 'links'"), "/actions/pay/pages", "not \"links\"");
    broken("'expect': [201]", LISTED("'type': 'cursor', 'next': 'n'"), "/actions/pay/pages",
           "need \"param\"");
    broken("'expect': [201]", LISTED("'type': 'next_link', 'next': 'n', 'param': 'p'"),
           "/actions/pay/pages", "no meaning");
    broken("'expect': [201]", LISTED("'type': 'page', 'param': 'p', 'size': 0"),
           "/actions/pay/pages", "1 to 100000");
    broken("'expect': [201]", LISTED("'type': 'page', 'param': 'p', 'size_param': 's'"),
           "/actions/pay/pages", "needs \"size\"");
    broken("'expect': [201]", LISTED("'type': 'page', 'param': 'p', 'in': 'head'"),
           "/actions/pay/pages", "query or body");
    broken("'expect': [201]", "'batch': {'items': 'amount', 'results': 'r'}", "/actions/pay/batch",
           "of type array");
    broken("'expect': [201]", "'batch': {'items': 'id', 'results': 'r', 'item_id': 'x'}",
           "/actions/pay/batch", "both, or neither");
}

static void test_faults_of_examples(void **state)
{
    (void)state;
    broken("'output_schema': {'type': 'object'}", "'output_schema': {'type': 'text'}",
           "/actions/pay/output_schema/type", "\"type\" must be");
    broken("'output_schema': {'type': 'object'}", "'output_schema': {'required': ['no']}",
           "/actions/pay/example/output", "\"no\" is missing");
    broken("'example': {'input'",
           "'examples': [{'name': 'a', 'output': 1, 'error': {}}], 'example': "
           "{'input'",
           "/actions/pay/examples/0", "an \"output\" or an \"error\"");
    broken("'example': {'input'",
           "'examples': [{'name': 'a', 'error': {'kind': 'no', 'text': 'x'}}], 'example': {'input'",
           "/actions/pay/examples/0/error", "not \"no\"");
    broken("'example': {'input'",
           "'examples': [{'name': 'a', 'when': {'id': 'y'}, 'input': {'id': 'x'}, 'output': 1}], "
           "'example': {'input'",
           "/actions/pay/examples/0/when", "does not fit");
    broken("'example': {'input': {'id': 'x'}, 'output': {'id': 'x'}}",
           "'examples': [{'name': 'a', 'output': 1}]", "/actions/pay", "the usual case");
}

#define EVENT(event) "'events': {'paid': {'title': 'P', 'help': 'P.', " event "}}, 'actions': {"

#define BY_TIME(cursor)                                                                           \
    EVENT(                                                                                        \
        "'poll': {'path': '/x', 'id': 'i', 'query': {'a': '{window.from}', 'b': '{window.to}'}, " \
        "'cursor': {" cursor "}}")
#define AT_CURSOR "/events/paid/poll/cursor"

static void test_faults_of_moments(void **state)
{
    (void)state;
    broken("'actions': {", BY_TIME("'moment': 'never', 'back': '1d'"), AT_CURSOR,
           "iso, yyyy-MM-dd, MM/dd/yyyy, seconds, milliseconds");
    broken("'actions': {", BY_TIME("'moment': 'iso'"), AT_CURSOR, "needs \"back\"");
    broken("'actions': {", BY_TIME("'moment': 'iso', 'back': 5"), AT_CURSOR, "needs \"back\"");
    broken("'actions': {", BY_TIME("'moment': 'iso', 'back': '1d', 'step': '5s'"), AT_CURSOR,
           "a minute or more");
    broken("'actions': {", BY_TIME("'moment': 'iso', 'back': '1d', 'field': 'x'"), AT_CURSOR,
           "one of these ways");
    broken("'actions': {", BY_TIME("'field': 'x', 'full': 5"), AT_CURSOR, "belong to \"moment\"");
    broken("'actions': {", BY_TIME("'field': 'x'"), AT_CURSOR, "where the cursor is a moment");
    broken("'actions': {",
           EVENT("'poll': {'path': '/x', 'id': 'i', 'query': {'a': '{window.from}'}, 'cursor': "
                 "{'moment': 'iso', 'back': '1d'}}"),
           AT_CURSOR, "\"{window.to}\" in the request");
    broken("'actions': {",
           EVENT("'poll': {'path': '/x', 'query': {'a': '{window.from}', 'b': '{window.to}'}, "
                 "'cursor': {'moment': 'iso', 'back': '1d'}}"),
           AT_CURSOR, "needs \"id\"");
    broken("'actions': {",
           EVENT("'poll': {'path': '/x', 'id': 'i', 'query': {'a': '{window.from}', 'b': "
                 "'{window.to}', 'c': '{cursor}'}, 'cursor': {'moment': 'iso', 'back': '1d'}}"),
           AT_CURSOR, "\"{cursor}\" names nothing");
}

static void test_faults_of_events(void **state)
{
    (void)state;
    broken("'actions': {", EVENT("'schema': {}"), "/events/paid", "or \"poll\" when we ask");
    broken("'actions': {", EVENT("'webhook': {}"), "/events/paid/webhook", "\"verify\" is missing");
    broken("'actions': {", EVENT("'webhook': {'verify': {'type': 'hmac'}}"),
           "/events/paid/webhook/verify", "needs \"header\"");
    broken("'actions': {", EVENT("'webhook': {'verify': {'type': 'magic'}}"),
           "/events/paid/webhook/verify", "none, hmac, basic, bearer");
    broken("'actions': {",
           EVENT("'webhook': {'verify': {'type': 'hmac', 'header': 'X', 'timestamp_part': 't'}}"),
           "/events/paid/webhook/verify", "needs \"signature_part\"");
    broken("'actions': {",
           EVENT("'webhook': {'verify': {'type': 'none'}, 'handshake': {'when': {'a': 1}}}"),
           "/events/paid/webhook/handshake", "stand together");
    broken("'actions': {", EVENT("'poll': {'path': '/x'}"), "/events/paid/poll", "the same again");
    broken("'actions': {", EVENT("'poll': {'path': '/x', 'id': 'i', 'every': '1ms'}"),
           "/events/paid/poll", "a second or more");
    broken("'actions': {", EVENT("'poll': {'path': '/x', 'cursor': {}}"),
           "/events/paid/poll/cursor", "one of these ways");
    broken("'actions': {", EVENT("'poll': {'path': '/x', 'id': 'i', 'query': {'a': '{key}'}}"),
           "/events/paid/poll", "keyed only");
    broken("'actions': {", EVENT("'poll': {'path': '/{cursor}', 'id': 'i'}"),
           "/events/paid/poll/path", "names nothing");
}

static void test_events_become_triggers(void **state)
{
    const char *at = strstr(good, "'actions': {");
    struct registry *registry = registry_new();
    struct manifest *manifest;
    const struct node_type *type;
    char text[8192];
    struct buf said;

    (void)state;
    snprintf(
        text, sizeof text, "%.*s%s%s", (int)(at - good), good,
        "'events': {'paid': {'title': 'Paid', 'help': 'P.', 'webhook': {'path': 'shop/paid', "
        "'verify': {'type': 'hmac', 'header': 'X-S'}}}, 'new': {'title': 'New', 'help': 'N.', "
        "'poll': {'path': '/new', 'query': {'after': '{cursor}'}, 'id': 'no', 'every': '5m'}}}, ",
        at);
    buf_init(&said, MIB);
    manifest = read_text(text, &said);
    assert_string_equal(buf_text(&said), "");
    manifest_add(manifest, registry);
    type = registry_find(registry, "trigger.shop.paid");
    assert_int_equal(type->kind, NODE_TRIGGER);
    assert_false(type->needs_connection);
    assert_string_equal(type->fields[0].fallback, "shop/paid");
    type = registry_find(registry, "trigger.shop.new");
    assert_true(type->needs_connection);
    assert_string_equal(type->fields[0].fallback, "5m");
    assert_string_equal(type->fields[3].fallback, "=item.no");
    registry_free(registry);
    manifest_free(manifest);
    buf_fini(&said);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_faults_of_limits_and_rules), CASE(test_faults_of_lists),
        CASE(test_faults_of_examples),         CASE(test_faults_of_events),
        CASE(test_faults_of_moments),          CASE(test_events_become_triggers),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
