/* flow_definition.c - the members of a definition, of its nodes and their retry: what is taken,
 * what is clamped, what is refused. */
#include "flow_try.h"

static void a_newer_format_is_not_judged(void **state)
{
    struct try *try = *state;

    try_compile(try, "{\"weft\":2,\"whatever\":[]}", NULL);
    assert_int_equal(try->faults.errors, 1);
    try_says(try, "pay/flow.json:1:9: /weft: made by a newer Weft: this is format 2");
    try_compile(try, "{\"weft\":0,\"name\":\"x\",\"nodes\":[]}", NULL);
    try_says(try, "/weft: there is no format 0; write \"weft\": 1");
    try_compile(try, "{\"name\":\"x\",\"nodes\":[]}", NULL);
    try_says(try, "\"weft\" is missing");
    try_compile(try, "[]", NULL);
    try_says(try, "a flow is an object");
}

static void names_are_texts_of_a_decent_length(void **state)
{
    struct try *try = *state;
    struct buf text;

    try_compile(try,
                "{\"weft\":1,\"name\":\"<script>\xe2\x80\xae\",\"nodes\":[{\"id\":\"t\",\"type\":"
                "\"trigger.manual\",\"title\":\"<b>\"}]}",
                NULL);
    try_is_fine(try);
    assert_string_equal(try->flow->nodes[0].title, "<b>");
    buf_init(&text, LIMIT_FLOW_BYTES);
    buf_add_text(&text, "{\"weft\":1,\"nodes\":[{\"id\":\"t\",\"type\":\"trigger.manual\","
                        "\"title\":\"\"}],\"name\":\"");
    for (unsigned i = 0; i < 1000000; i++)
        buf_add_char(&text, 'x');
    buf_add_text(&text, "\"}");
    try_compile(try, buf_text(&text), NULL);
    buf_fini(&text);
    try_says(try, "/name: the name has 1000000 characters, at most 200 are allowed");
    try_says(try, "/nodes/0/title: a name is missing");
    buf_init(&text, LIMIT_FLOW_BYTES); /* characters are counted, of any writing */
    buf_add_text(&text, "{\"weft\":1,\"nodes\":[{\"id\":\"t\",\"type\":\"trigger.manual\"}],"
                        "\"name\":\"");
    for (unsigned i = 0; i < 200; i++)
        buf_add_text(&text, "\xE5\x90\x8D");
    buf_add_text(&text, "\"}");
    try_compile(try, buf_text(&text), NULL);
    buf_fini(&text);
    assert_int_equal(strlen(try->flow->name), 600);
    try_compile(try, "{\"weft\":1,\"name\":\"a\\nb\",\"nodes\":[]}", NULL);
    try_says(try, "the name holds a control character");
}

static void settings_are_checked(void **state)
{
    struct try *try = *state;

    try_compile(
        try,
        "{\"weft\":1,\"name\":\"x\",\"settings\":{\"dedupe\":\"trigger.body.id\","
        "\"concurrency\":0,\"timeout\":\"0s\",\"retention\":\"soon\",\"on_failure\":\"pay\","
        "\"dedup\":1},\"vars\":[],\"ui\":1,\"nodes\":[]}",
        NULL);
    try_says(try, "/settings/dedupe: a constant would make every event a duplicate");
    try_says(try, "/settings/concurrency: \"concurrency\" must be from 1 to");
    try_says(try, "/settings/timeout: \"timeout\" must be at least 1ms");
    try_says(try, "/settings/retention: \"retention\" is no duration");
    try_says(try, "/settings/on_failure: a flow cannot be its own on_failure");
    try_says(try, "/settings/dedup: there is no member \"dedup\"; did you mean \"dedupe\"?");
    try_says(try, "/vars: \"vars\" must be an object");
    try_says(try, "/ui: \"ui\" must be an object");
    try_compile(try,
                "{\"weft\":1,\"name\":\"x\",\"settings\":{\"on_failure\":\"../etc\"},\"nodes\":[]}",
                NULL);
    try_says(try, "cannot be a flow's name");
    try_compile(try,
                "{\"weft\":1,\"name\":\"x\",\"settings\":{\"dedupe\":{\"a\":\"=b\"},"
                "\"order_by\":null},\"nodes\":[]}",
                NULL);
    try_says(try, "/settings/dedupe: \"dedupe\" must be one expression that gives a text");
    try_says(try, "/settings/order_by: \"order_by\" must be one expression");
}

static void vars_are_constants(void **state)
{
    struct try *try = *state;

    try_compile(
        try,
        "{\"weft\":1,\"name\":\"x\",\"description\":\"d\",\"ui\":{\"zoom\":1},\"notes\":[1],"
        "\"vars\":{\"rate\":0.10,\"odd\":\"=1\"},\"nodes\":[{\"id\":\"t\",\"type\":"
        "\"trigger.manual\",\"ui\":{\"x\":1},\"notes\":\"n\"}]}",
        NULL);
    assert_non_null(try->flow);
    assert_string_equal(json_exact_text(json_object_get(try->flow->vars, "rate")), "0.10");
    assert_int_equal(try->faults.count, 1);
    try_says(try, "/vars/odd: warning: vars are constants");
}

