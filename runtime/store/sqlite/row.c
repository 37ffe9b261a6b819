/* row.c - the sums of the rows. What is stored with one must be read with the same: never change
 * one. */
#include "store/sqlite/row_priv.h"

#include "store/sqlite/sum_priv.h"

int64_t row_run_sum(const struct row_run *row)
{
    struct sum sum;

    sum_init(&sum);
    sum_int(&sum, row->id);
    sum_int(&sum, row->flow);
    sum_int(&sum, row->origin);
    sum_int(&sum, row->received_ms);
    sum_text(&sum, row->dedupe);
    sum_text(&sum, row->order_key);
    sum_bytes(&sum, row->input, row->input_size);
    sum_bytes(&sum, row->entries, row->entries_size);
    return sum_take(&sum);
}

/* Stores of number 1 have no due_ms: their sums are those of a run that is due at no time. */
int64_t row_end_sum(int64_t id, int64_t status, int64_t ended_ms, const char *error, int64_t due_ms)
{
    struct sum sum;

    sum_init(&sum);
    sum_int(&sum, id);
    sum_int(&sum, status);
    sum_int(&sum, ended_ms);
    sum_text(&sum, error);
    if (due_ms != 0)
        sum_int(&sum, due_ms);
    return sum_take(&sum);
}

int64_t row_journal_sum(int64_t run, int64_t seq, const void *entries, size_t size)
{
    struct sum sum;

    sum_init(&sum);
    sum_int(&sum, run);
    sum_int(&sum, seq);
    sum_bytes(&sum, entries, size);
    return sum_take(&sum);
}

int64_t row_fact_sum(const struct store_fact *fact)
{
    struct sum sum;

    sum_init(&sum);
    sum_int(&sum, fact->kind);
    sum_text(&sum, fact->key);
    sum_int(&sum, (int64_t)fact->run);
    sum_int(&sum, fact->at_ms);
    sum_text(&sum, fact->value);
    return sum_take(&sum);
}

int64_t row_version_sum(const char *digest, const char *flow, const void *bundle, size_t size)
{
    struct sum sum;

    sum_init(&sum);
    sum_text(&sum, digest);
    sum_text(&sum, flow);
    sum_bytes(&sum, bundle, size);
    return sum_take(&sum);
}
