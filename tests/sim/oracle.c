/* oracle.c - knows what must have come of it all, from what the senders were told, what the store
 * kept and what the peers' books say.
 *
 * While it goes on, of every request with an effect [oracle_sent]:
 *  (1) its run and an intent of its own are durable before it leaves, and neither its step nor its
 *      run has ended;
 *  (2) runs of one order key work one after another, in order of arrival;
 *  (3) no more runs work at once than the flow allows.
 * When everything has come to rest [oracle_judge]:
 *  (4) every event that was acknowledged has one run, every other at most one;
 *  (5) what the journal says was done stands in the books, once and exact; what stands there
 *      was asked for by a run;
 *  (6) a run that succeeded did all that its event demands, one that failed had a reason;
 *      and what stands in the books of a run that came back with a backup, did not succeed and does
 *      not know of it, its end tells;
 *  (7) an effect that must not be repeated and of which nobody knows is in doubt, and nothing else
 *      is; it is sent again only as often as a person says so. */
#include "sim/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "sim/oracle_priv.h"

/* ---- Of every request */

struct oracle_lane {
    struct sim *sim;
    const struct peer_call *call;
    const struct sim_flow *flow;
    const char *order_key;
    unsigned working;
    bool found, ended;
};

static bool oracle_find(void *arg, const struct store_run *run)
{
    struct oracle_lane *lane = arg;
    size_t i;

    if (run->run != lane->call->life)
        return true;
    lane->found = true;
    lane->ended =
        run->status != RUN_ACTIVE && run->status != RUN_WAITING && run->status != RUN_IN_DOUBT;
    lane->order_key = run->order_key;
    for (i = 0; i < lane->sim->flow_count; i++)
        if (strcmp(lane->sim->flows[i].kind->slug, run->flow) == 0)
            lane->flow = &lane->sim->flows[i];
    return false;
}

/* Whether the peer had asked to be left alone for longer, by both clocks. */
static bool oracle_early(const struct peer_call *before, const struct peer_call *call)
{
    return before->fate == PEER_BUSY && before->answered && before->epoch == call->epoch &&
           before->life == call->life &&
           call->sent_ms + before->climb_ms < before->reply_ms + before->retry_after_ms;
}

static bool oracle_called(const struct sim *sim, uint64_t run)
{
    size_t i;

    for (i = peers_calls(sim->peers); i-- > 0;) {
        const struct peer_call *call = peers_call(sim->peers, i);

        if (call->epoch != peers_epoch(sim->peers))
            return false;
        if (call->life == run && call->effect != EFFECT_NONE)
            return true;
    }
    return false;
}

static bool oracle_beside(void *arg, const struct store_run *run)
{
    struct oracle_lane *lane = arg;

    if ((run->status != RUN_ACTIVE && run->status != RUN_WAITING && run->status != RUN_IN_DOUBT) ||
        strcmp(run->flow, lane->flow->kind->slug) != 0)
        return true;
    if (run->run < lane->call->life && run->order_key != NULL && lane->order_key != NULL &&
        strcmp(run->order_key, lane->order_key) == 0)
        sim_wrong(lane->sim, "%s %s is sent before an earlier run of %s has ended",
                  lane->call->account, lane->call->ref, run->order_key);
    lane->working += run->status == RUN_ACTIVE && oracle_called(lane->sim, run->run);
    return true;
}

/* Whether one before it may be done at another place. A refusal that knew the key had not done what
 * went before it. */
static bool oracle_elsewhere(const struct peer_call *before, const struct peer_call *call,
                             bool elsewhere)
{
    bool refused = before->declined && before->answered && before->key != NULL &&
                   (before->fate == PEER_FINE || before->fate == PEER_HALF);

    return !refused && (elsewhere || (before->unsure && before->place != call->place));
}

static void oracle_wanted(struct sim *sim, const struct peer_call *call)
{
    json_t *entries = fake_store_entries(sim->store, call->life);

    if (oracle_resent(entries, call->node) == 0 && !sim->pool.works)
        cancel_sent(sim, call, entries); /* a job has left when the pool has it */
    json_decref(entries);
}

