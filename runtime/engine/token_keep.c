/* token_keep.c - what of a token outlives the process: a refresh token that the system changes with
 * each use, and the consent that a person gave.
 *
 * It lies in the vault as {"refresh_token", "access_token", "until"} under a name made of the
 * token's key, bound to the origins of the connection. A connection's own "refresh_token" is only
 * where it begins: another one makes another key. */
#include "engine/token.h"
#include "engine/secret.h"

#include <string.h>

#define TOKEN_KEPT (64 * KIB)

bool token_is_kept(const struct connection *c)
{
    return c->sign_in == SIGN_IN_REFRESH_TOKEN || c->sign_in == SIGN_IN_AUTHORIZATION_CODE;
}

/* "oauth/production/0123456789abcdef0123456789abcdef" */
static void keep_name(const struct connection *c, const struct token *token, char name[200])
{
    int size =
        snprintf(name, 200, "oauth/%.*s/%.32s", (int)strcspn(c->place, "/"), c->place, token->key);

    check(size > 0 && size < 200);
}

static void keep_refresh(struct token *token, const char *refresh)
{
    char *before = token->refresh;

    token->refresh = mem_must_copy(refresh); /* it may be the same text */
    if (before != NULL)
        vault_wipe(&before, strlen(before));
}

void token_load(const struct connection *c, struct token *token)
{
    const struct engine *engine = c->engine;
    char name[200], *plain;
    size_t size;
    int64_t rest;
    json_t *kept;
    struct err e;

    token->loaded = true;
    keep_name(c, token, name);
    if (!token_is_kept(c) || !secret_has(engine, c->workspace, name))
        return;
    if (secret_for(c->engine, c->workspace, name, c->token_url, &plain, &size, &e) != ERR_OK) {
        log_error(engine->world.log, "connection %s: what was kept of its sign-in: %s", c->name,
                  e.text);
        return;
    }
    kept = json_read(plain, size, &json_limits_reply, &e);
    vault_wipe(&plain, size);
    if (json_get_text(kept, "refresh_token") != NULL)
        keep_refresh(token, json_get_text(kept, "refresh_token"));
    rest = json_get_int(kept, "until", 0) - engine->wall;
    if (json_get_text(kept, "access_token") != NULL && rest > 0) {
        token->value = mem_must_copy(json_get_text(kept, "access_token"));
        token->generation++;
        token->until = engine->steady + rest;
        token->early = token->refresh != NULL ? token->until - rest / 10 : INT64_MAX;
    }
    json_decref(kept);
}

/* {"refresh_token", "access_token", "until"} as text; the caller wipes it. */
static char *keep_text(const struct token *token, const json_t *body, int64_t until)
{
    const char *refresh = json_get_text(body, "refresh_token");
    json_t *kept =
        json_pack("{s:s?, s:s?, s:I}", "refresh_token", refresh != NULL ? refresh : token->refresh,
                  "access_token", json_get_text(body, "access_token"), "until", (json_int_t)until);
    size_t size;
    char *text = kept != NULL ? json_text_new(kept, TOKEN_KEPT, &size) : NULL;

    json_decref(kept);
    return text;
}

enum err_code token_keep_rest(const struct connection *c, struct token *token, struct err *e)
{
    char name[200], origins[SECRET_ORIGINS];

    check(token->unkept != NULL);
    keep_name(c, token, name);
    secret_origins(c->base_url, c->token_url, origins);
    if (secret_put(c->engine, c->workspace, name, token->unkept, strlen(token->unkept), origins,
                   e) != ERR_OK)
        return e->code;
    vault_wipe(&token->unkept, strlen(token->unkept));
    return ERR_OK;
}

enum err_code token_keep(const struct connection *c, struct token *token, const json_t *body,
                         int64_t until, struct err *e)
{
    const char *refresh = json_get_text(body, "refresh_token");
    char *text;

    text = keep_text(token, body, until);
    if (text == NULL)
        return err_set(e, ERR_LIMIT, "%s: the tokens are longer than %u bytes", c->name,
                       TOKEN_KEPT);
    if (token->unkept != NULL)
        vault_wipe(&token->unkept, strlen(token->unkept));
    token->unkept = text;
    if (refresh != NULL)
        keep_refresh(token, refresh); /* the old one is spent, whatever becomes of this */
    return token_keep_rest(c, token, e);
}
