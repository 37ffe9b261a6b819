/* flow.c - a definition compiled: what it becomes, what is refused with its place and remedy, and
 * that nothing is left over. */
#include "flow_try.h"

#include "base/fault.h"

static const char payments[] =
    "{ \"weft\": 1,\n"
    "  \"name\": \"PayTrace payment to Dynamics 365\",\n"
    "  \"settings\": { \"dedupe\": \"=trigger.body.transactionId\",\n"
    "                \"order_by\": \"=trigger.body.customerId\",\n"
    "                \"concurrency\": 50, \"timeout\": \"10m\", \"retention\": \"400d\",\n"
    "                \"on_failure\": \"notify-finance\" },\n"
    "  \"nodes\": [\n"
    "    { \"id\": \"paid\",  \"type\": \"trigger.webhook\",\n"
    "      \"config\": { \"path\": \"paytrace/payments\", \"respond\": \"accepted\",\n"
    "        \"verify\": { \"type\": \"hmac\", \"header\": \"X-Signature\",\n"
    "          \"algorithm\": \"sha256\", \"encoding\": \"hex\", \"secret\": \"paytrace_webhook\" "
    "} "
    "} },\n"
    "    { \"id\": \"entry\", \"type\": \"transform.map\",   \"config\": { \"fields\": [\n"
    "        { \"to\": \"amount\",  \"from\": \"=decimal(trigger.body.amount):round(2)\" },\n"
    "        { \"to\": \"posted\",  \"from\": \"=date.format(trigger.body.timestamp, "
    "'MM/dd/yyyy', 'America/New_York')\" },\n"
    "        { \"to\": \"account\", \"from\": \"=lookup('gl_accounts', "
    "trigger.body.paymentMethodType)\" } ] } },\n"
    "    { \"id\": \"route\", \"type\": \"branch.switch\", \"config\": { \"cases\": [\n"
    "        { \"port\": \"paid\",   \"when\": \"=trigger.body.status == 'Approved'\" },\n"
    "        { \"port\": \"refund\", \"when\": \"=trigger.body.status == 'Refunded'\" } ], "
    "\"else\": \"review\" } },\n"
    "    { \"id\": \"post\",  \"type\": \"connector.dynamics365.create_payment_journal\", "
    "\"connection\": \"erp\",\n"
    "      \"config\": { \"input\": \"=steps.entry\" },\n"
    "      \"retry\": { \"attempts\": 6, \"backoff\": \"exponential\", \"initial\": \"1s\", "
    "\"max\": \"5m\", \"jitter\": 0.2 },\n"
    "      \"on_error\": \"route\" } ],\n"
    "  \"edges\": [ { \"from\": \"paid\", \"to\": \"entry\" }, { \"from\": \"entry\", \"to\": "
    "\"route\" },\n"
    "             { \"from\": \"route\", \"port\": \"paid\", \"to\": \"post\" } ] }";

static void the_example_compiles(void **state)
{
    struct try *try = *state;
    struct flow *flow = try_compile(try, payments, NULL);
    const struct flow_node *post;

    if (flow == NULL)
        fail_msg("%s", buf_text(&try->said));
    assert_int_equal(try->faults.errors, 0);
    try_says(try, "warning: there is no lookup \"gl_accounts\"; there is nothing");
    assert_null(strstr(buf_text(&try->said), "/settings"));
    assert_string_equal(flow->name, "PayTrace payment to Dynamics 365");
    assert_string_equal(flow->slug, "pay");
    assert_string_equal(flow->on_failure, "notify-finance");
    assert_int_equal(flow->concurrency, 50);
    assert_int_equal(flow->timeout_ms, 600000);
    assert_int_equal(flow->retention_ms, INT64_C(400) * 86400000);
    assert_non_null(flow->dedupe);
    assert_non_null(flow->order_by);
    assert_int_equal(flow->node_count, 4);
    assert_int_equal(flow->edge_count, 3);
    assert_int_equal(flow->expression_count, 8);
    assert_string_equal(flow->expressions[0]->name, "flow, /settings/dedupe");
    post = &flow->nodes[flow_node_find(flow, "post")];
    assert_ptr_equal(post->type, &try_post_type);
    assert_string_equal(post->connection, "erp");
    assert_string_equal(post->pointer, "/nodes/3");
    assert_int_equal(post->retry.attempts, 6);
    assert_true(post->retry.exponential);
    assert_int_equal(post->retry.initial_ms, 1000);
    assert_int_equal(post->retry.max_ms, 300000);
    assert_true(post->retry.jitter > 0.19 && post->retry.jitter < 0.21);
    assert_int_equal(post->on_error, ON_ERROR_ROUTE);
}

