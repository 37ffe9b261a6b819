/* store_sqlite.c - opens and closes the SQLite store, and hands each operation
 * to writer or reader. */
#include "store/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/sqlite/audit_priv.h"
#include "store/sqlite/backup_priv.h"
#include "store/sqlite/change_priv.h"
#include "store/sqlite/facts_priv.h"
#include "store/sqlite/group_priv.h"
#include "store/sqlite/look_priv.h"
#include "store/sqlite/meta_priv.h"
#include "store/sqlite/reader_priv.h"
#include "store/sqlite/schema_priv.h"
#include "store/sqlite/writer_priv.h"

#define SQLITE_STORE_MAGIC 0x73716c73u
#define SQLITE_STORE_EPOCH 1 /* one process holds the file: it never changes */

struct sqlite_store {
    struct store store; /* first */
    unsigned magic;
    char *path;
    struct db db;          /* the writer's */
    struct writer *writer; /* NULL: open for reading only */
    struct reader reader;
    struct backup_live *backup; /* the last one; NULL: none yet */
};

static struct sqlite_store *sqlite_store(struct store *store)
{
    struct sqlite_store *own = (struct sqlite_store *)store;

    CHECK_OBJ(own, SQLITE_STORE_MAGIC);
    return own;
}

/* The writer for a change: refused when there is none, and a mistake inside a read. */
static struct writer *sqlite_writer(struct store *store, struct err *e)
{
    struct sqlite_store *own = sqlite_store(store);

    check(!reader_inside(&own->reader));
    if (own->writer == NULL)
        err_set(e, ERR_FORBIDDEN, "%s is open for reading only", own->path);
    return own->writer;
}

/* ---- operations */

static void sqlite_append(struct store *store, struct store_batch **batches, size_t count)
{
    struct sqlite_store *own = sqlite_store(store);

    check(own->writer != NULL); /* a store that is only read has no loop to call back on */
    writer_append(own->writer, batches, count);
}

static enum err_code sqlite_put_version(struct store *store, const char *version, const char *flow,
                                        const char *bundle, size_t size, int64_t now_ms,
                                        struct err *e)
{
    struct writer *writer = sqlite_writer(store, e);

    if (writer == NULL)
        return ERR_FORBIDDEN;
    return change_put_version(writer, version, flow, bundle, size, now_ms, e);
}

static enum err_code sqlite_deploy(struct store *store, const char *workspace,
                                   const char *environment, const char *flow, const char *version,
                                   int64_t now_ms, struct err *e)
{
    struct writer *writer = sqlite_writer(store, e);

    if (writer == NULL)
        return ERR_FORBIDDEN;
    return change_deploy(writer, workspace, environment, flow, version, now_ms, e);
}

static enum err_code sqlite_put_secret(struct store *store, const char *workspace, const char *name,
                                       const char *sealed, int64_t now_ms, struct err *e)
{
    struct writer *writer = sqlite_writer(store, e);

    if (writer == NULL)
        return ERR_FORBIDDEN;
    return change_put_secret(writer, workspace, name, sealed, now_ms, e);
}

static enum err_code sqlite_runs(struct store *store, const struct store_runs_filter *filter,
                                 store_run_fn *visit, void *arg, struct err *e)
{
    return reader_runs(&sqlite_store(store)->reader, filter, visit, arg, e);
}

static enum err_code sqlite_run(struct store *store, uint64_t run, bool head, store_run_fn *visit,
                                void *arg, struct err *e)
{
    return reader_run(&sqlite_store(store)->reader, run, head, visit, arg, e);
}

static enum err_code sqlite_journal(struct store *store, uint64_t run, uint32_t from,
                                    store_journal_fn *visit, void *arg, struct err *e)
{
    return reader_journal(&sqlite_store(store)->reader, run, from, visit, arg, e);
}

static enum err_code sqlite_version(struct store *store, const char *version, char **bundle,
                                    size_t *size, struct err *e)
{
    return reader_version(&sqlite_store(store)->reader, version, bundle, size, e);
}

static enum err_code sqlite_deployments(struct store *store, store_deploy_fn *visit, void *arg,
                                        struct err *e)
{
    return reader_deployments(&sqlite_store(store)->reader, visit, arg, e);
}

