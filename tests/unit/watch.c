/* watch.c - files are taken once, whole, whatever happens in between: folders in memory, a clock
 * that stands still. Runs are only asked for here: spawn_run() of this file stands in for the
 * engine's, and what it has accepted outlives the engine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "engine/spawn.h"
#include "engine/watch.h"
#include "world/fake_folder.h"

#define RUNS 600

struct yard {
    struct engine engine;
    struct clock_manual clock;
    struct log log;
    unsigned warnings;
    struct fake_folder *folder;
    struct deployment deployment, other;
    struct version version;
    struct flow flow;
    struct flow_node nodes[2];
    struct node_watch watches[2];
    struct { /* the run on its way to the store */
        bool open;
        char dedupe[400];
        void (*done)(void *owner, uint64_t tag, enum err_code code, uint64_t run);
        void *owner;
        uint64_t tag;
    } asked;
    unsigned asks;
    enum err_code refuse;
    char keys[RUNS][400], bodies[RUNS][40]; /* of the runs accepted */
    char body[40];
    size_t runs, duplicates;
};
static struct yard *yard;

/* ---- What stands in for the engine */

void spawn_run(struct engine *engine, const struct spawn *spawn)
{
    assert_ptr_equal(engine, &yard->engine);
    assert_false(yard->asked.open);
    assert_non_null(spawn->dedupe);
    yard->asks++;
    yard->asked.open = true;
    yard->asked.done = spawn->done;
    yard->asked.owner = spawn->owner;
    yard->asked.tag = spawn->tag;
    snprintf(yard->asked.dedupe, sizeof yard->asked.dedupe, "%s", spawn->dedupe);
    snprintf(yard->body, sizeof yard->body, "%s", json_get_text(*spawn->input, "body"));
    json_decref(*spawn->input);
    *spawn->input = NULL;
}

/* The store keeps it; whether the engine still hears of it is another matter. */
static enum err_code asked_keep(uint64_t *run)
{
    for (size_t i = 0; i < yard->runs; i++)
        if (strcmp(yard->keys[i], yard->asked.dedupe) == 0) {
            yard->duplicates++;
            *run = i + 1;
            return ERR_DUPLICATE;
        }
    assert_true(yard->runs < RUNS);
    snprintf(yard->keys[yard->runs], sizeof yard->keys[0], "%s", yard->asked.dedupe);
    snprintf(yard->bodies[yard->runs++], sizeof yard->bodies[0], "%s", yard->body);
    *run = yard->runs;
    return ERR_OK;
}

static void asked_answer(void)
{
    uint64_t run = 0;
    enum err_code code = yard->refuse != ERR_OK ? yard->refuse : asked_keep(&run);

    yard->asked.open = false;
    yard->asked.done(yard->asked.owner, yard->asked.tag, code, run);
}

static void trigger_arm(const void *config, struct node_arm *arm)
{
    arm->watch = config;
}

static enum err_code trigger_receive(struct node_event *event, const void *config, json_t **input,
                                     struct err *e)
{
    const char *size = node_event_header(event, "size");
    char text[32];

    (void)config;
    assert_string_equal(event->method, "FILE");
    snprintf(text, sizeof text, "%zu", event->body_size);
    assert_string_equal(size, text);
    assert_int_equal(strlen(node_event_header(event, "modified")), CLOCK_TEXT - 1);
    if (strcmp(event->body, "bad") == 0)
        return err_set(e, ERR_INVALID, "the file is not UTF-8");
    if (strcmp(event->body, "big") == 0)
        return err_set(e, ERR_MEMORY, "no memory for the file");
    *input = json_pack("{s:s, s:s}", "name", event->path, "body", event->body);
    return ERR_OK;
}

static const struct node_type trigger_type = {
    .name = "trigger.file", .kind = NODE_TRIGGER, .arm = trigger_arm, .receive = trigger_receive
};

static void yard_line(void *arg, enum log_level level, const char *text)
{
    (void)text;
    ((struct yard *)arg)->warnings += level <= LOG_WARN;
}

/* ---- The yard */

static void yard_moment(void)
{
    yard->engine.wall = yard->clock.wall;
    yard->engine.steady = yard->clock.steady;
}

static void yard_deployment(struct deployment *d, char *slug)
{
    d->workspace = (char *)"main";
    d->environment = (char *)"test";
    d->slug = slug;
    d->version = &yard->version;
}

