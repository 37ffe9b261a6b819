/* listen.c - ends are told to those who listen, before they are durable. Runs are only asked for
 * here: spawn_run() of this file stands in for the engine's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/listen.h"
#include "engine/spawn.h"

#define FLOWS 4
#define ASKS  16

struct yard {
    struct engine engine;
    struct clock_manual clock;
    struct log log;
    unsigned errors;
    struct deployment deployments[FLOWS];
    struct version versions[FLOWS];
    struct flow flows[FLOWS];
    struct flow_node nodes[FLOWS];
    struct node_listen listens[FLOWS];
    struct {
        bool open;
        char slug[20], dedupe[100];
        json_t *input;
        void (*done)(void *owner, uint64_t tag, enum err_code code, uint64_t run);
        void *owner;
        uint64_t tag;
    } asks[ASKS];
    size_t ask_count;
    unsigned told; /* how often `done` ran */
};
static struct yard *yard;

void spawn_run(struct engine *engine, const struct spawn *spawn)
{
    assert_ptr_equal(engine, &yard->engine);
    assert_true(yard->ask_count < ASKS);
    yard->asks[yard->ask_count].open = true;
    yard->asks[yard->ask_count].input = *spawn->input;
    yard->asks[yard->ask_count].done = spawn->done;
    yard->asks[yard->ask_count].owner = spawn->owner;
    yard->asks[yard->ask_count].tag = spawn->tag;
    snprintf(yard->asks[yard->ask_count].slug, sizeof yard->asks[0].slug, "%s",
             spawn->deployment->slug);
    snprintf(yard->asks[yard->ask_count++].dedupe, sizeof yard->asks[0].dedupe, "%s",
             spawn->dedupe);
    *spawn->input = NULL;
}

static void ask_answer(size_t i, enum err_code code)
{
    assert_true(yard->asks[i].open);
    yard->asks[i].open = false;
    yard->asks[i].done(yard->asks[i].owner, yard->asks[i].tag, code, 7);
}

static void trigger_arm(const void *config, struct node_arm *arm)
{
    arm->listen = config;
}

static enum err_code trigger_receive(struct node_event *event, const void *config, json_t **input,
                                     struct err *e)
{
    (void)config;
    assert_string_equal(event->method, "EVENT");
    *input = json_read(event->body, event->body_size, &json_limits_reply, e);
    return *input != NULL ? ERR_OK : e->code;
}

static const struct node_type trigger_type = {
    .name = "trigger.event", .kind = NODE_TRIGGER, .arm = trigger_arm, .receive = trigger_receive
};
static const struct node_type other_type = { .name = "trigger.manual", .kind = NODE_TRIGGER };

static void yard_line(void *arg, enum log_level level, const char *text)
{
    (void)text;
    ((struct yard *)arg)->errors += level == LOG_ERROR;
}

/* Flow 0 listens to nobody. */
static void yard_open(void)
{
    static char slugs[FLOWS][8] = { "pay", "one", "two", "three" }, main_name[] = "main",
                test_name[] = "test", node[] = "ear", pointer[] = "/nodes/0";

    mem_install();
    yard = mem_must(sizeof *yard);
    clock_manual_init(&yard->clock, INT64_C(1795000000000));
    log_init(&yard->log, &yard->clock.clock);
    yard->log.line = yard_line;
    yard->log.arg = yard;
    yard->engine.magic = ENGINE_MAGIC;
    yard->engine.most_runs = LIMIT_RUNS;
    yard->engine.world.clock = &yard->clock.clock;
    yard->engine.world.log = &yard->log;
    for (size_t i = 0; i < FLOWS; i++) {
        yard->deployments[i].workspace = main_name;
        yard->deployments[i].environment = test_name;
        yard->deployments[i].slug = slugs[i];
        yard->deployments[i].version = &yard->versions[i];
        yard->versions[i].flow = &yard->flows[i];
        yard->flows[i].nodes = &yard->nodes[i];
        yard->flows[i].node_count = 1;
        yard->nodes[i] = (struct flow_node){ .id = node,
                                             .type = i == 0 ? &other_type : &trigger_type,
                                             .pointer = pointer,
                                             .config = &yard->listens[i] };
    }
}

static void listen_to(size_t flow, const char *slug, bool succeeded, bool failed)
{
    yard->listens[flow] =
        (struct node_listen){ .flow = slug, .succeeded = succeeded, .failed = failed };
    listens_put(&yard->engine, &yard->deployments[flow]);
}

