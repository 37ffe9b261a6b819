/* cybersource.c - the actions of Cybersource on a stage: what is sent to the byte, declines that
 * come with status 201, answers that contradict, and the search for a payment whose answer got
 * lost. The signatures are tested against the vendor's vectors and client elsewhere. */
#include "node_run.h"

#define BODY "{'code': 'ORD-1', 'amount': 102.10, 'odd': 'x OR *:*'}"
#define CONNECTIONS(more)                                                                        \
    "{'weft': 1, 'connections': {'pay': {'connector': 'cybersource', 'environment': 'sandbox', " \
    "'settings': {'merchant_id': 'acme', 'key_id': 'k'}, 'auth': {'type': 'bearer', 'secret': "  \
    "'shared_secret'}, 'secrets': {'shared_secret': {'env': 'STAGE_SECRET'}}" more "}}}"
#define ACTION(name, input)                             \
    "{'id': 'it', 'type': 'connector.cybersource." name \
    "', 'connection': 'pay', 'config': {'input': " input "}}"
#define MONEY "'code': '=trigger.body.code', 'amount': '=trigger.body.amount', 'currency': 'USD'"
#define SALE  ACTION("sale", "{'customer_id': 'AB69', " MONEY "}")
#define TYPE  .header = "Content-Type", .value = "application/hal+json;charset=utf-8"
#define HOST  "apitest.cybersource.com"

static struct stage *play(const char *node, const struct fake_answer *given, size_t count,
                          struct node_result *result)
{
    struct stage *stage = stage_new();

    fake_http_script(stage_http(stage), HOST, given, count);
    node_run_parts(stage, node, "", "", CONNECTIONS(""), BODY, result);
    return stage;
}

#define PAID(status, amount, currency, more)                                                    \
    "{\"id\":\"7323\",\"status\":\"" status "\",\"clientReferenceInformation\":{\"code\":"      \
    "\"ORD-1\"},\"orderInformation\":{\"amountDetails\":{\"authorizedAmount\":\"" amount        \
    "\",\"currency\":\"" currency "\"}},\"processorInformation\":{\"approvalCode\":\"1\"}" more \
    "}"

static void test_sale(void **state)
{
    static const struct fake_answer given = { .status = 201,
                                              .body = PAID("AUTHORIZED", "102.10", "USD", ""),
                                              TYPE };
    struct node_result result;
    struct stage *stage = play(SALE, &given, 1, &result);
    const struct fake_sent *sent = fake_http_sent(stage_http(stage), HOST, 0);
    const char *reference = json_get_text(result.output, "reference");
    char wanted[600];

    (void)state;
    assert_int_equal(result.status, 200);
    assert_string_equal(sent->url, "https://" HOST "/pts/v2/payments");
    snprintf(wanted, sizeof wanted,
             "{\"clientReferenceInformation\":{\"code\":\"ORD-1\",\"transactionId\":\"%s\","
             "\"applicationName\":\"Weft\",\"applicationUser\":\"%s\"},\"processingInformation\":"
             "{\"capture\":true,\"commerceIndicator\":\"internet\"},\"paymentInformation\":"
             "{\"customer\":{\"id\":\"AB69\"}},\"orderInformation\":{\"amountDetails\":"
             "{\"totalAmount\":\"102.10\",\"currency\":\"USD\"}}}",
             reference, reference);
    assert_string_equal(sent->body, wanted);
    assert_string_equal(json_get_text(result.output, "id"), "7323");
    assert_string_equal(json_get_text(result.output, "approval_code"), "1");
    node_run_end(&result);
    stage_free(stage);
}

static void ends(const char *node, int status, const char *body, const char *kind, const char *part)
{
    const struct fake_answer given = { .status = status, .body = body, TYPE };
    struct node_result result;
    struct stage *stage = play(node, &given, 1, &result);
    const char *text = json_get_text(result.error, "text");

    if (text == NULL)
        fail_msg("%d is no failure: %s", status, body);
    assert_string_equal(json_get_text(result.error, "kind"), kind);
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in \"%s\"", part, text);
    node_run_end(&result);
    stage_free(stage);
}

#define REASON(reason) \
    ",\"errorInformation\":{\"reason\":\"" reason "\",\"message\":\"Decline - Text.\"}"
#define INVALID(reason)                                                                      \
    "{\"submitTimeUtc\":\"2026-11-20T15:30:00Z\",\"status\":\"INVALID_REQUEST\",\"reason\":" \
    "\"" reason "\",\"message\":\"Declined - Text.\"}"

static void test_declines(void **state)
{
    static const char *const reasons[] = {
        "AVS_FAILED",           "EXPIRED_CARD",     "PROCESSOR_DECLINED",
        "INSUFFICIENT_FUND",    "STOLEN_LOST_CARD", "CVN_NOT_MATCH",
        "EXCEEDS_CREDIT_LIMIT", "GENERAL_DECLINE",  "SCORE_EXCEEDS_THRESHOLD"
    };
    static const char *const refusals[] = { "MISSING_FIELD",       "INVALID_DATA",
                                            "INVALID_AMOUNT",      "INVALID_PAYMENT_ID",
                                            "EXCEEDS_AUTH_AMOUNT", "TRANSACTION_ALREADY_SETTLED" };
    char body[600], part[80];

    (void)state;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        snprintf(body, sizeof body, PAID("DECLINED", "0", "USD", REASON("%s")), reasons[i]);
        snprintf(part, sizeof part, "%s: Decline - Text.", reasons[i]);
        ends(SALE, 201, body, "invalid", part);
    }
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        snprintf(body, sizeof body, INVALID("%s"), refusals[i]);
        snprintf(part, sizeof part, "answered 400: %s: Declined - Text.", refusals[i]);
        ends(SALE, 400, body, "invalid", part);
        ends(ACTION("capture", "{'payment_id': '1', " MONEY "}"), 400, body, "invalid", part);
    }
    ends(SALE, 201, PAID("AUTHORIZED_RISK_DECLINED", "102.10", "USD", REASON("X")), "invalid",
         "X: Decline");
    ends(SALE, 201, PAID("PENDING_AUTHENTICATION", "102.10", "USD", ""), "invalid", "201");
}

