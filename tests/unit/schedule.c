/* schedule.c - slots and cursors, with a clock that stands still and a store in memory. Runs are
 * only asked for here: spawn_run() of this file stands in for the engine's, and decides what
 * becomes of them. */
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

static void asked_drop(void)
{
    mem_free((char *)yard->asked.fact.key);
    mem_free((char *)yard->asked.fact.value);
    yard->asked.open = false;
}

static bool key_stands(const char *key)
{
    for (size_t i = 0; i < yard->runs; i++)
        if (strcmp(yard->keys[i], key) == 0)
            return true;
    return false;
}

static void asked_answer(void)
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

static void yard_append(struct store *store, struct store_batch **batches, size_t count)
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

static enum err_code yard_facts(struct store *store, const struct store_facts_filter *filter,
                                store_fact_fn *visit, void *arg, struct err *e)
{
    (void)store;
    (void)e;
    fake_facts_walk(&yard->facts, filter, visit, arg);
    return ERR_OK;
}

static void yard_done(void *owner, uint64_t run, const struct store_result *result)
{
    (void)owner;
    (void)run;
    (void)result;
}

static const struct store_ops yard_ops = { .append = yard_append, .facts = yard_facts };

static void trigger_arm(const void *config, struct node_arm *arm)
{
    arm->schedule = config;
}

static enum err_code trigger_receive(struct node_event *event, const void *config, json_t **input,
                                     struct err *e)
{
    (void)config;
    assert_string_equal(event->method, "SCHEDULE");
    *input = json_read(event->body, event->body_size, &json_limits_body, e);
    return *input != NULL ? ERR_OK : e->code;
}

static const struct node_type trigger_type = {
    .name = "trigger.schedule", .kind = NODE_TRIGGER, .arm = trigger_arm, .receive = trigger_receive
};

static void yard_line(void *arg, enum log_level level, const char *text)
{
    (void)text;
    ((struct yard *)arg)->warnings += level <= LOG_WARN;
}

/* ---- The yard */

/* "2026-11-21T06:00:00.000Z" */
static int64_t moment(const char *text)
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

static void yard_moment(void)
{
    yard->engine.wall = yard->clock.wall;
    yard->engine.steady = yard->clock.steady;
}

static void yard_open(const char *now)
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

static void yard_close(void)
{
    schedules_free(&yard->engine);
    fake_facts_free(&yard->facts);
    json_decref(yard->last);
    mem_free(yard);
    yard = NULL;
}

static void put_cron(const char *cron, const char *zone, enum node_misfire misfire)
{
    yard->schedules[0] = (struct node_schedule){ .cron = cron, .zone = zone, .misfire = misfire };
    schedules_put(&yard->engine, &yard->deployment);
}

static void put_every(int64_t ms, enum node_misfire misfire)
{
    yard->schedules[0] = (struct node_schedule){ .every_ms = ms, .misfire = misfire };
    schedules_put(&yard->engine, &yard->deployment);
}

/* Turns until nothing happens any more at this moment. */
static void yard_settle(void)
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

static void yard_wait(int64_t ms)
{
    clock_manual_add(&yard->clock, ms);
    yard_settle();
}

/* As the loop does it: sleeps until what schedules_due() says, and so on. */
static void yard_live(int64_t ms)
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
static void yard_restart(int64_t ms)
{
    if (yard->asked.open)
        asked_drop();
    schedules_free(&yard->engine);
    clock_manual_add(&yard->clock, ms);
    yard_moment();
    schedules_put(&yard->engine, &yard->deployment);
}

static void expect_runs(const char *const *slots, size_t count)
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

/* ---- */

static void each_slot_fires_once(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:30.000Z");
    put_cron("0 6 * * *", "America/New_York", MISFIRE_ONCE);
    yard_live(6 * HOUR);
    EXPECT("2026-11-21T11:00:00.000Z");
    yard_settle();
    yard_settle();
    EXPECT("2026-11-21T11:00:00.000Z");
    yard_live(2 * DAY);
    EXPECT("2026-11-21T11:00:00.000Z", "2026-11-22T11:00:00.000Z", "2026-11-23T11:00:00.000Z");
    assert_string_equal(json_get_text(yard->last, "slot"), "2026-11-23T11:00:00.000Z");
    assert_string_equal(json_get_text(yard->last, "scheduled_at"), "2026-11-23T06:00:00-05:00");
    assert_string_equal(json_get_text(yard->last, "previous"), "2026-11-22T11:00:00.000Z");
    yard_close();
}

static void it_fires_at_the_slot_and_not_before(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:59:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_ONCE);
    assert_true(schedules_due(&yard->engine) <= yard->clock.steady + MINUTE);
    yard_wait(MINUTE - 1);
    assert_int_equal(yard->runs, 0);
    yard_wait(1);
    assert_int_equal(yard->runs, 1);
    assert_true(json_is_null(json_object_get(yard->last, "previous")));
    yard_close();
}

