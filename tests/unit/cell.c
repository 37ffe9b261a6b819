/* cell.c - fields of foreign formats: numbers to the last digit, truth values, dates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/cell.h"

static const struct cell_form number = { .kind = CELL_NUMBER, .places = -1 };
static const struct cell_form comma = {
    .kind = CELL_NUMBER, .decimal = ',', .group = '.', .places = -1
};
static const struct cell_form integer = { .kind = CELL_INTEGER, .group = ',', .places = -1 };
static const struct cell_form cents = { .kind = CELL_NUMBER, .scale = 2, .places = -1 };
static const struct cell_form boolean = { .kind = CELL_BOOLEAN };
static const struct cell_form date = { .kind = CELL_DATE };

/* wanted: JSON; NULL: refused. */
static void reads(const struct cell_form *form, const char *text, const char *wanted)
{
    struct err e;
    json_t *value = cell_read(form, text, strlen(text), &e);
    char *is;

    if (wanted == NULL) {
        if (value != NULL)
            fail_msg("\"%s\" should be refused", text);
        assert_int_equal(e.code, ERR_INVALID);
        return;
    }
    if (value == NULL)
        fail_msg("\"%s\": %s", text, e.text);
    is = json_text_new(value, 1000, NULL);
    assert_string_equal(is, wanted);
    mem_free(is);
    json_decref(value);
}

static void writes(const struct cell_form *form, const char *json, const char *wanted)
{
    struct err e;
    json_t *value = json_read(json, strlen(json), &json_limits_body, &e);
    struct buf out;
    enum err_code rc;

    assert_non_null(value);
    buf_init(&out, 1000);
    rc = cell_write(form, value, &out, NULL, &e);
    if (wanted == NULL)
        assert_int_equal(rc, ERR_INVALID);
    else if (rc != ERR_OK)
        fail_msg("%s: %s", json, e.text);
    else
        assert_string_equal(buf_text(&out), wanted);
    buf_fini(&out);
    json_decref(value);
}

static void test_numbers(void **state)
{
    (void)state;
    reads(&number, "1", "1");
    reads(&number, "1.50", "1.50");
    reads(&number, " -1.50 ", "-1.50");
    reads(&number, "+7", "7");
    reads(&number, "007", "7");
    reads(&number, "0.10", "0.10");
    reads(&number, "00", "0");
    reads(&number, ".5", "0.5");
    reads(&number, "5.", "5");
    reads(&number, "12.30-", "-12.30");
    reads(&number, "(12.30)", "-12.30");
    reads(&number, "- 5", "-5");
    reads(&number, "-0", "0");
    reads(&number, "1.5E+03", "1500");
    reads(&number, "2e-2", "0.02");
    reads(&number, "12345678901234567890123456789012345678.90",
          "12345678901234567890123456789012345678.90");
    reads(&number, "", NULL);
    reads(&number, "-", NULL);
    reads(&number, ".", NULL);
    reads(&number, "1,5", NULL);
    reads(&number, "1.5.2", NULL);
    reads(&number, "--5", NULL);
    reads(&number, "-5-", NULL);
    reads(&number, "(-5)", NULL);
    reads(&number, "12a", NULL);
    reads(&number, "1 2", NULL);
    reads(&number, "e5", NULL);
    reads(&number, "1e", NULL);
    reads(&number, "0x10", NULL);
    reads(&number, "NaN", NULL);
    reads(&number, "Infinity", NULL);
    reads(&number, "1e999999999", NULL);
    reads(&number, "\xD9\xA1", NULL); /* digits of other scripts */
}

static void test_locales(void **state)
{
    struct cell_form swiss = { .kind = CELL_NUMBER, .group = '\'', .places = -1 };

    (void)state;
    reads(&comma, "1.234,50", "1234.50");
    reads(&comma, "1234,50", "1234.50");
    reads(&comma, "1.234.567", "1234567");
    reads(&comma, "12.345.678,90-", "-12345678.90");
    reads(&comma, "1.23", NULL);
    reads(&comma, "1.2345", NULL);
    reads(&comma, "1234.567", NULL);
    reads(&comma, ".123", NULL);
    reads(&comma, "1,234.50", NULL);
    reads(&comma, "1..234", NULL);
    reads(&swiss, "1'234.50", "1234.50");
}

static void test_integers(void **state)
{
    (void)state;
    reads(&integer, "1,234", "1234");
    reads(&integer, "5.00", "5");
    reads(&integer, "1E3", "1000");
    reads(&integer, "5.01", NULL);
    reads(&integer, "123456789012345678901234567890", "123456789012345678901234567890");
}

