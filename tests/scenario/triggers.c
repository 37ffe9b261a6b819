/* triggers.c - flows that begin without a caller: by the clock, with a file, at another flow's end;
 * with the whole engine, over crashes at the worst moments. The stage's day begins at
 * 2026-11-18T11:06:40Z, or 06:06:40 in New York. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "world/stage.h"

#define HOUR INT64_C(3600000)

/* One trigger, and a PUT to http://127.0.0.1/erp/WHAT. */
#define FLOW(trigger, what)                                                                    \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [{\"id\": \"begin\", " trigger "}, " \
    "{\"id\": \"put\", \"type\": \"connector.http\", \"config\": {\"method\": \"PUT\", "       \
    "\"url\": \"='http://127.0.0.1/erp/' .. " what "\"}}], "                                   \
    "\"edges\": [{\"from\": \"begin\", \"to\": \"put\"}]}}"
#define SCHEDULE(config, what) \
    FLOW("\"type\": \"trigger.schedule\", \"config\": {" config "}", what)
#define DAILY(misfire)                                                                \
    SCHEDULE("\"cron\": \"0 6 * * *\", \"zone\": \"America/New_York\", \"misfire\": " \
             "\"" misfire "\"",                                                       \
             "trigger.slot")
#define LOCKBOX                                                                            \
    FLOW("\"type\": \"trigger.file\", \"config\": {\"folder\": \"/in/box\", \"pattern\": " \
         "\"*.csv\"}",                                                                     \
         "trigger.body")
#define WEBHOOK(path, what)                                                                 \
    FLOW("\"type\": \"trigger.webhook\", \"config\": {\"path\": \"" path "\", \"verify\": " \
         "{\"type\": \"none\"}}",                                                           \
         what)
#define EVENT(config, what) FLOW("\"type\": \"trigger.event\", \"config\": {" config "}", what)

static const struct fake_answer fine = { .status = 200, .body = "{}" };
static const struct fake_answer bad = { .status = 400, .body = "{}" };

static struct stage *stage_with(const char *slug, const char *flow)
{
    struct stage *stage = stage_new();

    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, slug, flow);
    stage_settle(stage);
    return stage;
}

static size_t puts_of(struct stage *stage, const char *what)
{
    return fake_http_count(stage_http(stage), what);
}

static void commit_and_turn(struct stage *stage)
{
    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
}

/* ---- By the clock */

static void a_slot_is_one_run(void **state)
{
    struct stage *stage = stage_with("daily", DAILY("once"));

    (void)state;
    stage_wait(stage, 23 * HOUR);
    assert_int_equal(puts_of(stage, "erp"), 0);
    stage_wait(stage, HOUR);
    assert_int_equal(puts_of(stage, "erp/2026-11-19T11:00:00.000Z"), 1);
    stage_wait(stage, HOUR);
    stage_crash(stage);
    stage_settle(stage);
    stage_wait(stage, 23 * HOUR);
    assert_int_equal(puts_of(stage, "erp/2026-11-20T11:00:00.000Z"), 1);
    assert_int_equal(puts_of(stage, "erp"), 2);
    assert_int_equal(fake_store_runs(stage_store(stage)), 2);
    stage_free(stage);
}

static void a_slot_survives_a_crash_at_its_accept(void **state)
{
    struct stage *stage = stage_with("daily", DAILY("once"));

    (void)state;
    stage_tick(stage, 24 * HOUR);
    stage_turn(stage);  /* asked for, */
    stage_crash(stage); /* lost, */
    assert_int_equal(fake_store_runs(stage_store(stage)), 0);
    commit_and_turn(stage); /* and accepted by the next process, */
    stage_crash(stage);
    stage_settle(stage); /* which ends, too */
    assert_int_equal(fake_store_runs(stage_store(stage)), 1);
    assert_true(puts_of(stage, "erp") >= 1); /* a PUT may be repeated */
    stage_free(stage);
}

