/* anomaly.c - "transform.anomaly", by the real engine: what it tells, over crashes, counted once.
 */
#include "engine/operate.h"
#include "node_run.h"
#include "node_try.h"

#define NODE(more)                                                                             \
    "{'id': 'it', 'type': 'transform.anomaly', 'config': {'space': 's', 'key': "               \
    "'=trigger.body.k', 'amount': '=trigger.body.a', 'at': '=trigger.body.t', 'least': 5" more \
    "}}"
#define HOOK(id, path, respond)                                             \
    "{'id': '" id "', 'type': 'trigger.webhook', 'config': {'path': '" path \
    "', 'respond': '" respond "', 'verify': {'type': 'none'}}}"
#define FLOW(settings, more)                                                             \
    "{'flow': {'weft': 1, 'name': 'Score', 'settings': {" settings "}, 'nodes': [" HOOK( \
        "in", "x", "result") ", " NODE(more) "], 'edges': [{'from': 'in', 'to': 'it'}]}}"
#define BY_NUMBER "'dedupe': '=trigger.body.n'"
#define MINUTE    INT64_C(60000)
#define MONDAY    INT64_C(1763978400000) /* 2025-11-24T10:00:00Z */

static void deploy(struct stage *stage, const char *flow)
{
    char *text = node_try_text(flow);

    stage_deploy(stage, "run", text);
    mem_free(text);
}

static uint64_t post(struct stage *stage, const char *key, const char *amount, int64_t at_ms,
                     unsigned n)
{
    char body[160];

    snprintf(body, sizeof body, "{\"k\":\"%s\",\"a\":%s,\"t\":%lld,\"n\":%u}", key, amount,
             (long long)at_ms, n);
    return stage_post(stage, "x", body);
}

static json_t *answer(struct stage *stage, uint64_t request)
{
    const struct stage_answer *got = stage_answer(stage, request);
    json_t *json;
    struct err e;

    if (got->status != 200)
        fail_msg("answered %d: %s", got->status, got->body);
    json = json_read(got->body, strlen(got->body), &json_limits_reply, &e);
    assert_non_null(json);
    return json;
}

static json_t *score(struct stage *stage, const char *key, const char *amount, int64_t at_ms)
{
    uint64_t request = post(stage, key, amount, at_ms, 0);

    stage_settle(stage);
    return answer(stage, request);
}

/* Fourteen of about 100, an hour apart. */
static void learn(struct stage *stage, const char *key)
{
    for (unsigned i = 0; i < 14; i++) {
        char amount[16];

        snprintf(amount, sizeof amount, "%u.50", 95 + i * 7 % 11);
        json_decref(score(stage, key, amount, MONDAY + i * 60 * MINUTE));
    }
}

static const json_t *check_of(const json_t *result, const char *name)
{
    const json_t *checks = json_object_get(result, "checks");
    json_t *one;
    size_t i;

    json_array_foreach(checks, i, one)
    {
        if (strcmp(json_get_text(one, "check"), name) == 0)
            return one;
    }
    fail_msg("there is no check %s", name);
    return NULL;
}

static double points(const json_t *result, const char *name)
{
    return atof(json_exact_text(json_object_get(check_of(result, name), "points")));
}

static void test_amount(void **state)
{
    struct stage *stage = stage_new();
    json_t *result;

    (void)state;
    deploy(stage, FLOW("", ""));
    result = score(stage, "C", "100.00", MONDAY);
    assert_true(json_is_true(json_object_get(result, "cold")));
    assert_true(json_is_null(json_object_get(result, "threshold")));
    assert_string_equal(json_get_text(check_of(result, "amount"), "text"),
                        "0 amounts are known, 5 are needed");
    json_decref(result);
    learn(stage, "C");
    result = score(stage, "C", "4200.00", MONDAY + 900 * MINUTE);
    assert_true(points(result, "amount") > 20);
    assert_true(json_is_false(json_object_get(result, "alarm"))); /* no threshold: no alarm */
    assert_true(json_is_false(json_object_get(result, "cold")));
    assert_int_equal(json_get_int(result, "events", 0), 15);
    assert_string_equal(json_get_text(result, "key"), "C");
    assert_non_null(strstr(json_get_text(result, "why"), "42 times 100.00, the median of 15"));
    assert_string_equal(json_exact_text(json_object_get(
                            json_object_get(check_of(result, "amount"), "baseline"), "median")),
                        "100.00");
    json_decref(result);
    result = score(stage, "D", "4200.00", MONDAY + 901 * MINUTE); /* another key is another story */
    assert_true(points(result, "amount") < 0.01);
    json_decref(result);
    stage_free(stage);
}

