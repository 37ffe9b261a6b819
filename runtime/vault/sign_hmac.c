/* sign_hmac.c - a request signed by HMAC, what is signed being said by a small template. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/ident.h"
#include "base/limits.h"
#include "vault/jwt.h"
#include "vault/sign.h"
#include "vault/sign_request_priv.h"

#define HMAC_TEXT  (256 * KIB) /* beside the body, which may stand in it some times */
#define HMAC_KEY   (16 * KIB)
#define HMAC_PLACE 100

/* All there is to fill a place with. */
struct hmac_scene {
    const struct sign_request *request;
    const struct sign_key *key;
    struct sign_url url;
    char timestamp[40];
    const char *signature; /* NULL within what is signed */
};

typedef void hmac_place_fn(const struct hmac_scene *scene, struct buf *out);

static void hmac_text(struct buf *out, const char *text)
{
    buf_add_text(out, text != NULL ? text : "");
}

static void hmac_method(const struct hmac_scene *s, struct buf *out)
{
    hmac_text(out, s->request->method);
}
static void hmac_method_lower(const struct hmac_scene *s, struct buf *out)
{
    sign__lower(out, s->request->method);
}
static void hmac_scheme(const struct hmac_scene *s, struct buf *out)
{
    buf_add(out, s->url.scheme, s->url.scheme_size);
}
static void hmac_host(const struct hmac_scene *s, struct buf *out)
{
    sign__host(&s->url, out);
}
static void hmac_path(const struct hmac_scene *s, struct buf *out)
{
    if (s->url.path_size == 0)
        buf_add_char(out, '/');
    buf_add(out, s->url.path, s->url.path_size);
}
static void hmac_query(const struct hmac_scene *s, struct buf *out)
{
    buf_add(out, s->url.query, s->url.query_size);
}
static void hmac_target(const struct hmac_scene *s, struct buf *out)
{
    sign__target(&s->url, out);
}
static void hmac_url(const struct hmac_scene *s, struct buf *out)
{
    hmac_text(out, s->request->url);
}
static void hmac_body(const struct hmac_scene *s, struct buf *out)
{
    buf_add(out, s->request->body, s->request->body_size);
}
static void hmac_body_sha256(const struct hmac_scene *s, struct buf *out)
{
    char text[DIGEST_TEXT];

    digest_text(s->request->body != NULL ? s->request->body : "", s->request->body_size, text);
    buf_add_text(out, text);
}
static void hmac_body_sha256_base64(const struct hmac_scene *s, struct buf *out)
{
    sign__body(s->request, "sha256", out);
}
static void hmac_body_md5_base64(const struct hmac_scene *s, struct buf *out)
{
    sign__body(s->request, "md5", out);
}
static void hmac_timestamp(const struct hmac_scene *s, struct buf *out)
{
    hmac_text(out, s->timestamp);
}
static void hmac_nonce(const struct hmac_scene *s, struct buf *out)
{
    hmac_text(out, s->request->nonce);
}
static void hmac_user(const struct hmac_scene *s, struct buf *out)
{
    hmac_text(out, s->key->user);
}
static void hmac_key_id(const struct hmac_scene *s, struct buf *out)
{
    hmac_text(out, s->key->key_id);
}
static void hmac_signature(const struct hmac_scene *s, struct buf *out)
{
    check(s->signature != NULL);
    buf_add_text(out, s->signature);
}

static const struct {
    const char *name;
    hmac_place_fn *fill;
} hmac_places[] = {
    { "method", hmac_method },
    { "method_lower", hmac_method_lower },
    { "scheme", hmac_scheme },
    { "host", hmac_host },
    { "path", hmac_path },
    { "query", hmac_query },
    { "target", hmac_target },
    { "url", hmac_url },
    { "body", hmac_body },
    { "body_sha256", hmac_body_sha256 },
    { "body_sha256_base64", hmac_body_sha256_base64 },
    { "body_md5_base64", hmac_body_md5_base64 },
    { "timestamp", hmac_timestamp },
    { "nonce", hmac_nonce },
    { "user", hmac_user },
    { "key_id", hmac_key_id },
    { "signature", hmac_signature },
};

static hmac_place_fn *hmac_place(const char *name)
{
    for (size_t i = 0; i < sizeof hmac_places / sizeof *hmac_places; i++)
        if (strcmp(hmac_places[i].name, name) == 0)
            return hmac_places[i].fill;
    return NULL;
}

static const char *hmac_header(const struct sign_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return "";
}

/* One place, "{" before it; *at moves to its "}". scene NULL: it is only checked. */
static enum err_code hmac_fill_place(const struct hmac_scene *scene, const char **at, bool value,
                                     struct buf *out, struct err *e)
{
    const char *end = strchr(*at, '}');
    char name[HMAC_PLACE];
    size_t size = end != NULL ? (size_t)(end - *at) - 1 : 0;
    hmac_place_fn *fill;

