/* xml.c - documents to JSON and back, XPath, and what a hostile document tries. */
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

static const struct xml_form data = { .style = XML_DATA };
static const struct xml_form nodes = { .style = XML_NODES };
static enum err_code read_in(const struct xml_form *form, const char *text, size_t size,
                             size_t step, json_t **value, struct err *e)
{
    struct xml_json *reader = xml_json_new(form, e);
    enum err_code rc = ERR_OK;

    assert_non_null(reader);
    *value = NULL;
    for (size_t at = 0; rc == ERR_OK && at < size; at += step)
        rc = xml_json_feed(reader, text + at, size - at < step ? size - at : step, e);
    if (rc == ERR_OK)
        rc = xml_json_end(reader, value, e);
    xml_json_free(reader);
    return rc;
}

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

/* wanted: JSON with ' for " */
static void gives(const struct xml_form *form, const char *text, const char *wanted)
{
    json_t *other = json_of(wanted);

    for (size_t step = 1; step <= strlen(text) + 1; step += step < 5 ? 1 : 7) {
        json_t *value;
        struct err e;
        char *is;

        if (read_in(form, text, strlen(text), step, &value, &e) != ERR_OK)
            fail_msg("%s: %s", text, e.text);
        is = json_text_new(value, MIB, NULL);
        if (!json_same(value, other))
            fail_msg("%s: wanted %s, is %s", text, wanted, is);
        mem_free(is);
        json_decref(value);
    }
    json_decref(other);
}

static void fails(const struct xml_form *form, const char *text, enum err_code code,
                  const char *part)
{
    json_t *value;
    struct err e;

    assert_int_equal(read_in(form, text, strlen(text), 1000, &value, &e), code);
    assert_null(value);
    if (strstr(e.text, part) == NULL)
        fail_msg("%s: wanted %s, said %s", text, part, e.text);
}

static void test_data(void **state)
{
    (void)state;
    gives(&data, "<a/>", "{'a': ''}");
    gives(&data, "<a>x</a>", "{'a': 'x'}");
    gives(&data, "<a> x </a>", "{'a': ' x '}");
    gives(&data, "<a n='1'/>", "{'a': {'@n': '1'}}");
    gives(&data, "<a n='1'>x</a>", "{'a': {'@n': '1', '#text': 'x'}}");
    gives(&data, "<a><b>1</b><c/></a>", "{'a': {'b': '1', 'c': ''}}");
    gives(&data, "<a>\n  <b>1</b>\n  <b>2</b>\n</a>", "{'a': {'b': ['1', '2']}}");
    gives(&data, "<a><b/><c/><b><d/></b><b/></a>", "{'a': {'b': ['', {'d': ''}, ''], 'c': ''}}");
    gives(&data, "<?xml version=\"1.0\" encoding=\"windows-1252\"?><a>\xC3\xBC</a>",
          "{'a': '\xC3\xBC'}"); /* it was decoded before */
    gives(&data, "<a><![CDATA[<b>&]]>]</a>", "{'a': '<b>&]'}");
    gives(&data, "<a>&lt;&amp;&#65;&#x20AC;</a>", "{'a': '<&A\xE2\x82\xAC'}");
    gives(&data, "<a b='&amp;&lt;&#38;lt;&amp;amp;'/>", "{'a': {'@b': '&<&lt;&amp;'}}");
    gives(&data, "<!-- x --><a><!-- y -->b<?pi z?></a><!-- w -->", "{'a': 'b'}");
    gives(&data, "<a x='1&#10;2'/>", "{'a': {'@x': '1\\n2'}}");
}

static void test_lists_and_types(void **state)
{
    static const struct xml_rule rules[] = {
        { .name = "b", .list = true, .form = { .kind = CELL_NUMBER, .places = -1 } },
        { .name = "@n", .form = { .kind = CELL_INTEGER, .places = -1 } },
    };
    const struct xml_form form = { .style = XML_DATA, .rules = rules, .rule_count = 2 };
    const struct xml_form all = { .style = XML_DATA, .lists = true };

    (void)state;
    gives(&form, "<a n='7'><b>1.50</b></a>", "{'a': {'@n': 7, 'b': [1.50]}}");
    gives(&form, "<a><b/><b n='2'> 3 </b></a>", "{'a': {'b': [null, {'@n': 2, '#text': 3}]}}");
    gives(&all, "<a><b/><c><d/></c></a>", "{'a': {'b': [''], 'c': [{'d': ['']}]}}");
    fails(&form, "<a>\n<b>x</b></a>", ERR_INVALID, "line 2, column 9, /a/b: b: \"x\" is no number");
    fails(&form, "<a n='1.5'/>", ERR_INVALID, "/a: @n: \"1.5\" is no whole number");
}

