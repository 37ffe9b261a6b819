/* map_target.c - a mapping held against its target schema: what is told before a run, where every
 * place comes from, and what an output that does not fit comes to. */
#include "node_run.h"
#include "node_try.h"

#define SCHEMA                                                                                   \
    "{'type': 'object', 'additionalProperties': false, 'required': ['ref', 'amount', 'lines'], " \
    "'properties': {'ref': {'type': 'string', 'maxLength': 10}, "                                \
    "'amount': {'type': 'number', 'multipleOf': 0.01}, 'count': {'type': 'integer'}, "           \
    "'status': {'enum': ['Open', 'Paid']}, 'paid': {'type': 'boolean'}, "                        \
    "'customer': {'type': 'object', 'required': ['id'], 'properties': {'id': {'type': "          \
    "'string'}, 'name': {'type': 'string'}}}, "                                                  \
    "'lines': {'type': 'array', 'items': {'type': 'object', 'required': ['sku'], "               \
    "'properties': {'sku': {'type': 'string', 'maxLength': 30}, 'qty': {'type': 'integer'}, "    \
    "'codes': {'type': 'array', 'items': {'type': 'string'}}}}}}}"
#define CONFIG(fields) "{'schema': " SCHEMA ", 'fields': [" fields "]}"
#define REST                                                                   \
    ", {'to': 'ref', 'from': '=trigger.body.id'}, {'to': 'amount', 'from': "   \
    "'=trigger.body.amount'}, {'to': 'lines', 'each': '=trigger.body.items', " \
    "'fields': [{'to': 'sku', 'from': '=item.sku'}]}"

/* Compiles; the fault or warning has both parts. */
static void tells(struct node_try *try, const char *config, bool fine, const char *pointer,
                  const char *wanted, int line)
{
    char *text = node_try_text(config);
    const struct flow_node *node = node_try_compile(try, "transform.map", text, NULL);
    bool found = false;

    mem_free(text);
    for (size_t i = 0; i < try->faults.count && !found; i++)
        found = strstr(try->faults.list[i].text, wanted) != NULL &&
                strstr(try->faults.list[i].pointer, pointer) != NULL;
    if (found && (node != NULL) == fine)
        return;
    print_error("%s\nwanted at %s: %s\nsaid:\n%s", config, pointer, wanted, buf_text(&try->said));
    _fail(__FILE__, line);
}
#define WARNS(fields, pointer, wanted) \
    tells(*state, CONFIG(fields REST), true, pointer, wanted, __LINE__)
#define FAULTS(fields, pointer, wanted) \
    tells(*state, CONFIG(fields REST), false, pointer, wanted, __LINE__)

static void what_cannot_fit(void **state)
{
    FAULTS("{'to': 'count', 'from': 'three'}", "/fields/0/from", "but the target wants");
    FAULTS("{'to': 'count', 'from': '=tostring(trigger.body.n)'}", "/fields/0/from",
           "but the target wants");
    FAULTS("{'to': 'status', 'from': 'Closed'}", "/fields/0/from", "a few values only");
    FAULTS("{'to': 'status', 'when': '=trigger.body.x', 'from': 'Paid'}, {'to': 'status', 'from': "
           "'open'}",
           "/fields/1/from", "a few values only");
    FAULTS("{'to': 'status', 'from': '=trigger.body.s', 'default': 'None'}", "/fields/0/default",
           "a few values only");
    FAULTS("{'to': 'paid', 'from': '=trigger.body.a .. trigger.body.b'}", "/fields/0/from",
           "this gives text");
    FAULTS("{'to': 'customer.name', 'from': '=money(1, \\'USD\\')'}, "
           "{'to': 'customer.id', 'from': 'x'}",
           "/fields/0/from", "this gives object");
    FAULTS("{'to': 'total', 'from': 1}", "/fields/0", "does not allow \"total\"");
    FAULTS("{'to': 'customer.name', 'from': 'x'}", "/config", "\"customer.id\" is required");
    FAULTS("{'to': 'customer', 'each': [], 'from': 1}", "/fields/0", "this makes a list");
}

static void what_is_missing(void **state)
{
    tells(*state, CONFIG("{'to': 'ref', 'from': 'x'}"), false, "/config",
          "\"amount\" is required, and no field fills it", __LINE__);
    tells(*state,
          CONFIG("{'to': 'ref', 'from': 'long-reference'}, {'to': 'amount', 'from': 1}, "
                 "{'to': 'lines', 'each': [], 'fields': [{'to': 'qty', 'from': 1}]}"),
          false, "/config", "\"lines[].sku\" is required", __LINE__);
    tells(*state,
          CONFIG("{'to': 'ref', 'from': 'long-reference'}, {'to': 'amount', 'from': 1}, "
                 "{'to': 'lines', 'each': [], 'fields': [{'to': 'sku', 'from': 'x'}]}"),
          false, "/fields/0/from", "14 characters, and the target takes at most 10", __LINE__);
}

