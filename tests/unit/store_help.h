/* store_help.h - a store with its loop, or the store in memory of the other tests, which must do
 * the same; for the tests of the store.
 *
 * shop_send() appends, shop_wait() turns the loop until every append was told. The outcome of each
 * stands in order of telling in shop.told[]. */
#ifndef TESTS_UNIT_STORE_HELP_H
#define TESTS_UNIT_STORE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/loop.h"
#include "store/store_sqlite.h"
#include "world/fake_store.h"
#include "world/yard.h"

#define SHOP_TOLD 4096

struct told {
    uint64_t run, first_run;
    enum err_code code;
    unsigned pruned;
    bool more;
    char text[400];
};
struct shop {
    struct store *store;
    struct loop *loop;
    struct fake_store *fake; /* NULL: the store is one of SQLite's and has a loop */
    struct log log;
    struct err e;
    unsigned sent, heard;
    struct told told[SHOP_TOLD]; /* by heard % SHOP_TOLD */
};

static inline void shop_hush(void *arg, enum log_level level, const char *text)
{
    (void)arg, (void)level, (void)text;
}

static inline void shop_told(void *owner, uint64_t run, const struct store_result *result)
{
    struct shop *shop = owner;
    struct told *told = &shop->told[shop->heard++ % SHOP_TOLD];

    told->run = run;
    told->first_run = result->first_run;
    told->code = result->code;
    told->pruned = result->pruned;
    told->more = result->more;
    snprintf(told->text, sizeof told->text, "%s", result->text != NULL ? result->text : "");
    if (shop->heard == shop->sent && shop->fake == NULL)
        loop_stop(shop->loop);
}

static inline void shop_try_fake(struct shop *shop)
{
    shop->sent = shop->heard = 0;
    shop->fake = fake_store_new();
    shop->store = fake_store_store(shop->fake);
    store_on_done(shop->store, shop_told, shop);
}

/* False with shop->e when the store does not open. */
static inline bool shop_try(struct shop *shop, const char *path)
{
    log_init(&shop->log, clock_real());
    shop->log.line = shop_hush;
    shop->sent = shop->heard = 0;
    shop->fake = NULL;
    shop->loop = loop_new(clock_real(), &shop->e);
    assert_non_null(shop->loop);
    shop->store = store_sqlite_open(path, shop->loop, clock_real(), &shop->log, &shop->e);
    if (shop->store != NULL)
        store_on_done(shop->store, shop_told, shop);
    else
        loop_free(shop->loop);
    return shop->store != NULL;
}

static inline void shop_close(struct shop *shop)
{
    store_close(shop->store);
    if (shop->fake != NULL)
        fake_store_free(shop->fake);
    else
        loop_free(shop->loop);
    shop->store = NULL;
    shop->fake = NULL;
}

static inline void shop_send(struct shop *shop, struct store_batch *batch)
{
    batch->epoch = store_epoch(shop->store);
    shop->sent++;
    store_append(shop->store, &batch);
    assert_null(batch);
}

/* All are one unit. */
static inline void shop_send_all(struct shop *shop, struct store_batch **batches, size_t count)
{
    for (size_t i = 0; i < count; i++)
        batches[i]->epoch = store_epoch(shop->store);
    shop->sent += (unsigned)count;
    store_append_all(shop->store, batches, count);
}

static inline void shop_wait(struct shop *shop)
{
    struct err e;

    if (shop->fake != NULL)
        fake_store_commit(shop->fake);
    else if (shop->heard < shop->sent)
        assert_int_equal(loop_run(shop->loop, &e), ERR_OK);
    assert_int_equal(shop->heard, shop->sent);
}

static inline const struct told *shop_last(const struct shop *shop)
{
    return &shop->told[(shop->heard - 1) % SHOP_TOLD];
}

#endif
