/* lasting.c - what the nodes whose steps last ask for, and what they make of the answer. */
#include "lasting.h"

/* ---- branch.foreach, branch.repeat */

static void test_foreach_asks_for_its_loop(void **state)
{
    struct step step;
    json_t *result = node_try_json("[1, {'error': {'kind': 'rule'}}]");
    struct step_looped looped = { .result = result, .count = 2, .failed = 1 };

    lasting_start(*state, &step, "branch.foreach",
                  "{'items': '=list', 'parallel': 7, 'collect': '=got', 'errors': 'collect', "
                  "'limit': 2, " BODY "}",
                  "{'list': [10, 20]}", NULL);
    assert_int_equal(step.asked, ASK_LOOP);
    node_try_same(json_incref(step.items), "[10, 20]");
    assert_int_equal(step.loop.parallel, 7);
    assert_int_equal(step.loop.limit, 2);
    assert_true(step.loop.collect_errors);
    assert_false(step.loop.last_only);
    assert_non_null(step.loop.collect);
    assert_null(step.loop.until);
    step.then.looped(&step, step.config, &looped);
    lasting_ended(&step, "out", "[1, {'error': {'kind': 'rule'}}]");
    json_decref(result);
}

static void test_foreach_by_default(void **state)
{
    struct step step;
    json_t *result = json_array();
    struct step_looped looped = { .result = result };

    lasting_start(*state, &step, "branch.foreach", "{'items': [], " BODY "}", NULL, NULL);
    assert_int_equal(step.loop.parallel, 1);
    assert_int_equal(step.loop.limit, 100000);
    assert_false(step.loop.collect_errors);
    assert_null(step.loop.collect);
    step.then.looped(&step, step.config, &looped);
    lasting_ended(&step, "out", "[]");
    json_decref(result);
}

static void test_foreach_refuses_what_is_no_list(void **state)
{
    static const struct {
        const char *scope, *wanted;
    } cases[] = {
        { "{}", "\"items\" must give a list, but gave: nothing" },
        { "{'list': null}", "but gave: null" },
        { "{'list': {'a': 1}}", "but gave: object" },
        { "{'list': 'a,b'}", "but gave: text" },
        { "{'list': 1.50}", "but gave: number" },
    };
    struct step step;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lasting_start(*state, &step, "branch.foreach", "{'items': '=list', " BODY "}",
                      cases[i].scope, NULL);
        assert_int_equal(step.asked, ASK_NOTHING);
        lasting_failed(&step, ERR_INVALID, cases[i].wanted);
    }
}

static void test_repeat(void **state)
{
    struct step step;
    json_t *result = node_try_json("{'state': 'SETTLED'}");
    struct step_looped looped = { .result = result, .count = 3 };

    for (int round = 0; round < 2; round++) {
        looped.exhausted = round == 1;
        lasting_start(*state, &step, "branch.repeat",
                      "{'until': '=done', 'delay': '30s', 'limit': 3, " BODY "}", NULL, NULL);
        assert_int_equal(step.asked, ASK_LOOP);
        assert_null(step.loop.items);
        assert_non_null(step.loop.until);
        assert_null(step.loop.collect);
        assert_true(step.loop.last_only);
        assert_int_equal(step.loop.parallel, 1);
        assert_int_equal(step.loop.delay_ms, 30000);
        assert_int_equal(step.loop.limit, 3);
        step.then.looped(&step, step.config, &looped);
        lasting_ended(&step, round == 1 ? "exhausted" : "out", "{'state': 'SETTLED'}");
    }
    lasting_start(*state, &step, "branch.repeat", "{'until': '=done', " BODY "}", NULL, NULL);
    assert_int_equal(step.loop.limit, 100);
    assert_int_equal(step.loop.delay_ms, 0);
    lasting_free(&step);
    json_decref(result);
}

/* ---- branch.call */

static void test_call_waits(void **state)
{
    struct step step;
    json_t *output = node_try_json("{'journal': 7}");
    struct step_sub_end end = { .run = 1, .output = output };

    lasting_start(*state, &step, "branch.call", "{'flow': 'post', 'input': {'a': '=x'}}",
                  "{'x': 1.10}", "'unused'");
    assert_int_equal(step.asked, ASK_SUB);
    assert_string_equal(step.sub.flow, "post");
    assert_false(step.sub.detached);
    node_try_same(json_incref(step.sent), "{'a': 1.10}");
    step.then.sub(&step, step.config, &end);
    lasting_ended(&step, "out", "{'journal': 7}");
    json_decref(output);
}

