/* jump.h - the wall clock was set while steady time went on: by hand, by a time server, or the
 * machine slept. It is logged and stands in the audit chain (`clock`, {"by_ms"}).
 *
 * What was moved on by a day or more may be a mistake that somebody puts right, and what is removed
 * for its age does not come back: so nothing is, until the clock has stood for a day. The same when
 * the program starts and the newest run is a month old.
 *
 * What was put back makes nothing younger. By how much it was, in all, is kept in the store
 * (FACT_CLOCK), so that what was written before a new start of the machine, where steady time tells
 * nothing, is as old as it is. When it was put back while the machine was off nobody knows by how
 * much, and all that was written before counts as JUMP_UNKNOWN_MS older. */
#ifndef ENGINE_JUMP_H
#define ENGINE_JUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct engine;
struct store_batch;

#define JUMP_LEAST_MS   5000
#define JUMP_FAR_MS     INT64_C(86400000)
#define JUMP_IDLE_MS    (30 * INT64_C(86400000))
#define JUMP_UNKNOWN_MS (3650 * INT64_C(86400000))

struct jump {
    int64_t ahead_ms;   /* of the wall clock before steady time */
    int64_t removes_at; /* steady: nothing is removed for its age before */
    int64_t back_ms;    /* it was put back by so much since the store was made, in all */
    int64_t keeps_at;   /* steady: then that is written; INT64_MAX: it is, or is on its way, */
    unsigned on_its_way;
    bool kept; /* or durable */
};

/* last_run: the newest in the store; 0: none */
enum err_code jump_begin(struct engine *engine, uint64_t last_run, struct err *e) MUST_USE;
void jump_look(struct engine *engine); /* once a turn */
/* A run that is accepted before that is durable brings it along: a run that is younger than this
 * start of the machine, in a store that does not know of it, is the sign of a clock put back. */
void jump_accepts(const struct engine *engine, struct store_batch *batch);

/* A moment of the wall clock, named when it had been put back by back_ms, on the clocks of now. */
struct deadline jump_deadline(const struct engine *engine, int64_t wall_ms, int64_t back_ms);

#endif
