/* lua_heap.c - the memory of a Lua state, which cannot outgrow its budget.
 *
 * (1) Between batches no limit holds. (2) To allocate takes time too: it is charged, and the clock
 * is looked at from here where Lua executes no instruction for long. */
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "rules/lua_box_priv.h"

#define BOX_CHURN       (2 * MIB)  /* bytes allocated between two looks at the clock */
#define BOX_LAST        (64 * KIB) /* allocated after a budget is used up */
#define BOX_QUICK_LAST  (32 * MIB) /* the same by a quick batch, until its next instruction */
#define BOX_STRING_HEAD 64         /* of Lua's string object */

/* Filling a block takes time in which Lua executes no instruction: a table that is hashed anew
 * more than a text that is copied. */
static uint64_t block_ticks(size_t tag, bool grows, size_t size)
{
    if (tag == LUA_TSTRING)
        return size / 128;
    return size / (grows ? 64 : 16);
}

/* A budget is used up. For an ordinary batch the allocation fails, and Lua collects all garbage
 * first. A quick one must not wait for that: it gets what it asks for, and ends at the next
 * instruction. */
static bool box_outgrown(struct lua_box *box, enum box_spent spent)
{
    if (!box->run.quick)
        return false;
    box->run.spent = spent;
    box__hurry(box->run.thread);
    return true;
}

/* tag: what Lua makes anew, 0: a part of it; grows: an old block. */
static bool box_may_grow(struct lua_box *box, size_t tag, bool grows, size_t more, size_t size)
{
    if (!box->run.armed)
        return true;
    if (box->run.spent != BOX_LEFT) { /* so much as the message handler needs */
        box->run.last += size;
        return box->run.last <= (box->run.quick ? BOX_QUICK_LAST : BOX_LAST);
    }
    if (tag == LUA_TSTRING && size > LIMIT_RULE_STRING + BOX_STRING_HEAD) {
        box->run.spent = BOX_LONG_TEXT;
        return false;
    }
    if (box->used >= box->run.ceiling || more > box->run.ceiling - box->used)
        return box_outgrown(box, BOX_MEMORY);
    box->run.ticks += block_ticks(tag, grows, size);
    box->run.churn += size;
    if (box->run.churn < BOX_CHURN)
        return true;
    box->run.churn = 0;
    return !box__is_late(box) || box_outgrown(box, BOX_TIME);
}

/* A block of another size. Small ones are the pool's. */
static void *box_move(struct lua_box *box, void *old, size_t had, size_t size)
{
    void *fresh;

    if (had > POOL_MOST && size > POOL_MOST) {
        fresh = mem_try_resize(old, size);
        box->run.starved |= fresh == NULL;
        return fresh;
    }
    fresh = size <= POOL_MOST ? pool_take(&box->pool, size) : mem_try(size);
    box->run.starved |= fresh == NULL;
    if (fresh == NULL || had == 0)
        return fresh;
    memcpy(fresh, old, had < size ? had : size);
    if (had <= POOL_MOST)
        pool_give(&box->pool, old, had);
    else
        mem_free(old);
    return fresh;
}

/* A block that shrinks must not fail. */
void *box__alloc(void *arg, void *old, size_t old_size, size_t size)
{
    struct lua_box *box = arg;
    size_t had = old != NULL ? old_size : 0;
    size_t tag = old != NULL ? 0 : old_size;
    void *fresh;

    if (size == 0) {
        if (had > POOL_MOST)
            mem_free(old);
        else if (had > 0)
            pool_give(&box->pool, old, had);
        box->used -= had;
        return NULL;
    }
    if (size > had && !box_may_grow(box, tag, had > 0, size - had, size))
        return NULL;
    fresh = box_move(box, old, had, size);
    if (fresh == NULL)
        return NULL;
    box->used += size - had;
    return fresh;
}
