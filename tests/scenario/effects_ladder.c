/* effects_ladder.c - effects of which nobody knows whether they happened: every class, outcome and
 * probe, inside and outside of the key's time, and crashes at every commit in between. */
#include "ladder_try.h"

#define POST(config, retry)                                                                   \
    "{'id': 'post', 'type': 'connector.http', 'config': {'method': 'POST', 'expect': [201], " \
    "'url': 'http://127.0.0.1/erp', 'body': {'n': '=trigger.body.n'}" config "}" retry "}"
#define ONCE  ""
#define KEYED ", 'effect': 'keyed', 'key_header': 'Idempotency-Key'"
#define LATE  KEYED ", 'key_valid': '10s'" /* no answer can come in that time */
#define PROBE(more)                                                                                \
    ", 'probe': {'url': '=[[http://127.0.0.1/look/]] .. trigger.body.id', 'found': 'value.0'" more \
    "}"
#define TRUE_PROBE PROBE(", 'read_after_write': true")
#define RETRY(n)   ", 'retry': {'attempts': " #n ", 'initial': '1s', 'jitter': 0}"

/* Each of them leaves open whether the effect happened. */
static const struct fake_answer outcomes[] = {
    { .code = ERR_TRANSIENT },                           /* cut */
    { .code = ERR_TIMEOUT },                             /* no answer in time */
    { .status = 500, .body = "{}" },                     /* any 5xx */
    { .status = 503, .body = "{}" },                     /* not declared as "nothing done" */
    { .status = 201, .body = "{\"id\": ", LADDER_JSON }, /* broken */
    { .status = 202, .body = "{}" },                     /* not what is expected */
    { .status = 302, .body = "", .header = "Location", .value = "http://127.0.0.1/y" },
    { .status = 408, .body = "" },
};
#define OUTCOMES (sizeof outcomes / sizeof *outcomes)

static const struct fake_answer fine = { .status = 201, .body = "{\"id\": 7}", LADDER_JSON };
static const struct fake_answer not_sent = { .code = ERR_TRANSIENT, .not_sent = true };
static const struct fake_answer refused = { .status = 422, .body = "{}" };
static const struct fake_answer denied = { .status = 401, .body = "{}" };
static const struct fake_answer there = { .status = 200,
                                          .body = "{\"value\": [{\"id\": 7}]}",
                                          LADDER_JSON };
static const struct fake_answer nothing = { .status = 200, .body = "{\"value\": []}", LADDER_JSON };
static const struct fake_answer missing = { .status = 404, .body = "" };
static const struct fake_answer strange = { .status = 200, .body = "{\"hello\": 1}", LADDER_JSON };
static const struct fake_answer down = { .status = 503, .body = "" };

struct cell {
    const char *post;
    const struct fake_answer *look; /* NULL: no probe */
    bool then_fine;                 /* a second request is answered well, else like the first */
    const char *story, *status;
    size_t sent, looked;
};

/* Expected for every outcome alike. */
static const struct cell cells[] = {
    /* once */
    { POST(ONCE, ""), NULL, true, "intent doubt task", "in_doubt", 1, 0 },
    { POST(ONCE, RETRY(3)), NULL, true, "intent doubt task", "in_doubt", 1, 0 },
    { POST(ONCE TRUE_PROBE, ""), &there, true, "intent doubt probe adopt done", "succeeded", 1, 1 },
    { POST(ONCE TRUE_PROBE, ""), &nothing, true, "intent doubt probe send intent done", "succeeded",
      2, 1 },
    { POST(ONCE TRUE_PROBE, ""), &missing, true, "intent doubt probe send intent done", "succeeded",
      2, 1 },
    { POST(ONCE PROBE(""), ""), &missing, true, "intent doubt probe person task", "in_doubt", 1,
      1 },
    { POST(ONCE TRUE_PROBE, ""), &strange, true, "intent doubt probe person task", "in_doubt", 1,
      1 },
    { POST(ONCE TRUE_PROBE, ""), &down, true,
      "intent doubt probe probe probe probe probe probe person task", "in_doubt", 1, 6 },
    { POST(ONCE TRUE_PROBE, ""), &missing, false,
      "intent doubt probe send intent doubt probe send intent doubt probe send intent doubt probe "
      "person task",
      "in_doubt", 4, 4 },
    /* keyed, in its time */
    { POST(KEYED, ""), NULL, true, "intent again intent done", "succeeded", 2, 0 },
    { POST(KEYED, RETRY(3)), NULL, true, "intent again intent done", "succeeded", 2, 0 },
    { POST(KEYED, ""), NULL, false, "intent again intent again intent again intent doubt task",
      "in_doubt", 4, 0 },
    { POST(KEYED, RETRY(5)), NULL, false,
      "intent again intent again intent again intent again intent doubt task", "in_doubt", 5, 0 },
    { POST(KEYED TRUE_PROBE, ""), &there, true, "intent doubt probe adopt done", "succeeded", 1,
      1 },
    { POST(KEYED TRUE_PROBE, ""), &missing, true, "intent doubt probe send intent done",
      "succeeded", 2, 1 },
    { POST(KEYED PROBE(""), ""), &missing, true, "intent doubt probe send intent done", "succeeded",
      2, 1 },
    { POST(KEYED PROBE(""), ""), &strange, true, "intent doubt probe send intent done", "succeeded",
      2, 1 },
    /* keyed, when its time is over */
    { POST(LATE, RETRY(3)), NULL, true, "intent doubt task", "in_doubt", 1, 0 },
    { POST(LATE TRUE_PROBE, ""), &there, true, "intent doubt probe adopt done", "succeeded", 1, 1 },
    { POST(LATE TRUE_PROBE, ""), &missing, true, "intent doubt probe send intent done", "succeeded",
      2, 1 },
    { POST(LATE PROBE(""), ""), &missing, true, "intent doubt probe person task", "in_doubt", 1,
      1 },
    { POST(LATE TRUE_PROBE, ""), &strange, true, "intent doubt probe person task", "in_doubt", 1,
      1 },
};
#define CELLS (sizeof cells / sizeof *cells)

