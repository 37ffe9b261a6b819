/* rule_money.c - money: the table of currencies, arithmetic within one currency, parts that add up
 * to the whole, rates by their day. */
#include "rule_expect.h"

#include "base/decimal.h"
#include "rules/money_priv.h"
#include "rules/rule_data_priv.h"

static void the_currencies_are_sorted_and_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < data_currencies.count; i++) {
        const char *const *field = data_currencies.rows[i].field;

        assert_int_equal(strlen(field[0]), 3);
        assert_int_equal(strspn(field[0], "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 3);
        assert_true(strlen(field[1]) == 1 && field[1][0] >= '0' && field[1][0] <= '4');
        assert_true(i == 0 || strcmp(data_currencies.rows[i - 1].field[0], field[0]) < 0);
    }
    assert_int_equal(money_digits("USD", 3), 2);
    assert_int_equal(money_digits("JPY", 3), 0);
    assert_int_equal(money_digits("BHD", 3), 3);
    assert_int_equal(money_digits("CLF", 3), 4);
    assert_int_equal(money_digits("HRK", 3), 2); /* withdrawn */
    assert_int_equal(money_digits("usd", 3), -1);
    assert_int_equal(money_digits("USDX", 4), -1);
    assert_int_equal(money_digits("XTS", 3), -1);
}

static const struct expect money_rows[] = {
    { "money('1e2', 'USD')", "{\"amount\":100.00,\"currency\":\"USD\"}" },
    { "money(' 5 ', 'KWD')", "{\"amount\":5.000,\"currency\":\"KWD\"}" },
    { "money('5.12345', 'USD')", "{\"amount\":5.12345,\"currency\":\"USD\"}" },
    { "money('x', 'USD')", "!'x' is not a number" },
    { "money(5, 'usd')", "!'usd' is no currency" },
    { "money(5, 7)", "!'7' is no currency" },
    { "money(money(5, 'USD'))", "{\"amount\":5.00,\"currency\":\"USD\"}" },
    { "money(money(5, 'USD'), 'EUR')", "!argument 1 has a currency already" },
    { "money({})", "!argument 1 has no 'amount' and 'currency'" },
    { "money({ amount = {}, currency = 'USD' })", "!has no 'amount' and 'currency'" },
    { "money({ amount = null, currency = 'USD' })", "!has no 'amount' and 'currency'" },
    { "money({ amount = 1, currency = 5 })", "!has no 'amount' and 'currency'" },
    { "money(true, 'USD')", "!argument 1 is true, not a number" },
    { "money(1, 'USD').foo", "!money has no member 'foo'" },
    { "money.foo", "!money has no member 'foo'" },
    { "money(1, 'USD') .. '!'", "\"1.00 USD!\"" },
    { "money(1, 'USD') + 1.5", "!money (USD) cannot be added to a decimal" },
    { "nil + money(1, 'USD')", "!money (USD) cannot be added to nil" },
    { "decimal(1) + money(1, 'USD')", "!a decimal cannot be added to money" },
    { "money(1, 'USD') * money(1, 'USD')", "!cannot be multiplied by money" },
    { "money(1, 'USD') * '2'", "!cannot be multiplied by a text" },
    { "2 * money(1, 'USD')", "{\"amount\":2.00,\"currency\":\"USD\"}" },
    { "1 / money(1, 'USD')", "!cannot be divided by money" },
    { "money(1, 'USD') / 0", "!division by zero" },
    { "money(1, 'USD') / money(0, 'USD')", "!division by zero" },
    { "money(1, 'USD') / money(1, 'EUR')", "!USD cannot be divided by EUR" },
    { "money(1, 'USD') < money(1, 'EUR')", "!USD cannot be compared with EUR" },
    { "money(1, 'USD') < 1", "!money (USD) cannot be compared with a number" },
    { "{ money(1, 'USD') <= money(1, 'USD'), money(2, 'USD') > money(10, 'USD') }",
      "[true,false]" },
    { "money(1, 'USD') == 1", "false" },
    { "equal(money(1, 'USD'), money('1.000', 'USD'))", "true" },
    { "equal(money(1, 'USD'), money(1, 'EUR'))", "false" },
    { "equal(money(1, 'USD'), 1)", "false" },
    { "equal({ a = money(1, 'USD') }, { a = money(1, 'USD') })", "true" },
    { "-money(0, 'USD')", "{\"amount\":0.00,\"currency\":\"USD\"}" },
    { "money(1, 'USD') ^ 2", "!it has no %, // and ^" },
    { "math.floor(money(1, 'USD'))", "!is money" },
    { "text.upper(money(1, 'USD'))", "!argument 1 is money, not a text" },
    { "money('2.5', 'JPY'):round()", "{\"amount\":3,\"currency\":\"JPY\"}" },
    { "money('2.5', 'JPY'):round('half_even')", "{\"amount\":2,\"currency\":\"JPY\"}" },
    { "money(1, 'USD'):round('near')", "!'near' is no rounding" },
    { "money.from_minor('0.5', 'USD')", "!minor units are a whole number" },
    { "money.from_minor(-1, 'USD')", "{\"amount\":-0.01,\"currency\":\"USD\"}" },
    { "money('99999999999999999999', 'USD'):minor()", "9999999999999999999900" },
    { "money('-1234.5', 'USD'):format(',', '.')", "\"-1.234,50\"" },
    { "money('-123', 'JPY'):format('.', ',')", "\"-123\"" },
    { "money('1000', 'JPY'):format('.', ',')", "\"1,000\"" },
    { "money('0.5', 'USD'):format()", "\"0.50\"" },
    { "money(1, 'USD'):allocate(0)", "!there are 1 to 10000 parts, not 0" },
    { "money(1, 'USD'):allocate({})", "!there are 1 to 10000 parts, not 0" },
    { "money(1, 'USD'):allocate({ 1, {} })", "!weight 2 is a table, not a number" },
    { "money(1, 'USD'):allocate('x')", "!argument 2 is a text" },
    { "#money(1, 'JPY'):allocate(10000)", "10000" },
    { "money.sum({ 5 })", "!item 1 is a number, not money" },
    { "money.sum({})", "!there are no items, and no currency was given" },
    { "money.sum({ money(1, 'EUR') }, 'USD')", "!item 1 is EUR, the sum is USD" },
    { "money.sum({ { amount = 2, currency = 'USD' } }, 'USD').amount", "2.00" },
    { "money(1, 'USD'):convert('EUR', 'x', 0)", "!there is no lookup table 'x'" },
    { "money(1, 'USD'):convert('EUR', 's', 0)", "!has no column 'from'" },
    { "money(1, 'USD'):convert('EUR', -1)", "!a rate is above zero" },
    { "money(1, 'USD'):convert('EUR', { 5 }, 0)", "!row 1 of the rates is a number" },
    { "money(1, 'USD'):convert('EUR', { { from = 'USD' } }, 0)",
      "!row 1 of the rates has no 'to'" },
    { "money(1, 'USD'):convert('EUR', { { from = 'USD', to = 'EUR', date = 0 } }, 0)",
      "!row 1 of the rates has no 'rate'" },
    { "money(1, 'USD'):convert('EUR', { { from = 'USD', to = 'EUR', date = 0, rate = 2 },"
      "{ from = 'USD', to = 'EUR', date = '1970-01-01T10:00Z', rate = 3 } }, 1)",
      "!there are two rates from USD to EUR of 1970-01-01" },
    { "money(1, 'USD'):convert('EUR', { { from = 'USD', to = 'EUR', date = -1, rate = 2 },"
      "{ from = 'USD', to = 'EUR', date = '1970-01-02', rate = 3 } }, 0).amount",
      "2.00" },
    { "money('0.005', 'USD'):convert('EUR', '1', nil, 'up').amount", "0.01" },
};

static void moneys(void **state)
{
    (void)state;
    EXPECT_ALL(money_rows);
}

static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* No part is further from its exact share than one minor unit. */
static void part_check(const struct money *whole, const struct decimal *weights, size_t count,
                       size_t at, const struct money *part)
{
    struct decimal sum, share, unit, distance;
    struct err e;

    decimal_from_int(&sum, 0);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(decimal_add(&sum, &sum, &weights[i], &e), ERR_OK);
    assert_int_equal(decimal_mul(&share, &whole->amount, &weights[at], &e), ERR_OK);
    assert_int_equal(decimal_div(&share, &share, &sum, 30, DECIMAL_HALF_EVEN, &e), ERR_OK);
    assert_int_equal(decimal_sub(&distance, &part->amount, &share, &e), ERR_OK);
    distance.negative = false;
    assert_int_equal(decimal_parse(&unit, "0.01", 4, &e), ERR_OK);
    assert_true(decimal_compare(&distance, &unit) < 0);
}

static void parts_add_up_to_the_whole(void **state)
{
    uint64_t seed = 88172645463325252u;

    (void)state;
    for (int round = 0; round < 4000; round++) {
        struct decimal weights[12], units, sum;
        struct money whole, parts[12];
        size_t count = 1 + draw(&seed) % 12;
        struct err e;

        decimal_from_int(&units, (int64_t)(draw(&seed) % 2000000000) - 1000000000);
        assert_int_equal(money_from_minor(&whole, &units, "EUR", 3, &e), ERR_OK);
        for (size_t i = 0; i < count; i++) {
            decimal_from_int(&weights[i], (int64_t)(draw(&seed) % 1000) + (i == 0));
            weights[i].scale = (int16_t)(draw(&seed) % 4);
        }
        assert_int_equal(money_allocate(&whole, weights, count, parts, &e), ERR_OK);
        decimal_from_int(&sum, 0);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(decimal_add(&sum, &sum, &parts[i].amount, &e), ERR_OK);
            part_check(&whole, weights, count, i, &parts[i]);
        }
        assert_int_equal(decimal_compare(&sum, &whole.amount), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_currencies_are_sorted_and_whole),
        cmocka_unit_test(moneys),
        cmocka_unit_test(parts_add_up_to_the_whole),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
