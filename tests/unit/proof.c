/* proof.c - the tests beside rules and tables: what they call, what they compare, what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "engine/proof.h"

static char said[2000];
static unsigned passed, failed;

static void on_proof(void *arg, const struct proof *proof)
{
    size_t size = strlen(said);

    (void)arg;
    passed += proof->passed;
    failed += !proof->passed;
    if (!proof->passed)
        snprintf(said + size, sizeof said - size, "%s[%zu] %s: %s\n", proof->file, proof->index,
                 proof->name, proof->text);
}

static json_t *json_of(const char *text)
{
    struct err e;
    json_t *json = json_read(text, strlen(text), &json_limits_body, &e);

    if (json == NULL)
        fail_msg("%s: %s", e.text, text);
    return json;
}

static const char bundle[] =
    "{\"rules\":{\"m\":\"return { add = function(a, b) return a + b end, at = function() return"
    " date.iso(now()) end, id = function(x) return x end }\"},"
    "\"lookups\":{\"t\":{\"columns\":[\"k\",\"f\",\"u\",\"v\",\"w\"],\"keys\":[\"k\"],\"valid\":{"
    "\"from\":\"f\",\"to\":\"u\"},\"rows\":[[\"a\",null,\"2025-12-31\",1,\"x\"],[\"a\","
    "\"2026-01-01\",null,2,\"y\"]]},"
    "\"d\":{\"inputs\":[{\"name\":\"n\",\"type\":\"number\"}],\"outputs\":[\"o\"],\"rows\":[{"
    "\"when\":[\"< 5\"],\"then\":[\"few\"]}],\"default\":[\"many\"]}},\"tests\":";

/* The tests as the file of module m, table t or decision d. */
static void prove(const char *file, const char *tests)
{
    const struct rule_allowance set = {
        .has = { LIMIT_RULE_TICKS, LIMIT_RULE_MS, LIMIT_RULE_MEMORY },
    };
    struct flow flow = { .refs = 1 };
    struct log log;
    char text[4000];
    struct err e;

    snprintf(text, sizeof text, "%s{\"%s\":%s}}", bundle, file, tests);
    said[0] = '\0';
    passed = failed = 0;
    log_init(&log, clock_real());
    flow.bundle = json_of(text);
    flow.vars = json_of("{\"v\":7}");
    if (proof_run(&flow, &set, &log, on_proof, NULL, &e) != ERR_OK)
        snprintf(said, sizeof said, "%s", e.text);
    json_decref(flow.bundle);
    json_decref(flow.vars);
}

static void pass(const char *file, const char *test)
{
    char tests[1000];

    snprintf(tests, sizeof tests, "[{\"name\":\"n\",%s}]", test);
    prove(file, tests);
    if (passed != 1 || failed != 0)
        fail_msg("%s: %s", test, said);
}

static void fails(const char *file, const char *test, const char *wanted)
{
    char tests[1000];

    snprintf(tests, sizeof tests, "[{\"name\":\"n\",%s}]", test);
    prove(file, tests);
    if (strstr(said, wanted) == NULL)
        fail_msg("%s: wanted %s, said %s", test, wanted, said);
}

static void each_kind_of_call(void **state)
{
    (void)state;
    pass("rules/m", "\"function\":\"add\",\"arguments\":[1.10,2],\"expected\":3.10");
    pass("rules/m", "\"function\":\"id\",\"input\":{\"a\":[1]},\"expected\":{\"a\":[1]}");
    pass("rules/m", "\"function\":\"id\",\"expected\":null");
    pass("rules/m", "\"function\":\"at\",\"expected\":\"2026-01-15T12:00:00.000Z\"");
    pass("rules/m", "\"function\":\"at\",\"now\":\"2025-02-03T04:05:06Z\",\"expected\":"
                    "\"2025-02-03T04:05:06.000Z\"");
    pass("rules/m", "\"call\":\"=vars.v + input\",\"input\":1,\"expected\":8");
    pass("rules/m", "\"call\":\"=steps.a.b .. trigger.c\",\"steps\":{\"a\":{\"b\":\"x\"}},"
                    "\"trigger\":{\"c\":\"y\"},\"expected\":\"xy\"");
    pass("rules/m", "\"function\":\"add\",\"arguments\":[1],\"error\":\"nil\"");
    pass("lookups/t", "\"key\":\"a\",\"expected\":{\"v\":2,\"w\":\"y\"}");
    pass("lookups/t", "\"key\":[\"a\"],\"at\":\"2025-12-31\",\"column\":\"v\",\"expected\":1");
    pass("lookups/t", "\"key\":\"b\",\"error\":\"has no key\"");
    pass("rules/d", "\"input\":{\"n\":4.99},\"expected\":\"few\"");
    pass("rules/d", "\"input\":{\"n\":5},\"expected\":\"many\"");
    pass("rules/d", "\"input\":{},\"error\":\"input 'n' is nil\"");
}

static void a_failure_says_what_came(void **state)
{
    (void)state;
    fails("rules/m",
          "\"function\":\"id\",\"input\":{\"a\":[1,{\"b\":1.0}]},\"expected\":{\"a\":[1,{"
          "\"b\":1}]}",
          "rules/m.test.json[0] n: at /a/1/b: expected 1, got 1.0\n");
    fails("rules/m", "\"function\":\"id\",\"input\":[1,2],\"expected\":[1]",
          "at /1: expected nothing, got 2");
    fails("rules/m", "\"function\":\"id\",\"input\":{\"x/y\":1},\"expected\":{}",
          "at /x~1y: expected nothing, got 1");
    fails("rules/m", "\"function\":\"id\",\"expected\":1", "expected 1, got nothing");
    fails("rules/m", "\"function\":\"id\",\"input\":1,\"error\":\"x\"",
          "expected the error \"x\", got a value");
    fails("rules/m", "\"function\":\"add\",\"arguments\":[1],\"expected\":1",
          "expected a value, got the error: ");
    fails("rules/m", "\"function\":\"add\",\"arguments\":[1],\"error\":\"money\"",
          "expected an error with \"money\", got the error: ");
    fails("rules/m", "\"function\":\"none\",\"expected\":1", "got the error: ");
    fails("rules/m", "\"function\":\"a b\",\"expected\":1", "\"function\" is no name");
    fails("rules/m", "\"call\":\"1\",\"expected\":1", "\"call\" is an expression behind \"=\"");
    fails("rules/m", "\"expected\":1", "a test of a module has a \"function\" or a \"call\"");
    fails("rules/m", "\"function\":\"at\",\"now\":\"2025-02-30T00:00:00Z\",\"expected\":1",
          "\"now\" is a moment");
    fails("rules/m", "\"call\":\"=while\",\"expected\":1", "got the error: ");
}

/* A test that cannot be compiled leaves the others alone. */
static void the_others_run_all_the_same(void **state)
{
    (void)state;
    prove("rules/m", "[{\"name\":\"a\",\"call\":\"=1 +\",\"expected\":1},{\"name\":\"b\","
                     "\"call\":\"=2\",\"expected\":2},{\"name\":\"c\",\"call\":\"=)\",\"error\":"
                     "\"near\"}]");
    assert_int_equal(passed, 2);
    assert_int_equal(failed, 1);
    prove("rules/m", "[]");
    assert_int_equal(passed + failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_call),
        cmocka_unit_test(a_failure_says_what_came),
        cmocka_unit_test(the_others_run_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