static void yard_open(void)
{
    static char lockbox[] = "lockbox", other[] = "other", a[] = "drop", b[] = "second",
                at_a[] = "/nodes/0", at_b[] = "/nodes/1";

    mem_install();
    yard = mem_must(sizeof *yard);
    clock_manual_init(&yard->clock, INT64_C(1795000000000));
    log_init(&yard->log, &yard->clock.clock);
    yard->log.line = yard_line;
    yard->log.arg = yard;
    yard->folder = fake_folder_new();
    yard->engine.magic = ENGINE_MAGIC;
    yard->engine.world.log = &yard->log;
    yard->engine.world.clock = &yard->clock.clock;
    yard->engine.world.folders = fake_folder_folders(yard->folder);
    yard_deployment(&yard->deployment, lockbox);
    yard_deployment(&yard->other, other);
    yard->version.flow = &yard->flow;
    yard->flow.nodes = yard->nodes;
    yard->flow.node_count = 1;
    yard->nodes[0] = (struct flow_node){ .id = a, .type = &trigger_type, .pointer = at_a };
    yard->nodes[1] = (struct flow_node){ .id = b, .type = &trigger_type, .pointer = at_b };
    yard->nodes[0].config = &yard->watches[0];
    yard->nodes[1].config = &yard->watches[1];
    yard->watches[0] = yard->watches[1] = (struct node_watch){ .folder = "/in/box",
                                                               .pattern = "*.csv",
                                                               .done = "done",
                                                               .failed = "failed",
                                                               .settle_ms = 2000,
                                                               .every_ms = 30000 };
    yard_moment();
}

static void yard_armed(void)
{
    yard_open();
    watches_put(&yard->engine, &yard->deployment);
}

static void yard_close(void)
{
    watches_free(&yard->engine);
    fake_folder_free(yard->folder);
    mem_free(yard);
    yard = NULL;
}

static void yard_settle(void)
{
    size_t did = 1;

    yard_moment();
    for (unsigned i = 0; did > 0; i++) {
        assert_true(i < 10000);
        watches_turn(&yard->engine);
        did = fake_folder_deliver(yard->folder) + yard->asked.open;
        if (yard->asked.open)
            asked_answer();
    }
}

/* As the loop does it: sleeps until what watches_due() says, and so on. */
static void yard_live(int64_t ms)
{
    int64_t end = yard->clock.steady + ms, due;
    unsigned wakes = 0;

    yard_settle();
    while ((due = watches_due(&yard->engine)) <= end) {
        assert_true(++wakes < 10000);
        clock_manual_add(&yard->clock, due > yard->clock.steady ? due - yard->clock.steady : 0);
        yard_settle();
    }
    clock_manual_add(&yard->clock, end - yard->clock.steady);
    yard_settle();
}

static void yard_crash(void)
{
    fake_folder_drop(yard->folder);
    yard->asked.open = false;
    watches_free(&yard->engine);
    watches_put(&yard->engine, &yard->deployment);
}

static void put(const char *name, const char *text)
{
    fake_folder_put(yard->folder, "/in/box", name, text, yard->clock.wall / 1000);
}

static bool is_in(const char *folder, const char *name, const char *text)
{
    const char *there = fake_folder_text(yard->folder, folder, name);

    return there != NULL && strcmp(there, text) == 0;
}

static size_t left(void)
{
    return fake_folder_count(yard->folder, "/in/box");
}

/* ---- */

static void a_file_is_taken_once_when_it_is_complete(void **state)
{
    (void)state;
    yard_armed();
    put("a.csv", "1,2");
    put("b.xml", "<x/>"); /* not ours */
    put("c.csv.part", "1");
    yard_live(1999);
    assert_int_equal(yard->runs, 0);
    assert_int_equal(left(), 3);
    yard_live(1);
    assert_int_equal(yard->runs, 1);
    assert_string_equal(yard->bodies[0], "1,2");
    assert_string_equal(yard->keys[0],
                        "file/drop/a.csv/3/1795000000000000000/"
                        "17f8af97ad4a7f7639a4c9171d5185cbafb85462877a4746c21bdb0a4f940ca0");
    assert_true(is_in("/in/box/done", "a.csv", "1,2"));
    assert_int_equal(left(), 2);
    yard_live(300000);
    assert_int_equal(yard->runs, 1);
    yard_close();
}

