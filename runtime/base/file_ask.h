/* file_ask.h - what a step asks of the files of this machine, and what comes of it.
 *
 * A path is two parts: `folder`, absolute, at or below a root that the program allows, and `name`,
 * which leads from there to the file and never out of the folder ("in/2026/orders.csv"; "" is the
 * folder itself). An ask owns all that it holds. It is made and freed on the loop's thread; one
 * thread of the pool may fill its results between. */
#ifndef BASE_FILE_ASK_H
#define BASE_FILE_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum file_verb { FILE_LIST, FILE_STAT, FILE_READ, FILE_WRITE, FILE_APPEND, FILE_MOVE, FILE_DELETE };

/* What tells a file from another of the same name. */
struct file_stamp {
    int64_t size, mtime_ns;
    uint64_t inode;
};
struct file_entry {
    char *name;
    bool folder;
    struct file_stamp stamp;
};

struct file_ask {
    enum file_verb verb;
    char *folder, *name;
    char *to;               /* FILE_MOVE: as name */
    bool parents;           /* folders that a new file needs are made */
    bool replace;           /* FILE_WRITE, FILE_MOVE: another file there gives way */
    /* FILE_LIST */
    char *pattern;          /* as folder_match(); NULL: all */
    char *after;            /* names behind this one; NULL: from the first */
    unsigned limit;
    bool folders;           /* folders too */
    /* FILE_READ */
    int64_t at;             /* the first byte */
    /* bytes at most; for a page of lines: of one page. FILE_STAT: of a larger file no digest is
     * made; 0: of any */
    size_t most;
    uint64_t lines;         /* a page ends behind so many lines; 0: behind `most` bytes */
    bool whole;             /* no page: more than `most` bytes is ERR_LIMIT */
    /* ERR_CONFLICT when it is not the file of `stamp` any more; FILE_DELETE leaves such a one */
    bool stamped;
    bool grows;             /* what is put behind its end does not make it another */
    /* FILE_WRITE, FILE_APPEND; what FILE_READ has read, followed by a NUL that does not count */
    char *bytes;
    size_t size;
    /* FILE_WRITE in two calls: it is only prepared, under its temporary name; what was is shown.
     * `again`: it may have been shown before, and then its temporary name is gone */
    bool prepares, prepared, again;
    char key[64];           /* FILE_APPEND: an ask with a key that was there before is done;
                               FILE_WRITE: of its temporary name, nobody else's */
    int64_t now_ms;

    /* Results */
    bool exists, is_folder;
    struct file_stamp stamp;
    char digest[65];        /* FILE_STAT with `whole`, FILE_READ with `whole`, FILE_WRITE */
    struct file_entry *entries; /* by name, byte by byte */
    size_t count;
    bool more;              /* there are further entries */
    bool last;              /* FILE_READ: it ends here */
    int64_t next;           /* FILE_READ: the byte behind the page; FILE_APPEND: where it begins */
    bool changed;           /* false: everything was so already */
};

struct file_ask *file_ask_new(enum file_verb verb, const char *folder, const char *name);
void file_ask_free(struct file_ask *ask); /* NULL is fine */
/* Takes the name, which is on the heap. */
void file_ask_entry(struct file_ask *ask, char *name, bool folder, const struct file_stamp *stamp);
bool file_stamp_same(const struct file_stamp *a, const struct file_stamp *b);
/* "orders.csv", "out/2026/orders.csv": no empty part, no "." or "..", no control character, no
 * leading or trailing slash. ERR_INVALID says what is wrong. */
enum err_code file_name_check(const char *name, struct err *e) MUST_USE;

#endif