static void yard_close(void)
{
    listens_free(&yard->engine);
    for (size_t i = 0; i < yard->ask_count; i++)
        json_decref(yard->asks[i].input);
    mem_free(yard);
    yard = NULL;
}

static void told(void *owner, uint64_t tag, enum err_code code, uint64_t run)
{
    assert_ptr_equal(owner, yard);
    assert_int_equal(tag, 99);
    assert_int_equal(code, ERR_OK);
    assert_int_equal(run, 0);
    yard->told++;
}

static bool end_of(size_t flow, enum run_status status, unsigned depth)
{
    json_t *output = json_pack("{s:i}", "posted", 3), *error = json_pack("{s:s}", "kind", "auth");
    struct listen_end end = { .deployment = &yard->deployments[flow],
                              .run = 12345,
                              .status = status,
                              .output = output, /* of the last step, however it ended */
                              .error = error,
                              .depth = depth };
    bool heard = listens_hear(&yard->engine, end.deployment, status);
    bool some = listens_start(&yard->engine, &end, told, yard, 99);

    assert_true(some == (heard && depth < LISTEN_DEPTH));
    json_decref(output);
    json_decref(error);
    return some;
}

static void turn(int64_t ms)
{
    clock_manual_add(&yard->clock, ms);
    yard->engine.wall = yard->clock.wall;
    yard->engine.steady = yard->clock.steady;
    listens_turn(&yard->engine);
}

/* ---- */

static void whoever_listens_is_told_what_it_asked_for(void **state)
{
    (void)state;
    yard_open();
    assert_false(end_of(0, RUN_SUCCEEDED, 0)); /* nobody listens */
    listen_to(1, "pay", true, false);
    listen_to(2, NULL, false, true);
    listen_to(3, "other", true, true);
    assert_false(end_of(0, RUN_CANCELLED, 0));
    assert_true(end_of(0, RUN_SUCCEEDED, 0));
    assert_int_equal(yard->ask_count, 1);
    assert_string_equal(yard->asks[0].slug, "one");
    assert_string_equal(json_get_text(yard->asks[0].input, "flow"), "pay");
    assert_string_equal(json_get_text(yard->asks[0].input, "status"), "succeeded");
    assert_int_equal(json_get_int(json_object_get(yard->asks[0].input, "output"), "posted", 0), 3);
    assert_true(json_is_null(json_object_get(yard->asks[0].input, "error")));
    assert_int_equal(json_get_int(yard->asks[0].input, "depth", 0), 1);
    assert_true(end_of(0, RUN_FAILED, 0));
    assert_int_equal(yard->ask_count, 2);
    assert_string_equal(yard->asks[1].slug, "two");
    assert_string_equal(json_get_text(json_object_get(yard->asks[1].input, "error"), "kind"),
                        "auth");
    yard_close();
}

static void done_comes_once_when_all_are_accepted(void **state)
{
    (void)state;
    yard_open();
    listen_to(1, NULL, true, true);
    listen_to(2, NULL, true, true);
    assert_true(end_of(0, RUN_SUCCEEDED, 0));
    assert_int_equal(yard->ask_count, 2);
    ask_answer(0, ERR_OK);
    assert_int_equal(yard->told, 0);
    ask_answer(1, ERR_DUPLICATE); /* an earlier process had come so far */
    assert_int_equal(yard->told, 1);
    turn(100000);
    assert_int_equal(yard->told, 1);
    yard_close();
}

/* The same end once more, after a crash: the same keys. */
static void its_key_is_made_of_the_run_and_the_node(void **state)
{
    char id[IDENT_TEXT], key[100];

    (void)state;
    yard_open();
    listen_to(1, NULL, true, true);
    assert_true(end_of(0, RUN_SUCCEEDED, 0));
    assert_true(end_of(0, RUN_SUCCEEDED, 0));
    ident_text(12345, id);
    snprintf(key, sizeof key, "event/%s/ear", id);
    assert_string_equal(yard->asks[0].dedupe, key);
    assert_string_equal(yard->asks[1].dedupe, key);
    yard_close(); /* with starts on their way */
}