void oracle_sent(struct sim *sim, const struct peer_call *call)
{
    const struct store_runs_filter filter = { .status = -1, .after = 1, .limit = 100000 };
    struct oracle_lane lane = { .sim = sim, .call = call };
    struct oracle_story story;
    unsigned sent = 0, unsure = 0, keys = 0;
    const char *key = NULL;
    bool early = false, unseen = false, elsewhere = false, same;
    json_t *entries;
    struct err e;
    size_t i;

    reverse_sent(sim, call);
    if (call->effect == EFFECT_NONE)
        return;
    check(store_runs(fake_store_store(sim->store), &filter, oracle_find, &lane, &e) == ERR_OK);
    if (!lane.found) {
        sim_wrong(sim, "%s %s is sent for a run that is not durable", call->account, call->ref);
        return;
    }
    if (lane.ended)
        sim_wrong(sim, "%s %s is sent by a run that has ended", call->account, call->ref);
    for (i = 0; i < peers_calls(sim->peers); i++) {
        const struct peer_call *before = peers_call(sim->peers, i);

        if (before->run != call->run || strcmp(before->node, call->node) != 0 ||
            before->effect == EFFECT_NONE)
            continue;
        same = strcmp(before->token, call->token) == 0;
        if (before->epoch < sim->keep.epoch) { /* of a history that was put back */
            unseen |= same && (before->done || before->do_ms != INT64_MAX);
            key = sim->keep.decisions_lost || before->bank != BANK_NONE ? NULL : before->key;
            continue;
        }
        sent++;
        keys += key != NULL && strcmp(before->key, key) != 0;
        key = before->key;
        early |= oracle_early(before, call);
        unsure += same && before != call && (before->unsure || before->reply != NULL);
        elsewhere = same && oracle_elsewhere(before, call, elsewhere);
    }
    oracle_wanted(sim, call);
    entries = again_entries(sim, call->life);
    oracle_story(entries, call->node, &story);
    json_decref(entries);
    if (story.intents < sent || story.step != STEP_INTENDED)
        sim_wrong(sim, "%s %s is sent for the %u. time with %u intents", call->account, call->ref,
                  sent, story.intents);
    if (early && story.resent == 0)
        sim_wrong(sim, "%s %s is sent too early: Retry-After", call->account, call->ref);
    if (keys > story.resent + story.undone) /* only what a person sends again is another one */
        sim_wrong(sim, "%s %s is sent with another key", call->account, call->ref);
    if (elsewhere && story.resent + story.dropped == 0 && !story.absent)
        sim_wrong(sim, "%s %s is sent to another place though the first may be done", call->account,
                  call->ref);
    if (call->effect == EFFECT_ONCE && unseen && story.missed == 0 &&
        keep_words(sim, call->run, call->node) == 0)
        sim_wrong(sim, "%s %s is sent again after a restore, and nobody was asked", call->account,
                  call->ref);
    if (call->effect == EFFECT_ONCE && unsure > story.resent + story.missed + story.dropped)
        sim_wrong(sim, "%s %s is sent again though the first may be done", call->account,
                  call->ref);
    if (lane.flow == NULL)
        return; /* of a flow that is called: it has no order and no limit */
    check(store_runs(fake_store_store(sim->store), &filter, oracle_beside, &lane, &e) == ERR_OK);
    /* A version that was replaced may have had another limit: those of the sim never change. */
    if (lane.flow->concurrency > 0 && lane.working > lane.flow->concurrency)
        sim_wrong(sim, "%u runs of %s work at once, %u may", lane.working, lane.flow->kind->slug,
                  lane.flow->concurrency);
}

/* ---- At rest */