    if (end == NULL || size >= sizeof name)
        return err_set(e, ERR_INVALID, "\"{\" has no \"}\"; a brace itself is written \"{{\"");
    memcpy(name, *at + 1, size);
    name[size] = '\0';
    *at = end;
    if (strncmp(name, "header.", 7) == 0 && name[7] != '\0') {
        if (scene != NULL)
            buf_add_text(out, hmac_header(scene->request, name + 7));
        return ERR_OK;
    }
    fill = hmac_place(name);
    if (fill == NULL)
        return err_set(
            e, ERR_INVALID,
            "\"{%.60s}\" is nothing that can be signed; there are {method}, {target}, "
            "{host}, {body}, {body_sha256}, {timestamp}, {nonce}, {header.NAME} and more",
            name);
    if (fill == hmac_signature && !value)
        return err_set(e, ERR_INVALID, "\"{signature}\" stands in \"value\" only");
    if (scene != NULL)
        fill(scene, out);
    return ERR_OK;
}

/* scene and out NULL: it is only checked. */
static enum err_code hmac_fill(const struct hmac_scene *scene, const char *text, bool value,
                               struct buf *out, struct err *e)
{
    for (const char *at = text; *at != '\0'; at++) {
        if ((*at == '{' || *at == '}') && at[1] == *at) {
            at++;
        } else if (*at == '{') {
            if (hmac_fill_place(scene, &at, value, out, e) != ERR_OK)
                return e->code;
            continue;
        } else if (*at == '}') {
            return err_set(e, ERR_INVALID, "\"}\" has no \"{\"; a brace itself is written \"}}\"");
        }
        if (out != NULL)
            buf_add_char(out, *at);
    }
    return out != NULL ? buf_check(out, "what is signed", e) : ERR_OK;
}

enum err_code sign_hmac_text_check(const char *text, bool value, struct err *e)
{
    return hmac_fill(NULL, text, value, NULL, e);
}

static void hmac_moment(const char *format, int64_t now_ms, char text[40])
{
    if (format != NULL && strcmp(format, "milliseconds") == 0)
        snprintf(text, 40, "%lld", (long long)now_ms);
    else if (format != NULL && strcmp(format, "iso") == 0)
        clock_text(now_ms, text);
    else if (format != NULL && strcmp(format, "http") == 0)
        sign_date(now_ms, text);
    else
        snprintf(text, 40, "%lld", (long long)(now_ms / 1000));
}

static void hmac_spell(const char *encoding, const unsigned char *mac, size_t size, struct buf *out)
{
    if (encoding != NULL && strcmp(encoding, "base64") == 0) {
        base64_write(out, mac, size);
    } else if (encoding != NULL && strcmp(encoding, "base64url") == 0) {
        jwt_base64(out, mac, size);
    } else {
        for (size_t i = 0; i < size; i++)
            buf_addf(out, "%02x", mac[i]);
    }
}

/* Appends the signature's text. */
static enum err_code hmac_sign(const struct hmac_scene *scene, const struct sign_hmac_shape *shape,
                               struct buf *out, struct err *e)
{
    const char *algorithm = shape->algorithm != NULL ? shape->algorithm : "sha256";
    unsigned char mac[SIGN_MAX];
    struct buf text, bytes;
    size_t size;
    enum err_code rc;

    buf_init_secret(&bytes, HMAC_KEY);
    buf_init(&text, 4 * scene->request->body_size + HMAC_TEXT);
    rc = sign__key(shape->key_encoding, scene->key->secret, scene->key->secret_size, &bytes, e);
    if (rc == ERR_OK)
        rc = hmac_fill(scene, shape->text != NULL ? shape->text : "{body}", false, &text, e);
    if (rc == ERR_OK) {
        size = sign_hmac(algorithm, buf_text(&bytes), bytes.len, buf_text(&text), text.len, mac);
        if (size > 0)
            hmac_spell(shape->encoding, mac, size, out);
        else
            rc = err_set(e, ERR_INVALID, "\"%.20s\" is no algorithm of HMAC: sha256, sha512, sha1",
                         algorithm);
    }
    buf_fini(&bytes);
    buf_fini(&text);
    return rc;
}

enum err_code sign_hmac_request(const struct sign_request *request, const struct sign_key *key,
                                const struct sign_hmac_shape *shape, sign_header_fn *give,
                                void *arg, struct err *e)
{
    struct hmac_scene scene = { .request = request, .key = key };
    struct buf signature, value;
    enum err_code rc;

    if (sign__url(request->url, &scene.url, e) != ERR_OK)
        return e->code;
    hmac_moment(shape->timestamp, request->now_ms, scene.timestamp);
    buf_init(&signature, 4 * SIGN_MAX);
    buf_init_secret(&value, 64 * KIB);
    rc = hmac_sign(&scene, shape, &signature, e);
    scene.signature = buf_text(&signature);
    if (rc == ERR_OK)
        rc =
            hmac_fill(&scene, shape->value != NULL ? shape->value : "{signature}", true, &value, e);
    if (rc == ERR_OK &&
        ((shape->timestamp_header != NULL &&
          !give(arg, shape->timestamp_header, scene.timestamp)) ||
         (shape->nonce_header != NULL && !give(arg, shape->nonce_header, request->nonce))))
        rc = err_set(e, ERR_LIMIT, "the request has no room for the headers that sign it");
    if (rc == ERR_OK)
        rc = sign__give(give, arg, shape->header, &value, e);
    buf_fini(&signature);
    buf_fini(&value);
    return rc;
}