static void what_may_lose_something(void **state)
{
    WARNS("{'to': 'count', 'from': '=trigger.body.n * 1.5'}", "/fields/0/from",
          "may have a fraction");
    tells(*state,
          CONFIG("{'to': 'ref', 'when': '=trigger.body.id', 'from': '=trigger.body.id'}, "
                 "{'to': 'amount', 'from': '=trigger.body.amount * 0.97'}, "
                 "{'to': 'lines', 'from': '=trigger.body.lines'}"),
          true, "/fields/1/from", "more digits after the point than the 2", __LINE__);
    tells(*state,
          CONFIG("{'to': 'ref', 'when': '=trigger.body.id', 'from': '=trigger.body.id'}, "
                 "{'to': 'amount', 'from': '=(trigger.body.amount * 0.97):round(2)'}, "
                 "{'to': 'lines', 'from': '=trigger.body.lines'}"),
          true, "/fields/0", "every field for it has a condition", __LINE__);
    assert_int_equal(((struct node_try *)*state)->faults.count, 1);
}

static void nothing_to_say(void **state)
{
    char *text = node_try_text(CONFIG(
        "{'to': 'count', 'from': '=trigger.body.n', 'convert': 'integer'}, "
        "{'to': 'status', 'from': '=trigger.body.s', 'default': 'Open'}, "
        "{'to': 'paid', 'from': '=trigger.body.due == 0'}, "
        "{'to': 'lines[].codes', 'each': '=trigger.body.items', 'from': '=item.codes'}, "
        "{'to': 'lines[].sku', 'from': '=item.sku'}, {'to': 'ref', 'from': '=trigger.body.id'}, "
        "{'to': 'amount', 'from': '=(trigger.body.amount * 0.97):round(2)'}"));

    assert_non_null(node_try_compile(*state, "transform.map", text, NULL));
    mem_free(text);
    if (((struct node_try *)*state)->faults.count > 0)
        fail_msg("%s", buf_text(&((struct node_try *)*state)->said));
}

/* The name of an action: what it takes, as its manifest says it. */
static void for_an_action(void **state)
{
#define SALE(more)                                                                    \
    "{'schema': 'connector.paytrace.sale', 'fields': [{'to': 'customer_id', 'from': " \
    "'=trigger.body.customer'}, {'to': 'amount', 'from': '=trigger.body.amount'}" more "]}"
#define INVOICE ", {'to': 'invoice_id', 'from': '=trigger.body.id'}"
    char *text = node_try_text(SALE(INVOICE));

    assert_non_null(node_try_compile(*state, "transform.map", text, NULL));
    mem_free(text);
    tells(*state, SALE(""), false, "/config", "\"invoice_id\" is required", __LINE__);
    tells(*state, SALE(INVOICE ", {'to': 'tax', 'from': 1}"), false, "/fields/3",
          "does not allow \"tax\"", __LINE__);
    tells(*state, SALE(INVOICE ", {'to': 'tax_amount', 'from': 'much'}"), false, "/fields/3",
          "but the target wants", __LINE__);
    /* etag is required and has a default: the action fills it in */
    text = node_try_text("{'schema': 'connector.dynamics365.update_row', 'fields': [{'to': "
                         "'table', 'from': 'accounts'}, {'to': 'key', 'from': '=trigger.body.id'}, "
                         "{'to': 'row', 'from': '=trigger.body.row'}]}");
    assert_non_null(node_try_compile(*state, "transform.map", text, NULL));
    mem_free(text);
    tells(*state, "{'schema': 'connector.paytrace.sales', 'fields': [{'to': 'a', 'from': 1}]}",
          false, "/config/schema", "or an action such as connector.paytrace.sale", __LINE__);
    tells(*state, "{'schema': 'trigger.paytrace.transaction', 'fields': [{'to': 'a', 'from': 1}]}",
          false, "/config/schema", "there is no schema", __LINE__);
}

static json_t *entry_at(json_t *targets, const char *path)
{
    for (size_t i = 0; i < json_array_size(targets); i++)
        if (strcmp(json_get_text(json_array_get(targets, i), "path"), path) == 0)
            return json_array_get(targets, i);
    fail_msg("there is no entry for %s", path);
    return NULL;
}

