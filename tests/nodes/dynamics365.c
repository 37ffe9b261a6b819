/* dynamics365.c - the actions of Dynamics 365 on a stage: sign-in, what is sent to the byte,
 * outputs, errors. */
#include "node_run.h"

#define BODY                                                                  \
    "{'id': 'PT-1', 'odd': 'O\\u0027Neil & Co/#?', 'amount': 100.10, 'inv': " \
    "'1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10'}"
#define CONNECTIONS(more)                                                                          \
    "{'weft': 1, 'connections': {'erp': {'connector': 'dynamics365', 'settings': {'resource': "    \
    "'https://contoso.crm4.dynamics.com/', 'tenant': 'con/toso', 'client_id': 'app'}, 'secrets': " \
    "{'client_secret': {'env': 'STAGE_SECRET'}}" more "}}}"
#define ACTION(name, input)                             \
    "{'id': 'it', 'type': 'connector.dynamics365." name \
    "', 'connection': 'erp', 'config': {'input': " input "}}"
#define TYPE .header = "Content-Type", .value = "application/json; odata.metadata=minimal"
#define HOST "contoso.crm4"

static const struct fake_answer token = { .status = 200,
                                          .body = "{\"access_token\":\"tok\",\"expires_in\":3599}",
                                          TYPE };

static struct stage *play(const char *node, const struct fake_answer *given,
                          struct node_result *result)
{
    struct stage *stage = stage_new();

    fake_http_script(stage_http(stage), HOST, given, 1);
    fake_http_script(stage_http(stage), "login.microsoftonline.com", &token, 1);
    node_run_parts(stage, node, "", "", CONNECTIONS(""), BODY, result);
    return stage;
}

static void calls(const char *node, const struct fake_answer *given, const char *method,
                  const char *path, const char *headers, const char *body, const char *output)
{
    struct node_result result;
    struct stage *stage = play(node, given, &result);
    const struct fake_sent *sent = fake_http_sent(stage_http(stage), HOST, 0);
    char url[600];

    if (sent == NULL)
        fail_msg("nothing was sent: %s", json_get_text(result.error, "text"));
    snprintf(url, sizeof url, "https://contoso.crm4.dynamics.com%s", path);
    assert_string_equal(sent->method, method);
    assert_string_equal(sent->url, url);
    if (*body != '\0') {
        char *wanted = node_try_text(body);

        assert_string_equal(sent->body, wanted);
        mem_free(wanted);
    } else {
        assert_string_equal(sent->body, "");
    }
    assert_non_null(strstr(sent->headers, "Authorization: Bearer tok\n"));
    assert_non_null(strstr(sent->headers, "Accept: application/json\n"));
    assert_non_null(strstr(sent->headers, "OData-Version: 4.0\n"));
    if (strstr(sent->headers, headers) == NULL)
        fail_msg("no %s in %s", headers, sent->headers);
    if (result.status != 200)
        fail_msg("%s", json_get_text(result.error, "text"));
    node_try_same(json_incref(result.output), output);
    node_run_end(&result);
    stage_free(stage);
}

static void test_sign_in(void **state)
{
    static const struct fake_answer given = { .status = 200, .body = "{\"value\":[]}", TYPE };
    struct node_result result;
    struct stage *stage =
        play(ACTION("find_invoice", "{'invoice_number': '=trigger.body.id'}"), &given, &result);
    const struct fake_sent *sent = fake_http_sent(stage_http(stage), "login", 0);

    (void)state;
    assert_int_equal(result.status, 200);
    assert_string_equal(sent->url,
                        "https://login.microsoftonline.com/con%2Ftoso/oauth2/v2.0/token");
    assert_string_equal(sent->method, "POST");
    assert_non_null(strstr(sent->body, "grant_type=client_credentials"));
    assert_non_null(strstr(sent->body, "client_id=app"));
    assert_non_null(strstr(sent->body, "client_secret=s3cr3t-of-the-stage"));
    assert_non_null(strstr(sent->body, "scope=https%3A%2F%2Fcontoso.crm4.dynamics.com%2F.default"));
    node_run_end(&result);
    stage_free(stage);
}

