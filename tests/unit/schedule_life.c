/* schedule_life.c - crashes, refusals, jumps of the clock, other versions of the flow. */
#include "schedule_yard.h"

static void a_crash_between_loses_and_doubles_nothing(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_ONCE);
    clock_manual_add(&yard->clock, HOUR);
    yard_moment();
    schedules_turn(&yard->engine);
    assert_true(yard->asked.open); /* asked for, not committed: */
    yard_restart(10 * MINUTE);
    assert_int_equal(yard->runs, 0);
    yard_settle();
    EXPECT("2026-11-21T06:00:00.000Z");
    yard_restart(0); /* committed: the cursor with it */
    yard_settle();
    yard_live(HOUR);
    EXPECT("2026-11-21T06:00:00.000Z");
    yard_close();
}

/* The schedule was armed, and the process ends before its first slot. */
static void the_first_slot_is_missed_like_any_other(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_ONCE);
    yard_restart(DAY);
    yard_settle();
    EXPECT("2026-11-21T06:00:00.000Z");
    yard_close();
    /* the store was full when it was armed: the cursor is written again */
    yard_open("2026-11-21T05:00:00.000Z");
    yard->lost = true;
    put_cron("0 6 * * *", NULL, MISFIRE_ONCE);
    yard_live(10 * MINUTE);
    yard->lost = false;
    yard_live(10 * MINUTE);
    yard_restart(DAY);
    yard_settle();
    EXPECT("2026-11-21T06:00:00.000Z");
    yard_close();
}

static void what_is_refused_is_tried_again(void **state)
{
    static const enum err_code codes[] = { ERR_OVERLOAD, ERR_STORE, ERR_INVALID };

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        yard_open("2026-11-21T05:59:00.000Z");
        put_cron("* * * * *", NULL, MISFIRE_SKIP);
        yard->refuse = codes[i];
        yard_live(3 * MINUTE + 1000);
        assert_int_equal(yard->runs, 0);
        assert_int_equal(yard->warnings, 1);
        yard->refuse = ERR_OK;
        yard_live(2 * MINUTE);
        /* the refused one comes, however late; those behind it are missed by the policy */
        assert_true(yard->runs >= 2);
        assert_string_equal(yard->keys[0], "schedule/tick/2026-11-21T06:00:00.000Z");
        yard_close();
    }
    yard_open("2026-11-21T05:59:00.000Z"); /* the newest of those missed is refused */
    put_cron("* * * * *", NULL, MISFIRE_ONCE);
    yard_settle();
    yard_restart(10 * MINUTE);
    yard->refuse = ERR_OVERLOAD;
    yard_settle();
    yard->refuse = ERR_OK;
    yard_live(5000);
    EXPECT("2026-11-21T06:09:00.000Z");
    yard_close();
}

static void a_refused_run_does_not_spin(void **state)
{
    (void)state;
    yard_open("2026-11-21T06:00:00.000Z");
    put_every(MINUTE, MISFIRE_ALL);
    yard->refuse = ERR_OVERLOAD;
    yard_wait(MINUTE);
    yard_live(20 * 1000);
    assert_int_equal(yard->asks, 21); /* a second each: it never ends, and never hurries */
    yard_close();
    yard_open("2026-11-21T06:00:00.000Z");
    put_every(MINUTE, MISFIRE_ALL);
    yard->refuse = ERR_INVALID; /* the flow's own fault: more and more seldom */
    yard_wait(MINUTE);
    yard_live(HOUR);
    assert_in_range(yard->asks, 60, 70);
    yard_close();
}

static void the_clock_jumps(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_ONCE);
    yard_live(2 * HOUR);
    EXPECT("2026-11-21T06:00:00.000Z");
    yard->clock.wall -= 90 * MINUTE; /* back before the slot */
    yard_live(HOUR);
    EXPECT("2026-11-21T06:00:00.000Z");
    yard->clock.wall += 5 * DAY; /* forward: missed */
    yard_live(MINUTE);
    EXPECT("2026-11-21T06:00:00.000Z", "2026-11-26T06:00:00.000Z");
    yard->clock.wall += 3653 * DAY;
    yard_live(MINUTE);
    assert_int_equal(yard->runs, 3);
    yard->clock.wall -= 3658 * DAY; /* all the way back: each slot once, still */
    yard_live(2 * MINUTE);
    assert_int_equal(yard->runs, 3);
    yard_live(2 * DAY);
    assert_int_equal(yard->runs, 5);
    assert_string_equal(yard->keys[3], "schedule/tick/2026-11-22T06:00:00.000Z");
    assert_string_equal(yard->keys[4], "schedule/tick/2026-11-23T06:00:00.000Z");
    yard_close();
}

