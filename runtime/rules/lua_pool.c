/* lua_pool.c - a free block holds the pointer to the next one of its size. */
#include "rules/lua_pool_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__ /* so that a pointer into a freed block is seen as before */
#include <sanitizer/asan_interface.h>
#define POOL_HIDE(block, size) ASAN_POISON_MEMORY_REGION(block, size)
#define POOL_SHOW(block, size) ASAN_UNPOISON_MEMORY_REGION(block, size)
#else
#define POOL_HIDE(block, size) ((void)0)
#define POOL_SHOW(block, size) ((void)0)
#endif

#define POOL_SLAB (32 * KIB)

struct pool_block {
    struct pool_block *next;
};
struct pool_slab {
    struct pool_slab *next;
    char padding[POOL_GRAIN - sizeof(void *)];
};

void pool_init(struct pool *pool)
{
    memset(pool, 0, sizeof(*pool));
}

void pool_fini(struct pool *pool)
{
    while (pool->slabs != NULL) {
        struct pool_slab *slab = pool->slabs;

        pool->slabs = slab->next;
        POOL_SHOW(slab, POOL_SLAB);
        mem_free(slab);
    }
    pool_init(pool);
}

static size_t class_of(size_t size)
{
    return (size + POOL_GRAIN - 1) / POOL_GRAIN - 1;
}

/* The rest of the former slab stays unused: it is less than one block of the greatest size. */
static bool pool_grow(struct pool *pool)
{
    struct pool_slab *slab = mem_try(POOL_SLAB);

    if (slab == NULL)
        return false;
    slab->next = pool->slabs;
    pool->slabs = slab;
    pool->at = (char *)slab + sizeof(*slab);
    pool->left = POOL_SLAB - sizeof(*slab);
    pool->bytes += POOL_SLAB;
    POOL_HIDE(pool->at, pool->left);
    return true;
}

void *pool_take(struct pool *pool, size_t size)
{
    size_t class = class_of(size);
    size_t room = (class + 1) * POOL_GRAIN;
    struct pool_block *block = pool->unused[class];
    char *fresh;

    if (block != NULL) {
        POOL_SHOW(block, sizeof(*block));
        pool->unused[class] = block->next;
        POOL_SHOW(block, size);
        return block;
    }
    if (pool->left < room && !pool_grow(pool))
        return NULL;
    fresh = pool->at;
    pool->at += room;
    pool->left -= room;
    POOL_SHOW(fresh, size);
    return fresh;
}

void pool_give(struct pool *pool, void *memory, size_t size)
{
    size_t class = class_of(size);
    struct pool_block *block = memory;

    check(class < POOL_CLASSES);
    POOL_SHOW(block, sizeof(*block));
    block->next = pool->unused[class];
    pool->unused[class] = block;
    POOL_HIDE(block, (class + 1) * POOL_GRAIN);
}
