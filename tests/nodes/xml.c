/* xml.c - "transform.xml": documents in and out, by the real engine. */
#include "node_run.h"
#include "node_try.h"

#define XML(more) \
    "{'id': 'it', 'type': 'transform.xml', 'config': {'input': '=trigger.body'" more "}}"
#define SPACES ", 'namespaces': {'i': 'urn:inv'}"
#define INVOICE                                                                                 \
    "'<x:inv xmlns:x=\\\"urn:inv\\\" no=\\\"7\\\"><x:line><x:sum>1.50</x:sum></x:line><x:line>" \
    "<x:sum>2.00</x:sum></x:line></x:inv>'"

static void test_read(void **state)
{
    (void)state;
    node_gives(XML(""), "'<a n=\\\"1\\\"><b>x</b><b/></a>'", "{'a': {'@n': '1', 'b': ['x', '']}}");
    node_gives(XML(SPACES ", 'elements': [{'name': 'i:sum', 'type': 'number', 'list': true}]"),
               INVOICE,
               "{'i:inv': {'@no': '7', 'i:line': [{'i:sum': [1.50]}, {'i:sum': [2.00]}]}}");
    node_gives(XML(", 'local_names': true"), "'<x:a xmlns:x=\\\"u\\\"><x:b>1</x:b></x:a>'",
               "{'a': {'b': '1'}}");
    node_gives(XML(", 'style': 'nodes'"), "'<p>Dear <b>Ann</b>,</p>'",
               "{'name': 'p', 'children': ['Dear ', {'name': 'b', 'children': ['Ann']}, ',']}");
}

/* "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xFC</a>" */
#define LATIN "{'base64': 'PD94bWwgdmVyc2lvbj0nMS4wJyBlbmNvZGluZz0nSVNPLTg4NTktMSc/PjxhPvw8L2E+'"
static void test_read_bytes(void **state)
{
    (void)state;
    node_gives(XML(""), LATIN "}", "{'a': '\xC3\xBC'}");
    node_gives(XML(""), LATIN ", 'encoding': 'ibm-850'}", "{'a': '\xC2\xB3'}");
    node_gives(XML(", 'encoding': 'windows-1251'"), LATIN ", 'encoding': 'ibm-850'}",
               "{'a': '\xD1\x8C'}");
    node_fails(XML(", 'encoding': 'utf-8'"), LATIN "}", "invalid",
               "the XML: line 1, column 47: the byte 0xFC");
}

static void test_read_faults(void **state)
{
    (void)state;
    node_fails(XML(""), "'<a>\\n<b></a>'", "invalid", "the XML: line 2, column ");
    node_fails(XML(""), "'<!DOCTYPE a [<!ENTITY x SYSTEM \\\"file:///etc/passwd\\\">]><a>&x;</a>'",
               "policy", "DOCTYPE is refused");
    node_fails(XML(SPACES), "'<a xmlns=\\\"urn:x\\\"/>'", "invalid", "does not name");
    node_fails(XML(""), "[]", "invalid", "must be a text");
}

#define EXTRACT(more)                                                                              \
    XML(SPACES ", 'mode': 'extract', 'fields': [{'to': 'sum', 'path': 'i:sum', 'type': 'number', " \
               "'required': true}]" more)
static void test_extract(void **state)
{
    (void)state;
    node_gives(EXTRACT(", 'each': '//i:line'"), INVOICE,
               "{'count': 2, 'rows': [{'sum': 1.50}, {'sum': 2.00}]}");
    node_gives(XML(SPACES ", 'mode': 'extract', 'fields': [{'to': 'no', 'path': '/i:inv/@no', "
                          "'type': 'integer'}, {'to': 'sums', 'path': '//i:sum', 'list': true}]"),
               INVOICE, "{'no': 7, 'sums': ['1.50', '2.00']}");
    node_fails(EXTRACT(""), INVOICE, "invalid", "the XML: sum: it is required, but finds nothing");
    node_fails(EXTRACT(", 'each': '/i:inv'"), INVOICE, "invalid",
               "line 1, inv, number 1: sum: it is required");
}

