/* restored_ends.c - runs that a backup brought back, and that end before they have gone on: what
 * they may have done after it was made is told, and a replay of them asks. */
#include "cancel_try.h"

#include "base/ident.h"
#include "engine/dead.h"
#include "engine/operate.h"

#define BACKUP_MS   INT64_C(1795000060000)
#define BACKUP_TEXT "2026-11-18T11:07:40.000Z"
#define FIRST_MS    INT64_C(1795000000000) /* of the stage's clock: the first run bears its id */
#define KEYED                                                                              \
    "{\"id\": \"post\", \"type\": \"connector.http\", \"config\": {\"method\": \"POST\", " \
    "\"url\": \"http://127.0.0.1/once\", \"effect\": \"keyed\", \"key_header\": "          \
    "\"Idempotency-Key\"}}"
#define MAP                                                                                     \
    "{\"id\": \"map\", \"type\": \"transform.map\", \"config\": {\"fields\": [{\"to\": \"a\", " \
    "\"from\": \"=1\"}]}}"
#define WAITS(settings, last, id) \
    FLOW(settings, HOOK ", " WAIT("1h") ", " last, EDGE("in", "wait") ", " EDGE("wait", id))

/* A run of flow t that a backup brought back. */
static struct stage *brought_back(const char *flow, uint64_t *run)
{
    struct stage *stage = stage_new();
    struct store *store = fake_store_store(stage_store(stage));

    fake_http_script(stage_http(stage), "once", &fine, 1);
    stage_deploy(stage, "t", flow);
    *run = post(stage, "{}");
    store->restored = *run;
    store->restored_ms = BACKUP_MS;
    return stage;
}

static size_t sent(struct stage *stage)
{
    return fake_http_count(stage_http(stage), "once");
}

/* The text of the end, and whether it is a dead letter. */
static void end_is(struct stage *stage, uint64_t run, const char *status, const char *text,
                   bool dead)
{
    const struct dead_filter all = { .runs = true };
    struct store *store = fake_store_store(stage_store(stage));
    struct err e;
    json_t *shown = engine_show(store, run, &e), *letters = engine_dead(store, &all, &e);
    const char *said = json_get_text(json_object_get(shown, "error"), "text");

    status_is(stage, run, status);
    if (said == NULL || strcmp(said, text) != 0)
        fail_msg("wanted \"%s\", it says: %s", text, said != NULL ? said : "nothing");
    assert_int_equal(json_array_size(json_object_get(letters, "groups")), dead);
    json_decref(letters);
    json_decref(shown);
}

static void replays(struct stage *stage, uint64_t run)
{
    const struct replay ask = { .run = run, .by = "ann", .reason = "after all" };
    enum err_code stored = ERR_COUNT;
    struct err e;

    if (engine_replay(stage_engine(stage), &ask, &run, noted, &stored, &e) != ERR_OK)
        fail_msg("%s", e.text);
    stage_settle(stage);
    assert_int_equal(stored, ERR_OK);
}

static void its_cancelled_end_says_what_is_not_known(void **state)
{
    uint64_t run;
    struct stage *stage = brought_back(WAITS("", POST("post"), "post"), &run);
    enum err_code stored = ERR_COUNT;
    struct err e;

    (void)state;
    cancel(stage, run);
    stage_crash(stage); /* it is said after a crash, too */
    stage_settle(stage);
    end_is(stage, run, "cancelled",
           "cancelled by ann: wrong; restored from a backup of " BACKUP_TEXT
           ": steps after \"in\" may have been done before, and are not known here",
           true);
    assert_int_equal(
        engine_settle(stage_engine(stage), run, "ann", "nothing there", noted, &stored, &e),
        ERR_OK);
    stage_settle(stage);
    assert_int_equal(stored, ERR_OK);
    end_is(stage, run, "cancelled",
           "cancelled by ann: wrong; restored from a backup of " BACKUP_TEXT
           ": steps after \"in\" may have been done before, and are not known here",
           false);
    stage_free(stage);
}

static void so_does_the_end_by_its_time(void **state)
{
    uint64_t run;
    struct stage *stage = brought_back(WAITS("\"timeout\": \"30m\"", POST("post"), "post"), &run);

    (void)state;
    stage_wait(stage, 1800001);
    end_is(stage, run, "failed",
           "the run took longer than settings.timeout allows (1800000 ms); restored from a backup "
           "of " BACKUP_TEXT
           ": steps after \"in\" may have been done before, and are not known here",
           true);
    assert_int_equal(sent(stage), 0);
    stage_free(stage);
}