static void test_create_payment_journal(void **state)
{
    static const struct fake_answer given = {
        .status = 201, .body = "{\"dataAreaId\":\"usmf\",\"JournalBatchNumber\":\"00042\"}", TYPE
    };

    (void)state;
    calls(ACTION("create_payment_journal", "{'dataAreaId': 'usmf', 'JournalName': 'CustPay', "
                                           "'Description': '=trigger.body.id'}"),
          &given, "POST", "/data/CustomerPaymentJournalHeaders", "Content-Type: application/json\n",
          "{'dataAreaId':'usmf','JournalName':'CustPay','Description':'PT-1'}",
          "{'dataAreaId': 'usmf', 'JournalBatchNumber': '00042', 'journal': {'dataAreaId': 'usmf', "
          "'JournalBatchNumber': '00042'}}");
    calls(ACTION("create_payment_journal",
                 "{'dataAreaId': 'usmf', 'JournalName': 'CustPay', 'Description': '=nil'}"),
          &given, "POST", "/data/CustomerPaymentJournalHeaders", "",
          "{'dataAreaId':'usmf','JournalName':'CustPay'}",
          "{'dataAreaId': 'usmf', 'JournalBatchNumber': '00042', 'journal': {'dataAreaId': 'usmf', "
          "'JournalBatchNumber': '00042'}}");
}

static void test_add_payment_journal_line(void **state)
{
    static const struct fake_answer given = { .status = 201, .body = "{\"LineNumber\":1.0}", TYPE };

    (void)state;
    calls(
        ACTION("add_payment_journal_line",
               "{'dataAreaId': 'usmf', 'JournalBatchNumber': '00042', 'AccountDisplayValue': "
               "'US-001', 'TransactionDate': '2026-11-20', 'CreditAmount': '=trigger.body.amount', "
               "'CurrencyCode': 'USD', 'PaymentReference': '=trigger.body.id'}"),
        &given, "POST", "/data/CustomerPaymentJournalLines", "",
        "{'dataAreaId':'usmf','JournalBatchNumber':'00042','AccountType':'Cust',"
        "'AccountDisplayValue':'US-001','TransactionDate':'2026-11-20T12:00:00Z',"
        "'CreditAmount':100.10,'CurrencyCode':'USD','PaymentReference':'PT-1'}",
        "{'dataAreaId': 'usmf', 'JournalBatchNumber': '00042', 'LineNumber': 1.0, 'line': "
        "{'LineNumber': 1.0}}");
}

static void test_find_payment_journal_line(void **state)
{
    static const struct fake_answer given = { .status = 200, .body = "{\"value\":[]}", TYPE };

    (void)state;
    calls(ACTION("find_payment_journal_line",
                 "{'dataAreaId': 'usmf', 'PaymentReference': '=trigger.body.id'}"),
          &given, "GET",
          "/data/CustomerPaymentJournalLines?%24filter=dataAreaId%20eq%20%27usmf%27%20and%20"
          "PaymentReference%20eq%20%27PT-1%27&%24top=2&cross-company=true",
          "", "", "{'lines': []}");
}

static void test_create_payment(void **state)
{
    static const struct fake_answer given = { .status = 201,
                                              .body = "{\"new_paymentid\":\"guid\"}",
                                              TYPE };

    (void)state;
    calls(ACTION("create_payment", "{'transaction_id': '=trigger.body.odd', 'amount': "
                                   "'=trigger.body.amount', 'currency': 'USD', 'invoice_id': "
                                   "'=trigger.body.inv'}"),
          &given, "PATCH",
          "/api/data/v9.2/"
          "new_payments(new_paytracetransactionid=%27O%27%27Neil%20%26%20Co%2F%23%3F%27)",
          "If-None-Match: *\n",
          "{'new_amount':100.10,'new_currency':'USD','new_InvoiceId@odata.bind':"
          "'/invoices(1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10)'}",
          "{'payment_id': 'guid', 'transaction_id': 'O\\u0027Neil & Co/#?', 'status': 201, "
          "'payment': "
          "{'new_paymentid': 'guid'}}");
}

static void test_find_invoice(void **state)
{
    static const struct fake_answer given = {
        .status = 200, .body = "{\"value\":[{\"invoiceid\":\"i1\",\"totalamount\":100.10}]}", TYPE
    };

    (void)state;
    calls(
        ACTION("find_invoice", "{'invoice_number': '=trigger.body.odd'}"), &given, "GET",
        "/api/data/v9.2/"
        "invoices?%24filter=invoicenumber%20eq%20%27O%27%27Neil%20%26%20Co%2F%23%3F%27"
        "&%24select=invoiceid%2Cinvoicenumber%2Cname%2Ctotalamount%2Cduedate%2Cstatecode%"
        "2Cstatuscode"
        "%2C_customerid_value%2C_salesorderid_value%2C_transactioncurrencyid_value&%24top=2",
        "", "",
        "{'invoice': {'invoiceid': 'i1', 'totalamount': 100.10}, 'invoices': [{'invoiceid': 'i1', "
        "'totalamount': 100.10}]}");
}

