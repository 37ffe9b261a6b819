/* pulse.c - the last day by the hour: nothing is counted in two hours or in none, at the edges of
 * hours, at a change to summer time, and when the clock is put back or leaps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "designer-api/pulse.h"

#define HOUR INT64_C(3600)
/* 2026-03-29 00:00 UTC: an hour later clocks in Europe go from 2 to 3. */
#define NIGHT INT64_C(1774742400)

static const struct pulse_hour run = { 1, 1, 0 }, failure = { 1, 0, 1 };

static void an_hour_begins_with_its_first_second(void **state)
{
    struct pulse pulse = { 0 };

    (void)state;
    pulse_add(&pulse, NIGHT + HOUR - 1, &run);
    pulse_add(&pulse, NIGHT + HOUR, &failure);
    assert_int_equal(pulse.hour_s, NIGHT + HOUR);
    assert_int_equal(pulse.hours[22].succeeded, 1);
    assert_int_equal(pulse.hours[22].failed, 0);
    assert_int_equal(pulse.hours[23].succeeded, 0);
    assert_int_equal(pulse.hours[23].failed, 1);
    assert_int_equal(pulse_sum(&pulse).runs, 2);
}

static void a_day_has_24_hours_also_when_clocks_change(void **state)
{
    struct pulse pulse = { 0 };

    (void)state;
    for (int64_t at = NIGHT - 12 * HOUR; at < NIGHT + 12 * HOUR; at += HOUR / 4)
        pulse_add(&pulse, at, &run);
    for (unsigned i = 0; i < PULSE_HOURS; i++)
        assert_int_equal(pulse.hours[i].runs, 4);
}

static void what_is_a_day_old_goes_hour_by_hour(void **state)
{
    struct pulse pulse = { 0 };

    (void)state;
    pulse_add(&pulse, NIGHT, &run);
    pulse_move(&pulse, NIGHT + 24 * HOUR - 1);
    assert_int_equal(pulse.hours[0].runs, 1);
    pulse_move(&pulse, NIGHT + 24 * HOUR);
    assert_int_equal(pulse_sum(&pulse).runs, 0);
    pulse_add(&pulse, NIGHT, &run); /* told late: it is of no hour that is shown */
    assert_int_equal(pulse_sum(&pulse).runs, 0);
    pulse_add(&pulse, NIGHT + HOUR, &run);
    assert_int_equal(pulse.hours[0].runs, 1);
}

static void a_clock_that_is_put_back_or_leaps_moves_nothing_to_another_hour(void **state)
{
    struct pulse pulse = { 0 };

    (void)state;
    pulse_add(&pulse, NIGHT + 5 * HOUR, &run);
    pulse_move(&pulse, NIGHT);
    pulse_add(&pulse, NIGHT + 2 * HOUR, &failure);
    assert_int_equal(pulse.hour_s, NIGHT + 5 * HOUR);
    assert_int_equal(pulse.hours[20].failed, 1);
    assert_int_equal(pulse.hours[23].succeeded, 1);
    pulse_move(&pulse, NIGHT + 1000000 * HOUR);
    assert_int_equal(pulse_sum(&pulse).runs, 0);
}

static void two_places_of_a_flow_are_added_up_hour_by_hour(void **state)
{
    struct pulse one = { 0 }, other = { 0 }, early = { 0 };

    (void)state;
    pulse_add(&one, NIGHT + HOUR, &run);
    pulse_add(&one, NIGHT + 2 * HOUR, &run);
    pulse_add(&other, NIGHT + HOUR, &failure);
    pulse_add(&early, NIGHT - 23 * HOUR, &run); /* of the day before the last one's */
    pulse_merge(&other, &one);
    pulse_merge(&other, &early);
    assert_int_equal(other.hour_s, NIGHT + 2 * HOUR);
    assert_int_equal(other.hours[22].runs, 2);
    assert_int_equal(other.hours[22].failed, 1);
    assert_int_equal(other.hours[23].runs, 1);
    assert_int_equal(pulse_sum(&other).runs, 3);
    assert_int_equal(pulse_sum(&one).runs, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_begins_with_its_first_second),
        cmocka_unit_test(a_day_has_24_hours_also_when_clocks_change),
        cmocka_unit_test(what_is_a_day_old_goes_hour_by_hour),
        cmocka_unit_test(a_clock_that_is_put_back_or_leaps_moves_nothing_to_another_hour),
        cmocka_unit_test(two_places_of_a_flow_are_added_up_hour_by_hour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
