/* run.h - one run, from its birth to its end.
 *
 *            event                                  journal row of a crashed run
 *              |                                                |
 *              v         dedupe and order keys                  v
 *           ADMIT --------------------------> LANE ------> STEPS <-----------------+
 *              | refused                  waits for its     |  ^  a timer, an answer |
 *              v                          turn or a place   |  |  of the network     |
 *            GONE                                           v  |                     |
 *              ^                       nothing to store:  WAIT                       |
 *              |                                            |                        |
 *              |                       something to store   v                        |
 *              |                                          FLUSH --> COMMIT --> RELEASE
 *              |                                            ^       (store)     |    |
 *              |                          tries again       |                   |    |
 *              |                        STALLED <-----------+-- refused         |    |
 *              +----------------------------------------------------------------+ ended
 *
 * (1) Nothing leaves before it is durable: no answer, and no byte of an effect, goes out before
 *     every entry that the run has written so far is committed. Pure steps are computed ahead of
 *     the commit.                                                                  [run_release]
 * (2) At most one batch of a run is in the store's hands.                            [run_flush]
 * (3) An event is answered 2xx only after the commit of its accept.                [run_release]
 * (4) A step ends exactly once; its exits are decided exactly once.   [run_step_end, route_port]
 * (5) What is not committed is not remembered: when the first batch fails, the run never
 *     was.                                                                         [run_refused]
 * (6) A run that has ended, by its status row, is never taken up again.                [recover]
 * (7) Callbacks hold a run's id or the tag of what a step waits for, never a pointer.
 *                                                                                    [step_find] */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include "engine/engine_priv.h"
#include "engine/frame.h"
#include "engine/body.h"
#include "engine/step.h"
#include "engine/intent.h"
#include "engine/governor.h"
#include "engine/money.h"

#define RUN_STATES(X)                                                                    \
    X(ADMIT,   run_admit)   /* evaluates its keys                                     */ \
    X(LANE,    run_lane)    /* waits for its turn in its lane, or for a place         */ \
    X(STEPS,   run_steps)   /* does the work that is ready until there is none        */ \
    X(FLUSH,   run_flush)   /* hands to the store what was written                    */ \
    X(COMMIT,  NULL)        /* the store owns the next move                           */ \
    X(RELEASE, run_release) /* it is durable: answers and effects leave               */ \
    X(STALLED, run_stalled) /* the store refused a later batch: again after a while   */ \
    X(NOTIFY,  run_notify)  /* what its end starts is being accepted                  */ \
    X(WAIT,    NULL)        /* a timer or the network owns the next move              */ \
    X(GONE,    NULL)        /* freed after the turn                                   */
enum run_state {
#define X(code, enter) RUN_STATE_##code,
    RUN_STATES(X)
#undef X
};
enum run_go { RUN_ON, RUN_PARK };

#define RUN_MAGIC 0x57455552u
struct run {
    unsigned magic;
    uint8_t state;          /* enum run_state; changed by run_set() only */
    bool queued;            /* stands in its deployment's ready queue */
    bool accepted;          /* its accept is committed */
    bool respond_result;    /* the caller waits for the result, else for the receipt */
    bool simulate;
    bool again;             /* a run that a backup brought back began it, perhaps once more */
    bool holds_place;       /* counts in deployment->running */
    bool keyed;             /* its dedupe key was given by the engine itself */
    bool begun;             /* its trigger has done its part: run_begin() */
    bool wrote;             /* the batch under way has a journal row */
    uint64_t poll;          /* it is a poll of that trigger, never stored; 0: it is none */
    struct poll_piece *piece; /* its accept goes to the store with those of it; NULL: alone */
    struct value *item_id;  /* with piece: what makes it one with an earlier one; NULL: nothing */
    bool concluded;         /* its status stands; what its end starts may be under way */
    bool notified;          /* what its end starts was begun, */
    bool telling;           /* and not all of it is accepted yet */
    bool cancelled, waited; /* waited: it was a row, or asked somebody */
    bool broken;            /* some of what it did could not be stored: its journal has a gap */
    bool parking;           /* the batch under way makes it a row only */
    bool row_waits;         /* its row says that it waits: the next batch makes it active, */
    bool row_stays;         /* but the one under way does not */
    int64_t row_due_ms;     /* with row_waits: until when, as due_ms; -1: till it is its turn */
    unsigned doubts, long_waits; /* steps in doubt; that may wait long: run_parks() looks then */
    int64_t due_ms;         /* with parking: when it wants to be woken, wall; INT64_MAX: never */
    uint64_t id;
    uint64_t origin;        /* whose id the keys of its effects are made of: a replay's first run */
    struct engine *engine;
    struct version *version;
    struct deployment *deployment;
    unsigned trigger;       /* node */
    uint32_t seq;           /* of the next journal row */
    int64_t received_ms;    /* wall */
    int64_t commit_ms;      /* steady: when its last batch left */
    int64_t deadline;       /* steady; 0: none */
    uint64_t request;       /* the parked caller; 0: none (any more), */
    int64_t caller_due;     /* who waits until then, steady */
    struct run *caller_next, *caller_before;
    json_t *input;          /* what expressions see as `trigger` */
    json_t *raw;            /* the same before card data was taken out: until its keys are known */
    json_t *masked;         /* what was taken out, for the entry that is written next; or NULL */
    json_t *about;          /* what expressions see as `run`, when one wants it */
    json_t *before;         /* what may be done already (replay_before.c); or NULL */
    json_t *env;            /* borrowed from the engine's scopes */
    char *dedupe, *order_key;
    struct lane *lane;
    struct run *lane_next;
    struct frame *root;
    unsigned steps_done;
    size_t bytes;           /* of the outputs in its frames */
    struct run_node *work, *work_last; /* nodes with something to do */
    struct buf entries;     /* journal entries since the last flush, without the closing bracket */
    char *flushed;          /* what is in the store's hands, kept for another try */
    size_t flushed_size;
    struct step *gated;     /* steps whose call waits for the commit */
    struct engine_reply *reply; /* the answer that leaves at the next release */
    bool ending;            /* its status is in the batch under way */
    enum run_status status; /* with ending */
    struct err commit;      /* what the store said */
    uint64_t first_run;     /* with ERR_DUPLICATE */
    struct run *next;       /* in the ready queue or the list of the gone */
    struct run *place_next; /* in deployment->waiting */
    void (*born)(void *owner, uint64_t tag, enum err_code code, uint64_t run); /* spawn.h */
    engine_begun_fn *hand;  /* of engine_begin() */
    void *born_owner, *hand_arg;
    uint64_t born_tag;
    struct run_told *told;  /* keep.c: to be told at the next commit */
    struct run_facts *facts; /* keep.c: for the next batch; NULL: none */
    struct money *money;    /* what it moves; NULL: its flow does not say */
};

