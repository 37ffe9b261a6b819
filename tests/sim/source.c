/* source.c - what begins runs without a sender: a schedule, an inbox that is polled, a folder; and
 * what must hold of them:
 *
 *  (1) a slot is fired once, in order, and never too early; by the misfire policy a slot that was
 *      missed is dropped, made up for by the newest, or fired in its turn;
 *  (2) the cursor of a poll never stands behind an item that has no durable run;
 *  (3) a file is moved away only when its run is durable, or into `failed` when it cannot be read;
 *  (4) when the world works, everything that is there is taken. */
#include "sim/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define SOURCE_PAGE    3
#define SOURCE_SPAN_MS (5 * SIM_SLOT_MS / 2)
#define SOURCE_GRACE   60000 /* a slot is missed when it is older */
#define SOURCE_BOX     "/in/box"

static bool source_has(const struct sim *sim, enum sim_origin origin)
{
    return sim_flow_by(sim, origin) != NULL;
}

/* Whether its events come to their place, and nobody sends them. */
bool source_brings(enum sim_origin origin)
{
    return origin == ORIGIN_POLL || origin == ORIGIN_FILE || origin == ORIGIN_WALK;
}

/* ---- The inbox and the folder */

static void source_file(struct sim *sim, struct sim_event *event)
{
    struct buf body;
    char name[16], *whole;

    snprintf(name, sizeof name, "f%u.json", event->dice % 3);
    if (fake_folder_text(sim->folder, SOURCE_BOX, name) != NULL) {
        event->next_ms = sim->clock.steady + 10000; /* it waits until the former one is taken */
        return;
    }
    event->broken = event->dice % 10 == 0;
    buf_init(&body, LIMIT_BODY);
    event->flow->kind->body(event, &body);
    whole = mem_must_copy(buf_text(&body));
    whole[body.len / 2] = '\0'; /* somebody looks while it is written */
    fake_folder_put(sim->folder, SOURCE_BOX, name, whole, sim->clock.wall / 1000);
    fake_folder_hint(sim->folder);
    sim_turns(sim, 1);
    fake_folder_deliver(sim->folder);
    fake_folder_put(sim->folder, SOURCE_BOX, name, buf_text(&body), sim->clock.wall / 1000);
    if (dice_chance(&sim->dice, 700))
        fake_folder_hint(sim->folder);
    sim_note(sim, "file      %s as %s%s", event->id, name, event->broken ? ", broken" : "");
    mem_free(whole);
    buf_fini(&body);
    event->acked = true;
    event->next_ms = INT64_MAX;
}

void source_appear(struct sim *sim, struct sim_event *event)
{
    if (event->flow->kind->origin == ORIGIN_FILE) {
        source_file(sim, event);
        return;
    }
    if (event->flow->kind->origin == ORIGIN_WALK) {
        walk_appear(sim, event);
        return;
    }
    event->ordinal = ++sim->source.items;
    event->acked = true;
    event->next_ms = INT64_MAX;
    sim_note(sim, "item      %u: %s", event->ordinal, event->id);
}

static struct sim_event *source_item(const struct sim *sim, unsigned ordinal)
{
    size_t i;

    for (i = 0; i < sim->event_count; i++)
        if (sim->events[i].ordinal == ordinal)
            return &sim->events[i];
    return NULL;
}

/* A page behind the cursor, which begins with the item at it where that is known again. */
bool source_read(void *arg, const struct peer_call *call, struct buf *body)
{
    struct sim *sim = arg;
    const char *after = strstr(call->url, "after=");
    unsigned from = after != NULL ? (unsigned)strtoul(after + 6, NULL, 10) : 0;
    unsigned last = from + SOURCE_PAGE < sim->source.items ? from + SOURCE_PAGE : sim->source.items;
    unsigned i;

    if (strcmp(call->account, "inbox") != 0)
        return walk_read(sim, call, body);
    buf_add_text(body, "{\"value\":[");
    if (from == 0 || sim_flow_by(sim, ORIGIN_POLL)->result)
        from++;
    for (i = from; i <= last; i++) {
        const struct sim_event *event = source_item(sim, i);

        if (buf_text(body)[body->len - 1] != '[')
            buf_add_char(body, ',');
        event->flow->kind->body(event, body);
    }
    buf_addf(body, "],\"next\":%u}", last);
    return true;
}

