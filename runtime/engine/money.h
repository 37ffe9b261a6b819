/* money.h - how much money runs move, by their flow's settings.money: for the dashboard, exact.
 * Only engine/ includes this; what is counted is in tally.h.
 *
 * It is found when the event is admitted, of its trigger alone, so that it is known of runs that
 * fail and wait, too. How much of it was posted is known at the end, where the flow tells it; of a
 * flow that tells that alone (a day's billing, a refund of what is left) nothing is before. */
#ifndef ENGINE_MONEY_H
#define ENGINE_MONEY_H

#include <jansson.h>

#include "store/store.h"

struct money;
struct run;
struct deployment;
struct engine;

/* True: it is being looked at, and run_admitted() comes then. False: the flow tells none. */
bool money_ask(struct run *run);
void money_flush(struct run *run);   /* a batch of it leaves */
void money_recover(struct run *run); /* its journal was read */
/* Whether it moves more than that decimal, whatever the sign. */
bool money_above(const struct run *run, const char *above);
/* What settings.money.posted gave at its end, NULL: nothing; *e when that is no amount. currency:
 * of a flow that tells no amount before. */
void money_posted(struct run *run, const json_t *value, const json_t *currency, struct err *e);
void money_ended(struct run *run, enum run_status status); /* it is counted */

/* ---- Of a run that comes into memory no more */
/* By its fact's key; NULL: it told none. Owned: mem_free(). */
struct money *money_kept(struct engine *engine, const char *key);
/* It has failed: it waits no more. money may be NULL. */
void money_aside(const struct money *money, const char *key, int64_t ended_ms,
                 struct store_batch *batch);
/* It is counted as failed; money may be NULL. */
void money_lost(struct deployment *d, const struct money *money);
/* What the old run (its id's text) was counted with is taken back with the next batch. */
void money_redone(struct run *replay, const char *old);

#endif