static void test_nodes(void **state)
{
    (void)state;
    gives(&nodes, "<a/>", "{'name': 'a', 'children': []}");
    gives(&nodes, "<a n='1'>x<b/>y<b>z</b></a>",
          "{'name': 'a', 'attributes': {'n': '1'}, 'children': ['x', {'name': 'b', 'children': "
          "[]}, 'y', {'name': 'b', 'children': ['z']}]}");
    gives(&nodes, "<p:a xmlns:p='urn:x'/>",
          "{'name': 'p:a', 'attributes': {'xmlns:p': 'urn:x'}, 'children': []}");
}

static void test_namespaces(void **state)
{
    json_t *spaces = json_of("{'i': 'urn:inv', '': 'urn:main'}");
    json_t *prefixed = json_of("{'i': 'urn:inv'}");
    const struct xml_form form = { .style = XML_DATA, .spaces = spaces };
    const struct xml_form plain = { .style = XML_DATA, .spaces = prefixed };
    const struct xml_form local = { .style = XML_DATA, .local = true };

    (void)state;
    gives(&data, "<x:a xmlns:x='urn:inv' x:n='1'><x:b/></x:a>",
          "{'x:a': {'@xmlns:x': 'urn:inv', '@x:n': '1', 'x:b': ''}}");
    gives(&plain, "<x:a xmlns:x='urn:inv' x:n='1' m='2'><x:b/></x:a>",
          "{'i:a': {'@i:n': '1', '@m': '2', 'i:b': ''}}");
    gives(&plain, "<a xmlns='urn:inv'><b xmlns=''/></a>", "{'i:a': {'b': ''}}");
    gives(&form, "<a xmlns='urn:main'><b xmlns='urn:inv' xml:lang='de'/></a>",
          "{'a': {'i:b': {'@xml:lang': 'de'}}}");
    gives(&local, "<x:a xmlns:x='urn:inv' x:n='1'/>", "{'a': {'@n': '1'}}");
    fails(&plain, "<a xmlns='urn:other'/>", ERR_INVALID,
          "\"a\" is of the namespace \"urn:other\", which");
    fails(&form, "<a/>", ERR_INVALID, "is of no namespace");
    fails(&local, "<a xmlns:x='u' x:n='1' n='2'/>", ERR_INVALID, "there twice");
    json_decref(spaces);
    json_decref(prefixed);
}

static void test_faults(void **state)
{
    (void)state;
    fails(&data, "", ERR_SYNTAX, "line 1");
    fails(&data, "x", ERR_SYNTAX, "line 1");
    fails(&data, "<a>", ERR_SYNTAX, "line 1");
    fails(&data, "<a>\n<b></a>", ERR_SYNTAX, "line 2, column ");
    fails(&data, "<a>\n<b></a>", ERR_SYNTAX, "/a/b: Opening and ending tag mismatch");
    fails(&data, "<a/><b/>", ERR_SYNTAX, "line 1");
    fails(&data, "<a b='1' b='2'/>", ERR_SYNTAX, "redefined");
    fails(&data, "<x:a/>", ERR_SYNTAX, "Namespace prefix x");
    fails(&data, "<a>&nbsp;</a>", ERR_SYNTAX, "nbsp");
    fails(&data, "<a>&#0;</a>", ERR_SYNTAX, "/a");
    fails(&data, "<a>x<b/></a>", ERR_INVALID, "/a: text stands between elements");
    fails(&data, "<a>\x01</a>", ERR_SYNTAX, "line 1");
}

/* Entities that grow or reach out, in every dress. */
static void test_doctype(void **state)
{
    static const char *const texts[] = {
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        "<!DOCTYPE a SYSTEM 'http://127.0.0.1/x.dtd'><a/>",
        "<!DOCTYPE a PUBLIC '-//x' 'http://127.0.0.1/x.dtd'><a/>",
        "<?xml version='1.0'?>\n<!-- c -->\n<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///x'> "
        "%p;]><a/>",
        "<!DOCTYPE a [<!ENTITY l0 'l'><!ENTITY l1 '&l0;&l0;&l0;'><!ENTITY l2 '&l1;&l1;'>]>"
        "<a>&l2;</a>",
        "<!DOCTYPE a [<!ATTLIST a x CDATA 'y'>]><a/>",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t step = 1; step < 100; step += 33) {
            json_t *value;
            struct err e;

            assert_int_equal(read_in(&data, texts[i], strlen(texts[i]), step, &value, &e),
                             ERR_POLICY);
            assert_non_null(strstr(e.text, "DOCTYPE is refused"));
        }
    /* no inclusion either: it is an element as any other */
    gives(&data, "<a xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='file:///x'/></a>",
          "{'a': {'@xmlns:xi': 'http://www.w3.org/2001/XInclude', 'xi:include': {'@href': "
          "'file:///x'}}}");
}

