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
    { "date.format(0, \"MMM 'unclosed\")", "!a quote is not closed" },
    { "date.format(0, \"yyyy'\")", "!a quote is not closed" },
    { "date.parse('1970', \"yyyy'\")", "!a quote is not closed" },
    { "date.format(0, \"h 'o''clock' a\")", "\"12 o'clock AM\"" },
    { "date.parse('Sun, 21 Nov 2026', 'EEE, d MMM yyyy')", "!names another day of the week" },
    { "date.parse('Sunday, 21 Nov 2026', 'EEEE, d MMM yyyy')", "!names another day of the week" },
    { "date.parse('sat, 21 nov 2026', 'EEE, d MMM yyyy')", "1795219200000" },
    { "date.parse('21 Nov 2026 Fri', 'd MMM yyyy EEE')", "!names another day of the week" },
    { "date.parse('Sat, 21 Nov 2026 23:30:00 -0500', 'EEE, d MMM yyyy HH:mm:ss XX')",
      "1795321800000" },
    { "date.parse('Sun, 22 Nov 2026 04:30:00 +0000', 'EEE, d MMM yyyy HH:mm:ss XX')",
      "1795321800000" },
    { "date.parse('Sun, 21 Nov 2026 23:30:00 -0500', 'EEE, d MMM yyyy HH:mm:ss XX')",
      "!names another day of the week" },
    { "date.parse('Sat, 31 Feb 2026', 'EEE, d MMM yyyy')", "!is not a date of the form" },
    { "date.add('2026-10-25T02:30+01:00', 0, 'days', 'Europe/Vienna') - "
      "date.parse('2026-10-25T02:30+01:00')",
      "0" },
    { "date.add('2026-10-25T02:30+02:00', 0, 'months', 'Europe/Vienna') - "
      "date.parse('2026-10-25T02:30+02:00')",
      "0" },
    { "date.iso(date.add('2026-10-24T02:30', 1, 'day', 'Europe/Vienna'), 'Europe/Vienna')",
      "\"2026-10-25T02:30:00.000+02:00\"" },
    { "date.iso(date.add('2026-10-26T02:30', -1, 'day', 'Europe/Vienna'), 'Europe/Vienna')",
      "\"2026-10-25T02:30:00.000+01:00\"" },
    { "date.iso(date.add('2026-01-29T02:30', 2, 'months', 'Europe/Vienna'), 'Europe/Vienna')",
      "\"2026-03-29T03:30:00.000+02:00\"" },
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

static const struct expect work_rows[] = {
    { "date.is_business('2026-11-20')", "true" },
    { "date.is_business('2026-11-20T23:30Z', nil, 'Europe/Vienna')", "false" },
    { "date.is_business('2026-11-20', { holidays = { { date = '2026-11-20', name = 'x' } } })",
      "false" },
    { "date.is_business('2026-11-20', { holidays = { 1795132800000 } })", "false" },
    { "date.is_business('2026-11-21', { weekend = {} })", "true" },
    { "date.is_business('2026-11-21', { weekend = { 8 } })", "!a weekday is 1 (Monday) to 7" },
    { "date.is_business('2026-11-21', { weekend = { 1, 2, 3, 4, 5, 6, 7 } })", "!at most 6 days" },
    { "date.is_business('2026-11-21', { holidays = { {} } })", "!holiday 1 is nil, not a date" },
    { "date.is_business('2026-11-21', { holidays = 'x' })", "!there is no lookup table 'x'" },
    { "date.is_business('2026-11-21', { holidays = 'm' })", "!has no column 'date'" },
    { "date.is_business('2026-11-21', { holidays = 's' })", "!'a' is not a date" },
    { "date.is_business('2026-11-21', 5)", "!argument 2 is a number, not a table" },
    { "date.is_business(nil)", "!argument 1 is nil, not a date" },
    { "date.add_business(0, 100001)", "!at most 100000 days at once" },
    { "date.add_business('9999-12-30', 5)", "!outside of the years 1 to 9999" },
    { "date.add_business(0, 0.5)", "!argument 2 is a decimal, not a whole number" },
    { "date.diff_business('0001-01-01', '9999-01-01')", "!more than 200000 apart" },
    { "date.diff_business(0, 0)", "0" },
    { "date.iso(date.add_business('2026-10-24T02:30', 1, nil, 'Europe/Vienna'), 'Europe/Vienna')",
      "\"2026-10-26T02:30:00.000+01:00\"" },
    { "date.fiscal('2023-01-29', { start = 2, weeks = '4-5-4', year = 'begin' })",
      "{\"first\":\"2023-01-29\",\"last\":\"2023-02-25\",\"period\":1,\"quarter\":1,"
      "\"week\":1,\"year\":2023}" },
    { "date.fiscal('2024-02-03', { start = 2, weeks = '4-5-4', year = 'begin' })",
      "{\"first\":\"2023-12-31\",\"last\":\"2024-02-03\",\"period\":12,\"quarter\":4,"
      "\"week\":53,\"year\":2023}" },
    { "date.fiscal('2024-02-04', { start = 2, weeks = '4-5-4', year = 'begin' }).year", "2024" },
    { "date.fiscal('2024-02-03', { start = 2, weeks = '4-4-5', begins = 'last' }).week", "1" },
    { "date.fiscal('2026-12-28', { weeks = '4-4-5', weekday = 1 }).week", "53" },
    { "date.fiscal('2027-01-04', { weeks = '4-4-5', weekday = 1 }).year", "2027" },
    { "date.fiscal('2026-06-30', { start = 7 })",
      "{\"first\":\"2026-06-01\",\"last\":\"2026-06-30\",\"period\":12,\"quarter\":4,"
      "\"year\":2026}" },
    { "date.fiscal('2026-12-31').last", "\"2026-12-31\"" },
    { "date.fiscal('2026-12-31', { weeks = '4-4-4' })", "!weeks is '4-4-5', '4-5-4' or '5-4-4'" },
    { "date.fiscal('2026-12-31', { year = 'x' })", "!year is 'end' or 'begin', not 'x'" },
    { "date.fiscal('2026-12-31', { months = 1 })", "!there is no option 'months'" },
    { "date.fiscal('0001-05-05')", "!outside of the years 2 to 9997" },
};

