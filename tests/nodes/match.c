/* match.c - "transform.match": what is matched, proposed, ambiguous or none, and why. */
#include "node_run.h"
#include "node_try.h"

#define NODE(config)                                                                      \
    "{'id': 'it', 'type': 'transform.match', 'config': {'items': '=trigger.body.items', " \
    "'candidates': '=trigger.body.open', " config "}}"
#define BODY(items, open) "{'items': [" items "], 'open': [" open "]}"
#define KEYS                                                              \
    "'keys': [{'item': 'invoice', 'candidate': 'ref', 'as': 'digits'}, {" \
    "'item': 'order'}]"
#define AMOUNT ", 'amount': {'item': 'amount', 'candidate': 'due'}"
#define SCORE  ", 'score': {'texts': [{'item': 'name', 'candidate': 'customer'}]}"

/* Each item's status and candidate in words: "matched 2, none", and a part of the text of one. */
static void says_at(const char *node, const char *body, const char *wanted, size_t which,
                    const char *part, int line)
{
    struct stage *stage = stage_new();
    struct node_result result;
    json_t *entry, *results;
    char said[500] = "";
    const char *text;
    size_t i;

    node_run_parts(stage, node, "", "", NULL, body, &result);
    if (result.status != 200)
        fail_msg("line %d: %d, %s", line, result.status, json_get_text(result.error, "text"));
    results = json_object_get(result.output, "results");
    json_array_foreach(results, i, entry)
    {
        json_t *candidate = json_object_get(entry, "candidate");
        size_t size = strlen(said);

        assert_int_equal(json_get_int(entry, "at", 0), i + 1);
        snprintf(said + size, sizeof said - size, "%s%s", i > 0 ? ", " : "",
                 json_get_text(entry, "status"));
        size = strlen(said);
        if (json_is_object(candidate))
            snprintf(said + size, sizeof said - size, " %d", (int)json_get_int(candidate, "at", 0));
        size = strlen(said);
        if (json_array_size(json_object_get(entry, "candidates")) > 0)
            snprintf(said + size, sizeof said - size, " of %zu",
                     json_array_size(json_object_get(entry, "candidates")));
    }
    if (strcmp(said, wanted) != 0)
        fail_msg("line %d: wanted \"%s\", is \"%s\"", line, wanted, said);
    text = json_get_text(json_array_get(results, which), "text");
    if (strstr(text, part) == NULL)
        fail_msg("line %d: no \"%s\" in \"%s\"", line, part, text);
    node_run_end(&result);
    stage_free(stage);
}
#define says(node, body, wanted, which, part) says_at(node, body, wanted, which, part, __LINE__)

static void test_keys(void **state)
{
    (void)state;
    says(
        NODE(KEYS AMOUNT),
        BODY("{'invoice': 'INV-0042', 'amount': 10.00}, {'order': 'A', 'amount': 5}, {'amount': 5}",
             "{'order': 'A', 'due': 5.0}, {'ref': 42, 'due': '10'}"),
        "matched 2, matched 1, none", 0, "The key \"invoice\" is equal");
    says(NODE(KEYS AMOUNT), BODY("{'invoice': 1, 'amount': 10.00}", "{'ref': 1, 'due': 9.50}"),
         "proposed 1", 0, "but the amount is 9.50 and not 10.00; a person has to confirm it.");
    says(NODE(KEYS AMOUNT ", 'tolerance': {'percent': 5}"),
         BODY("{'invoice': 1, 'amount': 10.00}", "{'ref': 1, 'due': 9.50}"), "matched 1", 0,
         "the rest fits");
    /* the second key decides where the first does not fit */
    says(NODE(KEYS AMOUNT),
         BODY("{'invoice': 1, 'order': 'A', 'amount': 10}",
              "{'ref': 1, 'due': 9}, {'order': 'A', 'due': 10}"),
         "matched 2", 0, "The key \"order\"");
    says(NODE(KEYS AMOUNT),
         BODY("{'invoice': 1, 'amount': 10}", "{'ref': 1, 'due': 10}, {'ref': '01', 'due': 10}"),
         "ambiguous of 2", 0, "2 candidates are as good");
    says(NODE(KEYS AMOUNT),
         BODY("{'order': 'A', 'amount': 10}", "{'order': 'A', 'due': 1}, {'order': 'A', 'due': 2}"),
         "ambiguous of 2", 0, "2 candidates are as good");
}

