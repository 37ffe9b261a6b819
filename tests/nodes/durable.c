/* durable.c - the nodes whose steps last, run by the real engine: loops, pauses, events, people,
 * other flows; also over a crash. */
#include "node_run.h"

#define BODY "{'lines': [{'n': 1}, {'n': 2}, {'n': 3}], 'empty': [], 'key': 'K-7'}"

/* ---- Loops */

#define MAP(id, to, from)                                                                       \
    "{'id': '" id "', 'type': 'transform.map', 'config': {'fields': [{'to': '" to "', 'from': " \
    "'" from "'}]}}"
#define EACH(more, nodes)                                                                     \
    "{'id': 'it', 'type': 'branch.foreach', 'config': {'items': '=trigger.body.lines', " more \
    "'body': {'nodes': [" nodes "], 'edges': []}}}"

static void test_foreach_gives_a_list(void **state)
{
    (void)state;
    node_gives(EACH("", MAP("line", "twice", "=item.n * 2")), BODY,
               "[{'twice': 2}, {'twice': 4}, {'twice': 6}]");
    node_gives(EACH("'parallel': 3, 'collect': '=steps.line.twice + index', ",
                    MAP("line", "twice", "=item.n * 2")),
               BODY, "[3, 6, 9]");
    node_gives("{'id': 'it', 'type': 'branch.foreach', 'config': {'items': '=trigger.body.empty', "
               "'body': {'nodes': [" MAP("line", "a", "=item") "]}}}",
               BODY, "[]");
    node_gives("{'id': 'it', 'type': 'branch.foreach', 'config': {'items': [1, 2], 'collect': "
               "'=nil', 'body': {'nodes': [" MAP("line", "a", "=item") "]}}}",
               BODY, "[null, null]");
}

static void test_foreach_in_foreach(void **state)
{
    (void)state;
    node_gives(EACH("'collect': '=steps.inner', ",
                    "{'id': 'inner', 'type': 'branch.foreach', 'config': {'items': "
                    "'=array({item.n, item.n * 10})', 'collect': '=steps.deep.v', 'body': "
                    "{'nodes': [" MAP("deep", "v", "=item + index") "]}}}"),
               BODY, "[[2, 12], [3, 22], [4, 32]]");
}

static void test_foreach_fails(void **state)
{
    (void)state;
    node_fails(EACH("", MAP("line", "a", "=item.n < 2 and 1 or error(7)")), BODY, "rule",
               "iteration 2: ");
    node_fails("{'id': 'it', 'type': 'branch.foreach', 'config': {'items': '=trigger.body', "
               "'body': {'nodes': [" MAP("line", "a", "=item") "]}}}",
               BODY, "invalid", "\"items\" must give a list, but gave: object");
    node_fails(EACH("'limit': 2, ", MAP("line", "a", "=item")), BODY, "limit", "3 items");
}

static void test_foreach_collects_failures(void **state)
{
    struct stage *stage = stage_new();
    struct node_result result;
    json_t *second;

    (void)state;
    node_run_parts(
        stage, EACH("'errors': 'collect', ", MAP("line", "a", "=item.n ~= 2 and 1 or error(7)")),
        "", "", NULL, BODY, &result);
    assert_int_equal(result.status, 200);
    assert_int_equal(json_array_size(result.output), 3);
    second = json_object_get(json_array_get(result.output, 1), "error");
    assert_string_equal(json_get_text(second, "kind"), "rule");
    node_try_same(json_incref(json_array_get(result.output, 2)), "{'a': 1}");
    node_run_end(&result);
    stage_free(stage);
}

#define REPEAT(more)                                         \
    "{'id': 'it', 'type': 'branch.repeat', 'config': {" more \
    "'body': {'nodes': [" MAP("turn", "i", "=index") "]}}}"

