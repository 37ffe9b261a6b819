/* store_shop.h - the one shop of a test file, its folder and the path of its store there.
 *
 * shop_on_disk() or shop_in_memory() with shop_end() around a test that wants an open store;
 * folder_begin() with folder_end() around one that opens and closes it itself. */
#ifndef TESTS_UNIT_STORE_SHOP_H
#define TESTS_UNIT_STORE_SHOP_H

#include "store_runs.h"

static struct shop shop;
static char folder[64];
static char path[96];

static inline int folder_begin(void **state)
{
    (void)state;
    folder_make(folder);
    snprintf(path, sizeof path, "%s/weft.db", folder);
    return 0;
}

static inline int folder_end(void **state)
{
    (void)state;
    folder_remove(folder);
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

static inline int shop_end(void **state)
{
    (void)state;
    if (shop.store != NULL)
        shop_close(&shop);
    if (folder[0] != '\0')
        folder_remove(folder);
    return 0;
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