static void test_a_candidate_is_used_once(void **state)
{
    const char *body = BODY("{'order': 'A', 'amount': 10}, {'order': 'A', 'amount': 10}",
                            "{'order': 'A', 'due': 10}");

    (void)state;
    says(NODE(KEYS AMOUNT), body, "ambiguous of 1, ambiguous of 1", 1, "Another item claims");
    says(NODE(KEYS AMOUNT ", 'reuse': true"), body, "matched 1, matched 1", 1, "is equal");
    /* what a key has placed is no candidate for a likeness */
    says(NODE(KEYS AMOUNT SCORE),
         BODY("{'order': 'A', 'amount': 10}, {'name': 'Ann', 'amount': 10}",
              "{'order': 'A', 'due': 10, 'customer': 'Ann'}"),
         "matched 1, none", 1, "No candidate fits.");
    /* another amount under a key that another item has matched */
    says(NODE(KEYS AMOUNT),
         BODY("{'order': 'A', 'amount': 9}, {'order': 'A', 'amount': 10}",
              "{'order': 'A', 'due': 10}"),
         "ambiguous of 1, matched 1", 0, "Another item claims");
}

static void test_likeness_proposes(void **state)
{
    (void)state;
    says(NODE(KEYS AMOUNT SCORE),
         BODY("{'name': 'Smith, Ann', 'amount': 10}",
              "{'due': 10, 'customer': 'Ann Smith'}, {'due': 10, 'customer': 'Bob Jones'}"),
         "proposed 1", 0, "Alike by 100.00 of 100, the next best by");
    says(NODE(KEYS AMOUNT SCORE),
         BODY("{'name': 'Ann Smith', 'amount': 10}",
              "{'due': 10, 'customer': 'Ann Smyth'}, {'due': 10, 'customer': 'Ann Smitt'}, {'due': "
              "10, 'customer': 'Zoe'}"),
         "ambiguous of 2", 0, "2 candidates are as good");
    says(NODE(KEYS AMOUNT SCORE),
         BODY("{'name': 'Ann Smith', 'amount': 10}", "{'due': 10, 'customer': 'Zoe'}"), "none", 0,
         "80 are needed");
    says(NODE(KEYS AMOUNT SCORE),
         BODY("{'name': 'Ann Smith', 'amount': 10}", "{'due': 11, 'customer': 'Ann Smith'}"),
         "none", 0, "No candidate fits.");
    /* two items, one candidate: the one that is ahead keeps it */
    says(NODE(KEYS AMOUNT SCORE),
         BODY("{'name': 'Ann Smitten', 'amount': 10}, {'name': 'Ann Smith', 'amount': 10}",
              "{'due': 10, 'customer': 'Ann Smith'}"),
         "ambiguous of 1, proposed 1", 0, "Another item claims");
    says(NODE(KEYS AMOUNT SCORE),
         BODY("{'name': 'Ann Smith', 'amount': 10}, {'name': 'Ann Smith', 'amount': 10}",
              "{'due': 10, 'customer': 'Ann Smith'}"),
         "ambiguous of 1, ambiguous of 1", 0, "Another item claims");
}

static void test_limits(void **state)
{
#define ALL(more)                                                                              \
    NODE("'within': [{'item': 'who'}], " KEYS AMOUNT ", 'currency': {'item': 'cur'}, 'date': " \
         "{'item': 'day'}, 'days': 2" more)
#define LINE(who, cur, day) "'who': " who ", 'cur': '" cur "', 'day': '" day "', 'order': 'A'"

    (void)state;
    says(ALL(""),
         BODY("{" LINE("1", "USD", "2026-11-20") ", 'amount': 1}",
              "{" LINE("1", "USD", "2026-11-22") ", 'due': 1}"),
         "matched 1", 0, "is equal");
    says(ALL(""),
         BODY("{" LINE("1", "USD", "2026-11-20") ", 'amount': 1}",
              "{" LINE("1", "USD", "2026-11-23") ", 'due': 1}"),
         "proposed 1", 0, "but the dates are too far apart");
    says(ALL(""),
         BODY("{" LINE("1", "USD", "2026-11-20") ", 'amount': 1}",
              "{" LINE("1", "EUR", "2026-11-20") ", 'due': 1}"),
         "proposed 1", 0, "but the currency is EUR and not USD");
    says(ALL(""),
         BODY("{" LINE("1", "USD", "2026-11-20") ", 'amount': 1}",
              "{" LINE("2", "USD", "2026-11-20") ", 'due': 1}"),
         "none", 0, "No candidate fits.");
    says(ALL(""),
         BODY("{" LINE("null", "USD", "2026-11-20") ", 'amount': 1}",
              "{" LINE("null", "USD", "2026-11-20") ", 'due': 1}"),
         "none", 0, "No candidate fits.");
}

