/* cancels_called.c - a run that ends before what it called: that is cancelled with it. */
#include "cancel_try.h"

/* ---- With the runs that it called */

static struct stage *stage_of_calls(const char *settings_and_more, const char *mode)
{
    struct stage *stage = stage_new();
    char bundle[2000];

    fake_http_script(stage_http(stage), "erp", &fine, 1);
    fake_http_script(stage_http(stage), "once", &cut, 1);
    stage_deploy(
        stage, "low",
        FLOW("", CALLED ", " WAIT("1d") ", " PUT, EDGE("in", "wait") ", " EDGE("wait", "put")));
    snprintf(bundle, sizeof bundle,
             FLOW("",
                  CALLED ", {\"id\": \"call\", \"type\": \"branch.call\", \"config\": "
                         "{\"flow\": \"low\", \"mode\": \"%s\"}}",
                  EDGE("in", "call")),
             mode);
    stage_deploy(stage, "mid", bundle);
    stage_deploy(stage, "t", settings_and_more);
    return stage;
}

#define TOP(settings) FLOW(settings, HOOK ", " CALL("call", "mid", "wait"), EDGE("in", "call"))

static void all_are(struct stage *stage, uint64_t top, const char *status)
{
    status_is(stage, top, status);
    status_is(stage, run_of(stage, "mid"), "cancelled");
    status_is(stage, run_of(stage, "low"), "cancelled");
    assert_int_equal(facts(stage, FACT_CHILD), 0);
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    stage_wait(stage, 86400000);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 0);
}

static void a_called_run_is_cancelled_with_its_caller(void **state)
{
    struct stage *stage = stage_of_calls(TOP(""), "wait");
    json_t *entries, *mark;
    char id[IDENT_TEXT];
    uint64_t top;

    (void)state;
    top = post(stage, "1");
    stage_wait(stage, 20000); /* all are rows */
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    cancel(stage, top);
    stage_settle(stage);
    ident_text(run_of(stage, "mid"), id);
    entries = fake_store_entries(stage_store(stage), run_of(stage, "low"));
    mark = json_object_get(json_array_get(entries, 1), "cancel");
    assert_non_null(mark);
    assert_string_equal(json_get_text(mark, "by") + strlen("run "), id);
    assert_non_null(strstr(json_get_text(mark, "reason"), "cancelled by ann: wrong"));
    json_decref(entries);
    all_are(stage, top, "cancelled");
    stage_free(stage);
}

static bool is_cancelled(struct stage *stage, uint64_t run)
{
    json_t *entries = fake_store_entries(stage_store(stage), run), *entry;
    bool found = false;
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        found |= json_object_get(entry, "cancel") != NULL;
    }
    json_decref(entries);
    return found;
}

static void a_called_run_is_cancelled_over_crashes(void **state)
{
    (void)state;
    for (unsigned at = 0; at < 12; at++) {
        struct stage *stage = stage_of_calls(TOP(""), "wait");
        enum err_code stored = ERR_COUNT;
        uint64_t top;
        struct err e;

        top = post(stage, "1");
        if (at % 2 == 0)
            stage_wait(stage, 20000);
        assert_int_equal(
            engine_cancel(stage_engine(stage), top, "ann", "wrong", noted, &stored, &e), ERR_OK);
        for (unsigned i = 0; i < at / 2; i++) {
            stage_turn(stage);
            fake_store_commit(stage_store(stage));
        }
        stage_crash(stage);
        stage_settle(stage);
        assert_true(is_cancelled(stage, top) || stored != ERR_OK);
        if (is_cancelled(stage, top))
            all_are(stage, top, "cancelled");
        stage_free(stage);
    }
}

/* Between the words that it will be called and that it was: it is looked for. */
static void a_run_that_may_have_been_called_is_cancelled(void **state)
{
    (void)state;
    for (unsigned at = 1; at < 6; at++) {
        struct stage *stage = stage_of_calls(TOP(""), "wait");
        enum err_code stored = ERR_COUNT;
        uint64_t request = stage_post(stage, "x", "1"), top, low;
        const char *end;
        struct err e;

        for (unsigned i = 0; i < at; i++) {
            stage_turn(stage);
            fake_store_commit(stage_store(stage));
        }
        stage_turn(stage);
        top = stage_run_id(stage, request);
        assert_int_equal(
            engine_cancel(stage_engine(stage), top, "ann", "wrong", noted, &stored, &e), ERR_OK);
        stage_turn(stage);
        fake_store_commit(stage_store(stage));
        stage_crash(stage);
        stage_settle(stage);
        stage_wait(stage, 20000);
        end = is_cancelled(stage, top) ? "cancelled" : "waiting";
        status_is(stage, top, end);
        low = run_of(stage, "low");
        if (run_of(stage, "mid") != 0)
            status_is(stage, run_of(stage, "mid"), end);
        if (low != 0)
            status_is(stage, low, end);
        assert_int_equal(engine_runs(stage_engine(stage)), 0);
        stage_wait(stage, 86400000);
        assert_int_equal(fake_http_count(stage_http(stage), "erp"), strcmp(end, "waiting") == 0);
        stage_free(stage);
    }
}

