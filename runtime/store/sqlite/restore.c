/* restore.c - a backup becomes the store of a data directory.
 *
 * (1) What is there is not touched before the copy is whole, checked and synced. [restore_prepare]
 * (2) The order of names: the former store goes aside, the large texts come, the store comes last.
 *     Between the first and the last there is DATA/weft.db.part, with which no new store is made:
 *     whoever was interrupted runs the restore again, until one comes to its end.
 *                                                                 [restore_swap, restore_clear]
 * (3) The generation is counted up, and the newest run noted, before it has its name.
 *                                                                                [restore_mark] */
#include "store/sqlite/backup_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/mem.h"
#include "store/sqlite/audit_priv.h"
#include "store/sqlite/meta_priv.h"
#include "store/sqlite/payload_priv.h"
#include "store/sqlite/schema_priv.h"

#define RESTORE_PATH     4096u
#define RESTORE_FORMER   100u               /* of one second */
#define RESTORE_AHEAD_MS (24 * 3600 * 1000) /* a clock that was wrong by more is nobody's clock */

struct restore {
    char *file, *data;
    char *part;  /* DATA/weft.db.part */
    char *texts; /* DATA/payloads.part */
    struct db db;
    bool guards;  /* (2): another one was interrupted here, and `part` stays whatever becomes */
    bool swapped; /* the names are given, or being given */
    int64_t payloads;
};

static char *restore_name(const char *data, const char *name)
{
    char path[RESTORE_PATH];

    check(snprintf(path, sizeof(path), "%s/%s", data, name) < (int)sizeof(path));
    return mem_must_copy(path);
}

/* A folder of folders of files, and nothing else. */
static void restore_remove(const char *path, unsigned levels)
{
    struct dirent *entry;
    DIR *folder = levels > 0 ? opendir(path) : NULL;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char *below;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        below = restore_name(path, entry->d_name);
        restore_remove(below, levels - 1);
        mem_free(below);
    }
    if (folder != NULL)
        closedir(folder);
    if (unlink(path) != 0)
        (void)rmdir(path);
}

static void restore_clear(const struct restore *restore)
{
    char log[RESTORE_PATH + 16];

    if (!restore->guards)
        (void)unlink(restore->part);
    snprintf(log, sizeof(log), "%s-journal", restore->part);
    (void)unlink(log);
    restore_remove(restore->texts, 3);
}

void restore_free(struct restore *restore)
{
    if (restore == NULL)
        return;
    if (restore->db.handle != NULL)
        db_close(&restore->db, false);
    if (!restore->swapped)
        restore_clear(restore);
    mem_free(restore->file);
    mem_free(restore->data);
    mem_free(restore->part);
    mem_free(restore->texts);
    mem_free(restore);
}

const char *restore_path(const struct restore *restore)
{
    return restore->part;
}

/* ---- the copy */

static enum err_code restore_bytes(int from, int to, const struct restore *restore, struct err *e)
{
    char piece[65536];
    ssize_t n;

    while ((n = read(from, piece, sizeof(piece))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(e, ERR_IO, "cannot read %s: %s", restore->file, strerror(errno));
        for (ssize_t done = 0, wrote; done < n; done += wrote) {
            wrote = write(to, piece + done, (size_t)(n - done));
            if (wrote < 0 && errno == EINTR)
                wrote = 0;
            if (wrote < 0)
                return err_set(e, ERR_IO, "cannot write %s: %s", restore->part, strerror(errno));
        }
    }
    return fsync(to) == 0
               ? ERR_OK
               : err_set(e, ERR_IO, "cannot sync %s: %s", restore->part, strerror(errno));
}

static enum err_code restore_copy(const struct restore *restore, struct err *e)
{
    int from = open(restore->file, O_RDONLY | O_CLOEXEC), to = -1;

    if (from < 0)
        return err_set(e, ERR_NOT_FOUND, "cannot open %s: %s", restore->file, strerror(errno));
    to = open(restore->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to < 0)
        err_set(e, ERR_IO, "cannot make %s: %s", restore->part, strerror(errno));
    else
        e->code = restore_bytes(from, to, restore, e);
    close(from);
    if (to >= 0)
        close(to);
    return e->code;
}

static enum err_code restore_err(const struct restore *restore, int rc, const char *doing,
                                 struct err *e)
{
    struct db db = { .path = restore->file };

