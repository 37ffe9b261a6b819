/* files.h - files that steps read and write.
 *
 * An interface: the program plugs in files_real_new(), tests may bring one of their own. do_()
 * blocks and is called on threads of the pool, on several at once.
 *
 * (1) Nothing outside the roots is touched: every path goes from a root's descriptor to the ask's
 *     folder, and from there to the file, by openat2(): not above it, through no symbolic link.
 * (2) FILE_WRITE shows the whole new file or the old one, also after a crash: a temporary file
 *     beside it, fsync, rename, fsync of the folder. Whoever prepares and shows in two calls, and
 *     comes again between, learns from the temporary file whether it was shown: it has gone then,
 *     and is not shown once more to whom has taken it away since.
 * (3) FILE_APPEND leaves each ask's bytes once, and whole. Beside the file stands .NAME.weft, the
 *     list of what was put there: it is durable before the bytes, so that whoever comes next knows
 *     a torn end and takes it away, and knows an ask that comes again.
 * (4) A draft is a FILE_WRITE whose bytes come in pieces: nobody sees any of it before it is kept.
 *     What is not kept leaves nothing behind, also when the process dies, where the file system
 *     has files without a name; elsewhere a temporary file, which the next try takes away. */
#ifndef IO_FILES_H
#define IO_FILES_H

#include <stdatomic.h>

#include "base/err.h"
#include "base/file_ask.h"

#define FILES_TEMPORARY 96 /* bytes of the name of a file that is being written: ".KEY.tmp" */
#define FILES_APPENDS_KEPT_MS INT64_C(172800000) /* two days: an ask comes again within one */
#define FILES_APPENDS_KEPT    4096u              /* and so many of a file in any case */

struct files_draft;
struct files {
    /* *sent: it may have been done although it failed. */
    enum err_code (*do_)(struct files *files, struct file_ask *ask, const atomic_bool *given_up,
                         bool *sent, struct err *e);
    enum err_code (*draft)(struct files *files, const struct file_ask *ask,
                           struct files_draft **draft, struct err *e);
};
enum err_code files_do(struct files *files, struct file_ask *ask, const atomic_bool *given_up,
                       bool *sent, struct err *e) MUST_USE;

/* In the folder of the ask's file. By its key. */
void files_temporary(const struct file_ask *ask, char name[FILES_TEMPORARY]);

/* By a FILE_WRITE without bytes, which outlives it. These block; one thread at a time. */
enum err_code files_draft(struct files *files, const struct file_ask *ask,
                          struct files_draft **draft, struct err *e) MUST_USE;
enum err_code files_draft_add(struct files_draft *draft, const char *bytes, size_t size,
                              struct err *e) MUST_USE;
/* All was added: its bytes are on the disk, `digest` and `stamp` of the ask are its own. */
enum err_code files_draft_end(struct files_draft *draft, struct file_ask *ask,
                              struct err *e) MUST_USE;
/* Whether the same file is there already, whose stamp the ask then has: there is nothing to show.
 * ERR_CONFLICT as for FILE_WRITE. */
enum err_code files_draft_look(struct files_draft *draft, struct file_ask *ask, bool *same,
                               struct err *e) MUST_USE;
enum err_code files_draft_show(struct files_draft *draft, struct file_ask *ask,
                               struct err *e) MUST_USE;
/* The three of them, one after the other. */
enum err_code files_draft_keep(struct files_draft *draft, struct file_ask *ask,
                               struct err *e) MUST_USE;
void files_draft_free(struct files_draft *draft); /* what was not kept is gone; NULL is fine */

/* roots: absolute paths, parted by colons; NULL or "": none. ERR_INVALID: one is not a folder. */
struct files *files_real_new(const char *roots, struct err *e) MUST_USE;
void files_real_free(struct files *files); /* once nothing runs any more; NULL is fine */

#endif