static void test_implied_decimals(void **state)
{
    (void)state;
    reads(&cents, "0000123456", "1234.56");
    reads(&cents, "5", "0.05");
    reads(&cents, "-5", "-0.05");
    reads(&cents, "1.5", NULL);
    writes(&cents, "1234.56", "123456");
    writes(&cents, "1234.5", "123450");
    writes(&cents, "0.05", "5");
    writes(&cents, "-7", "-700");
    writes(&cents, "0.055", NULL);
    writes(&cents, "0.050", "5");
}

static void test_write_numbers(void **state)
{
    struct cell_form two = comma;
    struct cell_form whole = integer;

    (void)state;
    two.places = 2;
    whole.group = '\0';
    writes(&number, "100.10", "100.10");
    writes(&number, "\"100.10\"", "100.10");
    writes(&number, "\"x\"", NULL);
    writes(&number, "true", NULL);
    writes(&two, "1234567.5", "1.234.567,50");
    writes(&two, "-123", "-123,00");
    writes(&two, "1.005", NULL);
    writes(&whole, "5.0", "5");
    writes(&whole, "5.5", NULL);
}

static void test_booleans(void **state)
{
    struct cell_form german = { .kind = CELL_BOOLEAN, .yes = "J", .no = "N" };

    (void)state;
    reads(&boolean, "TRUE", "true");
    reads(&boolean, "y", "true");
    reads(&boolean, " 0 ", "false");
    reads(&boolean, "No", "false");
    reads(&boolean, "2", NULL);
    reads(&boolean, "", NULL);
    reads(&german, "J", "true");
    reads(&german, "N", "false");
    reads(&german, "j", NULL);
    reads(&german, "true", NULL);
    writes(&boolean, "true", "true");
    writes(&german, "false", "N");
    writes(&german, "\"N\"", NULL);
}

static void test_dates(void **state)
{
    struct cell_form form = date;

    (void)state;
    reads(&form, "2026-11-21", "\"2026-11-21\"");
    reads(&form, "2026-11-21T09:03:03Z", "\"2026-11-21T09:03:03Z\"");
    reads(&form, "2026-02-29", NULL);
    reads(&form, "2024-02-29", "\"2024-02-29\"");
    reads(&form, "21.11.2026", NULL);
    form.pattern = "dd.MM.yyyy";
    reads(&form, "21.11.2026", "\"2026-11-21\"");
    reads(&form, "1.11.2026", NULL);
    reads(&form, "31.04.2026", NULL);
    reads(&form, "21.11.2026x", NULL);
    writes(&form, "\"2026-11-21\"", "21.11.2026");
    writes(&form, "\"2026-11-21T10:00:00Z\"", "21.11.2026");
    writes(&form, "\"soon\"", NULL);
    form.pattern = "M/d/yy";
    reads(&form, "1/2/26", "\"2026-01-02\"");
    reads(&form, "12/31/99", "\"1999-12-31\"");
    writes(&form, "\"1999-12-31\"", "12/31/99");
    writes(&form, "\"1950-01-01\"", NULL);
    form.pattern = "yyyyMMddHHmmss";
    reads(&form, "20261121090303", "\"2026-11-21T09:03:03\"");
    reads(&form, "20261121240000", NULL);
    form.pattern = "yyyy'T'MM''dd";
    reads(&form, "2026T11'21", "\"2026-11-21\"");
    form.pattern = "yyyyMMdd-HHmmss.SSS";
    reads(&form, "20261121-090303.007", "\"2026-11-21T09:03:03.007\"");
}

static void test_patterns(void **state)
{
    static const char *const wrong[] = { "",     "dd.MM",    "yyy-MM-dd",  "yyyy-MM-dd hh:mm",
                                         "dddM", "yyyy-Mdd", "yyyy'MM-dd", "DD.MM.YYYY" };
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (cell_pattern_check(wrong[i], &e) == ERR_OK)
            fail_msg("%s should be refused", wrong[i]);
    assert_int_equal(cell_pattern_check("dd.MM.yyyy HH:mm", &e), ERR_OK);
}

static void test_texts(void **state)
{
    struct cell_form text = { .kind = CELL_TEXT };

    (void)state;
    reads(&text, " 007 ", "\" 007 \"");
    writes(&text, "100.10", "100.10");
    writes(&text, "false", "false");
    writes(&text, "[]", NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),       cmocka_unit_test(test_locales),
        cmocka_unit_test(test_integers),      cmocka_unit_test(test_implied_decimals),
        cmocka_unit_test(test_write_numbers), cmocka_unit_test(test_booleans),
        cmocka_unit_test(test_dates),         cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_texts),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
