/* aggregate.c - "transform.aggregate": groups, what is calculated of them, and the totals. */
#include "node_run.h"
#include "node_try.h"

#define NODE(config)                                                                               \
    "{'id': 'it', 'type': 'transform.aggregate', 'config': {'items': '=trigger.body', " config "}" \
    "}"
#define BY "'by': [{'from': 'who.id', 'to': 'who'}], "
#define LINES                                                                               \
    "[{'who': {'id': 'B'}, 'net': 0.10, 'day': '2026-11-02'}, {'who': {'id': 'A'}, 'net': " \
    "'0.20', 'day': '2026-11-01'}, {'who': {'id': 'B'}, 'net': 100, 'day': '2026-11-01'}, " \
    "{'who': {}, 'net': -5.5, 'day': '2026-11-03'}]"

/* The groups alone; the rest is looked at in test_totals(). */
static void groups(const char *node, const char *body, const char *wanted)
{
    struct stage *stage = stage_new();
    struct node_result result;

    node_run_parts(stage, node, "", "", NULL, body, &result);
    if (result.status != 200)
        fail_msg("%s: %d, %s", node, result.status, json_get_text(result.error, "text"));
    node_try_same(json_incref(json_object_get(result.output, "groups")), wanted);
    node_run_end(&result);
    stage_free(stage);
}
#define FIELDS(fields) NODE(BY "'fields': [" fields "]")

static void test_each_way(void **state)
{
    (void)state;
    groups(FIELDS("{'to': 'x', 'do': 'sum', 'from': 'net'}"), LINES,
           "[{'who': 'B', 'x': 100.10}, {'who': 'A', 'x': 0.20}, {'who': null, 'x': -5.5}]");
    groups(FIELDS("{'to': 'x', 'do': 'count'}, {'to': 'y', 'do': 'count', 'from': 'who.id'}"),
           LINES,
           "[{'who': 'B', 'x': 2, 'y': 2}, {'who': 'A', 'x': 1, 'y': 1}, {'who': null, 'x': 1, "
           "'y': 0}]");
    groups(FIELDS("{'to': 'x', 'do': 'min', 'from': 'day'}, {'to': 'y', 'do': 'max', 'from': "
                  "'day'}"),
           LINES,
           "[{'who': 'B', 'x': '2026-11-01', 'y': '2026-11-02'}, {'who': 'A', 'x': '2026-11-01', "
           "'y': '2026-11-01'}, {'who': null, 'x': '2026-11-03', 'y': '2026-11-03'}]");
    groups(FIELDS("{'to': 'x', 'do': 'first', 'from': 'net'}, {'to': 'y', 'do': 'last', 'from': "
                  "'net'}, {'to': 'z', 'do': 'list', 'from': 'day'}"),
           LINES,
           "[{'who': 'B', 'x': 0.10, 'y': 100, 'z': ['2026-11-02', '2026-11-01']}, {'who': 'A', "
           "'x': '0.20', 'y': '0.20', 'z': ['2026-11-01']}, {'who': null, 'x': -5.5, 'y': -5.5, "
           "'z': ['2026-11-03']}]");
    groups(NODE("'fields': [{'to': 'x', 'do': 'distinct', 'from': 'day'}, {'to': 'y', 'do': "
                "'count_distinct', 'from': 'day'}]"),
           LINES, "[{'x': ['2026-11-02', '2026-11-01', '2026-11-03'], 'y': 3}]");
    groups(NODE("'fields': [{'to': 'x', 'do': 'list'}]"), "[{'a': 1}]", "[{'x': [{'a': 1}]}]");
}

static void test_averages_are_rounded_by_name(void **state)
{
#define AVERAGE(more) \
    NODE("'fields': [{'to': 'x', 'do': 'average', 'from': 'n', 'scale': 2" more "}]")

    (void)state;
    groups(AVERAGE(""), "[{'n': 0.01}, {'n': 0.02}]", "[{'x': 0.02}]");
    groups(AVERAGE(", 'rounding': 'half_even'"), "[{'n': 0.02}, {'n': 0.03}]", "[{'x': 0.02}]");
    groups(AVERAGE(", 'rounding': 'down'"), "[{'n': 1}, {'n': 1}, {'n': 0}]", "[{'x': 0.66}]");
    groups(AVERAGE(", 'nothing': 'skip'"), "[{'n': 1}, {}, {'n': null}]", "[{'x': 1.00}]");
    groups(AVERAGE(", 'nothing': 'skip'"), "[{}]", "[{'x': null}]");
}