static void repeat_leaves(const char *node, const char *port, const char *output)
{
    struct stage *stage = stage_new();
    struct node_result result;
    char edge[100], wanted[100];

    snprintf(edge, sizeof edge, "{'from': 'it', 'port': '%s', 'to': 'then'}", port);
    snprintf(wanted, sizeof wanted, "{'got': %s}", output);
    node_run_parts(stage, node, MAP("then", "got", "=input"), edge, NULL, BODY, &result);
    assert_int_equal(result.status, 200);
    node_try_same(json_incref(result.output), wanted);
    node_run_end(&result);
    stage_free(stage);
}

static void test_repeat(void **state)
{
    (void)state;
    repeat_leaves(REPEAT("'until': '=steps.turn.i == 3', "), "out", "{'i': 3}");
    repeat_leaves(REPEAT("'until': '=index >= 2', 'delay': '1s', 'collect': '=index', "), "out",
                  "2");
    repeat_leaves(REPEAT("'until': '=nil', 'limit': 4, "), "exhausted", "{'i': 4}");
}

/* ---- Pauses and events */

static void deploy(struct stage *stage, const char *slug, const char *path, const char *nodes,
                   const char *edges)
{
    struct buf flow;
    char *text;

    buf_init(&flow, MIB);
    buf_addf(&flow,
             "{'flow': {'weft': 1, 'name': 'F', 'nodes': [{'id': 'in', 'type': 'trigger.webhook', "
             "'config': {'path': '%s', 'verify': {'type': 'none'}}}, %s], 'edges': [{'from': 'in', "
             "'to': 'it'}%s%s]}}",
             path, nodes, *edges != '\0' ? ", " : "", edges);
    text = node_try_text(buf_text(&flow));
    stage_deploy(stage, slug, text);
    mem_free(text);
    buf_fini(&flow);
}

static uint64_t post(struct stage *stage, const char *path, const char *body)
{
    char *text = node_try_text(body);
    uint64_t request = stage_post(stage, path, text);

    stage_settle(stage);
    mem_free(text);
    return stage_run_id(stage, request);
}

static void steps_are(struct stage *stage, uint64_t run, const char *part)
{
    json_t *shown;
    char *text;
    struct err e;

    shown = engine_show(fake_store_store(stage_store(stage)), run, &e);
    assert_non_null(shown);
    text = json_text_new(shown, MIB, NULL);
    if (strstr(text, part) == NULL)
        fail_msg("no %s in %s", part, text);
    mem_free(text);
    json_decref(shown);
}

static void test_wait_for_a_time(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    deploy(stage, "slow", "slow", "{'id': 'it', 'type': 'branch.wait', 'config': {'for': '2h'}}",
           "");
    run = post(stage, "slow", "{}");
    stage_wait(stage, 3600 * 1000);
    assert_string_not_equal(stage_status(stage, run), "succeeded");
    stage_crash(stage);
    stage_settle(stage);
    stage_wait(stage, 3600 * 1000 - 1000);
    assert_string_not_equal(stage_status(stage, run), "succeeded");
    stage_wait(stage, 1000);
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_free(stage);
}

#define WAIT                                                                           \
    "{'id': 'it', 'type': 'branch.wait', 'config': {'event': {'name': 'paid', 'key': " \
    "'=trigger.body.key', 'timeout': '3d'}}}, " MAP("paid", "got", "=input") ", " MAP( \
        "late", "late", "=trigger.body.key")
#define WAIT_EDGES "{'from': 'it', 'to': 'paid'}, {'from': 'it', 'port': 'timeout', 'to': 'late'}"
#define SIGNAL                                                                  \
    "{'id': 'it', 'type': 'branch.signal', 'config': {'event': 'paid', 'key': " \
    "'=trigger.body.key', 'body': '=trigger.body.n'}}"

static struct stage *events_new(void)
{
    struct stage *stage = stage_new();

    deploy(stage, "wait", "wait", WAIT, WAIT_EDGES);
    deploy(stage, "tell", "tell", SIGNAL, "");
    return stage;
}

