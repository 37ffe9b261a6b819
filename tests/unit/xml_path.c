/* xml_path.c - values found by XPath, and what an expression must not do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/xml.h"

static const atomic_bool never = false;

static json_t *json_of(const char *text)
{
    char *copy = mem_must_copy(text);
    struct err e;
    json_t *json;

    for (char *c = copy; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    json = json_read(copy, strlen(copy), &json_limits_body, &e);
    if (json == NULL)
        fail_msg("%s: %s", copy, e.text);
    mem_free(copy);
    return json;
}

#define INVOICE                                                                              \
    "<x:inv xmlns:x='urn:inv' no='7'>\n<x:line n='1'><x:sum>1.50</x:sum></x:line>\n<x:line " \
    "n='2'><x:sum>2.00</x:sum><x:note>a</x:note><x:note>b</x:note></x:line></x:inv>"

static enum err_code extract(const char *each, const struct xml_path *paths, size_t count,
                             json_t **value, struct err *e)
{
    json_t *spaces = json_of("{'i': 'urn:inv'}");
    struct xml *tree = xml_new(NULL, NULL, e);
    enum err_code rc;

    assert_non_null(tree);
    assert_int_equal(xml_feed(tree, INVOICE, strlen(INVOICE), e), ERR_OK);
    assert_int_equal(xml_end(tree, e), ERR_OK);
    rc = xml_extract(tree, each, paths, count, spaces, &never, value, e);
    xml_free(tree);
    json_decref(spaces);
    return rc;
}

static void finds(const char *each, const char *path, enum cell_kind kind, bool list,
                  const char *wanted)
{
    const struct xml_path paths[] = {
        { .to = "v", .path = path, .list = list, .form = { .kind = kind, .places = -1 } },
    };
    json_t *value, *other = json_of(wanted);
    struct err e;
    char *is;

    if (extract(each, paths, 1, &value, &e) != ERR_OK)
        fail_msg("%s: %s", path, e.text);
    is = json_text_new(value, MIB, NULL);
    if (!json_same(value, other))
        fail_msg("%s: wanted %s, is %s", path, wanted, is);
    mem_free(is);
    json_decref(value);
    json_decref(other);
}

static void finds_not(const char *each, const char *path, bool required, const char *part)
{
    const struct xml_path paths[] = {
        { .to = "v", .path = path, .required = required, .form = { .kind = CELL_NUMBER } },
    };
    json_t *value;
    struct err e;

    assert_int_equal(extract(each, paths, 1, &value, &e), ERR_INVALID);
    assert_null(value);
    if (strstr(e.text, part) == NULL)
        fail_msg("%s: wanted %s, said %s", path, part, e.text);
}

static void test_xpath(void **state)
{
    (void)state;
    finds(NULL, "/i:inv/@no", CELL_INTEGER, false, "{'v': 7}");
    finds(NULL, "//i:sum", CELL_NUMBER, true, "{'v': [1.50, 2.00]}");
    finds(NULL, "//i:none", CELL_TEXT, false, "{'v': null}");
    finds(NULL, "//i:none", CELL_TEXT, true, "{'v': []}");
    finds(NULL, "count(//i:line)", CELL_INTEGER, false, "{'v': 2}");
    finds(NULL, "//i:line[@n=2]/i:sum > 1", CELL_BOOLEAN, false, "{'v': true}");
    finds(NULL, "concat('a', /i:inv/@no)", CELL_TEXT, false, "{'v': 'a7'}");
    finds("//i:line", "i:sum", CELL_NUMBER, false, "[{'v': 1.50}, {'v': 2.00}]");
    finds("//i:line", "i:note", CELL_TEXT, true, "[{'v': []}, {'v': ['a', 'b']}]");
    finds("//i:none", "x", CELL_TEXT, false, "[]");
    finds_not(NULL, "//i:sum", false, "v: it finds 2 nodes where one is wanted");
    finds_not(NULL, "//i:none", true, "v: it is required, but finds nothing");
    finds_not("//i:line", "i:note", false, "line 3, line, number 2: v: it finds 2 nodes");
    finds_not("//i:line", "i:sum[1]/..", false, "no number");
    finds_not("count(//i:line)", "x", false, "finds no nodes but a value");
    finds_not(NULL, "//q:sum", false, "has a prefix that");
    finds_not(NULL, "document('file:///etc/passwd')", false, "the XPath");
    finds_not(NULL, "unparsed-text('x')", false, "the XPath");
}

static void test_xpath_check(void **state)
{
    json_t *spaces = json_of("{'i': 'urn:inv'}");
    struct err e;

    (void)state;
    assert_int_equal(xml_path_check("//i:a[@b='c']", spaces, &e), ERR_OK);
    assert_int_equal(xml_path_check("//i:a[", spaces, &e), ERR_INVALID);
    assert_int_equal(xml_path_check("", spaces, &e), ERR_INVALID);
    assert_int_equal(xml_path_check("/q:a", spaces, &e), ERR_INVALID);
    assert_non_null(strstr(e.text, "the XPath \"/q:a\""));
    assert_int_equal(xml_path_check("exec('x')", spaces, &e), ERR_INVALID);
    json_decref(spaces);
}

/* An expression that would take for ever is stopped. */
static void test_xpath_budget(void **state)
{
    static const struct xml_path path = { .to = "v", .path = "count(//*[count(//*) > 1])" };
    struct buf text;
    struct xml *tree;
    json_t *value;
    struct err e;

    (void)state;
    tree = xml_new(NULL, NULL, &e);
    buf_init(&text, 16 * MIB);
    buf_add_text(&text, "<r>");
    for (unsigned i = 0; i < 300; i++) {
        for (unsigned k = 0; k < 50; k++)
            buf_add_text(&text, "<a>");
        for (unsigned k = 0; k < 50; k++)
            buf_add_text(&text, "</a>");
    }
    buf_add_text(&text, "</r>");
    assert_int_equal(xml_feed(tree, buf_text(&text), text.len, &e), ERR_OK);
    assert_int_equal(xml_end(tree, &e), ERR_OK);
    assert_int_equal(xml_extract(tree, NULL, &path, 1, NULL, &never, &value, &e), ERR_INVALID);
    assert_non_null(strstr(e.text, "too many steps"));
    xml_free(tree);
    buf_fini(&text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xpath),
        cmocka_unit_test(test_xpath_check),
        cmocka_unit_test(test_xpath_budget),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
