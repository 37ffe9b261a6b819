/* series.c - what was counted over time: nothing lost but an open minute, nothing twice, whatever
 * the store does and whenever the process ends; and percentiles of sums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "designer-api/series.h"
#include "engine/flows.h"
#include "world/dice.h"
#include "world/stage.h"

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define MINUTE     INT64_C(60000)
#define HOUR       (60 * MINUTE)
#define FLOW                                                                                       \
    "{\"flow\": {\"weft\": 1, \"name\": \"Orders\", \"nodes\": [{\"id\": \"hook\", \"type\": "     \
    "\"trigger.webhook\", \"config\": {\"path\": \"orders\", \"verify\": {\"type\": \"none\"}}}, " \
    "{\"id\": \"map\", \"type\": \"transform.map\", \"config\": {\"fields\": [{\"to\": \"n\", "    \
    "\"from\": \"=trigger.body.n * 2\"}]}}], \"edges\": [{\"from\": \"hook\", \"to\": \"map\"}]}}"

static struct stage *stage;
static struct series *series;
static struct err e;

static struct store *store(void)
{
    return fake_store_store(stage_store(stage));
}

static int64_t now(void)
{
    struct clock *clock = engine_world(stage_engine(stage))->clock;

    return clock->wall_ms(clock);
}

static void open_series(void)
{
    const struct world *world = engine_world(stage_engine(stage));
    const struct series_kept kept = { .minutes_s = 0 };

    series = series_new(stage_engine(stage), store(), world->clock, world->log, &kept, &e);
    assert_non_null(series);
}

static int begin(void **state)
{
    (void)state;
    stage = stage_new();
    stage_deploy(stage, "orders", FLOW);
    open_series();
    return 0;
}

static int end(void **state)
{
    (void)state;
    series_free(series);
    series = NULL;
    stage_settle(stage);
    stage_free(stage);
    return 0;
}

/* The clock moves on, and all that is due happens. */
static void pass(int64_t ms)
{
    stage_wait(stage, ms);
    for (unsigned i = 0; i < 20; i++) {
        (void)series_turn(series);
        stage_settle(stage);
        stage_tick(stage, 200); /* the next roll */
    }
}

static void post(const char *body)
{
    (void)stage_post(stage, "orders", body);
    stage_settle(stage);
}

static void crash(void)
{
    series_free(series); /* what it writes is lost with all that was not committed */
    stage_crash(stage);
    open_series();
}

static bool add(void *arg, const char *place, int64_t at_s, const struct series_cell *cell)
{
    (void)at_s;
    assert_int_equal(strncmp(place, "main/test/", 10), 0); /* one flow works in each test */
    series_cell_add(arg, cell);
    return true;
}

static struct series_cell sum(int64_t from_s, int64_t to_s, int64_t step_s, bool open)
{
    struct series_cell cell = { .started = 0 };
    json_t *rows = open ? series_open(series) : NULL;
    struct series_ask ask = {
        .span = { .family = 'f', .workspace = "main", .from_s = from_s, .to_s = to_s },
        .step_s = step_s,
        .rolled_s = series_rolled(series),
    };

    ask.span.open = rows;
    assert_int_equal(series_read(store(), &ask, add, &cell, &e), ERR_OK);
    json_decref(rows);
    return cell;
}

static struct series_cell all(int64_t step_s)
{
    return sum(0, now() / 1000 + 1, step_s, true);
}

static bool count_row(void *arg, const struct store_fact *fact)
{
    (void)fact;
    ++*(unsigned *)arg;
    return true;
}

static unsigned rows(const char *prefix)
{
    const struct store_facts_filter filter = { .kind = FACT_SERIES, .prefix = prefix };
    unsigned count = 0;

    assert_int_equal(store_facts(store(), &filter, count_row, &count, &e), ERR_OK);
    return count;
}

static void a_minute_is_written_once_it_is_over(void **state)
{
    struct series_cell cell;

    (void)state;
    post("{\"n\": 1}");
    post("{\"n\": \"none\"}");
    assert_int_equal(rows("f1/"), 0);
    cell = all(SERIES_MINUTE); /* the open minute is told all the same */
    assert_int_equal(cell.started, 2);
    assert_int_equal(cell.ended[RUN_SUCCEEDED], 1);
    assert_int_equal(cell.ended[RUN_FAILED], 1);
    assert_int_equal(cell.count, 2);
    pass(MINUTE);
    assert_int_equal(rows("f1/"), 1);
    cell = all(SERIES_MINUTE);
    assert_int_equal(cell.started, 2);
    assert_int_equal(cell.count, 2);
    pass(10 * MINUTE); /* nothing happens: nothing is written */
    assert_int_equal(rows("f1/"), 1);
}

