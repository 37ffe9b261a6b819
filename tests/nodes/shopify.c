/* shopify.c - the actions of Shopify on a stage: the token in its own header, what GraphQL is told,
 * refusals that come with 200. */
#include "node_run.h"

#define BODY "{'id': '5678901234567890123', 'odd': '1/../2'}"
#define CONNECTIONS                                                                               \
    "{'weft': 1, 'connections': {'shop': {'connector': 'shopify', 'settings': {'shop': "          \
    "'https://contoso.myshopify.com', 'client_id': 'app'}, 'secrets': {'client_secret': {'env': " \
    "'STAGE_SECRET'}}}}}"
#define ACTION(name, input)                         \
    "{'id': 'it', 'type': 'connector.shopify." name \
    "', 'connection': 'shop', 'config': {'input': " input "}}"
#define TYPE .header = "Content-Type", .value = "application/json"
#define HOST "contoso.myshopify.com/admin/api"
#define PAY  ACTION("mark_paid", "{'order_id': '=trigger.body.id'}")

static const struct fake_answer token = {
    .status = 200, .body = "{\"access_token\":\"shpat_1\",\"expires_in\":86399}", TYPE
};

static struct stage *play(const char *node, const struct fake_answer *given,
                          struct node_result *result)
{
    struct stage *stage = stage_new();

    fake_http_script(stage_http(stage), HOST, given, 1);
    fake_http_script(stage_http(stage), "/admin/oauth/access_token", &token, 1);
    node_run_parts(stage, node, "", "", CONNECTIONS, BODY, result);
    return stage;
}

static void test_mark_paid(void **state)
{
    static const struct fake_answer given = {
        .status = 200,
        .body = "{\"data\":{\"orderMarkAsPaid\":{\"order\":{\"id\":\"x\","
                "\"displayFinancialStatus\":\"PAID\"},\"userErrors\":[]}}}",
        TYPE
    };
    struct node_result result;
    struct stage *stage = play(PAY, &given, &result);
    const struct fake_sent *sent = fake_http_sent(stage_http(stage), HOST, 0);

    (void)state;
    assert_int_equal(result.status, 200);
    assert_string_equal(sent->url, "https://contoso.myshopify.com/admin/api/2026-07/graphql.json");
    assert_non_null(strstr(sent->headers, "X-Shopify-Access-Token: shpat_1\n"));
    assert_null(strstr(sent->headers, "Authorization"));
    assert_non_null(strstr(sent->body, "mutation($input:OrderMarkAsPaidInput!)"
                                       "{orderMarkAsPaid(input:$input){order{id"));
    assert_non_null(strstr(sent->body, "gid://shopify/Order/5678901234567890123"));
    node_try_same(json_incref(result.output), "{'financial_status': 'PAID'}");
    node_run_end(&result);
    stage_free(stage);
}

static void test_refusals_with_200(void **state)
{
    static const struct fake_answer given = {
        .status = 200,
        .body = "{\"data\":{\"orderMarkAsPaid\":{\"order\":null,\"userErrors\":[{\"message\":"
                "\"Order cannot be marked as paid.\"}]}}}",
        TYPE
    };
    struct node_result result;
    struct stage *stage = play(PAY, &given, &result);

    (void)state;
    assert_string_equal(json_get_text(result.error, "kind"), "invalid");
    assert_non_null(strstr(json_get_text(result.error, "text"), "cannot be marked as paid"));
    node_run_end(&result);
    stage_free(stage);
}

static void refused_as(const char *node, const char *body, const char *kind, const char *said)
{
    const struct fake_answer given = { .status = 200, .body = body, TYPE };
    struct node_result result;
    struct stage *stage = play(node, &given, &result);

    assert_string_equal(json_get_text(result.error, "kind"), kind);
    assert_non_null(strstr(json_get_text(result.error, "text"), said));
    node_run_end(&result);
    stage_free(stage);
}

static void refused_in_part(const char *node, const char *body, const char *said)
{
    refused_as(node, body, "invalid", said);
}

#define MUTATION ACTION("graphql_mutation", "{'query': 'mutation{a:x{id} b:x{id}}'}")

