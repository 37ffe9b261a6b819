/* flood.c - how many webhooks an address and a path may take: what flows in, what fits in, whom it
 * does not touch, what the log says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "designer-api/flood.h"

static struct clock_manual now;
static struct log quiet;
static struct flood *flood;

static int begin(void **state)
{
    const struct flood_limits limits = { .per_address = 5, .per_path = 2 };

    (void)state;
    clock_manual_init(&now, INT64_C(1795000000000));
    log_init(&quiet, &now.clock);
    quiet.level = LOG_ERROR;
    flood = flood_new(&limits, &now.clock, &quiet);
    return 0;
}

static int end(void **state)
{
    (void)state;
    flood_free(flood);
    return 0;
}

/* How many of so many come through. */
static unsigned send(unsigned times, const char *address)
{
    unsigned taken = 0;
    struct err e;

    while (times-- > 0)
        taken += flood_address(flood, address, &e) == ERR_OK;
    return taken;
}

static void ten_seconds_worth_may_come_at_once(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(send(60, "192.0.2.1"), 50);
    assert_int_equal(flood_address(flood, "192.0.2.1", &e), ERR_RATE_LIMITED);
    assert_int_equal(err_status(e.code), 429);
    clock_manual_add(&now, 1000);
    assert_int_equal(send(60, "192.0.2.1"), 5);
    clock_manual_add(&now, 199);
    assert_int_equal(send(1, "192.0.2.1"), 0);
    clock_manual_add(&now, 1);
    assert_int_equal(send(2, "192.0.2.1"), 1);
    clock_manual_add(&now, 3600000);
    assert_int_equal(send(60, "192.0.2.1"), 50);
}

static void others_are_not_touched(void **state)
{
    (void)state;
    assert_int_equal(send(60, "192.0.2.1"), 50);
    assert_int_equal(send(1, "192.0.2.2"), 1);
    assert_int_equal(send(60, "2001:db8:1:2::1"), 50);
    assert_int_equal(send(1, "2001:db8:1:2:9:9:9:9"), 0); /* the same household */
    assert_int_equal(send(1, "2001:db8:1:3::1"), 1);
}

static void a_path_has_its_own(void **state)
{
    struct err e;

    (void)state;
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(flood_path(flood, "main/production/a", &e), ERR_OK);
    assert_int_equal(flood_path(flood, "main/production/a", &e), ERR_RATE_LIMITED);
    assert_int_equal(flood_path(flood, "main/production/b", &e), ERR_OK);
}

static void the_oldest_makes_room(void **state)
{
    char address[32];

    (void)state;
    assert_int_equal(send(60, "192.0.2.1"), 50);
    for (unsigned i = 0; i < 10000; i++) {
        snprintf(address, sizeof address, "10.0.%u.%u", i / 250, i % 250);
        assert_int_equal(send(1, address), 1);
    }
    assert_int_equal(send(60, "192.0.2.1"), 50); /* forgotten, as if it had rested */
}

static void without_a_limit_nothing_is_counted(void **state)
{
    const struct flood_limits none = { .per_address = 0 };
    struct flood *open = flood_new(&none, &now.clock, &quiet);
    struct err e;

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(flood_address(open, "192.0.2.1", &e), ERR_OK);
        assert_int_equal(flood_path(open, "main/production/a", &e), ERR_OK);
    }
    flood_free(open);
    flood_free(NULL);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(ten_seconds_worth_may_come_at_once),
        EACH(others_are_not_touched),
        EACH(a_path_has_its_own),
        EACH(the_oldest_makes_room),
        EACH(without_a_limit_nothing_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
