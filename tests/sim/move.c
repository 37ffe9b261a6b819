/* move.c - what can happen next. First the storm, in which chance decides and everything may fail;
 * then the healed world, in which everything that is due happens until nothing moves. */
#include "sim/sim.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/fault.h"
#include "engine/listen.h"

#define MOVE_STORM    900
#define MOVE_SWEEP    2000
#define MOVE_HEAL     150000
#define MOVE_REQUESTS 1500 /* nobody sends so often who is ever answered */
#define MOVE_ENOUGH   20   /* wrong things: no need to look for more */
#define MOVE_REFUSED  200  /* decisions by somebody who may not */
#define MOVE_STUCK_MS (INT64_C(60) * 86400000)
#define MOVE_ABOUT_MS 7200000 /* around the moment at which a key is forgotten */

static const struct peer_weather fair = { .latency_ms = 50 };

/* ---- The store */

static void move_quiet(void *owner, uint64_t run, const struct store_result *result)
{
    (void)owner;
    (void)run;
    (void)result;
}

/* How much of what is queued is one group: in a sweep a unit, else all, or a part. */
static size_t move_units(struct sim *sim)
{
    if (sim->plan.flow != NULL && !sim->healed)
        return 1;
    return dice_chance(&sim->dice, 300) ? 1 + dice_below(&sim->dice, 3) : SIZE_MAX;
}

/* Commits, and the program dies before it hears of it. */
static void move_commit_unheard(struct sim *sim)
{
    store_on_done(fake_store_store(sim->store), move_quiet, NULL);
    fake_store_commit_some(sim->store, move_units(sim));
    sim_restart(sim);
}

/* What the plan of a sweep says about this group; false: nothing. */
static bool move_commit_planned(struct sim *sim)
{
    const char *point = sim->plan.point;

    if (point == NULL || sim->healed)
        return false;
    if (strcmp(point, "crash.twice") == 0 && sim->appends == sim->plan.nth + 1) {
        sim_restart(sim); /* while it recovers from the first one */
        return true;
    }
    if (sim->appends != sim->plan.nth)
        return false;
    if (strcmp(point, "store.refuse") == 0) {
        fake_store_refuse(sim->store, ERR_STORE, 1);
        return false;
    }
    if (strcmp(point, "store.fatal") == 0) {
        fake_store_refuse(sim->store, ERR_FATAL, 1);
        return false;
    }
    if (strcmp(point, "store.fatal_kept") == 0) {
        sim->tell_fatal = true;
        return false;
    }
    if (strcmp(point, "crash.before") == 0) {
        sim_restart(sim);
        return true;
    }
    if (strcmp(point, "crash.after") == 0 || strcmp(point, "crash.twice") == 0) {
        move_commit_unheard(sim);
        return true;
    }
    if (strcmp(point, "crash.told") == 0) {
        fake_store_commit_some(sim->store, move_units(sim));
        sim_restart(sim);
        return true;
    }
    return false;
}

static void move_check(struct sim *sim)
{
    keep_check(sim);
    source_check(sim);
}

bool sim_commit(struct sim *sim)
{
    size_t queued = fake_store_queued(sim->store);

    if (queued == 0)
        return false;
    sim->appends++;
    sim_note(sim, "commit    group %zu of %zu", sim->appends, queued);
    if (move_commit_planned(sim)) {
        move_check(sim);
        return true;
    }
    fake_store_commit_some(sim->store, move_units(sim));
    if (sim->plan.flow != NULL)
        fake_store_refuse(sim->store, ERR_OK, 0);
    sim->tell_fatal = false;
    sim_end_fatal(sim);
    move_check(sim);
    return true;
}

/* ---- Time */

static int64_t move_due(const struct sim *sim)
{
    int64_t due = machine_moment(sim, engine_due(sim->engine)), at = peers_due(sim->peers);

    due = at < due ? at : due;
    at = sender_due(sim);
    return at < due ? at : due;
}

