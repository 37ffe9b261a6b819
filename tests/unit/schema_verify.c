/* schema_verify.c - what people read of a value that does not fit, what a check may cost, and what
 * a schema says of a place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "schema/schema.h"

/* JSON with ' for ". */
static json_t *json_of(const char *text)
{
    char *copy = mem_must_copy(text);
    struct err e;
    json_t *json;

    for (char *c = copy; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    json = json_read(copy, strlen(copy), &json_limits_body, &e);
    if (json == NULL)
        fail_msg("%s: %s", copy, e.text);
    mem_free(copy);
    return json;
}

static void say(void *arg, const struct schema_fault *fault)
{
    buf_addf(arg, "%s [%s] %s\n", fault->pointer, fault->place, fault->text);
}

static struct schema *schema_of(const char *text, unsigned flags)
{
    json_t *json = json_of(text);
    struct buf said;
    struct schema *schema;

    buf_init(&said, MIB);
    schema = schema_new(json, flags, say, &said);
    if (schema == NULL)
        fail_msg("%s: %s", text, buf_text(&said));
    buf_fini(&said);
    json_decref(json);
    return schema;
}

static void says(const char *schema_text, const char *value_text, const char *wanted)
{
    struct schema *schema = schema_of(schema_text, SCHEMA_FORMATS);
    json_t *value = json_of(value_text);
    struct buf said;
    struct schema_ask ask = { .fault = say, .arg = &said };
    struct err e;
    char *text = mem_must_copy(wanted);

    for (char *c = text; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    buf_init(&said, MIB);
    assert_int_equal(schema_verify(schema, value, &ask, &e), ERR_INVALID);
    assert_string_equal(buf_text(&said), text);
    buf_fini(&said);
    mem_free(text);
    json_decref(value);
    schema_free(schema);
}

static void test_messages(void **state)
{
    (void)state;
    says("{'properties': {'amount': {'maximum': 100}}}", "{'amount': 120.50}",
         "/amount [/properties/amount/maximum] 'amount' must be at most 100, but is 120.50\n");
    says("{'type': ['string', 'null']}", "5",
         " [/type] 'value' must be: text or null, but is: number\n");
    says("{'required': ['a', 'b']}", "{}",
         " [/required] 'a' is missing\n [/required] 'b' is missing\n");
    says("{'items': {'properties': {'a/b': {'const': 'x'}}}}", "[{}, {'a/b': 'y'}]",
         "/1/a~1b [/items/properties/a~1b/const] '1/a~1b' must be 'x', but is 'y'\n");
    says("{'minLength': 1}", "''",
         " [/minLength] 'value' is empty, at least 1 character is needed\n");
    says("{'pattern': '^[A-Z]{3}$'}", "'usd'",
         " [/pattern] 'value' must match the pattern ^[A-Z]{3}$, but is 'usd'\n");
    says("{'uniqueItems': true}", "[1, 2, 1.0]",
         " [/uniqueItems] 'value' has the same item twice: item 2 equals item 0, counted from 0\n");
    says("{'prefixItems': [true], 'items': false}", "[1, 2]",
         " [/items] 'value' has 2 items, at most 1 is allowed\n");
    says("{'dependentRequired': {'card': ['name']}}", "{'card': 1}",
         " [/dependentRequired] 'name' is missing: it is needed where 'card' stands\n");
    says("{'additionalProperties': false}", "{'x': 1}",
         "/x [/additionalProperties] 'x' is not one of its members\n");
    says("{'$ref': '#/$defs/n', '$defs': {'n': {'type': 'null'}}}", "1",
         " [/$defs/n/type] 'value' must be: null, but is: number\n");
    says("{'contains': {'const': 1}}", "[2]",
         " [/contains] 'value' must hold at least 1 item of the kind it asks for, but has 0\n");
    says("{'propertyNames': {'maxLength': 1}}", "{'ab': 1}",
         "/ab [/propertyNames] 'ab' is no name that is allowed for a member here\n");
}

/* Of alternatives the nearest one's faults are told: that is what a person meant. */
static void test_alternatives(void **state)
{
    static const char schema[] =
        "{'oneOf': [{'title': 'card', 'properties': {'kind': {'const': 'card'}, 'number': "
        "{'type': 'string'}}, 'required': ['kind', 'number']}, {'title': 'transfer', 'properties': "
        "{'kind': {'const': 'transfer'}, 'iban': {'type': 'string'}}, 'required': ['kind', "
        "'iban']}]}";

    (void)state;
    says(schema, "{'kind': 'transfer', 'ibna': 'x'}",
         " [/oneOf] 'value' fits none of 2 alternatives; the nearest is 'transfer'\n"
         " [/oneOf/1/required] 'iban' is missing\n");
    says("{'oneOf': [{'type': 'integer'}, {'minimum': 2}]}", "5",
         " [/oneOf] 'value' fits two alternatives, number 1 and number 2, but must fit one only\n");
    says("{'anyOf': [{'type': 'string'}, {'type': 'null'}]}", "5",
         " [/anyOf] 'value' fits none of 2 alternatives; the nearest is number 1\n"
         " [/anyOf/0/type] 'value' must be: text, but is: number\n");
}

/* What may be a card's number or a secret is not repeated. */
static void test_messages_keep_secrets(void **state)
{
    (void)state;
    says("{'pattern': '^x$'}", "'4111 1111 1111 1111'",
         " [/pattern] 'value' must match the pattern ^x$, but is another text\n");
    says("{'maximum': 5}", "4111111111111111",
         " [/maximum] 'value' must be at most 5, but is another number\n");
    says("{'properties': {'pin': {'writeOnly': true, 'format': 'date'}}}", "{'pin': '0815'}",
         "/pin [/properties/pin/format] 'pin' must be a date like 2026-11-21, but is another "
         "text\n");
}

static void test_flags(void **state)
{
    static const char text[] = "{'properties': {'a': {'default': 1}, 'b': {}, 'c': {'properties': "
                               "{'d': true}}}, 'required': ['a', 'b'], 'type': 'object'}";
    struct schema *schema = schema_of(text, SCHEMA_CLOSED | SCHEMA_DEFAULTS);
    struct schema_ask ask = { .expressions = true, .name = "input" };
    json_t *value = json_of("{'b': '=x', 'c': '=y'}");
    struct err e;

    (void)state;
    assert_int_equal(schema_verify(schema, value, NULL, &e), ERR_OK);
    json_decref(value);
    value = json_of("{'b': 1, 'c': {'x': 1}}");
    assert_int_equal(schema_verify(schema, value, &ask, &e), ERR_INVALID);
    assert_string_equal(e.text, "\"c/x\" is not one of its members");
    json_decref(value);
    value = json_of("'=trigger.body'");
    assert_int_equal(schema_verify(schema, value, &ask, &e), ERR_OK);
    assert_int_equal(schema_verify(schema, value, NULL, &e), ERR_INVALID);
    json_decref(value);
    schema_free(schema);
}

static void verdict(const struct schema *schema, const char *value_text, bool expressions,
                    bool fits)
{
    struct schema_ask ask = { .expressions = expressions };
    json_t *value = json_of(value_text);
    struct err e;

    if (schema_verify(schema, value, &ask, &e) != (fits ? ERR_OK : ERR_INVALID))
        fail_msg("%s: %s", value_text, fits ? e.text : "fits");
    json_decref(value);
}

/* Alternatives name members of the same value; none of them closes it for the others. */
static void test_closed_alternatives(void **state)
{
    struct schema *schema = schema_of(
        "{'properties': {'id': {'type': 'string'}}, 'oneOf': [{'properties': {'kind': {'const': "
        "'card'}, 'number': true}, 'required': ['kind']}, {'properties': {'kind': {'const': "
        "'ach'}, 'account': {'properties': {'no': true}}}, 'required': ['kind']}]}",
        SCHEMA_CLOSED);

    (void)state;
    verdict(schema, "{'id': 'a', 'kind': 'card', 'number': 1}", false, true);
    verdict(schema, "{'id': 'a', 'kind': 'card', 'account': {}}", false, false);
    verdict(schema, "{'kind': 'ach', 'account': {'no': 1}}", false, true);
    verdict(schema, "{'kind': 'ach', 'account': {'number': 1}}", false, false);
    schema_free(schema);
}

/* What depends on the result of an expression is left to the run. */
static void test_expressions(void **state)
{
    struct schema *schema = schema_of(
        "{'oneOf': [{'properties': {'k': {'const': 1}}, 'required': ['k']}, {'properties': {'k': "
        "{'const': 2}}, 'required': ['k']}], 'not': {'properties': {'n': {'const': 5}}, "
        "'required': ['n']}, 'if': {'properties': {'k': {'const': 1}}}, 'then': {'required': "
        "['one']}, 'properties': {'l': {'uniqueItems': true}, 'm': {'maximum': 3}}}",
        0);

    (void)state;
    verdict(schema, "{'k': '=a'}", true, true);
    verdict(schema, "{'k': '=a', 'n': '=b', 'l': ['=c', '=c']}", true, true);
    verdict(schema, "{'k': '=a', 'm': 4}", true, false);
    verdict(schema, "{'k': 1}", true, false);
    verdict(schema, "{'k': 2, 'n': 5}", true, false);
    verdict(schema, "{'k': '=a'}", false, false);
    schema_free(schema);
}

/* ---- What a check may cost */

static enum err_code costs(const char *schema_text, const json_t *value, uint64_t work,
                           struct err *e)
{
    struct schema *schema = schema_of(schema_text, 0);
    struct schema_ask ask = { .work = work };
    enum err_code rc = schema_verify(schema, value, &ask, e);

    schema_free(schema);
    return rc;
}

static void test_hostile_patterns(void **state)
{
    static const char *const patterns[] = {
        "{'pattern': '^(a+)+$'}",
        "{'pattern': '^(a|a)*$'}",
        "{'pattern': '(.*a){20}b'}",
        "{'pattern': '^(([a-z])+.)+[A-Z]([a-z])+$'}",
        "{'pattern': '(a*)*b'}",
        "{'pattern': '^(?:a?){40}a{40}$'}",
        "{'pattern': '(x+x+)+y|(a+a+)+y'}",
        "{'pattern': '(?=(a+)+b)c'}",
        "{'pattern': 'a*a*a*a*a*a*a*a*c'}",
    };
    char text[4097];
    json_t *value;
    struct err e;

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 2] = '!';
    text[sizeof text - 1] = '\0';
    value = json_string(text);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        enum err_code rc = costs(patterns[i], value, 200000, &e);

        /* PCRE2 sees through some of them; none is taken for a fit. */
        if (rc != ERR_LIMIT && rc != ERR_INVALID)
            fail_msg("%s: %s", patterns[i], err_name(rc));
        if (rc == ERR_LIMIT)
            assert_non_null(strstr(e.text, "takes too many steps on a text of 4096 bytes"));
    }
    json_decref(value);
}

