/* wire.c - what goes over the wire and what comes back: forms, addresses, bodies, headers, answers.
 */
#include "node_try.h"

#include "nodes/base64.h"
#include "nodes/form.h"
#include "nodes/header.h"
#include "nodes/media.h"
#include "nodes/percent.h"
#include "nodes/reply.h"
#include "nodes/request.h"

static int no_leak_begin(void **state)
{
    static size_t used;

    used = mem_used();
    *state = &used;
    return 0;
}

static int no_leak_end(void **state)
{
    assert_int_equal(mem_used(), *(size_t *)*state);
    return 0;
}

static void is_json(json_t *json, const char *wanted)
{
    json_t *other = node_try_json(wanted);

    assert_non_null(json);
    if (!json_same(json, other)) {
        char *text = json_text_new(json, MIB, NULL);

        print_error("wanted %s, is %s\n", wanted, text);
        mem_free(text);
        fail();
    }
    json_decref(other);
    json_decref(json);
}

/* ---- Forms */

static void test_form_read(void **state)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        { "", "{}" },
        { "&&", "{}" },
        { "a", "{'a': ''}" },
        { "a=", "{'a': ''}" },
        { "=a", "{'': 'a'}" },
        { "a=b=c", "{'a': 'b=c'}" },
        { "a+b=c+d%2B", "{'a b': 'c d+'}" },
        { "a=1&a=2&b=x&a=3", "{'a': ['1', '2', '3'], 'b': 'x'}" },
        { "__proto__=1&run_id=2", "{'__proto__': '1', 'run_id': '2'}" },
        { "n=100.10", "{'n': '100.10'}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *json;
        struct err e;

        assert_int_equal(form_read(cases[i].text, strlen(cases[i].text), "it", &json, &e), ERR_OK);
        is_json(json, cases[i].wanted);
    }
}

static void test_form_refuses(void **state)
{
    static const char *const texts[] = { "a=%", "a=%4", "a=%4g", "%ff=1", "a=%00", "a=\xff" };
    struct buf many;
    json_t *json;
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(form_read(texts[i], strlen(texts[i]), "it", &json, &e), ERR_SYNTAX);
        assert_null(json);
    }
    buf_init(&many, MIB);
    for (unsigned i = 0; i < FORM_FIELDS; i++)
        buf_addf(&many, "a%u=&", i);
    assert_int_equal(form_read(buf_text(&many), many.len, "it", &json, &e), ERR_OK);
    json_decref(json);
    buf_add_text(&many, "b=");
    assert_int_equal(form_read(buf_text(&many), many.len, "it", &json, &e), ERR_LIMIT);
    buf_fini(&many);
}

static void test_form_comes_back(void **state)
{
    json_t *object =
        node_try_json("{'a b': 'c&d=e', 'n': 100.10, 'i': 7, 't': true, 'l': ['1', '2'],"
                      " 'none': null, 'ü': '%'}");
    struct buf out;
    json_t *back;
    struct err e;

    (void)state;
    buf_init(&out, MIB);
    assert_int_equal(form_write(&out, object, "it", &e), ERR_OK);
    assert_string_equal(buf_text(&out), "a%20b=c%26d%3De&n=100.10&i=7&t=true&l=1&l=2&%C3%BC=%25");
    assert_int_equal(form_read(buf_text(&out), out.len, "it", &back, &e), ERR_OK);
    is_json(back,
            "{'a b': 'c&d=e', 'n': '100.10', 'i': '7', 't': 'true', 'l': ['1', '2'], 'ü': '%'}");
    json_decref(object);
    buf_fini(&out);
    object = node_try_json("{'a': {'b': 1}}");
    buf_init(&out, MIB);
    assert_int_equal(form_write(&out, object, "it", &e), ERR_INVALID);
    buf_fini(&out);
    json_decref(object);
}

static void test_base64(void **state)
{
    static const struct {
        const char *plain, *coded;
    } cases[] = {
        /* RFC 4648, section 10 */
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
    };
    static const char *const broken[] = { "Z",    "Zg",     "Zg=",  "Zg==Zg==",
                                          "=Zg=", "Zm9v\n", "Zm9_", "====" };
    struct buf out;

    (void)state;
    buf_init(&out, KIB);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        base64_write(&out, cases[i].plain, strlen(cases[i].plain));
        assert_string_equal(buf_text(&out), cases[i].coded);
        buf_clear(&out);
        assert_true(base64_read(&out, cases[i].coded, strlen(cases[i].coded)));
        assert_string_equal(buf_text(&out), cases[i].plain);
        buf_clear(&out);
    }
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        assert_false(base64_read(&out, broken[i], strlen(broken[i])));
        buf_clear(&out);
    }
    buf_fini(&out);
}

