/* decimal_edges.c - decimals where a coefficient of one limb ends, or a step between does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/decimal.h"

static struct decimal made(const char *text)
{
    struct decimal d;
    struct err e;

    if (decimal_parse(&d, text, strlen(text), &e) != ERR_OK)
        fail_msg("%s: %s", text, e.text);
    return d;
}

/* Of numbers at the edges of a limb, at scales that take them beyond it, each beside each. */
static void orders_are_those_of_differences(void **state)
{
    static const char *const edges[] = {
        "0",
        "0.00000000000000000000",
        "1",
        "-1",
        "0.0000000000000000001",
        "9999999999999999999",
        "10000000000000000000.0",
        "18446744073709551615",
        "18446744073709551615.00",
        "-18446744073709551615",
        "18446744073709551616",
        "-18446744073709551616.000",
        "1844674407370955161.5",
        "1844674407370955161.6",
        "0.18446744073709551615",
        "18446744073709551614.99999999999999999999",
    };
    const size_t count = sizeof(edges) / sizeof(edges[0]);

    (void)state;
    for (size_t i = 0; i < count * count; i++) {
        struct decimal a = made(edges[i / count]), b = made(edges[i % count]), rest, back;
        int sign;
        struct err e;

        assert_int_equal(decimal_sub(&rest, &a, &b, &e), ERR_OK);
        sign = decimal_is_zero(&rest) ? 0 : rest.negative ? -1 : 1;
        assert_int_equal(decimal_compare(&a, &b), sign);
        assert_int_equal(decimal_add(&back, &rest, &b, &e), ERR_OK);
        assert_int_equal(decimal_compare(&back, &a), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_those_of_differences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
