/* decimal.c - arithmetic against Python's answers, the laws it must obey, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/decimal.h"
#include "base/ident.h"

#define OUT_OF_RANGE "number out of range: at most 76 digits, 76 after the point"
#define BY_ZERO      "division by zero"

struct decimal_case {
    char op;
    int scale;
    const char *rounding;
    const char *a;
    const char *b;
    const char *answer; /* or the error's text */
};
#include "decimal_cases.inc"

static struct decimal made(const char *text)
{
    struct decimal d;
    struct err e;

    if (decimal_parse(&d, text, strlen(text), &e) != ERR_OK)
        fail_msg("%s: %s", text, e.text);
    return d;
}

static void assert_decimal(const struct decimal *d, const char *wanted)
{
    char text[DECIMAL_TEXT];

    assert_int_equal(decimal_text(d, text), strlen(wanted));
    assert_string_equal(text, wanted);
}

static enum err_code apply(char op, struct decimal *out, const struct decimal *a,
                           const struct decimal *b, int scale, const char *rounding, struct err *e)
{
    enum decimal_rounding by;

    assert_true(decimal_rounding_find(rounding, &by));
    switch (op) {
    case '+':
        return decimal_add(out, a, b, e);
    case '-':
        return decimal_sub(out, a, b, e);
    case '*':
        return decimal_mul(out, a, b, e);
    case '/':
        return decimal_div(out, a, b, scale, by, e);
    case '%':
        return decimal_mod(out, a, b, e);
    default:
        return decimal_round(out, a, scale, by, e);
    }
}

static void answers_are_those_of_python(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(decimal_cases) / sizeof(decimal_cases[0]); i++) {
        const struct decimal_case *c = &decimal_cases[i];
        struct decimal a = made(c->a);
        struct decimal b = made(c->b);
        char text[DECIMAL_TEXT] = "";
        struct err e = { ERR_OK, "" };
        enum err_code code = apply(c->op, &a, &a, &b, c->scale, c->rounding, &e); /* in place */

        if (code == ERR_OK)
            decimal_text(&a, text);
        if (strcmp(code == ERR_OK ? text : e.text, c->answer) != 0)
            fail_msg("%s %c %s (%d %s): %s, not %s", c->a, c->op, c->b, c->scale, c->rounding,
                     code == ERR_OK ? text : e.text, c->answer);
        assert_true(code == ERR_OK || code == ERR_RULE);
    }
}

/* ---- text ------------------------------------------------------------------------------------ */

static void texts_are_read_with_their_scale(void **state)
{
    static const char *const cases[][2] = {
        { "0", "0" },
        { "-0", "0" },
        { "-0.00", "0.00" },
        { "100.10", "100.10" },
        { "+1.5", "1.5" },
        { "1.5e3", "1500" },
        { "1.50E1", "15.0" },
        { "1.5e-3", "0.0015" },
        { "1e0", "1" },
        { "0e400", "0" },
        { "0.0e1", "0" },
        { "0.0010", "0.0010" },
        { "-9223372036854775809", "-9223372036854775809" },
        { "1e75", "1000000000000000000000000000000000000000000000000000000000000000000000000000" },
        { "1e-76",
          "0.0000000000000000000000000000000000000000000000000000000000000000000000000001" },
        { "9999999999999999999999999999999999999999999999999999999999999999999999999999",
          "9999999999999999999999999999999999999999999999999999999999999999999999999999" },
        { "-0.9999999999999999999999999999999999999999999999999999999999999999999999999999",
          "-0.9999999999999999999999999999999999999999999999999999999999999999999999999999" },
        { "10000000000000000000", "10000000000000000000" },
        { "340282366920938463463374607431768211456.000000000000000000001",
          "340282366920938463463374607431768211456.000000000000000000001" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct decimal d = made(cases[i][0]);

        assert_decimal(&d, cases[i][1]);
    }
}

static void what_is_no_number_is_refused(void **state)
{
    static const char *const wrong[] = {
        "-",    "+",   ".5",  "5.",    "1.e5", "e5",       "1e",   "1e+", "1e-",
        "1.5x", " 1",  "1 ",  "1,5",   "--1",  "+-1",      "01",   "00",  "-01.5",
        "0x10", "NaN", "inf", "1e5.5", "1_0",  "\xD9\xA1", "1..2", "abc",
    };
    struct decimal d = { .limb = { 7 }, .scale = 3 };
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(decimal_parse(&d, wrong[i], strlen(wrong[i]), &e), ERR_RULE);
        assert_string_equal(e.text, "the text is not a number; it must look like -1234.50");
    }
    assert_int_equal(decimal_parse(&d, "", 0, &e), ERR_RULE);
    assert_string_equal(e.text, "an empty text is not a number");
    assert_int_equal(decimal_parse(&d, "1\0", 2, &e), ERR_RULE);
    assert_int_equal(d.limb[0], 7);
    assert_int_equal(d.scale, 3);
}

