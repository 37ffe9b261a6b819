/* flow_scan.c - what the text of rules tells: steps that are none, lookups and modules that are
 * missing, money through a binary fraction. */
#include "flow_try.h"

/* t -> a -> b with b's map of this expression, and c beside them. */
static struct flow *with_expression(struct try *try, const char *expression, const char *parts)
{
    struct buf text;
    struct flow *flow;

    buf_init(&text, 100000);
    buf_add_text(&text,
                 "{\"weft\":1,\"name\":\"x\",\"nodes\":["
                 "{\"id\":\"t\",\"type\":\"trigger.manual\"},"
                 "{\"id\":\"order\",\"type\":\"connector.respond\"},"
                 "{\"id\":\"map\",\"type\":\"transform.map\",\"config\":{\"fields\":[{\"to\":\"x\","
                 "\"from\":");
    json_write_text(&text, expression, strlen(expression));
    buf_add_text(&text, "}]}},{\"id\":\"later\",\"type\":\"connector.respond\"}],\"edges\":["
                        "{\"from\":\"t\",\"to\":\"order\"},{\"from\":\"order\",\"to\":\"map\"},"
                        "{\"from\":\"map\",\"to\":\"later\"}]}");
    flow = try_compile(try, buf_text(&text), parts);
    buf_fini(&text);
    return flow;
}

static void steps_before_are_fine(void **state)
{
    struct try *try = *state;
    static const char *const fine[] = {
        "=steps.order.body",
        "=steps['order'].body",
        "=steps[\"t\"]",
        "=steps [ 'order' ]",
        "=steps[name]",
        "=steps['or' .. 'der']",
        "=trigger.steps.nobody",
        "='steps.nobody' .. \"steps.nobody\" .. [[steps.nobody]] .. [=[ ]] steps.nobody ]=]",
        "=1 -- steps.nobody",
        "=1 --[[ steps.nobody\n steps.nobody ]] + 2",
        "=mysteps.nobody + steps2.nobody",
        "=a..steps.order",
        "='it\\'s steps.nobody'",
        "=1e5 .. 0x1F",
        "=(function() local a, steps = 1, {} return steps.nobody end)()",
        "=steps",
    };

    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        with_expression(try, fine[i], NULL);
        try_is_fine(try);
    }
}

static void a_step_that_is_no_node_is_a_fault(void **state)
{
    struct try *try = *state;
    static const char *const wrong[] = { "=steps.ordre.body", "=steps['ordre']",
                                         "=1 + steps . ordre", "=a..steps.ordre",
                                         "=f(steps[ [[ordre]] ])" };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(with_expression(try, wrong[i], NULL));
        assert_int_equal(try->faults.count, 1);
        try_says(try, "/nodes/2/config/fields/0/from: there is no node \"ordre\"; did you mean "
                      "\"order\"?");
    }
}

static void a_step_that_does_not_come_before_is_told(void **state)
{
    struct try *try = *state;

    assert_non_null(with_expression(try, "=steps.later", NULL));
    try_says(try, "warning: steps.later is nil here: no path leads from \"later\" to \"map\"");
    assert_non_null(with_expression(try, "=steps.map", NULL));
    try_says(try, "warning: steps.map is nil here");
    try_compile(try,
                "{\"weft\":1,\"name\":\"x\",\"settings\":{\"dedupe\":\"=steps.t.id\"},\"nodes\":["
                "{\"id\":\"t\",\"type\":\"trigger.manual\"}]}",
                NULL);
    assert_non_null(try->flow);
    try_says(try, "/settings/dedupe: warning: steps.t is nil here: settings are evaluated before "
                  "the first step");
}

static void a_script_is_read_too(void **state)
{
    struct try *try = *state;

    try_graph(try,
              "{\"id\":\"t\",\"type\":\"trigger.manual\"},{\"id\":\"s\",\"type\":"
              "\"transform.script\",\"config\":{\"source\":\"local x = steps.tt\\nreturn x\"}}",
              "{\"from\":\"t\",\"to\":\"s\"}");
    assert_null(try->flow);
    try_says(try, "/nodes/1/config/source: there is no node \"tt\"; did you mean \"t\"?");
}