static enum err_code sqlite_secrets(struct store *store, store_secret_fn *visit, void *arg,
                                    struct err *e)
{
    return reader_secrets(&sqlite_store(store)->reader, visit, arg, e);
}

static enum err_code sqlite_last_run(struct store *store, uint64_t *run, struct err *e)
{
    return reader_last_run(&sqlite_store(store)->reader, run, e);
}

static enum err_code sqlite_due(struct store *store, int64_t until_ms, unsigned limit,
                                store_due_fn *visit, void *arg, int64_t *next_ms, struct err *e)
{
    return reader_due(&sqlite_store(store)->reader, until_ms, limit, visit, arg, next_ms, e);
}

static enum err_code sqlite_facts(struct store *store, const struct store_facts_filter *filter,
                                  store_fact_fn *visit, void *arg, struct err *e)
{
    return facts_read(&sqlite_store(store)->reader, filter, visit, arg, e);
}

static enum err_code sqlite_look(struct store *store, const struct store_look *look,
                                 store_look_fn *visit, void *arg, struct store_look_end *end,
                                 struct err *e)
{
    return look_read(&sqlite_store(store)->reader, look, visit, arg, end, e);
}

static enum err_code sqlite_ready(struct store *store, struct err *e)
{
    struct writer *writer = sqlite_writer(store, e);

    return writer != NULL ? writer_ready(writer, e) : ERR_FORBIDDEN;
}

static void sqlite_take_key(struct group *group, void *arg)
{
    audit_key(&group->audit, *(const unsigned char **)arg);
}

static enum err_code sqlite_audit_key(struct store *store, const unsigned char *key, struct err *e)
{
    struct writer *writer = sqlite_writer(store, e);

    if (writer == NULL)
        return ERR_FORBIDDEN;
    return writer_between(writer, sqlite_take_key, &key, e);
}

static enum err_code sqlite_audit(struct store *store, int64_t from, bool back, unsigned limit,
                                  store_audit_fn *visit, void *arg, struct err *e)
{
    return audit_read(&sqlite_store(store)->reader, from, back, limit, visit, arg, e);
}

static enum err_code sqlite_audit_verify(struct store *store, const unsigned char *key,
                                         struct store_audit_report *report, struct err *e)
{
    return audit_verify(&sqlite_store(store)->reader, key, report, e);
}

/* Also takes apart what was opened half. */
static void sqlite_close(struct store *store)
{
    struct sqlite_store *own = sqlite_store(store);

    check(!reader_inside(&own->reader));
    backup_live_free(own->backup);
    reader_fini(&own->reader); /* first: the last to close copies the WAL and removes it */
    if (own->writer != NULL)
        writer_close(own->writer);
    else
        db_close(&own->db, false);
    mem_free(own->path);
    own->magic = 0;
    mem_free(own);
}

static const struct store_ops sqlite_ops = {
    .append = sqlite_append,
    .put_version = sqlite_put_version,
    .deploy = sqlite_deploy,
    .put_secret = sqlite_put_secret,
    .runs = sqlite_runs,
    .run = sqlite_run,
    .journal = sqlite_journal,
    .version = sqlite_version,
    .deployments = sqlite_deployments,
    .secrets = sqlite_secrets,
    .last_run = sqlite_last_run,
    .due = sqlite_due,
    .facts = sqlite_facts,
    .audit_key = sqlite_audit_key,
    .audit = sqlite_audit,
    .audit_verify = sqlite_audit_verify,
    .look = sqlite_look,
    .ready = sqlite_ready,
    .close = sqlite_close,
};

/* ---- opening */

static struct sqlite_store *sqlite_store_new(const char *path, struct log *log)
{
    struct sqlite_store *own = mem_must(sizeof(*own));

    own->store.ops = &sqlite_ops;
    own->store.epoch = SQLITE_STORE_EPOCH;
    own->magic = SQLITE_STORE_MAGIC;
    own->path = mem_must_copy(path != NULL ? path : "memory");
    own->db.path = own->path;
    reader_init(&own->reader, log);
    return own;
}

/* An interrupted restore has put the former store aside: a new one in its place would be no one's.
 */