/* What only the bank could not do is tried again. */
static void test_a_bank_that_cannot_be_asked(void **state)
{
    static const struct fake_answer answers[] = {
        { .status = 201, .body = PAID("DECLINED", "0", "USD", REASON("ISSUER_UNAVAILABLE")), TYPE },
        { .status = 400, .body = INVALID("PROCESSOR_UNAVAILABLE"), TYPE },
        { .status = 201, .body = PAID("AUTHORIZED", "102.10", "USD", ""), TYPE },
    };
    struct node_result result;
    struct stage *stage =
        play("{'id': 'it', 'type': 'connector.cybersource.sale', 'connection': 'pay', 'retry': "
             "{'attempts': 3, 'initial': '1s'}, 'config': {'input': {'customer_id': 'AB69', " MONEY
             "}}}",
             answers, 3, &result);

    (void)state;
    assert_int_equal(result.status, 200);
    assert_int_equal(fake_http_count(stage_http(stage), "/pts/v2/payments"), 3);
    node_run_end(&result);
    stage_free(stage);
}

/* Held for review is no failure: the flow branches on the status. */
static void test_review(void **state)
{
    static const struct fake_answer given = {
        .status = 201, .body = PAID("AUTHORIZED_PENDING_REVIEW", "102.10", "USD", ""), TYPE
    };
    struct node_result result;
    struct stage *stage = play(SALE, &given, 1, &result);

    (void)state;
    assert_int_equal(result.status, 200);
    assert_string_equal(json_get_text(result.output, "status"), "AUTHORIZED_PENDING_REVIEW");
    node_run_end(&result);
    stage_free(stage);
}

/* Another amount, currency or order than was asked for: nothing is sent again without a person. */
static void test_contradictions(void **state)
{
    static const char *const bodies[] = {
        PAID("AUTHORIZED", "1021.00", "USD", ""),
        PAID("PARTIAL_AUTHORIZED", "50.00", "USD", ""),
        PAID("AUTHORIZED", "102.10", "EUR", ""),
        "{\"id\":\"1\",\"status\":\"AUTHORIZED\",\"clientReferenceInformation\":{\"code\":\"X\"}}",
        "{}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        ends(SALE, 201, bodies[i], "in_doubt", "does not fit what was asked for");
}

/* A decline of another payment does not say that this one was not made. */
static void test_a_decline_of_something_else(void **state)
{
    (void)state;
    ends(SALE, 201,
         "{\"id\":\"1\",\"status\":\"DECLINED\",\"clientReferenceInformation\":{\"code\":"
         "\"X\"}" REASON("EXPIRED_CARD") "}",
         "in_doubt", "\"clientReferenceInformation.code\" is \"X\", not \"ORD-1\"");
    ends(SALE, 201, "{\"id\":\"1\",\"status\":\"DECLINED\"" REASON("EXPIRED_CARD") "}", "invalid",
         "EXPIRED_CARD");
}

static void test_amounts_of_a_capture_and_a_refund(void **state)
{
    static const struct fake_answer refund = {
        .status = 201,
        .body = "{\"id\":\"9\",\"status\":\"PENDING\",\"clientReferenceInformation\":{\"code\":"
                "\"ORD-1\"},\"refundAmountDetails\":{\"refundAmount\":\"102.1\",\"currency\":"
                "\"USD\"}}",
        TYPE
    };
    struct node_result result;
    struct stage *stage =
        play(ACTION("refund_capture", "{'capture_id': '12', " MONEY "}"), &refund, 1, &result);

    (void)state;
    assert_int_equal(result.status, 200);
    assert_string_equal(fake_http_sent(stage_http(stage), HOST, 0)->url,
                        "https://" HOST "/pts/v2/captures/12/refunds");
    node_run_end(&result);
    stage_free(stage);
    ends(ACTION("capture", "{'payment_id': '12', " MONEY "}"), 201,
         "{\"id\":\"9\",\"status\":\"PENDING\",\"clientReferenceInformation\":{\"code\":\"ORD-1\"},"
         "\"orderInformation\":{\"amountDetails\":{\"totalAmount\":\"99\",\"currency\":\"USD\"}}}",
         "in_doubt", "totalAmount");
}

/* A code goes into a search: it cannot leave its place there. */
static void test_a_code_is_a_word(void **state)
{
    static const struct fake_answer given = { .status = 201, .body = "{}", TYPE };
    struct node_result result;
    struct stage *stage =
        play(ACTION("sale", "{'customer_id': 'AB69', 'code': '=trigger.body.odd', "
                            "'amount': 1, 'currency': 'USD'}"),
             &given, 1, &result);

    (void)state;
    assert_int_equal(fake_http_count(stage_http(stage), "://"), 0);
    node_run_end(&result);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sale),
        cmocka_unit_test(test_declines),
        cmocka_unit_test(test_a_bank_that_cannot_be_asked),
        cmocka_unit_test(test_review),
        cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_a_decline_of_something_else),
        cmocka_unit_test(test_amounts_of_a_capture_and_a_refund),
        cmocka_unit_test(test_a_code_is_a_word),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