static void what_still_grows_is_left_alone(void **state)
{
    (void)state;
    yard_armed();
    for (unsigned i = 0; i < 10; i++) {
        put("a.csv", i % 2 == 0 ? "1" : "1,2");
        fake_folder_hint(yard->folder);
        yard_live(1500);
    }
    assert_int_equal(yard->runs, 0);
    yard_live(3000);
    assert_int_equal(yard->runs, 1);
    assert_string_equal(yard->bodies[0], "1,2");
    yard_close();
}

/* Without any hint: between two looks. */
static void what_changed_unseen_is_not_taken_half(void **state)
{
    (void)state;
    yard_armed();
    put("a.csv", "1");
    yard_live(1000);
    put("a.csv", "1,2"); /* nobody tells */
    yard_live(1500);
    assert_int_equal(yard->runs, 0);
    yard_live(5000);
    assert_int_equal(yard->runs, 1);
    assert_string_equal(yard->bodies[0], "1,2");
    assert_int_equal(left(), 0);
    yard_close();
}

static void files_come_in_their_order(void **state)
{
    char name[16], text[16];

    (void)state;
    yard_armed();
    for (unsigned i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "%03u.csv", 499 - i);
        snprintf(text, sizeof text, "%u", i);
        fake_folder_put(yard->folder, "/in/box", name, text, 1000 + i / 2);
    }
    yard_live(3000);
    assert_int_equal(yard->runs, 500);
    assert_int_equal(left(), 0);
    assert_string_equal(yard->bodies[0], "1"); /* of the same second: by name */
    assert_string_equal(yard->bodies[1], "0");
    assert_string_equal(yard->bodies[499], "498");
    yard_close();
}

/* The process ends at each point of a file's way, once or twice. */
static void a_crash_at_any_point_loses_and_doubles_nothing(void **state)
{
    (void)state;
    for (unsigned stop = 0; stop < 8; stop++) {
        for (unsigned again = 0; again < 8; again++) {
            yard_armed();
            put("a.csv", "1,2");
            for (unsigned life = 0; life < 2; life++) {
                unsigned rest = life == 0 ? stop : again;

                for (unsigned i = 0; i < rest; i++) { /* one thing at a time */
                    yard_moment();
                    watches_turn(&yard->engine);
                    if (fake_folder_open(yard->folder) > 0)
                        fake_folder_deliver(yard->folder);
                    else if (yard->asked.open)
                        asked_answer();
                    else
                        clock_manual_add(&yard->clock, 2000);
                }
                if (rest % 2 == 0 && yard->asked.open) { /* committed, and nobody hears it */
                    uint64_t run;

                    asked_keep(&run);
                }
                yard_crash();
            }
            yard_live(5000);
            assert_int_equal(yard->runs, 1);
            assert_true(is_in("/in/box/done", "a.csv", "1,2"));
            assert_int_equal(fake_folder_count(yard->folder, "/in/box/done"), 1);
            assert_int_equal(left(), 0);
            yard_close();
        }
    }
}

static void between_accept_and_move(void **state)
{
    uint64_t run;

    (void)state;
    yard_armed();
    put("a.csv", "1,2");
    yard_live(1000);
    clock_manual_add(&yard->clock, 1000);
    yard_moment();
    watches_turn(&yard->engine);
    fake_folder_deliver(yard->folder); /* read */
    assert_true(yard->asked.open);
    asked_keep(&run);
    yard_crash();
    assert_int_equal(left(), 1);
    yard_live(5000);
    assert_int_equal(yard->runs, 1);
    assert_int_equal(yard->duplicates, 1);
    assert_true(is_in("/in/box/done", "a.csv", "1,2"));
    yard_close();
}

static void another_file_of_the_name_is_another_run(void **state)
{
    (void)state;
    yard_armed();
    put("a.csv", "1");
    yard_live(3000);
    put("a.csv", "1"); /* the same content, later */
    fake_folder_hint(yard->folder);
    yard_live(3000);
    assert_int_equal(yard->runs, 2);
    assert_true(is_in("/in/box/done", "a.csv", "1"));
    assert_true(is_in("/in/box/done", "a.csv.2", "1"));
    yard_close();
}

