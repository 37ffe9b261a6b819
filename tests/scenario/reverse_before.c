/* reverse_before.c - reversals of a run that has a past: it came back with a backup, or replays
 * another. What its reference finds, and what is undone by it, is not all that there may be. */
#include "ladder_try.h"

#include "engine/operate.h"
#include "flow/faults.h"
#include "nodes/manifest.h"

#define ACTION(more)                                                                            \
    "'title': 'Pay', 'help': 'Pays.', 'method': 'POST', 'path': '/pay', 'input': {'type': "     \
    "'object', 'properties': {'amount': {'type': 'number'}}, 'required': ['amount']}, 'body': " \
    "{'ref': '{reference}', 'amount': '{input.amount}'}, 'output': {'payment': "                \
    "'{reply.body.id}'}, 'example': {'input': {'amount': 1}, 'output': {}}, 'reversal': "       \
    "{'method': 'POST', 'path': '/void', 'body': {'ref': '{reference}'}, 'absent_statuses': "   \
    "[404]}" more
#define PROBE                                                                             \
    ", 'probe': {'method': 'GET', 'path': '/find', 'query': {'ref': '{reference}'}, "     \
    "'absent_statuses': [404], 'found': 'id', 'settle': '5s', 'read_after_write': true, " \
    "'output': {'payment': '{reply.body.id}'}}"
#define KEYED(valid) \
    ", 'effect': 'keyed', 'key_header': 'Idempotency-Key', 'key_valid': '" valid "'"

static const char manifest_text[] =
    "{'weft': 1, 'name': 'bank', 'title': 'Bank', 'version': '1', 'help': 'A bank.', "
    "'environments': {'test': {'base_url': 'http://127.0.0.1'}}, 'sign_in': {'type': 'none'}, "
    "'actions': {'undone': {" ACTION("") "}, 'sure': {" ACTION(PROBE) "}, 'keyed': {" ACTION(
        KEYED("1m")) "}, 'long': {" ACTION(KEYED("10m")) "}}}";

#define BANK_AT(host)                                                                     \
    "{'weft': 1, 'connections': {'bank': {'connector': 'bank', 'base_url': 'http://" host \
    "', 'settings': {}, 'secrets': {}}}}"
#define PAY(id, action)                                                                      \
    "{'id': '" id "', 'type': 'connector.bank." action "', 'connection': 'bank', 'config': " \
    "{'input': {'amount': '=trigger.body.n'}, 'reverse': true}, 'retry': {'attempts': 5, "   \
    "'initial': '30s', 'jitter': 0}}"
#define PUT(id)                                                                      \
    "{'id': '" id "', 'type': 'connector.http', 'config': {'method': 'PUT', 'url': " \
    "'http://127.0.0.1/" id "'}, 'retry': {'attempts': 5, 'initial': '40s', 'jitter': 0}}"
/* post (idempotent), pay, last (idempotent) */
#define EDGES ", {'from': 'post', 'to': 'pay'}, {'from': 'pay', 'to': 'last'}"
static const char keyed[] = ", " PAY("pay", "keyed") ", " PUT("last");
static const char longer[] = ", " PAY("pay", "long") ", " PUT("last");

#define FINE                                              \
    {                                                     \
        .status = 201, .body = "{\"id\": 8}", LADDER_JSON \
    }
#define NOT_SENT                                \
    {                                           \
        .code = ERR_TRANSIENT, .not_sent = true \
    }
static const struct fake_answer fine = FINE;
static const struct fake_answer undone = { .status = 200, .body = "{}", LADDER_JSON };
static const struct fake_answer not_there = { .status = 404, .body = "{}", LADDER_JSON };
static const struct fake_answer declined = { .status = 422, .body = "{}", LADDER_JSON };

static const struct fake_answer firsts[] = { FINE, NOT_SENT, NOT_SENT, FINE };
static const struct fake_answer pays[] = { FINE, NOT_SENT, FINE };

