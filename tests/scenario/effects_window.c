/* effects_window.c - the time in which a system knows an idempotency key: nothing that may have
 * happened leaves again behind it, by whichever clock. */
#include "ladder_try.h"

#define POST(config, retry)                                                                   \
    "{'id': 'post', 'type': 'connector.http', 'config': {'method': 'POST', 'expect': [201], " \
    "'url': 'http://127.0.0.1/erp', 'body': {'n': '=trigger.body.n'}, 'effect': 'keyed', "    \
    "'key_header': 'Idempotency-Key', " config "}" retry "}"

static const struct fake_answer cut = { .code = ERR_TRANSIENT };
static const struct fake_answer fine = { .status = 201, .body = "{\"id\": 7}", LADDER_JSON };
static const struct fake_answer not_sent = { .code = ERR_TRANSIENT, .not_sent = true };

/* The second attempt would come when the system may have forgotten the key. */
static void a_key_is_not_used_after_its_time(void **state)
{
    struct stage *stage = stage_new();
    const struct fake_answer answers[] = { cut, fine };
    uint64_t request, run;

    (void)state;
    fake_http_script(stage_http(stage), "/erp", answers, 2);
    request = ladder_post(
        stage,
        POST("'key_valid': '1m'", ", 'retry': {'attempts': 5, 'initial': '40s', 'jitter': 0}"), "",
        "", NULL);
    ladder_play(stage);
    run = stage_run_id(stage, request);
    story_is(stage, run, "intent again doubt task");
    assert_int_equal(fake_http_count(stage_http(stage), "/erp"), 1);
    stage_crash(stage); /* and what the person says then is sent with a key of a new generation */
    ladder_decide(stage, run, "send");
    ladder_play(stage);
    story_is(stage, run, "intent again doubt task decided send intent done");
    assert_int_equal(fake_http_count(stage_http(stage), "/erp"), 2);
    assert_memory_not_equal(ladder_key(stage, "/erp", 0), ladder_key(stage, "/erp", 1), 36);
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_free(stage);
}

