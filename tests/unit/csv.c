/* csv.c - rows of delimited text, read in pieces of every size and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "format/csv.h"

static const struct csv_dialect comma = { .delimiter = ',', .quote = '"', .strict = true };
static const struct csv_dialect lenient = { .delimiter = ',', .quote = '"' };
static const struct csv_dialect trimmed = {
    .delimiter = ';', .quote = '"', .strict = true, .trim = true
};
static const struct csv_dialect tabs = { .delimiter = '\t', .quote = '\0', .trim = true };

/* Rows as one text: fields between '<' and '>', those that are empty and bare as '-', rows by the
 * line they begin in. */
static enum err_code row_show(struct csv *csv, void *arg, const struct csv_row *row, struct err *e)
{
    struct buf *out = arg;

    (void)csv;
    (void)e;
    buf_addf(out, "%llu:", (unsigned long long)row->line);
    for (size_t i = 0; i < row->count; i++)
        if (row->fields[i].bare)
            buf_add_text(out, "-");
        else
            buf_addf(out, "<%.*s>", (int)row->fields[i].size, row->fields[i].at);
    buf_add_char(out, ' ');
    return ERR_OK;
}

static enum err_code row_fail(struct csv *csv, void *arg, const struct csv_row *row, struct err *e)
{
    size_t *field = arg;

    if (row->count <= *field)
        return ERR_OK;
    err_set(e, ERR_INVALID, "here");
    return csv_fail_at(csv, *field, "it", e);
}

static enum err_code read_in(const struct csv_dialect *dialect, const char *text, size_t step,
                             csv_row_fn *on_row, void *arg, struct err *e)
{
    struct csv *csv = csv_open(dialect, on_row, arg, e);
    size_t size = strlen(text);
    enum err_code rc = ERR_OK;

    assert_non_null(csv);
    for (size_t at = 0; rc == ERR_OK && at < size; at += step)
        rc = csv_feed(csv, text + at, size - at < step ? size - at : step, e);
    if (rc == ERR_OK)
        rc = csv_end(csv, e);
    csv_close(csv);
    return rc;
}

static void gives(const struct csv_dialect *dialect, const char *text, const char *wanted)
{
    for (size_t step = 1; step <= strlen(text) + 1; step++) {
        struct buf out;
        struct err e;

        buf_init(&out, MIB);
        if (read_in(dialect, text, step, row_show, &out, &e) != ERR_OK)
            fail_msg("%s: %s", text, e.text);
        if (strcmp(buf_text(&out), wanted) != 0)
            fail_msg("%s in pieces of %zu: wanted %s, is %s", text, step, wanted, buf_text(&out));
        buf_fini(&out);
    }
}

static void fails(const struct csv_dialect *dialect, const char *text, enum err_code code,
                  const char *part)
{
    for (size_t step = 1; step <= strlen(text) + 1; step++) {
        struct buf out;
        struct err e;

        buf_init(&out, MIB);
        assert_int_equal(read_in(dialect, text, step, row_show, &out, &e), code);
        if (strstr(e.text, part) == NULL)
            fail_msg("%s: wanted %s, said %s", text, part, e.text);
        buf_fini(&out);
    }
}

static void place(const struct csv_dialect *dialect, const char *text, size_t field,
                  const char *wanted)
{
    for (size_t step = 1; step <= strlen(text) + 1; step++) {
        struct err e;

        assert_int_equal(read_in(dialect, text, step, row_fail, &field, &e), ERR_INVALID);
        if (strcmp(e.text, wanted) != 0)
            fail_msg("%s in pieces of %zu: wanted %s, said %s", text, step, wanted, e.text);
    }
}

static void test_rows(void **state)
{
    (void)state;
    gives(&comma, "", "");
    gives(&comma, "a,b\nc,d", "1:<a><b> 2:<c><d> ");
    gives(&comma, "a,b\r\nc,d\r\n", "1:<a><b> 2:<c><d> ");
    gives(&comma, "a\rb\r", "1:<a> 2:<b> ");
    gives(&comma, "a,,\n,\n", "1:<a>-- 2:-- ");
    gives(&comma, "\n\na\n\n\nb\n\n", "3:<a> 6:<b> ");
    gives(&comma, " a , b ", "1:< a >< b > ");
    gives(&comma, "\xC3\xBC,\xE2\x82\xAC\n", "1:<\xC3\xBC><\xE2\x82\xAC> ");
}

static void test_quotes(void **state)
{
    (void)state;
    gives(&comma, "\"a\",\"b\"\n", "1:<a><b> ");
    gives(&comma, "\"a,b\",\"\",", "1:<a,b><>- ");
    gives(&comma, "\"say \"\"hi\"\"\"\n", "1:<say \"hi\"> ");
    gives(&comma, "\"a\nb\",c\nd,e\n", "1:<a\nb><c> 3:<d><e> ");
    gives(&comma, "\"a\r\nb\r\n\",c\r\nd", "1:<a\r\nb\r\n><c> 4:<d> ");
    gives(&comma, "\"\n\"\nx", "1:<\n> 3:<x> ");
    gives(&comma, "\"\"\"\"", "1:<\"> ");
    gives(&lenient, "a\"b,c\n", "1:<a\"b><c> ");
    gives(&lenient, "\"a\"b,c\"\n", "1:<a\"b,c> ");
}