#define ASKED(VARS, PARAMETERS)                                               \
    "{\"weft\":1,\"name\":\"x\",\"vars\":" VARS ",\"parameters\":" PARAMETERS \
    ",\"nodes\":[{\"id\":\"t\",\"type\":\"trigger.manual\"}]}"

static void parameters_are_about_constants(void **state)
{
    struct try *try = *state;

    try_compile(try,
                ASKED("{\"rate\":0.10,\"late\":\"next\",\"zone\":\"UTC\"}",
                      "[{\"name\":\"late\",\"title\":\"Late ones\",\"choices\":["
                      "{\"value\":\"next\",\"title\":\"Next\"},"
                      "{\"value\":\"ask\",\"title\":\"Ask\"}]},"
                      "{\"name\":\"zone\",\"title\":\"Zone\",\"description\":\"d\"},"
                      "{\"name\":\"rate\",\"title\":\"Rate\",\"choices\":["
                      "{\"value\":0.10,\"title\":\"Ten\"}]}]"),
                NULL);
    try_is_fine(try);
    try_compile(try,
                ASKED("{\"late\":\"never\",\"list\":[1]}",
                      "[{\"name\":\"late\",\"title\":\"\",\"choices\":["
                      "{\"value\":\"ask\",\"title\":\"a\"},{\"value\":4,\"title\":\"b\"},"
                      "{\"value\":[],\"title\":\"c\"},{\"value\":\"ask\",\"title\":\"d\"}]},"
                      "{\"name\":\"late\",\"title\":\"L\"},{\"name\":\"gone\",\"title\":\"G\"},"
                      "{\"name\":\"list\",\"titel\":\"L\"}]"),
                NULL);
    try_says(try, "/parameters/0/title: a name is missing");
    try_says(try, "/parameters/0/choices/1/value: \"late\" of \"vars\" is a text, this choice is a "
                  "number");
    try_says(try, "/parameters/0/choices/2/value: a choice is a text, a number, or true or false");
    try_says(try, "/parameters/0/choices/3/value: this choice stands twice");
    try_says(try, "/vars/late: this is none of the choices of /parameters/0/choices");
    try_says(try, "/parameters/1/name: \"late\" is asked twice");
    try_says(try, "/parameters/2/name: there is no \"gone\" in \"vars\"");
    try_says(try, "there is no member \"titel\"; did you mean \"title\"?");
    try_compile(try, ASKED("[]", "{}"), NULL);
    try_says(try, "/parameters: ");
}

static void a_parameter_says_little(void **state)
{
    struct try *try = *state;
    struct buf text;

    buf_init(&text, LIMIT_FLOW_BYTES);
    buf_add_text(&text,
                 "{\"weft\":1,\"name\":\"x\",\"nodes\":[],\"vars\":{\"a\":1},\"parameters\":["
                 "{\"name\":\"a\",\"title\":\"A\",\"description\":\"");
    for (unsigned i = 0; i < 1001; i++)
        buf_add_char(&text, 'x');
    buf_add_text(&text, "\"}]}");
    try_compile(try, buf_text(&text), NULL);
    buf_fini(&text);
    try_says(try, "/parameters/0/description: the description has 1001 bytes, at most 1000");
}

static void ids_are_words_and_belong_to_one(void **state)
{
    struct try *try = *state;

    try_graph(
        try,
        "{\"id\":\"t\",\"type\":\"trigger.manual\"},{\"id\":\"t\",\"type\":\"trigger.manual\"},"
        "{\"id\":\"2nd\",\"type\":\"trigger.manual\"},"
        "{\"id\":\"a-b\",\"type\":\"trigger.manual\"},"
        "{\"id\":\"\",\"type\":\"trigger.manual\"},{\"type\":\"trigger.manual\"},"
        "{\"id\":\"end\",\"type\":\"trigger.manual\"},7",
        "");
    assert_null(try->flow);
    try_says(try, "/nodes/1/id: the id \"t\" belongs to /nodes/0 already");
    try_says(try, "/nodes/2/id: \"2nd\" cannot be an id, because expressions say steps.ID");
    try_says(try, "/nodes/3/id: \"a-b\" cannot be an id");
    try_says(try, "/nodes/4/id: \"\" cannot be an id");
    try_says(try, "/nodes/5: \"id\" is missing");
    try_says(try, "/nodes/6/id: warning: \"end\" is a word of Lua");
    try_says(try, "/nodes/7: an object must stand here, not: number");
}

/* One node with this retry behind a trigger. */
static const struct flow_retry *retry_of(struct try *try, const char *retry)
{
    struct buf nodes;

    buf_init(&nodes, 10000);
    buf_addf(&nodes,
             "{\"id\":\"t\",\"type\":\"trigger.manual\"},"
             "{\"id\":\"n\",\"type\":\"connector.respond\"%s}",
             retry);
    try_graph(try, buf_text(&nodes), "{\"from\":\"t\",\"to\":\"n\"}");
    buf_fini(&nodes);
    return try->flow != NULL ? &try->flow->nodes[1].retry : NULL;
}

