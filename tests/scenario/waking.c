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
#include "world/stage.h"

#define ITEMS 10000u /* a slice has 1000 entries */
#define HOOK(path)                                                                          \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"" path "\", " \
    "\"verify\": {\"type\": \"none\"}}}"
#define LONG                                                                                       \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [" HOOK(                                 \
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

/* A run of so many steps that waits for a decision, as a row. */
static struct stage *long_one(uint64_t *run)
{
    struct stage *stage = stage_new();
    uint64_t request;
    struct buf body;

    buf_init(&body, MIB);
    for (unsigned i = 0; i < ITEMS; i++)
        buf_addf(&body, "%c%u", i == 0 ? '[' : ',', i);
    buf_add_char(&body, ']');
    stage_deploy(stage, "t", LONG);
    stage_deploy(stage, "s", SHORT);
    request = stage_post(stage, "x", buf_text(&body));
    buf_fini(&body);
    stage_settle(stage);
    *run = stage_run_id(stage, request);
    for (unsigned i = 0; i < 20 && engine_runs(stage_engine(stage)) > 0; i++)
        stage_wait(stage, 60000);
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    assert_string_equal(stage_status(stage, *run), "waiting");
    return stage;
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
    assert_in_range(turns_until_there(stage), ITEMS / 1000 - 1, 20);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decision_holds_nobody_up),
        cmocka_unit_test(it_goes_on_as_from_memory),
        cmocka_unit_test(a_crash_or_an_end_in_between),
        cmocka_unit_test(another_wakes_it_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
