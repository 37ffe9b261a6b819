/* cron.c - schedules of five fields: what they mean, what is refused and why, the next minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/cron.h"

static struct cron parsed(const char *text)
{
    struct cron cron;
    struct err e;

    if (cron_parse(&cron, text, &e) != ERR_OK)
        fail_msg("%s: %s", text, e.text);
    return cron;
}

/* "2026-11-21 09:03" */
static struct cron_time at(const char *text)
{
    int n[5] = { 0 }, i = 0;

    for (const char *c = text; *c != '\0'; c++) {
        if (*c >= '0' && *c <= '9')
            n[i] = n[i] * 10 + (*c - '0');
        else
            i++;
    }
    assert_int_equal(i, 4);
    return (struct cron_time){ n[0], n[1], n[2], n[3], n[4] };
}

static void show(const struct cron_time *t, char text[32])
{
    snprintf(text, 32, "%04d-%02d-%02d %02d:%02d", t->year % 10000, t->month % 100, t->day % 100,
             t->hour % 100, t->minute % 100);
}

static void comes(const char *text, const char *from, const char *wanted)
{
    struct cron cron = parsed(text);
    struct cron_time next;
    char is[32] = "never";

    if (cron_next(&cron, at(from), &next)) {
        show(&next, is);
        assert_true(cron_fits(&cron, next));
    }
    if (strcmp(is, wanted) != 0)
        fail_msg("\"%s\" after %s: wanted %s, is %s", text, from, wanted, is);
}

static void test_fields_become_sets(void **state)
{
    struct cron cron = parsed("0,30 8-18/5 1,15 JAN-mar,12 MON-fri");

    (void)state;
    assert_true(cron.minutes == (UINT64_C(1) | UINT64_C(1) << 30));
    assert_int_equal(cron.hours, 1 << 8 | 1 << 13 | 1 << 18);
    assert_int_equal(cron.days, 1 << 1 | 1 << 15);
    assert_int_equal(cron.months, 1 << 1 | 1 << 2 | 1 << 3 | 1 << 12);
    assert_int_equal(cron.weekdays, 0x3e);
    assert_true(cron.either);
    cron = parsed("  *\t* * *   *  ");
    assert_true(cron.minutes == (UINT64_C(1) << 60) - 1);
    assert_int_equal(cron.hours, 0xffffff);
    assert_int_equal(cron.days, 0xfffffffe);
    assert_int_equal(cron.months, 0x1ffe);
    assert_int_equal(cron.weekdays, 0x7f);
    assert_false(cron.either);
}

static void test_both_sundays(void **state)
{
    (void)state;
    assert_int_equal(parsed("0 0 * * 0").weekdays, 1);
    assert_int_equal(parsed("0 0 * * 7").weekdays, 1);
    assert_int_equal(parsed("0 0 * * SUN").weekdays, 1);
    assert_int_equal(parsed("0 0 * * 5-7").weekdays, 0x61);
    assert_int_equal(parsed("0 0 * * FRI-SUN").weekdays, 0x61);
    assert_int_equal(parsed("0 0 * * FRI-MON").weekdays, 0x63);
    assert_int_equal(parsed("0 0 * * 6-1/2").weekdays, 0x42);
    assert_int_equal(parsed("0 0 * * 0-7").weekdays, 0x7f);
    assert_int_equal(parsed("0 0 * * */2").weekdays, 0x55);
}