bool source_move(struct sim *sim)
{
    size_t done = fake_folder_deliver(sim->folder);

    if (done > 0)
        sim_note(sim, "folder    %zu things are done", done);
    source_check(sim);
    return done > 0;
}

/* ---- What must hold at any time */

static bool source_cursor(void *arg, const struct store_fact *fact)
{
    if (strncmp(fact->key, "poll/", 5) == 0)
        *(unsigned *)arg = (unsigned)strtoul(fact->value, NULL, 10);
    return true;
}

static bool source_armed(void *arg, const struct store_fact *fact)
{
    struct sim *sim = arg;

    if (strncmp(fact->key, "schedule/", 9) != 0)
        return true;
    sim->source.armed = sim->keep.wall_most; /* it may have been put back since */
    return false;
}

static void source_check_poll(struct sim *sim)
{
    const struct store_facts_filter filter = { .kind = FACT_CURSOR };
    unsigned cursor = 0, i;
    struct err e;

    check(store_facts(fake_store_store(sim->store), &filter, source_cursor, &cursor, &e) == ERR_OK);
    for (i = 1; i <= cursor; i++) {
        const struct sim_event *event = source_item(sim, i);

        if (event == NULL || sender_run(sim, event) == 0)
            sim_wrong(sim, "the cursor stands at %u, and item %u has no run", cursor, i);
    }
}

/* How many files with the event's text the folder has. */
static size_t source_files(const struct sim *sim, const struct sim_event *event, const char *folder)
{
    struct buf body;
    size_t count;

    buf_init(&body, LIMIT_BODY);
    event->flow->kind->body(event, &body);
    count = fake_folder_holds(sim->folder, folder, buf_text(&body));
    buf_fini(&body);
    return count;
}

static void source_check_files(struct sim *sim)
{
    size_t i;

    for (i = 0; i < sim->event_count; i++) {
        const struct sim_event *event = &sim->events[i];

        if (event->flow->kind->origin != ORIGIN_FILE || !event->acked)
            continue;
        if (source_files(sim, event, SOURCE_BOX "/done") > 0 && sender_run(sim, event) == 0)
            sim_wrong(sim, "the file of %s is put away, and it has no run", event->id);
    }
}

/* The slot of a schedule's run; 0: it has none. back_ms: so much the wall clock was set back. */
static int64_t source_slot(const struct store_run *run, int64_t back_ms)
{
    const char *at = strstr(run->input, "\"slot\":\"");
    int64_t slot = (run->received_ms + back_ms) / SIM_SLOT_MS * SIM_SLOT_MS;
    char text[CLOCK_TEXT];
    int i;

    for (i = 0; at != NULL && i < 100; i++, slot -= SIM_SLOT_MS) {
        clock_text(slot + SIM_SLOT_MS, text); /* one too early would be found, too */
        if (strncmp(at + 8, text, strlen(text)) == 0)
            return slot + SIM_SLOT_MS;
    }
    return 0;
}

static bool source_tick(void *arg, const struct store_run *run)
{
    struct sim *sim = arg;
    struct sim_source *source = &sim->source;
    const struct sim_flow *flow = sim_flow_by(sim, ORIGIN_TICK);
    /* in this life of the program, or in the one before, which may have left the run */
    bool forgiven = sim->refused_epoch != 0 && sim->refused_epoch >= peers_epoch(sim->peers);
    int64_t slot, newest = run->received_ms / SIM_SLOT_MS * SIM_SLOT_MS;

    if (strcmp(run->flow, flow->kind->slug) != 0 || again_is(run) || run->run <= source->slot_run)
        return true;
    slot = source_slot(run, sim->machine.back_ms);
    if (slot == 0 || slot > run->received_ms + sim->machine.back_ms)
        sim_wrong(sim, "a run of the schedule for no slot that has come: %s", run->input);
    if (slot <= source->slot)
        sim_wrong(sim, "a slot is fired after a later one: %s", run->input);
    if (sim_misfire(flow) == SIM_ALL && source->slot > 0 && slot != source->slot + SIM_SLOT_MS)
        sim_wrong(sim, "slots before this one are left out: %s", run->input);
    if (sim_misfire(flow) != SIM_ALL && slot != newest && !forgiven)
        sim_wrong(sim, "a slot is made up for that is not the newest: %s", run->input);
    if (sim_misfire(flow) == SIM_SKIP && run->received_ms - slot > SOURCE_GRACE && !forgiven)
        sim_wrong(sim, "a slot that was missed is made up for: %s", run->input);
    source->slot = slot;
    source->slot_run = run->run;
    return true;
}