static void test_initial(void **state)
{
    struct stage *stage = stage_new();
    json_t *result;

    (void)state;
    deploy(stage, FLOW("", ", 'initial': 12, 'scale': 'difference'"));
    learn(stage, "C");
    result = score(stage, "C", "100.00", MONDAY + 15 * 60 * MINUTE);
    assert_true(json_is_false(json_object_get(result, "alarm")));
    json_decref(result);
    result = score(stage, "C", "-500.00", MONDAY + 16 * 60 * MINUTE);
    assert_true(json_is_true(json_object_get(result, "alarm")));
    json_decref(result);
    stage_free(stage);
}

static void test_velocity(void **state)
{
    struct stage *stage = stage_new();
    json_t *result = NULL;

    (void)state;
    deploy(stage, FLOW("", ", 'velocity': [{'within': '10m', 'count': 3}, {'within': '1h', 'sum': "
                           "500.00}]"));
    for (unsigned i = 0; i < 4; i++) {
        json_decref(result);
        result = score(stage, "C", "100.00", MONDAY + i * MINUTE);
        assert_true(i == 3 || points(result, "velocity") < 0.01);
    }
    assert_string_equal(json_get_text(result, "why"), "4 events within 10m, at most 3");
    json_decref(result);
    result = score(stage, "C", "250.00", MONDAY + 59 * MINUTE);
    assert_string_equal(json_get_text(result, "why"), "650.00 within 1h, at most 500.00");
    json_decref(result);
    stage_free(stage);
}

static void test_twice(void **state)
{
    struct stage *stage = stage_new();
    json_t *result;

    (void)state;
    deploy(stage, FLOW("", ", 'twice': {'within': '1h'}"));
    json_decref(score(stage, "ACME-1", "77.10", MONDAY));
    result = score(stage, "ACME-1", "77.1", MONDAY + 4 * MINUTE);
    assert_non_null(strstr(json_get_text(result, "why"), "77.1 came 4m ago, too"));
    json_decref(result);
    result = score(stage, "acme 1", "77.10", MONDAY + 5 * MINUTE);
    assert_string_equal(json_get_text(result, "why"), "77.10 came 1m ago from ACME-1");
    json_decref(result);
    result = score(stage, "acme 2", "77.10", MONDAY + 6 * MINUTE);
    assert_string_equal(json_get_text(result, "why"), "");
    json_decref(result);
    result = score(stage, "ACME-1", "77.10", MONDAY + 70 * MINUTE);
    assert_string_equal(json_get_text(result, "why"), "");
    json_decref(result);
    stage_free(stage);
}

static void test_season(void **state)
{
    struct stage *stage = stage_new();
    json_t *result;

    (void)state;
    deploy(stage, FLOW("", ", 'season': 'hour_of_day', 'zone': 'America/New_York'"));
    for (unsigned i = 0; i < 30; i++)
        json_decref(score(stage, "C", "10.00", MONDAY + i * 24 * 60 * MINUTE));
    result = score(stage, "C", "10.00", MONDAY + 31 * 24 * 60 * MINUTE);
    assert_true(points(result, "season") < 0.5);
    json_decref(result);
    result = score(stage, "C", "10.00", MONDAY + (32 * 24 + 12) * 60 * MINUTE);
    assert_true(points(result, "season") > 2.5);
    assert_non_null(strstr(json_get_text(result, "why"), "17 h has")); /* 22 h UTC */
    json_decref(result);
    stage_free(stage);
}

/* ---- Counted once */

/* The program dies after each number of commits: what was accepted is counted once. */
static void test_over_crashes(void **state)
{
    (void)state;
    for (unsigned commits = 0; commits < 14; commits++) {
        struct stage *stage = stage_new();
        json_t *result;
        unsigned accepted;

        deploy(stage, FLOW(BY_NUMBER, ", 'velocity': [{'within': '1h', 'count': 20}]"));
        for (unsigned i = 1; i <= 6; i++)
            post(stage, "C", "100.00", MONDAY + i * MINUTE, i);
        for (unsigned i = 0; i < commits; i++) {
            stage_turn(stage);
            fake_store_commit_some(stage_store(stage), 1);
        }
        stage_crash(stage);
        stage_settle(stage);
        accepted = (unsigned)fake_store_runs(stage_store(stage));
        for (unsigned i = 1; i <= 6; i++) /* the senders try again */
            post(stage, "C", "100.00", MONDAY + i * MINUTE, i);
        stage_settle(stage);
        result = score(stage, "C", "100.00", MONDAY + 7 * MINUTE);
        assert_int_equal(json_get_int(result, "events", -1), 6);
        assert_non_null(
            strstr(json_get_text(check_of(result, "velocity"), "text"), "7 events within 1h"));
        json_decref(result);
        assert_true(accepted <= 6);
        stage_free(stage);
    }
}

