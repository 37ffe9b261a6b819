/* state.c - "connector.state", by the real engine: over crashes, and of many runs at once. */
#include "node_run.h"
#include "node_try.h"

#define STATE(id, config)                                                                          \
    "{'id': '" id "', 'type': 'connector.state', 'config': {'space': 's', 'key': 'k', " config "}" \
    "}"
#define ADD(more)                                                                              \
    "{'flow': {'weft': 1, 'name': 'Add', 'settings': {'dedupe': '=trigger.body.n'}, 'nodes': " \
    "[{'id': 'in', 'type': 'trigger.webhook', 'config': {'path': 'add', 'respond': 'result', " \
    "'verify': {'type': 'none'}}}, " STATE(                                                    \
        "it", "'action': 'add'" more) "], 'edges': "                                           \
                                      "[{'from': 'in', 'to': 'it'}]}}"
#define GET                                                                                  \
    "{'flow': {'weft': 1, 'name': 'Get', 'nodes': [{'id': 'in', 'type': 'trigger.webhook', " \
    "'config': {'path': 'get', 'respond': 'result', 'verify': {'type': 'none'}}}, " STATE(   \
        "it", "'action': 'get'") "], 'edges': [{'from': 'in', 'to': 'it'}]}}"

static void deploy(struct stage *stage, const char *slug, const char *flow)
{
    char *text = node_try_text(flow);

    stage_deploy(stage, slug, text);
    mem_free(text);
}

static int64_t number(struct stage *stage)
{
    uint64_t request = stage_post(stage, "get", "{}");
    json_t *output;
    int64_t value;
    struct err e;

    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 200);
    output = json_read(stage_answer(stage, request)->body,
                       strlen(stage_answer(stage, request)->body), &json_limits_reply, &e);
    value = json_get_int(output, "value", -1);
    json_decref(output);
    return value;
}

static uint64_t add(struct stage *stage, unsigned n)
{
    char body[20];

    snprintf(body, sizeof body, "{\"n\":%u}", n);
    return stage_post(stage, "add", body);
}

static void test_values(void **state)
{
    (void)state;
    node_gives(STATE("it", "'action': 'get'"), "{}",
               "{'found': false, 'changed': false, 'value': null, 'revision': 0}");
    node_gives(STATE("it", "'action': 'put', 'value': {'at': '=trigger.body.a'}"), "{'a': 100.10}",
               "{'found': false, 'changed': true, 'value': {'at': 100.10}, 'before': null, "
               "'revision': 1}");
    node_gives(STATE("it", "'action': 'delete'"), "{}",
               "{'found': false, 'changed': false, 'value': null, 'before': null, 'revision': 0}");
    node_gives(STATE("it", "'action': 'put_if', 'value': 1, 'expected': null"), "{}",
               "{'found': false, 'changed': true, 'value': 1, 'before': null, 'revision': 1}");
    node_fails(STATE("it", "'action': 'put_if', 'value': 1, 'expected': 2"), "{}", "conflict",
               "something else than \"expected\" is there: nothing");
    node_fails(STATE("it", "'action': 'add', 'by': 'x'"), "{}", "invalid", "whole number");
}

/* A run sees what it wrote itself, before it is durable. */
static void test_within_a_run(void **state)
{
    struct stage *stage = stage_new();
    struct node_result result;

    (void)state;
    node_run_parts(stage, STATE("it", "'action': 'put', 'value': 7"),
                   STATE("more", "'action': 'add', 'by': 3") ", " STATE(
                       "swap", "'action': 'put_if', 'expected': 10, 'value': 'x'"),
                   "{'from': 'it', 'to': 'more'}, {'from': 'more', 'to': 'swap'}", NULL, "{}",
                   &result);
    assert_int_equal(result.status, 200);
    node_try_same(json_incref(result.output),
                  "{'found': true, 'changed': true, 'value': 'x', 'before': 10, 'revision': 3}");
    node_run_end(&result);
    stage_free(stage);
}

/* Fifty runs count one each, however they meet, and a delivery that comes twice counts once. */
static void test_many_runs(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    deploy(stage, "add", ADD(""));
    deploy(stage, "get", GET);
    for (unsigned i = 0; i < 50; i++) {
        add(stage, i);
        if (i % 5 == 0)
            add(stage, i);
        if (i % 7 == 0)
            stage_turn(stage);
        if (i % 11 == 0)
            fake_store_commit_some(stage_store(stage), 2);
    }
    stage_settle(stage);
    assert_int_equal(number(stage), 50);
    stage_free(stage);
}

/* The program dies after each number of commits: what was accepted counts once. */
static void test_over_crashes(void **state)
{
    (void)state;
    for (unsigned commits = 0; commits < 12; commits++) {
        struct stage *stage = stage_new();
        unsigned accepted = 0;

        deploy(stage, "add", ADD(""));
        deploy(stage, "get", GET);
        for (unsigned i = 0; i < 6; i++)
            add(stage, i);
        for (unsigned i = 0; i < commits; i++) {
            stage_turn(stage);
            fake_store_commit_some(stage_store(stage), 1);
        }
        stage_crash(stage);
        stage_settle(stage);
        accepted = (unsigned)fake_store_runs(stage_store(stage));
        assert_int_equal(number(stage), accepted > 0 ? (int)accepted : -1);
        for (unsigned i = 0; i < 6; i++) /* the senders try again */
            add(stage, i);
        stage_settle(stage);
        assert_int_equal(number(stage), 6);
        stage_free(stage);
    }
}

/* A batch that the store refuses for a while: nobody reads what is not durable. */
static void test_refused(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    deploy(stage, "add", ADD(""));
    deploy(stage, "get", GET);
    add(stage, 1);
    stage_settle(stage);
    add(stage, 2);
    stage_turn(stage);
    fake_store_commit(stage_store(stage)); /* its accept */
    stage_turn(stage);
    fake_store_refuse(stage_store(stage), ERR_STORE, 1);
    fake_store_commit(stage_store(stage));
    assert_int_equal(number(stage), 1);
    for (unsigned i = 0; i < 20; i++)
        stage_wait(stage, 1000);
    assert_int_equal(number(stage), 2);
    stage_free(stage);
}

static void test_forgotten(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    deploy(stage, "add", ADD(", 'keep': '1h'"));
    deploy(stage, "get", GET);
    add(stage, 1);
    stage_settle(stage);
    stage_wait(stage, 3599000);
    assert_int_equal(number(stage), 1);
    stage_wait(stage, 2000);
    assert_int_equal(number(stage), -1);
    add(stage, 2);
    stage_settle(stage);
    assert_int_equal(number(stage), 1); /* from the beginning */
    stage_free(stage);
}

static void test_settings(void **state)
{
    struct node_try *try = *state;

    node_try_fault(try, "connector.state", "{'action': 'put', 'space': 's', 'key': 'k'}", NULL, "",
                   "needs a \"value\"");
    node_try_fault(try, "connector.state", "{'action': 'get', 'space': 'a b', 'key': 'k'}", NULL,
                   "/space", "letters, digits");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_within_a_run),
        cmocka_unit_test(test_many_runs),
        cmocka_unit_test(test_over_crashes),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_forgotten),
        cmocka_unit_test_setup_teardown(test_settings, node_try_begin, node_try_end),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