static void test_what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        { "", "there are 0 fields" },
        { "* * * *", "there are 4 fields, but five are wanted: minute, hour" },
        { "0 0 6 * * MON", "there are 6 fields" },
        { "0 0 6 * * MON", "seconds and years cannot be said" },
        { "0 0 6 * * MON 2026", "there are 7 fields" },
        { "@daily", "for @daily write \"0 0 * * *\"" },
        { "@reboot", "there are 1 fields" },
        { "60 0 * * *", "field 1 (minute): 60 is not from 0 to 59" },
        { "0 24 * * *", "field 2 (hour): 24 is not from 0 to 23" },
        { "0 0 0 * *", "field 3 (day of month): 0 is not from 1 to 31" },
        { "0 0 1 13 *", "field 4 (month): 13 is not from 1 to 12" },
        { "0 0 * * 8", "field 5 (day of week): 8 is not from 0 to 7" },
        { "99999999999999999999 0 * * *", "99999 is not from 0 to 59" },
        { "-1 0 * * *", "field 1 (minute): \"-1\" cannot stand here" },
        { "1.5 0 * * *", "\".5\" cannot stand here" },
        { "0 0 ? * MON", "field 3 (day of month): \"?\" cannot stand here" },
        { "0 0 L * *", "field 3 (day of month): \"L\" cannot stand here" },
        { "0 0 1W * *", "field 3 (day of month): \"W\" cannot stand here" },
        { "0 0 * * MON#2", "\"#2\" cannot stand here" },
        { "0 0 * JANUARY *", "a number from 1 to 12 or a name like JAN" },
        { "0 0 * * MONDAY", "or a name like MON" },
        { "0 0 * MON *", "field 4 (month): \"MON\" cannot stand here" },
        { "MON 0 * * *", "field 1 (minute): \"MON\" cannot stand here" },
        { "1, 0 * * *", "field 1 (minute): \"\" cannot stand here" },
        { ",1 0 * * *", "\",1\" cannot stand here" },
        { "1- 0 * * *", "\"\" cannot stand here" },
        { "** 0 * * *", "\"*\" cannot stand here" },
        { "*-5 0 * * *", "\"-5\" cannot stand here" },
        { "0 22-2 * * *", "the range 22-2 goes back: write \"22-23,0-2\"" },
        { "*/0 0 * * *", "a step of 0 is not from 1 to 59" },
        { "*/90 0 * * *", "a step of 90 is not from 1 to 59" },
        { "0 */24 * * *", "a step of 24 is not from 1 to 23" },
        { "0 0 * * */7", "a step of 7 is not from 1 to 6" },
        { "*/ 0 * * *", "after \"/\" a step must stand" },
        { "*/x 0 * * *", "after \"/\" a step must stand" },
        { "5/15 0 * * *", "a step needs a range: write \"5-59/15\"" },
        { "0 0 31 2 *", "no month of field 4 has a day 31" },
        { "0 0 30 FEB *", "no month of field 4 has a day 30" },
        { "0 0 31 4,6,9,11 *", "no month of field 4 has a day 31" },
        { "0 0 30-31 2 */2", "no month of field 4 has a day 30" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cron cron;
        struct err e;

        if (cron_parse(&cron, cases[i].text, &e) == ERR_OK)
            fail_msg("\"%s\" should be refused", cases[i].text);
        assert_int_equal(e.code, ERR_SYNTAX);
        if (strstr(e.text, cases[i].wanted) == NULL)
            fail_msg("\"%s\": wanted \"%s\" in \"%s\"", cases[i].text, cases[i].wanted, e.text);
    }
}

static void test_the_next_minute(void **state)
{
    (void)state;
    comes("* * * * *", "2026-11-21 09:03", "2026-11-21 09:04");
    comes("* * * * *", "2026-12-31 23:59", "2027-01-01 00:00");
    comes("*/15 * * * *", "2026-11-21 09:45", "2026-11-21 10:00");
    comes("30 6 * * *", "2026-11-21 06:29", "2026-11-21 06:30");
    comes("30 6 * * *", "2026-11-21 06:30", "2026-11-22 06:30");
    comes("30 6 * * MON-FRI", "2026-11-20 06:30", "2026-11-23 06:30"); /* from a Friday */
    comes("0 0 1 * *", "2026-11-21 09:03", "2026-12-01 00:00");
    comes("0 0 31 * *", "2026-03-31 00:00", "2026-05-31 00:00");
    comes("59 23 31 12 *", "2026-12-31 23:59", "2027-12-31 23:59");
    comes("0 9-17/4 * * *", "2026-11-21 13:00", "2026-11-21 17:00");
    comes("0 0 1 1 *", "9999-01-01 00:00", "never");
    comes("* * * * *", "9999-12-31 23:59", "never");
}