static void what_does_not_fit_is_refused(void **state)
{
    static const char *const wide[] = {
        "1e309",
        "1e76",
        "-1e76",
        "1e-77",
        "0e-77",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "10000000000000000000000000000000000000000000000000000000000000000000000000000",
        "0.10000000000000000000000000000000000000000000000000000000000000000000000000000",
        "1000000000000000000000000000000000000000000000000000000000000000000000000000.0",
        "99999999999999999999999999999999999999999999999999999999999999999999999999999999999e-9",
    };
    static char longer[3000];
    struct decimal d;
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
        assert_int_equal(decimal_parse(&d, wide[i], strlen(wide[i]), &e), ERR_RULE);
        assert_string_equal(e.text, OUT_OF_RANGE);
    }
    memset(longer, '0', sizeof(longer));
    /* bytes with a size, no text: NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
    memcpy(longer, "0.", 2);
    assert_int_equal(decimal_parse(&d, longer, sizeof(longer), &e), ERR_RULE);
    assert_string_equal(e.text, "number out of range: a text of 3000 characters");
}

static void every_prefix_is_read_or_refused(void **state)
{
    static const char text[] = "-12345678901234567890.0987654321e-12";
    struct decimal d;
    struct err e;

    (void)state;
    for (size_t size = 0; size < sizeof(text); size++) {
        bool whole = size > 1 && strchr(".e-+", text[size - 1]) == NULL;

        assert_int_equal(decimal_parse(&d, text, size, &e) == ERR_OK, whole);
    }
}

/* ---- integers and doubles -------------------------------------------------------------------- */

static void integers_go_both_ways(void **state)
{
    static const int64_t values[] = { 0, 1, -1, 100, INT64_MAX, INT64_MIN };
    static const char *const none[] = { "0.5", "-0.01", "9223372036854775808",
                                        "-9223372036854775809", "1e40" };
    struct decimal d;
    int64_t back = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        decimal_from_int(&d, values[i]);
        assert_int_equal(d.scale, 0);
        assert_true(decimal_to_int(&d, &back));
        assert_true(back == values[i]);
    }
    d = made("-9223372036854775808.000");
    assert_true(decimal_to_int(&d, &back));
    assert_true(back == INT64_MIN);
    d = made("12.00");
    assert_true(decimal_to_int(&d, &back));
    assert_true(back == 12);
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        d = made(none[i]);
        assert_false(decimal_to_int(&d, &back));
    }
    assert_true(back == 12);
}

static void doubles_go_by_their_shortest_text(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 0.1, "0.1" },
        { 100.1, "100.1" },
        { -0.0, "0" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 1e22, "10000000000000000000000" },
        { -2.5e-10, "-0.00000000025" },
        { 5, "5" },
    };
    struct decimal d;
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(decimal_from_double(&d, cases[i].value, &e), ERR_OK);
        assert_decimal(&d, cases[i].text);
        assert_true(decimal_to_double(&d) == cases[i].value);
    }
    assert_int_equal(decimal_from_double(&d, NAN, &e), ERR_RULE);
    assert_string_equal(e.text, "NaN is not a number with digits");
    assert_int_equal(decimal_from_double(&d, -INFINITY, &e), ERR_RULE);
    assert_int_equal(decimal_from_double(&d, 1e300, &e), ERR_RULE);
    assert_int_equal(decimal_from_double(&d, 1e-300, &e), ERR_RULE);
    assert_string_equal(e.text, OUT_OF_RANGE);
}

/* ---- rounding -------------------------------------------------------------------------------- */

