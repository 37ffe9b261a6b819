/* odata.c - what values become in the text of OData, and what cannot. */
#include "node_text.h"

#include "nodes/multipart.h"
#include "nodes/odata.h"

typedef enum err_code writer(const json_t *value, struct buf *out, struct err *e);

static void writes(writer *write, const char *value, const char *wanted)
{
    json_t *json = node_try_json(value);
    struct err e = { .code = ERR_OK };
    struct buf out;

    buf_init(&out, MIB);
    if (write(json, &out, &e) != ERR_OK)
        fail_msg("%s: %s", value, e.text);
    assert_string_equal(buf_text(&out), wanted);
    buf_fini(&out);
    json_decref(json);
}

static void refuses(writer *write, const char *value, const char *part)
{
    json_t *json = node_try_json(value);
    struct err e = { .code = ERR_OK };
    struct buf out;

    buf_init(&out, MIB);
    assert_int_equal(write(json, &out, &e), ERR_INVALID);
    if (strstr(e.text, part) == NULL)
        fail_msg("%s: no \"%s\" in \"%s\"", value, part, e.text);
    buf_fini(&out);
    json_decref(json);
}

static void test_filters(void **state)
{
    (void)state;
    writes(odata_filter, "{'field': 'name', 'value': 'Ink'}", "name eq 'Ink'");
    writes(odata_filter, "{'field': 'a/b', 'is': 'gt', 'value': 100.10}", "a/b gt 100.10");
    writes(odata_filter, "{'field': 'on', 'is': 'ne', 'value': true}", "on ne true");
    writes(odata_filter, "{'field': 'n', 'is': 'contains', 'value': 'x'}", "contains(n,'x')");
    writes(odata_filter, "{'field': 'n', 'is': 'startswith', 'value': ''}", "startswith(n,'')");
    writes(odata_filter, "{'field': 'n', 'is': 'null'}", "n eq null");
    writes(odata_filter, "{'field': 'n', 'is': 'not_null'}", "n ne null");
    writes(odata_filter, "{'field': 's', 'is': 'in', 'value': [1, 2]}", "(s eq 1 or s eq 2)");
    writes(odata_filter,
           "[{'field': 'a', 'value': 1}, {'any': [{'field': 'b', 'value': 2}, "
           "{'not': {'field': 'c', 'value': 3}}]}]",
           "(a eq 1 and (b eq 2 or not (c eq 3)))");
    writes(odata_filter, "{'all': [{'field': 'a', 'value': 1}]}", "(a eq 1)");
    writes(odata_filter,
           "{'field': 'id', 'value': '1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10', 'as': 'guid'}",
           "id eq 1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10");
    writes(odata_filter, "{'field': 'd', 'is': 'ge', 'value': '2026-11-21', 'as': 'date'}",
           "d ge 2026-11-21");
    writes(odata_filter,
           "{'field': 'd', 'is': 'lt', 'value': '2026-11-21T12:00:00.123Z', 'as': 'moment'}",
           "d lt 2026-11-21T12:00:00.123Z");
    writes(odata_filter,
           "{'field': 'd', 'is': 'lt', 'value': '2026-11-21T12:00+01:00', 'as': 'moment'}",
           "d lt 2026-11-21T12:00+01:00");
}

/* Whatever a value holds, it stays within its quotes. */
static void test_no_value_leaves_its_literal(void **state)
{
    (void)state;
    writes(odata_filter, "{'field': 'n', 'value': 'x\\u0027 or 1 eq 1 or n eq \\u0027'}",
           "n eq 'x'' or 1 eq 1 or n eq '''");
    writes(odata_filter, "{'field': 'n', 'value': '\\u0027'}", "n eq ''''");
    writes(odata_filter, "{'field': 'n', 'is': 'contains', 'value': '\\u0027) or (1 eq 1'}",
           "contains(n,''') or (1 eq 1')");
    writes(odata_filter, "{'field': 'n', 'value': '&$top=1#\\r\\n'}", "n eq '&$top=1#\r\n'");
    refuses(odata_filter, "{'field': 'n eq 1 or n', 'value': 1}", "must be the name of a column");
    refuses(odata_filter, "{'field': 'n', 'is': 'eq 1 or n eq', 'value': 1}", "\"is\" is eq, ne");
    refuses(odata_filter, "{'field': 'i', 'as': 'guid', 'value': '1 or 1 eq 1'}", "must be a guid");
    refuses(odata_filter, "{'field': 'd', 'as': 'date', 'value': '2026-11-21 or 1 eq 1'}",
            "must be a date like");
    refuses(odata_filter, "{'field': 'd', 'as': 'moment', 'value': '2026-11-21T12:00:00'}",
            "must be a moment like");
    refuses(odata_filter, "{'field': 'd', 'as': 'raw', 'value': '1'}", "guid, date or moment");
}

