/* engine.h - executes runs of deployed flow versions.
 *
 * One engine, one thread, no locks. It reaches the world only through struct world. Nothing
 * happens inside the calls below but noting; engine_turn() acts, and the host calls it once in
 * each turn of the loop. A run lives here from its birth to its end; engine/run.h tells its
 * states and invariants. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/ident.h"
#include "base/log.h"
#include "flow/faults.h"
#include "flow/flow.h"
#include "flow/registry.h"
#include "io/files.h"
#include "io/folder.h"
#include "io/http_out.h"
#include "io/odbc.h"
#include "io/pool.h"
#include "io/transfer.h"
#include "rules/rule.h"
#include "store/store.h"
#include "vault/vault.h"

/* An answer for a caller who waits, by the number under which the host parked the request. */
struct engine_answer {
    int status;
    const char *content_type;
    const struct http_pair *headers;
    size_t header_count;
    const char *body;
    size_t body_size;
    const struct err *refusal; /* not NULL: problem details for this error instead */
};

struct engine_moved { /* a run has left memory; texts are borrowed for the call */
    uint64_t run;
    enum run_status status; /* it has ended, or waits as a row (RUN_WAITING, RUN_IN_DOUBT) */
    const char *workspace, *environment, *flow;
    bool waited; /* it was a row before, or somebody was asked: what waited for them is gone, too */
};
struct engine_deployed { /* texts are borrowed for the call */
    const char *workspace, *environment, *flow;
    const char *version, *before; /* digests; NULL: it was taken out, nothing was there */
    const char *by;               /* NULL: its folder */
};
/* Everything outside the engine, all borrowed. */
struct world {
    struct clock *clock;
    struct random *random;
    struct log *log;
    struct store *store;
    struct rules *rules;
    struct http_out *http;
    struct pool *pool;
    struct odbc *odbc;                      /* NULL: no database can be reached */
    struct vault *vault;
    const char *card_data;                  /* guard.h; NULL: card data is masked */
    bool by_hand;                           /* nothing begins by itself: `weft run` */
    /* Which run is worked on, in memory that outlives the process; NULL: nowhere. */
    uint64_t *hand;
    const struct egress *egress;            /* the program's policy */
    const struct registry *registry;
    struct folders *folders;                /* NULL: no flow can watch one */
    struct files *files;                    /* NULL: no step can use one */
    struct transfer *transfer;              /* SFTP and mail; NULL: there is none */
    const char *(*environment)(const char *name); /* getenv(), or a test's own */
    void (*answer)(void *arg, uint64_t request, const struct engine_answer *answer);
    /* The run has left memory: it has ended, or waits as a row (RUN_WAITING, RUN_IN_DOUBT). May be
     * NULL. */
    void (*ended)(void *arg, uint64_t run, enum run_status status);
    void (*moved)(void *arg, const struct engine_moved *moved); /* may be NULL */
    void (*step)(void *arg, uint64_t run, const char *step, const char *what); /* may be NULL */
    /* Another state of a connection ("open", "broken", "halted"); another version works somewhere,
     * or none. Both may be NULL. */
    void (*connected)(void *arg, const char *connection, const char *state);
    void (*deployed)(void *arg, const struct engine_deployed *deployed);
    const bool *watched; /* steps are told only while this is true; NULL: always */
    /* What a simulated step would have sent. The output of its answer, a new reference; NULL: its
     * example is taken, or *e says how it fails. May be NULL. */
    json_t *(*simulated)(void *arg, const char *step, const struct step_ask *ask, struct err *e);
    void (*fatal)(void *arg, const char *why); /* the store can't be trusted: stop, exit 70 */
    void *arg;
};

struct engine;
/* loads secrets and the last id */
struct engine *engine_new(const struct world *world, struct err *e) MUST_USE;
void engine_free(struct engine *engine); /* NULL is fine; runs not ended stay in the store */

/* Publishes a bundle and puts it in an environment. With faults the former version stays; so does
 * what a person has deployed there (flows.h), unless the bundle is another one than before. */
enum err_code engine_deploy(struct engine *engine, const char *workspace, const char *environment,
                            const char *slug, json_t *bundle, const char *file, const char *text,
                            size_t text_size, struct faults *faults, struct err *e) MUST_USE;
/* Takes the flow out of the environment; its unfinished runs go on. */
void engine_undeploy(struct engine *engine, const char *workspace, const char *environment,
                     const char *slug);
/* Takes out every flow of the environment that is not among `keep` and that no person deployed. */
void engine_undeploy_others(struct engine *engine, const char *workspace, const char *environment,
                            const char *const *keep, size_t count);
/* What is wrong with a flow's folder (or a definition's file), rules included; the flow, or NULL
 * with an error. */
