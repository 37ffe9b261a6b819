/* jump.h - the wall clock was set while steady time went on: by hand, by a time server, or the
 * machine slept. It is logged and stands in the audit chain (`clock`, {"by_ms"}).
 *
 * What was moved on by a day or more may be a mistake that somebody puts right, and what is removed
 * for its age does not come back: so nothing is, until the clock has stood for a day. The same when
 * the program starts and the newest run is a month old. */
#ifndef ENGINE_JUMP_H
#define ENGINE_JUMP_H

#include <stdint.h>

struct engine;

#define JUMP_LEAST_MS 5000
#define JUMP_FAR_MS   INT64_C(86400000)
#define JUMP_IDLE_MS  (30 * INT64_C(86400000))

struct jump {
    int64_t ahead_ms;   /* of the wall clock before steady time */
    int64_t removes_at; /* steady: nothing is removed for its age before */
};

void jump_begin(struct engine *engine, uint64_t last_run); /* the newest in the store; 0: none */
void jump_look(struct engine *engine);                     /* once a turn */

#endif
