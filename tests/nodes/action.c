/* action.c - what a manifest's actions do with lists in pages, with many at once, with answers that
 * say no, and with what a simulated call is asked; on a stage with a system of the test's own. */
#include "node_run.h"

#include "nodes/manifest.h"

#define TYPE .header = "Content-Type", .value = "application/json"
#define ACTION(name, config)                                                                       \
    "{'id': 'it', 'type': 'connector.shop." name "', 'connection': 'shop', 'config': {" config "}" \
    "}"
#define LIST(name, path, pages)                                                                   \
    "'" name "': {'title': 'List', 'help': 'Lists.', 'method': 'GET', 'path': '" path             \
    "', 'pages': {" pages "}, 'input': {'type': 'object', 'properties': {'q': {'type': 'string'}" \
    "}}, 'query': {'q': '{input.q}'}, 'example': {'input': {}, 'output': {'items': [7], 'next': " \
    "null}}}"

#define BY_LINKS  "'type': 'next_link', 'items': 'value', 'next': '@odata.nextLink'"
#define BY_OFFSET "'type': 'offset', 'items': 'a', 'param': 'skip', 'size': 2, 'size_param': 'top'"
#define BY_NUMBER "'type': 'page', 'items': 'a', 'param': 'page', 'more': 'more'"
#define SHOP_LISTS                    \
    LIST("links", "/links", BY_LINKS) \
    ", " LIST("offset", "/offset", BY_OFFSET) ", " LIST("numbered", "/numbered", BY_NUMBER)
#define SHOP_OTHERS                                                                          \
    "'search': {'title': 'S', 'help': 'S.', 'method': 'POST', 'effect': 'none', 'path': "    \
    "'/search', 'body': {'what': '{input.q}'}, 'pages': {'type': 'cursor', 'items': 'a', "   \
    "'next': 'c', 'param': 'cursor', 'in': 'body'}, 'input': {'type': 'object', "            \
    "'properties': {'q': {'type': 'string'}}}, 'example': {'input': {}, 'output': "          \
    "{'items': [], 'next': null}}}, 'put': {'title': 'Put', 'help': 'Puts.', 'method': "     \
    "'POST', 'path': '/put', 'input': {'type': 'object', 'properties': {'lines': {'type': "  \
    "'array', 'maxItems': 3}}, 'required': ['lines']}, 'body': {'lines': '{input.lines}'}, " \
    "'batch': {'items': 'lines', 'results': 'done', 'item_id': 'no', 'result_id': 'ref', "   \
    "'failed': {'state': ['no', 'bad']}, 'message': 'why'}, 'example': {'input': {'lines': " \
    "[]}, 'output': {'results': [], 'failed': 0}}}, 'pay': {'title': 'Pay', 'help': "        \
    "'Pays.', 'method': 'POST', 'path': '/pay', 'input': {'type': 'object', 'properties': "  \
    "{'amount': {'type': 'number'}}}, 'body': {'amount': '{input.amount}'}, 'examples': "    \
    "[{'name': 'declined', 'when': {'amount': 7}, 'error': {'kind': 'invalid', 'text': "     \
    "'declined'}}, {'name': 'paid', 'input': {'amount': 5}, 'output': {'id': 1}}]}}}"

static const char shop[] =
    "{'weft': 1, 'name': 'shop', 'title': 'Shop', 'version': '1.0', 'help': 'A shop.', "
    "'environments': {'production': {'base_url': 'https://shop.example/api'}}, 'sign_in': "
    "{'type': 'none'}, 'limits': {'remaining_header': 'X-Left', 'reset_header': "
    "'X-Reset'}, 'error': {'code': ['error.code', 'errors.*'], 'message': ['errors.*.0']}, "
    "'errors': [{'status': 200, 'when': {'success': false}, 'code': ['58', '59'], 'kind': "
    "'duplicate'},   {'status': 200, 'when': {'success': false}, 'kind': 'invalid', "
    "'not_processed': true}], 'actions': {'note': {'title': 'N', 'help': 'N.', 'method': "
    "'POST', 'path': '/note', 'query': {'note': '{input.note}', 'must': '{input.must}', "
    "'fixed': ''}, 'body': {'note': '{input.note}'}, 'input': {'type': 'object', "
    "'properties': {'note': {'type': 'string'}, 'must': {'type': 'string'}}, 'required': "
    "['must']}, 'example': {'input': {'must': 'm'}, 'output': {}}}, " SHOP_LISTS ", " SHOP_OTHERS;

