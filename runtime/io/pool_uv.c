/* pool_uv.c - the loop's thread pool as a struct pool. */
#include "io/pool.h"

#include <stdlib.h>
#include <uv.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/loop.h"

#define POOL_MAGIC   0x50554C31u
#define POOL_THREADS 4 /* libuv's own number, where UV_THREADPOOL_SIZE does not give another */

#define POOL_MOST 1024 /* the same */

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

/* As many as libuv will make: it looks at the same. */
static size_t pool_uv_size(void)
{
    const char *size = getenv("UV_THREADPOOL_SIZE");
    long threads = size != NULL ? strtol(size, NULL, 10) : POOL_THREADS;

    return threads <= 0 ? 1 : threads > POOL_MOST ? POOL_MOST : (size_t)threads;
}

static void pool_uv_wait(void *arg)
{
    uv_sem_wait(arg);
}

/* Whether there can be so many at once. */
static enum err_code pool_uv_try(size_t count, struct err *e)
{
    uv_thread_t *threads = mem_must(count * sizeof *threads);
    uv_sem_t over;
    size_t made = 0;
    int failed;

    e->code = ERR_OK;
    check(uv_sem_init(&over, 0) == 0);
    while (made < count && e->code == ERR_OK) {
        failed = uv_thread_create(&threads[made], pool_uv_wait, &over);
        if (failed == 0)
            made++;
        else
            err_set(e, ERR_IO,
                    "%zu threads are wanted for files and jobs, and %zu can be made (%s): allow "
                    "more of them (ulimit -u, systemd's TasksMax=) or set UV_THREADPOOL_SIZE",
                    count, made, uv_strerror(failed));
    }
    for (size_t i = 0; i < made; i++)
        uv_sem_post(&over);
    for (size_t i = 0; i < made; i++)
        check(uv_thread_join(&threads[i]) == 0);
    uv_sem_destroy(&over);
    mem_free(threads);
    return e->code;
}

static void pool_uv_nothing(void *arg)
{
    (void)arg;
}

struct pool *pool_uv_new(struct loop *loop, struct err *e)
{
    size_t threads = pool_uv_size();
    struct pool_uv *of;

    if (pool_uv_try(threads, e) != ERR_OK)
        return NULL;
    loop_work(loop, pool_uv_nothing, pool_uv_nothing, NULL);
    of = mem_must(sizeof *of);
    of->magic = POOL_MAGIC;
    of->loop = loop;
    of->pool.work = pool_uv_work;
    of->pool.threads = threads;
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