static bool sqlite_restoring(const char *path)
{
    char part[4096];

    return snprintf(part, sizeof(part), "%s.part", path) < (int)sizeof(part) &&
           access(part, F_OK) == 0;
}

/* Makes the file before SQLite does, so that only its owner can read it. A file that is there is
 * not opened: closing it again would drop SQLite's locks on it. */
static enum err_code sqlite_make_file(const char *path, struct err *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0 && sqlite_restoring(path)) {
        close(fd);
        (void)unlink(path);
        return err_set(e, ERR_CONFLICT,
                       "a restore into the directory of %s was interrupted; run it again", path);
    }
    if (fd < 0 && errno != EEXIST)
        return err_set(e, ERR_IO,
                       "cannot make %s: %s; check that its directory exists and can be"
                       " written",
                       path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return ERR_OK;
}

/* journal_size_limit keeps the WAL at its working size: writing over it is
 * cheaper than growing it. */
#define SQLITE_WRITER_SETTINGS                              \
    "PRAGMA synchronous = FULL; PRAGMA cache_size = -4096;" \
    " PRAGMA journal_size_limit = 16777216; PRAGMA wal_autocheckpoint = 0"

/* Looks at the store, and only when it is ours to write changes it. */
static enum err_code sqlite_prepare(struct db *db, const char *file, struct err *e)
{
    int rc = db_open(db, file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    int64_t number = 0;
    enum err_code code;

    if (rc != SQLITE_OK)
        return db_err(db, rc, "opening the store", e);
    code = schema_check(db, &number, e);
    if (code != ERR_OK)
        return code;
    rc = db_wal(db);
    if (rc == SQLITE_OK)
        rc = db_exec(db, SQLITE_WRITER_SETTINGS);
    if (rc == SQLITE_OK)
        rc = db_prepare_ends(db);
    if (rc != SQLITE_OK)
        return db_err(db, rc, "setting up the store", e);
    return schema_migrate(db, number, e);
}

/* What a restore left for whoever opens the store next. */
static int sqlite_restored(struct db *db, struct store *store)
{
    int64_t value = 0;
    int rc = db_int(db,
                    "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta"
                    " WHERE name = 'restored'), 0)",
                    &value);

    store->restored = (uint64_t)value;
    if (rc == SQLITE_OK)
        rc = db_int(db,
                    "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta"
                    " WHERE name = 'restored_ms'), 0)",
                    &store->restored_ms);
    return rc;
}

struct store *store_sqlite_open(const char *path, struct loop *loop, struct clock *clock,
                                struct log *log, struct err *e)
{
    struct sqlite_store *own = sqlite_store_new(path, log);
    struct writer_setup setup = { .db = &own->db, .store = &own->store, .loop = loop, .log = log };
    char *mark = NULL;
    int rc = SQLITE_OK;

    (void)clock; /* all times come with the calls */
    if (path != NULL && sqlite_make_file(path, e) != ERR_OK)
        goto failed;
    if (sqlite_prepare(&own->db, path != NULL ? path : ":memory:", e) != ERR_OK)
        goto failed;
    rc = sqlite_restored(&own->db, &own->store);
    if (rc == SQLITE_OK)
        rc = meta_find(&own->db, BACKUP_MARK, &mark);
    if (rc != SQLITE_OK) {
        db_err(&own->db, rc, "opening the store", e);
        goto failed;
    }
    if (mark != NULL) {
        mem_free(mark);
        err_set(e, ERR_CONFLICT,
                "%s is a backup, and would do again what was done since it was made; weft restore"
                " makes a store of it",
                own->path);
        goto failed;
    }
    if (path != NULL) {
        rc = reader_open(&own->reader, own->path);
        if (rc == SQLITE_OK)
            rc = reader_set_up(&own->reader);
    } else {
        own->reader.db = &own->db; /* and no payloads */
        setup.shared = &own->reader.lock;
    }
    if (rc != SQLITE_OK) {
        db_err(&own->reader.own, rc, "opening the store for reading", e);
        goto failed;
    }
    setup.payloads = own->reader.payloads;
    own->writer = writer_new(&setup, e);
    if (own->writer != NULL)
        return &own->store;
failed:
    sqlite_close(&own->store);
    return NULL;
}

static void sqlite_take_space(struct group *group, void *arg)
{
    space_set(&group->space, arg);
}

enum err_code store_sqlite_keep_free(struct store *store, uint64_t bytes, unsigned percent,
                                     struct err *e)
{
    struct writer *writer = sqlite_writer(store, e);
    struct space_keep keep = { .bytes = bytes, .percent = percent };