static void test_write(void **state)
{
    (void)state;
    node_gives(XML(", 'mode': 'write'"), "{'a': {'@n': 1, 'b': ['<', 100.10, null]}}",
               "'<?xml version=\\\"1.0\\\" encoding=\\\"UTF-8\\\"?>\\n<a "
               "n=\\\"1\\\"><b>&lt;</b><b>100.10</b></a>'");
    node_gives(XML(", 'mode': 'write', 'declaration': false, 'indent': true" SPACES
                   ", 'elements': [{'name': 'i:a', 'order': ['i:y', 'i:x']}]"),
               "{'i:a': {'i:x': 1, 'i:y': 2}}",
               "'<i:a xmlns:i=\\\"urn:inv\\\">\\n  <i:y>2</i:y>\\n  <i:x>1</i:x>\\n</i:a>\\n'");
    node_gives(XML(", 'mode': 'write', 'declaration': false, 'encoding': 'iso-8859-1'"),
               "{'a': '\xC3\xBC'}", "{'base64': 'PGE+/DwvYT4=', 'encoding': 'iso-8859-1'}");
    node_fails(XML(", 'mode': 'write'"), "{'a': {'b c': 1}}", "invalid",
               "the XML: /a/b c: \"b c\" cannot be a name");
    node_fails(XML(", 'mode': 'write'"), "7", "invalid", "object of one member");
}

/* More than is done on the loop. */
static void test_large(void **state)
{
    struct stage *stage = stage_new();
    struct node_result result;
    struct buf body;

    (void)state;
    buf_init(&body, MIB);
    buf_add_text(&body, "'<x:inv xmlns:x=\\\"urn:inv\\\">");
    for (unsigned i = 0; i < 3000; i++)
        buf_addf(&body, "<x:line><x:sum>%u.00</x:sum></x:line>", i);
    buf_add_text(&body, "</x:inv>'");
    node_run_parts(stage, EXTRACT(", 'each': '//i:line'"), "", "", NULL, buf_text(&body), &result);
    assert_int_equal(result.status, 200);
    assert_int_equal(json_get_int(result.output, "count", 0), 3000);
    buf_fini(&body);
    node_run_end(&result);
    stage_free(stage);
}

static void test_compile(void **state)
{
    struct node_try *try = *state;
    static const struct {
        const char *more, *pointer, *wanted;
    } cases[] = {
        { "'mode': 'extract'", "/config", "needs \"fields\"" },
        { "'fields': [{'to': 'a', 'path': 'b'}]", "/config", "have a meaning with" },
        { "'mode': 'write', 'local_names': true", "/config", "has a meaning with" },
        { "'style': 'nodes', 'indent': true", "/config", "would change the text" },
        { "'namespaces': {'a': 7}", "/config/namespaces", "an object of prefixes" },
        { "'namespaces': {'a:b': 'u'}", "/config/namespaces", "an object of prefixes" },
        { "'encoding': 'klingon'", "/config/encoding", "no encoding" },
        { "'elements': [{'name': 'a'}, {'name': 'a'}]", "/config/elements/1", "already" },
        { "'elements': [{'name': 'a', 'order': [1]}]", "/config/elements/0", "a list" },
        { "'mode': 'extract', 'fields': [{'to': 'a', 'path': '//['}]", "/config/fields/0/path",
          "the XPath \"//[\"" },
        { "'mode': 'extract', 'each': '//q:a', 'fields': [{'to': 'a', 'path': 'b'}]",
          "/config/each", "a prefix that \"namespaces\" does not name" },
        { "'mode': 'extract', 'fields': [{'to': 'a', 'path': 'b'}, {'to': 'a', 'path': 'c'}]",
          "/config/fields/1", "already" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char config[400];

        snprintf(config, sizeof config, "{'input': '', %s}", cases[i].more);
        node_try_fault(try, "transform.xml", config, NULL, cases[i].pointer, cases[i].wanted);
    }
    node_try_fine(try, "transform.xml", "{'input': '=trigger.body'}", NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_bytes),
        cmocka_unit_test(test_read_faults),
        cmocka_unit_test(test_extract),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_large),
        NODE_TRY(test_compile),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