static void each_rounding_does_what_its_name_says(void **state)
{
    static const char *const amounts[] = { "2.5",  "3.5",  "2.51",  "2.49",  "2.0",
                                           "-2.5", "-3.5", "-2.51", "-2.49", "-0.4" };
    static const struct {
        const char *rounding;
        const char *answers[10];
    } cases[] = {
        { "half_up", { "3", "4", "3", "2", "2", "-3", "-4", "-3", "-2", "0" } },
        { "half_even", { "2", "4", "3", "2", "2", "-2", "-4", "-3", "-2", "0" } },
        { "half_down", { "2", "3", "3", "2", "2", "-2", "-3", "-3", "-2", "0" } },
        { "up", { "3", "4", "3", "3", "2", "-3", "-4", "-3", "-3", "-1" } },
        { "down", { "2", "3", "2", "2", "2", "-2", "-3", "-2", "-2", "0" } },
        { "ceiling", { "3", "4", "3", "3", "2", "-2", "-3", "-2", "-2", "0" } },
        { "floor", { "2", "3", "2", "2", "2", "-3", "-4", "-3", "-3", "-1" } },
    };
    enum decimal_rounding rounding = DECIMAL_UP;
    struct decimal one = made("1");

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t k = 0; k < 10; k++) {
            struct decimal a = made(amounts[k]);
            struct decimal out;
            struct err e;

            assert_int_equal(apply('r', &out, &a, &one, 0, cases[i].rounding, &e), ERR_OK);
            assert_decimal(&out, cases[i].answers[k]);
            assert_int_equal(apply('/', &out, &a, &one, 0, cases[i].rounding, &e), ERR_OK);
            assert_decimal(&out, cases[i].answers[k]);
        }
    }
    assert_false(decimal_rounding_find("HALF_UP", &rounding));
    assert_false(decimal_rounding_find("", &rounding));
    assert_int_equal(rounding, DECIMAL_UP);
}

static void a_scale_outside_its_range_is_refused(void **state)
{
    struct decimal one = made("1");
    struct decimal out;
    struct err e;

    (void)state;
    assert_int_equal(decimal_round(&out, &one, -1, DECIMAL_UP, &e), ERR_RULE);
    assert_string_equal(e.text, "a scale of -1 digits; it is 0 to 76");
    assert_int_equal(decimal_round(&out, &one, 77, DECIMAL_UP, &e), ERR_RULE);
    assert_int_equal(decimal_div(&out, &one, &one, 77, DECIMAL_UP, &e), ERR_RULE);
    assert_int_equal(decimal_round(&out, &one, 75, DECIMAL_UP, &e), ERR_OK);
    assert_int_equal(decimal_round(&out, &one, 76, DECIMAL_UP, &e), ERR_RULE);
    assert_string_equal(e.text, OUT_OF_RANGE);
}

