/* connection_ask.h - one question through a connection of the workspace, beside all runs: what a
 * person has the program ask, such as a model for suggestions.
 *
 * It leaves as a run's call does: signed with what the vault has, by the connection's way, only
 * where its egress lets it, and only while its governor gives a place. It never waits for one:
 * where a run would wait, the question fails and says why. What becomes of it is told to the
 * governor. It has no effect in the system, is sent once, and nothing of it is kept; its caller
 * writes the audit before. */
#ifndef ENGINE_CONNECTION_ASK_H
#define ENGINE_CONNECTION_ASK_H

#include "engine/engine.h"

#define CONNECTION_ASKS 8u /* at a time */

struct connection_ask {
    const char *workspace, *environment, *name; /* the workspace's connection "name" */
    const char *target;    /* below its base URL */
    const char *body;      /* JSON, copied */
    size_t body_size;
    int64_t timeout_ms;
    size_t reply_limit;    /* bytes; a larger answer is ERR_LIMIT */
};
/* body: of an answer with status 200, borrowed. NULL with *e. */
typedef void connection_ask_fn(void *arg, const char *body, size_t size, const struct err *e);
/* done(): once, in a later turn; when the engine ends, from within engine_free(). ERR_NOT_FOUND,
 * ERR_OVERLOAD, ERR_AUTH and what the governor says: then done() is not called. */
enum err_code engine_connection_ask(struct engine *engine, const struct connection_ask *ask,
                                    connection_ask_fn *done, void *arg, struct err *e) MUST_USE;

/* The connection of a workspace by its key, a star in the place of a flow, perhaps used by none;
 * its governor is there then. Counted; NULL with *e: ERR_NOT_FOUND, or why it cannot be read. */
struct connection *connection_of_workspace(struct engine *engine, const char *key,
                                           struct err *e) MUST_USE;
/* Makes the governors of all connections of workspaces that have none yet. */
void connections_known(struct engine *engine);

void connection_asks_free(struct engine *engine);

/* Signs and sends `ask`, whose URL, egress and way are set here, to a target below the connection's
 * base URL (NULL: to that itself). done's owner is the engine. *http: the call, unless it fails:
 * then nothing was sent. It asks no governor. */
enum err_code connection_send(struct connection *connection, const char *target,
                              const struct http_ask *ask, http_out_fn *done, uint64_t tag,
                              uint64_t *http, struct err *e) MUST_USE;

#endif