/* Runs of many keys and of the same at once, committed in pieces. */
static void test_many_runs(void **state)
{
    struct stage *stage = stage_new();
    json_t *result;

    (void)state;
    deploy(stage, FLOW(BY_NUMBER, ", 'twice': {'within': '1h'}, 'keys': 4"));
    for (unsigned i = 1; i <= 40; i++) {
        post(stage, i % 2 == 0 ? "C" : "D", "100.00", MONDAY + i * MINUTE, i);
        if (i % 7 == 0)
            stage_turn(stage);
        if (i % 11 == 0)
            fake_store_commit_some(stage_store(stage), 2);
    }
    stage_settle(stage);
    result = score(stage, "C", "100.00", MONDAY + 50 * MINUTE);
    assert_int_equal(json_get_int(result, "events", -1), 20);
    json_decref(result);
    stage_free(stage);
}

/* What another run brings again under the same name has the result it had. */
static void test_seen(void **state)
{
    struct stage *stage = stage_new();
    json_t *first, *again;

    (void)state;
    deploy(stage, FLOW("", ", 'event': '=trigger.body.t', 'initial': 12"));
    learn(stage, "C");
    first = score(stage, "C", "9000.00", MONDAY + 900 * MINUTE);
    again = score(stage, "C", "9000.00", MONDAY + 900 * MINUTE);
    assert_true(json_is_true(json_object_get(again, "seen")));
    assert_true(json_is_true(json_object_get(first, "alarm")));
    assert_true(json_is_true(json_object_get(again, "alarm")));
    assert_true(json_same(json_object_get(first, "score"), json_object_get(again, "score")));
    assert_int_equal(json_get_int(again, "events", 0), 15);
    json_decref(again);
    again = score(stage, "C", "100.00", MONDAY + 900 * MINUTE); /* it was put right */
    assert_true(json_is_false(json_object_get(again, "seen")));
    assert_true(json_is_false(json_object_get(again, "alarm")));
    json_decref(again);
    again = score(stage, "C", "100.00", MONDAY + 901 * MINUTE);
    assert_int_equal(json_get_int(again, "events", 0), 15);
    json_decref(again);
    json_decref(first);
    stage_free(stage);
}

static void noted(void *arg, const struct err *e)
{
    *(enum err_code *)arg = e->code;
}

/* A replay, and the replay of that, are the event of the run that began it. */
static void test_replayed(void **state)
{
    struct stage *stage = stage_new();
    struct replay ask = { .from = "it", .by = "ann", .reason = "once more" };
    uint64_t request;
    json_t *result;
    struct err e;

    (void)state;
    deploy(stage,
           "{'flow': {'weft': 1, 'name': 'Score', 'nodes': [" HOOK("in", "x", "result") ", " HOOK(
               "told", "y", "accepted") ", " NODE("") "], 'edges': [{'from': 'in', 'to': "
                                                      "'it'}, {'from': 'told', 'to': 'it'}]}}");
    learn(stage, "C");
    request = stage_post(stage, "y", "{\"k\":\"C\",\"a\":100.00,\"t\":1764032400000}");
    stage_settle(stage);
    ask.run = stage_run_id(stage, request);
    for (unsigned i = 0; i < 2; i++) {
        enum err_code stored = ERR_COUNT;
        uint64_t again;

        assert_int_equal(engine_replay(stage_engine(stage), &ask, &again, noted, &stored, &e),
                         ERR_OK);
        stage_settle(stage);
        assert_int_equal(stored, ERR_OK);
        assert_string_equal(stage_status(stage, again), "succeeded");
        ask.run = again;
    }
    result = score(stage, "C", "100.00", MONDAY + 901 * MINUTE);
    assert_int_equal(json_get_int(result, "events", 0), 15);
    json_decref(result);
    stage_free(stage);
}

/* What was put right counts in the hours that are usual as one event, however often that is. */
static void test_put_right(void **state)
{
    struct stage *stage = stage_new();
    json_t *once, *often;

    (void)state;
    deploy(stage, FLOW("", ", 'event': '=trigger.body.t', 'season': 'hour_of_day'"));
    for (unsigned i = 0; i < 12; i++)
        json_decref(score(stage, "C", "10.00", MONDAY + i * 24 * 60 * MINUTE));
    once = score(stage, "C", "10.00", MONDAY + (12 * 24 + 12) * 60 * MINUTE);
    for (unsigned i = 0; i < 20; i++) {
        char amount[16];

        snprintf(amount, sizeof amount, "10.%02u", i + 1);
        json_decref(score(stage, "C", amount, MONDAY + (12 * 24 + 12) * 60 * MINUTE));
    }
    often = score(stage, "C", "10.00", MONDAY + (13 * 24 + 12) * 60 * MINUTE);
    assert_true(points(once, "season") > 2);
    assert_true(points(often, "season") > 1);
    json_decref(once);
    json_decref(often);
    stage_free(stage);
}

