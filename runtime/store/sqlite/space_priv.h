/* space_priv.h - whether the disk has room for more events, before it is full, and takes them: the
 * kernel makes a file system with a fault read-only while it is in use.
 *
 * Below the mark new runs are refused and those that have begun go on: what they still write is
 * what the mark keeps free. Above the mark and an eighth more they are taken again. */
#ifndef STORE_SQLITE_SPACE_PRIV_H
#define STORE_SQLITE_SPACE_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"

struct space {
    const char *path; /* of the store; NULL: nothing is looked at */
    uint64_t bytes;   /* to be kept free, */
    unsigned percent; /* or so much of the disk if that is more; both 0: nothing is */
    int64_t look_at;  /* steady, in ms: not before */
    bool low, read_only;
    char text[400]; /* while it is one of them: why, and the remedy */
};
/* Looks once a second at most. NULL: there is room. Else why not, for people. */
const char *space_low(struct space *space, int64_t now, struct log *log);
/* Now: nothing that can wait is written. */
bool space_read_only(const struct space *space);

#endif
