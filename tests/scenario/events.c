/* events.c - duplicates, order, concurrency, time-outs, deployments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/operate.h"
#include "world/stage.h"

#define NODES(respond)                                                                             \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"respond\": "  \
    "\"" respond "\", \"verify\": {\"type\": \"none\"}}}, "                                        \
    "{\"id\": \"post\", \"type\": \"connector.http\", \"config\": {\"method\": \"PUT\", \"url\": " \
    "\"='http://127.0.0.1/erp/' .. trigger.body.id\"}}"
#define FLOW(settings)                                                   \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {" settings \
    "}, \"nodes\": [" NODES("accepted") "], \"edges\": [{\"from\": \"in\", \"to\": \"post\"}]}}"

static const struct fake_answer fine = { .status = 200, .body = "{}" };

static struct stage *stage_with(const char *flow)
{
    struct stage *stage = stage_new();

    fake_http_script(stage_http(stage), "erp", &fine, 1);
    stage_deploy(stage, "t", flow);
    return stage;
}

static void commit_and_turn(struct stage *stage)
{
    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
}

static void a_second_delivery_starts_nothing_and_hears_of_the_first(void **state)
{
    struct stage *stage = stage_with(FLOW("\"dedupe\": \"=trigger.body.id\""));
    uint64_t first, second, third, i;

    (void)state;
    first = stage_post(stage, "x", "{\"id\": \"A\"}");
    second = stage_post(stage, "x", "{\"id\": \"A\"}"); /* in the same group */
    stage_settle(stage);
    stage_crash(stage);
    third = stage_post(stage, "x", "{\"id\": \"A\"}");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, first)->status, 202);
    for (i = second; i <= third; i++) {
        assert_int_equal(stage_answer(stage, i)->status, 200);
        assert_non_null(strstr(stage_answer(stage, i)->body, "\"duplicate\":true"));
        assert_true(stage_run_id(stage, i) == stage_run_id(stage, first));
    }
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    assert_int_equal(fake_store_runs(stage_store(stage)), 1);
    stage_free(stage);
}

#define COMPARED(path)                                                                    \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {\"dedupe\": "               \
    "\"=trigger.body.id\"}, \"nodes\": [{\"id\": \"in\", \"type\": \"trigger.webhook\", " \
    "\"config\": {\"path\": \"x\", \"compare\": \"" path                                  \
    "\", \"verify\": {\"type\": \"none\"}}}], "                                           \
    "\"edges\": []}}"

/* Of a repeat whose envelope differs only the payload is compared, where the trigger says so. */
static void what_is_compared_is_the_triggers_to_say(void **state)
{
    static const struct {
        const char *body;
        int status;
    } cases[] = {
        { "{\"id\": \"A\", \"trace\": 2, \"data\": {\"payload\": [{\"n\": 1.0}]}}", 200 },
        { "{\"id\": \"A\", \"trace\": 1, \"data\": {\"payload\": [{\"n\": 2.0}]}}", 409 },
        { "{\"id\": \"A\", \"trace\": 2, \"data\": {}}", 409 }, /* it is not there: all of it */
        { "{\"id\": \"A\", \"trace\": 2}", 409 },
        { "{\"id\": \"A\", \"trace\": 1, \"data\": {\"payload\": [{\"n\": 1.0}]}}", 200 },
    };
    struct stage *stage = stage_with(COMPARED("data.payload"));
    uint64_t first = stage_post(stage, "x", cases[4].body), other;

    (void)state;
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, first)->status, 202);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        other = stage_post(stage, "x", cases[i].body);
        stage_settle(stage);
        assert_int_equal(stage_answer(stage, other)->status, cases[i].status);
        assert_true(stage_run_id(stage, other) == stage_run_id(stage, first));
    }
    stage_free(stage);
}

struct kept {
    unsigned count;
    char error[300], input[300];
};
static bool kept_sees(void *arg, const struct store_run *run)
{
    struct kept *kept = arg;

    kept->count++;
    snprintf(kept->error, sizeof kept->error, "%s", run->error);
    snprintf(kept->input, sizeof kept->input, "%.*s", (int)run->input_size, run->input);
    return true;
}

