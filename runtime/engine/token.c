/* token.c - the life of an access token: found or made, fetched once for all who wait for it,
 * used, and forgotten. The invariants are in token.h. */
#include "engine/token.h"
#include "engine/run.h"
#include "engine/secret.h"

#include <string.h>

#include "base/hash.h"

#define TOKEN_EARLY_MS  300000
#define TOKEN_MARGIN_MS 10000  /* it is not used in its last moments */
#define TOKEN_LIFE_MS   900000 /* where the answer does not say */
#define TOKEN_AGAIN_MS  30000  /* after a fetch in the background failed */
#define TOKEN_LONGEST_S 86400  /* whatever the answer says */
#define TOKEN_FOR_GOOD  INT64_C(3155760000000)

/* Forgets the token. */
static void token_drop(struct token *token)
{
    if (token->value != NULL)
        vault_wipe(&token->value, strlen(token->value));
}

static void token_forget_fetch(struct token *token)
{
    struct connection *by = token->by;

    token->fetch = 0;
    token->by = NULL;
    connection_unref(by); /* perhaps the last count of the connection, and of this token */
}

void token_unref(struct token *token)
{
    if (token == NULL)
        return;
    CHECK_OBJ(token, TOKEN_MAGIC);
    if (--token->refs > 0)
        return;
    check(token->fetch == 0);
    check(dict_remove(token->engine->tokens, token->key) == token);
    token_drop(token);
    if (token->refresh != NULL)
        vault_wipe(&token->refresh, strlen(token->refresh));
    if (token->unkept != NULL)
        vault_wipe(&token->unkept, strlen(token->unkept));
    mem_free(token->waiters);
    token->magic = 0;
    mem_free(token);
}

void tokens_stop(struct engine *engine)
{
    struct token *token;
    size_t cursor = 0;

    while (engine->tokens != NULL && (token = dict_next(engine->tokens, &cursor, NULL)) != NULL) {
        if (token->fetch == 0)
            continue;
        http_out_cancel(engine->world.http, token->fetch);
        token_forget_fetch(token);
    }
}

/* ---- Which token it is */

/* The secrets that make the credentials. */
static const char *const token_secrets[] = { "secret", "client_secret", "refresh_token" };
#define TOKEN_SECRETS (sizeof token_secrets / sizeof *token_secrets)

/* Whether a change of this secret makes another sign-in. A person's consent outlives the secret of
 * the program that it was given to. */
static bool token_depends(const struct connection *c, const char *member)
{
    if (c->sign_in == SIGN_IN_AUTHORIZATION_CODE)
        return false;
    return c->sign_in != SIGN_IN_REFRESH_TOKEN || strcmp(member, "refresh_token") == 0;
}

static void token_key_add(struct hash *hash, const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;

    hash_add_int(hash, size);
    hash_add(hash, text != NULL ? text : "", size);
}

/* A consent stays what it is when the client shows in another way who it is. */
static bool token_tells(const struct connection *c, const struct sign_in_member *member)
{
    static const char *const ways[] = { "client_auth", "algorithm", "key_id", "certificate",
                                        "assertion_audience" };

    if (member->kind == SIGN_IN_SECRET)
        return false;
    for (size_t i = 0; token_is_kept(c) && i < sizeof ways / sizeof *ways; i++)
        if (strcmp(member->name, ways[i]) == 0)
            return false;
    return true;
}

/* What it is told, without the names of its secrets: another flow calls them differently. */
static void token_key_told(struct hash *hash, const struct connection *c)
{
    char origin[SECRET_ORIGIN] = "", *told;
    size_t count, size;
    const struct sign_in_member *members = sign_in_members(&count);

    if (c->base_url != NULL && !secret_origin(c->base_url, origin))
        *origin = '\0';
    token_key_add(hash, c->workspace);
    hash_add_int(hash, strcspn(c->place, "/"));
    hash_add(hash, c->place, strcspn(c->place, "/")); /* the environment */
    token_key_add(hash, sign_in_name(c->sign_in));
    token_key_add(hash, origin);
    for (size_t i = 0; i < count; i++) {
        json_t *member = json_object_get(c->auth, members[i].name);

        if (member == NULL || !token_tells(c, &members[i]))
            continue;
        told = json_text_new(member, MIB, &size);
        token_key_add(hash, members[i].name);
        token_key_add(hash, told);
        mem_free(told);
    }
}

