/* store.h - what Weft keeps: the interface behind which SQLite stands, and PostgreSQL can.
 *
 * Two kinds of call. *Appends* (store_append) carry what one run has to keep next; they are
 * committed in groups by whoever implements this, in the order of their coming, and the callback
 * tells the outcome in a later turn of the loop, after the commit (for SQLite: after the fsync).
 * Batches of one run are appended one at a time. *Reads* and *changes* are synchronous; reads use a
 * connection of their own that never writes.
 *
 * What is committed stays. A batch is committed whole or not at all. An accept whose dedupe key
 * is taken commits nothing of its batch. The epoch of a store_append must be the store's
 * (store_epoch()): a process that has lost its store to another one cannot write any more; with
 * SQLite, which has one process, it never changes while that runs. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "store/fact.h"
#include "store/look.h"
#include "store/prune.h"
#include "store/status.h"

/* The birth of a run. All texts are NUL-terminated UTF-8. */
struct store_accept {
    const char *workspace, *environment, *flow, *version; /* version: its digest */
    const char *trigger;        /* id of the trigger node */
    const char *dedupe;         /* NULL: none. Unique within workspace, environment and flow */
    const char *order_key;      /* NULL: none */
    int64_t received_ms;
    const char *input;          /* JSON: what expressions see as `trigger` */
    size_t input_size;
};

/* One append. Made by store_batch_new(); fill it with store_batch_accept() and by its fields. */
struct store_batch {
    uint64_t run;               /* 0: no run's: facts, a prune, an audit text or a ticket only */
    uint64_t epoch;
    /* of this journal row within the run, from 0, without gaps: only batches with entries count */
    uint32_t seq;
    bool has_accept;
    struct store_accept accept; /* texts owned by the batch */
    char *entries;              /* journal entries, a JSON array; NULL: none. Owned */
    size_t entries_size;
    bool has_status;
    enum run_status status;
    int64_t ended_ms;           /* with a status that ends the run */
    char *error;                /* JSON object of the error that ended it, NULL: none. Owned */
    int64_t due_ms;             /* with RUN_WAITING: when it wants to be woken; 0: by an event */
    struct store_facts *facts;  /* store_batch_fact(); NULL: none. Owned */
    struct store_prune *prune;  /* NULL: none; then the batch has nothing else. Owned */
    char *audit;                /* JSON object for the audit chain (audit.h), NULL: none. Owned */
    int64_t audit_ms;           /* when that was */
    uint64_t ticket;            /* of run 0: comes back with what became of it; 0: nobody asks */
    /* for the implementation */
    struct store_batch *next;   /* in a queue; in a unit only its first has one */
    struct store_batch *with;   /* the next of its unit: all are kept or none */
    bool failed;                /* memory ran out while it was filled: it will be refused */
    void *texts;                /* of `accept` */
    enum err_code code;         /* what became of it; with a text it is refused */
    uint64_t first_run;
    unsigned pruned;
    bool more;
    char *text;
};
struct store_batch *store_batch_new(uint64_t run);
void store_batch_accept(struct store_batch *batch, const struct store_accept *accept); /* copies */
void store_batch_free(struct store_batch *batch); /* NULL is fine */

struct store_result {
    /* ERR_OK; ERR_DUPLICATE: first_run has the key; ERR_CONFLICT: a fact to be added is there;
     * ERR_STORE: nothing was kept, trying again can
     * help; ERR_INTERNAL, ERR_LIMIT: this batch cannot be kept (its run or row is there, or is
     * not there; it is too large), others can; ERR_FATAL: the store can no longer be trusted. */
    enum err_code code;
    uint64_t first_run;
    unsigned pruned;         /* runs that store_prune removed */
    bool more;               /* and it did not come to its end: ask again */
    bool prune, audit;       /* the batch had one */
    uint64_t ticket;         /* the batch's */
    const char *text;        /* of a failure, for people */
};
typedef void store_done_fn(void *owner, uint64_t run, const struct store_result *result);

