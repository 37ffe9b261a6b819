/* token_ask.c - the request for a token: the grants of RFC 6749 and 7523, and the ways in which a
 * client shows who it is (RFC 6749, 2.3; RFC 7523, 2.2). */
#include "engine/token.h"
#include "engine/secret.h"

#include <string.h>

#include "base/base64.h"
#include "base/percent.h"
#include "vault/jwt.h"

#define TOKEN_FETCH_MS    20000
#define TOKEN_FORM        (64 * KIB)
#define TOKEN_REPLY       (1 * MIB)
#define TOKEN_ASSERTION_S 300
#define TOKEN_ASSERTION   "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define TOKEN_GRANT_JWT   "urn:ietf:params:oauth:grant-type:jwt-bearer"

static void ask_field(struct token_ask *ask, const char *name, const char *value)
{
    if (value == NULL)
        return;
    if (ask->form.len > 0)
        buf_add_char(&ask->form, '&');
    percent_write(&ask->form, name, strlen(name));
    buf_add_char(&ask->form, '=');
    percent_write(&ask->form, value, strlen(value));
}

static const char *ask_text(const struct connection *c, const char *member)
{
    const char *text = json_get_text(c->auth, member);

    return text != NULL && *text != '\0' ? text : NULL;
}

/* The secret that a member names; it goes to the token URL. */
static enum err_code ask_secret(const struct connection *c, const char *member, char **plain,
                                size_t *size, struct err *e)
{
    const char *name = json_get_text(c->auth, member);

    if (name == NULL)
        return err_set(e, ERR_AUTH, "%s: \"%s\" is needed to sign in", c->name, member);
    return secret_for(c->engine, c->workspace, name, c->token_url, plain, size, e);
}

static enum err_code ask_secret_field(const struct connection *c, struct token_ask *ask,
                                      const char *field, const char *member, struct err *e)
{
    char *plain;
    size_t size;

    if (ask_secret(c, member, &plain, &size, e) != ERR_OK)
        return e->code;
    ask_field(ask, field, plain);
    vault_wipe(&plain, size);
    return ERR_OK;
}

/* ---- Assertions */

/* NULL with *e. What Microsoft wants to see of a certificate besides. */
static json_t *ask_assertion_header(const struct connection *c, struct err *e)
{
    json_t *header = json_object();
    struct buf print;
    char *pem = NULL;
    size_t size = 0;
    bool failed = false;

    if (ask_text(c, "key_id") != NULL)
        json_put(header, "kid", json_string(ask_text(c, "key_id")), &failed);
    e->code = ERR_OK;
    buf_init(&print, 200);
    if (ask_text(c, "certificate") != NULL &&
        ask_secret(c, "certificate", &pem, &size, e) == ERR_OK) {
        if (jwt_thumbprint(&print, "sha1", pem, size, e) == ERR_OK) {
            json_put(header, "x5t", json_string(buf_text(&print)), &failed);
            buf_clear(&print);
            if (jwt_thumbprint(&print, "sha256", pem, size, e) == ERR_OK)
                json_put(header, "x5t#S256", json_string(buf_text(&print)), &failed);
        }
        vault_wipe(&pem, size);
    }
    buf_fini(&print);
    if (failed && e->code == ERR_OK)
        err_set(e, ERR_MEMORY, "out of memory for an assertion");
    if (e->code == ERR_OK)
        return header;
    json_decref(header);
    return NULL;
}

/* subject NULL: the assertion is of nobody in particular. */
static json_t *ask_assertion_claims(const struct connection *c, const char *issuer,
                                    const char *subject, bool scope)
{
    const char *audience = ask_text(c, "assertion_audience");
    json_int_t now = c->engine->wall / 1000;
    char id[UUID_TEXT];
    json_t *claims;

    uuid_random(c->engine->world.random, id);
    claims =
        json_pack("{s:s, s:s*, s:s, s:I, s:I, s:I, s:s, s:s*}", "iss", issuer, "sub", subject,
                  "aud", audience != NULL ? audience : c->token_url, "iat", now, "nbf", now, "exp",
                  now + TOKEN_ASSERTION_S, "jti", id, "scope", scope ? ask_text(c, "scope") : NULL);
    check(claims != NULL);
    return claims;
}

/* Adds a signed assertion as a field; takes the claims. */
static enum err_code ask_assert(const struct connection *c, struct token_ask *ask,
                                const char *field, const char *key_member, json_t *claims,
                                struct err *e)
{
    const char *algorithm = ask_text(c, "algorithm");
    json_t *header = ask_assertion_header(c, e);
    struct buf token;
    char *key;
    size_t size;

