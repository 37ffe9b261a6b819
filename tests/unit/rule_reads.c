/* rule_reads.c - what texts read, as the compiler has understood them. */
#include "rule_eval.h"

#include "base/json.h"
#include "rules/rule_reads.h"

struct reads_case {
    enum rule_kind kind;
    const char *text;
    const char *reads; /* all of what is told, but for the names of fields */
};

static void reads_are(const struct reads_case *cases, size_t count)
{
    struct eval eval;

    eval_begin(&eval, NULL);
    for (size_t i = 0; i < count; i++) {
        json_t *told = rules_reads(eval.rules, cases[i].kind, cases[i].text, strlen(cases[i].text));
        json_t *wanted = json_loads(cases[i].reads, 0, NULL);

        if (told == NULL)
            fail_msg("not read: %s", cases[i].text);
        json_object_del(told, "names");
        if (!json_equal(told, wanted))
            fail_msg("%s: %s", cases[i].text, json_dumps(told, JSON_COMPACT));
        json_decref(told);
        json_decref(wanted);
    }
    eval_end(&eval);
}

static void test_what_is_read(void **state)
{
    static const struct reads_case cases[] = {
        /* one value, as it is */
        { RULE_EXPRESSION, "trigger.body.amount",
          "{\"reads\":[[\"trigger\",\"body\",\"amount\"]],\"exact\":true}" },
        { RULE_EXPRESSION, "steps.a['first name'][2].x",
          "{\"reads\":[[\"steps\",\"a\",\"first name\",1,\"x\"]],\"exact\":true}" },
        { RULE_EXPRESSION, "(item)", "{\"reads\":[[\"item\"]],\"exact\":true}" },
        /* not as it is */
        { RULE_EXPRESSION, "trigger.body.amount * 2",
          "{\"reads\":[[\"trigger\",\"body\",\"amount\"]]}" },
        { RULE_EXPRESSION, "trigger.a or trigger.b",
          "{\"reads\":[[\"trigger\",\"a\"],[\"trigger\",\"b\"]]}" },
        { RULE_EXPRESSION, "(vars.a and trigger or steps.x).body",
          "{\"reads\":[[\"vars\",\"a\"],[\"trigger\"],[\"steps\",\"x\"]]}" },
        /* which member it is, is not known: the whole */
        { RULE_EXPRESSION, "trigger.body[vars.name].x",
          "{\"reads\":[[\"trigger\",\"body\"],[\"vars\",\"name\"]]}" },
        { RULE_EXPRESSION, "#trigger.body.lines",
          "{\"reads\":[[\"trigger\",\"body\",\"lines\"]]}" },
        { RULE_EXPRESSION, "trigger.body.name:upper()",
          "{\"reads\":[[\"trigger\",\"body\",\"name\"]]}" },
        /* a local keeps the value */
        { RULE_SCRIPT, "local a a = trigger.body.x return a",
          "{\"reads\":[[\"trigger\",\"body\",\"x\"]]}" },
        /* names that are none */
        { RULE_SCRIPT, "local trigger = { body = 1 } return trigger.body", "{\"reads\":[]}" },
        { RULE_SCRIPT, "local s = [[it's]] --[[ don't\n]] return steps.x.v -- 'input\n",
          "{\"reads\":[[\"steps\",\"x\",\"v\"]]}" },
        { RULE_EXPRESSION, "'trigger.body.x'", "{\"reads\":[]}" },
        { RULE_SCRIPT, "return { trigger = 1, b = { steps = 2 } }", "{\"reads\":[]}" },
        /* inner functions */
        { RULE_SCRIPT, "return coalesce(steps.x.lines, function(l) return l.a + input.rate end)",
          "{\"reads\":[[\"steps\",\"x\",\"lines\"],[\"input\",\"rate\"]],\"calls\":[\"coalesce\"]"
          "}" },
        /* tables, modules, the library */
        { RULE_EXPRESSION, "lookup('accounts', input.kind)",
          "{\"reads\":[[\"input\",\"kind\"]],\"calls\":[\"lookup\"],\"tables\":[\"accounts\"]}" },
        { RULE_EXPRESSION, "decide(vars.table, { a = 1 })",
          "{\"reads\":[[\"vars\",\"table\"]],\"calls\":[\"decide\"],\"tables\":[\"*\"]}" },
        { RULE_EXPRESSION, "require('rules.fee').of(trigger.body)",
          "{\"reads\":[[\"trigger\",\"body\"]],\"calls\":[\"require\"],\"modules\":[\"fee\"]}" },
        { RULE_EXPRESSION, "now()", "{\"reads\":[],\"calls\":[\"now\"]}" },
    };
    struct eval eval;

    (void)state;
    reads_are(cases, sizeof cases / sizeof *cases);
    eval_begin(&eval, NULL);
    assert_null(rules_reads(eval.rules, RULE_EXPRESSION, "1 +", 3));
    eval_end(&eval);
}

