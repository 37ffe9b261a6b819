/* fact.h - small durable facts beside the runs: a key, a JSON value, perhaps a moment.
 *
 * A fact is written by the batch of a run (or by a batch of its own, run 0), in the same
 * transaction as the run's entries: cursors move with the runs they cover, a task stands there when
 * its run waits for it. The kinds are in stores: append only. */
#ifndef STORE_FACT_H
#define STORE_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define STORE_FACT_TABLE(X)                                                                    \
    X(CURSOR,   1, "cursor")   /* where a trigger stands: schedule slot, poll position       */ \
    X(WAIT,     2, "wait")     /* event key -> the run and step that wait for it             */ \
    X(SIGNAL,   3, "signal")   /* an event nobody has taken yet                              */ \
    X(TASK,     4, "task")     /* what a person has to decide: run/step -> the task          */ \
    X(SETTLED,  5, "settled")  /* failed run -> how it was settled, by whom, why             */ \
    X(CHILD,    6, "child")    /* run of a sub-flow -> the run and step that wait for it     */ \
    X(HELD,     7, "held")     /* connection and run that waits for it                       */ \
    X(GOVERNOR, 8, "governor") /* connection -> why it is not used now                       */ \
    X(KNOWN,    9, "known")    /* poll -> the restore of whose items it has seen all again   */ \
    X(STATE,   10, "state")    /* a note: see engine/note.c                                  */ \
    X(OBJECT,  11, "object")   /* what people keep: see designer-api/object.h                */ \
    X(FLOW,    12, "flow")     /* deployment -> what people did to it: engine/flows.h        */ \
    X(SERIES,  13, "series")   /* counts of a minute, an hour, a day: designer-api/series.h    */ \
    X(MONEY,   14, "money")    /* run that has not ended -> what it moves: engine/money.h    */ \
    X(FILE,    15, "file")     /* file that is removed after a time: engine/expiry.h         */ \
    X(ANSWER,  16, "answer")   /* poll -> the answer of which it has taken a piece           */ \
    X(SUMMARY, 17, "summary")  /* run/step -> what lists show of its output: engine/summary.h */ \
    X(SINCE,   18, "since")    /* poll without a cursor -> the moment of its first ask */ \
    X(TELL,    19, "tell")     /* run that was set aside -> who is to hear: engine/aside.h      */ \
    X(MOVED,   20, "moved")    /* ended run -> what it was counted with: engine/money.h         */ \
    X(REDONE,  21, "redone")   /* one that was replayed -> the same, which counts no more       */ \
    X(CLOCK,   22, "clock")    /* the wall clock as it was last set: engine/jump.c              */
enum store_fact_kind {
#define X(code, number, name) FACT_##code = number,
    STORE_FACT_TABLE(X)
#undef X
};

enum store_fact_op {
    FACT_PUT,    /* adds or replaces */
    FACT_ADD,    /* the batch is refused with ERR_CONFLICT when the key is there */
    FACT_REMOVE, /* it need not be there */
};
#define STORE_FACT_KEY 1024 /* bytes of a key at most: a batch with a longer one is refused */
struct store_fact {
    enum store_fact_op op;
    enum store_fact_kind kind;
    const char *key;     /* at most STORE_FACT_KEY */
    const char *value;   /* JSON; NULL with FACT_REMOVE */
    int64_t at_ms;       /* a moment to look for it by; 0: none */
    uint64_t run;        /* whose it is; 0: nobody's */
};

/* What a walk over facts asks for; they come in the order of their keys, byte by byte. */
struct store_facts_filter {
    enum store_fact_kind kind;
    const char *key;       /* this one only; NULL: all */
    const char *prefix;    /* keys that begin so; NULL: all */
    const char *after;     /* keys behind this one; NULL: from the first */
    int64_t due_ms;        /* > 0: only those with 0 < at_ms <= due_ms */
    uint64_t run;          /* of this run only; 0: any */
    unsigned limit;        /* 0: all */
};
typedef bool store_fact_fn(void *arg, const struct store_fact *fact); /* borrowed for the call */

const char *store_fact_name(enum store_fact_kind kind);

/* What a batch carries, in the order of its coming: they are written one after the other. For the
 * implementations. */
struct store_fact_row {
    struct store_fact fact; /* its texts stand behind it */
    struct store_fact_row *next;
};
struct store_facts {
    struct store_fact_row *first, **end;
    size_t bytes; /* of keys and values */
};

struct store;
struct store_batch;
/* Copies. A key that is too long makes the batch one that is refused with ERR_LIMIT. */
void store_batch_fact(struct store_batch *batch, const struct store_fact *fact);
void store_facts_free(struct store_facts *facts); /* of a batch; NULL is fine */
enum err_code store_facts(struct store *store, const struct store_facts_filter *filter,
                          store_fact_fn *visit, void *arg, struct err *e) MUST_USE;

#endif