static void kept_of(struct stage *stage, struct kept *kept)
{
    const struct store_runs_filter filter = { .status = RUN_FAILED, .after = 1, .limit = 10 };
    struct err e;

    memset(kept, 0, sizeof *kept);
    assert_int_equal(store_runs(fake_store_store(stage_store(stage)), &filter, kept_sees, kept, &e),
                     ERR_OK);
}

/* It is not executed, and not lost: a person finds it as a failed run. */
static void another_event_with_the_same_key_is_a_conflict(void **state)
{
    struct stage *stage = stage_with(FLOW("\"dedupe\": \"=trigger.body.id\""));
    uint64_t first = stage_post(stage, "x", "{\"id\": \"A\", \"amount\": 1.0}"), same, other, again;
    struct kept kept;

    (void)state;
    stage_settle(stage);
    same = stage_post(stage, "x",
                      "{ \"amount\": 1.0, \"id\": \"A\" }"); /* the same, written otherwise */
    other = stage_post(stage, "x", "{\"id\": \"A\", \"amount\": 100.0}");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, same)->status, 200);
    assert_int_equal(stage_answer(stage, other)->status, 409);
    assert_true(stage_run_id(stage, other) == stage_run_id(stage, first));
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 1);
    assert_int_equal(fake_store_runs(stage_store(stage)), 2); /* it is kept, as failed */
    kept_of(stage, &kept);
    assert_int_equal(kept.count, 1);
    assert_non_null(strstr(kept.error, "another event with the dedupe key \\\"A\\\""));
    assert_non_null(strstr(kept.input, "100.0"));
    again = stage_post(stage, "x", "{\"id\": \"A\", \"amount\": 100.0}");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, again)->status, 409);
    assert_int_equal(fake_store_runs(stage_store(stage)), 2); /* once */
    stage_free(stage);
}

static void an_event_without_its_key_is_refused(void **state)
{
    struct stage *stage = stage_with(FLOW("\"dedupe\": \"=trigger.body.id\""));
    uint64_t request = stage_post(stage, "x", "{\"name\": \"A\"}");

    (void)state;
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 422);
    assert_non_null(strstr(stage_answer(stage, request)->body, "dedupe"));
    assert_int_equal(fake_store_runs(stage_store(stage)), 0);
    stage_free(stage);
}

static void runs_of_one_key_go_one_after_another(void **state)
{
    struct stage *stage = stage_with(FLOW("\"order_by\": \"=trigger.body.customer\""));
    uint64_t a, b, c;

    (void)state;
    a = stage_post(stage, "x", "{\"id\": \"a1\", \"customer\": \"a\"}");
    b = stage_post(stage, "x", "{\"id\": \"a2\", \"customer\": \"a\"}");
    c = stage_post(stage, "x", "{\"id\": \"b1\", \"customer\": \"b\"}");
    commit_and_turn(stage);
    commit_and_turn(stage);
    assert_int_equal(stage_answer(stage, a)->status, 202); /* all are accepted */
    assert_int_equal(stage_answer(stage, b)->status, 202);
    assert_int_equal(stage_answer(stage, c)->status, 202);
    assert_int_equal(fake_http_count(stage_http(stage), "erp/a1"), 1);
    assert_int_equal(fake_http_count(stage_http(stage), "erp/a2"), 0); /* waits for a1 */
    assert_int_equal(fake_http_count(stage_http(stage), "erp/b1"), 1);
    stage_settle(stage);
    assert_int_equal(fake_http_count(stage_http(stage), "erp/a2"), 1);
    assert_string_equal(stage_status(stage, stage_run_id(stage, b)), "succeeded");
    stage_free(stage);
}