static void test_update_invoice(void **state)
{
    static const struct fake_answer given = { .status = 204, .body = "" };

    (void)state;
    calls(ACTION("update_invoice",
                 "{'invoice_id': '=trigger.body.inv', 'statecode': 2, 'statuscode': 100001}"),
          &given, "PATCH", "/api/data/v9.2/invoices(1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10)",
          "If-Match: *\n", "{'statecode':2,'statuscode':100001}",
          "{'invoice_id': '1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10', 'statecode': 2, 'statuscode': "
          "100001}");
}

static void test_rows(void **state)
{
    static const struct fake_answer given = {
        .status = 200, .body = "{\"@odata.etag\":\"W/\\\"2\\\"\",\"name\":\"Ink\"}", TYPE
    };

    (void)state;
    calls(ACTION("get_row", "{'table': 'accounts', 'key': {'accountnumber': '=trigger.body.odd'}, "
                            "'select': ['name']}"),
          &given, "GET",
          "/api/data/v9.2/accounts(accountnumber=%27O%27%27Neil%20%26%20Co%2F%23%3F%27)"
          "?%24select=name",
          "", "", "{'row': {'@odata.etag': 'W/\\\"2\\\"', 'name': 'Ink'}, 'etag': 'W/\\\"2\\\"'}");
    calls(ACTION("update_row", "{'table': 'accounts', 'key': '=trigger.body.inv', 'row': {'name': "
                               "'Ink', 'creditlimit': '=trigger.body.amount'}, 'etag': "
                               "'W/\\\"1\\\"'}"),
          &given, "PATCH", "/api/data/v9.2/accounts(1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10)",
          "If-Match: W/\"1\"\n", "{'name':'Ink','creditlimit':100.10}",
          "{'row': {'@odata.etag': 'W/\\\"2\\\"', 'name': 'Ink'}, 'etag': 'W/\\\"2\\\"'}");
}

/* As a form leaves them; of a change an empty text is a value. */
static void test_what_is_left_empty_is_not_asked_for(void **state)
{
    static const struct fake_answer given = { .status = 200, .body = "{\"value\":[]}", TYPE };
    struct node_result result;
    struct stage *stage;

    (void)state;
    calls(ACTION("list_rows", "{'table': 'accounts', 'select': ['name'], 'orderby': '', 'expand': "
                              "'=\\'\\'', 'top': ''}"),
          &given, "GET", "/api/data/v9.2/accounts?%24select=name", "", "",
          "{'items': [], 'next': null}");
    stage = play(ACTION("create_task", "{'subject': 'x', 'due': '=\\'\\''}"), &given, &result);
    assert_int_equal(fake_http_count(stage_http(stage), HOST), 0);
    assert_string_equal(json_get_text(result.error, "kind"), "invalid");
    node_run_end(&result);
    stage_free(stage);
}

static void test_changes_are_one_batch(void **state)
{
    static const struct fake_answer given = {
        .status = 200,
        .body = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n"
                "Content-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n\r\n"
                "--c--\r\n--b--\r\n",
        .header = "Content-Type",
        .value = "multipart/mixed; boundary=b"
    };
    struct node_result result;
    struct stage *stage = play(
        ACTION("upsert_rows", "{'changes': [{'do': 'upsert', 'table': 'accounts', 'key': "
                              "{'accountnumber': 'C1'}, 'row': {'name': '=trigger.body.odd'}}]}"),
        &given, &result);
    const struct fake_sent *sent = fake_http_sent(stage_http(stage), HOST, 0);

    (void)state;
    assert_int_equal(result.status, 200);
    assert_non_null(
        strstr(sent->headers, "Content-Type: multipart/mixed; boundary=\"weft_batch\"\n"));
    assert_non_null(strstr(sent->body, "\r\n{\"name\":\"O'Neil & Co/#?\"}\r\n--weft_changes--"));
    node_try_same(json_incref(result.output),
                  "{'results': [{'index': 0, 'ok': true, 'result': {'status': 204, 'headers': {}, "
                  "'body': null}}], 'failed': 0}");
    node_run_end(&result);
    stage_free(stage);
}

