/* paytrace.c - the actions of PayTrace on a stage: sign-in, what is sent to the byte, what each
 * answer means, and how a sale whose answer got lost is looked for. */
#include "node_run.h"

#include "world/yard.h"

#define BODY                                                                                    \
    "{'customer': 'CUST-1001', 'amount': 100.10, 'invoice': 'INV-1', 'id': 392483066, 'card': " \
    "'4111111111111111'}"
#define CONNECTIONS(more)                                                                         \
    "{'weft': 1, 'connections': {'pay': {'connector': 'paytrace', 'settings': {'user': 'api', "   \
    "'integrator_id': '9999Weft0001'}, 'secrets': {'password': {'env': 'STAGE_SECRET'}}" more "}" \
    "}}"
#define ACTION(name, input)                          \
    "{'id': 'it', 'type': 'connector.paytrace." name \
    "', 'connection': 'pay', 'config': {'input': " input "}}"
#define SALE(more)                                                        \
    ACTION("sale", "{'customer_id': '=trigger.body.customer', 'amount': " \
                   "'=trigger.body.amount', 'invoice_id': '=trigger.body.invoice'" more "}")
#define SEARCH ", 'search_from': '11/20/2026', 'search_to': '12/20/2026'"
#define TYPE   .header = "Content-Type", .value = "application/json; charset=utf-8"
#define HOST   "api.paytrace.com/v1"

static const struct fake_answer token = {
    .status = 200,
    .body = "{\"access_token\":\"a:b:c\",\"token_type\":\"bearer\",\"expires_in\":7200}",
    TYPE
};

static struct stage *play(const char *node, const struct fake_answer *given, size_t count,
                          struct node_result *result)
{
    struct stage *stage = stage_new();

    fake_http_script(stage_http(stage), HOST, given, count);
    fake_http_script(stage_http(stage), "api.paytrace.com/oauth/token", &token, 1);
    node_run_parts(stage, node, "", "", CONNECTIONS(""), BODY, result);
    return stage;
}

static void test_sign_in(void **state)
{
    static const struct fake_answer given = { .status = 200,
                                              .body = "{\"success\":true,\"customers\":[]}",
                                              TYPE };
    struct node_result result;
    struct stage *stage = play(ACTION("list_customers", "{}"), &given, 1, &result);
    const struct fake_sent *sent = fake_http_sent(stage_http(stage), "/oauth/token", 0);

    (void)state;
    assert_int_equal(result.status, 200);
    assert_string_equal(sent->url, "https://api.paytrace.com/oauth/token");
    assert_non_null(strstr(sent->body, "grant_type=password"));
    assert_non_null(strstr(sent->body, "username=api"));
    assert_non_null(strstr(sent->body, "password=s3cr3t-of-the-stage"));
    sent = fake_http_sent(stage_http(stage), HOST, 0);
    assert_non_null(strstr(sent->headers, "Authorization: Bearer a:b:c\n"));
    node_run_end(&result);
    stage_free(stage);
}

/* The amount keeps its digits as a text; our reference goes out as external_transaction_id. */
static void test_sale(void **state)
{
    static const struct fake_answer given = {
        .status = 200,
        .body = "{\"success\":true,\"response_code\":101,\"transaction_id\":9007199254740993,"
                "\"approval_code\":\"TAS610\"}",
        TYPE
    };
    struct node_result result;
    struct stage *stage = play(SALE(""), &given, 1, &result);
    const struct fake_sent *sent = fake_http_sent(stage_http(stage), HOST, 0);
    const char *reference = json_get_text(result.output, "reference");
    char wanted[400];

    (void)state;
    assert_int_equal(result.status, 200);
    assert_string_equal(sent->url, "https://" HOST "/transactions/sale/by_customer");
    assert_non_null(reference);
    assert_int_equal(strlen(reference), 20);
    snprintf(wanted, sizeof wanted,
             "{\"amount\":\"100.10\",\"customer_id\":\"CUST-1001\",\"invoice_id\":\"INV-1\","
             "\"external_transaction_id\":\"%s\",\"integrator_id\":\"9999Weft0001\"}",
             reference);
    assert_string_equal(sent->body, wanted);
    node_try_same(json_incref(json_object_get(result.output, "transaction_id")),
                  "9007199254740993");
    node_run_end(&result);
    stage_free(stage);
}

