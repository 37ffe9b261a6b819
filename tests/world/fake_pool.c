/* fake_pool.c - see fake_pool.h. */
#include "world/fake_pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"

#define FAKE_POOL_THREADS 4

struct fake_work {
    void (*work)(void *arg);
    void (*done)(void *arg);
    void *arg;
    bool begun;
    struct fake_work *next;
};
struct fake_pool {
    struct pool pool; /* first */
    struct fake_work *first, **last;
    size_t count;
};

static void fake_pool_work(struct pool *pool, void (*work)(void *arg), void (*done)(void *arg),
                           void *arg)
{
    struct fake_pool *fake = (struct fake_pool *)pool;
    struct fake_work *item = mem_must(sizeof *item);

    *item = (struct fake_work){ .work = work, .done = done, .arg = arg };
    *fake->last = item;
    fake->last = &item->next;
    fake->count++;
}

struct fake_pool *fake_pool_new(void)
{
    struct fake_pool *fake = mem_must(sizeof *fake);

    fake->pool.work = fake_pool_work;
    fake->pool.threads = FAKE_POOL_THREADS;
    fake->last = &fake->first;
    return fake;
}

struct pool *fake_pool_pool(struct fake_pool *fake)
{
    return &fake->pool;
}

size_t fake_pool_open(const struct fake_pool *fake)
{
    return fake->count;
}

static void fake_work_begin(struct fake_work *item)
{
    if (!item->begun)
        item->work(item->arg);
    item->begun = true;
}

void fake_pool_begin(struct fake_pool *fake)
{
    for (struct fake_work *item = fake->first; item != NULL; item = item->next)
        fake_work_begin(item);
}

static size_t fake_pool_empty(struct fake_pool *fake, bool work)
{
    struct fake_work *item = fake->first, *next;
    size_t count = fake->count;

    fake->first = NULL;
    fake->last = &fake->first;
    fake->count = 0;
    for (; item != NULL; item = next) {
        next = item->next;
        if (work)
            fake_work_begin(item);
        item->done(item->arg);
        mem_free(item);
    }
    return count;
}

size_t fake_pool_deliver(struct fake_pool *fake)
{
    return fake_pool_empty(fake, true);
}

void fake_pool_drop(struct fake_pool *fake, bool worked)
{
    fake_pool_empty(fake, worked);
}

void fake_pool_free(struct fake_pool *fake)
{
    assert_int_equal(fake->count, 0);
    mem_free(fake);
}
