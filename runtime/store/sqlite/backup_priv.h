/* backup_priv.h - the copy of a store, piece by piece; who holds the source runs the pieces. */
#ifndef STORE_SQLITE_BACKUP_PRIV_H
#define STORE_SQLITE_BACKUP_PRIV_H

#include "store/backup.h"
#include "store/sqlite/db_priv.h"

/* The table of large texts in a backup, and the mark of one in meta. */
#define BACKUP_PAYLOADS "backup_payload"
#define BACKUP_MARK     "backup"

struct backup {
    struct db to;          /* FILE.part */
    sqlite3_backup *copy;  /* of SQLite; NULL: not begun, or ended */
    char *file, *part;
    char *payloads;        /* folder of the source's large texts */
    int rc;                /* of the last piece: SQLITE_OK there is more, SQLITE_DONE */
    int64_t took_us;       /* it */
    int pages, grown;      /* of the source as of that piece, and since the one before it */
    int64_t pages_asked;   /* in all: a copy that begins anew again and again ends */
    struct backup_report report;
};
/* source: path of the store, for its large texts and so that it is not written over itself. */
enum err_code backup_init(struct backup *backup, const char *source, const char *file,
                          struct err *e) MUST_USE;
void backup_piece(struct backup *backup, struct db *from); /* by who holds `from` */
void backup_give_up(struct backup *backup);                /* the same, when it is not to go on */
/* Is there more? *e: what prevents it. */
bool backup_more(struct backup *backup, struct err *e);
/* Behind the last piece, on any thread: large texts, checks, syncs, the name. */
enum err_code backup_finish(struct backup *backup, struct err *e) MUST_USE;
void backup_fini(struct backup *backup); /* removes FILE.part if it is there */

/* A file's and a folder's own steps; ERR_IO with the path. */
enum err_code backup_sync_file(const char *path, struct err *e) MUST_USE;
enum err_code backup_sync_above(const char *path, struct err *e) MUST_USE;
/* Every page, every index: ERR_INVALID with the first fault. */
enum err_code backup_check(struct db *db, struct err *e) MUST_USE;

/* The copy of a live store, on a thread of its own. */
struct backup_live;
struct writer;
struct backup_live *backup_live_new(struct writer *writer, const char *source, struct loop *loop,
                                    const char *file, backup_done_fn *done, void *arg,
                                    struct err *e) MUST_USE;
bool backup_live_ended(const struct backup_live *live); /* done() was called */
void backup_live_free(struct backup_live *live);        /* gives up and waits; NULL is fine */

#endif
