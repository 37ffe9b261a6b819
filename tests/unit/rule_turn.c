/* rule_turn.c - evaluations that pause: what they decide, what they may use up, what they keep. */
#include <dirent.h>

#include "base/file.h"
#include "rule_called.h"
#include "rules/lua_work_priv.h"

#define HOSTILE       SOURCE_DIR "/tests/unit/hostile"
#define HOSTILE_TICKS 300000
#define TURNS_MOST    100000

static unsigned turns(struct eval *eval)
{
    unsigned count = 0;

    while (rules_turn(eval->rules))
        assert_true(++count < TURNS_MOST);
    return count;
}

static const struct rules_limits sliced = { .slice_ms = 2 };

#define LONG "for i = 1, 1000000 do end\n"

static void a_long_rule_pauses_and_a_short_one_does_not(void **state)
{
    struct called called[2];
    struct eval eval;

    (void)state;
    eval_begin(&eval, &sliced);
    eval.scope.trigger = eval_json("{\"a\":1.50}");
    start(&eval, called, 0, LONG "return trigger.a + 1");
    assert_int_equal(called[0].times, 0);
    start(&eval, called, 1, "return trigger.a");
    assert_int_equal(called[1].times, 1);
    assert_string_equal(called[1].text, "1.50");
    assert_true(turns(&eval) > 1);
    assert_string_equal(called[0].text, "2.50");
    assert_false(rules_turn(eval.rules));
    stop(&eval, called, 2);
    json_decref(eval.scope.trigger);
    eval_end(&eval);
}

static void nothing_pauses_without_slices(void **state)
{
    struct called called[1];
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    start(&eval, called, 0, LONG "return 1");
    assert_int_equal(called[0].times, 1);
    assert_false(rules_turn(eval.rules));
    stop(&eval, called, 1);
    eval_end(&eval);
}

/* Each sees its own event, its own variables, its own random numbers, whoever runs in between. */
static void values_do_not_mix(void **state)
{
    struct called called[20];
    char wanted[20][128];
    struct eval eval;

    (void)state;
    eval_begin(&eval, &sliced);
    for (unsigned i = 0; i < 20; i++) {
        char text[64];

        snprintf(text, sizeof(text), "{\"n\":%u.5,\"list\":[%u],\"o\":{\"x\":null}}", i, i);
        eval.scope.trigger = eval_json(text);
        eval.scope.index = i + 1;
        eval.scope.seed = i;
        start(&eval, called, i,
              "trigger.n = trigger.n + 1\n"
              "local r = random(1000000)\n" LONG "trigger.o.x = trigger.list[1]\n" LONG
              "trigger.list[2] = index\n"
              "return { trigger, r == r, index, item == nil }");
        json_decref(eval.scope.trigger);
        snprintf(wanted[i], sizeof(wanted[i]),
                 "[{\"n\":%u.5,\"list\":[%u,%u],\"o\":{\"x\":%u}},true,%u,true]", i + 1, i, i + 1,
                 i, i + 1);
    }
    turns(&eval);
    for (unsigned i = 0; i < 20; i++)
        assert_string_equal(called[i].text, wanted[i]);
    stop(&eval, called, 20);
    eval.scope.trigger = NULL;
    eval_is(&eval, "coalesce(trigger, 'none')", "\"none\"");
    eval_end(&eval);
}

static void budgets_hold_across_slices(void **state)
{
    static const char *const scripts[][2] = {
        { "while true do end", "the budget of instructions (5000000)" },
        { "while true do pcall(function() while true do end end) end", "instructions (5000000)" },
        { "while true do xpcall(error, function() while true do end end) end",
          "the budget of instructions (5000000)" },
        { "local t = {} while true do t[#t + 1] = { #t } end", "the budget of memory" },
        { "local function f() " LONG " return f() end return f()", "instructions (5000000)" },
        { "error('x' .. #(('y'):rep(10)))", "x10 (node map, line 1)" },
        { LONG "local t\nreturn t.x", "line 3)" },
        { LONG "pcall(error) error({ message = 'late' })", "late" },
    };
    struct called called[8];
    struct eval eval;

    (void)state;
    eval_begin(&eval, &sliced);
    for (unsigned i = 0; i < 8; i++)
        start(&eval, called, i, scripts[i][0]);
    turns(&eval);
    for (unsigned i = 0; i < 8; i++)
        if (!called[i].failed || strstr(called[i].text, scripts[i][1]) == NULL)
            fail_msg("%s: %s", scripts[i][0], called[i].text);
    stop(&eval, called, 8);
    eval_is(&eval, "1 + 1", "2");
    eval_end(&eval);
}

