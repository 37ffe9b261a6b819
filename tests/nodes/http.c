/* http.c - "connector.http" on a stage: what leaves, and what each answer leads to. */
#include "node_run.h"

#define BODY         "{'id': 'T1', 'amount': 100.10, 'note': 'a b', 'evil': 'x\\r\\nY: z'}"
#define URL          "'url': 'http://127.0.0.1/api'"
#define HTTP(config) "{'id': 'it', 'type': 'connector.http', 'config': {" config "}}"
#define TYPE         .header = "Content-Type", .value = "application/json; charset=utf-8"

static const struct fake_answer fine = { .status = 200, .body = "{\"n\": 1.10}", TYPE };

/* Runs the node once against an answer; what was sent is in the stage. */
static struct stage *play(const char *node, const char *connections,
                          const struct fake_answer *given, size_t count, struct node_result *result)
{
    struct stage *stage = stage_new();

    fake_http_script(stage_http(stage), "://", given, count);
    node_run_parts(stage, node, "", "", connections, BODY, result);
    return stage;
}

static void sends(const char *node, const char *method, const char *url, const char *headers,
                  const char *body)
{
    struct node_result result;
    struct stage *stage = play(node, NULL, &fine, 1, &result);
    const struct fake_sent *sent = fake_http_sent(stage_http(stage), "://", 0);

    if (sent == NULL)
        fail_msg("nothing was sent: %s", json_get_text(result.error, "text"));
    assert_string_equal(sent->method, method);
    assert_string_equal(sent->url, url);
    assert_string_equal(sent->headers, headers);
    assert_string_equal(sent->body, body);
    node_run_end(&result);
    stage_free(stage);
}

static void test_what_is_sent(void **state)
{
    (void)state;
    sends(HTTP(URL), "GET", "http://127.0.0.1/api", "", "");
    sends(HTTP(URL
               ", 'query': {'q': '=trigger.body.note', 'n': '=trigger.body.amount', 'no': '=nil'}"),
          "GET", "http://127.0.0.1/api?q=a%20b&n=100.10", "", "");
    sends(HTTP(URL ", 'method': 'POST', 'body': {'amount': '=trigger.body.amount'}"), "POST",
          "http://127.0.0.1/api", "Content-Type: application/json\n", "{\"amount\":100.10}");
    sends(HTTP(URL ", 'method': 'POST', 'body': '=nil'"), "POST", "http://127.0.0.1/api", "", "");
    sends(HTTP(URL ", 'method': 'POST', 'body': '<x/>', 'content_type': 'text/xml'"), "POST",
          "http://127.0.0.1/api", "Content-Type: text/xml\n", "<x/>");
    sends(HTTP(URL ", 'method': 'PUT', 'headers': {'X-Id': '=trigger.body.id', 'content-type': "
                   "'application/merge-patch+json'}, 'body': {}"),
          "PUT", "http://127.0.0.1/api", "X-Id: T1\ncontent-type: application/merge-patch+json\n",
          "{}");
    sends(HTTP(URL
               ", 'method': 'POST', 'content_type': 'application/x-www-form-urlencoded', 'body': "
               "{'a': '=trigger.body.note'}"),
          "POST", "http://127.0.0.1/api", "Content-Type: application/x-www-form-urlencoded\n",
          "a=a%20b");
}

