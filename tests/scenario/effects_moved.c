/* effects_moved.c - an effect that may have happened, and a connection that leads elsewhere, or
 * speaks for somebody else, by the time of the next attempt: nothing leaves without a person. */
#include "ladder_try.h"

#include "engine/operate.h"

#define POST(more)                                                                              \
    "{'id': 'post', 'type': 'connector.http', 'connection': 'erp', 'config': {'method': " more  \
    ", 'path': '/erp', 'body': {'n': '=trigger.body.n'}}, 'retry': {'attempts': 3, 'initial': " \
    "'1s', 'jitter': 0}}"
#define PUT   POST("'PUT'")
#define KEYED POST("'POST', 'effect': 'keyed', 'key_header': 'Idempotency-Key'")
#define ONCE \
    POST("'POST', 'probe': {'path': '/look', 'found': 'value.0', 'read_after_write': true}")
#define LEADS(base, more)                                                                         \
    "{'weft': 1, 'connections': {'erp': {'connector': 'http', 'base_url': 'http://" base "'" more \
    "}}}"
#define SIGNS(user, secret)                                                                 \
    LEADS("127.0.0.1", ", 'auth': {'type': 'basic', 'user': '" user "', 'secret': '" secret \
                       "'}, 'secrets': {'" secret "': {'env': 'STAGE_SECRET'}}")
#define HERE  LEADS("127.0.0.1", "")
#define THERE LEADS("127.0.0.2", "")

static const struct fake_answer fine = { .status = 200, .body = "{}", LADDER_JSON };
static const struct fake_answer cut = { .code = ERR_TRANSIENT };
static const struct fake_answer refused = { .code = ERR_TRANSIENT, .not_sent = true };
static const struct fake_answer fault = { .status = 500, .body = "{}" };
static const struct fake_answer later = { .status = 429, .body = "{}" };
static const struct fake_answer denied = { .status = 422, .body = "{}" };
static const struct fake_answer missing = { .status = 404, .body = "" };

static size_t sent(struct stage *stage)
{
    return fake_http_count(stage_http(stage), "/erp");
}

static void looked(void *arg, const struct probe_said *said, const struct err *e)
{
    assert_int_equal(e->code, ERR_OK);
    *(struct probe_said *)arg = *said;
}

static struct probe_said look(struct stage *stage, uint64_t run)
{
    const struct probe_ask ask = { .run = run, .step = "post", .by = "ann" };
    struct probe_said said = { .result = NULL };
    struct err e;

    if (engine_probe(stage_engine(stage), &ask, looked, &said, &e) != ERR_OK)
        fail_msg("%s", e.text);
    stage_settle(stage);
    assert_non_null(said.result);
    return said;
}

/* One event, whose first attempt is answered like that; then its connection is another one. */
static struct stage *moved(const char *post, const struct fake_answer *first, const char *before,
                           const char *after, bool crash, uint64_t *run)
{
    static struct fake_answer answers[2];
    struct stage *stage = stage_new();
    uint64_t request;

    answers[0] = *first;
    answers[1] = fine;
    fake_http_script(stage_http(stage), "/erp", answers, 2);
    fake_http_script(stage_http(stage), "/look", &missing, 1);
    request = ladder_post(stage, post, "", "", before);
    stage_settle(stage);
    *run = stage_run_id(stage, request);
    assert_int_equal(sent(stage), 1);
    ladder_deploy(stage, post, "", "", after);
    if (crash)
        stage_crash(stage);
    ladder_play(stage);
    return stage;
}

static void what_may_have_happened_is_not_done_elsewhere(void **state)
{
    static const struct {
        const char *post;
        const struct fake_answer *first;
        const char *before, *after;
        size_t sent;
        const char *status;
    } cases[] = {
        { PUT, &cut, HERE, THERE, 1, "in_doubt" },
        { PUT, &fault, HERE, THERE, 1, "in_doubt" },
        { PUT, &cut, HERE, HERE, 2, "succeeded" },
        { PUT, &refused, HERE, THERE, 2, "succeeded" }, /* somebody has mended the address */
        { PUT, &later, HERE, THERE, 2, "succeeded" },
        { PUT, &cut, SIGNS("ann", "a"), SIGNS("ben", "a"), 1, "in_doubt" },
        { PUT, &cut, SIGNS("ann", "a"), SIGNS("ann", "b"), 2, "succeeded" }, /* another password */
        { KEYED, &cut, HERE, THERE, 1, "in_doubt" },
        { KEYED, &cut, SIGNS("ann", "a"), SIGNS("ben", "a"), 1, "in_doubt" },
        { KEYED, &cut, SIGNS("ann", "a"), SIGNS("ann", "b"), 2, "succeeded" },
        { ONCE, &cut, HERE, THERE, 1, "in_doubt" }, /* it looks where it did not go */
        { ONCE, &cut, HERE, HERE, 2, "succeeded" },
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        uint64_t run;
        struct stage *stage = moved(cases[i / 2].post, cases[i / 2].first, cases[i / 2].before,
                                    cases[i / 2].after, i % 2 == 1, &run);

        if (sent(stage) != cases[i / 2].sent ||
            strcmp(stage_status(stage, run), cases[i / 2].status) != 0)
            fail_msg("case %zu%s: sent %zu times, %s", i / 2, i % 2 == 1 ? ", after a crash" : "",
                     sent(stage), stage_status(stage, run));
        stage_free(stage);
    }
}

