/* schedule.h - triggers that fire by the clock. Only engine/ includes this.
 *
 * A schedule has *slots*: the minutes of its cron line in its zone, or the multiples of its
 * interval since 1970 (UTC). For each slot there is at most one run, ever: its dedupe key is
 * "schedule/NODE/SLOT" with the slot in UTC. A local time that a clock change leaves out fires at
 * the moment of the change (several such fire once), one that comes twice fires the first time.
 *
 * The *cursor* is the last slot that is settled. It stands in the store as FACT_CURSOR
 * "schedule/WORKSPACE/ENVIRONMENT/FLOW/NODE", first when the schedule is armed, then moved in the
 * transaction that accepts a slot's run: a slot is not lost between the two. It holds as long as
 * the schedule's text (line, zone, interval) is the same; another text starts from now.
 *
 * Slots behind the cursor that are not the newest, or are older than SCHEDULE_GRACE_MS, were
 * *missed* (nobody was there, the clock jumped): skip drops them, once fires the newest for all of
 * them, all fires each in order, at most SCHEDULE_ALL_MAX, then the newest. A clock that goes back
 * fires nothing again; after more than a day back the cursor follows it, and the keys of what was
 * fired stand. A slot whose run is refused stays the next one until it is accepted. */
#ifndef ENGINE_SCHEDULE_H
#define ENGINE_SCHEDULE_H

#include "engine/engine_priv.h"

#define SCHEDULE_GRACE_MS 60000
#define SCHEDULE_ALL_MAX  1000u
#define SCHEDULE_BACK_MS  86400000 /* a clock that went back farther takes the cursor with it */
#define SCHEDULE_WAKE_MS  60000    /* the longest sleep: the wall clock may have been set */

/* Whether the flow's schedules can be armed: zones and lines; if not, the faults say so. */
bool schedules_check(const struct flow *flow, const char *file, struct faults *faults);
/* After a deploy, or at recovery: arms the schedules of the deployment's version, in place of those
 * it had. */
void schedules_put(struct engine *engine, struct deployment *deployment);
/* The flow is taken out: its cursors go too, so that it starts from now if it ever comes back. */
void schedules_remove(struct engine *engine, const struct deployment *deployment);
void schedules_turn(struct engine *engine);              /* fires what is due */
int64_t schedules_due(const struct engine *engine);      /* steady time; INT64_MAX: none */
void schedules_free(struct engine *engine);              /* NULL is fine; cursors stay */

#endif
