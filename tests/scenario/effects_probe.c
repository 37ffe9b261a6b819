/* effects_probe.c - a person asks a connector to look once more for an effect in doubt: what it
 * says leads on by the ladder's own rules, and a decision that comes first counts. */
#include "ladder_try.h"

#include "engine/operate.h"

#define POST(more)                                                                            \
    "{'id': 'post', 'type': 'connector.http', 'config': {'method': 'POST', 'expect': [201], " \
    "'url': 'http://127.0.0.1/erp', 'body': {'n': '=trigger.body.n'}" more "}}"
#define PROBE(more)                                                                                \
    ", 'probe': {'url': '=[[http://127.0.0.1/look/]] .. trigger.body.id', 'found': 'value.0'" more \
    "}"
#define TRUE_PROBE PROBE(", 'read_after_write': true")
#define IN_DOUBT   "intent doubt probe person task"

static const struct fake_answer cut = { .code = ERR_TRANSIENT };
static const struct fake_answer fine = { .status = 201, .body = "{\"id\": 7}", LADDER_JSON };
static const struct fake_answer there = { .status = 200,
                                          .body = "{\"value\": [{\"id\": 7}]}",
                                          LADDER_JSON };
static const struct fake_answer missing = { .status = 404, .body = "" };
static const struct fake_answer strange = { .status = 200, .body = "{\"hello\": 1}", LADDER_JSON };
static const struct fake_answer down = { .status = 503, .body = "" };

struct said {
    unsigned times;
    enum err_code code;
    char result[16], next[16], text[200];
};

static void said_it(void *arg, const struct probe_said *probe, const struct err *e)
{
    struct said *said = arg;

    said->times++;
    said->code = e->code;
    if (probe == NULL)
        return;
    snprintf(said->result, sizeof said->result, "%s", probe->result);
    snprintf(said->next, sizeof said->next, "%s", probe->next);
    snprintf(said->text, sizeof said->text, "%s", probe->text);
}

static enum err_code probe(struct stage *stage, uint64_t run, struct said *said, struct err *e)
{
    const struct probe_ask ask = {
        .run = run, .step = "post", .by = "ann", .reason = "it is late"
    };

    memset(said, 0, sizeof *said);
    return engine_probe(stage_engine(stage), &ask, said_it, said, e);
}

/* One event whose effect stays in doubt after a first look. */
static struct stage *doubtful(const char *post, const struct fake_answer *looks, size_t count,
                              uint64_t *run)
{
    static struct fake_answer sends[2];
    struct stage *stage = stage_new();
    uint64_t request;

    sends[0] = cut;
    sends[1] = fine;
    fake_http_script(stage_http(stage), "/erp", sends, 2);
    fake_http_script(stage_http(stage), "/look", looks, count);
    request = ladder_post(stage, post, "", "", NULL);
    ladder_play(stage);
    *run = stage_run_id(stage, request);
    story_is(stage, *run, IN_DOUBT);
    assert_string_equal(stage_status(stage, *run), "in_doubt");
    assert_true(fake_http_sent(stage_http(stage), "/look", 0)->effect); /* on its own connection */
    return stage;
}

static json_t *task_of(struct stage *stage)
{
    struct err e;
    json_t *tasks = engine_tasks(fake_store_store(stage_store(stage)), NULL, NULL, 0, &e);
    json_t *first;

    assert_non_null(tasks);
    assert_true(json_array_size(tasks) <= 1);
    first = json_incref(json_array_get(tasks, 0));
    json_decref(tasks);
    return first;
}