static struct manifest *bank;

static struct stage *bank_stage(void)
{
    struct stage *stage;
    struct faults faults;
    char *text = ladder_text(manifest_text);

    mem_install();
    faults_init(&faults);
    bank = manifest_read("bank", text, strlen(text), &faults);
    if (bank == NULL)
        fail_msg("%s: %s", faults.list[0].pointer, faults.list[0].text);
    faults_fini(&faults);
    mem_free(text);
    stage = stage_new();
    manifest_add(bank, (struct registry *)stage_registry(stage));
    return stage;
}

static void bank_close(struct stage *stage)
{
    stage_free(stage);
    manifest_free(bank);
}

static void sent_is(struct stage *stage, const char *what, size_t times)
{
    assert_int_equal(fake_http_count(stage_http(stage), what), times);
}

/* Behind the backup it may have been undone already, and done once more with the next key. */
static void what_came_behind_an_undone_one_is_not_known_either(void **state)
{
    static const struct {
        const char *post, *story, *status;
        size_t paid, reversed;
    } cases[] = {
        { PAY("post", "undone"), "doubt reverse undo send reverse undo send task", "in_doubt", 0,
          2 },
        { PAY("post", "sure"),
          "doubt probe reverse undo send probe reverse undo send probe send intent done",
          "succeeded", 1, 2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage *stage = bank_stage();
        uint64_t request;

        fake_http_script(stage_http(stage), "/pay", &fine, 1);
        fake_http_script(stage_http(stage), "/find", &not_there, 1);
        fake_http_script(stage_http(stage), "/void", &not_there, 1);
        fake_store_store(stage_store(stage))->restored = INT64_MAX;
        request = ladder_post(stage, cases[i].post, "", "", BANK_AT("127.0.0.1"));
        ladder_play(stage);
        story_is(stage, stage_run_id(stage, request), cases[i].story);
        assert_string_equal(stage_status(stage, stage_run_id(stage, request)), cases[i].status);
        sent_is(stage, "/pay", cases[i].paid);
        sent_is(stage, "/void", cases[i].reversed);
        bank_close(stage);
    }
}

/* That nobody knows of the next one either is known behind a crash, too. */
static void one_in_doubt_under_its_next_key_outlives_a_crash(void **state)
{
    struct stage *stage = bank_stage();
    bool told = false;
    uint64_t request, run;
    struct err e;

    (void)state;
    fake_http_script(stage_http(stage), "/void", &not_there, 1);
    fake_store_store(stage_store(stage))->restored = INT64_MAX;
    request = ladder_post(stage, PAY("post", "undone"), "", "", BANK_AT("127.0.0.1"));
    stage_settle(stage);
    stage_wait(stage, 5000);
    stage_wait(stage, 1000);
    run = stage_run_id(stage, request);
    story_is(stage, run, "doubt reverse undo send reverse");
    stage_crash(stage);
    stage_settle(stage);
    if (engine_cancel(stage_engine(stage), run, "ann", "not wanted", ladder_told, &told, &e) !=
        ERR_OK)
        fail_msg("%s", e.text);
    ladder_play(stage);
    assert_true(told);
    assert_string_equal(stage_status(stage, run), "in_doubt");
    sent_is(stage, "/pay", 0);
    bank_close(stage);
}

static void noted(void *arg, const struct err *e)
{
    *(enum err_code *)arg = e->code;
}

/* It has paid, fails behind that, and is replayed from its beginning, which does not leave yet. */
static uint64_t replayed(struct stage *stage, const char *rest, const char *from)
{
    struct replay ask = { .from = from, .by = "ann", .reason = "mended" };
    enum err_code stored = ERR_COUNT;
    uint64_t request, again;
    struct err e;

    fake_http_script(stage_http(stage), "/post", firsts, 4);
    fake_http_script(stage_http(stage), "/pay", pays, 3);
    fake_http_script(stage_http(stage), "/void", &undone, 1);
    fake_http_script(stage_http(stage), "/last", &declined, 1);
    request = ladder_post(stage, PUT("post"), rest, EDGES, BANK_AT("127.0.0.1"));
    stage_settle(stage);
    ask.run = stage_run_id(stage, request);
    assert_string_equal(stage_status(stage, ask.run), "failed");
    sent_is(stage, "/pay", 1);
    if (engine_replay(stage_engine(stage), &ask, &again, noted, &stored, &e) != ERR_OK)
        fail_msg("%s", e.text);
    stage_settle(stage);
    assert_int_equal(stored, ERR_OK);
    return again;
}

/* The bank is at another place from now on. */
static void moves(struct stage *stage, const char *rest)
{
    ladder_deploy(stage, PUT("post"), rest, EDGES, BANK_AT("127.0.0.2"));
    stage_settle(stage);
}

/* Its key is forgotten when the replay comes to it; but that it was done is known, so it is not
 * what the author allowed. */
static void what_a_run_before_has_done_is_not_undone(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct stage *stage = bank_stage();
        uint64_t run = replayed(stage, keyed, "post");

        if (i >= 2)
            moves(stage, keyed);
        if (i % 2 == 1)
            stage_crash(stage);
        ladder_play(stage);
        sent_is(stage, "/void", 0);
        sent_is(stage, "/pay", 1);
        assert_string_equal(stage_status(stage, run), "in_doubt");
        bank_close(stage);
    }
}

