/* sign_in_request.c - what signs single requests: keys, and signatures that are made anew for each
 * attempt; and every example of the document about signing in. */
#include "sign_in_try.h"

#include "base/file.h"
#include "engine/operate.h"

static const struct fake_answer fine = { .status = 200, .body = "{\"ok\":true}" };
static const struct fake_answer denied = { .status = 401, .body = "{}" };
static const struct fake_answer token = { .status = 200, .body = "{\"access_token\":\"T1\"}" };

/* ---- Keys and signatures */

static void a_key_in_the_query_is_only_in_what_is_sent(void **state)
{
    struct stage *stage = stage_new();
    json_t *entries;
    char *text;
    size_t size;
    uint64_t run;

    (void)state;
    answers(stage, "/erp", &fine, 1);
    deploy(stage, "a",
           FLOW("a", "'type': 'query', 'parameter': 'api_key', 'secret': 's'", ENV_SECRET));
    run = post(stage, "a");
    is(stage, run, "succeeded");
    assert_string_equal(sent(stage, "/erp", 0)->url,
                        "https://erp.example/erp?q=1&api_key=s3cr3t-of-the-stage");
    entries = fake_store_entries(stage_store(stage), run);
    text = json_text_new(entries, 1 << 20, &size);
    holds(text, "https://erp.example/erp?q=1");
    lacks(text, "s3cr3t");
    mem_free(text);
    json_decref(entries);
    stage_free(stage);
}

static const char cybersource[] = FLOW(
    "a", "'type': 'cybersource_http_signature', 'user': 'acme', 'key_id': 'k1', 'secret': 'key'",
    VAULT("key"));

static void each_attempt_is_signed_anew(void **state)
{
    static const struct fake_answer busy[] = {
        { .status = 429, .body = "{}", .header = "Retry-After", .value = "120" },
        { .status = 200, .body = "{}" },
    };
    struct stage *stage = stage_new();
    char first[1000], *date;

    (void)state;
    keep(stage, "key", "MDEyMw==");
    answers(stage, "/erp", busy, 2);
    deploy(stage, "a", cybersource);
    post(stage, "a");
    stage_wait(stage, 200 * 1000);
    assert_int_equal(count(stage, "/erp"), 2);
    snprintf(first, sizeof first, "%s", sent(stage, "/erp", 0)->headers);
    holds(first, "v-c-merchant-id: acme\n");
    holds(first, "Digest: SHA-256=");
    holds(first, "headers=\"host date request-target digest v-c-merchant-id\"");
    date = strstr(first, "Date: ");
    assert_non_null(date);
    date[strcspn(date, "\n")] = '\0';
    lacks(sent(stage, "/erp", 1)->headers, date);
    stage_free(stage);
}

static void the_clock_of_the_system_is_learned(void **state)
{
    static const struct fake_answer wrong[] = {
        { .status = 401, .body = "{}", .header = "Date", .value = "Fri, 01 Jan 2038 00:00:00 GMT" },
        { .status = 200, .body = "{}" },
    };
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    keep(stage, "key", "MDEyMw==");
    answers(stage, "/erp", wrong, 2);
    deploy(stage, "a", cybersource);
    run = post(stage, "a");
    is(stage, run, "succeeded");
    holds(sent(stage, "/erp", 1)->headers, "Date: Fri, 01 Jan 2038 00:00:00 GMT\n");
    stage_wait(stage, 60 * 1000);
    post(stage, "a");
    holds(sent(stage, "/erp", 2)->headers, "Date: Fri, 01 Jan 2038 00:01:00 GMT\n");
    answers(stage, "/erp", &denied, 1);
    is(stage, post(stage, "a"), "waiting"); /* without another clock it is the key */
    assert_int_equal(count(stage, "/erp"), 4);
    stage_free(stage);
}