static void test_what_is_not_sent(void **state)
{
    static const struct {
        const char *node, *part;
    } cases[] = {
        { HTTP(URL ", 'headers': {'X': '=trigger.body.evil'}"), "line break" },
        { HTTP(URL ", 'headers': {'Authorization': '=trigger.body.id'}"),
          "belongs into a connection" },
        { HTTP(URL ", 'headers': '=trigger.body.id'"), "object of texts" },
        { HTTP(URL ", 'query': '=trigger.body.id'"), "must be an object" },
        { HTTP("'url': '=trigger.body.evil'"), "percent-encoded" },
        { HTTP("'url': '=nil'"), "must be a text" },
        { HTTP(URL ", 'method': 'POST', 'content_type': 'text/xml', 'body': {'a': '=1'}"),
          "must be a text, but is: object" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct node_result result;
        struct stage *stage = play(cases[i].node, NULL, &fine, 1, &result);

        assert_int_equal(fake_http_count(stage_http(stage), "://"), 0);
        assert_string_equal(json_get_text(result.error, "kind"), "invalid");
        if (strstr(json_get_text(result.error, "text"), cases[i].part) == NULL)
            fail_msg("%s: %s", cases[i].node, json_get_text(result.error, "text"));
        node_run_end(&result);
        stage_free(stage);
    }
}

static void test_output(void **state)
{
    static const struct fake_answer text = {
        .status = 204, .body = "", .header = "X-Request-Id", .value = "7"
    };
    static const struct fake_answer cookie = {
        .status = 200, .body = "ok", .header = "Set-Cookie", .value = "s=1"
    };
    static const struct fake_answer missing = { .status = 404, .body = "{\"no\": 1}", TYPE };
    struct node_result result;
    struct stage *stage = play(HTTP(URL), NULL, &fine, 1, &result);

    (void)state;
    node_try_same(json_incref(result.output),
                  "{'status': 200, 'headers': {'content-type': 'application/json; charset=utf-8'}, "
                  "'body': {'n': 1.10}}");
    node_run_end(&result);
    stage_free(stage);
    stage = play(HTTP(URL), NULL, &text, 1, &result);
    node_try_same(json_incref(result.output),
                  "{'status': 204, 'headers': {'x-request-id': '7'}, 'body': null}");
    node_run_end(&result);
    stage_free(stage);
    stage = play(HTTP(URL), NULL, &cookie, 1, &result);
    node_try_same(json_incref(result.output), "{'status': 200, 'headers': {}, 'body': 'ok'}");
    node_run_end(&result);
    stage_free(stage);
    stage = play(HTTP(URL ", 'expect': [404]"), NULL, &missing, 1, &result);
    assert_int_equal(result.status, 200);
    assert_int_equal(json_get_int(result.output, "status", 0), 404);
    node_run_end(&result);
    stage_free(stage);
}

/* method and more -> the kind of the failure, and whether it is in doubt */
static void ends(const char *node, const struct fake_answer *given, const char *kind,
                 const char *part, bool doubt)
{
    struct node_result result;
    struct stage *stage = play(node, NULL, given, 1, &result);
    const char *text = json_get_text(result.error, "text");

    assert_string_equal(json_get_text(result.error, "kind"), kind);
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in \"%s\"", part, text);
    if ((strstr(result.steps, "doubt") != NULL) != doubt)
        fail_msg("%d: %s", given->status, result.steps);
    assert_int_equal(fake_http_count(stage_http(stage), "://"), 1);
    node_run_end(&result);
    stage_free(stage);
}

#define GET_NODE  HTTP(URL)
#define POST_NODE HTTP(URL ", 'method': 'POST', 'body': 1")
#define PUT_NODE  HTTP(URL ", 'method': 'PUT', 'body': 1")

static void test_failures(void **state)
{
    static const struct fake_answer bad = {
        .status = 422, .body = "{\"error\": {\"message\": \"no such account\"}}", TYPE
    };
    static const struct fake_answer denied = { .status = 401, .body = "" };
    static const struct fake_answer fault = { .status = 500, .body = "<h1>Oops</h1>" };
    static const struct fake_answer down = { .status = 503, .body = "" };
    static const struct fake_answer moved = {
        .status = 302, .body = "", .header = "Location", .value = "http://127.0.0.1/other"
    };
    static const struct fake_answer half = { .status = 200, .body = "{\"a\": ", TYPE };

    (void)state;
    ends(GET_NODE, &bad, "invalid", "answered 422: no such account", false);
    ends(POST_NODE, &bad, "invalid", "answered 422: no such account", false);
    ends(GET_NODE, &denied, "auth", "401", false);
    ends(POST_NODE, &denied, "auth", "401", false);
    ends(GET_NODE, &fault, "transient", "answered 500", false);
    ends(PUT_NODE, &fault, "transient", "answered 500", false);
    ends(POST_NODE, &fault, "in_doubt", "answered 500", true);
    ends(GET_NODE, &down, "unavailable", "503", false);
    ends(POST_NODE, &down, "in_doubt", "503", true);
    ends(HTTP(URL ", 'method': 'POST', 'not_processed': [503]"), &down, "unavailable", "503",
         false);
    ends(HTTP(URL ", 'method': 'POST', 'effect': 'none'"), &fault, "transient", "500", false);
    ends(HTTP(URL ", 'effect': 'once'"), &fault, "in_doubt", "500", true);
    ends(GET_NODE, &moved, "invalid", "redirect, which is not followed", false);
    ends(POST_NODE, &moved, "in_doubt", "redirect", true);
    ends(GET_NODE, &half, "transient", "declared as JSON but cannot be read", false);
    ends(POST_NODE, &half, "in_doubt", "declared as JSON but cannot be read", true);
    ends(HTTP(URL ", 'expect': [201]"), &fine, "invalid", "answered 200", false);
    ends(HTTP(URL ", 'method': 'POST', 'expect': [201]"), &fine, "in_doubt", "answered 200", true);
}