static void test_call_detached(void **state)
{
    struct step step;
    struct step_sub_end end = { .run = 1 };

    lasting_start(*state, &step, "branch.call", "{'flow': 'post', 'mode': 'detached'}", NULL,
                  "[1]");
    assert_true(step.sub.detached);
    node_try_same(json_incref(step.sent), "[1]");
    step.then.sub(&step, step.config, &end);
    lasting_ended(&step, "out", "{'run': '0000000000001'}");
    lasting_start(*state, &step, "branch.call", "{'flow': 'post', 'input': '=nothing'}", "{}",
                  "[1]");
    node_try_same(json_incref(step.sent), "null");
    step.then.sub(&step, step.config, &end);
    lasting_ended(&step, "out", "null");
}

/* ---- branch.wait */

static void test_wait_for_a_time(void **state)
{
    struct step step;
    struct step_woken woken = { .event = false };

    lasting_start(*state, &step, "branch.wait", "{'for': '2h'}", NULL, "{'a': 1}");
    assert_int_equal(step.asked, ASK_PAUSE);
    assert_true(step.pause.until_ms == LASTING_NOW + 7200000);
    assert_null(step.pause.event);
    step.then.woken(&step, step.config, &woken);
    lasting_ended(&step, "out", "{'a': 1}");
}

static void waits_until(struct node_try *try, const char *config, const char *scope, int64_t ms)
{
    struct step_woken woken = { .event = false };
    struct step step;

    lasting_start(try, &step, "branch.wait", config, scope, NULL);
    assert_int_equal(step.asked, ASK_PAUSE);
    assert_true(step.pause.until_ms == ms);
    step.then.woken(&step, step.config, &woken);
    lasting_ended(&step, "out", "null");
}

static void test_wait_until_a_moment(void **state)
{
    struct step step;

    waits_until(*state, "{'until': '2026-11-21T09:03:03.123Z'}", NULL, 1795251783123);
    waits_until(*state, "{'until': '=at'}", "{'at': '2026-11-21T10:03:03.123+01:00'}",
                1795251783123);
    waits_until(*state, "{'until': '=at'}", "{'at': 1795251783123}", 1795251783123);
    waits_until(*state, "{'until': '2026-11-21'}", NULL, 1795219200000);
    waits_until(*state, "{'until': 0}", NULL, 0);
    lasting_start(*state, &step, "branch.wait", "{'until': '=at'}", "{}", NULL);
    lasting_failed(&step, ERR_INVALID, "\"until\": a moment is a text like");
    lasting_start(*state, &step, "branch.wait", "{'until': '=at'}", "{'at': 'tomorrow'}", NULL);
    lasting_failed(&step, ERR_INVALID, "\"tomorrow\" is no moment");
    lasting_start(*state, &step, "branch.wait", "{'until': '=at'}", "{'at': 1.5}", NULL);
    lasting_failed(&step, ERR_INVALID, "number");
}

#define EVENT(more) "{'event': {'name': 'paid', 'key': '=key'" more "}}"

static void test_wait_for_an_event(void **state)
{
    struct step step;
    json_t *body = node_try_json("{'ok': true}");
    struct step_woken event = { .event = true, .body = body }, bare = { .event = true };

    lasting_start(*state, &step, "branch.wait", EVENT(), "{'key': 'A-7'}", "{'a': 1}");
    assert_int_equal(step.asked, ASK_PAUSE);
    assert_true(step.pause.until_ms == INT64_MAX);
    assert_string_equal(step.pause.event, "paid");
    assert_string_equal(step.pause.key, "A-7");
    step.then.woken(&step, step.config, &event);
    lasting_ended(&step, "out", "{'ok': true}");
    lasting_start(*state, &step, "branch.wait", EVENT(), "{'key': 'A-7'}", "{'a': 1}");
    step.then.woken(&step, step.config, &bare);
    lasting_ended(&step, "out", "null");
    json_decref(body);
}

static void test_wait_with_a_timeout(void **state)
{
    struct step step;
    struct step_woken late = { .event = false };

    lasting_start(*state, &step, "branch.wait", EVENT(", 'timeout': '3d'"), "{'key': 7}",
                  "{'a': 1}");
    assert_true(step.pause.until_ms == LASTING_NOW + 3 * INT64_C(86400000));
    assert_string_equal(step.pause.key, "7");
    step.then.woken(&step, step.config, &late);
    lasting_ended(&step, "timeout", "{'a': 1}");
}