/* What is missing must not find other rows. */
static void test_what_is_missing_is_refused(void **state)
{
    (void)state;
    refuses(odata_filter, "null", "must be a condition, but is: null");
    refuses(odata_filter, "[]", "nothing would find all rows");
    refuses(odata_filter, "{}", "a condition has");
    refuses(odata_filter, "{'field': 'n'}", "n has no value to compare with");
    refuses(odata_filter, "{'field': 'n', 'value': null}", "n has no value to compare with");
    refuses(odata_filter, "{'field': 'n', 'is': 'in', 'value': []}", "at least one value");
    refuses(odata_filter, "{'field': 'n', 'is': 'in', 'value': [1, null]}", "has no value");
    refuses(odata_filter, "{'field': 'n', 'value': {'a': 1}}", "but is: object");
    refuses(odata_filter, "{'field': 'n', 'valeu': 1}", "has no \"valeu\"");
    refuses(odata_filter, "{'all': [{'field': 'n', 'value': 1}], 'any': []}", "is one of");
    refuses(odata_filter, "[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]", "too deep");
    refuses(odata_filter, "[{'field': 'a', 'value': 1}, {'any': [{'field': 'b'}]}]",
            "the filter/1/any/0: b has no value");
}

static void test_keys_and_names(void **state)
{
    (void)state;
    writes(odata_key, "'1F0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10'",
           "1F0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10");
    writes(odata_key, "{'accountnumber': 'O\\u0027Neil'}", "accountnumber='O''Neil'");
    writes(odata_key, "{'dataAreaId': 'usmf', 'LineNumber': 1.0}",
           "dataAreaId='usmf',LineNumber=1.0");
    refuses(odata_key, "'accountnumber=1'", "must be the row's id like");
    refuses(odata_key, "{}", "must be the row's id like");
    refuses(odata_key, "{'a=1,b': 'x'}", "is no name of a column");
    refuses(odata_key, "{'a': null}", "the key's a has no value");
    refuses(odata_key, "{'a': true}", "must be a text or a number, but is");
    writes(odata_names, "['a', '_b_value']", "a,_b_value");
    refuses(odata_names, "[]", "list of columns");
    refuses(odata_names, "['a', 'b&c']", "entry 2 is no name");
}

static enum err_code changes(const json_t *value, struct buf *out, struct err *e)
{
    return odata_batch(value, ODATA_ROOT, out, e);
}

#define PART(id)                                                                                \
    "--weft_changes\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n" \
    "Content-ID: " id "\r\n\r\n"
#define JSON_PART "Content-Type: application/json; type=entry\r\n\r\n"

static void test_changes(void **state)
{
    (void)state;
    writes(
        changes,
        "[{'do': 'create', 'table': 'tasks', 'row': {'subject': 'a\\r\\n--weft_changes--'}},"
        "{'do': 'update', 'table': 'accounts', 'key': {'accountnumber': 'C/1'}, 'etag': "
        "'W/\\\"7\\\"', 'row': {'n': 1.10}},"
        "{'do': 'upsert', 'table': 'accounts', 'key': {'accountnumber': 'C2'}, 'row': {}},"
        "{'do': 'update', 'table': 'accounts', 'key': {'accountnumber': 'C3'}, 'row': {}},"
        "{'do': 'delete', 'table': 'tasks', 'key': '1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10'}]",
        "--weft_batch\r\nContent-Type: multipart/mixed; boundary=weft_changes\r\n\r\n" PART(
            "1") "POST /api/data/v9.2/tasks HTTP/1.1\r\n" JSON_PART
                 "{\"subject\":\"a\\r\\n--weft_changes--\"}\r\n" PART(
                     "2") "PATCH /api/data/v9.2/accounts(accountnumber=%27C%2F1%27) HTTP/1.1\r\n"
                          "If-Match: W/\"7\"\r\n" JSON_PART "{\"n\":1.10}\r\n" PART(
                              "3") "PATCH /api/data/v9.2/accounts(accountnumber=%27C2%27) "
                                   "HTTP/1.1\r\n" JSON_PART "{}\r\n" PART(
                                       "4") "PATCH "
                                            "/api/data/v9.2/accounts(accountnumber=%27C3%27) "
                                            "HTTP/1.1\r\n"
                                            "If-Match: *\r\n" JSON_PART "{}\r\n" PART(
                                                "5") "DELETE "
                                                     "/api/data/v9.2/"
                                                     "tasks(1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10) "
                                                     "HTTP/1.1\r\n\r\n"
                                                     "--weft_changes--\r\n--weft_batch--\r\n");
    refuses(changes, "[]", "a list of 1 to 1000");
    refuses(changes, "[{'do': 'get', 'table': 'a'}]", "change 1: \"do\" is create");
    refuses(changes, "[{'do': 'create', 'table': 'a b', 'row': {}}]", "\"table\" must be");
    refuses(changes, "[{'do': 'create', 'table': '$batch', 'row': {}}]", "\"table\" must be");
    refuses(changes, "[{'do': 'create', 'table': 'a', 'row': []}]", "\"row\" must be an object");
    refuses(changes, "[{'do': 'update', 'table': 'a', 'row': {}}]", "the key must be");
    refuses(changes, "[{'do': 'create', 'table': 'a', 'rows': {}}]", "has no \"rows\"");
    refuses(changes,
            "[{'do': 'update', 'table': 'a', 'key': {'k': 1}, 'row': {}, 'etag': "
            "'W/\\\"7\\\"\\r\\nX: 1'}]",
            "\"etag\" is the row's");
    refuses(changes, "[{'do': 'delete', 'table': 'a', 'key': {'k': 1}, 'row': {}}]",
            "takes no row");
}

