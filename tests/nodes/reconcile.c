/* reconcile.c - "transform.reconcile" in a flow: what it gives, what it refuses. */
#include "node_run.h"
#include "node_try.h"

#define NODE(config)                                                                        \
    "{'id': 'it', 'type': 'transform.reconcile', 'config': {'left': '=trigger.body.left', " \
    "'right': '=trigger.body.right', " config "}}"
#define AMOUNTS           "'amount': {'left': 'amount', 'right': 'paid'}, "
#define KEY               "'keys': [{'left': 'order', 'right': 'ref', 'as': 'folded'}]"
#define BODY(left, right) "{'left': [" left "], 'right': [" right "]}"

/* One run; `part` of its output is borrowed until run_end(). */
struct run {
    struct stage *stage;
    struct node_result result;
    json_t *part;
};

static struct run run(const char *node, const char *body, const char *member)
{
    struct run run = { .stage = stage_new() };

    node_run_parts(run.stage, node, "", "", NULL, body, &run.result);
    if (run.result.status != 200)
        fail_msg("%s: %d, %s", node, run.result.status, json_get_text(run.result.error, "text"));
    run.part = member != NULL ? json_object_get(run.result.output, member) : run.result.output;
    assert_non_null(run.part);
    return run;
}

static void run_end(struct run *run)
{
    node_run_end(&run->result);
    stage_free(run->stage);
}

static void gives(const char *node, const char *body, const char *member, const char *wanted)
{
    struct run made = run(node, body, member);

    node_try_same(json_incref(made.part), wanted);
    run_end(&made);
}

static void test_all_of_it(void **state)
{
    (void)state;
    gives(
        NODE(AMOUNTS "'passes': [{'name': 'order', " KEY "}]"),
        BODY("{'order': 'A-1', 'amount': 100.10}, {'order': 'A-2', 'amount': 50.00}, {'order': "
             "'A-3', 'amount': 7}",
             "{'ref': 'a-2', 'paid': '45.00'}, {'ref': ' a-1 ', 'paid': '100.10'}"),
        NULL,
        "{'balanced': false, 'matched': [{'pass': 'order', 'reason': 'equal', 'left_sum': 100.10,"
        " 'right_sum': 100.10, 'difference': 0.00, 'left': [{'at': 1, 'line': {'order': 'A-1', "
        "'amount': 100.10}}], 'right': [{'at': 2, 'line': {'ref': ' a-1 ', 'paid': '100.10'}}]}],"
        " 'proposed': [], 'differences': [{'pass': 'order', 'reason': 'amount', 'text': 'The keys "
        "are equal, but 50.00 on the left and 45.00 on the right differ by 5.00, more than the "
        "tolerance.', 'left_sum': 50.00, 'right_sum': 45.00, 'difference': 5.00, 'left': [{'at': "
        "2, 'line': {'order': 'A-2', 'amount': 50.00}}], 'right': [{'at': 1, 'line': {'ref': "
        "'a-2', 'paid': '45.00'}}]}], 'unmatched_left': [{'at': 3, 'line': {'order': 'A-3', "
        "'amount': 7}}], 'unmatched_right': [], 'counts': {'left': {'lines': 3, 'matched': 1, "
        "'proposed': 0, 'differing': 1, 'unmatched': 1}, 'right': {'lines': 2, 'matched': 1, "
        "'proposed': 0, 'differing': 1, 'unmatched': 0}}, 'totals': [{'left': {'count': 3, 'sum':"
        " 157.10, 'matched': {'count': 1, 'sum': 100.10}, 'proposed': {'count': 0, 'sum': 0.00}, "
        "'differing': {'count': 1, 'sum': 50.00}, 'unmatched': {'count': 1, 'sum': 7.00}}, "
        "'right': {'count': 2, 'sum': 145.10, 'matched': {'count': 1, 'sum': 100.10}, 'proposed':"
        " {'count': 0, 'sum': 0.00}, 'differing': {'count': 1, 'sum': 45.00}, 'unmatched': "
        "{'count': 0, 'sum': 0.00}}, 'difference': 12.00}], 'notes': []}");
}

