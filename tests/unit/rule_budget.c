/* rule_budget.c - what an evaluation may use up is its own: on the loop and in the other room; the
 * error of a budget says what to change, and how far that goes. */
#include <sched.h>

#include "rule_eval.h"
#include "rules/rule_room.h"

#define COUNT(n) "local n = 0 for i = 1, " #n " do n = n + 1 end return n"

static struct rule_allowance allowance_of(uint64_t ticks, uint64_t ticks_most)
{
    return (struct rule_allowance){ .has = { ticks, 60000, 8 * MIB },
                                    .most = { ticks_most, 60000, 8 * MIB } };
}

static void evaluations_have_their_own(void **state)
{
    const struct rule_allowance small = allowance_of(100000, 1000000);
    const struct rule_allowance large = allowance_of(1000000, 1000000);
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    eval.scope.allowance = &small;
    (void)eval_script(&eval, COUNT(200000));
    assert_true(eval.failed);
    assert_non_null(strstr(eval.text,
                           "the budget of instructions (100000) is used up; raise it by "
                           "settings.budget.instructions of the flow, to at most 1000000 (the "
                           "setting rule_instructions_most, an administrator's)"));
    eval.scope.allowance = &large;
    (void)eval_script(&eval, COUNT(200000));
    assert_string_equal(eval.text, "200000");
    (void)eval_script(&eval, "while true do end");
    assert_non_null(strstr(eval.text, "(1000000) is used up; it is all that the setting "
                                      "rule_instructions_most allows: an administrator raises "
                                      "that, then settings.budget.instructions of the flow"));
    eval.scope.allowance = NULL; /* and nothing of it stays */
    (void)eval_script(&eval, "while true do end");
    assert_non_null(strstr(eval.text, "(5000000) is used up"));
    eval_end(&eval);
}

static void each_budget_names_its_place(void **state)
{
    static const char fills[] = "local t = {} while true do t[#t + 1] = { #t } end";
    struct rule_allowance own = { .has = { 500000000, 10000, 4 * MIB },
                                  .most = { 500000000, 10000, 8 * MIB } };
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    eval.scope.allowance = &own;
    (void)eval_script(&eval, fills);
    assert_non_null(strstr(eval.text, "the budget of memory (4 MiB) is used up; raise it by "
                                      "settings.budget.memory_mib of the flow, to at most 8 MiB "
                                      "(the setting rule_memory_mib_most, "));
    own.share = true;
    (void)eval_script(&eval, fills);
    assert_non_null(strstr(eval.text, "(4 MiB) is used up; it is a part of what the rules of flows "
                                      "have: an administrator raises it by the setting "
                                      "rule_memory_mib"));
    own = (struct rule_allowance){ .has = { 500000000, 10000, 128 * MIB },
                                   .most = { 500000000, 10000, 128 * MIB } };
    (void)eval_script(&eval, "text.rep = nil");
    assert_true(eval.failed);
    (void)eval_script(&eval, "local s = ('x'):rep(1000000) while true do s = s .. s end");
    assert_non_null(strstr(eval.text, "longer than 8388608 bytes, and no setting allows more"));
    eval_end(&eval);
}

static void ring(void *arg)
{
    (void)arg;
}

/* Which text of these ran last, in a room: what the loop gave it goes with it. */
static void they_go_along_to_the_other_room(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    rules_room(eval.rules, ring, NULL);
    for (int round = 0; round < 4; round++) {
        struct rule_allowance own = allowance_of(round % 2 == 0 ? 300000 : 3000000, 4000000);
        struct rule_source source = { RULE_SCRIPT, "node map", COUNT(1000000),
                                      sizeof(COUNT(1000000)) - 1 };
        struct rule_unit_input input = { &source, 1, NULL, 0, NULL };
        struct rule_unit *unit = rule_unit_new(eval.rules, &input, eval_fault, &eval);
        const unsigned which = 0;

        eval.scope.allowance = &own;
        eval.text[0] = '\0';
        rules_eval(eval.rules, unit, &which, 1, RULE_ALL, &eval.scope, eval_done, &eval, 7);
        memset(&own, 0, sizeof(own)); /* it was copied */
        while (eval.text[0] == '\0') {
            sched_yield();
            rules_turn(eval.rules);
        }
        assert_int_equal(eval.failed, round % 2 == 0);
        if (eval.failed)
            assert_non_null(strstr(eval.text, "(300000) is used up; raise it"));
        else
            assert_string_equal(eval.text, "1000000");
        rule_unit_free(eval.rules, unit);
    }
    eval_end(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluations_have_their_own),
        cmocka_unit_test(each_budget_names_its_place),
        cmocka_unit_test(they_go_along_to_the_other_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
