/* retry_after.c - the Retry-After header: seconds, dates, and what is neither. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "io/http_out.h"

#define NOW 1790000000123 /* Mon, 21 Sep 2026 14:13:20.123 GMT */

static int64_t after(const char *value)
{
    const struct pair headers[] = { { "Content-Type", "text/plain" }, { "reTry-aFter", value } };
    struct http_reply reply = { .headers = headers, .header_count = 2 };

    return http_reply_retry_after(&reply, NOW);
}

static void seconds_are_milliseconds(void **state)
{
    (void)state;
    assert_int_equal(after("0"), 0);
    assert_int_equal(after("1"), 1000);
    assert_int_equal(after("120"), 120000);
    assert_int_equal(after("007"), 7000);
    assert_int_equal(after("3600"), LIMIT_RETRY_AFTER_MS);
}

/* As Shopify says it. */
static void a_fraction_counts(void **state)
{
    (void)state;
    assert_int_equal(after("2.0"), 2000);
    assert_int_equal(after("0.5"), 500);
    assert_int_equal(after("1.2349"), 1234);
    assert_int_equal(after("3600.5"), LIMIT_RETRY_AFTER_MS);
    assert_int_equal(after("1000000000.25"), LIMIT_RETRY_AFTER_MS);
}

static void more_than_an_hour_is_an_hour(void **state)
{
    (void)state;
    assert_int_equal(after("3601"), LIMIT_RETRY_AFTER_MS);
    assert_int_equal(after("1000000000"), LIMIT_RETRY_AFTER_MS);
    assert_int_equal(after("99999999999999999999999999999999999999"), LIMIT_RETRY_AFTER_MS);
    assert_int_equal(after("Fri, 31 Dec 2060 23:59:59 GMT"), LIMIT_RETRY_AFTER_MS);
}

static void dates_count_from_now(void **state)
{
    (void)state;
    assert_int_equal(after("Mon, 21 Sep 2026 14:14:20 GMT"), 59877);
    assert_int_equal(after("Mon, 21 Sep 2026 14:13:21 GMT"), 877);
    assert_int_equal(after("Monday, 21-Sep-26 14:14:20 GMT"), 59877); /* RFC 850 */
    assert_int_equal(after("Mon Sep 21 14:14:20 2026"), 59877);       /* asctime() */
}

static void a_date_in_the_past_is_now(void **state)
{
    (void)state;
    assert_int_equal(after("Mon, 21 Sep 2026 14:13:20 GMT"), 0);
    assert_int_equal(after("Sun, 06 Nov 1994 08:49:37 GMT"), 0);
    assert_int_equal(after("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
}

static void what_is_neither_is_nothing(void **state)
{
    const struct http_reply none = { .status = 429 };

    (void)state;
    assert_int_equal(http_reply_retry_after(&none, NOW), -1);
    assert_int_equal(after(""), -1);
    assert_int_equal(after("-1"), -1);
    assert_int_equal(after("+1"), -1);
    assert_int_equal(after("1."), -1);
    assert_int_equal(after(".5"), -1);
    assert_int_equal(after("1.5.2"), -1);
    assert_int_equal(after("1.5s"), -1);
    assert_int_equal(after("1e3"), -1);
    assert_int_equal(after("1s"), -1);
    assert_int_equal(after("soon"), -1);
    assert_int_equal(after("Mon"), -1);
    assert_int_equal(after("Monkey, 99 Xyz 2026"), -1);
    assert_int_equal(after("Mon, 99 Sep 2026 14:14:20 GMT"), -1);
    assert_int_equal(after("12:00:00"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_are_milliseconds),
        cmocka_unit_test(a_fraction_counts),
        cmocka_unit_test(more_than_an_hour_is_an_hour),
        cmocka_unit_test(dates_count_from_now),
        cmocka_unit_test(a_date_in_the_past_is_now),
        cmocka_unit_test(what_is_neither_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
