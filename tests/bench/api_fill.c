/* api_fill.c - a store for tests/bench/api_lists.py and web/e2e/perf: many runs of twenty flows,
 * one of 20,000 steps, and one with an input of so many megabytes for each that is named.
 *
 *   api_fill [--reviews COUNT] FILE COUNT [MEGABYTES]...
 *
 * Of a hundred runs 96 succeeded, 3 failed, one waits; every fourth has an order key. Prints the
 * ids of the run with many steps and of those with the large inputs, of which there is one of 50 MB
 * when none is named. --reviews: so many runs more, each of which asks a person. */
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

#define WAVE  2000u
#define STEPS 20000u
#define LARGE 50u

static struct store *store;
static struct loop *loop;
static unsigned flying;

static void die(const char *text)
{
    fprintf(stderr, "api_fill: %s\n", text);
    exit(1);
}

static void told(void *owner, uint64_t run, const struct store_result *result)
{
    (void)owner;
    (void)run;
    if (result->code != ERR_OK)
        die(result->text != NULL ? result->text : "refused");
    if (--flying == 0)
        loop_stop(loop);
}

static void settle(void)
{
    struct err e;

    if (flying > 0 && loop_run(loop, &e) != ERR_OK)
        die(e.text);
}

static void append(struct store_batch *batch)
{
    batch->epoch = store_epoch(store);
    flying++;
    store_append(store, &batch);
}

static struct store_batch *begin(uint64_t run, unsigned number, const char *input, size_t size)
{
    char flow[16], key[32], order[32];
    const struct store_accept accept = { .workspace = number % 50 == 7 ? "other" : "main",
                                         .environment = "production",
                                         .flow = flow,
                                         .version = "aa11",
                                         .trigger = "hook",
                                         .dedupe = key,
                                         .order_key = number % 4 == 0 ? order : NULL,
                                         .received_ms = (int64_t)(run >> 22) + 1704067200000,
                                         .input = input,
                                         .input_size = size };
    struct store_batch *batch = store_batch_new(run);

    snprintf(flow, sizeof flow, "flow-%02u", number % 20);
    snprintf(key, sizeof key, "SO-%07u", number);
    snprintf(order, sizeof order, "C-%u", number * 7919 % 20000);
    store_batch_accept(batch, &accept);
    return batch;
}

static void finish(struct store_batch *batch, enum run_status status, const char *error)
{
    batch->has_status = true;
    batch->status = status;
    batch->ended_ms = status == RUN_WAITING ? 0 : batch->accept.received_ms + 40;
    batch->error = mem_must_copy(error);
}

static void plain(uint64_t run, unsigned number)
{
    static const char entries[] =
        "[{\"n\":\"map\",\"t\":1,\"o\":{\"total\":12.50,\"currency\":\"USD\"}},"
        "{\"n\":\"post\",\"t\":22,\"d\":20,\"o\":{\"status\":201,\"id\":\"INV-1\"}}]";
    char input[256];
    struct store_batch *batch;
    int size = snprintf(input, sizeof input,
                        "{\"body\":{\"order\":\"SO-%07u\",\"customer\":{\"id\":\"K-%u\"},\"lines\":"
                        "[{\"sku\":\"A-1\",\"qty\":2}]},\"method\":\"POST\"}",
                        number, number % 5000);

    batch = begin(run, number, input, (size_t)size);
    batch->entries = mem_must_copy_n(entries, sizeof entries - 1);
    batch->entries_size = sizeof entries - 1;
    if (number % 100 < 96)
        finish(batch, RUN_SUCCEEDED, NULL);
    else if (number % 100 < 99)
        finish(batch, RUN_FAILED,
               number % 2 == 0 ? "{\"kind\":\"timeout\",\"text\":\"no answer\",\"step\":\"post\"}"
                               : "{\"kind\":\"invalid\",\"text\":\"AcctID is required\"}");
    else
        finish(batch, RUN_WAITING, NULL);
    append(batch);
}

/* As branch.review has it (engine/person.c). Without an order key: of those one waits at a time. */
static void review(uint64_t run, unsigned number)
{
    char id[IDENT_TEXT], key[IDENT_TEXT + 8], value[1024];
    const struct store_fact task = {
        .op = FACT_PUT, .kind = FACT_TASK, .key = key, .value = value, .run = run
    };
    struct store_batch *batch = begin(run, 10000001 + 4 * number, "{\"body\":{}}", 11);

    ident_text(run, id);
    snprintf(key, sizeof key, "%s/approve", id);
    snprintf(value, sizeof value,
             "{\"kind\":\"review\",\"flow\":\"flow-%02u\",\"workspace\":\"%s\","
             "\"environment\":\"production\",\"step\":\"approve\",\"title\":\"Pay %u\","
             "\"role\":\"finance\",\"ports\":[\"post\",\"reject\"],\"data\":{\"candidates\":["
             "{\"id\":\"INV-%u\",\"score\":0.71,\"amount\":12.50},"
             "{\"id\":\"INV-%u\",\"score\":0.64,\"amount\":12.50}]},"
             "\"opened_at\":\"2026-11-21T18:50:00.123Z\"}",
             number % 20, number % 50 == 7 ? "other" : "main", number, number, number + 1);
    store_batch_fact(batch, &task);
    finish(batch, RUN_WAITING, NULL);
    append(batch);
}