static void test_details_hold_the_answer(void **state)
{
    static const struct fake_answer fault = { .status = 400, .body = "<h1>Oops</h1>" };
    struct node_result result;
    struct stage *stage = play(GET_NODE, NULL, &fault, 1, &result);

    (void)state;
    node_try_same(json_incref(json_object_get(result.error, "details")),
                  "{'status': 400, 'answer': '<h1>Oops</h1>'}");
    node_run_end(&result);
    stage_free(stage);
}

static void test_the_key_is_the_same_at_every_attempt(void **state)
{
    static const struct fake_answer given[] = { { .status = 500, .body = "" },
                                                { .status = 502, .body = "" },
                                                { .status = 201, .body = "{}", TYPE } };
    struct node_result result;
    struct stage *stage =
        play("{'id': 'it', 'type': 'connector.http', 'retry': {'attempts': 3, 'initial': '1s'}, "
             "'config': {" URL ", 'method': 'POST', 'body': 1, 'effect': 'keyed', 'key_header': "
             "'Idempotency-Key'}}",
             NULL, given, 3, &result);
    const struct fake_sent *first = fake_http_sent(stage_http(stage), "://", 0);
    const struct fake_sent *third = fake_http_sent(stage_http(stage), "://", 2);

    (void)state;
    assert_int_equal(result.status, 200);
    assert_int_equal(fake_http_count(stage_http(stage), "://"), 3);
    assert_non_null(strstr(first->headers, "Idempotency-Key: "));
    assert_string_equal(first->headers, third->headers);
    assert_true(first->effect);
    node_run_end(&result);
    stage_free(stage);
}

static void test_rate_limits_wait_as_long_as_asked(void **state)
{
    static const struct fake_answer given[] = {
        { .status = 429, .body = "", .header = "Retry-After", .value = "7" },
        { .status = 200, .body = "{}", TYPE }
    };
    struct node_result result;
    struct stage *stage = stage_new();
    char *flow = node_try_text(
        "{'flow': {'weft': 1, 'name': 'Rate', 'nodes': [{'id': 'in', 'type': 'trigger.webhook', "
        "'config': {'path': 'x', 'verify': {'type': 'none'}}}, {'id': 'it', 'type': "
        "'connector.http', "
        "'retry': {'attempts': 2, 'initial': '1s', 'jitter': 0}, 'config': {" URL
        ", 'method': 'POST', "
        "'body': 1}}], 'edges': [{'from': 'in', 'to': 'it'}]}}");
    uint64_t request;

    (void)state;
    memset(&result, 0, sizeof result);
    fake_http_script(stage_http(stage), "://", given, 2);
    stage_deploy(stage, "rate", flow);
    request = stage_post(stage, "x", "{}");
    stage_settle(stage);
    stage_wait(stage, 6900);
    assert_int_equal(fake_http_count(stage_http(stage), "://"), 1);
    stage_wait(stage, 200);
    assert_int_equal(fake_http_count(stage_http(stage), "://"), 2);
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "succeeded");
    mem_free(flow);
    stage_free(stage);
}

#define CONNECTIONS(more)                                                          \
    "{'weft': 1, 'connections': {'web': {'connector': 'http', 'base_url': "        \
    "'https://api.example/v1', "                                                   \
    "'auth': {'type': 'bearer', 'secret': 'token'}, 'secrets': {'token': {'env': " \
    "'STAGE_SECRET'}}" more "}}}"
#define CONNECTED(config) \
    "{'id': 'it', 'type': 'connector.http', 'connection': 'web', 'config': {" config "}}"

static void test_through_a_connection(void **state)
{
    struct node_result result;
    struct stage *stage = play(CONNECTED("'path': '/orders', 'query': {'id': '=trigger.body.id'}"),
                               CONNECTIONS(""), &fine, 1, &result);
    const struct fake_sent *sent = fake_http_sent(stage_http(stage), "://", 0);

    (void)state;
    assert_int_equal(result.status, 200);
    assert_string_equal(sent->url, "https://api.example/v1/orders?id=T1");
    assert_string_equal(sent->headers, "Authorization: Bearer s3cr3t-of-the-stage\n");
    node_run_end(&result);
    stage_free(stage);
}

static void test_a_simulated_connection_sends_nothing(void **state)
{
    struct node_result result;
    struct stage *stage = play(CONNECTED("'path': '/orders', 'example': {'id': 7}"),
                               CONNECTIONS(", 'simulate': true"), &fine, 1, &result);

    (void)state;
    node_try_same(json_incref(result.output), "{'status': 200, 'headers': {}, 'body': {'id': 7}}");
    assert_int_equal(fake_http_count(stage_http(stage), "://"), 0);
    node_run_end(&result);
    stage_free(stage);
    stage =
        play(CONNECTED("'path': '/orders'"), CONNECTIONS(", 'simulate': true"), &fine, 1, &result);
    node_try_same(json_incref(result.output), "{'status': 200, 'headers': {}, 'body': null}");
    node_run_end(&result);
    stage_free(stage);
}