static void test_an_event_wakes(void **state)
{
    struct stage *stage = events_new();
    uint64_t waits, tells;

    (void)state;
    waits = post(stage, "wait", "{'key': 'K1'}");
    stage_wait(stage, 86400000);
    tells = post(stage, "tell", "{'key': 'K2', 'n': 1}"); /* for somebody else */
    steps_are(stage, tells, "{\"delivered\":false}");
    assert_string_not_equal(stage_status(stage, waits), "succeeded");
    tells = post(stage, "tell", "{'key': 'K1', 'n': 1.10}");
    steps_are(stage, tells, "{\"delivered\":true}");
    stage_settle(stage);
    assert_string_equal(stage_status(stage, waits), "succeeded");
    steps_are(stage, waits, "{\"got\":1.10}");
    waits = post(stage, "wait", "{'key': 'K2'}"); /* it came before */
    stage_settle(stage);
    assert_string_equal(stage_status(stage, waits), "succeeded");
    steps_are(stage, waits, "{\"got\":1}");
    waits = post(stage, "wait", "{'key': 'K2'}"); /* and is delivered once */
    stage_wait(stage, 3 * 86400000);
    assert_string_equal(stage_status(stage, waits), "succeeded");
    steps_are(stage, waits, "{\"late\":\"K2\"}");
    stage_free(stage);
}

static void test_two_cannot_wait_for_one_key(void **state)
{
    struct stage *stage = events_new();
    uint64_t first, second;

    (void)state;
    first = post(stage, "wait", "{'key': 'K1'}");
    second = post(stage, "wait", "{'key': 'K1'}");
    assert_string_equal(stage_status(stage, second), "failed");
    steps_are(stage, second, "waits for the same key already");
    post(stage, "tell", "{'key': 'K1', 'n': 1}");
    stage_settle(stage);
    assert_string_equal(stage_status(stage, first), "succeeded");
    stage_free(stage);
}

/* ---- Other flows */

#define CALLED                                                                                    \
    "{'flow': {'weft': 1, 'name': 'C', 'nodes': [{'id': 'in', 'type': 'trigger.call', 'config': " \
    "{'input': {'type': 'object', 'properties': {'n': {'type': 'integer'}}, 'required': "         \
    "['n']}}}, "                                                                                  \
    "{'id': 'sum', 'type': 'transform.map', 'config': {'fields': [{'to': 'sum', 'from': "         \
    "'=trigger.body.n + 1'}]}}], 'edges': [{'from': 'in', 'to': 'sum'}]}}"
#define CALL(more) "{'id': 'it', 'type': 'branch.call', 'config': {'flow': 'called', " more "}}"

static void calls(const char *node, int status, const char *part)
{
    struct stage *stage = stage_new();
    char *called = node_try_text(CALLED);
    struct node_result result;
    char *text;

    stage_deploy(stage, "called", called);
    node_run_parts(stage, node, "", "", NULL, BODY, &result);
    assert_int_equal(result.status, status);
    text = json_text_new(status == 200 ? result.output : result.error, MIB, NULL);
    if (strstr(text, part) == NULL)
        fail_msg("no %s in %s", part, text);
    mem_free(text);
    mem_free(called);
    node_run_end(&result);
    stage_free(stage);
}

static void test_call(void **state)
{
    (void)state;
    calls(CALL("'input': {'n': 41}"), 200, "{\"sum\":42}");
    calls(CALL("'input': {'n': 41}, 'mode': 'detached'"), 200, "{\"run\":\"");
    calls(CALL("'input': {'n': 'x'}"), 500, "\\\"n\\\" must be: whole number, but is: text");
    calls("{'id': 'it', 'type': 'branch.call', 'config': {'flow': 'nowhere'}}", 500,
          "no flow \\\"nowhere\\\" is deployed");
    calls("{'id': 'it', 'type': 'branch.call', 'config': {'flow': 'run'}}", 500,
          "it has no trigger.call");
}

/* ---- The end */

