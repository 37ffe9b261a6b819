/* authorize.c - a person's consent, from the URL to the tokens in the vault. */
#include "engine/authorize.h"

#include <string.h>

#include "base/percent.h"
#include "engine/audit.h"
#include "engine/token.h"
#include "vault/jwt.h"

#define AUTHORIZE_MS      600000
#define AUTHORIZE_ENDLESS (INT64_C(366) * 86400000) /* such a life ends when it is revoked */
#define AUTHORIZE_MOST    50                        /* under way at a time */
#define AUTHORIZE_URL     (16 * KIB)

struct authorizing {
    struct authorizing *next;
    char state[PKCE_TEXT], verifier[PKCE_TEXT];
    char *redirect_uri, *key, *by;
    struct connection *connection; /* counted */
    struct token *token;           /* while it is exchanged; borrowed of the connection */
    int64_t until;                 /* steady */
    uint64_t fetch;                /* the exchange; 0: not yet */
    uint64_t number;               /* by which it is found again */
    engine_done_fn *done;
    void *arg;
};

static void authorize_free(struct authorizing *a)
{
    connection_unref(a->connection);
    explicit_bzero(a->verifier, sizeof a->verifier);
    mem_free(a->redirect_uri);
    mem_free(a->key);
    mem_free(a->by);
    mem_free(a);
}

static void authorize_remove(struct engine *engine, struct authorizing *a)
{
    struct authorizing **at = &engine->authorizing;

    while (*at != a)
        at = &(*at)->next;
    *at = a->next;
    authorize_free(a);
}

void authorizings_free(struct engine *engine)
{
    struct authorizing *a;
    struct err e;

    err_set(&e, ERR_CANCELLED, "the program ended before the consent was kept; begin again");
    while ((a = engine->authorizing) != NULL) {
        if (a->fetch != 0) {
            http_out_cancel(engine->world.http, a->fetch);
            a->done(a->arg, &e);
        }
        authorize_remove(engine, a);
    }
}

/* Those that nobody came back for. */
static size_t authorize_sweep(struct engine *engine)
{
    struct authorizing *a = engine->authorizing, *next;
    size_t count = 0;

    for (; a != NULL; a = next) {
        next = a->next;
        if (a->fetch == 0 && engine->steady >= a->until)
            authorize_remove(engine, a);
        else
            count++;
    }
    return count;
}

/* ---- The URL */

static bool authorize_returns(const char *uri)
{
    static const char *const begins[] = {
        "https://",          "http://127.0.0.1:", "http://127.0.0.1/",
        "http://localhost:", "http://localhost/", "http://[::1]:"
    };

    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (strncmp(uri, begins[i], strlen(begins[i])) == 0 && strchr(uri, '#') == NULL)
            return true;
    return false;
}

static void authorize_field(struct buf *url, const char *name, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    if (url->at[url->len - 1] != '?')
        buf_add_char(url, '&');
    percent_write(url, name, strlen(name));
    buf_add_char(url, '=');
    percent_write(url, value, strlen(value));
}

static json_t *authorize_url(const struct authorizing *a, struct err *e)
{
    const json_t *auth = a->connection->auth;
    const char *begin = json_get_text(auth, "authorize_url"), *name;
    char challenge[PKCE_TEXT];
    json_t *given = NULL, *value;
    struct buf url;

    buf_init(&url, AUTHORIZE_URL);
    buf_add_text(&url, begin);
    buf_add_char(&url, strchr(begin, '?') != NULL ? '&' : '?');
    pkce_challenge(a->verifier, challenge);
    buf_addf(&url, "response_type=code&state=%s&code_challenge=%s&code_challenge_method=S256",
             a->state, challenge);
    authorize_field(&url, "client_id", json_get_text(auth, "client_id"));
    authorize_field(&url, "redirect_uri", a->redirect_uri);
    authorize_field(&url, "scope", json_get_text(auth, "scope"));
    authorize_field(&url, "resource", json_get_text(auth, "resource"));
    authorize_field(&url, "audience", json_get_text(auth, "audience"));
    json_object_foreach(json_object_get(auth, "parameters"), name, value)
    {
        authorize_field(&url, name, json_text(value));
    }
    if (buf_check(&url, "the URL to open", e) == ERR_OK) {
        given = json_pack("{s:s, s:s}", "url", buf_text(&url), "state", a->state);
        check(given != NULL);
    }
    buf_fini(&url);
    return given;
}

static void authorize_random(struct engine *engine, char text[PKCE_TEXT])
{
    unsigned char bytes[PKCE_RANDOM];

    engine->world.random->fill(engine->world.random, bytes, sizeof bytes);
    pkce_verifier(bytes, text);
    explicit_bzero(bytes, sizeof bytes);
}

json_t *engine_authorize(struct engine *engine, const char *key, const char *redirect_uri,
                         const char *by, struct err *e)
{
    struct connection *c = connection_by_key(engine, key);
    struct authorizing *a;
    json_t *given;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    engine_moment(engine);
    if (c == NULL)
        err_set(e, ERR_NOT_FOUND, "there is no connection \"%.200s\"", key);
    else if (c->sign_in != SIGN_IN_AUTHORIZATION_CODE)
        err_set(e, ERR_INVALID,
                "the connection \"%.100s\" signs in by %s: nobody's consent is needed", key,
                sign_in_name(c->sign_in));
    else if (!authorize_returns(redirect_uri))
        err_set(e, ERR_INVALID,
                "the address to come back to must be https://, or http:// on this machine");
    else if (authorize_sweep(engine) >= AUTHORIZE_MOST)
        err_set(e, ERR_OVERLOAD, "%d consents are under way; wait for ten minutes", AUTHORIZE_MOST);
    else {
        a = mem_must(sizeof *a);
        authorize_random(engine, a->state);
        authorize_random(engine, a->verifier);
        a->redirect_uri = mem_must_copy(redirect_uri);
        a->key = mem_must_copy(key);
        a->by = mem_must_copy(by);
        a->connection = connection_ref(c);
        a->until = engine->steady + AUTHORIZE_MS;
        a->next = engine->authorizing;
        engine->authorizing = a;
        given = authorize_url(a, e);
        if (given != NULL)
            return given;
        authorize_remove(engine, a);
    }
    return NULL;
}

