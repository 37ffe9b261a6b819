/* suspects.c - a run over which the process dies again and again: it is set aside, all others go
 * on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "engine/operate.h"
#include "engine/sample.h"
#include "world/stage.h"

#define HOOK                                                                                      \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"respond\": " \
    "\"accepted\", \"verify\": {\"type\": \"none\"}}}"
#define FLOW(settings, nodes, edges)                                                             \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {" settings "}, \"nodes\": [" nodes \
    "], \"edges\": [" edges "]}}"
#define EDGE(from, to) "{\"from\": \"" from "\", \"to\": \"" to "\"}"
#define PUT                                                                                       \
    "{\"id\": \"put\", \"type\": \"connector.http\", \"config\": {\"method\": \"PUT\", \"url\": " \
    "\"http://127.0.0.1/erp\"}}"
#define WAIT "{\"id\": \"wait\", \"type\": \"branch.wait\", \"config\": {\"for\": \"1h\"}}"

static const struct fake_answer fine = { .status = 200, .body = "{}" };

static void status_is(struct stage *stage, uint64_t run, const char *status)
{
    assert_string_equal(stage_status(stage, run), status);
}

static struct stage *stage_with(const char *flow)
{
    struct stage *stage = stage_new();

    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t", flow);
    return stage;
}

/* Accepted, and its call is out. */
static uint64_t post(struct stage *stage)
{
    uint64_t request = stage_post(stage, "x", "\"a\"");

    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
    return stage_run_id(stage, request);
}

static void count_it(struct stage *stage)
{
    stage_turn(stage);
    fake_store_commit(stage_store(stage));
}

static void noted(void *arg, const struct err *e)
{
    *(enum err_code *)arg = e->code;
}

static bool facts(void *arg, const struct store_fact *fact)
{
    (void)fact;
    ++*(unsigned *)arg;
    return true;
}

static unsigned facts_of(struct stage *stage, enum store_fact_kind kind)
{
    const struct store_facts_filter filter = { .kind = kind };
    unsigned count = 0;
    struct err e;

    assert_int_equal(store_facts(fake_store_store(stage_store(stage)), &filter, facts, &count, &e),
                     ERR_OK);
    return count;
}

/* Since the start: one run has failed, one has posted, each of 12.5 USD. */
static void one_each_is_counted(struct stage *stage)
{
    struct sample_place place;
    const struct tally_money *money;
    char amount[DECIMAL_TEXT];
    size_t cursor = 0;

    assert_true(sample_place(stage_engine(stage), &cursor, &place));
    assert_int_equal(place.tally->ended[RUN_FAILED], 1);
    assert_int_equal(place.tally->ended[RUN_SUCCEEDED], 1);
    assert_int_equal(place.tally->times.count, 2);
    assert_int_equal(place.tally->money_unknown, 0);
    money = tally_money_find(place.tally->money, "USD");
    assert_non_null(money);
    for (unsigned kind = TALLY_POSTED; kind <= TALLY_FAILED; kind++) {
        assert_int_equal(money->runs[kind], 1);
        decimal_text(&money->sums[kind], amount);
        assert_string_equal(amount, "12.5");
    }
}

static void the_third_time_it_is_set_aside(void **state)
{
    struct stage *stage =
        stage_with(FLOW("\"order_by\": \"=trigger.body\", \"money\": {\"amount\": \"=12.5\", "
                        "\"currency\": \"USD\"}",
                        HOOK ", " PUT, EDGE("in", "put")));
    struct replay replay = { .by = "ann", .reason = "mended" };
    enum err_code stored = ERR_COUNT;
    uint64_t first = post(stage), second = post(stage), again;
    struct err e;

    (void)state;
    assert_int_equal(facts_of(stage, FACT_MONEY), 2); /* what waits */
    for (unsigned i = 0; i < 2; i++) {
        stage_die(stage, first);
        count_it(stage);
        status_is(stage, first, "active");
    }
    stage_die(stage, first);
    stage_settle(stage);
    status_is(stage, first, "failed");
    status_is(stage, second, "succeeded"); /* who was behind it goes on */
    assert_int_equal(facts_of(stage, FACT_CURSOR), 0);
    assert_int_equal(facts_of(stage, FACT_MONEY), 0);
    assert_int_equal(facts_of(stage, FACT_MOVED), 2); /* with what each was counted */
    one_each_is_counted(stage);
    stage_crash(stage);
    stage_settle(stage);
    status_is(stage, first, "failed");
    replay.run = first;
    assert_int_equal(engine_replay(stage_engine(stage), &replay, &again, noted, &stored, &e),
                     ERR_OK);
    stage_settle(stage);
    status_is(stage, again, "succeeded");
    assert_int_equal(facts_of(stage, FACT_REDONE), 1); /* the old one counts no more */
    assert_int_equal(facts_of(stage, FACT_MOVED), 2);
    stage_free(stage);
}