static void test_whole_output(void **state)
{
    (void)state;
    node_gives(NODE(KEYS AMOUNT SCORE),
               BODY("{'name': 'Ann', 'amount': 10}",
                    "{'due': 10, 'customer': 'ANN'}, {'due': 10, 'customer': 'Annette'}"),
               "{'results': [{'at': 1, 'status': 'proposed', 'text': 'Alike by 100.00 of 100, the "
               "next best by 59.65; a person has to confirm it.', 'item': {'name': 'Ann', 'amount':"
               " 10}, 'candidate': {'at': 1, 'line': {'due': 10, 'customer': 'ANN'}, 'score': "
               "1.00}, 'best': {'at': 1, 'line': {'due': 10, 'customer': 'ANN'}, 'score': 1.00}, "
               "'runner_up': {'at': 2, 'line': {'due': 10, 'customer': 'Annette'}, 'score': "
               "0.5965}, 'margin': 0.4035, 'candidates': []}], 'counts': {'items': 1, 'candidates':"
               " 2, 'none': 0, 'matched': 0, 'proposed': 1, 'ambiguous': 0}}");
}

static void test_refusals(void **state)
{
    (void)state;
    node_fails(NODE(KEYS), "{'items': []}", "invalid", "\"candidates\" must give a list");
    node_fails(NODE(KEYS AMOUNT), BODY("{}", ""), "invalid",
               "items, line 1: \"amount\": an amount must be a number, but here is: nothing");
    node_fails(NODE(KEYS), BODY("", "7"), "invalid",
               "candidates, line 1: a line must be an object");
    node_fails(NODE(KEYS), BODY("{'invoice': {}}", ""), "invalid",
               "items, line 1: \"invoice\": a key must be a text or a number");
}

/* Enough of both that the work leaves the loop. */
static void test_long_lists(void **state)
{
    struct stage *stage;
    struct node_result result;
    struct buf body;

    (void)state;
    buf_init(&body, MIB);
    buf_add_text(&body, "{'items': [");
    for (int i = 0; i < 200; i++)
        buf_addf(&body, "%s{'order': 'N%d', 'amount': %d}", i > 0 ? ", " : "", i, i);
    buf_add_text(&body, "], 'open': [");
    for (int i = 199; i >= 0; i--)
        buf_addf(&body, "%s{'order': 'N%d', 'due': %d}", i < 199 ? ", " : "", i, i);
    buf_add_text(&body, "]}");
    stage = stage_new();
    node_run_parts(stage, NODE(KEYS AMOUNT SCORE), "", "", NULL, buf_text(&body), &result);
    assert_int_equal(result.status, 200);
    node_try_same(json_incref(json_object_get(result.output, "counts")),
                  "{'items': 200, 'candidates': 200, 'none': 0, 'matched': 200, 'proposed': 0, "
                  "'ambiguous': 0}");
    node_run_end(&result);
    stage_free(stage);
    buf_fini(&body);
}

#define CONFIG(more) "{'items': [], 'candidates': [], " more "}"

static void test_settings(void **state)
{
    struct node_try *try = *state;
    const char *const type = "transform.match";

    node_try_fine(try, type, CONFIG("'keys': [{'item': 'a'}]"), NULL);
    node_try_fault(try, type, CONFIG("'reuse': true"), NULL, "/config",
                   "give \"keys\", a \"score\" or both");
    node_try_fault(try, type, CONFIG("'keys': [{'item': 'a'}], 'days': 1"), NULL, "/config",
                   "\"days\" needs \"date\"");
    node_try_fault(try, type, CONFIG("'keys': [{'item': 'a'}], 'tolerance': {'absolute': 1}"), NULL,
                   "/config", "\"tolerance\" needs \"amount\"");
    node_try_fault(try, type, CONFIG("'score': {}"), NULL, "/score", "nothing counts");
    node_try_fault(try, type, CONFIG("'keys': [{'item': 'a', 'candidate': 'b[]'}]"), NULL,
                   "/keys/0/candidate", "leads to many");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_a_candidate_is_used_once),
        cmocka_unit_test(test_likeness_proposes),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_whole_output),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_long_lists),
        NODE_TRY(test_settings),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