/* A list within a list within a list, checked in ever more ways. */
static void test_hostile_schemas(void **state)
{
    json_t *value = json_of("[[[[[[[[[[[[1]]]]]]]]]]]]"), *deep = json_integer(1);
    struct err e;

    (void)state;
    assert_int_equal(costs("{'$defs': {'a': {'anyOf': [{'items': {'$ref': '#/$defs/b'}}, {'items': "
                           "{'$ref': '#/$defs/b'}}, {'items': {'$ref': '#/$defs/b'}}]}, 'b': "
                           "{'anyOf': [{'type': 'null'}, {'type': 'array', 'allOf': [{'$ref': "
                           "'#/$defs/a'}, {'$ref': '#/$defs/a'}]}]}}, '$ref': '#/$defs/a'}",
                           value, 100000, &e),
                     ERR_LIMIT);
    assert_non_null(strstr(e.text, "takes more than 100000 steps"));
    json_decref(value);
    for (unsigned i = 0; i < 1000; i++) {
        json_t *outer = json_array();

        json_array_append_new(outer, deep);
        deep = outer;
    }
    assert_int_equal(costs("{'items': {'$ref': '#'}}", deep, 0, &e), ERR_LIMIT);
    assert_non_null(strstr(e.text, "more than 400 deep"));
    json_decref(deep);
    /* A loop that a dynamic reference closes. */
    value = json_integer(1);
    assert_int_equal(costs("{'$id': 'https://x.example/a', '$dynamicAnchor': 'n', 'allOf': "
                           "[{'$ref': 'b'}], '$defs': {'b': {'$id': 'b', '$dynamicAnchor': 'n', "
                           "'anyOf': [{'$dynamicRef': '#n'}]}}}",
                           value, 0, &e),
                     ERR_LIMIT);
    json_decref(value);
}