void source_check(struct sim *sim)
{
    const struct store_runs_filter filter = { .status = -1, .after = 1, .limit = 100000 };
    const struct store_facts_filter cursors = { .kind = FACT_CURSOR };
    struct err e;

    if (source_has(sim, ORIGIN_POLL))
        source_check_poll(sim);
    if (source_has(sim, ORIGIN_WALK))
        walk_check(sim);
    if (source_has(sim, ORIGIN_FILE))
        source_check_files(sim);
    if (!source_has(sim, ORIGIN_TICK))
        return;
    check(store_runs(fake_store_store(sim->store), &filter, source_tick, sim, &e) == ERR_OK);
    if (sim->source.armed == 0)
        check(store_facts(fake_store_store(sim->store), &cursors, source_armed, sim, &e) == ERR_OK);
}

/* ---- At rest */

bool source_pending(struct sim *sim)
{
    size_t i;

    for (i = 0; i < sim->event_count; i++) {
        struct sim_event *event = &sim->events[i];
        enum sim_origin origin = event->flow->kind->origin;

        if (!source_brings(origin))
            continue;
        if (!event->acked || (!event->broken && sender_run(sim, event) == 0) ||
            (origin == ORIGIN_FILE && source_files(sim, event, SOURCE_BOX) > 0))
            return true;
    }
    return source_has(sim, ORIGIN_TICK) && sim->clock.wall < sim->source.until;
}

void source_healed(struct sim *sim)
{
    sim->source.healed = sim->clock.wall;
    sim->source.healed_run = sim->source.slot_run;
    sim->source.until = sim->clock.wall + SOURCE_SPAN_MS;
}

static void source_judge_file(struct sim *sim, const struct sim_event *event)
{
    size_t done = source_files(sim, event, SOURCE_BOX "/done");
    size_t failed = source_files(sim, event, SOURCE_BOX "/failed");

    if (done != !event->broken || failed != event->broken)
        sim_wrong(sim, "the file of %s is %zu times in done, %zu times in failed", event->id, done,
                  failed);
}

/* The slots that were fired are events, of which the oracle knows what must come. */
struct source_slots {
    struct sim *sim;
    const struct sim_flow *flow;
    bool before, newest; /* one at the end of the storm is fired; the last of all is */
};
static bool source_adopt(void *arg, const struct store_run *run)
{
    struct source_slots *slots = arg;
    struct sim *sim = slots->sim;
    struct sim_event *event;
    int64_t slot, last = sim->source.until / SIM_SLOT_MS * SIM_SLOT_MS;
    int64_t due = sim->source.healed / SIM_SLOT_MS * SIM_SLOT_MS;

    if (strcmp(run->flow, slots->flow->kind->slug) != 0 || again_is(run))
        return true;
    slot = source_slot(run, sim->machine.back_ms);
    slots->newest |= slot >= last;
    slots->before |= slot == due || (slot > due && run->run <= sim->source.healed_run);
    sim->events = mem_must_resize(sim->events, (sim->event_count + 1) * sizeof *sim->events);
    event = &sim->events[sim->event_count++];
    *event = (struct sim_event){
        .flow = slots->flow, .run = run->run, .cents = 100, .acked = true, .next_ms = INT64_MAX
    };
    clock_text(slot, event->id);
    return true;
}

void source_judge(struct sim *sim)
{
    struct source_slots slots = { .sim = sim, .flow = sim_flow_by(sim, ORIGIN_TICK) };
    size_t i;

    for (i = 0; i < sim->event_count; i++)
        if (sim->events[i].flow->kind->origin == ORIGIN_FILE)
            source_judge_file(sim, &sim->events[i]);
    if (slots.flow == NULL)
        return;
    sim_runs(sim, source_adopt, &slots);
    /* A clock that was put back can end before the schedule's beginning. */
    if (!slots.newest && sim->source.until / SIM_SLOT_MS * SIM_SLOT_MS > sim->source.armed)
        sim_wrong(sim, "the newest slot is not fired");
    if (!slots.before && sim_misfire(slots.flow) != SIM_SKIP && sim->source.armed != 0 &&
        sim->source.healed / SIM_SLOT_MS * SIM_SLOT_MS > sim->source.armed)
        sim_wrong(sim, "the slot that was the newest at the end of the storm is left out");
}