static void intervals_stand_on_the_epoch(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:07:30.000Z");
    put_every(15 * MINUTE, MISFIRE_ALL);
    yard_live(30 * MINUTE);
    EXPECT("2026-11-21T05:15:00.000Z", "2026-11-21T05:30:00.000Z");
    yard_close();
}

static void a_slot_left_out_fires_at_the_change(void **state)
{
    (void)state;
    yard_open("2026-03-07T12:00:00.000Z");
    put_cron("30 2 * * *", "America/New_York", MISFIRE_ALL);
    yard_live(2 * DAY);
    EXPECT("2026-03-08T07:00:00.000Z", "2026-03-09T06:30:00.000Z");
    yard_close();
    yard_open("2026-03-08T06:00:00.000Z"); /* several slots of the hour are one */
    put_cron("*/20 * * * *", "America/New_York", MISFIRE_ALL);
    yard_live(HOUR + 30 * MINUTE);
    EXPECT("2026-03-08T06:20:00.000Z", "2026-03-08T06:40:00.000Z", "2026-03-08T07:00:00.000Z",
           "2026-03-08T07:20:00.000Z");
    yard_close();
}

static void a_slot_that_comes_twice_fires_the_first_time(void **state)
{
    (void)state;
    yard_open("2026-10-31T12:00:00.000Z");
    put_cron("30 1 * * *", "America/New_York", MISFIRE_ALL);
    yard_live(2 * DAY);
    EXPECT("2026-11-01T05:30:00.000Z", "2026-11-02T06:30:00.000Z");
    yard_close();
    yard_open("2026-11-01T05:50:00.000Z"); /* 01:50, ten minutes before it is 01:00 again */
    put_cron("*/30 * * * *", "America/New_York", MISFIRE_ALL);
    yard_live(2 * HOUR);
    EXPECT("2026-11-01T07:00:00.000Z", "2026-11-01T07:30:00.000Z");
    yard_restart(0); /* also when it starts within that hour */
    yard_close();
    yard_open("2026-11-01T06:10:00.000Z");
    put_cron("30 1 * * *", "America/New_York", MISFIRE_ALL);
    yard_live(2 * HOUR);
    assert_int_equal(yard->runs, 0);
    yard_close();
}

static void missed_slots_by_policy(void **state)
{
    static const struct {
        enum node_misfire misfire;
        size_t runs;
        const char *last;
    } rows[] = {
        { MISFIRE_SKIP, 1, "schedule/tick/2026-11-21T06:00:00.000Z" },
        { MISFIRE_ONCE, 2, "schedule/tick/2026-11-24T06:00:00.000Z" },
        { MISFIRE_ALL, 4, "schedule/tick/2026-11-24T06:00:00.000Z" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        yard_open("2026-11-21T05:00:00.000Z");
        put_cron("0 6 * * *", NULL, rows[i].misfire);
        yard_live(2 * HOUR);
        yard_restart(3 * DAY);
        yard_settle();
        assert_int_equal(yard->runs, rows[i].runs);
        assert_string_equal(yard->keys[yard->runs - 1], rows[i].last);
        yard_live(DAY); /* and then as ever */
        assert_int_equal(yard->runs, rows[i].runs + 1);
        assert_string_equal(yard->keys[yard->runs - 1], "schedule/tick/2026-11-25T06:00:00.000Z");
        yard_close();
    }
}

static void a_slot_that_is_just_due_is_not_missed(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_SKIP);
    yard_settle();
    yard_restart(HOUR + 59000);
    yard_settle();
    EXPECT("2026-11-21T06:00:00.000Z");
    yard_restart(DAY + 2000); /* 61 s late */
    yard_settle();
    EXPECT("2026-11-21T06:00:00.000Z");
    yard_close();
}

static void all_has_a_bound(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_every(MINUTE, MISFIRE_ALL);
    yard_settle();
    yard_restart(5 * DAY);
    yard_settle();
    assert_int_equal(yard->runs, SCHEDULE_ALL_MAX + 1);
    assert_string_equal(yard->keys[SCHEDULE_ALL_MAX - 1], "schedule/tick/2026-11-21T21:40:00.000Z");
    assert_string_equal(yard->keys[SCHEDULE_ALL_MAX], "schedule/tick/2026-11-26T05:00:00.000Z");
    assert_int_equal(yard->warnings, 1);
    yard_close();
}

