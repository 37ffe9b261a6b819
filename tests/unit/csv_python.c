/* csv_python.c - rows against a second implementation: what Python's csv module writes is read as
 * it reads it, and what is written all in quotes is its text, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "format/csv.h"

static const struct {
    char delimiter;
    bool all, crlf;
    const char *text, *rows;
} cases[] = {
#include "csv_cases.inc"
};
#define CASES (sizeof cases / sizeof *cases)

struct found {
    struct buf shown, written;
    struct csv_writing how;
};

static enum err_code on_row(struct csv *csv, void *arg, const struct csv_row *row, struct err *e)
{
    struct found *found = arg;
    size_t row_at = found->written.len;

    (void)csv;
    if (found->shown.len > 0)
        buf_add_char(&found->shown, ' ');
    for (size_t i = 0; i < row->count; i++) {
        const struct csv_field *field = &row->fields[i];

        buf_addf(&found->shown, "<%.*s>", (int)field->size, field->at);
        assert_int_equal(
            csv_write_field(&found->how, i == 0, field->at, field->size, false, &found->written, e),
            ERR_OK);
    }
    csv_write_end(&found->how, row_at, &found->written);
    return ERR_OK;
}

static void compare(size_t at, size_t step)
{
    struct csv_dialect dialect = { .delimiter = cases[at].delimiter, .quote = '"', .strict = true };
    struct found found = { .how = { .delimiter = cases[at].delimiter,
                                    .quote = '"',
                                    .quoting = CSV_QUOTE_ALL,
                                    .crlf = cases[at].crlf } };
    size_t size = strlen(cases[at].text);
    enum err_code rc = ERR_OK;
    struct csv *csv;
    struct err e;

    buf_init(&found.shown, MIB);
    buf_init(&found.written, MIB);
    csv = csv_open(&dialect, on_row, &found, &e);
    for (size_t i = 0; rc == ERR_OK && i < size; i += step)
        rc = csv_feed(csv, cases[at].text + i, size - i < step ? size - i : step, &e);
    if (rc == ERR_OK)
        rc = csv_end(csv, &e);
    if (rc != ERR_OK)
        fail_msg("case %zu: %s", at, e.text);
    if (strcmp(buf_text(&found.shown), cases[at].rows) != 0)
        fail_msg("case %zu: wanted %s, is %s", at, cases[at].rows, buf_text(&found.shown));
    if (cases[at].all)
        assert_string_equal(buf_text(&found.written), cases[at].text);
    csv_close(csv);
    buf_fini(&found.shown);
    buf_fini(&found.written);
}

static void test_python_agrees(void **state)
{
    (void)state;
    assert_true(CASES >= 400);
    for (size_t i = 0; i < CASES; i++) {
        compare(i, 1);
        compare(i, 3);
        compare(i, 1000);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_python_agrees),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
