/* sign_in.c - OAuth: tokens and how long they serve, how they are asked for, refresh tokens that
 * change, and a person's consent. */
#include "sign_in_try.h"

#include "engine/authorize.h"

static const struct fake_answer fine = { .status = 200, .body = "{\"ok\":true}" };
static const struct fake_answer denied = { .status = 401, .body = "{}" };
static const struct fake_answer token = { .status = 200, .body = "{\"access_token\":\"T1\"}" };

/* ---- Tokens */

static void a_token_serves_all_flows(void **state)
{
    static const struct fake_answer given = { .status = 200,
                                              .body = "{\"access_token\":\"T1\",\"token_type\":"
                                                      "\"Bearer\",\"expires_in\":3600}" };
    struct stage *stage = stage_new();

    (void)state;
    answers(stage, "login", &given, 1);
    answers(stage, "/erp", &fine, 1);
    deploy(stage, "a", FLOW("a", CLIENT, ENV_SECRET));
    deploy(stage, "b", FLOW("b", CLIENT, "'s': {'env': 'STAGE_SECRET'}"));
    deploy(stage, "c", FLOW("c", CLIENT ", 'scope': 'more'", ENV_SECRET));
    is(stage, post(stage, "a"), "succeeded");
    is(stage, post(stage, "b"), "succeeded");
    assert_int_equal(count(stage, "login"), 1);
    is(stage, post(stage, "c"), "succeeded"); /* another scope is another token */
    assert_int_equal(count(stage, "login"), 2);
    for (size_t i = 0; i < 3; i++)
        holds(sent(stage, "/erp", i)->headers, "Authorization: Bearer T1\n");
    stage_free(stage);
}

static void a_token_is_fetched_before_it_ends(void **state)
{
    static const struct fake_answer given[] = {
        { .status = 200, .body = "{\"access_token\":\"T1\",\"expires_in\":1000}" },
        { .status = 500, .body = "{}" },
        { .status = 200, .body = "{\"access_token\":\"T2\",\"expires_in\":\"1000\"}" },
    };
    struct stage *stage = stage_new();

    (void)state;
    answers(stage, "login", given, 3);
    answers(stage, "/erp", &fine, 1);
    deploy(stage, "a", FLOW("a", CLIENT, ENV_SECRET));
    post(stage, "a");
    stage_wait(stage, 895 * 1000);
    post(stage, "a");
    assert_int_equal(count(stage, "login"), 1);
    stage_wait(stage, 10 * 1000);
    is(stage, post(stage, "a"), "succeeded"); /* with the old one; the fetch fails meanwhile */
    assert_int_equal(count(stage, "login"), 2);
    is(stage, post(stage, "a"), "succeeded");
    assert_int_equal(count(stage, "login"), 2); /* not asked at once again */
    stage_wait(stage, 31 * 1000);
    is(stage, post(stage, "a"), "succeeded");
    assert_int_equal(count(stage, "login"), 3);
    is(stage, post(stage, "a"), "succeeded");
    for (size_t i = 0; i < 4; i++)
        holds(sent(stage, "/erp", i)->headers, "Bearer T1\n");
    holds(sent(stage, "/erp", 5)->headers, "Bearer T2\n");
    stage_free(stage);
}

static void a_refused_token_is_replaced_once(void **state)
{
    static const struct fake_answer given[] = {
        { .status = 200, .body = "{\"access_token\":\"T1\"}" },
        { .status = 201, .body = "{\"data\":{\"access_token\":\"T2\"}}" },
    };
    static const struct fake_answer first[] = { { .status = 401, .body = "{}" },
                                                { .status = 200, .body = "{}" } };
    struct stage *stage = stage_new();

    (void)state;
    answers(stage, "login", given, 2);
    answers(stage, "/erp", first, 2);
    deploy(stage, "a", FLOW("a", CLIENT, ENV_SECRET));
    is(stage, post(stage, "a"), "succeeded");
    assert_int_equal(count(stage, "/erp"), 2);
    holds(sent(stage, "/erp", 1)->headers, "Bearer T2\n");
    answers(stage, "/erp", &denied, 1);
    is(stage, post(stage, "a"), "waiting"); /* the connection is halted */
    assert_int_equal(count(stage, "/erp"), 4);
    stage_free(stage);
}

