/* reverse.c - payments that are taken back because nobody knows whether they happened. Beside what
 * holds of every effect (oracle.c), of which no two are there at once (peer_bank.c):
 *
 *  (1) it is taken back only where the flow's author allowed it, for a run that waits for it and
 *      is not cancelled, when an intent of that is durable, and not before the bank had its time;
 *  (2) only what the run sent itself is taken back, and only where it went;
 *  (3) nothing is paid while a payment of another reference is there or may come;
 *  (4) what the run says was done is there, and is the one that it names; what is there, the run
 *      says was done, or behind a backup that it may be.                         [reverse_judge] */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "sim/oracle_priv.h"
#include "sim/sim.h"

#define REVERSE_SETTLE_MS INT64_C(900000)

/* ---- Of every request */

struct reverse_run {
    struct sim *sim;
    uint64_t run;
    const struct sim_flow *flow; /* NULL: it is not there, or has ended */
};

static bool reverse_find(void *arg, const struct store_run *run)
{
    struct reverse_run *look = arg;

    if (run->run != look->run)
        return true;
    for (size_t i = 0; i < look->sim->flow_count && run->ended_ms == 0; i++)
        if (strcmp(look->sim->flows[i].kind->slug, run->flow) == 0 ||
            (look->sim->flows[i].kind->called != NULL &&
             strcmp(look->sim->flows[i].kind->called->slug, run->flow) == 0))
            look->flow = &look->sim->flows[i];
    return false;
}

/* Whether the run was about to send it: the token is made of the key. */
static bool reverse_intended(const json_t *entries, const char *token)
{
    const json_t *entry;
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        const char *key = json_get_text(json_object_get(entry, "i"), "key"), *at = token;

        for (; key != NULL && *key != '\0' && *at != '\0'; key++)
            if (*key != '-' && *key != *at++)
                break;
        if (key != NULL && *at == '\0')
            return true;
    }
    return false;
}

/* The run before this one ended by a refusal, or when a person had said that it is sent again: what
 * it sent did not happen, and that is known. */
static bool reverse_refused(struct sim *sim, const struct peer_call *before,
                            const struct peer_call *call)
{
    json_t *entries;
    const json_t *entry;
    bool refused = false;
    size_t i;

    if (before->life == call->life)
        return false;
    entries = fake_store_entries(sim->store, before->life);
    json_array_foreach(entries, i, entry)
    {
        const char *kind = json_get_text(json_object_get(entry, "e"), "kind"),
                   *port = json_get_text(json_object_get(entry, "decided"), "port");

        if (oracle_of(entry, call->node))
            refused = (kind != NULL && strcmp(kind, "invalid") == 0) ||
                      (port != NULL && strcmp(port, "send") == 0);
    }
    json_decref(entries);
    return refused;
}

/* (2); and how often it was taken back in this life. */
static unsigned reverse_before(struct sim *sim, const struct peer_call *call,
                               const struct oracle_story *story)
{
    unsigned times = 0;

    for (size_t i = 0; i < peers_calls(sim->peers); i++) {
        const struct peer_call *before = peers_call(sim->peers, i);

        if (before->run != call->run || strcmp(before->token, call->token) != 0)
            continue;
        times += before->bank == BANK_VOIDS && before->life == call->life &&
                 before->epoch >= sim->keep.epoch;
        if (before->bank != BANK_PAYS)
            continue;
        if (before->reply != NULL)
            sim_wrong(sim, "%s %s is taken back while it is on its way", call->account, call->ref);
        if (before->unsure && before->place != call->place && story->resent == 0 &&
            !reverse_refused(sim, before, call))
            sim_wrong(sim, "%s %s is taken back at another place", call->account, call->ref);
        if (call->sent_ms - before->sent_ms < REVERSE_SETTLE_MS)
            sim_wrong(sim, "%s %s is taken back too early", call->account, call->ref);
    }
    return times;
}

