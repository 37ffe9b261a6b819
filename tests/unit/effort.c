/* effort.c - work that is kept from the processor goes on until it has had its part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/effort.h"

struct two_clocks {
    struct clock clock; /* first */
    int64_t steady, thread;
};

static int64_t two_steady(struct clock *clock)
{
    return ((struct two_clocks *)clock)->steady;
}

static int64_t two_thread(struct clock *clock)
{
    return ((struct two_clocks *)clock)->thread;
}

static bool over(int64_t passed, int64_t worked)
{
    struct two_clocks clocks = {
        .clock = { .steady_ms = two_steady, .thread_ms = two_thread },
        .steady = 1000,
        .thread = 77,
    };
    struct effort effort;

    effort_begin(&effort, &clocks.clock, 15);
    clocks.steady += passed;
    clocks.thread += worked;
    return effort_over(&effort);
}

static void it_ends_when_it_had_all(void **state)
{
    (void)state;
    assert_false(over(0, 0));
    assert_false(over(14, 14));
    assert_true(over(15, 15));
    assert_true(over(29, 15));
}

static void it_ends_with_a_third_when_it_is_late(void **state)
{
    (void)state;
    assert_false(over(29, 14));
    assert_false(over(30, 4));
    assert_true(over(30, 5));
}

static void who_starves_goes_on_and_not_for_ever(void **state)
{
    (void)state;
    assert_false(over(599, 4));
    assert_true(over(600, 0));
}

static void the_real_clock_counts_this_thread(void **state)
{
    struct clock *clock = clock_real();
    int64_t began = clock->thread_ms(clock);
    volatile unsigned turns = 0;

    (void)state;
    while (clock->thread_ms(clock) < began + 3)
        turns = turns + 1;
    assert_true(turns > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_when_it_had_all),
        cmocka_unit_test(it_ends_with_a_third_when_it_is_late),
        cmocka_unit_test(who_starves_goes_on_and_not_for_ever),
        cmocka_unit_test(the_real_clock_counts_this_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