static void a_refusing_store_gets_the_minute_again(void **state)
{
    (void)state;
    post("{\"n\": 1}");
    fake_store_refuse(stage_store(stage), ERR_STORE, 3);
    for (unsigned i = 0; i < 4; i++)
        pass(MINUTE);
    assert_int_equal(rows("f1/"), 1);
    assert_int_equal(all(SERIES_MINUTE).started, 1);
}

static void an_end_in_order_keeps_the_open_minute_too(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) { /* all in one minute: each process has a row of its own */
        post("{\"n\": 1}");
        series_free(series);
        stage_settle(stage);
        stage_tick(stage, 7);
        open_series();
    }
    assert_int_equal(rows("f1/"), 3);
}

static void minutes_become_hours_and_days_and_go(void **state)
{
    int64_t from = now() / 1000;
    struct series_cell hours, minutes;

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        post("{\"n\": 1}");
        pass(HOUR);
    }
    hours = sum(from / SERIES_HOUR * SERIES_HOUR, now() / 1000 + 1, SERIES_HOUR, true);
    assert_int_equal(hours.started, 60);
    assert_int_equal(hours.ended[RUN_SUCCEEDED], 60);
    assert_true(rows("f2/") >= 59);
    assert_true(rows("f3/") >= 2);
    minutes = sum(0, now() / 1000 + 1, SERIES_MINUTE, false);
    assert_true(minutes.started >= 47 && minutes.started <= 49); /* 48 hours of them */
}

static void percentiles_of_sums_are_those_of_all_runs(void **state)
{
    struct dice dice = { .state = 7 };
    struct series_cell sum_of_all = { .started = 0 }, once = { .started = 0 }, read;
    int64_t times[3000];
    json_t *row;

    (void)state;
    for (unsigned hour = 0; hour < 30; hour++) {
        struct series_cell cell = { .started = 100, .count = 100 };

        for (unsigned i = 0; i < 100; i++) {
            int64_t ms = (int64_t)(dice_next(&dice) % (hour % 3 == 0 ? 100000 : 900));

            times[hour * 100 + i] = ms;
            cell.sum_ms += ms;
            cell.spread[tally_spread_at(ms)]++;
            once.spread[tally_spread_at(ms)]++;
            assert_true(tally_spread_from(tally_spread_at(ms)) <= ms);
            assert_true(tally_spread_from(tally_spread_at(ms) + 1) > ms);
        }
        row = series_cell_row(&cell); /* as it goes through the store */
        assert_true(series_cell_read(&read, row));
        assert_memory_equal(&read, &cell, sizeof cell);
        json_decref(row);
        series_cell_add(&sum_of_all, &read);
    }
    assert_memory_equal(sum_of_all.spread, once.spread, sizeof once.spread);
    for (unsigned percent = 1; percent < 100; percent += 7) {
        double found = series_cell_percentile(&sum_of_all, percent / 100.0);
        unsigned below = 0, near = 0;

        for (unsigned i = 0; i < 3000; i++) { /* within an eighth of the true one */
            below += (double)times[i] < found * 7 / 8 - 1;
            near += (double)times[i] <= found * 9 / 8 + 1;
        }
        assert_true(below <= percent * 30 && near >= percent * 30);
    }
}

static void a_kill_loses_the_open_minute_at_most_and_doubles_none(void **state)
{
    (void)state;
    post("{\"n\": 1}");
    pass(MINUTE);
    post("{\"n\": 1}");
    post("{\"n\": 1}");
    assert_int_equal(all(SERIES_MINUTE).started, 3);
    crash();
    assert_int_equal(all(SERIES_MINUTE).started, 1);
    post("{\"n\": 1}"); /* of the same minute: a row beside the one that was not written */
    pass(MINUTE);
    assert_int_equal(all(SERIES_MINUTE).started, 2);
    for (unsigned i = 0; i < 3; i++) { /* however often it is rolled up */
        pass(HOUR);
        crash();
        pass(MINUTE);
    }
    assert_int_equal(sum(0, now() / 1000 + 1, SERIES_HOUR, true).started, 2);
}

/* ---- Money */