    buf_init_secret(&token, TOKEN_FORM);
    if (header != NULL && ask_secret(c, key_member, &key, &size, e) == ERR_OK) {
        e->code = jwt_write(&token, algorithm != NULL ? algorithm : "RS256", header, claims, key,
                            size, e);
        vault_wipe(&key, size);
    }
    if (e->code == ERR_OK)
        ask_field(ask, field, buf_text(&token));
    buf_fini(&token);
    json_decref(header);
    json_decref(claims);
    return e->code;
}

/* ---- Who asks */

static enum err_code ask_basic(const struct connection *c, struct token_ask *ask,
                               const char *member, struct err *e)
{
    const char *id = ask_text(c, "client_id");
    struct buf text, value;
    char *plain;
    size_t size;

    if (ask_secret(c, member, &plain, &size, e) != ERR_OK)
        return e->code;
    buf_init_secret(&text, TOKEN_FORM);
    buf_init_secret(&value, TOKEN_FORM);
    percent_write(&text, id != NULL ? id : "", id != NULL ? strlen(id) : 0);
    buf_add_char(&text, ':');
    percent_write(&text, plain, size);
    vault_wipe(&plain, size);
    buf_add_text(&value, "Basic ");
    base64_write(&value, buf_text(&text), text.len);
    e->code = buf_check(&value, "the client's secret", e);
    if (e->code == ERR_OK)
        check(call_header_add(&ask->headers, "Authorization", buf_text(&value)));
    buf_fini(&text);
    buf_fini(&value);
    return e->code;
}

static enum err_code ask_client(const struct connection *c, struct token_ask *ask, struct err *e)
{
    const char *member = c->sign_in == SIGN_IN_PASSWORD ? "client_secret" : "secret";
    bool has = c->sign_in != SIGN_IN_JWT_BEARER && json_get_text(c->auth, member) != NULL;
    const char *how = ask_text(c, "client_auth"), *id = ask_text(c, "client_id");

    if (how == NULL)
        how = has ? "post" : "none";
    if (strcmp(how, "basic") == 0)
        return ask_basic(c, ask, member, e);
    ask_field(ask, "client_id", id);
    if (strcmp(how, "post") == 0)
        return ask_secret_field(c, ask, "client_secret", member, e);
    if (strcmp(how, "private_key_jwt") != 0)
        return ERR_OK;
    ask_field(ask, "client_assertion_type", TOKEN_ASSERTION);
    return ask_assert(c, ask, "client_assertion", member, ask_assertion_claims(c, id, id, false),
                      e);
}

/* ---- What is asked */

static enum err_code ask_refresh(const struct connection *c, const struct token *token,
                                 struct token_ask *ask, struct err *e)
{
    ask_field(ask, "grant_type", "refresh_token");
    if (token->refresh != NULL) {
        ask_field(ask, "refresh_token", token->refresh);
        return ERR_OK;
    }
    if (c->sign_in == SIGN_IN_REFRESH_TOKEN)
        return ask_secret_field(c, ask, "refresh_token", "refresh_token", e);
    return err_set(e, ERR_AUTH,
                   "%s: nobody has given consent yet, or it has ended: weft connections authorize "
                   "%s/%s",
                   c->name, c->workspace, c->place);
}

static enum err_code ask_grant(const struct connection *c, const struct token *token,
                               struct token_ask *ask, struct err *e)
{
    switch (c->sign_in) {
    case SIGN_IN_PASSWORD:
        ask_field(ask, "grant_type", "password");
        ask_field(ask, "username", ask_text(c, "user"));
        return ask_secret_field(c, ask, "password", "secret", e);
    case SIGN_IN_REFRESH_TOKEN:
    case SIGN_IN_AUTHORIZATION_CODE:
        return ask_refresh(c, token, ask, e);
    case SIGN_IN_JWT_BEARER:
        ask_field(ask, "grant_type", TOKEN_GRANT_JWT);
        return ask_assert(
            c, ask, "assertion", "secret",
            ask_assertion_claims(c, ask_text(c, "issuer"), ask_text(c, "subject"), true), e);
    default:
        check(c->sign_in == SIGN_IN_CLIENT_CREDENTIALS);
        ask_field(ask, "grant_type", "client_credentials");
        return ERR_OK;
    }
}

static void ask_code(struct token_ask *ask, const struct token_code *code)
{
    ask_field(ask, "grant_type", "authorization_code");
    ask_field(ask, "code", code->code);
    ask_field(ask, "redirect_uri", code->redirect_uri);
    ask_field(ask, "code_verifier", code->verifier);
}

