/* store_runs.h - runs for the tests of the store: batches, and a ledger of what was acknowledged.
 *
 * A run of the ledger is three batches, each sent when the one before was acknowledged: its birth
 * with a key and a first journal row, a second row, a third row with its end. ledger_verify() holds
 * the store to its word: all that was acknowledged is there, and at most the one batch that was
 * under way besides; nothing is there twice or in part. */
#ifndef TESTS_UNIT_STORE_RUNS_H
#define TESTS_UNIT_STORE_RUNS_H

#include "store_help.h"

/* ---- batches */

static inline struct store_batch *batch_accept(uint64_t run, const char *dedupe, const char *input)
{
    const struct store_accept accept = { .workspace = "main",
                                         .environment = "production",
                                         .flow = "orders",
                                         .version = "aa11",
                                         .trigger = "hook",
                                         .dedupe = dedupe,
                                         .received_ms = 1000,
                                         .input = input,
                                         .input_size = strlen(input) };
    struct store_batch *batch = store_batch_new(run);

    store_batch_accept(batch, &accept);
    return batch;
}

static inline struct store_batch *batch_journal(struct store_batch *batch, uint32_t seq,
                                                const char *entries)
{
    batch->seq = seq;
    batch->entries = mem_must_copy(entries);
    batch->entries_size = strlen(entries);
    return batch;
}

static inline struct store_batch *batch_end(struct store_batch *batch, enum run_status status,
                                            const char *error)
{
    batch->has_status = true;
    batch->status = status;
    batch->ended_ms =
        status == RUN_ACTIVE || status == RUN_IN_DOUBT || status == RUN_WAITING ? 0 : 2000;
    batch->error = mem_must_copy(error);
    return batch;
}

static inline struct store_batch *batch_wait(struct store_batch *batch, int64_t due_ms)
{
    batch->due_ms = due_ms;
    return batch_end(batch, RUN_WAITING, NULL);
}

static inline struct store_batch *batch_fact(struct store_batch *batch, enum store_fact_op op,
                                             const char *key, const char *value)
{
    const struct store_fact fact = {
        .op = op, .kind = FACT_WAIT, .key = key, .value = value, .run = batch->run
    };

    store_batch_fact(batch, &fact);
    return batch;
}

/* The facts of the kind WAIT as "key=value ". */
static inline bool facts_see(void *arg, const struct store_fact *fact)
{
    char *text = arg;
    size_t used = strlen(text);

    snprintf(text + used, 512 - used, "%.60s=%.60s ", fact->key, fact->value);
    return true;
}

static inline const char *facts_text(struct store *store)
{
    static char text[512];
    const struct store_facts_filter all = { .kind = FACT_WAIT };
    struct err e;

    text[0] = '\0';
    assert_int_equal(store_facts(store, &all, facts_see, text, &e), ERR_OK);
    return text;
}

#define LEDGER_RUNS 64

struct ledger {
    uint64_t first; /* the runs' ids are first + 1, first + 2, ... */
    unsigned runs;
    unsigned acked[LEDGER_RUNS]; /* batches of each run: 0 to 3 */
    bool under_way[LEDGER_RUNS]; /* the next one was sent and its outcome is not known */
};

static inline void ledger_text(char text[64], const char *what, uint64_t run, unsigned part)
{
    snprintf(text, 64, "[\"%s %u of run %u\"]", what, part, (unsigned)run);
}

static inline struct store_batch *ledger_batch(uint64_t run, unsigned part)
{
    char text[64], input[64];
    struct store_batch *batch;

    ledger_text(text, "row", run, part);
    ledger_text(input, "input", run, 0);
    batch = part == 0 ? batch_accept(run, input, input) : store_batch_new(run);
    batch_journal(batch, part, text);
    return part == 2 ? batch_end(batch, RUN_SUCCEEDED, NULL) : batch;
}

struct ledger_row {
    uint64_t run;
    unsigned rows;
    enum run_status status;
};

static inline bool ledger_see_row(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct ledger_row *row = arg;
    char text[64];

    ledger_text(text, "row", row->run, seq);
    assert_int_equal(seq, row->rows);
    assert_int_equal(size, strlen(text));
    assert_string_equal(entries, text);
    row->rows++;
    return true;
}

static inline bool ledger_see_run(void *arg, const struct store_run *run)
{
    struct ledger_row *row = arg;
    char input[64];

    ledger_text(input, "input", row->run, 0);
    assert_string_equal(run->input, input);
    assert_string_equal(run->dedupe, input);
    row->status = run->status;
    return true;
}

static inline void ledger_verify(const struct ledger *ledger, struct store *store)
{
    for (unsigned i = 0; i < ledger->runs; i++) {
        struct ledger_row row = { .run = ledger->first + i + 1 };
        struct err e;
        enum err_code code = store_run_find(store, row.run, ledger_see_run, &row, &e);
        unsigned most = ledger->acked[i] + (ledger->under_way[i] ? 1 : 0);

        if (code == ERR_OK)
            code = store_journal(store, row.run, ledger_see_row, &row, &e);
        if (code == ERR_NOT_FOUND && ledger->acked[i] == 0)
            continue;
        if (code != ERR_OK || row.rows < ledger->acked[i] || row.rows > most)
            fail_msg("run %u: %u acknowledged, %u there: %s", i + 1, ledger->acked[i], row.rows,
                     code != ERR_OK ? e.text : "");
        assert_int_equal(row.status, row.rows == 3 ? RUN_SUCCEEDED : RUN_ACTIVE);
    }
}

/* Sends the next batch of each run until all have ended or the store dies; what the store refuses
 * for the moment is sent again, `tries` rounds at most. Returns the last failure's code. */
static inline enum err_code ledger_play(struct ledger *ledger, struct shop *shop, unsigned tries)
{
    enum err_code failed = ERR_OK;
    bool more = true;

    for (; more && tries > 0 && failed != ERR_FATAL; tries--) {
        unsigned first = shop->heard;

        more = false;
        for (unsigned i = 0; i < ledger->runs; i++)
            if (ledger->acked[i] < 3) {
                ledger->under_way[i] = more = true;
                shop_send(shop, ledger_batch(ledger->first + i + 1, ledger->acked[i]));
            }
        shop_wait(shop);
        for (unsigned at = first; at != shop->heard; at++) {
            const struct told *told = &shop->told[at % SHOP_TOLD];

            if (told->code != ERR_FATAL)
                ledger->under_way[told->run - 1 - ledger->first] = false;
            if (told->code == ERR_OK)
                ledger->acked[told->run - 1 - ledger->first]++;
            else
                failed = told->code;
        }
    }
    return failed;
}

static inline bool ledger_ended(const struct ledger *ledger)
{
    for (unsigned i = 0; i < ledger->runs; i++)
        if (ledger->acked[i] < 3)
            return false;
    return true;
}

#endif
