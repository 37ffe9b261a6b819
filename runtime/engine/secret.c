/* secret.c - sealed secrets by name. They are opened for the moment of their use and wiped after
 * it. */
#include "engine/engine_priv.h"

#include <string.h>

#define SECRET_NAME_MAX 512

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

static bool secret_visit(void *arg, const char *workspace, const char *name, const char *sealed)
{
    char full[SECRET_NAME_MAX];

    if (*workspace != '\0') /* the vault's own key has none */
        secret_keep(arg, secret_full(workspace, name, full), sealed);
    return true;
}

enum err_code secrets_load(struct engine *engine, struct err *e)
{
    engine->secrets = dict_new();
    return store_secrets(engine->world.store, secret_visit, engine, e);
}

void secrets_free(struct engine *engine)
{
    size_t cursor = 0;
    char *sealed;

    while (engine->secrets != NULL && (sealed = dict_next(engine->secrets, &cursor, NULL)) != NULL)
        mem_free(sealed);
    dict_free(engine->secrets);
}

bool secret_has(const struct engine *engine, const char *workspace, const char *name)
{
    char full[SECRET_NAME_MAX];

    return dict_find(engine->secrets, secret_full(workspace, name, full)) != NULL;
}

enum err_code secret_get(struct engine *engine, const char *workspace, const char *name,
                         char **plain, size_t *size, struct err *e)
{
    char full[SECRET_NAME_MAX];
    const char *sealed = dict_find(engine->secrets, secret_full(workspace, name, full));

    if (sealed == NULL)
        return err_set(e, ERR_AUTH,
                       "the vault has no secret \"%s\": set the environment variable that "
                       "connections.json names for it",
                       name);
    return vault_unseal(engine->world.vault, full, sealed, plain, size, e);
}

enum err_code secret_put(struct engine *engine, const char *workspace, const char *name,
                         const char *plain, struct err *e)
{
    char full[SECRET_NAME_MAX], *old = NULL, *sealed = NULL;
    size_t size = 0;
    bool same;
    enum err_code rc;

    if (secret_has(engine, workspace, name)) {
        if (secret_get(engine, workspace, name, &old, &size, e) != ERR_OK)
            return e->code;
        same = strcmp(old, plain) == 0;
        vault_wipe(&old, size);
        if (same)
            return ERR_OK;
    }
    secret_full(workspace, name, full);
    rc = vault_seal(engine->world.vault, full, plain, strlen(plain), &sealed, e);
    if (rc == ERR_OK)
        rc = store_put_secret(engine->world.store, workspace, name, sealed,
                              engine->world.clock->wall_ms(engine->world.clock), e);
    if (rc == ERR_FATAL)
        engine->world.fatal(engine->world.arg, e->text);
    if (rc == ERR_OK)
        secret_keep(engine, full, sealed);
    mem_free(sealed);
    return rc;
}
