/* webhook.c - trigger.webhook: its settings, who may start a flow, and what a run gets to see. */
#include "node_try.h"

#include "vault/sign.h"

#define WEBHOOK "trigger.webhook"
#define NOW     INT64_C(1795000000000)

/* ---- Settings */

static void test_compile_normalises_the_path(void **state)
{
    struct node_try *try = *state;
    const struct flow_node *node =
        node_try_fine(try, WEBHOOK, "{'path': '/pay/in//', 'verify': {'type': 'none'}}", NULL);
    struct node_arm arm = { 0 };

    node->type->arm(node->config, &arm);
    assert_string_equal(arm.path, "pay/in");
    assert_string_equal(arm.method, "POST");
    assert_false(arm.respond_result);
}

static void test_compile_refuses_other_paths(void **state)
{
    struct node_try *try = *state;
    static const char *const paths[] = { "",    "/",     "a/../b", "..", "a/./b", "a//b",
                                         "a b", "a?b=1", "a%2fb",  "ü",  "a\\\\b" };

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char config[200];

        snprintf(config, sizeof config, "{'path': '%s', 'verify': {'type': 'none'}}", paths[i]);
        node_try_fault(try, WEBHOOK, config, NULL, "/config/path", "path");
    }
}

static void test_verify_must_be_said(void **state)
{
    struct node_try *try = *state;

    node_try_fault(try, WEBHOOK, "{'path': 'a'}", NULL, "/config",
                   "{\"type\": \"none\"} is the explicit choice");
    node_try_fine(try, WEBHOOK, "{'path': 'a', 'verify': {'type': 'none'}}", NULL);
    assert_int_equal(try->faults.count, 1); /* but everybody is told */
    assert_true(try->faults.list[0].warning);
}