static void test_leap_years(void **state)
{
    (void)state;
    comes("0 0 29 2 *", "2026-11-21 09:03", "2028-02-29 00:00");
    comes("0 0 29 2 *", "2096-02-29 00:00", "2104-02-29 00:00"); /* 2100 is none */
    comes("0 0 29 2 *", "1999-01-01 00:00", "2000-02-29 00:00"); /* 2000 is one */
    comes("0 0 28-29 2 *", "2028-02-28 00:00", "2028-02-29 00:00");
    comes("0 0 28-29 2 *", "2027-02-28 00:00", "2028-02-28 00:00");
    comes("0 0 */28 2 MON", "2026-03-01 00:00", "2027-02-01 00:00"); /* day 1 or 29, a Monday */
    comes("0 0 * * *", "2100-02-28 00:00", "2100-03-01 00:00");
}

/* Vixie's rule: both restricted, either is enough; else both must fit. */
static void test_day_of_month_and_day_of_week(void **state)
{
    (void)state;
    comes("0 9 13 * FRI", "2026-11-12 09:00", "2026-11-13 09:00"); /* a Friday, the 13th */
    comes("0 9 13 * FRI", "2026-11-13 09:00", "2026-11-20 09:00"); /* a Friday */
    comes("0 9 13 * FRI", "2026-12-11 09:00", "2026-12-13 09:00"); /* a Sunday, the 13th */
    comes("0 9 * * FRI", "2026-11-13 09:00", "2026-11-20 09:00");
    comes("0 9 13 * *", "2026-11-13 09:00", "2026-12-13 09:00");
    comes("0 9 */2 * FRI", "2026-11-13 09:00", "2026-11-27 09:00"); /* odd days that are Fridays */
    comes("0 9 31 2 FRI", "2026-11-21 09:00", "2027-02-05 09:00");
}

/* Minute by minute over a year: cron_next() skips nothing that fits and stops at nothing else. */
static void test_the_search_agrees_with_the_set(void **state)
{
    static const char *const texts[] = {
        "7 3 * * *", "*/20 8-9 1,15 * MON", "0 0 29 2 *", "59 23 28-31 * *", "0 12 * 6-7 0,6",
    };
    struct cron every = parsed("* * * * *");

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct cron cron = parsed(texts[i]);
        struct cron_time t = at("2027-12-31 23:59"), next, wanted;

        assert_true(cron_next(&cron, t, &wanted));
        for (;;) {
            assert_true(cron_next(&every, t, &next));
            t = next;
            if (t.year > 2028)
                break;
            if (!cron_fits(&cron, t))
                continue;
            assert_memory_equal(&t, &wanted, sizeof t);
            assert_true(cron_next(&cron, t, &wanted));
        }
        assert_true(wanted.year > 2028);
    }
}

/* 1 January 1900 was a Monday, 1 January 2000 a Saturday, 21 November 2026 is one. */
static void test_weekdays_are_those_of_the_calendar(void **state)
{
    (void)state;
    assert_true(
        cron_fits(&(struct cron){ 1, 1, ~0u, 0x1ffe, 1 << 1, false }, at("1900-01-01 00:00")));
    assert_true(
        cron_fits(&(struct cron){ 1, 1, ~0u, 0x1ffe, 1 << 6, false }, at("2000-01-01 00:00")));
    assert_true(
        cron_fits(&(struct cron){ 1, 1, ~0u, 0x1ffe, 1 << 6, false }, at("2026-11-21 00:00")));
    assert_true(
        cron_fits(&(struct cron){ 1, 1, ~0u, 0x1ffe, 1 << 2, false }, at("2000-02-29 00:00")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_become_sets),
        cmocka_unit_test(test_both_sundays),
        cmocka_unit_test(test_what_is_wrong_is_said),
        cmocka_unit_test(test_the_next_minute),
        cmocka_unit_test(test_leap_years),
        cmocka_unit_test(test_day_of_month_and_day_of_week),
        cmocka_unit_test(test_the_search_agrees_with_the_set),
        cmocka_unit_test(test_weekdays_are_those_of_the_calendar),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
