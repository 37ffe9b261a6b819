/* connections.c - what a connection takes: places, pace, and what happens when the system is down,
 * throttles, or refuses the credentials. */
#include "connection_try.h"

#include "engine/authorize.h"

#define MINUTE 60000
#define DAY    (24 * 60 * MINUTE)

static const struct fake_answer unknown = { .status = 401, .body = "{}" };
static const struct fake_answer later = {
    .status = 429, .body = "{}", .header = "Retry-After", .value = "60"
};
static const struct fake_answer slow = { .code = ERR_TIMEOUT };

/* The bodies of what was sent behind the first `from`, in order: "3 4 5". */
static void sent_are(struct stage *stage, size_t from, const char *wanted)
{
    char text[400] = "";
    size_t used = 0;

    for (size_t i = from; i < sent(stage); i++) {
        const char *body = fake_http_sent(stage_http(stage), "erp", i)->body;

        assert_int_equal(strncmp(body, "{\"n\":", 5), 0);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%ld", used > 0 ? " " : "",
                                 strtol(body + 5, NULL, 10));
    }
    assert_string_equal(text, wanted);
}

static void status_is(struct stage *stage, const uint64_t *runs, size_t count, const char *wanted)
{
    for (size_t i = 0; i < count; i++)
        assert_string_equal(stage_status(stage, runs[i]), wanted);
}

static void resume(struct stage *stage)
{
    struct err e;

    assert_int_equal(engine_connection_resume(stage_engine(stage), "main/test/t/erp", "op", NULL,
                                              NULL, NULL, &e),
                     ERR_OK);
    stage_settle(stage);
}

static void a_refused_credential_halts_it(void **arg)
{
    struct stage *stage = stage_new();
    uint64_t runs[30];

    (void)arg;
    script(stage, &unknown);
    stage_deploy(stage, "t", FLOW("1", ""));
    for (int i = 0; i < 30; i++)
        runs[i] = post(stage, i);
    assert_int_equal(sent(stage), 1); /* one refusal is enough */
    assert_string_equal(state(stage), "halted");
    stage_wait(stage, DAY);
    assert_int_equal(sent(stage), 1);
    status_is(stage, runs, 30, "waiting");
    assert_int_equal(engine_runs(stage_engine(stage)), 0); /* they are rows */
    script(stage, &fine);
    resume(stage);
    status_is(stage, runs, 30, "succeeded");
    sent_are(stage, 1,
             "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29");
    assert_string_equal(state(stage), "open");
    stage_free(stage);
}

static void it_is_halted_after_a_restart_too(void **arg)
{
    struct stage *stage = stage_new();
    uint64_t runs[3];

    (void)arg;
    script(stage, &unknown);
    stage_deploy(stage, "t", FLOW("1", ""));
    runs[0] = post(stage, 0);
    runs[1] = post(stage, 1);
    stage_crash(stage);
    runs[2] = post(stage, 2);
    assert_int_equal(sent(stage), 1);
    assert_string_equal(state(stage), "halted");
    script(stage, &fine);
    /* the same again changes nothing, other credentials do */
    stage_deploy(stage, "t", FLOW("1", ""));
    stage_settle(stage);
    assert_int_equal(sent(stage), 1);
    stage_deploy(stage, "t",
                 FLOW("1", ", \"auth\": {\"type\": \"bearer\", \"secret\": \"key\"}, \"secrets\": "
                           "{\"key\": {\"env\": \"STAGE_SECRET\"}}"));
    stage_settle(stage);
    status_is(stage, runs, 3, "succeeded");
    sent_are(stage, 1, "0 1 2");
    stage_free(stage);
}

struct halted {
    unsigned told;
    enum err_code code;
};

static void halted_told(void *arg, const struct err *e)
{
    struct halted *halted = arg;

    halted->told++;
    halted->code = e->code;
}

/* Who is told that nothing leaves any more can rely on it, whatever happens next. */
static void by_hand_it_is_halted_when_that_is_kept(void **arg)
{
    struct stage *stage = stage_new();
    struct halted halted = { .told = 0 };
    struct err e;

    (void)arg;
    script(stage, &fine);
    stage_deploy(stage, "t", FLOW("1", ""));
    assert_int_equal(engine_connection_halt(stage_engine(stage), "main/test/t/erp", "anna", "stop",
                                            halted_told, &halted, &e),
                     ERR_OK);
    assert_int_equal(halted.told, 0);
    stage_settle(stage);
    assert_int_equal(halted.told, 1);
    assert_int_equal(halted.code, ERR_OK);
    stage_crash(stage);
    (void)post(stage, 1);
    assert_string_equal(state(stage), "halted");
    assert_int_equal(sent(stage), 0);
    stage_free(stage);
}

