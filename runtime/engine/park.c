/* park.c - a run that waits long is a row, not an object: it leaves memory when all it waits for is
 * far away or not ours to bring about, and comes back from its journal.
 *
 * (1) A run leaves only after a batch that says so is durable, and only when nothing has arrived
 *     meanwhile.                                                                   [run_release]
 * (2) The row says when it is due; what else may wake it is a fact of its own: a decision comes
 *     through the engine, an event is FACT_SIGNAL, a called run's end FACT_CHILD.   [park_start]
 * (3) The first batch after it woke makes the row active again.                  [record_status] */
#include "engine/run.h"
#include "engine/wake.h"

#include <string.h>

#define PARK_WAKES    32u /* runs woken in one turn: other runs have theirs in between */
#define PARK_FULL_MS  20
#define PARK_AGAIN_MS 60000 /* what could not be woken is tried again */
#define PARK_LOOK_MS  60000 /* how often the wall clock is looked at, which may jump */

struct park {
    const struct run *run;
    int64_t due_ms; /* wall; INT64_MAX: none */
    bool parks;
};

static void park_frame(struct park *park, struct frame *frame);

static void park_until(struct park *park, int64_t at_ms)
{
    if (at_ms == INT64_MAX)
        return;
    if (at_ms < park->due_ms)
        park->due_ms = at_ms;
    if (at_ms - park->run->engine->wall < PARK_MS)
        park->parks = false;
}

static void park_body(struct park *park, struct run_node *n)
{
    int64_t next = body_next_ms(n);

    if (next != 0)
        park_until(park, next);
    for (struct frame *frame = body_frames(n); frame != NULL && park->parks; frame = frame->next)
        park_frame(park, frame);
}

static void park_step(struct park *park, struct run_node *n)
{
    const struct progress *progress = n->progress;

    if (n->step->arrived) {
        park->parks = false;
        return;
    }
    switch ((enum step_wait)n->step->wait) {
    case STEP_RETRIES:
        park_until(park, progress->retry_ms);
        break;
    case STEP_PAUSES:
        park_until(park, progress->until_ms);
        break;
    case STEP_DECIDES:
        park_until(park, json_get_int(progress->task, "due_ms", INT64_MAX));
        break;
    case STEP_SUBS:
        if (progress->sub == 0 || !sub_parks(n->step))
            park->parks = false;
        else if (park->run->engine->steady - n->step->started_ms < PARK_MS)
            park->parks = false;
        break;
    case STEP_LOOPS:
        park_body(park, n);
        break;
    case STEP_QUEUES:
        park->parks = governor_parks(n->step);
        break;
    default:
        park->parks = false;
    }
}

static void park_frame(struct park *park, struct frame *frame)
{
    if (frame->end.step != NULL)
        park->parks = false;
    for (unsigned i = 0; i < frame->graph->count && park->parks; i++)
        if (frame->nodes[i].status == NODE_LIVE)
            park_step(park, &frame->nodes[i]);
}

bool run_parks(const struct run *run, int64_t *due_ms)
{
    struct park park = { .run = run, .due_ms = INT64_MAX, .parks = run->long_waits > 0 };

    if (park.parks)
        park_frame(&park, run->root);
    if (run->deadline != 0 && !run->root->failing)
        park_until(&park, run->engine->wall + run->deadline - run->engine->steady);
    *due_ms = park.due_ms;
    return park.parks && run->begun && !run->ending;
}

/* ---- Waking */

void park_again(struct engine *engine)
{
    if (engine->wall + PARK_AGAIN_MS < engine->nudge_at)
        engine->nudge_at = engine->wall + PARK_AGAIN_MS;
}

struct run *park_wake(struct engine *engine, uint64_t id, bool *over)
{
    struct run *run = table_find(&engine->runs, id);
    char text[IDENT_TEXT];
    struct err e;

    *over = false;
    if (run != NULL)
        return run->accepted ? run : NULL;
    run = recover_one(engine, id, &e);
    if (run != NULL) {
        run->waited = true;
        wake_overtaken(engine, id);
    }
    *over = run == NULL && (e.code == ERR_NOT_FOUND || e.code == ERR_OK);
    if (run != NULL || *over)
        return run;
    ident_text(id, text);
    log_error(engine->world.log, "run %s cannot go on now: %s", text, e.text);
    park_again(engine);
    return NULL;
}

struct run *run_wake(struct engine *engine, uint64_t id)
{
    bool over;

    return park_wake(engine, id, &over);
}

struct park_due {
    const struct engine *engine;
    uint64_t runs[PARK_WAKES];
    size_t count;
};

/* Rows of runs that are awake and have stored nothing since stand among them. */
static bool park_visit(void *arg, uint64_t run, int64_t due_ms)
{
    struct park_due *due = arg;

    (void)due_ms;
    check(due->count < PARK_WAKES);
    if (table_find(&due->engine->runs, run) == NULL)
        due->runs[due->count++] = run;
    return due->count < PARK_WAKES;
}

