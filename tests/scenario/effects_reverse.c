/* effects_reverse.c - effects in doubt of a system that a manifest describes: answers that
 * contradict, "it is there already", references of ours, reversals. */
#include "ladder_try.h"

#include "engine/operate.h"
#include "flow/faults.h"
#include "nodes/manifest.h"

#define ACTION(more)                                                                              \
    "'title': 'Pay', 'help': 'Pays.', 'method': 'POST', 'path': '/pay', 'expect': [201], "        \
    "'input': {'type': 'object', 'properties': {'id': {'type': 'string'}, 'amount': {'type': "    \
    "'number'}}, 'required': ['id', 'amount']}, 'body': {'ref': '{reference}', 'amount': "        \
    "'{input.amount}'}, 'errors': [{'status': 409, 'kind': 'duplicate'}], 'output': {'payment': " \
    "'{reply.body.id}'}, 'example': {'input': {'id': 'x', 'amount': 1}, 'output': {}}" more
#define ECHO                                                                               \
    ", 'echo': [{'field': 'ref', 'equals': '{reference}'}, {'field': 'amount', 'equals': " \
    "'{input.amount}'}]"
#define PROBE                                                                                  \
    ", 'probe': {'method': 'GET', 'path': '/find', 'query': {'ref': '{reference}'}, 'found': " \
    "'items.0', 'single': true, 'absent_statuses': [404], 'settle': '2s', 'echo': [{'field': " \
    "'items.0.amount', "                                                                       \
    "'equals': '{input.amount}'}], 'output': {'payment': '{reply.body.items.0.id}'}}"
#define REVERSAL                                                                         \
    ", 'reversal': {'method': 'POST', 'path': '/void', 'body': {'ref': '{reference}'}, " \
    "'absent_statuses': [404]}"

#define KEY    ", 'effect': 'keyed', 'key_header': 'Idempotency-Key', 'key_valid': '1h'"
#define PLAIN  ACTION(ECHO)
#define PROBED ACTION(ECHO PROBE)
#define UNDONE ACTION(REVERSAL)
#define BOTH   ACTION(PROBE REVERSAL)
#define KEYED  ACTION(ECHO KEY)

static const char manifest_text[] =
    "{'weft': 1, 'name': 'bank', 'title': 'Bank', 'version': '1', 'help': 'A bank.', "
    "'environments': {'test': {'base_url': 'http://127.0.0.1'}}, 'sign_in': {'type': 'none'}, "
    "'actions': {'plain': {" PLAIN "}, 'probed': {" PROBED "}, 'undone': {" UNDONE
    "}, 'both': {" BOTH "}, 'keyed': {" KEYED "}}}";

#define CONNECTIONS \
    "{'weft': 1, 'connections': {'bank': {'connector': 'bank', 'settings': {}, 'secrets': {}}}}"
#define CALL(action, more)                           \
    "{'id': 'post', 'type': 'connector.bank." action \
    "', 'connection': 'bank', 'config': {'input': "  \
    "{'id': '=trigger.body.id', 'amount': '=trigger.body.n'}" more "}}"

static const struct fake_answer lost = { .code = ERR_TRANSIENT };
static const struct fake_answer known = { .status = 409, .body = "{}", LADDER_JSON };
static const struct fake_answer found = {
    .status = 200, .body = "{\"items\": [{\"id\": 7, \"amount\": \"12.5\"}]}", LADDER_JSON
};
static const struct fake_answer found_other = {
    .status = 200, .body = "{\"items\": [{\"id\": 7, \"amount\": 99}]}", LADDER_JSON
};
static const struct fake_answer found_two = {
    .status = 200,
    .body = "{\"items\": [{\"id\": 7, \"amount\": \"12.5\"}, {\"id\": 8, \"amount\": \"12.5\"}]}",
    LADDER_JSON
};
static const struct fake_answer found_none = { .status = 200,
                                               .body = "{\"items\": []}",
                                               LADDER_JSON };