static void nodes_know_their_ports_and_edges(void **state)
{
    struct try *try = *state;
    struct flow *flow = try_compile(try, payments, NULL);
    const struct flow_node *route = &flow->nodes[2], *post = &flow->nodes[3];

    assert_int_equal(route->port_count, 3);
    assert_string_equal(route->ports[0], "paid");
    assert_string_equal(route->ports[1], "refund");
    assert_string_equal(route->ports[2], "review");
    assert_int_equal(post->port_count, 2);
    assert_string_equal(post->ports[0], "out");
    assert_string_equal(post->ports[1], "error");
    assert_int_equal(flow_port_find(post, "error"), 1);
    assert_int_equal(flow_port_find(post, "paid"), -1);
    assert_int_equal(flow_node_find(flow, "nobody"), -1);
    assert_int_equal(route->in_count, 1);
    assert_int_equal(flow->edges[route->in[0]].from, 1);
    assert_int_equal(route->out_count, 1);
    assert_int_equal(flow->edges[route->out[0]].to, 3);
    assert_int_equal(flow->edges[route->out[0]].port, 0);
}

static void the_version_is_the_bundle(void **state)
{
    struct try *try = *state;
    char first[DIGEST_TEXT], digest[DIGEST_TEXT];
    char *text;
    size_t size;

    try_compile(try, payments, NULL);
    memcpy(first, try->flow->version, sizeof first);
    text = json_text_new(try->flow->bundle, LIMIT_REPLY, &size);
    digest_text(text, size, digest);
    mem_free(text);
    assert_string_equal(first, digest);
    try_compile(try, payments, NULL);
    assert_string_equal(try->flow->version, first);
    try_compile(try, payments, "{\"rules\":{\"a\":\"return {}\"}}");
    assert_string_not_equal(try->flow->version, first);
}

static void a_flow_lives_as_long_as_somebody_counts_on_it(void **state)
{
    struct try *try = *state;
    struct flow *flow = flow_ref(try_compile(try, payments, NULL));

    flow_unref(try->flow);
    try->flow = NULL;
    assert_string_equal(flow->nodes[0].id, "paid");
    flow_unref(flow);
    flow_unref(NULL);
}

static void faults_say_where_they_stand(void **state)
{
    struct try *try = *state;

    try_compile(try,
                "{\"weft\":1,\"name\":\"x\",\n"
                " \"nodes\":[\n"
                "  {\"id\":\"t\",\"type\":\"trigger.manual\"},\n"
                "  {\"id\":\"m\",\"type\":\"transform.mpa\"},\n"
                "  {\"id\":\"s\",\"type\":\"transform.script\",\"config\":{\n"
                "     \"soruce\":\"return 1\"}}],\n"
                " \"edges\":[{\"from\":\"t\",\"to\":\"mm\"}],\n"
                " \"colour\":1}",
                NULL);
    assert_null(try->flow);
    try_says(try, "pay/flow.json:4:20: /nodes/1/type: there is no node type \"transform.mpa\"; did "
                  "you mean \"transform.map\"?\n");
    try_says(try, "pay/flow.json:5:48: /nodes/2/config: \"source\" is missing");
    try_says(try, "pay/flow.json:6:6: /nodes/2/config/soruce: there is no member \"soruce\"; did "
                  "you mean \"source\"?\n");
    try_says(try,
             "pay/flow.json:7:28: /edges/0/to: there is no node \"mm\"; did you mean \"m\"?\n");
    try_says(try, "pay/flow.json:8:2: /colour: there is no member \"colour\"; there is ");
}