static void slots_missed_while_nobody_was_there(void **state)
{
    static const struct {
        const char *flow;
        size_t runs;
    } rows[] = {
        { DAILY("skip"), 0 },
        { DAILY("once"), 1 },
        { DAILY("all"), 5 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stage *stage = stage_with("daily", rows[i].flow);

        stage_tick(stage, 5 * 24 * HOUR);
        stage_crash(stage);
        stage_settle(stage);
        assert_int_equal(fake_store_runs(stage_store(stage)), rows[i].runs);
        assert_int_equal(puts_of(stage, "erp"), rows[i].runs);
        stage_wait(stage, 23 * HOUR); /* until 10:06 of the next day, and 1 hour more */
        stage_wait(stage, 54 * 60000);
        assert_int_equal(puts_of(stage, "erp/2026-11-24T11:00:00.000Z"), 1);
        stage_free(stage);
    }
}

static void the_store_refuses_and_the_slot_comes_later(void **state)
{
    struct stage *stage = stage_with("daily", DAILY("skip"));

    (void)state;
    stage_tick(stage, 23 * HOUR + 53 * 60000); /* 10:59:40 */
    fake_store_refuse(stage_store(stage), ERR_STORE, 3);
    for (unsigned i = 0; i < 10; i++)
        stage_wait(stage, 30000);
    assert_int_equal(puts_of(stage, "erp/2026-11-19T11:00:00.000Z"), 1);
    assert_int_equal(fake_store_runs(stage_store(stage)), 1);
    stage_free(stage);
}

static void a_flow_that_is_taken_out_is_silent(void **state)
{
    struct stage *stage = stage_with("daily", DAILY("all"));

    (void)state;
    engine_undeploy(stage_engine(stage), "main", "test", "daily");
    stage_settle(stage);
    stage_wait(stage, 100 * HOUR);
    stage_crash(stage);
    stage_settle(stage);
    stage_deploy(stage, "daily", DAILY("all")); /* and begins from now when it comes back */
    stage_settle(stage);
    assert_int_equal(fake_store_runs(stage_store(stage)), 0);
    stage_wait(stage, 24 * HOUR);
    assert_int_equal(fake_store_runs(stage_store(stage)), 1);
    stage_free(stage);
}

/* ---- With a file */

static void put_file(struct stage *stage, const char *name, const char *text)
{
    fake_folder_put(stage_folder(stage), "/in/box", name, text, 1795000000);
    fake_folder_hint(stage_folder(stage));
}

static void a_file_is_one_run_and_moves_away(void **state)
{
    struct stage *stage = stage_with("lockbox", LOCKBOX);

    (void)state;
    put_file(stage, "a.csv", "17");
    stage_wait(stage, 1000);
    assert_int_equal(puts_of(stage, "erp"), 0);
    stage_wait(stage, 2000);
    assert_int_equal(puts_of(stage, "erp/17"), 1);
    assert_string_equal(fake_folder_text(stage_folder(stage), "/in/box/done", "a.csv"), "17");
    put_file(stage, "b.csv", "\xff\xfe"); /* no text */
    stage_wait(stage, 1000);
    stage_wait(stage, 3000);
    assert_int_equal(fake_store_runs(stage_store(stage)), 1);
    assert_non_null(fake_folder_text(stage_folder(stage), "/in/box/failed", "b.csv.reason.txt"));
    stage_free(stage);
}

/* The process ends after each number of moves of the world, then once more. */
static void a_file_survives_crashes(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < 12; steps++) {
        struct stage *stage = stage_with("lockbox", LOCKBOX);

        put_file(stage, "a.csv", "17");
        for (unsigned i = 0; i < steps; i++) {
            stage_turn(stage);
            if (fake_folder_deliver(stage_folder(stage)) == 0 &&
                fake_store_commit(stage_store(stage)) == 0)
                stage_tick(stage, 2000);
        }
        stage_crash(stage);
        for (unsigned i = 0; i < 4; i++)
            stage_wait(stage, 2000);
        assert_int_equal(fake_store_runs(stage_store(stage)), 1);
        assert_true(puts_of(stage, "erp/17") >= 1);
        assert_int_equal(fake_folder_count(stage_folder(stage), "/in/box"), 0);
        assert_int_equal(fake_folder_count(stage_folder(stage), "/in/box/done"), 1);
        stage_free(stage);
    }
}

/* ---- At another flow's end */

#define HEARS_ALL(what) EVENT("\"on\": \"ended\"", what)

static void an_end_is_told_once(void **state)
{
    struct stage *stage = stage_with("pay", WEBHOOK("pay", "'pay'"));
    uint64_t request;

    (void)state;
    fake_http_script(stage_http(stage), "erp/bad", &bad, 1);
    stage_deploy(stage, "bad", WEBHOOK("bad", "'bad'"));
    stage_deploy(stage, "good-ones",
                 EVENT("\"on\": \"succeeded\", \"flow\": \"pay\"",
                       "'good-' .. trigger.flow .. '-' .. trigger.output.status"));
    stage_deploy(stage, "dead-ones",
                 EVENT("\"on\": \"failed\", \"flow\": \"bad\"",
                       "'dead-' .. trigger.flow .. '-' .. trigger.error.kind"));
    request = stage_post(stage, "pay", "{}");
    stage_settle(stage);
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "succeeded");
    assert_int_equal(puts_of(stage, "erp/good-pay-200"), 1);
    request = stage_post(stage, "bad", "{}");
    stage_settle(stage);
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "failed");
    assert_int_equal(puts_of(stage, "erp/dead-bad-invalid"), 1);
    assert_int_equal(fake_store_runs(stage_store(stage)), 4);
    stage_free(stage);
}