static void play_cell(const struct cell *cell, const struct fake_answer *outcome)
{
    struct stage *stage = stage_new();
    const struct fake_answer answers[] = { *outcome, cell->then_fine ? fine : *outcome };
    uint64_t request, run;

    fake_http_script(stage_http(stage), "/erp", answers, 2);
    fake_http_script(stage_http(stage), "/look", cell->look != NULL ? cell->look : &down, 1);
    request = ladder_post(stage, cell->post, "", "", NULL);
    ladder_play(stage);
    run = stage_run_id(stage, request);
    story_is(stage, run, cell->story);
    assert_string_equal(stage_status(stage, run), cell->status);
    assert_int_equal(fake_http_count(stage_http(stage), "/erp"), cell->sent);
    assert_int_equal(fake_http_count(stage_http(stage), "/look"), cell->looked);
    for (size_t i = 0; strstr(cell->post, "keyed") != NULL && i < cell->sent; i++) {
        assert_memory_equal(ladder_key(stage, "/erp", 0), ladder_key(stage, "/erp", i), 36);
        assert_string_equal(fake_http_sent(stage_http(stage), "/erp", 0)->body,
                            fake_http_sent(stage_http(stage), "/erp", i)->body);
    }
    stage_free(stage);
}

static void every_class_outcome_and_window(void **state)
{
    (void)state;
    for (size_t c = 0; c < CELLS; c++)
        for (size_t o = 0; o < OUTCOMES; o++)
            play_cell(&cells[c], &outcomes[o]);
}

static void what_is_known_is_no_doubt(void **state)
{
    static const struct {
        const char *post;
        const struct fake_answer *answers[3];
        const char *story;
    } cases[] = {
        { POST(ONCE, RETRY(3)),
          { &not_sent, &not_sent, &fine },
          "intent again intent again intent done" },
        { POST(ONCE, RETRY(2)), { &not_sent, &not_sent, &not_sent }, "intent again intent failed" },
        { POST(ONCE, ""), { &refused, &fine, &fine }, "intent failed" },
        { POST(KEYED, RETRY(3)), { &refused, &fine, &fine }, "intent failed" },
        { POST(KEYED, RETRY(3)), { &outcomes[0], &refused, &fine }, "intent again intent failed" },
        { POST(", 'not_processed': [503]", RETRY(2)),
          { &down, &fine, &fine },
          "intent again intent done" },
        /* what came before is not known, whatever becomes of what follows */
        { POST(KEYED, RETRY(2)),
          { &outcomes[0], &not_sent, &not_sent },
          "intent again intent again intent again intent doubt task" },
        { POST(KEYED, RETRY(3)),
          { &outcomes[0], &denied, &fine },
          "intent again intent doubt send intent done" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage *stage = stage_new();
        struct fake_answer answers[3];
        uint64_t request;

        for (size_t n = 0; n < 3; n++)
            answers[n] = *cases[i].answers[n];
        fake_http_script(stage_http(stage), "/erp", answers, 3);
        request = ladder_post(stage, cases[i].post, "", "", NULL);
        ladder_play(stage);
        story_is(stage, stage_run_id(stage, request), cases[i].story);
        stage_free(stage);
    }
}

static void a_person_settles_it(void **state)
{
    static const char *const ports[] = { "happened", "send", "fail" };
    static const char *const stories[] = { "intent doubt task decided done",
                                           "intent doubt task decided intent done",
                                           "intent doubt task decided failed" };

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct stage *stage = stage_new();
        const struct fake_answer answers[] = { outcomes[0], fine };
        uint64_t request, run;

        fake_http_script(stage_http(stage), "/erp", answers, 2);
        request = ladder_post(stage, POST(ONCE, ""), "", "", NULL);
        ladder_play(stage);
        run = stage_run_id(stage, request);
        ladder_decide(stage, run, ports[i % 3]);
        if (i >= 3)
            stage_crash(stage);
        ladder_play(stage);
        story_is(stage, run, stories[i % 3]);
        assert_string_equal(stage_status(stage, run), i % 3 == 2 ? "failed" : "succeeded");
        assert_int_equal(fake_http_count(stage_http(stage), "/erp"), i % 3 == 1 ? 2 : 1);
        stage_free(stage);
    }
}