/* What reads give back: borrowed for the call of the visitor, or owned by the caller where it
 * says so. */
struct store_run {
    uint64_t run;
    enum run_status status;
    const char *workspace, *environment, *flow, *version, *trigger, *dedupe, *order_key;
    int64_t received_ms, ended_ms; /* ended_ms 0: not ended */
    const char *input;
    size_t input_size;
    const char *error;             /* JSON or NULL */
    int64_t due_ms;                /* RUN_WAITING; 0: waits for no moment */
};
struct store_runs_filter {
    const char *flow;              /* NULL: any */
    int status;                    /* -1: any */
    uint64_t before;               /* ids below this one; 0: from the newest */
    uint64_t after;                /* ids above this one, ascending order; 0: not asked */
    bool unfinished;               /* only those that have not ended; ascending, unless `before` */
    bool active;                   /* only RUN_ACTIVE, ascending: what recovery takes up */
    bool ordered;                  /* only RUN_WAITING with an order key, ascending */
    unsigned limit;                /* 0: all */
};
/* A visitor returns false to end the walk. It may ask the store further questions and may append,
 * but not change the store. A walk over runs or facts visits those that are whole and then fails
 * with ERR_STORE when one was damaged. */
typedef bool store_run_fn(void *arg, const struct store_run *run);
typedef bool store_due_fn(void *arg, uint64_t run, int64_t due_ms);
typedef bool store_journal_fn(void *arg, uint32_t seq, const char *entries, size_t size);
typedef bool store_deploy_fn(void *arg, const char *workspace, const char *environment,
                             const char *flow, const char *version);
typedef bool store_secret_fn(void *arg, const char *workspace, const char *name,
                             const char *sealed);

struct store;
struct store_audit_record;
struct store_audit_report;
struct store_ops {
    void (*append)(struct store *store, struct store_batch **batches, size_t count);
    enum err_code (*put_version)(struct store *store, const char *version, const char *flow,
                                 const char *bundle, size_t size, int64_t now_ms, struct err *e);
    /* version NULL: take the flow out */
    enum err_code (*deploy)(struct store *store, const char *workspace, const char *environment,
                            const char *flow, const char *version, int64_t now_ms, struct err *e);
    enum err_code (*put_secret)(struct store *store, const char *workspace, const char *name,
                                /* sealed NULL: remove */
                                const char *sealed, int64_t now_ms, struct err *e);
    enum err_code (*runs)(struct store *store, const struct store_runs_filter *filter,
                          store_run_fn *visit, void *arg, struct err *e);
    enum err_code (*run)(struct store *store, uint64_t run, bool head, store_run_fn *visit,
                         void *arg, struct err *e);
    enum err_code (*journal)(struct store *store, uint64_t run, uint32_t from,
                             store_journal_fn *visit, void *arg, struct err *e);
    /* the caller frees *bundle with mem_free() */
    enum err_code (*version)(struct store *store, const char *version, char **bundle, size_t *size,
                             struct err *e);
    enum err_code (*deployments)(struct store *store, store_deploy_fn *visit, void *arg,
                                 struct err *e);
    enum err_code (*secrets)(struct store *store, store_secret_fn *visit, void *arg, struct err *e);
    enum err_code (*last_run)(struct store *store, uint64_t *run, struct err *e); /* 0: none yet */
    /* runs with RUN_WAITING and 0 < due_ms <= until_ms, by due_ms; *next_ms: the due_ms of the
     * first one that was not visited, INT64_MAX if there is none */
    enum err_code (*due)(struct store *store, int64_t until_ms, unsigned limit, store_due_fn *visit,
                         void *arg, int64_t *next_ms, struct err *e);
    enum err_code (*facts)(struct store *store, const struct store_facts_filter *filter,
                           store_fact_fn *visit, void *arg, struct err *e);
    /* audit.h */
    enum err_code (*audit_key)(struct store *store, const unsigned char *key, struct err *e);
    enum err_code (*audit)(struct store *store, int64_t from, bool back, unsigned limit,
                           bool (*visit)(void *arg, const struct store_audit_record *record),
                           void *arg, struct err *e);
    enum err_code (*audit_verify)(struct store *store, const unsigned char *key,
                                  struct store_audit_report *report, struct err *e);
    /* look.h: with an implementation's own indexes; NULL: a walk over all runs */
    enum err_code (*look)(struct store *store, const struct store_look *look, store_look_fn *visit,
                          void *arg, struct store_look_end *end, struct err *e);
    enum err_code (*ready)(struct store *store, struct err *e); /* NULL: always */
    void (*close)(struct store *store);
};
struct store { /* an implementation begins with this */
    const struct store_ops *ops;
    store_done_fn *done;
    void *owner;
    uint64_t epoch;
    /* Runs up to this id were restored from a backup of that moment (wall; 0: not known): what they
     * did after it is not known here. 0: never restored; each restore has a greater one. */
    uint64_t restored; int64_t restored_ms;
    bool audits; /* audit.h */
};

