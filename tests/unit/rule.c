/* rule.c - batches, units, modules, lookups. */
#include "rule_event.h"

/* What a batch gave, kept. */
struct kept {
    char values[10][200];
    size_t count, chosen, failed;
    char error[LIMIT_RULE_TEXT];
    unsigned calls;
};

static void kept_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct kept *kept = owner;

    assert_int_equal(tag, 99);
    memset(kept->values, 0, sizeof(kept->values));
    kept->calls++;
    kept->count = result->count;
    kept->chosen = result->chosen;
    kept->failed = result->failed;
    snprintf(kept->error, sizeof(kept->error), "%s",
             result->error != NULL ? result->error->text : "");
    for (size_t i = 0; i < result->count && i < 10; i++) {
        char *text = result->values[i] != NULL ? json_text_new(result->values[i], KIB, NULL) : NULL;

        snprintf(kept->values[i], sizeof(kept->values[i]), "%s", text != NULL ? text : "nil");
        mem_free(text);
    }
}

static void a_batch_gives_every_value(void **state)
{
    static const char *const texts[] = { "1 + 1", "trigger.body.orderId", "nil", "null",
                                         "trigger.body.card" };
    static const unsigned which[] = { 4, 0, 1, 2, 3, 0 };
    struct kept kept = { .calls = 0 };
    struct rule_unit *unit;
    struct eval eval;

    (void)state;
    begin(&eval, NULL);
    unit = unit_of(&eval, texts, 5);
    assert_non_null(unit);
    rules_eval(eval.rules, unit, which, 6, RULE_ALL, &eval.scope, kept_done, &kept, 99);
    assert_int_equal(kept.calls, 1);
    assert_int_equal(kept.count, 6);
    assert_int_equal(kept.chosen, SIZE_MAX);
    assert_string_equal(kept.error, "");
    assert_string_equal(kept.values[0], "{\"token\":\"tok\"}");
    assert_string_equal(kept.values[1], "2");
    assert_string_equal(kept.values[2], "\"O-7\"");
    assert_string_equal(kept.values[3], "nil");
    assert_string_equal(kept.values[4], "null");
    assert_string_equal(kept.values[5], "2");
    rules_eval(eval.rules, unit, which, 0, RULE_ALL, &eval.scope, kept_done, &kept, 99);
    assert_int_equal(kept.calls, 2);
    assert_int_equal(kept.count, 0);
    rule_unit_free(eval.rules, unit);
    end(&eval);
}

static void the_first_true_one_is_chosen(void **state)
{
    static const char *const texts[] = { "false", "nil",
                                         "null",  "trigger.body.n == 5",
                                         "1",     "error('never asked')" };
    static const unsigned which[] = { 0, 1, 2, 3, 5 }, other[] = { 0, 1, 4 }, none[] = { 0, 1, 2 };
    struct kept kept = { .calls = 0 };
    struct rule_unit *unit;
    struct eval eval;

    (void)state;
    begin(&eval, NULL);
    unit = unit_of(&eval, texts, 6);
    assert_non_null(unit);
    rules_eval(eval.rules, unit, which, 5, RULE_FIRST_TRUE, &eval.scope, kept_done, &kept, 99);
    assert_int_equal(kept.chosen, 3);
    assert_string_equal(kept.values[3], "true");
    assert_string_equal(kept.values[2], "nil");
    rules_eval(eval.rules, unit, other, 3, RULE_FIRST_TRUE, &eval.scope, kept_done, &kept, 99);
    assert_int_equal(kept.chosen, 2);
    rules_eval(eval.rules, unit, none, 3, RULE_FIRST_TRUE, &eval.scope, kept_done, &kept, 99);
    assert_int_equal(kept.chosen, SIZE_MAX);
    assert_string_equal(kept.error, "");
    rule_unit_free(eval.rules, unit);
    end(&eval);
}

