/* diagnosis.c - the cause that is told for each kind of failure, and what other runs say of it. */
#include "store_shop.h"

#include "base/ident.h"
#include "base/json.h"
#include "base/limits.h"
#include "designer-api/diagnosis.h"
#include "nodes/connectors/embedded.h"
#include "nodes/manifest.h"

static void put(uint64_t run, const char *version, enum run_status status, const char *error,
                int64_t ended_ms)
{
    const struct store_accept accept = { .workspace = "main",
                                         .environment = "production",
                                         .flow = "orders",
                                         .version = version,
                                         .trigger = "hook",
                                         .received_ms = ended_ms - 1,
                                         .input = "{}",
                                         .input_size = 2 };
    struct store_batch *batch = store_batch_new(run);

    store_batch_accept(batch, &accept);
    batch_end(batch, status, error);
    batch->ended_ms = ended_ms;
    shop_send_ok(batch);
}

static json_t *of(uint64_t run)
{
    struct err e;
    json_t *made = diagnosis_of_run(shop.store, run, &e);

    if (e.code != ERR_OK)
        fail_msg("%s", e.text);
    return made;
}

static const struct {
    const char *kind, *text, *cause;
} kinds[] = {
    { "auth", "401: invalid_grant", "credential" },
    { "rate_limited", "429 for 10 attempts", "rate_limit" },
    { "unavailable", "503", "system_down" },
    { "timeout", "no answer within 30 s", "timeout" },
    { "transient", "the connection was reset", "passing" },
    { "in_doubt", "the answer was lost", "in_doubt" },
    { "duplicate", "RefNbr is there", "duplicate" },
    { "invalid", "Fiscal period is closed: 2026-10", "period_closed" },
    { "invalid", "Fiscal period 202611 is closed", "period_closed" },
    { "rule", "the books of 2026-10 are closed: say the day", "period_closed" },
    { "invalid", "the period is open", "refused" },
    { "invalid", "the period 2026-10 is not open", "period_closed" },
    { "conflict", "another event with the dedupe key \"T1\" is run R: this one was not executed",
      "key_taken" },
    { "invalid", "the system answered 404: Not Found", "not_found" },
    { "invalid", "the system answered 403", "permission" },
    { "invalid", "the system answered 405: Method Not Allowed", "method" },
    { "invalid", "the system answered 409: the order is shipped", "conflict" },
    { "invalid", "the system answered 422: 409 is no amount", "refused" },
    { "invalid", "SQLSTATE 42501: ERROR: permission denied for table x", "permission" },
    { "invalid", "SQLSTATE 42000: The SELECT permission was denied on 'tarInvoice'", "permission" },
    { "invalid", "statement 2: SQLSTATE 42P01: relation \"nowhere\" does not exist", "statement" },
    { "invalid", "SQLSTATE 42S22: Invalid column name 'Paid'", "statement" },
    { "invalid", "SQLSTATE 42000: The batch is on hold", "refused" },
    { "not_found", "/spool/day.csv: No such file or directory", "not_found" },
    { "transient", "could not find the address of erp.example port 443: Could not resolve",
      "address" },
    { "invalid", "the system answered 302 with a redirect, which is not followed", "address" },
    { "transient", "no trusted TLS connection to erp.example port 443: expired", "untrusted" },
    { "invalid", "control total \"booked\" does not hold: 5.00 is not 4.00", "totals" },
    { "invalid", "102: Your transaction was not approved.", "declined" },
    { "rule", "lookup: table 'gl' has no key \"XX\" (node map, line 3)", "unknown_key" },
    { "rule", "stopped: the budget of time (250 ms) is used up", "budget" },
    { "invalid", "the value does not fit the schema: /amount: is missing", "schema" },
    { "rule", "attempt to index nil (node map, line 3)", "rule" },
    { "invalid", "customer is on hold", "refused" },
    { "limit", "the output has more than 4 MiB", "limit" },
    { "policy", "10.0.0.1 is private", "policy" },
    { "store", "could not write; the disk is full: free space on it", "disk_full" },
    { "store", "could not write", "store" },
    { "conflict", "412: 0x80040333", "conflict" },
    { "internal", "a fault", "internal" },
    { "cancelled", "somebody has", "other" },
};

