/* lua_pool_priv.h - memory for Lua's many small objects: lists of free blocks by size, cut from
 * slabs.
 *
 * Faster than malloc() by half a rule, because Lua tells the size when it frees. Slabs are given
 * back all at once, when the state is replaced. For rules/ only. */
#ifndef RULES_LUA_POOL_PRIV_H
#define RULES_LUA_POOL_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#define POOL_GRAIN   16u  /* bytes: sizes are rounded up to it */
#define POOL_CLASSES 16u
#define POOL_MOST    (POOL_GRAIN * POOL_CLASSES) /* larger blocks are malloc()'s */

struct pool_block;
struct pool_slab;
struct pool {
    struct pool_block *unused[POOL_CLASSES];
    struct pool_slab *slabs;
    char *at; /* of the newest slab: what was never used */
    size_t left;
    size_t bytes; /* of all slabs */
};

void pool_init(struct pool *pool);
void pool_fini(struct pool *pool); /* every block is gone with it */
/* 0 < size <= POOL_MOST. NULL: no memory. */
void *pool_take(struct pool *pool, size_t size);
void pool_give(struct pool *pool, void *block, size_t size);

#endif
