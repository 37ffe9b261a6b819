/* wsdl.c - a WSDL's operation as a JSON Schema, its messages out and in, and what is not
 * understood. */
#include "node_text.h"

#include "nodes/wsdl.h"

#define DEFINITIONS(schema, use)                                                                 \
    "<definitions xmlns='http://schemas.xmlsoap.org/wsdl/' "                                     \
    "xmlns:soap='http://schemas.xmlsoap.org/wsdl/soap/' "                                        \
    "xmlns:x='http://www.w3.org/2001/XMLSchema' xmlns:t='urn:t' targetNamespace='urn:t'><types>" \
    "<x:schema targetNamespace='urn:t' elementFormDefault='qualified'>" schema "</x:schema>"     \
    "</types><message name='in'><part name='p' element='t:Ask'/></message>"                      \
    "<portType name='P'><operation name='Ask'><input message='t:in'/></operation></portType>"    \
    "<binding name='B' type='t:P'><soap:binding transport='h'/><operation name='Ask'>"           \
    "<soap:operation soapAction='urn:t/Ask'/><input><soap:body use='" use "'/></input>"          \
    "</operation></binding></definitions>"
#define ASK(content)                                                                            \
    "<x:element name='Ask'><x:complexType><x:sequence>" content "</x:sequence></x:complexType>" \
    "</x:element>"

static char said[1000];

static void problem(void *arg, const char *text)
{
    (void)arg;
    snprintf(said + strlen(said), sizeof said - strlen(said), "%s\n", text);
}

static bool find(const char *text, struct wsdl_operation *operation)
{
    struct err e;
    struct wsdl *wsdl = wsdl_read(text, strlen(text), &e);
    bool found;

    if (wsdl == NULL)
        fail_msg("%s", e.text);
    *said = '\0';
    found = wsdl_find(wsdl, "Ask", false, problem, NULL, operation);
    wsdl_free(wsdl);
    return found;
}

static void writes(const char *text, const char *json, const char *wanted)
{
    struct wsdl_operation operation;
    json_t *value = node_try_json(json);
    struct buf out;
    struct err e;

    if (!find(text, &operation))
        fail_msg("%s", said);
    buf_init(&out, 10000);
    if (wsdl_write(&operation, value, &out, &e) != ERR_OK)
        fail_msg("%s", e.text);
    assert_string_equal(buf_text(&out), wanted);
    buf_fini(&out);
    json_decref(value);
    wsdl_operation_fini(&operation);
}

static void test_order_and_namespaces_are_the_schema_s(void **state)
{
    (void)state;
    writes(
        DEFINITIONS(ASK("<x:element name='a' type='x:string'/><x:element name='b' type='x:int' "
                        "maxOccurs='9'/><x:element name='c' form='unqualified' type='x:decimal' "
                        "minOccurs='0'/>"),
                    "literal"),
        "{'c': 1.10, 'b': [1, 2], 'a': '<&'}",
        "<n0:Ask xmlns:n0=\"urn:t\"><n0:a>&lt;&amp;</n0:a><n0:b>1</n0:b><n0:b>2</n0:b><c>1.10</c>"
        "</n0:Ask>");
}

static void test_types_that_extend_and_attributes(void **state)
{
    (void)state;
    writes(
        DEFINITIONS("<x:complexType name='Base'><x:sequence><x:element name='first' "
                    "type='x:string'/></x:sequence></x:complexType><x:complexType "
                    "name='Own'><x:complexContent><x:extension base='t:Base'><x:sequence>"
                    "<x:element name='second' type='x:boolean' nillable='true'/></x:sequence>"
                    "<x:attribute name='no' type='x:int'/></x:extension></x:complexContent>"
                    "</x:complexType>" ASK("<x:element name='own' type='t:Own'/>"),
                    "literal"),
        "{'own': {'second': null, 'first': 'f', '@no': 7}}",
        "<n0:Ask xmlns:n0=\"urn:t\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"
        "<n0:own no=\"7\"><n0:first>f</n0:first><n0:second xsi:nil=\"true\"/></n0:own></n0:Ask>");
}

static void refuses(const char *text, const char *part)
{
    struct wsdl_operation operation;
    bool found = find(text, &operation);

    if (found || strstr(said, part) == NULL)
        fail_msg("wanted \"%s\", said \"%s\"", part, said);
    wsdl_operation_fini(&operation);
}

static void test_what_is_not_understood_is_told(void **state)
{
    (void)state;
    refuses(DEFINITIONS(ASK(""), "encoded"), "use \"encoded\" is not supported");
    refuses(DEFINITIONS("", "literal"), "has no element {urn:t}Ask");
    refuses(DEFINITIONS(ASK("<x:choice/>"), "literal"), "choices and groups are not supported");
    refuses(DEFINITIONS(ASK("<x:any/>"), "literal"), "\"any\" is not supported");
    refuses(DEFINITIONS(ASK("<x:element name='a'/>"), "literal"), "any type is not supported");
    refuses(DEFINITIONS("<x:complexType name='L'><x:sequence><x:element name='l' type='t:L'/>"
                        "</x:sequence></x:complexType>" ASK("<x:element name='l' type='t:L'/>"),
                        "literal"),
            "the type holds itself");
    refuses(DEFINITIONS(ASK("<x:element name='a' type='t:Gone'/>"), "literal"),
            "its type is not in the WSDL");
}

static void test_what_is_no_wsdl(void **state)
{
    static const char doctype[] = "<!DOCTYPE d><d/>";
    struct err e;

    (void)state;
    assert_null(wsdl_read("<a/>", 4, &e));
    assert_non_null(strstr(e.text, "no WSDL 1.1"));
    assert_null(wsdl_read(doctype, strlen(doctype), &e));
    assert_non_null(strstr(e.text, "DOCTYPE"));
    assert_null(wsdl_read("<a", 2, &e));
}

static void test_answers_have_types(void **state)
{
    json_t *schema = node_try_json(
        "{'type': 'object', 'properties': {'n': {'type': 'number'}, 'b': {'type': 'boolean'}, 'l': "
        "{'type': 'array', 'items': {'type': 'integer'}}, 's': {'type': 'string'}, 'o': {'type': "
        "['object', 'null'], 'properties': {}}}}");
    json_t *value =
        node_try_json("{'n': ' 100.10 ', 'b': 'true', 'l': '7', 's': null, 'o': {'@nil': "
                      "'true'}, '@type': 'x', 'more': 'm'}");

    (void)state;
    node_try_same(wsdl_typed(schema, value),
                  "{'n': 100.10, 'b': true, 'l': [7], 's': '', 'o': null, 'more': 'm'}");
    json_decref(value);
    json_decref(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TEXT(test_order_and_namespaces_are_the_schema_s),
        NODE_TEXT(test_types_that_extend_and_attributes),
        NODE_TEXT(test_what_is_not_understood_is_told),
        NODE_TEXT(test_what_is_no_wsdl),
        NODE_TEXT(test_answers_have_types),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
