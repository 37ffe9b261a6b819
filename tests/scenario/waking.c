/* waking.c - a run of many steps that waits, and people who want something of it: it comes back in
 * slices, others go on meanwhile, and who asked first is served first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "engine/operate.h"
#include "engine/setting.h"
#include "world/stage.h"

#define SLICE 100u
#define ITEMS 1000u
#define HOOK(path)                                                                          \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"" path "\", " \
    "\"verify\": {\"type\": \"none\"}}}"
#define LONG                                                                                       \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {\"timeout\": \"30d\"}, \"nodes\": "  \
    "[" HOOK(                                                                                      \
        "x") ", {\"id\": \"lines\", "                                                              \
             "\"type\": \"branch.foreach\", \"config\": {\"items\": \"=trigger.body\", \"body\": " \
             "{\"nodes\": [{\"id\": \"one\", \"type\": \"transform.map\", \"config\": "            \
             "{\"fields\": "                                                                       \
             "[{\"to\": \"n\", \"from\": \"=item\"}]}}], \"edges\": []}}}, {\"id\": \"ask\", "     \
             "\"type\": "                                                                          \
             "\"branch.review\", \"config\": {\"title\": \"Pay\", \"role\": \"clerk\", "           \
             "\"ports\": "                                                                         \
             "[{\"port\": \"pay\"}, {\"port\": \"drop\"}]}}], \"edges\": [{\"from\": \"in\", "     \
             "\"to\": "                                                                            \
             "\"lines\"}, {\"from\": \"lines\", \"to\": \"ask\"}]}}"
#define SHORT                                                                                    \
    "{\"flow\": {\"weft\": 1, \"name\": \"s\", \"nodes\": [" HOOK(                               \
        "y") ", {\"id\": \"one\", "                                                              \
             "\"type\": \"transform.map\", \"config\": {\"fields\": [{\"to\": \"n\", \"from\": " \
             "\"=1\"}]}}"                                                                        \
             "], \"edges\": [{\"from\": \"in\", \"to\": \"one\"}]}}"

static void noted(void *arg, const struct err *e)
{
    *(enum err_code *)arg = e->code;
}

/* Runs of so many steps that wait for a decision, as rows. */
static struct stage *long_ones(uint64_t *runs, size_t count)
{
    struct stage *stage = stage_new();
    struct buf body;

    buf_init(&body, MIB);
    for (unsigned i = 0; i < ITEMS; i++)
        buf_addf(&body, "%c%u", i == 0 ? '[' : ',', i);
    buf_add_char(&body, ']');
    engine_wake_slice(stage_engine(stage), SLICE);
    stage_deploy(stage, "t", LONG);
    stage_deploy(stage, "s", SHORT);
    for (size_t i = 0; i < count; i++) {
        const uint64_t request = stage_post(stage, "x", buf_text(&body));

        stage_settle(stage);
        runs[i] = stage_run_id(stage, request);
    }
    buf_fini(&body);
    for (unsigned i = 0; i < 20 && engine_runs(stage_engine(stage)) > 0; i++)
        stage_wait(stage, 60000);
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(stage_status(stage, runs[i]), "waiting");
    return stage;
}

static struct stage *long_one(uint64_t *run)
{
    return long_ones(run, 1);
}

static void decide(struct stage *stage, uint64_t run, const char *port, enum err_code *stored)
{
    static const char *const roles[] = { "clerk" };
    char step[] = "ask", by[] = "ann";
    const struct engine_decision d = {
        .run = run, .step = step, .port = port, .by = by, .roles = roles, .role_count = 1
    };
    struct err e;

    *stored = ERR_COUNT;
    assert_int_equal(engine_decide(stage_engine(stage), &d, noted, stored, &e), ERR_OK);
    memset(step, 'x', sizeof step - 1); /* what was asked is kept */
    memset(by, 'x', sizeof by - 1);
}

/* Turns until it is in memory. */
static unsigned turns_until_there(struct stage *stage)
{
    unsigned turns = 0;

    while (engine_runs(stage_engine(stage)) == 0) {
        (void)engine_turn(stage_engine(stage));
        assert_true(++turns < 100);
    }
    return turns;
}

