/* cancel.c - operators who cancel runs, any that have not ended, at any moment.
 *
 *  (1) What is answered as cancelled ends so, over crashes, and its called runs with it.
 *                                                                                [cancel_judge]
 *  (2) What a run is cancelled for by the one that called it has happened to that one.
 *                                                                                [cancel_caller]
 *  (3) Once it is durable, nothing with an effect leaves but by a person's word.   [cancel_sent] */
#include "sim/sim.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"

static bool cancel_count(void *arg, const struct store_run *run)
{
    unsigned *count = arg;

    *count +=
        run->status == RUN_ACTIVE || run->status == RUN_WAITING || run->status == RUN_IN_DOUBT;
    return true;
}

struct cancel_pick {
    unsigned left;
    uint64_t run;
};

static bool cancel_pick(void *arg, const struct store_run *run)
{
    struct cancel_pick *pick = arg;

    if (run->status != RUN_ACTIVE && run->status != RUN_WAITING && run->status != RUN_IN_DOUBT)
        return true;
    pick->run = run->run;
    return pick->left-- > 0;
}

static void cancel_told(void *arg, const struct err *e)
{
    struct sim_cancel *cancel = arg;

    sim_note(cancel->sim, "cancelled %s", e->code == ERR_OK ? "durably" : e->text);
    cancel->kept = e->code == ERR_OK;
}

static void cancel_now(struct sim *sim, void *arg)
{
    struct sim_cancel *cancel = arg;
    struct err e;

    if (engine_cancel(sim->engine, cancel->run, "olga", "called off", cancel_told, cancel, &e) ==
        ERR_OK)
        return;
    sim_note(sim, "cancelled not: %s", e.text);
    if (e.code != ERR_NOT_FOUND && e.code != ERR_CONFLICT && sim->mem_faults == 0)
        sim_wrong(sim, "a run cannot be cancelled: %s", e.text);
}

void cancel_some(struct sim *sim)
{
    struct sim_cancel *cancel = &sim->cancels[sim->cancel_count];
    struct cancel_pick pick;
    char run[IDENT_TEXT];
    unsigned count = 0;

    sim_runs(sim, cancel_count, &count);
    if (count == 0 || sim->cancel_count == SIM_CANCELS)
        return;
    pick.left = dice_below(&sim->dice, count);
    sim_runs(sim, cancel_pick, &pick);
    *cancel = (struct sim_cancel){ .sim = sim, .run = pick.run };
    sim->cancel_count++;
    ident_text(cancel->run, run);
    sim_note(sim, "cancel    %s", run);
    if (!sim_inside(sim, cancel_now, cancel))
        sim_restart(sim);
}

static const json_t *cancel_written(const json_t *entries)
{
    const json_t *entry;
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        if (json_object_get(entry, "cancel") != NULL)
            return json_object_get(entry, "cancel");
    }
    return NULL;
}

/* It has failed by a step that stands beside the call. */
static bool cancel_failed(const json_t *entries)
{
    const json_t *entry;
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        if (json_object_get(entry, "e") != NULL && json_object_get(entry, "next") == NULL &&
            json_object_get(entry, "p") == NULL)
            return true;
    }
    return false;
}

/* The flow that calls has no other reason than that it failed, or was cancelled itself. */
static void cancel_caller(struct sim *sim, const json_t *mark)
{
    const char *by = json_get_text(mark, "by");
    json_t *entries;
    uint64_t caller;

    if (strncmp(by, "run ", 4) != 0 || !ident_parse(by + 4, &caller))
        return;
    entries = fake_store_entries(sim->store, caller);
    if (json_array_size(entries) > 0 && cancel_written(entries) == NULL && !cancel_failed(entries))
        sim_wrong(sim, "%s goes on, and what it called is cancelled", by);
    json_decref(entries);
}

void cancel_sent(struct sim *sim, const struct peer_call *call, const json_t *entries)
{
    if (cancel_written(entries) != NULL)
        sim_wrong(sim, "%s %s is sent by a run that was cancelled", call->account, call->ref);
}

static bool cancel_ended(void *arg, const struct store_run *run)
{
    struct sim *sim = arg;
    json_t *entries = fake_store_entries(sim->store, run->run);
    char id[IDENT_TEXT];

    if (cancel_written(entries) != NULL)
        cancel_caller(sim, cancel_written(entries));
    if (cancel_written(entries) != NULL && run->status != RUN_CANCELLED) {
        ident_text(run->run, id);
        sim_wrong(sim, "run %s was cancelled and has %s", id, run_status_name(run->status));
    }
    json_decref(entries);
    return true;
}

struct cancel_look {
    uint64_t run;
    bool found, cancelled;
};

static bool cancel_look(void *arg, const struct store_run *run)
{
    struct cancel_look *look = arg;

    if (run->run != look->run)
        return true;
    look->found = true;
    look->cancelled = run->status == RUN_CANCELLED;
    return false;
}

void cancel_judge(struct sim *sim)
{
    sim_runs(sim, cancel_ended, sim);
    for (size_t i = 0; i < sim->cancel_count; i++) {
        struct cancel_look look = { .run = sim->cancels[i].run };

        if (!sim->cancels[i].kept || sim->keep.restored)
            continue; /* nobody was promised anything, or it was put back */
        sim_runs(sim, cancel_look, &look);
        if (look.found && !look.cancelled) /* else it was removed: it is old */
            sim_wrong(sim, "a run whose cancelling was answered has another end");
    }
}
