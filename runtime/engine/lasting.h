/* lasting.h - the rooms of steps and runs that last, and of their return: a part of run.h, which
 * includes it. */
#ifndef ENGINE_LASTING_H
#define ENGINE_LASTING_H

#include "engine/frame.h"
#include "flow/node_doubt.h"
#include "rules/budget.h"

struct run;
struct sub;

/* ladder.c: an effect of which nobody knows whether it happened */
bool ladder_takes(struct run_node *n);        /* of a step that has failed; false: all is known */
void ladder_failed(struct run_node *n);       /* a probe or a reversal has ended without adoption */
bool ladder_begins(struct step *step);        /* true: the step probes, reverses or has ended */
bool ladder_key_holds(const struct run_node *n); /* the system still knows its key */
struct deadline ladder_key_last(const struct run_node *n); /* until then its key may leave */
/* How long the system knows the key of an intent as the journal has it; sent_ms: when that was,
 * wall, unless it says so itself ("at"). */
struct deadline ladder_key_until(const struct engine *engine, const json_t *intent,
                                 int64_t sent_ms);
void ladder_intended(struct progress *progress, enum effect_class effect, const char *digest,
                     const struct deadline *key_until); /* it leaves once more */
void ladder_error(const json_t *error, struct err *e); /* as record_error() wrote it */
bool ladder_open(struct run_node *n);         /* after a crash: true: the ladder has it */
/* A person wants it to be looked for once more: its probe runs, once. False: it has none, */
bool ladder_looks(const struct run_node *n);
void ladder_look(struct run_node *n, const char *why);
void ladder_unlook(struct run_node *n, const char *why); /* the person is asked again, at once */

/* ladder_mark.c: a rung is written before it is stepped on, and read again */
void ladder_mark(struct run_node *n, enum rung rung, int64_t due_ms, const char *why);
void ladder_recover(struct run_node *n, const json_t *mark);

/* look.c: a person asks for the probe of an effect in doubt */
void look_ended(struct run_node *n, struct look *look, enum probe_result result, const char *text);
void look_free(struct look *look);            /* who waits is told that nothing came of it yet */

/* pause.c */
void pause_continue(struct step *step);       /* its moment or its event is there */
void pause_signalled(struct engine *engine, const char *signal); /* the key of a kept FACT_SIGNAL */

/* person.c */
void person_continue(struct step *step);      /* a decision, or its due time */
void person_doubt(struct run_node *n);        /* its effect may have happened: a person says */
void person_undoubt(struct run_node *n);      /* nobody is asked any more, if anybody was */
void person_fact(struct run_node *n, bool there); /* its task, as it stands; false: no more */
void person_show(struct run_node *n, const char *name, json_t *value); /* in the task; taken */
bool person_recover(struct run_node *n, json_t *decision); /* true: the last one needed */
bool person_recover_doubt(struct run_node *n, json_t *decision); /* true: "send", and it counts */

/* setting.c: as the workspace has set it */
unsigned setting_approvals(const struct run *run, unsigned asked);
unsigned setting_concurrency(const struct run *run); /* 0: no limit */
struct rule_allowance run_allowance(const struct run *run); /* of its rules */

/* end.c */
void run_conclude(struct frame *root);        /* every step of its own level has ended */
bool run_notifies(const struct run *run);     /* its end starts something */
enum run_go run_notify(struct run *run);

/* sub.c */
void sub_free(struct sub *sub);
void sub_leave(struct run *run);              /* with its last batch */
void sub_stop(struct step *step);             /* its level fails: so the called run is cancelled */
bool sub_parks(const struct step *step);      /* nothing of it is only in memory */
/* The called run has ended: who called it is woken, or the fact of it removed. */
void sub_tell(struct engine *engine, uint64_t child, uint64_t parent);
void sub_over(struct engine *engine, uint64_t child, uint64_t parent); /* without a run in memory */
void sub_continue(struct step *step);
void sub_ended(struct run *run);              /* before it is gone: tells the run that called it */

/* operate.c: it is written, and nothing new begins in it; not for one that is cancelled or over */
void run_cancel(struct run *run, const char *by, const char *reason);

/* park.c: a run that waits long is a row, not an object */
#define PARK_MS 10000 /* nearer moments are waited for in memory */
bool run_parks(const struct run *run, int64_t *due_ms);
struct run *run_wake(struct engine *engine, uint64_t id); /* from its row; NULL: it has ended */
/* The same; *over: there is nothing to wake any more (else, with NULL, it cannot come back now). */
struct run *park_wake(struct engine *engine, uint64_t id, bool *over);
void park_turn(struct engine *engine);        /* wakes whose moment has come */
void park_again(struct engine *engine);       /* events and ends are told again in a while */
int64_t park_due(const struct engine *engine); /* steady */
enum err_code park_lanes(struct engine *engine, struct err *e) MUST_USE; /* before recovery */
enum err_code park_start(struct engine *engine, struct err *e) MUST_USE; /* at recovery */

/* replay_before.c: a run before this one may have done it; until, or NULL: so long the system knows
 * its key */
bool replay_key_until(const struct step *step, struct deadline *until);
/* It did so, or may have, at another place than this one; it is known to have done it. */
bool replay_is_elsewhere(const struct step *step, const struct connection *connection);
bool replay_was_done(const struct step *step);

/* recover_flows.c */
enum err_code recover_deployments(struct engine *engine, struct err *e) MUST_USE;
/* ERR_MEMORY when an allocation has failed since mem_refusals() was `refusals`: a part that is
 * missing for want of memory must not be taken for one that is damaged. */
enum err_code recover_whole(unsigned long refusals, struct err *e) MUST_USE;

/* recover_mark.c */
bool recover__mark(struct run_node *n, const json_t *entry); /* false: it is none */
void recover__run(struct run *run, const json_t *entry);     /* of no step */

/* recover.c: from its row; NULL with ERR_OK: it has ended, or does not wait */
struct run *recover_active(struct engine *engine, uint64_t id, struct err *e) MUST_USE;
struct run *recover_one(struct engine *engine, uint64_t id, struct err *e) MUST_USE;
/* The run, new and not begun, stands behind them; an error when they do not fit its version. */
enum err_code recover_entries(struct run *run, const json_t *entries, struct err *e) MUST_USE;

#endif
