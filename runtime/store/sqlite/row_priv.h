/* row_priv.h - which fields of a row its sum covers; the writer makes it,
 * the reader compares it. */
#ifndef STORE_SQLITE_ROW_PRIV_H
#define STORE_SQLITE_ROW_PRIV_H

#include <stddef.h>
#include <stdint.h>

#include "store/fact.h"

struct row_run {
    int64_t id, flow, origin, received_ms;
    const char *dedupe, *order_key;
    const void *input, *entries; /* as stored: packed. entries NULL: none */
    size_t input_size, entries_size;
};
int64_t row_run_sum(const struct row_run *row);
/* due_ms 0: none */
int64_t row_end_sum(int64_t id, int64_t status, int64_t ended_ms, const char *error,
                    int64_t due_ms);
int64_t row_fact_sum(const struct store_fact *fact);
int64_t row_journal_sum(int64_t run, int64_t seq, const void *entries, size_t size);
int64_t row_version_sum(const char *digest, const char *flow, const void *bundle, size_t size);

#endif
