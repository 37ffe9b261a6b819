/* sim.h - the engine in a world that a seed makes, and an oracle that knows what must come of it.
 *
 *   sim     the world of one seed: its life, deaths of the program, what the answers say
 *   move    what can happen next, and the two acts: the storm, then the healed world
 *   source  what begins runs without a sender: a schedule, an inbox, a folder
 *   walk    the same: a ledger that is asked by time
 *   job     work that is done on a thread of the pool
 *   keep    backups, restores, what is kept of ended runs
 *   sender  who sends the events, again and again until they are acknowledged
 *   flows   the reference flows: a bundle, an event's body, the effects that it must have
 *   beside  another event under a key that is taken
 *   person  who decides what is in doubt, and what a flow asks
 *   cancel  operators who cancel runs
 *   reverse payments that are taken back when nobody knows of them
 *   again   operators who replay runs that have ended
 *   machine the machine, which is started anew
 *   story   what a journal says of a step
 *   oracle  compares the peers' books, the store and the senders' receipts
 *   sweep   the same for every n: the n-th commit, request, allocation fails
 *
 * Everything that chance decides comes from sim->dice, so a seed is a whole history. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <setjmp.h>

#include "base/buf.h"
#include "engine/engine.h"
#include "world/dice.h"
#include "world/fake_folder.h"
#include "world/fake_store.h"
#include "world/peer.h"

#define SIM_EFFECTS 128 /* of one event, at most */
#define SIM_FLOWS   4   /* deployed at once, at most */
#define SIM_FOUR_EYES 10000 /* cents: above, two people release a payment */
#define SIM_RETENTION_MS 3600000
#define SIM_PIECE     2       /* items of a poll that are accepted together; a page has 3 */
#define SIM_SLOT_MS   3600000 /* of a schedule */

/* ---- Flows */
struct sim_flow;
struct sim_event;
struct sim_effect {
    char account[24], ref[48], node[40];
    enum effect_class effect;
    int64_t cents;
    bool optional;          /* a person decides whether */
    bool sub;               /* done by the run of a called flow */
};
struct sim_outcome {
    struct sim_effect effects[SIM_EFFECTS];
    size_t count;
    bool fails;             /* the event is one that must fail */
    bool open;              /* it may come to any end */
};
enum sim_origin {           /* how an event comes to its flow */
    ORIGIN_POSTED,
    ORIGIN_TICK,            /* a slot of a schedule */
    ORIGIN_POLL,            /* an item of an inbox that is polled */
    ORIGIN_FILE,
    ORIGIN_HEARD,           /* posted; another flow hears of its end */
    ORIGIN_FAILED,          /* posted; another flow is started by its failure */
    ORIGIN_RACE,            /* posted; what it sends depends on what came first */
    ORIGIN_WALK,            /* an entry of a ledger that is asked by time */
};
struct sim_kind {
    const char *slug;
    void (*bundle)(const struct sim_flow *flow, struct buf *out);
    void (*body)(const struct sim_event *event, struct buf *out);
    void (*outcome)(const struct sim_event *event, struct sim_outcome *outcome);
    unsigned weight;        /* how many steps an event costs, about */
    const struct sim_kind *called; /* a flow that it calls; deployed with it */
    enum sim_origin origin;
};
struct sim_flow {
    const struct sim_kind *kind;
    unsigned attempts, concurrency; /* concurrency 0: no limit */
    bool ordered, result, retention;
    unsigned version;       /* grows with each deployment */
    unsigned place;         /* where its connection leads; not to be changed behind a backup */
};
/* flows_long.c */
extern const struct sim_kind sim_tick, sim_poll, sim_file, sim_heard, sim_alarm; /* flows_begun.c */
enum sim_misfire { SIM_SKIP, SIM_ONCE, SIM_ALL };
enum sim_misfire sim_misfire(const struct sim_flow *flow);
extern const struct sim_kind sim_job_once, sim_job_keyed, sim_conn; /* flows_begun.c */
extern const struct sim_kind sim_settle, sim_review, sim_wait, sim_signal, sim_call;
extern const struct sim_kind *const sim_kinds[];
extern const size_t sim_kind_count;
const struct sim_kind *sim_kind_find(const char *slug); /* NULL: there is none */

