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

#define HOUR       INT64_C(3600000)
#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define DAY        (24 * HOUR)

static struct stage *stage;

static int begin(void **state)
{
    (void)state;
    stage = stage_new();
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

/* Days pass, then a round of all flows. */
static void pass(int days)
{
    stage_wait(stage, days * DAY);
    stage_wait(stage, RETENTION_ROUND_MS);
    for (unsigned i = 0; i < 10; i++)
        stage_wait(stage, RETENTION_PAUSE_MS);
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
    pass(1);
    assert_int_equal(count(), 9);
    pass(2);
    assert_int_equal(count(), 6);
    pass(40);
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
    pass(7);
    assert_int_equal(count(), 2);
    pass(2);
    assert_int_equal(count(), 1);
}

static void a_little_at_a_time(void **state)
{
    (void)state;
    deploy("short", "\"retention\": \"2d\"");
    for (unsigned i = 0; i < 2 * RETENTION_BATCH + 50; i++) {
        stage_post(stage, "short", "{\"a\": 1}");
        if (i % 50 == 0)
            stage_settle(stage);
    }
    stage_settle(stage);
    stage_wait(stage, 3 * DAY);
    assert_int_equal(count(), RETENTION_BATCH + 50);
    stage_wait(stage, RETENTION_PAUSE_MS - 1);
    assert_int_equal(count(), RETENTION_BATCH + 50);
    stage_wait(stage, 1);
    assert_int_equal(count(), 50);
    stage_wait(stage, RETENTION_PAUSE_MS);
    assert_int_equal(count(), 1); /* the newest */
}

static void a_failure_waits_for_the_next_round(void **state)
{
    (void)state;
    deploy("short", "\"retention\": \"2d\"");
    for (int i = 0; i < 3; i++)
        stage_post(stage, "short", "{\"a\": 1}");
    stage_settle(stage);
    fake_store_refuse(stage_store(stage), ERR_STORE, 1);
    stage_wait(stage, 3 * DAY);
    assert_int_equal(count(), 3);
    stage_wait(stage, RETENTION_ROUND_MS - 1);
    assert_int_equal(count(), 3);
    stage_wait(stage, 1);
    assert_int_equal(count(), 1);
}

static void nothing_goes_in_the_day_after_the_clock_was_moved_on(void **state)
{
    (void)state;
    deploy("short", "\"retention\": \"2d\"");
    for (int i = 0; i < 3; i++)
        stage_post(stage, "short", "{\"a\": 1}");
    stage_settle(stage);
    stage_set(stage, 3650 * DAY);
    stage_settle(stage);
    stage_wait(stage, DAY - 1);
    assert_int_equal(count(), 3);
    stage_set(stage, -3650 * DAY); /* it was a mistake */
    stage_wait(stage, RETENTION_ROUND_MS);
    assert_int_equal(count(), 3);
    stage_set(stage, 3650 * DAY); /* it was none */
    stage_settle(stage);
    stage_wait(stage, DAY - 1);
    assert_int_equal(count(), 3);
    stage_wait(stage, RETENTION_ROUND_MS);
    assert_int_equal(count(), 1);
}

static void nor_in_the_day_after_a_start_when_the_newest_run_is_old(void **state)
{
    (void)state;
    deploy("short", "\"retention\": \"2d\"");
    for (int i = 0; i < 3; i++)
        stage_post(stage, "short", "{\"a\": 1}");
    stage_settle(stage);
    stage_tick(stage, 29 * DAY);
    stage_crash(stage); /* a holiday is none */
    stage_settle(stage);
    assert_int_equal(count(), 1);
    stage_post(stage, "short", "{\"a\": 1}");
    stage_settle(stage);
    stage_tick(stage, 31 * DAY);
    stage_crash(stage);
    stage_wait(stage, DAY - 1);
    assert_int_equal(count(), 2);
    stage_wait(stage, 1);
    assert_int_equal(count(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(old_runs_go_by_their_flows_setting),
        TEST(failed_runs_stay_four_times_as_long),
        TEST(a_little_at_a_time),
        TEST(a_failure_waits_for_the_next_round),
        TEST(nothing_goes_in_the_day_after_the_clock_was_moved_on),
        TEST(nor_in_the_day_after_a_start_when_the_newest_run_is_old),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