static void what_is_refused_is_tried_again(void **state)
{
    (void)state;
    yard_open();
    listen_to(1, NULL, true, true);
    turn(0);
    assert_true(listens_due(&yard->engine) == INT64_MAX);
    assert_true(end_of(0, RUN_SUCCEEDED, 0));
    for (size_t i = 0; i < 5; i++) {
        ask_answer(i, ERR_STORE);
        assert_true(listens_due(&yard->engine) == yard->clock.steady + 1000);
        turn(999);
        assert_int_equal(yard->ask_count, i + 1);
        turn(1);
        assert_int_equal(yard->ask_count, i + 2);
        assert_string_equal(yard->asks[i + 1].dedupe, yard->asks[0].dedupe);
    }
    assert_int_equal(yard->told, 0);
    ask_answer(5, ERR_OK);
    assert_int_equal(yard->told, 1);
    yard_close();
}

static void what_is_refused_for_good_keeps_nobody_waiting(void **state)
{
    (void)state;
    yard_open();
    listen_to(1, NULL, true, true);
    assert_true(end_of(0, RUN_SUCCEEDED, 0));
    ask_answer(0, ERR_INVALID);
    assert_int_equal(yard->errors, 1);
    turn(0);
    assert_int_equal(yard->told, 1);
    /* the listener is taken out while it is tried again */
    assert_true(end_of(0, RUN_SUCCEEDED, 0));
    ask_answer(1, ERR_STORE);
    listens_remove(&yard->engine, &yard->deployments[1]);
    yard->deployments[1].version = NULL;
    turn(1000);
    turn(0);
    assert_int_equal(yard->told, 2);
    assert_false(end_of(0, RUN_SUCCEEDED, 0));
    yard_close();
}

static void nobody_hears_himself_or_another_environment(void **state)
{
    struct faults faults;
    static char other[] = "production";

    (void)state;
    yard_open();
    listen_to(1, NULL, true, true);
    assert_false(end_of(1, RUN_SUCCEEDED, 0));
    yard->deployments[2].environment = other;
    assert_false(end_of(2, RUN_SUCCEEDED, 0));
    faults_init(&faults);
    assert_true(listens_check(&yard->deployments[1], &yard->flows[1], "flow.json", &faults));
    yard->listens[1].flow = "one";
    assert_false(listens_check(&yard->deployments[1], &yard->flows[1], "flow.json", &faults));
    assert_string_equal(faults.list[0].pointer, "/nodes/0/config/flow");
    faults_fini(&faults);
    yard_close();
}

static void circles_come_to_an_end(void **state)
{
    unsigned depth = 0, told_of = 0;

    (void)state;
    yard_open();
    listen_to(1, NULL, true, true);
    listen_to(2, "one", true, true);
    /* one and two listen to each other; each run's depth is read from its input */
    while (end_of(1 + told_of % 2, RUN_SUCCEEDED, depth)) {
        const json_t *input = yard->asks[yard->ask_count - 1].input;

        assert_true(++told_of < 100);
        depth = listens_depth(&yard->flows[1], 0, input);
        assert_int_equal(depth, told_of);
        yard->ask_count--;
        json_decref(yard->asks[yard->ask_count].input);
        ask_answer(yard->ask_count, ERR_OK);
    }
    assert_int_equal(told_of, LISTEN_DEPTH);
    assert_int_equal(listens_depth(&yard->flows[0], 0, NULL), 0);
    yard_close();
}

/* An output as large as outputs may be, and what is about it, are more than an input may have. */
static void a_large_output_is_left_out(void **state)
{
    char *text = mem_must(LIMIT_OUTPUT);
    struct listen_end end = { .run = 1, .status = RUN_SUCCEEDED };

    (void)state;
    yard_open();
    listen_to(1, NULL, true, true);
    memset(text, 'x', LIMIT_OUTPUT - 1);
    end.deployment = &yard->deployments[0];
    end.output = json_string(text);
    assert_true(listens_start(&yard->engine, &end, told, yard, 99));
    assert_int_equal(yard->ask_count, 1);
    assert_true(json_is_null(json_object_get(yard->asks[0].input, "output")));
    assert_true(json_is_true(json_object_get(yard->asks[0].input, "output_omitted")));
    json_decref(end.output);
    mem_free(text);
    yard_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_listens_is_told_what_it_asked_for),
        cmocka_unit_test(done_comes_once_when_all_are_accepted),
        cmocka_unit_test(its_key_is_made_of_the_run_and_the_node),
        cmocka_unit_test(what_is_refused_is_tried_again),
        cmocka_unit_test(what_is_refused_for_good_keeps_nobody_waiting),
        cmocka_unit_test(nobody_hears_himself_or_another_environment),
        cmocka_unit_test(circles_come_to_an_end),
        cmocka_unit_test(a_large_output_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