static void test_kinds(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char error[400];
        json_t *made, *text = json_string(kinds[i].text);
        char *quoted = json_text_new(text, 300, NULL);

        snprintf(error, sizeof error, "{\"kind\":\"%s\",\"text\":%s,\"step\":\"post%u\"}",
                 kinds[i].kind, quoted, i);
        put(100 + i, "aa11", RUN_FAILED, error, 5000);
        made = of(100 + i);
        assert_string_equal(json_get_text(made, "cause"), kinds[i].cause);
        assert_int_equal(json_get_int(made, "affected", 0), 1);
        assert_string_equal(json_get_text(made, "since"), "1970-01-01T00:00:05.000Z");
        assert_non_null(json_get_text(made, "remedy"));
        if (strcmp(kinds[i].cause, "unknown_key") == 0)
            assert_string_equal(json_get_text(json_object_get(made, "link"), "table"), "gl");
        else
            assert_null(json_object_get(json_object_get(made, "link"), "table"));
        assert_string_equal(
            json_get_text(json_array_get(json_object_get(made, "evidence"), 0), "code"), "alone");
        json_decref(made);
        json_decref(text);
        mem_free(quoted);
    }
}

#define RULE(n) \
    "{\"kind\":\"rule\",\"text\":\"invoice " n ": attempt to index nil\",\"step\":\"map\"}"

/* Alike but for a number; the same in another environment would not count. */
static void test_alike(void **state)
{
    json_t *made;

    (void)state;
    put(10, "aa11", RUN_SUCCEEDED, NULL, 3000);
    put(11, "aa11", RUN_FAILED, RULE("I1"), 4000);
    put(12, "aa11", RUN_FAILED, RULE("I2"), 5000);
    put(13, "aa11", RUN_FAILED, "{\"kind\":\"auth\",\"text\":\"401\",\"step\":\"post\"}", 6000);
    made = of(12);
    assert_string_equal(json_get_text(made, "cause"), "rule");
    assert_int_equal(json_get_int(made, "affected", 0), 2);
    assert_string_equal(json_get_text(made, "since"), "1970-01-01T00:00:04.000Z");
    assert_string_equal(json_get_text(json_array_get(json_object_get(made, "evidence"), 0), "text"),
                        "2 runs failed alike since 1970-01-01T00:00:04.000Z");
    assert_string_equal(json_get_text(json_array_get(json_object_get(made, "evidence"), 1), "text"),
                        "the last run before it that succeeded ended at 1970-01-01T00:00:03.000Z");
    json_decref(made);
    assert_null(of(10)); /* it did not fail */
}

static void test_version(void **state)
{
    json_t *made;

    (void)state;
    put(20, "aa11", RUN_SUCCEEDED, NULL, 3000);
    put(21, "bb22", RUN_FAILED, RULE("I1"), 4000);
    made = of(21);
    assert_string_equal(json_get_text(made, "cause"), "version");
    assert_string_equal(json_get_text(json_object_get(made, "link"), "kind"), "flow");
    assert_string_equal(json_get_text(json_array_get(json_object_get(made, "evidence"), 2), "code"),
                        "version");
    json_decref(made);
    put(22, "bb22", RUN_SUCCEEDED, NULL, 5000); /* others pass: it is this input */
    made = of(21);
    assert_string_equal(json_get_text(made, "cause"), "rule");
    json_decref(made);
}

/* Each kind of failure that the manifest of a connector names is told apart, and says where it was.
 */