static void test_what_is_read_through_locals(void **state)
{
    static const struct reads_case cases[] = {
        /* of one that begins with it and of which only members are asked
           those are read, through further ones, too */
        { RULE_SCRIPT, "local t = trigger.body local a = t.x return t.y + a",
          "{\"reads\":[[\"trigger\",\"body\",\"x\"],[\"trigger\",\"body\",\"y\"]]}" },
        { RULE_SCRIPT,
          "local t = trigger local b = t.body local l = b.lines[1] if l.n > 1 then return l.sku "
          "end "
          "return { id = b.id }",
          "{\"reads\":[[\"trigger\",\"body\",\"lines\",0,\"n\"],"
          "[\"trigger\",\"body\",\"lines\",0,\"sku\"],[\"trigger\",\"body\",\"id\"]]}" },
        { RULE_SCRIPT,
          "local t = trigger local sum = 0 for _, l in ipairs(t.body.lines) do sum = sum + l.n end "
          "return sum",
          "{\"reads\":[[\"trigger\",\"body\",\"lines\"]],\"calls\":[\"ipairs\"]}" },
        /* one that is given away, kept by a function, changed, looked at by a name that is found
           when it runs, or may have begun with another value: whole */
        { RULE_SCRIPT, "local t = trigger.body local u = t return u.x",
          "{\"reads\":[[\"trigger\",\"body\"]]}" },
        { RULE_SCRIPT, "local t = trigger.body return { a = t.x, all = t }",
          "{\"reads\":[[\"trigger\",\"body\"]]}" },
        { RULE_SCRIPT, "local t = trigger.body return tostring(t) .. t.x",
          "{\"reads\":[[\"trigger\",\"body\"]],\"calls\":[\"tostring\"]}" },
        { RULE_SCRIPT, "local t = trigger.body local f = function() return t end return t.x, f()",
          "{\"reads\":[[\"trigger\",\"body\"]]}" },
        { RULE_SCRIPT, "local t = trigger.body t = t.x return t.y",
          "{\"reads\":[[\"trigger\",\"body\"]]}" },
        { RULE_SCRIPT, "local s = 1 local t = trigger.body s = nil t = nil return t.y",
          "{\"reads\":[[\"trigger\",\"body\"]]}" },
        { RULE_SCRIPT, "local t = trigger.body local o = {} o.all = t return t.y",
          "{\"reads\":[[\"trigger\",\"body\"]]}" },
        { RULE_SCRIPT, "local t = trigger.body local o = {} o.x = 'y' return t.y",
          "{\"reads\":[[\"trigger\",\"body\",\"y\"]]}" },
        { RULE_SCRIPT, "local t = trigger.body return t[vars.name] or t.x",
          "{\"reads\":[[\"trigger\",\"body\"],[\"vars\",\"name\"]]}" },
        { RULE_SCRIPT, "local t = vars.a or trigger.body return t.x",
          "{\"reads\":[[\"vars\",\"a\"],[\"trigger\",\"body\"]]}" },
        { RULE_SCRIPT, "local t = trigger.body return #t, t.x",
          "{\"reads\":[[\"trigger\",\"body\"]]}" },
        { RULE_SCRIPT, "local t = trigger.body return t:get() or t.x",
          "{\"reads\":[[\"trigger\",\"body\"]]}" },
    };

    (void)state;
    reads_are(cases, sizeof cases / sizeof *cases);
}

/* Beyond 256 constants a name is asked for in another way. */
static void test_many_names(void **state)
{
    struct eval eval;
    struct buf text;
    json_t *told;

    (void)state;
    eval_begin(&eval, NULL);
    buf_init(&text, MIB);
    buf_add_text(&text, "return {");
    for (int i = 0; i < 400; i++)
        buf_addf(&text, "x%d = 'v%d', ", i, i);
    buf_add_text(&text, "z = trigger.body.amount, y = steps.far.away }");
    told = rules_reads(eval.rules, RULE_SCRIPT, buf_text(&text), text.len);
    assert_int_equal(json_array_size(json_object_get(told, "reads")), 2);
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(
            json_string_value(json_array_get(json_array_get(json_object_get(told, "reads"), i), 0)),
            i == 0 ? "trigger" : "steps");
    json_decref(told);
    buf_fini(&text);
    eval_end(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_what_is_read_through_locals),
        cmocka_unit_test(test_many_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
