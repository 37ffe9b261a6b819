/* pool_uv.c - the loop's thread pool as a struct pool. */
#include "io/pool.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/loop.h"

#define POOL_MAGIC   0x50554C31u
#define POOL_THREADS 4 /* libuv's own number, where UV_THREADPOOL_SIZE does not give another */

struct pool_uv {
    struct pool pool; /* first */
    unsigned magic;
    struct loop *loop;
};

void pool_work(struct pool *pool, void (*work)(void *arg), void (*done)(void *arg), void *arg)
{
    check(work != NULL);
    check(done != NULL);
    pool->work(pool, work, done, arg);
}

static void pool_uv_work(struct pool *pool, void (*work)(void *arg), void (*done)(void *arg),
                         void *arg)
{
    struct pool_uv *of = (struct pool_uv *)pool;

    CHECK_OBJ(of, POOL_MAGIC);
    loop_work(of->loop, work, done, arg);
}

struct pool *pool_uv_new(struct loop *loop)
{
    struct pool_uv *of = mem_must(sizeof *of);
    const char *size = getenv("UV_THREADPOOL_SIZE");
    long threads = size != NULL ? strtol(size, NULL, 10) : POOL_THREADS;

    of->magic = POOL_MAGIC;
    of->loop = loop;
    of->pool.work = pool_uv_work;
    of->pool.threads = threads > 0 ? (size_t)threads : 1;
    return &of->pool;
}

void pool_uv_free(struct pool *pool)
{
    struct pool_uv *of = (struct pool_uv *)pool;

    if (of == NULL)
        return;
    CHECK_OBJ(of, POOL_MAGIC);
    of->magic = 0;
    mem_free(of);
}
