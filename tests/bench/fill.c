/* fill.c - copies the one unfinished run of a store many times, row for row, so that a server can
 * be started on a store with as many of them as one likes.
 *
 *   fill FILE COUNT [IN_MS SPREAD_MS]
 *
 * The copies have ids of their own and everything else of the run that is there, which a real
 * server has left behind: what is measured is what it writes. With IN_MS a run that waits for a
 * moment has copies that are due so many milliseconds from now, evenly over SPREAD_MS. It must have
 * no dedupe key and no order key. Prints the moment of the first, in milliseconds since 1970. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/ident.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/loop.h"
#include "store/store_sqlite.h"

#define FILL_WAVE 2000u /* batches under way */
#define FILL_ROWS 16u

struct fill {
    struct store *store;
    struct loop *loop;
    struct ident ident;
    struct store_accept accept; /* of the run that is there; texts owned */
    enum run_status status;
    int64_t due_ms;
    char *rows[FILL_ROWS]; /* its journal */
    size_t row_count;
    unsigned flying;
};

static void die(const char *text)
{
    fprintf(stderr, "fill: %s\n", text);
    exit(1);
}

static bool fill_run(void *arg, const struct store_run *run)
{
    struct fill *fill = arg;

    if (run->dedupe != NULL || run->order_key != NULL)
        die("the run has a key");
    fill->status = run->status;
    fill->due_ms = run->due_ms;
    fill->accept = (struct store_accept){
        .workspace = mem_must_copy(run->workspace),
        .environment = mem_must_copy(run->environment),
        .flow = mem_must_copy(run->flow),
        .version = mem_must_copy(run->version),
        .trigger = mem_must_copy(run->trigger),
        .received_ms = run->received_ms,
        .input = mem_must_copy_n(run->input, run->input_size),
        .input_size = run->input_size,
    };
    fill->ident.last = run->run; /* until the store's last one is known */
    return true;
}

static bool fill_row(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct fill *fill = arg;

    if (seq >= FILL_ROWS)
        die("the journal of the run is too long");
    fill->rows[seq] = mem_must_copy_n(entries, size);
    fill->row_count = seq + 1;
    return true;
}

static void fill_told(void *owner, uint64_t run, const struct store_result *result)
{
    struct fill *fill = owner;

    (void)run;
    if (result->code != ERR_OK)
        die(result->text != NULL ? result->text : "refused");
    if (--fill->flying == 0)
        loop_stop(fill->loop);
}

/* The row with its moment moved. */
static char *fill_entries(const struct fill *fill, size_t row, int64_t due_ms)
{
    char was[32], is[32];
    const char *at = fill->rows[row], *hit;
    struct buf out;
    char *entries;

    if (due_ms == fill->due_ms)
        return mem_must_copy(at);
    snprintf(was, sizeof was, "%" PRId64, fill->due_ms);
    snprintf(is, sizeof is, "%" PRId64, due_ms);
    buf_init(&out, 16 * MIB);
    while ((hit = strstr(at, was)) != NULL) {
        buf_add(&out, at, (size_t)(hit - at));
        buf_add_text(&out, is);
        at = hit + strlen(was);
    }
    buf_add_text(&out, at);
    check(buf_ok(&out));
    entries = mem_must_copy(buf_text(&out));
    buf_fini(&out);
    return entries;
}

static void fill_append(struct fill *fill, uint64_t id, size_t row, int64_t due_ms)
{
    struct store_batch *batch = store_batch_new(id);

    batch->epoch = store_epoch(fill->store);
    batch->seq = (uint32_t)row;
    if (row == 0)
        store_batch_accept(batch, &fill->accept);
    if (row < fill->row_count) {
        batch->entries = fill_entries(fill, row, due_ms);
        batch->entries_size = strlen(batch->entries);
    }
    if (row + 1 >= fill->row_count && fill->status != RUN_ACTIVE) {
        batch->has_status = true;
        batch->status = fill->status;
        batch->due_ms = due_ms;
    }
    fill->flying++;
    store_append(fill->store, &batch);
}

static void fill_wave(struct fill *fill, const uint64_t *ids, const int64_t *dues, unsigned count)
{
    struct err e;

    for (size_t row = 0; row == 0 || row < fill->row_count; row++) {
        for (unsigned i = 0; i < count; i++)
            fill_append(fill, ids[i], row, dues[i]);
        if (loop_run(fill->loop, &e) != ERR_OK)
            die(e.text);
    }
}

static void fill_all(struct fill *fill, unsigned count, int64_t first_ms, int64_t spread_ms)
{
    static uint64_t ids[FILL_WAVE];
    static int64_t dues[FILL_WAVE];

    for (unsigned done = 0, wave; done < count; done += wave) {
        wave = count - done < FILL_WAVE ? count - done : FILL_WAVE;
        for (unsigned i = 0; i < wave; i++) {
            ids[i] = ident_next(&fill->ident, fill->accept.received_ms);
            dues[i] = first_ms + spread_ms * (done + i) / count;
        }
        fill_wave(fill, ids, dues, wave);
    }
}

int main(int argc, char **argv)
{
    struct store_runs_filter filter = { .status = -1, .unfinished = true, .limit = 1 };
    struct fill fill = { .store = NULL };
    struct clock *clock = clock_real();
    unsigned count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    int64_t first_ms;
    uint64_t run;
    struct log log;
    struct err e;

    if (argc != 3 && argc != 5)
        die("usage: fill FILE COUNT [IN_MS SPREAD_MS]");
    log_init(&log, clock);
    fill.loop = loop_new(clock, &e);
    if (fill.loop == NULL)
        die(e.text);
    fill.store = store_sqlite_open(argv[1], fill.loop, clock, &log, &e);
    if (fill.store == NULL || store_runs(fill.store, &filter, fill_run, &fill, &e) != ERR_OK)
        die(e.text);
    run = fill.ident.last;
    if (run == 0)
        die("there is no unfinished run");
    if (store_journal(fill.store, run, fill_row, &fill, &e) != ERR_OK ||
        store_last_run(fill.store, &fill.ident.last, &e) != ERR_OK)
        die(e.text);
    store_on_done(fill.store, fill_told, &fill);
    first_ms = argc > 3 ? clock->wall_ms(clock) + strtoll(argv[3], NULL, 10) : fill.due_ms;
    fill_all(&fill, count, first_ms, argc > 4 ? strtoll(argv[4], NULL, 10) : 0);
    store_close(fill.store);
    loop_free(fill.loop);
    printf("%" PRId64 "\n", first_ms);
    return 0;
}
