/* engine_priv.h - what the rooms of the engine share. Only engine/ includes this.
 *
 *   version  compiled flows    deploy  where they work, hooks    trigger  an event becomes a run
 *   run      the state table of a run            step     the services of node.h
 *   route    edges, joins, exits                 retry    what a failed step leads to
 *   record   journal entries and batches         recover  a journal becomes a run again
 *   call     requests that leave                 connection, token, secret  how they sign in
 *   governor how much a connection takes         park     runs that wait as rows
 *   job      work on other threads               intent   before either has an effect
 *   lane     order and concurrency               due      timers */
#ifndef ENGINE_ENGINE_PRIV_H
#define ENGINE_ENGINE_PRIV_H

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/table.h"
#include "engine/engine.h"
#include "engine/jump.h"
#include "engine/retention.h"
#include "engine/tally.h"
#include "vault/sign.h"

struct run;
struct connection;

/* A compiled flow version with its rules; shared by deployments and runs, counted. */
struct version {
    struct flow *flow;
    struct rule_unit *unit;
    bool wants_run; /* some rule may read `run`: its object is made only then */
    bool wants_moments; /* the same of effect_at() */
    unsigned refs;
};

/* Where a version works: its workspace and environment, its connections, its queues. Lives as long
 * as the engine, so that runs may point to it. */
struct deployment {
    char *workspace, *environment, *slug;
    struct version *version;   /* NULL: taken out */
    struct dict *connections;  /* name to struct connection */
    struct dict *lanes;        /* order key to struct lane */
    json_t *env;               /* what expressions see as `env` */
    unsigned running;          /* runs that hold a place */
    struct run *waiting, *waiting_last; /* for a place, in order of arrival */
    struct run *ready, *ready_last;     /* have something to do */
    struct deployment *ready_next;      /* in the engine's queue of those with ready runs */
    char *by;                  /* who deployed it: a person (flows.h); NULL: its folder */
    char *folder;              /* then: the version its folder had; NULL: none */
    bool paused;               /* no event begins a run of it */
    struct tally_flow tally;
};

struct hook {
    char *path;                /* "main/production/paytrace/payments" */
    char *method;
    struct deployment *deployment;
    unsigned node;
    bool respond_result;
    struct hook *next;         /* another method of the same path */
};

struct due {
    int64_t at;                /* steady time */
    uint64_t tag;              /* of what a step waits for, or a run's id with of_run */
    bool of_run;
};

#define ENGINE_MAGIC 0x5745454eu
struct engine {
    unsigned magic;
    struct world world;
    struct ident ident;
    struct dict *versions;     /* digest to struct version */
    struct dict *deployments;  /* "workspace/environment/slug" */
    struct dict *hooks;        /* path to the first struct hook of it */
    struct dict *secrets;      /* "workspace/name" to sealed text */
    struct dict *tokens;       /* key to struct token: token.h */
    struct authorizing *authorizing; /* consents under way: authorize.h */
    struct dict *usages;       /* who used which secrets: usage.h; NULL: nobody yet */
    struct dict *governors;    /* a connection's key to its struct governor */
    struct table runs;         /* id to struct run */
    struct table waits;        /* tag to the struct step that waits for what bears it */
    struct dict *pauses;       /* key of an event to the tag of the step that waits for it */
    struct dict *notes;        /* key to what note.c has on the way to the disk */
    struct dict *taken;        /* keys of signals whose removal is on the way to the disk */
    struct table settles;      /* id of an ended run to who waits until it is settled: operate.c */
    struct table appends;      /* ticket to who waits for batches of no run: append.c */
    uint64_t last_ticket;
    struct table subs;         /* id of a called run to the tag of the step that waits for it */
    int64_t nudge_at;          /* wall: events and ends are told again; INT64_MAX: none */
    int64_t wake_at;           /* wall time of the first due row; INT64_MAX: none */
    uint64_t last_tag;
    int64_t wall, steady;      /* the moment of this turn */
    struct jump jump;
    size_t memory;             /* in use at its beginning */
    struct deployment *ready, *ready_last; /* take turns, so that none keeps the others waiting */
    struct due *dues;          /* a heap by time */
    size_t due_count, due_room;
    struct schedules *schedules; /* schedule.h */
    struct watches *watches;   /* watch.h */
    struct listens *listens;   /* listen.h */
    struct polls *polls;       /* poll.h */
    struct rehearsal *rehearsals; /* rehearse.h */
    struct prove *proves;      /* prove.h */
    const struct prove *proven; /* the first of them, while it is told; NULL: none */
    struct prove_past *proven_past; /* NULL: nothing passed yet */
    struct {
        struct job *waiting, *out;
        size_t out_count;
    } jobs;                    /* job.c */
    struct retention retention;
    struct expiries *expiries; /* expiry.h */
    struct tally tally;        /* tally.h */
    struct run *callers, *callers_last; /* runs whose caller waits, by time */
    size_t commits;            /* batches under way in the store */
    struct run *gone;          /* ended in this turn: freed after it */
    struct waking *wakings;    /* runs that come back in slices: wake.h */
    uint64_t suspect;          /* run over which the last process has died: suspect.h; 0: none */
    struct connection_test *tests; /* connection_test.h */
    struct connection_asked *asks; /* connection_ask.h */
    uint64_t last_test;            /* of both */
    char *card_data;           /* setting.h; NULL: as the world says */
    json_t *settings;          /* of workspaces: setting.c; NULL: none was made */
    struct dict *allowances;   /* workspace to its struct rule_allowance: budget.h; NULL: none */
    size_t most_runs;          /* in memory; above it events are refused: setting.h */
    unsigned wake_slice;       /* entries of a journal that come back in a turn: setting.h */
    size_t poll_piece;         /* items of a poll that are accepted together: setting.h */
    json_t *keeps;             /* workspace to how long its runs are kept: retention.c */
    bool draining;
    bool ending;               /* engine_free() */
};