struct flow *engine_check(struct rules *rules, const struct registry *registry, const char *path,
                          bool folder, const char *slug, struct faults *faults) MUST_USE;
/* Takes up what the store holds: deployments, and every unfinished run. Once, before the first
 * event. */
enum err_code engine_recover(struct engine *engine, size_t *runs, struct err *e) MUST_USE;

/* Does what is due, up to LIMIT_TURN_RUNS runs. True: there is more to do at once. */
bool engine_turn(struct engine *engine);
/* steady time of the next timer; INT64_MAX: none */
int64_t engine_due(const struct engine *engine);
size_t engine_runs(const struct engine *engine);   /* unfinished runs in memory */
bool engine_idle(const struct engine *engine);     /* nothing under way: no commit, call or timer */
/* Nothing is under way, so that only time or a person moves it: where time is made, it may pass. */
bool engine_rests(const struct engine *engine);
void engine_drain(struct engine *engine);          /* no more events (503); runs go on */

/* A webhook: finds the trigger for method and path ("main/production/paytrace/payments").
 * engine_hook_find() is for admission by headers alone: ERR_OK, ERR_NOT_FOUND, ERR_METHOD (with
 * *allow), ERR_OVERLOAD. engine_hook() starts the run; the answer comes through world->answer
 * with `request`. */
enum err_code engine_hook_find(struct engine *engine, const char *method, const char *path,
                               const char **allow, struct err *e);
struct engine_event {
    uint64_t request;
    const char *method, *path, *query;   /* path behind "/hooks/" */
    const struct step_pair *headers;
    size_t header_count;
    const char *body;
    size_t body_size;
    int64_t received_ms;
};
void engine_hook(struct engine *engine, const struct engine_event *event);
/* Starts a run by hand: `body` becomes trigger.body (borrowed). The answer is the run's output.
 * trigger: id of the trigger node, NULL: the first. simulate: connectors answer from examples. */
enum err_code engine_start(struct engine *engine, const char *workspace, const char *environment,
                           const char *slug, const char *trigger, json_t *body, bool simulate,
                           uint64_t request, uint64_t *run, struct err *e) MUST_USE;
/* The same, for who wants no output. done(): once, in a later turn: the run is kept, or e says why
 * not; ERR_DUPLICATE: another one has its key. */
typedef void engine_begun_fn(void *arg, uint64_t run, const struct err *e);
enum err_code engine_begin(struct engine *engine, const char *workspace, const char *environment,
                           const char *flow, const char *trigger, json_t *body, bool simulate,
                           engine_begun_fn *done, void *arg, struct err *e) MUST_USE;

/* ---- People and operators. done() is called once, after the commit, or with what prevented it;
 * not at all when the call itself fails. */
typedef void engine_done_fn(void *arg, const struct err *e); /* e->code ERR_OK: it is durable */
struct engine_decision {
    uint64_t run;
    const char *step;           /* "approve", "lines[3]/approve" */
    const char *port;           /* the choice; of an effect in doubt: happened, send, fail */
    json_t *data;               /* the form's answer, or what the system answered; may be NULL */
    const char *by;             /* who */
    const char *const *roles;   /* that they have */
    size_t role_count;
    const char *reason;         /* may be NULL */
};
/* ERR_NOT_FOUND, ERR_CONFLICT (nothing to decide any more), ERR_FORBIDDEN, ERR_INVALID. */
enum err_code engine_decide(struct engine *engine, const struct engine_decision *decision,
                            engine_done_fn *done, void *arg, struct err *e) MUST_USE;
/* Ends a run: nothing new starts, what has left is waited for, effects in doubt stay to be settled.
 * ERR_NOT_FOUND: there is no unfinished run with this id. */
enum err_code engine_cancel(struct engine *engine, uint64_t run, const char *by,
                            const char *reason, engine_done_fn *done, void *arg,
                            struct err *e) MUST_USE;

/* The connections in use: state (open, broken, halted), calls, who waits; a new reference. */
json_t *engine_connections(struct engine *engine, struct err *e) MUST_USE;
/* A halted or broken one is used again. reason: for the audit, or NULL. done(): once, when it is
 * durable; NULL: nobody asks. ERR_NOT_FOUND, ERR_CONFLICT: it is open. */
enum err_code engine_connection_resume(struct engine *engine, const char *connection,
                                       const char *by, const char *reason, engine_done_fn *done,
                                       void *arg, struct err *e) MUST_USE;

/* What happened, for people and the API: a run with its steps as JSON; a new reference or NULL
 * with *e. Reads the store only, so that it works beside a running engine and without one. */
json_t *engine_show(struct store *store, uint64_t run, struct err *e) MUST_USE;
json_t *engine_list(struct store *store, const struct store_runs_filter *filter,
                    struct err *e) MUST_USE;

#endif
