/* waits.c - steps that wait long: their runs are rows meanwhile, and nothing is lost by that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "world/stage.h"

#define HOOK(id, path, respond)                                                          \
    "{\"id\": \"" id "\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"" path \
    "\", \"respond\": \"" respond "\", \"verify\": {\"type\": \"none\"}}}"
#define FLOW(settings, nodes, edges)                                                             \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {" settings "}, \"nodes\": [" nodes \
    "], \"edges\": [" edges "]}}"
#define EDGE(from, to) "{\"from\": \"" from "\", \"to\": \"" to "\"}"
#define WAIT(config)   "{\"id\": \"wait\", \"type\": \"branch.wait\", \"config\": {" config "}}"
#define WAIT_EVENT                                                                            \
    WAIT("\"event\": {\"name\": \"settled\", \"key\": \"=trigger.body.order\", \"timeout\": " \
         "\"7d\"}")
#define SIGNAL                                                                              \
    "{\"id\": \"tell\", \"type\": \"branch.signal\", \"config\": {\"event\": \"settled\", " \
    "\"key\": "                                                                             \
    "\"=trigger.body.order\", \"body\": \"=trigger.body\"}}"
#define PUT                                                                                       \
    "{\"id\": \"put\", \"type\": \"connector.http\", \"config\": {\"method\": \"PUT\", \"url\": " \
    "\"http://127.0.0.1/erp\"}}"

static const struct fake_answer fine = { .status = 200, .body = "{}" };

static void status_is(struct stage *stage, uint64_t run, const char *status)
{
    assert_string_equal(stage_status(stage, run), status);
}

static uint64_t post(struct stage *stage, const char *path, const char *body)
{
    uint64_t request = stage_post(stage, path, body);

    stage_settle(stage);
    return stage_run_id(stage, request);
}

static bool count(void *arg, const struct store_fact *fact)
{
    (void)fact;
    ++*(unsigned *)arg;
    return true;
}

static unsigned facts(struct stage *stage)
{
    unsigned found = 0;
    struct err e;

    for (int kind = FACT_CURSOR; kind <= FACT_CHILD; kind++) {
        struct store_facts_filter filter = { .kind = (enum store_fact_kind)kind };

        assert_int_equal(
            store_facts(fake_store_store(stage_store(stage)), &filter, count, &found, &e), ERR_OK);
    }
    return found;
}

static void a_wait_of_a_week_is_a_row(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t",
                 FLOW("", HOOK("in", "x", "accepted") ", " WAIT("\"for\": \"7d\"") ", " PUT,
                      EDGE("in", "wait") ", " EDGE("wait", "put")));
    run = post(stage, "x", "{}");
    status_is(stage, run, "waiting");
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    stage_wait(stage, INT64_C(3) * 86400000);
    stage_crash(stage);
    stage_settle(stage);
    status_is(stage, run, "waiting");
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    stage_wait(stage, INT64_C(4) * 86400000 - 1);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 0);
    stage_wait(stage, 1);
    status_is(stage, run, "succeeded");
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    stage_free(stage);
}

static struct stage *stage_of_events(void)
{
    struct stage *stage = stage_new();

    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t",
                 FLOW("", HOOK("in", "x", "accepted") ", " WAIT_EVENT ", " PUT,
                      EDGE("in", "wait") ", " EDGE("wait", "put")));
    stage_deploy(stage, "s", FLOW("", HOOK("in", "s", "result") ", " SIGNAL, EDGE("in", "tell")));
    return stage;
}

static void an_event_wakes_who_waits_for_it(void **state)
{
    struct stage *stage = stage_of_events();
    uint64_t run, other, request;

    (void)state;
    run = post(stage, "x", "{\"order\": \"A\"}");
    other = post(stage, "x", "{\"order\": \"B\"}");
    status_is(stage, run, "waiting");
    stage_crash(stage);
    stage_settle(stage);
    request = stage_post(stage, "s", "{\"order\": \"A\", \"n\": 1}");
    stage_settle(stage);
    assert_string_equal(stage_answer(stage, request)->body, "{\"delivered\":true}");
    status_is(stage, run, "succeeded");
    status_is(stage, other, "waiting");
    stage_wait(stage, INT64_C(7) * 86400000);
    status_is(stage, other, "succeeded"); /* by its exit timeout */
    stage_free(stage);
}