#define PAID_OF(money)                                                                             \
    "{\"flow\": {\"weft\": 1, \"name\": \"Paid\", \"settings\": {\"money\": {" money               \
    "\"currency\": \"=trigger.body.currency\"}}, \"nodes\": [{\"id\": \"hook\", \"type\": "        \
    "\"trigger.webhook\", \"config\": {\"path\": \"paid\", \"verify\": {\"type\": \"none\"}}}, "   \
    "{\"id\": \"map\", \"type\": \"transform.map\", \"config\": {\"fields\": [{\"to\": \"n\", "    \
    "\"from\": \"=trigger.body.n * 2\"}, {\"to\": \"booked\", \"from\": "                          \
    "\"=trigger.body.booked\"}]}}, {\"id\": \"wait\", \"type\": \"branch.review\", \"config\": "   \
    "{\"title\": \"Pay?\", \"ports\": [{\"port\": \"yes\"}]}}], \"edges\": [{\"from\": \"hook\", " \
    "\"to\": \"map\"}, {\"from\": \"map\", \"to\": \"wait\"}]}}"
#define AMOUNT "\"amount\": \"=trigger.body.amount\", "
#define POSTED "\"posted\": \"=steps.map.booked\", "
#define PAID   PAID_OF(AMOUNT)

static uint64_t pay(const char *body)
{
    uint64_t request = stage_post(stage, "paid", body);

    stage_settle(stage);
    return stage_run_id(stage, request);
}

static void decided(void *arg, const struct err *why)
{
    assert_int_equal(why->code, ERR_OK);
    *(bool *)arg = true;
}

static void decide(uint64_t run)
{
    const struct engine_decision decision = {
        .run = run, .step = "wait", .port = "yes", .by = "ann"
    };
    bool told = false;

    assert_int_equal(engine_decide(stage_engine(stage), &decision, decided, &told, &e), ERR_OK);
    stage_settle(stage);
    assert_true(told);
}

static void sum_is(const struct series_cell *cell, const char *currency, unsigned kind,
                   const char *wanted, uint64_t runs)
{
    const struct tally_money *money = tally_money_find(cell->money, currency);
    char text[DECIMAL_TEXT];

    assert_non_null(money);
    decimal_text(&money->sums[kind], text);
    assert_string_equal(text, wanted);
    assert_int_equal(money->runs[kind], runs);
}

static unsigned waiting(void)
{
    const struct store_facts_filter filter = { .kind = FACT_MONEY, .prefix = "main/test/paid/" };
    unsigned count = 0;

    assert_int_equal(store_facts(store(), &filter, count_row, &count, &e), ERR_OK);
    return count;
}

static void money_is_exact_over_rolls_and_restarts(void **state)
{
    struct series_cell cell;
    uint64_t first, second;

    (void)state;
    stage_deploy(stage, "paid", PAID);
    first = pay("{\"amount\": 100.10, \"currency\": \"USD\", \"n\": 1}");
    second = pay("{\"amount\": \"0.20\", \"currency\": \"USD\", \"n\": 1}");
    (void)pay("{\"amount\": 7, \"currency\": \"JPY\", \"n\": \"x\"}"); /* it fails */
    assert_int_equal(waiting(), 2);
    pass(2 * MINUTE);
    crash();
    decide(first);
    pass(2 * HOUR);
    decide(second);
    assert_int_equal(waiting(), 0);
    for (int64_t step = SERIES_MINUTE; step <= SERIES_HOUR; step *= 60) {
        cell = all(step);
        sum_is(&cell, "USD", TALLY_POSTED, "100.30", 2);
        sum_is(&cell, "USD", TALLY_FAILED, "0", 0);
        sum_is(&cell, "JPY", TALLY_FAILED, "7", 1);
        assert_int_equal(cell.money_unknown, 0);
    }
}

static void unknown_money_keeps_no_event_out(void **state)
{
    static const char *const bodies[] = {
        "{\"n\": 1}",
        "{\"amount\": \"12,50\", \"currency\": \"USD\", \"n\": 1}",
        "{\"amount\": 1, \"currency\": \"usd\", \"n\": 1}",
        "{\"amount\": {}, \"currency\": \"USD\", \"n\": 1}",
    };
    struct series_cell cell;

    (void)state;
    stage_deploy(stage, "paid", PAID);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        decide(pay(bodies[i]));
    cell = all(SERIES_MINUTE);
    assert_int_equal(cell.ended[RUN_SUCCEEDED], 4);
    assert_int_equal(cell.money_unknown, 4);
    assert_null(tally_money_find(cell.money, "USD"));
    assert_int_equal(waiting(), 0);
}

