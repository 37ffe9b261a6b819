/* rule.c - batches, units, faults, and what an error says. */
#include "rule_eval.h"

static const char event[] =
    "{\"body\":{\"transactionId\":\"T-1\",\"orderId\":\"O-7\",\"amount\":100.10,\"n\":5,"
    "\"status\":\"Approved\",\"card\":{\"token\":\"tok\"},\"none\":null,\"lines\":[{\"a\":1},{"
    "\"a\":2}]}}";

static void begin(struct eval *eval, const struct rules_limits *limits)
{
    eval_begin(eval, limits);
    eval->scope.trigger = eval_json(event);
}

static void end(struct eval *eval)
{
    json_decref(eval->scope.trigger);
    eval_end(eval);
}

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

static struct rule_unit *unit_of(struct eval *eval, const char *const *texts, size_t count)
{
    struct rule_source sources[64];
    struct rule_unit_input input = { sources, count, eval->modules, eval->module_count,
                                     eval->lookups };

    for (size_t i = 0; i < count; i++)
        sources[i] =
            (struct rule_source){ RULE_EXPRESSION, "node map", texts[i], strlen(texts[i]) };
    return rule_unit_new(eval->rules, &input, eval_fault, eval);
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
    assert_string_equal(kept.error, "node map, line 1: no");
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

/* A rule and what its error says behind "node map". */
static const char *const said[][2] = {
    { "trigger.body.crad.token",
      ", line 1: trigger.body.crad is nil (trigger.body has: transactionId, orderId, amount, n, "
      "status, card, none, lines); do you mean 'card'?" },
    { "trigger.body.card.tokn:upper()", ", line 1: trigger.body.card.tokn is nil "
                                        "(trigger.body.card has: token); do you mean 'token'?" },
    { "trigger.bdy.x", ", line 1: trigger.bdy is nil (trigger has: body); do you mean 'body'?" },
    { "trigger['body']['x'].y", ", line 1: trigger['body']['x'] is nil (trigger['body'] has: " },
    { "trigger.body.none.x", ", line 1: trigger.body.none is null" },
    { "trigger.body.lines[3].a",
      ", line 1: trigger.body.lines[3] is nil (trigger.body.lines is a list of 2)" },
    { "trigger.body.status.x", ", line 1: trigger.body.status is a text and has no member 'x'" },
    { "trigger.body.n.x", ", line 1: trigger.body.n is a number and has no member 'x'" },
    { "trigger.body.amount.x", ", line 1: trigger.body.amount is a number and has no member 'x'" },
    { "trigger.body.status + 1",
      ", line 1: trigger.body.status is a text and not a number; decimal(...) makes it one" },
    { "trigger.body.none + 1",
      ", line 1: trigger.body.none is null and cannot be calculated with" },
    { "trigger.body.card .. 'x'",
      ", line 1: trigger.body.card is a table and cannot be joined with .." },
    { "#trigger.body.n", ", line 1: trigger.body.n is a number and has no length" },
    { "trigger.body.x < 1", ", line 1: nil and a number cannot be compared by < or >" },
    { "trigger.body.amount * nil", ", line 1: a decimal cannot be multiplied by nil" },
    { "trigger.body.amount * '2'",
      ", line 1: a decimal cannot be multiplied by a text; decimal(...) makes the text a number" },
    { "trigger.body.amount < 'x'", ", line 1: a decimal cannot be compared with a text" },
    { "decimal(trigger.body.amuont)",
      ", line 1: decimal: trigger.body.amuont is nil (trigger.body has: " },
    { "text.pad_left(trigger.body.n, trigger.body.width, '0')",
      ", line 1: text.pad_left: trigger.body.width is nil (trigger.body has: " },
    { "date.format(trigger.body.none, 'yyyy')",
      ", line 1: date.format: trigger.body.none is null" },
    { "item.x", ", line 1: item is nil" },
    { "foo(1)",
      ", line 1: there is nothing named 'foo' (rules have no global variables; use local)" },
    { "trigger.body.card.token()", ", line 1: 'token' is a text, not a function" },
    { "trigger.body.card.f()", ", line 1: there is no function trigger.body.card.f" },
    { "('x'):foo()", ", line 1: a text has no member 'foo'" },
    { "os.exit(1)", ", line 1: 'os' is not available in rules" },
    { "({})[1][2]", ", line 1: a value in this line is nil" },
    { "error({ message = 'the amount is missing' })", ", line 1: the amount is missing" },
    { "error('x\\n\\1y')", ", line 1: x  y" },
    { "{ f = print }", ": the result.f is a function, which has no JSON" },
    { "{ { 1, 0/0 } }", ": the result[1][2] is not a number (NaN: was zero divided by zero?)" },
};

static void errors_say_what_to_do(void **state)
{
    struct eval eval;
    unsigned failed = 0;

    (void)state;
    begin(&eval, NULL);
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        const char *got = eval_kind(&eval, RULE_EXPRESSION, said[i][0], strlen(said[i][0]));
        char wanted[LIMIT_RULE_TEXT];

        snprintf(wanted, sizeof(wanted), "node map%s", said[i][1]);
        if (got != NULL && eval.failed && strncmp(got, wanted, strlen(wanted)) == 0)
            continue;
        failed++;
        print_error("%s\n  %s\n  wanted %s\n", said[i][0], eval.text, wanted);
    }
    end(&eval);
    assert_int_equal(failed, 0);
}

