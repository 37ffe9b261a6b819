/* people.c - what operators see of tasks and runs that wait, over restarts; late decisions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "engine/dead.h"
#include "engine/operate.h"
#include "world/stage.h"

#define HOOK                                                                                     \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"verify\": " \
    "{\"type\": \"none\"}}}"
#define FLOW(nodes, edges)                                                   \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [" HOOK ", " nodes \
    "], \"edges\": [" edges "]}}"
#define EDGE(from, to) "{\"from\": \"" from "\", \"to\": \"" to "\"}"
#define REVIEW(more)                                                                       \
    "{\"id\": \"ask\", \"type\": \"branch.review\", \"config\": {\"title\": \"='Pay ' .. " \
    "trigger.body.n\", \"role\": \"clerk\", \"ports\": [{\"port\": \"pay\"}, {\"port\": "  \
    "\"drop\"}]" more "}}"

static void noted(void *arg, const struct err *e)
{
    *(enum err_code *)arg = e->code;
}

static struct store *store_of(struct stage *stage)
{
    return fake_store_store(stage_store(stage));
}

static uint64_t post(struct stage *stage, const char *body)
{
    uint64_t request = stage_post(stage, "x", body);

    stage_settle(stage);
    return stage_run_id(stage, request);
}

static enum err_code decide(struct stage *stage, uint64_t run, const char *port, const char *role)
{
    const char *roles[] = { role };
    enum err_code stored = ERR_COUNT;
    struct engine_decision d = {
        .run = run, .step = "ask", .port = port, .by = role, .roles = roles, .role_count = 1
    };
    struct err e;
    enum err_code rc = engine_decide(stage_engine(stage), &d, noted, &stored, &e);

    stage_settle(stage);
    return rc != ERR_OK ? rc : stored;
}

static json_t *step_of(const json_t *run, const char *path)
{
    json_t *step;
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, step)
    {
        if (strcmp(json_get_text(step, "step"), path) == 0)
            return step;
    }
    fail_msg("there is no step %s", path);
    return NULL;
}

static void a_task_is_listed_until_it_is_decided(void **state)
{
    struct stage *stage = stage_new();
    json_t *list, *task, *shown, *wait;
    char key[64], id[IDENT_TEXT];
    uint64_t run;
    struct err e;

    (void)state;
    stage_deploy(stage, "t", FLOW(REVIEW(", \"due\": \"1d\""), EDGE("in", "ask")));
    run = post(stage, "{\"n\": \"P-1\"}");
    stage_crash(stage);
    stage_settle(stage);
    ident_text(run, id);
    snprintf(key, sizeof key, "%s/ask", id);
    list = engine_tasks(store_of(stage), key, NULL, 0, &e);
    assert_non_null(list);
    task = json_array_get(list, 0);
    assert_string_equal(json_get_text(task, "title"), "Pay P-1");
    assert_string_equal(json_get_text(task, "run"), id);
    assert_string_equal(json_get_text(task, "review"), key);
    assert_non_null(json_get_text(task, "due_at"));
    json_decref(list);
    shown = engine_show(store_of(stage), run, &e);
    wait = json_array_get(json_object_get(shown, "waits"), 0);
    assert_string_equal(json_get_text(wait, "step"), "ask");
    assert_string_equal(json_get_text(wait, "for"), "a decision");
    assert_non_null(json_get_text(wait, "since"));
    assert_non_null(json_get_text(wait, "until"));
    json_decref(shown);
    assert_int_equal(decide(stage, run, "pay", "clerk"), ERR_OK);
    assert_null(engine_tasks(store_of(stage), key, NULL, 0, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    shown = engine_show(store_of(stage), run, &e);
    assert_null(json_object_get(shown, "waits"));
    assert_int_equal(json_array_size(json_object_get(step_of(shown, "ask"), "decisions")), 1);
    json_decref(shown);
    stage_free(stage);
}

static void once_due_another_role_may_decide_too(void **state)
{
    struct stage *stage = stage_new();
    json_t *list;
    uint64_t run;
    struct err e;

    (void)state;
    stage_deploy(stage, "t",
                 FLOW(REVIEW(", \"due\": \"1d\", \"escalate\": \"lead\""), EDGE("in", "ask")));
    run = post(stage, "{\"n\": 1}");
    assert_int_equal(decide(stage, run, "pay", "lead"), ERR_FORBIDDEN);
    stage_crash(stage);
    stage_wait(stage, 86400000);
    list = engine_tasks(store_of(stage), NULL, NULL, 0, &e);
    assert_int_equal(json_array_size(list), 1);
    assert_true(json_is_true(json_object_get(json_array_get(list, 0), "overdue")));
    json_decref(list);
    assert_int_equal(decide(stage, run, "pay", "guest"), ERR_FORBIDDEN);
    assert_int_equal(decide(stage, run, "pay", "lead"), ERR_OK);
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_free(stage);
}

static enum err_code choose(struct stage *stage, uint64_t run, const char *port, const char *by)
{
    static const char *const roles[] = { "clerk" };
    enum err_code stored = ERR_COUNT;
    struct engine_decision d = {
        .run = run, .step = "ask", .port = port, .by = by, .roles = roles, .role_count = 1
    };
    struct err e;
    enum err_code rc = engine_decide(stage_engine(stage), &d, noted, &stored, &e);

    stage_settle(stage);
    return rc != ERR_OK ? rc : stored;
}

static void two_that_do_not_agree_wait_for_a_third(void **state)
{
    struct stage *stage = stage_new();
    json_t *list, *shown;
    uint64_t run;
    struct err e;

    (void)state;
    stage_deploy(stage, "t",
                 FLOW(REVIEW(", \"four_eyes_above\": {\"amount\": 10, \"value\": "
                             "\"=trigger.body.n\"}"),
                      EDGE("in", "ask")));
    run = post(stage, "{\"n\": 11}");
    assert_int_equal(choose(stage, run, "pay", "ann"), ERR_OK);
    stage_crash(stage);
    assert_int_equal(choose(stage, run, "drop", "ann"), ERR_FORBIDDEN);
    assert_int_equal(choose(stage, run, "pay", "ann/nightly"), ERR_FORBIDDEN); /* a token of hers */
    assert_int_equal(choose(stage, run, "drop", "bob"), ERR_OK);
    stage_crash(stage);
    stage_settle(stage);
    shown = engine_show(store_of(stage), run, &e);
    assert_string_equal(json_get_text(json_array_get(json_object_get(shown, "waits"), 0), "for"),
                        "another decision: pay 1 of 2, drop 1 of 2");
    json_decref(shown);
    list = engine_tasks(store_of(stage), NULL, NULL, 0, &e);
    assert_int_equal(json_array_size(json_object_get(json_array_get(list, 0), "decided")), 2);
    json_decref(list);
    assert_int_equal(choose(stage, run, "drop", "cid"), ERR_OK);
    assert_string_equal(stage_status(stage, run), "succeeded");
    shown = engine_show(store_of(stage), run, &e);
    assert_string_equal(json_get_text(step_of(shown, "ask"), "port"), "drop");
    json_decref(shown);
    stage_free(stage);
}