static void test_limits(void **state)
{
    struct buf text;
    struct err e;
    json_t *value;

    (void)state;
    buf_init(&text, 64 * MIB);
    for (unsigned i = 0; i < 61; i++)
        buf_add_text(&text, "<a>");
    assert_int_equal(read_in(&data, buf_text(&text), text.len, text.len, &value, &e), ERR_LIMIT);
    assert_non_null(strstr(e.text, "deeper than 60"));
    buf_clear(&text);
    buf_add_text(&text, "<a");
    for (unsigned i = 0; i < 1001; i++)
        buf_addf(&text, " a%u='1'", i);
    buf_add_text(&text, "/>");
    assert_int_equal(read_in(&data, buf_text(&text), text.len, text.len, &value, &e), ERR_LIMIT);
    assert_non_null(strstr(e.text, "1000 attributes"));
    buf_fini(&text);
}

static void test_encoding(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *name;
    } cases[] = {
        { "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
          sizeof "<?xml version='1.0' encoding='ISO-8859-1'?><a/>" - 1, "ISO-8859-1" },
        { "<?xml version=\"1.0\" encoding = \"utf-8\" standalone=\"yes\"?>",
          sizeof "<?xml version=\"1.0\" encoding = \"utf-8\" standalone=\"yes\"?>" - 1, "utf-8" },
        { "<\0?\0x\0", sizeof "<\0?\0x\0" - 1, "utf-16le" },
        { "\0<\0?\0x", sizeof "\0<\0?\0x" - 1, "utf-16be" },
        { "<?xml version='1.0'?><a encoding='x'/>",
          sizeof "<?xml version='1.0'?><a encoding='x'/>" - 1, NULL },
        { "<a encoding='x'/>", sizeof "<a encoding='x'/>" - 1, NULL },
        { "<?xml encoding=", sizeof "<?xml encoding=" - 1, NULL },
        { "<?xml encoding='", sizeof "<?xml encoding='" - 1, NULL },
        { "<?xml encoding=>", sizeof "<?xml encoding=>" - 1, NULL },
        { "<?xml encoding=''?>", sizeof "<?xml encoding=''?>" - 1, NULL },
        { "<?xml encoding='a?>", sizeof "<?xml encoding='a?>" - 1, NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[16] = "";
        bool found = xml_encoding(cases[i].bytes, cases[i].size, name, sizeof name);

        assert_int_equal(found, cases[i].name != NULL);
        if (found)
            assert_string_equal(name, cases[i].name);
    }
}

/* ---- Writing */

static void writes(const struct xml_form *form, const char *json, const char *wanted)
{
    const struct xml_writing how = { .form = form };
    json_t *value = json_of(json);
    struct buf out;
    struct err e;

    buf_init(&out, MIB);
    if (xml_write(&how, value, &out, &e) != ERR_OK)
        fail_msg("%s: %s", json, e.text);
    assert_string_equal(buf_text(&out), wanted);
    buf_fini(&out);
    json_decref(value);
}

static void writes_not(const struct xml_form *form, const char *json, const char *part)
{
    const struct xml_writing how = { .form = form };
    json_t *value = json_of(json);
    struct buf out;
    struct err e;

    buf_init(&out, MIB);
    assert_int_not_equal(xml_write(&how, value, &out, &e), ERR_OK);
    if (strstr(e.text, part) == NULL)
        fail_msg("%s: wanted %s, said %s", json, part, e.text);
    buf_fini(&out);
    json_decref(value);
}