static void the_first_failure_ends_a_batch(void **state)
{
    static const char *const texts[] = { "1", "error('no')", "log('reached')" };
    static const unsigned which[] = { 0, 1, 2 };
    struct kept kept = { .calls = 0 };
    struct rule_unit *unit;
    struct eval eval;

    (void)state;
    begin(&eval, NULL);
    unit = unit_of(&eval, texts, 3);
    assert_non_null(unit);
    rules_eval(eval.rules, unit, which, 3, RULE_ALL, &eval.scope, kept_done, &kept, 99);
    assert_int_equal(kept.failed, 1);
    assert_string_equal(kept.error, "no (node map, line 1)");
    assert_int_equal(eval.log_lines, 0);
    rule_unit_free(eval.rules, unit);
    end(&eval);
}

static void a_large_batch_has_room(void **state)
{
    static const char *const texts[] = { "trigger.body.card", "{ 1 }" };
    unsigned which[1000];
    struct kept kept = { .calls = 0 };
    struct rule_unit *unit;
    struct eval eval;

    (void)state;
    begin(&eval, NULL);
    unit = unit_of(&eval, texts, 2);
    assert_non_null(unit);
    for (unsigned i = 0; i < 1000; i++)
        which[i] = i % 2;
    rules_eval(eval.rules, unit, which, 1000, RULE_ALL, &eval.scope, kept_done, &kept, 99);
    assert_int_equal(kept.count, 1000);
    assert_string_equal(kept.values[9], "[1]");
    rule_unit_free(eval.rules, unit);
    end(&eval);
}

/* A lookup table and what is wrong with it. */
static const char *const tables[][2] = {
    { "[]", "it is not an object" },
    { "{}", "\"rows\" is neither a list of rows nor an object" },
    { "{\"rows\":[]}", "\"columns\" is not a list of 2 to 64 names" },
    { "{\"rows\":[],\"columns\":[\"a\",\"a\"],\"keys\":[\"a\"]}", "two columns are named \"a\"" },
    { "{\"rows\":[],\"columns\":[\"a\",\"b\"],\"keys\":[\"c\"]}", "key 1 is none of the columns" },
    { "{\"rows\":[],\"columns\":[\"a\",\"b\"],\"keys\":[\"a\",\"b\"]}", "but not all" },
    { "{\"rows\":[],\"columns\":[\"a\",\"b\",\"c\"],\"keys\":[\"a\",\"a\"]}",
      "\"a\" is twice in \"keys\"" },
    { "{\"rows\":[[1]],\"columns\":[\"a\",\"b\"],\"keys\":[\"a\"]}",
      "row 1 is not a list of 2 values" },
    { "{\"rows\":[[null,1]],\"columns\":[\"a\",\"b\"],\"keys\":[\"a\"]}",
      "row 1 has no text, number" },
    { "{\"rows\":[[1,1],[\"1\",2]],\"columns\":[\"a\",\"b\"],\"keys\":[\"a\"]}",
      "row 2 has the key of row 1: \"1\"" },
    { "{\"rows\":{},\"missing\":\"nil\"}", "\"missing\" is not \"error\", \"null\"" },
    { "{\"rows\":{},\"mising\":\"null\"}", "\"mising\" means nothing in a lookup table" },
};

static void malformed_lookups_are_faults(void **state)
{
    struct eval eval;

    (void)state;
    begin(&eval, NULL);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        eval.lookups = json_object();
        json_object_set_new(eval.lookups, "t", eval_json(tables[i][0]));
        eval.faults = 0;
        assert_null(unit_of(&eval, NULL, 0));
        assert_int_equal(eval.faults, 1);
        assert_string_equal(eval.fault_module, "lookups/t");
        if (strstr(eval.text, tables[i][1]) == NULL)
            fail_msg("%s: %s", tables[i][0], eval.text);
        json_decref(eval.lookups);
        eval.lookups = NULL;
    }
    end(&eval);
}

