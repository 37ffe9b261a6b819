/* contract.c - a contract of our own: which operation a path is, what its requests may bring. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "designer-api/contract_priv.h"

static const char packed[] =
    "{\"operations\": ["
    "{\"id\": \"list\", \"method\": \"GET\", \"path\": \"/things\", \"permission\": 0, \"params\": "
    "["
    "  {\"name\": \"limit\", \"in\": \"query\","
    "   \"schema\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 200, \"default\": 50}},"
    "  {\"name\": \"open\", \"in\": \"query\", \"schema\": {\"type\": \"boolean\"}},"
    "  {\"name\": \"least\", \"in\": \"query\", \"schema\": {\"type\": \"number\"}},"
    "  {\"name\": \"text\", \"in\": \"query\", \"schema\": {\"type\": \"string\", \"maxLength\": "
    "5}},"
    "  {\"name\": \"kind\", \"in\": \"query\", \"schema\": {\"type\": \"array\","
    "   \"items\": {\"type\": \"string\", \"enum\": [\"a\", \"b\"]}}},"
    "  {\"name\": \"ids\", \"in\": \"query\", \"explode\": false,"
    "   \"schema\": {\"type\": \"array\", \"items\": {\"type\": \"integer\"}}}]},"
    "{\"id\": \"make\", \"method\": \"POST\", \"path\": \"/things\", \"permission\": 1,"
    " \"body\": {\"required\": true, \"types\": [\"application/json\"], \"needs\": [\"Thing\"],"
    "  \"schema\": {\"$ref\": \"#/$defs/Thing\"}}},"
    "{\"id\": \"read\", \"method\": \"GET\", \"path\": \"/things/{thing}\", \"permission\": 0, "
    "\"params\": ["
    "  {\"name\": \"thing\", \"in\": \"path\", \"required\": true,"
    "   \"schema\": {\"type\": \"string\", \"pattern\": \"^[a-z]+$\"}}]},"
    "{\"id\": \"drop\", \"method\": \"DELETE\", \"path\": \"/things/{thing}\", \"permission\": 1},"
    "{\"id\": \"import\", \"method\": \"POST\", \"path\": \"/things/import\", \"permission\": 1,"
    " \"body_max\": 5000000,"
    " \"body\": {\"required\": false, \"types\": [\"text/csv\", \"application/x-folder\"]}},"
    "{\"id\": \"part\", \"method\": \"GET\", \"path\": \"/things/{thing}/parts/{part}\", "
    "\"permission\": 0,"
    " \"params\": [{\"name\": \"need\", \"in\": \"query\", \"required\": true,"
    "  \"schema\": {\"type\": \"string\"}}]},"
    "{\"id\": \"deep\", \"method\": \"GET\", \"path\": \"/files/{file}/text\", \"permission\": -1,"
    " \"params\": [{\"name\": \"file\", \"in\": \"path\", \"rest\": true,"
    "  \"schema\": {\"type\": \"string\"}}]}],"
    " \"defs\": {\"Thing\": {\"type\": \"object\", \"additionalProperties\": false,"
    "  \"required\": [\"name\"], \"properties\": {\"name\": {\"type\": \"string\"},"
    "  \"parts\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/Thing\"}}}}}}";

static void answer(struct ask *ask)
{
    (void)ask;
}

static const struct ask_bind some[] = {
    { "list", answer }, { "make", answer }, { "read", answer }, { "drop", answer }, { NULL, NULL },
};
static const struct ask_bind others[] = {
    { "import", answer },
    { "part", answer },
    { "deep", answer },
    { NULL, NULL },
};
static const struct ask_bind *const all[] = { some, others, NULL };

static struct contract *contract;
static struct err e;

static int begin(void **state)
{
    (void)state;
    contract = contract__new(packed, strlen(packed), all, &e);
    assert_non_null(contract);
    return 0;
}

static int end(void **state)
{
    (void)state;
    contract_free(contract);
    return 0;
}

/* ---- Binding */

static void refused(const struct ask_bind *const *binds, const char *words)
{
    assert_null(contract__new(packed, strlen(packed), binds, &e));
    assert_int_equal(e.code, ERR_INTERNAL);
    assert_non_null(strstr(e.text, words));
}