static void test_connectors(void **state)
{
    unsigned told = 0;

    (void)state;
    for (const struct embedded_manifest *own = embedded_manifests; own->name != NULL; own++) {
        struct err e;
        json_t *manifest = json_read(own->text, own->size, &json_limits_body, &e), *rule;
        size_t i;

        assert_non_null(manifest);
        json_array_foreach(json_object_get(manifest, "errors"), i, rule)
        {
            const char *kind = json_get_text(rule, "kind"), *help = json_get_text(rule, "help");
            json_t *text = json_string(help != NULL ? help : "no"), *made;
            char error[900], *quoted = json_text_new(text, 600, NULL);

            snprintf(error, sizeof error, "{\"kind\":\"%s\",\"text\":%s,\"step\":\"s%u\"}", kind,
                     quoted, told);
            put(1000 + told, "aa11", RUN_FAILED, error, 5000);
            made = of(1000 + told);
            if (strcmp(json_get_text(made, "cause"), "other") == 0)
                fail_msg("%s: a failure of kind %s has no cause", own->name, kind);
            assert_non_null(json_get_text(made, "remedy"));
            json_decref(made);
            json_decref(text);
            mem_free(quoted);
            told++;
        }
        json_decref(manifest);
    }
    assert_true(told > 20);
}

/* What systems say in an answer, by the sheets; which cause is told, and a word of the remedy,
 * which is the manifest's where it has one. */
struct said {
    const char *system, *action;
    int status;
    const char *body; /* NULL: a database's refusal, whose code is `code` */
    const char *code, *cause, *word;
};
#define SHOPIFY_SAYS(code) \
    "{\"data\":null,\"errors\":[{\"message\":\"no\",\"extensions\":{\"code\":\"" code "\"}}]}"
static const struct said sayings[] = {
    { "paytrace", "sale", 400,
      "{\"success\":false,\"response_code\":102,\"approval_message\":\"DECLINE - Do not honor\"}",
      NULL, "declined", "another card" },
    { "paytrace", "sale", 400, "{\"success\":false,\"response_code\":103}", NULL, "declined",
      "billing address" },
    { "paytrace", "sale", 400, "{\"success\":false,\"errors\":{\"30\":[\"not found\"]}}", NULL,
      "not_found", "customer id" },
    { "paytrace", "sale", 400, "{\"success\":false,\"errors\":{\"981\":[\"insufficient\"]}}", NULL,
      "permission", "Users" },
    { "paytrace", "sale", 401, "{\"error\":\"invalid_token\"}", NULL, "credential", "API user" },
    { "paytrace", "sale", 429, "{}", NULL, "rate_limit", "PayTrace's support" },
    { "paytrace", "refund", 400, "{\"success\":false,\"errors\":{\"817\":[\"not settled\"]}}", NULL,
      "refused", "Void it" },
    { "cybersource", "sale", 201,
      "{\"status\":\"DECLINED\",\"errorInformation\":{\"reason\":\"INSUFFICIENT_FUND\","
      "\"message\":\"Insufficient funds\"}}",
      NULL, "declined", "another card" },
    { "cybersource", "sale", 401, "{\"response\":{\"rmsg\":\"Authentication Failed\"}}", NULL,
      "credential", "Key Management" },
    { "cybersource", "sale", 429, "{}", NULL, "rate_limit", "Cybersource" },
    { "cybersource", "net_fundings", 404, "{}", NULL, "not_found", "Business Center" },
    { "dynamics365", "create_row", 401, "{\"error\":{\"code\":\"\",\"message\":\"\"}}", NULL,
      "credential", "AADSTS7000215" },
    { "dynamics365", "create_row", 403,
      "{\"error\":{\"code\":\"0x80040220\",\"message\":\"missing prvCreateAccount\"}}", NULL,
      "permission", "security role" },
    { "dynamics365", "update_row", 404,
      "{\"error\":{\"code\":\"0x80040217\",\"message\":\"Does Not Exist\"}}", NULL, "not_found",
      "merged" },
    { "dynamics365", "create_row", 429, "{\"error\":{\"code\":\"0x80072322\"}}", NULL, "rate_limit",
      "application users" },
    { "dynamics365", "update_row", 412, "{\"error\":{\"code\":\"0x80060882\"}}", NULL, "conflict",
      "read anew" },
    { "dynamics_sl", "create_customer", 401, "{}", NULL, "credential", "site key" },
    { "dynamics_sl", "quick_query", 200, "{\"errorMessage\":\"Period to post is not open\"}", NULL,
      "period_closed", "GL Setup" },
    { "dynamics_sl", "quick_query", 404, "{}", NULL, "not_found", "company" },
    { "sage500", "enter_receipt", 0, NULL, "229", "permission", "Grant" },
    { "sage500", "enter_receipt", 0, NULL, "1205", "passing", "import" },
    { "shopify", "create_transaction", 201,
      "{\"transaction\":{\"status\":\"failure\",\"message\":\"declined\"}}", NULL, "declined",
      "another way to pay" },
    { "shopify", "create_transaction", 401, "{\"errors\":\"[API] Invalid API key\"}", NULL,
      "credential", "scopes" },
    { "shopify", "create_transaction", 403, "{\"errors\":\"This action requires\"}", NULL,
      "permission", "scope" },
    { "shopify", "create_transaction", 404, "{\"errors\":\"Not Found\"}", NULL, "not_found",
      "API version" },
    { "shopify", "create_transaction", 429, "{}", NULL, "rate_limit", "all flows of this app" },
    { "shopify", "create_transaction", 402, "{}", NULL, "system_down", "outstanding" },
    { "shopify", "create_transaction", 423, "{}", NULL, "system_down", "support" },
    { "shopify", "create_transaction", 430, "{}", NULL, "refused", "looks like one" },
    { "shopify", "mark_paid", 200, SHOPIFY_SAYS("ACCESS_DENIED"), NULL, "permission", "scope" },
    { "shopify", "graphql", 200, SHOPIFY_SAYS("ACCESS_DENIED"), NULL, "permission", "scope" },
    { "shopify", "graphql_mutation", 200, SHOPIFY_SAYS("SHOP_INACTIVE"), NULL, "system_down",
      "admin" },
    { "azure_ml", "score", 401, "{}", NULL, "credential", "endpoint" },
    { "azure_ml", "score", 429, "{}", NULL, "rate_limit", NULL },
    { "azure_ml", "score", 424, NULL, "429", "rate_limit", NULL },
};

