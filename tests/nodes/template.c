/* template.c - the texts with places and the schemas that manifests are made of. */
#include "node_text.h"

#include "nodes/shape.h"
#include "schema/schema.h"
#include "nodes/template.h"

/* ---- Templates */

#define SCOPE                                                                                 \
    "{'input': {'id': 'a/b', 'name': 'O\\u0027Neil', 'amount': 100.10, 'n': 7, 'yes': true, " \
    "'none': "                                                                                \
    "null, 'dots': '..', 'empty': '', 'list': [{'x': 1}]}, 'reply': {'body': {'k': 'v'}}}"

static void filled(const char *template, const char *wanted)
{
    json_t *scope = node_try_json(SCOPE), *json = node_try_json(template);
    struct err e = { .code = ERR_OK };
    json_t *result = template_json(json, scope, &e);

    if (e.code != ERR_OK)
        fail_msg("%s: %s", template, e.text);
    if (wanted == NULL)
        assert_null(result);
    else
        node_try_same(result, wanted);
    json_decref(json);
    json_decref(scope);
}

static void test_templates_fill_json(void **state)
{
    (void)state;
    filled("'{input.amount}'", "100.10");
    filled("'{input.amount|text}'", "'100.10'");
    filled("'EUR {input.amount}'", "'EUR 100.10'");
    filled("'{input.list.0.x}'", "1");
    filled("'{input.list}'", "[{'x': 1}]");
    filled("'{input.none}'", "null");
    filled("'{input.nothing}'", NULL);
    filled("'a {input.nothing}'", NULL);
    filled("{'a': '{input.n}', 'b': '{input.nothing}', 'c': [1, '{input.nothing}'], 'd': {}}",
           "{'a': 7, 'c': [1, null], 'd': {}}");
    filled("{'a': {'b': {'c': '{input.nothing}'}}, 'd': {'e': '{input.none}'}, 'f': [{'g': "
           "'{input.nothing}'}]}",
           "{'d': {'e': null}, 'f': [{}]}");
    filled("{'a': '{input.nothing}'}", "{}");
    filled("'{{input.n}}'", "'{input.n}'");
    filled("'{{{input.n}}}'", "'{7}'");
    filled("''", "''");
    filled("'a{input.yes}b{input.n}c'", "'atrueb7c'");
    filled("'{input.n|odata}'", "'7'");
    filled("'{input.id|url}'", "'a%2Fb'");
    filled("12.50", "12.50");
}

static void test_templates_quote_odata(void **state)
{
    json_t *scope = node_try_json(SCOPE);
    struct err e = { .code = ERR_OK };
    json_t *json = json_string("name eq {input.name|odata}");
    json_t *result = template_json(json, scope, &e);

    (void)state;
    assert_string_equal(json_text(result), "name eq 'O''Neil'");
    json_decref(result);
    json_decref(json);
    json_decref(scope);
}

static enum err_code path(const char *template, const char *wanted)
{
    json_t *scope = node_try_json(SCOPE);
    struct buf out;
    bool missing;
    struct err e;
    enum err_code rc;

    buf_init(&out, KIB);
    rc = template_text(template, scope, TEMPLATE_URL_PATH, &out, &missing, &e);
    if (rc == ERR_OK)
        assert_string_equal(buf_text(&out), wanted);
    buf_fini(&out);
    json_decref(scope);
    return rc;
}

static void test_templates_encode_paths(void **state)
{
    (void)state;
    assert_int_equal(path("/x({input.n})", "/x(7)"), ERR_OK);
    assert_int_equal(path("/x/{input.id}/y", "/x/a%2Fb/y"), ERR_OK);
    assert_int_equal(path("/x(k={input.name|odata})", "/x(k=%27O%27%27Neil%27)"), ERR_OK);
    assert_int_equal(path("/x/{input.dots}", ""), ERR_INVALID);
    assert_int_equal(path("/x/{input.empty}", ""), ERR_INVALID);
    assert_int_equal(path("/x/{input.none}", ""), ERR_INVALID);
    assert_int_equal(path("/x/{input.nothing}", ""), ERR_INVALID);
    assert_int_equal(path("/x/{input.list}", ""), ERR_INVALID);
}

static void test_templates_are_checked(void **state)
{
    static const char *const broken[] = { "{",      "}",       "{}",      "a}b",  "{a",
                                          "{a|}",   "{a|b}",   "{a b}",   "{.a}", "{a.}",
                                          "{a..b}", "{|text}", "{a|text", "{{}" };

    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct err e;

        if (template_check(broken[i], NULL, NULL, &e) != ERR_SYNTAX)
            fail_msg("%s is no template", broken[i]);
    }
}

/* ---- Schemas */

static void problem_note(void *arg, const char *pointer, const char *text)
{
    buf_addf(arg, "%s %s\n", pointer, text);
}

static void matched(const char *schema, const char *value, const char *wanted)
{
    json_t *schema_json = node_try_json(schema), *value_json = node_try_json(value);
    struct schema *shape;
    struct buf said;
    struct err e;

    buf_init(&said, MIB);
    shape = shape_new(schema_json, problem_note, &said);
    assert_string_equal(buf_text(&said), "");
    assert_int_equal(shape_match(shape, value_json, false, problem_note, &said, &e),
                     *wanted == '\0' ? ERR_OK : ERR_INVALID);
    schema_free(shape);
    if (*wanted == '\0' ? said.len > 0 : strstr(buf_text(&said), wanted) == NULL)
        fail_msg("%s\nwanted \"%s\", said:\n%s", value, wanted, buf_text(&said));
    buf_fini(&said);
    json_decref(schema_json);
    json_decref(value_json);
}