static void a_decision_holds_nobody_up(void **state)
{
    enum err_code first, second, cancelled = ERR_COUNT;
    uint64_t run, request;
    struct stage *stage = long_one(&run);
    struct err e;

    (void)state;
    decide(stage, run, "pay", &first);
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    request = stage_post(stage, "y", "{}"); /* another one begins and ends meanwhile */
    decide(stage, run, "drop", &second);
    assert_int_equal(engine_cancel(stage_engine(stage), run, "bob", "no", noted, &cancelled, &e),
                     ERR_OK);
    assert_int_equal(first, ERR_COUNT);
    for (unsigned i = 0; i < 4; i++) {
        (void)engine_turn(stage_engine(stage));
        fake_store_commit(stage_store(stage));
    }
    assert_int_equal(stage_answer(stage, request)->status, 202);
    assert_int_equal(first, ERR_COUNT);
    stage_settle(stage);
    assert_int_equal(first, ERR_OK);
    assert_int_equal(second, ERR_CONFLICT);
    assert_int_equal(cancelled, ERR_OK);
    assert_string_equal(stage_status(stage, run), "cancelled");
    stage_free(stage);
}

static void it_goes_on_as_from_memory(void **state)
{
    enum err_code stored;
    uint64_t run;
    struct stage *stage = long_one(&run);

    (void)state;
    decide(stage, run, "pay", &stored);
    assert_in_range(turns_until_there(stage), ITEMS / SLICE - 1, 20);
    stage_settle(stage);
    assert_int_equal(stored, ERR_OK);
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_free(stage);
}

/* What died in between was promised to nobody; what ends is told. */
static void a_crash_or_an_end_in_between(void **state)
{
    enum err_code stored;
    uint64_t run;
    struct stage *stage = long_one(&run);

    (void)state;
    decide(stage, run, "pay", &stored);
    (void)engine_turn(stage_engine(stage));
    stage_crash(stage);
    assert_int_not_equal(stored, ERR_OK);
    assert_string_equal(stage_status(stage, run), "waiting");
    decide(stage, run, "pay", &stored);
    stage_settle(stage);
    assert_int_equal(stored, ERR_OK);
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_free(stage);
    stage = long_one(&run);
    decide(stage, run, "pay", &stored);
    stage_free(stage); /* asserts that nothing of it is left */
    assert_int_equal(stored, ERR_OVERLOAD);
}

/* What wakes it at once meanwhile has it; who waited is served all the same. */
static void another_wakes_it_meanwhile(void **state)
{
    enum err_code stored;
    uint64_t run;
    struct stage *stage = long_one(&run);
    const struct probe_ask probe = { .run = run, .step = "ask", .by = "ann" };
    struct err e;

    (void)state;
    decide(stage, run, "pay", &stored);
    (void)engine_turn(stage_engine(stage));
    assert_int_equal(engine_probe(stage_engine(stage), &probe, NULL, NULL, &e), ERR_CONFLICT);
    assert_int_equal(engine_runs(stage_engine(stage)), 1);
    stage_settle(stage);
    assert_int_equal(stored, ERR_OK);
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_free(stage);
}

/* It was woken at once, and has ended, before the next of its slices was due: they know nothing of
 * its end, and would have it go on. */
static void it_ends_meanwhile(void **state)
{
    enum err_code stored[4];
    uint64_t runs[4];
    struct stage *stage = long_ones(runs, 4);

    (void)state;
    for (size_t i = 0; i < 4; i++)
        decide(stage, runs[i], "pay", &stored[i]);
    (void)engine_turn(stage_engine(stage));
    stage_tick(stage, 31LL * 24 * 3600 * 1000); /* the time of all four is over */
    for (unsigned i = 0; i < 4 * ITEMS / SLICE; i++) {
        (void)engine_turn(stage_engine(stage));
        fake_store_commit(stage_store(stage));
    }
    stage_settle(stage);
    for (size_t i = 0; i < 4; i++) {
        assert_in_set(stored[i], ((const uintmax_t[]){ ERR_NOT_FOUND, ERR_CONFLICT }), 2);
        assert_string_equal(stage_status(stage, runs[i]), "failed");
    }
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decision_holds_nobody_up),
        cmocka_unit_test(it_goes_on_as_from_memory),
        cmocka_unit_test(a_crash_or_an_end_in_between),
        cmocka_unit_test(another_wakes_it_meanwhile),
        cmocka_unit_test(it_ends_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
