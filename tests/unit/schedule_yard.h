/* schedule_yard.h - schedules with a clock that stands still and a store in memory. Runs are only
 * asked for: spawn_run() of this file stands in for the engine's, and decides what becomes of
 * them. */
#ifndef UNIT_SCHEDULE_YARD_H
#define UNIT_SCHEDULE_YARD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "engine/schedule.h"
#include "engine/spawn.h"
#include "world/fake_facts.h"

#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define RUNS   4096
#define TEXT   100000

struct asked { /* a run on its way to the store */
    bool open;
    char dedupe[64];
    struct store_fact fact; /* texts owned */
    void (*done)(void *owner, uint64_t tag, enum err_code code, uint64_t run);
    void *owner;
    uint64_t tag;
};
struct yard {
    struct store store; /* first */
    struct engine engine;
    struct clock_manual clock;
    struct log log;
    unsigned warnings;
    struct fake_facts facts;
    struct store_batch *batch; /* of its own, on its way */
    enum err_code refuse;      /* what the next runs hear */
    bool lost;                 /* batches of their own do not reach the store */
    struct deployment deployment;
    struct version version;
    struct flow flow;
    struct flow_node nodes[2];
    struct node_schedule schedules[2];
    struct asked asked;
    unsigned asks;
    char keys[RUNS][64]; /* of the runs accepted */
    size_t runs;
    json_t *last; /* input of the last one */
};

static struct yard *yard;

/* ---- What stands in for the engine */

void spawn_run(struct engine *engine, const struct spawn *spawn)
{
    struct asked *a = &yard->asked;

    assert_ptr_equal(engine, &yard->engine);
    assert_false(a->open); /* one at a time */
    yard->asks++;
    assert_int_equal(spawn->fact_count, 1);
    *a = (struct asked){ .open = true,
                         .fact = spawn->facts[0],
                         .done = spawn->done,
                         .owner = spawn->owner,
                         .tag = spawn->tag };
    a->fact.key = mem_must_copy(spawn->facts[0].key);
    a->fact.value = mem_must_copy(spawn->facts[0].value);
    snprintf(a->dedupe, sizeof a->dedupe, "%s", spawn->dedupe);
    json_decref(yard->last);
    yard->last = *spawn->input;
    *spawn->input = NULL;
}

static inline void asked_drop(void)
{
    mem_free((char *)yard->asked.fact.key);
    mem_free((char *)yard->asked.fact.value);
    yard->asked.open = false;
}

static inline bool key_stands(const char *key)
{
    for (size_t i = 0; i < yard->runs; i++)
        if (strcmp(yard->keys[i], key) == 0)
            return true;
    return false;
}

static inline void asked_answer(void)
{
    struct asked a = yard->asked;
    enum err_code code = yard->refuse;

    if (code == ERR_OK && key_stands(a.dedupe))
        code = ERR_DUPLICATE;
    if (code == ERR_OK) {
        assert_true(yard->runs < RUNS);
        snprintf(yard->keys[yard->runs++], sizeof yard->keys[0], "%s", a.dedupe);
        fake_facts_put(&yard->facts, &a.fact);
    }
    asked_drop();
    a.done(a.owner, a.tag, code, code == ERR_OK ? yard->runs : 0);
}

static inline void yard_append(struct store *store, struct store_batch **batches, size_t count)
{
    struct store_fact_row *row;

    assert_ptr_equal(store, &yard->store);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(batches[i]->run, 0);
        for (row = batches[i]->facts->first; row != NULL && !yard->lost; row = row->next)
            fake_facts_put(&yard->facts, &row->fact);
        store_batch_free(batches[i]);
        batches[i] = NULL;
    }
}

static inline enum err_code yard_facts(struct store *store, const struct store_facts_filter *filter,
                                       store_fact_fn *visit, void *arg, struct err *e)
{
    (void)store;
    (void)e;
    fake_facts_walk(&yard->facts, filter, visit, arg);
    return ERR_OK;
}

static inline void yard_done(void *owner, uint64_t run, const struct store_result *result)
{
    (void)owner;
    (void)run;
    (void)result;
}

static const struct store_ops yard_ops = { .append = yard_append, .facts = yard_facts };

static inline void trigger_arm(const void *config, struct node_arm *arm)
{
    arm->schedule = config;
}

static inline enum err_code trigger_receive(struct node_event *event, const void *config,
                                            json_t **input, struct err *e)
{
    (void)config;
    assert_string_equal(event->method, "SCHEDULE");
    *input = json_read(event->body, event->body_size, &json_limits_body, e);
    return *input != NULL ? ERR_OK : e->code;
}

static const struct node_type trigger_type = {
    .name = "trigger.schedule", .kind = NODE_TRIGGER, .arm = trigger_arm, .receive = trigger_receive
};

static inline void yard_line(void *arg, enum log_level level, const char *text)
{
    (void)text;
    ((struct yard *)arg)->warnings += level <= LOG_WARN;
}

