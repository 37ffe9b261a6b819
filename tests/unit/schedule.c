/* schedule.c - slots and cursors, with a clock that stands still and a store in memory. Runs are
 * only asked for here: spawn_run() of this file stands in for the engine's, and decides what
 * becomes of them. */
#include "schedule_yard.h"

static void each_slot_fires_once(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:30.000Z");
    put_cron("0 6 * * *", "America/New_York", MISFIRE_ONCE);
    yard_live(6 * HOUR);
    EXPECT("2026-11-21T11:00:00.000Z");
    yard_settle();
    yard_settle();
    EXPECT("2026-11-21T11:00:00.000Z");
    yard_live(2 * DAY);
    EXPECT("2026-11-21T11:00:00.000Z", "2026-11-22T11:00:00.000Z", "2026-11-23T11:00:00.000Z");
    assert_string_equal(json_get_text(yard->last, "slot"), "2026-11-23T11:00:00.000Z");
    assert_string_equal(json_get_text(yard->last, "scheduled_at"), "2026-11-23T06:00:00-05:00");
    assert_string_equal(json_get_text(yard->last, "previous"), "2026-11-22T11:00:00.000Z");
    yard_close();
}

static void it_fires_at_the_slot_and_not_before(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:59:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_ONCE);
    assert_true(schedules_due(&yard->engine) <= yard->clock.steady + MINUTE);
    yard_wait(MINUTE - 1);
    assert_int_equal(yard->runs, 0);
    yard_wait(1);
    assert_int_equal(yard->runs, 1);
    assert_true(json_is_null(json_object_get(yard->last, "previous")));
    yard_close();
}

static void intervals_stand_on_the_epoch(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:07:30.000Z");
    put_every(15 * MINUTE, MISFIRE_ALL);
    yard_live(30 * MINUTE);
    EXPECT("2026-11-21T05:15:00.000Z", "2026-11-21T05:30:00.000Z");
    yard_close();
}

static void a_slot_left_out_fires_at_the_change(void **state)
{
    (void)state;
    yard_open("2026-03-07T12:00:00.000Z");
    put_cron("30 2 * * *", "America/New_York", MISFIRE_ALL);
    yard_live(2 * DAY);
    EXPECT("2026-03-08T07:00:00.000Z", "2026-03-09T06:30:00.000Z");
    yard_close();
    yard_open("2026-03-08T06:00:00.000Z"); /* several slots of the hour are one */
    put_cron("*/20 * * * *", "America/New_York", MISFIRE_ALL);
    yard_live(HOUR + 30 * MINUTE);
    EXPECT("2026-03-08T06:20:00.000Z", "2026-03-08T06:40:00.000Z", "2026-03-08T07:00:00.000Z",
           "2026-03-08T07:20:00.000Z");
    yard_close();
}

static void a_slot_that_comes_twice_fires_the_first_time(void **state)
{
    (void)state;
    yard_open("2026-10-31T12:00:00.000Z");
    put_cron("30 1 * * *", "America/New_York", MISFIRE_ALL);
    yard_live(2 * DAY);
    EXPECT("2026-11-01T05:30:00.000Z", "2026-11-02T06:30:00.000Z");
    yard_close();
    yard_open("2026-11-01T05:50:00.000Z"); /* 01:50, ten minutes before it is 01:00 again */
    put_cron("*/30 * * * *", "America/New_York", MISFIRE_ALL);
    yard_live(2 * HOUR);
    EXPECT("2026-11-01T07:00:00.000Z", "2026-11-01T07:30:00.000Z");
    yard_restart(0); /* also when it starts within that hour */
    yard_close();
    yard_open("2026-11-01T06:10:00.000Z");
    put_cron("30 1 * * *", "America/New_York", MISFIRE_ALL);
    yard_live(2 * HOUR);
    assert_int_equal(yard->runs, 0);
    yard_close();
}

static void missed_slots_by_policy(void **state)
{
    static const struct {
        enum node_misfire misfire;
        size_t runs;
        const char *last;
    } rows[] = {
        { MISFIRE_SKIP, 1, "schedule/tick/2026-11-21T06:00:00.000Z" },
        { MISFIRE_ONCE, 2, "schedule/tick/2026-11-24T06:00:00.000Z" },
        { MISFIRE_ALL, 4, "schedule/tick/2026-11-24T06:00:00.000Z" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        yard_open("2026-11-21T05:00:00.000Z");
        put_cron("0 6 * * *", NULL, rows[i].misfire);
        yard_live(2 * HOUR);
        yard_restart(3 * DAY);
        yard_settle();
        assert_int_equal(yard->runs, rows[i].runs);
        assert_string_equal(yard->keys[yard->runs - 1], rows[i].last);
        yard_live(DAY); /* and then as ever */
        assert_int_equal(yard->runs, rows[i].runs + 1);
        assert_string_equal(yard->keys[yard->runs - 1], "schedule/tick/2026-11-25T06:00:00.000Z");
        yard_close();
    }
}

static void a_slot_that_is_just_due_is_not_missed(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_SKIP);
    yard_settle();
    yard_restart(HOUR + 59000);
    yard_settle();
    EXPECT("2026-11-21T06:00:00.000Z");
    yard_restart(DAY + 2000); /* 61 s late */
    yard_settle();
    EXPECT("2026-11-21T06:00:00.000Z");
    yard_close();
}

static void all_has_a_bound(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_every(MINUTE, MISFIRE_ALL);
    yard_settle();
    yard_restart(5 * DAY);
    yard_settle();
    assert_int_equal(yard->runs, SCHEDULE_ALL_MAX + 1);
    assert_string_equal(yard->keys[SCHEDULE_ALL_MAX - 1], "schedule/tick/2026-11-21T21:40:00.000Z");
    assert_string_equal(yard->keys[SCHEDULE_ALL_MAX], "schedule/tick/2026-11-26T05:00:00.000Z");
    assert_int_equal(yard->warnings, 1);
    yard_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_slot_fires_once),
        cmocka_unit_test(it_fires_at_the_slot_and_not_before),
        cmocka_unit_test(intervals_stand_on_the_epoch),
        cmocka_unit_test(a_slot_left_out_fires_at_the_change),
        cmocka_unit_test(a_slot_that_comes_twice_fires_the_first_time),
        cmocka_unit_test(missed_slots_by_policy),
        cmocka_unit_test(a_slot_that_is_just_due_is_not_missed),
        cmocka_unit_test(all_has_a_bound),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