static void a_lookup_that_is_missing_is_told(void **state)
{
    struct try *try = *state;
    static const char parts[] =
        "{\"lookups\":{\"gl_accounts\":{\"rows\":{}},\"tax\":{\"rows\":{}}}}";

    with_expression(try, "=lookup('gl_accounts', x)", parts);
    try_is_fine(try);
    with_expression(try, "=lookup(name, x)", parts);
    try_is_fine(try);
    with_expression(try, "=lookup('gl_' .. x, y)", parts);
    try_is_fine(try);
    assert_non_null(with_expression(try, "=lookup('gl_account', x)", parts));
    try_says(try, "warning: there is no lookup \"gl_account\"; there is \"gl_accounts\", \"tax\"");
    assert_non_null(with_expression(try, "=lookup.find('gl_account', x)", parts));
    try_says(try, "warning: there is no lookup \"gl_account\"; there is \"gl_accounts\", \"tax\"");
    assert_non_null(with_expression(try, "=lookup.row('tax', x)", parts));
    try_is_fine(try);
    assert_non_null(with_expression(try, "=decide('txa', {})", parts));
    try_says(try, "warning: there is no decision table \"txa\"; there is ");
}

static void a_module_that_is_missing_is_told(void **state)
{
    struct try *try = *state;
    static const char parts[] = "{\"rules\":{\"gl\":\"return {}\"}}";

    with_expression(try, "=require('rules.gl').f(x)", parts);
    try_is_fine(try);
    with_expression(try, "=require 'rules.gl'.f(x)", parts);
    try_is_fine(try);
    assert_non_null(with_expression(try, "=require 'rules.lg'.f(x)", parts));
    try_says(try, "warning: there is no rule module \"lg\"; there is \"gl\"");
}

static void money_is_not_a_binary_fraction(void **state)
{
    struct try *try = *state;
    static const char *const wrong[] = { "=tonumber(trigger.body.amount)",
                                         "=f(tonumber(x.order_Total, 10))",
                                         "=tonumber(g(row['unitPrice']))" };
    static const char *const fine[] = { "=decimal(trigger.body.amount)", "=tonumber(x.count)",
                                        "=tonumber(x.count) + y.amount", "=x.tonumber(amount)",
                                        "=tonumber(" };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_non_null(with_expression(try, wrong[i], NULL));
        assert_int_equal(try->faults.count, 1);
        try_says(try, "makes a binary fraction, which loses cents; decimal(...) is exact");
    }
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        with_expression(try, fine[i], NULL);
        try_is_fine(try);
    }
}

/* Whatever stands there, the reading ends and stays within the text. */
static void broken_texts_are_read_to_their_end(void **state)
{
    struct try *try = *state;
    static const char *const broken[] = { "='",
                                          "=\"\\",
                                          "=[[",
                                          "=[==[ ]=]",
                                          "=--[[",
                                          "=--",
                                          "=steps",
                                          "=steps.",
                                          "=steps[",
                                          "=steps['",
                                          "=steps['a",
                                          "=...",
                                          "=lookup('",
                                          "=tonumber((((amount",
                                          "=\xc3\xa4 steps",
                                          "=[",
                                          "=[=" };

    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        with_expression(try, broken[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY(steps_before_are_fine),
        TRY(a_step_that_is_no_node_is_a_fault),
        TRY(a_step_that_does_not_come_before_is_told),
        TRY(a_script_is_read_too),
        TRY(a_lookup_that_is_missing_is_told),
        TRY(a_module_that_is_missing_is_told),
        TRY(money_is_not_a_binary_fraction),
        TRY(broken_texts_are_read_to_their_end),
    };

    return cmocka_run_group_tests(tests, try_install, NULL);
}