/* ---- The yard */

/* "2026-11-21T06:00:00.000Z" */
static inline int64_t moment(const char *text)
{
    int n[7] = { 0 };
    size_t at = 0;
    int64_t days = 0;
    static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };

    for (; *text != 'Z'; text++) {
        if (*text < '0' || *text > '9')
            at++;
        else
            n[at] = n[at] * 10 + (*text - '0');
    }
    for (int year = 1970; year < n[0]; year++)
        days += year % 4 == 0 ? 366 : 365;
    days += before[n[1] - 1] + n[2] - 1 + (n[0] % 4 == 0 && n[1] > 2);
    return ((days * 24 + n[3]) * 60 + n[4]) * MINUTE + n[5] * 1000 + n[6];
}

static inline void yard_moment(void)
{
    yard->engine.wall = yard->clock.wall;
    yard->engine.steady = yard->clock.steady;
}

static inline void yard_open(const char *now)
{
    mem_install();
    yard = mem_must(sizeof *yard);
    yard->store.ops = &yard_ops;
    yard->store.epoch = 1;
    yard->store.done = yard_done;
    clock_manual_init(&yard->clock, moment(now));
    log_init(&yard->log, &yard->clock.clock);
    yard->log.line = yard_line;
    yard->log.arg = yard;
    yard->engine.magic = ENGINE_MAGIC;
    yard->engine.most_runs = LIMIT_RUNS;
    yard->engine.world.log = &yard->log;
    yard->engine.world.clock = &yard->clock.clock;
    yard->engine.world.store = &yard->store;
    yard->deployment.workspace = "main";
    yard->deployment.environment = "test";
    yard->deployment.slug = "daily";
    yard->deployment.version = &yard->version;
    yard->version.flow = &yard->flow;
    yard->flow.nodes = yard->nodes;
    yard->nodes[0] =
        (struct flow_node){ .id = "tick", .type = &trigger_type, .pointer = "/nodes/0" };
    yard->nodes[1] =
        (struct flow_node){ .id = "tock", .type = &trigger_type, .pointer = "/nodes/1" };
    yard->nodes[0].config = &yard->schedules[0];
    yard->nodes[1].config = &yard->schedules[1];
    yard->flow.node_count = 1;
    yard_moment();
}

static inline void yard_close(void)
{
    schedules_free(&yard->engine);
    fake_facts_free(&yard->facts);
    json_decref(yard->last);
    mem_free(yard);
    yard = NULL;
}

static inline void put_cron(const char *cron, const char *zone, enum node_misfire misfire)
{
    yard->schedules[0] = (struct node_schedule){ .cron = cron, .zone = zone, .misfire = misfire };
    schedules_put(&yard->engine, &yard->deployment);
}

static inline void put_every(int64_t ms, enum node_misfire misfire)
{
    yard->schedules[0] = (struct node_schedule){ .every_ms = ms, .misfire = misfire };
    schedules_put(&yard->engine, &yard->deployment);
}

/* Turns until nothing happens any more at this moment. */
static inline void yard_settle(void)
{
    yard_moment();
    for (unsigned i = 0; i < 3 * RUNS; i++) {
        schedules_turn(&yard->engine);
        if (!yard->asked.open)
            return;
        asked_answer();
    }
    fail_msg("it does not end");
}

static inline void yard_wait(int64_t ms)
{
    clock_manual_add(&yard->clock, ms);
    yard_settle();
}

/* As the loop does it: sleeps until what schedules_due() says, and so on. */
static inline void yard_live(int64_t ms)
{
    int64_t end = yard->clock.steady + ms, due;

    yard_settle();
    while ((due = schedules_due(&yard->engine)) <= end) {
        assert_true(due >= yard->clock.steady);
        clock_manual_add(&yard->clock, due - yard->clock.steady);
        yard_settle();
    }
    clock_manual_add(&yard->clock, end - yard->clock.steady);
}

/* The process ends, and another one starts `ms` later; what was on its way is lost. */
static inline void yard_restart(int64_t ms)
{
    if (yard->asked.open)
        asked_drop();
    schedules_free(&yard->engine);
    clock_manual_add(&yard->clock, ms);
    yard_moment();
    schedules_put(&yard->engine, &yard->deployment);
}

static inline void expect_runs(const char *const *slots, size_t count)
{
    char key[64];

    for (size_t i = 0; i < count && i < yard->runs; i++) {
        snprintf(key, sizeof key, "schedule/tick/%s", slots[i]);
        assert_string_equal(yard->keys[i], key);
    }
    assert_int_equal(yard->runs, count);
}
#define EXPECT(...)                                            \
    do {                                                       \
        const char *const slots_[] = { __VA_ARGS__ };          \
        expect_runs(slots_, sizeof slots_ / sizeof slots_[0]); \
    } while (0)

#endif