static void another_version_with_the_same_times_keeps_the_cursor(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_SKIP);
    yard_live(30 * MINUTE);
    clock_manual_add(&yard->clock, 45 * MINUTE); /* the slot passes unseen */
    yard_moment();
    put_cron("0 6 * * *", NULL, MISFIRE_ONCE);
    yard_settle();
    EXPECT("2026-11-21T06:00:00.000Z");
    /* another line starts from now: its slots of before are not missed */
    clock_manual_add(&yard->clock, DAY);
    yard_moment();
    put_cron("0 5 * * *", NULL, MISFIRE_ALL);
    yard_settle();
    assert_int_equal(yard->runs, 1);
    yard_live(DAY);
    assert_int_equal(yard->runs, 2);
    assert_string_equal(yard->keys[1], "schedule/tick/2026-11-23T05:00:00.000Z");
    yard_restart(DAY); /* and the restart knows which line the cursor is of */
    yard_settle();
    assert_int_equal(yard->runs, 3);
    yard_close();
}

static void a_flow_taken_out_is_silent(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_ALL);
    clock_manual_add(&yard->clock, HOUR);
    yard_moment();
    schedules_turn(&yard->engine);
    assert_true(yard->asked.open);
    schedules_remove(&yard->engine, &yard->deployment);
    asked_answer(); /* the run that was on its way is accepted, nobody minds */
    yard_live(3 * DAY);
    EXPECT("2026-11-21T06:00:00.000Z");
    assert_true(schedules_due(&yard->engine) == INT64_MAX);
    yard_close();
    /* when it comes back, it begins from now */
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_ALL);
    yard_settle();
    schedules_remove(&yard->engine, &yard->deployment);
    assert_int_equal(yard->facts.count, 0);
    yard_wait(3 * DAY);
    put_cron("0 6 * * *", NULL, MISFIRE_ALL);
    yard_settle();
    assert_int_equal(yard->runs, 0);
    yard_close();
}

static void nodes_that_go_and_are_disabled(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    yard->flow.node_count = 2;
    yard->schedules[1] = (struct node_schedule){ .every_ms = HOUR, .misfire = MISFIRE_ALL };
    put_cron("30 6 * * *", NULL, MISFIRE_ALL);
    assert_int_equal(yard->facts.count, 2);
    yard_live(2 * HOUR);
    assert_int_equal(yard->runs, 3);
    yard->nodes[1].disabled = true;
    put_cron("30 6 * * *", NULL, MISFIRE_ALL);
    assert_int_equal(yard->facts.count, 1);
    yard_live(2 * HOUR);
    assert_int_equal(yard->runs, 3);
    yard->flow.node_count = 0;
    schedules_put(&yard->engine, &yard->deployment);
    assert_int_equal(yard->facts.count, 0);
    yard_close();
}

static void while_it_drains_nothing_fires(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_ALL);
    yard->engine.draining = true;
    yard_wait(2 * HOUR);
    assert_int_equal(yard->runs, 0);
    assert_true(schedules_due(&yard->engine) == INT64_MAX);
    yard_close();
}

static void zones_are_checked_at_deploy(void **state)
{
    struct faults faults;

    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    faults_init(&faults);
    yard->schedules[0] = (struct node_schedule){ .cron = "0 6 * * *", .zone = "Europe/Berlin" };
    assert_true(schedules_check(&yard->flow, "flow.json", &faults));
    yard->schedules[0].zone = "Europe/Atlantis";
    assert_false(schedules_check(&yard->flow, "flow.json", &faults));
    assert_int_equal(faults.errors, 1);
    assert_string_equal(faults.list[0].pointer, "/nodes/0/config/zone");
    assert_non_null(strstr(faults.list[0].text, "Europe/Atlantis"));
    faults_fini(&faults);
    yard_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_between_loses_and_doubles_nothing),
        cmocka_unit_test(the_first_slot_is_missed_like_any_other),
        cmocka_unit_test(what_is_refused_is_tried_again),
        cmocka_unit_test(a_refused_run_does_not_spin),
        cmocka_unit_test(the_clock_jumps),
        cmocka_unit_test(another_version_with_the_same_times_keeps_the_cursor),
        cmocka_unit_test(a_flow_taken_out_is_silent),
        cmocka_unit_test(nodes_that_go_and_are_disabled),
        cmocka_unit_test(while_it_drains_nothing_fires),
        cmocka_unit_test(zones_are_checked_at_deploy),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