static void a_crash_between_loses_and_doubles_nothing(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_ONCE);
    clock_manual_add(&yard->clock, HOUR);
    yard_moment();
    schedules_turn(&yard->engine);
    assert_true(yard->asked.open); /* asked for, not committed: */
    yard_restart(10 * MINUTE);
    assert_int_equal(yard->runs, 0);
    yard_settle();
    EXPECT("2026-11-21T06:00:00.000Z");
    yard_restart(0); /* committed: the cursor with it */
    yard_settle();
    yard_live(HOUR);
    EXPECT("2026-11-21T06:00:00.000Z");
    yard_close();
}

/* The schedule was armed, and the process ends before its first slot. */
static void the_first_slot_is_missed_like_any_other(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_ONCE);
    yard_restart(DAY);
    yard_settle();
    EXPECT("2026-11-21T06:00:00.000Z");
    yard_close();
    /* the store was full when it was armed: the cursor is written again */
    yard_open("2026-11-21T05:00:00.000Z");
    yard->lost = true;
    put_cron("0 6 * * *", NULL, MISFIRE_ONCE);
    yard_live(10 * MINUTE);
    yard->lost = false;
    yard_live(10 * MINUTE);
    yard_restart(DAY);
    yard_settle();
    EXPECT("2026-11-21T06:00:00.000Z");
    yard_close();
}

static void what_is_refused_is_tried_again(void **state)
{
    static const enum err_code codes[] = { ERR_OVERLOAD, ERR_STORE, ERR_INVALID };

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        yard_open("2026-11-21T05:59:00.000Z");
        put_cron("* * * * *", NULL, MISFIRE_SKIP);
        yard->refuse = codes[i];
        yard_live(3 * MINUTE + 1000);
        assert_int_equal(yard->runs, 0);
        assert_int_equal(yard->warnings, 1);
        yard->refuse = ERR_OK;
        yard_live(2 * MINUTE);
        /* the refused one comes, however late; those behind it are missed by the policy */
        assert_true(yard->runs >= 2);
        assert_string_equal(yard->keys[0], "schedule/tick/2026-11-21T06:00:00.000Z");
        yard_close();
    }
    yard_open("2026-11-21T05:59:00.000Z"); /* the newest of those missed is refused */
    put_cron("* * * * *", NULL, MISFIRE_ONCE);
    yard_settle();
    yard_restart(10 * MINUTE);
    yard->refuse = ERR_OVERLOAD;
    yard_settle();
    yard->refuse = ERR_OK;
    yard_live(5000);
    EXPECT("2026-11-21T06:09:00.000Z");
    yard_close();
}

static void a_refused_run_does_not_spin(void **state)
{
    (void)state;
    yard_open("2026-11-21T06:00:00.000Z");
    put_every(MINUTE, MISFIRE_ALL);
    yard->refuse = ERR_OVERLOAD;
    yard_wait(MINUTE);
    yard_live(20 * 1000);
    assert_int_equal(yard->asks, 21); /* a second each: it never ends, and never hurries */
    yard_close();
    yard_open("2026-11-21T06:00:00.000Z");
    put_every(MINUTE, MISFIRE_ALL);
    yard->refuse = ERR_INVALID; /* the flow's own fault: more and more seldom */
    yard_wait(MINUTE);
    yard_live(HOUR);
    assert_in_range(yard->asks, 60, 70);
    yard_close();
}

static void the_clock_jumps(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_ONCE);
    yard_live(2 * HOUR);
    EXPECT("2026-11-21T06:00:00.000Z");
    yard->clock.wall -= 90 * MINUTE; /* back before the slot */
    yard_live(HOUR);
    EXPECT("2026-11-21T06:00:00.000Z");
    yard->clock.wall += 5 * DAY; /* forward: missed */
    yard_live(MINUTE);
    EXPECT("2026-11-21T06:00:00.000Z", "2026-11-26T06:00:00.000Z");
    yard->clock.wall += 3653 * DAY;
    yard_live(MINUTE);
    assert_int_equal(yard->runs, 3);
    yard->clock.wall -= 3658 * DAY; /* all the way back: each slot once, still */
    yard_live(2 * MINUTE);
    assert_int_equal(yard->runs, 3);
    yard_live(2 * DAY);
    assert_int_equal(yard->runs, 5);
    assert_string_equal(yard->keys[3], "schedule/tick/2026-11-22T06:00:00.000Z");
    assert_string_equal(yard->keys[4], "schedule/tick/2026-11-23T06:00:00.000Z");
    yard_close();
}

