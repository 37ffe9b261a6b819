/* governor_priv.h - what governor.c and governor_rows.c share. */
#ifndef ENGINE_GOVERNOR_PRIV_H
#define ENGINE_GOVERNOR_PRIV_H

#include "engine/governor.h"
#include "engine/run.h"

enum governor_state { GOVERNOR_OPEN, GOVERNOR_BROKEN, GOVERNOR_HALTED };

struct governor_waiter {
    uint64_t run, tag;
};

#define GOVERNOR_MAGIC 0x564F4757u
struct governor {
    unsigned magic;
    struct engine *engine;
    char *key;
    char *credentials;      /* NULL: not known yet */
    enum governor_state state;
    bool kept;              /* a fact tells its state */
    bool by_hand;           /* HALTED: by a person, so that others' credentials do not mend it */
    struct err why;         /* of BROKEN and HALTED */
    int64_t since_ms;       /* wall */
    int64_t until;          /* steady: nothing leaves before */
    int64_t asked;          /* of that, what the system itself asked for by a 429 */
    bool probing;           /* BROKEN: one call tries */
    unsigned faults, limits, pauses; /* in a row */
    unsigned places, out;
    unsigned requests;       /* the pace as it was said, in per_ms; 0: none */
    int64_t per_ms;
    int64_t interval_us, slack_us, next_us; /* the pace, steady; interval 0: none */
    struct governor_waiter *waiters;        /* by run */
    size_t waiter_count, waiter_room;
    uint64_t alarm;         /* the tag that was given to the timers last, for */
    int64_t alarm_at;
    /* rows */
    size_t held;            /* facts, about */
    uint64_t woken;         /* later runs than this wait behind the rows; UINT64_MAX: no rows */
    bool refill;            /* look for rows, and call the first who waits, in the next turn */
    int64_t refill_at;      /* steady: not before */
};

const char *governor__state_name(const struct governor *governor);
/* Steady time from which a call may leave; INT64_MAX: when a place is given back, or a person has
 * mended it. */
int64_t governor__opens(const struct governor *governor);
void governor__keep(struct governor *governor); /* (4): as a fact, or no more */
void governor__wake(struct governor *governor);
void governor__resume(struct governor *governor);
void governor__halt(struct governor *governor, const struct err *why);
bool governor__is_behind_rows(const struct governor *governor, uint64_t run);

#endif
