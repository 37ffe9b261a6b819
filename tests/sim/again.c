/* again.c - operators who replay runs that have ended, from where they stood or from any step, and
 * never say that an effect may be repeated:
 *
 *  (1) what may be done already is not done again: the peers' books count the effects of a chain of
 *      replays as one run's (peer.h, `origin`), the oracle reads its journals as one;
 *  (2) a run is replayed once, and what was answered as durable is there;     [again_judge]
 *  (3) the last of the chain ends as its event demands.                       [oracle_judge] */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/operate.h"
#include "sim/sim.h"

/* ---- Chains */

bool again_is(const struct store_run *run)
{
    return run->dedupe != NULL && run->dedupe[0] == RUN_KEY_OWN &&
           strncmp(run->dedupe + 1, "replay/", 7) == 0;
}

#define AGAIN_LONGEST 64u

struct again_look {
    uint64_t run, origin, before; /* before: the one that was replayed */
    unsigned times;
};

static bool again_of(void *arg, const struct store_run *run)
{
    struct again_look *look = arg;
    const json_t *of;
    struct err e;
    json_t *input;

    if (run->run != look->run || !again_is(run))
        return true;
    input = json_read(run->input, run->input_size, &json_limits_flow, &e);
    of = json_object_get(input, "replay_of");
    check(ident_parse(json_get_text(of, "origin"), &look->origin));
    check(ident_parse(json_get_text(of, "run"), &look->before));
    json_decref(input);
    return false;
}

uint64_t again_origin(struct sim *sim, uint64_t run)
{
    struct again_look look = { .run = run, .origin = run };

    if (sim->again_count > 0)
        sim_runs(sim, again_of, &look);
    return look.origin;
}

/* One of a chain. */
struct again_member {
    uint64_t run, before;
    enum run_status status;
    char error[sizeof((struct again_chain *)0)->error];
};
struct again_members {
    struct again_look look;
    struct again_member list[AGAIN_LONGEST];
    size_t count;
};

static bool again_member(void *arg, const struct store_run *run)
{
    struct again_members *members = arg;
    uint64_t origin = members->look.origin;
    struct again_member *one;

    members->look.run = members->look.origin = run->run;
    members->look.before = 0;
    again_of(&members->look, run);
    if (members->look.origin == origin) {
        check(members->count < AGAIN_LONGEST);
        one = &members->list[members->count++];
        one->run = run->run;
        one->before = members->look.before;
        one->status = run->status;
        snprintf(one->error, sizeof one->error, "%s", run->error != NULL ? run->error : "");
    }
    members->look.origin = origin;
    return true;
}

/* Each behind the one that it replays: neither their ids nor when they are removed tells that,
 * since the wall clock is set. */
static void again_gather(struct sim *sim, uint64_t origin, struct again_members *members)
{
    members->look = (struct again_look){ .origin = origin };
    members->count = 0;
    sim_runs(sim, again_member, members);
    for (size_t i = 0; i < members->count; i++) {
        uint64_t before = i > 0 ? members->list[i - 1].run : 0;
        size_t at = i;

        while (at < members->count && members->list[at].before != before)
            at++;
        if (at < members->count && at != i) {
            struct again_member one = members->list[i];

            members->list[i] = members->list[at];
            members->list[at] = one;
        }
    }
}

void again_chain(struct sim *sim, uint64_t origin, struct again_chain *chain)
{
    struct again_members members;

    *chain = (struct again_chain){ .origin = origin };
    again_gather(sim, origin, &members);
    for (size_t i = 0; i < members.count; i++) {
        chain->last = members.list[i].run;
        chain->status = members.list[i].status;
        chain->length++;
        memcpy(chain->error, members.list[i].error, sizeof chain->error);
    }
}

json_t *again_entries(struct sim *sim, uint64_t run)
{
    struct again_members members;
    json_t *all, *entries, *entry;
    size_t i;

    if (sim->again_count == 0)
        return fake_store_entries(sim->store, run);
    all = json_array();
    again_gather(sim, again_origin(sim, run), &members);
    for (size_t n = 0; n < members.count; n++) {
        if (n > 0)
            json_array_append_new(all, json_pack("{s:i}", "again", 1));
        entries = fake_store_entries(sim->store, members.list[n].run);
        json_array_foreach(entries, i, entry)
        {
            if (json_object_get(entry, "taken") == NULL)
                json_array_append(all, entry);
        }
        json_decref(entries);
    }
    return all;
}

bool again_was(const struct sim *sim, uint64_t run)
{
    for (size_t i = 0; i < sim->again_count; i++)
        if (sim->agains[i].of == run && !sim->agains[i].lost &&
            fake_store_has(sim->store, sim->agains[i].run)) /* else it was refused */
            return true;
    return false;
}

void again_lose(struct sim *sim)
{
    for (size_t i = 0; i < sim->again_count; i++)
        sim->agains[i].lost |= fake_store_has(sim->store, sim->agains[i].run) &&
                               !fake_store_has(sim->keep.backup, sim->agains[i].run);
}