static void test_stop(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    deploy(stage, "stop", "stop",
           "{'id': 'it', 'type': 'branch.filter', 'config': {'when': '=trigger.body.good'}}, "
           "{'id': 'good', 'type': 'branch.stop', 'config': {'succeed': true}}, {'id': 'bad', "
           "'type': 'branch.stop', 'config': {'message': '=trigger.body.why'}}",
           "{'from': 'it', 'to': 'good'}, {'from': 'it', 'port': 'rejected', 'to': 'bad'}");
    run = post(stage, "stop", "{'good': true}");
    assert_string_equal(stage_status(stage, run), "succeeded");
    run = post(stage, "stop", "{'why': 'no account'}");
    assert_string_equal(stage_status(stage, run), "failed");
    steps_are(stage, run, "no account");
    stage_free(stage);
}

/* ---- People */

#define REVIEW                                                                                     \
    "{'id': 'it', 'type': 'branch.review', 'config': {'title': 'Post?', 'role': 'finance', "       \
    "'ports': [{'port': 'post'}, {'port': 'reject'}], 'form': {'type': 'object', 'properties': "   \
    "{'invoice': {'type': 'string'}}, 'required': ['invoice']}, 'due': '1d', 'due_port': 'late', " \
    "'four_eyes_above': {'amount': '100.00', 'value': '=trigger.body.amount'}}}, " MAP(            \
        "done", "by", "=steps.it.by") ", " MAP("late", "late", "=true")
#define REVIEW_EDGES \
    "{'from': 'it', 'port': 'post', 'to': 'done'}, {'from': 'it', 'port': 'late', 'to': 'late'}"

static void decided(void *arg, const struct err *e)
{
    enum err_code *rc = arg;

    *rc = e->code;
}

static enum err_code decide(struct stage *stage, uint64_t run, const char *step, const char *by,
                            const char *role, const char *data)
{
    json_t *json = data != NULL ? node_try_json(data) : NULL;
    struct engine_decision decision = { .run = run,
                                        .step = step,
                                        .port = "post",
                                        .data = json,
                                        .by = by,
                                        .roles = &role,
                                        .role_count = 1 };
    enum err_code told = ERR_COUNT, rc;
    struct err e;

    rc = engine_decide(stage_engine(stage), &decision, decided, &told, &e);
    stage_settle(stage);
    assert_int_equal(told, rc == ERR_OK ? ERR_OK : ERR_COUNT);
    json_decref(json);
    return rc;
}

static void test_review(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    deploy(stage, "review", "review", REVIEW, REVIEW_EDGES);
    run = post(stage, "review", "{'amount': 100.00}");
    assert_int_equal(decide(stage, run, "it", "ann", "sales", "{'invoice': 'I'}"), ERR_FORBIDDEN);
    assert_int_equal(decide(stage, run, "it", "ann", "finance", "{'invoice': 7}"), ERR_INVALID);
    stage_crash(stage);
    stage_settle(stage);
    assert_int_equal(decide(stage, run, "it", "ann", "finance", "{'invoice': 'I'}"), ERR_OK);
    assert_string_equal(stage_status(stage, run), "succeeded");
    steps_are(stage, run, "{\"by\":\"ann\"}");
    run = post(stage, "review", "{'amount': 100.01}");
    assert_int_equal(decide(stage, run, "it", "ann", "finance", NULL), ERR_OK);
    assert_int_equal(decide(stage, run, "it", "ann", "finance", NULL), ERR_FORBIDDEN);
    assert_string_not_equal(stage_status(stage, run), "succeeded");
    assert_int_equal(decide(stage, run, "it", "bob", "finance", NULL), ERR_OK);
    assert_string_equal(stage_status(stage, run), "succeeded");
    run = post(stage, "review", "{'amount': 1}");
    stage_wait(stage, 86400000);
    assert_string_equal(stage_status(stage, run), "succeeded");
    steps_are(stage, run, "{\"late\":true}");
    stage_free(stage);
}