static void who_gets_on_is_not_suspected(void **state)
{
    struct stage *stage =
        stage_with(FLOW("", HOOK ", " WAIT ", " PUT, EDGE("in", "wait") ", " EDGE("wait", "put")));
    uint64_t run;

    (void)state;
    run = post(stage);
    stage_settle(stage);
    status_is(stage, run, "waiting");
    stage_die(stage, run);
    stage_settle(stage);
    status_is(stage, run, "waiting");
    stage_die(stage, run);
    stage_settle(stage);
    stage_wait(stage, 3600000 - 1);
    stage_tick(stage, 1);
    for (unsigned i = 0; i < 2; i++) { /* the wait ends, the call is out: it has got on */
        stage_turn(stage);
        fake_store_commit(stage_store(stage));
    }
    stage_turn(stage);
    for (unsigned i = 0; i < 2; i++) {
        stage_die(stage, run);
        count_it(stage);
    }
    stage_settle(stage);
    status_is(stage, run, "succeeded");
    stage_free(stage);
}

/* It died before the count was durable: nothing is worked on before it is. */
static void it_is_not_worked_on_before_it_is_counted(void **state)
{
    struct stage *stage = stage_with(FLOW("", HOOK ", " PUT, EDGE("in", "put")));
    uint64_t run = post(stage);

    (void)state;
    stage_die(stage, run);
    stage_turn(stage);
    assert_int_equal(fake_http_open(stage_http(stage)), 0);
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    stage_settle(stage);
    status_is(stage, run, "succeeded");
    stage_die(stage, run); /* it has ended */
    stage_settle(stage);
    stage_die(stage, 1); /* there was none */
    stage_settle(stage);
    stage_free(stage);
}

static void who_called_it_hears_of_it(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "low",
                 FLOW("", "{\"id\": \"in\", \"type\": \"trigger.call\"}, " PUT, EDGE("in", "put")));
    stage_deploy(stage, "t",
                 FLOW("",
                      HOOK ", {\"id\": \"call\", \"type\": \"branch.call\", \"config\": "
                           "{\"flow\": \"low\"}}",
                      EDGE("in", "call")));
    run = post(stage);
    for (unsigned i = 0; i < 3; i++)
        count_it(stage);
    stage_turn(stage);
    assert_int_equal(fake_http_open(stage_http(stage)), 1);
    for (unsigned i = 0; i < 3; i++) {
        json_t *entries = fake_store_entries(stage_store(stage), run);
        uint64_t child = 0;

        assert_true(ident_parse(json_get_text(json_array_get(entries, 1), "sub"), &child));
        json_decref(entries);
        stage_die(stage, child);
        count_it(stage);
    }
    stage_settle(stage);
    status_is(stage, run, "failed");
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    stage_free(stage);
}

/* Whenever the process ends behind that, it is told once: to who listens, and to its on_failure. */
static void that_it_is_set_aside_is_told(void **state)
{
    (void)state;
    for (unsigned moves = 0; moves < 8; moves++) {
        struct stage *stage =
            stage_with(FLOW("\"on_failure\": \"alarm\"", HOOK ", " PUT, EDGE("in", "put")));
        uint64_t run;

        stage_deploy(stage, "alarm", FLOW("", "{\"id\": \"in\", \"type\": \"trigger.call\"}", ""));
        stage_deploy(stage, "ear",
                     FLOW("",
                          "{\"id\": \"in\", \"type\": \"trigger.event\", \"config\": {\"on\": "
                          "\"failed\", \"flow\": \"t\"}}",
                          ""));
        run = post(stage);
        for (unsigned i = 0; i < 2; i++) {
            stage_die(stage, run);
            count_it(stage);
        }
        stage_die(stage, run);
        for (unsigned i = 0; i < moves; i++) {
            stage_turn(stage);
            if (i % 2 == 0)
                fake_store_commit(stage_store(stage));
        }
        if (moves == 7) { /* at once, too */
            stage_settle(stage);
            assert_int_equal(fake_store_runs(stage_store(stage)), 3);
        }
        if (moves == 0)
            stage_die(stage, run); /* before it could be written */
        else
            stage_crash(stage);
        stage_settle(stage);
        stage_crash(stage);
        stage_settle(stage);
        status_is(stage, run, "failed");
        assert_int_equal(fake_store_runs(stage_store(stage)), 3);
        assert_int_equal(facts_of(stage, FACT_TELL), 0);
        stage_free(stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_third_time_it_is_set_aside),
        cmocka_unit_test(who_gets_on_is_not_suspected),
        cmocka_unit_test(it_is_not_worked_on_before_it_is_counted),
        cmocka_unit_test(who_called_it_hears_of_it),
        cmocka_unit_test(that_it_is_set_aside_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
