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

/* What tells a file on a server from another one of its name, as far as SFTP tells anything. */
struct transfer_stamp {
    bool exists;
    int64_t size, modified_s; /* -1: not known */
};
/* TRANSFER_PUT, TRANSFER_RENAME, TRANSFER_DELETE are two asks, and the first changes nothing that
 * anybody else looks at. LOOK: what is there; the bytes of a put go to a name of the step's own.
 * RELOOK: the same, but it may have been done before: nothing goes. DO: the file of `stamp` gets
 * its name, or goes; ERR_CONFLICT when another one is there. */
enum transfer_phase { TRANSFER_DO, TRANSFER_LOOK, TRANSFER_RELOOK };

struct transfer_ask {
    enum transfer_verb verb;
    enum transfer_phase phase;
    /* SFTP: below the path of the connection's URL; see file_name_check() */
    char *path, *to;
    bool replace;           /* TRANSFER_PUT, TRANSFER_RENAME: another file there gives way */
    struct transfer_stamp stamp; /* TRANSFER_DO: of `path`, or of what a put has sent */
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
    struct transfer_stamp found; /* of `path`; looked for a put: of what it has sent */
    struct transfer_stamp found_to; /* looked: of `to`; for a put: of `path` */
    bool changed;
    bool same;              /* looked for a put: its very bytes are there already */
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
