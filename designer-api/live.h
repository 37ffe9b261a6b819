/* live.h - what happens, told at once to who watches: server-sent events.
 *
 * (1) A topic that nobody listens to costs a look at a number, no text is made.     [live_listened]
 * (2) Events have numbers that grow; the last LIVE_RING of them can be told again to who comes back
 *     with Last-Event-ID. Whoever missed more is told "reset": read anew.              [live_again]
 * (3) A listener gets events of its workspace only, and of topics it has the permission for.
 *                                                                                        [live_for]
 * (4) Whose session or token has ended hears nothing more.                         [live_put]
 * (5) Of runs that come faster than LIVE_RATE in a slot (a tenth of a second, longer with very many
 *     listeners) the newest of each workspace is told at the slot's end, with the number of the
 *     `others`: the sum is right, and nothing stays untold when the storm is over. [live_turn]
 *
 * An event is "event: TOPIC", "id: NUMBER", "data: JSON". */
#ifndef DESIGNER_API_LIVE_H
#define DESIGNER_API_LIVE_H

#include "base/clock.h"
#include "designer-api/ask.h"
#include "engine/engine.h"

#define LIVE_RING 2048u
#define LIVE_RATE 5u

/*    topic       name          needs */
#define LIVE_TOPICS(X)                                                                    \
    X(RUN,        "run",        MAY_RUNS_READ)        /* it has ended, or waits        */ \
    X(STEP,       "step",       MAY_RUNS_READ)        /* of a run that is watched      */ \
    X(EXCEPTION,  "exception",  MAY_EXCEPTIONS_READ)  /* there is one more, or one less */ \
    X(CONNECTION, "connection", MAY_CONNECTIONS_READ)                                     \
    X(DEPLOYMENT, "deployment", MAY_FLOWS_READ)                                           \
    X(DRAFT,      "draft",      MAY_FLOWS_READ)                                           \
    X(ALERT,      "alert",      MAY_ALERTS_READ)                                          \
    X(JOB,        "job",        MAY_RUNS_READ)
enum live_topic {
#define X(code, name, needs) LIVE_##code,
    LIVE_TOPICS(X)
#undef X
    LIVE_TOPIC_COUNT
};

struct live;
struct live *live_new(struct clock *clock);
void live_free(struct live *live); /* after the listeners are closed; NULL is fine */
/* Whether anybody would hear of it. */
bool live_listened(const struct live *live, enum live_topic topic);
/* data: taken; an object. workspace NULL: of all. */
void live_tell(struct live *live, enum live_topic topic, const char *workspace, json_t *data);
/* For struct world. */
void live_moved(struct live *live, const struct engine_moved *moved);
/* Tells what is due; steady: when to come again, INT64_MAX: nothing waits. */
int64_t live_turn(struct live *live);
void live_step(struct live *live, uint64_t run, const char *step, const char *what);
/* Steps are told only while this is true (struct world). */
const bool *live_watches(const struct live *live);

#endif