static void where_it_comes_from(void **state)
{
    struct node_try *try = *state;
    char *text = node_try_text(CONFIG(
        "{'to': 'lines', 'each': '=trigger.body.orders', 'as': 'order', 'fields': ["
        "{'to': 'sku', 'from': '=order.id .. item[\\'no\\'] .. lookup(\\'items\\', item.x.y)'}, "
        "{'to': 'codes', 'each': '=order.codes', 'where': '=item.live', "
        "'from': '=item.name .. order.site .. order_index'}]}, "
        "{'to': 'ref', 'from': '=steps.entry.ref', 'default': '=vars.none'}, "
        "{'to': 'amount', 'from': {'a': '=trigger.body.a'}}, "
        "{'to': 'customer', 'from': '=trigger.body.customer'}"));
    const struct flow_node *node;
    json_t *targets;

    node = node_try_compile(try, "transform.map", text, NULL);
    mem_free(text);
    assert_null(node); /* an object is no amount */
    text = node_try_text(
        CONFIG("{'to': 'lines', 'each': '=trigger.body.orders', 'as': 'order', 'fields': ["
               "{'to': 'sku', 'from': '=order.id .. item[\\'no\\'] .. lookup(\\'items\\', "
               "item.x.y)'}, {'to': 'codes', 'each': '=order.codes', 'where': '=item.live', "
               "'from': '=item.name .. order.site .. order_index'}]}, "
               "{'to': 'ref', 'from': '=trigger.ref', 'default': '=vars.none'}, "
               "{'to': 'amount', 'from': '=trigger.body.a'}, "
               "{'to': 'customer', 'from': '=trigger.body.customer'}"));
    node = node_try_compile(try, "transform.map", text, NULL);
    mem_free(text);
    if (node == NULL)
        fail_msg("%s", buf_text(&try->said));
    targets = node->type->describe(try->flow, node);
    node_try_same(json_incref(json_object_get(entry_at(targets, "lines[].sku"), "reads")),
                  "['trigger.body.orders[].id', 'trigger.body.orders[].no', 'lookup items', "
                  "'trigger.body.orders[].x.y']");
    node_try_same(json_incref(json_object_get(entry_at(targets, "lines[].codes[]"), "reads")),
                  "['trigger.body.orders[].codes[].name', 'trigger.body.orders[].site']");
    node_try_same(json_incref(json_object_get(entry_at(targets, "lines"), "reads")),
                  "['trigger.body.orders']");
    node_try_same(json_incref(entry_at(targets, "ref")),
                  "{'path': 'ref', 'state': 'field', 'required': true, 'fields': "
                  "['/nodes/1/config/fields/1'], 'reads': ['trigger.ref', 'vars.none'], "
                  "'issues': [], 'wants': 'text', 'max_length': 10}");
    assert_string_equal(json_get_text(entry_at(targets, "count"), "state"), "unmapped");
    assert_string_equal(json_get_text(entry_at(targets, "customer"), "state"), "field");
    assert_string_equal(json_get_text(entry_at(targets, "lines[].qty"), "state"), "unmapped");
    json_decref(targets);
}

static void outputs_that_do_not_fit(void **state)
{
    static const char node[] =
        "{'id': 'it', 'type': 'transform.map', 'config': {'schema': {'type': 'object', "
        "'properties': {'ref': {'type': 'string', 'maxLength': 3}, 'n': {'type': 'array', 'items': "
        "{'type': 'integer'}}}}, 'fields': [{'to': 'ref', 'from': '=trigger.body.ref'}, "
        "{'to': 'n', 'each': '=trigger.body.n', 'from': '=item'}]}}";
    struct stage *stage;
    struct node_result result;
    json_t *details;

    (void)state;
    node_gives(node, "{'ref': 'abc', 'n': [1, 2.0]}", "{'ref': 'abc', 'n': [1, 2.0]}");
    node_fails(node, "{'ref': 'abcd', 'n': []}", "invalid", "the output does not fit its schema: ");
    node_fails(node, "{'ref': 'abcd', 'n': [1, 2.5, 'x']}", "invalid", "in 3 places: ");
    stage = stage_new();
    node_run_parts(stage, node, "", "", NULL, "{'ref': 'abcd', 'n': [1, 2.5, 'x']}", &result);
    details = json_object_get(result.error, "details");
    assert_int_equal(json_get_int(details, "count", 0), 3);
    assert_string_equal(
        json_get_text(json_array_get(json_object_get(details, "faults"), 2), "pointer"), "/n/2");
    node_run_end(&result);
    stage_free(stage);
}

/* So many elements that the check leaves the loop. */
static void large_outputs(void **state)
{
    struct buf body;

    (void)state;
    buf_init(&body, MIB);
    buf_add_text(&body, "{'ref': 'abc', 'n': [1");
    for (unsigned i = 0; i < 40000; i++)
        buf_addf(&body, ",%u", i % 10);
    buf_add_text(&body, ",'x']}");
    node_fails("{'id': 'it', 'type': 'transform.map', 'config': {'schema': {'type': 'object', "
               "'properties': {'n': {'type': 'array', 'items': {'type': 'integer', 'minimum': 0, "
               "'maximum': 9}}}}, 'fields': [{'to': 'n', 'each': '=trigger.body.n', 'from': "
               "'=item'}]}}",
               buf_text(&body), "invalid", "the output does not fit its schema: ");
    buf_fini(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_cannot_fit, node_try_begin, node_try_end),
        cmocka_unit_test_setup_teardown(what_is_missing, node_try_begin, node_try_end),
        cmocka_unit_test_setup_teardown(what_may_lose_something, node_try_begin, node_try_end),
        cmocka_unit_test_setup_teardown(for_an_action, node_try_begin, node_try_end),
        cmocka_unit_test_setup_teardown(nothing_to_say, node_try_begin, node_try_end),
        cmocka_unit_test_setup_teardown(where_it_comes_from, node_try_begin, node_try_end),
        cmocka_unit_test(outputs_that_do_not_fit),
        cmocka_unit_test(large_outputs),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