static void test_schemas_match(void **state)
{
    static const char *const person =
        "{'type': 'object', 'properties': {'name': {'type': 'string', 'maxLength': 3, 'minLength': "
        "1},"
        " 'age': {'type': 'integer', 'minimum': 0}, 'sum': {'type': 'number', 'exclusiveMinimum': "
        "0,"
        " 'maximum': 0.30}, 'kind': {'enum': ['a', 1, 1.50]}, 'gone': {'type': ['string', 'null']},"
        " 'lines': {'type': 'array', 'items': {'type': 'object', 'properties': {'q': {'type':"
        " 'integer'}}, 'required': ['q']}}}, 'required': ['name']}";

    (void)state;
    matched(person, "{'name': 'abc'}", "");
    matched(person, "{'name': 'üüü', 'gone': null}", "");
    matched(person, "{'name': 'abcd'}", "/name \"name\" has 4 characters, at most 3");
    matched(person, "{'name': ''}", "\"name\" is empty");
    matched(person, "{}", "\"name\" is missing");
    matched(person, "{'name': 'a', 'nmae': 1}", "\"nmae\" is not one of its members");
    matched(person, "{'name': null}", "must be: text, but is: null");
    matched(person, "{'name': 'a', 'age': 1.5}", "must be: whole number");
    matched(person, "{'name': 'a', 'age': 1.0}", "");
    matched(person, "{'name': 'a', 'age': -1}", "must be at least 0");
    matched(person, "{'name': 'a', 'age': '7'}", "must be: whole number, but is: text");
    matched(person, "{'name': 'a', 'sum': 0.30}", "");
    matched(person, "{'name': 'a', 'sum': 0.300000000000000000001}", "must be at most 0.30");
    matched(person, "{'name': 'a', 'sum': 0.00}", "must be greater than 0");
    matched(person, "{'name': 'a', 'sum': 1e309}", "must be at most 0.30");
    matched(person, "{'name': 'a', 'kind': 1.50}", "");
    matched(person, "{'name': 'a', 'kind': 'b'}", "must be one of \"a\", 1, 1.50");
    matched(person, "{'name': 'a', 'lines': [{'q': 1}, {'q': 'x'}]}",
            "/lines/1/q \"lines/1/q\" must be");
    matched(person, "{'name': 'a', 'lines': [{}]}", "\"lines/0/q\" is missing");
    matched(person, "[1]", "\"input\" must be: object, but is: array");
}

static void test_schema_formats(void **state)
{
    static const struct {
        const char *format, *value;
        bool good;
    } cases[] = {
        { "date", "2026-11-21", true },
        { "date", "2024-02-29", true },
        { "date", "2026-02-29", false },
        { "date", "2026-13-01", false },
        { "date", "2026-1-01", false },
        { "date", "11/21/2026", false },
        { "date", "2026-11-21T00:00:00Z", false },
        { "date", "", false },
        { "date-time", "2026-11-21T09:03:03Z", true },
        { "date-time", "2026-11-21T09:03:03.123+01:00", true },
        { "date-time", "2026-11-21T09:03:03", false },
        { "date-time", "2026-11-21 09:03:03Z", false },
        { "date-time", "2026-11-21T24:03:03Z", false },
        { "date-time", "2026-11-21T09:03:03.Z", false },
        { "date-time", "2026-11-21T09:03:03Zx", false },
        { "date-time", "2026-11-21T09:03:03+0100", false },
        { "uuid", "1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10", true },
        { "uuid", "1F0E6F2A-8F53-4A7E-9D7E-2F3F4B1C9A10", true },
        { "uuid", "1f0e6f2a8f534a7e9d7e2f3f4b1c9a10", false },
        { "uuid", "1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a1)", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char schema[80], value[80];

        snprintf(schema, sizeof schema, "{'type': 'string', 'format': '%s'}", cases[i].format);
        snprintf(value, sizeof value, "'%s'", cases[i].value);
        matched(schema, value, cases[i].good ? "" : "must be");
    }
}

static void test_schemas_are_checked(void **state)
{
    static const struct {
        const char *schema, *wanted;
    } cases[] = {
        { "{'type': 'text'}", "/type \"type\" must be" },
        { "{'type': []}", "/type" },
        { "{'patern': '.'}", "/patern the keyword \"patern\" is not one that Weft checks" },
        { "{'properties': {'a': 1}}", "/properties/a a schema is an object" },
        { "{'properties': {'a': {'maxLength': -1}}}", "/properties/a/maxLength" },
        { "{'required': ['b'], 'properties': {'a': {}}}", "/required" },
        { "{'items': {'type': 1}}", "/items/type" },
        { "{'format': 'iban'}", "/format" },
        { "{'type': 'integer', 'default': 'x'}", "the default does not fit" },
        { "{'minimum': 'x'}", "/minimum" },
        { "{'enum': 5}", "/enum" },
        { "true", "a schema is an object" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *json = node_try_json(cases[i].schema);
        struct buf said;

        buf_init(&said, MIB);
        assert_null(shape_new(json, problem_note, &said));
        if (strstr(buf_text(&said), cases[i].wanted) == NULL)
            fail_msg("%s\nwanted %s, said:\n%s", cases[i].schema, cases[i].wanted, buf_text(&said));
        buf_fini(&said);
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TEXT(test_templates_fill_json),    NODE_TEXT(test_templates_quote_odata),
        NODE_TEXT(test_templates_encode_paths), NODE_TEXT(test_templates_are_checked),
        NODE_TEXT(test_schemas_match),          NODE_TEXT(test_schema_formats),
        NODE_TEXT(test_schemas_are_checked),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
