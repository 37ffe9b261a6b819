/* effects_between.c - what happens between a decision and what it is about: a word to send that
 * comes to nothing, a run that is cancelled while its request waits for a token. */
#include "ladder_try.h"

#include "engine/operate.h"

#define ONCE                                                                                     \
    "{'id': 'post', 'type': 'connector.http', 'connection': 'erp', 'config': {'method': 'POST'," \
    " 'path': '/erp', 'body': {'n': '=trigger.body.n'}}}"
#define ERP                                                                                     \
    "{'weft': 1, 'connections': {'erp': {'connector': 'http', 'base_url': 'http://127.0.0.1', " \
    "'auth': {'type': 'oauth2_client_credentials', 'secret': 's', 'token_url': "                \
    "'http://127.0.0.1/login', 'client_id': 'app'}, 'secrets': {'s': {'env': 'STAGE_SECRET'}}}}}"

static const struct fake_answer fine = { .status = 200, .body = "{}", LADDER_JSON };
static const struct fake_answer cut = { .code = ERR_TRANSIENT };
static const struct fake_answer refused = { .status = 401, .body = "{}", LADDER_JSON };
static const struct fake_answer down = { .status = 503, .body = "" };
static const struct fake_answer token = { .status = 200,
                                          .body = "{\"access_token\":\"T\",\"expires_in\":20}",
                                          LADDER_JSON };

static size_t sent(struct stage *stage)
{
    return fake_http_count(stage_http(stage), "/erp");
}

/* An effect in doubt; a person says "send", and there is no token: nothing left, and they are asked
 * again. */
static struct stage *asked_again(uint64_t *run)
{
    static struct fake_answer answers[2], tokens[3];
    struct stage *stage = stage_new();
    uint64_t request;

    answers[0] = cut;
    answers[1] = fine;
    tokens[0] = tokens[2] = token;
    tokens[1] = down;
    fake_http_script(stage_http(stage), "/erp", answers, 2);
    fake_http_script(stage_http(stage), "/login", tokens, 3);
    request = ladder_post(stage, ONCE, "", "", ERP);
    stage_settle(stage);
    *run = stage_run_id(stage, request);
    stage_wait(stage, 30 * 1000); /* the token's time is over */
    ladder_decide(stage, *run, "send");
    assert_int_equal(sent(stage), 1);
    story_is(stage, *run, "intent doubt task decided task");
    return stage;
}

/* The word was about what was known then: who is asked anew must answer anew. */
static void a_word_that_came_to_nothing_is_spent(void **state)
{
    for (unsigned crash = 0; crash < 2; crash++) {
        uint64_t run;
        struct stage *stage = asked_again(&run);

        (void)state;
        if (crash == 1)
            stage_crash(stage);
        ladder_play(stage);
        assert_string_equal(stage_status(stage, run), "in_doubt");
        assert_int_equal(sent(stage), 1);
        ladder_decide(stage, run, "happened");
        ladder_play(stage);
        assert_string_equal(stage_status(stage, run), "succeeded");
        assert_int_equal(sent(stage), 1);
        stage_free(stage);
    }
}

static void a_second_word_sends_it(void **state)
{
    for (unsigned crash = 0; crash < 2; crash++) {
        uint64_t run;
        struct stage *stage = asked_again(&run);

        (void)state;
        if (crash == 1)
            stage_crash(stage);
        ladder_play(stage);
        ladder_decide(stage, run, "send");
        ladder_play(stage);
        assert_string_equal(stage_status(stage, run), "succeeded");
        assert_int_equal(sent(stage), 2);
        stage_free(stage);
    }
}

static void cancelled(void *arg, const struct err *e)
{
    *(enum err_code *)arg = e->code;
}

static void cancel(struct stage *stage, uint64_t run)
{
    enum err_code stored = ERR_COUNT;
    struct err e;

    assert_int_equal(
        engine_cancel(stage_engine(stage), run, "ann", "not wanted", cancelled, &stored, &e),
        ERR_OK);
    stage_turn(stage);
    while (stored == ERR_COUNT && fake_store_commit(stage_store(stage)) > 0)
        stage_turn(stage);
    assert_int_equal(stored, ERR_OK);
}

/* Its intent stands, its token is over, or was refused: a cancelled run sends nothing any more. */
static void what_waits_for_a_token_does_not_leave_a_cancelled_run(void **state)
{
    const struct fake_answer tokens[] = { token, token };

    (void)state;
    for (unsigned refuses = 0; refuses < 2; refuses++) {
        const struct fake_answer answers[] = { refuses == 1 ? refused : fine, fine };
        struct stage *stage = stage_new();
        uint64_t request, run;

        fake_http_script(stage_http(stage), "/erp", answers, 2);
        fake_http_script(stage_http(stage), "/login", tokens, 2);
        request = ladder_post(stage, ONCE, "", "", ERP);
        stage_turn(stage);
        fake_store_commit(stage_store(stage)); /* whatever is stored before the token is there */
        stage_turn(stage);
        while (fake_http_count(stage_http(stage), "/login") < 2) {
            if (refuses == 0 && fake_store_queued(stage_store(stage)) > 0)
                stage_tick(stage, 19 * 1000);
            if (fake_store_commit(stage_store(stage)) == 0)
                fake_http_deliver(stage_http(stage));
            stage_turn(stage);
        }
        run = stage_run_id(stage, request);
        assert_int_equal(sent(stage), refuses);
        cancel(stage, run);
        ladder_play(stage);
        assert_int_equal(sent(stage), refuses);
        assert_string_equal(stage_status(stage, run), "cancelled");
        stage_free(stage);
    }
}

/* Who gives an effect up has not said that it did not happen: a replay does it once more only when
 * that is asked for. */
static void what_a_person_gave_up_is_not_sent_by_a_replay(void **state)
{
    const struct fake_answer answers[] = { cut, fine };
    struct stage *stage = stage_new();
    struct replay ask = { .by = "ann", .reason = "mended" };
    bool told = false;
    uint64_t request, again;
    struct err e;

    (void)state;
    fake_http_script(stage_http(stage), "/erp", answers, 2);
    fake_http_script(stage_http(stage), "/login", &token, 1);
    request = ladder_post(stage, ONCE, "", "", ERP);
    stage_settle(stage);
    ask.run = stage_run_id(stage, request);
    ladder_decide(stage, ask.run, "fail");
    assert_string_equal(stage_status(stage, ask.run), "failed");
    assert_int_equal(engine_replay(stage_engine(stage), &ask, &again, ladder_told, &told, &e),
                     ERR_POLICY);
    assert_non_null(strstr(e.text, "step post"));
    stage_settle(stage);
    assert_int_equal(sent(stage), 1);
    ask.repeat_effects = true;
    assert_int_equal(engine_replay(stage_engine(stage), &ask, &again, ladder_told, &told, &e),
                     ERR_OK);
    stage_settle(stage);
    assert_true(told);
    assert_string_equal(stage_status(stage, again), "succeeded");
    assert_int_equal(sent(stage), 2);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_that_came_to_nothing_is_spent),
        cmocka_unit_test(a_second_word_sends_it),
        cmocka_unit_test(what_waits_for_a_token_does_not_leave_a_cancelled_run),
        cmocka_unit_test(what_a_person_gave_up_is_not_sent_by_a_replay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