/* A line that stands for a page counts as many lines as it says; the lists have what they have. */
static void test_stands_for(void **state)
{
    const char *node = NODE(AMOUNTS "'title': '=trigger.body.day', 'lines': {'left': 'n'}, "
                                    "'passes': [{'name': 'order', " KEY "}]");
    struct run made;

    (void)state;
    made =
        run(node,
            "{'day': 'Day 2026-11-20', 'left': [{'order': 'p', 'amount': 5, 'n': 1000}, {'order': "
            "'b', 'amount': 1}], 'right': [{'ref': 'p', 'paid': 5, 'n': 998}]}",
            NULL);
    assert_string_equal(json_get_text(made.part, "title"), "Day 2026-11-20");
    node_try_same(json_incref(json_object_get(made.part, "stands_for")),
                  "{'left': {'lines': 1001, 'matched': 1000, 'proposed': 0, 'differing': 0, "
                  "'unmatched': 1}, 'right': {'lines': 998, 'matched': 998, 'proposed': 0, "
                  "'differing': 0, 'unmatched': 0}}");
    assert_int_equal(
        json_get_int(json_object_get(json_object_get(made.part, "counts"), "left"), "lines", 0), 2);
    run_end(&made);
    node_fails(node, "{'left': [{'order': 'p', 'amount': 5, 'n': 0}], 'right': []}", "invalid",
               "left, line 1: \"n\" must be a whole number from 1");
    node_fails(NODE("'title': '=trigger.body.day', 'passes': [{'name': 'order', " KEY "}]"),
               "{'day': {}, 'left': [], 'right': []}", "invalid", "\"title\" must give a text");
}

#define NUMBERS "'matched': 'numbers', "

static void test_tolerances(void **state)
{
    const char *body = BODY("{'order': 'A', 'amount': 100.00, 'day': '2026-11-01', 'cur': 'USD'}",
                            "{'ref': 'A', 'paid': 99.95, 'day': '2026-11-04', 'cur': 'USD'}");
    const char *matched = "[{'pass': 'p', 'reason': 'tolerated', 'currency': 'USD', 'left_sum': "
                          "100.00, 'right_sum': 99.95, 'difference': 0.05, 'left': [{'at': 1}], "
                          "'right': [{'at': 1}]}]";
#define WITH(pass)                                                                            \
    NODE(AMOUNTS NUMBERS "'currency': {'left': 'cur'}, 'date': {'left': 'day'}, 'passes': [{" \
                         "'name': 'p', " KEY ", " pass "}]")

    (void)state;
    gives(WITH("'tolerance': {'absolute': 0.05}"), body, "matched", matched);
    gives(WITH("'tolerance': {'absolute': '0.049'}"), body, "matched", "[]");
    gives(WITH("'tolerance': {'percent': 0.05}"), body, "matched", matched);
    gives(WITH("'tolerance': {'percent': 0.049999}"), body, "matched", "[]");
    gives(WITH("'tolerance': {'absolute': 1, 'currencies': {'USD': 0.01}}"), body, "matched", "[]");
    gives(WITH("'tolerance': {'currencies': {'USD': 0.05}}"), body, "matched", matched);
    gives(WITH("'tolerance': {'absolute': 1}, 'days': 3"), body, "matched", matched);
    gives(WITH("'tolerance': {'absolute': 1}, 'days': 2"), body, "matched", "[]");
}

static void reason_is(const char *node, const char *body, const char *reason)
{
    struct run made = run(node, body, "differences");

    assert_int_equal(json_array_size(made.part), 1);
    assert_string_equal(json_get_text(json_array_get(made.part, 0), "reason"), reason);
    assert_non_null(json_get_text(json_array_get(made.part, 0), "text"));
    run_end(&made);
}

