/* work.c - work off the loop (flow/node_work.h): its results, its effects, crashes in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "flow/node_work.h"
#include "world/stage.h"

/* A type whose job counts how often it worked, and answers as the test wants. */
static struct {
    unsigned worked, dropped;
    enum err_code code;
    bool sent;
    int64_t key_valid_ms;
} world;

struct counting {
    unsigned number;
};

static enum err_code count_work(void *job, const atomic_bool *given_up, bool *sent, struct err *e)
{
    struct counting *counting = job;

    (void)given_up;
    counting->number = ++world.worked;
    *sent = world.sent;
    if (world.code != ERR_OK)
        return err_set(e, world.code, "the work failed");
    return ERR_OK;
}

static void count_drop(void *job)
{
    world.dropped++;
    mem_free(job);
}

static void count_done(struct step *step, const void *config, void *job)
{
    const struct counting *counting = job;
    json_t *output = json_integer(counting->number);

    (void)config;
    step_done(step, "out", &output);
}

static enum node_next count_start(struct step *step, const void *config)
{
    struct step_work work = {
        .job = mem_must(sizeof(struct counting)),
        .work = count_work,
        .drop = count_drop,
        .effect = step_type(step)->effect,
        .what = "count once more",
        .key_valid_ms = world.key_valid_ms,
    };

    (void)config;
    return step_work(step, &work, count_done);
}

#define COUNTING(text, class)                                                              \
    {                                                                                      \
        .name = "connector." text, .kind = NODE_CONNECTOR, .title = text, .effect = class, \
        .start = count_start,                                                              \
    }
static const struct node_type types[] = {
    COUNTING("pure", EFFECT_NONE),
    COUNTING("once", EFFECT_ONCE),
    COUNTING("keyed", EFFECT_KEYED),
};

#define HOOK                                                                                     \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"verify\": " \
    "{\"type\": \"none\"}}}"
#define FLOW(type, more)                                                                   \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [" HOOK ", {\"id\": \"work\", "  \
    "\"type\": \"connector." type "\", \"retry\": {\"attempts\": 3, \"initial\": \"1s\", " \
    "\"jitter\": 0}" more "}], \"edges\": [{\"from\": \"in\", \"to\": \"work\"}]}}"

static struct stage *setting(const char *flow)
{
    struct stage *stage = stage_new();

    memset(&world, 0, sizeof world);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        stage_type(stage, &types[i]);
    stage_deploy(stage, "t", flow);
    return stage;
}

static uint64_t post(struct stage *stage)
{
    uint64_t request = stage_post(stage, "x", "{}");

    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 202);
    return stage_run_id(stage, request);
}

static void steps_are(const struct stage *stage, uint64_t run, const char *wanted)
{
    char steps[2000];

    stage_steps(stage, run, steps, sizeof steps);
    assert_string_equal(steps, wanted);
}

static void its_result_goes_on(void **state)
{
    struct stage *stage = setting(FLOW("pure", ""));
    uint64_t run = post(stage);

    (void)state;
    assert_string_equal(stage_status(stage, run), "succeeded");
    assert_int_equal(world.worked, 1);
    assert_int_equal(world.dropped, 1);
    stage_free(stage);
}

static void an_effect_waits_for_its_intent(void **state)
{
    struct stage *stage = setting(FLOW("once", ""));

    (void)state;
    stage_post(stage, "x", "{}");
    stage_turn(stage);
    assert_int_equal(fake_pool_open(stage_pool(stage)), 0);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
    assert_int_equal(fake_pool_open(stage_pool(stage)), 1);
    stage_settle(stage);
    assert_int_equal(world.worked, 1);
    stage_free(stage);
}

static void what_was_not_sent_is_tried_again(void **state)
{
    struct stage *stage = setting(FLOW("once", ""));
    uint64_t run;

    (void)state;
    world.code = ERR_TRANSIENT;
    run = post(stage);
    assert_int_equal(world.worked, 1);
    world.code = ERR_OK;
    stage_wait(stage, 1000);
    assert_string_equal(stage_status(stage, run), "succeeded");
    assert_int_equal(world.worked, 2);
    stage_free(stage);
}

static void what_may_have_happened_is_in_doubt(void **state)
{
    struct stage *stage = setting(FLOW("once", ""));
    uint64_t run;

    (void)state;
    world.code = ERR_TIMEOUT;
    world.sent = true;
    run = post(stage);
    world.code = ERR_OK;
    stage_wait(stage, 3600000);
    assert_string_equal(stage_status(stage, run), "in_doubt");
    assert_int_equal(world.worked, 1);
    stage_free(stage);
}

static void a_crash_in_between(const char *flow, unsigned worked, const char *status)
{
    struct stage *stage = setting(flow);
    uint64_t request = stage_post(stage, "x", "{}"), run;

    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
    assert_int_equal(fake_pool_open(stage_pool(stage)), 1);
    run = stage_run_id(stage, request);
    stage_crash(stage);
    assert_int_equal(fake_pool_open(stage_pool(stage)), 0);
    stage_settle(stage);
    stage_wait(stage, 60000);
    assert_int_equal(world.worked, worked);
    assert_string_equal(stage_status(stage, run), status);
    stage_free(stage);
}

static void after_a_crash_class_decides(void **state)
{
    (void)state;
    a_crash_in_between(FLOW("once", ""), 0, "in_doubt");
    a_crash_in_between(FLOW("keyed", ""), 1, "succeeded");
}