    db_err(&db, rc, doing, e);
    return e->code = db_fate(rc) == DB_FATAL ? ERR_INVALID : ERR_IO;
}

/* Is it a backup, whole, and of a number that we know? */
static enum err_code restore_look(struct restore *restore, struct err *e)
{
    int64_t number = 0;
    char *mark = NULL;
    int rc = db_open(&restore->db, restore->part, SQLITE_OPEN_READWRITE);

    if (rc != SQLITE_OK)
        return restore_err(restore, rc, "opening the backup", e);
    if (schema_check(&restore->db, &number, e) != ERR_OK)
        return e->code;
    if (backup_check(&restore->db, e) != ERR_OK)
        return e->code;
    rc = number >= 3 ? meta_find(&restore->db, BACKUP_MARK, &mark) : SQLITE_OK;
    if (rc != SQLITE_OK)
        return restore_err(restore, rc, "reading the backup", e);
    if (mark == NULL)
        return err_set(e, ERR_INVALID, "%s is no backup that weft backup made", restore->file);
    mem_free(mark);
    return ERR_OK;
}

static enum err_code restore_text(struct restore *restore, sqlite3_stmt *stmt, struct err *e)
{
    const void *digest = sqlite3_column_blob(stmt, 0), *bytes = sqlite3_column_blob(stmt, 1);
    size_t size = (size_t)sqlite3_column_bytes(stmt, 1);
    int rc;

    if (sqlite3_column_bytes(stmt, 0) != HASH_SIZE || !payload_whole(digest, bytes, size))
        return err_set(e, ERR_INVALID, "%s is damaged: a large text in it is not what was written",
                       restore->file);
    rc = payload_place(restore->texts, digest, bytes, size);
    restore->payloads++;
    return rc == SQLITE_OK ? ERR_OK : restore_err(restore, rc, "writing large texts", e);
}

static enum err_code restore_texts(struct restore *restore, struct err *e)
{
    sqlite3_stmt *stmt = NULL;
    int64_t missing = 0;
    int rc = db_int(&restore->db,
                    "SELECT count(*) FROM payload_use WHERE digest NOT IN"
                    " (SELECT digest FROM " BACKUP_PAYLOADS ")",
                    &missing);

    e->code = ERR_OK;
    if (missing > 0)
        return err_set(e, ERR_INVALID, "%s lacks large texts that its runs need", restore->file);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(restore->db.handle, "SELECT digest, bytes FROM " BACKUP_PAYLOADS,
                                -1, &stmt, NULL);
    while (rc == SQLITE_OK && e->code == ERR_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        rc = restore_text(restore, stmt, e) == ERR_OK ? SQLITE_OK : SQLITE_ABORT;
    sqlite3_finalize(stmt);
    if (e->code == ERR_OK && rc != SQLITE_DONE)
        restore_err(restore, rc, "reading large texts", e);
    return e->code;
}

struct restore *restore_prepare(const char *file, const char *data, bool replace, struct err *e)
{
    struct restore *restore = mem_must(sizeof(*restore));
    char *store = restore_name(data, "weft.db");