/* How often nobody knew of a request whether it was done; *last: so it is with the last one. */
static unsigned oracle_unsure(const struct sim *sim, uint64_t run, const char *node, bool *last)
{
    unsigned unsure = 0;
    size_t i;

    *last = false;
    for (i = 0; i < peers_calls(sim->peers); i++) {
        const struct peer_call *call = peers_call(sim->peers, i);

        if (call->run != run || strcmp(call->node, node) != 0 || call->epoch < sim->keep.epoch ||
            call->effect == EFFECT_NONE)
            continue;
        unsure += call->unsure;
        *last = call->unsure;
    }
    return unsure;
}

/* How many people have approved. */
static unsigned oracle_approvals(const json_t *entries)
{
    const json_t *entry;
    unsigned count = 0;
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        const char *port = json_get_text(json_object_get(entry, "decided"), "port");

        count += port != NULL && strcmp(port, "approve") == 0;
    }
    return count;
}

struct oracle_verdict {
    struct sim *sim;
    struct again_chain chain;
    const struct sim_event *event;
    struct sim_outcome *outcome;
    unsigned runs, subs;
    bool sub_failed;
};

static void oracle_effect(struct oracle_verdict *v, const struct store_run *run,
                          const json_t *entries, const struct sim_effect *effect)
{
    const struct peer_book *book = peers_find(v->sim->peers, effect->account, effect->ref);
    const char *id = v->event->id;
    bool last;
    unsigned unsure = oracle_unsure(v->sim, run->run, effect->node, &last);
    struct oracle_story story;

    oracle_story(entries, effect->node, &story);
    if (story.after || story.dones > 1)
        sim_wrong(v->sim, "%s, %s: its journal goes on after its end", id, effect->node);
    if (story.step == STEP_DONE && book == NULL)
        sim_wrong(v->sim, "%s, %s: is done, and %s does not have it", id, effect->node,
                  effect->account);
    if (book != NULL && book->cents != effect->cents)
        sim_wrong(v->sim, "%s, %s: %" PRId64 " cents in %s, %" PRId64 " were due", id, effect->node,
                  book->cents, effect->account, effect->cents);
    if (book != NULL && (book->run != run->run || (story.intents == 0 && !v->sim->keep.restored)))
        sim_wrong(v->sim, "%s, %s: in %s without an intent", id, effect->node, effect->account);
    if (book != NULL && story.step == STEP_UNKNOWN && v->chain.status != RUN_SUCCEEDED &&
        !again_lost(v->sim, run->run) && /* it had ended before the backup was made */
        strstr(v->chain.error, ORACLE_UNSEEN) == NULL)
        sim_wrong(v->sim, "%s, %s: in %s, and the end of its run does not tell that it may be", id,
                  effect->node, effect->account);
    if (v->chain.status == RUN_SUCCEEDED && story.step != STEP_DONE && story.step != STEP_LEFT &&
        !(effect->optional && (story.step == STEP_UNKNOWN ||
                               (v->chain.length > 1 && book == NULL)))) /* a replay chose anew */
        sim_wrong(v->sim, "%s: succeeded without %s", id, effect->node);
    if (effect->optional && story.intents > 0 &&
        oracle_approvals(entries) < (effect->cents > SIM_FOUR_EYES ? 2u : 1u))
        sim_wrong(v->sim, "%s, %s: released by %u people", id, effect->node,
                  oracle_approvals(entries));
    if (effect->effect == EFFECT_ONCE && unsure > story.doubts)
        sim_wrong(v->sim, "%s, %s: %u times nobody knew whether it was done, %u times in doubt", id,
                  effect->node, unsure, story.doubts);
    if (effect->effect == EFFECT_KEYED && last && story.doubts == 0 &&
        (story.step == STEP_FAILED || story.step == STEP_LEFT))
        sim_wrong(v->sim, "%s, %s: given up though it may be done", id, effect->node);
    if (effect->effect >= EFFECT_KEYED && story.step == STEP_INTENDED)
        sim_wrong(v->sim, "%s, %s: may be done, and its run has ended", id, effect->node);
    if (story.doubts > unsure && !reverse_is(v->event->flow->kind) && !v->sim->keep.restored &&
        v->sim->deaths < 2 && v->sim->mem_faults == 0 && v->chain.length == 1 &&
        v->sim->machine.clock.boot == 1)
        sim_wrong(v->sim, "%s, %s: in doubt though what happened is known", id, effect->node);
    if (story.doubts > 0 && effect->effect == EFFECT_IDEMPOTENT)
        sim_wrong(v->sim, "%s, %s: in doubt though it may be repeated", id, effect->node);
    if (reverse_is(v->event->flow->kind) && strncmp(effect->node, "pay", 3) == 0)
        reverse_judge(v->sim, id, effect, run, entries);
}