static void without_the_text_faults_stand_at_the_beginning(void **state)
{
    struct try *try = *state;
    json_t *bundle = json_pack("{s{si ss s[]}}", "flow", "weft", 1, "name", "x", "nodes");

    try->flow = flow_compile(bundle, "x", "x", NULL, 0, try->registry, NULL, &try->faults);
    json_decref(bundle);
    assert_null(try->flow);
    try_say(try);
    try_says(try, "x:1:1: /nodes: a flow needs a trigger");
}

static void a_config_is_released_once_whatever_happens(void **state)
{
    struct try *try = *state;
    static const char manual[] = "{\"id\":\"t\",\"type\":\"trigger.manual\"},";
    static const char edge[] = "{\"from\":\"t\",\"to\":\"p\"}";
    static const struct {
        const char *config;
        bool fine;
        unsigned compiled;
    } cases[] = {
        { "{}", true, 1 },
        { "{\"call\":\"fault\"}", false, 1 },
        { "{\"call\":5}", false, 0 },
        { "{\"call\":\"gone:fn\"}", false, 1 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf nodes;

        try_probe_compiled = try_probe_released = 0;
        buf_init(&nodes, 1000);
        buf_addf(&nodes, "%s{\"id\":\"p\",\"type\":\"test.probe\",\"config\":%s}", manual,
                 cases[i].config);
        try_graph(try, buf_text(&nodes), edge);
        buf_fini(&nodes);
        assert_int_equal(try->flow != NULL, cases[i].fine);
        flow_unref(try->flow);
        try->flow = NULL;
        assert_int_equal(try_probe_compiled, cases[i].compiled);
        assert_int_equal(try_probe_released, cases[i].compiled);
    }
}

static void durations_are_exact(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        { "0ms", 0 },
        { "250ms", 250 },
        { "5s", 5000 },
        { "1.5s", 1500 },
        { "0.001s", 1 },
        { "10m", 600000 },
        { "2h", 7200000 },
        { "7d", 604800000 },
        { "400d", INT64_C(34560000000) },
        { "0.5d", 43200000 },
        { "1.50s", 1500 },
        { "", -1 },
        { "5", -1 },
        { "s", -1 },
        { "-1s", -1 },
        { "+1s", -1 },
        { "1 s", -1 },
        { " 1s", -1 },
        { "1s ", -1 },
        { "1S", -1 },
        { "1.s", -1 },
        { ".5s", -1 },
        { "0.0005s", -1 },
        { "1.5ms", -1 },
        { "1e3s", -1 },
        { "1h30m", -1 },
        { "99999999999999999999d", -1 },
        { "40000d", -1 },
        { "1.0000000000000000000s", -1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (flow_duration(cases[i].text) != cases[i].ms)
            fail_msg("%s gives %lld", cases[i].text, (long long)flow_duration(cases[i].text));
}

/* The rules layer's faults come with line 0 and are placed by their pointer. */
static void refuse_rules(void *arg, const struct flow *flow, const char *file,
                         struct faults *faults)
{
    (*(unsigned *)arg)++;
    faults_add(faults, false, file, 0, 0, flow->expressions[0]->pointer, "the rule is wrong");
    faults_add(faults, false, "rules/a.lua", 7, 1, "", "the module is wrong");
}

static void rules_are_checked_by_who_knows_them(void **state)
{
    struct try *try = *state;
    unsigned calls = 0;
    const struct flow_services services = { &calls, refuse_rules };
    static const char text[] =
        "{\"weft\":1,\"name\":\"x\",\n\"nodes\":[{\"id\":\"t\",\"type\":\"trigger.manual\"},\n"
        "{\"id\":\"r\",\"type\":\"connector.respond\",\"config\":{\"body\":\"=)\"}}],\n"
        "\"edges\":[{\"from\":\"t\",\"to\":\"r\"}]}";
    struct err e;
    json_t *bundle = json_object();

    json_object_set_new(bundle, "flow", json_read(text, strlen(text), &json_limits_flow, &e));
    try->flow = flow_compile(bundle, "x", "x.json", text, strlen(text), try->registry, &services,
                             &try->faults);
    json_decref(bundle);
    assert_null(try->flow);
    assert_int_equal(calls, 1);
    try_say(try);
    assert_string_equal(buf_text(&try->said),
                        "rules/a.lua:7:1: /: the module is wrong\n"
                        "x.json:3:55: /nodes/1/config/body: the rule is wrong\n");
}

static void the_parts_of_a_bundle_are_checked(void **state)
{
    struct try *try = *state;
    static const char text[] = "{\"weft\":1,\"name\":\"x\",\"nodes\":[{\"id\":\"t\",\"type\":"
                               "\"trigger.manual\"}]}";

    try_compile(try, text,
                "{\"extra\":1,\"rules\":{\"A\":\"x\",\"b\":5},\"lookups\":{\"c\":[]},"
                "\"connections\":{\"weft\":1,\"secret\":1}}");
    assert_null(try->flow);
    try_says(try, "pay/flow.json:1:1: /: a bundle has no part \"extra\"");
    try_says(try, "pay/rules/A.lua:1:1: /: \"A\" cannot name a rule module");
    try_says(try, "pay/rules/b.lua:1:1: /: a rule module is a text, not: ");
    try_says(try, "pay/lookups/c.json:1:1: /: a lookup is an object");
    try_says(try, "pay/connections.json:1:1: /secret: there is no member \"secret\"; did you mean "
                  "\"secrets\"?");
    try_compile(try, text, "{\"rules\":[],\"lookups\":7,\"connections\":\"x\"}");
    try_says(try, "the bundle's \"rules\" must be an object");
    try_says(try, "the bundle's \"lookups\" must be an object");
    try_says(try, "the bundle's \"connections\" must be an object");
}

static void what_is_published_can_be_read_again(void **state)
{
    struct try *try = *state;
    struct buf deep;

    buf_init(&deep, 10000);
    buf_add_text(&deep, "{\"weft\":1,\"name\":\"x\",\"nodes\":[],\"ui\":");
    for (int i = 0; i < 63; i++)
        buf_add_text(&deep, "{\"a\":");
    buf_add_char(&deep, '1');
    for (int i = 0; i < 64; i++)
        buf_add_char(&deep, '}');
    try_compile(try, buf_text(&deep), NULL);
    buf_fini(&deep);
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 1);
    try_says(try, "nested deeper than 63 levels");
}

/* Each allocation of a foreign size fails in turn: no crash, no leak, and no
 * flow without a fault. */
static void no_lack_of_memory_is_passed_over(void **state)
{
    struct try *try = *state;
    struct err e;
    json_t *bundle = json_object();
    unsigned nth = 0, hits;

    json_object_set_new(bundle, "flow",
                        json_read(payments, strlen(payments), &json_limits_flow, &e));
    do {
        fault_arm("mem.try", ++nth, false);
        try->flow = flow_compile(bundle, "x", "x.json", payments, strlen(payments), try->registry,
                                 NULL, &try->faults);
        hits = fault_hits();
        fault_disarm();
        assert_int_equal(try->flow == NULL, try->faults.errors > 0);
        flow_unref(try->flow);
        try->flow = NULL;
        faults_fini(&try->faults);
    } while (hits >= nth);
    assert_in_range(nth, 10, 100000);
    json_decref(bundle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY(the_example_compiles),
        TRY(nodes_know_their_ports_and_edges),
        TRY(the_version_is_the_bundle),
        TRY(a_flow_lives_as_long_as_somebody_counts_on_it),
        TRY(faults_say_where_they_stand),
        TRY(without_the_text_faults_stand_at_the_beginning),
        TRY(a_config_is_released_once_whatever_happens),
        TRY(durations_are_exact),
        TRY(rules_are_checked_by_who_knows_them),
        TRY(the_parts_of_a_bundle_are_checked),
        TRY(what_is_published_can_be_read_again),
        TRY(no_lack_of_memory_is_passed_over),
    };

    return cmocka_run_group_tests(tests, try_install, NULL);
}