static void an_event_before_its_wait_is_kept(void **state)
{
    struct stage *stage = stage_of_events();
    uint64_t request, run;

    (void)state;
    request = stage_post(stage, "s", "{\"order\": \"A\", \"n\": 1}");
    stage_settle(stage);
    assert_string_equal(stage_answer(stage, request)->body, "{\"delivered\":false}");
    stage_crash(stage);
    stage_settle(stage);
    run = post(stage, "x", "{\"order\": \"A\"}");
    status_is(stage, run, "succeeded");
    run = post(stage, "x", "{\"order\": \"A\"}"); /* it was one event */
    status_is(stage, run, "waiting");
    stage_free(stage);
}

static void two_runs_cannot_wait_for_one_key(void **state)
{
    struct stage *stage = stage_of_events();
    uint64_t run, other;

    (void)state;
    run = post(stage, "x", "{\"order\": \"A\"}");
    other = post(stage, "x", "{\"order\": \"A\"}");
    status_is(stage, run, "waiting");
    status_is(stage, other, "failed");
    stage_free(stage);
}

/* At every moment of the delivery a crash: the event is taken exactly once. */
static void an_event_is_taken_once_over_crashes(void **state)
{
    (void)state;
    for (unsigned crash = 0; crash < 12; crash++) {
        struct stage *stage = stage_of_events();
        uint64_t run = post(stage, "x", "{\"order\": \"A\"}");
        uint64_t request = stage_post(stage, "s", "{\"order\": \"A\"}");

        for (unsigned i = 0; i < crash; i++) {
            stage_turn(stage);
            if (i % 2 == 0)
                fake_store_commit(stage_store(stage));
            else
                fake_http_deliver(stage_http(stage));
        }
        stage_turn(stage);
        stage_crash(stage);
        stage_settle(stage);
        if (stage_answer(stage, request)->status == 0) { /* the sender never got its receipt */
            stage_post(stage, "s", "{\"order\": \"A\"}");
            stage_settle(stage);
        }
        status_is(stage, run, "succeeded");
        assert_in_range(fake_http_count(stage_http(stage), "erp"), 1, 2); /* an open PUT again */
        stage_free(stage);
    }
}

static void a_lane_is_kept_while_its_run_waits(void **state)
{
    struct stage *stage = stage_new();
    uint64_t first, second, third;

    (void)state;
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t",
                 FLOW("\"order_by\": \"=trigger.body\", \"concurrency\": 1",
                      HOOK("in", "x", "accepted") ", " WAIT("\"for\": \"1h\"") ", " PUT,
                      EDGE("in", "wait") ", " EDGE("wait", "put")));
    first = post(stage, "x", "\"a\"");
    second = post(stage, "x", "\"a\"");
    third = post(stage, "x", "\"b\"");
    status_is(stage, first, "waiting");
    status_is(stage, second, "active");
    status_is(stage, third, "waiting"); /* a run that waits holds no place */
    stage_crash(stage);
    stage_settle(stage);
    status_is(stage, second, "active");
    stage_wait(stage, 3600000);
    status_is(stage, first, "succeeded");
    status_is(stage, third, "succeeded");
    status_is(stage, second, "waiting");
    stage_wait(stage, 3600000);
    status_is(stage, second, "succeeded");
    stage_free(stage);
}

/* A store that was put together from several does not keep the program from its start, and whose
 * turn it is does not depend on which event comes first. */
