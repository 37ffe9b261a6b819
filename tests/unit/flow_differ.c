/* flow_differ.c - what differs between two bundles, by meaning; schemas that fit samples; flows
 * that are cut for a test. */
#include "designer-api/flow_differ.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/cut.h"
#include "designer-api/infer.h"

static json_t *read_json(const char *text)
{
    struct err e;
    json_t *json = json_read(text, strlen(text), &json_limits_flow, &e);

    if (json == NULL)
        fail_msg("%s: %s", text, e.text);
    return json;
}

static void json_is(json_t *got, const char *wanted)
{
    char *text = json_text_new(got, MIB, NULL);

    assert_non_null(text);
    assert_string_equal(text, wanted);
    mem_free(text);
    json_decref(got);
}

static void differs(const char *a, const char *b, bool layout, const char *wanted)
{
    json_t *from = read_json(a), *to = read_json(b);

    json_is(flow_differ(from, to, layout), wanted);
    json_decref(from);
    json_decref(to);
}

static void test_nodes(void **state)
{
    (void)state;
    differs("{\"flow\":{\"nodes\":[{\"id\":\"a\",\"type\":\"x\",\"ui\":{\"x\":1}}]}}",
            "{\"flow\":{\"nodes\":[{\"id\":\"a\",\"type\":\"x\",\"ui\":{\"x\":2}}]}}", false, "[]");
    differs("{\"flow\":{\"nodes\":[{\"id\":\"a\",\"type\":\"x\",\"ui\":{\"x\":1}}]}}",
            "{\"flow\":{\"nodes\":[{\"id\":\"a\",\"type\":\"x\",\"ui\":{\"x\":2}}]}}", true,
            "[{\"kind\":\"changed\",\"what\":\"layout\",\"id\":\"a\",\"pointer\":\"/flow/nodes/0/"
            "ui\",\"before\":{\"x\":1},\"after\":{\"x\":2}}]");
    differs("{\"flow\":{\"nodes\":[{\"id\":\"a\"},{\"id\":\"b\",\"config\":{\"n\":1.10}}]}}",
            "{\"flow\":{\"nodes\":[{\"id\":\"b\",\"config\":{\"n\":1.1}},{\"id\":\"c\"}]}}", false,
            "[{\"kind\":\"removed\",\"what\":\"node\",\"id\":\"a\",\"pointer\":\"/flow/nodes/0\","
            "\"before\":{\"id\":\"a\"}},"
            "{\"kind\":\"changed\",\"what\":\"node\",\"id\":\"b\",\"pointer\":\"/flow/nodes/0/"
            "config/n\",\"before\":1.10,\"after\":1.1},"
            "{\"kind\":\"added\",\"what\":\"node\",\"id\":\"c\",\"pointer\":\"/flow/nodes/1\","
            "\"after\":{\"id\":\"c\"}}]");
}

static void test_parts(void **state)
{
    (void)state;
    differs("{\"flow\":{\"nodes\":[{\"id\":\"m\",\"type\":\"transform.map\",\"config\":{\"fields\":"
            "[{\"to\":\"a\",\"from\":1},{\"to\":\"b\",\"from\":2}]}}]}}",
            "{\"flow\":{\"nodes\":[{\"id\":\"m\",\"type\":\"transform.map\",\"config\":{\"fields\":"
            "[{\"to\":\"b\",\"from\":2},{\"to\":\"a\",\"from\":3}]}}]}}",
            false,
            "[{\"kind\":\"changed\",\"what\":\"mapping\",\"id\":\"a\",\"node\":\"m\",\"pointer\":"
            "\"/flow/nodes/0/config/fields/a\",\"before\":{\"to\":\"a\",\"from\":1},\"after\":{"
            "\"to\":\"a\",\"from\":3}}]");
    differs("{\"flow\":{\"edges\":[{\"from\":\"a\",\"to\":\"b\"}]},\"rules\":{\"r\":\"x\"}}",
            "{\"flow\":{\"edges\":[{\"from\":\"a\",\"port\":\"out\",\"to\":\"b\"}]},\"rules\":{"
            "\"r\":\"y\"}}",
            false,
            "[{\"kind\":\"changed\",\"what\":\"edge\",\"id\":\"a.out -> b\",\"pointer\":\"/flow/"
            "edges/a.out -> b\",\"before\":{\"from\":\"a\",\"to\":\"b\"},\"after\":{\"from\":\"a\","
            "\"port\":\"out\",\"to\":\"b\"}},"
            "{\"kind\":\"changed\",\"what\":\"rule\",\"id\":\"r\",\"pointer\":\"/rules/r\","
            "\"before\":\"x\",\"after\":\"y\"}]");
}

