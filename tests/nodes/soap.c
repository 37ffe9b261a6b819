/* soap.c - "connector.soap" on a stage: the envelope that leaves, and what each answer leads to. */
#include "node_run.h"

#define BODY         "{'id': 'T1', 'name': 'O<Neil & Co', 'amount': 100.10, 'evil': 'x</a><b>'}"
#define URL          "'url': 'http://127.0.0.1/s.asmx'"
#define S11          "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP(config) "{'id': 'it', 'type': 'connector.soap', 'config': {" config "}}"
#define TEXT         "'body': '<p xmlns=\\'urn:p\\'><n>{{ trigger.body.name }}</n></p>'"
#define TYPE         .header = "Content-Type", .value = "text/xml; charset=utf-8"
#define ENVELOPE(body)                                                                 \
    "<?xml version=\"1.0\"?><e:Envelope xmlns:e=\"" S11 "\"><e:Body>" body "</e:Body>" \
    "</e:Envelope>"
#define FAULT(code, text)                                                                  \
    ENVELOPE("<e:Fault><faultcode>" code "</faultcode><faultstring>" text "</faultstring>" \
             "</e:Fault>")

static const struct fake_answer fine = {
    .status = 200, .body = ENVELOPE("<r xmlns=\"urn:p\"><no>7</no><no>8</no></r>"), TYPE
};

static struct stage *play(const char *node, const char *connections,
                          const struct fake_answer *given, size_t count, struct node_result *result)
{
    struct stage *stage = stage_new();

    fake_http_script(stage_http(stage), "://", given, count);
    node_run_parts(stage, node, "", "", connections, BODY, result);
    return stage;
}

static void sends(const char *node, const char *body, const char *headers)
{
    struct node_result result;
    struct stage *stage = play(node, NULL, &fine, 1, &result);
    const struct fake_sent *sent;

    if (fake_http_count(stage_http(stage), "://") != 1)
        fail_msg("%s: %s", node, json_get_text(result.error, "text"));
    sent = fake_http_sent(stage_http(stage), "://", 0);
    assert_string_equal(sent->method, "POST");
    if (body != NULL)
        assert_string_equal(sent->body, body);
    if (strstr(sent->headers, headers) == NULL)
        fail_msg("%s", sent->headers);
    node_run_end(&result);
    stage_free(stage);
}

static void ends(const char *node, const struct fake_answer *given, const char *kind,
                 const char *part)
{
    struct node_result result;
    struct stage *stage = play(node, NULL, given, 1, &result);
    const char *text = json_get_text(result.error, "text");

    if (text == NULL || strcmp(json_get_text(result.error, "kind"), kind) != 0 ||
        strstr(text, part) == NULL)
        fail_msg("%s: wanted %s \"%s\", is %s \"%s\"", given->body, kind, part,
                 json_get_text(result.error, "kind"), text);
    node_run_end(&result);
    stage_free(stage);
}

static void test_the_envelope(void **state)
{
    (void)state;
    sends(SOAP(URL ", " TEXT ", 'action': 'urn:p/go'"),
          "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"" S11
          "\"><soap:Body><p xmlns=\"urn:p\"><n>O&lt;Neil &amp; Co</n></p></soap:Body>"
          "</soap:Envelope>",
          "SOAPAction: \"urn:p/go\"\n");
    sends(SOAP(URL ", " TEXT), NULL, "Content-Type: text/xml; charset=utf-8\n");
    sends(SOAP(URL ", " TEXT ", 'version': '1.2', 'action': 'urn:p/go'"), NULL,
          "Content-Type: application/soap+xml; charset=utf-8; action=\"urn:p/go\"\n");
    sends(SOAP(URL ", 'header': '<h>{{ trigger.body.evil }}</h>', 'body': '<a/>'"),
          "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"" S11
          "\"><soap:Header><h>x&lt;/a&gt;&lt;b&gt;</h></soap:Header><soap:Body><a/></soap:Body>"
          "</soap:Envelope>",
          "SOAPAction: \"\"\n");
}

static void test_what_does_not_leave(void **state)
{
    (void)state;
    node_fails(SOAP(URL ", 'body': '<a>{{raw: trigger.body.evil}}</a>'"), BODY, "invalid",
               "the envelope is no XML");
    node_fails(SOAP("'url': '=trigger.body.none', 'body': '<a/>'"), BODY, "invalid",
               "the address of the request must be a text");
}

