/* workspace_settings.c - what a workspace sets for all its flows: above which amount two people
 * decide, and how many runs of a flow go at once. */
#include "ladder_try.h"

#include "engine/operate.h"
#include "engine/setting.h"

#define MONEY "'settings': {'money': {'amount': '=trigger.body.amount', 'currency': 'USD'}}, "
#define HOOK \
    "{'id': 'in', 'type': 'trigger.webhook', 'config': {'path': 'x', 'verify': {'type': 'none'}}}"
#define FLOW(settings, node)                                                  \
    "{'flow': {'weft': 1, 'name': 't', " settings "'nodes': [" HOOK ", " node \
    "], 'edges': [{'from': 'in', 'to': 'post'}]}}"
#define REVIEW                                                                                \
    "{'id': 'post', 'type': 'branch.review', 'config': {'title': 'Pay?', 'ports': [{'port': " \
    "'happened'}, {'port': 'no'}]}}"
#define POST                                                                                  \
    "{'id': 'post', 'type': 'connector.http', 'config': {'method': 'POST', 'expect': [201], " \
    "'url': 'http://127.0.0.1/erp', 'body': {'n': 1}}}"

static struct stage *deployed(const char *flow)
{
    struct stage *stage = stage_new();
    char *text = ladder_text(flow);

    stage_deploy(stage, "t", text);
    mem_free(text);
    return stage;
}

static enum err_code decide(struct stage *stage, uint64_t run, const char *by)
{
    const struct engine_decision decision = {
        .run = run, .step = "post", .port = "happened", .by = by
    };
    bool told = false;
    struct err e;

    if (engine_decide(stage_engine(stage), &decision, ladder_told, &told, &e) != ERR_OK)
        return e.code;
    stage_settle(stage);
    assert_true(told);
    return ERR_OK;
}

static void play(const char *flow, const char *body, bool two)
{
    static const struct fake_answer cut = { .code = ERR_TRANSIENT };
    struct stage *stage = deployed(flow);
    uint64_t request, run;

    fake_http_script(stage_http(stage), "/erp", &cut, 1);
    engine_four_eyes(stage_engine(stage), "main", "1000.00");
    request = stage_post(stage, "x", body);
    ladder_play(stage);
    run = stage_run_id(stage, request);
    stage_crash(stage); /* what was asked for then holds */
    assert_int_equal(decide(stage, run, "ann"), ERR_OK);
    if (two) {
        assert_string_not_equal(stage_status(stage, run), "succeeded");
        assert_int_equal(decide(stage, run, "ann"), ERR_FORBIDDEN);
        assert_int_equal(decide(stage, run, "bob"), ERR_OK);
    }
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_free(stage);
}

static void two_people_decide_above_the_amount(void **state)
{
    (void)state;
    play(FLOW(MONEY, REVIEW), "{\"amount\": \"1000.01\"}", true);
    play(FLOW(MONEY, REVIEW), "{\"amount\": -5000}", true);
    play(FLOW(MONEY, REVIEW), "{\"amount\": 1000}", false);
    play(FLOW(MONEY, REVIEW), "{\"amount\": \"much\"}", false);
    play(FLOW("", REVIEW), "{\"amount\": 5000}", false);
    play(FLOW(MONEY, POST), "{\"amount\": 5000}", true);
    play(FLOW(MONEY, POST), "{\"amount\": 5}", false);
}

static void a_flow_without_a_limit_has_the_workspaces(void **state)
{
    static const struct fake_answer fine = { .status = 201, .body = "{}", LADDER_JSON };

    (void)state;
    for (unsigned most = 0; most < 3; most++) {
        struct stage *stage = deployed(FLOW("", POST));

        fake_http_script(stage_http(stage), "/erp", &fine, 1);
        engine_concurrency(stage_engine(stage), "main", most);
        for (unsigned i = 0; i < 4; i++)
            (void)stage_post(stage, "x", "{}");
        for (unsigned i = 0; i < 4; i++) {
            stage_turn(stage);
            (void)fake_store_commit(stage_store(stage));
        }
        assert_int_equal(fake_http_open(stage_http(stage)), most == 0 ? 4 : most);
        stage_settle(stage);
        assert_int_equal(fake_http_count(stage_http(stage), "/erp"), 4);
        stage_free(stage);
    }
}

/* Those at work go on; who comes then hears 503, until there is room again. */
static void above_the_runs_at_once_events_are_refused(void **state)
{
    struct stage *stage = deployed(FLOW("", REVIEW));
    uint64_t first, second, third;

    (void)state;
    engine_most_runs(stage_engine(stage), 1);
    first = stage_post(stage, "x", "{}");
    second = stage_post(stage, "x", "{}");
    engine_most_runs(stage_engine(stage), LIMIT_RUNS);
    third = stage_post(stage, "x", "{}");
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, first)->status, 202);
    assert_int_equal(stage_answer(stage, second)->status, 503);
    assert_int_equal(stage_answer(stage, third)->status, 202);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_people_decide_above_the_amount),
        cmocka_unit_test(a_flow_without_a_limit_has_the_workspaces),
        cmocka_unit_test(above_the_runs_at_once_events_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
