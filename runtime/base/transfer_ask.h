/* transfer_ask.h - what a step asks of an SFTP or mail server, and what comes of it.
 *
 * An ask owns all that it holds. It is made and freed on the loop's thread; one thread of the pool
 * may fill its results between. */
#ifndef BASE_TRANSFER_ASK_H
#define BASE_TRANSFER_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum transfer_verb {
    TRANSFER_LIST,
    TRANSFER_STAT,
    TRANSFER_GET,
    TRANSFER_PUT,
    TRANSFER_RENAME,
    TRANSFER_DELETE,
    TRANSFER_MAIL,
};

struct transfer_entry {
    char *name;
    bool folder;
    int64_t size;           /* -1: not known */
};

struct transfer_ask {
    enum transfer_verb verb;
    /* SFTP: below the path of the connection's URL; see file_name_check() */
    char *path, *to;
    bool replace;           /* TRANSFER_PUT, TRANSFER_RENAME: another file there gives way */
    bool again;             /* it may have been done before, by this same ask */
    size_t most;            /* TRANSFER_GET: bytes at most */
    char *bytes;            /* got, to be put, or the message; behind it a NUL not counted */
    size_t size;
    char *folder, *file;    /* TRANSFER_PUT: instead of bytes; as file_ask, read as it goes */
    char key[64];           /* of the step; names what is there for a moment only */
    /* TRANSFER_MAIL: addresses as "a@example.com" */
    char *from, **recipients;
    size_t recipient_count;
    int64_t timeout_ms;

    /* Results */
    bool exists, changed;
    int64_t found_size, modified_s; /* -1: not known */
    struct transfer_entry *entries;
    size_t count;
    char reply[200];        /* what the mail server said last */
};

struct transfer_ask *transfer_ask_new(enum transfer_verb verb, const char *path);
void transfer_ask_free(struct transfer_ask *ask); /* NULL is fine */
void transfer_ask_entry(struct transfer_ask *ask, const char *name, size_t size, bool folder,
                        int64_t bytes);
void transfer_ask_recipient(struct transfer_ask *ask, const char *address);

#endif
