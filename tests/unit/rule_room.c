/* rule_room.c - rules that run long have a thread of their own: what they decide, say, keep and
 * leave behind, and that the loop has its turns meanwhile. */
#include <dirent.h>
#include <pthread.h>

#include "base/file.h"
#include "rule_called.h"
#include "rules/rule_room.h"

#define HOSTILE SOURCE_DIR "/tests/unit/hostile"
#define LONG    "for i = 1, 200000 do end\n"

/* The bell of a loop. */
static struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    unsigned rings;
} bell = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };

static void bell_ring(void *arg)
{
    struct bell *b = arg;

    pthread_mutex_lock(&b->lock);
    b->rings++;
    pthread_cond_signal(&b->rung);
    pthread_mutex_unlock(&b->lock);
}

static void bell_wait(void)
{
    pthread_mutex_lock(&bell.lock);
    while (bell.rings == 0)
        pthread_cond_wait(&bell.rung, &bell.lock);
    bell.rings = 0;
    pthread_mutex_unlock(&bell.lock);
}

/* Time is the thread's: no test depends on how fast the machine is. */
static void room_begin(struct eval *eval, const struct rules_limits *limits)
{
    static const struct rules_limits patient = { .memory = 6 * MIB, .ms = 60000 };

    eval_begin(eval, limits != NULL ? limits : &patient);
    rules_room(eval->rules, bell_ring, &bell);
}

/* Until all have ended. */
static void turns(struct eval *eval, const struct called *called, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        while (called[i].times == 0) {
            bell_wait();
            assert_false(rules_turn(eval->rules)); /* nothing is to be done at once */
        }
}

static void what_is_long_leaves_the_loop_and_what_is_short_stays(void **state)
{
    struct called called[3];
    struct eval eval;

    (void)state;
    room_begin(&eval, NULL);
    eval.scope.trigger = eval_json("{\"a\":1.50}");
    start(&eval, called, 0, LONG "return trigger.a + 1");
    assert_int_equal(called[0].times, 0);
    start(&eval, called, 1, "return trigger.a");
    assert_int_equal(called[1].times, 1);
    assert_string_equal(called[1].text, "1.50");
    start(&eval, called, 2, "return ('x'):rep(2500000):len()"); /* memory, not time */
    assert_int_equal(called[2].times, 0);
    assert_true(rules_busy(eval.rules));
    turns(&eval, called, 3);
    assert_false(rules_busy(eval.rules));
    assert_string_equal(called[0].text, "2.50");
    assert_string_equal(called[2].text, "2500000");
    stop(&eval, called, 3);
    json_decref(eval.scope.trigger);
    eval_end(&eval);
}

/* A text that has run long is not tried here again, until it has been short for a while. */
static void a_text_comes_back_when_it_has_become_short(void **state)
{
    struct called called[1];
    struct eval eval;
    unsigned away = 0;

    (void)state;
    room_begin(&eval, NULL);
    eval.scope.index = 200000;
    start(&eval, called, 0, "for i = 1, index do end return index");
    turns(&eval, called, 1);
    assert_string_equal(called[0].text, "200000");
    eval.scope.index = 7;
    for (again(&eval, called, 0); called[0].times == 0; again(&eval, called, 0)) {
        turns(&eval, called, 1);
        assert_string_equal(called[0].text, "7");
        away++;
    }
    assert_string_equal(called[0].text, "7");
    assert_int_equal(away, ROOM_STAYS);
    stop(&eval, called, 1);
    eval_end(&eval);
}

/* now(), random() and the log of an evaluation that begins anew are those of one. */
static void it_decides_and_says_the_same_once(void **state)
{
    static const char script[] =
        "local first = random(1000000)\nlog('once', first)\nif index then " LONG
        " end\nreturn { first, random(1000000), now() }";
    struct called called[2];
    struct eval eval;
    char said[1024];

    (void)state;
    room_begin(&eval, NULL);
    start(&eval, called, 0, script);
    assert_int_equal(called[0].times, 1);
    assert_int_equal(eval.log_lines, 1);
    snprintf(said, sizeof(said), "%s", eval.log_text);
    eval.scope.index = 1;
    start(&eval, called, 1, script);
    assert_int_equal(called[1].times, 0);
    turns(&eval, called, 2);
    assert_string_equal(called[1].text, called[0].text);
    assert_int_equal(eval.log_lines, 2);
    assert_string_equal(eval.log_text, said);
    stop(&eval, called, 2);
    eval_end(&eval);
}

