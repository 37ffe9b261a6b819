/* look.h - looking for runs by what a person knows of them: newest first, in pieces whose cost is
 * bounded.
 *
 * A look ends when `limit` runs were taken, when nothing is left, or when its bounds are reached:
 * then it tells where to go on, whatever it has found until then. */
#ifndef STORE_LOOK_H
#define STORE_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/effort.h"
#include "base/err.h"
#include "store/status.h"

struct store;
struct store_run; /* store.h, which includes this */

#define STORE_LOOK_STATUS(status) (1u << (unsigned)(status))
struct store_look {
    const char *workspace, *environment, *flow, *trigger; /* NULL: any */
    unsigned statuses;          /* bits STORE_LOOK_STATUS(); 0: any */
    uint64_t before;            /* ids below this one; 0: from the newest */
    int64_t from_ms, to_ms;     /* received from .. and before ..; 0: no bound */
    const char *key;            /* the order key or the dedupe key begins so; NULL: any */
    const char *key_marked;     /* or the dedupe key begins so; NULL: no other one */
    const char *error_kind;     /* NULL: any */
    const char *error_text;     /* stands in the error's JSON, case of ASCII letters aside */
    bool input;                 /* the visitor wants the inputs; else they are NULL */
    bool bare;                  /* it wants id, status, names and end, no more: the others may be 0.
                                   Neither moments, a key, an error nor the input is asked for */
    unsigned limit;             /* runs that the visitor takes; 0: all */
    unsigned most;              /* rows that are looked at; 0: all */
    const struct effort *effort; /* what it may take; NULL: whatever there is */
};

enum store_look_word {
    LOOK_TAKE,
    LOOK_PASS,
    LOOK_STOP, /* not dealt with: whoever goes on begins with this one */
};
typedef enum store_look_word store_look_fn(void *arg, const struct store_run *run);

struct store_look_end {
    uint64_t before; /* go on below this one; 0: nothing is left */
    bool bounded;    /* a bound was reached, or the visitor stopped, before the limit */
    unsigned seen;   /* rows that were looked at */
};
enum err_code store_look(struct store *store, const struct store_look *look, store_look_fn *visit,
                         void *arg, struct store_look_end *end, struct err *e) MUST_USE;

/* ---- For the implementations */
/* Whether the run is one of those looked for, but for `before` and the bounds. */
bool look_fits(const struct store_look *look, const struct store_run *run);
/* Lowest id that can fit, and the first above those that can: ids grow with time, but a run may be
 * received a while before it gets its id. */
void look_bounds(const struct store_look *look, uint64_t *from, uint64_t *to);
/* Whether the bounds were reached; seen: rows that were looked at. */
bool look_over(const struct store_look *look, unsigned seen);

#endif