static struct manifest *said_manifest(const char *name)
{
    const struct embedded_manifest *own = embedded_manifests;
    struct faults faults;
    struct manifest *manifest;

    while (strcmp(own->name, name) != 0)
        own++;
    faults_init(&faults);
    manifest = manifest_read(own->name, own->text, own->size, &faults);
    faults_fini(&faults);
    assert_non_null(manifest);
    return manifest;
}

static struct reply_verdict said_verdict(const struct manifest *manifest, const struct said *said)
{
    struct manifest_answer answer = { .status = said->status, .code = said->code };
    const struct action *action = NULL;
    struct reply_verdict verdict;
    char code[MANIFEST_CODE], message[320];
    struct err e;

    for (size_t i = 0; i < manifest->action_count; i++)
        if (strcmp(strrchr(manifest->actions[i].name, '.') + 1, said->action) == 0)
            action = &manifest->actions[i];
    if (action == NULL)
        fail_msg("%s has no action %s", said->system, said->action);
    if (said->body != NULL) {
        answer.body = json_read(said->body, strlen(said->body), &json_limits_reply, &e);
        answer.code = manifest_code(manifest, answer.body, NULL, code);
    }
    reply_message(answer.body, manifest->messages, message, sizeof message);
    answer.message = message;
    verdict = action_classify(action, &answer);
    json_decref(answer.body);
    return verdict;
}

static void test_systems(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof sayings / sizeof *sayings; i++) {
        const struct said *said = &sayings[i];
        struct manifest *manifest = said_manifest(said->system);
        struct reply_verdict verdict = said_verdict(manifest, said);
        json_t *details = NULL, *error, *made;
        const char *remedy;
        char *text;

        reply_mean(&details, &verdict.meaning);
        error = json_pack("{s:s, s:s, s:s, s:o*}", "kind", err_name(verdict.code), "text",
                          "it said no", "step", "pay", "details", details);
        text = json_text_new(error, LIMIT_OUTPUT, NULL);
        put(2000 + i, "aa11", RUN_FAILED, text, 5000);
        made = of(2000 + i);
        if (strcmp(json_get_text(made, "cause"), said->cause) != 0)
            fail_msg("%u: %s %d: %s", i, said->system, said->status, json_get_text(made, "cause"));
        remedy = json_get_text(json_object_get(made, "system"), "remedy");
        if (said->word != NULL && (remedy == NULL || strstr(remedy, said->word) == NULL))
            fail_msg("%u: %s %d: %s", i, said->system, said->status, remedy);
        json_decref(made);
        json_decref(error);
        mem_free(text);
        manifest_free(manifest);
    }
}

