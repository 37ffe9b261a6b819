/* pool_calm.c - a pool of one thread that lets the loop go first.
 *
 *     pool_work --> in --> the thread works [calm_main] --> out --> done(), in a turn [calm_tell]
 *
 * (1) A job belongs to the thread from `in` to `out`; the lock is held for the two lists only.
 * (2) The thread is made for the first job. Where there can be none, libuv's do the work.
 * (3) At the end the thread does what it was given, and all are told before it is gone.
 *                                                                             [pool_calm_free]
 * (4) Work may stand still for long while others compute: it is bounded by what it had of a
 *     processor (base/effort.h), not by the clock, and holds no lock meanwhile that the loop or the
 *     store's writer waits for. What it shares with them is held for some instructions: the lists
 *     here, the allocator's arenas, and SQLite's index of the WAL, where a transaction for reading
 *     begins and ends. A state of the store that it reads lets the WAL grow until it ends. */
#include "io/pool.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/loop.h"

#define CALM_MAGIC 0x43414c4du
/* Webhooks first: where a processor has nothing left, this thread has a tenth of it, and is
 * never without. SCHED_IDLE would leave a three-hundredth, and whoever waits for what it holds
 * would wait five times as long. */
#define CALM_NICE 10

struct calm_job {
    void (*work)(void *arg);
    void (*done)(void *arg);
    void *arg;
    struct calm_job *next;
};

struct calm_list {
    struct calm_job *first, **end;
};

struct pool_calm {
    struct pool pool; /* first */
    unsigned magic;
    struct loop *loop;
    struct mailbox *bell;
    bool begun;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t more;
    bool quit;
    struct calm_list in, out;
};

static void list_add(struct calm_list *list, struct calm_job *job)
{
    job->next = NULL;
    *list->end = job;
    list->end = &job->next;
}

static struct calm_job *list_take(struct calm_list *list)
{
    struct calm_job *job = list->first;

    if (job == NULL)
        return NULL;
    list->first = job->next;
    if (list->first == NULL)
        list->end = &list->first;
    return job;
}

static void *calm_main(void *arg)
{
    struct pool_calm *of = arg;
    struct calm_job *job;

    (void)!nice(CALM_NICE); /* on Linux: of this thread */
    pthread_mutex_lock(&of->lock);
    for (;;) {
        while ((job = list_take(&of->in)) == NULL && !of->quit)
            pthread_cond_wait(&of->more, &of->lock);
        if (job == NULL)
            break;
        pthread_mutex_unlock(&of->lock);
        job->work(job->arg);
        pthread_mutex_lock(&of->lock);
        list_add(&of->out, job);
        pthread_mutex_unlock(&of->lock);
        mailbox_ring(of->bell); /* without the lock, which the loop takes at once */
        pthread_mutex_lock(&of->lock);
    }
    pthread_mutex_unlock(&of->lock);
    return NULL;
}

static void calm_tell(void *arg)
{
    struct pool_calm *of = arg;
    struct calm_list out = { .first = NULL };
    struct calm_job *job;

    CHECK_OBJ(of, CALM_MAGIC);
    pthread_mutex_lock(&of->lock);
    out.end = &out.first;
    while ((job = list_take(&of->out)) != NULL)
        list_add(&out, job);
    pthread_mutex_unlock(&of->lock);
    while ((job = list_take(&out)) != NULL) {
        job->done(job->arg);
        mem_free(job);
    }
}

/* Signals are the loop's. */
static bool calm_begin(struct pool_calm *of)
{
    sigset_t all, before;

    if (of->begun)
        return true;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    of->begun = pthread_create(&of->thread, NULL, calm_main, of) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return of->begun;
}

static void calm_work(struct pool *pool, void (*work)(void *arg), void (*done)(void *arg),
                      void *arg)
{
    struct pool_calm *of = (struct pool_calm *)pool;
    struct calm_job *job;

    CHECK_OBJ(of, CALM_MAGIC);
    if (!calm_begin(of)) {
        loop_work(of->loop, work, done, arg);
        return;
    }
    job = mem_must(sizeof *job);
    *job = (struct calm_job){ .work = work, .done = done, .arg = arg };
    pthread_mutex_lock(&of->lock);
    list_add(&of->in, job);
    pthread_cond_signal(&of->more);
    pthread_mutex_unlock(&of->lock);
}

struct pool *pool_calm_new(struct loop *loop)
{
    struct pool_calm *of = mem_must(sizeof *of);

    of->magic = CALM_MAGIC;
    of->loop = loop;
    of->pool.work = calm_work;
    of->pool.threads = 1;
    of->bell = mailbox_new(loop, calm_tell, of);
    of->in.end = &of->in.first;
    of->out.end = &of->out.first;
    check(pthread_mutex_init(&of->lock, NULL) == 0);
    check(pthread_cond_init(&of->more, NULL) == 0);
    return &of->pool;
}

void pool_calm_free(struct pool *pool)
{
    struct pool_calm *of = (struct pool_calm *)pool;

    if (of == NULL)
        return;
    CHECK_OBJ(of, CALM_MAGIC);
    if (of->begun) {
        pthread_mutex_lock(&of->lock);
        of->quit = true;
        pthread_cond_signal(&of->more);
        pthread_mutex_unlock(&of->lock);
        pthread_join(of->thread, NULL);
    }
    calm_tell(of);
    check(of->in.first == NULL && of->out.first == NULL);
    mailbox_close(of->bell);
    pthread_cond_destroy(&of->more);
    pthread_mutex_destroy(&of->lock);
    of->magic = 0;
    mem_free(of);
}