static void a_quotient_ends_or_has_38_digits(void **state)
{
    static const char *const cases[][3] = {
        { "1", "3", "0.33333333333333333333333333333333333333" },
        { "2", "3", "0.66666666666666666666666666666666666667" },
        { "200", "3", "66.666666666666666666666666666666666667" },
        { "1", "8", "0.125" },
        { "4.00", "2", "2.00" },
        { "4", "2.00", "2.00" },
        { "0", "3.0", "0.0" },
        { "10.00", "4", "2.50" },
        { "1e75", "1",
          "1000000000000000000000000000000000000000000000000000000000000000000000000000" },
        { "-1", "3", "-0.33333333333333333333333333333333333333" },
        /* what is rounded up to a power of ten has 38 digits too */
        { "999.9999999999999999999999999999999999999999", "100",
          "10.000000000000000000000000000000000000" },
        /* a tie at the 38th digit goes to the even one */
        { "100000000000000000000000000000000000001", "2",
          "50000000000000000000000000000000000000" },
        { "100000000000000000000000000000000000003", "2",
          "50000000000000000000000000000000000002" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct decimal a = made(cases[i][0]);
        struct decimal b = made(cases[i][1]);
        struct err e;

        assert_int_equal(decimal_div(&a, &a, &b, -1, DECIMAL_UP, &e), ERR_OK);
        assert_decimal(&a, cases[i][2]);
    }
}

/* ---- laws ------------------------------------------------------------------------------------ */

static struct decimal random_decimal(struct random *random, unsigned digits)
{
    char text[100];
    unsigned char bytes[80];
    size_t size = 0;
    unsigned point;

    random->fill(random, bytes, sizeof(bytes));
    digits = 1 + bytes[76] % digits;
    point = bytes[77] % (digits + 1);
    if (bytes[78] & 1)
        text[size++] = '-';
    if (point == digits)
        text[size++] = '0';
    for (unsigned i = 0; i < digits; i++) {
        if (digits - i == point)
            text[size++] = '.';
        text[size++] = (char)('0' + (i == 0 && point < digits ? 1 + bytes[i] % 9 : bytes[i] % 10));
    }
    text[size] = '\0';
    return made(text);
}

static void sums_and_products_can_be_taken_back(void **state)
{
    struct random_seeded seeded;
    struct err e;

    (void)state;
    random_seeded_init(&seeded, 7);
    for (int i = 0; i < 20000; i++) {
        struct decimal a = random_decimal(&seeded.random, 37);
        struct decimal b = random_decimal(&seeded.random, 37);
        struct decimal out;

        assert_int_equal(decimal_add(&out, &a, &b, &e), ERR_OK);
        assert_int_equal(decimal_sub(&out, &out, &b, &e), ERR_OK);
        assert_int_equal(decimal_compare(&out, &a), 0);
        assert_int_equal(decimal_sub(&out, &a, &a, &e), ERR_OK);
        assert_true(decimal_is_zero(&out));
        assert_false(out.negative);
        if (decimal_is_zero(&b))
            continue;
        assert_int_equal(decimal_mul(&out, &a, &b, &e), ERR_OK);
        assert_int_equal(decimal_div(&out, &out, &b, -1, DECIMAL_DOWN, &e), ERR_OK);
        assert_int_equal(decimal_compare(&out, &a), 0);
    }
}

static void a_rest_is_smaller_than_its_divisor_and_has_its_sign(void **state)
{
    struct random_seeded seeded;
    struct err e;

    (void)state;
    random_seeded_init(&seeded, 8);
    for (int i = 0; i < 20000; i++) {
        struct decimal a = random_decimal(&seeded.random, 30);
        struct decimal b = random_decimal(&seeded.random, 30);
        struct decimal rest;
        struct decimal whole;
        int64_t unused;

        if (decimal_is_zero(&b))
            continue;
        assert_int_equal(decimal_mod(&rest, &a, &b, &e), ERR_OK);
        assert_true(decimal_is_zero(&rest) || rest.negative == b.negative);
        assert_int_equal(decimal_compare(&rest, &b), b.negative ? 1 : -1);
        assert_int_equal(decimal_sub(&whole, &a, &rest, &e), ERR_OK);
        assert_int_equal(decimal_mod(&whole, &whole, &b, &e), ERR_OK);
        assert_true(decimal_is_zero(&whole));
        assert_true(decimal_to_int(&whole, &unused));
    }
}

static void a_text_reads_back_as_itself(void **state)
{
    struct random_seeded seeded;

    (void)state;
    random_seeded_init(&seeded, 9);
    for (int i = 0; i < 20000; i++) {
        struct decimal d = random_decimal(&seeded.random, DECIMAL_DIGITS);
        struct decimal back;
        char text[DECIMAL_TEXT];
        struct err e;
        size_t size = decimal_text(&d, text);

        assert_int_equal(decimal_parse(&back, text, size, &e), ERR_OK);
        assert_memory_equal(back.limb, d.limb, sizeof(d.limb));
        assert_int_equal(back.scale, d.scale);
        assert_int_equal(back.negative, d.negative);
    }
}

static void order_is_by_magnitude(void **state)
{
    static const char *const rising[] = { "-1e75", "-10", "-9.99", "-0.001", "0.000", "1e-76",
                                          "0.1",   "1.1", "1.11",  "2",      "10",    "1e75" };
    struct decimal a = made("1.10");
    struct decimal b = made("1.1");

    (void)state;
    assert_int_equal(decimal_compare(&a, &b), 0);
    for (int i = 0; i < 12; i++) {
        for (int k = 0; k < 12; k++) {
            a = made(rising[i]);
            b = made(rising[k]);
            assert_int_equal(decimal_compare(&a, &b), (i > k) - (i < k));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_python),
        cmocka_unit_test(texts_are_read_with_their_scale),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(every_prefix_is_read_or_refused),
        cmocka_unit_test(integers_go_both_ways),
        cmocka_unit_test(doubles_go_by_their_shortest_text),
        cmocka_unit_test(each_rounding_does_what_its_name_says),
        cmocka_unit_test(a_scale_outside_its_range_is_refused),
        cmocka_unit_test(a_quotient_ends_or_has_38_digits),
        cmocka_unit_test(sums_and_products_can_be_taken_back),
        cmocka_unit_test(a_rest_is_smaller_than_its_divisor_and_has_its_sign),
        cmocka_unit_test(a_text_reads_back_as_itself),
        cmocka_unit_test(order_is_by_magnitude),
    };

    return cmocka_run_group_tests_name("decimal", tests, NULL, NULL);
}