static void every_operation_has_one_handler_and_each_handler_an_operation(void **state)
{
    static const struct ask_bind unknown[] = { { "nothing", answer }, { NULL, NULL } };

    (void)state;
    refused((const struct ask_bind *const[]){ some, NULL }, "has no handler");
    refused((const struct ask_bind *const[]){ some, others, unknown, NULL },
            "no operation nothing");
    refused((const struct ask_bind *const[]){ some, others, some, NULL }, "list has two handlers");
}

static void the_programs_own_contract_can_be_read(void **state)
{
    json_t *own =
        json_read((const char *)contract__packed, contract__packed_size, &json_limits_reply, &e);
    size_t count = json_array_size(json_object_get(own, "operations")), i, n = 0, cursor = 0;
    struct ask_bind *binds = mem_must((count + 1) * sizeof *binds);
    const struct ask_bind *const lists[] = { binds, NULL };
    const struct contract_operation *operation;
    struct contract *whole;
    json_t *row;

    (void)state;
    json_array_foreach(json_object_get(own, "operations"), i, row)
    {
        binds[i] = (struct ask_bind){ json_get_text(row, "id"), answer };
    }
    whole = contract_new(lists, &e);
    assert_non_null(whole);
    while ((operation = contract_next(whole, &cursor)) != NULL) {
        contract__compile(operation->part); /* checks that every schema is taken */
        n++;
    }
    assert_int_equal(n, count);
    contract_free(whole);
    mem_free(binds);
    json_decref(own);
}

/* ---- Finding */

static const struct contract_operation *found;
static char pieces[ASK_PATH_MAX][LIMIT_PATH], allow[64];

static void finds(const char *method, const char *path, const char *id)
{
    assert_int_equal(contract_find(contract, method, path, &found, pieces, allow, &e), ERR_OK);
    assert_string_equal(found->id, id);
}

static void finds_none(const char *method, const char *path, enum err_code code)
{
    assert_int_equal(contract_find(contract, method, path, &found, pieces, allow, &e), code);
}

static void a_path_is_one_operation(void **state)
{
    (void)state;
    finds("GET", "/things", "list");
    finds("HEAD", "/things", "list");
    finds("POST", "/things", "make");
    assert_string_equal(allow, "GET, HEAD, POST, OPTIONS");
    finds("GET", "/things/abc", "read");
    assert_string_equal(pieces[0], "abc");
    finds("GET", "/things/abc/parts/x y", "part");
    assert_string_equal(pieces[0], "abc");
    assert_string_equal(pieces[1], "x y");
    finds("POST", "/things/import", "import");
    assert_int_equal(found->body_max, 5000000);
    finds("DELETE", "/things/{thing}", "drop");
}

static void a_word_of_the_path_comes_before_a_parameter(void **state)
{
    (void)state;
    finds_none("GET", "/things/import", ERR_METHOD);
    assert_string_equal(allow, "POST, OPTIONS");
    finds_none("OPTIONS", "/things/abc", ERR_METHOD);
    assert_string_equal(allow, "DELETE, GET, HEAD, OPTIONS");
}

static void the_rest_of_a_path_keeps_its_slashes(void **state)
{
    (void)state;
    finds("GET", "/files/a/text", "deep");
    finds("GET", "/files/a/b[3]/c/text", "deep");
    assert_string_equal(pieces[0], "a/b[3]/c");
    finds("GET", "/files/a/text/text", "deep");
    assert_string_equal(pieces[0], "a/text");
    finds_none("GET", "/files/text", ERR_NOT_FOUND);
    finds_none("GET", "/files/a/b", ERR_NOT_FOUND);
}

static void what_is_no_path_is_not_found(void **state)
{
    static const char *const none[] = {
        "",
        "/",
        "things",
        "/thing",
        "/things/",
        "//things",
        "/things//parts/x",
        "/things/a/parts",
        "/things/a/parts/",
        "/things/a/parts/b/c",
    };
    char deep[400] = "", wide[LIMIT_PATH + 40];

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        finds_none("GET", none[i], ERR_NOT_FOUND);
    for (size_t i = 0; i < 199; i++)
        memcpy(deep + 2 * i, "/a", 3);
    finds_none("GET", deep, ERR_NOT_FOUND);
    memset(wide, 'a', sizeof wide);
    memcpy(wide, "/things/", 8);
    wide[sizeof wide - 1] = '\0';
    finds_none("GET", wide, ERR_NOT_FOUND);
}