static bool move_time(struct sim *sim)
{
    int64_t due = move_due(sim), now = sim->clock.steady;

    if (due == INT64_MAX)
        return false;
    if (due > now)
        clock_manual_add(&sim->clock, due - now);
    return true;
}

static void move_time_freely(struct sim *sim)
{
    int64_t due = move_due(sim), now = sim->clock.steady, on;

    on = due == INT64_MAX || due <= now ? 0 : due - now;
    switch (dice_below(&sim->dice, 4)) {
    case 0:
        on = dice_between(&sim->dice, 0, on);
        break;
    case 1:
        on += dice_between(&sim->dice, 0, 3000);
        break;
    default:
        break;
    }
    clock_manual_add(&sim->clock, on);
}

/* ---- What goes wrong */

static void move_weather(struct sim *sim)
{
    struct peer_weather weather = { .latency_ms = 1 };
    size_t i;

    weather.weight[PEER_FINE] = dice_below(&sim->dice, 3) == 0 ? 5 : 100;
    if (dice_chance(&sim->dice, 800))
        for (i = 0; i < PEER_FATE_COUNT; i++)
            if (dice_chance(&sim->dice, 350))
                weather.weight[i] += dice_below(&sim->dice, 40);
    if (dice_chance(&sim->dice, 150)) { /* an outage: nothing but one kind of failure */
        memset(weather.weight, 0, sizeof weather.weight);
        weather.weight[1 + dice_below(&sim->dice, PEER_FATE_COUNT - 1)] = 1;
    }
    for (i = dice_below(&sim->dice, 6); i > 0; i--)
        weather.latency_ms *= 8;
    sim_note(sim, "weather   fine %u of all, latency to %" PRId64 " ms", weather.weight[PEER_FINE],
             weather.latency_ms);
    peers_weather(sim->peers, &weather);
}

static void move_crash(struct sim *sim)
{
    if (dice_chance(&sim->dice, 300))
        sim->burst = 1 + dice_below(&sim->dice, 30);
    if (dice_chance(&sim->dice, 100)) /* switched off for a while */
        clock_manual_add(&sim->clock, dice_between(&sim->dice, 0, 7200000));
    if (dice_chance(&sim->dice, 400) && fake_store_queued(sim->store) > 0) {
        sim->appends++;
        sim_note(sim, "commit    group %zu, unheard", sim->appends);
        move_commit_unheard(sim);
        move_check(sim);
    } else {
        sim_restart(sim);
    }
}

/* SIGTERM: no more events, what is under way is settled, then it ends. */
static void move_stop(struct sim *sim)
{
    unsigned rounds;

    sim_note(sim, "stop");
    engine_drain(sim->engine);
    for (rounds = 0; rounds < 1000 && !engine_idle(sim->engine); rounds++) {
        unsigned deaths = sim->deaths;

        sim_turns(sim, 10000);
        if (sim->deaths != deaths)
            return;
        if (!sim_commit(sim) && !peers_move(sim->peers) && !job_move(sim) && !source_move(sim))
            move_time(sim);
        if (sim->deaths != deaths)
            return;
    }
    sim_restart(sim);
}

static void move_memory(struct sim *sim)
{
    unsigned nth = 1 + dice_below(&sim->dice, 600);
    bool from_then_on = dice_chance(&sim->dice, 200);

    sim_note(sim, "memory    allocation %u fails%s", nth, from_then_on ? " and all after it" : "");
    fault_arm("mem.try", nth, from_then_on);
    atomic_store(&fault_armed, false); /* inside the program only */
    sim->armed = true;
    sim->mem_faults++;
}

