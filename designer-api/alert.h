/* alert.h - who is told what is wrong: rules, their alerts, and the notices that leave.
 *
 * A *rule* says what must not be; what it finds is a *case* for each flow or connection. A case
 * that lasts is an *alert*: it fires, perhaps somebody acknowledges it, it ends. A *notice* tells
 * of it on a *channel*. All are objects (object.h): "alert_rule", "alert", "notice", "channel".
 *
 *   case:   nothing -> pending (for_s) -> firing -> (acknowledged, snoozed) -> resolved
 *
 * (1) An alert and its notices are one batch: neither is kept without the other, so a restart tells
 *     nothing twice and forgets nothing.                                            [case_change]
 * (2) A rule that cannot be looked at (the store does not answer) changes nothing.  [rule_judge]
 * (3) A notice leaves the store after the other side has taken it; it bears its id, so that one
 *     that was taken just before a crash can be known again.                        [notice_told]
 * (4) A notice has names, counts and what people wrote; never a payload. What looks like a card
 *     number is masked all the same.                                                [notice_text]
 * (5) A case ends behind `clear`, not at once behind its limit.                      [alert__found]
 * (6) What a kill took from the open minute ends nothing: an alert from before the start stays
 *     until its window has begun after it.                                          [case_is_held]
 *
 * Rules are looked at every ALERT_LOOK_MS, and soon after a run has failed or a connection's state
 * has changed. */
#ifndef DESIGNER_API_ALERT_H
#define DESIGNER_API_ALERT_H

#include "designer-api/channel.h"
#include "designer-api/object.h"
#include "designer-api/series.h"

#define ALERT_RULE_KIND "alert_rule"
#define ALERT_KIND      "alert"
#define ALERT_LOOK_MS   10000
#define ALERT_STIR_MS   500 /* after an event */

struct alerts;
struct alerts_rooms { /* borrowed; longer there than this */
    struct engine *engine;
    struct store *store;
    struct objects *objects;
    struct clock *clock;
    struct log *log;
    struct series *series;
    struct live *live;           /* may be NULL */
    const struct channel_ways *ways;
};
/* Reads what there is. ERR_STORE. */
struct alerts *alerts_new(const struct alerts_rooms *rooms, struct err *e) MUST_USE;
void alerts_free(struct alerts *alerts); /* NULL is fine */
/* In each turn of the loop; steady time of the next one that has something to do. */
int64_t alerts_turn(struct alerts *alerts);
/* Rules of the kind certificate look at its certificate, too. NULL: it is closed. */
void alerts_listener(struct alerts *alerts, const struct http_in *listener);
const struct channel_ways *alerts_ways(const struct alerts *alerts);
void alerts_stir(struct alerts *alerts); /* something happened that a rule may look at */

/* {"firing", "acknowledged", "snoozed"}; workspace "": of all. alerts NULL: none. */
json_t *alerts_counts(const struct alerts *alerts, const char *workspace);
size_t alerts_waiting(const struct alerts *alerts); /* notices; alerts NULL: none */
/* "ok", "pending", "firing" */
const char *alerts_rule_state(const struct alerts *alerts, const char *workspace,
                              const char *rule);
/* After a change of the object. */
void alerts_rule_changed(struct alerts *alerts, const char *workspace, const char *rule);
void alerts_channel_changed(struct alerts *alerts, const char *workspace, const char *channel);

enum alert_act { ALERT_ACKNOWLEDGE, ALERT_SNOOZE, ALERT_RESOLVE };
struct alert_said {
    const char *workspace, *alert;
    enum alert_act act;
    const char *by, *note; /* note: may be NULL */
    int64_t minutes;       /* ALERT_SNOOZE */
};
/* ERR_NOT_FOUND, ERR_CONFLICT: it has ended, or is being changed. *shown: as it will be, a new
 * reference. done() as in engine.h. */
enum err_code alerts_act(struct alerts *alerts, const struct alert_said *said, json_t **shown,
                         uint64_t *revision, engine_done_fn *done, void *arg,
                         struct err *e) MUST_USE;
/* As the API shows it: from the body of an object, with what is newer in memory. */
json_t *alerts_show(const struct alerts *alerts, const char *workspace,
                    const struct object *object) MUST_USE;
/* Notices of the alert that wait: for its "deliveries". */
json_t *alerts_deliveries(const struct alerts *alerts, const char *workspace, const char *alert);
/* Of a channel: {"state", "waiting", "delivered_at"?, "failed_at"?, "code"?, "detail"?} */
json_t *alerts_channel_state(const struct alerts *alerts, const char *workspace,
                             const char *channel);

/* ---- alert_standard.c */
/* Puts the standard rules into a workspace that has never had them, and has none of its own; into
 * all of them. What fails is logged, and tried again at the next start. ERR_STORE. */
void alerts_begin(struct alerts *alerts, const char *workspace);
enum err_code alerts_begin_all(struct alerts *alerts, struct err *e) MUST_USE;

/* ---- Rules: alert_rule.c */
/* What the body says that the schema does not know: [{"pointer", "message"}], appended. */
void alert_rule_check(struct ask *ask, const json_t *body, json_t *faults);
json_t *alert_rule_whole(const json_t *body) MUST_USE; /* with its defaults */

#endif