static const struct expect form_rows[] = {
    { "date.read('/Date(-1)/', '/Date/')", "-1" },
    { "date.read('/Date(1)/x', '/Date/')", "!is not a date like" },
    { "date.read('/Date()/', '/Date/')", "!is not a date like" },
    { "date.read('/Date(1)/\\0', '/Date/')", "!is not a date like" },
    { "date.read('/Date(1+1)/', '/Date/')", "!is not a date like" },
    { "date.read('/Date(99999999999999999)/', '/Date/')", "!is not a date like" },
    { "date.read('/Date(999999999999999)/', '/Date/')", "!outside of the years 1 to 9999" },
    { "date.read(5, '/Date/')", "!argument 1 is a number, not a date like" },
    { "date.read(20261121, 'yyyyMMdd')", "1795219200000" },
    { "date.read('2026112', 'yyyyMMdd')", "!is not a date of eight digits" },
    { "date.read('2026112x', 'yyyyMMdd')", "!is not a date of eight digits" },
    { "date.read('20261121', 'yyyyMMdd', 'Europe/Vienna')", "1795215600000" },
    { "date.iso(date.read(0, 'oadate'))", "\"1899-12-30T00:00:00.000Z\"" },
    { "date.iso(date.read('-1.25', 'oadate'))", "\"1899-12-29T06:00:00.000Z\"" },
    { "date.write('1899-12-29T06:00', 'oadate')", "-1.25" },
    { "date.write('1899-12-30T06:00', 'oadate')", "0.25" },
    { "date.iso(date.read(2958465, 'oadate'))", "\"9999-12-31T00:00:00.000Z\"" },
    { "date.read(2958466, 'oadate')", "!outside of the years 1 to 9999" },
    { "date.iso(date.read('0.99999999999', 'oadate'))", "\"1899-12-31T00:00:00.000Z\"" },
    { "date.iso(date.read('46347.25', 'oadate', 'Europe/Vienna'))",
      "\"2026-11-21T05:00:00.000Z\"" },
    { "date.read('x', 'oadate')", "!'x' is not a number" },
    { "date.read('1.0005', 'unix')", "1001" },
    { "date.write(-1, 'unix')", "-0.001" },
    { "date.write(1500, 'unix')", "1.5" },
    { "date.write(1000, 'unix')", "1" },
    { "date.read(1e300, 'unix')", "!number out of range" },
};

static void work_days_and_periods(void **state)
{
    (void)state;
    EXPECT_ALL(work_rows);
}

static void forms_of_systems(void **state)
{
    (void)state;
    EXPECT_ALL(form_rows);
}

/* Adding the difference leads to a business day; every moment survives being written and read. */
static void what_is_added_is_the_difference(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    eval_script(&eval,
                "local c = { weekend = { 5, 6 }, holidays = { '2026-01-01', '2026-05-04' } }\n"
                "for i = 1, 400 do\n"
                "  local a = date.parse('2026-01-01') + random(0, 400) * 86400000\n"
                "  local b = date.next_business(a + random(-300, 300) * 86400000, c)\n"
                "  local n = date.diff_business(a, b, c)\n"
                "  if n ~= 0 and date.add_business(a, n, c) ~= b then return { a, b, n } end\n"
                "end\n"
                "for i = 1, 400 do\n"
                "  local m = random(-62135596800000, 253402300799999)\n"
                "  for _, form in ipairs({ '/Date/', 'oadate', 'unix' }) do\n"
                "    if date.read(date.write(m, form), form) ~= m then return { m, form } end\n"
                "  end\n"
                "end\n"
                "return 'ok'");
    assert_string_equal(eval.text, "\"ok\"");
    eval_end(&eval);
}

static void dates(void **state)
{
    (void)state;
    EXPECT_ALL(dates_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates),
        cmocka_unit_test(work_days_and_periods),
        cmocka_unit_test(forms_of_systems),
        cmocka_unit_test(what_is_added_is_the_difference),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
