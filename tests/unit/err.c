/* err.c - the table of errors, and texts that are too long for their struct. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"

static void every_code_has_a_row_and_is_found_by_its_name(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_COUNT; i++) {
        enum err_code found = ERR_COUNT;

        assert_true(strlen(err_name(i)) > 0);
        assert_true(strlen(err_about(i)) > 0);
        assert_in_range(err_status(i), 200, 599);
        assert_true(err_find(err_name(i), &found));
        assert_int_equal(found, i);
    }
}

static void the_rows_say_what_the_callers_count_on(void **state)
{
    enum err_code found = ERR_OK;

    (void)state;
    assert_string_equal(err_name(ERR_RATE_LIMITED), "rate_limited");
    assert_int_equal(err_status(ERR_RATE_LIMITED), 429);
    assert_true(err_retry(ERR_RATE_LIMITED));
    assert_false(err_retry(ERR_IN_DOUBT));
    assert_int_equal(err_status(ERR_LIMIT), 413);
    assert_false(err_find("no_such_error", &found));
    assert_int_equal(found, ERR_OK);
}

static void a_text_may_be_made_of_itself(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(err_set(&e, ERR_SYNTAX, "column %d", 7), ERR_SYNTAX);
    assert_int_equal(err_set(&e, ERR_INVALID, "first: %s, again: %s", e.text, e.text), ERR_INVALID);
    assert_string_equal(e.text, "first: column 7, again: column 7");
    assert_int_equal(e.code, ERR_INVALID);
}

static void without_a_struct_the_code_is_all(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, ERR_LIMIT, "%s", "lost"), ERR_LIMIT);
}

static void a_prefix_stands_in_front_and_keeps_the_code(void **state)
{
    struct err e;

    (void)state;
    err_set(&e, ERR_AUTH, "refused");
    assert_int_equal(err_prefix(&e, "connection %s", "erp"), ERR_AUTH);
    assert_string_equal(e.text, "connection erp: refused");
}

static void a_long_text_is_cut_between_characters_and_shows_it(void **state)
{
    char longer[1000];
    struct err e;

    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        memset(longer, 'x', sizeof(longer));
        for (size_t i = shift; i + 3 < sizeof(longer); i += 3)
            memcpy(longer + i, "\xE2\x82\xAC", 3);
        longer[sizeof(longer) - 4] = '\0';
        err_set(&e, ERR_RULE, "%s", longer);
        assert_in_range(strlen(e.text), sizeof(e.text) - 5, sizeof(e.text) - 1);
        assert_string_equal(e.text + strlen(e.text) - 3, "...");
        assert_true(utf8_valid(e.text, strlen(e.text)));
    }
    err_prefix(&e, "%s", longer);
    assert_true(utf8_valid(e.text, strlen(e.text)));
}

/* What keeps an error as JSON would end the process over it. */
static void a_text_is_utf8_whatever_it_is_made_of(void **state)
{
    struct err e;

    (void)state;
    err_set(&e, ERR_INVALID, "called %.2s|%s|%s", "\x61\xc3\xa9", "\xff\xed\xa0\x80 ok",
            "\xf0\x9f\x98\x80\xe2\x82");
    assert_string_equal(e.text, "called a?|???? ok|\xf0\x9f\x98\x80??");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_row_and_is_found_by_its_name),
        cmocka_unit_test(the_rows_say_what_the_callers_count_on),
        cmocka_unit_test(a_text_may_be_made_of_itself),
        cmocka_unit_test(without_a_struct_the_code_is_all),
        cmocka_unit_test(a_prefix_stands_in_front_and_keeps_the_code),
        cmocka_unit_test(a_long_text_is_cut_between_characters_and_shows_it),
        cmocka_unit_test(a_text_is_utf8_whatever_it_is_made_of),
    };

    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