static void two_that_wait_in_one_lane_take_turns(void **state)
{
    struct stage *stage = stage_new();
    uint64_t runs[4];

    (void)state;
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t",
                 FLOW("\"order_by\": \"=trigger.body.order\"",
                      HOOK("in", "x", "accepted") ", " WAIT_EVENT ", " PUT,
                      EDGE("in", "wait") ", " EDGE("wait", "put")));
    stage_deploy(stage, "s", FLOW("", HOOK("in", "s", "result") ", " SIGNAL, EDGE("in", "tell")));
    runs[0] = post(stage, "x", "{\"order\": \"A\"}");
    runs[1] = post(stage, "x", "{\"order\": \"B\"}");
    runs[2] = post(stage, "x", "{\"order\": \"C\"}");
    fake_store_order(stage_store(stage), runs[1], "A");
    fake_store_order(stage_store(stage), runs[2], "A");
    stage_crash(stage);
    stage_settle(stage);
    runs[3] = post(stage, "x", "{\"order\": \"A\"}");
    stage_post(stage, "s", "{\"order\": \"C\"}");
    stage_settle(stage);
    status_is(stage, runs[2], "waiting");
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 0);
    stage_post(stage, "s", "{\"order\": \"A\"}");
    stage_settle(stage);
    status_is(stage, runs[0], "succeeded");
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1); /* not the third: */
    status_is(stage, runs[1], "waiting");                           /* it is the second's turn */
    stage_post(stage, "s", "{\"order\": \"B\"}");
    stage_settle(stage);
    status_is(stage, runs[1], "succeeded");
    status_is(stage, runs[2], "succeeded");
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 3);
    status_is(stage, runs[3], "waiting"); /* it came last, and waits for its own event */
    stage_free(stage);
}

static void noted(void *arg, const struct err *e)
{
    *(enum err_code *)arg = e->code;
}

static enum err_code decide(struct stage *stage, uint64_t run, const char *port, const char *by,
                            const char *role)
{
    const char *roles[] = { role };
    enum err_code stored = ERR_COUNT;
    struct engine_decision d = { .run = run,
                                 .step = "ask",
                                 .port = port,
                                 .by = by,
                                 .roles = roles,
                                 .role_count = 1,
                                 .reason = "seen" };
    struct err e;
    enum err_code rc = engine_decide(stage_engine(stage), &d, noted, &stored, &e);

    if (rc != ERR_OK)
        return rc;
    assert_int_equal(stored, ERR_COUNT); /* it waits for the commit */
    stage_settle(stage);
    return stored;
}

static void people_decide(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(
        stage, "t",
        FLOW("",
             HOOK("in", "x", "accepted") ", {\"id\": \"ask\", \"type\": \"branch.review\", "
                                         "\"config\": {\"title\": \"Pay?\", \"role\": \"cfo\", "
                                         "\"ports\": [{\"port\": \"pay\"}, {\"port\": \"drop\"}], "
                                         "\"four_eyes_above\": {\"amount\": 100, \"value\": "
                                         "\"=trigger.body\"}}}, " PUT,
             EDGE("in", "ask") ", {\"from\": \"ask\", \"port\": \"pay\", \"to\": \"put\"}"));
    run = post(stage, "x", "100.01");
    status_is(stage, run, "waiting");
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    assert_int_equal(decide(stage, run, "pay", "ann", "clerk"), ERR_FORBIDDEN);
    assert_int_equal(decide(stage, run, "perhaps", "ann", "cfo"), ERR_INVALID);
    assert_int_equal(decide(stage, run, "pay", "ann", "cfo"), ERR_OK);
    status_is(stage, run, "waiting");
    stage_crash(stage);
    stage_settle(stage);
    assert_int_equal(decide(stage, run, "pay", "ann", "cfo"), ERR_FORBIDDEN); /* four eyes */
    assert_int_equal(decide(stage, run, "pay", "bob", "cfo"), ERR_OK);
    status_is(stage, run, "succeeded");
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    assert_int_equal(decide(stage, run, "pay", "eve", "cfo"), ERR_NOT_FOUND);
    stage_free(stage);
}

