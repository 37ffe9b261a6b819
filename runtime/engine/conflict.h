/* conflict.h - another event under a dedupe key that is taken. Only engine/ includes this.
 *
 * It is never executed by itself: it could be the same thing said twice. Nor is it lost: it is kept
 * as a failed run of its own, in one transaction, and a person who has compared the two replays or
 * settles it. Its sender is answered behind that. The same event again finds it kept. */
#ifndef ENGINE_CONFLICT_H
#define ENGINE_CONFLICT_H

#include "engine/run.h"

/* run: the event that meets run->first_run; its caller's request is taken over. */
void conflict_keep(struct run *run);

/* reply.c */
uint64_t reply_take(struct run *run); /* its caller is ours to answer; 0: there is none */
void reply_conflict(struct engine *engine, uint64_t request, uint64_t first); /* 409 */

#endif