/* The time in which a rule is paused is not its own; that in which it runs is. */
static void only_its_own_time_counts(void **state)
{
    struct called called[1];
    struct eval eval;

    (void)state;
    eval_begin(&eval, &sliced);
    start(&eval, called, 0, LONG "return 'done'");
    do
        clock_manual_add(&eval.clock, 10000);
    while (rules_turn(eval.rules));
    assert_string_equal(called[0].text, "\"done\"");
    stop(&eval, called, 1);
    eval_end(&eval);
}

/* Calls that a rule makes through C: it pauses within, and comes back with the right values. */
static void calls_through_the_library_pause_too(void **state)
{
    static const struct rule_module modules[] = {
        { "slow", LONG "local m = {} function m.f(x) " LONG " return x end return m",
          sizeof(LONG "local m = {} function m.f(x) " LONG " return x end return m") - 1 },
        { "twice", "local s = require 'rules.slow' return { f = function(x) return s.f(x) end }",
          sizeof("local s = require 'rules.slow' return { f = function(x) return s.f(x) end }") -
              1 },
    };
    struct called called[5];
    struct eval eval;

    (void)state;
    eval_begin(&eval, &sliced);
    eval.modules = modules;
    eval.module_count = 2;
    start(&eval, called, 0, "return { pcall(function(...) " LONG " return ... end, 1, 2) }");
    start(&eval, called, 1, "return { pcall(function() " LONG " error('no', 0) end) }");
    start(&eval, called, 2,
          "return { xpcall(function() " LONG " error('no', 0) end, "
          "function(e) " LONG " return e .. '!' end) }");
    start(&eval, called, 3, "return require('rules.twice').f('m')");
    start(&eval, called, 4,
          "return { xpcall(function(...) " LONG " return ... end, print, 'a', 'b') }");
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(called[i].times, 0);
    turns(&eval);
    assert_string_equal(called[0].text, "[true,1,2]");
    assert_string_equal(called[1].text, "[false,\"no\"]");
    assert_string_equal(called[2].text, "[false,\"no!\"]");
    assert_string_equal(called[3].text, "\"m\"");
    assert_string_equal(called[4].text, "[true,\"a\",\"b\"]");
    stop(&eval, called, 5);
    eval_end(&eval);
}

/* Unit, scope and the outputs in it may be gone for everybody else. */
static void a_paused_rule_keeps_what_it_needs(void **state)
{
    struct called called[10];
    struct eval eval;

    (void)state;
    eval_begin(&eval, &sliced);
    for (unsigned i = 0; i < 10; i++) { /* more than can pause: the last ones wait */
        eval.scope.steps = eval_json("{\"a\":{\"b\":[1.5,{\"c\":2}]}}");
        start(&eval, called, i, "local l = steps.a.b\n" LONG "return l[2].c + l[1]");
        rule_unit_free(eval.rules, called[i].unit);
        json_object_clear(eval.scope.steps);
        json_decref(eval.scope.steps);
        eval.scope.steps = NULL;
    }
    turns(&eval);
    for (unsigned i = 0; i < 8; i++)
        assert_string_equal(called[i].text, "3.5");
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(called[i].times, 1);
    eval_end(&eval);
}