static void test_media(void **state)
{
    (void)state;
    assert_true(media_is_json("application/json"));
    assert_true(media_is_json("Application/JSON;charset=utf-8"));
    assert_true(media_is_json("application/problem+json"));
    assert_false(media_is_json("application/jsonp"));
    assert_false(media_is_json("text/json"));
    assert_false(media_is_json("+json"));
    assert_true(media_is_form("application/x-www-form-urlencoded ; a=b"));
    assert_false(media_is_form("application/x-www-form-urlencodedx"));
    assert_true(media_is_utf8("a/b; charset=\"UTF-8\""));
    assert_false(media_is_utf8("a/b; charset=utf-80"));
    assert_false(media_is_utf8("a/b; charset=iso-8859-1"));
}

/* ---- Requests */

static enum err_code target(const char *address, const char *query, const char *wanted)
{
    json_t *address_json = json_string(address);
    json_t *query_json = query != NULL ? node_try_json(query) : NULL;
    struct buf out;
    enum err_code rc;
    struct err e;

    buf_init(&out, 16 * KIB);
    rc = request_target(address_json, query_json, &out, &e);
    if (rc == ERR_OK)
        assert_string_equal(buf_text(&out), wanted);
    buf_fini(&out);
    json_decref(address_json);
    json_decref(query_json);
    return rc;
}

static void test_targets(void **state)
{
    (void)state;
    assert_int_equal(target("/a", NULL, "/a"), ERR_OK);
    assert_int_equal(target("/a", "{}", "/a"), ERR_OK);
    assert_int_equal(target("/a", "null", "/a"), ERR_OK);
    assert_int_equal(target("/a", "{'b': 'x y', 'c': null}", "/a?b=x%20y"), ERR_OK);
    assert_int_equal(target("/a?z=1", "{'b': 2}", "/a?z=1&b=2"), ERR_OK);
    assert_int_equal(target("", NULL, ""), ERR_INVALID);
    assert_int_equal(target("/a#b", NULL, ""), ERR_INVALID);
    assert_int_equal(target("/a b", NULL, ""), ERR_INVALID);
    assert_int_equal(target("/a\r\nX: y", NULL, ""), ERR_INVALID);
    assert_int_equal(target("/ü", NULL, ""), ERR_INVALID);
    assert_int_equal(target("/a", "[1]", ""), ERR_INVALID);
    assert_int_equal(target("/a", "{'b': {'c': 1}}", ""), ERR_INVALID);
}

static enum err_code body(const char *json, const char *type, const char *wanted)
{
    json_t *value = node_try_json(json);
    struct buf out;
    enum err_code rc;
    struct err e;

    buf_init(&out, MIB);
    rc = request_body(value, type, &out, &e);
    if (rc == ERR_OK)
        assert_string_equal(buf_text(&out), wanted);
    buf_fini(&out);
    json_decref(value);
    return rc;
}

static void test_bodies(void **state)
{
    (void)state;
    assert_int_equal(body("{'a': 100.10}", "application/json", "{\"a\":100.10}"), ERR_OK);
    assert_int_equal(body("'x'", "application/json", "\"x\""), ERR_OK);
    assert_int_equal(body("'<x/>'", "text/xml", "<x/>"), ERR_OK);
    assert_int_equal(body("{'a': 1}", "text/xml", ""), ERR_INVALID);
    assert_int_equal(
        body("{'a': 1, 'b': 'c d'}", "application/x-www-form-urlencoded", "a=1&b=c%20d"), ERR_OK);
    assert_int_equal(body("'a=1'", "application/x-www-form-urlencoded", "a=1"), ERR_OK);
}

static enum err_code headers(const char *json, bool request, char *text, size_t room)
{
    json_t *object = node_try_json(json);
    struct header_list list;
    enum err_code rc;
    struct err e;

    header_list_init(&list);
    rc = header_list_read(&list, object, request, &e);
    text[0] = '\0';
    for (size_t i = 0; i < list.count && rc == ERR_OK; i++)
        snprintf(text + strlen(text), room - strlen(text), "%s: %s\n", list.pairs[i].name,
                 list.pairs[i].value);
    header_list_fini(&list);
    json_decref(object);
    return rc;
}

