/* writer_priv.h - the one thread that writes, and the one connection that checkpoints.
 *
 * Batches are queued by the loop's thread; the writer takes all that are there, commits them in one
 * transaction, and hands them back through a mailbox. There is no timer: whoever is queued goes, so
 * one connection waits for one fsync and a thousand share one. */
#ifndef STORE_SQLITE_WRITER_PRIV_H
#define STORE_SQLITE_WRITER_PRIV_H

#include <pthread.h>

#include "base/log.h"
#include "store/sqlite/db_priv.h"
#include "store/store.h"

struct loop;
struct writer;
struct writer_setup {
    struct db *db;           /* opened and migrated; the writer closes it */
    pthread_mutex_t *shared; /* held around every use of db; NULL: nobody else uses it */
    struct store *store;     /* its done() gets the results */
    struct loop *loop;
    struct log *log;
    const char *payloads;    /* folder of large texts; NULL: of a store in memory */
};
struct writer *writer_new(const struct writer_setup *setup, struct err *e) MUST_USE;
/* They are one unit: kept all or none. Sets each to NULL. */
void writer_append(struct writer *writer, struct store_batch **batches, size_t count);
/* ERR_OK: as far as is known it takes what begins anew. On the loop's thread. */
enum err_code writer_ready(struct writer *writer, struct err *e) MUST_USE;
/* Runs change() on the writer's thread in a transaction of its own, and waits for its commit. */
enum err_code writer_change(struct writer *writer, int (*change)(struct db *db, void *arg),
                            void *arg, const char *doing, struct err *e) MUST_USE;
/* Runs piece() on the writer's thread between two groups, outside of a transaction, and waits for
 * its end. ERR_FATAL: the store is dead; it ran even so. */
struct group;
enum err_code writer_between(struct writer *writer, void (*piece)(struct group *group, void *arg),
                             void *arg, struct err *e) MUST_USE;
/* Commits what is queued, tells nobody any more, checkpoints, closes the connection, frees. */
void writer_close(struct writer *writer);

#endif