static void limited_it_waits_for_all(void **arg)
{
    struct stage *stage = stage_new();
    uint64_t runs[3];

    (void)arg;
    script(stage, &later);
    stage_deploy(stage, "t", FLOW("1", ""));
    runs[0] = post(stage, 0);
    script(stage, &fine);
    runs[1] = post(stage, 1);
    runs[2] = post(stage, 2);
    assert_int_equal(sent(stage), 1);
    stage_wait(stage, MINUTE - 1);
    assert_int_equal(sent(stage), 1);
    stage_wait(stage, 1);
    sent_are(stage, 1, "0 1 2");
    status_is(stage, runs, 3, "succeeded");
    stage_free(stage);
}

static void a_long_pause_survives_a_restart(void **arg)
{
    struct stage *stage = stage_new();
    uint64_t runs[20];

    (void)arg;
    script(stage, &later);
    stage_deploy(stage, "t", FLOW("1", ""));
    for (int i = 0; i < 20; i++)
        runs[i] = post(stage, i);
    script(stage, &fine);
    assert_true(engine_runs(stage_engine(stage)) <= 16); /* the others are rows */
    stage_crash(stage);
    stage_wait(stage, MINUTE - 1000);
    assert_int_equal(sent(stage), 1);
    stage_wait(stage, 1000);
    stage_wait(stage, 10000);
    status_is(stage, runs, 20, "succeeded");
    sent_are(stage, 1, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19");
    stage_free(stage);
}

/* Whoever comes while rows come back waits behind them, and keeps nobody from coming back. */
static void rows_come_back_before_those_behind_them(void **arg)
{
    struct stage *stage = stage_new();
    uint64_t runs[40];
    struct err e;

    (void)arg;
    script(stage, &later);
    stage_deploy(stage, "t", FLOW("1", ""));
    for (int i = 0; i < 20; i++)
        runs[i] = post(stage, i);
    assert_int_equal(
        engine_connection_halt(stage_engine(stage), "main/test/t/erp", "op", NULL, NULL, NULL, &e),
        ERR_OK);
    stage_settle(stage);
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    script(stage, &fine);
    assert_int_equal(engine_connection_resume(stage_engine(stage), "main/test/t/erp", "op", NULL,
                                              NULL, NULL, &e),
                     ERR_OK);
    for (int i = 20; i < 40; i++)
        runs[i] = post(stage, i);
    status_is(stage, runs, 40, "succeeded");
    sent_are(stage, 1,
             "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 "
             "31 32 33 34 35 36 37 38 39");
    stage_free(stage);
}

/* A day of nobody there uses up no attempt of anybody. */
static void down_one_at_a_time_tries(void **arg)
{
    struct stage *stage = stage_new();
    uint64_t runs[40];
    size_t tries;

    (void)arg;
    script(stage, &refused);
    stage_deploy(stage, "t", FLOW("2", ""));
    for (int i = 0; i < 40; i++)
        runs[i] = post(stage, i);
    assert_int_equal(sent(stage), 1);
    assert_string_equal(state(stage), "broken");
    for (int i = 0; i < 24 * 60; i++)
        stage_wait(stage, MINUTE);
    tries = sent(stage);
    assert_true(tries > 24 * 50 && tries < 24 * 70); /* one a minute */
    for (size_t i = 0; i < 40; i++)
        assert_true(strcmp(stage_status(stage, runs[i]), "active") == 0 ||
                    strcmp(stage_status(stage, runs[i]), "waiting") == 0);
    stage_crash(stage);
    script(stage, &fine);
    stage_wait(stage, MINUTE);
    stage_wait(stage, MINUTE);
    status_is(stage, runs, 40, "succeeded");
    assert_string_equal(state(stage), "open");
    stage_free(stage);
}

static void five_faults_in_a_row_break_it(void **arg)
{
    struct stage *stage = stage_new();

    (void)arg;
    script(stage, &slow);
    stage_deploy(stage, "t", FLOW("1", ""));
    for (int i = 0; i < 4; i++)
        post(stage, i);
    assert_int_equal(sent(stage), 4);
    assert_string_equal(state(stage), "open");
    post(stage, 4);
    assert_string_equal(state(stage), "broken");
    post(stage, 5);
    assert_int_equal(sent(stage), 5);
    stage_free(stage);
}

static void no_more_calls_than_places(void **arg)
{
    struct stage *stage = stage_new();

    (void)arg;
    script(stage, &fine);
    stage_deploy(stage, "t", FLOW("1", ", \"limits\": {\"concurrency\": 2}"));
    for (int i = 0; i < 10; i++)
        stage_post(stage, "x", "{\"n\": 1}");
    for (int i = 0; i < 40; i++) {
        stage_turn(stage);
        assert_true(fake_http_open(stage_http(stage)) <= 2);
        fake_store_commit(stage_store(stage));
        if (i % 4 == 3)
            fake_http_deliver(stage_http(stage));
    }
    stage_settle(stage);
    assert_int_equal(sent(stage), 10);
    stage_free(stage);
}

/* Each that is freed gives its place to the next, which is freed, too. */
static void the_end_comes_while_calls_wait_for_places(void **arg)
{
    struct stage *stage = stage_new();

    (void)arg;
    script(stage, &fine);
    stage_deploy(stage, "t", FLOW("1", ", \"limits\": {\"concurrency\": 12}"));
    for (int i = 0; i < 40; i++)
        stage_post(stage, "x", "{\"n\": 1}");
    for (int i = 0; i < 4; i++) {
        stage_turn(stage);
        fake_store_commit(stage_store(stage));
    }
    assert_int_equal(fake_http_open(stage_http(stage)), 12);
    stage_crash(stage);
    stage_settle(stage);
    for (int i = 0; i < 60; i++)
        stage_wait(stage, 10000);
    assert_int_equal(sent(stage), 40 + 12);
    stage_free(stage);
}

static void the_pace_is_kept(void **arg)
{
    struct stage *stage = stage_new();

    (void)arg;
    script(stage, &fine);
    stage_deploy(stage, "t",
                 FLOW("1", ", \"limits\": {\"requests\": 2, \"per\": \"1s\", \"burst\": 3}"));
    for (int i = 0; i < 10; i++)
        post(stage, i);
    assert_int_equal(sent(stage), 3);
    for (size_t i = 1; i <= 7; i++) {
        stage_wait(stage, 499);
        assert_int_equal(sent(stage), 2 + i);
        stage_wait(stage, 1);
        assert_int_equal(sent(stage), 3 + i);
    }
    sent_are(stage, 0, "0 1 2 3 4 5 6 7 8 9");
    stage_free(stage);
}

/* A connection of the workspace, and two flows that use it. */
static void share(struct stage *stage)
{
    keep_shared(stage);
    stage_deploy(stage, "t", SHARING("x"));
    stage_deploy(stage, "u", SHARING("y"));
}

static void flows_share_the_workspaces(void **arg)
{
    struct stage *stage = stage_new();
    json_t *told;
    struct err e;

    (void)arg;
    script(stage, &fine);
    share(stage);
    for (int i = 0; i < 6; i++)
        post_to(stage, i % 2 == 0 ? "x" : "y", i);
    assert_int_equal(sent(stage), 2);
    for (size_t i = 1; i <= 4; i++) {
        stage_wait(stage, 500);
        assert_int_equal(sent(stage), 2 + i);
    }
    sent_are(stage, 0, "0 1 2 3 4 5");
    assert_string_equal(state(stage), "open"); /* it is one */
    script(stage, &unknown);
    stage_wait(stage, 2000);
    post_to(stage, "x", 6);
    post_to(stage, "y", 7); /* and its halt is for all of them */
    sent_are(stage, 6, "6");
    assert_string_equal(state(stage), "halted");
    assert_int_equal(engine_connection_resume(stage_engine(stage), "main/test/*/books", "op",
                                              "well", NULL, NULL, &e),
                     ERR_OK);
    told = engine_consent(stage_engine(stage), "main/test/*/books");
    assert_non_null(json_get_text(told, "sign_in")); /* as its flows have it */
    assert_null(json_object_get(told, "consent"));
    json_decref(told);
    assert_null(engine_consent(stage_engine(stage), "main/test/*/none"));
    stage_free(stage);
}

static void one_that_is_cancelled_leaves_the_queue(void **arg)
{
    struct stage *stage = stage_new();
    uint64_t runs[3];
    struct err e;

    (void)arg;
    script(stage, &unknown);
    stage_deploy(stage, "t", FLOW("1", ""));
    for (int i = 0; i < 3; i++)
        runs[i] = post(stage, i);
    assert_int_equal(engine_cancel(stage_engine(stage), runs[1], "op", "no", NULL, NULL, &e),
                     ERR_OK);
    stage_settle(stage);
    assert_string_equal(stage_status(stage, runs[1]), "cancelled");
    script(stage, &fine);
    resume(stage);
    sent_are(stage, 1, "0 2");
    assert_int_equal(engine_connection_resume(stage_engine(stage), "main/test/t/erp", "op", NULL,
                                              NULL, NULL, &e),
                     ERR_CONFLICT);
    assert_int_equal(engine_connection_resume(stage_engine(stage), "main/test/t/none", "op", NULL,
                                              NULL, NULL, &e),
                     ERR_NOT_FOUND);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_credential_halts_it),
        cmocka_unit_test(it_is_halted_after_a_restart_too),
        cmocka_unit_test(by_hand_it_is_halted_when_that_is_kept),
        cmocka_unit_test(limited_it_waits_for_all),
        cmocka_unit_test(a_long_pause_survives_a_restart),
        cmocka_unit_test(rows_come_back_before_those_behind_them),
        cmocka_unit_test(down_one_at_a_time_tries),
        cmocka_unit_test(five_faults_in_a_row_break_it),
        cmocka_unit_test(no_more_calls_than_places),
        cmocka_unit_test(the_end_comes_while_calls_wait_for_places),
        cmocka_unit_test(the_pace_is_kept),
        cmocka_unit_test(flows_share_the_workspaces),
        cmocka_unit_test(one_that_is_cancelled_leaves_the_queue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
