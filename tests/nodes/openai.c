/* openai.c - chat completions on a stage, in OpenAI's shape and in Azure's. */
#include "node_run.h"

#define BODY "{'text': 'hello'}"
#define CONNECTIONS                                                                                \
    "{'weft': 1, 'connections': {'open': {'connector': 'openai', 'settings': {'model': 'gpt-x'}, " \
    "'secrets': {'key': {'env': 'STAGE_SECRET'}}}, 'azure': {'connector': 'azure_openai', "        \
    "'settings': {'endpoint': 'https://contoso.openai.azure.com', 'deployment': 'a b', "           \
    "'api_version': '2024-10-21'}, 'secrets': {'key': {'env': 'STAGE_SECRET'}}}}}"
#define COMPLETE(type, connection)                                                     \
    "{'id': 'it', 'type': 'connector." type ".complete', 'connection': '" connection   \
    "', 'retry': {'attempts': 1}, 'config': {'input': {'messages': [{'role': 'user', " \
    "'content': '=trigger.body.text'}]}}}"
#define TYPE .header = "Content-Type", .value = "application/json"

static struct stage *play(const char *node, const char *host, const struct fake_answer *given,
                          struct node_result *result)
{
    struct stage *stage = stage_new();

    fake_http_script(stage_http(stage), host, given, 1);
    node_run_parts(stage, node, "", "", CONNECTIONS, BODY, result);
    return stage;
}

static void completes(const char *node, const char *host, const char *url, const char *signed_in,
                      const char *body)
{
    static const struct fake_answer given = {
        .status = 200,
        .body = "{\"model\":\"gpt-x-1\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\","
                "\"message\":{\"role\":\"assistant\",\"content\":\"Hello.\"}}]}",
        TYPE
    };
    struct node_result result;
    struct stage *stage = play(node, host, &given, &result);
    const struct fake_sent *sent = fake_http_sent(stage_http(stage), host, 0);

    assert_int_equal(result.status, 200);
    assert_string_equal(sent->url, url);
    assert_string_equal(sent->body, body);
    assert_non_null(strstr(sent->headers, signed_in));
    node_try_same(json_incref(result.output),
                  "{'text': 'Hello.', 'model': 'gpt-x-1', 'finish_reason': 'stop'}");
    node_run_end(&result);
    stage_free(stage);
}

static void test_of_openai(void **state)
{
    (void)state;
    completes(COMPLETE("openai", "open"), "api.openai.com",
              "https://api.openai.com/v1/chat/completions",
              "Authorization: Bearer s3cr3t-of-the-stage\n",
              "{\"model\":\"gpt-x\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
}

static void test_of_azure(void **state)
{
    (void)state;
    completes(COMPLETE("azure_openai", "azure"), "contoso.openai.azure.com",
              "https://contoso.openai.azure.com/openai/deployments/a%20b/chat/completions"
              "?api-version=2024-10-21",
              "api-key: s3cr3t-of-the-stage\n",
              "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
}

static void test_errors(void **state)
{
    static const struct {
        struct fake_answer answer;
        const char *kind;
    } cases[] = {
        { { .status = 400, .body = "{\"error\":{\"message\":\"too long\"}}", TYPE }, "invalid" },
        { { .status = 404, .body = "{}", TYPE }, "invalid" },
        { { .status = 500, .body = "" }, "transient" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct node_result result;
        struct stage *stage =
            play(COMPLETE("openai", "open"), "api.openai.com", &cases[i].answer, &result);

        assert_string_equal(json_get_text(result.error, "kind"), cases[i].kind);
        node_run_end(&result);
        stage_free(stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_openai),
        cmocka_unit_test(test_of_azure),
        cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
