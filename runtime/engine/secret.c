/* secret.c - sealed secrets by name. They are opened for the moment of their use and wiped after
 * it. */
#include "engine/secret.h"

#include <ctype.h>
#include <string.h>

#include "base/hash.h"
#include "engine/audit.h"
#include "engine/engine_priv.h"

#define SECRET_NAME_MAX 512
#define SECRET_RING     "data-key" /* the vault's own row: its workspace is "" */

static const char *secret_full(const char *workspace, const char *name, char full[SECRET_NAME_MAX])
{
    int size = snprintf(full, SECRET_NAME_MAX, "%s/%s", workspace, name);

    check(size > 0 && size < SECRET_NAME_MAX);
    return full;
}

static void secret_keep(struct engine *engine, const char *full, const char *sealed)
{
    char *old = dict_find(engine->secrets, full);

    dict_put(engine->secrets, full, mem_must_copy(sealed));
    mem_free(old);
}

/* In the store first. sealed NULL: it is removed. */
static enum err_code secret_store(struct engine *engine, const char *workspace, const char *name,
                                  const char *sealed, struct err *e)
{
    char full[SECRET_NAME_MAX];
    int64_t now = engine->world.clock->wall_ms(engine->world.clock);

    e->code = store_put_secret(engine->world.store, workspace, name, sealed, now, e);
    if (e->code == ERR_FATAL)
        engine->world.fatal(engine->world.arg, e->text);
    if (e->code != ERR_OK || *workspace == '\0')
        return e->code;
    secret_full(workspace, name, full);
    if (sealed != NULL)
        secret_keep(engine, full, sealed);
    else
        mem_free(dict_remove(engine->secrets, full));
    return ERR_OK;
}

/* ---- Changing keys */

static enum err_code secret_ring(struct engine *engine, char *sealed, struct err *e)
{
    struct err stored;

    secret_store(engine, "", SECRET_RING, sealed, &stored);
    mem_free(sealed);
    if (vault_settle(engine->world.vault, stored.code == ERR_OK, e) != ERR_OK)
        return e->code;
    *e = stored;
    return e->code;
}

/* One that does not open stays as it is, and its key with it. */
static enum err_code secret_reseal(struct engine *engine, const char *full, const char *old,
                                   size_t *resealed, struct err *e)
{
    const char *slash = strchr(full, '/');
    char workspace[SECRET_NAME_MAX], *plain, *sealed = NULL;
    size_t size;

    e->code = ERR_OK;
    if (vault_is_current(engine->world.vault, old))
        return ERR_OK;
    if (vault_unseal(engine->world.vault, full, old, &plain, &size, e) != ERR_OK) {
        log_error(engine->world.log, "the vault: %s", e->text);
        return e->code;
    }
    e->code = vault_seal(engine->world.vault, full, plain, size, &sealed, e);
    vault_wipe(&plain, size);
    check(slash != NULL);
    snprintf(workspace, sizeof workspace, "%.*s", (int)(slash - full), full);
    if (e->code == ERR_OK)
        e->code = secret_store(engine, workspace, slash + 1, sealed, e);
    *resealed += e->code == ERR_OK;
    mem_free(sealed);
    return e->code;
}

/* Everything under the key that seals now; then the others are forgotten. */
static enum err_code secrets_reseal(struct engine *engine, size_t *resealed, struct err *e)
{
    json_t *names = json_array(), *name;
    const char *full;
    char *sealed;
    size_t cursor = 0, i;
    struct err first = { .code = ERR_OK };

    while (dict_next(engine->secrets, &cursor, &full) != NULL)
        json_array_append_new(names, json_string(full));
    json_array_foreach(names, i, name)
    {
        full = json_string_value(name);
        if (secret_reseal(engine, full, dict_find(engine->secrets, full), resealed, e) == ERR_OK)
            continue;
        if (first.code == ERR_OK)
            first = *e;
        if (e->code != ERR_FORBIDDEN && e->code != ERR_SYNTAX)
            break; /* the store */
    }
    json_decref(names);
    *e = first;
    if (first.code != ERR_OK)
        return first.code;
    if (vault_forget_old(engine->world.vault, &sealed, e) != ERR_OK)
        return e->code;
    return secret_ring(engine, sealed, e);
}

