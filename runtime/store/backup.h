/* backup.h - a live store becomes one file, and one file a store again.
 *
 * A backup holds all that the store holds and the large texts beside it; not the vault's master
 * key, without which its secrets stay sealed: keep that elsewhere. It is written to FILE.part,
 * checked, synced and only then given its name: whoever is interrupted has the former FILE.
 *
 * A backup is not a store that could be started: only a restore makes one of it, which counts the
 * store's generation up and notes which runs it knew (store.h, `restored`), so that what they did
 * afterwards is not done again unseen. */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/audit.h"

struct loop;
struct backup_report {
    int64_t bytes;      /* of the file */
    int64_t payloads;   /* large texts in it */
    uint64_t last_run;  /* the newest one that it knows; 0: none */
    int64_t longest_us; /* the longest that the store's thread was held up for it */
    int64_t generation; /* of a restored store; the first one is 0 */
};

/* While the store works: its thread copies in small pieces between groups. done() is called once,
 * on the loop's thread, unless this fails or the store is closed before. One at a time
 * (ERR_CONFLICT). */
typedef void backup_done_fn(void *arg, const struct backup_report *report, const struct err *e);
enum err_code store_backup(struct store *store, struct loop *loop, const char *file,
                           backup_done_fn *done, void *arg, struct err *e) MUST_USE;
/* Of a store that nobody has open: the caller holds its directory (datadir_lock()). */
enum err_code store_backup_closed(const char *path, const char *file, struct backup_report *report,
                                  struct err *e) MUST_USE;

/* Copies FILE into the directory, which the caller holds, and checks it; nothing that is there is
 * touched. ERR_CONFLICT when there is a store and not `replace`, ERR_INVALID when FILE is no whole
 * backup. */
struct restore;
struct restore *restore_prepare(const char *file, const char *data, bool replace,
                                struct err *e) MUST_USE;
/* Path of the copy, to be looked at (store_sqlite_open_readonly()). */
const char *restore_path(const struct restore *restore);
/* Makes it the directory's store. A former one is kept as DATA/former-DATE. audit: "by", for the
 * record that is written under the key. */
enum err_code restore_finish(struct restore *restore, const unsigned char key[STORE_AUDIT_KEY],
                             const char *by, int64_t now_ms, struct backup_report *report,
                             struct err *e) MUST_USE;
void restore_free(struct restore *restore); /* removes what was prepared; NULL is fine */

#endif
