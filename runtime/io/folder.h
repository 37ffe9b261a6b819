/* folder.h - folders into which others put files: what is there, its content, and taking it away.
 *
 * An interface: the program plugs in folders_uv (files on the thread pool), the tests folders of
 * their own. Each callback runs once, in a later turn; after folders_cancel() it does not run, but
 * a move that was asked for may still happen. Everything that is handed over is copied.
 *
 * A folder is an absolute path at or below one of the roots that the program allows. Symbolic links
 * are not followed below a root, and only regular files count. Left out are names that begin with a
 * dot, end in ".tmp" or ".part", or are not UTF-8. A file is told apart from another of the same
 * name by its *stamp*; what has another stamp than was asked for is neither read nor moved:
 * ERR_CONFLICT. Whoever writes into the file at the very moment of its move has moved it with what
 * he writes. */
#ifndef IO_FOLDER_H
#define IO_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"

/* It becomes a run's input and is kept with it: no more than a step's output may be. */
#define FOLDER_FILE_MAX    LIMIT_OUTPUT
/* looked at in one listing, the oldest first among those the system tells first; the rest follow
 * when these are taken */
#define FOLDER_ENTRIES_MAX 10000u
#define FOLDER_NAME        256u /* bytes of a name with its NUL: what file systems have */

struct folder_stamp {
    int64_t size, mtime_ns;
    uint64_t inode;
};
bool folder_stamp_same(const struct folder_stamp *a, const struct folder_stamp *b);

struct folder_entry {
    const char *name;
    struct folder_stamp stamp;
};

struct folder_result {
    /* ERR_OK; ERR_NOT_FOUND: no such folder or file; ERR_CONFLICT: it is another by now;
     * ERR_LIMIT: larger than FOLDER_FILE_MAX; ERR_POLICY: no root allows it, a symbolic link;
     * ERR_MEMORY, ERR_IO */
    enum err_code code;
    const char *text;                  /* of a failure, for people; names the file */
    const struct folder_entry *entries; /* list: by mtime, then name */
    size_t count;
    const char *bytes;                 /* read: followed by a NUL that does not count */
    size_t size;
    const char *digest;                /* read: SHA-256 of the bytes, in hex */
    const char *name;                  /* move: what it is called now */
};
typedef void folder_fn(void *owner, uint64_t tag, const struct folder_result *result);
/* Something has changed in there, perhaps; it may also never be told. */
typedef void folder_hint_fn(void *owner, uint64_t tag);

struct folder_move {
    const char *folder, *name;
    struct folder_stamp stamp;
    const char *into;   /* a folder within it, made if need be; a taken name gets a suffix */
    const char *reason; /* not NULL: kept beside it, in NAME.reason.txt */
};

struct folders {
    enum err_code (*allows)(struct folders *folders, const char *folder, struct err *e);
    uint64_t (*watch)(struct folders *folders, const char *folder, folder_hint_fn *hint,
                      void *owner, uint64_t tag);
    uint64_t (*list)(struct folders *folders, const char *folder, const char *pattern,
                     folder_fn *done, void *owner, uint64_t tag);
    uint64_t (*read)(struct folders *folders, const char *folder, const struct folder_entry *file,
                     folder_fn *done, void *owner, uint64_t tag);
    uint64_t (*move)(struct folders *folders, const struct folder_move *move, folder_fn *done,
                     void *owner, uint64_t tag);
    void (*cancel)(struct folders *folders, uint64_t id);
    void (*close)(struct folders *folders);
};
/* Whether a root allows the folder and it is there; at once. ERR_POLICY names the remedy. */
enum err_code folders_check(struct folders *folders, const char *folder, struct err *e) MUST_USE;
/* Until it is cancelled. The numbers of these four are never 0. */
uint64_t folders_watch(struct folders *folders, const char *folder, folder_hint_fn *hint,
                       void *owner, uint64_t tag);
/* pattern: see folder_match() */
uint64_t folders_list(struct folders *folders, const char *folder, const char *pattern,
                      folder_fn *done, void *owner, uint64_t tag);
uint64_t folders_read(struct folders *folders, const char *folder, const struct folder_entry *file,
                      folder_fn *done, void *owner, uint64_t tag);
uint64_t folders_move(struct folders *folders, const struct folder_move *move, folder_fn *done,
                      void *owner, uint64_t tag);
void folders_cancel(struct folders *folders, uint64_t id); /* 0 or done: nothing happens */
void folders_close(struct folders *folders); /* cancels all and frees; NULL is fine */

/* Whether a file of that name counts: "*" stands for any bytes, "?" for one character; a pattern of
 * NULL fits every name. Names that are left out (see above) fit none. */
bool folder_match(const char *pattern, const char *name);

struct loop;
/* roots: absolute paths, parted by colons; NULL or "": none. ERR_INVALID: one is not a folder. */
struct folders *folders_uv_new(struct loop *loop, const char *roots, struct err *e) MUST_USE;

#endif