/* Whenever the process ends, the listener has one run at last. */
static void an_end_survives_crashes(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < 14; steps++) {
        struct stage *stage = stage_with("pay", WEBHOOK("pay", "'pay'"));

        stage_deploy(stage, "ear", EVENT("\"on\": \"succeeded\", \"flow\": \"pay\"", "'heard'"));
        stage_post(stage, "pay", "{}");
        commit_and_turn(stage); /* accepted */
        for (unsigned i = 0; i < steps; i++) {
            stage_turn(stage);
            if (i % 2 == 0)
                fake_store_commit(stage_store(stage));
            else
                fake_http_deliver(stage_http(stage));
        }
        stage_crash(stage);
        stage_settle(stage);
        assert_true(puts_of(stage, "erp/heard") >= 1);
        assert_int_equal(engine_runs(stage_engine(stage)), 0);
        stage_free(stage);
    }
}

static void flows_that_hear_each_other_come_to_an_end(void **state)
{
    struct stage *stage = stage_with("pay", WEBHOOK("pay", "'pay'"));

    (void)state;
    stage_deploy(stage, "one", HEARS_ALL("'one'"));
    stage_deploy(stage, "two", EVENT("\"on\": \"ended\", \"flow\": \"one\"", "'two'"));
    stage_post(stage, "pay", "{}");
    stage_settle(stage);
    assert_int_equal(puts_of(stage, "erp/one") + puts_of(stage, "erp/two"), 16);
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    stage_free(stage);
}

/* ---- At its own failure */

/* A webhook flow, or one that is called, whose PUT is refused or not; `on_failure` names a flow. */
#define FAILS(trigger, what, on_failure)                                                      \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {\"on_failure\": \"" on_failure  \
    "\"}, \"nodes\": [{\"id\": \"begin\", " trigger "}, {\"id\": \"put\", \"type\": "         \
    "\"connector.http\", \"config\": {\"method\": \"PUT\", \"url\": "                         \
    "\"='http://127.0.0.1/erp/' .. " what "\"}}], \"edges\": [{\"from\": \"begin\", \"to\": " \
    "\"put\"}]}}"
#define POSTED                                                                    \
    "\"type\": \"trigger.webhook\", \"config\": {\"path\": \"bad\", \"verify\": " \
    "{\"type\": \"none\"}}"
#define CALLED "\"type\": \"trigger.call\""

/* The store refuses any one commit behind the event's own. */
static void a_failure_is_told_though_the_store_refuses(void **state)
{
    (void)state;
    for (unsigned kept = 1; kept < 8; kept++) {
        struct stage *stage =
            stage_with("alarm", FLOW(CALLED, "'alarm-' .. trigger.body.flow .. '-' .. "
                                             "trigger.body.error.kind"));

        fake_http_script(stage_http(stage), "erp/bad", &bad, 1);
        stage_deploy(stage, "bad", FAILS(POSTED, "'bad'", "alarm"));
        stage_post(stage, "bad", "{}");
        for (unsigned i = 0; i < kept; i++) {
            commit_and_turn(stage);
            fake_http_deliver(stage_http(stage));
        }
        fake_store_refuse(stage_store(stage), ERR_STORE, 1);
        stage_settle(stage);
        stage_wait(stage, 2 * HOUR); /* whatever is tried again */
        stage_wait(stage, 2 * HOUR);
        assert_string_equal(stage_status(stage, stage_run_id(stage, 1)), "failed");
        assert_int_equal(puts_of(stage, "erp/alarm-bad-invalid"), 1);
        assert_int_equal(fake_store_runs(stage_store(stage)), 2);
        stage_free(stage);
    }
}

/* ---- At what is set aside as failed without an end of its own */

#define SET_ASIDE                                                                                 \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {\"dedupe\": \"=trigger.body.id\", " \
    "\"on_failure\": \"alarm\"}, \"nodes\": [{\"id\": \"in\", \"type\": \"trigger.webhook\", "    \
    "\"config\": {\"path\": \"x\", \"verify\": {\"type\": \"none\"}}}], \"edges\": []}}"

static bool tell_sees(void *arg, const struct store_fact *fact)
{
    (void)fact;
    ++*(unsigned *)arg;
    return true;
}