/* Nor does a wall clock that is set back give it more, also over the end of the process. */
static void a_key_gets_no_time_from_a_clock_that_is_set_back(void **state)
{
    static const struct {
        const char *post;
        bool dies; /* then what is due is due by the wall */
        int64_t due_ms;
    } cases[] = {
        { POST("'key_valid': '90s'", ", 'retry': {'attempts': 5, 'initial': '65s', 'jitter': 0}"),
          false, 35000 },
        { POST("'key_valid': '90s'", ", 'retry': {'attempts': 5, 'initial': '50s', 'jitter': 0}"),
          true, 50000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage *stage = stage_new();
        const struct fake_answer answers[] = { cut, fine };
        uint64_t request, run;

        fake_http_script(stage_http(stage), "/erp", answers, 2);
        request = ladder_post(stage, cases[i].post, "", "", NULL);
        stage_settle(stage);
        run = stage_run_id(stage, request);
        stage_tick(stage, 30000);
        stage_set(stage, -30000);
        if (cases[i].dies)
            stage_crash(stage);
        stage_wait(stage, cases[i].due_ms);
        ladder_play(stage);
        story_is(stage, run, "intent again doubt task");
        assert_int_equal(fake_http_count(stage_http(stage), "/erp"), 1);
        stage_free(stage);
    }
}

/* Intended in its time, and then the commit takes longer than what is left of it. */
static void a_key_is_not_used_when_its_commit_has_outlasted_its_time(void **state)
{
    static const struct {
        int64_t commit;
        bool restored; /* its first request did not leave, but one may have before the backup */
        size_t sent;
        const char *story, *status;
    } cases[] = {
        { 10000, false, 2, "intent again intent done", "succeeded" },
        { 50000, false, 1, "intent again intent doubt task", "in_doubt" },
        { 10000, true, 2, "intent again intent done", "succeeded" },
        { 50000, true, 1, "intent again intent doubt task", "in_doubt" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage *stage = stage_new();
        const struct fake_answer answers[] = { cases[i].restored ? not_sent : cut, fine };
        uint64_t request;

        fake_http_script(stage_http(stage), "/erp", answers, 2);
        if (cases[i].restored)
            fake_store_store(stage_store(stage))->restored = INT64_MAX;
        request = ladder_post(stage,
                              POST("'key_valid': '90s'",
                                   ", 'timeout': '30s', 'retry': {'attempts': 5, 'initial': '20s', "
                                   "'jitter': 0}"),
                              "", "", NULL);
        stage_settle(stage);
        stage_tick(stage, 20000);
        stage_turn(stage);
        stage_tick(stage, cases[i].commit);
        ladder_play(stage);
        story_is(stage, stage_run_id(stage, request), cases[i].story);
        assert_string_equal(stage_status(stage, stage_run_id(stage, request)), cases[i].status);
        if (fake_http_count(stage_http(stage), "/erp") != cases[i].sent)
            fail_msg("case %zu: sent %zu times", i, fake_http_count(stage_http(stage), "/erp"));
        stage_free(stage);
    }
}

/* Over a new start of the machine the wall alone tells how old a key is: not when it stands before
 * the moment at which the key left. What it is put back after that makes no key younger, also not
 * over the end of the program and the next start of the machine. */
static void a_key_gets_no_time_from_a_new_start_of_the_machine(void **state)
{
    static const struct {
        const char *initial;
        int64_t set_ms;             /* while the machine is off */
        int64_t later_ms, again_ms; /* after that it is set once more, */
        bool seen, dies, boots;     /* which the program notices, and dies, perhaps the machine */
        int64_t due_ms;
        size_t sent;
    } cases[] = {
        { "'20s'", 0, 0, 0, true, false, false, 10000, 2 },
        { "'20s'", -20000, 0, 0, true, false, false, 31000, 1 },
        { "'50s'", 0, 30000, -39000, false, true, false, 49000, 1 },
        { "'55s'", 0, 30000, -9000, true, false, false, 25000, 1 },
        { "'55s'", 0, 30000, -9000, false, true, false, 25000, 1 },
        { "'55s'", 0, 30000, -9000, true, true, true, 25000, 1 },
        { "'45s'", 0, 30000, -9000, true, true, true, 14000, 2 }, /* still in its time */
        { "'55s'", -15000, 20000, 0, true, true, true, 40000, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage *stage = stage_new();
        const struct fake_answer answers[] = { cut, fine };
        char post[1024];
        uint64_t request;

        fake_http_script(stage_http(stage), "/erp", answers, 2);
        snprintf(post, sizeof post,
                 POST("'key_valid': '90s'", ", 'timeout': '30s', 'retry': {'attempts': 5, "
                                            "'initial': %s, 'jitter': 0}"),
                 cases[i].initial);
        request = ladder_post(stage, post, "", "", NULL);
        stage_settle(stage);
        stage_tick(stage, 10000);
        stage_set(stage, cases[i].set_ms);
        stage_boot(stage);
        stage_crash(stage);
        stage_settle(stage);
        if (cases[i].later_ms > 0) {
            stage_tick(stage, cases[i].later_ms);
            stage_set(stage, cases[i].again_ms);
            if (cases[i].seen)
                stage_settle(stage);
            if (cases[i].boots)
                stage_boot(stage);
            if (cases[i].dies)
                stage_crash(stage);
        }
        stage_wait(stage, cases[i].due_ms);
        ladder_play(stage);
        if (fake_http_count(stage_http(stage), "/erp") != cases[i].sent)
            fail_msg("case %zu: sent %zu times", i, fake_http_count(stage_http(stage), "/erp"));
        assert_string_equal(stage_status(stage, stage_run_id(stage, request)),
                            cases[i].sent > 1 ? "succeeded" : "in_doubt");
        stage_free(stage);
    }
}

/* Where nobody can tell one start of the machine from another the wall alone counts. */
static void a_key_is_used_where_the_boot_is_not_known(void **state)
{
    struct stage *stage = stage_new();
    const struct fake_answer answers[] = { cut, fine };
    uint64_t request;

    (void)state;
    stage_boot_unknown(stage);
    stage_tick(stage, 1000);
    stage_crash(stage);
    fake_http_script(stage_http(stage), "/erp", answers, 2);
    request = ladder_post(stage,
                          POST("'key_valid': '90s'", ", 'timeout': '30s', 'retry': {'attempts': 5, "
                                                     "'initial': '20s', 'jitter': 0}"),
                          "", "", NULL);
    stage_settle(stage);
    stage_tick(stage, 10000);
    stage_crash(stage);
    stage_wait(stage, 10000);
    ladder_play(stage);
    assert_int_equal(fake_http_count(stage_http(stage), "/erp"), 2);
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "succeeded");
    stage_free(stage);
}

/* The store refuses to keep which start of the machine it is, and keeps a run: that one came after
 * it, and is no sign of a clock that was put back. */
static void a_run_of_this_start_tells_of_it(void **state)
{
    struct stage *stage = stage_new();
    const struct fake_answer answers[] = { cut, fine, fine };
    uint64_t request;

    (void)state;
    fake_http_script(stage_http(stage), "/erp", answers, 3);
    request = ladder_post(stage,
                          POST("'key_valid': '90s'", ", 'timeout': '30s', 'retry': {'attempts': 5, "
                                                     "'initial': '20s', 'jitter': 0}"),
                          "", "", NULL);
    stage_settle(stage);
    stage_tick(stage, 10000);
    stage_boot(stage);
    stage_crash(stage);
    fake_store_refuse(stage_store(stage), ERR_STORE, 1);
    assert_int_equal(fake_store_commit(stage_store(stage)), 1);
    stage_tick(stage, 500);
    (void)stage_post(stage, "x", "{\"n\": 2}");
    stage_settle(stage);
    stage_crash(stage);
    stage_wait(stage, 10000);
    ladder_play(stage);
    assert_int_equal(fake_http_count(stage_http(stage), "/erp"), 3);
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "succeeded");
    stage_free(stage);
}

#define PROBED                                                                               \
    "{'id': 'post', 'type': 'connector.http', 'config': {'method': 'POST', 'expect': [201]," \
    " 'url': 'http://127.0.0.1/erp', 'body': 1, 'probe': {'url': 'http://127.0.0.1/look', "  \
    "'settle': '1m', 'read_after_write': true}}}"

/* Nor is it looked for before the system may have done it: a wall clock that is set on, also over
 * the end of the process or of the machine, makes no request older. */
static void what_settles_is_not_looked_for_earlier(void **state)
{
    static const struct {
        bool dies, boots;
        int64_t looks_ms; /* after the clock was set */
    } cases[] = { { false, false, 50000 }, { true, false, 50000 }, { true, true, 60000 } };
    const struct fake_answer answers[] = { cut, fine };
    const struct fake_answer missing = { .status = 404, .body = "" };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage *stage = stage_new();
        uint64_t request;

        fake_http_script(stage_http(stage), "/erp", answers, 2);
        fake_http_script(stage_http(stage), "/look", &missing, 1);
        request = ladder_post(stage, PROBED, "", "", NULL);
        stage_settle(stage);
        stage_wait(stage, 10000);
        stage_set(stage, 3600 * 1000);
        if (cases[i].boots)
            stage_boot(stage);
        if (cases[i].dies)
            stage_crash(stage);
        stage_settle(stage);
        for (int64_t at = 1000; at < cases[i].looks_ms; at += 1000)
            stage_wait(stage, 1000);
        assert_int_equal(fake_http_count(stage_http(stage), "/look"), 0);
        assert_int_equal(fake_http_count(stage_http(stage), "/erp"), 1);
        ladder_play(stage);
        assert_int_equal(fake_http_count(stage_http(stage), "/look"), 1);
        assert_int_equal(fake_http_count(stage_http(stage), "/erp"), 2);
        assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "succeeded");
        stage_free(stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_not_used_after_its_time),
        cmocka_unit_test(a_key_gets_no_time_from_a_clock_that_is_set_back),
        cmocka_unit_test(a_key_is_not_used_when_its_commit_has_outlasted_its_time),
        cmocka_unit_test(a_key_gets_no_time_from_a_new_start_of_the_machine),
        cmocka_unit_test(a_key_is_used_where_the_boot_is_not_known),
        cmocka_unit_test(a_run_of_this_start_tells_of_it),
        cmocka_unit_test(what_settles_is_not_looked_for_earlier),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