/* A run that is cancelled drops what did not happen: whether it did, no other place can tell. */
static void what_is_not_found_elsewhere_is_not_dropped(void **state)
{
    const struct fake_answer answers[] = { cut, fine };

    (void)state;
    for (unsigned crash = 0; crash < 2; crash++) {
        struct stage *stage = stage_new();
        bool told = false;
        uint64_t request, run;
        struct err e;

        fake_http_script(stage_http(stage), "/erp", answers, 2);
        fake_http_script(stage_http(stage), "/look", &missing, 1);
        request = ladder_post(stage, ONCE, "", "", HERE);
        stage_settle(stage);
        run = stage_run_id(stage, request);
        ladder_deploy(stage, ONCE, "", "", THERE);
        assert_int_equal(engine_cancel(stage_engine(stage), run, "ann", "", ladder_told, &told, &e),
                         ERR_OK);
        stage_settle(stage);
        assert_true(told);
        if (crash == 1)
            stage_crash(stage);
        ladder_play(stage);
        assert_string_equal(stage_status(stage, run), "in_doubt");
        assert_int_equal(fake_http_count(stage_http(stage), "/look"), 0);
        stage_free(stage);
    }
}

/* Nor is it looked for there when a person asks; when the connection leads back, it is. */
static void a_person_looks_where_it_went(void **state)
{
    uint64_t run;
    struct stage *stage = moved(ONCE, &cut, HERE, THERE, false, &run);
    struct probe_said said;

    (void)state;
    said = look(stage, run);
    assert_string_equal(said.result, "unknown");
    assert_int_equal(fake_http_count(stage_http(stage), "/look"), 0);
    ladder_deploy(stage, ONCE, "", "", HERE);
    said = look(stage, run);
    assert_string_equal(said.result, "absent");
    assert_int_equal(fake_http_count(stage_http(stage), "/look"), 1);
    ladder_play(stage);
    assert_string_equal(stage_status(stage, run), "in_doubt"); /* nothing is sent by itself now */
    assert_int_equal(sent(stage), 1);
    stage_free(stage);
}

static void a_person_sends_it_there_all_the_same(void **state)
{
    uint64_t run;
    struct stage *stage = moved(PUT, &cut, HERE, THERE, false, &run);

    (void)state;
    assert_string_equal(stage_status(stage, run), "in_doubt");
    ladder_decide(stage, run, "send");
    ladder_play(stage);
    assert_string_equal(stage_status(stage, run), "succeeded");
    assert_int_equal(sent(stage), 2);
    assert_non_null(strstr(fake_http_sent(stage_http(stage), "/erp", 1)->url, "127.0.0.2"));
    stage_free(stage);
}

/* There nobody knows what was done here: a replay does it only when that is asked for. */
static void a_replay_does_not_do_elsewhere_what_was_done_here(void **state)
{
    static const struct {
        const char *post;
        const struct fake_answer *first;
        const char *after;
        enum err_code code;
    } cases[] = {
        { PUT, &fine, THERE, ERR_POLICY },   { PUT, &fine, HERE, ERR_OK },
        { KEYED, &fine, THERE, ERR_POLICY }, { KEYED, &fine, HERE, ERR_OK },
        { PUT, &denied, THERE, ERR_OK }, /* somebody has mended the address */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage *stage = stage_new();
        const struct fake_answer answers[] = { *cases[i].first, fine };
        struct replay ask = { .by = "ann", .reason = "mended", .from = "post" };
        bool told = false;
        uint64_t request, again;
        struct err e;

        fake_http_script(stage_http(stage), "/erp", answers, 2);
        request = ladder_post(stage, cases[i].post, "", "", HERE);
        stage_settle(stage);
        ask.run = stage_run_id(stage, request);
        ladder_deploy(stage, cases[i].post, "", "", cases[i].after);
        assert_int_equal(engine_replay(stage_engine(stage), &ask, &again, ladder_told, &told, &e),
                         cases[i].code);
        if (cases[i].code == ERR_POLICY)
            assert_non_null(strstr(e.text, "step post"));
        stage_settle(stage);
        assert_int_equal(sent(stage), cases[i].code == ERR_OK ? 2 : 1);
        stage_free(stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_have_happened_is_not_done_elsewhere),
        cmocka_unit_test(what_is_not_found_elsewhere_is_not_dropped),
        cmocka_unit_test(a_person_looks_where_it_went),
        cmocka_unit_test(a_replay_does_not_do_elsewhere_what_was_done_here),
        cmocka_unit_test(a_person_sends_it_there_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
