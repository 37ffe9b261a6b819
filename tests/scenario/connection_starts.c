/* connection_starts.c - connections before a flow uses them, and after the program has died. */
#include "connection_try.h"

/* One that no flow uses, a model's such as: it is in the list, and can be halted beforehand. */
static void one_that_nobody_uses_is_there(void **arg)
{
    struct stage *stage = stage_new();
    struct err e;

    (void)arg;
    script(stage, &fine);
    keep_shared(stage);
    assert_string_equal(state(stage), "open");
    assert_int_equal(
        engine_connection_halt(stage_engine(stage), "main/test/*/none", "op", "r", NULL, NULL, &e),
        ERR_NOT_FOUND);
    assert_int_equal(engine_connection_halt(stage_engine(stage), "main/other/*/books", "op", "r",
                                            NULL, NULL, &e),
                     ERR_NOT_FOUND);
    stage_crash(stage); /* nothing has made its governor yet */
    assert_int_equal(
        engine_connection_halt(stage_engine(stage), "main/test/*/books", "op", "r", NULL, NULL, &e),
        ERR_OK);
    stage_settle(stage);
    assert_string_equal(state(stage), "halted");
    stage_deploy(stage, "t", SHARING("x"));
    stage_post(stage, "x", "{\"n\": 1}");
    stage_settle(stage);
    assert_int_equal(sent(stage), 0);
    assert_int_equal(engine_connection_resume(stage_engine(stage), "main/test/*/books", "op", "r",
                                              NULL, NULL, &e),
                     ERR_OK);
    stage_settle(stage);
    assert_int_equal(sent(stage), 1);
    stage_free(stage);
}

/* What the system has asked for, the pace and a breaker are the same after the program has died. */
static void a_start_gives_nothing_beyond_them(void **arg)
{
    static const struct fake_answer busy = {
        .status = 429, .body = "{}", .header = "Retry-After", .value = "5"
    };
    struct stage *stage = stage_new();

    (void)arg;
    script(stage, &fine);
    stage_deploy(stage, "t",
                 FLOW("1", ", \"limits\": {\"requests\": 1, \"per\": \"1s\", \"burst\": 3}"));
    for (int i = 0; i < 5; i++)
        post(stage, i);
    assert_int_equal(sent(stage), 3);
    assert_string_equal(state(stage), "throttled"); /* the bucket is empty */
    stage_crash(stage);
    stage_settle(stage);
    assert_int_equal(sent(stage), 3); /* and is not full again */
    assert_string_equal(state(stage), "throttled");
    stage_wait(stage, 1000);
    assert_int_equal(sent(stage), 4);
    stage_wait(stage, 4000);
    assert_int_equal(sent(stage), 5);
    assert_string_equal(state(stage), "open");
    script(stage, &busy);
    post(stage, 5);
    assert_int_equal(sent(stage), 6);
    assert_string_equal(state(stage), "throttled"); /* as the system says */
    stage_crash(stage);
    stage_settle(stage);
    assert_string_equal(state(stage), "throttled");
    script(stage, &fine);
    stage_wait(stage, 4990);
    assert_int_equal(sent(stage), 6);
    stage_wait(stage, 10);
    assert_int_equal(sent(stage), 7);
    script(stage, &refused);
    post(stage, 6);
    assert_string_equal(state(stage), "broken");
    stage_crash(stage);
    assert_string_equal(state(stage), "broken");
    stage_free(stage);
}

/* Where the URL comes of a variable, only its value tells; it is not repeated. */
static void a_url_with_a_password_is_refused(void **arg)
{
    static const char given[] = "http://127.0.0.1\"";
    static const char secret[] =
        "${NOPE:-http://me:p4ssw0rd@127.0.0.1/x}\", \"auth\": {\"type\": "
        "\"oauth2_client_credentials\", \"client_id\": \"c\", \"secret\": "
        "\"s\", \"token_url\": \"${NOPE:-https://me:p4ssw0rd@127.0.0.1}\"}, "
        "\"secrets\": {\"s\": {\"env\": \"STAGE_SECRET\"}}";
    static const char flow[] = FLOW("1", "");
    static const char *const places[] = { "/connections/erp/base_url",
                                          "/connections/erp/auth/token_url" };
    const char *at = strstr(flow, given);
    struct stage *stage = stage_new();
    char text[4000];
    size_t told = 0;
    struct faults faults;
    json_t *bundle;
    struct err e;

    (void)arg;
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - flow), flow, secret, at + strlen(given));
    bundle = json_read(text, strlen(text), &json_limits_flow, &e);
    assert_non_null(bundle);
    faults_init(&faults);
    assert_int_not_equal(engine_deploy(stage_engine(stage), "main", "test", "t", bundle,
                                       "flow.json", NULL, 0, &faults, &e),
                         ERR_OK);
    for (size_t i = 0; i < faults.count; i++) {
        assert_null(strstr(faults.list[i].text, "p4ssw0rd"));
        if (strstr(faults.list[i].text, "user or password") != NULL)
            assert_string_equal(faults.list[i].pointer, places[told++]);
    }
    assert_int_equal(told, 2);
    faults_fini(&faults);
    json_decref(bundle);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_nobody_uses_is_there),
        cmocka_unit_test(a_url_with_a_password_is_refused),
        cmocka_unit_test(a_start_gives_nothing_beyond_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