static void ends(const char *node, int status, const char *body, const char *kind, const char *part)
{
    const struct fake_answer given = { .status = status, .body = body, TYPE };
    struct node_result result;
    struct stage *stage = play(node, &given, 1, &result);
    const char *text = json_get_text(result.error, "text");

    assert_string_equal(json_get_text(result.error, "kind"), kind);
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in \"%s\"", part, text);
    assert_int_equal(fake_http_count(stage_http(stage), HOST), 1);
    node_run_end(&result);
    stage_free(stage);
}

#define DECLINED                                                                      \
    "{\"success\":false,\"response_code\":102,\"status_message\":\"Your transaction " \
    "was not approved.\",\"transaction_id\":1,\"approval_message\":\"DECLINE - Do not honor\"}"
#define FIELD(code, text)                                                             \
    "{\"success\":false,\"response_code\":1,\"status_message\":\"One or more errors " \
    "has occurred.\",\"errors\":{\"" code "\":[\"" text "\"]}}"

/* Also where the status is 200: it is what the body says. Nothing is sent a second time. */
static void test_what_is_refused(void **state)
{
    static const struct {
        const char *body, *part;
    } cases[] = {
        { DECLINED, "102: DECLINE - Do not honor" },
        { FIELD("58", "Please provide a valid Transaction ID."), "58: Please provide a valid" },
        { FIELD("817", "It has not settled."), "817: It has not settled." },
        { "{\"success\":false,\"response_code\":103,\"status_message\":\"Voided.\"}",
          "103: Voided" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ends(SALE(SEARCH), 400, cases[i].body, "invalid", cases[i].part);
        ends(SALE(SEARCH), 200, cases[i].body, "invalid", cases[i].part);
    }
    ends(ACTION("void", "{'transaction_id': '=trigger.body.id'}"), 400,
         "{\"success\":false,\"response_code\":110,\"status_message\":\"It is settled.\"}",
         "invalid", "110: It is settled.");
}

/* There: done, with what was found. Not there, or another one, or no days to look in: a person. */
static void test_a_lost_sale_is_looked_for(void **state)
{
    static const struct fake_answer lost = { .code = ERR_TRANSIENT };
#define ROW(amount, customer)                                                      \
    "{\"success\":true,\"transactions\":[{\"transaction_id\":7,\"amount\":" amount \
    ",\"invoice_id\":\"INV-1\",\"customer_id\":\"" customer "\",\"approval_code\":\"A\"}]}"
    static const struct {
        const char *answer;
        bool days;
        int status; /* of the answer to the caller */
        size_t calls;
    } cases[] = {
        { ROW("100.1", "CUST-1001"), true, 200, 2 },
        { ROW("7.00", "CUST-1001"), true, 202, 2 },
        { ROW("100.10", "CUST-2"), true, 202, 2 },
        { "{\"success\":true,\"transactions\":[]}", true, 202, 2 },
        { "{\"success\":true}", true, 202, 2 }, /* it does not say that it is not there */
        { "{\"success\":true,\"transactions\":[]}", false, 202, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct fake_answer answers[] = { lost,
                                               { .status = 200, .body = cases[i].answer, TYPE } };
        struct node_result result;
        struct stage *stage = play(cases[i].days ? SALE(SEARCH) : SALE(""), answers, 2, &result);

        assert_int_equal(result.status, cases[i].status);
        assert_int_equal(fake_http_count(stage_http(stage), HOST), cases[i].calls);
        if (cases[i].calls == 2) {
            const struct fake_sent *sent = fake_http_sent(stage_http(stage), HOST, 1);

            assert_non_null(strstr(sent->url, "/transactions/export/by_date_range"));
            assert_non_null(strstr(sent->body, "\"transaction_type\":\"SALE\""));
            assert_non_null(strstr(sent->body, "\"including_text\":\""));
        }
        if (result.status == 200)
            node_try_same(json_incref(json_object_get(result.output, "transaction_id")), "7");
        node_run_end(&result);
        stage_free(stage);
    }
}

static void saves(const char *folder, const struct fake_answer *given, const char *file,
                  const char *kind, const char *part)
{
    struct node_result result;
    struct stage *stage;
    char node[600], *text;

    snprintf(node, sizeof node,
             "{'id': 'it', 'type': 'connector.paytrace.save_transactions', 'connection': 'pay', "
             "'retry': {'attempts': 1}, 'config': {'input': {'start_date': '11/20/2026', "
             "'end_date': '11/20/2026'}, 'save': {'folder': '%s', 'file': '%s'}}}",
             folder, file);
    stage = play(node, given, 1, &result);
    text = yard_text(folder, file);
    if (kind == NULL) {
        node_try_same(json_incref(json_object_get(json_object_get(result.output, "file"), "path")),
                      "'day.json'");
        assert_null(json_object_get(result.output, "headers"));
        assert_non_null(strstr(fake_http_sent(stage_http(stage), HOST, 0)->body,
                               "\"integrator_id\":\"9999Weft0001\""));
        assert_non_null(text);
        assert_non_null(strstr(text, "9007199254740993.10"));
        assert_null(strstr(text, "4111111111111111"));
    } else {
        assert_string_equal(json_get_text(result.error, "kind"), kind);
        assert_non_null(strstr(json_get_text(result.error, "text"), part));
        assert_null(text);
    }
    mem_free(text);
    node_run_end(&result);
    stage_free(stage);
}

/* Whatever says no is told as a refusal, also with the status of a success, and leaves no file. */
static void test_a_list_becomes_a_file(void **state)
{
    static const struct fake_answer list = {
        .status = 200,
        .body = "{\"success\":true,\"response_code\":1,\"transactions\":[{\"transaction_id\":7,"
                "\"amount\":9007199254740993.10,\"description\":\"4111111111111111\"}]}",
        TYPE
    };
    static const struct fake_answer no = {
        .status = 200,
        .body = "{\"success\":false,\"response_code\":1,\"errors\":{\"981\":[\"not allowed\"]}}",
        TYPE
    };
    static const struct fake_answer bad = { .status = 400, .body = "{\"success\":false}", TYPE };
    char folder[YARD_PATH];

    (void)state;
    yard_make(folder);
    saves(folder, &no, "day.json", "invalid", "981: not allowed");
    saves(folder, &bad, "day.json", "invalid", "answered 400");
    saves(folder, &list, "../day.json", "invalid", "\"file\"");
    saves(folder, &list, "day.json", NULL, NULL);
    yard_remove(folder);
}

/* No plain card number has a way through. */
static void test_no_plain_card(void **state)
{
    static const struct fake_answer given = { .status = 200, .body = "{}", TYPE };
    struct node_result result;
    struct stage *stage =
        play(ACTION("create_customer",
                    "{'customer_id': 'C', 'encrypted_number': '=trigger.body.card', "
                    "'expiration_month': '12', 'expiration_year': '2031', 'billing_address': {}}"),
             &given, 1, &result);

    (void)state;
    assert_int_equal(fake_http_count(stage_http(stage), "://"), 0);
    assert_int_not_equal(result.status, 200);
    node_run_end(&result);
    stage_free(stage);
}

static void test_simulated(void **state)
{
    struct stage *stage = stage_new();
    struct node_result result;

    (void)state;
    node_run_parts(stage, SALE(""), "", "", CONNECTIONS(", 'simulate': true"), BODY, &result);
    assert_int_equal(fake_http_count(stage_http(stage), "://"), 0);
    assert_string_equal(json_get_text(result.output, "approval_code"), "TAS610");
    node_run_end(&result);
    stage_free(stage);
    stage = stage_new();
    node_run_parts(stage,
                   ACTION("sale", "{'customer_id': 'C', 'amount': '=trigger.body.amount', "
                                  "'invoice_id': 'I'}"),
                   "", "", CONNECTIONS(", 'simulate': true"), "{'amount': 0.29}", &result);
    assert_string_equal(json_get_text(result.error, "kind"), "invalid");
    assert_non_null(strstr(json_get_text(result.error, "text"), "EXPIRED CARD"));
    node_run_end(&result);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_in),
        cmocka_unit_test(test_sale),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_a_lost_sale_is_looked_for),
        cmocka_unit_test(test_no_plain_card),
        cmocka_unit_test(test_simulated),
        cmocka_unit_test(test_a_list_becomes_a_file),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
