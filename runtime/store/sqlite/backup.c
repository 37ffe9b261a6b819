/* backup.c - one backup from FILE.part to FILE.
 *
 * (1) FILE.part becomes FILE only when all of it was checked and synced.        [backup_finish]
 * (2) The copy is of one moment: what is committed while it is made is copied, too, by SQLite, as
 *     the pieces and the commits are of one connection.                         [backup_piece]
 * (3) Each page gets its sum: the layer below knows from the first page on that the file is a
 *     store, because it is made as one before the copy.                         [backup_make]
 * (4) No large text that a run of the copy refers to is missing.                [backup_texts]
 * (5) A store that grows is overtaken: a piece is larger than what came since the one before it.
 *                                                                                [backup_copy] */
#include "store/sqlite/backup_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/fault.h"
#include "base/mem.h"
#include "store/sqlite/meta_priv.h"
#include "store/sqlite/payload_priv.h"
#include "store/sqlite/schema_priv.h"

/* pages: a quarter of a megabyte, half a millisecond of the store's time */
#define BACKUP_PIECE 64
#define BACKUP_ANEW  50 /* times as many pages as there are: then it never ends */
#define BACKUP_PATH  4096u

/* ---- files */

enum err_code backup_sync_file(const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && !fault_hit("store.backup.fsync") && fsync(fd) == 0;

    if (!good)
        err_set(e, ERR_IO, "cannot sync %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return good ? ERR_OK : ERR_IO;
}

enum err_code backup_sync_above(const char *path, struct err *e)
{
    char above[BACKUP_PATH];
    char *slash;

    snprintf(above, sizeof(above), "%s", path);
    slash = strrchr(above, '/');
    if (slash == NULL)
        snprintf(above, sizeof(above), ".");
    else
        slash[slash == above] = '\0';
    return backup_sync_file(above, e);
}

static enum err_code backup_err(const struct backup *backup, int rc, const char *doing,
                                struct err *e)
{
    struct db db = { .path = backup->part };

    db_err(&db, rc, doing, e);
    return e->code = ERR_IO;
}

/* Makes FILE.part, as an empty store. */
static enum err_code backup_make(struct backup *backup, struct err *e)
{
    char sql[128];
    int fd, rc;

    (void)unlink(backup->part); /* of one that was interrupted */
    fd = open(backup->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(e, ERR_IO,
                       "cannot make %s: %s; check that its directory exists and can be"
                       " written",
                       backup->part, strerror(errno));
    close(fd);
    snprintf(sql, sizeof(sql),
             "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -2048;"
             " PRAGMA application_id = %d",
             SCHEMA_MARK);
    rc = db_open(&backup->to, backup->part, SQLITE_OPEN_READWRITE);
    if (rc == SQLITE_OK)
        rc = db_exec(&backup->to, sql);
    return rc == SQLITE_OK ? ERR_OK : backup_err(backup, rc, "making the backup", e);
}

enum err_code backup_init(struct backup *backup, const char *source, const char *file,
                          struct err *e)
{
    struct stat own, other;
    char part[BACKUP_PATH];

    memset(backup, 0, sizeof(*backup));
    if (file[0] == '\0' || strlen(file) > BACKUP_PATH - 64)
        return err_set(e, ERR_USAGE, "the path of the backup is empty or too long");
    if (stat(source, &own) == 0 && stat(file, &other) == 0 && own.st_dev == other.st_dev &&
        own.st_ino == other.st_ino)
        return err_set(e, ERR_USAGE, "%s is the store itself: name another file", file);
    if (stat(file, &other) == 0 && !S_ISREG(other.st_mode))
        return err_set(e, ERR_USAGE, "%s is there and is no file: name another one", file);
    snprintf(part, sizeof(part), "%s.part", file);
    backup->file = mem_must_copy(file);
    backup->part = mem_must_copy(part);
    backup->payloads = payload_folder(source);
    backup->to.path = backup->part;
    return backup_make(backup, e);
}

void backup_fini(struct backup *backup)
{
    check(backup->copy == NULL);
    if (backup->to.handle != NULL)
        db_close(&backup->to, false);
    if (backup->part != NULL)
        (void)unlink(backup->part);
    mem_free(backup->file);
    mem_free(backup->part);
    mem_free(backup->payloads);
}

/* ---- the copy */

static int64_t backup_now_us(void)
{
    struct timespec now;

    check(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void backup_give_up(struct backup *backup)
{
    (void)sqlite3_backup_finish(backup->copy);
    backup->copy = NULL;
}

/* (5) */
static void backup_copy(struct backup *backup)
{
    const int piece = BACKUP_PIECE + 2 * backup->grown;
    int pages;

    backup->rc = fault_hit("store.backup") ? SQLITE_FULL : sqlite3_backup_step(backup->copy, piece);
    backup->pages_asked += piece;
    pages = sqlite3_backup_pagecount(backup->copy);
    backup->grown = backup->pages > 0 && pages > backup->pages ? pages - backup->pages : 0;
    backup->pages = pages;
}

void backup_piece(struct backup *backup, struct db *from)
{
    int64_t begun = backup_now_us(), took;

    if (backup->copy == NULL)
        backup->copy = sqlite3_backup_init(backup->to.handle, "main", from->handle, "main");
    if (backup->copy == NULL) {
        backup->rc = sqlite3_extended_errcode(backup->to.handle);
        return;
    }
    (void)fault_hit("store.backup.kill");
    backup_copy(backup);
    if (backup->rc != SQLITE_OK && backup->rc != SQLITE_BUSY && backup->rc != SQLITE_LOCKED)
        backup_give_up(backup);
    took = backup_now_us() - begun;
    backup->took_us = took;
    if (took > backup->report.longest_us)
        backup->report.longest_us = took;
}

bool backup_more(struct backup *backup, struct err *e)
{
    e->code = ERR_OK;
    if (backup->rc == SQLITE_DONE)
        return false;
    if (backup->copy == NULL) {
        backup_err(backup, backup->rc, "copying the store", e);
        return false;
    }
    if (backup->pages_asked <= (int64_t)BACKUP_ANEW * (backup->pages + 10000))
        return true;
    err_set(e, ERR_STORE,
            "the store changes faster than it can be copied; try it at a quieter time");
    return false;
}

/* ---- what stands beside the store */

static enum err_code backup_text(struct backup *backup, sqlite3_stmt *add,
                                 const unsigned char *digest, struct err *e)
{
    char *bytes;
    size_t size;
    int rc;

    if (payload_bytes(backup->payloads, digest, &bytes, &size, e) != ERR_OK)
        return e->code;
    sqlite3_bind_blob(add, 1, digest, HASH_SIZE, SQLITE_TRANSIENT);
    sqlite3_bind_blob64(add, 2, bytes, size, SQLITE_STATIC);
    rc = db_step_done(add);
    sqlite3_clear_bindings(add);
    mem_free(bytes);
    backup->report.payloads++;
    return rc == SQLITE_OK ? ERR_OK : backup_err(backup, rc, "copying large texts", e);
}

static enum err_code backup_texts(struct backup *backup, struct err *e)
{
    sqlite3 *handle = backup->to.handle;
    sqlite3_stmt *used = NULL, *add = NULL;
    int rc = db_exec(&backup->to, "CREATE TABLE " BACKUP_PAYLOADS " (digest BLOB PRIMARY KEY,"
                                  " bytes BLOB NOT NULL) STRICT");

    e->code = ERR_OK;
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(handle, "SELECT DISTINCT digest FROM payload_use", -1, &used, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(handle, "INSERT INTO " BACKUP_PAYLOADS " VALUES (?1, ?2)", -1, &add,
                                NULL);
    while (rc == SQLITE_OK && e->code == ERR_OK && (rc = sqlite3_step(used)) == SQLITE_ROW) {
        rc = sqlite3_column_bytes(used, 0) == HASH_SIZE ? SQLITE_OK : SQLITE_CORRUPT;
        if (rc == SQLITE_OK)
            (void)backup_text(backup, add, sqlite3_column_blob(used, 0), e);
    }
    sqlite3_finalize(used);
    sqlite3_finalize(add);
    if (e->code == ERR_OK && rc != SQLITE_DONE)
        backup_err(backup, rc, "copying large texts", e);
    return e->code;
}

static enum err_code backup_mark(struct backup *backup, struct err *e)
{
    int64_t last = 0, at_ms = 0;
    char text[80];
    int rc = db_int(&backup->to, "SELECT coalesce(max(id), 0) FROM run", &last);

    if (rc == SQLITE_OK)
        rc = db_int(&backup->to, "SELECT 1000 * CAST(strftime('%s', 'now') AS INTEGER)", &at_ms);
    backup->report.last_run = (uint64_t)last;
    snprintf(text, sizeof(text), "{\"last_run\":\"%" PRId64 "\",\"at_ms\":%" PRId64 "}", last,
             at_ms);
    if (rc == SQLITE_OK)
        rc = meta_put(&backup->to, BACKUP_MARK, text);
    return rc == SQLITE_OK ? ERR_OK : backup_err(backup, rc, "marking the backup", e);
}

enum err_code backup_check(struct db *db, struct err *e)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db->handle, "PRAGMA integrity_check(1)", -1, &stmt, NULL);
    const char *text;

    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    text = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : sqlite3_errstr(rc);
    e->code = ERR_OK;
    if (rc != SQLITE_ROW || text == NULL || strcmp(text, "ok") != 0)
        err_set(e, ERR_INVALID, "%s is damaged: %.200s", db->path, text != NULL ? text : "");
    sqlite3_finalize(stmt);
    return e->code;
}

/* Looks at what is on the disk, not at what this process remembers. */
static enum err_code backup_verify(struct backup *backup, struct err *e)
{
    struct stat info;
    int rc;

    db_close(&backup->to, false);
    if (backup_sync_file(backup->part, e) != ERR_OK)
        return e->code;
    rc = db_open(&backup->to, backup->part, SQLITE_OPEN_READONLY);
    if (rc != SQLITE_OK)
        return backup_err(backup, rc, "checking the backup", e);
    if (backup_check(&backup->to, e) != ERR_OK)
        return e->code;
    db_close(&backup->to, false);
    if (stat(backup->part, &info) != 0)
        return err_set(e, ERR_IO, "%s is gone: %s", backup->part, strerror(errno));
    backup->report.bytes = info.st_size;
    return ERR_OK;
}

enum err_code backup_finish(struct backup *backup, struct err *e)
{
    /* One file without a log, unlike the store that it was copied from. */
    int rc = db_exec(&backup->to, "PRAGMA journal_mode = DELETE");

    check(backup->rc == SQLITE_DONE);
    if (rc == SQLITE_OK)
        rc = db_exec(&backup->to, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
    if (rc != SQLITE_OK)
        return backup_err(backup, rc, "closing the copy", e);
    if (backup_texts(backup, e) != ERR_OK || backup_mark(backup, e) != ERR_OK ||
        backup_verify(backup, e) != ERR_OK)
        return e->code;
    (void)fault_hit("store.backup.named.kill");
    if (rename(backup->part, backup->file) != 0)
        return err_set(e, ERR_IO, "cannot rename %s to %s: %s", backup->part, backup->file,
                       strerror(errno));
    return backup_sync_above(backup->file, e);
}

/* ---- of a store that nobody has open */

static enum err_code closed_open(struct db *from, struct err *e)
{
    int64_t number = 0;
    int rc = db_open(from, from->path, SQLITE_OPEN_READWRITE);

    if (rc != SQLITE_OK)
        return db_err(from, rc, "opening the store", e);
    if (schema_check(from, &number, e) != ERR_OK)
        return e->code;
    if (number == SCHEMA_NUMBER)
        return ERR_OK;
    return err_set(e, ERR_CONFLICT,
                   "%s is store number %d, this program copies %d; weft serve brings it up to date",
                   from->path, (int)number, SCHEMA_NUMBER);
}

enum err_code store_backup_closed(const char *path, const char *file, struct backup_report *report,
                                  struct err *e)
{
    struct db from = { .path = path };
    struct backup backup;
    enum err_code code;

    memset(&backup, 0, sizeof(backup));
    if (access(path, F_OK) != 0)
        return err_set(e, ERR_NOT_FOUND, "there is no store %s: %s", path, strerror(errno));
    code = closed_open(&from, e);
    if (code == ERR_OK)
        code = backup_init(&backup, path, file, e);
    if (code == ERR_OK) {
        do
            backup_piece(&backup, &from);
        while (backup_more(&backup, e));
        code = e->code;
        if (backup.copy != NULL)
            backup_give_up(&backup);
    }
    if (code == ERR_OK)
        code = backup_finish(&backup, e);
    *report = backup.report;
    backup_fini(&backup);
    db_close(&from, false); /* as it was found: of a killed server the log is part of the store */
    return code;
}
