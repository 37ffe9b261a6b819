/* rule_dates.c - date.* beyond the examples of docs/RULES.md: the calendar's edges, zones,
 * refusals. */
#include "rule_expect.h"

#define OFFSET \
    "X"        \
    "XX" /* a pattern of three letters X */

static const struct expect dates_rows[] = {
    { "date.parse('1970-01-01')", "0" },
    { "date.parse('0001-01-01')", "-62135596800000" },
    { "date.parse('9999-12-31T23:59:59.999Z')", "253402300799999" },
    { "date.parse('2024-02-29T12:00')", "1709208000000" },
    { "date.parse('2026-11-21 09:03:03,5Z')", "1795251783500" },
    { "date.parse('2026-11-21T09:03:03.1239999Z')", "1795251783123" },
    { "date.parse('2026-11-21T09:03:03+01:00')", "1795248183000" },
    { "date.parse('2026-11-21T09:03:03-0130')", "1795257183000" },
    { "date.parse('2016-12-31T23:59:60Z')", "1483228800000" },
    { "date.parse('2023-02-29')", "!there is no day 29 in month 2 of year 2023" },
    { "date.parse('2023-13-01')", "!there is no month 13" },
    { "date.parse('2023-01-01T25:00')", "!there is no time 25:00:00" },
    { "date.parse('2023-1-1')", "!is not a date like" },
    { "date.parse('2023-01-01T')", "!is not a date like" },
    { "date.parse('2023-01-01x')", "!is not a date like" },
    { "date.parse('0000-01-01')", "!there is no month" },
    { "date.parse(nil)", "!date.parse: argument 1 is nil" },
    { "date.parse('20261121', 'yyyyMMdd')", "1795219200000" },
    { "date.parse('1/2/26', 'M/d/yy')", "1767312000000" },
    { "date.parse('31.12.69', 'dd.MM.yy')", "3155673600000" },
    { "date.parse('31.12.70', 'dd.MM.yy')", "31449600000" },
    { "date.parse('2026-11-21', 'dd.MM.yyyy')", "!is not a date of the form dd.MM.yyyy" },
    { "date.parse('21.11.2026 ', 'dd.MM.yyyy')", "!is not a date of the form" },
    { "date.parse('21.11.26', 'dd.MM.yyyy')", "!is not a date of the form" },
    { "date.parse('Nov 21, 2026', 'MMM d, yyyy')", "1795219200000" },
    { "date.parse('Now 21, 2026', 'MMM d, yyyy')", "!is not a date of the form" },
    { "date.parse('09:03 PM 2026-11-21', 'hh:mm a yyyy-MM-dd')", "1795294980000" },
    { "date.parse('12T05', \"HH'T'mm\")", "43500000" },
    { "date.parse('2026-03-29T02:30', nil, 'Europe/Vienna')", "1774747800000" },
    { "date.iso(date.parse('2026-03-29T02:30', nil, 'Europe/Vienna'), 'Europe/Vienna')",
      "\"2026-03-29T03:30:00.000+02:00\"" },
    { "date.iso(date.parse('2026-10-25T02:30', nil, 'Europe/Vienna'))",
      "\"2026-10-25T00:30:00.000Z\"" },
    { "date.iso(0)", "\"1970-01-01T00:00:00.000Z\"" },
    { "date.iso(-1)", "\"1969-12-31T23:59:59.999Z\"" },
    { "date.iso(0, '-05:30')", "\"1969-12-31T18:30:00.000-05:30\"" },
    { "date.iso(0, 'UTC')", "\"1970-01-01T00:00:00.000Z\"" },
    { "date.iso(0, '')", "!there is no time zone ''" },
    { "date.iso(1e300)", "!date.iso: argument 1 is a number, not a whole number" },
    { "date.iso({})", "!a date as ISO text or in milliseconds" },
    { "date.format(0, 'yy.M.d H:m:s.S X XX " OFFSET "')", "\"70.1.1 0:0:0.0 Z Z Z\"" },
    { "date.format(0, 'X XX " OFFSET "', '+05:30')", "\"+0530 +0530 +05:30\"" },
    { "date.format(0, 'X', '+05:00')", "\"+05\"" },
    { "date.format(123, 'S SS SSS SSSSSS')", "\"1 12 123 123000\"" },
    { "date.format(0, \"yyyy 'yyyy' ''\")", "\"1970 yyyy '\"" },
    { "date.format(0, 'QQQ D')", "\"Q1 1\"" },
    { "date.format(0, 'hh:mm')", "!h counts to 12" },
    { "date.format(0, 'MM/DD/yyyy')", "!DD is the day of the year" },
    { "date.format(0, 'foo')", "!in 'foo', f means nothing" },
    { "date.format('1500-01-01', 'd MMM yyyy')", "\"1 Jan 1500\"" },
    { "date.add(0, 1, 'day')", "86400000" },
    { "date.iso(date.add('2024-02-29', 1, 'year'))", "\"2025-02-28T00:00:00.000Z\"" },
    { "date.iso(date.add('2026-03-28T12:00', 1, 'days', 'Europe/Vienna'), 'Europe/Vienna')",
      "\"2026-03-29T12:00:00.000+02:00\"" },
    { "date.iso(date.add('2026-03-28T12:00', 24, 'hours', 'Europe/Vienna'), 'Europe/Vienna')",
      "\"2026-03-29T13:00:00.000+02:00\"" },
    { "date.iso(date.add('2026-03-31', -1, 'month'))", "\"2026-02-28T00:00:00.000Z\"" },
    { "date.iso(date.add('2026-01-01', 2, 'weeks'))", "\"2026-01-15T00:00:00.000Z\"" },
    { "date.add(0, 1, 'fortnight')", "!'fortnight' is no unit" },
    { "date.add(0, 1 << 60, 'milliseconds')", "!outside of the years 1 to 9999" },
    { "{ date.diff(0, 86399999, 'days'), date.diff(0, 86400000, 'days'), date.diff(86400000, "
      "0, "
      "'days'), date.diff(1, 0, 'days') }",
      "[0,1,-1,0]" },
    { "{ date.diff('2026-01-15', '2026-03-14', 'months'), date.diff('2026-03-15', "
      "'2026-01-16', "
      "'months'), date.diff('2020-02-29', '2026-02-28', 'years') }",
      "[1,-1,5]" },
    { "date.diff('2026-03-28T12:00', '2026-03-29T12:00', 'days', 'Europe/Vienna')", "1" },
    { "date.diff('2026-03-28T12:00', '2026-03-29T12:00', 'hours', 'Europe/Vienna')", "23" },
    { "date.parts('2026-11-21T10:11:12.013Z', 'Asia/Kolkata')",
      "{\"day\":21,\"hour\":15,\"minute\":41,\"month\":11,\"ms\":13,\"offset\":330,\"second\":"
      "12,"
      "\"weekday\":6,\"year\":2026,\"yearday\":325}" },
};

static void dates(void **state)
{
    (void)state;
    EXPECT_ALL(dates_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(dates) };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
