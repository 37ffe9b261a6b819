/* engine.c - the engine's own life and its turn. */
#include "engine/append.h"
#include "engine/expiry.h"
#include "engine/audit.h"
#include "engine/budget.h"
#include "engine/connection_ask.h"
#include "engine/connection_test.h"
#include "engine/listen.h"
#include "engine/note.h"
#include "engine/poll.h"
#include "engine/prove.h"
#include "engine/rehearse.h"
#include "engine/run.h"
#include "engine/schedule.h"
#include "engine/suspect.h"
#include "engine/usage.h"
#include "engine/watch.h"
#include "engine/wake.h"

static void engine_committed(void *owner, uint64_t run, const struct store_result *result)
{
    struct engine *engine = owner;

    if (run == 0) {
        audit_committed(engine, result);
        appends_committed(engine, result);
        retention_committed(engine, &engine->retention, result);
    }
    run_committed(engine, run, result);
}

void engine_moment(struct engine *engine)
{
    engine->wall = engine->world.clock->wall_ms(engine->world.clock);
    engine->steady = engine->world.clock->steady_ms(engine->world.clock);
    engine->memory = mem_used();
}

struct engine *engine_new(const struct world *world, struct err *e)
{
    struct engine *engine = mem_must(sizeof *engine);
    uint64_t last = 0;

    check(world->clock != NULL && world->store != NULL && world->rules != NULL &&
          world->answer != NULL);
    engine->magic = ENGINE_MAGIC;
    engine->world = *world;
    engine->versions = dict_new();
    engine->deployments = dict_new();
    engine->hooks = dict_new();
    table_init(&engine->runs);
    table_init(&engine->waits);
    table_init(&engine->subs);
    table_init(&engine->settles);
    table_init(&engine->appends);
    engine->expiries = expiries_new();
    engine->pauses = dict_new();
    engine->notes = dict_new();
    engine->taken = dict_new();
    engine->governors = dict_new();
    engine->keeps = json_object();
    engine->most_runs = LIMIT_RUNS;
    engine->poll_piece = POLL_PIECE;
    engine->wake_slice = WAKE_SLICE;
    engine->tokens = dict_new();
    engine->wake_at = engine->nudge_at = INT64_MAX;
    engine_moment(engine);
    tally_init(&engine->tally, engine->wall);
    suspect_new(engine);
    store_on_done(world->store, engine_committed, engine);
    if (secrets_load(engine, e) != ERR_OK || store_last_run(world->store, &last, e) != ERR_OK ||
        jump_begin(engine, last, e) != ERR_OK) {
        engine_free(engine);
        return NULL;
    }
    ident_init(&engine->ident, last);
    return engine;
}

static void engine_bury(struct engine *engine)
{
    struct run *run;

    while ((run = engine->gone) != NULL) {
        engine->gone = run->next;
        run_free(run);
    }
}

void engine_free(struct engine *engine)
{
    struct run *run;
    size_t cursor = 0;

    if (engine == NULL)
        return;
    CHECK_OBJ(engine, ENGINE_MAGIC);
    engine->ending = true;
    wakings_free(engine);
    while ((run = run_next(engine)) != NULL)
        if (run->state == RUN_STATE_GONE)
            run_free(run);
    while ((run = table_next(&engine->runs, &cursor)) != NULL) {
        table_remove(&engine->runs, run->id);
        run_free(run);
    }
    engine_bury(engine);
    proves_free(engine);
    jobs_free(engine);
    connection_tests_free(engine);
    connection_asks_free(engine);
    schedules_free(engine);
    watches_free(engine);
    listens_free(engine);
    polls_free(engine);
    deployments_free(engine);
    governors_free(engine);
    secrets_free(engine);
    usages_free(engine);
    dict_free(engine->hooks);
    check(engine->versions == NULL || dict_count(engine->versions) == 0);
    dict_free(engine->versions);
    table_fini(&engine->runs);
    table_fini(&engine->waits);
    table_fini(&engine->subs);
    settles_free(engine);
    rehearsals_free(engine);
    appends_free(engine);
    expiries_free(engine);
    dict_free(engine->pauses);
    json_decref(engine->keeps);
    mem_free(engine->card_data);
    json_decref(engine->settings);
    budgets_free(engine);
    notes_free(engine);
    dict_free(engine->taken);
    mem_free(engine->dues);
    tally_fini(&engine->tally);
    engine->magic = 0;
    mem_free(engine);
}