static void steps(uint64_t run)
{
    struct store_batch *batch = begin(run, 9000001, "{\"body\":{}}", 11);
    struct buf text;

    buf_init(&text, 64 * MIB);
    for (unsigned i = 0; i < STEPS; i++)
        buf_addf(&text,
                 "%c{\"n\":\"s%u\",\"x\":\"%u\",\"t\":%u,\"d\":2,\"o\":{\"line\":%u,\"sku\":\"A-%"
                 "u\",\"text\":\"what "
                 "a step gives has about two hundred bytes in most flows that were looked at, so "
                 "this one has, too; and a little more\",\"amount\":12.50}}",
                 i == 0 ? '[' : ',', i % 100, i / 100 + 1, i * 3, i, i);
    buf_add_text(&text,
                 ",{\"n\":\"last\",\"t\":60001,\"e\":{\"kind\":\"invalid\",\"text\":\"no\"}}]");
    check(buf_ok(&text));
    batch->entries = buf_take(&text, &batch->entries_size);
    finish(batch, RUN_FAILED, "{\"kind\":\"invalid\",\"text\":\"no\",\"step\":\"last\"}");
    append(batch);
    settle();
}

static void large(uint64_t run, unsigned megabytes)
{
    const size_t size = (size_t)megabytes * 1000 * 1000;
    struct buf text;

    buf_init(&text, 64 * MIB);
    buf_add_text(&text, "{\"body\":{\"lines\":[");
    for (unsigned i = 0; text.len < size; i++)
        buf_addf(&text,
                 "%s{\"sku\":\"A-%u\",\"qty\":%u,\"price\":12.50,\"name\":\"a thing of the shop\"}",
                 i > 0 ? "," : "", i, i % 9);
    buf_add_text(&text, "]}}");
    check(buf_ok(&text));
    {
        struct store_batch *batch = begin(run, 9000002 + megabytes, buf_text(&text), text.len);

        finish(batch, RUN_SUCCEEDED, NULL);
        append(batch);
    }
    settle();
    buf_fini(&text);
}

static void fill(unsigned count, unsigned reviews, struct ident *ident, struct clock *clock)
{
    const int64_t from_ms = clock->wall_ms(clock) - 864000000; /* over the last ten days */

    for (unsigned i = 0; i < count; i++) {
        plain(ident_next(ident, from_ms + (int64_t)i * 863000000 / count), i);
        if (i % WAVE == WAVE - 1)
            settle();
    }
    for (unsigned i = 0; i < reviews; i++) {
        review(ident_next(ident, from_ms + 863000000), i);
        if (i % WAVE == WAVE - 1)
            settle();
    }
    settle();
}

/* The next run's id; it is said. */
static uint64_t told_next(struct ident *ident, struct clock *clock)
{
    const uint64_t run = ident_next(ident, clock->wall_ms(clock));
    char text[IDENT_TEXT];

    ident_text(run, text);
    printf("%s\n", text);
    return run;
}

int main(int argc, char **argv)
{
    unsigned reviews = 0, count;
    struct clock *clock = clock_real();
    struct ident ident;
    struct log log;
    struct err e;

    if (argc > 3 && strcmp(argv[1], "--reviews") == 0) {
        reviews = (unsigned)strtoul(argv[2], NULL, 10);
        argc -= 2;
        argv += 2;
    }
    count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    if (count == 0)
        die("usage: api_fill [--reviews COUNT] FILE COUNT [MEGABYTES]...");
    log_init(&log, clock);
    loop = loop_new(clock, &e);
    if (loop == NULL)
        die(e.text);
    store = store_sqlite_open(argv[1], loop, clock, &log, &e);
    if (store == NULL)
        die(e.text);
    store_on_done(store, told, NULL);
    ident_init(&ident, 0);
    fill(count, reviews, &ident, clock);
    steps(told_next(&ident, clock));
    if (argc == 3)
        large(told_next(&ident, clock), LARGE);
    for (int i = 3; i < argc; i++)
        large(told_next(&ident, clock), (unsigned)strtoul(argv[i], NULL, 10));
    store_close(store);
    loop_free(loop);
    return 0;
}