/* It is exchanged after it was read, before it is moved. */
static void what_is_exchanged_under_the_hand_is_not_moved(void **state)
{
    (void)state;
    yard_armed();
    put("a.csv", "1");
    yard_live(1000);
    clock_manual_add(&yard->clock, 1000);
    yard_moment();
    watches_turn(&yard->engine);
    fake_folder_deliver(yard->folder);
    put("a.csv", "2");
    asked_answer();
    assert_int_equal(yard->runs, 1);
    yard_settle();
    assert_int_equal(left(), 1);
    yard_live(5000);
    assert_int_equal(yard->runs, 2);
    assert_string_equal(yard->bodies[1], "2");
    assert_int_equal(left(), 0);
    yard_close();
}

static void what_cannot_be_read_as_its_kind_goes_to_failed(void **state)
{
    (void)state;
    yard_armed();
    put("a.csv", "bad");
    put("b.csv", "good");
    yard_live(3000);
    assert_int_equal(yard->runs, 1);
    assert_true(is_in("/in/box/failed", "a.csv", "bad"));
    assert_true(is_in("/in/box/failed", "a.csv.reason.txt", "the file is not UTF-8"));
    assert_true(is_in("/in/box/done", "b.csv", "good"));
    assert_int_equal(yard->warnings, 1);
    yard->refuse = ERR_INVALID; /* the flow's own keys refuse it */
    put("c.csv", "odd");
    fake_folder_hint(yard->folder);
    yard_live(3000);
    assert_true(is_in("/in/box/failed", "c.csv", "odd"));
    assert_int_equal(left(), 0);
    yard_close();
}

static void what_has_no_room_stays_and_is_tried_again(void **state)
{
    static const enum err_code codes[] = { ERR_OVERLOAD, ERR_STORE, ERR_INTERNAL };

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        yard_armed();
        yard->refuse = codes[i];
        put("a.csv", "1");
        yard_live(12000);
        assert_in_range(yard->asks, 3, 12);
        assert_int_equal(left(), 1);
        assert_int_equal(yard->warnings, 1);
        yard->refuse = ERR_OK;
        yard_live(10000);
        assert_int_equal(yard->runs, 1);
        assert_int_equal(left(), 0);
        yard_close();
    }
    yard_armed();
    put("a.csv", "big"); /* no memory for it now */
    yard_live(10000);
    assert_int_equal(left(), 1);
    yard_close();
}

static void each_failure_of_the_disk_is_outlived(void **state)
{
    (void)state;
    for (unsigned after = 0; after < 4; after++) {
        for (unsigned times = 1; times <= 5; times++) {
            yard_armed();
            put("a.csv", "1");
            for (unsigned i = 0; i < after; i++) {
                yard_moment();
                watches_turn(&yard->engine);
                fake_folder_deliver(yard->folder);
                clock_manual_add(&yard->clock, 1000);
            }
            fake_folder_fail(yard->folder, ERR_IO, times);
            yard_live(200000);
            assert_int_equal(yard->runs, 1);
            assert_true(is_in("/in/box/done", "a.csv", "1"));
            yard_close();
        }
    }
}

static void a_flow_taken_out_leaves_its_files(void **state)
{
    (void)state;
    yard_armed();
    put("a.csv", "1");
    yard_live(1000);
    watches_remove(&yard->engine, &yard->deployment);
    yard_live(100000);
    assert_int_equal(left(), 1);
    assert_true(watches_due(&yard->engine) == INT64_MAX);
    watches_put(&yard->engine, &yard->deployment);
    yard_live(3000);
    assert_int_equal(yard->runs, 1);
    yard_close();
    yard_armed(); /* taken out while a run is on its way */
    put("a.csv", "1");
    yard_live(1000);
    clock_manual_add(&yard->clock, 1000);
    yard_moment();
    watches_turn(&yard->engine);
    fake_folder_deliver(yard->folder);
    assert_true(yard->asked.open);
    watches_remove(&yard->engine, &yard->deployment);
    asked_answer();
    watches_put(&yard->engine, &yard->deployment);
    yard_live(3000);
    assert_int_equal(yard->runs, 1);
    assert_int_equal(left(), 0);
    yard_close();
}

static void another_version_goes_on_where_the_former_was(void **state)
{
    (void)state;
    yard_armed();
    put("a.csv", "1");
    yard_live(1500);
    yard->watches[0].done = "archive";
    watches_put(&yard->engine, &yard->deployment);
    yard_live(500);
    assert_int_equal(yard->runs, 1);
    assert_true(is_in("/in/box/archive", "a.csv", "1"));
    yard->watches[0].folder = "/in/other";
    watches_put(&yard->engine, &yard->deployment);
    put("b.csv", "1");
    yard_live(60000);
    assert_int_equal(yard->runs, 1);
    fake_folder_put(yard->folder, "/in/other", "b.csv", "2", 1);
    yard_live(60000);
    assert_int_equal(yard->runs, 2);
    yard_close();
}