/* What its other iterations did, and what stood behind the step that failed, is not known. */
static void so_does_the_end_of_a_loop(void **state)
{
    static const struct fake_answer declined = { .status = 422, .body = "{}" };
    const char *flow =
        FLOW("",
             HOOK ", " WAIT("1h") ", {\"id\": \"each\", \"type\": \"branch.foreach\", \"config\": "
                                  "{\"items\": \"=trigger.body\", \"body\": {\"nodes\": [" PUT
                                  ", " POST("post") "], \"edges\": [" EDGE("put", "post") "]}}}",
             EDGE("in", "wait") ", " EDGE("wait", "each"));
    struct stage *stage = stage_new();
    uint64_t run;
    struct err e;
    json_t *shown;

    (void)state;
    fake_http_script(stage_http(stage), "erp", &declined, 1);
    stage_deploy(stage, "t", flow);
    run = post(stage, "[1, 2]");
    fake_store_store(stage_store(stage))->restored = run;
    stage_wait(stage, 3600000);
    status_is(stage, run, "failed");
    shown = engine_show(fake_store_store(stage_store(stage)), run, &e);
    assert_non_null(strstr(json_get_text(json_object_get(shown, "error"), "text"),
                           "restored from a backup: steps after \"wait\" may have been done"));
    json_decref(shown);
    stage_free(stage);
}

/* A long reason gives way, whole characters of it. */
static void a_long_reason_gives_way(void **state)
{
    char reason[302] = "x", text[420];
    uint64_t run;
    struct stage *stage = brought_back(WAITS("", POST("post"), "post"), &run);
    enum err_code stored = ERR_COUNT;
    struct err e;
    json_t *shown;
    const char *said;

    (void)state;
    for (size_t i = 1; i + 2 < sizeof reason; i += 2)
        memcpy(reason + i, "\xc3\xa9", 3);
    assert_int_equal(engine_cancel(stage_engine(stage), run, "ann", reason, noted, &stored, &e),
                     ERR_OK);
    stage_settle(stage);
    shown = engine_show(fake_store_store(stage_store(stage)), run, &e);
    said = json_get_text(json_object_get(shown, "error"), "text");
    assert_non_null(said);
    snprintf(text, sizeof text, "%s", said);
    json_decref(shown);
    assert_non_null(strstr(text, "and are not known here"));
    assert_true(utf8_valid(text, strlen(text)));
    stage_free(stage);
}

static void where_nothing_can_have_been_done_nothing_is_said(void **state)
{
    uint64_t run;
    struct stage *stage = brought_back(WAITS("", MAP, "map"), &run);

    (void)state;
    stage_wait(stage, 3600000);
    status_is(stage, run, "succeeded");
    stage_free(stage);
    stage = brought_back(
        FLOW("", HOOK ", " POST("post") ", " MAP, EDGE("in", "post") ", " EDGE("post", "map")),
        &run);
    fake_store_store(stage_store(stage))->restored = 0;
    status_is(stage, run, "succeeded");
    stage_free(stage);
    stage = brought_back(WAITS("", POST("post"), "post"), &run);
    fake_store_store(stage_store(stage))->restored = run - 1; /* it came after the backup */
    cancel(stage, run);
    stage_settle(stage);
    end_is(stage, run, "cancelled", "cancelled by ann: wrong", false);
    stage_free(stage);
}

/* It bears the keys of its first run, and knows as little. */
static void its_replay_asks(void **state)
{
    uint64_t run;
    struct stage *stage = brought_back(WAITS("", POST("post"), "post"), &run);

    (void)state;
    cancel(stage, run);
    stage_settle(stage);
    replays(stage, run);
    stage_wait(stage, 3600000);
    assert_int_equal(sent(stage), 0);
    stage_crash(stage);
    stage_wait(stage, 60000);
    assert_int_equal(sent(stage), 0);
    status_is(stage, run_of(stage, "t"), "in_doubt");
    stage_free(stage);
}

/* Counted from when the first run may have used it. */
static void its_replay_uses_the_key_in_its_time(void **state)
{
    (void)state;
    for (unsigned late = 0; late < 2; late++) {
        uint64_t run;
        struct stage *stage = brought_back(WAITS("", KEYED, "post"), &run);

        cancel(stage, run);
        stage_settle(stage);
        stage_wait(stage, late ? 23 * 3600000 : 22 * 3600000);
        replays(stage, run);
        stage_wait(stage, 3600000);
        assert_int_equal(sent(stage), !late);
        status_is(stage, run_of(stage, "t"), late ? "in_doubt" : "succeeded");
        stage_free(stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_cancelled_end_says_what_is_not_known),
        cmocka_unit_test(so_does_the_end_by_its_time),
        cmocka_unit_test(so_does_the_end_of_a_loop),
        cmocka_unit_test(a_long_reason_gives_way),
        cmocka_unit_test(where_nothing_can_have_been_done_nothing_is_said),
        cmocka_unit_test(its_replay_asks),
        cmocka_unit_test(its_replay_uses_the_key_in_its_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