static void a_request_is_signed_by_hmac(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    answers(stage, "/erp", &fine, 1);
    deploy(stage, "a",
           FLOW("a",
                "'type': 'hmac', 'header': 'X-Sign', 'secret': 's', 'text': "
                "'{method} {target} {body}', 'timestamp_header': 'X-Time', 'value': "
                "'v1={signature}'",
                ENV_SECRET));
    is(stage, post(stage, "a"), "succeeded");
    /* printf 'POST /erp?q=1 {"n":1}' | openssl dgst -sha256 -hmac s3cr3t-of-the-stage */
    holds(sent(stage, "/erp", 0)->headers,
          "X-Sign: v1=10db1aef39abd189b6bd5d322de962a22d7e84b4b84b90999a9311397a0e379d\n");
    holds(sent(stage, "/erp", 0)->headers, "X-Time: ");
    stage_free(stage);
}

/* ---- A rule */

#define RULE(source) \
    FLOW("a", "'type': 'lua', 'secret': 's', 'user': 'acme', 'source': '" source "'", ENV_SECRET)

static void a_rule_signs_where_no_other_way_fits(void **state)
{
    struct stage *stage = stage_new();
    json_t *entries;
    char *text;
    size_t size;
    uint64_t run;

    (void)state;
    answers(stage, "/erp", &fine, 1);
    deploy(stage, "a",
           RULE("local key = hmac.keyed([[s]], [[20261121]], [[bytes]], [[sha256]], [[AWS4]]) "
                "return {headers = {"
                "[ [[X-Sign]] ] = hmac.keyed([[s]], input.method .. input.path .. "
                "input.body_sha256, [[base64]]), "
                "[ [[X-Chain]] ] = hmac.sha256(key, input.host), "
                "[ [[X-Long]] ] = hmac.keyed([[s]], [[x]], [[hex]], [[sha512]])}, "
                "query = {u = input.user, q = input.query}}"));
    run = post(stage, "a");
    is(stage, run, "succeeded");
    /* each made again by Python's hmac */
    holds(sent(stage, "/erp", 0)->headers,
          "X-Sign: v7LSxNjlx7DKd2gx5ZfPngdhjCCU4pHM+4rNjgpofv0=\n");
    holds(sent(stage, "/erp", 0)->headers,
          "X-Chain: 6c532eaa684e6649ae9c4bd3af3b5ade28736a6b1fce26649914a9eeeaa10672\n");
    holds(sent(stage, "/erp", 0)->headers, "X-Long: 7fc6ac1da14d3df4358f");
    holds(sent(stage, "/erp", 0)->url, "https://erp.example/erp?q=1&");
    holds(sent(stage, "/erp", 0)->url, "u=acme");
    holds(sent(stage, "/erp", 0)->url, "q=q%3D1");
    entries = fake_store_entries(stage_store(stage), run);
    text = json_text_new(entries, 1 << 20, &size);
    holds(text, "https://erp.example/erp?q=1");
    lacks(text, "u=acme"); /* what it adds to the URL is only in what is sent */
    lacks(text, "s3cr3t");
    mem_free(text);
    json_decref(entries);
    stage_free(stage);
}