static enum err_code fill(struct stage *stage, uint64_t run, const char *by, const char *data)
{
    static const char *const roles[] = { "clerk" };
    enum err_code stored = ERR_COUNT, rc;
    json_t *json = data != NULL ? json_loads(data, 0, NULL) : NULL;
    struct engine_decision d = { .run = run,
                                 .step = "ask",
                                 .port = "pay",
                                 .by = by,
                                 .roles = roles,
                                 .role_count = 1,
                                 .data = json };
    struct err e;

    rc = engine_decide(stage_engine(stage), &d, noted, &stored, &e);
    stage_settle(stage);
    json_decref(json);
    return rc != ERR_OK ? rc : stored;
}

/* What the first one filled in is what both have decided, also over a crash. */
static void the_second_one_approves_what_the_first_filled_in(void **state)
{
    struct stage *stage = stage_new();
    json_t *shown, *list;
    uint64_t run;
    struct err e;

    (void)state;
    stage_deploy(stage, "t",
                 FLOW(REVIEW(", \"form\": {\"type\": \"object\"}, \"four_eyes_above\": "
                             "{\"amount\": 10, \"value\": \"=trigger.body.n\"}"),
                      EDGE("in", "ask")));
    run = post(stage, "{\"n\": 11}");
    assert_int_equal(fill(stage, run, "ann", "{\"account\": \"1200\"}"), ERR_OK);
    stage_crash(stage);
    list = engine_tasks(store_of(stage), NULL, NULL, 0, &e);
    assert_string_equal(
        json_get_text(
            json_object_get(json_array_get(json_object_get(json_array_get(list, 0), "decided"), 0),
                            "data"),
            "account"),
        "1200");
    json_decref(list);
    assert_int_equal(fill(stage, run, "bob", "{\"account\": \"6000\"}"), ERR_CONFLICT);
    assert_int_equal(fill(stage, run, "bob", NULL), ERR_OK);
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_crash(stage);
    shown = engine_show(store_of(stage), run, &e);
    list = json_object_get(step_of(shown, "ask"), "output");
    assert_string_equal(json_get_text(json_object_get(list, "data"), "account"), "1200");
    assert_string_equal(json_get_text(list, "by"), "bob");
    assert_string_equal(json_string_value(json_array_get(json_object_get(list, "agreed"), 0)),
                        "ann");
    json_decref(shown);
    stage_free(stage);
}