static void what_it_says_leads_on(void **state)
{
    static const struct {
        const char *post;
        const struct fake_answer *first, *second;
        const char *result, *next, *story, *status;
        size_t sent;
    } cases[] = {
        { POST(PROBE("")), &missing, &there, "happened", "adopted", IN_DOUBT " probe adopt done",
          "succeeded", 1 },
        { POST(PROBE("")), &missing, &missing, "absent", "person", IN_DOUBT " probe person task",
          "in_doubt", 1 },
        { POST(TRUE_PROBE), &strange, &missing, "absent", "sent_again",
          IN_DOUBT " probe send intent done", "succeeded", 2 },
        { POST(TRUE_PROBE), &strange, &strange, "unknown", "person", IN_DOUBT " probe person task",
          "in_doubt", 1 },
        { POST(TRUE_PROBE), &strange, &down, "unknown", "person", IN_DOUBT " probe person task",
          "in_doubt", 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct fake_answer looks[] = { *cases[i].first, *cases[i].second };
        uint64_t run;
        struct stage *stage = doubtful(cases[i].post, looks, 2, &run);
        struct said said;
        struct err e;
        json_t *task;

        if (i % 2 == 0)
            stage_crash(stage);
        assert_int_equal(probe(stage, run, &said, &e), ERR_OK);
        ladder_play(stage);
        assert_int_equal(said.times, 1);
        assert_int_equal(said.code, ERR_OK);
        assert_string_equal(said.result, cases[i].result);
        assert_string_equal(said.next, cases[i].next);
        assert_true(said.text[0] != '\0');
        story_is(stage, run, cases[i].story);
        assert_string_equal(stage_status(stage, run), cases[i].status);
        assert_int_equal(fake_http_count(stage_http(stage), "/erp"), cases[i].sent);
        assert_int_equal(fake_http_count(stage_http(stage), "/look"), 2);
        task = task_of(stage);
        assert_int_equal(task != NULL, strcmp(cases[i].next, "person") == 0);
        if (task != NULL) {
            assert_string_equal(json_get_text(json_object_get(task, "probe"), "result"),
                                cases[i].result);
            assert_string_equal(json_get_text(json_object_get(task, "probe"), "by"), "ann");
            stage_crash(stage); /* and what a person says then counts as ever */
            ladder_decide(stage, run, "happened");
            ladder_play(stage);
            assert_string_equal(stage_status(stage, run), "succeeded");
        }
        json_decref(task);
        stage_free(stage);
    }
}

static void a_crash_while_it_is_looked(void **state)
{
    const struct fake_answer looks[] = { missing, there };
    uint64_t run;
    struct stage *stage = doubtful(POST(PROBE("")), looks, 2, &run);
    struct said said;
    struct err e;

    (void)state;
    assert_int_equal(probe(stage, run, &said, &e), ERR_OK);
    stage_turn(stage);
    stage_crash(stage);
    assert_true(said.times <= 1 && (said.times == 0 || said.code != ERR_OK));
    ladder_play(stage);
    if (strcmp(stage_status(stage, run), "in_doubt") == 0) { /* the asking was not kept */
        assert_int_equal(probe(stage, run, &said, &e), ERR_OK);
        ladder_play(stage);
    }
    assert_string_equal(stage_status(stage, run), "succeeded");
    assert_int_equal(fake_http_count(stage_http(stage), "/erp"), 1);
    assert_null(task_of(stage));
    stage_free(stage);
}

/* As far as the request for the look, which is not answered yet. */
static void look_out(struct stage *stage)
{
    for (unsigned i = 0; i < 20 && fake_http_open(stage_http(stage)) == 0; i++) {
        stage_tick(stage, 1);
        stage_turn(stage);
        fake_store_commit(stage_store(stage));
    }
    assert_int_equal(fake_http_open(stage_http(stage)), 1);
}

static void a_decision_meanwhile_counts(void **state)
{
    static const char *const ports[] = { "happened", "send", "fail" };
    static const char *const ends[] = { "succeeded", "succeeded", "failed" };

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        const struct fake_answer looks[] = { missing, there };
        const struct engine_decision decision = {
            .step = "post", .port = ports[i % 3], .by = "bob", .reason = "I know"
        };
        struct engine_decision own = decision;
        uint64_t run;
        struct stage *stage = doubtful(POST(PROBE("")), looks, 2, &run);
        struct said said, second;
        bool told = false;
        struct err e;

        own.run = run;
        assert_int_equal(probe(stage, run, &said, &e), ERR_OK);
        look_out(stage);
        assert_int_equal(probe(stage, run, &second, &e), ERR_CONFLICT); /* it is looked */
        assert_non_null(strstr(e.text, "already"));
        assert_int_equal(engine_decide(stage_engine(stage), &own, ladder_told, &told, &e), ERR_OK);
        assert_int_equal(said.times, 1);
        assert_int_equal(said.code, ERR_CONFLICT);
        stage_settle(stage);
        assert_true(told);
        if (i >= 3)
            stage_crash(stage);
        ladder_play(stage);
        assert_string_equal(stage_status(stage, run), ends[i % 3]);
        assert_int_equal(fake_http_count(stage_http(stage), "/erp"), i % 3 == 1 ? 2 : 1);
        assert_null(task_of(stage));
        stage_free(stage);
    }
}

static void what_cannot_be_looked_for(void **state)
{
    struct stage *stage = stage_new();
    struct said said;
    uint64_t run;
    struct err e;

    (void)state;
    fake_http_script(stage_http(stage), "/erp", &cut, 1);
    run = ladder_post(stage, POST(""), "", "", NULL);
    ladder_play(stage);
    run = stage_run_id(stage, run);
    assert_int_equal(probe(stage, run, &said, &e), ERR_INVALID);
    assert_non_null(strstr(e.text, "look in the other system"));
    assert_int_equal(probe(stage, 77, &said, &e), ERR_NOT_FOUND);
    ladder_decide(stage, run, "fail");
    ladder_play(stage);
    assert_int_equal(probe(stage, run, &said, &e), ERR_NOT_FOUND);
    assert_int_equal(said.times, 0);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_says_leads_on),
        cmocka_unit_test(a_crash_while_it_is_looked),
        cmocka_unit_test(a_decision_meanwhile_counts),
        cmocka_unit_test(what_cannot_be_looked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