/* What may have been done in part, or of which nothing is said, is for a person. */
static void test_what_a_mutation_may_have_done(void **state)
{
    (void)state;
    refused_as(MUTATION,
               "{\"data\":{\"a\":{\"userErrors\":[]},\"b\":{\"userErrors\":[{\"message\":\"Too "
               "late\"}]}}}",
               "in_doubt", "Too late");
    refused_as(
        MUTATION,
        "{\"data\":null,\"errors\":[{\"message\":\"Internal error\",\"extensions\":{\"code\":"
        "\"INTERNAL_SERVER_ERROR\"}}]}",
        "in_doubt", "Internal error");
    refused_as(MUTATION,
               "{\"errors\":[{\"message\":\"No field "
               "'x'\",\"extensions\":{\"code\":\"undefinedField\"}}]}",
               "invalid", "No field");
    refused_as(MUTATION,
               "{\"errors\":[{\"message\":\"No scope\",\"extensions\":{\"code\":"
               "\"ACCESS_DENIED\"}}]}",
               "invalid", "No scope");
    refused_as(MUTATION, /* b failed while it was carried out, and took the answer of a with it */
               "{\"data\":null,\"errors\":[{\"message\":\"No scope\",\"path\":[\"b\"],"
               "\"extensions\":{\"code\":\"ACCESS_DENIED\"}}]}",
               "in_doubt", "No scope");
    refused_as(MUTATION,
               "{\"data\":{\"a\":{\"userErrors\":[]},\"b\":null},\"errors\":[{\"message\":"
               "\"Throttled\",\"path\":[\"b\"],\"extensions\":{\"code\":\"THROTTLED\"}}]}",
               "in_doubt", "Throttled");
    refused_as(MUTATION, "null", "in_doubt", "200");
    refused_as(MUTATION, "", "in_doubt", "200");
}

/* What may not be read back may have been done; what may not be called was not. */
static void test_a_scope_that_is_missing(void **state)
{
    (void)state;
    refused_as(PAY,
               "{\"data\":{\"orderMarkAsPaid\":null},\"errors\":[{\"message\":\"No write_orders\","
               "\"path\":[\"orderMarkAsPaid\"],\"extensions\":{\"code\":\"ACCESS_DENIED\"}}]}",
               "invalid", "No write_orders");
    refused_as(PAY,
               "{\"data\":{\"orderMarkAsPaid\":{\"order\":null,\"userErrors\":[]}},\"errors\":[{"
               "\"message\":\"No read_orders\",\"path\":[\"orderMarkAsPaid\",\"order\"],"
               "\"extensions\":{\"code\":\"ACCESS_DENIED\"}}]}",
               "in_doubt", "No read_orders");
}

/* The order is there, and what was asked for was refused all the same. */
static void test_user_errors_beside_data(void **state)
{
    (void)state;
    refused_in_part(ACTION("update_order", "{'order_id': '=trigger.body.id', 'note': 'x'}"),
                    "{\"data\":{\"orderUpdate\":{\"order\":{\"id\":\"x\"},\"userErrors\":[{"
                    "\"message\":\"Note is too long\"}]}}}",
                    "Note is too long");
    refused_in_part(ACTION("add_tags", "{'order_id': '=trigger.body.id', 'tags': ['a']}"),
                    "{\"data\":{\"tagsAdd\":{\"node\":{\"id\":\"x\"},\"userErrors\":[{"
                    "\"message\":\"Too many tags\"}]}}}",
                    "Too many tags");
    refused_in_part(ACTION("graphql", "{'query': '{shop{name}}'}"),
                    "{\"data\":{\"shop\":null},\"errors\":[{\"message\":\"Access denied\"}]}",
                    "Access denied");
}

static void test_a_throttled_query_waits_for_its_points(void **state)
{
    static const struct fake_answer given[] = {
        { .status = 200,
          .body = "{\"errors\":[{\"message\":\"Throttled\",\"extensions\":{\"code\":"
                  "\"THROTTLED\"}}],\"extensions\":{\"cost\":{\"requestedQueryCost\":2712,"
                  "\"actualQueryCost\":null,\"throttleStatus\":{\"maximumAvailable\":4000.0,"
                  "\"currentlyAvailable\":212,\"restoreRate\":100.0}}}}",
          TYPE },
        { .status = 200, .body = "{\"data\":{\"order\":{\"id\":\"x\"}}}", TYPE }
    };
    struct node_result result;
    struct stage *stage = stage_new();

    (void)state;
    fake_http_script(stage_http(stage), HOST, given, 2);
    fake_http_script(stage_http(stage), "/admin/oauth/access_token", &token, 1);
    node_run_parts(stage, ACTION("graphql", "{'query': '{order{id}}'}"), "", "", CONNECTIONS, BODY,
                   &result); /* 20 of the 25 seconds */
    stage_wait(stage, 4900);
    assert_int_equal(fake_http_count(stage_http(stage), HOST), 1);
    stage_wait(stage, 200);
    assert_int_equal(fake_http_count(stage_http(stage), HOST), 2);
    node_run_end(&result);
    stage_free(stage);
}

static void test_ids_are_texts(void **state)
{
    static const struct fake_answer given = { .status = 200, .body = "{}", TYPE };
    struct node_result result;
    struct stage *stage =
        play(ACTION("get_order", "{'order_id': '=trigger.body.odd'}"), &given, &result);

    (void)state;
    assert_int_equal(fake_http_count(stage_http(stage), "://"), 0);
    node_run_end(&result);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mark_paid),
        cmocka_unit_test(test_refusals_with_200),
        cmocka_unit_test(test_user_errors_beside_data),
        cmocka_unit_test(test_what_a_mutation_may_have_done),
        cmocka_unit_test(test_a_scope_that_is_missing),
        cmocka_unit_test(test_a_throttled_query_waits_for_its_points),
        cmocka_unit_test(test_ids_are_texts),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