static void what_is_refused_writes_nothing(void **state)
{
    struct stage *stage = stage_new();
    uint64_t run;
    size_t commits;

    (void)state;
    stage_deploy(stage, "t", FLOW(REVIEW(", \"due\": \"1d\""), EDGE("in", "ask")));
    run = post(stage, "{\"n\": 1}");
    commits = fake_store_commits(stage_store(stage));
    assert_int_equal(decide(stage, run, "pay", "guest"), ERR_FORBIDDEN);
    assert_int_equal(decide(stage, run, "burn", "clerk"), ERR_INVALID);
    assert_int_equal(engine_runs(stage_engine(stage)), 0); /* it waits as before */
    assert_string_equal(stage_status(stage, run), "waiting");
    assert_int_equal(fake_store_commits(stage_store(stage)), commits);
    assert_int_equal(decide(stage, run, "pay", "clerk"), ERR_OK);
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_free(stage);
}

static void nobody_decides_in_time(void **state)
{
    struct stage *stage = stage_new();
    json_t *shown, *list;
    uint64_t run;
    struct err e;

    (void)state;
    stage_deploy(stage, "t",
                 FLOW(REVIEW(", \"due\": \"1d\", \"due_port\": \"drop\""), EDGE("in", "ask")));
    run = post(stage, "{\"n\": 1}");
    stage_crash(stage);
    stage_wait(stage, 86400000);
    assert_string_equal(stage_status(stage, run), "succeeded");
    shown = engine_show(store_of(stage), run, &e);
    assert_string_equal(json_get_text(step_of(shown, "ask"), "port"), "drop");
    json_decref(shown);
    list = engine_tasks(store_of(stage), NULL, NULL, 0, &e);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    assert_int_equal(decide(stage, run, "pay", "clerk"), ERR_NOT_FOUND);
    stage_free(stage);
}

static void a_cancelled_run_says_by_whom(void **state)
{
    struct stage *stage = stage_new();
    enum err_code stored = ERR_COUNT;
    json_t *shown;
    uint64_t run;
    struct err e;

    (void)state;
    stage_deploy(stage, "t", FLOW(REVIEW(""), EDGE("in", "ask")));
    run = post(stage, "{\"n\": 1}");
    assert_int_equal(engine_cancel(stage_engine(stage), run, "ann", "too late", noted, &stored, &e),
                     ERR_OK);
    stage_settle(stage);
    assert_int_equal(stored, ERR_OK);
    assert_string_equal(stage_status(stage, run), "cancelled");
    shown = engine_show(store_of(stage), run, &e);
    assert_string_equal(json_get_text(json_object_get(shown, "cancelled"), "by"), "ann");
    assert_string_equal(json_get_text(step_of(shown, "ask"), "status"), "abandoned");
    json_decref(shown);
    stage_free(stage);
}