static void a_called_run_ends_with_a_caller_that_fails(void **state)
{
    struct stage *stage = stage_of_calls(TOP("\"timeout\": \"1h\""), "wait");
    uint64_t top;

    (void)state;
    top = post(stage, "1");
    stage_wait(stage, 3600000); /* it takes too long */
    all_are(stage, top, "failed");
    stage_free(stage);

    stage =
        stage_of_calls(FLOW("",
                            HOOK ", " CALL("call", "mid", "wait") ", " WAIT(
                                "2h") ", {\"id\": \"stop\", \"type\": \"branch.stop\", \"config\": "
                                      "{\"message\": \"enough\"}}",
                            EDGE("in", "call") ", " EDGE("in", "wait") ", " EDGE("wait", "stop")),
                       "wait");
    top = post(stage, "1");
    stage_wait(stage, 7200000); /* another branch fails */
    all_are(stage, top, "failed");
    stage_free(stage);
}

/* In a loop the called runs of other iterations end with the one that fails, and say why. */
static void a_called_run_ends_with_another_iteration(void **state)
{
    struct stage *stage = stage_of_calls(
        FLOW("",
             HOOK ", {\"id\": \"each\", \"type\": \"branch.foreach\", \"config\": {\"items\": "
                  "\"=trigger.body\", \"parallel\": 2, \"body\": {\"nodes\": [{\"id\": \"odd\", "
                  "\"type\": \"branch.switch\", \"config\": {\"cases\": [{\"port\": \"calls\", "
                  "\"when\": \"=item == 1\"}]}}, " CALL(
                      "call", "mid", "wait") "], "
                                             "\"edges\": [{\"from\": \"odd\", \"port\": \"calls\", "
                                             "\"to\": \"call\"}]}}}",
             EDGE("in", "each")),
        "wait");
    json_t *entries, *mark = NULL, *entry;
    uint64_t top;
    size_t i;

    (void)state;
    top = post(stage, "[1, 2]");
    entries = fake_store_entries(stage_store(stage), run_of(stage, "mid"));
    json_array_foreach(entries, i, entry)
    {
        if (json_object_get(entry, "cancel") != NULL)
            mark = json_object_get(entry, "cancel");
    }
    if (mark != NULL)
        assert_non_null(strstr(json_get_text(mark, "reason"), "no case matched"));
    json_decref(entries);
    status_is(stage, top, "failed");
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    stage_wait(stage, 86400000);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 0);
    stage_free(stage);
}

static void a_detached_run_is_on_its_own(void **state)
{
    struct stage *stage = stage_of_calls(TOP(""), "detached");
    uint64_t top;

    (void)state;
    top = post(stage, "1");
    status_is(stage, top, "succeeded");
    status_is(stage, run_of(stage, "mid"), "succeeded");
    stage_wait(stage, 86400000);
    status_is(stage, run_of(stage, "low"), "succeeded");
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    stage_free(stage);
}

/* Who calls has not ended before what it called has: an effect of that may have happened. */
static void a_caller_waits_for_what_its_called_run_has_in_doubt(void **state)
{
    static const char *const roles[] = { "any" };
    struct stage *stage = stage_of_calls(TOP(""), "wait");
    enum err_code stored = ERR_COUNT;
    struct engine_decision d = {
        .step = "post", .port = "happened", .by = "ann", .roles = roles, .role_count = 1
    };
    struct err e;
    uint64_t top;

    (void)state;
    stage_deploy(stage, "low", FLOW("", CALLED ", " POST("post"), EDGE("in", "post")));
    top = post(stage, "1");
    d.run = run_of(stage, "low");
    status_is(stage, d.run, "in_doubt");
    cancel(stage, top);
    stage_settle(stage);
    stage_wait(stage, 20000);
    status_is(stage, top, "waiting");
    status_is(stage, d.run, "in_doubt");
    stage_crash(stage);
    stage_settle(stage);
    assert_int_equal(engine_decide(stage_engine(stage), &d, noted, &stored, &e), ERR_OK);
    stage_settle(stage);
    all_are(stage, top, "cancelled");
    stage_free(stage);
}

/* ---- Flows that call each other */

static bool reason_is_kept(void *arg, const struct store_run *run)
{
    snprintf(arg, 400, "%s", run->error);
    return true;
}

/* The last one is refused, and who called first is told why, and in which run. */
static void calls_have_a_depth(void **state)
{
    struct stage *stage = stage_new();
    char reason[400] = "";
    uint64_t top;
    struct err e;

    (void)state;
    stage_deploy(stage, "mid",
                 FLOW("", CALLED ", " CALL("call", "mid", "wait"), EDGE("in", "call")));
    stage_deploy(stage, "t", TOP(""));
    top = post(stage, "1");
    stage_settle(stage);
    status_is(stage, top, "failed");
    assert_int_equal(fake_store_runs(stage_store(stage)), 1 + 16);
    assert_int_equal(
        store_run_find(fake_store_store(stage_store(stage)), top, reason_is_kept, reason, &e),
        ERR_OK);
    assert_non_null(strstr(reason, "of the called flow: flows call flows more than 16 deep"));
    assert_int_equal(facts(stage, FACT_CHILD), 0);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_called_run_is_cancelled_with_its_caller),
        cmocka_unit_test(a_called_run_is_cancelled_over_crashes),
        cmocka_unit_test(a_run_that_may_have_been_called_is_cancelled),
        cmocka_unit_test(a_called_run_ends_with_a_caller_that_fails),
        cmocka_unit_test(a_called_run_ends_with_another_iteration),
        cmocka_unit_test(a_detached_run_is_on_its_own),
        cmocka_unit_test(a_caller_waits_for_what_its_called_run_has_in_doubt),
        cmocka_unit_test(calls_have_a_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