/* record.c: of what we wrote ourselves: outputs stand some levels deep in their rows */
extern const struct json_limits record_limits;

/* engine.c: kept in a batch of its own */
void engine_fact(struct engine *engine, const struct store_fact *fact);
void engine_moment(struct engine *engine); /* its clocks are those of now */

/* due.c */
void due_add(struct engine *engine, int64_t at, uint64_t tag, bool of_run);
int64_t due_steady(const struct engine *engine, int64_t wall); /* of a wall time */
bool due_take(struct engine *engine, int64_t now, struct due *due); /* false: none is due */

/* version.c */
struct version *version_compile(struct engine *engine, json_t *bundle, const char *slug,
                                const char *file, const char *text, size_t text_size,
                                struct faults *faults) MUST_USE;
struct version *version_load(struct engine *engine, const char *digest, const char *slug,
                             struct err *e) MUST_USE;
/* Whether its rules name only what there is; faults if not. A version that is stored already is
 * not asked: a line that was never reached does not keep it from its runs. */
bool version_names_fit(struct engine *engine, const struct version *version, const char *file,
                       struct faults *faults);
struct version *version_ref(struct version *version);
void version_unref(struct engine *engine, struct version *version); /* NULL is fine */
/* deploy.c */
struct deployment *deployment_find(struct engine *engine, const char *workspace,
                                   const char *environment, const char *slug);
/* finds or makes */
struct deployment *deployment_make(struct engine *engine, const char *workspace,
                                   const char *environment, const char *slug);
void deployments_free(struct engine *engine);
struct hook *hook_find(struct engine *engine, const char *path); /* first of the path or NULL */
/* Whether no other flow has one of its paths; if not, the faults say so. */
bool hooks_free_for(struct engine *engine, const struct deployment *deployment,
                    const struct flow *flow, const char *file, struct faults *faults);
void hooks_remove(struct engine *engine, const struct deployment *deployment);
/* What brings runs to its version works from now on; of one that is paused only its paths are
 * known. */
void deployment_arm(struct engine *engine, struct deployment *deployment);
void deployment_disarm(struct engine *engine, const struct deployment *deployment);
/* The version works there from now on, once the store has it; all that can refuse it comes first.
 * Reference stays the caller's. by: NULL: a folder. */
enum err_code deployment_put(struct engine *engine, struct deployment *deployment,
                             struct version *version, const char *file, const char *by,
                             struct faults *faults, struct err *e) MUST_USE;
/* Whether all that brings runs to it could be armed there; if not, the faults say so. */
bool deployment_fits(struct engine *engine, const struct deployment *deployment,
                     const struct flow *flow, const char *file, struct faults *faults);
enum err_code deployment_take_out(struct engine *engine, struct deployment *deployment,
                                  const char *by, struct err *e) MUST_USE;
/* operate.c */
/* A batch of a run that is not in memory; done() hears of it. */
void settle_append(struct engine *engine, struct store_batch **batch, engine_done_fn *done,
                   void *arg);
void settle_committed(struct engine *engine, uint64_t run, const struct store_result *result);
void settles_free(struct engine *engine);
/* secret.c */
enum err_code secrets_load(struct engine *engine, struct err *e) MUST_USE;
void secrets_free(struct engine *engine);
/* put: stores it when it differs from what is there; get: vault_wipe() it */
enum err_code secret_put(struct engine *engine, const char *workspace, const char *name,
                         const char *plain, size_t size, const char *origins,
                         struct err *e) MUST_USE;
enum err_code secret_remove(struct engine *engine, const char *workspace, const char *name,
                            struct err *e) MUST_USE;
/* Differs when the secret does, and tells nothing of it; "" when there is none. */
#define SECRET_MARK 65
void secret_mark(struct engine *engine, const char *workspace, const char *name,
                 char mark[SECRET_MARK]);
bool secret_has(const struct engine *engine, const char *workspace, const char *name);
enum err_code secret_get(struct engine *engine, const char *workspace, const char *name,
                         char **plain, size_t *size, struct err *e) MUST_USE;

#endif