struct engine_reply {
    int status;
    char *content_type;
    json_t *headers;        /* object of texts, or NULL */
    char *body;
    size_t body_size;
};

/* keep.c */
void keep_flush(struct run *run, struct store_batch *batch); /* into the batch */
void keep_kept(struct run *run);              /* it is committed: signals go out */
void keep_drop(struct run *run, size_t count); /* the first of its facts */
void keep_lost(struct run *run, const struct err *e); /* the batch can never be kept */
/* all: also those whose word is not kept */
void keep_tell(struct run *run, const struct err *e, bool all);
void keep_free(struct run *run);

/* life.c, ready.c, run.c. run_born(): who began it (spawn.h) is told, once. */
void run_born(struct run *run, enum err_code code, uint64_t id);
struct run *run_new(struct engine *engine, struct deployment *deployment, struct version *version,
                    uint64_t id, unsigned trigger, json_t **input, int64_t received_ms);
void run_poll(struct run *run);               /* a run that is a poll goes to work */
void run_resume(struct run *run);             /* after its journal was replayed */
struct run *run_next(struct engine *engine);  /* takes the next of the ready ones; NULL: none */
void run_queue(struct run *run);              /* it has something to do: the turn will come to it */
void run_work(struct run_node *n);             /* the node has something to do */
void run_unwork(const struct frame *frame);    /* no node of it or within it any more */
void run_move(struct run *run);               /* the driver of the state table */
void run_committed(struct engine *engine, uint64_t id, const struct store_result *result);
void run_begin(struct run *run);              /* the trigger's exits are taken */
/* Called after the next commit of the run, or with what prevented it; done NULL: nobody asks. */
void run_tell(struct run *run, engine_done_fn *done, void *arg);
void run_stir(struct run *run);               /* something was written while it waited */
void run_due(struct run *run);                /* its deadline, or the pause of a stall, is over */
void run_free(struct run *run);
/* Whoever watches is told. */
void run_moved(const struct run *run, enum run_status status);
void run_drop(struct run *run);               /* it never was: nothing of it is queued or stored */
enum run_go run_set(struct run *run, enum run_state state, const char *why);
/* Kept with the next batch of the run; copied. */
void run_fact(struct run *run, const struct store_fact *fact);
enum run_go run_gone(struct run *run, const char *why);
const char *run_state_name(enum run_state state);

/* admit.c */
enum run_go run_admit(struct run *run);
void run_admitted(struct run *run);           /* all that is asked of its event is known */
/* A dedupe key of the engine's own making, like "call/RUN/STEP": no sender's can be the same. */
void run_key_own(struct run *run, const char *key);
const char *run_key_shown(const char *dedupe); /* as people see it; NULL: NULL */

/* reply.c: what the caller is told */
void reply_free(struct engine_reply *reply);
void reply_send(struct run *run);             /* sends run->reply, if any, and forgets the caller */
void reply_receipt(struct run *run);          /* 202 {"run": ...} */
void reply_duplicate(struct run *run);        /* 200, or 409 when it is another event */
void reply_refuse(struct run *run, const struct err *e);
void reply_end(struct run *run);              /* the result, when nobody answered before */
void reply_parked(struct run *run);           /* it waits for somebody or for long: 202 */
void reply_late(struct run *run);             /* the caller has waited long enough: 202 */
void reply_expect(struct run *run, uint64_t request); /* a caller waits from now on */

/* route.c */
void route_begin(struct frame *frame);        /* the entries of a body */
void route_port(struct run_node *n, unsigned port); /* UINT32_MAX: by none */
json_t *route_input(const struct run_node *n); /* borrowed */

/* retry.c: a step has failed: another attempt, an exit, its frame's failure, or doubt */
void retry_failed(struct run_node *n);
void retry_later(struct run_node *n);         /* after the pause that its `retry` asks for */
int64_t retry_pause(struct engine *engine, const struct flow_retry *retry, unsigned attempts,
                    int64_t asked_ms);

/* replay.c: the first run of the chain that this one replays; 0: it is no replay */
uint64_t replay_origin(const json_t *input);

/* lane.c */
/* Keeps its place. False: there is another one already; they take turns by age */
bool lane_park(struct deployment *deployment, const char *key, uint64_t run);
void lane_unpark(struct deployment *deployment, const char *key, uint64_t run); /* it never comes */
void lane_hold(struct deployment *deployment, const char *key, uint64_t run); /* if it is free */
bool lane_enter(struct run *run);             /* true: it may work now */
void lane_leave(struct run *run);             /* lets the next ones go */
void lanes_free(struct deployment *deployment);

#include "engine/lasting.h"
#include "engine/record.h"

#endif