/* ---- Senders */
struct sim_event {
    const struct sim_flow *flow;
    char id[32], customer[8];
    int64_t cents;
    unsigned dice;          /* what kind of event it is */
    bool declined;          /* its effects are refused by the peer */
    unsigned more;          /* deliveries after the first that was acknowledged */
    int64_t next_ms;        /* steady: the next delivery; INT64_MAX: none */
    bool acked;
    uint64_t run;           /* as the receipts say; 0: not known */
    bool broken;            /* a file that cannot be read */
    bool lost;              /* it came after the backup that was restored: nobody asks for it */
    unsigned ordinal;       /* in the inbox; 0: not there yet */
    int64_t at_ms;          /* wall: in the ledger; 0: not there yet */
    unsigned sent;
};
struct sim_request {
    unsigned event, epoch;
    bool conflict, answered;
};

/* ---- What begins runs by itself, what is kept of them */
struct sim_source {
    unsigned items;          /* in the inbox */
    int64_t entered;         /* wall: the newest entry of the ledger */
    int64_t until;           /* wall: slots are waited for until then */
    int64_t armed, healed;   /* wall: the schedule's cursor is durable, the end of the storm */
    uint64_t healed_run;     /* the newest run of the schedule at the end of the storm */
    uint64_t slot_run;       /* the newest one that was looked at, */
    int64_t slot;            /* and its slot */
};
struct sim_job; /* job.c */
struct sim_pool {
    struct pool pool;        /* first */
    struct sim *sim;
    struct sim_job *first;
    bool works, heard;       /* one of them works now; and it will be heard of */
};
struct sim_word {
    uint64_t run;
    char node[80];
    unsigned epoch;
};
struct sim_keep {
    struct fake_store *backup;
    bool due;                /* it is to be restored by whoever starts next */
    bool restored, decisions_lost;
    unsigned epoch;          /* requests of earlier ones are of a history that was put back */
    int64_t wall_most;       /* the latest wall clock that there was, and it was put back: */
    bool clock_back;
    bool moved;              /* a connection leads elsewhere than at the beginning */
    size_t gone;             /* removed runs that were looked at */
    int64_t until;           /* steady: what is to be removed by then, is */
    struct sim_word *words;  /* somebody said that it may be sent again */
    size_t word_count;
};

/* ---- Cancelled runs */
#define SIM_CANCELS 64
struct sim_cancel {
    struct sim *sim;
    uint64_t run;
    bool kept;               /* it was answered as durable */
};

/* ---- Replayed runs */
#define SIM_AGAINS 24
struct sim_again {
    struct sim *sim;
    uint64_t of, run, origin;
    char from[80];           /* "": where it stood */
    bool kept;               /* it was answered as durable */
    bool lost;               /* it came after the backup that was restored */
};
/* A run and its replays, one of another. */
struct again_chain {
    uint64_t origin, last;
    unsigned length;         /* 0: it is not there */
    enum run_status status;  /* of the last */
    char error[900];
};

/* ---- The machine */
struct sim_machine {
    struct clock clock;      /* first; the program's own */
    const struct sim *sim;
    int64_t began;           /* the world's steady time at its start */
    int64_t back_ms;         /* so much its wall clock was set back, in all, */
    int64_t unseen_ms;       /* and while it was off */
    bool due;                /* it is started anew before the program is */
};