/* Its intent is on the way to the disk when the token gets too old. */
static void a_token_ends_before_the_call_leaves(void **state)
{
    static const struct fake_answer given[] = {
        { .status = 200, .body = "{\"access_token\":\"T1\",\"expires_in\":20}" },
        { .status = 200, .body = "{\"access_token\":\"T2\",\"expires_in\":20}" },
        { .status = 400, .body = "{\"error\":\"invalid_client\"}" },
    };
    struct stage *stage = stage_new();
    uint64_t request;

    (void)state;
    answers(stage, "login", given, 3);
    answers(stage, "/erp", &fine, 1);
    deploy(stage, "a", FLOW("a", CLIENT, ENV_SECRET));
    is(stage, post(stage, "a"), "succeeded");
    for (unsigned i = 1; i < 3; i++) {
        request = stage_post(stage, "a", "{\"n\": 2}");
        stage_turn(stage);
        assert_true(fake_store_queued(stage_store(stage)) > 0);
        stage_tick(stage, 19 * 1000);
        assert_int_equal(count(stage, "login"), i);
        stage_settle(stage);
        assert_int_equal(count(stage, "login"), i + 1);
        is(stage, stage_run_id(stage, request), i == 1 ? "succeeded" : "waiting");
    }
    assert_int_equal(count(stage, "/erp"), 2);
    holds(sent(stage, "/erp", 1)->headers, "Bearer T2\n");
    stage_free(stage);
}

/* ---- Grants and clients */

/* What the token end point is asked. */
static const struct fake_sent *asked(struct stage *stage, const char *bundle)
{
    answers(stage, "login", &token, 1);
    answers(stage, "/erp", &fine, 1);
    deploy(stage, "a", bundle);
    is(stage, post(stage, "a"), "succeeded");
    holds(sent(stage, "/erp", 0)->headers, "Authorization: Bearer T1\n");
    return sent(stage, "login", 0);
}

static void each_grant_asks_as_it_should(void **state)
{
    struct stage *stage = stage_new();
    const struct fake_sent *ask;

    (void)state;
    ask = asked(stage, FLOW("a",
                            CLIENT ", 'scope': 'a b', 'resource': 'https://erp.example/', "
                                   "'audience': 'api', 'parameters': {'realm': 'x y'}",
                            ENV_SECRET));
    assert_string_equal(ask->body,
                        "grant_type=client_credentials&client_id=app&client_secret="
                        "s3cr3t-of-the-stage&scope=a%20b&resource=https%3A%2F%2Ferp.example%2F&"
                        "audience=api&realm=x%20y");
    lacks(ask->headers, "Authorization");
    stage_free(stage);

    stage = stage_new();
    ask = asked(stage, FLOW("a", CLIENT ", 'client_auth': 'basic'", ENV_SECRET));
    assert_string_equal(ask->body, "grant_type=client_credentials");
    /* printf app:s3cr3t-of-the-stage | base64 */
    holds(ask->headers, "Authorization: Basic YXBwOnMzY3IzdC1vZi10aGUtc3RhZ2U=\n");
    stage_free(stage);

    stage = stage_new();
    ask = asked(stage, FLOW("a",
                            "'type': 'oauth2_password', 'token_url': 'https://login.example/token',"
                            " 'user': 'u@x', 'secret': 's'",
                            ENV_SECRET));
    assert_string_equal(ask->body,
                        "grant_type=password&username=u%40x&password=s3cr3t-of-the-stage");
    stage_free(stage);
}

static void assertions_are_signed(void **state)
{
    struct stage *stage = stage_new();
    const struct fake_sent *ask;
    const char *pem = pem_key();

    (void)state;
    keep(stage, "key", pem);
    ask = asked(stage, FLOW("a",
                            "'type': 'oauth2_client_credentials', 'secret': 'key', " LOGIN
                            ", 'client_auth': 'private_key_jwt', 'key_id': 'k1'",
                            VAULT("key")));
    holds(ask->body, "client_id=app&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-"
                     "assertion-type%3Ajwt-bearer&client_assertion=ey");
    lacks(ask->body, "client_secret");
    stage_free(stage);

    stage = stage_new();
    keep(stage, "key", pem);
    ask = asked(stage, FLOW("a",
                            "'type': 'oauth2_jwt_bearer', 'secret': 'key', 'token_url': "
                            "'https://login.example/token', 'issuer': 'me', 'subject': 'you'",
                            VAULT("key")));
    holds(ask->body,
          "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey");
    stage_free(stage);
}

