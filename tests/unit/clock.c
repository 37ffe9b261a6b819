/* clock.c - moments as text over the whole calendar, and a clock that stands still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"

static void moments_read_as_the_calendar_says(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        { 0, "1970-01-01T00:00:00.000Z" },
        { -1, "1969-12-31T23:59:59.999Z" },
        { 951782400000, "2000-02-29T00:00:00.000Z" },
        { 951868799999, "2000-02-29T23:59:59.999Z" },
        { 1709164800000, "2024-02-29T00:00:00.000Z" },
        { 1795251783123, "2026-11-21T09:03:03.123Z" },
        { 4107542399999, "2100-02-28T23:59:59.999Z" }, /* 2100 is no leap year */
        { 4107542400000, "2100-03-01T00:00:00.000Z" },
        { -62167219200000, "0000-01-01T00:00:00.000Z" },
        { 253402300799999, "9999-12-31T23:59:59.999Z" },
        { INT64_MIN, "0000-01-01T00:00:00.000Z" },
        { INT64_MAX, "9999-12-31T23:59:59.999Z" },
    };
    char text[CLOCK_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        clock_text(cases[i].ms, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void every_day_agrees_with_the_library(void **state)
{
    char text[CLOCK_TEXT];
    char wanted[64];

    (void)state;
    for (int64_t day = -719528; day <= 2932896; day += 13) {
        time_t seconds = day * 86400 + (day & 0xFFFF);
        struct tm tm;

        assert_non_null(gmtime_r(&seconds, &tm));
        snprintf(wanted, sizeof(wanted), "%04d-%02d-%02dT%02d:%02d:%02d.007Z", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        clock_text((int64_t)seconds * 1000 + 7, text);
        assert_string_equal(text, wanted);
    }
}

static void a_manual_clock_moves_by_hand_only(void **state)
{
    struct clock_manual manual;
    struct clock *clock = &manual.clock;

    (void)state;
    clock_manual_init(&manual, 1000);
    assert_int_equal(clock->wall_ms(clock), 1000);
    assert_int_equal(clock->steady_ms(clock), 0);
    clock_manual_add(&manual, 86400000);
    assert_int_equal(clock->wall_ms(clock), 86401000);
    assert_int_equal(clock->steady_ms(clock), 86400000);
}

static void a_deadline_is_over_by_either_clock(void **state)
{
    struct clock_manual manual;
    struct deadline until = { 1060, 60 }, wall = { 1060, INT64_MAX }, none = { 0, 60 };

    (void)state;
    clock_manual_init(&manual, 1000);
    clock_manual_add(&manual, 60);
    assert_false(clock_is_past(&manual.clock, &until));
    manual.wall++; /* it slept */
    assert_true(clock_is_past(&manual.clock, &until));
    assert_true(clock_is_past(&manual.clock, &wall));
    manual.wall = 0; /* it was set back */
    manual.steady++;
    assert_true(clock_is_past(&manual.clock, &until));
    assert_false(clock_is_past(&manual.clock, &wall));
    assert_false(clock_is_past(&manual.clock, &none));
    until = deadline_earlier(&until, 10);
    assert_int_equal(until.wall_ms, 1050);
    assert_int_equal(until.steady_ms, 50);
    wall = deadline_earlier(&wall, 10);
    assert_int_equal(wall.steady_ms, INT64_MAX);
    assert_int_equal(deadline_earlier(&none, 10).wall_ms, 0);
}

static void the_real_clock_is_the_kernels(void **state)
{
    struct clock *clock = clock_real();
    struct timespec before;
    struct timespec after;
    int64_t now;

    (void)state;
    clock_gettime(CLOCK_REALTIME, &before);
    now = clock->wall_ms(clock);
    clock_gettime(CLOCK_REALTIME, &after);
    assert_true(now >= (int64_t)before.tv_sec * 1000 + before.tv_nsec / 1000000);
    assert_true(now <= (int64_t)after.tv_sec * 1000 + after.tv_nsec / 1000000);
    now = clock->steady_ms(clock);
    assert_true(clock->steady_ms(clock) >= now);
    assert_ptr_equal(clock_real(), clock);
    assert_int_not_equal(clock->boot, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_read_as_the_calendar_says),
        cmocka_unit_test(every_day_agrees_with_the_library),
        cmocka_unit_test(a_manual_clock_moves_by_hand_only),
        cmocka_unit_test(a_deadline_is_over_by_either_clock),
        cmocka_unit_test(the_real_clock_is_the_kernels),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