    restore->file = mem_must_copy(file);
    restore->data = mem_must_copy(data);
    restore->part = restore_name(data, "weft.db.part");
    restore->texts = restore_name(data, "payloads.part");
    restore->db.path = restore->part;
    restore->guards = access(store, F_OK) != 0 && access(restore->part, F_OK) == 0;
    e->code = ERR_OK;
    if (!replace && access(store, F_OK) == 0)
        err_set(e, ERR_CONFLICT, "there is a store in %s; --replace puts it aside", data);
    mem_free(store);
    if (e->code == ERR_CONFLICT) {
        restore->swapped = true; /* nothing was prepared */
        restore_free(restore);
        return NULL;
    }
    restore_clear(restore);
    if (restore_copy(restore, e) == ERR_OK && restore_look(restore, e) == ERR_OK &&
        restore_texts(restore, e) == ERR_OK)
        return restore;
    restore_free(restore);
    return NULL;
}

/* ---- making it the store */

static int restore_number(struct db *db, const char *name, int64_t *number)
{
    char *text;
    int rc = meta_find(db, name, &text);

    *number = text != NULL ? strtoll(text, NULL, 10) : 0;
    mem_free(text);
    return rc;
}

static int restore_audit(struct restore *restore, const unsigned char *key, const char *by,
                         int64_t now_ms, const struct backup_report *report)
{
    struct audit audit = { .known = false };
    char run[IDENT_TEXT], *text;
    struct err why;
    json_t *record;
    int rc;

    ident_text(report->last_run, run);
    record = json_pack("{s:s, s:s, s:s, s:{s:I, s:s}}", "by", by, "what", "restore", "object",
                       restore->file, "detail", "generation", (json_int_t)report->generation,
                       "last_run", run);
    check(record != NULL);
    text = json_text_new(record, RESTORE_PATH * 2, NULL);
    json_decref(record);
    check(text != NULL);
    audit_key(&audit, key);
    rc = audit_add(&audit, &restore->db, now_ms, text, &why);
    audit_fini(&audit);
    mem_free(text);
    return rc;
}

/* One transaction; until its end it is a backup. */
static int restore_mark(struct restore *restore, const unsigned char *key, const char *by,
                        int64_t now_ms, struct backup_report *report)
{
    char text[24];
    int64_t last = 0, before = 0, restored, after;
    struct db *db = &restore->db;
    int rc = db_exec(
        db, "PRAGMA synchronous = FULL; BEGIN IMMEDIATE;"
            " DROP TABLE " BACKUP_PAYLOADS ";"
            " INSERT OR REPLACE INTO meta (name, value)"
            "  SELECT 'restored_ms', CAST(coalesce(json_extract(value, '$.at_ms'), 0) AS TEXT)"
            "  FROM meta WHERE name = '" BACKUP_MARK "';"
            " DELETE FROM meta WHERE name = '" BACKUP_MARK "'");

    if (rc == SQLITE_OK)
        rc = db_int(db, "SELECT coalesce(max(id), 0) FROM run", &last);
    if (rc == SQLITE_OK)
        rc = restore_number(db, "restored", &before);
    if (rc == SQLITE_OK)
        rc = restore_number(db, "generation", &report->generation);
    report->last_run = (uint64_t)(last > before ? last : before);
    report->generation++;
    /* What a person allowed and what was caught up with behind the last restore counts no more
     * behind this one: they tell restores apart by that number, so it is another one also when no
     * run has begun in between. */
    restored = last > before ? last : before + 1;
    snprintf(text, sizeof(text), "%" PRId64, restored);
    if (rc == SQLITE_OK)
        rc = meta_put(db, "restored", text);
    /* Ids of runs that this store has lost are not given again, nor the keys made of them. */
    after = (int64_t)ident_at(now_ms + RESTORE_AHEAD_MS);
    snprintf(text, sizeof(text), "%" PRId64, after > restored ? after : restored);
    if (rc == SQLITE_OK)
        rc = meta_put(db, "ids_after", text);
    snprintf(text, sizeof(text), "%" PRId64, report->generation);
    if (rc == SQLITE_OK)
        rc = meta_put(db, "generation", text);
    if (rc == SQLITE_OK)
        rc = restore_audit(restore, key, by, now_ms, report);
    return rc == SQLITE_OK ? db_exec(db, "COMMIT") : rc;
}

/* DATA/NAME to FOLDER/NAME, if it is there. */
static enum err_code restore_move(const char *data, const char *folder, const char *name,
                                  const char *as, struct err *e)
{
    char *from = restore_name(data, name), *to = restore_name(folder, as);
    bool good = rename(from, to) == 0 || errno == ENOENT;

    e->code = ERR_OK;
    if (!good)
        err_set(e, ERR_IO, "cannot rename %s to %s: %s", from, to, strerror(errno));
    mem_free(from);
    mem_free(to);
    return e->code;
}

/* The former store's log goes into it, as far as it can still be opened. */
static void restore_settle(const char *path)
{
    struct db db = { .path = path };
    bool good = db_open(&db, path, SQLITE_OPEN_READWRITE) == SQLITE_OK;
    int64_t tables;

    good = good && db_int(&db, "SELECT count(*) FROM sqlite_schema", &tables) == SQLITE_OK;
    db_close(&db, good);
}

/* A new folder of this name; behind it "-2", where one of the same second is there. The caller
 * frees it; NULL: it cannot be made. */
static char *restore_former(const char *data, const char *name, struct err *e)
{
    for (unsigned n = 1;; n++) {
        char full[96], *folder;

        if (n == 1)
            snprintf(full, sizeof(full), "%s", name);
        else
            snprintf(full, sizeof(full), "%s-%u", name, n);
        folder = restore_name(data, full);
        if (mkdir(folder, 0700) == 0)
            return folder;
        if (errno != EEXIST || n == RESTORE_FORMER) {
            err_set(e, ERR_IO, "cannot make %s: %s", folder, strerror(errno));
            mem_free(folder);
            return NULL;
        }
        mem_free(folder);
    }
}

/* What makes up a store, into DATA/former-20261121T130000Z; the file first, because without it
 * nobody opens what is left. */
static enum err_code restore_put_aside(const struct restore *restore, int64_t now_ms, struct err *e)
{
    static const char *const names[] = { "weft.db", "weft.db-wal", "weft.db-shm", "payloads" };
    const size_t count = sizeof(names) / sizeof(names[0]);
    time_t seconds = (time_t)(now_ms / 1000);
    char name[64], *folder;
    struct tm date;
    bool there = false;

