/* store_speed.c - what the store can do alone: batches a second, latency of a commit, bytes a run.
 *
 *   gcc -std=c11 -D_GNU_SOURCE -O2 -Iruntime tests/bench/store_speed.c runtime/store/[a-z]*.c \
 *       runtime/store/sqlite/[a-z]*.c runtime/base/[a-z]*.c runtime/io/loop.c -lsqlite3 -luv \
 *       -ljansson -lcrypto -lgmp -lpthread -o /tmp/store_speed && /tmp/store_speed [SECONDS] \
 *       [FILE [WAITING]]
 *
 * Each batch is a whole run (accept, input of about 600 bytes in its envelope, a journal of about
 * 1.2 kB, its end); so many are kept in flight, the next is appended when one is told. "2" in the
 * column `commits` means that a run is two batches: accept first, journal and end later. WAITING
 * runs are put into the store before the clock starts: they wait for a moment and must cost
 * nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/mem.h"
#include "io/loop.h"
#include "store/store_sqlite.h"

#define SAMPLES 4000000

struct speed {
    struct store *store;
    struct loop *loop;
    struct ident ident;
    bool random_keys;
    bool filling;
    int commits;
    int64_t stop_ns;
    uint64_t sent, ended;
    unsigned flying;
    int64_t *begun; /* by slot: latency of the batch in flight */
    uint64_t *slot_run;
    unsigned slots;
    uint32_t *latency_us;
    size_t samples;
};

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static size_t make_input(char *text, size_t room, uint64_t n, bool random_keys, char *key)
{
    uint64_t mixed = random_keys ? n * UINT64_C(0x9E3779B97F4A7C15) : n;
    unsigned k = (unsigned)n;

    snprintf(key, 64, "TXN-%02u-%016" PRIx64, 0u, mixed);
    return (size_t)snprintf(
        text, room,
        "{\"body\":{\"transactionId\":\"%s\",\"merchantId\":\"MRC-77120-WEB\",\"orderId\":"
        "\"ORD-2026-%09u\",\"customerId\":\"CUS-%07u\",\"amount\":%u.%02u,\"currency\":\"USD\","
        "\"status\":\"AUTHORISED\",\"timestamp\":\"2026-11-%02uT10:%02u:%02u.%03uZ\",\"card\":"
        "{\"token\":\"tok_%08x%08x%08x%08x\",\"brand\":\"visa\",\"last4\":\"%04u\",\"expiryMonth\":"
        "9,\"expiryYear\":2029},\"billing\":{\"name\":\"Erika Mustermann\",\"line1\":\"Heidestrasse"
        " 17\",\"city\":\"Koeln\",\"postalCode\":\"51147\",\"country\":\"DE\"},\"risk\":{\"score\":"
        "%u,\"rules\":[\"velocity\",\"geo\"]},\"channel\":\"web\",\"captureMode\":\"auto\","
        "\"reference\":\"Invoice %09u / web shop\"},\"headers\":{\"host\":\"127.0.0.1:8080\","
        "\"content-type\":\"application/json\",\"content-length\":\"604\"},\"query\":{},\"method\":"
        "\"POST\",\"path\":\"payments\",\"received_at\":\"2026-11-21T09:03:03.%03uZ\"}",
        key, k, k * 7919 % 10000000, k * 37 % 5000 + 1, k * 13 % 100, k % 28 + 1, k % 60,
        k * 7 % 60, k % 1000, 4711u, k, k * 2654435761u, k * 40503u, k % 10000, k % 100, k,
        k % 1000);
}

static size_t make_entries(char *text, size_t room, uint64_t n, const char *key)
{
    unsigned k = (unsigned)n;
    char map[400];
    int size =
        snprintf(map, sizeof(map),
                 "{\"reference\":\"%s\",\"customer\":\"CUS-%07u\",\"amount\":%u.%02u,"
                 "\"currency\":\"USD\",\"status\":\"paid\",\"date\":\"11/%02u/2026\","
                 "\"order\":\"ORD-2026-%09u\",\"text\":\"Invoice %09u / web shop\"",
                 key, k * 7919 % 10000000, k * 37 % 5000 + 1, k * 13 % 100, k % 28 + 1, k, k);

    check(size > 0 && (size_t)size < sizeof(map));
    return (size_t)snprintf(
        text, room,
        "[{\"node\":\"entry\",\"port\":\"out\",\"at\":1795252983123,\"ms\":0,\"output\":%s}},"
        "{\"node\":\"route\",\"port\":\"paid\",\"at\":1795252983123,\"ms\":0,\"output\":%s}},"
        "{\"node\":\"account\",\"port\":\"out\",\"at\":1795252983123,\"ms\":0,\"output\":%s,"
        "\"glAccount\":\"1200\"}},{\"node\":\"answer\",\"port\":\"out\",\"at\":1795252983124,"
        "\"ms\":0,\"output\":%s,\"glAccount\":\"1200\"}}]",
        map, map, map, map);
}