static void order_holds_over_a_crash(void **state)
{
    struct stage *stage = stage_with(FLOW("\"order_by\": \"=trigger.body.customer\""));

    (void)state;
    stage_post(stage, "x", "{\"id\": \"a1\", \"customer\": \"a\"}");
    stage_post(stage, "x", "{\"id\": \"a2\", \"customer\": \"a\"}");
    commit_and_turn(stage);
    stage_crash(stage);
    commit_and_turn(stage);
    assert_int_equal(fake_http_count(stage_http(stage), "erp/a2"), 0);
    stage_settle(stage);
    assert_int_equal(fake_http_count(stage_http(stage), "erp/a2"), 1);
    stage_crash(
        stage); /* accepted without a journal row, then worked: its rows are without a gap */
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    stage_free(stage);
}

/* The second run's accept is stored while it waits, without an entry; its first entries come later,
 * and a crash follows before its end. */
static void a_run_that_waited_recovers_in_the_middle(void **state)
{
    struct stage *stage = stage_with(FLOW("\"order_by\": \"=trigger.body.customer\""));
    uint64_t second;

    (void)state;
    stage_post(stage, "x", "{\"id\": \"a1\", \"customer\": \"a\"}");
    second = stage_post(stage, "x", "{\"id\": \"a2\", \"customer\": \"a\"}");
    commit_and_turn(stage);
    fake_http_deliver(stage_http(stage));
    commit_and_turn(stage); /* the end of the first, */
    commit_and_turn(stage); /* the intent of the second */
    assert_int_equal(fake_http_count(stage_http(stage), "erp/a2"), 1);
    stage_crash(stage);
    assert_int_equal(engine_runs(stage_engine(stage)), 1);
    stage_settle(stage);
    assert_string_equal(stage_status(stage, stage_run_id(stage, second)), "succeeded");
    stage_free(stage);
}

static void concurrency_is_a_ceiling(void **state)
{
    struct stage *stage = stage_with(FLOW("\"concurrency\": 2"));
    unsigned i;
    char body[40];

    (void)state;
    for (i = 0; i < 5; i++) {
        snprintf(body, sizeof body, "{\"id\": \"n%u\"}", i);
        stage_post(stage, "x", body);
    }
    commit_and_turn(stage);
    commit_and_turn(stage);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 2);
    stage_settle(stage);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 5);
    assert_int_equal(engine_runs(stage_engine(stage)), 0);
    stage_free(stage);
}

static void a_run_that_takes_too_long_fails(void **state)
{
    struct stage *stage = stage_new();
    static const struct fake_answer down = { .code = ERR_TRANSIENT, .not_sent = true };
    uint64_t request;

    (void)state;
    fake_http_script(stage_http(stage), "erp", &down, 1);
    stage_deploy(
        stage, "t",
        "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {\"timeout\": \"90s\"}, "
        "\"nodes\": ["
        "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"verify\": "
        "{\"type\": \"none\"}}}, {\"id\": \"post\", \"type\": \"connector.http\", \"config\": "
        "{\"method\": \"PUT\", \"url\": \"http://127.0.0.1/erp\"}, \"retry\": {\"attempts\": 100, "
        "\"initial\": \"1m\", \"backoff\": \"fixed\", \"jitter\": 0}}], \"edges\": [{\"from\": "
        "\"in\", "
        "\"to\": \"post\"}]}}");
    request = stage_post(stage, "x", "{}");
    stage_settle(stage);
    stage_wait(stage, 60000);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 2);
    stage_wait(stage, 30001);
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "failed");
    stage_wait(stage, 600000);
    assert_int_equal(fake_http_count(stage_http(stage), "erp"), 2);
    stage_free(stage);
}

static void a_run_stays_with_its_version(void **state)
{
    struct stage *stage = stage_with(FLOW(""));
    uint64_t request = stage_post(stage, "x", "{\"id\": \"old\"}");

    (void)state;
    commit_and_turn(stage);
    stage_deploy(
        stage, "t",
        "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [{\"id\": \"in\", \"type\": "
        "\"trigger.webhook\", \"config\": {\"path\": \"y\", \"verify\": {\"type\": \"none\"}}}], "
        "\"edges\": []}}");
    stage_crash(stage);
    stage_settle(stage);
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "succeeded");
    request = stage_post(stage, "x", "{\"id\": \"new\"}");
    assert_int_equal(stage_answer(stage, request)->status, 404);
    request = stage_post(stage, "y", "{}");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 202);
    stage_free(stage);
}