static void test_headers_out(void **state)
{
    static const char *const refused[] = {
        "{'A': 'x\\r\\nB: y'}",
        "{'A': 'x\\ny'}",
        "{'A': 'x\\u007fy'}",
        "{'A b': 'x'}",
        "{'': 'x'}",
        "{'A:': 'x'}",
        "{'\\u00fc': 'x'}",
        "{'A': {}}",
        "{'A': ['x']}",
        "{'Host': 'x'}",
        "{'content-length': '1'}",
        "{'Transfer-Encoding': 'chunked'}",
        "{'Connection': 'close'}",
        "{'authorization': 'Bearer x'}",
        "{'Cookie': 'a=b'}",
        "{'A': 'x', 'a': 'y'}",
        "[1]",
        "'x'",
    };
    char text[400];

    (void)state;
    assert_int_equal(
        headers("{'A': 'x', 'B': 100.10, 'C': true, 'D': null}", true, text, sizeof text), ERR_OK);
    assert_string_equal(text, "A: x\nB: 100.10\nC: true\n");
    assert_int_equal(headers("null", true, text, sizeof text), ERR_OK);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (headers(refused[i], true, text, sizeof text) != ERR_INVALID)
            fail_msg("%s should be refused", refused[i]);
    assert_int_equal(headers("{'Cookie': 'a=b'}", false, text, sizeof text), ERR_OK);
}

