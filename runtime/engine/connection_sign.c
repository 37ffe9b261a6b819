/* connection_sign.c - what signs a call in: put on at the moment of sending, anew for each attempt.
 *
 * Secrets come out of the vault for the moment of their use. What is added to a URL is only in the
 * copy that is sent: journals, logs and messages have the URL without it. */
#include "engine/connection.h"
#include "engine/connection_rule.h"
#include "engine/secret.h"
#include "engine/token.h"

#include <string.h>

#include "base/base64.h"
#include "base/percent.h"
#include "vault/sign_request.h"

#define SIGN_HEADER   (64 * KIB) /* a header that signs in; tokens are far smaller */
#define SIGN_AHEAD_MS 10000      /* a difference of clocks that counts */

static const char *sign_text(const struct connection *c, const char *member)
{
    return json_get_text(c->auth, member);
}

static bool sign_give(void *arg, const char *name, const char *value)
{
    return call_header_add(arg, name, value);
}

static enum err_code sign_header(struct call_headers *headers, const char *name, const char *prefix,
                                 const char *value, struct err *e)
{
    struct buf text;
    enum err_code rc;

    buf_init_secret(&text, SIGN_HEADER);
    buf_add_text(&text, prefix);
    buf_add_text(&text, value);
    rc = buf_check(&text, "the header that signs in", e);
    if (rc == ERR_OK && !call_header_add(headers, name, buf_text(&text)))
        rc = err_set(e, ERR_LIMIT, "a request has at most %u headers", LIMIT_HEADERS);
    buf_fini(&text);
    return rc;
}

static enum err_code sign_basic(const struct connection *c, struct call_headers *headers,
                                const char *secret, struct err *e)
{
    const char *user = sign_text(c, "user");
    struct buf text, coded;
    enum err_code rc;

    buf_init_secret(&text, SIGN_HEADER);
    buf_init_secret(&coded, SIGN_HEADER);
    buf_addf(&text, "%s:%s", user != NULL ? user : "", secret);
    base64_write(&coded, buf_text(&text), text.len);
    rc = buf_check(buf_ok(&text) ? &coded : &text, "the header that signs in", e);
    if (rc == ERR_OK)
        rc = sign_header(headers, "Authorization", "Basic ", buf_text(&coded), e);
    if (rc == ERR_OK)
        call_header_hide(headers, buf_text(&coded));
    buf_fini(&text);
    buf_fini(&coded);
    return rc;
}

static enum err_code sign_query(const struct connection *c, struct buf *url, const char *secret,
                                struct err *e)
{
    const char *parameter = sign_text(c, "parameter");

    if (strchr(buf_text(url), '#') != NULL)
        return err_set(e, ERR_INVALID, "a URL with \"#\" cannot be signed");
    buf_add_char(url, strchr(buf_text(url), '?') != NULL ? '&' : '?');
    percent_write(url, parameter, strlen(parameter));
    buf_add_char(url, '=');
    percent_write(url, secret, strlen(secret));
    return buf_check(url, "the URL", e);
}

/* ---- Signatures of the request */

static struct sign_key sign_key(const struct connection *c, const char *secret, size_t size)
{
    return (struct sign_key){ .user = sign_text(c, "user"),
                              .key_id = sign_text(c, "key_id"),
                              .algorithm = sign_text(c, "algorithm"),
                              .secret = secret,
                              .secret_size = size };
}

static struct sign_hmac_shape sign_shape(const struct connection *c)
{
    return (struct sign_hmac_shape){ .text = sign_text(c, "text"),
                                     .value = sign_text(c, "value"),
                                     .header = sign_text(c, "header"),
                                     .algorithm = sign_text(c, "algorithm"),
                                     .encoding = sign_text(c, "encoding"),
                                     .key_encoding = sign_text(c, "key_encoding"),
                                     .timestamp = sign_text(c, "timestamp"),
                                     .timestamp_header = sign_text(c, "timestamp_header"),
                                     .nonce_header = sign_text(c, "nonce_header") };
}

static enum err_code sign_request(const struct connection *c, struct sign_request *request,
                                  struct call_headers *headers, const char *secret, size_t size,
                                  struct err *e)
{
    struct clock *clock = c->engine->world.clock;
    struct sign_key key = sign_key(c, secret, size);
    struct sign_hmac_shape shape = sign_shape(c);
    const char *resource = sign_text(c, "resource");
    char nonce[UUID_TEXT];

    uuid_random(c->engine->world.random, nonce);
    request->nonce = nonce;
    request->now_ms = clock->wall_ms(clock) + c->ahead_ms;
    request->headers = headers->list;
    request->header_count = headers->count;
    switch (c->sign_in) {
    case SIGN_IN_CYBERSOURCE:
        return sign_cybersource(request, &key, sign_give, headers, e);
    case SIGN_IN_CYBERSOURCE_JWT:
        return sign_cybersource_jwt(request, &key, sign_give, headers, e);
    case SIGN_IN_AZURE_SAS:
        return sign_azure_sas(request, &key, resource != NULL ? resource : c->base_url, sign_give,
                              headers, e);
    default:
        check(c->sign_in == SIGN_IN_HMAC);
        return sign_hmac_request(request, &key, &shape, sign_give, headers, e);
    }
}

/* Whether what signs holds the time. */
static bool sign_has_time(enum sign_in type)
{
    return type == SIGN_IN_CYBERSOURCE || type == SIGN_IN_CYBERSOURCE_JWT ||
           type == SIGN_IN_AZURE_SAS || type == SIGN_IN_HMAC || type == SIGN_IN_LUA;
}

