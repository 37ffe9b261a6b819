/* watch.h - triggers that take files out of folders. Only engine/ includes this.
 *
 *   seen -> settles -> read -> accept of the run -> moved into `done`
 *                       |            | refused for what is in it
 *                       +------------+-------------> moved into `failed`, with the reason
 *
 * A file is complete when it has not changed for the node's settle_ms, and is taken once: its run's
 * dedupe key is "file/NODE/NAME/SIZE/MTIME/SHA-256", and it is moved away after the run's accept is
 * committed. A process that ends between the two finds the first run by that key, and moves the
 * file then. A file that changes under the hand is another file. What is refused for want of room,
 * memory or store stays where it is and is tried again.
 *
 * One file of a watch is on its way at most, the oldest first. */
#ifndef ENGINE_WATCH_H
#define ENGINE_WATCH_H

#include "engine/engine_priv.h"

/* Whether the flow's folders may be watched, are there, and nobody else takes the same files; if
 * not, the faults say so. */
bool watches_check(struct engine *engine, const struct deployment *deployment,
                   const struct flow *flow, const char *file, struct faults *faults);
/* After a deploy, or at recovery: arms the watches of the deployment's version, in place of those
 * it had. */
void watches_put(struct engine *engine, struct deployment *deployment);
void watches_remove(struct engine *engine, const struct deployment *deployment);
void watches_turn(struct engine *engine);          /* looks into folders, takes what is complete */
int64_t watches_due(const struct engine *engine);  /* steady time; INT64_MAX: none */
void watches_free(struct engine *engine);          /* NULL is fine */

#endif
