/* db.c - a thin coat over sqlite3: one place that knows its result codes. */
#include "store/sqlite/db_priv.h"

#include <malloc.h>
#include <pthread.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/sqlite/page_priv.h"

#define DB_BUSY_MS 2000 /* another process reads and holds the index of the WAL for a moment */

/* ---- SQLite's memory is counted with ours */

static void *db_mem_new(int size)
{
    return mem_try((size_t)size);
}

static void *db_mem_resize(void *old, int size)
{
    return mem_try_resize(old, (size_t)size);
}

static int db_mem_size(void *memory)
{
    return memory != NULL ? (int)malloc_usable_size(memory) : 0;
}

static int db_mem_round(int size)
{
    return (size + 7) & ~7;
}

static int db_mem_init(void *arg)
{
    (void)arg;
    return SQLITE_OK;
}

static void db_mem_fini(void *arg)
{
    (void)arg;
}

static void db_library_init(void)
{
    static const sqlite3_mem_methods methods = {
        .xMalloc = db_mem_new,
        .xFree = mem_free,
        .xRealloc = db_mem_resize,
        .xSize = db_mem_size,
        .xRoundup = db_mem_round,
        .xInit = db_mem_init,
        .xShutdown = db_mem_fini,
    };
    /* Refused only when somebody used SQLite before us: then it keeps its own allocator. */
    int rc = sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);

    check(rc == SQLITE_OK || rc == SQLITE_MISUSE);
    if (rc == SQLITE_OK)
        check(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK);
    check(sqlite3_initialize() == SQLITE_OK);
    check(page_init() == SQLITE_OK);
}

/* ---- opening and closing */

static const char *const db_sql[SQL_COUNT] = {
#define X(name, text) [SQL_##name] = text,
    SQL_TABLE(X)
#undef X
};

/* A file that somebody else made may hold anything, also a schema that attacks who opens it. */
static int db_harden(struct db *db)
{
    static const struct {
        int option, value;
    } settings[] = {
        { SQLITE_DBCONFIG_DEFENSIVE, 1 },        { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
        { SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },   { SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
        { SQLITE_DBCONFIG_DQS_DML, 0 },          { SQLITE_DBCONFIG_DQS_DDL, 0 },
        { SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1 }, { SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
    };
    int rc = SQLITE_OK;

    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]) && rc == SQLITE_OK; i++)
        rc = sqlite3_db_config(db->handle, settings[i].option, settings[i].value, NULL);
    return rc;
}

int db_open(struct db *db, const char *file, int flags)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const int always = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    int reserve = PAGE_RESERVE, rc;

    check(file != NULL);
    check(db->handle == NULL);
    pthread_once(&once, db_library_init);
    rc = sqlite3_open_v2(file, &db->handle, flags | always, PAGE_VFS);
    if (rc == SQLITE_OK) /* of a store that is yet to be made */
        rc = sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_RESERVE_BYTES, &reserve);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(db->handle, DB_BUSY_MS);
    if (rc == SQLITE_OK)
        rc = db_harden(db);
    if (rc == SQLITE_OK)
        rc = db_exec(db, "PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON;"
                         " PRAGMA temp_store = MEMORY");
    return rc;
}

void db_close(struct db *db, bool checkpoint)
{
    for (size_t i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(db->stmt[i]);
    memset(db->stmt, 0, sizeof(db->stmt));
    if (checkpoint)
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    check(sqlite3_close(db->handle) == SQLITE_OK); /* else a statement is left */
    db->handle = NULL;
}

/* ---- statements */

int db_exec(struct db *db, const char *sql)
{
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
}

int db_int(struct db *db, const char *sql, int64_t *value)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* SQLite answers with the mode it is in; a file system without shared memory
 * keeps it at another. */
int db_wal(struct db *db)
{
    const char *mode;
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db->handle, "PRAGMA journal_mode = WAL", -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        mode = (const char *)sqlite3_column_text(stmt, 0);
        rc = mode != NULL && (strcmp(mode, "wal") == 0 || strcmp(mode, "memory") == 0)
                 ? SQLITE_OK
                 : SQLITE_IOERR_SHMOPEN;
    }
    sqlite3_finalize(stmt);
    return rc;
}

