/* action_event.c - triggers made from a manifest's webhooks: how a system asks whether it may send,
 * and what of a body it signs. Requests go straight to receive(). */
#include "node_try.h"

#include "nodes/manifest.h"
#include "vault/sign.h"

static const char bell[] =
    "{'weft': 1, 'name': 'bell', 'title': 'Bell', 'version': '1', 'help': 'A bell.', "
    "'environments': {'test': {'base_url': 'http://127.0.0.1'}}, 'sign_in': {'type': 'none'}, "
    "'actions': {'ring': {'title': 'R', 'help': 'R.', 'method': 'GET', 'path': '/r', 'input': "
    "{'type': 'object', 'properties': {}}, 'example': {'input': {}, 'output': {}}}}, 'events': {"
    "'query': {'title': 'Q', 'help': 'Q.', 'webhook': {'path': 'q', 'verify': {'type': 'hmac', "
    "'header': 'X-Sign'}, 'handshake': {'query': 'challenge'}}},"
    "'body': {'title': 'B', 'help': 'B.', 'webhook': {'path': 'b', 'verify': {'type': 'hmac', "
    "'header': 'X-Sign'}, 'handshake': {'when': {'type': 'check'}, 'answer': {'echo': "
    "'{body.code}'}}}},"
    "'empty': {'title': 'E', 'help': 'E.', 'webhook': {'path': 'e', 'verify': {'type': 'hmac', "
    "'header': 'X-Sign'}, 'handshake': {'empty': true}}},"
    "'member': {'title': 'M', 'help': 'M.', 'webhook': {'path': 'm', 'compare': 'payload', "
    "'verify': {'type': 'hmac', 'header': 'X-Sign', 'signed_member': 'payload'}}}}}";

static struct manifest *manifest;

static int begin(void **state)
{
    char *text;
    struct faults faults;
    struct node_try *try;

    if (node_try_begin(state) != 0)
        return -1;
    try = *state;
    text = node_try_text(bell);
    faults_init(&faults);
    manifest = manifest_read("bell", text, strlen(text), &faults);
    if (manifest == NULL)
        fail_msg("%s: %s", faults.list[0].pointer, faults.list[0].text);
    faults_fini(&faults);
    mem_free(text);
    manifest_add(manifest, try->registry);
    return 0;
}

static int end(void **state)
{
    struct node_try *try = *state;

    flow_unref(try->flow);
    try->flow = NULL;
    manifest_free(manifest);
    return node_try_end(state);
}

static bool service_hmac(void *arg, const char *algorithm, const char *encoding, const char *secret,
                         const void *text, size_t size, const char *signature, struct err *e)
{
    (void)arg, (void)e;
    assert_string_equal(secret, "bell_key");
    return sign_hmac_matches(algorithm, encoding, "key", 3, text, size, signature);
}

static bool service_equals(void *arg, const char *secret, const char *text, struct err *e)
{
    (void)arg, (void)secret, (void)text, (void)e;
    return false;
}

/* What one request comes to: "answer: TEXT", "run" or the name of the error. */
static void comes_to(struct node_try *try, const char *type, const char *query, const char *body,
                     const char *signature, const char *wanted)
{
    static const struct node_event_services services = { service_hmac, service_equals };
    const struct flow_node *node =
        node_try_fine(try, type, "{'path': 'x', 'secret': 'bell_key'}", NULL);
    const struct step_pair headers[] = { { "Content-Type", "application/json" },
                                         { "X-Sign", signature } };
    struct node_event event = { .method = "POST",
                                .path = "main/test/x",
                                .query = query,
                                .headers = headers,
                                .header_count = signature != NULL ? 2 : 1,
                                .body = body,
                                .body_size = strlen(body),
                                .services = &services };
    json_t *input = NULL;
    struct err e;
    char is[400];
    enum err_code rc = node->type->receive(&event, node->config, &input, &e);

    if (rc != ERR_OK)
        snprintf(is, sizeof is, "%s", err_name(rc));
    else if (event.answer != NULL)
        snprintf(is, sizeof is, "answer: %s", event.answer);
    else
        snprintf(is, sizeof is, "%s", input != NULL ? "run" : "nothing");
    assert_string_equal(is, wanted);
    assert_true(rc != ERR_OK || (input == NULL) == (event.answer != NULL));
    if (event.answer != NULL)
        assert_non_null(event.answer_type);
    mem_free(event.answer);
    json_decref(input);
}

#define NO_SIGN "signature"