static void modules_are_required_once_in_a_batch(void **state)
{
    struct rule_module modules[] = {
        { "count", "log('loaded')\nreturn { n = 0 }", 30 },
        { "round", "local a = require('rules.turn') return {}", 41 },
        { "turn", "local a = require('rules.round') return {}", 42 },
        { "text", "return 'x'", 10 },
    };
    struct eval eval;

    (void)state;
    begin(&eval, NULL);
    eval.modules = modules;
    eval.module_count = 4;
    eval_is(&eval, "equal(require('rules.count'), require('rules.count'))", "true");
    assert_int_equal(eval.log_lines, 1);
    eval_is(&eval, "require('rules.count').n", "0");
    assert_int_equal(eval.log_lines, 2);
    eval_script(&eval, "require('rules.round')");
    assert_non_null(strstr(eval.text, "requires itself"));
    eval_script(&eval, "require('rules.cuont')");
    assert_non_null(strstr(eval.text, "do you mean 'rules.count'?"));
    eval_kind(&eval, RULE_FUNCTION, "text:f", 6);
    assert_non_null(strstr(eval.text, "module 'rules.text' returns no table of functions"));
    eval_kind(&eval, RULE_FUNCTION, "count:f", 7);
    assert_non_null(strstr(eval.text, "has no function 'f'; it has: none"));
    end(&eval);
}

static void a_function_gets_the_input(void **state)
{
    static const char text[] = "return { of = function(x) return { got = x, kind = type(x) } end }";
    struct rule_module module = { "m", text, sizeof(text) - 1 };
    struct eval eval;

    (void)state;
    begin(&eval, NULL);
    eval.modules = &module;
    eval.module_count = 1;
    eval_kind(&eval, RULE_FUNCTION, "m:of", 4);
    assert_string_equal(eval.text, "{\"kind\":\"nil\"}");
    eval.scope.input = eval.scope.trigger;
    eval_kind(&eval, RULE_FUNCTION, "m:of", 4);
    assert_non_null(strstr(eval.text, "{\"got\":{\"body\":{\"transactionId\":\"T-1\""));
    end(&eval);
}

static void the_scope_is_seen_by_name(void **state)
{
    struct eval eval;

    (void)state;
    begin(&eval, NULL);
    eval_is(&eval, "{ steps == nil, input == nil, item == nil, index == nil, run == nil }",
            "[true,true,true,true,true]");
    eval.scope.steps = eval_json("{\"pay\":{\"ok\":true}}");
    eval.scope.item = eval_json("7");
    eval.scope.index = 3;
    eval.scope.run = eval_json("{\"id\":\"R\"}");
    eval.scope.env = eval_json("\"text\"");
    eval.scope.vars = eval_json("null");
    eval_is(&eval, "{ steps.pay.ok, item, index, run.id, env, vars }",
            "[true,7,3,\"R\",\"text\",null]");
    json_decref(eval.scope.steps);
    json_decref(eval.scope.item);
    json_decref(eval.scope.run);
    json_decref(eval.scope.env);
    end(&eval);
}

static void a_repetition_decides_the_same(void **state)
{
    static const char text[] = "{ random(), random(1000000), uuid.random(), now() }";
    char first[sizeof(((struct eval *)0)->text)];
    struct eval eval;

    (void)state;
    begin(&eval, NULL);
    eval_is(&eval, text,
            "[0.7415648787718233,892292,\"529f0f13-5767-4247-94e3-4a0effe11c58\","
            "1763715783123]");
    snprintf(first, sizeof(first), "%s", eval.text);
    eval_is(&eval, text, first);
    eval.scope.seed = 43;
    eval_kind(&eval, RULE_EXPRESSION, text, strlen(text));
    assert_string_not_equal(eval.text, first);
    eval_script(&eval, "local t = {} for i = 1, 50 do t['k' .. (i * 37 % 50)] = i end\n"
                       "local out = {} for k in pairs(t) do out[#out + 1] = k end return out");
    assert_non_null(strstr(eval.text, "[\"k0\",\"k1\",\"k10\",\"k11\",\"k12\""));
    end(&eval);
}

