/* validate.c - "transform.validate": what passes, what leaves by the other exit, what fails. */
#include "node_run.h"
#include "node_try.h"

#include "nodes/node_types.h"

#define VALIDATE(config) "{'id': 'it', 'type': 'transform.validate', 'config': {" config "}}"
#define ORDER                                                                                \
    "'schema': {'type': 'object', 'properties': {'id': {'type': 'string', 'minLength': 1}, " \
    "'amount': {'type': 'number', 'multipleOf': 0.01, 'maximum': 100}, 'paid': {'format': "  \
    "'date'}}, 'required': ['id', 'amount'], 'additionalProperties': false}"

/* The value goes on as it is, digit for digit. */
static void test_what_fits_passes(void **state)
{
    (void)state;
    node_gives(VALIDATE("'value': '=trigger.body', " ORDER), "{'id': 'T1', 'amount': 99.90}",
               "{'id': 'T1', 'amount': 99.90}");
    node_fails(VALIDATE("'schema': {'required': ['body', 'nothing']}, 'on_invalid': 'fail'"), "{}",
               "invalid", "\"nothing\" is missing");
    node_gives(VALIDATE("'value': '=nil', 'schema': {'type': 'null'}"), "{}", "null");
    node_gives(VALIDATE("'value': '=trigger.body', 'formats': false, " ORDER),
               "{'id': 'T1', 'amount': 1, 'paid': 'today'}",
               "{'id': 'T1', 'amount': 1, 'paid': 'today'}");
}

static void test_what_does_not_leaves_by_invalid(void **state)
{
    struct stage *stage = stage_new();
    struct node_result result;

    (void)state;
    node_run_parts(stage, VALIDATE("'value': '=trigger.body', " ORDER),
                   "{'id': 'no', 'type': 'transform.map', 'config': {'fields': [{'to': 'got', "
                   "'from': '=steps.it'}]}}",
                   "{'from': 'it', 'port': 'invalid', 'to': 'no'}", NULL,
                   "{'amount': 120.505, 'paid': '21.11.2026', 'x': 1}", &result);
    node_try_same(
        json_incref(result.output),
        "{'got': {'value': {'amount': 120.505, 'paid': '21.11.2026', 'x': 1}, 'count': 5, "
        "'faults': ["
        "{'pointer': '', 'keyword': 'required', 'rule': '/required', 'text': "
        "'\\\"id\\\" is missing'},"
        "{'pointer': '/amount', 'keyword': 'multipleOf', 'rule': '/properties/amount/multipleOf', "
        "'text': '\\\"amount\\\" must be a multiple of 0.01, but is 120.505'},"
        "{'pointer': '/amount', 'keyword': 'maximum', 'rule': '/properties/amount/maximum', "
        "'text': '\\\"amount\\\" must be at most 100, but is 120.505'},"
        "{'pointer': '/paid', 'keyword': 'format', 'rule': '/properties/paid/format', 'text': "
        "'\\\"paid\\\" must be a date like 2026-11-21, but is \\\"21.11.2026\\\"'},"
        "{'pointer': '/x', 'keyword': 'additionalProperties', 'rule': '/additionalProperties', "
        "'text': '\\\"x\\\" is not one of its members'}]}}");
    node_run_end(&result);
    stage_free(stage);
}

static void test_it_fails_when_asked(void **state)
{
    struct stage *stage = stage_new();
    struct node_result result;
    json_t *details;

    (void)state;
    node_run_parts(stage, VALIDATE("'value': '=trigger.body', 'on_invalid': 'fail', " ORDER), "",
                   "", NULL, "{'id': ''}", &result);
    assert_string_equal(json_get_text(result.error, "kind"), "invalid");
    assert_non_null(strstr(json_get_text(result.error, "text"),
                           "the value does not fit the schema: \"amount\" is missing"));
    details = json_object_get(result.error, "details");
    assert_int_equal(json_get_int(details, "count", 0), 2);
    assert_int_equal(json_array_size(json_object_get(details, "faults")), 2);
    assert_null(json_object_get(details, "value"));
    node_run_end(&result);
    stage_free(stage);
}

/* What the loop's budget does not suffice for is checked on the pool, and what nothing suffices for
 * fails. */