/* ---- Reading */

static struct who who;
static struct http_request request;
static struct pair header;
static struct ask asked;

static void drop(void)
{
    json_decref(asked.query);
    json_decref(asked.body);
    json_decref(asked.faults);
}

static enum err_code read_it(const char *method, const char *path, const char *query,
                             const char *type, const char *body)
{
    request = (struct http_request){ .method = method, .path = path, .query = query, .body = body };
    header = (struct pair){ "Content-Type", type };
    request.headers = &header;
    request.header_count = type != NULL ? 1 : 0;
    request.body_size = strlen(body);
    asked = (struct ask){ .request = &request, .who = &who };
    assert_int_equal(contract_find(contract, method, path, &asked.operation, asked.path, allow, &e),
                     ERR_OK);
    return contract_read(asked.operation, &asked, &e);
}

static void query(const char *text, enum err_code code, const char *words)
{
    struct buf got;

    buf_init(&got, 4096);
    assert_int_equal(read_it("GET", "/things", text, NULL, ""), code);
    json_write(&got, asked.query);
    if (code == ERR_OK)
        assert_string_equal(buf_text(&got), words);
    else if (strstr(e.text, words) == NULL)
        fail_msg("%s is not in: %s", words, e.text);
    buf_fini(&got);
    drop();
}

static void a_query_is_read_by_its_schemas(void **state)
{
    (void)state;
    query("", ERR_OK, "{\"limit\":50}");
    query("limit=7", ERR_OK, "{\"limit\":7}");
    query("&&limit=7&", ERR_OK, "{\"limit\":7}");
    query("open=true&text=", ERR_OK, "{\"open\":true,\"text\":\"\",\"limit\":50}");
    query("text=a%2Bb+c", ERR_OK, "{\"text\":\"a+b c\",\"limit\":50}");
    query("text=%C3%A4%3D", ERR_OK, "{\"text\":\"\xc3\xa4=\",\"limit\":50}");
    query("te%78t=a", ERR_OK, "{\"text\":\"a\",\"limit\":50}");
    query("least=1.50", ERR_OK, "{\"least\":1.50,\"limit\":50}");
    query("kind=a&kind=b", ERR_OK, "{\"kind\":[\"a\",\"b\"],\"limit\":50}");
    query("ids=1,2,30", ERR_OK, "{\"ids\":[1,2,30],\"limit\":50}");
}

static void a_query_that_does_not_fit_is_refused_with_its_place(void **state)
{
    static const char *const no_numbers[] = { "limit=",    "limit=x",
                                              "limit=5x",  "limit=%205",
                                              "limit=+5",  "limit=0x5",
                                              "limit=5.0", "limit=99999999999999999999" };

    (void)state;
    for (size_t i = 0; i < sizeof no_numbers / sizeof *no_numbers; i++)
        query(no_numbers[i], ERR_USAGE, "limit is a whole number");
    query("limit=0", ERR_USAGE, "\"limit\" must be at least 1");
    query("limit=201", ERR_USAGE, "\"limit\" must be at most 200");
    query("limit=1&limit=2", ERR_USAGE, "stands twice");
    query("open=yes", ERR_USAGE, "open is true or false");
    query("least=1,5", ERR_USAGE, "least is a number");
    query("kind=c", ERR_USAGE, "kind");
    query("ids=1,,2", ERR_USAGE, "ids is a whole number");
    query("text=123456", ERR_USAGE, "text");
    query("text=%zz", ERR_SYNTAX, "not well encoded");
    query("text=%00", ERR_SYNTAX, "not well encoded");
    query("text=%ff", ERR_SYNTAX, "not well encoded");
    query("limt=5", ERR_UNKNOWN, "there are limit, open");
    query("=5", ERR_UNKNOWN, "no parameter \"\"");
    assert_int_equal(read_it("GET", "/things", "limt=5", NULL, ""), ERR_UNKNOWN);
    assert_string_equal(json_get_text(json_array_get(asked.faults, 0), "parameter"), "limt");
    drop();
    assert_int_equal(read_it("GET", "/things/a/parts/b", "", NULL, ""), ERR_USAGE);
    assert_non_null(strstr(e.text, "need is missing"));
    drop();
}