#define REFRESH "'type': 'oauth2_refresh_token', 'refresh_token': 'r', 'secret': 's', " LOGIN

static void a_refresh_token_changes_with_each_use(void **state)
{
    static const struct fake_answer given[] = {
        { .status = 200,
          .body = "{\"access_token\":\"T1\",\"expires_in\":100,\"refresh_token\":\"R2\"}" },
        { .status = 200,
          .body = "{\"access_token\":\"T2\",\"expires_in\":100,\"refresh_token\":\"R3\"}" },
        { .status = 200, .body = "{\"access_token\":\"T3\",\"expires_in\":100}" },
    };
    struct stage *stage = stage_new();

    (void)state;
    keep(stage, "r", "R1");
    answers(stage, "login", given, 3);
    answers(stage, "/erp", &fine, 1);
    deploy(stage, "a", FLOW("a", REFRESH, ENV_SECRET ", " VAULT("r")));
    is(stage, post(stage, "a"), "succeeded");
    holds(sent(stage, "login", 0)->body, "grant_type=refresh_token&refresh_token=R1&");
    stage_crash(stage);
    is(stage, post(stage, "a"), "succeeded"); /* the access token was kept, too */
    assert_int_equal(count(stage, "login"), 1);
    holds(sent(stage, "/erp", 1)->headers, "Bearer T1\n");
    stage_wait(stage, 200 * 1000);
    is(stage, post(stage, "a"), "succeeded");
    holds(sent(stage, "login", 1)->body, "refresh_token=R2&");
    stage_wait(stage, 200 * 1000);
    stage_crash(stage);
    is(stage, post(stage, "a"), "succeeded");
    holds(sent(stage, "login", 2)->body, "refresh_token=R3&");
    stage_wait(stage, 200 * 1000);
    is(stage, post(stage, "a"), "succeeded");
    holds(sent(stage, "login", 3)->body, "refresh_token=R3&"); /* it was not changed */
    keep(stage, "r", "R9");                                    /* a person begins anew */
    stage_wait(stage, 200 * 1000);
    is(stage, post(stage, "a"), "succeeded");
    holds(sent(stage, "login", 4)->body, "refresh_token=R9&");
    stage_free(stage);
}

static void two_flows_share_a_refresh_token(void **state)
{
    static const struct fake_answer given[] = {
        { .status = 200,
          .body = "{\"access_token\":\"T1\",\"expires_in\":100,\"refresh_token\":\"R2\"}" },
        { .status = 200,
          .body = "{\"access_token\":\"T2\",\"expires_in\":100,\"refresh_token\":\"R3\"}" },
    };
    struct stage *stage = stage_new();

    (void)state;
    keep(stage, "r", "R1");
    answers(stage, "login", given, 2);
    answers(stage, "/erp", &fine, 1);
    deploy(stage, "a", FLOW("a", REFRESH, ENV_SECRET ", " VAULT("r")));
    deploy(stage, "b", FLOW("b", REFRESH, ENV_SECRET ", " VAULT("r")));
    is(stage, post(stage, "a"), "succeeded");
    stage_wait(stage, 200 * 1000);
    is(stage, post(stage, "b"), "succeeded");
    holds(sent(stage, "login", 1)->body, "refresh_token=R2&"); /* a spent one would end both */
    stage_free(stage);
}

/* ---- Consent */

#define CONSENT                                                                               \
    "'type': 'oauth2_authorization_code', 'authorize_url': 'https://login.example/consent', " \
    "'scope': 'a b', 'parameters': {'prompt': 'x'}, " LOGIN

static void consented(void *arg, const struct err *e)
{
    *(enum err_code *)arg = e->code;
}

static enum err_code come_back(struct stage *stage, const json_t *given, const char *code)
{
    struct authorized answer = {
        .state = json_get_text(given, "state"), .code = code, .error = "access_denied", .by = "op"
    };
    enum err_code done = ERR_COUNT;
    struct err e;

    if (engine_authorized(stage_engine(stage), &answer, consented, &done, &e) != ERR_OK)
        return e.code;
    stage_settle(stage);
    return done;
}

static json_t *consent(struct stage *stage, const char *redirect)
{
    struct err e;

    return engine_authorize(stage_engine(stage), "main/test/a/erp", redirect, "op", &e);
}

