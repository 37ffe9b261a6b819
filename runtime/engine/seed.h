/* seed.h - notes (flow/node_note.h) as they stand before and after a test of a flow.
 *
 * Only for worlds of a test's own: nobody asks here whether a run is about to write the same. */
#ifndef ENGINE_SEED_H
#define ENGINE_SEED_H

#include "engine/engine.h"

/* state: {SPACE: {KEY: value}}, what is null is not there; borrowed for the call. done() as
 * engine.h says it. ERR_INVALID with what is wrong in it. */
enum err_code engine_seed(struct engine *engine, const char *workspace, const char *environment,
                          const json_t *state, engine_done_fn *done, void *arg,
                          struct err *e) MUST_USE;
/* The note's value at that moment (wall time), new reference; NULL: it is not there, or with *e. */
json_t *engine_seeded(struct store *store, const char *workspace, const char *environment,
                      const char *space, const char *key, int64_t now_ms, struct err *e) MUST_USE;

#endif
