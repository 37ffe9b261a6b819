/* lookup.c - "transform.lookup": keys of each form, days, and what becomes of a missing key. */
#define NODE_RUN_LOOKUPS                                                                           \
    "{'gl': {'rows': {'ACH': '1300'}},"                                                            \
    " 'none': {'rows': {'ACH': '1300'}, 'missing': {'default': '1999'}},"                          \
    " 'ask': {'rows': {'ACH': '1300'}, 'missing': 'review'},"                                      \
    " 'tax': {'columns': ['country', 'min', 'max', 'from', 'to', 'rate', 'code'],"                 \
    "   'keys': ['country', {'name': 'net', 'from': 'min', 'to': 'max'}],"                         \
    "   'valid': {'from': 'from', 'to': 'to'},"                                                    \
    "   'rows': [['AT', 0, 100, null, '2025-06-30', 10, 'A'], ['AT', 0, 100, '2025-07-01', null, " \
    "11, 'B']]}}"
#include "node_run.h"

#define BODY          "{'method': 'ACH', 'other': 'Bitcoin', 'net': 99.99, 'none': null}"
#define IT(config)    "{'id': 'it', 'type': 'transform.lookup', 'config': {" config "}}"
#define OF(name, key) "'table': '" name "', 'key': " key

static void test_keys(void **state)
{
    (void)state;
    node_gives(IT(OF("gl", "'=trigger.body.method'")), BODY, "'1300'");
    node_gives(IT(OF("gl", "['=trigger.body.method']")), BODY, "'1300'");
    node_gives(IT(OF("gl", "{'key': 'ACH'}")), BODY, "'1300'");
    node_gives(IT(OF("tax", "['AT', '=trigger.body.net']") ", 'at': '2025-06-30'"), BODY,
               "{'rate': 10, 'code': 'A'}");
    node_gives(IT(OF("tax", "{'net': '=trigger.body.net', 'country': 'AT'}") ", 'at': '2025-07-01',"
                                                                             " 'column': 'code'"),
               BODY, "'B'");
}

static void test_missing_keys(void **state)
{
    (void)state;
    node_fails(IT(OF("gl", "'=trigger.body.other'")), BODY, "rule",
               "table 'gl' has no key \"Bitcoin\"");
    node_gives(IT(OF("none", "'=trigger.body.other'")), BODY, "'1999'");
    node_fails(IT(OF("none", "'=trigger.body.other'") ", 'on_missing': 'error'"), BODY, "rule",
               "table 'none' has no key \"Bitcoin\"");
    node_gives(
        IT(OF("gl", "'x'") ", 'on_missing': 'default', 'default': {'a': '=trigger.body.net'}"),
        BODY, "{'a': 99.99}");
    node_gives(IT(OF("gl", "'ACH'") ", 'on_missing': 'default', 'default': 5"), BODY, "'1300'");
    node_fails(IT(OF("gl", "'=trigger.body.none'")), BODY, "rule", "the key is null");
    node_fails(IT(OF("tax", "'AT'")), BODY, "rule", "has a key of 2 values, 1 were given");
}

static void test_missing_leads_to_a_person(void **state)
{
    static const char then[] =
        "{'id': 'then', 'type': 'transform.map', 'config': {'fields': [{'to': 'ask', 'from': "
        "'=steps.it'}]}}";
    static const char *const nodes[] = {
        IT(OF("ask", "'=trigger.body.other'")),
        IT(OF("gl", "'=trigger.body.other'") ", 'on_missing': 'route'"),
    };
    static const char *const wanted[] = { "{'ask': {'table': 'ask', 'key': 'Bitcoin'}}",
                                          "{'ask': {'table': 'gl', 'key': 'Bitcoin'}}" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct stage *stage = stage_new();
        struct node_result result;

        node_run_parts(stage, nodes[i], then, "{'from': 'it', 'port': 'missing', 'to': 'then'}",
                       NULL, BODY, &result);
        node_try_same(json_incref(result.output), wanted[i]);
        node_run_end(&result);
        stage_free(stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_missing_keys),
        cmocka_unit_test(test_missing_leads_to_a_person),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
