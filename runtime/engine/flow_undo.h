/* flow_undo.h - a deployment whose last fact could not be kept is taken back. Only engine/ includes
 * this.
 *
 * What works in a place is changed at once; who changed it is a fact, kept a moment later. When
 * that is refused, who asked is told that it failed, so it must not work either: what was there
 * before comes back. When that cannot be kept either, they are told that, too. */
#ifndef ENGINE_FLOW_UNDO_H
#define ENGINE_FLOW_UNDO_H

#include "engine/engine_priv.h"

struct flow_undo;
/* Of what is there now, before it is changed. */
struct flow_undo *flow_undo_new(struct engine *engine, struct deployment *deployment);
void flow_undo_free(struct flow_undo *undo);
/* As the outcome of the fact: gives flow_undone its argument. */
struct flow_undo *flow_undo_told(struct flow_undo *undo, engine_done_fn *done, void *arg);
void flow_undone(void *undo, const struct err *e);

#endif
