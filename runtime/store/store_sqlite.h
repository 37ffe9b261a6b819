/* store_sqlite.h - the embedded store: one SQLite file in the data directory.
 *
 * WAL, synchronous=FULL, one writing connection on a thread of its own that commits in groups:
 * everything queued while the last fsync ran goes into the next transaction. The file is
 * DATA/weft.db; DATA/lock says which process holds the directory. */
#ifndef STORE_STORE_SQLITE_H
#define STORE_STORE_SQLITE_H

#include "store/store.h"

struct loop;

/* Locks DATA (made with mode 0700 if absent): ERR_CONFLICT "data directory /x is held by process
 * 123 (since ...)", ERR_IO when it cannot be made or written. The lock ends with the process or
 * datadir_unlock(). */
struct datadir;
struct datadir *datadir_lock(const char *path, struct err *e) MUST_USE;
const char *datadir_path(const struct datadir *dir);
/* Before the store is opened: ERR_CONFLICT names a file of it that is missing or damaged where a
 * process ended without closing it. (An older log put in its place cannot be told.) */
enum err_code datadir_whole(const struct datadir *dir, struct err *e) MUST_USE;
/* The store in it was opened, or closed: what the next start will check. */
enum err_code datadir_opened(struct datadir *dir, bool open, struct err *e) MUST_USE;
void datadir_unlock(struct datadir *dir); /* NULL is fine */

/* path: the database file, or NULL for a store in memory that ends with the process. Applies
 * migrations. ERR_CONFLICT for a store of a newer program (its number and ours in the text);
 * ERR_IO, ERR_STORE with the place and the remedy. loop: where callbacks run. */
struct store *store_sqlite_open(const char *path, struct loop *loop, struct clock *clock,
                                struct log *log, struct err *e) MUST_USE;
/* Refuses new runs (ERR_STORE) while less than `bytes` or `percent` of the disk, whichever is more,
 * is free; what has begun goes on. 0 and 0, as at the beginning: until the disk is full. */
enum err_code store_sqlite_keep_free(struct store *store, uint64_t bytes, unsigned percent,
                                     struct err *e) MUST_USE;
/* Reads only, from another process while the owner runs or after it ended; appends and changes
 * are refused. */
struct store *store_sqlite_open_readonly(const char *path, struct log *log, struct err *e) MUST_USE;

#endif
