/* api_vault.c - /api/v1/vault: secrets by name. A value comes in and never goes out. */
#include "designer-api/api_priv.h"

#include <string.h>

#include "engine/secret.h"

#define VAULT_WORKSPACE "main"

static const char *vault_workspace(const json_t *body)
{
    const char *workspace = json_get_text(body, "workspace");

    return workspace != NULL ? workspace : VAULT_WORKSPACE;
}

void api__vault(struct api *api, struct http_in *in, const struct http_request *request,
                const char *rest)
{
    char workspace[LIMIT_ID + 1];
    struct err e;

    (void)rest;
    if (!api__query(request, "workspace", workspace, sizeof workspace))
        snprintf(workspace, sizeof workspace, VAULT_WORKSPACE);
    api__give(in, request->id, engine_secrets(api->engine, workspace, &e), &e);
}

/* What the body asks for, done by `by`: the answer, or NULL with *e. */
static json_t *vault_set(struct api *api, const char *name, const json_t *body, const char *by,
                         struct err *e)
{
    const json_t *value = json_object_get(body, "value");

    if (!json_is_text(value)) {
        err_set(e, ERR_USAGE, "\"value\" must be a text");
        return NULL;
    }
    if (engine_secret_set(api->engine, vault_workspace(body), name, json_string_value(value),
                          json_string_length(value), json_object_get(body, "origins"), by,
                          e) != ERR_OK)
        return NULL;
    return json_pack("{s:s, s:s}", "name", name, "done", "set");
}

static json_t *vault_remove(struct api *api, const char *name, const json_t *body, const char *by,
                            struct err *e)
{
    if (engine_secret_remove(api->engine, vault_workspace(body), name, by, e) != ERR_OK)
        return NULL;
    return json_pack("{s:s, s:s}", "name", name, "done", "removed");
}

static json_t *vault_rotate(struct api *api, const char *what, const json_t *body, const char *by,
                            struct err *e)
{
    bool master = strcmp(what, "master") == 0;
    size_t resealed;

    (void)body;
    if (!master && strcmp(what, "data") != 0) {
        err_set(e, ERR_NOT_FOUND, "there is a data key and a master key, and no \"%.40s\"", what);
        return NULL;
    }
    if (engine_vault_rotate(api->engine, master, by, &resealed, e) != ERR_OK)
        return NULL;
    return json_pack("{s:s, s:i}", "key", what, "resealed", (int)resealed);
}

typedef json_t *vault_act_fn(struct api *api, const char *name, const json_t *body, const char *by,
                             struct err *e);

static void vault_act(struct api *api, struct http_in *in, const struct http_request *request,
                      const char *name, vault_act_fn *act)
{
    static const char *const members[] = { "value", "origins", "workspace", "by", NULL };
    char by[API_NAME];
    struct err e;
    json_t *body = api__body(request, members, &e), *told = NULL;

    if (body != NULL && api__by(request, body, by, &e) == ERR_OK)
        told = act(api, name, body, by, &e);
    api__give(in, request->id, told, &e);
    json_decref(body);
}

void api__vault_set(struct api *api, struct http_in *in, const struct http_request *request,
                    const char *rest)
{
    vault_act(api, in, request, rest, vault_set);
}

void api__vault_remove(struct api *api, struct http_in *in, const struct http_request *request,
                       const char *rest)
{
    vault_act(api, in, request, rest, vault_remove);
}

void api__vault_rotate(struct api *api, struct http_in *in, const struct http_request *request,
                       const char *rest)
{
    vault_act(api, in, request, rest, vault_rotate);
}
