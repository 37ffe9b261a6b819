/* wire.c - what goes over the wire and what comes back: forms, addresses, bodies, headers. */
#include "node_text.h"

#include "base/base64.h"
#include "base/percent.h"
#include "nodes/form.h"
#include "nodes/header.h"
#include "nodes/media.h"
#include "nodes/request.h"

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
        node_try_same(json, cases[i].wanted);
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
    node_try_same(
        back, "{'a b': 'c&d=e', 'n': '100.10', 'i': '7', 't': 'true', 'l': ['1', '2'], 'ü': '%'}");
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
    static const char *const broken[] = { "Z",    "Zg",   "Zg=",    "Zg==Zg==", "Zh==",
                                          "Zm9=", "=Zg=", "Zm9v\n", "Zm9_",     "====" };
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
    assert_int_equal(target("/a/../b", NULL, ""), ERR_INVALID);
    assert_int_equal(target("/a/..", NULL, ""), ERR_INVALID);
    assert_int_equal(target("../a", NULL, ""), ERR_INVALID);
    assert_int_equal(target("/a/./b", NULL, ""), ERR_INVALID);
    assert_int_equal(target("/a/%2E%2e/b", NULL, ""), ERR_INVALID);
    assert_int_equal(target("/a/.%2e?x", NULL, ""), ERR_INVALID);
    assert_int_equal(target("/a/...", NULL, "/a/..."), ERR_OK);
    assert_int_equal(target("/a.b/..c?d=/../", NULL, "/a.b/..c?d=/../"), ERR_OK);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TEXT(test_form_read),
        NODE_TEXT(test_form_refuses),
        NODE_TEXT(test_form_comes_back),
        NODE_TEXT(test_base64),
        NODE_TEXT(test_media),
        NODE_TEXT(test_targets),
        NODE_TEXT(test_bodies),
        NODE_TEXT(test_headers_out),
        NODE_TEXT(test_secret_headers_stay_out),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