    check(gmtime_r(&seconds, &date) != NULL);
    check(strftime(name, sizeof(name), "former-%Y%m%dT%H%M%SZ", &date) > 0);
    for (size_t i = 0; i < count; i++) {
        char *path = restore_name(restore->data, names[i]);

        if (i == 0 && access(path, F_OK) == 0)
            restore_settle(path);
        there = there || access(path, F_OK) == 0;
        mem_free(path);
    }
    e->code = ERR_OK;
    if (!there)
        return ERR_OK;
    folder = restore_former(restore->data, name, e);
    if (folder == NULL)
        return e->code;
    for (size_t i = 0; i < count && e->code == ERR_OK; i++)
        restore_move(restore->data, folder, names[i], names[i], e);
    if (e->code == ERR_OK)
        e->code = backup_sync_file(folder, e);
    mem_free(folder);
    return e->code;
}

static enum err_code restore_swap(struct restore *restore, int64_t now_ms, struct err *e)
{
    restore->swapped = true; /* from here on the copy may be all that there is */
    if (restore_put_aside(restore, now_ms, e) != ERR_OK ||
        backup_sync_file(restore->data, e) != ERR_OK)
        return e->code;
    (void)fault_hit("store.restore.kill");
    if (restore_move(restore->data, restore->data, "payloads.part", "payloads", e) != ERR_OK ||
        restore_move(restore->data, restore->data, "weft.db.part", "weft.db", e) != ERR_OK)
        return e->code;
    return backup_sync_file(restore->data, e);
}

enum err_code restore_finish(struct restore *restore, const unsigned char key[STORE_AUDIT_KEY],
                             const char *by, int64_t now_ms, struct backup_report *report,
                             struct err *e)
{
    struct stat info;
    int rc;

    memset(report, 0, sizeof(*report));
    report->payloads = restore->payloads;
    rc = restore_mark(restore, key, by, now_ms, report);
    if (rc != SQLITE_OK)
        return restore_err(restore, rc, "marking the restored store", e);
    db_close(&restore->db, false);
    if (backup_sync_file(restore->part, e) != ERR_OK)
        return e->code;
    if (stat(restore->part, &info) == 0)
        report->bytes = info.st_size;
    return restore_swap(restore, now_ms, e);
}