static void errors_name_the_line(void **state)
{
    static const char text[] =
        "local m = {}\nfunction m.fee(x)\n  return x.fee * 2\nend\nreturn m\n";
    struct rule_module module = { "fees", text, sizeof(text) - 1 };
    struct eval eval;

    (void)state;
    begin(&eval, NULL);
    eval.modules = &module;
    eval.module_count = 1;
    eval_script(&eval, "local a = 1\n\nreturn a .. trigger.body.x\n");
    assert_non_null(strstr(eval.text, "node map, line 3: trigger.body.x is nil"));
    eval_script(&eval, "return require('rules.fees').fee(trigger.body.card)");
    assert_string_equal(eval.text,
                        "node map, rules.fees, line 3: x.fee is nil and cannot be calculated with");
    eval_script(&eval, "local function f() error('deep', 2) end\nf()");
    assert_string_equal(eval.text, "node map, line 2: deep");
    eval_script(&eval, "error('flat', 0)");
    assert_string_equal(eval.text, "node map, line 1: flat");
    eval_script(&eval, "local x = 1\nwhile true do x = x + 1 end");
    assert_string_equal(eval.text,
                        "node map, line 2: stopped: the budget of instructions (5000000) is "
                        "used up");
    end(&eval);
}

/* A text, the kind, the line, and what the compiler's fault says. */
static const struct {
    enum rule_kind kind;
    const char *text;
    unsigned line;
    const char *said;
} refused[] = {
    { RULE_EXPRESSION, "1 +", 1, "unexpected symbol at the end of the text" },
    { RULE_EXPRESSION, "", 1, "the expression is empty" },
    { RULE_EXPRESSION, " \n ", 1, "the expression is empty" },
    { RULE_EXPRESSION, "x = 1", 1, "the expression should end before '='; == compares" },
    { RULE_EXPRESSION, "a b", 1, "the expression should end before 'b'" },
    { RULE_EXPRESSION, "return 1", 1, "an expression needs no 'return'" },
    { RULE_EXPRESSION, "(1 +\n2", 2,
      "')' expected (to close '(' at line 1) at the end of the text" },
    { RULE_SCRIPT, "if x then\n  y()\n", 3,
      "'end' expected (to close 'if' at line 1) at the end of the text" },
    { RULE_SCRIPT, "local x = then", 1, "unexpected symbol near 'then'" },
    { RULE_SCRIPT, "goto nowhere", 1, "no visible label 'nowhere' for <goto> at line 1" },
    { RULE_SCRIPT, "", 1, "the script is empty" },
    { RULE_SCRIPT, "local _ENV = {}", 1, "_ENV is not available in rules" },
    { RULE_SCRIPT, "\x1bLua", 1, "compiled Lua is not accepted, only text" },
    { RULE_FUNCTION, "fees", 1, "a function is named MODULE:FUNCTION" },
    { RULE_FUNCTION, "fees:of", 1, "there is no module 'rules/fees.lua'" },
};

static void faults_name_line_and_remedy(void **state)
{
    struct eval eval;

    (void)state;
    begin(&eval, NULL);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        eval.faults = 0;
        assert_null(eval_kind(&eval, refused[i].kind, refused[i].text, strlen(refused[i].text)));
        assert_int_equal(eval.faults, 1);
        if (strstr(eval.text, refused[i].said) == NULL)
            fail_msg("%s: %s", refused[i].text, eval.text);
        assert_int_equal(eval.fault_line, refused[i].line);
    }
    end(&eval);
}

static void all_faults_are_told_at_once(void **state)
{
    static const char *const texts[] = { "1 +", "2", ")" };
    struct rule_module modules[] = { { "a", "return {", 8 },
                                     { "b", "return {}", 9 },
                                     { "b", "x", 1 } };
    struct eval eval;

    (void)state;
    begin(&eval, NULL);
    eval.modules = modules;
    eval.module_count = 3;
    eval.lookups = eval_json("{\"t\":{\"rows\":7,\"missing\":\"never\",\"rws\":1}}");
    assert_null(unit_of(&eval, texts, 3));
    assert_int_equal(eval.faults, 7);
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
      "row 2 has the key of an earlier row" },
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
        "({ f = function() local t = {} while true do t[#t + 1] = {} "
        "end end }).f()"
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
        assert_non_null(strstr(kept.error, "the budget of memory (2048 KiB) is used up"));
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
        cmocka_unit_test(errors_say_what_to_do),
        cmocka_unit_test(errors_name_the_line),
        cmocka_unit_test(faults_name_line_and_remedy),
        cmocka_unit_test(all_faults_are_told_at_once),
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
