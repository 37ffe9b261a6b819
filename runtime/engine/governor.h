/* governor.h - how much of a connection may be used now. Only engine/ includes this.
 *
 *            +--------- it answers ----------+
 *            v                               |
 *          OPEN -- unavailable, 5 faults --> BROKEN: one call at a time tries, ever more seldom
 *            |                               |
 *            +---- credential refused -------+--> HALTED: nothing leaves until a person mends it
 *
 * (1) A call leaves only while it holds a place.                                [governor_enter]
 * (2) Those who wait go in the order of their runs.                 [governor_add, governors_turn]
 * (3) What waits long is a row with a fact beside it: its run comes back when the connection does.
 *     A fact is looked for after its commit, so none is overlooked.  [governor_hold, governor_held]
 * (4) BROKEN, HALTED and a pause survive a restart; HALTED until the credentials are others (unless
 *     a person has halted it) or a person says so. After a start the pace has nothing ahead of
 *     time.                                    [governor__keep, governor_mended, governors_paced]
 * (5) Waiting for a connection uses up no attempt.                              [governor_takes]
 *
 * Facts: FACT_HELD "CONNECTION\x1fRUN"; FACT_GOVERNOR "CONNECTION" -> {"state", "by_hand", "since",
 * "until", "asked", "kind", "text", "credentials"}. */
#ifndef ENGINE_GOVERNOR_H
#define ENGINE_GOVERNOR_H

#include "engine/engine_priv.h"
#include "flow/connector.h"

struct governor;
struct run_node;

/* By a connection's key, "main/production/FLOW/erp", of the workspace's own with a star for FLOW;
 * found or made. */
struct governor *governor_get(struct engine *engine, const char *key);
void governors_free(struct engine *engine);
/* credentials: differs when what signs in does. One that was halted goes on when they are others.
 * Borrowed. */
void governor_mended(struct governor *governor, const struct connector_limits *limits,
                     const char *credentials);
enum err_code governors_recover(struct engine *engine, struct err *e) MUST_USE; /* at the start */
void governors_paced(struct engine *engine); /* the deployments are there again */

/* A place for the step's call. False: it waits, STEP_QUEUES, or has failed. */
bool governor_enter(struct governor *governor, struct step *step, bool *probes);
/* The same for what is of no run (connection_ask.h), behind all runs that wait. False with *e: it
 * does not wait. */
bool governor_pass(struct governor *governor, bool *probes, struct err *e);
void governor_leave(struct governor *governor, bool probes);
void governor_forget(struct step *step); /* it waits no more */
void governor_answered(struct governor *governor);           /* the system is there */
/* governor_heard.c: the headers of an answer, when the system says there how much it takes yet */
void governor_heard(struct governor *governor, const struct connector_limits *limits,
                    const struct pair *headers, size_t count);
void governor_tell(struct run_node *n); /* the step has failed: what that says of its connection */
/* The same of what is of no run: wait_ms: the system asked for; <= 0: it did not */
void governor_failed(struct governor *governor, const struct err *e, int64_t wait_ms, bool sent);
/* True: the failed step waits for its connection, and tries again then. */
bool governor_takes(struct run_node *n);

/* Whether the run of a waiting step need not stay in memory. */
bool governor_parks(const struct step *step);
void governor_hold(const struct run *run); /* it parks: facts with its batch */
void governor_held(const struct run *run); /* it is a row now */
void governors_turn(struct engine *engine);
int64_t governors_due(const struct engine *engine); /* steady */

#endif
