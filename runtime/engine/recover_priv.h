/* recover_priv.h - what recovery at once (recover.c) and in slices (recover_slice.c) share. */
#ifndef ENGINE_RECOVER_PRIV_H
#define ENGINE_RECOVER_PRIV_H

#include "engine/run.h"

struct recover_row {
    uint64_t id;
    char *workspace, *environment, *flow, *version, *trigger, *order_key, *input;
    size_t input_size;
    int64_t received_ms, due_ms;
    enum run_status status;
};
void recover__row_fini(struct recover_row *row);
bool recover__row(void *arg, const struct store_run *run); /* a store_run_fn: into a recover_row */

/* A run as it was accepted; NULL: *e tells why. */
struct run *recover__begin(struct engine *engine, const struct recover_row *row,
                           struct version *version, struct err *e) MUST_USE;
bool recover__entry(struct run *run, const json_t *entry, struct err *e) MUST_USE;
void recover__open(struct run *run); /* behind the last entry: what was left open goes on */

#endif