static void of_a_long_loop_the_ends_are_told(void **state)
{
    struct stage *stage = stage_new();
    struct buf body;
    json_t *shown, *count;
    uint64_t run;
    struct err e;

    (void)state;
    buf_init(&body, 4096);
    for (unsigned i = 1; i <= 100; i++)
        buf_addf(&body, "%s%u", i == 1 ? "[" : ",", i == 50 ? 0 : i);
    buf_add_char(&body, ']');
    stage_deploy(stage, "t",
                 FLOW("{\"id\": \"lines\", \"type\": \"branch.foreach\", \"config\": {\"items\": "
                      "\"=trigger.body\", \"collect\": \"=steps.a.v\", \"errors\": \"collect\", "
                      "\"body\": {\"nodes\": [{\"id\": \"a\", \"type\": \"transform.map\", "
                      "\"config\": {\"fields\": [{\"to\": \"v\", \"from\": \"=item > 0 and item or "
                      "error('none')\"}]}}]}}}",
                      EDGE("in", "lines")));
    run = post(stage, buf_text(&body));
    buf_fini(&body);
    assert_string_equal(stage_status(stage, run), "succeeded");
    shown = engine_show(store_of(stage), run, &e);
    count = json_object_get(step_of(shown, "lines"), "iterations");
    assert_int_equal(json_get_int(count, "done", 0), 100);
    assert_int_equal(json_get_int(count, "failed", 0), 1);
    assert_int_equal(json_get_int(count, "told", 0), 7);
    assert_int_equal(json_array_size(json_object_get(step_of(shown, "lines"), "output")), 100);
    assert_string_equal(json_get_text(step_of(shown, "lines[50]/a"), "status"), "failed");
    json_decref(shown);
    shown = engine_show_step(store_of(stage), run, "lines[77]", &e);
    assert_int_equal(json_array_size(json_object_get(shown, "steps")), 1);
    assert_int_equal(json_get_int(json_object_get(step_of(shown, "lines[77]/a"), "output"), "v", 0),
                     77);
    json_decref(shown);
    assert_null(engine_show_step(store_of(stage), run, "lines[101]", &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    stage_free(stage);
}

static void dead_letters_are_grouped_and_settled(void **state)
{
    struct stage *stage = stage_new();
    struct store *store = fake_store_store(stage_store(stage));
    const struct dead_filter all = { .flow = NULL };
    enum err_code stored = ERR_COUNT;
    json_t *dead, *groups;
    uint64_t runs[3];
    struct err e;

    (void)state;
    stage_deploy(stage, "t",
                 FLOW("{\"id\": \"a\", \"type\": \"transform.map\", \"config\": {\"fields\": "
                      "[{\"to\": \"v\", \"from\": \"=error('no customer ' .. "
                      "trigger.body.n)\"}]}}",
                      EDGE("in", "a")));
    runs[0] = post(stage, "{\"n\": \"C-17\"}");
    runs[1] = post(stage, "{\"n\": \"C-4711\"}");
    runs[2] = post(stage, "{\"n\": \"at all\"}");
    dead = engine_dead(store, &all, &e);
    groups = json_object_get(dead, "groups");
    assert_int_equal(json_array_size(groups), 2);
    assert_int_equal(json_get_int(json_array_get(groups, 0), "count", 0), 2);
    json_decref(dead);
    assert_int_equal(
        engine_settle(stage_engine(stage), runs[0], "ann", "by hand", noted, &stored, &e), ERR_OK);
    assert_int_equal(stored, ERR_COUNT);
    assert_int_equal(engine_settle(stage_engine(stage), runs[0], "bob", "too", noted, &stored, &e),
                     ERR_CONFLICT);
    stage_settle(stage);
    assert_int_equal(stored, ERR_OK);
    assert_int_equal(engine_settle(stage_engine(stage), runs[0], "bob", "too", noted, &stored, &e),
                     ERR_CONFLICT);
    dead = engine_dead(store, &all, &e);
    groups = json_object_get(dead, "groups");
    assert_int_equal(json_array_size(groups), 2);
    assert_int_equal(json_get_int(json_array_get(groups, 0), "count", 0), 1);
    json_decref(dead);
    stage_free(stage);
}

/* Groups that alternate, some of them settled: a count in slices says what one at once says. */
static void dead_letters_are_counted_in_slices(void **state)
{
    const struct dead_filter all = { .runs = true };
    struct stage *stage = stage_new();
    struct store *store = store_of(stage);
    enum err_code stored = ERR_COUNT;
    struct dead_count *count = dead_count_new(&all);
    struct clock_manual clock;
    struct effort spent;
    json_t *once, *sliced, *groups;
    unsigned slices = 0;
    struct err e;

    (void)state;
    clock_manual_init(&clock, 1000);
    effort_begin(&spent, &clock.clock, 5);
    clock_manual_add(&clock, 5);
    stage_deploy(stage, "t",
                 FLOW("{\"id\": \"a\", \"type\": \"transform.map\", \"config\": {\"fields\": "
                      "[{\"to\": \"v\", \"from\": \"=error('no ' .. trigger.body.n)\"}]}}",
                      EDGE("in", "a")));
    for (unsigned i = 0; i < 100; i++) {
        char body[64];
        uint64_t run;

        snprintf(body, sizeof body, "{\"n\": \"%s %u\"}", i % 3 == 0 ? "order" : "customer", i);
        run = post(stage, body);
        if (i % 10 == 0)
            assert_int_equal(
                engine_settle(stage_engine(stage), run, "ann", "by hand", noted, &stored, &e),
                ERR_OK);
        stage_settle(stage);
    }
    while (!dead_count_done(count)) {
        assert_int_equal(dead_count_slice(count, store, &spent, &e), ERR_OK);
        slices++;
    }
    assert_int_equal(slices, 4); /* the clock is looked at each 32 runs */
    sliced = dead_count_json(count);
    once = engine_dead(store, &all, &e);
    assert_true(json_equal(sliced, once));
    json_decref(sliced);
    groups = json_object_get(once, "groups");
    assert_int_equal(json_get_int(json_array_get(groups, 0), "count", 0), 60);
    assert_int_equal(json_array_size(json_object_get(json_array_get(groups, 0), "runs")), 60);
    assert_int_equal(json_get_int(json_array_get(groups, 1), "count", 0), 30);
    assert_null(json_object_get(once, "more"));
    json_decref(once);
    dead_count_free(count);
    stage_free(stage);
}

static void who_settles_first_is_right(void **state)
{
    struct stage *stage = stage_new();
    enum err_code settled = ERR_COUNT, replayed = ERR_COUNT;
    struct replay ask = { .by = "bob", .reason = "again" };
    uint64_t again;
    struct err e;

    (void)state;
    stage_deploy(stage, "t",
                 FLOW("{\"id\": \"a\", \"type\": \"transform.map\", \"config\": {\"fields\": "
                      "[{\"to\": \"v\", \"from\": \"=error('no')\"}]}}",
                      EDGE("in", "a")));
    ask.run = post(stage, "{}");
    assert_int_equal(
        engine_settle(stage_engine(stage), ask.run, "ann", "by hand", noted, &settled, &e), ERR_OK);
    assert_int_equal(engine_replay(stage_engine(stage), &ask, &again, noted, &replayed, &e),
                     ERR_OK);
    stage_settle(stage);
    assert_int_equal(settled, ERR_OK);
    assert_int_equal(replayed, ERR_CONFLICT);
    assert_int_equal(fake_store_runs(stage_store(stage)), 1);
    assert_int_equal(engine_replay(stage_engine(stage), &ask, &again, noted, &replayed, &e),
                     ERR_OK); /* who knows that it was settled may replay it all the same */
    stage_settle(stage);
    assert_int_equal(replayed, ERR_OK);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_is_listed_until_it_is_decided),
        cmocka_unit_test(once_due_another_role_may_decide_too),
        cmocka_unit_test(two_that_do_not_agree_wait_for_a_third),
        cmocka_unit_test(the_second_one_approves_what_the_first_filled_in),
        cmocka_unit_test(what_is_refused_writes_nothing),
        cmocka_unit_test(nobody_decides_in_time),
        cmocka_unit_test(a_cancelled_run_says_by_whom),
        cmocka_unit_test(of_a_long_loop_the_ends_are_told),
        cmocka_unit_test(dead_letters_are_grouped_and_settled),
        cmocka_unit_test(dead_letters_are_counted_in_slices),
        cmocka_unit_test(who_settles_first_is_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
