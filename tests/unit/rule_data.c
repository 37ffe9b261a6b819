/* rule_data.c - the tables that are built in agree with themselves, and with ICU where ICU knows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unicode/ucurr.h>
#include <unicode/ustring.h>

#include "rules/rule_data_priv.h"

/* CLDR tells the digits that people use; in these currencies they use none, while ISO 4217 has
 * some. Amounts between machines follow ISO. */
static const char in_cash[] = " AFN ALL IQD IRR KPW LAK LBP MGA MMK MRO RSD SLL SOS STD SYP YER ";
/* Younger than the ICU of Debian 12. */
static const char young[] = " VED XAD XCG ZWG ";

static int digits_icu(const char *code)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar name[4];
    int digits;

    u_uastrcpy(name, code);
    digits = ucurr_getDefaultFractionDigits(name, &status);
    assert_true(U_SUCCESS(status));
    return digits;
}

static int is_among(const char *list, const char *code)
{
    const char *at = strstr(list, code);

    return at != NULL && at[-1] == ' ' && at[3] == ' ';
}

static void currencies_have_the_digits_that_icu_knows(void **state)
{
    (void)state;
    assert_true(data_currencies.count > 170);
    for (size_t i = 0; i < data_currencies.count; i++) {
        const struct data_row *row = &data_currencies.rows[i];
        int digits = (int)strtol(row->field[1], NULL, 10);

        assert_int_equal(strlen(row->field[0]), 3);
        assert_in_range(digits, 0, 4);
        if (i > 0)
            assert_true(strcmp(row[-1].field[0], row->field[0]) < 0);
        if (is_among(in_cash, row->field[0]))
            assert_int_equal(digits_icu(row->field[0]), 0);
        else if (!is_among(young, row->field[0]) && digits != digits_icu(row->field[0]))
            fail_msg("%s has %d digits, ICU says %d", row->field[0], digits,
                     digits_icu(row->field[0]));
    }
}

static void every_abbreviation_is_a_word_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < data_streets.count; i++) {
        const struct data_row *row = &data_streets.rows[i];
        int itself = 0;

        for (size_t j = 0; j < data_streets.count; j++) {
            const struct data_row *other = &data_streets.rows[j];

            if (strcmp(other->field[0], row->field[0]) != 0)
                continue;
            if (i != j && strcmp(other->field[1], row->field[1]) == 0)
                fail_msg("%s %s is there twice", row->field[0], row->field[1]);
            if (strcmp(other->field[1], row->field[2]) == 0) {
                itself = 1;
                assert_string_equal(other->field[2], row->field[2]);
            }
        }
        if (!itself)
            fail_msg("%s is an abbreviation, but no word", row->field[2]);
    }
}

static void states_are_whole(void **state)
{
    size_t us = 0, ca = 0;

    (void)state;
    for (size_t i = 0; i < data_states.count; i++) {
        const struct data_row *row = &data_states.rows[i];
        size_t j = 0;

        while (strcmp(data_states.rows[j].field[0], row->field[0]) != 0 ||
               strcmp(data_states.rows[j].field[1], row->field[1]) != 0)
            j++;
        assert_int_equal(strlen(row->field[1]), 2);
        us += j == i && strcmp(row->field[0], "US") == 0;
        ca += j == i && strcmp(row->field[0], "CA") == 0;
    }
    assert_int_equal(us, 50 + 1 + 5 + 3 + 3); /* states, DC, territories, free states, posts */
    assert_int_equal(ca, 10 + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(currencies_have_the_digits_that_icu_knows),
        cmocka_unit_test(every_abbreviation_is_a_word_of_its_own),
        cmocka_unit_test(states_are_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