static void test_the_input_is_checked_before_anything_leaves(void **state)
{
    static const struct fake_answer given = { .status = 201, .body = "{}", TYPE };
    struct node_result result;
    struct stage *stage =
        play(ACTION("create_payment",
                    "{'transaction_id': '=nil', 'amount': '=trigger.body.id', 'currency': "
                    "'=trigger.body.id', 'invoice_id': '=trigger.body.id'}"),
             &given, &result);

    (void)state;
    assert_int_equal(fake_http_count(stage_http(stage), "://"), 0);
    assert_string_equal(json_get_text(result.error, "kind"), "invalid");
    node_try_same(
        json_incref(json_object_get(result.error, "details")),
        "{'problems': ['\\\"transaction_id\\\" is missing', '\\\"amount\\\" must be: number, but "
        "is: text', '\\\"currency\\\" has 4 characters, at most 3 are allowed', "
        "'\\\"invoice_id\\\" must be an id like 1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10, but is "
        "\\\"PT-1\\\"']}");
    node_run_end(&result);
    stage_free(stage);
    stage = play(ACTION("create_payment", "'=nil'"), &given, &result);
    assert_non_null(strstr(json_get_text(result.error, "text"), "must be: object, but is: null"));
    node_run_end(&result);
    stage_free(stage);
}

static void ends(const char *node, const struct fake_answer *given, const char *kind,
                 const char *part)
{
    struct node_result result;
    struct stage *stage = play(node, given, &result);
    const char *text = json_get_text(result.error, "text");

    assert_string_equal(json_get_text(result.error, "kind"), kind);
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in \"%s\"", part, text);
    node_run_end(&result);
    stage_free(stage);
}

/* Its connection is not used for a while; no attempt is used up. */
static void waits(const char *node, const struct fake_answer *given)
{
    struct node_result result;
    struct stage *stage = play(node, given, &result);
    struct err e;
    json_t *list = engine_connections(stage_engine(stage), &e);

    assert_null(result.error);
    assert_int_equal(fake_http_count(stage_http(stage), "/data"), 5);
    assert_true(json_get_int(json_array_get(list, 0), "until", 0) > 0);
    assert_int_equal(json_get_int(json_array_get(list, 0), "waiting", 0), 1);
    json_decref(list);
    node_run_end(&result);
    stage_free(stage);
}

#define JOURNAL ACTION("create_payment_journal", "{'dataAreaId': 'usmf', 'JournalName': 'CustPay'}")
#define PAYMENT ACTION("create_payment", "{'transaction_id': 'x', 'amount': 1, 'currency': 'USD'}")

static void test_errors(void **state)
{
    static const struct fake_answer infolog = {
        .status = 400,
        .body = "{\"error\":{\"code\":\"\",\"message\":\"An error has occurred.\",\"innererror\":"
                "{\"message\":\"Write failed: the journal name does not exist.\"}}}",
        TYPE
    };
    static const struct fake_answer coded = {
        .status = 404,
        .body = "{\"error\":{\"code\":\"0x80040217\",\"message\":\"invoice Does Not Exist\"}}",
        TYPE
    };
    static const struct fake_answer fault = { .status = 500, .body = "{}", TYPE };
    static const struct fake_answer limited = {
        .status = 429,
        .body = "{\"error\":{\"code\":\"0x80072322\",\"message\":\"Number of requests exceeded\"}}",
        TYPE
    };

    (void)state;
    ends(JOURNAL, &infolog, "invalid", "answered 400: Write failed: the journal name");
    ends(PAYMENT, &coded, "invalid", "answered 404: 0x80040217: invoice Does Not Exist");
    ends(JOURNAL, &fault, "in_doubt", "answered 500");
    ends(PAYMENT, &fault, "transient", "answered 500");
    waits(JOURNAL, &limited);
    waits(PAYMENT, &limited);
}

#define LINE(more)                                                                               \
    ACTION("add_payment_journal_line",                                                           \
           "{'dataAreaId': 'usmf', 'JournalBatchNumber': '00042', 'AccountDisplayValue': "       \
           "'US-001', 'TransactionDate': '2026-11-20', 'CreditAmount': '=trigger.body.amount', " \
           "'CurrencyCode': 'USD'" more "}")