/* A state that ran out of memory is replaced; the units go on as if nothing had been. */
static void a_replaced_state_compiles_again(void **state)
{
    static const char *const texts[] = {
        "trigger.body.n + 1", "require('rules.m')",
        "({ f = function() local t = {} while true do t[#t + 1] = {} end end }).f()"
    };
    struct rules_limits limits = { .memory = 2 * MIB };
    struct rule_module module = { "m", "return 5", 8 };
    struct kept kept = { .calls = 0 };
    static const unsigned good[] = { 0, 1 }, bad[] = { 2 };
    struct rule_unit *unit, *other;
    struct eval eval;

    (void)state;
    begin(&eval, &limits);
    eval.modules = &module;
    eval.module_count = 1;
    unit = unit_of(&eval, texts, 3);
    other = unit_of(&eval, texts, 3);
    assert_non_null(unit);
    for (int i = 0; i < 5; i++) {
        rules_eval(eval.rules, unit, bad, 1, RULE_ALL, &eval.scope, kept_done, &kept, 99);
        assert_non_null(strstr(kept.error, "the budget of memory (2 MiB) is used up"));
        rules_eval(eval.rules, unit, good, 2, RULE_ALL, &eval.scope, kept_done, &kept, 99);
        assert_string_equal(kept.error, "");
        assert_string_equal(kept.values[0], "6");
        assert_string_equal(kept.values[1], "5");
    }
    rules_eval(eval.rules, other, good, 2, RULE_ALL, &eval.scope, kept_done, &kept, 99);
    assert_string_equal(kept.values[0], "6");
    rule_unit_free(eval.rules, unit);
    rule_unit_free(eval.rules, other);
    rule_unit_free(eval.rules, NULL);
    end(&eval);
}

/* The units of many versions share a state and do not see each other. */
static void units_do_not_see_each_other(void **state)
{
    struct rule_module one = { "m", "return 'one'", 12 }, two = { "m", "return 'two'", 12 };
    static const char *const texts[] = { "require('rules.m') .. lookup('t', 1)" };
    static const unsigned which[] = { 0 };
    struct kept kept = { .calls = 0 };
    struct rule_unit *first, *second;
    struct eval eval;

    (void)state;
    begin(&eval, NULL);
    eval.module_count = 1;
    eval.modules = &one;
    eval.lookups = eval_json("{\"t\":{\"rows\":{\"1\":\"a\"}}}");
    first = unit_of(&eval, texts, 1);
    json_decref(eval.lookups);
    eval.modules = &two;
    eval.lookups = eval_json("{\"t\":{\"rows\":{\"1\":\"b\"}}}");
    second = unit_of(&eval, texts, 1);
    for (int i = 0; i < 2; i++) {
        rules_eval(eval.rules, first, which, 1, RULE_ALL, &eval.scope, kept_done, &kept, 99);
        assert_string_equal(kept.values[0], "\"onea\"");
        rules_eval(eval.rules, second, which, 1, RULE_ALL, &eval.scope, kept_done, &kept, 99);
        assert_string_equal(kept.values[0], "\"twob\"");
    }
    rule_unit_free(eval.rules, first);
    rule_unit_free(eval.rules, second);
    end(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_gives_every_value),
        cmocka_unit_test(the_first_true_one_is_chosen),
        cmocka_unit_test(the_first_failure_ends_a_batch),
        cmocka_unit_test(a_large_batch_has_room),
        cmocka_unit_test(malformed_lookups_are_faults),
        cmocka_unit_test(modules_are_required_once_in_a_batch),
        cmocka_unit_test(a_function_gets_the_input),
        cmocka_unit_test(the_scope_is_seen_by_name),
        cmocka_unit_test(a_repetition_decides_the_same),
        cmocka_unit_test(a_replaced_state_compiles_again),
        cmocka_unit_test(units_do_not_see_each_other),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
