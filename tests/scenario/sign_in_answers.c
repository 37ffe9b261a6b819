/* sign_in_answers.c - what a token end point answers, or does not: what refuses the credential,
 * what says nothing of it, and when it is asked again. */
#include "sign_in_try.h"

static const struct fake_answer fine = { .status = 200, .body = "{\"ok\":true}" };

static const char *state_of(struct stage *stage)
{
    static char text[40];
    struct err e;
    json_t *list = engine_connections(stage_engine(stage), &e);

    assert_int_equal(json_array_size(list), 1);
    snprintf(text, sizeof text, "%s", json_get_text(json_array_get(list, 0), "state"));
    json_decref(list);
    return text;
}

/* Whoever shares the token waits; nobody asks again before the end point wants it. */
static void a_token_end_point_says_when_to_come_again(void **state)
{
    static const struct fake_answer given[] = {
        { .status = 429, .body = "{}", .header = "Retry-After", .value = "90" },
        { .status = 503, .body = "{}", .header = "Retry-After", .value = "20" },
        { .status = 200, .body = "{\"access_token\":\"T1\",\"expires_in\":3600}" },
    };
    struct stage *stage = stage_new();
    uint64_t runs[4];

    (void)state;
    answers(stage, "login", given, 3);
    answers(stage, "/erp", &fine, 1);
    deploy(stage, "a", FLOW("a", CLIENT, ENV_SECRET));
    deploy(stage, "b", FLOW("b", CLIENT, "'s': {'env': 'STAGE_SECRET'}"));
    for (size_t i = 0; i < 4; i++)
        runs[i] = post(stage, i % 2 == 0 ? "a" : "b");
    assert_int_equal(count(stage, "login"), 1);
    stage_wait(stage, 89 * 1000);
    assert_int_equal(count(stage, "login"), 1);
    stage_wait(stage, 2 * 1000);
    assert_int_equal(count(stage, "login"), 2);
    stage_wait(stage, 18 * 1000);
    assert_int_equal(count(stage, "login"), 2);
    stage_wait(stage, 4 * 1000);
    assert_int_equal(count(stage, "login"), 3);
    for (size_t i = 0; i < 4; i++)
        is(stage, runs[i], "succeeded");
    assert_int_equal(count(stage, "/erp"), 4);
    stage_free(stage);
}

/* Only who says no to the credentials halts the connection until a person comes. */
static void a_refusal_halts_it(void **state)
{
    static const struct fake_answer given[] = {
        { .status = 400,
          .body = "{\"error\":\"invalid_client\",\"error_description\":\"no\\nsuch\"}" },
        { .status = 403, .body = "{\"error\":\"invalid_grant\"}" },
        { .status = 401, .body = "<html>who?</html>" },
        { .status = 200, .body = "{\"error\":\"bad_verification_code\"}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        struct stage *stage = stage_new();

        answers(stage, "login", &given[i], 1);
        answers(stage, "/erp", &fine, 1);
        deploy(stage, "a", FLOW("a", CLIENT, ENV_SECRET));
        is(stage, post(stage, "a"), "waiting");
        assert_string_equal(state_of(stage), "halted");
        stage_wait(stage, 3600 * 1000);
        assert_int_equal(count(stage, "login"), 1);
        assert_int_equal(count(stage, "/erp"), 0);
        stage_free(stage);
    }
}

/* What says neither yes nor no is asked again, by one at a time, and no attempt is spent on it. */
/* No name, nobody there, no answer in time, a broken line, a fault of its own. */
static void a_token_end_point_that_is_down_refuses_nothing(void **state)
{
    static const struct fake_answer given[] = {
        { .code = ERR_UNAVAILABLE, .not_sent = true },
        { .code = ERR_TIMEOUT },
        { .code = ERR_TRANSIENT },
        { .status = 500, .body = "{\"error\":\"invalid_client\"}" },
        { .status = 502, .body = "<html>gateway</html>" },
        { .status = 200, .body = "{\"access_token\":\"T1\"}" },
    };
    size_t all = sizeof given / sizeof *given;
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    answers(stage, "login", given, all);
    answers(stage, "/erp", &fine, 1);
    deploy(stage, "a", FLOW("a", CLIENT, ENV_SECRET));
    run = post(stage, "a");
    for (size_t asked = 1; asked < all; asked++) {
        assert_string_equal(state_of(stage), "broken");
        assert_int_equal(count(stage, "login"), asked);
        stage_wait(stage, INT64_C(1000) << asked);
    }
    is(stage, run, "succeeded");
    assert_string_equal(state_of(stage), "open");
    stage_free(stage);
}

/* Neither a refusal nor an outage: nothing was said to whoever that is. */
static void a_token_end_point_that_nobody_vouches_for_gets_nothing(void **state)
{
    static const struct fake_answer given = { .code = ERR_POLICY, .not_sent = true };
    struct stage *stage = stage_new();

    (void)state;
    answers(stage, "login", &given, 1);
    answers(stage, "/erp", &fine, 1);
    deploy(stage, "a", FLOW("a", CLIENT, ENV_SECRET));
    is(stage, post(stage, "a"), "failed");
    assert_string_equal(state_of(stage), "open");
    assert_int_equal(count(stage, "/erp"), 0);
    stage_free(stage);
}

static void half_an_answer_is_asked_again(void **state)
{
    static const struct fake_answer given[] = {
        { .status = 200, .body = "<html>busy</html>" },
        { .status = 200, .body = "{\"access_tok" },
        { .status = 200, .body = "" },
        { .status = 200, .body = "{\"token\":\"T1\"}" },
        { .status = 200, .body = "{\"access_token\":\"T1\",\"token_type\":\"mac\"}" },
        { .status = 403, .body = "<html>the firewall</html>" },
        { .status = 400, .body = "{\"error\":\"temporarily_unavailable\"}" },
        { .code = ERR_LIMIT },
        { .status = 200, .body = "{\"access_token\":\"T1\"}" },
    };
    size_t all = sizeof given / sizeof *given;
    struct stage *stage = stage_new();
    uint64_t run;

    (void)state;
    answers(stage, "login", given, all);
    answers(stage, "/erp", &fine, 1);
    deploy(stage, "a", FLOW("a", CLIENT, ENV_SECRET));
    run = post(stage, "a");
    for (size_t asked = 1; asked < all; asked++) {
        assert_string_equal(state_of(stage), "broken");
        assert_int_equal(count(stage, "login"), asked);
        assert_int_equal(count(stage, "/erp"), 0);
        stage_wait(stage, INT64_C(1000) << asked);
    }
    assert_int_equal(count(stage, "login"), all);
    is(stage, run, "succeeded");
    assert_string_equal(state_of(stage), "open");
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_end_point_says_when_to_come_again),
        cmocka_unit_test(a_refusal_halts_it),
        cmocka_unit_test(a_token_end_point_that_is_down_refuses_nothing),
        cmocka_unit_test(a_token_end_point_that_nobody_vouches_for_gets_nothing),
        cmocka_unit_test(half_an_answer_is_asked_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
