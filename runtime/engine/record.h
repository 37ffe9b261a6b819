/* record.h - the entries of a run's journal and its batches (record.c): a part of run.h, which
 * includes it. */
#ifndef ENGINE_RECORD_H
#define ENGINE_RECORD_H

#include "engine/frame.h"

struct run;
struct step;

void record_done(struct run_node *n, unsigned port, json_t *output, struct step *step);
/* port -1: not handled; next_ms 0: no retry */
void record_failed(struct run_node *n, const struct err *e, json_t *details, int port,
                   int64_t next_ms, const struct step *step);
/* what its ladder says of key and digest is written with it */
void record_intent(struct run_node *n, const struct step *step, const char *what);
void record_doubt(struct run_node *n, const struct err *e, json_t *details,
                  const struct step *step);
void record_mark(struct run_node *n, const char *name, const json_t *value);
void record_run(struct run *run, const char *name, const json_t *value); /* of no step */
void record_iteration(struct run_node *n, uint32_t index, json_t *result, bool failed, bool last);
struct store_batch *record_batch(struct run *run);
/* The event of the run, under that key; `dedupe` NULL: none. */
void record_accept(const struct run *run, const char *dedupe, struct store_batch *batch);
void record_back(struct run *run);            /* the store has refused the batch */
/* The store can never keep the batch: in its stead stands why the run goes no further. */
void record_broken(struct run *run, const struct err *e);
#define RUN_INPUT_MAX (16u * MIB) /* body, headers and query as JSON */
#define RUN_ENTRIES_MAX (64u * MIB)           /* bytes of entries between two commits */
json_t *record_error(const struct err *e, const char *node, json_t *details); /* new reference */

#endif