static void test_many_faults(void **state)
{
    struct schema *schema = schema_of("{'items': {'type': 'null'}}", 0);
    json_t *value = json_array();
    struct buf said;
    struct schema_ask ask = { .fault = say, .arg = &said };
    struct err e;
    size_t lines = 0;

    (void)state;
    for (int i = 0; i < 5000; i++)
        json_array_append_new(value, json_integer(i));
    buf_init(&said, 4 * MIB);
    assert_int_equal(schema_verify(schema, value, &ask, &e), ERR_INVALID);
    for (size_t i = 0; i < said.len; i++)
        lines += said.at[i] == '\n';
    assert_int_equal(lines, SCHEMA_FAULTS);
    assert_string_equal(e.text, "\"0\" must be: null, but is: number");
    buf_fini(&said);
    json_decref(value);
    schema_free(schema);
}

/* ---- Places */

static const char order[] =
    "{'type': 'object', 'required': ['id', 'lines'], 'properties': {'id': {'type': 'string', "
    "'maxLength': 20, 'allOf': [{'maxLength': 12, 'minLength': 1}]}, 'customer': {'$ref': "
    "'#/$defs/party'}, 'lines': {'type': 'array', 'maxItems': 9, 'items': {'required': ['amount'], "
    "'properties': {'amount': {'type': 'number', 'multipleOf': 0.01, 'maximum': 10, 'allOf': "
    "[{'maximum': 5}]}, 'kind': {'enum': ['a', 'b']}}, 'additionalProperties': false}}, 'a.b': "
    "{'type': 'null'}, 'pay': {'oneOf': [{'type': 'string'}, {'type': 'integer'}]}}, "
    "'patternProperties': {'^x_': {'type': 'boolean'}}, '$defs': {'party': {'properties': {'name': "
    "{'type': ['string', 'null'], 'title': 'Name', 'default': 'N'}, 'parent': {'$ref': "
    "'#/$defs/party'}}}}}";

