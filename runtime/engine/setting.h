/* setting.h - what of the engine can be set while it works. */
#ifndef ENGINE_SETTING_H
#define ENGINE_SETTING_H

#include "engine/engine.h"

/* As guard_setting() has checked it; copied. */
void engine_card_data(struct engine *engine, const char *setting);
/* How long ended runs are kept of flows of the workspace without settings.retention; 0: for ever.
 */
void engine_retention(struct engine *engine, const char *workspace, int64_t keep_ms);
/* A decimal; "": none. In runs that move more, whatever the currency, a review or an effect in
 * doubt needs two people. Holds for what is asked from now on. */
void engine_four_eyes(struct engine *engine, const char *workspace, const char *above);
/* Runs at once of a flow without settings.concurrency; 0: no limit. */
void engine_concurrency(struct engine *engine, const char *workspace, unsigned most);
/* Unfinished runs in memory, from 1 to LIMIT_RUNS; above it events are refused and waiting ones
 * wait. What is at work goes on. */
void engine_most_runs(struct engine *engine, unsigned most);
/* Items of a poll that are accepted in one transaction, from 1 to POLL_PIECE, which it is. */
void engine_poll_piece(struct engine *engine, unsigned items);
/* Entries of a waiting run's journal that come back in one turn when a person asks for it, from 1
 * to WAKE_SLICE, which it is. */
void engine_wake_slice(struct engine *engine, unsigned entries);

#endif