enum err_code engine_vault_rotate(struct engine *engine, bool master, const char *by,
                                  size_t *resealed, struct err *e)
{
    struct vault *vault = engine->world.vault;
    char *sealed, id[VAULT_ID];
    json_t *detail;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    *resealed = 0;
    e->code =
        master ? vault_change_master(vault, &sealed, e) : vault_change_data(vault, &sealed, e);
    if (e->code != ERR_OK || secret_ring(engine, sealed, e) != ERR_OK)
        return e->code;
    vault_master_id(vault, id);
    detail = json_pack("{s:s, s:i}", "master", id, "data_key", (int)vault_generation(vault));
    check(detail != NULL);
    engine_audit(engine, NULL, by, "vault.rotate", master ? "master key" : "data key", detail);
    json_decref(detail);
    return master ? ERR_OK : secrets_reseal(engine, resealed, e);
}

/* ---- Loading */

static bool secret_visit(void *arg, const char *workspace, const char *name, const char *sealed)
{
    char full[SECRET_NAME_MAX];

    if (*workspace != '\0')
        secret_keep(arg, secret_full(workspace, name, full), sealed);
    return true;
}

enum err_code secrets_load(struct engine *engine, struct err *e)
{
    size_t resealed = 0;
    struct err why;

    engine->secrets = dict_new();
    if (store_secrets(engine->world.store, secret_visit, engine, e) != ERR_OK)
        return e->code;
    if (engine->world.vault == NULL || vault_data_keys(engine->world.vault) < 2)
        return ERR_OK;
    if (secrets_reseal(engine, &resealed, &why) == ERR_OK)
        log_info(engine->world.log, "the change of the vault's data key is at its end");
    else
        log_error(engine->world.log, "the change of the vault's data key is not at its end: %s",
                  why.text);
    return ERR_OK;
}

void secrets_free(struct engine *engine)
{
    size_t cursor = 0;
    char *sealed;

    while (engine->secrets != NULL && (sealed = dict_next(engine->secrets, &cursor, NULL)) != NULL)
        mem_free(sealed);
    dict_free(engine->secrets);
}

/* ---- Origins */

bool secret_origin(const char *url, char origin[SECRET_ORIGIN])
{
    const char *colon = strstr(url, "://"), *port;
    size_t scheme = colon != NULL ? (size_t)(colon - url) : 0;
    size_t host = colon != NULL ? strcspn(colon + 3, "/?#") : 0;
    static const struct {
        const char *scheme, *port; /* the usual one, which an origin leaves out */
    } known[] = {
        { "https", ":443" }, { "http", ":80" },  { "sftp", ":22" },
        { "smtps", ":465" }, { "smtp", ":587" }, { "sql", "" }, /* of each database another */
    };
    size_t at = 0;

    while (at < sizeof known / sizeof *known &&
           (strlen(known[at].scheme) != scheme || strncasecmp(url, known[at].scheme, scheme) != 0))
        at++;
    if (at == sizeof known / sizeof *known)
        return false;
    if (host == 0 || scheme + 3 + host >= SECRET_ORIGIN || memchr(colon + 3, '@', host) != NULL)
        return false;
    for (size_t i = 0; i < scheme + 3 + host; i++) {
        if (isspace((unsigned char)url[i]) || iscntrl((unsigned char)url[i]))
            return false;
        origin[i] = (char)tolower((unsigned char)url[i]);
    }
    origin[scheme + 3 + host] = '\0';
    port = strrchr(origin + scheme + 3, ':');
    if (port != NULL && strcmp(port, known[at].port) == 0)
        origin[port - origin] = '\0';
    return true;
}

/* Whether one of the origins, with blanks between them, is that of the URL. */
static enum err_code secret_allows(const char *origins, const char *name, const char *url,
                                   struct err *e)
{
    char origin[SECRET_ORIGIN];
    size_t size;

    if (*origins == '\0') /* of a store of before, until it is set again */
        return ERR_OK;
    if (strcmp(origins, SECRET_NOWHERE) == 0)
        return err_set(e, ERR_POLICY,
                       "secret \"%.100s\" is bound to no origin: it may be checked, and not sent; "
                       "set it again with --origin",
                       name);
    if (!secret_origin(url, origin))
        return err_set(e, ERR_POLICY, "secret \"%.100s\": \"%.100s\" is no URL", name, url);
    size = strlen(origin);
    for (const char *at = origins; *at != '\0'; at += *at == ' ') {
        size_t length = strcspn(at, " ");

        if (length == size && strncmp(at, origin, size) == 0)
            return ERR_OK;
        at += length;
    }
    return err_set(e, ERR_POLICY,
                   "secret \"%.100s\" is bound to %.120s and may not go to %.100s; set it again "
                   "for that origin",
                   name, origins, origin);
}

/* ---- Use */