/* The secrets, each of which may go where tokens come from and to the system itself. */
static enum err_code token_key_secrets(struct hash *hash, const struct connection *c, struct err *e)
{
    char mark[SECRET_MARK] = "";

    for (size_t i = 0; i < TOKEN_SECRETS; i++) {
        const char *name = json_get_text(c->auth, token_secrets[i]);

        if (name == NULL)
            continue;
        if (secret_may(c->engine, c->workspace, name, c->token_url, e) != ERR_OK ||
            (c->base_url != NULL &&
             secret_may(c->engine, c->workspace, name, c->base_url, e) != ERR_OK))
            return e->code;
        token_key_add(hash, token_secrets[i]);
        if (token_depends(c, token_secrets[i])) {
            secret_mark(c->engine, c->workspace, name, mark);
            token_key_add(hash, mark);
        }
    }
    return ERR_OK;
}

static enum err_code token_key(const struct connection *c, char key[DIGEST_TEXT], struct err *e)
{
    unsigned char digest[HASH_SIZE];
    struct hash *hash = hash_new(NULL, 0);
    enum err_code rc;

    token_key_told(hash, c);
    rc = token_key_secrets(hash, c, e);
    hash_end(hash, digest);
    hash_text(digest, key);
    hash_free(hash);
    return rc;
}

struct token *token_of(struct connection *c, struct err *e)
{
    char key[DIGEST_TEXT];
    struct token *token;

    CHECK_OBJ(c, CONNECTION_MAGIC);
    check(sign_in_fetches(c->sign_in));
    if (c->token != NULL && !c->stale)
        return c->token;
    if (token_key(c, key, e) != ERR_OK)
        return NULL;
    token = dict_find(c->engine->tokens, key);
    if (token == NULL) {
        token = mem_must(sizeof *token);
        token->magic = TOKEN_MAGIC;
        token->engine = c->engine;
        memcpy(token->key, key, sizeof key);
        dict_put(c->engine->tokens, key, token);
    }
    token->refs++;
    token_unref(c->token);
    c->token = token;
    c->stale = false;
    return token;
}

/* ---- Its use */

static void token_fetch(struct connection *connection, struct token *token);

const char *token_text(struct connection *connection, struct err *e)
{
    struct token *token = token_of(connection, e);
    int64_t now = connection->engine->steady;

    if (token == NULL)
        return NULL;
    if (!token->loaded)
        token_load(connection, token);
    e->code = ERR_TRANSIENT; /* there will be one */
    if (token->value == NULL || now >= token->until)
        return NULL;
    if (now >= token->early && token->fetch == 0 && now >= token->again) {
        token->again = now + TOKEN_AGAIN_MS;
        token_fetch(connection, token);
    }
    return token->value;
}

unsigned token_generation(const struct connection *connection)
{
    return connection->token != NULL ? connection->token->generation : 0;
}

bool token_refused(struct connection *connection, unsigned generation)
{
    struct token *token = connection->token;

    if (token == NULL)
        return false;
    if (token->value != NULL && token->generation == generation)
        token_drop(token);
    return true;
}

const struct err *token_error(const struct connection *connection)
{
    const struct token *token = connection->token;

    return token != NULL && token->error.code != ERR_OK ? &token->error : NULL;
}

int64_t token_pause(const struct connection *connection)
{
    const struct token *token = connection->token;
    int64_t now = connection->engine->steady;

    return token != NULL && token->closed > now ? token->closed - now : -1;
}

/* ---- Its fetch */

static void token_tell(struct engine *engine, struct token *token)
{
    size_t i;

    for (i = 0; i < token->waiter_count; i++) {
        struct step *step = step_find(engine, token->waiters[i], STEP_SIGNS);

        if (step != NULL)
            step_arrived(step);
    }
    token->waiter_count = 0;
}

/* {"data": {"access_token": ...}} is how one system wraps it. */
static const json_t *token_body(const json_t *body)
{
    const json_t *data = json_object_get(body, "data");

    return json_object_get(body, "access_token") == NULL && json_is_object(data) ? data : body;
}

static int64_t token_life(const struct connection *c, const struct token *token, const json_t *body)
{
    const json_t *life = json_object_get(body, "expires_in"); /* in older end points a text */
    int64_t seconds = 0;

    if (json_is_integer(life))
        seconds = json_integer_value(life);
    else if (json_is_text(life))
        seconds = strtoll(json_text(life), NULL, 10);
    if (seconds <= 0 && c->sign_in == SIGN_IN_AUTHORIZATION_CODE && token->refresh == NULL &&
        json_object_get(body, "refresh_token") == NULL)
        return TOKEN_FOR_GOOD; /* a shop's, for example: until it is revoked */
    if (seconds <= 0)
        return TOKEN_LIFE_MS;
    return (seconds < TOKEN_LONGEST_S ? seconds : TOKEN_LONGEST_S) * 1000;
}