/* What can be a key, for both sides. */
static void test_keys(void **state)
{
    static const struct {
        const char *scope, *key, *wanted;
    } cases[] = {
        { "{'key': 'ä b'}", "ä b", NULL },
        { "{'key': -7}", "-7", NULL },
        { "{'key': 12345678901234567890}", "12345678901234567890", NULL },
        { "{}", NULL, "the key must be a text or a whole number, but is: nothing" },
        { "{'key': 10.00}", NULL, "an amount must be made a text" },
        { "{'key': 1e3}", NULL, "whole number" },
        { "{'key': true}", NULL, "whole number" },
        { "{'key': ['a']}", NULL, "but is: array" },
        { "{'key': ''}", NULL, "the key is empty" },
    };
    struct step step;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lasting_start(*state, &step, "branch.wait", EVENT(), cases[i].scope, NULL);
        if (cases[i].key != NULL) {
            assert_string_equal(step.pause.key, cases[i].key);
            lasting_free(&step);
        } else {
            lasting_failed(&step, ERR_INVALID, cases[i].wanted);
        }
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lasting_start(*state, &step, "branch.signal", "{'event': 'paid', 'key': '=key'}",
                      cases[i].scope, NULL);
        if (cases[i].key != NULL) {
            assert_string_equal(step.key, cases[i].key);
            lasting_free(&step);
        } else {
            lasting_failed(&step, ERR_INVALID, cases[i].wanted);
        }
    }
}

static void test_a_key_has_a_limit(void **state)
{
    char scope[500] = "{'key': '";
    struct step step;

    for (int size = 400; size <= 401; size++) {
        memset(scope + 9, 'k', (size_t)size);
        snprintf(scope + 9 + size, sizeof scope - 9 - (size_t)size, "'}");
        lasting_start(*state, &step, "branch.wait", EVENT(), scope, NULL);
        if (size == 401) {
            lasting_failed(&step, ERR_INVALID, "the key has 401 bytes, at most 400");
        } else {
            assert_int_equal(strlen(step.pause.key), 400);
            lasting_free(&step);
        }
    }
}

/* ---- branch.signal, branch.stop */

static void test_signal(void **state)
{
    struct step step;

    lasting_start(*state, &step, "branch.signal", "{'event': 'paid', 'key': 'k', 'body': '=b'}",
                  "{'b': {'x': 1}}", "'unused'");
    assert_int_equal(step.asked, ASK_SIGNAL);
    assert_string_equal(step.event, "paid");
    assert_string_equal(step.key, "k");
    node_try_same(json_incref(step.sent), "{'x': 1}");
    step.then.signalled(&step, step.config, true);
    lasting_ended(&step, "out", "{'delivered': true}");
    lasting_start(*state, &step, "branch.signal", "{'event': 'paid', 'key': 'k'}", NULL,
                  "{'in': 1}");
    node_try_same(json_incref(step.sent), "{'in': 1}");
    step.then.signalled(&step, step.config, false);
    lasting_ended(&step, "out", "{'delivered': false}");
    lasting_start(*state, &step, "branch.signal", "{'event': 'paid', 'key': 'k', 'body': '=b'}",
                  "{}", "{'in': 1}");
    node_try_same(json_incref(step.sent), "null");
    lasting_free(&step);
}

static void stops(struct node_try *try, const char *config, const char *scope, bool succeed,
                  const char *message)
{
    struct step step;

    lasting_start(try, &step, "branch.stop", config, scope, NULL);
    assert_int_equal(step.asked, ASK_STOP);
    assert_int_equal(step.succeed, succeed);
    assert_string_equal(step.message, message);
    lasting_free(&step);
}

static void test_stop(void **state)
{
    char scope[700] = "{'m': '", cut[400];

    stops(*state, "{}", NULL, false, "the flow says so");
    stops(*state, "{'succeed': true}", NULL, true, "the flow says so");
    stops(*state, "{'message': 'no account'}", NULL, false, "no account");
    stops(*state, "{'message': '=m', 'succeed': true}", "{'m': {'a': 1.10}}", true, "{\"a\":1.10}");
    stops(*state, "{'message': '=m'}", "{}", false, "the flow says so");
    stops(*state, "{'message': '=m'}", "{'m': 7}", false, "7");
    for (int i = 0; i < 250; i++)
        strncat(scope, "ä", 3); /* 500 bytes; 399 would halve one */
    strncat(scope, "'}", 3);
    memcpy(cut, scope + 7, 398);
    cut[398] = '\0';
    stops(*state, "{'message': '=m'}", scope, false, cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LASTING(test_foreach_asks_for_its_loop),
        LASTING(test_foreach_by_default),
        LASTING(test_foreach_refuses_what_is_no_list),
        LASTING(test_repeat),
        LASTING(test_call_waits),
        LASTING(test_call_detached),
        LASTING(test_wait_for_a_time),
        LASTING(test_wait_until_a_moment),
        LASTING(test_wait_for_an_event),
        LASTING(test_wait_with_a_timeout),
        LASTING(test_keys),
        LASTING(test_a_key_has_a_limit),
        LASTING(test_signal),
        LASTING(test_stop),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
