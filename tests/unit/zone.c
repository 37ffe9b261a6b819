/* zone.c - local times there and back, over clock changes of three kinds: of the north, of half an
 * hour in the south, and of a whole day. Expected moments are those of the IANA database, as zdump
 * gives them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "rules/zone.h"

static struct zone *zone_of(const char *name)
{
    struct err e;
    struct zone *zone = zone_open(name, &e);

    if (zone == NULL)
        fail_msg("%s", e.text);
    return zone;
}

/* "2026-03-08 02:30" */
static struct cron_time local_of(const char *text)
{
    struct cron_time local = { 0 };
    int *fields[] = { &local.year, &local.month, &local.day, &local.hour, &local.minute };
    size_t field = 0;

    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            field++;
        else
            *fields[field] = *fields[field] * 10 + (*text - '0');
    }
    return local;
}

struct moment {
    const char *zone, *local, *utc;
};

static void expect_moments(const struct moment *list, size_t count)
{
    char text[CLOCK_TEXT];

    for (size_t i = 0; i < count; i++) {
        struct zone *zone = zone_of(list[i].zone);

        clock_text(zone_moment(zone, local_of(list[i].local)), text);
        if (strcmp(text, list[i].utc) != 0)
            fail_msg("%s in %s is %s, not %s", list[i].local, list[i].zone, text, list[i].utc);
        zone_close(zone);
    }
}

static void ordinary_times(void **state)
{
    static const struct moment list[] = {
        { NULL, "2026-11-21 09:30", "2026-11-21T09:30:00.000Z" },
        { "UTC", "1970-01-01 00:00", "1970-01-01T00:00:00.000Z" },
        { "America/New_York", "2026-01-15 06:00", "2026-01-15T11:00:00.000Z" },
        { "America/New_York", "2026-07-15 06:00", "2026-07-15T10:00:00.000Z" },
        { "Europe/Berlin", "2026-01-15 06:00", "2026-01-15T05:00:00.000Z" },
        { "Australia/Lord_Howe", "2026-07-15 12:00", "2026-07-15T01:30:00.000Z" },
        { "+02:00", "2026-07-15 12:00", "2026-07-15T10:00:00.000Z" },
        { "-09:30", "2026-07-15 12:00", "2026-07-15T21:30:00.000Z" },
        { "Asia/Kathmandu", "2026-07-15 12:00", "2026-07-15T06:15:00.000Z" },
        /* behind the end of 32 bits of seconds, and far behind it */
        { "America/New_York", "2038-01-19 12:00", "2038-01-19T17:00:00.000Z" },
        { "America/New_York", "2045-07-01 12:00", "2045-07-01T16:00:00.000Z" },
        { "Europe/Berlin", "2099-07-01 12:00", "2099-07-01T10:00:00.000Z" },
        { "Europe/Berlin", "9999-12-31 23:59", "9999-12-31T22:59:00.000Z" },
    };

    (void)state;
    expect_moments(list, sizeof list / sizeof list[0]);
}

static void a_time_left_out_is_the_moment_of_the_change(void **state)
{
    static const struct moment list[] = {
        { "America/New_York", "2026-03-08 01:59", "2026-03-08T06:59:00.000Z" },
        { "America/New_York", "2026-03-08 02:00", "2026-03-08T07:00:00.000Z" },
        { "America/New_York", "2026-03-08 02:30", "2026-03-08T07:00:00.000Z" },
        { "America/New_York", "2026-03-08 02:59", "2026-03-08T07:00:00.000Z" },
        { "America/New_York", "2026-03-08 03:00", "2026-03-08T07:00:00.000Z" },
        { "America/New_York", "2026-03-08 03:01", "2026-03-08T07:01:00.000Z" },
        { "Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:00:00.000Z" },
        { "Europe/Berlin", "2040-03-25 02:30", "2040-03-25T01:00:00.000Z" },
        { "Australia/Lord_Howe", "2026-10-04 01:59", "2026-10-03T15:29:00.000Z" },
        { "Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:30:00.000Z" },
        { "Australia/Lord_Howe", "2026-10-04 02:30", "2026-10-03T15:30:00.000Z" },
        { "Australia/Lord_Howe", "2026-10-04 02:31", "2026-10-03T15:31:00.000Z" },
        /* a whole day that never was */
        { "Pacific/Apia", "2011-12-30 12:00", "2011-12-30T10:00:00.000Z" },
    };

    (void)state;
    expect_moments(list, sizeof list / sizeof list[0]);
}

