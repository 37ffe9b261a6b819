/* writer.c - the queue, the thread, and the way back to the loop.
 *
 *   store_append -> fresh -> (end of the turn) queue -> group -> commit -> done -> mailbox
 *                                                                         -> store->done
 *
 * (1) Batches are committed and told in the order of their coming; those that were
 *     appended together hang on the first of them by `with` and stay together.
 * (2) A batch is told only after its commit returned.                        [writer_group]
 * (3) After the first fatal error nothing is written any more, and every
 *     batch and change is refused with that error.                           [writer_die]
 * (4) The WAL is copied into the file only here, between two groups.         [writer_checkpoint]
 *
 * What a turn of the loop appends is handed over at its end, at once: the thread woken by the first
 * batch would commit that one alone and let all others wait for a second sync.
 *
 * `lock` guards the queue, the changes, the done list and the flags; the connection and the group
 * belong to the thread. */
#include "store/sqlite/writer_priv.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/fault.h"
#include "base/mem.h"
#include "io/loop.h"
#include "store/sqlite/group_priv.h"
#include "store/sqlite/queue_priv.h"

#define WRITER_MAGIC     0x77726974u
#define WRITER_IDLE_MS   1000  /* after a quiet second what is in the WAL is copied, too */
#define WRITER_DOUBT_MS  10000 /* so long after a refused commit it counts as refusing */
#define WRITER_WAL_PAGES 500   /* above it the WAL is copied: 2 MB, a few milliseconds */

struct change {
    int (*change)(struct db *db, void *arg);
    void (*piece)(struct group *group, void *arg); /* instead: in no transaction */
    void *arg;
    const char *doing;
    struct err *e;
    enum err_code code;
    bool ended;
    struct change *next;
};
struct writer {
    unsigned magic;
    struct writer_setup setup;
    struct group group;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;    /* something is queued, or it closes */
    pthread_cond_t changed; /* a change has ended */
    bool asleep;
    bool closing;
    struct queue queue;
    struct queue done;
    struct change *changes;
    /* of the loop's thread */
    struct queue fresh; /* appended in this turn */
    bool telling;       /* inside store->done() */
    /* both threads': until when (steady) it is to be taken that the store refuses; INT64_MAX: for
     * good, 0: nothing is known against it */
    _Atomic int64_t refuses_until;
    struct mailbox *mailbox;
    /* of the thread */
    struct err dead; /* code ERR_OK: alive */
    char full[SPACE_TEXT];
    int wal_pages; /* in the WAL now */
    int wal_mark;  /* and when it was last copied: a reader may keep it from starting anew */
};

/* ---- on the writer's thread */

static void writer_die(struct writer *writer, const struct err *why)
{
    if (writer->dead.code != ERR_OK)
        return;
    writer->dead = *why;
    writer->dead.code = ERR_FATAL;
    atomic_store(&writer->refuses_until, INT64_MAX);
    log_error(writer->setup.log, "%s; nothing is stored from here on", why->text);
}