static struct manifest *manifest;

static int install(void **state)
{
    struct faults faults;
    char *text;
    struct buf said;

    (void)state;
    mem_install();
    text = node_try_text(shop);
    faults_init(&faults);
    manifest = manifest_read("shop", text, strlen(text), &faults);
    buf_init(&said, MIB);
    faults_write(&faults, &said);
    if (faults.errors > 0)
        fail_msg("%s", buf_text(&said));
    buf_fini(&said);
    faults_fini(&faults);
    mem_free(text);
    return manifest == NULL;
}

static int uninstall(void **state)
{
    (void)state;
    manifest_free(manifest);
    return 0;
}

static struct stage *play(const char *node, const struct fake_answer *given, size_t count,
                          const char *more, struct node_result *result)
{
    struct stage *stage = stage_new();
    struct buf connections;

    for (size_t i = 0; i < manifest->action_count; i++)
        stage_type(stage, &manifest->actions[i].type);
    if (count > 0)
        fake_http_script(stage_http(stage), "shop.example", given, count);
    buf_init(&connections, 4000);
    buf_addf(&connections, "{'weft': 1, 'connections': {'shop': {'connector': 'shop'%s}}}", more);
    node_run_parts(stage, node, "", "", buf_text(&connections), "{}", result);
    buf_fini(&connections);
    return stage;
}

/* The requests are those, in order, parted by blanks; the output is that. */
static void gives(const char *node, const struct fake_answer *given, size_t count,
                  const char *requests, const char *output)
{
    struct node_result result;
    struct stage *stage = play(node, given, count, "", &result);
    struct buf sent;

    if (result.status != 200)
        fail_msg("%s", json_get_text(result.error, "text"));
    node_try_same(json_incref(result.output), output);
    buf_init(&sent, 8000);
    for (size_t i = 0; i < fake_http_count(stage_http(stage), "shop.example"); i++)
        buf_addf(&sent, "%s%s%s", i > 0 ? " " : "",
                 fake_http_sent(stage_http(stage), "shop.example", i)->url + 24,
                 fake_http_sent(stage_http(stage), "shop.example", i)->body);
    assert_string_equal(buf_text(&sent), requests);
    buf_fini(&sent);
    node_run_end(&result);
    stage_free(stage);
}

static void fails(const char *node, const struct fake_answer *given, size_t count, const char *kind,
                  const char *part)
{
    struct node_result result;
    struct stage *stage = play(node, given, count, "", &result);
    const char *text = json_get_text(result.error, "text");

    if (text == NULL)
        fail_msg("it did not fail");
    assert_string_equal(json_get_text(result.error, "kind"), kind);
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in \"%s\"", part, text);
    node_run_end(&result);
    stage_free(stage);
}

/* In the query of what changes something an empty text that may be left out is; in its body it may
 * empty a field. */
static void test_empty_queries(void **state)
{
    static const struct fake_answer fine[] = { { .status = 200, .body = "{}", TYPE } };

    (void)state;
    gives(ACTION("note", "'input': {'must': 'm', 'note': ''}"), fine, 1,
          "/note?must=m&fixed={\"note\":\"\"}", "{}");
    gives(ACTION("note", "'input': {'must': '', 'note': 'n'}"), fine, 1,
          "/note?note=n&must=&fixed={\"note\":\"n\"}", "{}");
}

/* ---- Pages */