static void a_time_that_comes_twice_is_its_first_coming(void **state)
{
    static const struct moment list[] = {
        { "America/New_York", "2026-11-01 00:59", "2026-11-01T04:59:00.000Z" },
        { "America/New_York", "2026-11-01 01:00", "2026-11-01T05:00:00.000Z" },
        { "America/New_York", "2026-11-01 01:30", "2026-11-01T05:30:00.000Z" },
        { "America/New_York", "2026-11-01 02:00", "2026-11-01T07:00:00.000Z" },
        { "Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00.000Z" },
        { "Europe/Berlin", "2026-10-25 03:00", "2026-10-25T02:00:00.000Z" },
        { "Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00.000Z" },
        { "Australia/Lord_Howe", "2026-04-05 02:00", "2026-04-04T15:30:00.000Z" },
    };

    (void)state;
    expect_moments(list, sizeof list / sizeof list[0]);
}

static void moments_have_a_local_minute(void **state)
{
    struct zone *zone = zone_of("America/New_York");
    struct cron_time local;
    char text[ZONE_TEXT];
    /* 2026-11-01T06:30:59.999Z, the second 01:30 of that night */
    int64_t second = INT64_C(1793514659999);

    (void)state;
    zone_local(zone, second, &local);
    assert_int_equal(local.year, 2026);
    assert_int_equal(local.month, 11);
    assert_int_equal(local.day, 1);
    assert_int_equal(local.hour, 1);
    assert_int_equal(local.minute, 30);
    zone_text(zone, second, text);
    assert_string_equal(text, "2026-11-01T01:30:59-05:00");
    zone_text(zone, second - 3600000, text);
    assert_string_equal(text, "2026-11-01T01:30:59-04:00");
    zone_close(zone);
    zone = zone_of("Australia/Lord_Howe");
    zone_text(zone, INT64_C(1783560600000), text);
    assert_string_equal(text, "2026-07-09T12:00:00+10:30");
    zone_close(zone);
}

/* Whatever minute of a year: its local time leads back to it, or, of a pair, to the first. */
static void minutes_of_a_year_there_and_back(void **state)
{
    static const char *const names[] = { "America/New_York", "Europe/Berlin",
                                         "Australia/Lord_Howe" };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct zone *zone = zone_of(names[i]);
        int64_t start = INT64_C(2145916800000); /* 2038-01-01 */
        unsigned twice = 0;

        for (int64_t at = start; at < start + INT64_C(366) * 86400000; at += 15 * 60000) {
            struct cron_time local;
            int64_t back;

            zone_local(zone, at, &local);
            back = zone_moment(zone, local);
            assert_true(back == at || back == at - 1800000 || back == at - 3600000);
            twice += back != at;
        }
        assert_int_equal(twice, i == 2 ? 2 : 4);
        zone_close(zone);
    }
}

static void unknown_zones_are_refused(void **state)
{
    static const char far_too_long[] =
        "America/New_York/America/New_York/America/New_York/America/New_York";
    const char *const names[] = { "",         "Europe/Atlantis", "EST5EDT6",
                                  "+2 hours", "K\xc3\xb6ln",     far_too_long };
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_null(zone_open(names[i], &e));
        assert_int_equal(e.code, ERR_INVALID);
        assert_non_null(strstr(e.text, "Europe/Vienna"));
    }
    zone_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_times),
        cmocka_unit_test(a_time_left_out_is_the_moment_of_the_change),
        cmocka_unit_test(a_time_that_comes_twice_is_its_first_coming),
        cmocka_unit_test(moments_have_a_local_minute),
        cmocka_unit_test(minutes_of_a_year_there_and_back),
        cmocka_unit_test(unknown_zones_are_refused),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
