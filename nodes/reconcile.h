/* reconcile.h - two lists of lines, and which of them belong together.
 *
 * Knows nothing of JSON: it is fed with lines of keys, an amount, a currency and a day, and holds
 * them compactly (32 bytes and the keys). The passes of its plan run in order over the lines that
 * are still free; reconcile_run() leaves every line in exactly one state.
 *
 * (1) A line is matched only by keys that are equal, byte for byte, and by an amount and a day
 *     within the pass's limits; a score only proposes.                          [reconcile_pass]
 * (2) Where more than one answer is possible none is chosen: the lines become a difference with
 *     the reason "ambiguous", unless a later pass can tell.               [reconcile__settle]
 * (3) The result depends on what the lines are, not on their order: what is sorted is sorted by
 *     content, and each bound is one of content too.
 * (4) What went in comes out: counts and sums of each currency and state are added up anew from
 *     the result, and compared with those taken while feeding.           [reconcile_prove] */
#ifndef NODES_RECONCILE_H
#define NODES_RECONCILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "nodes/amount.h"
#include "nodes/reconcile_plan.h"

#define RECONCILE_LINES      10000000u  /* of one side: 320 MB and their keys */
#define RECONCILE_CURRENCIES 1000u
#define RECONCILE_PAIRS      4000000u   /* compared within one set of equal keys */
#define RECONCILE_SEARCH     100000u    /* steps of the search for one sum */
#define RECONCILE_SEARCHES   200000000u /* and for all of a pass: about 2 s */

enum reconcile_side { RECONCILE_LEFT, RECONCILE_RIGHT };

struct reconcile_text {
    const char *at;
    size_t size;                   /* 0: nothing; equal to no other */
};
struct reconcile_line {
    const struct reconcile_text *keys; /* plan->columns */
    amount_units amount;
    int scale;                     /* digits behind the point as they were written */
    int32_t day;                   /* or LINE_NO_DAY */
    struct reconcile_text currency;
};

enum reconcile_state { RECONCILE_FREE, RECONCILE_MATCHED, RECONCILE_PROPOSED, RECONCILE_DIFFERING,
                       RECONCILE_UNMATCHED, RECONCILE_STATES };
#define RECONCILE_REASONS(X)                                               \
    X(EQUAL,       "equal")       /* amount and day too                 */ \
    X(TOLERATED,   "tolerated")   /* within the limits of the pass      */ \
    X(ALIKE,       "alike")       /* n lines on each side, all alike    */ \
    X(SUM,         "sum")         /* one is the sum of many             */ \
    X(SCORE,       "score")                                                \
    X(AMBIGUOUS,   "ambiguous")                                            \
    X(BOUND,       "bound")       /* too many candidates to compare     */ \
    X(AMOUNT,      "amount")                                               \
    X(DATE,        "date")                                                 \
    X(CURRENCY,    "currency")                                             \
    X(CARDINALITY, "cardinality") /* the sums agree, the numbers do not */
enum reconcile_reason {
#define X(code, name) RECONCILE_##code,
    RECONCILE_REASONS(X)
#undef X
};
extern const char *const reconcile_reasons[];

struct reconcile_group {           /* lines that are matched, proposed or differ together */
    enum reconcile_state state;
    enum reconcile_reason reason;
    unsigned pass;
    uint32_t left_count, right_count;
    size_t first;                  /* in reconcile_members(): left, then right, ascending */
    int score, runner_up;          /* of a proposal; runner_up -1: there is none */
};
struct reconcile_sum {
    uint64_t count;
    amount_units sum;
};
struct reconcile_total {
    const char *currency;
    int scale;                     /* digits behind the point of its most exact line */
    struct reconcile_sum in[2];    /* of each side, as it was fed */
    struct reconcile_sum out[2][RECONCILE_STATES];
};

struct reconcile;
struct reconcile *reconcile_new(const struct reconcile_plan *plan); /* which must live longer */
void reconcile_free(struct reconcile *r); /* NULL is fine */
/* Copies what it needs. ERR_LIMIT, ERR_MEMORY. */
enum err_code reconcile_add(struct reconcile *r, enum reconcile_side side,
                            const struct reconcile_line *line, struct err *e) MUST_USE;
/* Once, after the last line. given_up may be NULL; when set it ends early with ERR_CANCELLED. */
enum err_code reconcile_run(struct reconcile *r, const atomic_bool *given_up,
                            struct err *e) MUST_USE;
/* (4); ERR_INTERNAL says which sum does not agree. */
enum err_code reconcile_prove(struct reconcile *r, struct err *e) MUST_USE;

/* In order of their first line; lines count from 0. */
const struct reconcile_group *reconcile_groups(const struct reconcile *r, size_t *count);
const uint32_t *reconcile_members(const struct reconcile *r, const struct reconcile_group *group);
enum reconcile_state reconcile_line_state(const struct reconcile *r, enum reconcile_side side,
                                          size_t line);
amount_units reconcile_line_amount(const struct reconcile *r, enum reconcile_side side,
                                   size_t line);
const char *reconcile_line_currency(const struct reconcile *r, enum reconcile_side side,
                                    size_t line);
size_t reconcile_count(const struct reconcile *r, enum reconcile_side side);
/* Lines that a scored pass could not compare: its sets had more than RECONCILE_PAIRS pairs. */
uint64_t reconcile_skipped(const struct reconcile *r, unsigned pass);
/* In order of currency. */
const struct reconcile_total *reconcile_totals(const struct reconcile *r, size_t *count);

#endif