/* A word to send counts for one request: when that gets lost, too, the person is asked anew. */
static void a_word_to_send_counts_once(void **state)
{
    struct stage *stage = stage_new();
    uint64_t request, run;

    (void)state;
    fake_http_script(stage_http(stage), "/erp", &outcomes[0], 1);
    request = ladder_post(stage, POST(ONCE, ""), "", "", NULL);
    ladder_play(stage);
    run = stage_run_id(stage, request);
    ladder_decide(stage, run, "send");
    ladder_play(stage);
    for (unsigned i = 0; i < 3; i++) {
        story_is(stage, run, "intent doubt task decided intent doubt task");
        assert_int_equal(fake_http_count(stage_http(stage), "/erp"), 2);
        stage_crash(stage);
        ladder_play(stage);
    }
    ladder_decide(stage, run, "fail");
    assert_string_equal(stage_status(stage, run), "failed");
    stage_free(stage);
}

/* In a run that has failed nothing is sent again, but what has left is settled. */
static void a_failed_run_looks_and_sends_nothing(void **state)
{
    static const struct {
        const char *post;
        const struct fake_answer *look;
        const char *story;
    } cases[] = {
        { POST(KEYED, ""), NULL, "intent again doubt task" },
        { POST(KEYED TRUE_PROBE, ""), &there, "intent doubt probe adopt done" },
        { POST(KEYED TRUE_PROBE, ""), &missing, "intent doubt probe failed" },
        { POST(ONCE PROBE(""), ""), &missing, "intent doubt probe person task" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage *stage = stage_new();
        uint64_t request;

        fake_http_script(stage_http(stage), "/erp", &outcomes[0], 1);
        fake_http_script(stage_http(stage), "/look", cases[i].look != NULL ? cases[i].look : &down,
                         1);
        fake_http_script(stage_http(stage), "/bad", &refused, 1);
        request =
            ladder_post(stage, cases[i].post,
                        ", {'id': 'wait', 'type': 'branch.wait', 'config': {'for': "
                        "'500ms'}}, {'id': 'bad', 'type': 'connector.http', 'config': {'url': "
                        "'http://127.0.0.1/bad'}}",
                        ", {'from': 'in', 'to': 'wait'}, {'from': 'wait', 'to': 'bad'}", NULL);
        stage_settle(stage);
        stage_wait(stage, 600); /* the run fails before anything is tried again */
        ladder_play(stage);
        story_is(stage, stage_run_id(stage, request), cases[i].story);
        assert_int_equal(fake_http_count(stage_http(stage), "/erp"), 1);
        stage_free(stage);
    }
}

static void every_rung_is_told(void **state)
{
    struct stage *stage = stage_new();
    json_t *told, *steps, *step, *rungs = NULL;
    uint64_t request;
    struct err e;
    size_t i;

    (void)state;
    fake_http_script(stage_http(stage), "/erp", &outcomes[0], 1);
    fake_http_script(stage_http(stage), "/look", &there, 1);
    request = ladder_post(stage, POST(ONCE TRUE_PROBE, ""), "", "", NULL);
    ladder_play(stage);
    told = engine_show(fake_store_store(stage_store(stage)), stage_run_id(stage, request), &e);
    assert_non_null(told);
    steps = json_object_get(told, "steps");
    json_array_foreach(steps, i, step)
    {
        if (strcmp(json_get_text(step, "step"), "post") == 0)
            rungs = json_object_get(step, "ladder");
    }
    assert_int_equal(json_array_size(rungs), 2);
    assert_string_equal(json_get_text(json_array_get(rungs, 0), "to"), "probe");
    assert_non_null(json_get_text(json_array_get(rungs, 0), "due_at"));
    assert_string_equal(json_get_text(json_array_get(rungs, 1), "to"), "adopt");
    assert_string_equal(json_get_text(json_array_get(rungs, 1), "why"), "its probe found it");
    json_decref(told);
    stage_free(stage);
}

/* ---- Crashes */

/* What left, in order: e for an effect, l for a look. */
static void sent_text(struct stage *stage, char *text, size_t room)
{
    size_t count = fake_http_count(stage_http(stage), "127.0.0.1"), i;

    assert_true(count < room);
    for (i = 0; i < count; i++)
        text[i] = strstr(fake_http_sent(stage_http(stage), "127.0.0.1", i)->url, "/erp") != NULL
                      ? 'e'
                      : 'l';
    text[count] = '\0';
}

static void crash_after(const char *post, const struct fake_answer *look, unsigned moves)
{
    struct stage *stage = stage_new();
    const struct fake_answer answers[] = { outcomes[0], fine };
    bool keyed = strstr(post, "keyed") != NULL;
    char sent[100];
    uint64_t request;

    fake_http_script(stage_http(stage), "/erp", answers, 2);
    fake_http_script(stage_http(stage), "/look", look, 1);
    request = ladder_post(stage, post, "", "", NULL);
    for (unsigned i = 0; i < moves; i++) {
        stage_turn(stage);
        if (fake_store_commit(stage_store(stage)) == 0 && fake_http_deliver(stage_http(stage)) == 0)
            stage_tick(stage, 1000);
    }
    stage_crash(stage);
    ladder_play(stage);
    sent_text(stage, sent, sizeof sent);
    if (!keyed && strstr(sent, "ee") != NULL)
        fail_msg("crash after %u moves: %s was sent without a look in between", moves, sent);
    for (size_t i = 0; keyed && i < fake_http_count(stage_http(stage), "/erp"); i++)
        assert_memory_equal(ladder_key(stage, "/erp", 0), ladder_key(stage, "/erp", i), 36);
    if (look == &there)
        assert_true(fake_http_count(stage_http(stage), "/erp") <= 1);
    if (stage_answer(stage, request)->status == 202) {
        const char *status = stage_status(stage, stage_run_id(stage, request));

        if (strcmp(status, look == &strange ? "in_doubt" : "succeeded") != 0)
            fail_msg("crash after %u moves: %s, %s", moves, status, sent);
    }
    stage_free(stage);
}

static void a_crash_at_every_commit_goes_on_from_the_rung(void **state)
{
    (void)state;
    for (unsigned moves = 0; moves < 32; moves++) {
        crash_after(POST(ONCE TRUE_PROBE, ""), &there, moves);
        crash_after(POST(ONCE TRUE_PROBE, ""), &missing, moves);
        crash_after(POST(ONCE TRUE_PROBE, ""), &strange, moves);
        crash_after(POST(KEYED, ""), &down, moves);
        crash_after(POST(KEYED TRUE_PROBE, ""), &missing, moves);
        crash_after(POST(KEYED PROBE(""), ""), &there, moves);
    }
}

/* ---- Restored from a backup */

static void what_a_backup_does_not_know_is_looked_for(void **state)
{
    static const struct {
        const char *post;
        const struct fake_answer *look;
        const char *story;
        size_t sent;
    } cases[] = {
        { POST(ONCE, ""), NULL, "doubt task", 0 },
        { POST(ONCE TRUE_PROBE, ""), &there, "doubt probe adopt done", 0 },
        { POST(ONCE TRUE_PROBE, ""), &missing, "doubt probe send intent done", 1 },
        { POST(KEYED, ""), NULL, "intent done", 1 },
        { POST(LATE, ""), NULL, "doubt task", 0 },
        { POST(LATE TRUE_PROBE, ""), &there, "doubt probe adopt done", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage *stage = stage_new();
        uint64_t request;

        fake_http_script(stage_http(stage), "/erp", &fine, 1);
        fake_http_script(stage_http(stage), "/look", cases[i].look != NULL ? cases[i].look : &down,
                         1);
        fake_store_store(stage_store(stage))->restored = INT64_MAX;
        request = ladder_post(stage, cases[i].post, "", "", NULL);
        ladder_play(stage);
        story_is(stage, stage_run_id(stage, request), cases[i].story);
        assert_int_equal(fake_http_count(stage_http(stage), "/erp"), cases[i].sent);
        stage_free(stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_outcome_and_window),
        cmocka_unit_test(what_is_known_is_no_doubt),
        cmocka_unit_test(a_person_settles_it),
        cmocka_unit_test(a_word_to_send_counts_once),
        cmocka_unit_test(a_failed_run_looks_and_sends_nothing),
        cmocka_unit_test(every_rung_is_told),
        cmocka_unit_test(a_crash_at_every_commit_goes_on_from_the_rung),
        cmocka_unit_test(what_a_backup_does_not_know_is_looked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