static void a_path_has_one_owner(void **state)
{
    struct stage *stage = stage_with(FLOW(""));
    const char *text = FLOW("");
    struct faults faults;
    struct err e;
    json_t *bundle = json_loads(text, 0, NULL);
    uint64_t request;

    (void)state;
    stage_deploy(
        stage, "other",
        "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [{\"id\": \"hook\", \"type\": "
        "\"trigger.webhook\", \"config\": {\"path\": \"y\", \"verify\": {\"type\": "
        "\"none\"}}}], \"edges\": []}}");
    faults_init(&faults);
    assert_int_equal(engine_deploy(stage_engine(stage), "main", "test", "other", bundle,
                                   "flow.json", NULL, 0, &faults, &e),
                     ERR_CONFLICT);
    assert_int_equal(faults.errors, 1);
    assert_non_null(strstr(faults.list[faults.count - 1].text, "taken by flow \"t\""));
    faults_fini(&faults);
    json_decref(bundle);
    stage_crash(stage); /* what was refused is not deployed after a restart either */
    request = stage_post(stage, "y", "{}");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 202);
    stage_free(stage);
}

static void stored(void *arg, const struct err *e)
{
    *(enum err_code *)arg = e->code;
}

/* A key that the engine makes for a run of its own is no sender's, whatever they send. */
static void no_sender_can_take_a_key_of_the_engine(void **state)
{
    static const struct fake_answer answers[] = { { .status = 422, .body = "{}" },
                                                  { .status = 200, .body = "{}" } };
    struct stage *stage = stage_with(FLOW("\"dedupe\": \"=trigger.body.id\""));
    struct replay replay = { .by = "ann", .reason = "mended", .own_version = true };
    enum err_code code = ERR_COUNT;
    char id[IDENT_TEXT], body[80];
    uint64_t request, again;
    struct err e;

    (void)state;
    fake_http_script(stage_http(stage), "erp", answers, 2);
    request = stage_post(stage, "x", "{\"id\": \"A\"}");
    stage_settle(stage);
    replay.run = stage_run_id(stage, request);
    assert_string_equal(stage_status(stage, replay.run), "failed");
    ident_text(replay.run, id);
    snprintf(body, sizeof body, "{\"id\": \"replay/%s\"}", id);
    request = stage_post(stage, "x", body);
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 202);
    snprintf(body, sizeof body, "{\"id\": \"\\u0001replay/%s\"}", id);
    request = stage_post(stage, "x", body);
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 422);
    assert_non_null(strstr(stage_answer(stage, request)->body, "control character"));
    assert_int_equal(engine_replay(stage_engine(stage), &replay, &again, stored, &code, &e),
                     ERR_OK);
    stage_settle(stage);
    assert_int_equal(code, ERR_OK);
    assert_string_equal(stage_status(stage, again), "succeeded");
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_delivery_starts_nothing_and_hears_of_the_first),
        cmocka_unit_test(another_event_with_the_same_key_is_a_conflict),
        cmocka_unit_test(what_is_compared_is_the_triggers_to_say),
        cmocka_unit_test(an_event_without_its_key_is_refused),
        cmocka_unit_test(runs_of_one_key_go_one_after_another),
        cmocka_unit_test(order_holds_over_a_crash),
        cmocka_unit_test(a_run_that_waited_recovers_in_the_middle),
        cmocka_unit_test(concurrency_is_a_ceiling),
        cmocka_unit_test(a_run_that_takes_too_long_fails),
        cmocka_unit_test(a_run_stays_with_its_version),
        cmocka_unit_test(a_path_has_one_owner),
        cmocka_unit_test(no_sender_can_take_a_key_of_the_engine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
