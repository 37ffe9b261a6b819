/* azure_ml.c - scoring on a stage: keys and tokens, the score as data, what fails. */
#include "node_run.h"

#define BODY "{'amount': 12.50}"
#define CONNECTIONS                                                                          \
    "{'weft': 1, 'connections': {'key': {'connector': 'azure_ml', 'settings': {'endpoint': " \
    "'https://e.westeurope.inference.ml.azure.com'}, 'secrets': {'key': {'env': "            \
    "'STAGE_SECRET'}}}, 'entra': {'connector': 'azure_ml_entra', 'settings': {'endpoint': "  \
    "'https://e.westeurope.inference.ml.azure.com', 'tenant': 't', 'client_id': 'app'}, "    \
    "'secrets': {'client_secret': {'env': 'STAGE_SECRET'}}}}}"
#define SCORE(type, connection)                                                                \
    "{'id': 'it', 'type': 'connector." type ".score', 'connection': '" connection              \
    "', 'retry': {'attempts': 1}, 'config': {'input': {'input_data': {'columns': ['amount'], " \
    "'index': [0], 'data': [['=trigger.body.amount']]}, 'deployment': 'blue'}}}"
#define TYPE  .header = "Content-Type", .value = "application/json"
#define INNER "MS-AzureML-Model-Error-StatusCode"
#define HOST  "inference.ml.azure.com"

static const struct fake_answer token = { .status = 200,
                                          .body = "{\"access_token\":\"tok\",\"expires_in\":3599}",
                                          TYPE };

static struct stage *play(const char *node, const struct fake_answer *given,
                          struct node_result *result)
{
    struct stage *stage = stage_new();

    fake_http_script(stage_http(stage), HOST, given, 1);
    fake_http_script(stage_http(stage), "login.microsoftonline.com", &token, 1);
    node_run_parts(stage, node, "", "", CONNECTIONS, BODY, result);
    return stage;
}

static void scores(const char *node, const char *signed_in)
{
    static const struct fake_answer given = { .status = 200, .body = "[0.870,0.03]", TYPE };
    struct node_result result;
    struct stage *stage = play(node, &given, &result);
    const struct fake_sent *sent = fake_http_sent(stage_http(stage), HOST, 0);

    assert_int_equal(result.status, 200);
    assert_string_equal(sent->url, "https://e.westeurope.inference.ml.azure.com/score");
    assert_string_equal(sent->body, "{\"input_data\":{\"columns\":[\"amount\"],\"index\":[0],"
                                    "\"data\":[[12.50]]}}");
    assert_non_null(strstr(sent->headers, signed_in));
    assert_non_null(strstr(sent->headers, "azureml-model-deployment: blue\n"));
    node_try_same(json_incref(result.output), "{'score': 0.870, 'predictions': [0.870, 0.03]}");
    node_run_end(&result);
    stage_free(stage);
}

static void test_with_a_key(void **state)
{
    (void)state;
    scores(SCORE("azure_ml", "key"), "Authorization: Bearer s3cr3t-of-the-stage\n");
}

static void test_with_a_token(void **state)
{
    (void)state;
    scores(SCORE("azure_ml_entra", "entra"), "Authorization: Bearer tok\n");
}

static void test_errors(void **state)
{
    static const struct {
        struct fake_answer answer;
        const char *kind;
    } cases[] = {
        { { .status = 403, .body = "no role" }, "invalid" },
        { { .status = 404, .body = "no traffic" }, "invalid" },
        { { .status = 408, .body = "slow" }, "timeout" },
        { { .status = 424, .body = "broken" }, "transient" },
        { { .status = 424, .body = "broken", .header = INNER, .value = "500" }, "transient" },
        { { .status = 424, .body = "no input_data", .header = INNER, .value = "400" }, "invalid" },
        { { .status = 500, .body = "" }, "transient" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct node_result result;
        struct stage *stage = play(SCORE("azure_ml", "key"), &cases[i].answer, &result);

        assert_string_equal(json_get_text(result.error, "kind"), cases[i].kind);
        node_run_end(&result);
        stage_free(stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_with_a_key),
        cmocka_unit_test(test_with_a_token),
        cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