/* Nothing is sent unsigned, and no message has a secret. */
static void a_rule_that_fails_sends_nothing(void **state)
{
    static const struct {
        const char *bundle, *status, *kind, *part;
    } cases[] = {
        { RULE("return {headers = {a = hmac.keyed([[t]], [[x]])}}"), "waiting", "auth", "erp.t" },
        { RULE("return {headers = {a = hmac.keyed([[s]], [[x]], [[hex]], [[md5]])}}"), "failed",
          "rule", "the algorithm is 'sha256'" },
        { RULE("return {headers = {a = hmac.keyed([[s]], [[x]], [[octal]])}}"), "failed", "rule",
          "the encoding is" },
        { RULE("return {header = {}}"), "failed", "rule", "must give {headers" },
        { RULE("return {headers = {a = 7}}"), "failed", "rule", "must give {headers" },
        { RULE("return hmac.keyed([[s]], [[x]])"), "failed", "rule", "must give {headers" },
        { RULE("while true do end"), "failed", "rule", "budget" },
        { RULE("error(input.url)"), "failed", "rule", "erp.example" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage *stage = stage_new();
        json_t *entries;
        char *text;
        size_t size;
        uint64_t run;

        answers(stage, "/erp", &fine, 1);
        deploy(stage, "a", cases[i].bundle);
        run = post(stage, "a");
        is(stage, run, cases[i].status);
        entries = fake_store_entries(stage_store(stage), run);
        text = json_text_new(entries, 1 << 20, &size);
        holds(text, cases[i].kind);
        holds(text, cases[i].part);
        lacks(text, "s3cr3t");
        assert_int_equal(count(stage, "/erp"), 0);
        mem_free(text);
        json_decref(entries);
        stage_free(stage);
    }
}

static void a_rule_that_is_no_lua_is_told_when_it_is_deployed(void **state)
{
    struct stage *stage = stage_new();
    char *text = mem_must_copy(RULE("return {headers = "));
    struct faults faults;
    json_t *bundle;
    struct err e;

    (void)state;
    quoted(text);
    bundle = json_read(text, strlen(text), &json_limits_flow, &e);
    assert_non_null(bundle);
    faults_init(&faults);
    assert_int_not_equal(engine_deploy(stage_engine(stage), "main", "test", "a", bundle,
                                       "flow.json", NULL, 0, &faults, &e),
                         ERR_OK);
    assert_int_equal(faults.errors, 1);
    holds(faults.list[faults.count - 1].text, "line 1: ");
    assert_string_equal(faults.list[faults.count - 1].pointer, "/connections/erp/auth/source");
    faults_fini(&faults);
    json_decref(bundle);
    mem_free(text);
    stage_free(stage);
}

/* ---- The document */

static void try_example(const char *text, size_t size)
{
    struct stage *stage = stage_new();
    struct err e;
    json_t *auth = json_read(text, size, &json_limits_flow, &e), *bundle, *member, *erp,
           *secrets = json_object();
    char *flow = mem_must_copy(FLOW("a", "'type': 'none'", ""));
    const char *key, *type;

    assert_non_null(auth);
    type = json_get_text(auth, "type");
    json_object_foreach(auth, key, member)
    {
        if (strcmp(key, "secret") == 0 || strcmp(key, "refresh_token") == 0) {
            keep(stage, json_string_value(member),
                 strcmp(json_string_value(member), "private_key") == 0 ? pem_key() : "MDEyMw==");
            json_object_set_new(secrets, json_string_value(member),
                                json_pack("{s:O}", "vault", member));
        }
    }
    quoted(flow);
    bundle = json_read(flow, strlen(flow), &json_limits_flow, &e);
    erp = json_object_get(json_object_get(json_object_get(bundle, "connections"), "connections"),
                          "erp");
    json_object_set(erp, "auth", auth);
    json_object_set_new(erp, "secrets", secrets);
    mem_free(flow);
    flow = json_dumps(bundle, JSON_COMPACT);
    answers(stage, "login", &token, 1);
    answers(stage, "/erp", &fine, 1);
    stage_deploy(stage, "a", flow);
    is(stage, post(stage, "a"),
       strcmp(type, "oauth2_authorization_code") == 0 ? "waiting" : "succeeded");
    mem_free(flow);
    json_decref(bundle);
    json_decref(auth);
    stage_free(stage);
}

static void every_example_of_the_document_works(void **state)
{
    size_t size, tried = 0;
    struct err e;
    char *text;
    const char *at, *end;

    (void)state;
    assert_int_equal(file_read(SOURCE_DIR "/docs/CONNECTORS.md", 4 << 20, &text, &size, &e),
                     ERR_OK);
    at = strstr(text, "## Signing in\n");
    assert_non_null(at);
    end = strstr(at, "\n## "); /* the next chapter */
    assert_non_null(end);
    while ((at = strstr(at, "```json\n")) != NULL && at < end) {
        const char *stop = strstr(at + 8, "```");

        try_example(at + 8, (size_t)(stop - at - 8));
        tried++;
        at = stop;
    }
    assert_true(tried >= 12);
    mem_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_in_the_query_is_only_in_what_is_sent),
        cmocka_unit_test(each_attempt_is_signed_anew),
        cmocka_unit_test(the_clock_of_the_system_is_learned),
        cmocka_unit_test(a_request_is_signed_by_hmac),
        cmocka_unit_test(a_rule_signs_where_no_other_way_fits),
        cmocka_unit_test(a_rule_that_fails_sends_nothing),
        cmocka_unit_test(a_rule_that_is_no_lua_is_told_when_it_is_deployed),
        cmocka_unit_test(every_example_of_the_document_works),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
