/* rule_sandbox.c - hostile scripts: each ends within its budgets, none leaves a trace.
 *
 * tests/unit/hostile/CLASS_NAME.lua begins with what is to come of it: "-- expect: PART OF THE
 * ERROR", "-- result: JSON" or "-- compile: PART OF THE FAULT". Every script runs twice: with
 * few instructions while the clock stands still, and without that limit while the clock moves at
 * every look. */
#include <dirent.h>
#include <lua.h>

#include "base/fault.h"
#include "base/file.h"
#include "rule_eval.h"
#include "rules/rule_priv.h"

#define HOSTILE       SOURCE_DIR "/tests/unit/hostile"
#define HOSTILE_TICKS 1000000

/* A clock that moves ten milliseconds at every look. */
struct clock_moving {
    struct clock clock;
    int64_t now;
};

static int64_t moving_ms(struct clock *clock)
{
    return ((struct clock_moving *)clock)->now += 10;
}

static json_t *hostile_trigger(void)
{
    return eval_json("{\"body\":{\"id\":\"T-1\",\"amount\":100.10,\"card\":{\"token\":\"tok\"},"
                     "\"lines\":[{\"a\":1.5},{\"a\":2}],\"none\":null,\"e\":[],\"o\":{}}}");
}

static void hostile_begin(struct eval *eval, const struct rules_limits *limits)
{
    eval_begin(eval, limits);
    eval->scope.trigger = hostile_trigger();
    eval->lookups = eval_json("{\"gl\":{\"rows\":{\"Cash\":\"1100\",\"CreditCard\":\"1200\"}}}");
}

static void hostile_end(struct eval *eval)
{
    json_decref(eval->scope.trigger);
    eval_end(eval);
}

/* "-- expect: TEXT" to its word and its text. */
static void hostile_head(const char *script, char *word, size_t word_room, char *wanted,
                         size_t room)
{
    size_t length = strcspn(script + 3, ":");

    assert_memory_equal(script, "-- ", 3);
    snprintf(word, word_room, "%.*s", (int)length, script + 3);
    script += 3 + length + 2;
    snprintf(wanted, room, "%.*s", (int)strcspn(script, "\n"), script);
}

static bool hostile_check(struct eval *eval, const char *name, const char *script, const char *got)
{
    char word[16], wanted[200];
    bool met;

    hostile_head(script, word, sizeof(word), wanted, sizeof(wanted));
    if (strcmp(word, "compile") == 0)
        met = got == NULL && strstr(eval->text, wanted) != NULL;
    else if (strcmp(word, "result") == 0)
        met = got != NULL && !eval->failed && strcmp(got, wanted) == 0;
    else
        met = got != NULL && eval->failed && strstr(got, wanted) != NULL;
    if (!met)
        print_error("%s: '%s', wanted '%s'\n", name, eval->text, wanted);
    if (got == NULL || !eval->failed)
        return met;
    assert_true(strlen(got) < LIMIT_RULE_TEXT);
    assert_true(utf8_valid(got, strlen(got)));
    assert_null(strstr(got, "0x"));
    for (const char *at = got; *at != '\0'; at++)
        assert_true((unsigned char)*at >= 0x20 && *at != 0x7F);
    return met;
}

/* What a rule must find as it was, whoever ran before. */
static void untouched_check(struct eval *eval)
{
    eval_is(eval, "string.format('%d', 5) .. ('x'):upper() .. tostring(trigger.body.amount)",
            "\"5X100.10\"");
    eval_is(eval, "coalesce(item, index, input, 'none')", "\"none\"");
    eval_is(eval, "#keys(trigger.body) .. text.join(keys(trigger.body), ' ')",
            "\"7amount card e id lines none o\"");
    eval_is(eval, "select(2, pcall(function() return x end))",
            "\"rule:1: there is nothing named 'x' (rules have no global variables; use local)\"");
}

/* What the state keeps when all garbage is gone, by the account of its own allocator. */
static size_t state_keeps(const struct eval *eval)
{
    lua_gc(eval->rules->box->state, LUA_GCCOLLECT);
    return eval->rules->box->used;
}

/* Runs every script with the same room, one after the other. */
static void hostile_run(struct eval *eval, bool check_text)
{
    DIR *folder = opendir(HOSTILE);
    struct dirent *entry;
    int count = 0, failed = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        const char *dot = strrchr(entry->d_name, '.');
        char path[512];
        char *script;
        size_t size;
        struct err e;
        const char *got;

        if (dot == NULL || strcmp(dot, ".lua") != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", HOSTILE, entry->d_name);
        assert_int_equal(file_read(path, 256 * KIB, &script, &size, &e), ERR_OK);
        got = eval_kind(eval, RULE_SCRIPT, script, size);
        if (check_text && !hostile_check(eval, entry->d_name, script, got))
            failed++;
        mem_free(script);
        count++;
    }
    closedir(folder);
    assert_int_equal(failed, 0);
    assert_true(count >= 150);
    untouched_check(eval);
}

static void every_hostile_script_ends_by_its_budget(void **state)
{
    const struct rules_limits limits = { .memory = 6 * MIB, .ticks = HOSTILE_TICKS };
    struct eval eval;

    (void)state;
    hostile_begin(&eval, &limits);
    hostile_run(&eval, true);
    hostile_end(&eval);
}