static void test_links(void **state)
{
    static const struct fake_answer absolute[] = {
        { .status = 200,
          .body = "{\"value\":[1,2.50],\"@odata.nextLink\":\"https://SHOP.example/api/links?s=2\"}",
          TYPE },
        { .status = 200, .body = "{\"value\":[],\"@odata.nextLink\":\"/api/links?s=3\"}", TYPE },
        { .status = 200, .body = "{\"value\":[{\"x\":3}]}", TYPE },
    };

    (void)state;
    gives(ACTION("links", "'input': {'q': 'a b'}"), absolute, 3,
          "/links?q=a%20b /links?s=2 /links?s=3", "{'items': [1, 2.50, {'x': 3}], 'next': null}");
    gives(ACTION("links", "'input': {}, 'pages': 'one'"), absolute, 1, "/links",
          "{'items': [1, 2.50], 'next': 'https://SHOP.example/api/links?s=2'}");
    gives(ACTION("links", "'input': {}, 'pages': 'one', 'from': '/api/links?s=3'"), absolute + 2, 1,
          "/links?s=3", "{'items': [{'x': 3}], 'next': null}");
}

static void test_links_that_lead_elsewhere(void **state)
{
    static const char *const links[] = {
        "https://evil.example/api/links",     "http://shop.example/api/links",
        "https://shop.example:444/api/links", "https://shop.example.evil/api/x",
        "https://shop.example/apiary",        "https://shop.example@evil/api/x",
        "//evil.example/api/links",           "/other"
    };

    (void)state;
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        char body[200];
        struct fake_answer given = { .status = 200, .body = body, TYPE };

        snprintf(body, sizeof body, "{\"value\":[],\"@odata.nextLink\":\"%s\"}", links[i]);
        fails(ACTION("links", "'input': {}"), &given, 1, "policy", "leads out of the base URL");
    }
}

static void test_counted_pages(void **state)
{
    static const struct fake_answer offset[] = {
        { .status = 200, .body = "{\"a\":[1,2]}", TYPE },
        { .status = 200, .body = "{\"a\":[3]}", TYPE },
    };
    static const struct fake_answer numbered[] = {
        { .status = 200, .body = "{\"a\":[],\"more\":true}", TYPE },
        { .status = 200, .body = "{\"a\":[4],\"more\":false}", TYPE },
    };

    (void)state;
    gives(ACTION("offset", "'input': {}"), offset, 2, "/offset?top=2&skip=0 /offset?top=2&skip=2",
          "{'items': [1, 2, 3], 'next': null}");
    gives(ACTION("offset", "'input': {}, 'pages': 'one', 'from': 4"), offset, 1,
          "/offset?top=2&skip=4", "{'items': [1, 2], 'next': 6}");
    gives(ACTION("numbered", "'input': {}"), numbered, 2, "/numbered?page=1 /numbered?page=2",
          "{'items': [4], 'next': null}");
    fails(ACTION("offset", "'input': {}, 'from': 'x'"), offset, 1, "invalid",
          "must be the \"next\"");
}

static void test_a_cursor_in_the_body(void **state)
{
    static const struct fake_answer given[] = {
        { .status = 200, .body = "{\"a\":[1],\"c\":\"k1\"}", TYPE },
        { .status = 503, .body = "", .header = "Retry-After", .value = "0" },
        { .status = 200, .body = "{\"a\":[1],\"c\":\"k1\"}", TYPE },
        { .status = 200, .body = "{\"a\":[2],\"c\":\"\"}", TYPE },
    };
    static const struct fake_answer circle[] = {
        { .status = 200, .body = "{\"a\":[1],\"c\":\"k1\"}", TYPE },
    };

    (void)state;
    gives(ACTION("search", "'input': {'q': 'x'}"), given + 2, 2,
          "/search{\"what\":\"x\"} /search{\"what\":\"x\",\"cursor\":\"k1\"}",
          "{'items': [1, 2], 'next': null}");
    fails(ACTION("search", "'input': {}"), circle, 1, "invalid", "leads from page 2 to itself");
    /* another attempt begins at the beginning, and counts nothing twice */
    gives(ACTION("search", "'input': {}"), given, 4,
          "/search{} /search{\"cursor\":\"k1\"} /search{} /search{\"cursor\":\"k1\"}",
          "{'items': [1, 2], 'next': null}");
}