static void add_end(struct store_batch *batch, uint64_t n, const char *key)
{
    char entries[4096];

    batch->entries_size = make_entries(entries, sizeof(entries), n, key);
    batch->entries = mem_must_copy_n(entries, batch->entries_size);
    batch->has_status = true;
    batch->status = RUN_SUCCEEDED;
    batch->ended_ms = INT64_C(1795252983124);
}

static struct store_batch *make_run(struct speed *s, char key[64])
{
    char input[2048];
    struct store_accept accept = { .workspace = "main",
                                   .environment = "production",
                                   .flow = "paytrace-payments",
                                   .version = "0123456789abcdef0123456789abcdef0123456789abcdef01"
                                              "23456789abcdef",
                                   .trigger = "paid",
                                   .dedupe = key,
                                   .received_ms = INT64_C(1795252983123),
                                   .input = input };
    struct store_batch *batch = store_batch_new(ident_next(&s->ident, INT64_C(1795252983123)));

    accept.input_size = make_input(input, sizeof(input), ++s->sent, s->random_keys, key);
    store_batch_accept(batch, &accept);
    batch->epoch = store_epoch(s->store);
    return batch;
}

static void send(struct speed *s, unsigned slot)
{
    char key[64];
    struct store_batch *batch = make_run(s, key);

    if (s->commits == 1)
        add_end(batch, s->sent, key);
    s->slot_run[slot] = batch->run;
    s->begun[slot] = now_ns();
    s->flying++;
    store_append(s->store, &batch);
}

static void send_rest(struct speed *s, unsigned slot)
{
    struct store_batch *batch = store_batch_new(s->slot_run[slot]);

    batch->epoch = store_epoch(s->store);
    batch->seq = 1;
    add_end(batch, s->sent, "TXN-00-0000000000000000");
    s->begun[slot] = now_ns();
    s->flying++;
    s->slot_run[slot] |= UINT64_C(1) << 63; /* its second batch */
    store_append(s->store, &batch);
}

static void told(void *owner, uint64_t run, const struct store_result *result)
{
    struct speed *s = owner;
    unsigned slot = 0;
    int64_t now = now_ns();

    check(result->code == ERR_OK);
    if (s->filling) {
        if (--s->flying == 0)
            loop_stop(s->loop);
        return;
    }
    while ((s->slot_run[slot] & INT64_MAX) != run)
        slot++;
    if (s->samples < SAMPLES)
        s->latency_us[s->samples++] = (uint32_t)((now - s->begun[slot]) / 1000);
    s->flying--;
    if (s->commits == 2 && s->slot_run[slot] >> 63 == 0) {
        send_rest(s, slot);
        return;
    }
    s->ended++;
    if (now < s->stop_ns)
        send(s, slot);
    else if (s->flying == 0)
        loop_stop(s->loop);
}

/* Runs that wait for a moment, a thousand in each turn of the loop. */
static void fill_waiting(struct speed *s, unsigned waiting)
{
    struct err e;

    s->filling = true;
    for (unsigned done = 0; done < waiting;) {
        for (unsigned i = 0; i < 1000 && done < waiting; i++, done++) {
            char key[64];
            struct store_batch *batch = make_run(s, key);

            batch->has_status = true;
            batch->status = RUN_WAITING;
            batch->due_ms = INT64_C(1795252983123) + done * 7919 % 1000000;
            s->flying++;
            store_append(s->store, &batch);
        }
        check(loop_run(s->loop, &e) == ERR_OK);
    }
    s->filling = false;
}

static bool see_due(void *arg, uint64_t run, int64_t due_ms)
{
    (void)run, (void)due_ms;
    ++*(unsigned *)arg;
    return true;
}