static void test_places(void **state)
{
    struct schema *schema = schema_of(order, 0);
    struct schema_place place;
    char text[100];

    (void)state;
    assert_true(schema_at(schema, "id", &place));
    assert_int_equal(place.types, SCHEMA_STRING);
    assert_true(place.required);
    assert_int_equal(place.max_length, 12);
    assert_int_equal(place.min_length, 1);
    assert_true(schema_at(schema, "customer.name", &place));
    assert_false(place.required);
    assert_string_equal(schema_types_text(place.types, text, sizeof text), "text or null");
    assert_string_equal(place.title, "Name");
    assert_string_equal(json_text(place.usual), "N");
    assert_true(schema_at(schema, "customer.parent.parent.name", &place));
    assert_true(schema_at(schema, "lines", &place));
    assert_int_equal(place.max_items, 9);
    assert_true(schema_at(schema, "lines[].amount", &place));
    assert_true(place.required);
    assert_int_equal(place.types, SCHEMA_NUMBER | SCHEMA_INTEGER);
    assert_int_equal(json_integer_value(place.maximum), 5);
    assert_string_equal(json_exact_text(place.multiple_of), "0.01");
    assert_true(schema_at(schema, "lines[].kind", &place));
    assert_int_equal(json_array_size(place.choices), 2);
    assert_false(schema_at(schema, "lines[].other", &place));
    assert_int_equal(place.types, 0);
    assert_false(schema_at(schema, "other", &place));
    assert_int_equal(place.types, SCHEMA_ANY);
    assert_true(schema_at(schema, "x_flag", &place));
    assert_int_equal(place.types, SCHEMA_BOOLEAN);
    assert_true(schema_at(schema, "a\\.b", &place));
    assert_int_equal(place.types, SCHEMA_NULL);
    assert_true(schema_at(schema, "pay", &place));
    assert_true(place.open);
    assert_int_equal(place.types, SCHEMA_STRING | SCHEMA_INTEGER);
    assert_true(schema_at(schema, "", &place));
    assert_int_equal(place.types, SCHEMA_OBJECT);
    schema_free(schema);
}

static void path_add(void *arg, const char *path, const struct schema_place *place)
{
    buf_addf(arg, "%s%s ", path, place->required ? "!" : "");
}

static void test_walk(void **state)
{
    struct schema *schema = schema_of(order, 0);
    struct buf paths;

    (void)state;
    buf_init(&paths, MIB);
    schema_walk(schema, 3, path_add, &paths);
    assert_string_equal(buf_text(&paths),
                        "id! customer customer.name customer.parent customer.parent.name "
                        "customer.parent.parent lines! lines[] lines[].amount! lines[].kind a\\.b "
                        "pay ");
    buf_fini(&paths);
    schema_free(schema);
}

static int begin(void **state)
{
    *state = (void *)mem_used();
    return 0;
}

static int end(void **state)
{
    assert_int_equal(mem_used(), (size_t)*state);
    return 0;
}

static int install(void **state)
{
    (void)state;
    mem_install();
    return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_messages),
        CASE(test_alternatives),
        CASE(test_messages_keep_secrets),
        CASE(test_closed_alternatives),
        CASE(test_expressions),
        CASE(test_flags),
        CASE(test_hostile_patterns),
        CASE(test_hostile_schemas),
        CASE(test_many_faults),
        CASE(test_places),
        CASE(test_walk),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
