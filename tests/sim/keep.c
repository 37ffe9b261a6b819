/* keep.c - backups that are restored in the middle of a history, and runs that are removed when
 * they are old enough:
 *
 *  (1) what a restored run did after the backup is not done again unseen (oracle.c knows what was
 *      sent);
 *  (2) a run is removed when it has ended longer ago than its flow keeps it, a failed one that
 *      was not replayed four times as long, and then it is removed;
 *  (3) the key of a removed run still counts. */
#include "sim/sim.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"

#define KEEP_FAILED 4
#define KEEP_SLACK  INT64_C(1800000) /* rounds, and pauses within them */

/* ---- Backups */

/* Only senders can be asked to send again; what else began runs would begin them anew. */
static bool keep_may(const struct sim *sim)
{
    size_t i;

    for (i = 0; i < sim->flow_count; i++)
        if (sim->flows[i].kind->origin != ORIGIN_POSTED || sim->flows[i].kind->called != NULL)
            return false;
    return sim->plan.flow == NULL && !sim->keep.restored && !sim->keep.clock_back;
}

static void keep_lose(struct sim *sim)
{
    size_t i;

    for (i = 0; i < sim->event_count; i++) {
        struct sim_event *event = &sim->events[i];
        uint64_t run = sender_run(sim, event);

        if (run == 0 || fake_store_has(sim->keep.backup, run))
            continue;
        sim_note(sim, "lost      %s came after the backup", event->id);
        event->lost = true;
        event->next_ms = INT64_MAX;
    }
}

void keep_trouble(struct sim *sim)
{
    if (!keep_may(sim))
        return;
    if (sim->keep.moved) /* what was sent elsewhere behind a backup would be forgotten */
        return;
    if (sim->keep.backup == NULL) {
        sim->keep.backup = fake_store_backup(sim->store);
        sim_note(sim, "backup    of %zu runs", fake_store_runs(sim->store));
    } else if (dice_chance(&sim->dice, 600)) {
        sim_note(sim, "restore");
        keep_lose(sim);
        sim->keep.due = true;
        clock_manual_add(&sim->clock, dice_between(&sim->dice, 60000, 7200000));
        sim_restart(sim);
    }
}

void keep_put_back(struct sim *sim)
{
    if (!sim->keep.due)
        return;
    sim->keep.due = false;
    sim->keep.restored = true;
    sim->keep.epoch = peers_epoch(sim->peers) + 1;
    sim->keep.gone = 0;
    again_lose(sim);
    fake_store_restore(sim->store, sim->keep.backup);
}

void keep_word(struct sim *sim, uint64_t run, const char *node)
{
    struct sim_keep *keep = &sim->keep;
    struct sim_word *word;

    keep->words = mem_must_resize(keep->words, (keep->word_count + 1) * sizeof *keep->words);
    word = &keep->words[keep->word_count++];
    *word = (struct sim_word){ .run = run, .epoch = peers_epoch(sim->peers) };
    snprintf(word->node, sizeof word->node, "%s", node);
}

void keep_no_word(struct sim *sim, uint64_t run, const char *node)
{
    struct sim_keep *keep = &sim->keep;
    size_t i;

    for (i = keep->word_count; i-- > 0;)
        if (keep->words[i].run == run && strcmp(keep->words[i].node, node) == 0) {
            keep->words[i] = keep->words[--keep->word_count];
            return;
        }
}

unsigned keep_words(const struct sim *sim, uint64_t run, const char *node)
{
    unsigned count = 0;
    size_t i;

    for (i = 0; i < sim->keep.word_count; i++)
        count += sim->keep.words[i].run == run && sim->keep.words[i].epoch >= sim->keep.epoch &&
                 strcmp(sim->keep.words[i].node, node) == 0;
    return count;
}

/* ---- What is removed */

struct keep_look {
    struct sim *sim;
    size_t at;
    uint64_t newest;
};

static int64_t keep_limit(const struct sim *sim, const struct store_run *run)
{
    size_t i;

    for (i = 0; i < sim->flow_count; i++)
        if (strcmp(sim->flows[i].kind->slug, run->flow) == 0 && sim->flows[i].retention)
            return run->status == RUN_FAILED && !again_was(sim, run->run)
                       ? KEEP_FAILED * SIM_RETENTION_MS
                       : SIM_RETENTION_MS;
    return INT64_MAX;
}

static bool keep_gone(void *arg, const struct store_run *run)
{
    struct keep_look *look = arg;
    struct sim *sim = look->sim;
    char id[IDENT_TEXT];

    if (look->at++ < sim->keep.gone)
        return true;
    ident_text(run->run, id);
    sim_note(sim, "removed   %s", id);
    if (run->ended_ms == 0)
        sim_wrong(sim, "run %s is removed, and it has not ended", id);
    else if (keep_limit(sim, run) == INT64_MAX ||
             run->ended_ms + keep_limit(sim, run) > sim->keep.wall_most)
        sim_wrong(sim, "run %s is removed too early", id);
    return true;
}

void keep_check(struct sim *sim)
{
    struct keep_look look = { .sim = sim };

    if (sim->clock.wall > sim->keep.wall_most)
        sim->keep.wall_most = sim->clock.wall;
    if (fake_store_gone(sim->store) == sim->keep.gone)
        return;
    fake_store_visit_gone(sim->store, keep_gone, &look);
    sim->keep.gone = fake_store_gone(sim->store);
}

void keep_healed(struct sim *sim)
{
    size_t i;

    for (i = 0; i < sim->flow_count; i++)
        if (sim->flows[i].retention)
            sim->keep.until = sim->clock.steady + (KEEP_FAILED + 1) * SIM_RETENTION_MS + KEEP_SLACK;
}

/* What is replayed is old enough sooner: it is removed by the next round. */
void keep_replayed(struct sim *sim)
{
    if (sim->keep.until != 0 && sim->keep.until < sim->clock.steady + KEEP_SLACK)
        sim->keep.until = sim->clock.steady + KEEP_SLACK;
}

bool keep_pending(const struct sim *sim)
{
    return sim->clock.steady < sim->keep.until;
}

static bool keep_left(void *arg, const struct store_run *run)
{
    struct keep_look *look = arg;
    int64_t limit = keep_limit(look->sim, run);
    char id[IDENT_TEXT];

    if (look->at++ == 0 || run->ended_ms == 0 || limit == INT64_MAX) /* the newest one stays */
        return true;
    ident_text(run->run, id);
    if (run->ended_ms + limit + KEEP_SLACK < look->sim->clock.wall)
        sim_wrong(look->sim, "run %s is old enough, and is not removed", id);
    return true;
}

void keep_judge(struct sim *sim)
{
    const struct store_runs_filter filter = { .status = -1, .limit = 100000 };
    struct keep_look look = { .sim = sim };
    struct err e;

    check(store_runs(fake_store_store(sim->store), &filter, keep_left, &look, &e) == ERR_OK);
}
