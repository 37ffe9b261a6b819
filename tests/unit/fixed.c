/* fixed.c - records without line ends, whose text comes in pieces of any size: a character of
 * several bytes at the end of a record is whole. (tests/fuzz/fixed.c has the rest by chance,
 * tests/nodes the conventions.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "format/fixed.h"

static const struct fixed_field field = { .name = "name", .start = 1, .length = 3, .pad = ' ' };
static const struct fixed_record record = { .name = "line", .fields = &field, .field_count = 1 };
static const struct fixed_layout layout = {
    .records = &record, .record_count = 1, .unbroken = true, .width = 3
};

static enum err_code keep(void *arg, size_t at, json_t *row, struct err *e)
{
    (void)at;
    (void)e;
    json_array_append_new(arg, row);
    return ERR_OK;
}

static void records_in_pieces(const char *text, size_t step, const char *const *wanted,
                              size_t count)
{
    json_t *rows = json_array();
    struct err e;
    struct fixed *fixed = fixed_new(&layout, keep, rows, &e);
    size_t size = strlen(text);

    assert_non_null(fixed);
    for (size_t at = 0; at < size; at += step)
        assert_int_equal(fixed_feed(fixed, text + at, size - at < step ? size - at : step, &e),
                         ERR_OK);
    assert_int_equal(fixed_end(fixed, &e), ERR_OK);
    assert_int_equal(json_array_size(rows), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(json_get_text(json_array_get(rows, i), "name"), wanted[i]);
    fixed_free(fixed);
    json_decref(rows);
}

static void a_record_ends_with_a_whole_character(void **state)
{
    static const char *const wanted[] = { "ab\xC3\xA4", "c\xE2\x82\xAC\xF0\x9F\x98\x80", "def" };

    (void)state;
    for (size_t step = 1; step <= 16; step++)
        records_in_pieces("ab\xC3\xA4"
                          "c\xE2\x82\xAC\xF0\x9F\x98\x80"
                          "def",
                          step, wanted, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_ends_with_a_whole_character),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