static void test_secret_headers_stay_out(void **state)
{
    static const char *const secrets[] = {
        "authorization",
        "Proxy-Authorization",
        "cookie",
        "Set-Cookie",
        "X-Api-Key",
        "apikey",
        "X-Auth-Token",
        "X-Access-Token",
        "X-Client-Secret",
        "X-Hub-Signature-256",
        "Ocp-Apim-Subscription-Key",
        "X-Shopify-Hmac-Sha256",
        "x-functions-key",
        "X-Session-Id",
        "X-Vault-Password",
    };
    static const char *const others[] = { "accept",       "content-type", "idempotency-key",
                                          "x-request-id", "etag",         "www-authenticate",
                                          "x-author" };

    (void)state;
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if (!header_is_secret(secrets[i]))
            fail_msg("%s is a secret", secrets[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (header_is_secret(others[i]))
            fail_msg("%s is no secret", others[i]);
}

/* ---- Answers */

/* status, what it means, whether an effect that must not be repeated is in doubt after it */
static void test_classify(void **state)
{
    static const struct {
        int status;
        enum err_code code;
        bool unsure;
    } cases[] = {
        { 400, ERR_INVALID, false },   { 401, ERR_AUTH, false },
        { 403, ERR_INVALID, false },   { 404, ERR_INVALID, false },
        { 405, ERR_INVALID, false },   { 408, ERR_TIMEOUT, true },
        { 409, ERR_INVALID, false },   { 412, ERR_INVALID, false },
        { 413, ERR_INVALID, false },   { 422, ERR_INVALID, false },
        { 425, ERR_TRANSIENT, false }, { 429, ERR_RATE_LIMITED, false },
        { 500, ERR_TRANSIENT, true },  { 501, ERR_INVALID, true },
        { 502, ERR_TRANSIENT, true },  { 503, ERR_UNAVAILABLE, true },
        { 504, ERR_TIMEOUT, true },    { 599, ERR_TRANSIENT, true },
        { 302, ERR_INVALID, true },    { 202, ERR_INVALID, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply_verdict once = reply_classify(cases[i].status, EFFECT_ONCE, false);

        assert_string_equal(err_name(once.code), err_name(cases[i].code));
        assert_int_equal(once.unsure, cases[i].unsure);
        assert_false(reply_classify(cases[i].status, EFFECT_ONCE, true).unsure);
        assert_false(reply_classify(cases[i].status, EFFECT_NONE, false).unsure);
        assert_false(reply_classify(cases[i].status, EFFECT_IDEMPOTENT, false).unsure);
        assert_false(reply_classify(cases[i].status, EFFECT_KEYED, false).unsure);
    }
}

static void test_status_sets(void **state)
{
    static const char *const broken[] = { "['2x']", "['6xx']", "[600]", "[99]",
                                          "[null]", "{}",      "true",  "[200.5]" };
    struct status_set set;
    json_t *json = node_try_json("[200, '4xx']");

    (void)state;
    assert_true(status_set_read(&set, json, NULL));
    json_decref(json);
    assert_true(status_set_has(&set, 200));
    assert_false(status_set_has(&set, 201));
    assert_true(status_set_has(&set, 400));
    assert_true(status_set_has(&set, 499));
    assert_false(status_set_has(&set, 500));
    assert_true(status_set_read(&set, NULL, "2xx"));
    assert_true(status_set_has(&set, 204));
    assert_true(status_set_read(&set, NULL, NULL));
    assert_false(status_set_has(&set, 200));
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        json = node_try_json(broken[i]);
        assert_false(status_set_read(&set, json, "2xx"));
        assert_false(status_set_has(&set, 200));
        json_decref(json);
    }
}

static struct step_reply reply_of(const struct step_pair *header, const char *text, size_t size)
{
    return (struct step_reply){ .status = 200,
                                .headers = header,
                                .header_count = 1,
                                .body = text,
                                .body_size = size,
                                .retry_after_ms = -1 };
}

static void test_reply_bodies(void **state)
{
    static const struct step_pair json_type = { "content-type", "application/json; odata=minimal" };
    static const struct step_pair text_type = { "Content-Type", "text/plain" };
    struct step_reply reply = reply_of(&json_type, "{\"a\": 1.10}", 11);
    json_t *json;
    struct err e;

    (void)state;
    assert_int_equal(reply_body(&reply, &json, &e), ERR_OK);
    is_json(json, "{'a': 1.10}");
    reply = reply_of(&text_type, "{\"a\": 1}", 8);
    assert_int_equal(reply_body(&reply, &json, &e), ERR_OK);
    assert_string_equal(json_text(json), "{\"a\": 1}");
    json_decref(json);
    reply = reply_of(&json_type, "", 0);
    assert_int_equal(reply_body(&reply, &json, &e), ERR_OK);
    assert_true(json_is_null(json));
    reply = reply_of(&text_type, "\xff\xfe\x00", 3);
    assert_int_equal(reply_body(&reply, &json, &e), ERR_OK);
    is_json(json, "{'base64': '//4A'}");
    reply = reply_of(&json_type, "{\"a\": 1", 7);
    assert_int_equal(reply_body(&reply, &json, &e), ERR_TRANSIENT);
    assert_null(json);
}

static void test_reply_messages(void **state)
{
    static const char *const own[] = { "fault.text", NULL };
    static const struct {
        const char *body, *wanted;
    } cases[] = {
        { "{'error': {'code': '7', 'message': 'no such row'}}", "no such row" },
        { "{'error': {'message': 'An error', 'innererror': {'message': 'Infolog'}}}", "Infolog" },
        { "{'error': 'invalid_client', 'error_description': 'AADSTS7000215'}", "AADSTS7000215" },
        { "{'error': 'invalid_client'}", "invalid_client" },
        { "{'title': 'Bad', 'detail': 'because'}", "because" },
        { "{'errors': [{'message': 'first'}]}", "first" },
        { "{'fault': {'text': 'own'}, 'message': 'other'}", "own" },
        { "{'code': 1}", "" },
        { "[1]", "" },
        { "'text'", "" },
    };
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *json = node_try_json(cases[i].body);

        reply_message(json, own, text, sizeof text);
        assert_string_equal(text, cases[i].wanted);
        json_decref(json);
    }
    reply_message(NULL, NULL, text, sizeof text);
    assert_string_equal(text, "");
}

static void test_details_are_bounded_text(void **state)
{
    static const struct step_pair type = { "Content-Type", "text/plain" };
    char large[2 * REPLY_EXCERPT];
    struct step_reply reply;
    json_t *details;

    (void)state;
    for (size_t i = 0; i < sizeof large; i += 2)
        memcpy(large + i, "\xc3\xbc", 2); /* ü */
    for (size_t skip = 0; skip < 2; skip++) {
        reply = reply_of(&type, large + 2 - skip, sizeof large - 2);
        memcpy(large, "xy", 2);
        details = reply_details(&reply);
        assert_non_null(details);
        assert_true(strlen(json_get_text(details, "answer")) <= REPLY_EXCERPT);
        assert_true(strlen(json_get_text(details, "answer")) >= REPLY_EXCERPT - 3);
        json_decref(details);
    }
    reply = reply_of(&type,
                     "a\xff"
                     "b",
                     3);
    details = reply_details(&reply);
    is_json(details, "{'status': 200, 'answer': 'a?b'}");
}

static void test_find(void **state)
{
    json_t *json = node_try_json("{'value': [{'id': 7}], 'a': {'b': null}}");

    (void)state;
    assert_int_equal(json_integer_value(reply_find(json, "value.0.id")), 7);
    assert_null(reply_find(json, "value.1.id"));
    assert_null(reply_find(json, "value.x"));
    assert_null(reply_find(json, "value..id"));
    assert_null(reply_find(json, ""));
    assert_true(json_is_null(reply_find(json, "a.b")));
    assert_null(reply_find(json, "a.b.c"));
    json_decref(json);
}

#define WIRE(name) cmocka_unit_test_setup_teardown(name, no_leak_begin, no_leak_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIRE(test_form_read),
        WIRE(test_form_refuses),
        WIRE(test_form_comes_back),
        WIRE(test_base64),
        WIRE(test_media),
        WIRE(test_targets),
        WIRE(test_bodies),
        WIRE(test_headers_out),
        WIRE(test_secret_headers_stay_out),
        WIRE(test_classify),
        WIRE(test_status_sets),
        WIRE(test_reply_bodies),
        WIRE(test_reply_messages),
        WIRE(test_details_are_bounded_text),
        WIRE(test_find),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
