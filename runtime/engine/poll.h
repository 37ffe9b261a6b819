/* poll.h - triggers that ask a system at intervals. Only engine/ includes this.
 *
 * A *poll* does the body of its trigger node in a run that is never stored: it only reads. What it
 * found begins a run for each item, POLL_PIECE at a time, and the cursor moves in the same
 * transaction as the last of their accepts, or not at all: a poll that fails, and one that a crash
 * cut short, is made again from the same cursor. Items that `id` tells to be the same as an earlier
 * one begin nothing, nor do those that were taken before the crash.
 *
 * FACT_CURSOR "poll/WORKSPACE/ENVIRONMENT/FLOW/NODE" -> the cursor; FACT_ANSWER and FACT_KNOWN
 * with the same key: see poll_cursor.c. */
#ifndef ENGINE_POLL_H
#define ENGINE_POLL_H

#include "engine/engine_priv.h"

#define POLL_PIECE 1000u /* items that are accepted in one transaction */

struct run;
struct step;
struct store_batch;

/* After a deploy, or at recovery, in place of what the deployment had. */
void polls_put(struct engine *engine, struct deployment *deployment);
void polls_remove(struct engine *engine, const struct deployment *deployment);
void polls_turn(struct engine *engine);          /* begins the polls that are due */
int64_t polls_due(const struct engine *engine);  /* steady time; INT64_MAX: none */
void polls_free(struct engine *engine);          /* NULL is fine */

/* Those of the deployment that fail now: [{"trigger", "since", "times", "kind", "text"}]; NULL:
 * none does. New reference. */
json_t *polls_failing(const struct engine *engine, const struct deployment *deployment);
/* Since when the first of them does, wall; 0: none. */
int64_t polls_failing_ms(const struct engine *engine, const struct deployment *deployment);

/* ---- For run.c: a run that is a poll, and the runs of its items */
enum node_next poll_start(struct step *step);    /* its trigger's step */
void poll_ended(struct run *run);                /* everything in it has ended */
/* The first batch of an item's run: it goes to the store with those of the others. */
void poll_flush(struct run *run, struct store_batch **batch);
void poll_refused(struct run *run);              /* before it had a batch: its piece is refused */
void poll_abandon(struct run *run);              /* the engine ends */

#endif