/* The key is known still, but not there: neither the first attempt of the replay nor one behind an
 * attempt that did not leave goes to another place than the run before did. */
static void a_key_of_the_run_before_is_not_taken_elsewhere(void **state)
{
    static const char *const from[] = { "post", "pay" };

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct stage *stage = bank_stage();
        uint64_t run = replayed(stage, longer, from[i / 2]);
        const size_t tried = fake_http_count(stage_http(stage), "/pay");

        assert_int_equal(tried, 1 + i / 2);
        moves(stage, longer);
        if (i > 0)
            stage_crash(stage);
        ladder_play(stage);
        sent_is(stage, "/pay", tried);
        sent_is(stage, "/void", 0);
        assert_string_equal(stage_status(stage, run), "in_doubt");
        bank_close(stage);
    }
}

/* Behind the backup it may have been sent again, as a person said, and be slow: what had settled
 * when the backup was made has not now. In the process that asks it does not begin anew. */
static void it_settles_anew_behind_a_backup(void **state)
{
    static const struct {
        const char *post, *asked;
    } cases[] = { { PAY("post", "undone"), "/void" }, { PAY("post", "sure"), "/find" } };
    static const struct fake_answer lost = { .code = ERR_TRANSIENT };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage *stage = bank_stage();
        uint64_t request;

        fake_http_script(stage_http(stage), "/pay", &lost, 1);
        fake_http_script(stage_http(stage), cases[i].asked, &not_there, 1);
        request = ladder_post(stage, cases[i].post, "", "", BANK_AT("127.0.0.1"));
        stage_settle(stage);
        stage_wait(stage, 4000);
        fake_store_store(stage_store(stage))->restored = stage_run_id(stage, request);
        stage_crash(stage);
        stage_wait(stage, 3000);
        stage_crash(stage);
        stage_wait(stage, 1999);
        sent_is(stage, cases[i].asked, 0);
        stage_wait(stage, 1);
        sent_is(stage, cases[i].asked, 1);
        bank_close(stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_settles_anew_behind_a_backup),
        cmocka_unit_test(what_came_behind_an_undone_one_is_not_known_either),
        cmocka_unit_test(one_in_doubt_under_its_next_key_outlives_a_crash),
        cmocka_unit_test(what_a_run_before_has_done_is_not_undone),
        cmocka_unit_test(a_key_of_the_run_before_is_not_taken_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