static void test_reasons(void **state)
{
    (void)state;
    reason_is(WITH("'days': 2"),
              BODY("{'order': 'A', 'amount': 1, 'day': '2026-11-01', 'cur': 'USD'}",
                   "{'ref': 'A', 'paid': 1, 'day': '2026-11-04', 'cur': 'USD'}"),
              "date");
    reason_is(WITH("'days': 2"),
              BODY("{'order': 'A', 'amount': 1, 'day': '2026-11-01', 'cur': 'USD'}",
                   "{'ref': 'A', 'paid': 1, 'cur': 'USD'}"),
              "date");
    reason_is(
        WITH("'days': -1"),
        BODY("{'order': 'A', 'amount': 1, 'cur': 'USD'}", "{'ref': 'A', 'paid': 1, 'cur': 'EUR'}"),
        "currency");
    reason_is(WITH("'days': -1"),
              BODY("{'order': 'A', 'amount': 1, 'cur': 'USD'}",
                   "{'ref': 'A', 'paid': 1, 'cur': 'USD'}, {'ref': 'A', 'paid': 1, 'cur': 'USD'}"),
              "ambiguous");
    reason_is(WITH("'days': -1"),
              BODY("{'order': 'A', 'amount': 3, 'cur': 'USD'}",
                   "{'ref': 'A', 'paid': 1, 'cur': 'USD'}, {'ref': 'A', 'paid': 2, 'cur': 'USD'}"),
              "cardinality");
}

static void test_sums(void **state)
{
    const char *node =
        NODE(AMOUNTS NUMBERS "'passes': [{'name': 'batch', 'cardinality': 'one_to_many', 'keys': "
                             "[{'left': 'batch'}]}]");

    (void)state;
    gives(node,
          BODY("{'batch': 7, 'amount': 60.00}", "{'batch': '7', 'paid': 10.00}, {'batch': 7, "
                                                "'paid': 55.00}, {'batch': 7, 'paid': -5.00}"),
          "matched",
          "[{'pass': 'batch', 'reason': 'sum', 'left_sum': 60.00, 'right_sum': 60.00, "
          "'difference': 0.00, 'left': [{'at': 1}], 'right': [{'at': 1}, {'at': 2}, {'at': 3}]}]");
    /* a part, when it is the only one */
    gives(node,
          BODY("{'batch': 7, 'amount': 65.00}", "{'batch': '7', 'paid': 10.00}, {'batch': 7, "
                                                "'paid': 55.00}, {'batch': 7, 'paid': 6.00}"),
          "matched",
          "[{'pass': 'batch', 'reason': 'sum', 'left_sum': 65.00, 'right_sum': 65.00, "
          "'difference': 0.00, 'left': [{'at': 1}], 'right': [{'at': 1}, {'at': 2}]}]");
    /* 10 + 5 or 9 + 6 */
    reason_is(node,
              BODY("{'batch': 7, 'amount': 15}",
                   "{'batch': 7, 'paid': 10}, {'batch': 7, 'paid': 5}, {'batch': 7, 'paid': 9}, "
                   "{'batch': 7, 'paid': 6}"),
              "ambiguous");
    /* which of the two fives? */
    reason_is(node,
              BODY("{'batch': 7, 'amount': 15}",
                   "{'batch': 7, 'paid': 10}, {'batch': 7, 'paid': 5}, {'batch': 7, 'paid': 5}"),
              "ambiguous");
    reason_is(node, BODY("{'batch': 7, 'amount': 15}", "{'batch': 7, 'paid': 10}"), "amount");
    gives(NODE(AMOUNTS NUMBERS "'passes': [{'name': 'batch', 'cardinality': 'many_to_one', 'keys': "
                               "[{'left': 'batch'}]}]"),
          BODY("{'batch': 7, 'amount': 10}, {'batch': 7, 'amount': 5}", "{'batch': 7, 'paid': 15}"),
          "matched",
          "[{'pass': 'batch', 'reason': 'sum', 'left_sum': 15, 'right_sum': 15, 'difference': 0, "
          "'left': [{'at': 1}, {'at': 2}], 'right': [{'at': 1}]}]");
}