enum err_code token_ask(struct connection *c, const struct token *token,
                        const struct token_code *code, struct token_ask *ask, struct err *e)
{
    const char *name;
    json_t *value;

    *ask = (struct token_ask){ .headers.count = 0 };
    buf_init_secret(&ask->form, TOKEN_FORM);
    check(call_header_add(&ask->headers, "Content-Type", "application/x-www-form-urlencoded") &&
          call_header_add(&ask->headers, "Accept", "application/json"));
    e->code = ERR_OK;
    if (code != NULL)
        ask_code(ask, code);
    else if (ask_grant(c, token, ask, e) != ERR_OK)
        return e->code;
    if (ask_client(c, ask, e) != ERR_OK)
        return e->code;
    if (code == NULL && c->sign_in != SIGN_IN_AUTHORIZATION_CODE)
        ask_field(ask, "scope", ask_text(c, "scope"));
    ask_field(ask, "resource", ask_text(c, "resource"));
    ask_field(ask, "audience", ask_text(c, "audience"));
    json_object_foreach(json_object_get(c->auth, "parameters"), name, value)
    {
        ask_field(ask, name, json_text(value));
    }
    return buf_check(&ask->form, "the request for a token", e);
}

void token_ask_fini(struct token_ask *ask)
{
    call_headers_cut(&ask->headers, 0);
    buf_fini(&ask->form);
}

uint64_t token_send(struct connection *c, const struct token *token, const struct token_code *code,
                    http_out_fn *done, void *owner, uint64_t tag, struct err *e)
{
    struct token_ask ask;
    struct way way = { .secrets = { NULL } };
    struct http_ask http = { .method = "POST",
                             .url = c->token_url,
                             .timeout_ms = TOKEN_FETCH_MS,
                             .reply_limit = TOKEN_REPLY,
                             .egress = c->egress };
    uint64_t id = 0;

    if (token_ask(c, token, code, &ask, e) == ERR_OK &&
        connection_way(c, c->token_url, &way, e) == ERR_OK) {
        http.headers = ask.headers.list;
        http.header_count = ask.headers.count;
        http.body = buf_text(&ask.form);
        http.body_size = ask.form.len;
        http.way = connection_way_of(&way);
        id = http_out_send(c->engine->world.http, &http, done, owner, tag);
    }
    connection_way_fini(&way);
    token_ask_fini(&ask);
    return id;
}

/* Whether the answer says that these credentials will not do: then trying again is no use, and may
 * lock the account. Everything else (a busy page, half an answer) says nothing of them. */
static bool token_refuses(int status, const char *code)
{
    static const char *const passing[] = { "server_error", "temporarily_unavailable", "slow_down" };

    if (status == 401)
        return true;
    for (size_t i = 0; code != NULL && i < sizeof passing / sizeof *passing; i++)
        if (strcmp(code, passing[i]) == 0)
            return false;
    /* 200 with an error in it is how some say no */
    return code != NULL && *code != '\0' &&
           (status == 400 || status == 403 || status == 200 || status == 201);
}

/* Nothing came, or not the whole of it. */
static void token_nothing(const struct connection *c, const struct http_reply *reply, struct err *e)
{
    bool answered = reply->code == ERR_LIMIT || reply->code == ERR_INVALID;

    err_set(e, answered ? ERR_TRANSIENT : reply->code, "%s: no token: %s", c->name,
            reply->text != NULL ? reply->text : err_about(reply->code));
}

void token_wrong(const struct connection *c, const struct http_reply *reply, const json_t *body,
                 struct err *e)
{
    const char *code = json_get_text(body, "error"),
               *text = json_get_text(body, "error_description");
    int size = text != NULL ? (int)strcspn(text, "\r\n") : 0;
    enum err_code kind = ERR_TRANSIENT;

    if (reply->code != ERR_OK) {
        token_nothing(c, reply, e);
        return;
    }
    if (reply->status == 429)
        kind = ERR_RATE_LIMITED;
    else if (reply->status >= 500)
        kind = ERR_UNAVAILABLE;
    else if (token_refuses(reply->status, code))
        kind = ERR_AUTH;
    err_set(e, kind, "%s: the token end point answered %d%s%.60s%s%.*s%s", c->name, reply->status,
            code != NULL ? " " : "", code != NULL ? code : "", text != NULL ? ": " : "",
            size > 200 ? 200 : size, text != NULL ? text : "",
            kind == ERR_TRANSIENT ? ", which says neither yes nor no"
            : c->sign_in == SIGN_IN_AUTHORIZATION_CODE && code != NULL &&
                    strcmp(code, "invalid_grant") == 0
                ? "; somebody must give consent again: weft connections authorize"
                : "");
}

bool token_came(const struct http_reply *reply, const json_t *body)
{
    return reply->code == ERR_OK && (reply->status == 200 || reply->status == 201) &&
           (json_get_text(body, "error") == NULL || json_get_text(body, "access_token") != NULL);
}