/* ---- The world */
enum sim_death { SIM_ALIVE, SIM_FATAL, SIM_FAULT };
struct sim_plan {           /* what a sweep prescribes; all 0 for a seed */
    const char *flow;       /* this one alone, in fair weather */
    const char *point;
    size_t nth;
};
struct sim {
    uint64_t seed;
    bool trace;
    struct sim_plan plan;
    struct dice dice;
    struct clock_manual clock;
    struct random_seeded random;
    struct log log;
    struct fake_store *store;
    store_done_fn *store_done; /* the engine's own */
    void *store_owner;
    bool fatal;             /* the program said outside of its calls that it must end */
    bool tell_fatal;        /* the store keeps the group and says that it is broken */
    unsigned broken;        /* it has said so, and the program has had so many turns since; 0: no */
    struct peers *peers;
    struct fake_folder *folder;
    struct sim_pool pool;
    struct sim_source source;
    struct sim_keep keep;
    struct sim_cancel cancels[SIM_CANCELS];
    size_t cancel_count;
    struct sim_decided *decided; /* what people have decided: person.c */
    struct sim_again agains[SIM_AGAINS];
    size_t again_count;
    struct sim_machine machine;
    struct rules *rules;
    struct engine *engine;
    struct world world;
    struct sim_flow flows[SIM_FLOWS];
    size_t flow_count;
    struct sim_event *events;
    size_t event_count;
    struct sim_request *requests;
    size_t request_count;
    size_t appends;         /* groups committed or refused */
    size_t appends_stormy;  /* of them, before the world was healed */
    bool struck;            /* the request of a sweep was reached */
    unsigned deaths, mem_faults;
    unsigned refused_epoch;  /* the last one in which the store refused something, or memory was
                              * short; 0: none */
    bool armed, healed, leaked; /* armed: allocations fail inside the program */
    jmp_buf exit;
    bool inside;
    enum sim_death death;
    char why[300];
    size_t memory;
    unsigned wrongs;
    unsigned stall;         /* moves for which the store does nothing */
    unsigned burst;         /* moves for which the program dies often */
    uint64_t digest;        /* of all that happened */
};

struct sim *sim_new(uint64_t seed, const struct sim_plan *plan, bool trace);
unsigned sim_free(struct sim *sim);  /* how many things were wrong */
void sim_wrong(struct sim *sim, const char *fmt, ...) PRINTF(2, 3);
void sim_note(struct sim *sim, const char *fmt, ...) PRINTF(2, 3);
/* Calls into the engine; false: the program died of it, and a new one must be started. */
bool sim_inside(struct sim *sim, void (*call)(struct sim *sim, void *arg), void *arg);
void sim_end_fatal(struct sim *sim); /* ... and does */
void sim_restart(struct sim *sim);   /* the program has died, or dies now; the next one recovers */
void sim_deploy(struct sim *sim, struct sim_flow *flow);
void sim_turns(struct sim *sim, unsigned most);
void sim_exit_status(int status);    /* what _exit() does in the simulation, if in it */
void sim_check_failed(const char *what, const char *file, int line); /* the same for check() */
bool sim_traces(void);               /* the world that plays now is traced */

/* move.c */
void sim_play(struct sim *sim);      /* the storm */
void sim_heal(struct sim *sim);      /* everything works again, until nothing moves */
bool sim_commit(struct sim *sim);    /* false: there was nothing to commit */

void sim_runs(struct sim *sim, store_run_fn *visit, void *arg); /* all, removed ones too */
/* Whether it is the run of the event. */
bool sim_is_of(const struct store_run *run, const struct sim_event *event);
const struct sim_flow *sim_flow_by(const struct sim *sim, enum sim_origin origin); /* or NULL */

/* source.c */
bool source_brings(enum sim_origin origin); /* its events are not sent: source_appear() */
void source_appear(struct sim *sim, struct sim_event *event);
bool source_read(void *sim, const struct peer_call *call, struct buf *body);
bool source_move(struct sim *sim);          /* the folder does what it was asked; false: nothing */
void source_check(struct sim *sim);         /* what must hold after each commit and move */
bool source_pending(struct sim *sim);       /* something has not been taken yet */
void source_healed(struct sim *sim);
void source_judge(struct sim *sim);         /* and the slots become events, for the oracle */

/* walk.c */
struct registry;
extern const struct sim_kind sim_walk;
void walk_types(struct registry *registry); /* the ledger's */
void walk_appear(struct sim *sim, struct sim_event *event);
bool walk_read(struct sim *sim, const struct peer_call *call, struct buf *body);
void walk_check(struct sim *sim);

/* job.c */
void job_types(struct registry *registry);  /* node types whose work is done on the pool */
void job_open(struct sim *sim);
bool job_move(struct sim *sim);             /* one of them works and is heard of; false: none */
/* The program dies, and with it the threads: each had worked, or not; then, when the engine is
 * gone, what they held is dropped. broken: it cannot be touched any more. */
