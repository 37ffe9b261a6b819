/* append.h - batches of no run whose commit somebody waits for. */
#ifndef ENGINE_APPEND_H
#define ENGINE_APPEND_H

#include "engine/engine.h"

/* Appends them as a unit: all are kept or none. done() is called once, in a later turn: after the
 * commit, or with what prevented it. Takes the batches, which hold facts or an audit text; sets
 * each to NULL. */
void engine_append(struct engine *engine, struct store_batch **batches, size_t count,
                   engine_done_fn *done, void *arg);

/* For engine.c. The second tells all who still wait that the server ends. */
void appends_committed(struct engine *engine, const struct store_result *result);
void appends_free(struct engine *engine);

#endif