static void test_dialects(void **state)
{
    (void)state;
    gives(&trimmed, " a ; \" b \" ;\t c d\t\n", "1:<a>< b ><c d> ");
    gives(&trimmed, "a,b;c\n", "1:<a,b><c> ");
    gives(&tabs, "a\t b\"c \t\td\n", "1:<a><b\"c>-<d> ");
    gives(&(struct csv_dialect){ .delimiter = ',', .quote = '"', .skip = 2 },
          "Report of \"May\nsecond\na,b\n", "3:<a><b> ");
    gives(&(struct csv_dialect){ .delimiter = '|', .quote = '\'', .strict = true }, "'a|b'|\"c\"\n",
          "1:<a|b><\"c\"> ");
}

static void test_faults(void **state)
{
    (void)state;
    fails(&comma, "a,b\nc,d\"e\n", ERR_SYNTAX, "line 2, column 4, field 2: a quote within");
    fails(&comma, "a\n\"b\"c,d\n", ERR_SYNTAX, "line 2, column 4, field 1: behind the closing");
    fails(&comma, "a,\"b\n", ERR_SYNTAX,
          "line 1, column 3, field 2: the field's closing quote is missing");
    fails(&comma, "a,\"b\nc\nd,e", ERR_SYNTAX, "line 1, column 3, field 2");
    fails(&lenient, "\"a\"b,c\n", ERR_SYNTAX, "line 1, column 1, field 1: the field's closing");
    fails(&lenient, "x\na,\"b\n", ERR_SYNTAX, "line 2, column 3, field 2");
}

static void test_limits(void **state)
{
    struct csv_dialect tight = comma;

    (void)state;
    tight.columns_max = 2;
    fails(&tight, "a,b\na,b,c\n", ERR_LIMIT, "line 2, column 5, field 3: a row has at most 2");
    tight = comma;
    tight.field_max = 3;
    gives(&tight, "abc,\"def\"", "1:<abc><def> ");
    fails(&tight, "abc\nx,abcd\n", ERR_LIMIT, "line 2, column 3, field 2: the field has 4 bytes");
    fails(&tight, "x,\"ab\ncd\nef", ERR_LIMIT, "line 1, column 3, field 2");
    tight = comma;
    tight.rows_max = 2;
    fails(&tight, "a\nb\nc\n", ERR_LIMIT, "line 3, column 1, field 1: there are more than 2 rows");
}

/* A quote that is never closed does not gather the rest of the file. */
static void test_long_line(void **state)
{
    size_t size = 6 * MIB;
    char *text = mem_must(size);
    struct buf out;
    struct err e;

    (void)state;
    memset(text, 'x', size - 1);
    text[0] = '"';
    buf_init(&out, MIB);
    assert_int_equal(read_in(&comma, text, 65536, row_show, &out, &e), ERR_LIMIT);
    assert_non_null(strstr(e.text, "line 1"));
    for (size_t i = 100; i < size - 1; i += 100)
        text[i] = '\n';
    assert_int_equal(read_in(&comma, text, 65536, row_show, &out, &e), ERR_LIMIT);
    assert_non_null(strstr(e.text, "line 1, column 1, field 1: the field has more than"));
    buf_fini(&out);
    mem_free(text);
}

static void test_places(void **state)
{
    (void)state;
    place(&comma, "ab,cd,ef\n", 0, "line 1, column 1, field 1 (it): here");
    place(&comma, "ab,cd,ef\n", 2, "line 1, column 7, field 3 (it): here");
    place(&comma, "x\n\"a,b\",c\n", 1, "line 2, column 7, field 2 (it): here");
    place(&comma, "\"a\nb\",c,d\n", 0, "line 1, column 1, field 1 (it): here");
    place(&comma, "\"a\nb\",c,d\n", 2, "line 2, column 6, field 3 (it): here");
    place(&comma, "x,\"a\n\"\"b\nc\",d", 1, "line 1, column 3, field 2 (it): here");
    place(&comma, "x,\"a\n\"\"b\nc\",d", 2, "line 3, column 4, field 3 (it): here");
    place(&trimmed, "a; \"x;\" ;c", 2, "line 1, column 10, field 3 (it): here");
    place(&lenient, "\"a\"b\",c", 1, "line 1, column 7, field 2 (it): here");
}

/* ---- Writing */

static const struct csv_writing plain = { .delimiter = ',', .quote = '"' };

static void writes(const struct csv_writing *how, const char *text, bool number, const char *wanted)
{
    struct buf out;
    struct err e;

    buf_init(&out, MIB);
    if (csv_write_field(how, true, text, strlen(text), number, &out, &e) != ERR_OK)
        fail_msg("%s", e.text);
    assert_string_equal(buf_text(&out), wanted);
    buf_fini(&out);
}