static void move_trouble(struct sim *sim, unsigned kind)
{
    static const enum err_code codes[] = { ERR_STORE, ERR_STORE, ERR_STORE, ERR_FATAL };

    if (kind < 26) {
        move_crash(sim);
    } else if (kind < 30) {
        machine_reboot(sim);
    } else if (kind < 33) {
        move_stop(sim);
    } else if (kind < 53) {
        move_weather(sim);
    } else if (kind < 63) {
        fake_store_refuse(sim->store, codes[dice_below(&sim->dice, 4)],
                          1 + dice_below(&sim->dice, 3));
        sim_note(sim, "the store will refuse");
    } else if (kind < 65) {
        sim->tell_fatal = fake_store_queued(sim->store) > 0;
        sim_commit(sim);
    } else if (kind < 75) {
        sim->stall = dice_below(&sim->dice, 60);
    } else if (kind < 78) {
        sim_deploy(sim, &sim->flows[dice_below(&sim->dice, (unsigned)sim->flow_count)]);
    } else if (kind < 80) {
        keep_check(sim);
        if (sim->keep.backup != NULL)
            return; /* a restored store and a clock put back give ids a second time */
        sim->keep.clock_back = true;
        machine_clock_set(sim, dice_between(&sim->dice, -3600000, 3600000));
    } else if (kind < 82 && sim->seed % 8 == 0) {
        move_memory(sim);
    } else if (kind < 85) {
        keep_trouble(sim);
    } else if (kind < 87) {
        fake_folder_fail(sim->folder, ERR_IO, 1 + dice_below(&sim->dice, 4));
    } else if (kind < 91 && sim->seed % 2 == 0) {
        cancel_some(sim);
    } else if (kind < 91) {
        again_some(sim);
    } else if (kind < 95 && sim->pool.first != NULL && peers_due(sim->peers) == INT64_MAX) {
        /* longer than a system knows a key; no request stands still on the wire so long */
        bool about = dice_chance(&sim->dice, 500);

        clock_manual_add(&sim->clock, about ? dice_between(&sim->dice, PEER_KEY_MS - MOVE_ABOUT_MS,
                                                           PEER_KEY_MS + MOVE_ABOUT_MS)
                                            : dice_between(&sim->dice, 0, 2 * PEER_KEY_MS));
        sim_note(sim, "the threads stand still");
    }
}

/* ---- The two acts */

void sim_play(struct sim *sim)
{
    unsigned moves, trouble = dice_below(&sim->dice, 60);

    move_weather(sim);
    for (moves = 0; moves < MOVE_STORM && sim->wrongs < MOVE_ENOUGH; moves++) {
        unsigned kind = dice_below(&sim->dice, 100);

        if (dice_chance(&sim->dice, sim->burst > 0 ? 150 : trouble))
            move_trouble(sim, sim->burst > 0 ? 0 : dice_below(&sim->dice, 100));
        sim->burst -= sim->burst > 0;
        sim->stall -= sim->stall > 0;
        if (kind < 40)
            sim_turns(sim, 1);
        else if (kind < 60 && sim->stall == 0)
            sim_commit(sim);
        else if (kind < 72)
            peers_move(sim->peers);
        else if (kind < 75)
            (void)(job_move(sim) || source_move(sim));
        else if (kind < 85)
            sender_next(sim);
        else if (kind < 97)
            move_time_freely(sim);
        else
            person_work(sim);
        if (peers_due(sim->peers) == INT64_MAX && sender_due(sim) == INT64_MAX &&
            fake_store_queued(sim->store) == 0 && engine_runs(sim->engine) == 0 &&
            !source_pending(sim))
            break;
    }
}

static bool move_unfinished(void *arg, const struct store_run *run)
{
    unsigned *count = arg;

    *count +=
        run->status == RUN_ACTIVE || run->status == RUN_WAITING || run->status == RUN_IN_DOUBT;
    return true;
}

static unsigned sim_unfinished(struct sim *sim)
{
    const struct store_runs_filter filter = { .status = -1, .after = 1, .limit = 100000 };
    unsigned count = 0;
    struct err e;

    check(store_runs(fake_store_store(sim->store), &filter, move_unfinished, &count, &e) == ERR_OK);
    return count;
}