    check(percent <= 100);
    if (writer == NULL)
        return e->code;
    if (sqlite_store(store)->reader.payloads != NULL) /* else it is in memory */
        keep.path = sqlite_store(store)->path;
    return writer_between(writer, sqlite_take_space, &keep, e);
}

enum err_code store_backup(struct store *store, struct loop *loop, const char *file,
                           backup_done_fn *done, void *arg, struct err *e)
{
    struct sqlite_store *own = sqlite_store(store);
    struct writer *writer = sqlite_writer(store, e);

    if (writer == NULL)
        return e->code;
    if (own->reader.payloads == NULL)
        return err_set(e, ERR_CONFLICT, "a store in memory has no backup");
    if (own->backup != NULL && !backup_live_ended(own->backup))
        return err_set(e, ERR_CONFLICT, "a backup is being made already");
    backup_live_free(own->backup);
    own->backup = backup_live_new(writer, own->path, loop, file, done, arg, e);
    return own->backup != NULL ? ERR_OK : e->code;
}

static bool sqlite_beside(const char *path, const char *end, struct stat *info)
{
    char file[4096];

    return snprintf(file, sizeof(file), "%s%s", path, end) < (int)sizeof(file) &&
           stat(file, info) == 0;
}

/* To read a log SQLite makes an index of it beside it (-shm), and where a server runs there is one.
 * A copy in a place where nothing can be made is read without, if it has no log; what is in a log
 * would be missed like that. */
static enum err_code sqlite_stands_still(const char *path, bool *still, struct err *e)
{
    const char *slash = strrchr(path, '/');
    char *folder =
        slash != NULL ? mem_must_copy_n(path, (size_t)(slash - path) + 1) : mem_must_copy(".");
    struct stat info;

    *still = access(folder, W_OK) != 0 && !sqlite_beside(path, "-shm", &info);
    mem_free(folder);
    if (!*still || !sqlite_beside(path, "-wal", &info) || info.st_size == 0)
        return ERR_OK;
    return err_set(
        e, ERR_CONFLICT,
        "what was stored last in %s is in its log, which cannot be read where nothing can"
        " be written: copy the whole directory, with weft.db-wal, to where it can, and"
        " name that with --data",
        path);
}

struct store *store_sqlite_open_readonly(const char *path, struct log *log, struct err *e)
{
    struct sqlite_store *own;
    int64_t number = 0;
    bool still;
    int rc;

    check(path != NULL);
    if (access(path, F_OK) != 0) {
        err_set(e, ERR_NOT_FOUND, "there is no store %s: %s; weft serve makes one", path,
                strerror(errno));
        return NULL;
    }
    if (sqlite_stands_still(path, &still, e) != ERR_OK)
        return NULL;
    own = sqlite_store_new(path, log);
    rc = still ? reader_open_still(&own->reader, own->path) : reader_open(&own->reader, own->path);
    if (rc != SQLITE_OK) {
        db_err(&own->reader.own, rc, "opening the store for reading", e);
        goto failed;
    }
    if (schema_check(&own->reader.own, &number, e) != ERR_OK)
        goto failed;
    rc = number == SCHEMA_NUMBER ? reader_set_up(&own->reader) : SQLITE_OK;
    if (rc == SQLITE_OK && number == SCHEMA_NUMBER)
        rc = sqlite_restored(&own->reader.own, &own->store);
    if (rc != SQLITE_OK) {
        db_err(&own->reader.own, rc, "opening the store for reading", e);
        goto failed;
    }
    if (number == SCHEMA_NUMBER)
        return &own->store;
    err_set(e, ERR_CONFLICT,
            "%s is store number %d, this program reads %d; weft serve brings it up"
            " to date",
            path, (int)number, SCHEMA_NUMBER);
failed:
    sqlite_close(&own->store);
    return NULL;
}