int db_prepare(struct db *db, enum sql sql, sqlite3_stmt **stmt)
{
    int rc = SQLITE_OK;

    check(sql < SQL_COUNT);
    if (db->stmt[sql] == NULL)
        rc = sqlite3_prepare_v3(db->handle, db_sql[sql], -1, SQLITE_PREPARE_PERSISTENT,
                                &db->stmt[sql], NULL);
    *stmt = db->stmt[sql];
    if (rc == SQLITE_OK)
        check(!sqlite3_stmt_busy(*stmt));
    return rc;
}

int db_prepare_again(struct db *db, enum sql sql, sqlite3_stmt **stmt, bool *own)
{
    *own = db->stmt[sql] != NULL && sqlite3_stmt_busy(db->stmt[sql]);
    if (!*own)
        return db_prepare(db, sql, stmt);
    *stmt = NULL;
    return sqlite3_prepare_v2(db->handle, db_sql[sql], -1, stmt, NULL);
}

int db_prepare_ends(struct db *db)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(db, SQL_COMMIT, &stmt);

    return rc == SQLITE_OK ? db_prepare(db, SQL_ROLLBACK, &stmt) : rc;
}

int db_step_done(sqlite3_stmt *stmt)
{
    int rc = sqlite3_step(stmt);

    sqlite3_reset(stmt);
    check(rc != SQLITE_ROW);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int db_run(struct db *db, enum sql sql)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(db, sql, &stmt);

    return rc == SQLITE_OK ? db_step_done(stmt) : rc;
}

bool db_moved(struct db *db)
{
    int moved = 0;

    if (sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK)
        return false;
    return moved != 0;
}

void db_bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
    int rc = text != NULL ? sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC)
                          : sqlite3_bind_null(stmt, at);

    check(rc == SQLITE_OK || rc == SQLITE_TOOBIG || rc == SQLITE_NOMEM);
}

/* ---- what a result code means */

enum db_fate db_fate(int rc)
{
    switch (rc) {
    case SQLITE_IOERR_FSYNC: /* the kernel may have dropped what it could not write (decides P1) */
    case SQLITE_IOERR_DIR_FSYNC:
    case SQLITE_IOERR_DIR_CLOSE:
    case SQLITE_IOERR_CORRUPTFS:
    case SQLITE_IOERR_DATA: /* a page with a wrong sum */
        return DB_FATAL;
    default:
        break;
    }
    switch (rc & 255) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return DB_FINE;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return DB_ALONE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return DB_FATAL;
    default:
        return DB_RETRY;
    }
}

/* The frames of a commit are written, then synced, then entered in the index that all connections
 * share. When writing them failed, nothing is committed. When anything later failed, the disk may
 * hold the commit or not. */
enum db_fate db_commit_fate(int rc)
{
    switch (rc) {
    case SQLITE_OK:
        return DB_FINE;
    case SQLITE_FULL:
    case SQLITE_IOERR_WRITE:
    case SQLITE_BUSY:
        return DB_RETRY;
    default:
        return DB_FATAL;
    }
}

static const char *db_remedy(int rc)
{
    if (rc == SQLITE_IOERR_DATA || rc == SQLITE_IOERR_CORRUPTFS)
        return "; the file is damaged: keep it, and restore the last backup";
    switch (rc & 255) {
    case SQLITE_FULL:
        return "; the disk is full: free space on it";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return "; check that the directory exists and that this user may read and write it";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "; another program writes to it: end that program";
    case SQLITE_CORRUPT:
        return "; the file is damaged: keep it, and restore the last backup";
    case SQLITE_NOTADB:
        return "; the file is not a Weft store: choose another data directory";
    case SQLITE_NOMEM:
        return "; memory ran out";
    case SQLITE_IOERR:
        return rc == SQLITE_IOERR_NOMEM ? "; memory ran out"
                                        : "; check the disk and the system's log";
    default:
        return "";
    }
}

enum err_code db_err(struct db *db, int rc, const char *doing, struct err *e)
{
    enum db_fate fate = db_fate(rc);
    enum err_code code = ERR_STORE;

    check(fate != DB_FINE);
    if (fate == DB_FATAL)
        code = ERR_FATAL;
    else if (fate == DB_ALONE)
        code = (rc & 255) == SQLITE_TOOBIG ? ERR_LIMIT : ERR_INTERNAL;
    return err_set(e, code, "%s: %s failed: %s (SQLite code %d)%s", db->path, doing,
                   sqlite3_errstr(rc), rc, db_remedy(rc));
}