static void a_piece_of_the_path_that_cannot_be_is_not_found(void **state)
{
    (void)state;
    assert_int_equal(read_it("GET", "/things/abc", "", NULL, ""), ERR_OK);
    drop();
    assert_int_equal(read_it("GET", "/things/ABC", "", NULL, ""), ERR_NOT_FOUND);
    drop();
}

static void body(const char *type, const char *text, enum err_code code, const char *pointer)
{
    assert_int_equal(read_it("POST", "/things", "", type, text), code);
    if (pointer != NULL)
        assert_string_equal(json_get_text(json_array_get(asked.faults, 0), "pointer"), pointer);
    assert_int_equal(asked.body != NULL && code == ERR_OK, code == ERR_OK);
    drop();
}

static void a_body_is_read_by_its_schema(void **state)
{
    static const char json[] = "application/json";

    (void)state;
    body(json, "{\"name\": \"a\"}", ERR_OK, NULL);
    body("Application/JSON; charset=utf-8", "{\"name\": \"a\"}", ERR_OK, NULL);
    body(json, "{\"name\": \"a\", \"parts\": [{\"name\": \"b\"}]}", ERR_OK, NULL);
    body(json, "{}", ERR_INVALID, "");
    body(json, "{\"name\": 1}", ERR_INVALID, "/name");
    body(json, "{\"name\": \"a\", \"size\": 1}", ERR_UNKNOWN, "/size");
    body(json, "{\"name\": \"a\", \"parts\": [{\"name\": \"b\", \"x/y\": 1}]}", ERR_UNKNOWN,
         "/parts/0/x~1y");
    body(json, "[]", ERR_INVALID, "");
    body(json, "{\"name\": }", ERR_SYNTAX, NULL);
    body(json, "", ERR_USAGE, NULL);
    body("text/plain", "{\"name\": \"a\"}", ERR_MEDIA, NULL);
    body("application/jsonx", "{\"name\": \"a\"}", ERR_MEDIA, NULL);
    body(NULL, "{\"name\": \"a\"}", ERR_MEDIA, NULL);
}

static void other_bodies_are_bytes(void **state)
{
    (void)state;
    assert_int_equal(read_it("POST", "/things/import", "", "text/csv", "a,b\n"), ERR_OK);
    assert_null(asked.body);
    assert_int_equal(asked.text_size, 4);
    drop();
    assert_int_equal(read_it("POST", "/things/import", "", NULL, ""), ERR_OK);
    assert_null(asked.text);
    drop();
    assert_int_equal(read_it("DELETE", "/things/abc", "", "application/json", "{}"), ERR_USAGE);
    drop();
}

static void who_stands_at_the_local_socket_may_say_their_name(void **state)
{
    static const char json[] = "application/json", by[] = "{\"name\": \"a\", \"by\": \"anna\"}";

    (void)state;
    body(json, by, ERR_UNKNOWN, "/by");
    who.kind = WHO_LOCAL;
    assert_int_equal(read_it("POST", "/things", "", json, by), ERR_OK);
    assert_string_equal(asked.by, "anna");
    assert_null(json_object_get(asked.body, "by"));
    drop();
    body(json, "{\"name\": \"a\", \"by\": \"\"}", ERR_USAGE, "/by");
    body(json, "{\"name\": \"a\", \"by\": 1}", ERR_USAGE, "/by");
    who.kind = WHO_NOBODY;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_one_handler_and_each_handler_an_operation),
        cmocka_unit_test(the_programs_own_contract_can_be_read),
        cmocka_unit_test(a_path_is_one_operation),
        cmocka_unit_test(a_word_of_the_path_comes_before_a_parameter),
        cmocka_unit_test(the_rest_of_a_path_keeps_its_slashes),
        cmocka_unit_test(what_is_no_path_is_not_found),
        cmocka_unit_test(a_query_is_read_by_its_schemas),
        cmocka_unit_test(a_query_that_does_not_fit_is_refused_with_its_place),
        cmocka_unit_test(a_piece_of_the_path_that_cannot_be_is_not_found),
        cmocka_unit_test(a_body_is_read_by_its_schema),
        cmocka_unit_test(other_bodies_are_bytes),
        cmocka_unit_test(who_stands_at_the_local_socket_may_say_their_name),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
