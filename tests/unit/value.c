/* value.c - settings with expressions: read once, filled at each step. */
#include "flow_try.h"

#include "flow/value.h"

/* The value of `from` in a map of one field. */
static const struct value *value_of(struct try *try, const char *json)
{
    struct buf node;
    const struct try_map *map;

    buf_init(&node, 1024 * 1024);
    buf_addf(&node,
             "{\"id\":\"t\",\"type\":\"trigger.manual\"},"
             "{\"id\":\"m\",\"type\":\"transform.map\",\"config\":{\"fields\":["
             "{\"to\":\"a\",\"from\":%s}]}}",
             json);
    try_graph(try, buf_text(&node), "{\"from\":\"t\",\"to\":\"m\"}");
    buf_fini(&node);
    try_is_fine(try);
    map = try->flow->nodes[1].config;
    return ((const struct try_map_field *)map->fields.items)[0].from;
}

static void expect_json(json_t *value, const char *wanted)
{
    char *text = json_text_new(value, 1024 * 1024, NULL);

    assert_non_null(text);
    assert_string_equal(text, wanted);
    mem_free(text);
    json_decref(value);
}

/* Fills with the results given as JSON, NULL for nil. */
static void expect_filled(const struct value *value, const char *const *results, size_t count,
                          const char *wanted)
{
    json_t *list[8] = { NULL };
    struct err e;
    bool failed = true;

    for (size_t i = 0; i < count; i++)
        list[i] = results[i] == NULL
                      ? NULL
                      : json_read(results[i], strlen(results[i]), &json_limits_body, &e);
    expect_json(value_fill(value, list, &failed), wanted);
    assert_false(failed);
    for (size_t i = 0; i < count; i++)
        json_decref(list[i]);
}

static void a_literal_is_itself(void **state)
{
    struct try *try = *state;
    static const char *const literals[] = { "\"text\"",
                                            "12",
                                            "100.10",
                                            "1e309",
                                            "true",
                                            "null",
                                            "{\"a\":[1,{\"b\":\"c\"}],\"d\":{}}",
                                            "[]",
                                            "\"'\"",
                                            "\"'quoted'\"",
                                            "\" =no\"",
                                            "\"\"" };

    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        const struct value *value = value_of(try, literals[i]);
        size_t count = 9;

        assert_true(value_is_literal(value));
        value_expressions(value, &count);
        assert_int_equal(count, 0);
        expect_json(json_incref((json_t *)value_literal(value)), literals[i]);
        expect_filled(value, NULL, 0, literals[i]);
    }
}

static void a_literal_shares_the_definition(void **state)
{
    struct try *try = *state;
    const struct value *value = value_of(try, "{\"a\":[1,2]}");
    const json_t *node =
        json_array_get(json_object_get(json_object_get(try->flow->bundle, "flow"), "nodes"), 1);
    const json_t *config = json_object_get(node, "config");
    const json_t *from =
        json_object_get(json_array_get(json_object_get(config, "fields"), 0), "from");

    assert_ptr_equal(value_literal(value), from);
}

static void an_expression_is_the_text_behind_the_sign(void **state)
{
    struct try *try = *state;
    const struct value *value = value_of(try, "\"=trigger.body.amount\"");
    const unsigned *which;
    const char *results[] = { "[7]" };
    size_t count;

    assert_false(value_is_literal(value));
    assert_null(value_literal(value));
    which = value_expressions(value, &count);
    assert_int_equal(count, 1);
    assert_string_equal(try->flow->expressions[which[0]]->text, "trigger.body.amount");
    assert_int_equal(try->flow->expressions[which[0]]->size, strlen("trigger.body.amount"));
    assert_string_equal(try->flow->expressions[which[0]]->name, "node m, /fields/0/from");
    assert_string_equal(try->flow->expressions[which[0]]->pointer, "/nodes/1/config/fields/0/from");
    expect_filled(value, results, 1, "[7]");
}

static void a_quote_before_the_sign_makes_a_text(void **state)
{
    struct try *try = *state;

    expect_filled(value_of(try, "\"'=1+1\""), NULL, 0, "\"=1+1\"");
    expect_filled(value_of(try, "\"''=1+1\""), NULL, 0, "\"'=1+1\"");
    assert_true(value_is_literal(value_of(try, "{\"a\":[\"'=x\",{\"k\":1}],\"b\":2}")));
    expect_filled(value_of(try, "{\"a\":[\"'=x\",{\"k\":1}],\"b\":2}"), NULL, 0,
                  "{\"a\":[\"=x\",{\"k\":1}],\"b\":2}");
}

