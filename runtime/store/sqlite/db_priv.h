/* db_priv.h - one SQLite connection: prepare once, bind, step, and what an error means.
 *
 * Functions return SQLite's extended result codes; db_fate() says what such a code means for the
 * work, and db_err() makes an error for people of it. A connection is used by one thread at a time;
 * whoever shares it holds a lock around each use. The first connection gives SQLite our memory. */
#ifndef STORE_SQLITE_DB_PRIV_H
#define STORE_SQLITE_DB_PRIV_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/sqlite/sql_priv.h"

struct db {
    sqlite3 *handle;
    const char *path; /* for messages; borrowed. "memory" for a store in memory */
    sqlite3_stmt *stmt[SQL_COUNT];
};

/* What to do about a result code. */
enum db_fate {
    DB_FINE,
    DB_ALONE, /* this one thing cannot be kept; what stands beside it can */
    DB_RETRY, /* nothing of the transaction is kept; later it may go through */
    DB_FATAL, /* what is on the disk is not known any more: stop, never try again */
};
enum db_fate db_fate(int rc);
enum db_fate db_commit_fate(int rc); /* of COMMIT: an outcome that is not known is fatal */

/* Opens; *db is usable for db_err() and db_close() also when this fails. flags: SQLITE_OPEN_*. */
int db_open(struct db *db, const char *file, int flags);
void db_close(struct db *db, bool checkpoint); /* fine for a zeroed or half-open one */

int db_exec(struct db *db, const char *sql); /* for set-up; no result rows wanted */
/* The first column of the first row. */
int db_int(struct db *db, const char *sql, int64_t *value);
/* Switches to the write-ahead log, which a store in memory has not. */
int db_wal(struct db *db);
/* The statement is kept; reset it when you are done. */
int db_prepare(struct db *db, enum sql sql, sqlite3_stmt **stmt);
/* The same, but when the statement is in use a new one is made: finalize it when *own is set. */
int db_prepare_again(struct db *db, enum sql sql, sqlite3_stmt **stmt, bool *own);
/* COMMIT and ROLLBACK, so that they need no memory later. */
int db_prepare_ends(struct db *db);
int db_run(struct db *db, enum sql sql); /* a statement without parameters */
/* Steps a statement without rows and resets it: SQLITE_OK or an error. */
int db_step_done(sqlite3_stmt *stmt);
bool db_moved(struct db *db); /* the file was renamed or deleted under us */
/* Borrowed until reset; NULL is NULL. */
void db_bind_text(sqlite3_stmt *stmt, int at, const char *text);

/* Fills *e with what failed, the place and the remedy. ERR_FATAL, ERR_STORE, ERR_LIMIT or
 * ERR_INTERNAL. */
enum err_code db_err(struct db *db, int rc, const char *doing, struct err *e);

#endif