/* before the first append */
void store_on_done(struct store *store, store_done_fn *done, void *owner);
uint64_t store_epoch(const struct store *store);
/* takes *batch, sets it to NULL */
void store_append(struct store *store, struct store_batch **batch);
/* The same for several runs at once: all are kept or none. When one is refused, the others are told
 * ERR_STORE with its text; ERR_DUPLICATE of one refuses nothing. Sets each to NULL. */
void store_append_all(struct store *store, struct store_batch **batches, size_t count);
/* Whether it would take a run now, as far as is known; *e names no files. */
enum err_code store_ready(struct store *store, struct err *e) MUST_USE;
enum err_code store_due(struct store *store, int64_t until_ms, unsigned limit, store_due_fn *visit,
                        void *arg, int64_t *next_ms, struct err *e) MUST_USE;
enum err_code store_put_version(struct store *store, const char *version, const char *flow,
                                const char *bundle, size_t size, int64_t now_ms,
                                struct err *e) MUST_USE;
enum err_code store_deploy(struct store *store, const char *workspace, const char *environment,
                           const char *flow, const char *version, int64_t now_ms,
                           struct err *e) MUST_USE;
enum err_code store_put_secret(struct store *store, const char *workspace, const char *name,
                               const char *sealed, int64_t now_ms, struct err *e) MUST_USE;
enum err_code store_runs(struct store *store, const struct store_runs_filter *filter,
                         store_run_fn *visit, void *arg, struct err *e) MUST_USE;
/* or ERR_NOT_FOUND */
enum err_code store_run_find(struct store *store, uint64_t run, store_run_fn *visit, void *arg,
                             struct err *e) MUST_USE;
/* The same without its input, which may be large and is NULL then. */
enum err_code store_run_head(struct store *store, uint64_t run, store_run_fn *visit, void *arg,
                             struct err *e) MUST_USE;
/* ascending seq */
enum err_code store_journal(struct store *store, uint64_t run, store_journal_fn *visit, void *arg,
                            struct err *e) MUST_USE;
/* The same from this row on; those before it are not read. A run that is not there has none. */
enum err_code store_journal_from(struct store *store, uint64_t run, uint32_t from,
                                 store_journal_fn *visit, void *arg, struct err *e) MUST_USE;
enum err_code store_version(struct store *store, const char *version, char **bundle, size_t *size,
                            struct err *e) MUST_USE;
enum err_code store_deployments(struct store *store, store_deploy_fn *visit, void *arg,
                                struct err *e) MUST_USE;
enum err_code store_secrets(struct store *store, store_secret_fn *visit, void *arg,
                            struct err *e) MUST_USE;
enum err_code store_last_run(struct store *store, uint64_t *run, struct err *e) MUST_USE;
void store_close(struct store *store); /* commits what is queued, then frees; NULL is fine */
#endif