bool again_lost(const struct sim *sim, uint64_t origin)
{
    for (size_t i = 0; i < sim->again_count; i++)
        if (sim->agains[i].lost && sim->agains[i].origin == origin)
            return true;
    return false;
}

/* ---- Operators */

/* What a called flow does, or one that is told, the oracle does not count as the event's; what is
 * sent must be the same when it is sent again; and what waits for a word hears it once. */
static bool again_may(const struct sim *sim)
{
    for (size_t i = 0; i < sim->flow_count; i++)
        if (sim->flows[i].kind->called != NULL || sim->flows[i].kind->origin == ORIGIN_RACE ||
            sim->flows[i].kind == &sim_signal)
            return false;
    return sim->plan.flow == NULL;
}

struct again_pick {
    struct sim *sim;
    unsigned left, count;
    uint64_t run;
};

static bool again_ended(void *arg, const struct store_run *run)
{
    struct again_pick *pick = arg;

    if (run->ended_ms == 0 || beside_is(run)) /* that is another event */
        return true;
    if (pick->count++ <= pick->left)
        pick->run = run->run;
    return true;
}

/* The path of some step of it: "each[3]/mail"; "": where it stood. */
static void again_step(struct sim *sim, uint64_t run, char *path, size_t room)
{
    json_t *entries = fake_store_entries(sim->store, run), *entry, *owner;
    const char *index, *node;
    size_t i;

    path[0] = '\0';
    entry = json_array_get(entries, dice_below(&sim->dice, 1 + (unsigned)json_array_size(entries)));
    node = json_get_text(entry, "n");
    index = json_get_text(entry, "x");
    if (node != NULL && index == NULL)
        snprintf(path, room, "%s", node);
    json_array_foreach(entries, i, owner)
    {
        if (node != NULL && index != NULL && strchr(index, '.') == NULL &&
            json_object_get(owner, "it") != NULL && json_get_text(owner, "x") == NULL)
            snprintf(path, room, "%s[%s]/%s", json_get_text(owner, "n"), index, node);
    }
    json_decref(entries);
}

static void again_told(void *arg, const struct err *e)
{
    struct sim_again *again = arg;

    sim_note(again->sim, "replayed  %s", e->code == ERR_OK ? "durably" : e->text);
    again->kept = e->code == ERR_OK;
}

static void again_now(struct sim *sim, void *arg)
{
    struct sim_again *again = arg;
    const struct replay ask = {
        .run = again->of,
        .from = again->from[0] != '\0' ? again->from : NULL,
        .own_version = true,
        .by = "olga",
        .reason = "it works again",
    };
    struct err e = { .code = ERR_OK };

    if (engine_replay(sim->engine, &ask, &again->run, again_told, again, &e) == ERR_OK)
        return;
    sim_note(sim, "replayed  not: %s", e.text);
    if (e.code != ERR_NOT_FOUND && e.code != ERR_CONFLICT && e.code != ERR_INVALID &&
        e.code != ERR_POLICY && e.code != ERR_OVERLOAD && sim->mem_faults == 0)
        sim_wrong(sim, "a run cannot be replayed: %s", e.text);
}

void again_some(struct sim *sim)
{
    struct sim_again *again = &sim->agains[sim->again_count];
    struct again_pick pick = { .sim = sim, .left = UINT32_MAX };
    const struct store_runs_filter filter = { .status = -1, .after = 1, .limit = 100000 };
    char run[IDENT_TEXT];
    struct err e;

    if (!again_may(sim) || sim->again_count == SIM_AGAINS)
        return;
    check(store_runs(fake_store_store(sim->store), &filter, again_ended, &pick, &e) == ERR_OK);
    if (pick.count == 0)
        return;
    pick.left = dice_below(&sim->dice, pick.count);
    pick.count = 0;
    check(store_runs(fake_store_store(sim->store), &filter, again_ended, &pick, &e) == ERR_OK);
    *again =
        (struct sim_again){ .sim = sim, .of = pick.run, .origin = again_origin(sim, pick.run) };
    if (dice_chance(&sim->dice, 600))
        again_step(sim, pick.run, again->from, sizeof again->from);
    sim->again_count++;
    ident_text(pick.run, run);
    sim_note(sim, "replay    %s from %s", run, again->from[0] != '\0' ? again->from : "its end");
    if (!sim_inside(sim, again_now, again))
        sim_restart(sim);
}

static bool again_twice(void *arg, const struct store_run *run)
{
    struct again_look *look = arg;
    uint64_t of = look->before;

    look->run = run->run;
    look->before = 0;
    again_of(look, run);
    look->times += look->before == of;
    look->before = of;
    return true;
}

void again_judge(struct sim *sim)
{
    for (size_t i = 0; i < sim->again_count; i++) {
        const struct sim_again *again = &sim->agains[i];
        struct again_look look = { .before = again->of };

        if (again->lost)
            continue;
        sim_runs(sim, again_twice, &look);
        if (look.times > 1)
            sim_wrong(sim, "a run was replayed %u times", look.times);
        if (again->kept && look.times == 0)
            sim_wrong(sim, "a replay that was answered is not there");
    }
}