static bool has_consent(struct stage *stage)
{
    json_t *told = engine_consent(stage_engine(stage), "main/test/a/erp");
    bool given = json_is_true(json_object_get(told, "consent"));

    assert_string_equal(json_get_text(told, "sign_in"), "oauth2_authorization_code");
    assert_null(json_object_get(told, "consent_until")); /* there is a refresh token */
    json_decref(told);
    return given;
}

static void a_person_gives_consent(void **state)
{
    static const struct fake_answer given[] = {
        { .status = 200,
          .body = "{\"access_token\":\"T1\",\"expires_in\":100,\"refresh_token\":\"R1\"}" },
        { .status = 200, .body = "{\"access_token\":\"T2\",\"expires_in\":100}" },
    };
    struct stage *stage = stage_new();
    json_t *asked_for;
    uint64_t run;

    (void)state;
    answers(stage, "login", given, 2);
    answers(stage, "/erp", &fine, 1);
    deploy(stage, "a", FLOW("a", CONSENT, ""));
    run = post(stage, "a");
    is(stage, run, "waiting");
    assert_int_equal(count(stage, "login"), 0);
    assert_null(consent(stage, "http://evil.example/back"));
    asked_for = consent(stage, "http://127.0.0.1:9/callback");
    holds(json_get_text(asked_for, "url"),
          "https://login.example/consent?response_type=code&state=");
    holds(json_get_text(asked_for, "url"), "&code_challenge_method=S256&client_id=app&redirect_uri="
                                           "http%3A%2F%2F127.0.0.1%3A9%2Fcallback&scope=a%20b");
    holds(json_get_text(asked_for, "url"), "&prompt=x");
    assert_false(has_consent(stage));
    assert_int_equal(come_back(stage, asked_for, "C1"), ERR_OK);
    assert_true(has_consent(stage));
    holds(sent(stage, "login", 0)->body, "grant_type=authorization_code&code=C1&redirect_uri=http");
    holds(sent(stage, "login", 0)->body, "&code_verifier=");
    assert_int_equal(come_back(stage, asked_for, "C1"), ERR_GONE); /* good once */
    json_decref(asked_for);
    is(stage, run, "succeeded"); /* it had waited for this */
    stage_crash(stage);
    assert_true(has_consent(stage));
    stage_wait(stage, 200 * 1000);
    is(stage, post(stage, "a"), "succeeded");
    holds(sent(stage, "login", 1)->body, "refresh_token=R1");
    stage_free(stage);
}

static void a_consent_can_fail(void **state)
{
    static const struct fake_answer no = { .status = 400, .body = "{\"error\":\"invalid_grant\"}" };
    struct stage *stage = stage_new();
    json_t *asked_for;

    (void)state;
    answers(stage, "login", &no, 1);
    deploy(stage, "a", FLOW("a", CONSENT, ""));
    asked_for = consent(stage, "https://weft.example/callback");
    assert_int_equal(come_back(stage, asked_for, NULL), ERR_AUTH);
    assert_int_equal(come_back(stage, asked_for, "C1"), ERR_GONE);
    json_decref(asked_for);
    asked_for = consent(stage, "https://weft.example/callback");
    assert_int_equal(come_back(stage, asked_for, "C1"), ERR_AUTH);
    json_decref(asked_for);
    asked_for = consent(stage, "https://weft.example/callback");
    stage_wait(stage, 11 * 60 * 1000);
    assert_int_equal(come_back(stage, asked_for, "C1"), ERR_GONE);
    json_decref(asked_for);
    json_decref(consent(stage, "https://weft.example/callback")); /* nobody comes back */
    deploy(stage, "a", FLOW("a", CLIENT, ENV_SECRET));
    assert_null(consent(stage, "https://weft.example/callback"));
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_serves_all_flows),
        cmocka_unit_test(a_token_is_fetched_before_it_ends),
        cmocka_unit_test(a_refused_token_is_replaced_once),
        cmocka_unit_test(a_token_ends_before_the_call_leaves),
        cmocka_unit_test(each_grant_asks_as_it_should),
        cmocka_unit_test(assertions_are_signed),
        cmocka_unit_test(a_refresh_token_changes_with_each_use),
        cmocka_unit_test(two_flows_share_a_refresh_token),
        cmocka_unit_test(a_person_gives_consent),
        cmocka_unit_test(a_consent_can_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