/* Two deposits, each the payments of its day: nothing but amounts and days. */
static void test_sums_by_day(void **state)
{
    (void)state;
    gives(NODE(AMOUNTS NUMBERS
               "'date': {'left': 'day'}, 'passes': [{'name': 'deposit', 'cardinality': "
               "'one_to_many', 'days': 0}]"),
          BODY("{'amount': 30, 'day': '2026-11-02'}, {'amount': 12, 'day': '2026-11-01'}",
               "{'paid': 5, 'day': '2026-11-01T23:59:59Z'}, {'paid': 7, 'day': '2026-11-01'}, "
               "{'paid': 30, 'day': '2026-11-02'}"),
          "matched",
          "[{'pass': 'deposit', 'reason': 'equal', 'left_sum': 30, 'right_sum': 30, 'difference': "
          "0, 'left': [{'at': 1}], 'right': [{'at': 3}]}, {'pass': 'deposit', 'reason': 'sum', "
          "'left_sum': 12, 'right_sum': 12, 'difference': 0, 'left': [{'at': 2}], 'right': [{'at': "
          "1}, {'at': 2}]}]");
}

#define GUESS(more)                                                                             \
    NODE(AMOUNTS "'passes': [{'name': 'order', " KEY ", 'differences': false}, {'name': "       \
                 "'guess', 'tolerance': {'absolute': 1}, 'score': {'texts': [{'left': 'name', " \
                 "'right': 'who'}]" more "}}]")

static void test_proposals(void **state)
{
    const char *body = BODY("{'order': 'A', 'amount': 10.00, 'name': 'Ann Smith'}, {'order': 'B', "
                            "'amount': 20, 'name': 'Bob'}",
                            "{'paid': 10.00, 'who': 'SMITH, ANN'}, {'paid': 20, 'who': 'Zoe'}");
    struct run made = run(GUESS(""), body, "proposed");
    json_t *entry = json_array_get(made.part, 0);

    (void)state;
    assert_int_equal(json_array_size(made.part), 1); /* never matched: it is no equal key */
    node_try_same(json_incref(json_object_get(entry, "score")), "1.00");
    node_try_same(json_incref(json_object_get(entry, "runner_up")), "null");
    assert_string_equal(json_get_text(entry, "text"),
                        "Alike by 100.00 of 100; a person has to confirm it.");
    run_end(&made);
    gives(GUESS(""), body, "matched", "[]");
    gives(GUESS(", 'at_least': 100"),
          BODY("{'amount': 10, 'name': 'Ann Smith'}", "{'paid': 10, 'who': 'Ann Smyth'}"),
          "proposed", "[]");
    reason_is(GUESS(", 'at_least': 70"),
              BODY("{'amount': 10, 'name': 'Ann Smith'}",
                   "{'paid': 10, 'who': 'Ann Smyth'}, {'paid': 10, 'who': 'Ann Smitt'}"),
              "ambiguous");
}

static void test_keys_alone(void **state)
{
    (void)state;
    gives(NODE("'matched': 'none', 'passes': [{'name': 'id', 'keys': [{'left': 'a.id', 'right': "
               "'id', 'as': 'digits'}, {'left': 'b'}]}]"),
          BODY("{'a': {'id': 'N-007'}, 'b': 1}, {'a': {}, 'b': 1}", "{'id': 7, 'b': 1}"), NULL,
          "{'balanced': false, 'matched': [], 'proposed': [], 'differences': [], 'unmatched_left': "
          "[{'at': 2, 'line': {'a': {}, 'b': 1}}], 'unmatched_right': [], 'counts': {'left': "
          "{'lines': 2, 'matched': 1, 'proposed': 0, 'differing': 0, 'unmatched': 1}, 'right': "
          "{'lines': 1, 'matched': 1, 'proposed': 0, 'differing': 0, 'unmatched': 0}}, 'totals': "
          "[{'left': {'count': 2, 'matched': {'count': 1}, 'proposed': {'count': 0}, 'differing': "
          "{'count': 0}, 'unmatched': {'count': 1}}, 'right': {'count': 1, 'matched': {'count': 1},"
          " 'proposed': {'count': 0}, 'differing': {'count': 0}, 'unmatched': {'count': 0}}}], "
          "'notes': []}");
    gives(NODE("'passes': [{'name': 'id', 'keys': [{'left': 'id'}]}]"), BODY("", ""), "balanced",
          "true");
}