static void results_take_their_places(void **state)
{
    struct try *try = *state;
    const struct value *value = value_of(
        try, "{\"a\":\"=one\",\"fix\":{\"x\":1},\"list\":[\"=two\",3,\"=three\"],\"b\":\"=four\"}");
    const char *results[] = { "{\"deep\":1.10}", "\"t\"", "null", "4" };
    const char *nils[] = { NULL, NULL, "false", NULL };
    size_t count;

    value_expressions(value, &count);
    assert_int_equal(count, 4);
    expect_filled(value, results, 4,
                  "{\"a\":{\"deep\":1.10},\"fix\":{\"x\":1},\"list\":[\"t\",3,null],\"b\":4}");
    expect_filled(value, nils, 4, "{\"fix\":{\"x\":1},\"list\":[null,3,false]}");
}

static void nil_at_the_top_is_nothing(void **state)
{
    struct try *try = *state;
    const struct value *value = value_of(try, "\"=nil\"");
    json_t *results[] = { NULL };
    bool failed = true;

    assert_null(value_fill(value, results, &failed));
    assert_false(failed);
}

static void expressions_count_in_the_order_they_stand(void **state)
{
    struct try *try = *state;
    const struct value *value = value_of(try, "[\"=a\",{\"x\":\"=b\"},[[\"=c\"]]]");
    static const char *const texts[] = { "a", "b", "c" };
    size_t count;
    const unsigned *which = value_expressions(value, &count);

    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(try->flow->expressions[which[i]]->text, texts[i]);
}

static void a_pointer_escapes_its_keys(void **state)
{
    struct try *try = *state;
    const struct value *value = value_of(try, "{\"a/b\":{\"c~d\":\"=x\"}}");
    size_t count;
    const unsigned *which = value_expressions(value, &count);

    assert_string_equal(try->flow->expressions[which[0]]->pointer,
                        "/nodes/1/config/fields/0/from/a~1b/c~0d");
}

static void an_empty_expression_is_a_fault(void **state)
{
    struct try *try = *state;

    try_graph(try,
              "{\"id\":\"t\",\"type\":\"trigger.manual\"},"
              "{\"id\":\"m\",\"type\":\"transform.map\",\"config\":{\"fields\":["
              "{\"to\":\"a\",\"from\":{\"x\":\"=\"}},{\"to\":\"b\",\"from\":\"=  \"}]}}",
              "{\"from\":\"t\",\"to\":\"m\"}");
    assert_null(try->flow);
    assert_int_equal(try->faults.errors, 2);
    try_says(try, "/nodes/1/config/fields/0/from/x: behind \"=\" an expression is missing; for "
                  "the text itself write \"'=\"");
}

static void an_expression_has_a_ceiling(void **state)
{
    struct try *try = *state;
    struct buf node;

    buf_init(&node, 1024 * 1024);
    buf_add_text(&node, "{\"id\":\"t\",\"type\":\"trigger.manual\"},"
                        "{\"id\":\"m\",\"type\":\"transform.map\",\"config\":{\"fields\":["
                        "{\"to\":\"a\",\"from\":\"=1");
    for (unsigned i = 0; i < LIMIT_EXPRESSION; i++)
        buf_add_char(&node, '1');
    buf_add_text(&node, "\"}]}}");
    try_graph(try, buf_text(&node), "{\"from\":\"t\",\"to\":\"m\"}");
    buf_fini(&node);
    assert_null(try->flow);
    try_says(try, "the expression has 16385 bytes, at most 16384 are allowed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY(a_literal_is_itself),
        TRY(a_literal_shares_the_definition),
        TRY(an_expression_is_the_text_behind_the_sign),
        TRY(a_quote_before_the_sign_makes_a_text),
        TRY(results_take_their_places),
        TRY(nil_at_the_top_is_nothing),
        TRY(expressions_count_in_the_order_they_stand),
        TRY(a_pointer_escapes_its_keys),
        TRY(an_empty_expression_is_a_fault),
        TRY(an_expression_has_a_ceiling),
    };

    return cmocka_run_group_tests(tests, try_install, NULL);
}