static void measure_due(struct speed *s)
{
    int64_t next_ms, began = now_ns();
    unsigned found = 0;
    struct err e;

    check(store_due(s->store, INT64_MAX, 256, see_due, &found, &next_ms, &e) == ERR_OK);
    printf("      the next %u that are due: %.0f us\n", found, (double)(now_ns() - began) / 1e3);
}

static int compare_us(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static int64_t bytes_written(void)
{
    char text[512] = "";
    const char *at;
    FILE *file = fopen("/proc/self/io", "r");
    size_t size = file != NULL ? fread(text, 1, sizeof(text) - 1, file) : 0;

    if (file != NULL)
        fclose(file);
    text[size] = '\0';
    at = strstr(text, "\nwrite_bytes: ");
    return at != NULL ? strtoll(at + strlen("\nwrite_bytes: "), NULL, 10) : 0;
}

static void measure(const char *path, unsigned in_flight, int commits, bool random_keys,
                    int seconds, unsigned waiting)
{
    struct speed s = { .commits = commits, .random_keys = random_keys, .slots = in_flight };
    struct err e;
    struct log log;
    struct stat info;
    struct rusage usage[2];
    int64_t written = bytes_written(), began;
    double elapsed, cpu;
    char name[256];

    unlink(path);
    log_init(&log, clock_real());
    s.begun = mem_must(in_flight * sizeof(*s.begun));
    s.slot_run = mem_must(in_flight * sizeof(*s.slot_run));
    s.latency_us = mem_must(SAMPLES * sizeof(*s.latency_us));
    s.loop = loop_new(clock_real(), &e);
    check(s.loop != NULL);
    s.store = store_sqlite_open(path, s.loop, clock_real(), &log, &e);
    if (s.store == NULL) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    store_on_done(s.store, told, &s);
    if (waiting > 0) {
        fill_waiting(&s, waiting);
        measure_due(&s);
        written = bytes_written();
    }
    getrusage(RUSAGE_SELF, &usage[0]);
    began = now_ns();
    s.stop_ns = began + seconds * INT64_C(1000000000);
    for (unsigned i = 0; i < in_flight; i++)
        send(&s, i);
    check(loop_run(s.loop, &e) == ERR_OK);
    elapsed = (double)(now_ns() - began) / 1e9;
    getrusage(RUSAGE_SELF, &usage[1]);
    cpu = (double)(usage[1].ru_utime.tv_sec - usage[0].ru_utime.tv_sec + usage[1].ru_stime.tv_sec -
                   usage[0].ru_stime.tv_sec) +
          (double)(usage[1].ru_utime.tv_usec - usage[0].ru_utime.tv_usec +
                   usage[1].ru_stime.tv_usec - usage[0].ru_stime.tv_usec) /
              1e6;
    store_close(s.store);
    loop_free(s.loop);
    written = bytes_written() - written;
    check(stat(path, &info) == 0);
    qsort(s.latency_us, s.samples, sizeof(*s.latency_us), compare_us);
    printf("%5u  %d  %-6s %8.0f runs/s  p50 %6.2f ms  p99 %6.2f  max %6.2f  kept %5.0f B/run  "
           "written %6.0f B/run  %5.1f us CPU/run  %ld kB RSS\n",
           in_flight, commits, random_keys ? "random" : "rising", (double)s.ended / elapsed,
           s.latency_us[s.samples / 2] / 1e3, s.latency_us[s.samples - 1 - s.samples / 100] / 1e3,
           s.latency_us[s.samples - 1] / 1e3, (double)info.st_size / (double)(s.ended + waiting),
           (double)written / (double)s.ended, cpu / (double)s.ended * 1e6, usage[1].ru_maxrss);
    fflush(stdout);
    snprintf(name, sizeof(name), "%s-wal", path);
    unlink(name);
    unlink(path);
    mem_free(s.begun);
    mem_free(s.slot_run);
    mem_free(s.latency_us);
}

int main(int argc, char **argv)
{
    static const unsigned in_flight[] = { 1, 16, 64, 256 };
    int seconds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 5;
    const char *path = argc > 2 ? argv[2] : "/tmp/store_speed.db";
    unsigned waiting = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;

    for (size_t i = 0; i < sizeof(in_flight) / sizeof(in_flight[0]); i++)
        measure(path, in_flight[i], 1, false, seconds, waiting);
    measure(path, 64, 1, true, seconds, waiting);
    measure(path, 64, 2, false, seconds, waiting);
    return 0;
}