#define MINUTE INT64_C(60000)

/* Its first attempt may have happened; the second is intended in the time of the key, and then the
 * commit or the pool takes `commit` and `thread`. */
static void a_second_attempt_that_waits(int64_t commit, int64_t thread, unsigned worked,
                                        const char *status)
{
    struct stage *stage = setting(FLOW("keyed", ", \"timeout\": \"20m\""));
    uint64_t run;

    world.key_valid_ms = 30 * MINUTE;
    world.code = ERR_TRANSIENT;
    world.sent = true;
    run = post(stage);
    assert_int_equal(world.worked, 1);
    world.code = ERR_OK;
    stage_tick(stage, 1000);
    stage_turn(stage);
    assert_int_equal(fake_pool_open(stage_pool(stage)), 0);
    stage_tick(stage, commit);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
    assert_int_equal(fake_pool_open(stage_pool(stage)), 1);
    stage_tick(stage, thread);
    stage_settle(stage);
    stage_wait(stage, MINUTE);
    assert_int_equal(world.worked, worked);
    assert_string_equal(stage_status(stage, run), status);
    stage_free(stage);
}

static void an_effect_in_doubt_does_not_begin_after_the_time_of_its_key(void **state)
{
    (void)state;
    a_second_attempt_that_waits(5 * MINUTE, 4 * MINUTE, 2, "succeeded");
    a_second_attempt_that_waits(11 * MINUTE, 0, 1, "in_doubt");
    a_second_attempt_that_waits(0, 11 * MINUTE, 1, "in_doubt");
}

/* Then it is the first, and cannot be a second one. */
static void an_effect_that_nobody_doubts_may_be_late(void **state)
{
    struct stage *stage = setting(FLOW("keyed", ""));
    uint64_t request, run;

    (void)state;
    world.key_valid_ms = MINUTE;
    request = stage_post(stage, "x", "{}");
    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
    run = stage_run_id(stage, request);
    stage_tick(stage, 60 * MINUTE);
    stage_settle(stage);
    assert_int_equal(world.worked, 1);
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_free(stage);
}

static void pure_work_that_lasts_too_long_fails(void **state)
{
    struct stage *stage = setting(FLOW("pure", ", \"timeout\": \"5s\""));
    uint64_t request = stage_post(stage, "x", "{}"), run;

    (void)state;
    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
    run = stage_run_id(stage, request);
    assert_int_equal(fake_pool_open(stage_pool(stage)), 1);
    fake_pool_begin(stage_pool(stage));
    stage_tick(stage, 5000);
    stage_turn(stage);
    steps_are(stage, run, "");
    assert_int_equal(world.dropped, 0); /* its work has not returned */
    stage_settle(stage);
    assert_int_equal(world.dropped, 1);
    stage_wait(stage, 1000);
    assert_string_equal(stage_status(stage, run), "succeeded");
    assert_int_equal(world.worked, 2);
    stage_free(stage);
}

static void an_effect_that_lasts_too_long(bool begun)
{
    struct stage *stage = setting(FLOW("once", ", \"timeout\": \"5s\""));
    uint64_t request = stage_post(stage, "x", "{}"), run;

    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
    run = stage_run_id(stage, request);
    if (begun)
        fake_pool_begin(stage_pool(stage));
    stage_tick(stage, 5000);
    stage_turn(stage);
    stage_settle(stage);
    stage_wait(stage, 60000);
    assert_string_equal(stage_status(stage, run), "in_doubt");
    assert_int_equal(world.worked, begun ? 1 : 0);
    stage_free(stage);
}

static void an_effect_that_lasts_too_long_is_in_doubt(void **state)
{
    (void)state;
    an_effect_that_lasts_too_long(true);
}

/* Meanwhile a person may have had it sent. */
static void an_effect_that_waited_too_long_for_a_thread_never_begins(void **state)
{
    (void)state;
    an_effect_that_lasts_too_long(false);
}

static void no_more_at_once_than_the_pool_has_threads_for(void **state)
{
    struct stage *stage = setting(FLOW("pure", ""));
    size_t most;

    (void)state;
    most = fake_pool_pool(stage_pool(stage))->threads - 1;
    for (unsigned i = 0; i < 10; i++)
        stage_post(stage, "x", "{}");
    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
    assert_int_equal(fake_pool_open(stage_pool(stage)), most);
    stage_settle(stage);
    assert_int_equal(world.worked, 10);
    assert_int_equal(world.dropped, 10);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_result_goes_on),
        cmocka_unit_test(an_effect_waits_for_its_intent),
        cmocka_unit_test(what_was_not_sent_is_tried_again),
        cmocka_unit_test(what_may_have_happened_is_in_doubt),
        cmocka_unit_test(after_a_crash_class_decides),
        cmocka_unit_test(an_effect_in_doubt_does_not_begin_after_the_time_of_its_key),
        cmocka_unit_test(an_effect_that_nobody_doubts_may_be_late),
        cmocka_unit_test(pure_work_that_lasts_too_long_fails),
        cmocka_unit_test(an_effect_that_lasts_too_long_is_in_doubt),
        cmocka_unit_test(an_effect_that_waited_too_long_for_a_thread_never_begins),
        cmocka_unit_test(no_more_at_once_than_the_pool_has_threads_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