static void an_effect_in_doubt_is_settled_by_a_person(void **state)
{
    static const char *const words[] = { "happened", "send", "fail" };
    static const char *const ends[] = { "succeeded", "succeeded", "failed" };
    static const struct fake_answer lost = { .code = ERR_TIMEOUT };

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct stage *stage = stage_new();
        const struct fake_answer answers[] = { lost, fine };
        uint64_t run;

        fake_http_script(stage_http(stage), "erp", answers, 2);
        stage_deploy(stage, "t",
                     FLOW("",
                          HOOK("in", "x", "accepted") ", {\"id\": \"ask\", \"type\": "
                                                      "\"connector.http\", \"config\": "
                                                      "{\"method\": \"POST\", \"url\": "
                                                      "\"http://127.0.0.1/erp\"}}",
                          EDGE("in", "ask")));
        run = post(stage, "x", "1");
        status_is(stage, run, "in_doubt");
        if (i > 0)
            stage_crash(stage);
        assert_int_equal(decide(stage, run, words[i], "ann", "any"), ERR_OK);
        status_is(stage, run, ends[i]);
        assert_int_equal(fake_http_count(stage_http(stage), "erp"), i == 1 ? 2 : 1);
        stage_free(stage);
    }
}

static void flows_call_flows(void **state)
{
    struct stage *stage = stage_new();
    uint64_t request, run;

    (void)state;
    stage_deploy(
        stage, "sub",
        FLOW("",
             "{\"id\": \"in\", \"type\": \"trigger.call\"}, {\"id\": \"twice\", \"type\": "
             "\"transform.script\", \"config\": {\"source\": \"return trigger.body.n * "
             "2\"}}, {\"id\": \"late\", \"type\": \"branch.wait\", \"config\": {\"for\": "
             "\"1d\"}}, {\"id\": \"any\", \"type\": \"branch.filter\", \"config\": "
             "{\"when\": \"=trigger.body.late\"}}",
             EDGE("in", "any") ", {\"from\": \"any\", \"port\": \"out\", \"to\": \"late\"}, "
                               "{\"from\": \"any\", \"port\": \"rejected\", \"to\": "
                               "\"twice\"}, {\"from\": \"late\", \"to\": \"twice\"}"));
    stage_deploy(stage, "t",
                 FLOW("",
                      HOOK("in", "x", "result") ", {\"id\": \"call\", \"type\": \"branch.call\", "
                                                "\"config\": {\"flow\": \"sub\", \"input\": "
                                                "\"=trigger.body\"}}",
                      EDGE("in", "call")));
    request = stage_post(stage, "x", "{\"n\": 1.05}");
    stage_settle(stage);
    assert_string_equal(stage_answer(stage, request)->body, "2.10");
    assert_int_equal(facts(stage), 0);
    request = stage_post(stage, "x", "{\"n\": 3, \"late\": true}");
    stage_settle(stage);
    stage_wait(stage, 20000); /* both are rows now */
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    run = stage_run_id(stage, request);
    status_is(stage, run, "waiting");
    stage_crash(stage);
    stage_wait(stage, 86400000);
    status_is(stage, run, "succeeded");
    assert_int_equal(facts(stage), 0);
    stage_free(stage);
}

static void a_failed_run_starts_its_failure_flow_once(void **state)
{
    static const struct fake_answer bad = { .status = 400, .body = "{}" };

    (void)state;
    for (unsigned crash = 0; crash < 8; crash++) {
        struct stage *stage = stage_new();
        uint64_t run;

        fake_http_script(stage_http(stage), "erp", &bad, 1);
        fake_http_script(stage_http(stage), "alarm", &fine, 1);
        stage_deploy(stage, "alarm",
                     FLOW("",
                          "{\"id\": \"in\", \"type\": \"trigger.call\"}, {\"id\": \"tell\", "
                          "\"type\": \"connector.http\", \"config\": {\"method\": \"PUT\", "
                          "\"url\": \"http://127.0.0.1/alarm\", \"body\": \"=trigger.body\"}}",
                          EDGE("in", "tell")));
        stage_deploy(stage, "t",
                     FLOW("\"on_failure\": \"alarm\"", HOOK("in", "x", "accepted") ", " PUT,
                          EDGE("in", "put")));
        stage_post(stage, "x", "1");
        stage_turn(stage);
        for (unsigned i = 0; i < crash; i++) {
            if (i % 2 == 0)
                fake_store_commit(stage_store(stage));
            else
                fake_http_deliver(stage_http(stage));
            stage_turn(stage);
        }
        run = crash > 0 ? stage_run_id(stage, 1) : 0;
        stage_crash(stage);
        stage_settle(stage);
        if (crash > 0)
            status_is(stage, run, "failed");
        assert_in_range(fake_http_count(stage_http(stage), "alarm"), crash > 0, crash > 0 ? 2 : 0);
        stage_free(stage);
    }
}