void token_begin(struct token *token)
{
    token_drop(token);
    if (token->refresh != NULL)
        vault_wipe(&token->refresh, strlen(token->refresh));
    token->loaded = true;
    token->closed = 0;
    token->got = token->engine->steady;
}

void token_took(struct connection *connection, struct token *token, const json_t *answer)
{
    const json_t *body = token_body(answer);
    const char *value = json_get_text(body, "access_token");
    const char *type = json_get_text(body, "token_type");
    int64_t ms = token_life(connection, token, body);
    int64_t early = ms / 10 < TOKEN_EARLY_MS ? ms / 10 : TOKEN_EARLY_MS;

    token->error.code = ERR_OK;
    if (value == NULL || *value == '\0') {
        err_set(&token->error, ERR_TRANSIENT, "%s: the token end point answered %s",
                connection->name,
                answer == NULL ? "something that is no JSON" : "without an access_token");
        return;
    }
    if (type != NULL && strcasecmp(type, "bearer") != 0) {
        err_set(&token->error, ERR_TRANSIENT, "%s: the token is of the type \"%.40s\", not Bearer",
                connection->name, type);
        return;
    }
    if (token_is_kept(connection) &&
        token_keep(connection, token, body,
                   connection->engine->wall - (connection->engine->steady - token->got) + ms,
                   &token->error) != ERR_OK)
        return;
    token_drop(token);
    token->value = mem_must_copy(value);
    token->generation++;
    token->early = token->got + ms - early;
    token->until = token->got + ms - (early < TOKEN_MARGIN_MS ? early : TOKEN_MARGIN_MS);
}

/* It says when it wants to be asked again, to all who share the token. */
static void token_close(struct token *token, const struct http_reply *reply)
{
    int64_t wait = http_reply_retry_after(reply, token->engine->wall);

    if (wait > 0 && (token->error.code == ERR_RATE_LIMITED || token->error.code == ERR_UNAVAILABLE))
        token->closed = token->engine->steady + wait;
}

static void token_fetched(void *owner, uint64_t tag, const struct http_reply *reply)
{
    struct token *token = owner;
    struct connection *by = token->by;
    struct engine *engine = token->engine;
    json_t *body = NULL;
    struct err e;

    (void)tag;
    CHECK_OBJ(token, TOKEN_MAGIC);
    engine_moment(engine);
    if (reply->code == ERR_OK)
        body = json_read(reply->body, reply->body_size, &json_limits_reply, &e);
    if (token_came(reply, body))
        token_took(by, token, body);
    else
        token_wrong(by, reply, body, &token->error);
    token_close(token, reply);
    json_decref(body);
    if (token->error.code != ERR_OK)
        log_warn(engine->world.log, "connection %s", token->error.text);
    token->fetch = 0;
    token_tell(engine, token);
    token_forget_fetch(token);
}

static void token_fetch(struct connection *connection, struct token *token)
{
    check(token->fetch == 0);
    if (token->closed > connection->engine->steady) {
        token_tell(connection->engine, token); /* the error is still the answer */
        return;
    }
    token->error.code = ERR_OK;
    token->got = connection->engine->steady;
    if (token->unkept != NULL && token_keep_rest(connection, token, &token->error) != ERR_OK) {
        token_tell(connection->engine, token);
        return;
    }
    token->by = connection_ref(connection);
    token->fetch = token_send(connection, token, NULL, token_fetched, token, 0, &token->error);
    if (token->fetch != 0)
        return;
    token_tell(connection->engine, token);
    token_forget_fetch(token);
}

void token_wait(struct connection *connection, uint64_t tag)
{
    struct token *token = connection->token;

    CHECK_OBJ(connection, CONNECTION_MAGIC);
    check(token != NULL);
    if (token->waiter_count == token->waiter_room) {
        token->waiter_room = token->waiter_room ? token->waiter_room * 2 : 16;
        token->waiters =
            mem_must_resize(token->waiters, token->waiter_room * sizeof *token->waiters);
    }
    token->waiters[token->waiter_count++] = tag;
    if (token->fetch == 0)
        token_fetch(connection, token);
}
