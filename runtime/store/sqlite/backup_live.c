/* backup_live.c - the copy of a store that works.
 *
 * A thread of its own asks the writer for one piece after the other and rests as long as each took:
 * at most half of the writer's time is the backup's. What needs no store (large texts, checks,
 * syncs) it does by itself. Large texts are not removed meanwhile. */
#include "store/sqlite/backup_priv.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/loop.h"
#include "store/sqlite/group_priv.h"
#include "store/sqlite/writer_priv.h"

#define BACKUP_REST_NS 200000 /* between two pieces, at least */

struct backup_live {
    struct backup backup;
    struct writer *writer;
    pthread_t thread;
    atomic_bool stop;
    struct mailbox *mailbox;
    backup_done_fn *done;
    void *arg;
    struct err e;
    bool ended;
};

static void live_piece(struct group *group, void *arg)
{
    struct backup_live *live = arg;

    if (live->backup.copy == NULL && group->payloads != NULL)
        payloads_hold(group->payloads, true);
    backup_piece(&live->backup, group->db);
}

static void live_end(struct group *group, void *arg)
{
    struct backup_live *live = arg;

    if (live->backup.copy != NULL)
        backup_give_up(&live->backup);
    if (group->payloads != NULL)
        payloads_hold(group->payloads, false);
}

static void live_rest(int64_t piece_us)
{
    int64_t ns = piece_us * 1000 > BACKUP_REST_NS ? piece_us * 1000 : BACKUP_REST_NS;
    struct timespec rest = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

    (void)nanosleep(&rest, NULL);
}

static void live_copy(struct backup_live *live)
{
    do {
        if (atomic_load(&live->stop)) {
            err_set(&live->e, ERR_CANCELLED, "the server ended before the backup");
            return;
        }
        if (writer_between(live->writer, live_piece, live, &live->e) != ERR_OK)
            return;
        live_rest(live->backup.took_us);
    } while (backup_more(&live->backup, &live->e));
    if (live->e.code == ERR_OK)
        live->e.code = backup_finish(&live->backup, &live->e);
}

static void *live_main(void *arg)
{
    struct backup_live *live = arg;
    struct err dead;

    live_copy(live);
    if (writer_between(live->writer, live_end, live, &dead) != ERR_OK && live->e.code == ERR_OK)
        live->e = dead;
    mailbox_ring(live->mailbox);
    return NULL;
}

static void live_tell(void *arg)
{
    struct backup_live *live = arg;

    live->ended = true;
    live->done(live->arg, &live->backup.report, &live->e);
}

struct backup_live *backup_live_new(struct writer *writer, const char *source, struct loop *loop,
                                    const char *file, backup_done_fn *done, void *arg,
                                    struct err *e)
{
    struct backup_live *live = mem_must(sizeof(*live));
    sigset_t all, before;
    int rc;

    live->writer = writer;
    live->done = done;
    live->arg = arg;
    if (backup_init(&live->backup, source, file, e) != ERR_OK) {
        backup_fini(&live->backup);
        mem_free(live);
        return NULL;
    }
    live->mailbox = mailbox_new(loop, live_tell, live);
    sigfillset(&all);
    check(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    rc = pthread_create(&live->thread, NULL, live_main, live);
    check(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    if (rc == 0)
        return live;
    err_set(e, ERR_IO, "no thread for the backup: %s", strerror(rc));
    mailbox_close(live->mailbox);
    backup_fini(&live->backup);
    mem_free(live);
    return NULL;
}

bool backup_live_ended(const struct backup_live *live)
{
    return live->ended;
}

void backup_live_free(struct backup_live *live)
{
    if (live == NULL)
        return;
    atomic_store(&live->stop, true);
    check(pthread_join(live->thread, NULL) == 0);
    mailbox_close(live->mailbox);
    backup_fini(&live->backup);
    mem_free(live);
}