/* A sum is that of all within the time, also of those that are not kept one by one. */
static void test_sum_of_many(void **state)
{
    struct stage *stage = stage_new();
    json_t *result = NULL;

    (void)state;
    deploy(stage, FLOW("", ", 'recent': 24, 'velocity': [{'within': '1d', 'sum': 2000.00}]"));
    for (unsigned i = 0; i < 200; i++)
        json_decref(score(stage, "C", "10.00", MONDAY + i * MINUTE));
    result = score(stage, "C", "10.00", MONDAY + 200 * MINUTE);
    assert_string_equal(json_get_text(result, "why"), "2010.00 within 1d, at most 2000.00");
    json_decref(result);
    result = score(stage, "C", "10.00", MONDAY + (24 * 60 + 150) * MINUTE); /* most are too old */
    assert_true(points(result, "velocity") < 0.01);
    json_decref(result);
    stage_free(stage);
}

/* Four keys have room; of five that fall together the one seen longest ago is forgotten. */
static void test_forgets(void **state)
{
    struct stage *stage = stage_new();
    json_t *result;
    size_t known = 0;

    (void)state;
    deploy(stage, FLOW("", ", 'keys': 4"));
    for (unsigned i = 0; i < 60; i++) {
        char key[16];

        snprintf(key, sizeof key, "K%u", i);
        json_decref(score(stage, key, "10.00", MONDAY + i * MINUTE));
    }
    for (unsigned i = 60; i-- > 0;) {
        char key[16];

        snprintf(key, sizeof key, "K%u", i);
        result = score(stage, key, "10.00", MONDAY + 100 * MINUTE);
        known += json_get_int(result, "events", 0) > 0;
        assert_true(i < 59 || json_get_int(result, "events", 0) == 1);
        json_decref(result);
    }
    assert_in_range(known, 4, 8);
    stage_free(stage);
}

static void test_refused(void **state)
{
    (void)state;
    node_fails(NODE(""), "{'k': 'C', 'a': 'ten', 't': 0}", "invalid", "\"amount\"");
    node_fails(NODE(""), "{'k': ['C'], 'a': 10, 't': 0}", "invalid", "\"key\"");
    node_fails(NODE(""), "{'k': 'C', 'a': 10}", "rule", "/at, line 1");
}

#define FAULT(more, place, part)                                                                \
    node_try_fault(try, "transform.anomaly", "{'space': 's', 'key': 'k'" more "}", NULL, place, \
                   part)

static void test_settings(void **state)
{
    struct node_try *try = *state;

    FAULT(", 'rate': 0.5", "/rate", "must be a number from 0.0001 to 0.2, but is: 0.5");
    FAULT(", 'rate': '1%'", "/rate", "must be a number");
    FAULT(", 'velocity': [{'within': '1h'}]", "/velocity/0", "give a \"count\", a \"sum\" or both");
    FAULT(", 'velocity': [{'within': '1h', 'count': 100}]", "/velocity/0",
          "make \"recent\" larger");
    FAULT(", 'velocity': [{'within': '1h', 'sum': 10}]", "/velocity/0/sum",
          "needs the setting \"amount\"");
    FAULT(", 'amount': 1, 'velocity': [{'within': '1h', 'sum': 'x'}]", "/velocity/0/sum", "x");
    FAULT(", 'zone': 'New York'", "/zone", "is no time zone");
    FAULT(", 'twice': {}", "/twice", "need the setting \"amount\"");
    FAULT(", 'least': 100, 'recent': 50", "", "\"least\" must not be above \"recent\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amount),
        cmocka_unit_test(test_initial),
        cmocka_unit_test(test_velocity),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_season),
        cmocka_unit_test(test_over_crashes),
        cmocka_unit_test(test_many_runs),
        cmocka_unit_test(test_seen),
        cmocka_unit_test(test_replayed),
        cmocka_unit_test(test_put_right),
        cmocka_unit_test(test_sum_of_many),
        cmocka_unit_test(test_forgets),
        cmocka_unit_test(test_refused),
        cmocka_unit_test_setup_teardown(test_settings, node_try_begin, node_try_end),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