/* A lost answer: the line is looked for by its reference, and compared. */
static void test_a_lost_line_is_looked_for(void **state)
{
    static const struct fake_answer lost = { .code = ERR_TRANSIENT };
    static const struct fake_answer there = {
        .status = 200,
        .body = "{\"value\":[{\"LineNumber\":1.0,\"AccountDisplayValue\":\"US-001\","
                "\"CreditAmount\":100.1,\"DebitAmount\":0,\"CurrencyCode\":\"USD\"}]}",
        TYPE
    };
    static const struct fake_answer other = {
        .status = 200,
        .body = "{\"value\":[{\"LineNumber\":1.0,\"AccountDisplayValue\":\"US-001\","
                "\"CreditAmount\":7,\"CurrencyCode\":\"USD\"}]}",
        TYPE
    };
    static const struct fake_answer none = { .status = 200, .body = "{\"value\":[]}", TYPE };
    static const struct {
        const struct fake_answer *look;
        bool reference;
        int status; /* of the answer to the caller */
        size_t calls;
    } cases[] = {
        { &there, true, 200, 2 },
        { &other, true, 202, 2 },
        { &none, true, 202, 2 },
        { &there, false, 202, 1 }, /* nothing to look for */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct fake_answer answers[] = { lost, *cases[i].look };
        struct stage *stage = stage_new();
        struct node_result result;

        fake_http_script(stage_http(stage), HOST, answers, 2);
        fake_http_script(stage_http(stage), "login.microsoftonline.com", &token, 1);
        node_run_parts(
            stage, cases[i].reference ? LINE(", 'PaymentReference': '=trigger.body.id'") : LINE(""),
            "", "", CONNECTIONS(""), BODY, &result);
        assert_int_equal(result.status, cases[i].status);
        assert_int_equal(fake_http_count(stage_http(stage), HOST), cases[i].calls);
        if (result.status == 200)
            node_try_same(json_incref(json_object_get(result.output, "LineNumber")), "1.0");
        node_run_end(&result);
        stage_free(stage);
    }
}

/* "It is there already" counts as done. */
static void test_a_duplicate_is_success(void **state)
{
    static const struct fake_answer given = {
        .status = 412,
        .body =
            "{\"error\":{\"code\":\"0x80040237\",\"message\":\"A record with matching key values "
            "already exists.\"}}",
        TYPE
    };
    struct stage *stage = stage_new();
    struct node_result result;

    (void)state;
    fake_http_script(stage_http(stage), HOST, &given, 1);
    fake_http_script(stage_http(stage), "login.microsoftonline.com", &token, 1);
    node_run_parts(stage, PAYMENT,
                   "{'id': 'then', 'type': 'transform.map', 'config': {'fields': [{'to': 'twice', "
                   "'from': '=steps.it.duplicate'}]}}",
                   "{'from': 'it', 'to': 'then'}", CONNECTIONS(""), BODY, &result);
    assert_int_equal(result.status, 200);
    node_try_same(json_incref(result.output), "{'twice': true}");
    node_run_end(&result);
    stage_free(stage);
}

static void test_simulated(void **state)
{
    struct stage *stage = stage_new();
    struct node_result result;

    (void)state;
    node_run_parts(stage, JOURNAL, "", "", CONNECTIONS(", 'simulate': true"), BODY, &result);
    assert_int_equal(fake_http_count(stage_http(stage), "://"), 0);
    assert_string_equal(json_get_text(result.output, "JournalBatchNumber"), "00042");
    node_run_end(&result);
    stage_free(stage);
    stage = stage_new();
    node_run_parts(stage, ACTION("create_payment_journal", "'=trigger.body'"), "", "",
                   CONNECTIONS(", 'simulate': true"), BODY, &result);
    assert_string_equal(json_get_text(result.error, "kind"), "invalid");
    node_run_end(&result);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_in),
        cmocka_unit_test(test_create_payment_journal),
        cmocka_unit_test(test_add_payment_journal_line),
        cmocka_unit_test(test_find_payment_journal_line),
        cmocka_unit_test(test_create_payment),
        cmocka_unit_test(test_find_invoice),
        cmocka_unit_test(test_update_invoice),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_what_is_left_empty_is_not_asked_for),
        cmocka_unit_test(test_changes_are_one_batch),
        cmocka_unit_test(test_the_input_is_checked_before_anything_leaves),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_a_lost_line_is_looked_for),
        cmocka_unit_test(test_a_duplicate_is_success),
        cmocka_unit_test(test_simulated),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