static void test_the_answer(void **state)
{
    struct node_result result;
    struct stage *stage = play(SOAP(URL ", " TEXT), NULL, &fine, 1, &result);

    (void)state;
    node_try_same(json_incref(json_object_get(result.output, "body")), "{'r': {'no': ['7', '8']}}");
    node_run_end(&result);
    stage_free(stage);
    stage = play(SOAP(URL ", " TEXT ", 'namespaces': {'p': 'urn:p'}"), NULL, &fine, 1, &result);
    node_try_same(json_incref(json_object_get(result.output, "body")),
                  "{'p:r': {'p:no': ['7', '8']}}");
    node_run_end(&result);
    stage_free(stage);
    stage = play(SOAP(URL ", " TEXT ", 'answer': 'xml'"), NULL, &fine, 1, &result);
    assert_string_equal(json_get_text(result.output, "body"), fine.body);
    node_run_end(&result);
    stage_free(stage);
}

#define NODE(more)    SOAP(URL ", " TEXT more)
#define SAYS(s, text) (&(const struct fake_answer){ .status = s, .body = text, TYPE })

static void test_faults_are_kinds(void **state)
{
    (void)state;
    ends(NODE(""), SAYS(500, FAULT("e:Client", "no such customer")), "invalid",
         "the fault e:Client: no such customer");
    ends(NODE(""), SAYS(200, FAULT("e:Client", "no")), "invalid", "the fault e:Client");
    ends(NODE(""), SAYS(500, FAULT("e:Server", "boom")), "in_doubt", "e:Server: boom");
    ends(NODE(", 'effect': 'none'"), SAYS(500, FAULT("e:Server", "boom")), "transient", "boom");
    ends(NODE(""), SAYS(500, FAULT("x:FailedAuthentication", "who")), "auth", "who");
    ends(NODE(""), SAYS(401, ""), "auth", "answered 401, without a fault");
    ends(NODE(""), SAYS(502, "<html>Bad Gateway</html>"), "in_doubt", "answered 502");
    ends(NODE(""),
         SAYS(500,
              "<t:Envelope xmlns:t=\"http://www.w3.org/2003/05/soap-envelope\"><t:Body><t:Fault>"
              "<t:Code><t:Value>t:Sender</t:Value><t:Subcode><t:Value>x:NoStock</t:Value>"
              "</t:Subcode></t:Code><t:Reason><t:Text>none left</t:Text></t:Reason></t:Fault>"
              "</t:Body></t:Envelope>"),
         "invalid", "t:Sender, x:NoStock: none left");
}

static void test_rules_come_first(void **state)
{
#define RULES                                                                               \
    ", 'errors': [{'code': 'Server', 'message': 'DEADLOCK', 'kind': 'transient', "          \
    "'not_processed': true}, {'path': '//*[local-name()=\\'err\\']', 'message': 'period', " \
    "'kind': 'invalid', 'not_processed': true}, {'path': "                                  \
    "'//*[local-name()=\\'err\\'][. != \\'\\']', 'kind': 'transient'}]"
    (void)state;
    ends(NODE(RULES), SAYS(500, FAULT("e:Server", "a deadlock")), "transient", "a deadlock");
    ends(NODE(RULES), SAYS(200, ENVELOPE("<r><err>the Period is closed</err></r>")), "invalid",
         "the system refused it: the Period is closed");
    ends(NODE(RULES), SAYS(200, ENVELOPE("<r><err>else</err></r>")), "in_doubt", "else");
}

/* What the diagnosis of a failure is told. */
static void means(const char *node, const struct fake_answer *given, const char *member,
                  const char *wanted)
{
    struct node_result result;
    struct stage *stage = play(node, NULL, given, 1, &result);
    const json_t *meaning = json_object_get(json_object_get(result.error, "details"), "meaning");
    const char *said = json_get_text(meaning, member);

    if (wanted == NULL ? said != NULL : said == NULL || strcmp(said, wanted) != 0)
        fail_msg("%s of %s: %s", member, given->body, said);
    node_run_end(&result);
    stage_free(stage);
}

static void test_rules_say_what_to_do(void **state)
{
#define CLOSED                                                                            \
    ", 'errors': [{'path': '//*[local-name()=\\'err\\']', 'message': 'period', 'kind': "  \
    "'invalid', 'not_processed': true, 'cause': 'period_closed', 'remedy': 'Open it.'}, " \
    "{'code': 'Server', 'kind': 'transient'}]"
    (void)state;
    means(NODE(CLOSED), SAYS(200, ENVELOPE("<r><err>the period</err></r>")), "cause",
          "period_closed");
    means(NODE(CLOSED), SAYS(200, ENVELOPE("<r><err>the period</err></r>")), "remedy", "Open it.");
    means(NODE(CLOSED), SAYS(500, FAULT("e:Server", "boom")), "cause", NULL);
    means(NODE(""), SAYS(403, "<html/>"), "cause", "permission");
    means(NODE(""), SAYS(404, ""), "cause", "not_found");
}