static void what_is_given_up_leaves_nothing(void **state)
{
    struct called called[12];
    struct eval eval;

    (void)state;
    eval_begin(&eval, &sliced);
    for (unsigned i = 0; i < 12; i++) {
        eval.scope.trigger = eval_json("{\"a\":{\"b\":[1.5,{\"c\":2}]}}");
        start(&eval, called, i, "local l = trigger.a.b while true do l[2].c = 1 end");
        rule_unit_free(eval.rules, called[i].unit);
        json_decref(eval.scope.trigger);
        eval.scope.trigger = NULL;
        if (i % 3 == 0)
            rules_turn(eval.rules);
    }
    eval_end(&eval);
    for (unsigned i = 0; i < 12; i++)
        assert_int_equal(called[i].times, 0);
}

/* ---- the hostile scripts, eight at a time ---------------------------------------------------- */

struct hostile {
    struct called called[BOX_WORKERS];
    char *text[BOX_WORKERS];
    char alone[BOX_WORKERS][sizeof(((struct called *)0)->text)];
};

/* The same, but which budget ends it first may differ: garbage of others is collected too. */
static bool is_alike(const char *alone, const char *among)
{
    return strcmp(alone, among) == 0 ||
           (strstr(alone, "the budget of ") != NULL && strstr(among, "the budget of ") != NULL);
}

static void hostile_drop(struct eval *eval, struct hostile *all, unsigned count)
{
    turns(eval);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(all->called[i].times, 1);
        if (!is_alike(all->alone[i], all->called[i].text))
            fail_msg("%s\n  alone: %s\n  among others: %s", all->text[i], all->alone[i],
                     all->called[i].text);
        rule_unit_free(eval->rules, all->called[i].unit);
        mem_free(all->text[i]);
    }
    eval_is(eval, "string.format('%d', 5) .. ('x'):upper() .. tostring(item)", "\"5Xnil\"");
}

static void hostile_scripts_do_not_disturb_each_other(void **state)
{
    const struct rules_limits limits = { .memory = 6 * MIB, .ticks = HOSTILE_TICKS, .slice_ms = 2 };
    static struct hostile all;
    struct eval eval, alone;
    DIR *folder = opendir(HOSTILE);
    struct dirent *entry;
    unsigned count = 0, paused = 0;

    (void)state;
    assert_non_null(folder);
    eval_begin(&eval, &limits);
    eval_begin(&alone, &(struct rules_limits){ .memory = 6 * MIB, .ticks = HOSTILE_TICKS });
    eval.scope.trigger = eval_json("{\"body\":{\"amount\":100.10,\"lines\":[{\"a\":1.5}]}}");
    alone.scope.trigger = eval.scope.trigger;
    while ((entry = readdir(folder)) != NULL) {
        char path[512];
        size_t size;
        struct err e;

        snprintf(path, sizeof(path), "%s/%s", HOSTILE, entry->d_name);
        if (strstr(path, ".lua") == NULL || strncmp(entry->d_name, "memory_", 7) == 0)
            continue;
        assert_int_equal(file_read(path, 256 * KIB, &all.text[count], &size, &e), ERR_OK);
        if (memchr(all.text[count], '\0', size) != NULL ||
            eval_kind(&alone, RULE_SCRIPT, all.text[count], size) == NULL) {
            mem_free(all.text[count]);
            continue;
        }
        snprintf(all.alone[count], sizeof(all.alone[count]), "%.1000s", alone.text);
        start(&eval, all.called, count, all.text[count]);
        paused += all.called[count].times == 0;
        if (++count == BOX_WORKERS) {
            hostile_drop(&eval, &all, count);
            count = 0;
        }
    }
    closedir(folder);
    hostile_drop(&eval, &all, count);
    assert_true(paused > 10);
    json_decref(eval.scope.trigger);
    eval_end(&eval);
    eval_end(&alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_rule_pauses_and_a_short_one_does_not),
        cmocka_unit_test(nothing_pauses_without_slices),
        cmocka_unit_test(values_do_not_mix),
        cmocka_unit_test(budgets_hold_across_slices),
        cmocka_unit_test(only_its_own_time_counts),
        cmocka_unit_test(calls_through_the_library_pause_too),
        cmocka_unit_test(a_paused_rule_keeps_what_it_needs),
        cmocka_unit_test(what_is_given_up_leaves_nothing),
        cmocka_unit_test(hostile_scripts_do_not_disturb_each_other),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
