/* yaml.c - YAML as JSON: scalars by the core schema, anchors within limits, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "format/yaml.h"

static const struct json_limits limits = { 64 * KIB, 20, 1000 };

static void gives(const char *yaml, const char *wanted)
{
    struct err e;
    json_t *json = yaml_to_json(yaml, strlen(yaml), &limits, &e);
    char *text;

    if (json == NULL)
        fail_msg("%s\n%s", yaml, e.text);
    text = json_text_new(json, MIB, NULL);
    assert_string_equal(text, wanted);
    mem_free(text);
    json_decref(json);
}

static void refused(const char *yaml, enum err_code code, const char *part)
{
    struct err e;
    json_t *json = yaml_to_json(yaml, strlen(yaml), &limits, &e);

    assert_null(json);
    if (e.code != code || strstr(e.text, part) == NULL)
        fail_msg("%s\nwanted %s, said %s: %s", yaml, part, err_name(e.code), e.text);
}

static void test_scalars(void **state)
{
    (void)state;
    gives("a: 1\nb: -2.50\nc: 1e400\nd: true\ne: null\nf: ~\ng:\nh: text here\n",
          "{\"a\":1,\"b\":-2.50,\"c\":1e400,\"d\":true,\"e\":null,\"f\":null,\"g\":null,"
          "\"h\":\"text here\"}");
    gives("[yes, no, 007, 0x1F, 1.2.3, 2026-11-21, '1', \"true\", .5, +3]",
          "[\"yes\",\"no\",\"007\",\"0x1F\",\"1.2.3\",\"2026-11-21\",\"1\",\"true\",\".5\",3]");
    gives("a: |\n  one\n  two\nb: >-\n  one\n  two\n",
          "{\"a\":\"one\\ntwo\\n\",\"b\":\"one two\"}");
    gives("200: ok\n'x y': [ {a: b} ]\n", "{\"200\":\"ok\",\"x y\":[{\"a\":\"b\"}]}");
    gives("!!str 5", "\"5\"");
}

static void test_anchors(void **state)
{
    (void)state;
    gives("a: &x {b: [1]}\nc: *x\nd: [*x, *x]\n",
          "{\"a\":{\"b\":[1]},\"c\":{\"b\":[1]},\"d\":[{\"b\":[1]},{\"b\":[1]}]}");
    gives("a: &x 1\nb: &x 2\nc: *x\n", "{\"a\":1,\"b\":2,\"c\":2}");
    refused("a: *x\n", ERR_SYNTAX, "line 1, column 4: an alias without an anchor");
    refused("a: &x [*x]\n", ERR_SYNTAX, "an alias of what contains it");
    refused("a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
            "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n",
            ERR_LIMIT, "too many values");
}

static void test_refusals(void **state)
{
    (void)state;
    refused("a: 1\na: 2\n", ERR_SYNTAX, "line 2, column 1: this key is there already");
    refused("? [1]\n: 2\n", ERR_SYNTAX, "a key must be");
    refused("a: {<<: {b: 1}}\n", ERR_SYNTAX, "merging");
    refused("a: !!binary aGk=\n", ERR_SYNTAX, "a tag that is not known");
    refused("a: 1\n---\nb: 2\n", ERR_SYNTAX, "one document");
    refused("", ERR_SYNTAX, "one document");
    refused("a: [1\n", ERR_SYNTAX, "line 2, column 1: ");
    refused("a: \"\\0\"\n", ERR_SYNTAX, "a NUL");
    refused("a: b: c\n", ERR_SYNTAX, "line 1, column");
    refused("a: \xff\n", ERR_SYNTAX, "");
    refused("[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]", ERR_LIMIT, "too deep");
}

static size_t used_before;

static int begin(void **state)
{
    (void)state;
    used_before = mem_used();
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(mem_used(), used_before);
    return 0;
}

static int install(void **state)
{
    (void)state;
    mem_install();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_scalars, begin, end),
        cmocka_unit_test_setup_teardown(test_anchors, begin, end),
        cmocka_unit_test_setup_teardown(test_refusals, begin, end),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