/* False: it did not come to rest. */
static bool move_settle(struct sim *sim, unsigned most)
{
    int64_t until = sim->clock.steady + MOVE_STUCK_MS;
    unsigned moves, refused = 0;
    enum person_did did;
    bool quiet;

    for (moves = 0; moves < most && sim->clock.steady < until && sim->wrongs < MOVE_ENOUGH &&
                    sim->request_count < MOVE_REQUESTS;
         moves++) {
        sim_turns(sim, 100000);
        if (sim_commit(sim) || peers_move(sim->peers) || job_move(sim) || source_move(sim) ||
            sender_next(sim))
            continue;
        quiet = peers_due(sim->peers) == INT64_MAX && sender_due(sim) == INT64_MAX;
        quiet = quiet && listens_due(sim->engine) == INT64_MAX; /* nobody is still to hear */
        if (quiet && sim_unfinished(sim) == 0 && engine_runs(sim->engine) == 0 &&
            !source_pending(sim) && !keep_pending(sim))
            return true; /* the engine's own housekeeping has always a next time */
        did = quiet ? person_work(sim) : PERSON_IDLE;
        if (did == PERSON_DECIDED || move_time(sim))
            continue;
        if (did == PERSON_IDLE || ++refused > MOVE_REFUSED)
            return true;
    }
    return false;
}

/* But for ticks, which go on while time does. */
static size_t move_effects(const struct sim *sim)
{
    size_t i, effects = 0;

    for (i = 0; i < peers_calls(sim->peers); i++)
        effects += peers_call(sim->peers, i)->effect != EFFECT_NONE &&
                   strcmp(peers_call(sim->peers, i)->account, "ticks") != 0;
    return effects;
}

/* Whose runs may have been removed are sent once more. */
static bool move_again(struct sim *sim)
{
    size_t i, again = 0;

    for (i = 0; i < sim->event_count; i++) {
        struct sim_event *event = &sim->events[i];

        if (!event->flow->retention || event->lost || source_brings(event->flow->kind->origin) ||
            event->flow->kind->origin == ORIGIN_TICK)
            continue;
        event->next_ms = sim->clock.steady;
        again++;
    }
    return again == 0 || move_settle(sim, MOVE_HEAL);
}

/* What had failed, and some of what had not, is done again. */
static bool move_replays(struct sim *sim)
{
    for (unsigned i = 0; sim->seed % 2 == 1 && i < 4; i++) {
        again_some(sim);
        keep_replayed(sim);
        if (!move_settle(sim, MOVE_HEAL))
            return false;
    }
    return true;
}

void sim_heal(struct sim *sim)
{
    size_t i, calls;

    if (sim->plan.flow != NULL) {
        peers_weather(sim->peers, &fair);
        (void)move_settle(sim, MOVE_SWEEP); /* without memory it may never rest */
    }
    sim->healed = true;
    sim->appends_stormy = sim->appends;
    sim->struck = peers_effects(sim->peers) >= sim->plan.nth;
    sim->armed = false;
    fault_disarm();
    fake_store_refuse(sim->store, ERR_OK, 0);
    peers_weather(sim->peers, &fair);
    peers_strike(sim->peers, 0, PEER_FINE);
    fake_folder_fail(sim->folder, ERR_OK, 0);
    source_healed(sim);
    keep_healed(sim);
    sim_note(sim, "healed");
    if (!move_settle(sim, MOVE_HEAL) || !move_replays(sim) || !move_again(sim))
        sim_wrong(sim, "it does not come to rest: %u runs are not finished", sim_unfinished(sim));
    if (sim_unfinished(sim) > 0 || engine_runs(sim->engine) > 0)
        sim_wrong(sim, "%u runs are stuck, %zu of them in memory", sim_unfinished(sim),
                  engine_runs(sim->engine));
    for (i = 0; i < sim->request_count; i++)
        if (!sim->requests[i].answered && sim->requests[i].epoch == peers_epoch(sim->peers))
            sim_wrong(sim, "request %zu is never answered", i + 1);
    calls = move_effects(sim);
    sim_restart(sim); /* what has ended stays so */
    if (!move_settle(sim, MOVE_HEAL) || move_effects(sim) != calls)
        sim_wrong(sim, "a restart repeats what had ended");
}