/* A run fails when a step has used up its attempts, or was refused for good. */
static bool oracle_reason(const struct oracle_verdict *v, const json_t *entries)
{
    const json_t *entry, *error;
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        const char *kind;
        enum err_code code = ERR_INTERNAL;

        error = json_object_get(entry, "e");
        if (error == NULL || json_object_get(entry, "next") != NULL)
            continue;
        kind = json_get_text(error, "kind");
        if (kind == NULL || !err_find(kind, &code))
            return false;
        if ((v->event->declined && code == ERR_INVALID) || code == ERR_IN_DOUBT)
            return true;
        if (err_retry(code) && json_get_int(entry, "a", 1) >= v->event->flow->attempts)
            return true;
        if (v->sim->cancel_count > 0 && code == ERR_CANCELLED)
            return true; /* the run that it called was */
        if (v->sim->mem_faults > 0 && (code == ERR_MEMORY || code == ERR_RULE))
            return true;
    }
    return false;
}

static void oracle_show(struct sim *sim, const char *event, const struct store_run *run,
                        const json_t *entries)
{
    char *text = json_text_new(entries, LIMIT_OUTPUT, NULL);
    char id[IDENT_TEXT];

    ident_text(run->run, id);
    sim_note(sim, "run       %s of %s: %s", id, event, run_status_name(run->status));
    printf("            journal %s\n", text != NULL ? text : "");
    mem_free(text);
}

/* Whether another flow's run is told of the event's run, by its id. */
static bool oracle_told(const struct sim_event *event)
{
    return event->flow->kind->origin == ORIGIN_HEARD || event->flow->kind->origin == ORIGIN_FAILED;
}

/* Whether an event whose run has ended so has one of another flow. */
static bool oracle_calls(const struct sim_event *event, enum run_status status)
{
    switch (event->flow->kind->origin) {
    case ORIGIN_HEARD:
        return status == RUN_SUCCEEDED || status == RUN_FAILED;
    case ORIGIN_FAILED:
        return status == RUN_FAILED;
    default:
        return status == RUN_SUCCEEDED;
    }
}

/* The run of a called flow: the one whose input names the event. */
static bool oracle_called_run(void *arg, const struct store_run *run)
{
    struct oracle_verdict *v = arg;
    char name[48], id[IDENT_TEXT];
    json_t *entries;
    size_t i;

    ident_text(v->event->run, id);
    if (oracle_told(v->event))
        snprintf(name, sizeof name, "\"run\":\"%s\"", id);
    else
        snprintf(name, sizeof name, "\"id\":\"%s\"", v->event->id);
    if (v->event->flow->kind->called == NULL ||
        strcmp(run->flow, v->event->flow->kind->called->slug) != 0 ||
        strstr(run->input, name) == NULL)
        return true;
    if (++v->subs > 1)
        sim_wrong(v->sim, "%s calls %u runs", v->event->id, v->subs);
    v->sub_failed = run->status == RUN_FAILED;
    again_chain(v->sim, run->run, &v->chain);
    entries = fake_store_entries(v->sim->store, run->run);
    for (i = 0; i < v->outcome->count; i++)
        if (v->outcome->effects[i].sub)
            oracle_effect(v, run, entries, &v->outcome->effects[i]);
    if (v->sim->trace)
        oracle_show(v->sim, v->event->id, run, entries);
    json_decref(entries);
    return true;
}

