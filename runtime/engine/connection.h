/* connection.h - configured, authorised end points of external systems. Only engine/ includes this.
 *
 * A connection comes from the bundle's connections.json and belongs to a deployment, not to a
 * version: what is mended there serves the runs of older versions too. Texts in it may name the
 * environment, ${NAME} or ${NAME:-default}. Its secrets are in the vault; it holds their names. */
#ifndef ENGINE_CONNECTION_H
#define ENGINE_CONNECTION_H

#include "engine/engine_priv.h"
#include "flow/connector.h"

/* The headers of a call; names and values owned. */
struct call_headers {
    struct pair list[LIMIT_HEADERS];
    size_t count;
};
/* false: full */
bool call_header_add(struct call_headers *headers, const char *name, const char *value);
bool call_header_has(const struct call_headers *headers, const char *name);
/* keeps the first `count`, wipes the others */
void call_headers_cut(struct call_headers *headers, size_t count);

struct connection;
struct step;
/* Reads the bundle's connections for a deployment, and seals what secrets the environment gives.
 * NULL when there are faults. before: those of the version before, whose tokens are kept where
 * nothing changed; may be NULL. */
struct dict *connections_read(struct engine *engine, struct deployment *deployment,
                              const json_t *bundle, const char *file, struct faults *faults,
                              struct err *e) MUST_USE;
void connections_free(struct dict *connections); /* NULL is fine */
void connections_stop(struct dict *connections); /* the engine ends: cancels what they fetch */
/* or NULL */
struct connection *connection_find(const struct deployment *deployment, const char *name);
struct connection *connection_ref(struct connection *connection);
void connection_unref(struct connection *connection); /* NULL is fine */

const char *connection_setting(const struct connection *connection, const char *name);
bool connection_simulated(const struct connection *connection);
const struct egress *connection_egress(const struct connection *connection);
/* The absolute URL of a target below the base URL; ERR_POLICY when it would leave it. */
enum err_code connection_url(const struct connection *connection, const char *target,
                             struct buf *url, struct err *e) MUST_USE;
/* The value of a setting of kind secret; the caller wipes it (vault_wipe()). ERR_AUTH: the vault
 * has none. */
enum err_code connection_secret(const struct connection *connection, const char *setting,
                                char **plain, size_t *size, struct err *e) MUST_USE;
/* Its name in the vault; mem_free(). */
char *connection_secret_name(const struct connection *connection, const char *setting);
/* Adds the connection's own headers, sign-in included. ERR_TRANSIENT: there is no token;
 * token_wait(). */
enum err_code connection_sign(struct engine *engine, struct connection *connection,
                              struct call_headers *headers, struct err *e) MUST_USE;

/* connection_read.c: its secret may be another one now, as when it was read */
void connection_govern(struct connection *connection);

/* token.c - OAuth 2.0 client credentials: one token for all runs of a connection, one fetch at a
 * time. */
struct token {
    char *value;             /* NULL: none */
    unsigned generation;     /* of value; grows with each fetch that succeeds */
    int64_t got, until;      /* steady: when the fetch began; when it is too old to use */
    uint64_t fetch;          /* the request under way; 0: none */
    struct err error;        /* of the last fetch; code ERR_OK: none */
    uint64_t *waiters;       /* tags of steps */
    size_t waiter_count, waiter_room;
};
/* fetches if need be */
void token_wait(struct engine *engine, struct connection *connection, uint64_t tag);
/* NULL: none that is fresh */
const char *token_text(struct connection *connection, int64_t steady);
/* 401: forgets the token if it is still the one of that generation, which the request bore. False:
 * there is no token, or signing again is no use. */
bool token_refused(struct connection *connection, unsigned generation);
/* of the last fetch, NULL: none */
const struct err *token_error(const struct connection *connection);
void token_stop(struct connection *connection); /* nobody waits any more: cancels a fetch */
void token_fini(struct token *token);

#define CONNECTION_MAGIC 0x57454343u
struct connection {
    unsigned magic;
    unsigned refs;
    struct engine *engine;
    char *workspace, *name;
    char *place;             /* in its workspace: "production/FLOW/erp" */
    const struct connector_info *info; /* NULL: a plain HTTP system */
    json_t *shape; /* as it stands in the file, environment filled in: to see whether it changed */
    char *base_url;
    struct governor *governor;
    struct egress *egress;
    bool simulate;
    enum sign_in sign_in;
    char *token_url, *scope, *client_id, *user, *header, *prefix;
    char *secret;            /* name in the vault, NULL: none */
    struct token token;
};

/* setting_text.c - the texts of connector.h with {setting}, and ${NAME} of the environment. */
enum setting_text_use { SETTING_TEXT_URL, SETTING_TEXT_PLAIN };
enum err_code setting_text_fill(const struct connector_info *info, const json_t *settings,
                                const char *text, enum setting_text_use use, char **filled,
                                struct err *e) MUST_USE;
/* Replaces ${NAME} and ${NAME:-default}; ERR_NOT_FOUND names a variable that is not set. */
enum err_code setting_text_environment(const struct world *world, const char *text, char **filled,
                                       struct err *e) MUST_USE;

#endif