static void test_answers_that_are_none(void **state)
{
    static const char bomb[] = "<!DOCTYPE x [<!ENTITY a \"b\">]>" ENVELOPE("<r>&a;</r>");

    (void)state;
    ends(NODE(""), SAYS(200, "<r/>"), "in_doubt", "no SOAP envelope");
    ends(NODE(""), SAYS(200, ""), "in_doubt", "the answer is empty");
    ends(NODE(""), SAYS(200, "<e:Envelope xmlns:e=\"" S11 "\"><e:Bo"), "in_doubt",
         "cannot be read");
    ends(NODE(""), SAYS(200, bomb), "in_doubt", "DOCTYPE");
    ends(NODE(", 'effect': 'none'"), SAYS(200, bomb), "policy", "DOCTYPE");
    ends(NODE(""), SAYS(200, "{\"a\": 1}"), "in_doubt", "cannot be read");
}

#define CONNECTIONS                                                         \
    "{'weft': 1, 'connections': {'erp': {'connector': 'http', 'base_url': " \
    "'https://erp.example/sl', 'secrets': {'key': {'env': 'STAGE_SECRET'}}}}}"
#define CONNECTED(config) \
    "{'id': 'it', 'type': 'connector.soap', 'connection': 'erp', 'config': {" config "}}"
#define SECRET "s3cr3t-of-the-stage"

static void test_secrets_go_in_last(void **state)
{
    struct node_result result;
    struct stage *stage =
        play(CONNECTED("'path': '/p.asmx', 'header': '<k>{{secret: key}}</k><l>{{ "
                       "trigger.body.id }}</l>', 'body': '<a>{{secret:key}}</a>', 'security': "
                       "{'type': 'password_text', 'user': 'u&1', 'secret': 'key'}"),
             CONNECTIONS, &fine, 1, &result);
    const struct fake_sent *sent = fake_http_sent(stage_http(stage), "://", 0);
    json_t *entries;
    char *all;

    (void)state;
    assert_int_equal(result.status, 200);
    assert_non_null(strstr(sent->body, "<k>" SECRET "</k><l>T1</l></soap:Header>"));
    assert_non_null(strstr(sent->body, "<soap:Body><a>" SECRET "</a></soap:Body>"));
    assert_non_null(strstr(sent->body, "<wsse:Username>u&amp;1</wsse:Username>"));
    assert_non_null(strstr(sent->body, "#PasswordText\">" SECRET "</wsse:Password>"));
    entries = fake_store_entries(stage_store(stage), 1);
    all = json_text_new(result.output, MIB, NULL);
    assert_null(strstr(all, SECRET));
    mem_free(all);
    json_decref(entries);
    node_run_end(&result);
    stage_free(stage);
}

static void test_a_digest_is_fresh(void **state)
{
    static const struct fake_answer given[] = {
        { .status = 500, .body = FAULT("e:Server", "again"), TYPE }, { .status = 0 }
    };
    struct fake_answer both[2] = { given[0], fine };
    struct node_result result;
    struct stage *stage = play(
        "{'id': 'it', 'type': 'connector.soap', 'connection': 'erp', 'retry': {'attempts': 2, "
        "'initial': '1s'}, 'config': {'path': '/p', 'effect': 'keyed', 'body': '<a>{{key}}</a>', "
        "'security': {'type': 'password_digest', 'user': 'u', 'secret': 'key'}}}",
        CONNECTIONS, both, 2, &result);
    const struct fake_sent *first = fake_http_sent(stage_http(stage), "://", 0);
    const struct fake_sent *second;

    (void)state;
    assert_int_equal(fake_http_count(stage_http(stage), "://"), 2);
    second = fake_http_sent(stage_http(stage), "://", 1);
    assert_null(strstr(first->body, SECRET));
    assert_non_null(strstr(first->body, "PasswordDigest"));
    assert_non_null(strstr(first->body, "<wsu:Created>20"));
    assert_string_not_equal(first->body, second->body);
    assert_string_equal(strstr(first->body, "<soap:Body>"), strstr(second->body, "<soap:Body>"));
    node_run_end(&result);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_envelope),
        cmocka_unit_test(test_what_does_not_leave),
        cmocka_unit_test(test_the_answer),
        cmocka_unit_test(test_faults_are_kinds),
        cmocka_unit_test(test_rules_come_first),
        cmocka_unit_test(test_rules_say_what_to_do),
        cmocka_unit_test(test_answers_that_are_none),
        cmocka_unit_test(test_secrets_go_in_last),
        cmocka_unit_test(test_a_digest_is_fresh),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
