/* client.h - asks a running server through the local socket of its data directory. */
#ifndef COMMAND_CLIENT_H
#define COMMAND_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* GET path. *running: whether a server answered at all; if not, the caller reads the store. The
 * answer's JSON is a new reference; NULL with *e. */
json_t *client_get(const char *data, const char *path, bool *running, struct err *e) MUST_USE;
/* POST; the answer is there when what was asked for is durable. NULL with *e: its code is the
 * server's. */
json_t *client_post(const char *data, const char *path, const json_t *body,
                    struct err *e) MUST_USE;
/* Any method. The answer's JSON; of an answer without one an empty object. */
struct client_ask {
    const char *method, *path;
    const char *workspace; /* NULL: main */
    int64_t revision;      /* for If-Match; 0: none */
    const json_t *body;    /* NULL: none */
};
json_t *client_send(const char *data, const struct client_ask *ask, struct err *e) MUST_USE;

#endif