static void a_challenge_in_the_query_is_sent_back(void **state)
{
    comes_to(*state, "trigger.bell.query", "challenge=abc-123", "", NULL, "answer: abc-123");
    comes_to(*state, "trigger.bell.query", "challenge=a%20b&x=1", "", NULL, "answer: a b");
    /* what could be more than a text to whoever shows it is no challenge */
    comes_to(*state, "trigger.bell.query", "challenge=%3Cscript%3E", "{}", NULL, NO_SIGN);
    comes_to(*state, "trigger.bell.query", "challenge=%0d%0aX:1", "{}", NULL, NO_SIGN);
    comes_to(*state, "trigger.bell.query", "challenge=", "{}", NULL, NO_SIGN);
    comes_to(*state, "trigger.bell.query", "other=abc", "{}", NULL, NO_SIGN);
}

static void a_question_in_the_body_is_answered(void **state)
{
    comes_to(*state, "trigger.bell.body", "", "{\"type\":\"check\",\"code\":\"c-1\"}", NULL,
             "answer: {\"echo\":\"c-1\"}");
    comes_to(*state, "trigger.bell.body", "", "{\"type\":\"paid\",\"code\":\"c-1\"}", NULL,
             NO_SIGN);
    comes_to(*state, "trigger.bell.body", "", "{\"type\":\"check\"", NULL, NO_SIGN);
    /* printf '{"type":"paid"}' | openssl dgst -sha256 -hmac key */
    comes_to(*state, "trigger.bell.body", "", "{\"type\":\"paid\"}",
             "67c60020f444fd0706ccc8a8ec10218abd4543783d381d1bb53f193f1d5dd05a", "run");
}

static void an_empty_body_only_asks_whether_we_are_there(void **state)
{
    comes_to(*state, "trigger.bell.empty", "", "", NULL, "answer: ");
    comes_to(*state, "trigger.bell.empty", "", "{}", NULL, NO_SIGN);
}

/* Of a member its compact form is signed, however it is written; or the whole body as it came. */
static void a_member_is_signed_in_place_of_the_whole(void **state)
{
    static const char *const of_member =
        "def2db1299e5d92500570e75d28d238014a2469f0787c99ce94faf2b5da8ef4a";
    static const char *const of_all =
        "e4cccfc3e3a73da7cf5d8ed4488f4c329d235606ec2a273dd80202416dcd5418";

    comes_to(*state, "trigger.bell.member", "", "{\"t\":\"x\",\"payload\":{\"a\":1,\"b\":[2]}}",
             of_member, "run");
    comes_to(*state, "trigger.bell.member", "",
             "{ \"payload\": { \"a\": 1, \"b\": [2] }, \"t\": \"y\" }", of_member, "run");
    comes_to(*state, "trigger.bell.member", "", "{\"t\":\"x\",\"payload\":{\"a\":1,\"b\":[2]}}",
             of_all, "run");
    comes_to(*state, "trigger.bell.member", "", "{\"t\":\"y\",\"payload\":{\"a\":1,\"b\":[2]}}",
             of_all, NO_SIGN);
    comes_to(*state, "trigger.bell.member", "", "{\"t\":\"x\",\"payload\":{\"a\":1,\"b\":[3]}}",
             of_member, NO_SIGN);
    comes_to(*state, "trigger.bell.member", "", "{\"a\":1,\"b\":[2]}", of_member, "run");
    comes_to(*state, "trigger.bell.member", "", "{\"t\":\"x\"}", of_member, NO_SIGN);
    comes_to(*state, "trigger.bell.member", "", "not JSON", of_member, NO_SIGN);
    comes_to(*state, "trigger.bell.member", "", "{\"payload\":{\"a\":1,\"b\":[2]}}", NULL, NO_SIGN);
}

static void what_is_compared_is_the_manifests_proposal(void **state)
{
    const struct flow_node *node =
        node_try_fine(*state, "trigger.bell.member", "{'path': 'x', 'secret': 'bell_key'}", NULL);
    struct node_arm arm = { .method = NULL };

    node->type->arm(node->config, &arm);
    assert_string_equal(arm.compare, "payload");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_challenge_in_the_query_is_sent_back, begin, end),
        cmocka_unit_test_setup_teardown(a_question_in_the_body_is_answered, begin, end),
        cmocka_unit_test_setup_teardown(an_empty_body_only_asks_whether_we_are_there, begin, end),
        cmocka_unit_test_setup_teardown(a_member_is_signed_in_place_of_the_whole, begin, end),
        cmocka_unit_test_setup_teardown(what_is_compared_is_the_manifests_proposal, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
