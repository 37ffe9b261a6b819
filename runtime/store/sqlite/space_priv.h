/* space_priv.h - whether the disk has room for more events, before it is full, and takes them: the
 * kernel makes a file system with a fault read-only while it is in use.
 *
 * Below the mark new runs are refused and those that have begun go on: what they still write is
 * what the mark keeps free. Above the mark and an eighth more they are taken again. */
#ifndef STORE_SQLITE_SPACE_PRIV_H
#define STORE_SQLITE_SPACE_PRIV_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"

#define SPACE_TEXT 400

enum space_state { SPACE_ROOM, SPACE_LOW, SPACE_READ_ONLY };
struct space_keep {
    const char *path; /* of the store; NULL: nothing is looked at */
    uint64_t bytes;   /* to be kept free, */
    unsigned percent; /* or so much of the disk if that is more; both 0: nothing is */
};
struct space {
    pthread_mutex_t lock; /* the writer asks, and the loop's thread */
    struct space_keep keep;
    int64_t look_at; /* steady, in ms: not before */
    enum space_state state;
    char text[SPACE_TEXT]; /* unless there is room: why, and the remedy */
};
void space_init(struct space *space);
void space_fini(struct space *space);
/* From the next look on, which is at once. */
void space_set(struct space *space, const struct space_keep *keep);
/* Looks once a second at most. NULL: there is room. Else `text`, with why not, for people. */
const char *space_low(struct space *space, int64_t now, struct log *log, char text[SPACE_TEXT]);
/* The same for who need not know where the store is. */
enum err_code space_ready(struct space *space, int64_t now, struct log *log, struct err *e);
/* Now: nothing that can wait is written. */
bool space_read_only(struct space *space);

#endif
