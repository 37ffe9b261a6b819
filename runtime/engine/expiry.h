/* expiry.h - files that steps have saved and that are removed after a time. Only engine/ includes
 * this.
 *
 *   whole -> turn at its path -> row, with what tells the file -> committed -> it gets its name
 *   ... its time is over -> turn at its path -> removed, if it is the file of the row -> no row
 *
 * (1) At a path one thing happens at a time: a file gets its name there, or is removed.
 *                                                              [expiry_enter, expiry_leave]
 * (2) The row is durable before the file has its name: no file is forgotten by a crash. [save_row]
 * (3) What is removed is the file that the row tells by size, time and inode. Another one, whoever
 *     put it there, stays, and the row goes.                          [files_do, expiry_removed]
 * (4) Who saves the same once more takes the row over, with the later of both times; for ever, if
 *     it says none. A file that was there and has no row gets none: it is not ours.   [save_row]
 *
 * (5) The temporary file of a write has a row, too, while nobody knows whether it was shown. It
 *     stays while its run may come again: that it is there says that it was not shown.
 *                                                                  [expiry_keep, removal_may_go]
 *
 * Facts: FACT_FILE "PATH" -> {"run", "folder", "name", "size", "mtime", "inode", "until",
 * "temporary"}; at_ms: when it is removed, or that is tried again. */
#ifndef ENGINE_EXPIRY_H
#define ENGINE_EXPIRY_H

#include "base/file_ask.h"
#include "engine/engine.h"

struct run;
struct expiry_turn; /* at a path */
typedef void expiry_fn(void *arg);

/* then() is called when it is one's turn at the path: at once, or later; then *turn is set.
 * expiry_leave() it. */
void expiry_enter(struct engine *engine, const char *folder, const char *name,
                  struct expiry_turn **turn, expiry_fn *then, void *arg);
void expiry_leave(struct expiry_turn *turn); /* also behind engine_free(); NULL is fine */

struct expiry {
    int64_t until_ms;          /* wall; 0: there is no row */
    struct file_stamp stamp;
};
/* In one's turn. The row of the path. */
enum err_code expiry_find(struct engine *engine, const struct expiry_turn *turn,
                          struct expiry *found, struct err *e) MUST_USE;
/* Writes it, or removes it (until_ms 0); done() hears of the commit. */
void expiry_put(struct engine *engine, const struct expiry_turn *turn, const struct file_ask *ask,
                uint64_t run, int64_t until_ms, engine_done_fn *done, void *arg);
/* ... after which this is said, unless it was removed. */
void expiry_is_put(struct engine *engine, int64_t until_ms);

/* (5) Of what stands under files_temporary(): a row with the run's next batch, and no row any more.
 * A path that no row can have has none, and its file stays. */
void expiry_keep(struct run *run, const struct file_ask *ask);
void expiry_forget(struct run *run, const struct file_ask *ask);

struct expiries;
struct expiries *expiries_new(void);
void expiries_free(struct engine *engine); /* behind appends_free() */
void expiries_turn(struct engine *engine);
int64_t expiries_due(const struct engine *engine); /* steady; INT64_MAX: none */

#endif