/* ---- How it stands */

json_t *engine_consent(struct engine *engine, const char *key)
{
    struct connection *c = connection_by_key(engine, key);
    struct token *token;
    int64_t rest;
    json_t *told;
    bool given;
    struct err e;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (c == NULL)
        return NULL;
    told = json_pack("{s:s}", "sign_in", sign_in_name(c->sign_in));
    check(told != NULL);
    if (c->sign_in != SIGN_IN_AUTHORIZATION_CODE)
        return told;
    engine_moment(engine);
    token = token_of(c, &e);
    if (token != NULL && !token->loaded)
        token_load(c, token);
    rest = token != NULL && token->value != NULL ? token->until - engine->steady : 0;
    given = rest > 0 || (token != NULL && token->refresh != NULL);
    json_object_set_new_nocheck(told, "consent", json_boolean(given));
    if (given && token->refresh == NULL && rest < AUTHORIZE_ENDLESS)
        json_object_set_new_nocheck(told, "consent_until", json_integer(engine->wall + rest));
    return told;
}

/* ---- The answer */

/* Whoever shares the token goes on. */
static void authorize_mend(struct engine *engine, const struct authorizing *a)
{
    struct deployment *d;
    size_t cursor = 0;
    char key[700];
    struct err e;

    while ((d = dict_next(engine->deployments, &cursor, NULL)) != NULL) {
        struct connection *c;
        size_t at = 0;

        while (d->connections != NULL && (c = dict_next(d->connections, &at, NULL)) != NULL) {
            if (c->sign_in != SIGN_IN_AUTHORIZATION_CODE || token_of(c, &e) != a->token)
                continue;
            snprintf(key, sizeof key, "%s/%s", c->workspace, c->place);
            (void)!engine_connection_resume(engine, key, a->by, NULL, NULL, NULL,
                                            &e); /* it may be open */
        }
    }
}

static void authorize_end(struct engine *engine, struct authorizing *a, const struct err *e)
{
    engine_done_fn *done = a->done;
    void *arg = a->arg;
    char workspace[LIMIT_ID + 1];

    if (e->code == ERR_OK) {
        audit_workspace_of(a->key, workspace);
        engine_audit(engine, workspace, a->by, "authorize", a->key, NULL);
        authorize_mend(engine, a);
    } else {
        log_warn(engine->world.log, "connection %s", e->text);
    }
    authorize_remove(engine, a);
    done(arg, e);
}

static void authorize_fetched(void *owner, uint64_t tag, const struct http_reply *reply)
{
    struct engine *engine = owner;
    struct authorizing *a = engine->authorizing;
    struct err e = { .code = ERR_OK };
    json_t *body = NULL;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    while (a != NULL && a->number != tag)
        a = a->next;
    check(a != NULL);
    a->fetch = 0;
    engine_moment(engine);
    a->token = token_of(a->connection, &e);
    if (reply->code == ERR_OK)
        body = json_read(reply->body, reply->body_size, &json_limits_reply, &e);
    if (a->token == NULL) {
        check(e.code != ERR_OK);
    } else if (!token_came(reply, body)) {
        token_wrong(a->connection, reply, body, &e);
    } else {
        token_begin(a->token);
        token_took(a->connection, a->token, body);
        e = a->token->error;
    }
    json_decref(body);
    authorize_end(engine, a, &e);
}

static struct authorizing *authorize_take(struct engine *engine, const char *state)
{
    struct authorizing *a;

    authorize_sweep(engine);
    for (a = engine->authorizing; a != NULL; a = a->next)
        if (a->fetch == 0 && sign_equal(state, a->state))
            return a;
    return NULL;
}

enum err_code engine_authorized(struct engine *engine, const struct authorized *answer,
                                engine_done_fn *done, void *arg, struct err *e)
{
    struct token_code code;
    struct authorizing *a;
    const char *issuer;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    engine_moment(engine);
    a = authorize_take(engine, answer->state);
    if (a == NULL)
        return err_set(
            e, ERR_GONE,
            "the consent was begun more than ten minutes ago, or its answer came before, "
            "or Weft was started anew since");
    issuer = json_get_text(a->connection->auth, "issuer");
    e->code = ERR_OK;
    if (answer->code == NULL || *answer->code == '\0')
        err_set(e, ERR_AUTH, "%s: consent was not given: %.100s", a->connection->name,
                answer->error != NULL ? answer->error : "no code came back");
    else if (issuer != NULL && (answer->issuer == NULL || !sign_equal(answer->issuer, issuer)))
        err_set(e, ERR_AUTH, "%s: the answer is not of the issuer that the connection names",
                a->connection->name);
    else if (token_of(a->connection, e) != NULL) {
        code = (struct token_code){ answer->code, a->verifier, a->redirect_uri };
        a->done = done;
        a->arg = arg;
        a->number = ++engine->last_tag;
        a->fetch = token_send(a->connection, a->connection->token, &code, authorize_fetched, engine,
                              a->number, e);
        if (a->fetch != 0)
            return ERR_OK;
    }
    authorize_remove(engine, a); /* a state is good once */
    return e->code;
}