/* (1) */
static void reverse_void(struct sim *sim, const struct peer_call *call)
{
    const struct store_runs_filter filter = { .status = -1, .after = 1, .limit = 100000 };
    struct reverse_run look = { .sim = sim, .run = call->life };
    json_t *entries = fake_store_entries(sim->store, call->life),
           *all = again_entries(sim, call->life);
    struct oracle_story story;
    struct err e;

    check(store_runs(fake_store_store(sim->store), &filter, reverse_find, &look, &e) == ERR_OK);
    oracle_story(entries, call->node, &story);
    cancel_sent(sim, call, entries);
    if (look.flow == NULL)
        sim_wrong(sim, "%s %s is taken back by a run that has ended", call->account, call->ref);
    else if (!reverse_allowed(look.flow))
        sim_wrong(sim, "%s %s is taken back, and nobody allowed it", call->account, call->ref);
    if (story.step != STEP_DOUBTED)
        sim_wrong(sim, "%s %s is taken back, and is not in doubt", call->account, call->ref);
    if (!reverse_intended(all, call->token) && !sim->keep.restored)
        sim_wrong(sim, "%s %s is taken back, and was never sent", call->account, call->ref);
    if (reverse_before(sim, call, &story) > story.undos)
        sim_wrong(sim, "%s %s is taken back without an intent", call->account, call->ref);
    json_decref(all);
    json_decref(entries);
}

/* (3) */
static void reverse_pay(struct sim *sim, const struct peer_call *call)
{
    const struct peer_book *there = peers_find(sim->peers, call->account, call->ref);

    if (there != NULL && (call->effect == EFFECT_ONCE || strcmp(there->token, call->token) != 0))
        sim_wrong(sim, "%s %s is paid, and %s is there", call->account, call->ref, there->token);
    for (size_t i = 0; i < peers_calls(sim->peers); i++) {
        const struct peer_call *before = peers_call(sim->peers, i);

        if (before->bank == BANK_PAYS && before->run == call->run &&
            strcmp(before->ref, call->ref) == 0 && !before->done && before->do_ms != INT64_MAX &&
            strcmp(before->token, call->token) != 0)
            sim_wrong(sim, "%s %s is paid, and %s may still come", call->account, call->ref,
                      before->token);
    }
}

void reverse_sent(struct sim *sim, const struct peer_call *call)
{
    if (call->bank == BANK_VOIDS)
        reverse_void(sim, call);
    else if (call->bank == BANK_PAYS)
        reverse_pay(sim, call);
}

/* ---- At rest */

/* What the step's output calls it; NULL: it has none. */
static const char *reverse_named(const json_t *entries, const char *node)
{
    const json_t *entry;
    const char *named = NULL;
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        if (oracle_of(entry, node) && json_object_get(entry, "it") == NULL &&
            json_object_get(entry, "o") != NULL)
            named = json_get_text(json_object_get(entry, "o"), "payment");
    }
    return named;
}

/* What has the digits of a card number is kept masked. */
static bool reverse_is_named(const char *named, const char *id)
{
    while (*named != '\0' && (*named == *id || (*named == '*' && *id >= '0' && *id <= '9'))) {
        named++;
        id++;
    }
    return *named == *id;
}

/* Behind a backup its first key was undone and the next one may be used already, by the history
 * that is lost. The run failed before it came to ask about that: its end tells that it may be
 * there. */
static bool reverse_told(struct sim *sim, const struct store_run *run,
                         const struct oracle_story *story)
{
    struct again_chain chain;

    again_chain(sim, run->run, &chain);
    return sim->keep.restored && story->step == STEP_DOUBTED && story->undone > 0 &&
           chain.status != RUN_SUCCEEDED && strstr(chain.error, ORACLE_UNSEEN) != NULL;
}

/* (4) */
void reverse_judge(struct sim *sim, const char *event, const struct sim_effect *effect,
                   const struct store_run *run, const json_t *entries)
{
    const struct peer_book *there = peers_find(sim->peers, effect->account, effect->ref);
    const char *named = reverse_named(entries, effect->node);
    struct oracle_story story;
    char id[160];

    oracle_story(entries, effect->node, &story);
    if (there == NULL) /* that it is not done then, sees the oracle */
        return;
    if (story.step == STEP_UNKNOWN || (story.step != STEP_DONE && again_lost(sim, run->run)))
        return; /* behind a backup: whether its end tells that it may be there, sees the oracle */
    peer_payment(there, id);
    if (story.step != STEP_DONE && reverse_told(sim, run, &story))
        return;
    if (story.step != STEP_DONE)
        sim_wrong(sim, "%s, %s: %s is there, and its run says that it is not", event, effect->node,
                  id);
    else if (named == NULL || !reverse_is_named(named, id))
        sim_wrong(sim, "%s, %s: is done as %s, and %s is there", event, effect->node,
                  named != NULL ? named : "nothing", id);
}
