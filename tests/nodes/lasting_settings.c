/* lasting_settings.c - what the settings of the nodes whose steps last accept and refuse, and that
 * each example compiles. */
#include "lasting.h"

struct wrong {
    const char *config, *pointer, *wanted;
};

static void all_wrong(struct node_try *try, const char *type, const struct wrong *cases,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        node_try_fault(try, type, cases[i].config, NULL, cases[i].pointer, cases[i].wanted);
}
#define ALL_WRONG(try, type, cases) all_wrong(try, type, cases, sizeof cases / sizeof *cases)

static void test_foreach(void **state)
{
    static const struct wrong cases[] = {
        { "{'items': '=a'}", "/config", "\"body\" is missing" },
        { "{" BODY "}", "/config", "\"items\" is missing" },
        { "{'items': '=a', 'parallel': 0, " BODY "}", "/parallel", "from 1 to 100" },
        { "{'items': '=a', 'parallel': 101, " BODY "}", "/parallel", "from 1 to 100" },
        { "{'items': '=a', 'parallel': '2', " BODY "}", "/parallel", "without quotes" },
        { "{'items': '=a', 'errors': 'ignore', " BODY "}", "/errors", "no errors \"ignore\"" },
        { "{'items': '=a', 'limit': 0, " BODY "}", "/limit", "from 1 to 1000000" },
        { "{'items': '=a', 'limit': 1000001, " BODY "}", "/limit", "from 1 to 1000000" },
        { "{'items': '=a', 'colect': '=b', " BODY "}", "/colect", "did you mean \"collect\"" },
    };
    const struct flow_node *node;

    ALL_WRONG(*state, "branch.foreach", cases);
    node = node_try_fine(*state, "branch.foreach",
                         "{'items': [1], 'collect': '=item + index', " BODY "}", NULL);
    assert_int_not_equal(node->body, 0);
    assert_int_equal(node->port_count, 1);
}

static void test_repeat(void **state)
{
    static const struct wrong cases[] = {
        { "{'until': '=a'}", "/config", "\"body\" is missing" },
        { "{" BODY "}", "/config", "\"until\" is missing" },
        { "{'until': 'a == 1', " BODY "}", "/until", "begins with \"=\"" },
        { "{'until': 1, " BODY "}", "/until", "true or false" },
        { "{'until': '=a', 'limit': 0, " BODY "}", "/limit", "from 1 to 100000" },
        { "{'until': '=a', 'delay': 5, " BODY "}", "/delay", "a duration" },
        { "{'until': '=a', 'delay': '31d', " BODY "}", "/delay", "at most" },
    };
    const struct flow_node *node;

    ALL_WRONG(*state, "branch.repeat", cases);
    node = node_try_fine(*state, "branch.repeat", "{'until': '=steps.in ~= nil', " BODY "}", NULL);
    assert_int_equal(node->port_count, 2);
    assert_string_equal(node->ports[1], "exhausted");
}

static void test_call(void **state)
{
    static const struct wrong cases[] = {
        { "{}", "/config", "\"flow\" is missing" },
        { "{'flow': '=a'}", "/flow", "no expression" },
        { "{'flow': ''}", "/flow", "cannot be the name of a flow" },
        { "{'flow': '../x'}", "/flow", "cannot be the name of a flow" },
        { "{'flow': 'a b'}", "/flow", "its folder's" },
        { "{'flow': 'x', 'mode': 'async'}", "/mode", "\"async\"" },
    };

    ALL_WRONG(*state, "branch.call", cases);
    node_try_fine(*state, "branch.call", "{'flow': 'post-payment.2', 'input': null}", NULL);
}

static void test_wait(void **state)
{
    static const struct wrong cases[] = {
        { "{}", "/config", "nothing is waited for: exactly one of" },
        { "{'for': '1h', 'until': '=a'}", "/config", "more than one end: exactly one of" },
        { "{'for': '1h', 'event': {'name': 'e', 'key': 'k'}}", "/config", "more than one end" },
        { "{'for': '0s'}", "/for", "at least 1ms" },
        { "{'for': '4000d'}", "/for", "at most" },
        { "{'for': 60}", "/for", "a duration" },
        { "{'until': 'tomorrow'}", "/until", "\"tomorrow\" is no moment" },
        { "{'until': '2026-02-29'}", "/until", "is no moment" },
        { "{'until': true}", "/until", "but here is: boolean" },
        { "{'event': 'paid'}", "/event", "an object" },
        { "{'event': {'name': 'paid'}}", "/event", "\"key\" is missing" },
        { "{'event': {'key': 'k'}}", "/event", "\"name\" is missing" },
        { "{'event': {'name': 'pa id', 'key': 'k'}}", "/event/name", "cannot name an event" },
        { "{'event': {'name': '=e', 'key': 'k'}}", "/event/name", "no expression" },
        { "{'event': {'name': 'e', 'key': 'k', 'timeout': '0s'}}", "/event/timeout", "at least" },
    };
    const struct flow_node *node;

    ALL_WRONG(*state, "branch.wait", cases);
    node = node_try_fine(*state, "branch.wait", "{'event': {'name': 'e', 'key': 'k'}}", NULL);
    assert_int_equal(node->port_count, 1);
    node = node_try_fine(*state, "branch.wait",
                         "{'event': {'name': 'e', 'key': 'k', 'timeout': '1s'}}", NULL);
    assert_int_equal(node->port_count, 2);
    assert_string_equal(node->ports[0], "out");
    assert_string_equal(node->ports[1], "timeout");
}

static void test_signal(void **state)
{
    static const struct wrong cases[] = {
        { "{'key': 'k'}", "/config", "\"event\" is missing" },
        { "{'event': 'e'}", "/config", "\"key\" is missing" },
        { "{'event': 'a/b', 'key': 'k'}", "/event", "cannot name an event" },
        { "{'event': '', 'key': 'k'}", "/event", "cannot name an event" },
    };

    ALL_WRONG(*state, "branch.signal", cases);
    node_try_fine(*state, "branch.signal", "{'event': 'a.b', 'key': 7, 'body': {'a': '=b'}}", NULL);
}

static void test_stop(void **state)
{
    static const struct wrong cases[] = {
        { "{'succeed': 'yes'}", "/succeed", "true or false" },
        { "{'reason': 'x'}", "/reason", "no member \"reason\"" },
    };
    const struct flow_node *node;

    ALL_WRONG(*state, "branch.stop", cases);
    node = node_try_fine(*state, "branch.stop", "{'succeed': true, 'message': 'done'}", NULL);
    assert_int_equal(node->port_count, 0);
}

/* The examples of those with a body name types that are not here: tests/nodes/compile.c. */
static void test_examples(void **state)
{
    static const struct node_type *const types[] = {
        &node_branch_call,   &node_branch_wait,  &node_branch_signal,
        &node_branch_review, &node_branch_stop,  &node_trigger_schedule,
        &node_trigger_event, &node_trigger_file, &node_trigger_call,
    };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (node_try_compile(*state, types[i]->name, types[i]->example, NULL) == NULL)
            fail_msg("%s: %s", types[i]->name, buf_text(&((struct node_try *)*state)->said));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LASTING(test_foreach), LASTING(test_repeat), LASTING(test_call),     LASTING(test_wait),
        LASTING(test_signal),  LASTING(test_stop),   LASTING(test_examples),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