static void test_write(void **state)
{
    static const char *const order[] = { "z", "a", NULL };
    static const struct xml_rule rules[] = {
        { .name = "r", .order = order, .form = { .places = -1 } },
        { .name = "z", .form = { .kind = CELL_NUMBER, .places = 2 } },
    };
    json_t *spaces = json_of("{'i': 'urn:inv', '': 'urn:main'}");
    const struct xml_form form = { .style = XML_DATA, .rules = rules, .rule_count = 2 };
    const struct xml_form spaced = { .style = XML_DATA, .spaces = spaces };

    (void)state;
    writes(&data, "{'a': ''}", "<a/>");
    writes(&data, "{'a': {'@n': 1, '#text': 'x'}}", "<a n=\"1\">x</a>");
    writes(&data, "{'a': {'b': ['1', null, 2.50], 'c': null, 'd': true, 'e': {}}}",
           "<a><b>1</b><b>2.50</b><d>true</d><e/></a>");
    writes(&data, "{'a': {'@x': '<&\\u0022\\n\\t', 'b': ']]>\\r'}}",
           "<a x=\"&lt;&amp;&quot;&#10;&#9;\"><b>]]&gt;&#13;</b></a>");
    writes(&form, "{'r': {'a': 1, 'b': 2, 'z': 3, 'c': 4}}",
           "<r><z>3.00</z><a>1</a><b>2</b><c>4</c></r>");
    writes(&spaced, "{'a': {'i:b': {'@i:c': 'x'}}}",
           "<a xmlns:i=\"urn:inv\" xmlns=\"urn:main\"><i:b i:c=\"x\"/></a>");
    writes(&data, "{'p:a': {'@xmlns:p': 'urn:x', 'p:b': ''}}",
           "<p:a xmlns:p=\"urn:x\"><p:b/></p:a>");
    writes(&nodes, "{'name': 'a', 'attributes': {'n': 1}, 'children': ['x<', {'name': 'b'}]}",
           "<a n=\"1\">x&lt;<b/></a>");
    json_decref(spaces);
}

static void test_write_faults(void **state)
{
    (void)state;
    writes_not(&data, "{}", "object of one member");
    writes_not(&data, "{'a': 1, 'b': 2}", "object of one member");
    writes_not(&data, "{'a': []}", "cannot be the root");
    writes_not(&data, "{'a b': 1}", "/a b: \"a b\" cannot be a name");
    writes_not(&data, "{'a:b:c': 1}", "cannot be a name");
    writes_not(&data, "{'a:': 1}", "cannot be a name");
    writes_not(&data, "{':a': 1}", "cannot be a name");
    writes_not(&data, "{'a\\u00d7': 1}", "cannot be a name");
    writes_not(&data, "{'': 1}", "cannot be a name");
    writes_not(&data, "{'a': {'1b': 1}}", "/a/1b: \"1b\" cannot be a name");
    writes_not(&data, "{'a': {'b': {'@c d': 1}}}", "/a/b: \"c d\" cannot be a name");
    writes_not(&data, "{'a><b': 1}", "cannot be a name");
    writes_not(&data, "{'x:a': 1}", "has a prefix that");
    writes_not(&data, "{'a': {'b': '\\u0001'}}", "/a/b: the character U+0001 cannot");
    writes_not(&data, "{'a': {'b': [[1]]}}", "a list in a list");
    writes_not(&data, "{'a': {'#text': 'x', 'b': 1}}", "stands beside elements");
    writes_not(&data, "{'a': {'@b': []}}", "/a: a text, number");
    writes_not(&nodes, "{'name': 'a', 'children': [7]}", "/a: a node is");
}

/* What was read is written, and read again as it was. */
static void test_there_and_back(void **state)
{
    static const char *const texts[] = {
        "<a/>",
        "<a x='1'>t</a>",
        "<a><b>1</b><b>2</b><c d='&quot;&#10;'/></a>",
        "<x:a xmlns:x='urn:x' xmlns='urn:y'><b x:c='&lt;'>&amp;</b></x:a>",
        "<a>]]&gt;&#13;\n \xF0\x9F\x98\x80</a>",
        "<a><b> </b></a>",
        ("<\xEF\xBB\xBF"
         "a \xE2\xB0\x80\xC2\xB7='1'/>"), /* names of the fifth edition */
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (unsigned style = 0; style < 2; style++) {
            const struct xml_form *form = style == 0 ? &data : &nodes;
            const struct xml_writing how = { .form = form, .declaration = i % 2 == 0 };
            json_t *value, *again;
            struct buf out;
            struct err e;

            buf_init(&out, MIB);
            assert_int_equal(read_in(form, texts[i], strlen(texts[i]), 100, &value, &e), ERR_OK);
            assert_int_equal(xml_write(&how, value, &out, &e), ERR_OK);
            if (read_in(form, buf_text(&out), out.len, 100, &again, &e) != ERR_OK)
                fail_msg("%s: %s", buf_text(&out), e.text);
            assert_true(json_same(value, again));
            json_decref(value);
            json_decref(again);
            buf_fini(&out);
        }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data),           cmocka_unit_test(test_lists_and_types),
        cmocka_unit_test(test_nodes),          cmocka_unit_test(test_namespaces),
        cmocka_unit_test(test_faults),         cmocka_unit_test(test_doctype),
        cmocka_unit_test(test_limits),         cmocka_unit_test(test_encoding),
        cmocka_unit_test(test_write),          cmocka_unit_test(test_write_faults),
        cmocka_unit_test(test_there_and_back),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