static void test_sums_are_exact(void **state)
{
    (void)state;
    groups(NODE("'fields': [{'to': 'x', 'do': 'sum', 'from': 'n'}]"),
           "[{'n': 0.1}, {'n': 0.2}, {'n': 12345678901234567890123456789012345678.00}]",
           "[{'x': 12345678901234567890123456789012345678.30}]");
    groups(NODE("'fields': [{'to': 'x', 'do': 'max', 'from': 'n'}]"), "[{'n': 9}, {'n': 10.0}]",
           "[{'x': 10.0}]");
    groups(NODE("'fields': [{'to': 'x', 'do': 'sum', 'from': 'n', 'nothing': 'skip'}]"), "[{}]",
           "[{'x': 0}]");
    groups(NODE("'fields': [{'to': 'x', 'do': 'sum', 'from': 'n'}]"), "[]", "[]");
}

static void test_keys(void **state)
{
    (void)state;
    groups(NODE("'by': [{'from': 'a'}, {'from': 'b', 'as': 'folded'}], 'fields': [{'to': 'n', "
                "'do': 'count'}]"),
           "[{'a': 'x', 'b': ' Yz'}, {'a': 'xY', 'b': 'z'}, {'a': 'x', 'b': 'yZ '}, {'a': 7}, "
           "{'a': '7'}]",
           "[{'a': 'x', 'b': ' Yz', 'n': 2}, {'a': 'xY', 'b': 'z', 'n': 1}, {'a': 7, 'b': null, "
           "'n': 2}]");
}

static void test_totals(void **state)
{
    (void)state;
    node_gives(NODE(BY "'fields': [{'to': 'net', 'do': 'sum', 'from': 'net'}, {'to': 'so_far', "
                       "'do': 'running', 'from': 'net'}], 'having': [{'field': 'net', 'is': "
                       "'more', 'than': 0}], 'sort': [{'field': 'net', 'order': 'ascending'}]"),
               LINES,
               "{'groups': [{'who': 'A', 'net': 0.20, 'so_far': 0.20}, {'who': 'B', 'net': 100.10, "
               "'so_far': 100.30}], 'totals': {'groups': 3, 'lines': 4, 'sums': {'net': 94.80, "
               "'so_far': 94.80}}, 'kept': {'groups': 2, 'lines': 3, 'sums': {'net': 100.30, "
               "'so_far': 100.30}}, 'left_out': {'groups': 1, 'lines': 1, 'sums': {'net': -5.5, "
               "'so_far': -5.5}}}");
}

static void test_having_and_sort(void **state)
{
#define COUNT(more) NODE(BY "'fields': [{'to': 'n', 'do': 'count'}], " more)

    (void)state;
    groups(COUNT("'sort': [{'field': 'who', 'order': 'descending'}]"), LINES,
           "[{'who': 'B', 'n': 2}, {'who': 'A', 'n': 1}, {'who': null, 'n': 1}]");
    groups(COUNT("'sort': [{'field': 'n'}, {'field': 'who'}]"), LINES,
           "[{'who': 'A', 'n': 1}, {'who': null, 'n': 1}, {'who': 'B', 'n': 2}]");
    groups(COUNT("'having': [{'field': 'n', 'is': 'at_most', 'than': 1}, {'field': 'who', 'is': "
                 "'not_equal', 'than': 'A'}]"),
           LINES, "[]");
    groups(COUNT("'having': [{'field': 'n', 'is': 'equal', 'than': 2.0}]"), LINES,
           "[{'who': 'B', 'n': 2}]");
    groups(COUNT("'having': [{'field': 'n', 'is': 'less', 'than': 2}, {'field': 'n', 'is': "
                 "'at_least', 'than': 1}, {'field': 'who', 'is': 'equal', 'than': 'A'}]"),
           LINES, "[{'who': 'A', 'n': 1}]");
    node_fails(COUNT("'having': [{'field': 'who', 'is': 'less', 'than': 2}]"), LINES, "invalid",
               "having: \"who\": two numbers or two texts can be compared, but here are: text");
    node_fails(COUNT("'sort': [{'field': 'who'}]"), "[{'who': {'id': 1}}, {'who': {'id': 'x'}}]",
               "invalid", "sort: \"who\": two numbers or two texts");
}