static uint64_t paid(const char *amount, const char *booked)
{
    char body[200];

    snprintf(body, sizeof body, "{\"amount\": %s, \"currency\": \"USD\", \"n\": 1, \"booked\": %s}",
             amount, booked);
    return pay(body);
}

/* Declined, in part, told twice: what the books have is what counts, over a restart too. What is no
 * amount fails its run. */
static void posted_is_what_the_steps_say(void **state)
{
    static const char *const wrong[] = { "\"20,25\"", "{}", "true", "\"\"" };
    struct series_cell cell;
    uint64_t last;

    (void)state;
    stage_deploy(stage, "paid", PAID_OF(AMOUNT POSTED));
    decide(paid("100.10", "100.10"));
    decide(paid("30.00", "\"20.25\"")); /* a part of it */
    decide(paid("50.00", "null"));
    decide(paid("7", "0.00"));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_t *shown;

        decide(last = paid("5.00", wrong[i]));
        shown = engine_show(store(), last, &e);
        assert_non_null(strstr(json_get_text(json_object_get(shown, "error"), "text"),
                               "settings.money.posted"));
        json_decref(shown);
    }
    last = paid("-12.30", "-12.3");
    pass(2 * MINUTE);
    crash(); /* it is asked after the restart only */
    decide(last);
    cell = all(SERIES_MINUTE);
    sum_is(&cell, "USD", TALLY_POSTED, "108.05", 3);
    sum_is(&cell, "USD", TALLY_NOT_POSTED, "66.75", 3);
    sum_is(&cell, "USD", TALLY_FAILED, "20.00", 4);
    assert_int_equal(cell.totals + cell.money_unknown, 0); /* no control total was broken */
    stage_deploy(stage, "paid", PAID_OF(POSTED)); /* nobody knows before the end; it may fail */
    decide(paid("1000.00", "\"-20.25\""));
    decide(paid("null", "{}"));
    last = paid("5.00", "-0.75");
    assert_int_equal(waiting(), 0);
    pass(2 * MINUTE);
    crash();
    decide(last);
    cell = all(SERIES_MINUTE);
    sum_is(&cell, "USD", TALLY_POSTED, "87.05", 5);
    sum_is(&cell, "USD", TALLY_NOT_POSTED, "66.75", 3);
    sum_is(&cell, "USD", TALLY_FAILED, "20.00", 4);
    assert_int_equal(cell.money_unknown, 1);
}

static void pulse_take(void *arg, const char *place, const struct pulse *pulse)
{
    assert_string_equal(place, "main/test/orders");
    pulse_merge(arg, pulse);
}

/* The day that lists show, in memory, is what the rows say, whenever it is looked at. */
static void the_day_in_memory_is_that_of_the_rows(void **state)
{
    (void)state;
    stage_wait(stage, HOUR - now() % HOUR);
    for (unsigned hour = 0; hour < 30; hour++) {
        struct pulse day = { .hour_s = 0 };
        struct series_cell cell;
        int64_t from_s;

        if (hour % 5 == 3)
            crash(); /* what was written is read again */
        for (unsigned i = 0; i <= hour % 4; i++)
            post(i == 2 ? "{\"n\": \"none\"}" : "{\"n\": 1}");
        if (hour % 7 == 5)
            stage_wait(stage, 60000); /* the open minute is not written yet */
        series_pulses(series, pulse_take, &day);
        from_s = day.hour_s - 23 * SERIES_HOUR;
        cell = sum(from_s, now() / 1000 + 1, SERIES_MINUTE, true);
        assert_true(cell.started > 0);
        assert_int_equal(pulse_sum(&day).runs, cell.started);
        assert_int_equal(pulse_sum(&day).succeeded, cell.ended[RUN_SUCCEEDED]);
        assert_int_equal(pulse_sum(&day).failed, cell.ended[RUN_FAILED]);
        assert_int_equal(day.hours[23].runs, hour % 4 + 1);
        pass(HOUR - now() % HOUR);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_minute_is_written_once_it_is_over),
        TEST(a_refusing_store_gets_the_minute_again),
        TEST(an_end_in_order_keeps_the_open_minute_too),
        TEST(minutes_become_hours_and_days_and_go),
        TEST(percentiles_of_sums_are_those_of_all_runs),
        TEST(a_kill_loses_the_open_minute_at_most_and_doubles_none),
        TEST(money_is_exact_over_rolls_and_restarts),
        TEST(unknown_money_keeps_no_event_out),
        TEST(posted_is_what_the_steps_say),
        TEST(the_day_in_memory_is_that_of_the_rows),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