void job_crash(struct sim *sim);
void job_bury(struct sim *sim, bool broken);

/* beside.c */
bool beside_is(const struct store_run *run); /* kept for an event under a key that was taken */
bool beside_kept(struct sim *sim, const struct sim_event *event); /* what came beside it is kept */
void beside_judge(struct sim *sim);         /* and told once to who hears of failures */
bool beside_demands(struct sim *sim, const struct peer_book *book);

/* keep.c */
void keep_trouble(struct sim *sim);         /* a backup is made, or restored */
void keep_put_back(struct sim *sim);        /* the program is dead, the store is put back */
void keep_check(struct sim *sim);           /* what was removed was old enough */
void keep_healed(struct sim *sim);
void keep_replayed(struct sim *sim);         /* something was */
bool keep_pending(const struct sim *sim);
/* Somebody says that it is to be sent again. */
void keep_word(struct sim *sim, uint64_t run, const char *node);
void keep_no_word(struct sim *sim, uint64_t run, const char *node); /* ... not after all */
/* How often, since the store was put back. */
unsigned keep_words(const struct sim *sim, uint64_t run, const char *node);
void keep_judge(struct sim *sim);

/* sender.c */
uint64_t sender_run(struct sim *sim, const struct sim_event *event); /* 0: none is committed */
void sender_plan(struct sim *sim, size_t count);
void sender_send(struct sim *sim, size_t event, bool conflict);
bool sender_next(struct sim *sim);   /* what is due is sent; false: nothing is */
int64_t sender_due(const struct sim *sim);
void sender_crash(struct sim *sim);  /* who got no answer sends again */
void sender_answer(struct sim *sim, uint64_t request, const struct engine_answer *answer);

/* person.c */
enum person_did { PERSON_IDLE, PERSON_DECIDED, PERSON_REFUSED };
/* somebody decides something, if there is something */
enum person_did person_work(struct sim *sim);
void person_free(struct sim *sim);

/* cancel.c */
void cancel_some(struct sim *sim);
void cancel_sent(struct sim *sim, const struct peer_call *call, const json_t *entries);
void cancel_judge(struct sim *sim);

/* again.c */
void again_some(struct sim *sim);
bool again_is(const struct store_run *run);          /* it is the replay of another */
bool again_was(const struct sim *sim, uint64_t run);  /* somebody wanted it to be replayed */
uint64_t again_origin(struct sim *sim, uint64_t run); /* the first of its chain */
void again_chain(struct sim *sim, uint64_t origin, struct again_chain *chain);
json_t *again_entries(struct sim *sim, uint64_t run); /* of its whole chain; new reference */
void again_lose(struct sim *sim);                     /* those that the backup does not have */
bool again_lost(const struct sim *sim, uint64_t origin); /* one of its replays was */
void again_judge(struct sim *sim);

/* reverse.c */
struct oracle_story;
extern const struct sim_kind sim_reverse_once, sim_reverse_keyed; /* flows_reverse.c */
extern const struct sim_kind sim_reverse_lines, sim_reverse_sub;
void reverse_types(struct registry *registry);       /* the bank's */
bool reverse_is(const struct sim_kind *kind);
bool reverse_allowed(const struct sim_flow *flow);   /* by its author */
void reverse_sent(struct sim *sim, const struct peer_call *call);
void reverse_judge(struct sim *sim, const char *event, const struct sim_effect *effect,
                   const struct store_run *run, const json_t *entries);

/* machine.c */
void machine_open(struct sim *sim);
int64_t machine_moment(const struct sim *sim, int64_t steady); /* the world's, of the program's */
void machine_clock_set(struct sim *sim, int64_t ms);
void machine_reboot(struct sim *sim);
void machine_boots(struct sim *sim);                 /* if it is due */

/* oracle.c */
void oracle_sent(struct sim *sim, const struct peer_call *call); /* a request goes out */
void oracle_judge(struct sim *sim);

/* sweep.c */
int sweep_run(const char *flow, const char *point, size_t from, size_t to, bool trace);

#endif
