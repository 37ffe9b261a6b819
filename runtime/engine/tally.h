/* tally.h - what the engine has counted since its start: events, runs, steps, commits and how long
 * they took; for /metrics and the dashboard.
 *
 * Counting costs no memory but a row for each deployment and node type that was used, and no clock:
 * the moments are those of the turn. What is counted is not kept over a restart: who collects it
 * sees that by `since`, as with every counter. */
#ifndef ENGINE_TALLY_H
#define ENGINE_TALLY_H

#include "base/buf.h"
#include "base/decimal.h"
#include "base/table.h"
#include "engine/engine.h"

#define TALLY_BOUNDS 12u /* of a histogram: tally_bounds_ms, and what is longer */
extern const int64_t tally_bounds_ms[TALLY_BOUNDS];
struct tally_times {
    uint64_t counts[TALLY_BOUNDS + 1]; /* not cumulative */
    uint64_t count;
    int64_t sum_ms;
};
void tally_time(struct tally_times *times, int64_t ms);

/* A finer histogram: buckets of an eighth of a power of two, so that a percentile of any sum of
 * them is within an eighth of the true one. Below 16 ms each is a millisecond; the last is open. */
#define TALLY_SPREAD 232u
unsigned tally_spread_at(int64_t ms);      /* its bucket */
int64_t tally_spread_from(unsigned bucket); /* the first ms of it */

/* Money that runs of one flow moved, by currency: exact sums. */
#define TALLY_CURRENCY   4u /* with its NUL */
#define TALLY_CURRENCIES 8u /* of one flow; what is beyond is counted as unknown */
enum tally_money_kind {
    TALLY_POSTED,
    TALLY_FAILED,
    TALLY_CANCELLED,
    TALLY_NOT_POSTED, /* of runs that ended well: declined, told twice */
    TALLY_MONEY_KINDS,
};
struct tally_money {
    char currency[TALLY_CURRENCY]; /* "": none */
    struct decimal sums[TALLY_MONEY_KINDS];
    uint64_t runs[TALLY_MONEY_KINDS]; /* one that posted a part of its amount is in two */
};
/* False: nothing was added: the list is full, or a sum has too many digits. */
bool tally_money_add(struct tally_money list[TALLY_CURRENCIES], const struct tally_money *one);
/* One's entry for the currency; NULL: there is none. */
const struct tally_money *tally_money_find(const struct tally_money list[TALLY_CURRENCIES],
                                           const char *currency);

#define TALLY_STATUSES 6u /* enum run_status */
struct tally_flow {        /* of a deployment */
    uint64_t events;       /* that became runs */
    uint64_t duplicates;
    uint64_t refused;
    uint64_t ended[TALLY_STATUSES];
    uint64_t totals;       /* runs whose control totals did not hold */
    struct tally_money money[TALLY_CURRENCIES];
    uint64_t money_unknown; /* runs of a flow with settings.money that told none */
    struct tally_times times; /* from the event to the end */
    uint32_t spread[TALLY_SPREAD]; /* the same times */
};

struct tally {
    int64_t since;         /* wall */
    struct table steps;    /* a node type to its struct tally_steps */
    uint64_t commits, commit_failures;
    struct tally_times commit_times;
};
void tally_init(struct tally *tally, int64_t wall);
void tally_fini(struct tally *tally);
struct run;
void tally_refused(struct run *run);   /* it never began: its event was known, or not taken */
void tally_ended(struct run *run, enum run_status status); /* it has left memory */
struct deployment;
struct money;
/* One has failed without coming into memory, so long after its event; money may be NULL. */
void tally_lost(struct deployment *d, int64_t took_ms, const struct money *money);
void tally_commit(struct tally *tally, bool kept); /* a batch, of a run or of none */
void tally_commit_took(struct tally *tally, int64_t ms); /* that of a run */
void tally_step_done(struct tally *tally, const struct node_type *type);
/* again: it will be tried once more */
void tally_step_failed(struct tally *tally, const struct node_type *type, enum err_code code,
                       bool again);

/* All of it in the text format of Prometheus 0.0.4; *e when memory is missing. */
enum err_code engine_metrics(struct engine *engine, struct buf *out, struct err *e) MUST_USE;

#endif
