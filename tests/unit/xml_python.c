/* xml_python.c - documents against a second implementation: they give the JSON that Python's
 * ElementTree finds in them; written again they are the same to both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/xml.h"

static const struct {
    const char *text, *json;
} cases[] = {
#include "xml_cases.inc"
};
#define CASES (sizeof cases / sizeof *cases)

static json_t *read_in(const struct xml_form *form, const char *text, size_t size, size_t step)
{
    struct err e;
    struct xml_json *reader = xml_json_new(form, &e);
    enum err_code rc = ERR_OK;
    json_t *value = NULL;

    for (size_t at = 0; rc == ERR_OK && at < size; at += step)
        rc = xml_json_feed(reader, text + at, size - at < step ? size - at : step, &e);
    if (rc == ERR_OK)
        rc = xml_json_end(reader, &value, &e);
    if (rc != ERR_OK)
        fail_msg("%s: %s", text, e.text);
    xml_json_free(reader);
    return value;
}

static void compare(size_t at)
{
    static const struct xml_form form = { .style = XML_DATA };
    const struct xml_writing how = { .form = &form };
    json_t *wanted, *value, *pieces, *again;
    struct buf out;
    struct err e;

    wanted = json_read(cases[at].json, strlen(cases[at].json), &json_limits_body, &e);
    assert_non_null(wanted);
    value = read_in(&form, cases[at].text, strlen(cases[at].text), SIZE_MAX / 2);
    pieces = read_in(&form, cases[at].text, strlen(cases[at].text), 3);
    if (!json_same(value, wanted))
        fail_msg("case %zu: %s: wanted %s", at, cases[at].text, cases[at].json);
    assert_true(json_same(value, pieces));
    buf_init(&out, MIB);
    assert_int_equal(xml_write(&how, value, &out, &e), ERR_OK);
    again = read_in(&form, buf_text(&out), out.len, SIZE_MAX / 2);
    assert_true(json_same(value, again));
    buf_fini(&out);
    json_decref(wanted);
    json_decref(value);
    json_decref(pieces);
    json_decref(again);
}

static void test_python_agrees(void **state)
{
    (void)state;
    assert_true(CASES >= 300);
    for (size_t i = 0; i < CASES; i++)
        compare(i);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_python_agrees),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
