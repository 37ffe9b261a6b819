/* connection.h - configured, authorised end points of external systems. Only engine/ includes this.
 *
 * A connection comes from the bundle's connections.json and belongs to a deployment, not to a
 * version: what is mended there serves the runs of older versions too. Texts in it may name the
 * environment, ${NAME} or ${NAME:-default}. Its secrets are in the vault; it holds their names. */
#ifndef ENGINE_CONNECTION_H
#define ENGINE_CONNECTION_H

#include "engine/call_header.h"
#include "flow/connector.h"

struct connection;
struct step;
struct token;
/* Reads the bundle's connections for a deployment, and seals what secrets the environment gives.
 * NULL when there are faults. before: those of the version before, whose tokens are kept where
 * nothing changed; may be NULL. */
struct dict *connections_read(struct engine *engine, struct deployment *deployment,
                              const json_t *bundle, const char *file, struct faults *faults,
                              struct err *e) MUST_USE;
void connections_free(struct dict *connections); /* NULL is fine */
/* connection_use.c: a connection of the workspace as connections.json would have it; new reference.
 * ERR_NOT_FOUND: there is none, or nothing for the environment. */
json_t *connection_use(struct engine *engine, const char *workspace, const char *environment,
                       const char *name, struct err *e) MUST_USE;
/* or NULL */
struct connection *connection_find(const struct deployment *deployment, const char *name);
struct connection *connection_by_key(struct engine *engine, const char *key); /* or NULL */
struct connection *connection_ref(struct connection *connection);
void connection_unref(struct connection *connection); /* NULL is fine */

const char *connection_setting(const struct connection *connection, const char *name);
bool connection_simulated(const struct connection *connection);
bool connection_traces(const struct connection *connection); /* calls tell the trace: trace.h */
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
/* Whether what signs a call is there. ERR_TRANSIENT: there is no token; token_wait(). */
enum err_code connection_ready(struct connection *connection, struct err *e) MUST_USE;
/* Adds the connection's own headers and what signs in, which may also lengthen the URL: at the
 * moment of sending, since it may hold the time. Nothing of the URL behind url->len of before may
 * be shown. As connection_ready(). */
enum err_code connection_sign(struct connection *connection, const char *method, struct buf *url,
                              const char *body, size_t body_size, struct call_headers *headers,
                              struct err *e) MUST_USE;
/* The system answered 400, 401 or 403 to a call that bore the token of that generation. Whether
 * it may be signed and sent again: the token was another one, or our clock differs from the
 * system's, by which is signed from now on. */
bool connection_refused(struct connection *connection, const struct http_reply *reply,
                        unsigned generation);

/* Its places and pace; a digest of all that signs in tells whether a halted one was mended. */
void connection_govern(struct connection *connection);
/* Whether it signs in with that secret of the vault. */
bool connection_signs_with(const struct connection *connection, const char *secret);
bool connection_signs_body(const struct connection *connection); /* by all bytes of it */

/* connection_way.c - certificates and proxy, with what is secret of them, for one call */
struct way {
    struct http_way http;
    char *secrets[4];        /* ca, certificate, key, the proxy's */
    size_t sizes[4];
};
/* url: where the call goes. connection_way_fini() it in any case. */
enum err_code connection_way(const struct connection *connection, const char *url, struct way *way,
                             struct err *e) MUST_USE;
const struct http_way *connection_way_of(const struct way *way); /* NULL: the usual one */
void connection_way_fini(struct way *way);

#define CONNECTION_MAGIC 0x57454343u
struct connection {
    unsigned magic;
    unsigned refs;
    struct engine *engine;
    char *workspace, *name, *place; /* in its workspace: "production/FLOW/erp" */
    char *use;               /* the connection of the workspace that it is; NULL: the flow's own */
    const struct connector_info *info; /* NULL: a plain HTTP system */
    json_t *shape; /* as it stands in the file, environment filled in: to see whether it changed */
    char *base_url;
    struct governor *governor;
    struct egress *egress;
    bool simulate, stale;    /* stale: other credentials, perhaps; the token is looked for again */
    enum sign_in sign_in;
    char *token_url;         /* NULL: nothing is fetched */
    json_t *auth;            /* members of sign_in.h: texts filled in, names in the vault */
    char *secret;            /* name in the vault of what signs in, NULL: none */
    struct connection_rule *rule; /* SIGN_IN_LUA: by which it signs, connection_rule.h; or NULL */
    int64_t ahead_ms;        /* the system's clock before ours; for what signs with the time */
    struct token *token;     /* token.h; NULL: not looked for yet */
    int64_t certificate_until_ms, certificate_looked_ms; /* sample_certificate.c */
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