static void test_long_checks(void **state)
{
    struct node_result result;
    struct stage *stage;
    struct buf body;

    (void)state;
    buf_init(&body, 4 * MIB);
    buf_add_text(&body, "{'n': [");
    for (unsigned i = 0; i < 40000; i++)
        buf_addf(&body, "%s%u", i > 0 ? "," : "", i);
    buf_add_text(&body, "]}");
    stage = stage_new();
    node_run_parts(stage,
                   VALIDATE("'value': '=trigger.body', 'schema': {'properties': {'n': {'items': "
                            "{'type': 'integer', 'minimum': 0}, 'uniqueItems': true}}}"),
                   "{'id': 'then', 'type': 'transform.map', 'config': {'fields': [{'to': 'n', "
                   "'from': '=#steps.it.n'}]}}",
                   "{'from': 'it', 'to': 'then'}", NULL, buf_text(&body), &result);
    node_try_same(json_incref(result.output), "{'n': 40000}");
    node_run_end(&result);
    stage_free(stage);
    buf_fini(&body);
    node_fails(VALIDATE("'value': '=trigger.body.t', 'schema': {'pattern': '^(a+)+$'}"),
               "{'t': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'}", "limit",
               "takes too many steps");
}

static void test_settings(void **state)
{
    static const char type[] = "transform.validate";
    struct node_try *try = *state;

    node_try_fine(try, type, "{'schema': true}", NULL);
    node_try_fine(try, type, "{'schema': {'format': 'iban'}, 'formats': false}", NULL);
    node_try_fault(try, type, "{}", NULL, "/config", "\"schema\" is missing");
    node_try_fault(try, type, "{'schema': 'order'}", NULL, "/config/schema",
                   "there is no schema \"order\": it would be the flow's file schemas/order.json");
    node_try_fault(try, type, "{'schema': {'properties': {'a': {'typ': 'x'}}}}", NULL,
                   "/config/schema/properties/a/typ", "did you mean \"type\"?");
    node_try_fault(try, type, "{'schema': {'$ref': 'http://x.example/s'}}", NULL,
                   "/config/schema/$ref", "nothing is fetched");
    node_try_fault(try, type, "{'schema': {'format': 'iban'}}", NULL, "/config/schema/format",
                   "is not one that Weft checks");
    node_try_fault(try, type, "{'schema': 7}", NULL, "/config/schema", "a schema is an object");
    node_try_fault(try, type, "{'schema': true, 'on_invalid': 'drop'}", NULL, "/on_invalid",
                   "route");
}

/* Schemas of the flow's folder. */
static void test_schema_files(void **state)
{
    static const char flow[] =
        "{'flow': {'weft': 1, 'name': 'Files', 'nodes': [{'id': 'in', 'type': 'trigger.manual'}, "
        "{'id': 'it', 'type': 'transform.validate', 'config': {'schema': '%s'}}], 'edges': "
        "[{'from': 'in', 'to': 'it'}]}, 'schemas': {'order': {'type': 'object'}, 'when': "
        "{'format': 'iban'}, 'bad': {'type': 'x'}}}";
    struct node_try *try = *state;
    json_t *bundle = node_try_json(flow);
    struct buf said;

    buf_init(&said, MIB);
    assert_null(
        flow_compile(bundle, "f", "f/flow.json", NULL, 0, try->registry, NULL, &try->faults));
    faults_write(&try->faults, &said);
    assert_non_null(strstr(buf_text(&said), "f/schemas/bad.json:1:1: /type: \"type\" must be"));
    assert_non_null(strstr(buf_text(&said), "there is no schema \"%s\""));
    json_object_del(json_object_get(bundle, "schemas"), "bad");
    json_object_set_new(
        json_object_get(
            json_array_get(json_object_get(json_object_get(bundle, "flow"), "nodes"), 1), "config"),
        "schema", json_string("when"));
    buf_clear(&said);
    faults_fini(&try->faults);
    assert_null(
        flow_compile(bundle, "f", "f/flow.json", NULL, 0, try->registry, NULL, &try->faults));
    faults_write(&try->faults, &said);
    assert_non_null(strstr(buf_text(&said), "schemas/when.json: /format: the format \"iban\""));
    json_object_set_new(
        json_object_get(
            json_array_get(json_object_get(json_object_get(bundle, "flow"), "nodes"), 1), "config"),
        "schema", json_string("order"));
    faults_fini(&try->faults);
    try->flow =
        flow_compile(bundle, "f", "f/flow.json", NULL, 0, try->registry, NULL, &try->faults);
    assert_non_null(try->flow);
    json_decref(bundle);
    buf_fini(&said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_fits_passes),
        cmocka_unit_test(test_what_does_not_leaves_by_invalid),
        cmocka_unit_test(test_it_fails_when_asked),
        cmocka_unit_test(test_long_checks),
        NODE_TRY(test_settings),
        NODE_TRY(test_schema_files),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
