/* store_shop.h - the one shop of a test file, its folder and the path of its store there.
 *
 * shop_on_disk(), shop_in_memory() or shop_in_fake() with shop_end() around a test that wants an
 * open store; folder_begin() with folder_end() around one that opens and closes it itself. */
#ifndef TESTS_UNIT_STORE_SHOP_H
#define TESTS_UNIT_STORE_SHOP_H

#include "store_runs.h"

static struct shop shop;
static char folder[YARD_PATH];
static char path[96];

static inline int folder_begin(void **state)
{
    (void)state;
    yard_make(folder);
    snprintf(path, sizeof path, "%s/weft.db", folder);
    return 0;
}

static inline int folder_end(void **state)
{
    (void)state;
    yard_remove(folder);
    return 0;
}

static inline int shop_on_disk(void **state)
{
    folder_begin(state);
    return shop_try(&shop, path) ? 0 : -1;
}

static inline int shop_in_memory(void **state)
{
    (void)state;
    folder[0] = '\0';
    return shop_try(&shop, NULL) ? 0 : -1;
}

static inline int shop_in_fake(void **state)
{
    (void)state;
    folder[0] = '\0';
    shop_try_fake(&shop);
    return 0;
}

/* As after a crash; a store in memory has none. */
static inline void shop_again(void)
{
    if (folder[0] == '\0')
        return;
    shop_close(&shop);
    if (!shop_try(&shop, path))
        fail_msg("%s", shop.e.text);
}

static inline void shop_send_ok(struct store_batch *batch)
{
    shop_send(&shop, batch);
    shop_wait(&shop);
    if (shop_last(&shop)->code != ERR_OK)
        fail_msg("%s", shop_last(&shop)->text);
}

static inline int shop_end(void **state)
{
    (void)state;
    if (shop.store != NULL)
        shop_close(&shop);
    if (folder[0] != '\0')
        yard_remove(folder);
    return 0;
}

/* A test on each of the stores. */
#define EACH(test)                                              \
    { #test, test, shop_on_disk, shop_end, NULL },              \
    { #test " (memory)", test, shop_in_memory, shop_end, NULL }, \
    {                                                           \
#test " (fake)", test, shop_in_fake, shop_end, NULL     \
    }
#define ON_DISK(test)                             \
    {                                             \
#test, test, shop_on_disk, shop_end, NULL \
    }

/* The store's files, none of which need be there. */
static inline void store_remove(void)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal" };

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char file[128];

        snprintf(file, sizeof file, "%s%s", path, ends[i]);
        unlink(file);
    }
}

#endif