void engine_fact(struct engine *engine, const struct store_fact *fact)
{
    struct store_batch *batch = store_batch_new(0);

    batch->epoch = store_epoch(engine->world.store);
    store_batch_fact(batch, fact);
    engine->commits++;
    store_append(engine->world.store, &batch);
}

static void engine_dues(struct engine *engine)
{
    struct due due;
    struct run *run;
    struct step *step;

    while (due_take(engine, engine->steady, &due)) {
        if (due.of_run) {
            run = table_find(&engine->runs, due.tag);
            if (run != NULL)
                run_due(run);
            continue;
        }
        step = table_find(&engine->waits, due.tag);
        if (step != NULL && !step->arrived && step->run->state != RUN_STATE_GONE)
            step_arrived(step);
    }
}

/* After the runs were moved: one whose commit is known by now may be promised. */
static void engine_callers(struct engine *engine)
{
    struct run *run;

    while ((run = engine->callers) != NULL && run->caller_due <= engine->steady)
        reply_late(run);
}

static bool engine_time_is_left(const struct engine *engine)
{
    struct clock *clock = engine->world.clock;

    return clock->steady_ms(clock) - engine->steady < LIMIT_TURN_MS;
}

bool engine_turn(struct engine *engine)
{
    unsigned moved = 0;
    struct run *run;
    bool more;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    engine_moment(engine);
    jump_look(engine);
    wake_turn(engine);
    if (!engine->draining)
        park_turn(engine);
    engine_dues(engine);
    if (!engine->draining) {
        schedules_turn(engine);
        watches_turn(engine);
        polls_turn(engine);
        retention_turn(engine, &engine->retention);
        expiries_turn(engine);
    }
    listens_turn(engine);
    governors_turn(engine);
    connection_tests_turn(engine);
    more = rules_turn(engine->world.rules);
    while (moved++ < LIMIT_TURN_RUNS && engine_time_is_left(engine) &&
           (run = run_next(engine)) != NULL) {
        if (run->state == RUN_STATE_GONE) {
            run->next = engine->gone;
            engine->gone = run;
            continue;
        }
        run_move(run);
    }
    suspect_take(engine, 0);
    engine_callers(engine);
    engine_bury(engine);
    return more || engine->wakings != NULL || engine->ready != NULL ||
           engine_due(engine) <= engine->steady;
}

int64_t engine_due(const struct engine *engine)
{
    const int64_t dues[] = { engine->due_count > 0 ? engine->dues[0].at : INT64_MAX,
                             engine->callers != NULL ? engine->callers->caller_due : INT64_MAX,
                             engine->draining ? INT64_MAX : park_due(engine),
                             engine->draining ? INT64_MAX : schedules_due(engine),
                             engine->draining ? INT64_MAX : watches_due(engine),
                             engine->draining ? INT64_MAX : polls_due(engine),
                             engine->draining ? INT64_MAX : retention_due(&engine->retention),
                             engine->draining ? INT64_MAX : expiries_due(engine),
                             listens_due(engine),
                             governors_due(engine) };
    int64_t due = INT64_MAX;

    for (size_t i = 0; i < sizeof dues / sizeof *dues; i++)
        if (dues[i] < due)
            due = dues[i];
    return due;
}

size_t engine_runs(const struct engine *engine)
{
    return engine->runs.count;
}

/* Whether a process may end now: nothing is half-way to the store or to the outside. */
bool engine_idle(const struct engine *engine)
{
    struct step *step;
    size_t cursor = 0;

    if (engine->commits > 0 || engine->ready != NULL || engine->wakings != NULL)
        return false;
    while ((step = table_next(&engine->waits, &cursor)) != NULL)
        if (step->wait == STEP_CALLS || (step->wait == STEP_WORKS && step->effect != EFFECT_NONE))
            return false;
    return true;
}

void engine_drain(struct engine *engine)
{
    engine->draining = true;
}