static enum err_code park_nudge(struct engine *engine, enum store_fact_kind kind, struct err *e);

/* What could not be woken for an event or an end is nudged again. */
static void park_nudge_again(struct engine *engine)
{
    struct err e;

    engine->nudge_at = INT64_MAX;
    if (park_nudge(engine, FACT_SIGNAL, &e) != ERR_OK ||
        park_nudge(engine, FACT_CHILD, &e) != ERR_OK)
        engine->nudge_at = engine->wall + PARK_AGAIN_MS;
}

void park_turn(struct engine *engine)
{
    struct park_due due = { .engine = engine };
    int64_t next = INT64_MAX, again = engine->wall + PARK_AGAIN_MS;
    struct err e;

    if (engine->wall >= engine->nudge_at)
        park_nudge_again(engine);
    if (engine->wall < engine->wake_at)
        return;
    if (engine->runs.count >= engine->most_runs / 2) { /* events need places, too */
        engine->wake_at = engine->wall + PARK_FULL_MS;
        return;
    }
    if (store_due(engine->world.store, engine->wall, 0, park_visit, &due, &next, &e) != ERR_OK) {
        log_warn(engine->world.log, "the store does not say which runs are due: %s", e.text);
        next = engine->wall + 1000;
    }
    engine->wake_at = next;
    for (size_t i = 0; i < due.count; i++)
        if (run_wake(engine, due.runs[i]) == NULL && again < engine->wake_at)
            engine->wake_at = again; /* it cannot come back now */
}

int64_t park_due(const struct engine *engine)
{
    int64_t first = engine->wake_at < engine->nudge_at ? engine->wake_at : engine->nudge_at;
    int64_t at = due_steady(engine, first);

    if (first == INT64_MAX)
        return INT64_MAX;
    return at < engine->steady + PARK_LOOK_MS ? at : engine->steady + PARK_LOOK_MS;
}

/* ---- At the start */

struct park_fact {
    char *key, *value;
};
struct park_facts {
    struct park_fact *list;
    size_t count, room;
};

static bool park_fact(void *arg, const struct store_fact *fact)
{
    struct park_facts *facts = arg;

    if (facts->count == facts->room) {
        facts->room = facts->room * 2 + 64;
        facts->list = mem_must_resize(facts->list, facts->room * sizeof *facts->list);
    }
    facts->list[facts->count++] =
        (struct park_fact){ mem_must_copy(fact->key), mem_must_copy(fact->value) };
    return true;
}

static void park_child(struct engine *engine, const struct park_fact *fact)
{
    char id[IDENT_TEXT];
    uint64_t child, parent;

    snprintf(id, sizeof id, "%.*s", IDENT_TEXT - 1, fact->value + 1); /* behind its quote */
    if (ident_parse(fact->key, &child) && ident_parse(id, &parent))
        sub_tell(engine, child, parent);
}

/* Events and ends that arrived before the crash and were not taken wake whom they are for. */
static enum err_code park_nudge(struct engine *engine, enum store_fact_kind kind, struct err *e)
{
    struct store_facts_filter filter = { .kind = kind };
    struct park_facts facts = { .list = NULL };

    e->code = store_facts(engine->world.store, &filter, park_fact, &facts, e);
    for (size_t i = 0; i < facts.count; i++) {
        if (e->code == ERR_OK && kind == FACT_SIGNAL)
            pause_signalled(engine, facts.list[i].key);
        else if (e->code == ERR_OK)
            park_child(engine, &facts.list[i]);
        mem_free(facts.list[i].key);
        mem_free(facts.list[i].value);
    }
    mem_free(facts.list);
    return e->code;
}

static bool park_lane(void *arg, const struct store_run *run)
{
    struct engine *engine = arg;
    struct deployment *d = deployment_make(engine, run->workspace, run->environment, run->flow);
    char id[IDENT_TEXT];

    if (run->order_key == NULL || lane_park(d, run->order_key, run->run))
        return true;
    ident_text(run->run, id);
    log_warn(engine->world.log,
             "run %s of flow %s waits, and so does another one of its order key, of which only one "
             "can have begun: the store was put together from several. They go on one after the "
             "other, the oldest first",
             id, run->flow);
    return true;
}

/* Before the active runs come back: those that wait keep their lanes. */
enum err_code park_lanes(struct engine *engine, struct err *e)
{
    struct store_runs_filter filter = { .status = -1, .ordered = true };
    struct store_runs_filter doubts = { .status = RUN_IN_DOUBT };

    if (store_runs(engine->world.store, &doubts, park_lane, engine, e) != ERR_OK)
        return e->code;
    return store_runs(engine->world.store, &filter, park_lane, engine, e);
}

enum err_code park_start(struct engine *engine, struct err *e)
{
    engine->wake_at = INT64_MIN;
    if (park_nudge(engine, FACT_SIGNAL, e) != ERR_OK)
        return e->code;
    return park_nudge(engine, FACT_CHILD, e);
}