static bool oracle_run(void *arg, const struct store_run *run)
{
    struct oracle_verdict *v = arg;
    json_t *entries;
    size_t i;

    if (!sim_is_of(run, v->event))
        return true;
    if (++v->runs > 1)
        sim_wrong(v->sim, "%s has %u runs", v->event->id, v->runs);
    again_chain(v->sim, run->run, &v->chain);
    entries = again_entries(v->sim, run->run);
    for (i = 0; i < v->outcome->count; i++)
        if (!v->outcome->effects[i].sub)
            oracle_effect(v, run, entries, &v->outcome->effects[i]);
        else if (v->subs == 0 && oracle_calls(v->event, run->status))
            sim_wrong(v->sim, "%s has ended, and nothing was called", v->event->id);
        else if (v->subs > 0 && v->event->flow->kind->origin == ORIGIN_FAILED &&
                 run->status == RUN_SUCCEEDED)
            sim_wrong(v->sim, "%s has succeeded, and its failure is told", v->event->id);
    if (v->chain.status == RUN_SUCCEEDED && v->outcome->fails)
        sim_wrong(v->sim, "%s succeeded though its effect was declined", v->event->id);
    if (v->sim->trace)
        oracle_show(v->sim, v->event->id, run, entries);
    json_decref(entries);
    entries = fake_store_entries(v->sim->store, v->chain.last);
    if (v->chain.status == RUN_FAILED && !v->outcome->open && !v->sub_failed &&
        !(v->sim->mem_faults > 0 && strstr(v->chain.error, "memory") != NULL) &&
        !oracle_reason(v, entries))
        sim_wrong(v->sim, "%s failed without a reason: %s", v->event->id, v->chain.error);
    json_decref(entries);
    return true;
}

static bool oracle_foreign(struct sim *sim, const struct peer_book *book,
                           struct sim_outcome *outcome)
{
    size_t i, n;

    for (i = 0; i < sim->event_count; i++) {
        if (!oracle_told(&sim->events[i]) && strstr(book->ref, sim->events[i].id) == NULL)
            continue;
        outcome->count = 0;
        sim->events[i].flow->kind->outcome(&sim->events[i], outcome);
        for (n = 0; n < outcome->count; n++)
            if (strcmp(outcome->effects[n].account, book->account) == 0 &&
                strcmp(outcome->effects[n].ref, book->ref) == 0)
                return false;
    }
    return !beside_demands(sim, book);
}

void oracle_judge(struct sim *sim)
{
    static struct sim_outcome outcome;
    size_t i;

    source_judge(sim);
    keep_judge(sim);
    cancel_judge(sim);
    again_judge(sim);
    beside_judge(sim);
    for (i = 0; i < sim->event_count; i++) {
        struct oracle_verdict v = { .sim = sim, .event = &sim->events[i], .outcome = &outcome };

        if (v.event->lost)
            continue;
        memset(&outcome, 0, sizeof outcome);
        v.event->flow->kind->outcome(v.event, &outcome);
        check(outcome.count <= SIM_EFFECTS);
        sim_runs(sim, oracle_called_run, &v);
        sim_runs(sim, oracle_run, &v);
        if (v.event->broken && v.runs > 0)
            sim_wrong(sim, "%s cannot be read, and has a run", v.event->id);
        if (v.runs == 0 && !v.event->broken)
            sim_wrong(sim, "%s was %s and has no run", v.event->id,
                      v.event->acked ? "acknowledged" : "sent again and again");
        if (!v.event->acked)
            sim_wrong(sim, "%s is never acknowledged", v.event->id);
    }
    for (i = 0; i < peers_books(sim->peers); i++)
        if (oracle_foreign(sim, peers_book(sim->peers, i), &outcome))
            sim_wrong(sim, "%s has %s, which no event demands", peers_book(sim->peers, i)->account,
                      peers_book(sim->peers, i)->ref);
}