static int64_t writer_now(void)
{
    struct timespec now;

    check(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void writer_shared(struct writer *writer, bool take)
{
    if (writer->setup.shared == NULL)
        return;
    if (take)
        pthread_mutex_lock(writer->setup.shared);
    else
        pthread_mutex_unlock(writer->setup.shared);
}

static int writer_wal_grew(void *arg, sqlite3 *handle, const char *name, int pages)
{
    struct writer *writer = arg;

    (void)handle;
    (void)name;
    writer->wal_pages = pages;
    if (pages < writer->wal_mark)
        writer->wal_mark = 0; /* it started anew */
    return SQLITE_OK;
}

/* The readers look only; a busy one leaves a rest for the next time. */
static void writer_checkpoint(struct writer *writer, int mode)
{
    struct err e;
    int rc;

    if (writer->dead.code != ERR_OK)
        return;
    writer->wal_mark = writer->wal_pages;
    if (space_read_only(&writer->group.space)) /* else its sync fails, and that is the end */
        return;
    rc = fault_hit("store.checkpoint")
             ? SQLITE_IOERR_FSYNC
             : sqlite3_wal_checkpoint_v2(writer->setup.db->handle, "main", mode, NULL, NULL);
    if (rc == SQLITE_OK || (rc & 255) == SQLITE_BUSY || (rc & 255) == SQLITE_LOCKED)
        return;
    db_err(writer->setup.db, rc, "copying the write-ahead log into the store", &e);
    if (db_fate(rc) == DB_FATAL)
        writer_die(writer, &e);
    else
        log_warn(writer->setup.log, "%s; nothing is lost, it is tried again", e.text);
}

/* A store that was renamed or deleted takes writes that nobody will find again. */
static bool writer_alive(struct writer *writer)
{
    struct err e;

    if (writer->dead.code == ERR_OK && db_moved(writer->setup.db)) {
        err_set(&e, ERR_FATAL, "%s was renamed or deleted while it was in use",
                writer->setup.db->path);
        writer_die(writer, &e);
    }
    return writer->dead.code == ERR_OK;
}

static void writer_group(struct writer *writer, struct queue *group)
{
    bool accepts = false;
    struct err e;

    if (!writer_alive(writer)) {
        for (struct store_batch *unit = group->first; unit != NULL; unit = unit->next)
            for (struct store_batch *batch = unit; batch != NULL; batch = batch->with) {
                mem_free(batch->text);
                batch->code = ERR_FATAL;
                batch->text = mem_must_copy(writer->dead.text);
            }
        return;
    }
    switch (group_commit(&writer->group, group->first, &e)) {
    case ERR_OK:
        atomic_store(&writer->refuses_until, 0);
        break;
    case ERR_FATAL:
        writer_die(writer, &e);
        return;
    default:
        atomic_store(&writer->refuses_until, writer_now() + WRITER_DOUBT_MS);
        return; /* each batch has its code and its text: whoever sent it logs it */
    }
    for (struct store_batch *unit = group->first; unit != NULL; unit = unit->next)
        for (struct store_batch *batch = unit; batch != NULL; batch = batch->with)
            accepts = accepts || (batch->has_accept && batch->code == ERR_OK);
    (void)fault_hit("store.after_commit.kill");
    if (accepts)
        (void)fault_hit("store.after_accept.kill");
}

static void writer_change_run(struct writer *writer, struct change *change)
{
    if (change->piece != NULL)
        change->piece(&writer->group, change->arg);
    if (!writer_alive(writer)) {
        *change->e = writer->dead;
        change->code = ERR_FATAL;
        return;
    }
    if (change->piece != NULL)
        return;
    change->code =
        group_change(&writer->group, change->change, change->arg, change->doing, change->e);
    if (change->code == ERR_FATAL)
        writer_die(writer, change->e);
}

/* One round: the changes, for which somebody waits, then a group. The lock is held, and let go. */
static void writer_round(struct writer *writer)
{
    struct change *changes = writer->changes;
    struct queue group;

    writer->changes = NULL;
    queue_take_group(&group, &writer->queue);
    pthread_mutex_unlock(&writer->lock);
    writer_shared(writer, true);
    for (struct change *change = changes; change != NULL; change = change->next)
        writer_change_run(writer, change);
    if (group.first != NULL) {
        writer->group.full =
            space_low(&writer->group.space, writer_now(), writer->setup.log, writer->full);
        writer_group(writer, &group);
    }
    writer_shared(writer, false);
    pthread_mutex_lock(&writer->lock);
    for (struct change *change = changes, *next; change != NULL; change = next) {
        next = change->next; /* the change is on the stack of who waits for it */
        change->ended = true;
    }
    if (changes != NULL)
        pthread_cond_broadcast(&writer->changed);
    if (group.first == NULL)
        return;
    if (writer->done.first == NULL)
        mailbox_ring(writer->mailbox); /* else it was rung and not yet heard */
    queue_move(&writer->done, &group);
}

/* Between two groups; the lock is let go. */
static void writer_checkpoint_now(struct writer *writer)
{
    pthread_mutex_unlock(&writer->lock);
    writer_checkpoint(writer, SQLITE_CHECKPOINT_PASSIVE);
    pthread_mutex_lock(&writer->lock);
}

/* Until there is work, or time for the sweep. True: it was quiet for a while, and the WAL holds
 * what the file does not. */
static bool writer_sleep(struct writer *writer)
{
    bool behind = writer->wal_pages > writer->wal_mark && writer->dead.code == ERR_OK;
    int64_t sweep_at = payloads_due(writer->group.payloads);
    int64_t until_ms = behind ? writer_now() + WRITER_IDLE_MS : INT64_MAX;
    struct timespec until;
    int rc = 0;

    until_ms = sweep_at < until_ms ? sweep_at : until_ms;
    writer->asleep = true;
    if (until_ms < INT64_MAX) {
        until =
            (struct timespec){ .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000 };
        rc = pthread_cond_timedwait(&writer->work, &writer->lock, &until);
    } else {
        pthread_cond_wait(&writer->work, &writer->lock);
    }
    writer->asleep = false;
    return rc == ETIMEDOUT && behind;
}

/* Between two groups; the lock is let go. */
static void writer_sweep(struct writer *writer)
{
    int64_t now = writer_now();

    if (payloads_due(writer->group.payloads) > now || writer->dead.code != ERR_OK)
        return;
    pthread_mutex_unlock(&writer->lock);
    payloads_sweep(writer->group.payloads, writer->setup.db, now);
    pthread_mutex_lock(&writer->lock);
}

static void *writer_main(void *arg)
{
    struct writer *writer = arg;

    CHECK_OBJ(writer, WRITER_MAGIC);
    pthread_mutex_lock(&writer->lock);
    for (;;) {
        if (writer->queue.first != NULL || writer->changes != NULL) {
            writer_round(writer);
            writer_sweep(writer);
            if (writer->wal_pages - writer->wal_mark < WRITER_WAL_PAGES)
                continue;
            writer_checkpoint_now(writer);
            continue;
        }
        if (writer->closing)
            break;
        if (writer_sleep(writer))
            writer_checkpoint_now(writer);
        writer_sweep(writer);
    }
    pthread_mutex_unlock(&writer->lock);
    writer_checkpoint(writer, SQLITE_CHECKPOINT_TRUNCATE);
    return NULL;
}

/* ---- on the loop's thread */

/* A hook of one turn, or the way out. */
static void writer_hand_over(void *arg)
{
    struct writer *writer = arg;
    bool asleep;

    CHECK_OBJ(writer, WRITER_MAGIC);
    check(writer->fresh.first != NULL);
    loop_off_turn(writer->setup.loop, writer_hand_over, writer);
    pthread_mutex_lock(&writer->lock);
    queue_move(&writer->queue, &writer->fresh);
    asleep = writer->asleep;
    pthread_mutex_unlock(&writer->lock);
    if (asleep)
        pthread_cond_signal(&writer->work);
}

/* The mailbox: tells what became of each batch. A callback may append again. */
static void writer_tell(void *arg)
{
    struct writer *writer = arg;
    struct store *store;
    struct queue told;

    CHECK_OBJ(writer, WRITER_MAGIC);
    store = writer->setup.store;
    queue_init(&told);
    pthread_mutex_lock(&writer->lock);
    queue_move(&told, &writer->done);
    pthread_mutex_unlock(&writer->lock);
    writer->telling = true;
    for (struct store_batch *unit = told.first; unit != NULL; unit = unit->next)
        for (struct store_batch *batch = unit; batch != NULL; batch = batch->with) {
            const struct store_result result = { .code = batch->code,
                                                 .first_run = batch->first_run,
                                                 .pruned = batch->pruned,
                                                 .more = batch->more,
                                                 .prune = batch->prune != NULL,
                                                 .audit = batch->audit != NULL,
                                                 .ticket = batch->ticket,
                                                 .text = batch->text };

            store->done(store->owner, batch->run, &result);
        }
    writer->telling = false;
    queue_free(&told);
}

/* Signals belong to the loop's thread. */
static int writer_start(struct writer *writer)
{
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    check(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    rc = pthread_create(&writer->thread, NULL, writer_main, writer);
    check(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return rc;
}

struct writer *writer_new(const struct writer_setup *setup, struct err *e)
{
    struct writer *writer = mem_must(sizeof(*writer));
    pthread_condattr_t steady;
    int rc;

    check(setup->db != NULL);
    check(setup->loop != NULL);
    writer->magic = WRITER_MAGIC;
    writer->setup = *setup;
    writer->group.db = setup->db;
    writer->group.names = names_new();
    space_init(&writer->group.space);
    packer_init(&writer->group.packer);
    if (setup->payloads != NULL)
        writer->group.payloads = payloads_new(setup->payloads, setup->log);
    writer->group.epoch = setup->store->epoch;
    queue_init(&writer->queue);
    queue_init(&writer->done);
    queue_init(&writer->fresh);
    pthread_mutex_init(&writer->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&writer->work, &steady);
    pthread_condattr_destroy(&steady);
    pthread_cond_init(&writer->changed, NULL);
    sqlite3_wal_hook(setup->db->handle, writer_wal_grew, writer);
    writer->mailbox = mailbox_new(setup->loop, writer_tell, writer);
    rc = writer_start(writer);
    if (rc == 0)
        return writer;
    err_set(e, ERR_IO, "no thread for the store: %s", strerror(rc));
    mailbox_close(writer->mailbox);
    names_free(writer->group.names);
    space_fini(&writer->group.space);
    payloads_free(writer->group.payloads);
    mem_free(writer);
    return NULL;
}

enum err_code writer_ready(struct writer *writer, struct err *e)
{
    int64_t now = writer_now(), until = atomic_load(&writer->refuses_until);

    CHECK_OBJ(writer, WRITER_MAGIC);
    if (until == INT64_MAX)
        return err_set(e, ERR_FATAL, "the store can no longer be trusted, nothing is stored");
    if (now < until)
        return err_set(e, ERR_STORE, "the store refused what was written last");
    return space_ready(&writer->group.space, now, writer->setup.log, e);
}

void writer_append(struct writer *writer, struct store_batch **batches, size_t count)
{
    CHECK_OBJ(writer, WRITER_MAGIC);
    if (writer->fresh.first == NULL)
        loop_on_turn(writer->setup.loop, writer_hand_over, writer);
    queue_add(&writer->fresh, batches[0]);
    for (size_t i = 0; i < count; i++) {
        batches[i]->with = i + 1 < count ? batches[i + 1] : NULL;
        batches[i] = NULL;
    }
}

/* Any thread may, but for the writer's own. */
static enum err_code writer_wait(struct writer *writer, struct change *own)
{
    struct change **end;

    CHECK_OBJ(writer, WRITER_MAGIC);
    pthread_mutex_lock(&writer->lock);
    check(!writer->closing);
    for (end = &writer->changes; *end != NULL; end = &(*end)->next)
        ;
    *end = own;
    if (writer->asleep)
        pthread_cond_signal(&writer->work);
    while (!own->ended)
        pthread_cond_wait(&writer->changed, &writer->lock);
    pthread_mutex_unlock(&writer->lock);
    return own->code;
}

enum err_code writer_change(struct writer *writer, int (*change)(struct db *db, void *arg),
                            void *arg, const char *doing, struct err *e)
{
    struct err unwanted;
    struct change own = {
        .change = change, .arg = arg, .doing = doing, .e = e != NULL ? e : &unwanted
    };

    return writer_wait(writer, &own);
}

enum err_code writer_between(struct writer *writer, void (*piece)(struct group *group, void *arg),
                             void *arg, struct err *e)
{
    struct err unwanted;
    struct change own = { .piece = piece, .arg = arg, .e = e != NULL ? e : &unwanted };

    return writer_wait(writer, &own);
}

void writer_close(struct writer *writer)
{
    CHECK_OBJ(writer, WRITER_MAGIC);
    check(!writer->telling); /* store_close() inside store->done() */
    if (writer->fresh.first != NULL)
        writer_hand_over(writer);
    pthread_mutex_lock(&writer->lock);
    writer->closing = true;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->lock);
    check(pthread_join(writer->thread, NULL) == 0);
    mailbox_close(writer->mailbox);
    queue_free(&writer->done);
    check(writer->queue.first == NULL);
    db_close(writer->setup.db, false); /* the log stays, empty: see datadir_whole() */
    names_free(writer->group.names);
    audit_fini(&writer->group.audit);
    space_fini(&writer->group.space);
    payloads_free(writer->group.payloads);
    pthread_cond_destroy(&writer->changed);
    pthread_cond_destroy(&writer->work);
    pthread_mutex_destroy(&writer->lock);
    writer->magic = 0;
    mem_free(writer);
}
