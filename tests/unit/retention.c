/* retention.c - old runs go by their flow's setting, a little at a time; time stands still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "engine/retention.h"

#include "engine/engine_priv.h"
#include "world/stage.h"

#define HOUR INT64_C(3600000)
#define DAY  (24 * HOUR)

static struct stage *stage;
static struct retention retention;

static int begin(void **state)
{
    (void)state;
    stage = stage_new();
    retention = (struct retention){ .cursor = 0 };
    return 0;
}

static int end(void **state)
{
    (void)state;
    stage_free(stage);
    return 0;
}

/* A flow that fails when the body says so. */
static void deploy(const char *slug, const char *keep)
{
    char bundle[1024];

    snprintf(bundle, sizeof bundle,
             "{\"flow\": {\"weft\": 1, \"name\": \"%s\", \"settings\": {%s},"
             " \"nodes\": [{\"id\": \"in\", \"type\": \"trigger.webhook\","
             " \"config\": {\"path\": \"%s\", \"verify\": {\"type\": \"none\"}}},"
             " {\"id\": \"map\", \"type\": \"transform.map\", \"config\": {\"fields\":"
             " [{\"to\": \"a\", \"from\": \"=trigger.body.a + 1\"}]}}],"
             " \"edges\": [{\"from\": \"in\", \"to\": \"map\"}]}}",
             slug, keep, slug);
    stage_deploy(stage, slug, bundle);
}

static unsigned count(void)
{
    struct store *store = fake_store_store(stage_store(stage));
    struct err e;
    json_t *list = engine_list(store, &(struct store_runs_filter){ .status = -1 }, &e);
    unsigned runs = (unsigned)json_array_size(list);

    assert_non_null(list);
    json_decref(list);
    return runs;
}

/* Turns until the round is over; the outcome is as the store tells it. How many batches it took. */
static unsigned round_over(void)
{
    struct engine *engine = stage_engine(stage);
    unsigned batches = 0;

    for (;; batches++) {
        unsigned before = count();

        stage_settle(stage);
        if (retention_due(&retention) > engine->steady)
            stage_wait(stage, retention_due(&retention) - engine->steady);
        retention_turn(engine, &retention);
        if (!retention.asked)
            return batches;
        assert_int_equal(retention_due(&retention), INT64_MAX);
        retention_turn(engine, &retention); /* one at a time */
        stage_settle(stage);
        retention_committed(engine, &retention,
                            &(struct store_result){ .code = ERR_OK,
                                                    .prune = true,
                                                    .pruned = before - count(),
                                                    .more = before - count() == RETENTION_BATCH });
    }
}

static void old_runs_go_by_their_flows_setting(void **state)
{
    (void)state;
    deploy("short", "\"retention\": \"2d\"");
    deploy("long", "\"retention\": \"30d\"");
    deploy("ever", "\"concurrency\": 5");
    for (int i = 0; i < 3; i++) {
        stage_post(stage, "short", "{\"a\": 1}");
        stage_post(stage, "long", "{\"a\": 1}");
        stage_post(stage, "ever", "{\"a\": 1}");
    }
    stage_settle(stage);
    assert_int_equal(count(), 9);
    assert_int_equal(round_over(), 2);
    assert_int_equal(count(), 9);
    stage_wait(stage, 3 * DAY);
    assert_int_equal(round_over(), 2);
    assert_int_equal(count(), 6);
    assert_int_equal(retention_due(&retention), stage_engine(stage)->steady + RETENTION_ROUND_MS);
    stage_wait(stage, 40 * DAY);
    round_over();
    assert_int_equal(count(), 3); /* those that are kept for ever */
}

static void failed_runs_stay_four_times_as_long(void **state)
{
    (void)state;
    deploy("short", "\"retention\": \"2d\"");
    deploy("ever", "\"concurrency\": 5");
    stage_post(stage, "short", "{\"a\": {}}");
    stage_post(stage, "short", "{\"a\": 1}");
    stage_post(stage, "ever", "{\"a\": 1}");
    stage_settle(stage);
    stage_wait(stage, 7 * DAY);
    round_over();
    assert_int_equal(count(), 2);
    stage_wait(stage, 2 * DAY);
    round_over();
    assert_int_equal(count(), 1);
}

static void a_little_at_a_time(void **state)
{
    struct engine *engine;

    (void)state;
    deploy("short", "\"retention\": \"2d\"");
    for (unsigned i = 0; i < 2 * RETENTION_BATCH + 50; i++) {
        stage_post(stage, "short", "{\"a\": 1}");
        if (i % 50 == 0)
            stage_settle(stage);
    }
    stage_settle(stage);
    stage_wait(stage, 3 * DAY);
    engine = stage_engine(stage);
    retention_turn(engine, &retention);
    stage_settle(stage);
    assert_int_equal(count(), RETENTION_BATCH + 50);
    retention_committed(
        engine, &retention,
        &(struct store_result){ .prune = true, .pruned = RETENTION_BATCH, .more = true });
    assert_int_equal(retention_due(&retention), engine->steady + RETENTION_PAUSE_MS);
    retention_turn(engine, &retention); /* not yet */
    assert_false(retention.asked);
    assert_int_equal(round_over(), 2);
    assert_int_equal(count(), 1); /* the newest */
}

static void a_failure_waits_for_the_next_round(void **state)
{
    struct engine *engine = stage_engine(stage);

    (void)state;
    deploy("short", "\"retention\": \"2d\"");
    stage_settle(stage);
    retention_turn(engine, &retention);
    assert_true(retention.asked);
    stage_settle(stage);
    retention_committed(engine, &retention, &(struct store_result){ .code = ERR_OK }); /* not its */
    assert_true(retention.asked);
    retention_committed(engine, &retention,
                        &(struct store_result){ .code = ERR_STORE, .prune = true });
    assert_int_equal(retention_due(&retention), engine->steady + RETENTION_ROUND_MS);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(old_runs_go_by_their_flows_setting),
        TEST(failed_runs_stay_four_times_as_long),
        TEST(a_little_at_a_time),
        TEST(a_failure_waits_for_the_next_round),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
