/* rule_errors.c - what people read when a rule fails or does not compile. */
#include "rule_event.h"

/* A rule and how what its error says begins. */
static const char *const said[][2] = {
    { "trigger.body.crad.token",
      "trigger.body.crad is nil (trigger.body has: transactionId, orderId, amount, n, "
      "status, card, none, lines); do you mean 'card'?" },
    { "trigger.body.card.tokn:upper()", "trigger.body.card.tokn is nil "
                                        "(trigger.body.card has: token); do you mean 'token'?" },
    { "trigger.bdy.x", "trigger.bdy is nil (trigger has: body); do you mean 'body'?" },
    { "trigger['body']['x'].y", "trigger['body']['x'] is nil (trigger['body'] has: " },
    { "trigger.body.none.x", "trigger.body.none is null" },
    { "trigger.body.lines[3].a",
      "trigger.body.lines[3] is nil (trigger.body.lines is a list of 2)" },
    { "trigger.body.status.x", "trigger.body.status is a text and has no member 'x'" },
    { "trigger.body.n.x", "trigger.body.n is a number and has no member 'x'" },
    { "trigger.body.amount.x", "trigger.body.amount is a number and has no member 'x'" },
    { "trigger.body.status + 1",
      "trigger.body.status is a text and not a number; decimal(...) makes it one" },
    { "trigger.body.none + 1", "trigger.body.none is null and cannot be calculated with" },
    { "trigger.body.card .. 'x'", "trigger.body.card is a table and cannot be joined with .." },
    { "#trigger.body.n", "trigger.body.n is a number and has no length" },
    { "trigger.body.x < 1", "nil and a number cannot be compared by < or >" },
    { "trigger.body.amount * nil", "a decimal cannot be multiplied by nil" },
    { "trigger.body.amount * '2'",
      "a decimal cannot be multiplied by a text; decimal(...) makes the text a number" },
    { "trigger.body.amount < 'x'", "a decimal cannot be compared with a text" },
    { "decimal(trigger.body.amuont)", "decimal: trigger.body.amuont is nil (trigger.body has: " },
    { "text.pad_left(trigger.body.n, trigger.body.width, '0')",
      "text.pad_left: trigger.body.width is nil (trigger.body has: " },
    { "date.format(trigger.body.none, 'yyyy')", "date.format: trigger.body.none is null" },
    { "item.x", "item is nil" },
    { "foo(1)", "there is nothing named 'foo' (rules have no global variables; use local)" },
    { "trigger.body.card.token()", "'token' is a text, not a function" },
    { "trigger.body.card.f()", "there is no function trigger.body.card.f" },
    { "('x'):foo()", "a text has no member 'foo'" },
    { "os.exit(1)", "'os' is not available in rules" },
    { "({})[1][2]", "a value in this line is nil" },
    { "error({ message = 'the amount is missing' })", "the amount is missing" },
    { "error('x\\n\\1y')", "x  y" },
    { "{ f = print }", "the result.f is a function, which has no JSON" },
    { "{ { 1, 0/0 } }", "the result[1][2] is not a number (NaN: was zero divided by zero?)" },
};

static bool text_ends(const char *text, const char *end)
{
    size_t size = strlen(text), tail = strlen(end);

    return size > tail && strcmp(text + size - tail, end) == 0;
}

static void errors_say_what_to_do(void **state)
{
    struct eval eval;
    unsigned failed = 0;

    (void)state;
    begin(&eval, NULL);
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        const char *got = eval_kind(&eval, RULE_EXPRESSION, said[i][0], strlen(said[i][0]));
        const char *place =
            strncmp(said[i][1], "the result", 10) == 0 ? " (node map)" : " (node map, line 1)";

        if (got != NULL && eval.failed && strncmp(got, said[i][1], strlen(said[i][1])) == 0 &&
            text_ends(got, place))
            continue;
        failed++;
        print_error("%s\n  %s\n  wanted %s%s\n", said[i][0], eval.text, said[i][1], place);
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
    assert_non_null(strstr(eval.text, "trigger.body.x is nil"));
    assert_true(text_ends(eval.text, " (node map, line 3)"));
    eval_script(&eval, "return require('rules.fees').fee(trigger.body.card)");
    assert_string_equal(
        eval.text, "x.fee is nil and cannot be calculated with (node map, rules.fees, line 3)");
    eval_script(&eval, "local function f() error('deep', 2) end\nf()");
    assert_string_equal(eval.text, "deep (node map, line 2)");
    eval_script(&eval, "error('flat', 0)");
    assert_string_equal(eval.text, "flat (node map, line 1)");
    eval_script(&eval, "local x = 1\nwhile true do x = x + 1 end");
    assert_string_equal(
        eval.text,
        "stopped: the budget of instructions (5000000) is "
        "used up; raise it by settings.budget.instructions of the flow, to at "
        "most 20000000 (the setting rule_instructions_most, an "
        "administrator's); in a loop (branch.foreach) each item has its own (node map, line 2)");
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

/* Also where a message shows only the beginning of a value: masked first, then cut. */
static void no_message_shows_a_part_of_a_card_number(void **state)
{
    static const char *const rules[] = {
        "date.add(0, 1, 'days 4111111111111111')",
        "date.parse(('x'):rep(24) .. ' 4111111111111111')",
        "date.parse(('x'):rep(24) .. ' 4111111111111111', 'yyyy')",
        "date.parse(('x'):rep(24) .. ' 4111111111111111', 'MMM')",
        "date.read(('x'):rep(24) .. ' 4111111111111111', '/Date/')",
        "date.read('4111111111111111', 'yyyyMMdd')",
        "date.read(0, '4111 1111 1111 1111')",
        "decimal(('x'):rep(31) .. ' 4111111111111111')",
        "decimal(1):round(1, 'half 4111111111111111')",
        "text.normalise('a', 'form 4111111111111111')",
        "text.ascii('a', 'form 4111111111111111')",
        "hash.sha256('a', 'form 4111111111111111')",
        "uuid.v5(('x'):rep(24) .. ' 4111111111111111', 'a')",
        "lookup(('x'):rep(50) .. ' 4111111111111111', 1)",
        "require(('x'):rep(50) .. ' 4111111111111111')",
        "match.score('a', 'b', 'form 4111111111111111')",
        "match.best({}, 'a', { ['form 4111111111111111'] = 1 })",
        "text.address('a', 'form 4111111111111111')",
    };
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const char *got = eval_kind(&eval, RULE_EXPRESSION, rules[i], strlen(rules[i]));

        if (got == NULL || !eval.failed || strstr(got, "4111111") != NULL ||
            strstr(got, "4111 1111 1") != NULL)
            fail_msg("%s: %s", rules[i], eval.text);
    }
    eval_script(&eval, "log(('x'):rep(385) .. ' 4111111111111111')");
    assert_null(strstr(eval.log_text, "4111111"));
    eval_end(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_say_what_to_do),
        cmocka_unit_test(errors_name_the_line),
        cmocka_unit_test(faults_name_line_and_remedy),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(no_message_shows_a_part_of_a_card_number),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