static void test_what_is_no_list_or_too_long(void **state)
{
    static const struct fake_answer other = { .status = 200, .body = "{\"a\":{}}", TYPE };
    static const struct fake_answer more = { .status = 200, .body = "{\"a\":[1,2]}", TYPE };

    (void)state;
    fails(ACTION("offset", "'input': {}"), &other, 1, "invalid", "has no list \"a\", but: object");
    fails(ACTION("offset", "'input': {}, 'limit': 5"), &more, 1, "limit", "more than 5 items");
}

/* ---- Many at once */

static void test_a_batch(void **state)
{
    static const struct fake_answer given = {
        .status = 200,
        .body = "{\"done\":[{\"ref\":\"b\",\"state\":\"bad\",\"why\":\"closed\"},"
                "{\"ref\":\"a\",\"state\":\"ok\"}]}",
        TYPE
    };
    (void)state;
    gives(ACTION("put", "'input': {'lines': [{'no': 'a'}, {'no': 'b'}]}"), &given, 1,
          "/put{\"lines\":[{\"no\":\"a\"},{\"no\":\"b\"}]}",
          "{'results': [{'index': 0, 'ok': true, 'result': {'ref': 'a', 'state': 'ok'}}, {'index': "
          "1, 'ok': false, 'result': {'ref': 'b', 'state': 'bad', 'why': 'closed'}, 'error': "
          "'closed'}], 'failed': 1}");
    fails(ACTION("put", "'input': {'lines': '=array{1, 2, 3, 4}'}"), &given, 1, "invalid", "3");
}

/* An answer that does not say what became of each is no answer: a person looks. */
static void test_a_batch_with_a_hole(void **state)
{
    static const struct fake_answer given = { .status = 200,
                                              .body = "{\"done\":[{\"ref\":\"a\"}]}",
                                              TYPE };
    struct node_result result;
    struct stage *stage = play(ACTION("put", "'input': {'lines': [{'no': 'a'}, {'no': 'b'}]}"),
                               &given, 1, "", &result);

    (void)state;
    assert_int_equal(fake_http_count(stage_http(stage), "/put"), 1);
    assert_int_equal(result.status, 202); /* the run waits */
    node_run_end(&result);
    stage_free(stage);
}

/* ---- Answers */

static void test_a_body_that_says_no(void **state)
{
    static const struct fake_answer no = {
        .status = 200, .body = "{\"success\":false,\"errors\":{\"35\":[\"bad number\"]}}", TYPE
    };
    static const struct fake_answer twice = {
        .status = 200, .body = "{\"success\":false,\"errors\":{\"59\":[\"is there\"]}}", TYPE
    };
    struct node_result result;
    struct stage *stage;

    (void)state;
    fails(ACTION("pay", "'input': {'amount': 5}"), &no, 1, "invalid", "35: bad number");
    stage = play(ACTION("pay", "'input': {'amount': 5}"), &twice, 1, "", &result);
    assert_int_equal(fake_http_count(stage_http(stage), "/pay"), 1);
    node_run_end(&result);
    stage_free(stage);
}

static void test_simulated_cases(void **state)
{
    struct node_result result;
    struct stage *stage =
        play(ACTION("pay", "'input': {'amount': 5}"), NULL, 0, ", 'simulate': true", &result);

    (void)state;
    node_try_same(json_incref(result.output), "{'id': 1}");
    node_run_end(&result);
    stage_free(stage);
    stage = play(ACTION("pay", "'input': {'amount': 7}"), NULL, 0, ", 'simulate': true", &result);
    assert_string_equal(json_get_text(result.error, "text"), "simulated: declined");
    assert_int_equal(fake_http_count(stage_http(stage), "://"), 0);
    node_run_end(&result);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_queries),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_links_that_lead_elsewhere),
        cmocka_unit_test(test_counted_pages),
        cmocka_unit_test(test_a_cursor_in_the_body),
        cmocka_unit_test(test_what_is_no_list_or_too_long),
        cmocka_unit_test(test_a_batch),
        cmocka_unit_test(test_a_batch_with_a_hole),
        cmocka_unit_test(test_a_body_that_says_no),
        cmocka_unit_test(test_simulated_cases),
    };

    return cmocka_run_group_tests(tests, install, uninstall);
}