static void faults_and_budgets_are_told_as_ever(void **state)
{
    static const char *const scripts[][2] = {
        { "while true do end", "stopped: the budget of instructions (5000000)" },
        { "while true do pcall(function() while true do end end) end", "instructions (5000000)" },
        { "local t = {} while true do t[#t + 1] = { #t } end", "the budget of memory (6 MiB)" },
        { LONG "local t\nreturn t.x", " (node map, line 3)" },
        { LONG "return trigger.body.none.x", " (node map, line 2)" },
        { LONG "return require('rules.no')", "there is no module 'rules.no'" },
        { "return ('x'):rep(9000000)", "longer than 8388608 bytes" },
        { LONG "return lookup('gl', 'X')", "table 'gl' has no" },
    };
    const unsigned count = sizeof(scripts) / sizeof(scripts[0]);
    struct called called[8];
    struct eval eval;

    (void)state;
    room_begin(&eval, NULL);
    eval.scope.trigger = eval_json("{\"body\":{}}");
    eval.lookups = eval_json("{\"gl\":{\"ignore\":[\"case\"],\"rows\":{\"\xC3\xA4\":1}}}");
    for (unsigned i = 0; i < count; i++)
        start(&eval, called, i, scripts[i][0]);
    turns(&eval, called, count);
    for (unsigned i = 0; i < count; i++)
        if (!called[i].failed || strstr(called[i].text, scripts[i][1]) == NULL)
            fail_msg("%s: %s", scripts[i][0], called[i].text);
    stop(&eval, called, count);
    eval_is(&eval, "lookup('gl', '\xC3\x84')", "1");
    json_decref(eval.scope.trigger);
    eval_end(&eval);
}

/* Units may be freed, outputs be taken out of `steps` and put into it, while it goes on. */
static void it_keeps_what_it_needs(void **state)
{
    struct called called[20];
    struct eval eval;

    (void)state;
    room_begin(&eval, NULL);
    for (unsigned i = 0; i < 20; i++) {
        eval.scope.steps = eval_json("{\"a\":{\"b\":[1.5,{\"c\":2}]}}");
        start(&eval, called, i, "local l = steps.a.b\n" LONG "return l[2].c + l[1]");
        rule_unit_free(eval.rules, called[i].unit);
        json_object_clear(eval.scope.steps);
        json_object_set_new(eval.scope.steps, "a", json_integer(1));
        json_decref(eval.scope.steps);
        eval.scope.steps = NULL;
    }
    turns(&eval, called, 20);
    for (unsigned i = 0; i < 20; i++)
        assert_string_equal(called[i].text, "3.5");
    eval_end(&eval);
}

