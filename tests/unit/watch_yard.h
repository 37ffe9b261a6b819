/* watch_yard.h - watches with folders in memory and a clock that stands still. Runs are only asked
 * for: spawn_run() of this file stands in for the engine's, and what it has accepted outlives the
 * engine. */
#ifndef UNIT_WATCH_YARD_H
#define UNIT_WATCH_YARD_H

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
static inline enum err_code asked_keep(uint64_t *run)
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

static inline void asked_answer(void)
{
    uint64_t run = 0;
    enum err_code code = yard->refuse != ERR_OK ? yard->refuse : asked_keep(&run);

    yard->asked.open = false;
    yard->asked.done(yard->asked.owner, yard->asked.tag, code, run);
}

static inline void trigger_arm(const void *config, struct node_arm *arm)
{
    arm->watch = config;
}

static inline enum err_code trigger_receive(struct node_event *event, const void *config,
                                            json_t **input, struct err *e)
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

static inline void yard_line(void *arg, enum log_level level, const char *text)
{
    (void)text;
    ((struct yard *)arg)->warnings += level <= LOG_WARN;
}

/* ---- The yard */

static inline void yard_moment(void)
{
    yard->engine.wall = yard->clock.wall;
    yard->engine.steady = yard->clock.steady;
}

static inline void yard_deployment(struct deployment *d, char *slug)
{
    d->workspace = (char *)"main";
    d->environment = (char *)"test";
    d->slug = slug;
    d->version = &yard->version;
}

static inline void yard_open(void)
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
    yard->engine.most_runs = LIMIT_RUNS;
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

static inline void yard_armed(void)
{
    yard_open();
    watches_put(&yard->engine, &yard->deployment);
}

static inline void yard_close(void)
{
    watches_free(&yard->engine);
    fake_folder_free(yard->folder);
    mem_free(yard);
    yard = NULL;
}

static inline void yard_settle(void)
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
static inline void yard_live(int64_t ms)
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

static inline void yard_crash(void)
{
    fake_folder_drop(yard->folder);
    yard->asked.open = false;
    watches_free(&yard->engine);
    watches_put(&yard->engine, &yard->deployment);
}

static inline void put(const char *name, const char *text)
{
    fake_folder_put(yard->folder, "/in/box", name, text, yard->clock.wall / 1000);
}

static inline bool is_in(const char *folder, const char *name, const char *text)
{
    const char *there = fake_folder_text(yard->folder, folder, name);

    return there != NULL && strcmp(there, text) == 0;
}

static inline size_t left(void)
{
    return fake_folder_count(yard->folder, "/in/box");
}

#endif
