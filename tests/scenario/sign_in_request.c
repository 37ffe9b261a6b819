/* sign_in_request.c - what signs single requests: keys, and signatures that are made anew for each
 * attempt; and every example of the document about signing in. */
#include "sign_in_try.h"

#include "base/file.h"

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
    json_object_foreach(auth, key,
                        member) if (strcmp(key, "secret") == 0 || strcmp(key, "refresh_token") == 0)
    {
        keep(stage, json_string_value(member),
             strcmp(json_string_value(member), "private_key") == 0 ? pem_key() : "MDEyMw==");
        json_object_set_new(secrets, json_string_value(member),
                            json_pack("{s:O}", "vault", member));
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
        cmocka_unit_test(every_example_of_the_document_works),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