static const struct fake_answer fine = { .status = 201, .body = "{\"id\": 8}", LADDER_JSON };
static const struct fake_answer other_amount = {
    .status = 201, .body = "{\"id\": 8, \"ref\": \"?\", \"amount\": 12.50}", LADDER_JSON
};
static const struct fake_answer down = { .status = 503, .body = "" };
static const struct fake_answer undone = { .status = 200, .body = "{}", LADDER_JSON };
static const struct fake_answer not_there = { .status = 404, .body = "{}", LADDER_JSON };
static const struct fake_answer cannot = { .status = 422, .body = "{}", LADDER_JSON };

/* A stage that knows the bank. */
static struct manifest *bank_read(void)
{
    char *text = ladder_text(manifest_text);
    struct manifest *manifest;
    struct faults faults;

    mem_install();
    faults_init(&faults);
    manifest = manifest_read("bank", text, strlen(text), &faults);
    if (manifest == NULL)
        fail_msg("%s: %s", faults.list[0].pointer, faults.list[0].text);
    faults_fini(&faults);
    mem_free(text);
    return manifest;
}

static struct stage *bank_stage(const struct manifest *bank)
{
    struct stage *stage = stage_new();

    manifest_add(bank, (struct registry *)stage_registry(stage));
    return stage;
}

struct bank_case {
    const char *post;
    const struct fake_answer *pay[2];
    const struct fake_answer *find, *reverse;
    const char *story, *status;
    size_t paid, reversed;
};

static void play(const struct bank_case *c)
{
    struct manifest *bank = bank_read();
    struct stage *stage = bank_stage(bank);
    const struct fake_answer pays[] = { *c->pay[0], *c->pay[1] };
    uint64_t request, run;

    fake_http_script(stage_http(stage), "/pay", pays, 2);
    fake_http_script(stage_http(stage), "/find", c->find != NULL ? c->find : &down, 1);
    fake_http_script(stage_http(stage), "/void", c->reverse != NULL ? c->reverse : &down, 1);
    request = ladder_post(stage, c->post, "", "", CONNECTIONS);
    ladder_play(stage);
    run = stage_run_id(stage, request);
    story_is(stage, run, c->story);
    assert_string_equal(stage_status(stage, run), c->status);
    assert_int_equal(fake_http_count(stage_http(stage), "/pay"), c->paid);
    assert_int_equal(fake_http_count(stage_http(stage), "/void"), c->reversed);
    stage_free(stage);
    manifest_free(bank);
}