static void infers(const char *samples, const char *wanted)
{
    json_t *list = read_json(samples);

    json_is(infer_schema(list), wanted);
    json_decref(list);
}

static void test_infer(void **state)
{
    (void)state;
    infers("[1,2]", "{\"type\":\"integer\"}");
    infers("[1,2.5,null]", "{\"type\":[\"null\",\"number\"]}");
    infers("[\"2026-11-21\",\"2026-11-22\"]", "{\"type\":\"string\",\"format\":\"date\"}");
    infers("[\"2026-11-21\",\"x\"]", "{\"type\":\"string\"}");
    infers("[{\"a\":1,\"b\":[true]},{\"a\":2}]",
           "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"type\":"
           "\"array\",\"items\":{\"type\":\"boolean\"}}},\"required\":[\"a\"]}");
}

static const char flow[] =
    "{\"flow\":{\"nodes\":[{\"id\":\"t\",\"type\":\"trigger.manual\"},"
    "{\"id\":\"s\",\"type\":\"branch.switch\"},{\"id\":\"a\",\"type\":\"x\"},"
    "{\"id\":\"b\",\"type\":\"x\",\"config\":{\"body\":{\"nodes\":[{\"id\":\"in\"}]}}}],"
    "\"edges\":[{\"from\":\"t\",\"to\":\"s\"},{\"from\":\"s\",\"port\":\"one\",\"to\":\"a\"},"
    "{\"from\":\"s\",\"port\":\"two\",\"to\":\"a\"},{\"from\":\"a\",\"to\":\"b\"}]}}";

/* The ids of what is left, with types, and the edges. */
static void cut_is(const struct cut_ask *ask, const char *nodes, const char *edges)
{
    json_t *bundle = read_json(flow), *pinned = json_array(), *cut, *node, *list = json_array();
    struct err e;
    size_t i;

    cut = cut_flow(bundle, ask, pinned, &e);
    assert_non_null(cut);
    json_array_foreach(json_object_get(json_object_get(cut, "flow"), "nodes"), i, node)
    {
        json_array_append_new(
            list, json_sprintf("%s %s", json_get_text(node, "id"), json_get_text(node, "type")));
    }
    json_is(list, nodes);
    json_is(json_incref(json_object_get(json_object_get(cut, "flow"), "edges")), edges);
    json_decref(cut);
    json_decref(bundle);
    json_decref(pinned);
}

static void test_cut(void **state)
{
    struct cut_ask ask = { .until = "s" };
    json_t *bundle = read_json(flow), *none = json_array();
    struct err e;

    (void)state;
    cut_is(&ask, "[\"t trigger.manual\",\"s branch.switch\"]", "[{\"from\":\"t\",\"to\":\"s\"}]");
    ask = (struct cut_ask){ .only = "a" };
    cut_is(&ask, "[\"t trigger.manual\",\"s transform.script\",\"a x\"]",
           "[{\"from\":\"t\",\"to\":\"s\"},{\"from\":\"s\",\"to\":\"a\"}]");
    ask = (struct cut_ask){ .until = "in", .pins = read_json("{\"a\":1,\"s\":2}") };
    cut_is(&ask, "[\"t trigger.manual\",\"s branch.switch\",\"a transform.script\",\"b x\"]",
           "[{\"from\":\"t\",\"to\":\"s\"},{\"from\":\"s\",\"port\":\"one\",\"to\":\"a\"},"
           "{\"from\":\"s\",\"port\":\"two\",\"to\":\"a\"},{\"from\":\"a\",\"to\":\"b\"}]");
    json_decref(ask.pins);
    ask = (struct cut_ask){ .until = "nobody" };
    assert_null(cut_flow(bundle, &ask, none, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    json_decref(bundle);
    json_decref(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_infer),
        cmocka_unit_test(test_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