/* The first event, its conflict, and one run of each who hears of that; nothing is left to tell. */
static void a_conflict_was_told_once(struct stage *stage)
{
    const struct store_facts_filter tells = { .kind = FACT_TELL };
    unsigned left = 0;
    struct err e;

    assert_int_equal(fake_store_runs(stage_store(stage)), 4);
    assert_true(puts_of(stage, "erp/ear-conflict") >= 1); /* a PUT may be repeated */
    assert_true(puts_of(stage, "erp/alarm-conflict") >= 1);
    assert_int_equal(
        store_facts(fake_store_store(stage_store(stage)), &tells, tell_sees, &left, &e), ERR_OK);
    assert_int_equal(left, 0);
}

static struct stage *stage_with_a_conflict(void)
{
    struct stage *stage = stage_with("pay", SET_ASIDE);

    stage_deploy(stage, "alarm", FLOW(CALLED, "'alarm-' .. trigger.body.error.kind"));
    stage_deploy(stage, "ear",
                 EVENT("\"on\": \"failed\", \"flow\": \"pay\"", "'ear-' .. trigger.error.kind"));
    stage_deploy(stage, "deaf", EVENT("\"on\": \"succeeded\", \"flow\": \"other\"", "'no'"));
    stage_post(stage, "x", "{\"id\": \"A\", \"n\": 1}");
    stage_settle(stage);
    stage_post(stage, "x", "{\"id\": \"A\", \"n\": 2}");
    return stage;
}

/* The process ends after each move of the world; who has had no answer sends again. */
static void a_conflict_is_told_over_crashes(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < 14; steps++) {
        struct stage *stage = stage_with_a_conflict();

        for (unsigned i = 0; i < steps; i++) {
            stage_turn(stage);
            if (i % 2 == 0)
                fake_store_commit(stage_store(stage));
            else
                fake_http_deliver(stage_http(stage));
        }
        stage_crash(stage);
        stage_post(stage, "x", "{\"id\": \"A\", \"n\": 2}");
        stage_settle(stage);
        stage_crash(stage);
        stage_settle(stage);
        a_conflict_was_told_once(stage);
        stage_free(stage);
    }
}

/* The store refuses any one commit behind the conflict's own. */
static void a_conflict_is_told_though_the_store_refuses(void **state)
{
    (void)state;
    for (unsigned kept = 2; kept < 7; kept++) {
        struct stage *stage = stage_with_a_conflict();

        for (unsigned i = 0; i < kept; i++) {
            commit_and_turn(stage);
            fake_http_deliver(stage_http(stage));
        }
        fake_store_refuse(stage_store(stage), ERR_STORE, 1);
        stage_settle(stage);
        stage_wait(stage, 2 * HOUR);
        assert_int_equal(fake_store_runs(stage_store(stage)), 4);
        stage_crash(stage); /* that it was told may have been refused: it is said again */
        stage_settle(stage);
        a_conflict_was_told_once(stage);
        stage_free(stage);
    }
}

/* Two flows each of which is told of the other's failure. */
static void flows_that_fail_in_a_circle_come_to_an_end(void **state)
{
    struct stage *stage = stage_with("one", FAILS(CALLED, "'bad1'", "two"));

    (void)state;
    fake_http_script(stage_http(stage), "erp/bad", &bad, 1);
    stage_deploy(stage, "two", FAILS(CALLED, "'bad2'", "one"));
    stage_deploy(stage, "bad", FAILS(POSTED, "'bad'", "one"));
    stage_post(stage, "bad", "{}");
    for (unsigned i = 0; i < 100; i++)
        commit_and_turn(stage), fake_http_deliver(stage_http(stage));
    stage_settle(stage);
    assert_int_equal(puts_of(stage, "erp/bad1") + puts_of(stage, "erp/bad2"), 16);
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_told_though_the_store_refuses),
        cmocka_unit_test(flows_that_fail_in_a_circle_come_to_an_end),
        cmocka_unit_test(a_conflict_is_told_over_crashes),
        cmocka_unit_test(a_conflict_is_told_though_the_store_refuses),
        cmocka_unit_test(a_slot_is_one_run),
        cmocka_unit_test(a_slot_survives_a_crash_at_its_accept),
        cmocka_unit_test(slots_missed_while_nobody_was_there),
        cmocka_unit_test(the_store_refuses_and_the_slot_comes_later),
        cmocka_unit_test(a_flow_that_is_taken_out_is_silent),
        cmocka_unit_test(a_file_is_one_run_and_moves_away),
        cmocka_unit_test(a_file_survives_crashes),
        cmocka_unit_test(an_end_is_told_once),
        cmocka_unit_test(an_end_survives_crashes),
        cmocka_unit_test(flows_that_hear_each_other_come_to_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
