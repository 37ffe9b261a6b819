/* rule_names.c - global names that nobody knows are told of texts that compile. */
#include "rule_eval.h"

#include "rules/rule_names.h"

/* What is told of one module `m`, "" if nothing; a text of the unit is told with its line. */
static const char *told_of(struct eval *eval, enum rule_kind kind, const char *text, bool module)
{
    struct rule_source source = { kind, "it", text, strlen(text) };
    struct rule_module one = { "m", text, strlen(text) };
    struct rule_unit_input input = { .sources = &source,
                                     .source_count = module ? 0 : 1,
                                     .modules = &one,
                                     .module_count = module ? 1 : 0,
                                     .lookups = eval->lookups };
    struct rule_unit *unit = rule_unit_new(eval->rules, &input, eval_fault, eval);
    bool good;

    if (unit == NULL)
        fail_msg("%s: %s", eval->text, text);
    eval->faults = 0;
    eval->text[0] = '\0';
    good = rule_unit_names(eval->rules, unit, eval_fault, eval);
    assert_true(good == (eval->faults == 0));
    rule_unit_free(eval->rules, unit);
    return eval->text;
}

struct names_case {
    const char *text;
    unsigned line; /* of the last fault */
    unsigned faults;
    const char *told; /* the last one's text */
};

static void test_names_of_modules(void **state)
{
    static const struct names_case cases[] = {
        /* a slip in a local's name, with the local as what was meant */
        { "local amount = 1\nif amuont > 0 then return 1 end\nreturn 2", 2, 1,
          "there is nothing named 'amuont'; do you mean 'amount'?" },
        { "return { f = function(amount)\n return function()\n  return amuont end end }", 3, 1,
          "there is nothing named 'amuont'; do you mean 'amount'?" },
        /* of the library and of the scope */
        { "return decimel('1')", 1, 1, "there is nothing named 'decimel'; do you mean 'decimal'?" },
        { "return { f = function() return trigger.body, tirgger.body end }", 1, 1,
          "there is nothing named 'tirgger'; do you mean 'trigger'?" },
        { "return whatsoever", 1, 1,
          "there is nothing named 'whatsoever' (rules have no global variables; use local)" },
        /* a local that is not seen there is not meant */
        { "do local amount = 1 end\nreturn amuont", 2, 1,
          "there is nothing named 'amuont' (rules have no global variables; use local)" },
        { "local x = amuont\nlocal amount = 1\nreturn x", 1, 1,
          "there is nothing named 'amuont' (rules have no global variables; use local)" },
        /* written */
        { "local a = 1\ntotal = a\nreturn a", 2, 1,
          "rules have no global variables; use: local total = ..." },
        { "function helper() return 1 end\nreturn {}", 1, 1,
          "rules have no global variables; use: local helper = ..." },
        /* once a line, each line */
        { "return { f = function()\n return x1, x1 end,\n g = function() return x1 end }", 3, 2,
          "there is nothing named 'x1' (rules have no global variables; use local)" },
        /* what rules do not have: its members fail, asking for it does not */
        { "return os.time()", 1, 1, "'os' is not available in rules" },
        { "return { f = function() return io:read() end }", 1, 1,
          "'io' is not available in rules" },
        { "local f = unpack or table.unpack\nreturn f", 0, 0, "" },
        { "local mine = {}\nreturn (mine or os).time", 0, 0, "" },
        /* nothing wrong */
        { "local r = require('rules.m2')\nlocal t = { amuont = 1 }\n"
          "function t.total(a, ...)\n for i = 1, #a do local b = a[i] t.b = b == 1 end\n"
          " goto out\n ::out::\n return t.amuont, ... , index, item, previous end\n"
          "function t:m() return self.q, run, env, vars, steps, input end\n"
          "return setmetatable == nil and t or money, date, pcall",
          0, 0, "" },
    };
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *told = told_of(&eval, RULE_SCRIPT, cases[i].text, true);

        if (strcmp(told, cases[i].told) != 0 || eval.faults != cases[i].faults ||
            (eval.faults > 0 &&
             (eval.fault_line != cases[i].line || strcmp(eval.fault_module, "m") != 0)))
            fail_msg("%s\n-> %u faults, line %u of '%s': '%s'", cases[i].text, eval.faults,
                     eval.fault_line, eval.fault_module, told);
    }
    eval_end(&eval);
}

static void test_names_of_expressions(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    assert_string_equal(told_of(&eval, RULE_EXPRESSION, "stesp.map.amount", false),
                        "there is nothing named 'stesp'; do you mean 'steps'?");
    assert_string_equal(told_of(&eval, RULE_EXPRESSION, "steps.map.amuont == 1", false), "");
    assert_string_equal(told_of(&eval, RULE_SCRIPT, "local a = 1\nreturn b", false),
                        "there is nothing named 'b' (rules have no global variables; use local)");
    assert_int_equal(eval.fault_line, 2);
    eval_end(&eval);
}

/* Beyond 256 constants a name is asked for in other instructions; lines far apart are told apart.
 */
static void test_names_far(void **state)
{
    struct eval eval;
    struct buf text;

    (void)state;
    eval_begin(&eval, NULL);
    buf_init(&text, MIB);
    buf_add_text(&text, "local amount = 1\nlocal t = {");
    for (unsigned i = 0; i < 400; i++)
        buf_addf(&text, "k%u='v%u',", i, i);
    buf_add_text(&text, "}\n");
    for (unsigned i = 0; i < 300; i++)
        buf_add_text(&text, "\n");
    buf_add_text(&text, "t.x = decimal('1') .. amuont\nreturn t");
    assert_string_equal(told_of(&eval, RULE_SCRIPT, buf_text(&text), true),
                        "there is nothing named 'amuont'; do you mean 'amount'?");
    assert_int_equal(eval.faults, 1);
    assert_int_equal(eval.fault_line, 303);
    buf_fini(&text);
    eval_end(&eval);
}

static void test_names_of_decision_tables(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    eval.lookups =
        eval_json("{\"fee\":{\"inputs\":[{\"name\":\"gross\",\"type\":\"number\"},\"country\"],"
                  "\"outputs\":[\"fee\"],\"rows\":[{\"when\":[\">= 0\",\"AT\"],\"then\":[1]},"
                  "{\"when\":[\">= 0\",\"-\"],\"then\":[\"=input.gross * surcharge\"]}],"
                  "\"default\":[0]}}");
    told_of(&eval, RULE_EXPRESSION, "1", false);
    assert_string_equal(
        eval.text,
        "row 2: there is nothing named 'surcharge' (rules have no global variables; use local)");
    assert_string_equal(eval.fault_module, "lookups/fee");
    json_decref(eval.lookups);
    eval.lookups = eval_json("{\"fee\":{\"inputs\":[{\"name\":\"net\",\"type\":\"number\",\"from\":"
                             "\"=decimal(inptu.gross)\"}],\"outputs\":[\"fee\"],\"rows\":["
                             "{\"when\":[\"-\"],\"then\":[1]}]}}");
    told_of(&eval, RULE_EXPRESSION, "1", false);
    assert_string_equal(eval.text,
                        "an input: there is nothing named 'inptu'; do you mean 'input'?");
    eval_end(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_modules),
        cmocka_unit_test(test_names_of_expressions),
        cmocka_unit_test(test_names_far),
        cmocka_unit_test(test_names_of_decision_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
