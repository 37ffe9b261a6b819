/* people_throttle.c - attempts to sign in: pauses that grow, the lock, whom it does not touch, and
 * that what is counted has a bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "designer-api/people_priv.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

static struct throttle *throttle;
static int64_t now;

static int begin(void **state)
{
    (void)state;
    throttle = throttle_new();
    now = INT64_C(1795000000000);
    return 0;
}

static int end(void **state)
{
    (void)state;
    throttle_free(throttle);
    return 0;
}

static int64_t wait_of(const char *name, const char *address)
{
    return throttle_wait(throttle, now, name, address);
}

static void fail_times(unsigned times, const char *name, const char *address)
{
    while (times-- > 0)
        throttle_failed(throttle, now, name, address);
}

static void the_pause_grows_and_the_tenth_locks(void **state)
{
    static const int64_t waits[] = { 0, 0, 0, 0, 0, 2, 4, 8, 16, 30 * 60 };

    (void)state;
    assert_int_equal(wait_of("anna", "10.0.0.1"), 0);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(throttle_failed(throttle, now, "anna", "10.0.0.1"), i + 1);
        assert_int_equal(wait_of("anna", "10.0.0.1"), waits[i]);
        now += waits[i] * SECOND;
        assert_int_equal(wait_of("anna", "10.0.0.1"), 0);
    }
}

static void another_address_and_another_name_are_free(void **state)
{
    (void)state;
    fail_times(10, "anna", "10.0.0.1");
    assert_int_equal(wait_of("anna", "10.0.0.1"), 1800);
    assert_int_equal(wait_of("anna", "10.0.0.2"), 0);
    assert_int_equal(wait_of("ben", "10.0.0.1"), 0);
    throttle_passed(throttle, "ben", "10.0.0.1");
    assert_int_equal(wait_of("anna", "10.0.0.1"), 1800); /* ben's success is not anna's */
}

static void a_right_password_forgets_and_so_does_an_hour(void **state)
{
    (void)state;
    fail_times(6, "anna", "10.0.0.1");
    throttle_passed(throttle, "anna", "10.0.0.1");
    assert_int_equal(wait_of("anna", "10.0.0.1"), 0);
    assert_int_equal(throttle_failed(throttle, now, "anna", "10.0.0.1"), 1);
    fail_times(4, "anna", "10.0.0.1");
    now += 61 * MINUTE;
    assert_int_equal(throttle_failed(throttle, now, "anna", "10.0.0.1"), 1);
}

static void many_names_from_one_address_are_slowed_too(void **state)
{
    char name[32];

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "name%u", i);
        fail_times(1, name, "10.0.0.1");
        if (i < 50)
            assert_int_equal(wait_of("anna", "10.0.0.1"), 0);
    }
    assert_int_equal(wait_of("anna", "10.0.0.1"), 1800);
    assert_int_equal(wait_of("anna", "10.0.0.2"), 0);
    throttle_passed(throttle, "anna", "10.0.0.1"); /* one's own name does not make guessing free */
    assert_int_equal(wait_of("ben", "10.0.0.1"), 1800);
}

static void a_network_of_ipv6_is_one_address(void **state)
{
    (void)state;
    fail_times(10, "anna", "2001:db8:1:2:aaaa::1");
    assert_int_equal(wait_of("anna", "2001:db8:1:2:bbbb::9"), 1800);
    assert_int_equal(wait_of("anna", "2001:db8:1:3:aaaa::1"), 0);
    fail_times(10, "anna", "2001:0:0:2::1"); /* however the zeros of it are written */
    assert_int_equal(wait_of("anna", "2001::2:a:b:c:d"), 1800);
    assert_int_equal(wait_of("anna", "2001::3:a:b:c:d"), 0);
}

static void what_is_counted_has_a_bound(void **state)
{
    char address[32];

    (void)state;
    fail_times(10, "anna", "10.9.9.9");
    for (unsigned i = 0; i < 9000; i++) {
        snprintf(address, sizeof address, "10.%u.%u.%u", i >> 16, (i >> 8) & 255, i & 255);
        throttle_failed(throttle, now, "x", address);
    }
    assert_int_equal(wait_of("anna", "10.9.9.9"), 0); /* the oldest made room */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_pause_grows_and_the_tenth_locks, begin, end),
        cmocka_unit_test_setup_teardown(another_address_and_another_name_are_free, begin, end),
        cmocka_unit_test_setup_teardown(a_right_password_forgets_and_so_does_an_hour, begin, end),
        cmocka_unit_test_setup_teardown(many_names_from_one_address_are_slowed_too, begin, end),
        cmocka_unit_test_setup_teardown(a_network_of_ipv6_is_one_address, begin, end),
        cmocka_unit_test_setup_teardown(what_is_counted_has_a_bound, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