static void test_refusals(void **state)
{
    const char *node = NODE(AMOUNTS "'currency': {'left': 'cur'}, 'date': {'left': 'day'}, "
                                    "'passes': [{'name': 'p', " KEY "}]");

    (void)state;
    node_fails(node, "{'left': [], 'right': 7}", "invalid",
               "\"right\" must give a list, but gave: number");
    node_fails(node, "{'left': []}", "invalid", "\"right\" must give a list, but gave: nothing");
    node_fails(node, BODY("{'cur': 'USD'}", ""), "invalid",
               "left, line 1: \"amount\": an amount must be a number, but here is: nothing");
    node_fails(node, BODY("", "{'cur': 'USD', 'paid': 1}, {'cur': 'USD', 'paid': '1,000.00'}"),
               "invalid", "right, line 2: \"paid\": \"1,000.00\" is not a number");
    node_fails(node, BODY("7", ""), "invalid", "left, line 1: a line must be an object");
    node_fails(node, BODY("{'amount': 1}", ""), "invalid",
               "left, line 1: \"cur\": a currency must be a text, but here is: nothing");
    node_fails(node, BODY("{'amount': 1, 'cur': 'USD', 'day': '11/21/2026'}", ""), "invalid",
               "left, line 1: \"day\": \"11/21/2026\" is no moment");
    node_fails(node, BODY("{'amount': 1, 'cur': 'USD', 'order': [1]}", ""), "invalid",
               "left, line 1: \"order\": a key must be a text or a number, but here is: array");
}

/* More lines than stay on the loop. */
static void test_long_lists(void **state)
{
    struct stage *stage;
    struct node_result result;
    struct buf body;

    (void)state;
    buf_init(&body, MIB);
    buf_add_text(&body, "{'left': [");
    for (int i = 0; i < 600; i++)
        buf_addf(&body, "%s{'order': 'N%d', 'amount': %d.10}", i > 0 ? ", " : "", i, i);
    buf_add_text(&body, "], 'right': [");
    for (int i = 599; i >= 0; i--)
        buf_addf(&body, "%s{'ref': 'n%d', 'paid': '%d.10'}", i < 599 ? ", " : "", i, i);
    buf_add_text(&body, "]}");
    stage = stage_new();
    node_run_parts(stage, NODE(AMOUNTS "'matched': 'none', 'passes': [{'name': 'order', " KEY "}]"),
                   "", "", NULL, buf_text(&body), &result);
    assert_int_equal(result.status, 200);
    assert_true(json_is_true(json_object_get(result.output, "balanced")));
    node_run_end(&result);
    stage_free(stage);
    buf_clear(&body);
    buf_add_text(&body, "{'left': [7], 'right': [");
    for (int i = 0; i < 600; i++)
        buf_addf(&body, "%s{}", i > 0 ? ", " : "");
    buf_add_text(&body, "]}");
    node_fails(NODE(AMOUNTS "'passes': [{'name': 'order', " KEY "}]"), buf_text(&body), "invalid",
               "left, line 1: a line must be an object");
    buf_fini(&body);
}

/* The nodes that docs/FLOWS.md shows are right. */
static void test_documentation(void **state)
{
    struct node_try *try = *state;
    FILE *file = fopen(SOURCE_DIR "/docs/FLOWS.md", "rb");
    char *text = mem_must(512 * KIB);
    const char *at;
    unsigned seen = 0;

    assert_non_null(file);
    text[fread(text, 1, 512 * KIB - 1, file)] = '\0';
    fclose(file);
    at = strstr(text, "## Matching and reconciling");
    assert_non_null(at);
    while ((at = strstr(at, "\n```json\n")) != NULL && seen < 2) {
        const char *begin = at + strlen("\n```json\n"), *end = strstr(begin, "\n```\n");
        struct err e;
        json_t *node = json_read(begin, (size_t)(end - begin), &json_limits_flow, &e);
        char *config = json_text_new(json_object_get(node, "config"), MIB, NULL);

        assert_non_null(config);
        node_try_fine(try, json_get_text(node, "type"), config, NULL);
        mem_free(config);
        json_decref(node);
        at = end;
        seen++;
    }
    assert_int_equal(seen, 2);
    mem_free(text);
}

