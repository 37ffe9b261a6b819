/* audit_speed.c - how fast the audit chain is written and verified.
 *
 *   gcc -std=c11 -D_GNU_SOURCE -O2 -Iruntime tests/bench/audit_speed.c runtime/store/[a-z]*.c \
 *       runtime/store/sqlite/[a-z]*.c runtime/base/[a-z]*.c runtime/io/loop.c -lsqlite3 -lzstd \
 *       -luv -ljansson -lcrypto -lgmp -lpthread -o /tmp/audit_speed && /tmp/audit_speed [RECORDS]
 *
 * Records of about 120 bytes, appended 256 at a time, then verified by a reader of their store. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/loop.h"
#include "store/audit.h"
#include "store/store_sqlite.h"

#define FLIGHT 256

struct speed {
    struct store *store;
    struct loop *loop;
    long sent, told, wanted;
};

static double speed_now(void)
{
    struct timespec now;

    check(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void speed_send(struct speed *speed)
{
    struct store_batch *batch = store_batch_new(0);
    char text[256];

    snprintf(text, sizeof text,
             "{\"by\":\"anna\",\"what\":\"decide\",\"object\":\"01JD3K8QZ7M2A/approve\","
             "\"detail\":{\"port\":\"yes\",\"reason\":\"invoice %ld was checked\"}}",
             speed->sent++);
    batch->epoch = store_epoch(speed->store);
    batch->audit = mem_must_copy(text);
    batch->audit_ms = 1795266000000 + speed->sent;
    store_append(speed->store, &batch);
}

static void speed_told(void *owner, uint64_t run, const struct store_result *result)
{
    struct speed *speed = owner;

    (void)run;
    check(result->code == ERR_OK);
    if (++speed->told == speed->wanted)
        loop_stop(speed->loop);
    else if (speed->sent < speed->wanted)
        speed_send(speed);
}

static void speed_verify(const char *path, const unsigned char *key, struct log *log)
{
    struct store_audit_report report;
    struct err e;
    struct store *store = store_sqlite_open_readonly(path, log, &e);
    double begun = speed_now();

    check(store != NULL);
    check(store_audit_verify(store, key, &report, &e) == ERR_OK);
    printf("verify %10.0f records/s\n", (double)report.records / (speed_now() - begun));
    store_close(store);
}

int main(int argc, char **argv)
{
    static const unsigned char key[STORE_AUDIT_KEY] = "a key of exactly thirty-two byte";
    struct speed speed = { .wanted = argc > 1 ? strtol(argv[1], NULL, 10) : 200000 };
    char folder[] = "/tmp/weft-audit-XXXXXX", path[64];
    struct log log;
    struct err e;
    double begun;

    check(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/weft.db", folder);
    log_init(&log, clock_real());
    speed.loop = loop_new(clock_real(), &e);
    speed.store = store_sqlite_open(path, speed.loop, clock_real(), &log, &e);
    check(speed.store != NULL && store_audit_key(speed.store, key, &e) == ERR_OK);
    store_on_done(speed.store, speed_told, &speed);
    begun = speed_now();
    for (int i = 0; i < FLIGHT && speed.sent < speed.wanted; i++)
        speed_send(&speed);
    check(loop_run(speed.loop, &e) == ERR_OK);
    printf("append %10.0f records/s, %d in flight\n", (double)speed.wanted / (speed_now() - begun),
           FLIGHT);
    store_close(speed.store);
    for (int i = 0; i < 3; i++)
        speed_verify(path, key, &log);
    loop_free(speed.loop);
    (void)unlink(path);
    (void)rmdir(folder);
    return 0;
}
