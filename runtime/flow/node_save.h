/* node_save.h - the body of an answer that goes to a file of this machine, for types that call.
 *
 * It is written as it comes, in the memory of two pieces, below the roots that the program allows
 * (node_file.h). The file is there, whole and durable, when the callback runs; whatever fails
 * before leaves nothing behind. Card data is taken out on the way, as everywhere. Of an answer that
 * is not for the file, like a refusal, the reply has the body; a refusal whose status is one of a
 * success is small, and known by what it says. */
#ifndef FLOW_NODE_SAVE_H
#define FLOW_NODE_SAVE_H

#include "flow/node.h"

struct step_save {
    const char *folder, *name; /* as of struct file_ask; copied */
    bool parents;              /* folders that are not there are made */
    bool replace;              /* another file there gives way; else ERR_CONFLICT */
    bool unsized;              /* also a body whose end nobody can tell from a broken connection */
    int64_t most;              /* bytes; more is ERR_LIMIT */
    int64_t keep_ms;           /* so long after it was saved the file is removed; 0: never */
    bool (*wants)(const void *config, int status); /* the answers whose body goes to the file */
    /* Of a whole body that is wanted and fits into one piece: true: it is a refusal, and no file.
     * NULL: none is. */
    bool (*refuses)(const void *config, int status, const char *body, size_t size);
};
struct step_saved {
    const char *folder, *name; /* valid during the callback, like the reply */
    int64_t size;
    char digest[65];           /* SHA-256 in hex, of the file */
    bool changed;              /* false: the same file was there already */
};

#endif