#define CONFIG(more) "{'left': [], 'right': [], " more "}"

static void test_settings(void **state)
{
    struct node_try *try = *state;
    const char *const type = "transform.reconcile";

    node_try_fine(try, type, CONFIG("'passes': [{'name': 'p', 'keys': [{'left': 'a'}]}]"), NULL);
    node_try_fault(try, type, CONFIG("'passes': []"), NULL, "/passes", "at least 1");
    node_try_fault(try, type, CONFIG("'passes': [{'name': 'p'}]"), NULL, "/passes/0",
                   "a pass needs \"keys\", or the node an \"amount\"");
    node_try_fault(try, type, CONFIG("'passes': [{'name': 'p', 'keys': [{'left': 'a[].b'}]}]"),
                   NULL, "/passes/0/keys/0/left", "leads to many");
    node_try_fault(try, type,
                   CONFIG("'passes': [{'name': 'p', 'keys': [{'left': 'a'}], 'days': 1}]"), NULL,
                   "/passes/0", "\"days\" needs \"date\"");
    node_try_fault(try, type,
                   CONFIG("'passes': [{'name': 'p', 'keys': [{'left': 'a'}], 'tolerance': "
                          "{'absolute': 1}}]"),
                   NULL, "/passes/0", "\"tolerance\" needs \"amount\"");
    node_try_fault(try, type,
                   CONFIG("'passes': [{'name': 'p', 'keys': [{'left': 'a'}]}, {'name': 'p', "
                          "'keys': [{'left': 'a'}]}]"),
                   NULL, "/passes/1", "two passes are named \"p\"");
    node_try_fault(try, type,
                   CONFIG("'passes': [{'name': 'p', 'score': {'texts': [{'left': 'a'}]}}, {'name': "
                          "'q', 'keys': [{'left': 'a'}]}]"),
                   NULL, "/passes/1", "must stand before");
    node_try_fault(try, type, CONFIG("'passes': [{'name': 'p', 'score': {}}]"), NULL,
                   "/passes/0/score", "nothing counts");
    node_try_fault(try, type,
                   CONFIG("'amount': {'left': 'a'}, 'passes': [{'name': 'p', 'score': {}, "
                          "'cardinality': 'one_to_many'}]"),
                   NULL, "/passes/0/score", "one_to_one");
    node_try_fault(try, type,
                   CONFIG("'amount': {'left': 'a'}, 'passes': [{'name': 'p', 'tolerance': "
                          "{'absolute': -1}}]"),
                   NULL, "/passes/0/tolerance/absolute", "not below zero");
    node_try_fault(try, type,
                   CONFIG("'amount': {'left': 'a'}, 'passes': [{'name': 'p', 'tolerance': "
                          "{'percent': 100.1}}]"),
                   NULL, "/passes/0/tolerance/percent", "0 to 100");
    node_try_fault(try, type,
                   CONFIG("'amount': {'left': 'a'}, 'passes': [{'name': 'p', 'tolerance': "
                          "{'currencies': {'USD': 1}}}]"),
                   NULL, "/passes/0/tolerance/currencies", "need \"currency\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_it),  cmocka_unit_test(test_stands_for),
        cmocka_unit_test(test_tolerances), cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_sums),       cmocka_unit_test(test_sums_by_day),
        cmocka_unit_test(test_proposals),  cmocka_unit_test(test_keys_alone),
        cmocka_unit_test(test_refusals),   cmocka_unit_test(test_long_lists),
        NODE_TRY(test_settings),           NODE_TRY(test_documentation),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