static void test_verify_knows_what_each_type_needs(void **state)
{
    struct node_try *try = *state;
    static const struct {
        const char *verify, *wanted;
    } cases[] = {
        { "{'type': 'hmac', 'header': 'X-S'}", "needs \"secret\"" },
        { "{'type': 'hmac', 'secret': 's'}", "needs \"header\"" },
        { "{'type': 'hmac', 'secret': 's', 'header': 'X S'}", "cannot be the name of a header" },
        { "{'type': 'hmac', 'secret': 's', 'header': 'X-S', 'user': 'u'}",
          "\"user\" has no meaning" },
        { "{'type': 'basic', 'secret': 's'}", "needs \"user\"" },
        { "{'type': 'basic', 'user': 'u', 'secret': 's', 'header': 'X'}",
          "\"header\" has no meaning" },
        { "{'type': 'bearer'}", "needs \"secret\"" },
        { "{'type': 'bearer', 'secret': 's', 'timestamp_header': 'T'}", "no meaning" },
        { "{'type': 'none', 'secret': 's'}", "\"secret\" has no meaning" },
        { "{'type': 'none', 'header': 'X'}", "\"header\" has no meaning" },
        { "{'type': 'hmac', 'secret': 's', 'header': 'X', 'tolerance': '2d'}", "tolerance" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char config[300];

        snprintf(config, sizeof config, "{'path': 'a', 'verify': %s}", cases[i].verify);
        node_try_fault(try, WEBHOOK, config, NULL, "/config/verify", cases[i].wanted);
    }
}

/* ---- Events */

static bool service_hmac(void *arg, const char *algorithm, const char *encoding, const char *secret,
                         const void *text, size_t size, const char *signature, struct err *e)
{
    (void)arg;
    if (strcmp(secret, "absent") == 0) {
        err_set(e, ERR_UNAVAILABLE, "there is no secret \"absent\"");
        return false;
    }
    return sign_hmac_matches(algorithm, encoding, "key", 3, text, size, signature);
}

static bool service_equals(void *arg, const char *secret, const char *text, struct err *e)
{
    (void)arg;
    (void)e;
    return strcmp(secret, "word") == 0 && sign_equal("pass:word", text);
}

static const struct node_event_services services = { service_hmac, service_equals };

struct sent {
    const char *method, *query, *body;
    struct step_pair headers[8];
};

/* What the node makes of a request; a new reference, or NULL with *e. */
static json_t *receive(struct node_try *try, const char *config, const struct sent *sent,
                       struct err *e)
{
    const struct flow_node *node = node_try_fine(try, WEBHOOK, config, NULL);
    struct node_event event = {
        .method = sent->method != NULL ? sent->method : "POST",
        .path = "main/production/pay",
        .query = sent->query != NULL ? sent->query : "",
        .headers = sent->headers,
        .body = sent->body != NULL ? sent->body : "",
        .received_ms = NOW,
        .services = &services,
    };
    json_t *input = NULL;
    enum err_code rc;

    while (event.header_count < 8 && sent->headers[event.header_count].name != NULL)
        event.header_count++;
    event.body_size = strlen(event.body);
    e->code = ERR_OK;
    rc = node->type->receive(&event, node->config, &input, e);
    assert_int_equal(rc == ERR_OK, input != NULL);
    if (rc != ERR_OK)
        assert_int_equal(rc, e->code);
    return input;
}

static void refused(struct node_try *try, const char *config, const struct sent *sent,
                    enum err_code code, const char *text)
{
    struct err e;
    json_t *input = receive(try, config, sent, &e);

    assert_null(input);
    assert_string_equal(err_name(e.code), err_name(code));
    if (strstr(e.text, text) == NULL)
        fail_msg("wanted \"%s\" in \"%s\"", text, e.text);
}

static void accepted(struct node_try *try, const char *config, const struct sent *sent)
{
    struct err e;
    json_t *input = receive(try, config, sent, &e);

    if (input == NULL)
        fail_msg("refused: %s", e.text);
    json_decref(input);
}

#define OPEN "{'path': '/pay/', 'verify': {'type': 'none'}}"
#define JSON_TYPE                          \
    {                                      \
        "Content-Type", "application/json" \
    }

static void test_the_input_has_its_shape(void **state)
{
    struct node_try *try = *state;
    struct sent sent = {
        .query = "a=1&b=x%20y&a=2&empty&q=%C3%BC",
        .body = "{\"amount\": 100.10, \"body\": {\"headers\": 1}}",
        .headers = { JSON_TYPE,
                     { "X-Kind", "one" },
                     { "x-kind", "two" },
                     { "Authorization", "Basic abc" },
                     { "Cookie", "s=1" },
                     { "X-Api-Key", "k" } },
    };
    json_t *wanted = node_try_json(
        "{'body': {'amount': 100.10, 'body': {'headers': 1}},"
        " 'headers': {'content-type': 'application/json', 'x-kind': 'one, two'},"
        " 'query': {'a': ['1', '2'], 'b': 'x y', 'empty': '', 'q': 'ü'},"
        " 'method': 'POST', 'path': 'pay', 'received_at': '2026-11-18T11:06:40.000Z'}");
    struct err e;
    json_t *input = receive(try, OPEN, &sent, &e);

    assert_non_null(input);
    assert_true(json_same(input, wanted));
    json_decref(input);
    json_decref(wanted);
}

static void test_bodies_are_read_as_declared(void **state)
{
    struct node_try *try = *state;
    struct sent form = { .body = "id=7&name=A%26B",
                         .headers = { { "content-type", "application/x-www-form-urlencoded" } } };
    struct sent plus = { .body = "[1]",
                         .headers = {
                             { "Content-Type", "application/cloudevents+json; charset=UTF-8" } } };
    struct sent none = { .method = "GET" };
    struct err e;
    json_t *input = receive(try, OPEN, &form, &e);
    json_t *body = json_object_get(input, "body");

    assert_string_equal(json_get_text(body, "id"), "7");
    assert_string_equal(json_get_text(body, "name"), "A&B");
    json_decref(input);
    accepted(try, OPEN, &plus);
    input = receive(try, OPEN, &none, &e);
    assert_true(json_is_null(json_object_get(input, "body")));
    json_decref(input);
}

static void test_other_bodies_are_refused(void **state)
{
    struct node_try *try = *state;
    static const struct {
        struct sent sent;
        enum err_code code;
        const char *text;
    } cases[] = {
        { { .body = "{}" }, ERR_MEDIA, "content type \"\"" },
        { { .body = "{}", .headers = { { "Content-Type", "text/plain" } } },
          ERR_MEDIA,
          "text/plain" },
        { { .body = "--b", .headers = { { "Content-Type", "multipart/form-data; boundary=b" } } },
          ERR_MEDIA,
          "multipart" },
        { { .body = "{}", .headers = { JSON_TYPE, JSON_TYPE } }, ERR_MEDIA, "more than once" },
        { { .body = "{}", .headers = { JSON_TYPE, { "Content-Encoding", "gzip" } } },
          ERR_MEDIA,
          "gzip" },
        { { .body = "{}", .headers = { { "Content-Type", "application/json; charset=latin1" } } },
          ERR_MEDIA,
          "UTF-8" },
        { { .body = "{\"a\":", .headers = { JSON_TYPE } }, ERR_SYNTAX, "line 1" },
        { { .body = "", .headers = { JSON_TYPE } }, ERR_SYNTAX, "not valid JSON" },
        { { .body = "{\"a\":1,\"a\":2}", .headers = { JSON_TYPE } }, ERR_SYNTAX, "duplicate" },
        { { .body = "{\"a\":\"\xff\"}", .headers = { JSON_TYPE } }, ERR_SYNTAX, "UTF-8" },
        { { .body = "{}", .headers = { JSON_TYPE }, .query = "a=%zz" }, ERR_SYNTAX, "the query" },
        { { .body = "{}", .headers = { JSON_TYPE }, .query = "a=%00" }, ERR_SYNTAX, "NUL" },
        { { .body = "{}", .headers = { JSON_TYPE }, .query = "a=%ff" }, ERR_SYNTAX, "UTF-8" },
        { { .body = "a=%", .headers = { { "Content-Type", "application/x-www-form-urlencoded" } } },
          ERR_SYNTAX,
          "the form" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(try, OPEN, &cases[i].sent, cases[i].code, cases[i].text);
}

/* ---- Who sent it */

/* openssl dgst -sha256 -hmac key of {"id":1} */
#define BODY "{\"id\":1}"
#define HMAC "{'path': 'pay', 'verify': {'type': 'hmac', 'header': 'X-Sig', 'secret': 'k'}}"
#define HMAC64                                                                                  \
    "{'path': 'pay', 'verify': {'type': 'hmac', 'header': 'X-Sig', 'secret': 'k', 'encoding': " \
    "'base64', 'algorithm': 'sha512'}}"

static void hex_of(const char *text, char hex[2 * SIGN_MAX + 1])
{
    unsigned char mac[SIGN_MAX];
    size_t size = sign_hmac("sha256", "key", 3, text, strlen(text), mac);

    for (size_t i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", mac[i]);
}

static void test_hmac_over_the_raw_body(void **state)
{
    struct node_try *try = *state;
    char hex[2 * SIGN_MAX + 1];
    struct sent sent = { .body = BODY, .headers = { JSON_TYPE, { "X-Sig", hex } } };
    struct sent spaced = { .body = "{\"id\": 1}", .headers = { JSON_TYPE, { "X-Sig", hex } } };

    hex_of(BODY, hex);
    accepted(try, HMAC, &sent);
    refused(try, HMAC, &spaced, ERR_SIGNATURE, "does not match");
    hex[0] = hex[0] == '0' ? '1' : '0';
    refused(try, HMAC, &sent, ERR_SIGNATURE, "does not match");
    hex_of(BODY, hex);
    hex[10] = '\0';
    refused(try, HMAC, &sent, ERR_SIGNATURE, "does not match");
    hex[0] = '\0';
    refused(try, HMAC, &sent, ERR_SIGNATURE, "does not match");
    refused(try, HMAC64, &sent, ERR_SIGNATURE, "does not match");
}

static void test_hmac_needs_exactly_one_header(void **state)
{
    struct node_try *try = *state;
    char hex[2 * SIGN_MAX + 1];
    struct sent none = { .body = BODY, .headers = { JSON_TYPE } };
    struct sent two = { .body = BODY,
                        .headers = { JSON_TYPE, { "X-Sig", hex }, { "x-sig", hex } } };

    hex_of(BODY, hex);
    refused(try, HMAC, &none, ERR_SIGNATURE, "missing");
    refused(try, HMAC, &two, ERR_SIGNATURE, "more than once");
}

static void test_the_signature_is_looked_at_before_the_body(void **state)
{
    struct node_try *try = *state;
    struct sent broken = { .body = "not json", .headers = { JSON_TYPE, { "X-Sig", "00" } } };

    refused(try, HMAC, &broken, ERR_SIGNATURE, "does not match");
}

static void test_the_vault_says_when_a_secret_is_not_there(void **state)
{
    struct node_try *try = *state;
    struct sent sent = { .body = BODY, .headers = { JSON_TYPE, { "X-Sig", "00" } } };

    refused(try, "{'path': 'p', 'verify': {'type': 'hmac', 'header': 'X-Sig', 'secret': 'absent'}}",
            &sent, ERR_UNAVAILABLE, "no secret");
}

static void test_hmac_with_a_prefix(void **state)
{
    static const char *const config =
        "{'path': 'p', 'verify': {'type': 'hmac', 'header': 'X-Hub-Signature-256', 'secret': 'k', "
        "'prefix': 'sha256='}}";
    struct node_try *try = *state;
    char hex[2 * SIGN_MAX + 1], value[200];
    struct sent sent = { .body = BODY, .headers = { JSON_TYPE, { "X-Hub-Signature-256", value } } };

    hex_of(BODY, hex);
    snprintf(value, sizeof value, "sha256=%s", hex);
    accepted(try, config, &sent);
    snprintf(value, sizeof value, "%s", hex);
    refused(try, config, &sent, ERR_SIGNATURE, "does not begin with \"sha256=\"");
}

static void test_hmac_with_a_time(void **state)
{
    static const char *const config = "{'path': 'p', 'verify': {'type': 'hmac', 'header': 'X-Sig', "
                                      "'secret': 'k', 'timestamp_header': 'X-Time'}}";
    struct node_try *try = *state;
    static const struct {
        int64_t offset_s;
        bool milliseconds, good;
    } cases[] = {
        { 0, false, true },     { 0, true, true },     { -299, false, true },   { 299, true, true },
        { -301, false, false }, { 301, false, false }, { -86400, true, false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char moment[32], text[100], hex[2 * SIGN_MAX + 1];
        struct sent sent = { .body = BODY,
                             .headers = { JSON_TYPE, { "X-Sig", hex }, { "X-Time", moment } } };
        int64_t ms = NOW + cases[i].offset_s * 1000;

        snprintf(moment, sizeof moment, "%lld",
                 (long long)(cases[i].milliseconds ? ms : ms / 1000));
        snprintf(text, sizeof text, "%s.%s", moment, BODY);
        hex_of(text, hex);
        if (cases[i].good)
            accepted(try, config, &sent);
        else
            refused(try, config, &sent, ERR_SIGNATURE, "seconds from now");
        hex_of(BODY, hex); /* the time must be part of what is signed */
        refused(try, config, &sent, ERR_SIGNATURE, "");
        snprintf(moment, sizeof moment, "yesterday");
        refused(try, config, &sent, ERR_SIGNATURE, "no time");
    }
}

static void test_basic(void **state)
{
    static const char *const config =
        "{'path': 'p', 'verify': {'type': 'basic', 'user': 'shop', 'secret': 'word'}}";
    struct node_try *try = *state;
    static const struct {
        const char *value;
        bool good;
    } cases[] = {
        { "Basic c2hvcDpwYXNzOndvcmQ=", true }, /* shop:pass:word */
        { "basic   c2hvcDpwYXNzOndvcmQ=", true },
        { "Basic c2hvcDpvdGhlcg==", false },     /* shop:other */
        { "Basic c2hvcHM6cGFzczp3b3Jk", false }, /* shops:pass:word */
        { "Basic c2hvcA==", false },             /* shop */
        { "Basic c2hvcDpwYXNzOndvcmQ", false },  /* cut */
        { "Basic %%%%", false },
        { "Basic", false },
        { "Bearer c2hvcDpwYXNzOndvcmQ=", false },
        { "", false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sent sent = { .body = BODY,
                             .headers = { JSON_TYPE, { "Authorization", cases[i].value } } };

        if (cases[i].good)
            accepted(try, config, &sent);
        else
            refused(try, config, &sent, ERR_SIGNATURE, "");
    }
}

static void test_bearer(void **state)
{
    static const char *const config =
        "{'path': 'p', 'verify': {'type': 'bearer', 'secret': 'word'}}";
    static const char *const other =
        "{'path': 'p', 'verify': {'type': 'bearer', 'secret': 'word', 'header': 'X-Shared'}}";
    struct node_try *try = *state;
    struct sent good = { .body = BODY,
                         .headers = { JSON_TYPE, { "Authorization", "Bearer pass:word" } } };
    struct sent bare = { .body = BODY, .headers = { JSON_TYPE, { "Authorization", "pass:word" } } };
    struct sent own = { .body = BODY, .headers = { JSON_TYPE, { "X-Shared", "pass:word" } } };
    struct sent wrong = { .body = BODY, .headers = { JSON_TYPE, { "X-Shared", "pass:wor" } } };
    struct err e;
    json_t *input;

    accepted(try, config, &good);
    refused(try, config, &bare, ERR_SIGNATURE, "no bearer token");
    refused(try, other, &wrong, ERR_SIGNATURE, "wrong");
    input = receive(try, other, &own, &e);
    assert_null(json_get_text(json_object_get(input, "headers"), "x-shared"));
    json_decref(input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TRY(test_compile_normalises_the_path),
        NODE_TRY(test_compile_refuses_other_paths),
        NODE_TRY(test_verify_must_be_said),
        NODE_TRY(test_verify_knows_what_each_type_needs),
        NODE_TRY(test_the_input_has_its_shape),
        NODE_TRY(test_bodies_are_read_as_declared),
        NODE_TRY(test_other_bodies_are_refused),
        NODE_TRY(test_hmac_over_the_raw_body),
        NODE_TRY(test_hmac_needs_exactly_one_header),
        NODE_TRY(test_the_signature_is_looked_at_before_the_body),
        NODE_TRY(test_the_vault_says_when_a_secret_is_not_there),
        NODE_TRY(test_hmac_with_a_prefix),
        NODE_TRY(test_hmac_with_a_time),
        NODE_TRY(test_basic),
        NODE_TRY(test_bearer),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