/* And what they leave when they are run again is nothing: memory is flat. */
static void every_hostile_script_ends_by_the_clock(void **state)
{
    const struct rules_limits limits = { .memory = 6 * MIB, .ticks = UINT64_MAX };
    struct clock_moving moving = { { moving_ms, moving_ms, moving_ms, 0 }, 0 };
    size_t before, outside;
    struct eval eval;
    struct err e;

    (void)state;
    hostile_begin(&eval, &limits);
    rules_free(eval.rules);
    eval.rules = rules_new(&moving.clock, &eval.log, &limits, &e);
    hostile_run(&eval, false);
    before = state_keeps(&eval);
    outside = mem_used() - before;
    hostile_run(&eval, false);
    assert_in_range(state_keeps(&eval), 0, before + 32 * KIB);
    assert_in_range(mem_used() - state_keeps(&eval), 0, outside + MIB);
    print_message("after all hostile scripts, twice: the state keeps %zu KiB, before %zu KiB; "
                  "beside it %zu KiB, before %zu KiB\n",
                  state_keeps(&eval) / KIB, before / KIB, (mem_used() - state_keeps(&eval)) / KIB,
                  outside / KIB);
    hostile_end(&eval);
}

static void a_script_that_logs_is_cut_short(void **state)
{
    struct eval eval;

    (void)state;
    hostile_begin(&eval, NULL);
    eval_script(&eval, "for i = 1, 1000 do print('line', i, '4111 1111 1111 1111') end");
    assert_false(eval.failed);
    assert_int_equal(eval.log_lines, 21);
    assert_non_null(strstr(eval.log_text, "(it says more; not shown)"));
    eval_script(&eval, "print('card 4111-1111-1111-1111', 'a\\nb')");
    assert_string_equal(eval.log_text, "rule node map: card 4111-11**-****-1111 a b");
    hostile_end(&eval);
}

static void memory_stays_flat(void **state)
{
    static const char *const scripts[] = {
        "local t = {} for i = 1, 500 do t[i] = { i, tostring(i) } end return t",
        "error('x')",
        "local t = {} for i = 1, 1e9 do t[i] = { i } end",
        "return trigger",
        "local r = {} for k, v in pairs(trigger.body) do r[k] = v end r.e = r return r",
        "return text.upper('stra\\u{DF}e') .. date.format(0, 'EEEE', 'Europe/Vienna')",
    };
    const struct rules_limits limits = { .memory = 2 * MIB, .ticks = 100000 };
    size_t least = SIZE_MAX, most = 0;
    struct eval eval;

    (void)state;
    hostile_begin(&eval, &limits);
    for (int i = 0; i < 1200; i++) {
        eval_script(&eval, scripts[i % 6]);
        if (i < 200)
            continue;
        least = mem_used() < least ? mem_used() : least;
        most = mem_used() > most ? mem_used() : most;
    }
    assert_true(most - least < 6 * MIB);
    hostile_end(&eval);
}

static void fault_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct eval *eval = owner;

    assert_int_equal(tag, 7);
    eval->failed = result->error != NULL;
}

/* The 1st, 2nd, 3rd ... allocation fails, until an evaluation passes without one failing. */
static void no_failed_allocation_is_more_than_an_error(void **state)
{
    static const char script[] =
        "local t = { a = trigger.body.card.token, list = { 1, 2.5, decimal('1.5') * 2 } }\n"
        "for k, v in pairs(trigger.body) do t[k] = tostring(v) end\n"
        "t.s = ('x'):rep(2000):gsub('x', 'yy')\n"
        "t.j = json.decode(json.encode(t))\n"
        "t.l = lookup('gl', 'Cash') .. text.upper('stra\\u{DF}e') .. hash.sha256('x')\n"
        "return t";
    struct rule_source source = { RULE_SCRIPT, "node map", script, sizeof(script) - 1 };
    struct eval eval;
    unsigned nth = 0;
    bool passed = false;

    (void)state;
    while (!passed) {
        struct rule_unit_input input = { &source, 1, NULL, 0, NULL };
        struct rule_unit *unit;
        unsigned which = 0;

        hostile_begin(&eval, NULL);
        input.lookups = eval.lookups;
        unit = rule_unit_new(eval.rules, &input, eval_fault, &eval);
        assert_non_null(unit);
        fault_arm("mem.try", ++nth, true);
        rules_eval(eval.rules, unit, &which, 1, RULE_ALL, &eval.scope, fault_done, &eval, 7);
        passed = fault_hits() < nth;
        fault_disarm();
        assert_int_equal(eval.failed, !passed);
        rules_eval(eval.rules, unit, &which, 1, RULE_ALL, &eval.scope, fault_done, &eval, 7);
        assert_false(eval.failed);
        rule_unit_free(eval.rules, unit);
        hostile_end(&eval);
        assert_true(nth < 2000);
    }
    assert_true(nth > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_hostile_script_ends_by_its_budget),
        cmocka_unit_test(every_hostile_script_ends_by_the_clock),
        cmocka_unit_test(a_script_that_logs_is_cut_short),
        cmocka_unit_test(memory_stays_flat),
        cmocka_unit_test(no_failed_allocation_is_more_than_an_error),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