static void it_looks_without_hints_and_not_too_often(void **state)
{
    (void)state;
    yard_armed();
    yard_live(10000);
    put("a.csv", "1");
    yard_live(25000);
    assert_int_equal(yard->runs, 1); /* at 30 s it looked */
    for (unsigned i = 0; i < 50; i++) {
        fake_folder_hint(yard->folder);
        assert_true(watches_due(&yard->engine) <= yard->clock.steady);
        yard_settle();
        assert_true(watches_due(&yard->engine) > yard->clock.steady);
        clock_manual_add(&yard->clock, 10);
    }
    yard->engine.draining = true;
    put("b.csv", "1");
    yard_live(100000);
    assert_int_equal(left(), 1);
    yard_close();
}

static size_t faults_of(const struct deployment *d, const char *part)
{
    struct faults faults;
    size_t count;
    bool good;

    faults_init(&faults);
    good = watches_check(&yard->engine, d, &yard->flow, "flow.json", &faults);
    count = faults.errors;
    assert_int_equal(good, count == 0);
    if (count > 0 && strstr(faults.list[0].text, part) == NULL)
        fail_msg("%s", faults.list[0].text);
    faults_fini(&faults);
    return count;
}

static void folders_are_checked_at_deploy(void **state)
{
    (void)state;
    yard_armed();
    assert_int_equal(faults_of(&yard->deployment, ""), 0); /* its own former version */
    assert_int_equal(faults_of(&yard->other, "taken by flow \"lockbox\""), 1);
    yard->watches[0].pattern = NULL;
    yard->watches[0].folder = "/in/box/";
    assert_int_equal(faults_of(&yard->other, "taken by flow \"lockbox\""), 1);
    yard->watches[0].pattern = "*.xml";
    assert_int_equal(faults_of(&yard->other, ""), 0);
    yard->watches[0].folder = "/etc";
    assert_int_equal(faults_of(&yard->other, "WEFT_FILES_ROOT"), 1);
    yard->watches[0].folder = "/in/two";
    yard->watches[0].pattern = "*.csv";
    yard->watches[1] = yard->watches[0];
    yard->flow.node_count = 2;
    assert_int_equal(faults_of(&yard->deployment, "another folder or pattern"), 1);
    yard->flow.node_count = 1;
    fake_folder_fail(yard->folder, ERR_NOT_FOUND, 1);
    assert_int_equal(faults_of(&yard->deployment, "not there"), 1);
    yard->engine.world.folders = NULL;
    assert_int_equal(faults_of(&yard->deployment, "weft serve"), 1);
    yard->engine.world.folders = fake_folder_folders(yard->folder);
    yard_close();
    yard_open(); /* a recovery where nothing watches: a warning, no more */
    yard->engine.world.folders = NULL;
    watches_put(&yard->engine, &yard->deployment);
    assert_int_equal(yard->warnings, 1);
    yard_moment();
    watches_turn(&yard->engine);
    assert_true(watches_due(&yard->engine) == INT64_MAX);
    yard_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_taken_once_when_it_is_complete),
        cmocka_unit_test(what_still_grows_is_left_alone),
        cmocka_unit_test(what_changed_unseen_is_not_taken_half),
        cmocka_unit_test(files_come_in_their_order),
        cmocka_unit_test(a_crash_at_any_point_loses_and_doubles_nothing),
        cmocka_unit_test(between_accept_and_move),
        cmocka_unit_test(another_file_of_the_name_is_another_run),
        cmocka_unit_test(what_is_exchanged_under_the_hand_is_not_moved),
        cmocka_unit_test(what_cannot_be_read_as_its_kind_goes_to_failed),
        cmocka_unit_test(what_has_no_room_stays_and_is_tried_again),
        cmocka_unit_test(each_failure_of_the_disk_is_outlived),
        cmocka_unit_test(a_flow_taken_out_leaves_its_files),
        cmocka_unit_test(another_version_goes_on_where_the_former_was),
        cmocka_unit_test(it_looks_without_hints_and_not_too_often),
        cmocka_unit_test(folders_are_checked_at_deploy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