/* In a loop each iteration has a task of its own, at its path. */
static void test_people_in_a_loop(void **state)
{
    struct stage *stage = stage_new();
    static const char *const steps[] = { "it[2]/ask", "it[1]/ask", "it[3]/ask" };
    uint64_t run;

    (void)state;
    deploy(stage, "ask", "ask",
           EACH("'parallel': 3, 'collect': '=steps.ask.by .. index', ",
                "{'id': 'ask', 'type': 'branch.review', 'config': {'title': '=item.n', 'ports': "
                "[{'port': 'post'}]}}") ", " MAP("then", "got", "=input"),
           "{'from': 'it', 'to': 'then'}");
    run = post(stage, "ask", BODY);
    for (size_t i = 0; i < 3; i++) {
        assert_string_not_equal(stage_status(stage, run), "succeeded");
        assert_int_equal(decide(stage, run, steps[i], i == 0 ? "ann" : "bob", "", NULL), ERR_OK);
        assert_int_equal(decide(stage, run, steps[i], "eve", "", NULL), ERR_NOT_FOUND);
    }
    assert_string_equal(stage_status(stage, run), "succeeded");
    steps_are(stage, run, "{\"got\":[\"bob1\",\"ann2\",\"bob3\"]}");
    stage_free(stage);
}

/* ---- Over a crash */

#define SLOW_LOOP                                                                                  \
    "{'id': 'it', 'type': 'branch.foreach', 'config': {'items': '=trigger.body.lines', "           \
    "'collect': "                                                                                  \
    "'=steps.pause.n', 'body': {'nodes': [" MAP(                                                   \
        "line", "n", "=item.n * 10") ", {'id': 'pause', 'type': 'branch.wait', 'config': {'for': " \
                                     "'1h'}}], 'edges': [{'from': 'line', 'to': 'pause'}]}}}"

static void test_a_loop_goes_on_where_it_was(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    deploy(stage, "loop", "loop", SLOW_LOOP ", " MAP("then", "got", "=input"),
           "{'from': 'it', 'to': 'then'}");
    run = post(stage, "loop", BODY);
    for (int hour = 1; hour <= 3; hour++) {
        assert_string_not_equal(stage_status(stage, run), "succeeded");
        stage_crash(stage);
        stage_settle(stage);
        stage_wait(stage, 3600 * 1000);
    }
    assert_string_equal(stage_status(stage, run), "succeeded");
    steps_are(stage, run, "{\"got\":[10,20,30]}");
    stage_free(stage);
}

static void test_a_repetition_keeps_its_delay(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    deploy(stage, "again", "again",
           REPEAT("'until': '=index == 3', 'delay': '1h', ") ", " MAP("then", "got", "=input"),
           "{'from': 'it', 'to': 'then'}");
    run = post(stage, "again", BODY);
    stage_wait(stage, 3600 * 1000);
    stage_crash(stage);
    stage_settle(stage);
    stage_wait(stage, 3600 * 1000 - 1000);
    assert_string_not_equal(stage_status(stage, run), "succeeded");
    stage_wait(stage, 1000);
    assert_string_equal(stage_status(stage, run), "succeeded");
    steps_are(stage, run, "{\"got\":{\"i\":3}}");
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_foreach_gives_a_list),
        cmocka_unit_test(test_foreach_in_foreach),
        cmocka_unit_test(test_foreach_fails),
        cmocka_unit_test(test_foreach_collects_failures),
        cmocka_unit_test(test_repeat),
        cmocka_unit_test(test_wait_for_a_time),
        cmocka_unit_test(test_an_event_wakes),
        cmocka_unit_test(test_two_cannot_wait_for_one_key),
        cmocka_unit_test(test_call),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_review),
        cmocka_unit_test(test_people_in_a_loop),
        cmocka_unit_test(test_a_loop_goes_on_where_it_was),
        cmocka_unit_test(test_a_repetition_keeps_its_delay),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