/* The step and its connection, from the definition of the version that failed. */
static void test_place(void **state)
{
    static const char flow[] =
        "{\"flow\":{\"nodes\":[{\"id\":\"all\",\"config\":{\"body\":{\"nodes\":[{\"id\":\"charge\","
        "\"title\":\"Charge "
        "it\",\"type\":\"connector.paytrace.sale\",\"connection\":\"gateway\"}]}}}"
        "]}}";
    struct err e;
    json_t *made, *place;

    (void)state;
    assert_int_equal(store_put_version(shop.store, "aa11", "orders", flow, sizeof flow - 1, 1, &e),
                     ERR_OK);
    put(30, "aa11", RUN_FAILED, "{\"kind\":\"auth\",\"text\":\"401\",\"step\":\"all[2]/charge\"}",
        5000);
    made = of(30);
    place = json_array_get(json_object_get(made, "evidence"), 1);
    assert_string_equal(json_get_text(place, "code"), "place");
    assert_string_equal(json_get_text(place, "text"),
                        "it was the step \"Charge it\", over the connection \"gateway\"");
    assert_string_equal(json_get_text(json_object_get(place, "params"), "connection"), "gateway");
    assert_string_equal(json_get_text(json_object_get(made, "link"), "connection"),
                        "main/production/orders/gateway");
    json_decref(made);
}

static void test_exceptions(void **state)
{
    struct err e;
    json_t *one = json_pack("{s:s, s:s, s:s, s:i, s:s}", "type", "connection", "state", "halted",
                            "connection", "main/production/orders/erp", "waiting", 14, "since",
                            "2026-11-22T09:12:00.000Z");
    json_t *made = diagnosis_of_exception(shop.store, one, &e);

    (void)state;
    assert_string_equal(json_get_text(made, "cause"), "halted");
    assert_int_equal(json_get_int(made, "affected", 0), 14);
    assert_string_equal(json_get_text(made, "since"), "2026-11-22T09:12:00.000Z");
    assert_string_equal(json_get_text(json_array_get(json_object_get(made, "evidence"), 0), "text"),
                        "14 runs wait for it");
    assert_null(json_object_get(made, "system"));
    json_decref(made);
    json_object_set_new(one, "system", json_string("PayTrace"));
    json_object_set_new(one, "credential", json_string("See the user."));
    made = diagnosis_of_exception(shop.store, one, &e);
    assert_string_equal(json_get_text(json_object_get(made, "system"), "remedy"), "See the user.");
    json_decref(made);
    json_object_set_new(one, "state", json_string("broken"));
    made = diagnosis_of_exception(shop.store, one, &e);
    assert_string_equal(json_get_text(made, "cause"), "breaker");
    json_decref(made);
    json_object_set_new(one, "title",
                        json_string("no trusted TLS connection to erp.example port 443: expired"));
    made = diagnosis_of_exception(shop.store, one, &e);
    assert_string_equal(json_get_text(made, "cause"), "untrusted");
    json_decref(made);
    json_object_set_new(one, "type", json_string("in_doubt"));
    made = diagnosis_of_exception(shop.store, one, &e);
    assert_string_equal(json_get_text(made, "cause"), "in_doubt");
    json_decref(made);
    json_object_set_new(one, "type", json_string("review"));
    assert_null(diagnosis_of_exception(shop.store, one, &e));
    json_decref(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kinds, shop_in_memory, shop_end),
        cmocka_unit_test_setup_teardown(test_alike, shop_in_memory, shop_end),
        cmocka_unit_test_setup_teardown(test_version, shop_in_memory, shop_end),
        cmocka_unit_test_setup_teardown(test_connectors, shop_in_memory, shop_end),
        cmocka_unit_test_setup_teardown(test_systems, shop_in_memory, shop_end),
        cmocka_unit_test_setup_teardown(test_place, shop_in_memory, shop_end),
        cmocka_unit_test_setup_teardown(test_exceptions, shop_in_memory, shop_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