static void what_contradicts_is_never_sent_again(void **state)
{
    static const struct bank_case cases[] = {
        { CALL("plain", ""),
          { &other_amount, &fine },
          NULL,
          NULL,
          "intent doubt task",
          "in_doubt",
          1,
          0 },
        { CALL("keyed", ""),
          { &other_amount, &fine },
          NULL,
          NULL,
          "intent doubt task",
          "in_doubt",
          1,
          0 },
        { CALL("plain", ""), { &fine, &fine }, NULL, NULL, "intent doubt task", "in_doubt", 1, 0 },
        { CALL("probed", ""),
          { &other_amount, &fine },
          &found,
          NULL,
          "intent doubt probe adopt done",
          "succeeded",
          1,
          0 },
        { CALL("probed", ""),
          { &other_amount, &fine },
          &found_none,
          NULL,
          "intent doubt probe person task",
          "in_doubt",
          1,
          0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        play(&cases[i]);
}

/* A system that did twice what it was asked for under one reference: neither is taken for it. */
static void two_under_one_reference_are_a_persons(void **state)
{
    static const struct fake_answer *const firsts[] = { &lost, &known, &other_amount };

    (void)state;
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++)
        play(&(struct bank_case){ CALL("probed", ""),
                                  { firsts[i], &fine },
                                  &found_two,
                                  NULL,
                                  "intent doubt probe person task",
                                  "in_doubt",
                                  1,
                                  0 });
    /* one of the two would be undone, and a third one made */
    play(&(struct bank_case){ CALL("both", ", 'reverse': true"),
                              { &lost, &fine },
                              &found_two,
                              &undone,
                              "intent doubt probe person task",
                              "in_doubt",
                              1,
                              0 });
}

static void what_is_there_already_is_compared(void **state)
{
    static const struct bank_case cases[] = {
        { CALL("plain", ""), { &known, &fine }, NULL, NULL, "intent done", "succeeded", 1, 0 },
        { CALL("probed", ""),
          { &known, &fine },
          &found,
          NULL,
          "intent doubt probe adopt done",
          "succeeded",
          1,
          0 },
        { CALL("probed", ""),
          { &known, &fine },
          &found_other,
          NULL,
          "intent doubt probe person task",
          "in_doubt",
          1,
          0 },
        { CALL("probed", ""),
          { &known, &fine },
          &found_none,
          NULL,
          "intent doubt probe person task",
          "in_doubt",
          1,
          0 },
        /* not declared as read after write */
        { CALL("probed", ""),
          { &lost, &fine },
          &found_none,
          NULL,
          "intent doubt probe person task",
          "in_doubt",
          1,
          0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        play(&cases[i]);
}

static void what_may_have_happened_is_undone(void **state)
{
    static const struct bank_case cases[] = {
        { CALL("undone", ""),
          { &lost, &fine },
          NULL,
          &undone,
          "intent doubt task",
          "in_doubt",
          1,
          0 },
        { CALL("undone", ", 'reverse': true"),
          { &lost, &fine },
          NULL,
          &undone,
          "intent doubt reverse undo send intent done",
          "succeeded",
          2,
          1 },
        { CALL("undone", ", 'reverse': true"),
          { &lost, &fine },
          NULL,
          &not_there,
          "intent doubt reverse undo send intent done",
          "succeeded",
          2,
          1 },
        { CALL("undone", ", 'reverse': true"),
          { &lost, &fine },
          NULL,
          &cannot,
          "intent doubt reverse undo person task",
          "in_doubt",
          1,
          1 },
        { CALL("undone", ", 'reverse': true"),
          { &lost, &fine },
          NULL,
          &down,
          "intent doubt reverse undo reverse undo reverse undo reverse undo reverse undo reverse "
          "undo "
          "person task",
          "in_doubt",
          1,
          6 },
        { CALL("undone", ", 'reverse': true"),
          { &lost, &lost },
          NULL,
          &undone,
          "intent doubt reverse undo send intent doubt reverse undo send intent doubt task",
          "in_doubt",
          3,
          2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        play(&cases[i]);
}

/* The request and the reversal of one generation bear the same reference, the next another one. */
static void a_new_generation_has_a_reference_of_its_own(void **state)
{
    const struct fake_answer pays[] = { lost, fine };
    struct manifest *bank = bank_read();
    struct stage *stage = bank_stage(bank);
    const char *first, *undoes, *second;
    const size_t size = strlen("{\"ref\":\"") + STEP_REFERENCE;

    (void)state;
    fake_http_script(stage_http(stage), "/pay", pays, 2);
    fake_http_script(stage_http(stage), "/void", &undone, 1);
    ladder_post(stage, CALL("undone", ", 'reverse': true"), "", "", CONNECTIONS);
    ladder_play(stage);
    first = fake_http_sent(stage_http(stage), "/pay", 0)->body;
    undoes = fake_http_sent(stage_http(stage), "/void", 0)->body;
    second = fake_http_sent(stage_http(stage), "/pay", 1)->body;
    assert_memory_equal(first, undoes, size);
    assert_memory_not_equal(first, second, size);
    assert_true(fake_http_sent(stage_http(stage), "/void", 0)->effect);
    stage_free(stage);
    manifest_free(bank);
}

static void replay_told(void *arg, const struct err *e)
{
    *(enum err_code *)arg = e->code;
}

/* What was reversed has used up its reference: a replay goes on with the next one. */
static void a_replay_does_not_go_back_to_what_was_reversed(void **state)
{
    const struct fake_answer pays[] = { lost, cannot, fine };
    struct manifest *bank = bank_read();
    struct stage *stage = bank_stage(bank);
    enum err_code stored = ERR_COUNT;
    struct replay ask = { .by = "ann", .reason = "mended" };
    uint64_t request, again;
    struct err e;

    (void)state;
    fake_http_script(stage_http(stage), "/pay", pays, 3);
    fake_http_script(stage_http(stage), "/void", &undone, 1);
    request = ladder_post(stage, CALL("undone", ", 'reverse': true"), "", "", CONNECTIONS);
    ladder_play(stage);
    ask.run = stage_run_id(stage, request);
    assert_string_equal(stage_status(stage, ask.run), "failed");
    assert_int_equal(engine_replay(stage_engine(stage), &ask, &again, replay_told, &stored, &e),
                     ERR_OK);
    ladder_play(stage);
    assert_int_equal(stored, ERR_OK);
    assert_string_equal(stage_status(stage, again), "succeeded");
    assert_int_equal(fake_http_count(stage_http(stage), "/pay"), 3);
    assert_string_not_equal(fake_http_sent(stage_http(stage), "/pay", 2)->body,
                            fake_http_sent(stage_http(stage), "/pay", 0)->body);
    assert_string_equal(fake_http_sent(stage_http(stage), "/pay", 2)->body,
                        fake_http_sent(stage_http(stage), "/pay", 1)->body);
    stage_free(stage);
    manifest_free(bank);
}

static void a_crash_within_a_reversal_pays_once(void **state)
{
    const struct fake_answer pays[] = { lost, fine };

    (void)state;
    for (unsigned moves = 0; moves < 24; moves++) {
        struct manifest *bank = bank_read();
        struct stage *stage = bank_stage(bank);
        size_t paid, i;
        uint64_t request;

        fake_http_script(stage_http(stage), "/pay", pays, 2);
        fake_http_script(stage_http(stage), "/void", &undone, 1);
        request = ladder_post(stage, CALL("undone", ", 'reverse': true"), "", "", CONNECTIONS);
        for (i = 0; i < moves; i++) {
            stage_turn(stage);
            if (fake_store_commit(stage_store(stage)) == 0 &&
                fake_http_deliver(stage_http(stage)) == 0)
                stage_tick(stage, 1000);
        }
        stage_crash(stage);
        ladder_play(stage);
        if (stage_answer(stage, request)->status == 202)
            assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "succeeded");
        paid = fake_http_count(stage_http(stage), "/pay");
        for (i = 1; i < paid; i++) /* no reference is sent twice */
            assert_string_not_equal(fake_http_sent(stage_http(stage), "/pay", i)->body,
                                    fake_http_sent(stage_http(stage), "/pay", i - 1)->body);
        assert_true(fake_http_count(stage_http(stage), "/void") + 1 >= paid);
        stage_free(stage);
        manifest_free(bank);
    }
}

#define BANK_AT(host)                                                                     \
    "{'weft': 1, 'connections': {'bank': {'connector': 'bank', 'base_url': 'http://" host \
    "', 'settings': {}, 'secrets': {}}}}"

/* What was undone or looked for where it did not go proves nothing of where it went. */
static void what_may_have_happened_elsewhere_is_not_undone_here(void **state)
{
    static const char *const actions[] = { CALL("undone", ", 'reverse': true"),
                                           CALL("both", ", 'reverse': true") };
    const struct fake_answer pays[] = { lost, fine };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof actions / sizeof *actions; i++) {
        struct manifest *bank = bank_read();
        struct stage *stage = bank_stage(bank);
        uint64_t request, run;

        fake_http_script(stage_http(stage), "/pay", pays, 2);
        fake_http_script(stage_http(stage), "/void", &not_there, 1);
        fake_http_script(stage_http(stage), "/find", &not_there, 1);
        request = ladder_post(stage, actions[i / 2], "", "", BANK_AT("127.0.0.1"));
        stage_turn(stage);
        while (fake_http_count(stage_http(stage), "/pay") == 0) {
            fake_store_commit(stage_store(stage));
            stage_turn(stage);
        }
        run = stage_run_id(stage, request);
        ladder_deploy(stage, actions[i / 2], "", "", BANK_AT("127.0.0.2"));
        stage_settle(stage);
        if (i % 2 == 1)
            stage_crash(stage);
        ladder_play(stage);
        assert_int_equal(fake_http_count(stage_http(stage), "/pay"), 1);
        assert_int_equal(fake_http_count(stage_http(stage), "/void"), 0);
        assert_int_equal(fake_http_count(stage_http(stage), "/find"), 0);
        assert_string_equal(stage_status(stage, run), "in_doubt");
        stage_free(stage);
        manifest_free(bank);
    }
}

#define WEB(url)                                                                                  \
    "{'weft': 1, 'connections': {'web': {'connector': 'http', 'base_url': 'http://127.0.0.1/" url \
    "', 'auth': {'type': 'none'}}}}"
#define MOVED                                                                                     \
    "{'id': 'post', 'type': 'connector.http', 'connection': 'web', 'config': {'method': 'POST', " \
    "'path': '/erp', 'body': 1, 'effect': 'keyed', 'key_header': 'Idempotency-Key'}, 'retry': "   \
    "{'attempts': 3, 'initial': '5s', 'jitter': 0}}"

/* The same key must not go with another request. */
static void other_bytes_are_not_sent_with_the_key(void **state)
{
    struct stage *stage = stage_new();
    const struct fake_answer answers[] = { lost, fine };
    uint64_t request;

    (void)state;
    fake_http_script(stage_http(stage), "/erp", answers, 2);
    request = ladder_post(stage, MOVED, "", "", WEB("a"));
    stage_settle(stage);
    ladder_post(stage, MOVED, "", "", WEB("b")); /* its own event ends well */
    ladder_play(stage);
    story_is(stage, stage_run_id(stage, request), "intent again doubt task");
    assert_int_equal(fake_http_count(stage_http(stage), "/erp"), 2);
    stage_free(stage);
}

/* What is done later than its reversal is not undone. */
static void a_reversal_waits_for_what_is_slow(void **state)
{
    (void)state;
    for (unsigned dies = 0; dies < 2; dies++) {
        struct manifest *bank = bank_read();
        struct stage *stage = bank_stage(bank);

        fake_http_script(stage_http(stage), "/pay", &lost, 1);
        fake_http_script(stage_http(stage), "/void", &not_there, 1);
        ladder_post(stage, CALL("undone", ", 'reverse': true"), "", "", CONNECTIONS);
        stage_settle(stage);
        stage_wait(stage, 4999);
        if (dies)
            stage_crash(stage);
        assert_int_equal(fake_http_count(stage_http(stage), "/void"), 0);
        stage_wait(stage, 1);
        assert_int_equal(fake_http_count(stage_http(stage), "/void"), 1);
        stage_free(stage);
        manifest_free(bank);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_contradicts_is_never_sent_again),
        cmocka_unit_test(two_under_one_reference_are_a_persons),
        cmocka_unit_test(what_is_there_already_is_compared),
        cmocka_unit_test(what_may_have_happened_is_undone),
        cmocka_unit_test(a_reversal_waits_for_what_is_slow),
        cmocka_unit_test(a_new_generation_has_a_reference_of_its_own),
        cmocka_unit_test(a_replay_does_not_go_back_to_what_was_reversed),
        cmocka_unit_test(a_crash_within_a_reversal_pays_once),
        cmocka_unit_test(what_may_have_happened_elsewhere_is_not_undone_here),
        cmocka_unit_test(other_bytes_are_not_sent_with_the_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