static void retry_has_defaults(void **state)
{
    struct try *try = *state;

    assert_int_equal(retry_of(try, "")->attempts, 1);
    assert_int_equal(retry_of(try, ",\"retry\":{}")->attempts, 3);
    assert_int_equal(retry_of(try, ",\"retry\":{}")->initial_ms, 1000);
    assert_int_equal(retry_of(try, ",\"retry\":{}")->max_ms, 300000);
    assert_true(retry_of(try, ",\"retry\":{}")->exponential);
    assert_false(retry_of(try, ",\"retry\":{\"backoff\":\"fixed\"}")->exponential);
    assert_int_equal(retry_of(try, ",\"retry\":{\"initial\":\"1h\"}")->max_ms, 3600000);
    try_is_fine(try);
}

static void retry_is_clamped_with_a_warning(void **state)
{
    struct try *try = *state;

    assert_int_equal(retry_of(try, ",\"retry\":{\"attempts\":1000000000}")->attempts, 100);
    try_says(try, "/nodes/1/retry/attempts: warning: more than 100 attempts: taken as 100");
    assert_int_equal(retry_of(try, ",\"retry\":{\"attempts\":1e9}")->attempts, 100);
    assert_int_equal(retry_of(try, ",\"retry\":{\"attempts\":1e30}")->attempts, 100);
    assert_int_equal(retry_of(try, ",\"retry\":{\"initial\":\"0s\"}")->initial_ms, 100);
    try_says(try, "/nodes/1/retry/initial: warning: a first pause of 0 is taken as 100ms");
    assert_int_equal(retry_of(try, ",\"retry\":{\"initial\":\"10s\",\"max\":\"5s\"}")->max_ms,
                     10000);
    try_says(try, "/nodes/1/retry/max: warning: the longest pause is shorter than the first");
}

static void retry_that_is_none_is_refused(void **state)
{
    struct try *try = *state;

    assert_null(retry_of(try, ",\"retry\":{\"attempts\":0,\"jitter\":1.5,\"initial\":\"soon\"}"));
    assert_int_equal(try->faults.count, 3);
    try_says(try, "/nodes/1/retry/attempts: a whole number from 1");
    try_says(try, "/nodes/1/retry/jitter: a number from 0 to 1");
    try_says(try, "/nodes/1/retry/initial: \"initial\" is no duration");
    assert_null(retry_of(try, ",\"retry\":{\"attempts\":2.5,\"jitter\":\"x\"}"));
    try_says(try, "/nodes/1/retry/attempts: a whole number from 1");
    try_says(try, "/nodes/1/retry/jitter: a number must stand here, not: ");
    assert_null(retry_of(try, ",\"retry\":7"));
    assert_null(retry_of(try, ",\"timeout\":\"0s\",\"on_error\":\"rout\",\"disabled\":1"));
    try_says(try, "/nodes/1/timeout: \"timeout\" must be at least 1ms");
    try_says(try, "/nodes/1/on_error: there is no on_error \"rout\"; did you mean \"route\"?");
    try_says(try, "/nodes/1/disabled: \"disabled\" must be true or false");
}

static void there_is_a_limit_to_nodes_and_edges(void **state)
{
    struct try *try = *state;
    struct buf nodes, edges;

    buf_init(&nodes, LIMIT_FLOW_BYTES);
    buf_init(&edges, LIMIT_FLOW_BYTES);
    for (unsigned i = 0; i <= LIMIT_NODES; i++)
        buf_addf(&nodes, "%s{\"id\":\"t%u\",\"type\":\"trigger.manual\"}", i > 0 ? "," : "", i);
    for (unsigned i = 0; i <= LIMIT_EDGES; i++)
        buf_addf(&edges, "%s{\"from\":\"t0\",\"to\":\"n\"}", i > 0 ? "," : "");
    try_graph(try, buf_text(&nodes), buf_text(&edges));
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 2);
    try_says(try, "/nodes: \"nodes\" has 1001 elements, at most 1000 are allowed");
    try_says(try, "/edges: \"edges\" has 4001 elements, at most 4000 are allowed");
    buf_fini(&nodes);
    buf_fini(&edges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY(a_newer_format_is_not_judged),
        TRY(names_are_texts_of_a_decent_length),
        TRY(settings_are_checked),
        TRY(vars_are_constants),
        TRY(parameters_are_about_constants),
        TRY(a_parameter_says_little),
        TRY(ids_are_words_and_belong_to_one),
        TRY(retry_has_defaults),
        TRY(retry_is_clamped_with_a_warning),
        TRY(retry_that_is_none_is_refused),
        TRY(there_is_a_limit_to_nodes_and_edges),
    };

    return cmocka_run_group_tests(tests, try_install, NULL);
}