/* ---- Answers */

static void reads(const char *type, const char *text, const char *wanted)
{
    struct err e = { .code = ERR_OK };
    json_t *parts;

    if (multipart_read(type, text, strlen(text), &parts, &e) != ERR_OK)
        fail_msg("%s", e.text);
    node_try_same(parts, wanted);
}

static void is_broken(const char *text, const char *part)
{
    struct err e = { .code = ERR_OK };
    json_t *parts = NULL;

    assert_int_equal(multipart_read("multipart/mixed; boundary=b", text, strlen(text), &parts, &e),
                     ERR_TRANSIENT);
    assert_null(parts);
    if (strstr(e.text, part) == NULL)
        fail_msg("no \"%s\" in \"%s\"", part, e.text);
}

#define HTTP "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"

static void test_answers(void **state)
{
    (void)state;
    reads("multipart/mixed; boundary=b",
          "--b\r\nContent-Type: multipart/mixed; boundary=\"c\"\r\n\r\n"
          "--c\r\n" HTTP "HTTP/1.1 204 No Content\r\nOData-EntityId: x(1)\r\n\r\n\r\n"
          "--c\r\n" HTTP "HTTP/1.1 201 Created\r\nContent-Type: application/json; x=y\r\n\r\n"
          "{\"n\":1.10}\r\n--c--\r\n--b--\r\n",
          "{'parts': [{'status': 204, 'headers': {'odata-entityid': 'x(1)'}, 'body': null}, "
          "{'status': 201, 'headers': {'content-type': 'application/json; x=y'}, 'body': "
          "{'n': 1.10}}]}");
    reads("multipart/mixed; boundary=b",
          "--b\r\n" HTTP "HTTP/1.1 412 Precondition Failed\r\nContent-Type: application/json\r\n"
          "\r\n{\"error\":{\"code\":\"0x80060882\"}}\r\n--b--",
          "{'parts': [{'status': 412, 'headers': {'content-type': 'application/json'}, 'body': "
          "{'error': {'code': '0x80060882'}}}]}");
    reads("Multipart/Mixed;boundary=b", "--b--\r\n", "{'parts': []}");
    assert_true(multipart_is("multipart/mixed; boundary=b"));
    assert_false(multipart_is("multipart/form-data; boundary=b"));
}

static void test_answers_that_are_cut_or_wrong(void **state)
{
    (void)state;
    is_broken("", "before its last boundary");
    is_broken("--b\r\n" HTTP "HTTP/1.1 204 No Content\r\n\r\n\r\n", "before its last boundary");
    is_broken("--b\r\n" HTTP "HTTP/1.1 204 No Content\r\n--b--", "ends within headers");
    is_broken("--b\r\n" HTTP "HTTP/1.1 2x4 No\r\n\r\n--b--", "no status");
    is_broken("--b\r\n" HTTP "--b--", "no status line");
    is_broken("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--", "a part is no answer");
    is_broken("--b\r\n" HTTP "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\r\n--b--",
              "JSON is broken");
    is_broken("--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n"
              "Content-Type: multipart/mixed; boundary=d\r\n\r\n--d--\r\n--c--\r\n--b--",
              "too deep");
    is_broken("--b\r\nContent-Type: multipart/mixed\r\n\r\n--b--", "its boundary is not said");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_no_value_leaves_its_literal),
        cmocka_unit_test(test_what_is_missing_is_refused),
        cmocka_unit_test(test_keys_and_names),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_answers_that_are_cut_or_wrong),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