static void another_version_with_the_same_times_keeps_the_cursor(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_SKIP);
    yard_live(30 * MINUTE);
    clock_manual_add(&yard->clock, 45 * MINUTE); /* the slot passes unseen */
    yard_moment();
    put_cron("0 6 * * *", NULL, MISFIRE_ONCE);
    yard_settle();
    EXPECT("2026-11-21T06:00:00.000Z");
    /* another line starts from now: its slots of before are not missed */
    clock_manual_add(&yard->clock, DAY);
    yard_moment();
    put_cron("0 5 * * *", NULL, MISFIRE_ALL);
    yard_settle();
    assert_int_equal(yard->runs, 1);
    yard_live(DAY);
    assert_int_equal(yard->runs, 2);
    assert_string_equal(yard->keys[1], "schedule/tick/2026-11-23T05:00:00.000Z");
    yard_restart(DAY); /* and the restart knows which line the cursor is of */
    yard_settle();
    assert_int_equal(yard->runs, 3);
    yard_close();
}

static void a_flow_taken_out_is_silent(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_ALL);
    clock_manual_add(&yard->clock, HOUR);
    yard_moment();
    schedules_turn(&yard->engine);
    assert_true(yard->asked.open);
    schedules_remove(&yard->engine, &yard->deployment);
    asked_answer(); /* the run that was on its way is accepted, nobody minds */
    yard_live(3 * DAY);
    EXPECT("2026-11-21T06:00:00.000Z");
    assert_true(schedules_due(&yard->engine) == INT64_MAX);
    yard_close();
    /* when it comes back, it begins from now */
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_ALL);
    yard_settle();
    schedules_remove(&yard->engine, &yard->deployment);
    assert_int_equal(yard->facts.count, 0);
    yard_wait(3 * DAY);
    put_cron("0 6 * * *", NULL, MISFIRE_ALL);
    yard_settle();
    assert_int_equal(yard->runs, 0);
    yard_close();
}

static void nodes_that_go_and_are_disabled(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    yard->flow.node_count = 2;
    yard->schedules[1] = (struct node_schedule){ .every_ms = HOUR, .misfire = MISFIRE_ALL };
    put_cron("30 6 * * *", NULL, MISFIRE_ALL);
    assert_int_equal(yard->facts.count, 2);
    yard_live(2 * HOUR);
    assert_int_equal(yard->runs, 3);
    yard->nodes[1].disabled = true;
    put_cron("30 6 * * *", NULL, MISFIRE_ALL);
    assert_int_equal(yard->facts.count, 1);
    yard_live(2 * HOUR);
    assert_int_equal(yard->runs, 3);
    yard->flow.node_count = 0;
    schedules_put(&yard->engine, &yard->deployment);
    assert_int_equal(yard->facts.count, 0);
    yard_close();
}

static void while_it_drains_nothing_fires(void **state)
{
    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    put_cron("0 6 * * *", NULL, MISFIRE_ALL);
    yard->engine.draining = true;
    yard_wait(2 * HOUR);
    assert_int_equal(yard->runs, 0);
    assert_true(schedules_due(&yard->engine) == INT64_MAX);
    yard_close();
}

static void zones_are_checked_at_deploy(void **state)
{
    struct faults faults;

    (void)state;
    yard_open("2026-11-21T05:00:00.000Z");
    faults_init(&faults);
    yard->schedules[0] = (struct node_schedule){ .cron = "0 6 * * *", .zone = "Europe/Berlin" };
    assert_true(schedules_check(&yard->flow, "flow.json", &faults));
    yard->schedules[0].zone = "Europe/Atlantis";
    assert_false(schedules_check(&yard->flow, "flow.json", &faults));
    assert_int_equal(faults.errors, 1);
    assert_string_equal(faults.list[0].pointer, "/nodes/0/config/zone");
    assert_non_null(strstr(faults.list[0].text, "Europe/Atlantis"));
    faults_fini(&faults);
    yard_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_slot_fires_once),
        cmocka_unit_test(it_fires_at_the_slot_and_not_before),
        cmocka_unit_test(intervals_stand_on_the_epoch),
        cmocka_unit_test(a_slot_left_out_fires_at_the_change),
        cmocka_unit_test(a_slot_that_comes_twice_fires_the_first_time),
        cmocka_unit_test(missed_slots_by_policy),
        cmocka_unit_test(a_slot_that_is_just_due_is_not_missed),
        cmocka_unit_test(all_has_a_bound),
        cmocka_unit_test(a_crash_between_loses_and_doubles_nothing),
        cmocka_unit_test(the_first_slot_is_missed_like_any_other),
        cmocka_unit_test(what_is_refused_is_tried_again),
        cmocka_unit_test(a_refused_run_does_not_spin),
        cmocka_unit_test(the_clock_jumps),
        cmocka_unit_test(another_version_with_the_same_times_keeps_the_cursor),
        cmocka_unit_test(a_flow_taken_out_is_silent),
        cmocka_unit_test(nodes_that_go_and_are_disabled),
        cmocka_unit_test(while_it_drains_nothing_fires),
        cmocka_unit_test(zones_are_checked_at_deploy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
