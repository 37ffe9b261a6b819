/* secret.h - the secrets of a workspace: set, listed and removed by people, used by the engine.
 *
 * (1) A secret is written, never read: nothing here gives one back but to the engine, for the
 *     moment of its use.                                                   [secret_get, secret_for]
 * (2) A secret goes to the origins that it was set for, and to no other; that of a connection's
 *     file to those of its base URL and token URL.                                   [secret_for]
 * (3) What a deployed flow refers to is there, and is not removed.  [secret_faults, secret_used]
 * (4) A change of keys can end at any step: the next start goes on with it.       [secrets_load]
 *
 * All of them answer when it is durable. */
#ifndef ENGINE_SECRET_H
#define ENGINE_SECRET_H

#include "engine/engine.h"

#define SECRET_NOWHERE "-" /* in the place of origins: it is for checking only, and never sent */
#define SECRET_ORIGIN  300 /* bytes of an origin, its NUL included */
#define SECRET_ORIGINS 2048

bool engine_secret_name(const char *name); /* whether a secret can have it */
/* [{"name", "set_at", "origins": [...], "used_by": ["production/pay: node paid", ...]}]; used_by
 * only of deployments of this engine. New reference, NULL with *e. */
json_t *engine_secrets(struct engine *engine, const char *workspace, struct err *e) MUST_USE;
/* origins: an array of URLs; empty: it is never sent. ERR_INVALID. */
enum err_code engine_secret_set(struct engine *engine, const char *workspace, const char *name,
                                const char *value, size_t size, const json_t *origins,
                                const char *by, struct err *e) MUST_USE;
/* ERR_NOT_FOUND; ERR_CONFLICT with the list of what refers to it. */
enum err_code engine_secret_remove(struct engine *engine, const char *workspace, const char *name,
                                   const char *by, struct err *e) MUST_USE;
/* Changes the data key, and seals every secret again; master: the master key instead. *resealed:
 * how many. */
enum err_code engine_vault_rotate(struct engine *engine, bool master, const char *by,
                                  size_t *resealed, struct err *e) MUST_USE;

/* ---- For the engine */
struct deployment;
/* What the nodes of a flow refer to and the vault does not have. */
bool secret_faults(const struct engine *engine, const struct deployment *deployment,
                   const struct flow *flow, const char *file, struct faults *faults);
/* "https://host:port" of a URL, in lower case, a usual port left out; false: it has none. */
bool secret_origin(const char *url, char origin[SECRET_ORIGIN]);
/* secret_get() for a request to that URL. ERR_POLICY: the secret is not for it. */
enum err_code secret_for(struct engine *engine, const char *workspace, const char *name,
                         const char *url, char **plain, size_t *size, struct err *e) MUST_USE;
/* What {"env"}, {"file"} or {"credential"} (of systemd) names now; vault_wipe() it. *size 0: there
 * is nothing, and `missing` says what is. secret_source.c */
#define SECRET_MISSING 400
char *secret_source(const struct world *world, const json_t *source, size_t *size,
                    char missing[SECRET_MISSING]);
/* Those of a connection's URLs, each may be NULL. */
void secret_origins(const char *base_url, const char *token_url, char origins[SECRET_ORIGINS]);
/* secret_for() without the secret: whether it could. ERR_NOT_FOUND, ERR_POLICY. */
enum err_code secret_may(struct engine *engine, const char *workspace, const char *name,
                         const char *url, struct err *e) MUST_USE;

#endif
