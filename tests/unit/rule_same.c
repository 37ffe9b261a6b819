/* rule_same.c - == and ~= by magnitude: what the text becomes, and that it means the same. */
#include "rule_expect.h"

#include "base/buf.h"
#include "rules/rule_same_priv.h"

struct same_row {
    const char *text;
    const char *wanted; /* NULL: the text stays */
};

static const struct same_row rows[] = {
    { "a == b", " __same(a , b)" },
    { "a ~= 1", " __differ(a , 1)" },
    { "a == ...", " __same(a , ...)" },
    { "nil ~= a", NULL },
    { "a == true", NULL },
    { "a == [[x]]", NULL },
    { "a == 'x':rep(2)", " __same(a , 'x':rep(2))" },
    { "a + 1 == b * 2 and c == d", " __same(a + 1 , b * 2) and  __same(c , d)" },
    { "a == b == c", " __same( __same(a , b) , c)" },
    { "a < b == c", " __same(a < b , c)" },
    { "a == b < c", " __same(a , b) < c" },
    { "not a == b", " __same(not a , b)" },
    { "x or(a)==b", "x or __same((a),b)" },
    { "f(a == b, c ~= d)", "f( __same(a , b),  __differ(c , d))" },
    { "t[a == b] == { c == d }", " __same(t[ __same(a , b)] , {  __same(c , d) })" },
    { "#t == 0", " __same(#t , 0)" },
    { "-a.b:c() == -1", " __same(-a.b:c() , -1)" },
    { "a .. b == c .. d", " __same(a .. b , c .. d)" },
    { "'==' .. \"~=\"", NULL },
    { "'a\\' == b'", NULL },
    { "x -- a == b", NULL },
    { "x --[==[ a == b ]==]", NULL },
    { "a --[[ ]] == --[[ ]] b", " __same(a --[[ ]] , --[[ ]] b)" },
    { "0x1p-3 == 1e+5", " __same(0x1p-3 ,  __number[\"1e+5\"])" },
    { "a * 0.97", "a *  __number[\"0.97\"]" },
    { "-.5 + 5. - 5.e2", "- __number[\"0.5\"] +  __number[\"5\"] -  __number[\"5e2\"]" },
    { "(1.50):scale()", "( __number[\"1.50\"]):scale()" },
    { "a == 1.0 and b", " __same(a ,  __number[\"1.0\"]) and b" },
    { "t[1.0] + t[ 1.0 + i]", "t[1.0] + t[  __number[\"1.0\"] + i]" },
    { "for i = 0.5, 2.5 do f(0.5) end", "for i = 0.5, 2.5 do f( __number[\"0.5\"]) end" },
    { "for _, v in f(0.5) do end", "for _, v in f( __number[\"0.5\"]) do end" },
    { "1e300 + 0x.8p1 + 12", NULL },
    { "'0.5' .. \"1.5\" -- 2.5", NULL },
    { "a == ...", " __same(a , ...)" },
    { "a == b)", NULL },
    { "(a == b", NULL },
    { "a == 'x", NULL },
    { "== b", NULL },
    { "a == ", NULL },
    { "a == $", NULL },
    { "local x = a == b y = 1", "local x =  __same(a , b) y = 1" },
    { "local x = a == b\nlocal y = c == d", "local x =  __same(a , b)\nlocal y =  __same(c , d)" },
    { "if a == b then return c == d end", "if  __same(a , b) then return  __same(c , d) end" },
    { "local x <const> = a == b", "local x <const> =  __same(a , b)" },
    { "repeat until a == b f(c)", "repeat until  __same(a , b) f(c)" },
    { "f(function() return a == b end == c)", "f(function() return  __same(a , b) end == c)" },
    { "a == b ::x:: goto x", " __same(a , b) ::x:: goto x" },
    { "x = a == f{1} g = 2", "x =  __same(a , f{1}) g = 2" },
    { "x = a == f's' g = 2", "x =  __same(a , f's') g = 2" },
    { "a.x == b.y", " __same(a.x , b.y)" },
};

static void texts_become_calls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf out;
        bool done;

        buf_init(&out, MIB);
        done = rule_same(rows[i].text, strlen(rows[i].text), &out);
        if (done != (rows[i].wanted != NULL) ||
            (done && strcmp(buf_text(&out), rows[i].wanted) != 0))
            fail_msg("%s: '%s'", rows[i].text, done ? buf_text(&out) : "stays");
        buf_fini(&out);
    }
}

static const struct expect equal_rows[] = {
    { "trigger.d == 2.5", "true" },
    { "2.5 == trigger.d", "true" },
    { "decimal(5) == trigger.n", "true" },
    { "trigger.n == decimal('5.00')", "true" },
    { "trigger.d ~= 2.5", "false" },
    { "decimal(0) == 0", "true" },
    { "decimal(0) == -0.0", "true" },
    { "decimal(1) == 1 / 0", "false" },
    { "decimal(1) == 0 / 0", "false" },
    { "0 / 0 == 0 / 0", "false" },
    { "decimal(1) == 1e300", "false" },
    { "decimal('9007199254740993') == 9007199254740993", "true" },
    { "decimal('9007199254740993') == 9007199254740992.0", "false" },
    { "decimal(1) == '1'", "false" },
    { "1 == '1'", "false" },
    { "1 == 1.0", "true" },
    { "trigger.none == null", "true" },
    { "trigger.none == nil", "false" },
    { "trigger.missing == trigger.other", "true" },
    { "trigger.list == trigger.list", "true" },
    { "trigger.list == { 3, 1, 2 }", "false" },
    { "trigger.t == 'te' .. 'xt'", "true" },
    { "(decimal(2) == 2) == (3 == decimal(3))", "true" },
    { "decimal(1) == 1 and 'yes' or 'no'", "\"yes\"" },
    { "select('#', (function() end)() == 1)", "1" },
    { "(function(...) return ... == 1 end)(decimal(1), 2)", "true" },
};

static void numbers_are_equal_by_magnitude(void **state)
{
    (void)state;
    EXPECT_ALL(equal_rows);
}

static void faults_speak_of_the_text_as_written(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    assert_null(eval_script(&eval, "local a = 1\nif a == 1 then return end end"));
    assert_int_equal(eval.fault_line, 2);
    assert_null(strstr(eval.text, "__"));
    assert_null(eval_script(&eval, "return __same(1, 1)"));
    assert_non_null(strstr(eval.text, "are taken"));
    eval_script(&eval, "local a\nreturn a.b == 1");
    assert_non_null(strstr(eval.text, "line 2"));
    assert_null(strstr(eval.text, "__"));
    eval_script(&eval, "local s = 0\nfor i = 1, 10 do\n  if decimal(i) == 5 then s = s + i end\n"
                       "  if i ~= decimal(5) then s = s + 100 end\nend\nreturn s");
    assert_string_equal(eval.text, "905");
    eval_end(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_calls),
        cmocka_unit_test(numbers_are_equal_by_magnitude),
        cmocka_unit_test(faults_speak_of_the_text_as_written),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