static void test_refusals(void **state)
{
#define SUM NODE("'fields': [{'to': 'x', 'do': 'sum', 'from': 'n'}]")

    (void)state;
    node_fails(SUM, "7", "invalid", "\"items\" must give a list, but gave: number");
    node_fails(SUM, "[{'n': 1}, {}]", "invalid", "line 2: \"n\": nothing is there");
    node_fails(SUM, "[{'n': 'ten'}]", "invalid", "line 1: \"n\": \"ten\" is not a number");
    node_fails(SUM, "[{'n': true}]", "invalid", "line 1: \"n\": a number is needed");
    node_fails(SUM, "[1]", "invalid", "line 1: a line must be an object");
    node_fails(NODE("'by': [{'from': 'k'}], 'fields': [{'to': 'x', 'do': 'count'}]"), "[{'k': {}}]",
               "invalid", "line 1: \"k\": a key must be a text or a number");
    node_fails(NODE("'fields': [{'to': 'x', 'do': 'min', 'from': 'n'}]"), "[{'n': 1}, {'n': 'a'}]",
               "invalid", "line 2: \"n\": two numbers or two texts can be compared");
}

/* More lines than stay on the loop. */
static void test_long_list(void **state)
{
    struct buf body;

    (void)state;
    buf_init(&body, MIB);
    buf_add_char(&body, '[');
    for (int i = 0; i < 1000; i++)
        buf_addf(&body, "%s{'k': %d, 'n': 0.01}", i > 0 ? ", " : "", i % 2);
    buf_add_char(&body, ']');
    groups(NODE("'by': [{'from': 'k'}], 'fields': [{'to': 'x', 'do': 'sum', 'from': 'n'}]"),
           buf_text(&body), "[{'k': 0, 'x': 5.00}, {'k': 1, 'x': 5.00}]");
    buf_fini(&body);
}

#define CONFIG(more) "{'items': [], " more "}"

static void test_settings(void **state)
{
    struct node_try *try = *state;
    const char *const type = "transform.aggregate";

    node_try_fine(try, type, CONFIG("'fields': [{'to': 'n', 'do': 'count'}]"), NULL);
    node_try_fault(try, type, CONFIG("'fields': [{'to': 'n', 'do': 'sum'}]"), NULL, "/fields/0",
                   "\"from\" is missing");
    node_try_fault(try, type, CONFIG("'fields': [{'to': 'n', 'do': 'average', 'from': 'a'}]"), NULL,
                   "/fields/0", "an average needs \"scale\"");
    node_try_fault(try, type,
                   CONFIG("'fields': [{'to': 'n', 'do': 'sum', 'from': 'a', 'scale': 2}]"), NULL,
                   "/fields/0", "only an average is rounded");
    node_try_fault(try, type,
                   CONFIG("'fields': [{'to': 'n', 'do': 'count'}, {'to': 'n', 'do': 'count'}]"),
                   NULL, "/fields/1", "two members of the group are named \"n\"");
    node_try_fault(try, type,
                   CONFIG("'by': [{'from': 'a.n'}], 'fields': [{'to': 'n', 'do': 'count'}]"), NULL,
                   "/fields/0", "two members");
    node_try_fault(try, type,
                   CONFIG("'fields': [{'to': 'n', 'do': 'count'}], 'sort': [{'field': 'm'}]"), NULL,
                   "/sort/0/field", "the groups have no \"m\"");
    node_try_fault(try, type,
                   CONFIG("'fields': [{'to': 'n', 'do': 'running', 'from': 'a'}], 'sort': "
                          "[{'field': 'n'}]"),
                   NULL, "/sort/0/field", "a running sum");
    node_try_fault(try, type,
                   CONFIG("'fields': [{'to': 'n', 'do': 'count'}], 'having': [{'field': 'm', "
                          "'is': 'less', 'than': []}]"),
                   NULL, "/having/0/than", "a number or a text");
    node_try_fault(try, type, CONFIG("'fields': [{'to': 'n', 'do': 'list', 'from': 'a[]'}]"), NULL,
                   "/fields/0/from", "leads to many");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_way),
        cmocka_unit_test(test_averages_are_rounded_by_name),
        cmocka_unit_test(test_sums_are_exact),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_totals),
        cmocka_unit_test(test_having_and_sort),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_long_list),
        NODE_TRY(test_settings),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
