/* api_vault.c - secrets by name. A value comes in and never goes out. */
#include "designer-api/ask.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "engine/secret.h"

/* Who stands at the local socket may name another one. */
static const char *vault_workspace(const struct ask *ask)
{
    const char *workspace = json_get_text(ask->body, "workspace");

    if (workspace == NULL)
        workspace = ask_text(ask, "workspace");
    return workspace != NULL && ask->who->kind == WHO_LOCAL ? workspace : ask->who->workspace;
}

static void vault_list(struct ask *ask)
{
    struct err e;
    json_t *list = engine_secrets(ask_engine(ask), vault_workspace(ask), &e);

    if (list != NULL)
        ask_page(ask, list, NULL, (int64_t)json_array_size(list));
    else
        ask_refuse(ask, &e);
}

static void vault_told(struct ask *ask, const char *done)
{
    ask_give(ask, 200, json_pack("{s:s, s:s}", "name", ask->path[0], "done", done));
}

static void vault_set(struct ask *ask)
{
    const json_t *value = json_object_get(ask->body, "value");
    struct err e;

    if (engine_secret_set(ask_engine(ask), vault_workspace(ask), ask->path[0],
                          json_string_value(value), json_string_length(value),
                          json_object_get(ask->body, "origins"), ask->who->name, &e) == ERR_OK)
        vault_told(ask, "set");
    else
        ask_refuse(ask, &e);
}

static void vault_remove(struct ask *ask)
{
    struct err e;

    if (engine_secret_remove(ask_engine(ask), vault_workspace(ask), ask->path[0], ask->who->name,
                             &e) == ERR_OK)
        vault_told(ask, "removed");
    else
        ask_refuse(ask, &e);
}

static void vault_rotate(struct ask *ask)
{
    const char *what = ask->path[0];
    size_t resealed = 0;
    struct err e;

    if (engine_vault_rotate(ask_engine(ask), strcmp(what, "master") == 0, ask->who->name, &resealed,
                            &e) == ERR_OK)
        ask_give(ask, 200, json_pack("{s:s, s:i}", "key", what, "resealed", (int)resealed));
    else
        ask_refuse(ask, &e);
}

const struct ask_bind vault_binds[] = {
    { "listSecrets", vault_list },
    { "setSecret", vault_set },
    { "removeSecret", vault_remove },
    { "rotateKey", vault_rotate },
    { NULL, NULL },
};