static void a_run_is_cancelled(void **state)
{
    struct stage *stage = stage_new();
    enum err_code stored = ERR_COUNT;
    struct err e;
    uint64_t run;

    (void)state;
    stage_deploy(
        stage, "t",
        FLOW("", HOOK("in", "x", "accepted") ", " WAIT("\"for\": \"7d\""), EDGE("in", "wait")));
    run = post(stage, "x", "{}");
    assert_int_equal(engine_cancel(stage_engine(stage), run, "ann", "wrong", noted, &stored, &e),
                     ERR_OK);
    stage_settle(stage);
    assert_int_equal(stored, ERR_OK);
    status_is(stage, run, "cancelled");
    assert_int_equal(engine_cancel(stage_engine(stage), run, "ann", "wrong", noted, &stored, &e),
                     ERR_NOT_FOUND);
    stage_free(stage);
}

#define DATED(id, path, more)                                                               \
    "{\"id\": \"" id "\", \"type\": \"connector.http\", \"config\": {\"method\": \"PUT\", " \
    "\"url\": \"http://127.0.0.1/" path "\"" more "}, \"retry\": {\"attempts\": 3, "        \
    "\"initial\": \"1h\", \"max\": \"1h\", \"jitter\": 0}}"

/* What was sent an hour after its event is dated by it, also after a week and a crash. */
static void an_effect_has_its_own_moment(void **state)
{
    const struct fake_answer puts[] = { { .status = 503, .body = "" }, fine };
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    fake_http_script(stage_http(stage), "erp", puts, 2);
    fake_http_script(stage_http(stage), "books", &fine, 1);
    stage_deploy(
        stage, "t",
        FLOW("",
             HOOK("in", "x", "accepted") ", " DATED("put", "erp", "") ", " WAIT(
                 "\"for\": \"7d\"") ", " DATED("book", "books",
                                               ", \"body\": {\"sent\": \"=effect_at('put') - "
                                               "now()\"}"),
             EDGE("in", "put") ", " EDGE("put", "wait") ", " EDGE("wait", "book")));
    run = post(stage, "x", "{}");
    stage_wait(stage, 3600000);
    stage_crash(stage);
    stage_wait(stage, 7 * 86400000);
    status_is(stage, run, "succeeded");
    assert_string_equal(fake_http_sent(stage_http(stage), "books", 0)->body, "{\"sent\":3600000}");
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_of_a_week_is_a_row),
        cmocka_unit_test(an_effect_has_its_own_moment),
        cmocka_unit_test(an_event_wakes_who_waits_for_it),
        cmocka_unit_test(an_event_before_its_wait_is_kept),
        cmocka_unit_test(two_runs_cannot_wait_for_one_key),
        cmocka_unit_test(an_event_is_taken_once_over_crashes),
        cmocka_unit_test(a_lane_is_kept_while_its_run_waits),
        cmocka_unit_test(two_that_wait_in_one_lane_take_turns),
        cmocka_unit_test(people_decide),
        cmocka_unit_test(an_effect_in_doubt_is_settled_by_a_person),
        cmocka_unit_test(flows_call_flows),
        cmocka_unit_test(a_failed_run_starts_its_failure_flow_once),
        cmocka_unit_test(a_run_is_cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