/* At once, though the rules would go on for longer than any test may. */
static void what_is_given_up_leaves_nothing(void **state)
{
    const struct rules_limits limits = { .ticks = UINT64_MAX / 2, .ms = 3600000 };
    struct called called[12];
    struct eval eval;

    (void)state;
    room_begin(&eval, &limits);
    for (unsigned i = 0; i < 12; i++) {
        eval.scope.trigger = eval_json("{\"a\":{\"b\":[1.5,{\"c\":2}]}}");
        start(&eval, called, i,
              i % 2 == 0 ? "local l = trigger.a.b while true do l[2].c = 1 end"
                         : "while true do local a = ('x'):rep(1000):find('.-.-.-.-y') end");
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

/* The first true of several, and a unit of several texts. */
static void batches_are_as_ever(void **state)
{
    static const char *const texts[] = { "false", "nil",
                                         "(function() " LONG " return trigger.n end)()", "2" };
    struct rule_source sources[4];
    struct rule_unit_input input = { .sources = sources, .source_count = 4 };
    struct called called[1] = { { .times = 0 } };
    const unsigned which[] = { 0, 1, 2, 3 };
    struct eval eval;

    (void)state;
    room_begin(&eval, NULL);
    eval.scope.trigger = eval_json("{\"n\":5}");
    for (unsigned i = 0; i < 4; i++)
        sources[i] = (struct rule_source){ RULE_EXPRESSION, "node", texts[i], strlen(texts[i]) };
    called[0].unit = rule_unit_new(eval.rules, &input, eval_fault, &eval);
    assert_non_null(called[0].unit);
    rules_eval(eval.rules, called[0].unit, which, 4, RULE_ALL, &eval.scope, called_done, called, 0);
    turns(&eval, called, 1);
    assert_string_equal(called[0].text, "false");
    called[0].times = 0;
    rules_eval(eval.rules, called[0].unit, which + 2, 2, RULE_FIRST_TRUE, &eval.scope, called_done,
               called, 0);
    turns(&eval, called, 1);
    assert_string_equal(called[0].text, "5");
    stop(&eval, called, 1);
    json_decref(eval.scope.trigger);
    eval_end(&eval);
}

/* ---- the hostile scripts --------------------------------------------------------------------- */

#define ROW 16u

struct hostile {
    struct called called[ROW];
    char *text[ROW];
    char alone[ROW][sizeof(((struct called *)0)->text)];
};

/* The same, but which budget ends it first may differ: it has time of its own. */
static bool is_alike(const char *alone, const char *there)
{
    return strcmp(alone, there) == 0 ||
           (strstr(alone, "the budget of ") != NULL && strstr(there, "the budget of ") != NULL);
}

static void hostile_drop(struct eval *eval, struct hostile *all, unsigned count)
{
    turns(eval, all->called, count);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(all->called[i].times, 1);
        if (!is_alike(all->alone[i], all->called[i].text))
            fail_msg("%s\n  alone: %s\n  there: %s", all->text[i], all->alone[i],
                     all->called[i].text);
        rule_unit_free(eval->rules, all->called[i].unit);
        mem_free(all->text[i]);
    }
    eval_is(eval, "string.format('%d', 5) .. ('x'):upper() .. tostring(item)", "\"5Xnil\"");
}

static void hostile_scripts_end_there_as_here(void **state)
{
    const struct rules_limits limits = { .memory = 6 * MIB, .ticks = 200000, .ms = 60000 };
    static struct hostile all;
    struct eval eval, alone;
    DIR *folder = opendir(HOSTILE);
    struct dirent *entry;
    unsigned count = 0;

    (void)state;
    assert_non_null(folder);
    room_begin(&eval, &limits);
    eval_begin(&alone, &limits);
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
            (all.called[count].unit = compile(&alone, all.text[count], size)) == NULL) {
            mem_free(all.text[count]);
            continue;
        }
        again(&alone, all.called, count);
        assert_int_equal(all.called[count].times, 1);
        memcpy(all.alone[count], all.called[count].text, sizeof(all.alone[count]));
        rule_unit_free(alone.rules, all.called[count].unit);
        start(&eval, all.called, count, all.text[count]);
        if (++count == ROW) {
            hostile_drop(&eval, &all, count);
            count = 0;
        }
    }
    closedir(folder);
    hostile_drop(&eval, &all, count);
    json_decref(eval.scope.trigger);
    eval_end(&alone);
    eval_end(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_long_leaves_the_loop_and_what_is_short_stays),
        cmocka_unit_test(a_text_comes_back_when_it_has_become_short),
        cmocka_unit_test(it_decides_and_says_the_same_once),
        cmocka_unit_test(faults_and_budgets_are_told_as_ever),
        cmocka_unit_test(it_keeps_what_it_needs),
        cmocka_unit_test(what_is_given_up_leaves_nothing),
        cmocka_unit_test(batches_are_as_ever),
        cmocka_unit_test(hostile_scripts_end_there_as_here),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