bool secret_has(const struct engine *engine, const char *workspace, const char *name)
{
    char full[SECRET_NAME_MAX];

    return dict_find(engine->secrets, secret_full(workspace, name, full)) != NULL;
}

static enum err_code secret_open(struct engine *engine, const char *workspace, const char *name,
                                 struct vault_secret *secret, struct err *e)
{
    char full[SECRET_NAME_MAX];
    const char *sealed = dict_find(engine->secrets, secret_full(workspace, name, full));

    if (sealed == NULL)
        return err_set(e, ERR_AUTH,
                       "the vault has no secret \"%s\": set it with weft vault set, or set the "
                       "environment variable that connections.json names for it",
                       name);
    return vault_open_secret(engine->world.vault, full, sealed, secret, e);
}

void secret_mark(struct engine *engine, const char *workspace, const char *name,
                 char mark[SECRET_MARK])
{
    unsigned char key[VAULT_DERIVED], hash[HASH_SIZE];
    struct vault_secret secret = { .value = NULL };
    struct hash *hmac;
    struct err e;

    check(SECRET_MARK == HASH_TEXT);
    mark[0] = '\0';
    if (secret_open(engine, workspace, name, &secret, &e) != ERR_OK)
        return;
    vault_derive(engine->world.vault, "secret-marks", key);
    hmac = hash_new(key, sizeof key);
    explicit_bzero(key, sizeof key);
    hash_add_int(hmac, (uint64_t)secret.set_ms);
    hash_add(hmac, secret.value, secret.size);
    hash_end(hmac, hash);
    hash_free(hmac);
    hash_text(hash, mark);
    vault_secret_fini(&secret);
}

static enum err_code secret_take(struct vault_secret *secret, char **plain, size_t *size)
{
    *plain = secret->value;
    *size = secret->size;
    secret->value = NULL;
    vault_secret_fini(secret);
    return ERR_OK;
}

enum err_code secret_get(struct engine *engine, const char *workspace, const char *name,
                         char **plain, size_t *size, struct err *e)
{
    struct vault_secret secret = { .value = NULL };

    if (secret_open(engine, workspace, name, &secret, e) != ERR_OK)
        return e->code;
    return secret_take(&secret, plain, size);
}

enum err_code secret_for(struct engine *engine, const char *workspace, const char *name,
                         const char *url, char **plain, size_t *size, struct err *e)
{
    struct vault_secret secret = { .value = NULL };

    if (secret_open(engine, workspace, name, &secret, e) != ERR_OK)
        return e->code;
    if (secret_allows(secret.origins, name, url, e) == ERR_OK)
        return secret_take(&secret, plain, size);
    vault_secret_fini(&secret);
    return e->code;
}

enum err_code secret_may(struct engine *engine, const char *workspace, const char *name,
                         const char *url, struct err *e)
{
    char *plain;
    size_t size;

    if (!secret_has(engine, workspace, name))
        return err_set(e, ERR_NOT_FOUND,
                       "the vault has no secret \"%.100s\": weft vault set %.100s", name, name);
    if (secret_for(engine, workspace, name, url, &plain, &size, e) != ERR_OK)
        return e->code;
    vault_wipe(&plain, size);
    return ERR_OK;
}

/* ---- Setting */

enum err_code secret_put(struct engine *engine, const char *workspace, const char *name,
                         const char *plain, size_t plain_size, const char *origins, struct err *e)
{
    struct vault_secret secret = { .size = plain_size,
                                   .set_ms = engine->world.clock->wall_ms(engine->world.clock) },
                        old;
    char full[SECRET_NAME_MAX], *sealed = NULL;
    bool same = false;

    e->code = ERR_OK;
    if (secret_has(engine, workspace, name) &&
        secret_open(engine, workspace, name, &old, e) == ERR_OK) {
        same = old.size == plain_size && memcmp(old.value, plain, plain_size) == 0 &&
               strcmp(old.origins, origins) == 0;
        vault_secret_fini(&old);
    }
    if (same)
        return ERR_OK;
    secret_full(workspace, name, full);
    secret.value = mem_must_copy_n(plain, plain_size);
    secret.origins = mem_must_copy(origins);
    e->code = vault_seal_secret(engine->world.vault, full, &secret, &sealed, e);
    vault_secret_fini(&secret);
    if (e->code == ERR_OK)
        e->code = secret_store(engine, workspace, name, sealed, e);
    mem_free(sealed);
    return e->code;
}

enum err_code secret_remove(struct engine *engine, const char *workspace, const char *name,
                            struct err *e)
{
    return secret_store(engine, workspace, name, NULL, e);
}