static void test_write(void **state)
{
    struct csv_writing how = plain;

    (void)state;
    writes(&how, "a", false, "a");
    writes(&how, "a,b", false, "\"a,b\"");
    writes(&how, "say \"hi\"", false, "\"say \"\"hi\"\"\"");
    writes(&how, "\"", false, "\"\"\"\"");
    writes(&how, "a\nb", false, "\"a\nb\"");
    writes(&how, " a", false, "\" a\"");
    writes(&how, "", false, "");
    writes(&how, "=1+1", false, "=1+1");
    how.null_differs = true;
    writes(&how, "", false, "\"\"");
    how.quoting = CSV_QUOTE_TEXTS;
    writes(&how, "a", false, "\"a\"");
    writes(&how, "1.50", true, "1.50");
    how.quoting = CSV_QUOTE_ALL;
    writes(&how, "1.50", true, "\"1.50\"");
}

static void test_formulas(void **state)
{
    static const char *const texts[] = { "=1+1", "+1",   "-1",    "@SUM(A1)", "\tx",
                                         "\rx",  "a;=1", "a\n-1", "a;\"=1\"" };
    struct csv_writing how = plain;
    struct buf out;
    struct err e;

    (void)state;
    how.formulas = CSV_FORMULA_DISARM;
    writes(&how, "=cmd|' /C calc'!A0", false, "'=cmd|' /C calc'!A0");
    writes(&how, "=a,b", false, "\"'=a,b\"");
    writes(&how, "-5.00", true, "-5.00");
    writes(&how, "a=b", false, "a=b");
    writes(&how, "a;=1+1;b", false, "a;'=1+1;b"); /* where the semicolon is the delimiter */
    writes(&how, "=1;=2", false, "'=1;'=2");
    writes(&how, "a,=1", false, "\"a,'=1\"");
    writes(&how, "a;\"=1\"", false, "\"a;\"\"'=1\"\"\"");
    writes(&how, "a\n-1", false, "\"a\n'-1\"");
    writes(&how, "a; b-1", false, "a; b-1");
    how.formulas = CSV_FORMULA_REFUSE;
    buf_init(&out, MIB);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(csv_write_field(&how, true, texts[i], strlen(texts[i]), false, &out, &e),
                         ERR_POLICY);
    how = plain;
    how.quote = '\0';
    assert_int_equal(csv_write_field(&how, true, "a,b", 3, false, &out, &e), ERR_INVALID);
    buf_fini(&out);
}

/* What is written is read again as it was: made-up rows of the characters that matter. */
static enum err_code row_compare(struct csv *csv, void *arg, const struct csv_row *row,
                                 struct err *e)
{
    char(**at)[8] = arg;

    (void)csv;
    (void)e;
    assert_int_equal(row->count, 3);
    for (size_t i = 0; i < 3; i++, (*at)++) {
        assert_int_equal(row->fields[i].size, strlen(**at));
        assert_memory_equal(row->fields[i].at, **at, row->fields[i].size);
    }
    return ERR_OK;
}

static void test_there_and_back(void **state)
{
    static const char letters[] = "a,\"\n\r ;=\t";
    uint32_t dice = 7;

    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        char fields[12][8];
        char(*at)[8] = fields;
        struct csv_writing how = plain;
        struct buf out;
        struct err e;
        size_t row_at = 0;

        how.quoting = round % 3;
        how.crlf = round % 2;
        buf_init(&out, MIB);
        for (unsigned i = 0; i < 12; i++) {
            size_t size = (dice = dice * 1664525u + 1013904223u) >> 29;

            for (size_t c = 0; c < size; c++)
                fields[i][c] =
                    letters[((dice = dice * 1664525u + 1013904223u) >> 16) % (sizeof letters - 1)];
            fields[i][size] = '\0';
            assert_int_equal(csv_write_field(&how, i % 3 == 0, fields[i], size, false, &out, &e),
                             ERR_OK);
            if (i % 3 == 2) {
                csv_write_end(&how, row_at, &out);
                row_at = out.len;
            }
        }
        if (read_in(&comma, buf_text(&out), 1 + round % 17, row_compare, &at, &e) != ERR_OK)
            fail_msg("%s: %s", buf_text(&out), e.text);
        assert_ptr_equal(at, fields + 12);
        buf_fini(&out);
    }
}

static void test_write_rows(void **state)
{
    struct buf out;
    struct err e;

    (void)state;
    buf_init(&out, MIB);
    assert_int_equal(csv_write_field(&plain, true, "", 0, false, &out, &e), ERR_OK);
    csv_write_end(&plain, 0, &out); /* not a blank line, which a reader passes over */
    assert_string_equal(buf_text(&out), "\"\"\n");
    csv_write_null(&plain, true, &out);
    csv_write_null(&plain, false, &out);
    csv_write_end(&plain, 3, &out);
    assert_string_equal(buf_text(&out), "\"\"\n,\n");
    buf_fini(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),       cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_dialects),   cmocka_unit_test(test_faults),
        cmocka_unit_test(test_limits),     cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_places),     cmocka_unit_test(test_write),
        cmocka_unit_test(test_formulas),   cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_write_rows),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