bool connection_signs_body(const struct connection *c)
{
    CHECK_OBJ(c, CONNECTION_MAGIC);
    return sign_in_signs_body(c->sign_in, sign_text(c, "text"), sign_text(c, "value"));
}

/* ---- One call */

static enum err_code sign_secret(const struct connection *c, const char *method, struct buf *url,
                                 const char *body, size_t body_size, struct call_headers *headers,
                                 struct err *e)
{
    struct sign_request request = {
        .method = method, .url = buf_text(url), .body = body, .body_size = body_size
    };
    const char *header = sign_text(c, "header"), *prefix = sign_text(c, "prefix");
    char *secret;
    size_t size;
    enum err_code rc;

    check(c->secret != NULL);
    if (secret_for(c->engine, c->workspace, c->secret, c->base_url, &secret, &size, e) != ERR_OK)
        return e->code;
    call_header_hide(headers, secret);
    if (sign_has_time(c->sign_in))
        rc = sign_request(c, &request, headers, secret, size, e);
    else if (c->sign_in == SIGN_IN_BASIC)
        rc = sign_basic(c, headers, secret, e);
    else if (c->sign_in == SIGN_IN_BEARER)
        rc = sign_header(headers, "Authorization", "Bearer ", secret, e);
    else if (c->sign_in == SIGN_IN_QUERY)
        rc = sign_query(c, url, secret, e);
    else
        rc = sign_header(headers, header != NULL ? header : "X-Api-Key",
                         prefix != NULL ? prefix : "", secret, e);
    vault_wipe(&secret, size);
    return rc;
}

static enum err_code sign_rule(const struct connection *c, const char *method, struct buf *url,
                               const char *body, size_t body_size, struct call_headers *headers,
                               struct err *e)
{
    struct clock *clock = c->engine->world.clock;
    char nonce[UUID_TEXT];
    struct sign_request request = { .method = method,
                                    .url = buf_text(url),
                                    .body = body,
                                    .body_size = body_size,
                                    .headers = headers->list,
                                    .header_count = headers->count,
                                    .now_ms = clock->wall_ms(clock) + c->ahead_ms,
                                    .nonce = nonce };

    uuid_random(c->engine->world.random, nonce);
    return connection_rule_sign(c, &request, url, headers, e);
}

/* The headers that the manifest gives each call. */
static enum err_code sign_own_headers(const struct connection *c, struct call_headers *headers,
                                      struct err *e)
{
    const struct connector_info *info = c->info;
    char *value;
    size_t i;

    for (i = 0; info != NULL && i < info->header_count; i++) {
        if (call_header_has(headers, info->headers[i].name))
            continue;
        if (setting_text_fill(info, json_object_get(c->shape, "settings"), info->headers[i].value,
                              SETTING_TEXT_PLAIN, &value, e) != ERR_OK)
            return e->code;
        if (*value != '\0')
            call_header_add(headers, info->headers[i].name, value);
        mem_free(value);
    }
    return ERR_OK;
}

enum err_code connection_ready(struct connection *c, struct err *e)
{
    CHECK_OBJ(c, CONNECTION_MAGIC);
    if (!sign_in_fetches(c->sign_in) || token_text(c, e) != NULL)
        return ERR_OK;
    return e->code;
}

enum err_code connection_sign(struct connection *c, const char *method, struct buf *url,
                              const char *body, size_t body_size, struct call_headers *headers,
                              struct err *e)
{
    const char *token, *header;

    CHECK_OBJ(c, CONNECTION_MAGIC);
    if (sign_own_headers(c, headers, e) != ERR_OK)
        return e->code;
    if (c->sign_in == SIGN_IN_NONE)
        return ERR_OK;
    if (c->sign_in == SIGN_IN_LUA)
        return sign_rule(c, method, url, body, body_size, headers, e);
    if (!sign_in_fetches(c->sign_in))
        return sign_secret(c, method, url, body, body_size, headers, e);
    token = token_text(c, e);
    if (token == NULL)
        return e->code;
    call_header_hide(headers, token);
    header = sign_text(c, "header"); /* some systems want the token by itself, elsewhere */
    return header != NULL ? sign_header(headers, header, "", token, e)
                          : sign_header(headers, "Authorization", "Bearer ", token, e);
}

/* The clock of an answer tells whether ours is why it refused. */
static bool sign_learns(struct connection *c, const struct http_reply *reply)
{
    struct clock *clock = c->engine->world.clock;
    int64_t theirs = http_reply_date(reply), ahead;

    if (theirs < 0)
        return false;
    ahead = theirs - clock->wall_ms(clock);
    if (ahead - c->ahead_ms < SIGN_AHEAD_MS && c->ahead_ms - ahead < SIGN_AHEAD_MS)
        return false;
    log_warn(c->engine->world.log,
             "connection %s: the system's clock is %lld s before ours; it is signed by its clock "
             "from now on",
             c->name, (long long)(ahead / 1000));
    c->ahead_ms = ahead;
    return true;
}

bool connection_refused(struct connection *c, const struct http_reply *reply, unsigned generation)
{
    bool learned = sign_has_time(c->sign_in) && sign_learns(c, reply);

    if (reply->status != 401)
        return false; /* it may be of another reason: the next call is signed better */
    return sign_in_fetches(c->sign_in) ? token_refused(c, generation) : learned;
}