#define FORM                                                                                       \
    "'method': 'POST', 'content_type': 'multipart/form-data', 'body': {'note': "                   \
    "'=trigger.body.note', 'amount': '=decimal(trigger.body.amount)', 'tag': ['x', 'y'], 'none': " \
    "null, "                                                                                       \
    "'file': {'base64': 'AP8K', 'filename': 'a.bin', 'type': 'application/pdf'}, 'page': "         \
    "{'text': "                                                                                    \
    "'h\u00e9', 'filename': 'p.txt'}}"

static void test_forms_of_several_parts(void **state)
{
    struct node_result result;
    struct stage *stage = play(HTTP(URL ", " FORM), NULL, &fine, 1, &result);
    const struct fake_sent *sent = fake_http_sent(stage_http(stage), "://", 0);
    static const char head[] = "Content-Type: multipart/form-data; boundary=weft-";
    const char *type = strstr(sent->headers, head);
    char boundary[60], wanted[300];

    (void)state;
    assert_non_null(type);
    snprintf(boundary, sizeof boundary, "weft-%.40s", type + strlen(head));
    snprintf(wanted, sizeof wanted,
             "--%s\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\na b\r\n"
             "--%s\r\nContent-Disposition: form-data; name=\"amount\"\r\n\r\n100.10\r\n",
             boundary, boundary);
    assert_memory_equal(sent->body, wanted, strlen(wanted));
    assert_non_null(strstr(sent->body, "name=\"tag\"\r\n\r\nx\r\n"));
    assert_non_null(strstr(sent->body, "name=\"tag\"\r\n\r\ny\r\n"));
    assert_null(strstr(sent->body, "name=\"none\""));
    assert_non_null(strstr(sent->body, "name=\"file\"; filename=\"a.bin\"\r\nContent-Type: "
                                       "application/pdf\r\n\r\n"));
    node_run_end(&result);
    stage_free(stage);
    node_fails(HTTP(URL ", 'method': 'POST', 'content_type': 'multipart/form-data', 'body': {'f': "
                        "{'filename': 'x'}}"),
               BODY, "invalid", "the part \"f\" of the form is an object");
    node_fails(HTTP(URL ", 'method': 'POST', 'content_type': 'multipart/form-data', 'body': 'x'"),
               BODY, "invalid", "an object, but is: text");
    node_fails(HTTP(URL ", 'method': 'POST', 'content_type': 'multipart/form-data', 'body': {'f': "
                        "{'text': 'x', 'type': '=trigger.body.evil'}}"),
               BODY, "invalid", "a \"type\" that cannot be sent");
}

static void answers(const char *config, const struct fake_answer *given, const char *wanted)
{
    struct node_result result;
    struct stage *stage = play(config, NULL, given, 1, &result);

    node_try_same(json_incref(json_object_get(result.output, "body")), wanted);
    node_run_end(&result);
    stage_free(stage);
}

static void test_an_answer_as_it_is_wanted(void **state)
{
    static const struct fake_answer plain = { .status = 200, .body = "{\"n\": 1.10}" };
    static const struct fake_answer none = { .status = 200, .body = "no JSON", TYPE };
    static const struct fake_answer zipped = {
        .status = 200, .body = "xx", .header = "Content-Encoding", .value = "gzip"
    };

    (void)state;
    answers(HTTP(URL ", 'response': 'json'"), &plain, "{'n': 1.10}");
    answers(HTTP(URL), &plain, "'{\\\"n\\\": 1.10}'");
    answers(HTTP(URL ", 'response': 'text'"), &none, "'no JSON'");
    answers(HTTP(URL ", 'response': 'bytes'"), &none, "{'base64': 'bm8gSlNPTg=='}");
    ends(HTTP(URL ", 'response': 'json'"), &none, "transient", "cannot be read as JSON", false);
    ends(HTTP(URL), &zipped, "invalid", "is compressed (gzip)", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_sent),
        cmocka_unit_test(test_what_is_not_sent),
        cmocka_unit_test(test_output),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_forms_of_several_parts),
        cmocka_unit_test(test_an_answer_as_it_is_wanted),
        cmocka_unit_test(test_details_hold_the_answer),
        cmocka_unit_test(test_the_key_is_the_same_at_every_attempt),
        cmocka_unit_test(test_rate_limits_wait_as_long_as_asked),
        cmocka_unit_test(test_through_a_connection),
        cmocka_unit_test(test_a_simulated_connection_sends_nothing),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
