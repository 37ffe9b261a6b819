/* token.c - OAuth 2.0 client credentials (RFC 6749, 4.4): one token for all runs of a connection.
 *
 * (1) At most one fetch is under way for a connection; whoever needs a token meanwhile waits for
 *     that one.                                                                     [token_wait]
 * (2) A token is used until a tenth of its life, at most five minutes, before its end.
 *                                                                                   [token_take]
 * (3) A refused token is forgotten only if it is the one the refused request bore.
 *                                                                                [token_refused] */
#include "engine/connection.h"
#include "engine/run.h"
#include "engine/secret.h"

#include <string.h>

#include "base/percent.h"

#define TOKEN_EARLY_MS  300000
#define TOKEN_LIFE_MS   900000 /* where the answer does not say */
#define TOKEN_FETCH_MS  20000
#define TOKEN_LONGEST_S 86400 /* whatever the answer says */

/* Forgets the token. */
static void token_drop(struct token *token)
{
    if (token->value != NULL)
        vault_wipe(&token->value, strlen(token->value));
}

void token_fini(struct token *token)
{
    token_drop(token);
    mem_free(token->waiters);
    *token = (struct token){ .value = NULL };
}

void token_stop(struct connection *connection)
{
    if (connection->token.fetch == 0)
        return;
    http_out_cancel(connection->engine->world.http, connection->token.fetch);
    connection->token.fetch = 0;
    connection_unref(connection); /* the fetch's own count */
}

const char *token_text(struct connection *connection, int64_t steady)
{
    const struct token *token = &connection->token;

    return token->value != NULL && steady < token->until ? token->value : NULL;
}

bool token_refused(struct connection *connection, unsigned generation)
{
    struct token *token = &connection->token;

    if (connection->sign_in != SIGN_IN_CLIENT_CREDENTIALS)
        return false;
    if (token->value != NULL && token->generation == generation)
        token_drop(token);
    return true;
}

const struct err *token_error(const struct connection *connection)
{
    return connection->token.error.code != ERR_OK ? &connection->token.error : NULL;
}

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

static void token_take(struct connection *connection, const json_t *body)
{
    struct token *token = &connection->token;
    const char *value = json_get_text(body, "access_token");
    const json_t *life =
        json_object_get(body, "expires_in"); /* a number; the older end point: a text */
    int64_t ms = TOKEN_LIFE_MS, seconds = 0;

    if (value == NULL || *value == '\0') {
        err_set(&token->error, ERR_AUTH,
                "%s: the token end point answered 200 without an access_token", connection->name);
        return;
    }
    if (json_is_integer(life))
        seconds = json_integer_value(life);
    else if (json_is_text(life))
        seconds = strtoll(json_text(life), NULL, 10);
    if (seconds > 0)
        ms = (seconds < TOKEN_LONGEST_S ? seconds : TOKEN_LONGEST_S) * 1000;
    token_drop(token);
    token->value = mem_must_copy(value);
    token->generation++;
    token->until = token->got + ms - (ms / 10 < TOKEN_EARLY_MS ? ms / 10 : TOKEN_EARLY_MS);
}

static void token_fail(struct connection *connection, const struct http_reply *reply,
                       const json_t *body)
{
    const char *code = json_get_text(body, "error"),
               *text = json_get_text(body, "error_description");
    int size = text != NULL ? (int)strcspn(text, "\r\n") : 0;
    enum err_code kind = ERR_AUTH;

    if (reply->status == 429)
        kind = ERR_RATE_LIMITED;
    else if (reply->status >= 500)
        kind = ERR_UNAVAILABLE;
    err_set(&connection->token.error, kind, "%s: the token end point answered %d%s%s%s%.*s",
            connection->name, reply->status, code != NULL ? " " : "", code != NULL ? code : "",
            text != NULL ? ": " : "", size > 200 ? 200 : size, text != NULL ? text : "");
}

static void token_fetched(void *owner, uint64_t tag, const struct http_reply *reply)
{
    struct connection *connection = owner;
    struct token *token = &connection->token;
    json_t *body = NULL;
    struct err e;

    (void)tag;
    CHECK_OBJ(connection, CONNECTION_MAGIC);
    token->fetch = 0;
    if (reply->code == ERR_OK)
        body = json_read(reply->body, reply->body_size, &json_limits_reply, &e);
    if (reply->code != ERR_OK)
        err_set(&token->error, reply->code, "%s: no token: %s", connection->name,
                reply->text != NULL ? reply->text : err_about(reply->code));
    else if (reply->status == 200 || reply->status == 201)
        token_take(connection, body);
    else
        token_fail(connection, reply, body);
    json_decref(body);
    if (token->error.code != ERR_OK)
        log_warn(connection->engine->world.log, "connection %s", token->error.text);
    token_tell(connection->engine, token);
    connection_unref(connection);
}

static void token_form(struct buf *form, const char *name, const char *value)
{
    if (value == NULL)
        return;
    buf_addf(form, "%s%s=", form->len > 0 ? "&" : "", name);
    percent_write(form, value, strlen(value));
}

static void token_fetch(struct engine *engine, struct connection *connection)
{
    static const struct pair headers[] = { { "Content-Type", "application/x-www-form-urlencoded" },
                                           { "Accept", "application/json" } };
    struct token *token = &connection->token;
    struct http_ask ask = { .method = "POST",
                            .url = connection->token_url,
                            .headers = headers,
                            .header_count = 2,
                            .timeout_ms = TOKEN_FETCH_MS,
                            .egress = connection->egress };
    struct buf form;
    char *secret = NULL;
    size_t size = 0;

    token->error.code = ERR_OK;
    if (secret_for(engine, connection->workspace, connection->secret, connection->token_url,
                   &secret, &size, &token->error) != ERR_OK) {
        token_tell(engine, token);
        return;
    }
    buf_init_secret(&form, 16 * KIB);
    token_form(&form, "grant_type", "client_credentials");
    token_form(&form, "client_id", connection->client_id);
    token_form(&form, "client_secret", secret);
    token_form(&form, "scope", connection->scope);
    vault_wipe(&secret, size);
    if (buf_check(&form, "the request for a token", &token->error) != ERR_OK) {
        buf_fini(&form);
        token_tell(engine, token);
        return;
    }
    ask.body = buf_text(&form);
    ask.body_size = form.len;
    token->got = engine->steady;
    token->fetch =
        http_out_send(engine->world.http, &ask, token_fetched, connection_ref(connection), 0);
    buf_fini(&form);
}

void token_wait(struct engine *engine, struct connection *connection, uint64_t tag)
{
    struct token *token = &connection->token;

    CHECK_OBJ(connection, CONNECTION_MAGIC);
    if (token->waiter_count == token->waiter_room) {
        token->waiter_room = token->waiter_room ? token->waiter_room * 2 : 16;
        token->waiters =
            mem_must_resize(token->waiters, token->waiter_room * sizeof *token->waiters);
    }
    token->waiters[token->waiter_count++] = tag;
    if (token->fetch == 0)
        token_fetch(engine, connection);
}
