/* sign_vendor.c - the signatures that single vendors ask for: Cybersource's two, and Azure's. */
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/percent.h"
#include "vault/jwt.h"
#include "vault/sign.h"
#include "vault/sign_request_priv.h"

#define VENDOR_TEXT         (64 * KIB)
#define VENDOR_KEY          (16 * KIB)
#define CYBERSOURCE_TOKEN_S 120 /* the longest that it takes */
#define AZURE_SAS_S         900

static bool vendor_has_body(const struct sign_request *request)
{
    return request->body_size > 0 || strcasecmp(request->method, "POST") == 0 ||
           strcasecmp(request->method, "PUT") == 0 || strcasecmp(request->method, "PATCH") == 0;
}

static enum err_code vendor_needs(const struct sign_key *key, bool key_id, struct err *e)
{
    if (key->user == NULL || *key->user == '\0')
        return err_set(e, ERR_AUTH, "\"user\" is empty: it says who signs");
    if (key_id && (key->key_id == NULL || *key->key_id == '\0'))
        return err_set(e, ERR_AUTH, "\"key_id\" is empty: it says which key signs");
    return ERR_OK;
}

/* Appends the MAC in base64. */
static enum err_code vendor_hmac(const char *encoding, const struct sign_key *key,
                                 const struct buf *text, struct buf *out, struct err *e)
{
    unsigned char mac[SIGN_MAX];
    struct buf bytes;
    size_t size;
    enum err_code rc;

    buf_init_secret(&bytes, VENDOR_KEY);
    rc = sign__key(encoding, key->secret, key->secret_size, &bytes, e);
    if (rc == ERR_OK)
        rc = buf_check(text, "what is signed", e);
    if (rc == ERR_OK) {
        size = sign_hmac("sha256", buf_text(&bytes), bytes.len, buf_text(text), text->len, mac);
        check(size > 0);
        base64_write(out, mac, size);
    }
    buf_fini(&bytes);
    return rc;
}

/* ---- Cybersource */

/* The lines that are signed, joined by line ends, without one at the end. */
static void cybersource_lines(const struct sign_request *request, const struct sign_key *key,
                              const struct sign_url *url, const char *date,
                              const struct buf *digest, struct buf *out)
{
    buf_add_text(out, "host: ");
    sign__host(url, out);
    buf_addf(out, "\ndate: %s\nrequest-target: ", date);
    sign__lower(out, request->method);
    buf_add_char(out, ' ');
    sign__target(url, out);
    if (digest->len > 0)
        buf_addf(out, "\ndigest: %s", buf_text(digest));
    buf_addf(out, "\nv-c-merchant-id: %s", key->user);
}

static enum err_code cybersource_give(const struct sign_key *key, const char *date,
                                      const struct buf *digest, const struct buf *signature,
                                      sign_header_fn *give, void *arg, struct err *e)
{
    struct buf value;
    enum err_code rc = ERR_OK;

    buf_init(&value, VENDOR_TEXT);
    buf_addf(&value,
             "keyid=\"%s\", algorithm=\"HmacSHA256\", headers=\"host date request-target%s "
             "v-c-merchant-id\", signature=\"%s\"",
             key->key_id, digest->len > 0 ? " digest" : "", buf_text(signature));
    if (!give(arg, "v-c-merchant-id", key->user) || !give(arg, "Date", date))
        rc = err_set(e, ERR_LIMIT, "the request has no room for the headers that sign it");
    if (rc == ERR_OK && digest->len > 0)
        rc = sign__give(give, arg, "Digest", digest, e);
    if (rc == ERR_OK)
        rc = sign__give(give, arg, "Signature", &value, e);
    buf_fini(&value);
    return rc;
}

enum err_code sign_cybersource(const struct sign_request *request, const struct sign_key *key,
                               sign_header_fn *give, void *arg, struct err *e)
{
    struct buf text, digest, signature;
    struct sign_url url;
    char date[SIGN_DATE];
    enum err_code rc;

    if (vendor_needs(key, true, e) != ERR_OK || sign__url(request->url, &url, e) != ERR_OK)
        return e->code;
    buf_init(&text, VENDOR_TEXT);
    buf_init(&digest, 200);
    buf_init(&signature, 200);
    sign_date(request->now_ms, date);
    if (vendor_has_body(request)) {
        buf_add_text(&digest, "SHA-256=");
        sign__body(request, "sha256", &digest);
    }
    cybersource_lines(request, key, &url, date, &digest, &text);
    rc = vendor_hmac("base64", key, &text, &signature, e);
    if (rc == ERR_OK)
        rc = cybersource_give(key, date, &digest, &signature, give, arg, e);
    buf_fini(&text);
    buf_fini(&digest);
    buf_fini(&signature);
    return rc;
}

/* NULL when memory fails. */
static json_t *cybersource_claims(const struct sign_request *request, const struct sign_key *key,
                                  const struct sign_url *url)
{
    struct buf host, target, method, digest;
    json_int_t now = request->now_ms / 1000;
    json_t *claims = json_object();
    bool failed = claims == NULL;

    buf_init(&host, VENDOR_TEXT);
    buf_init(&target, VENDOR_TEXT);
    buf_init(&method, 100);
    buf_init(&digest, 100);
    sign__host(url, &host);
    sign__target(url, &target);
    sign__lower(&method, request->method);
    if (vendor_has_body(request)) {
        sign__body(request, "sha256", &digest);
        json_put(claims, "digest", json_string(buf_text(&digest)), &failed);
        json_put(claims, "digest-algorithm", json_string("SHA-256"), &failed);
    }
    json_put(claims, "iat", json_integer(now), &failed);
    json_put(claims, "exp", json_integer(now + CYBERSOURCE_TOKEN_S), &failed);
    json_put(claims, "request-host", json_string(buf_text(&host)), &failed);
    json_put(claims, "request-resource-path", json_string(buf_text(&target)), &failed);
    json_put(claims, "request-method", json_string(buf_text(&method)), &failed);
    json_put(claims, "iss", json_string(key->user), &failed);
    json_put(claims, "jti", json_string(request->nonce), &failed);
    json_put(claims, "v-c-jwt-version", json_string("2"), &failed);
    json_put(claims, "v-c-merchant-id", json_string(key->user), &failed);
    failed = failed || !buf_ok(&host) || !buf_ok(&target) || !buf_ok(&method);
    buf_fini(&host);
    buf_fini(&target);
    buf_fini(&method);
    buf_fini(&digest);
    if (failed) {
        json_decref(claims);
        return NULL;
    }
    return claims;
}

enum err_code sign_cybersource_jwt(const struct sign_request *request, const struct sign_key *key,
                                   sign_header_fn *give, void *arg, struct err *e)
{
    const char *algorithm = key->algorithm != NULL ? key->algorithm : "HS256";
    bool shared = strcmp(algorithm, "HS256") == 0;
    json_t *claims, *header;
    struct buf bytes, token;
    struct sign_url url;
    enum err_code rc;

    if (vendor_needs(key, true, e) != ERR_OK || sign__url(request->url, &url, e) != ERR_OK)
        return e->code;
    claims = cybersource_claims(request, key, &url);
    header = json_pack("{s:s, s:s, s:s}", "typ", "JWT", "alg", algorithm, "kid", key->key_id);
    buf_init_secret(&bytes, VENDOR_KEY);
    buf_init_secret(&token, VENDOR_TEXT);
    buf_add_text(&token, "Bearer ");
    if (claims == NULL || header == NULL)
        rc = err_set(e, ERR_MEMORY, "out of memory for a signed token");
    else
        rc = sign__key(shared ? "base64" : "text", key->secret, key->secret_size, &bytes, e);
    if (rc == ERR_OK)
        rc = jwt_write(&token, algorithm, header, claims, buf_text(&bytes), bytes.len, e);
    if (rc == ERR_OK)
        rc = sign__give(give, arg, "Authorization", &token, e);
    buf_fini(&bytes);
    buf_fini(&token);
    json_decref(claims);
    json_decref(header);
    return rc;
}

/* ---- Azure */

enum err_code sign_azure_sas(const struct sign_request *request, const struct sign_key *key,
                             const char *resource, sign_header_fn *give, void *arg, struct err *e)
{
    long long until = (long long)(request->now_ms / 1000) + AZURE_SAS_S;
    struct buf place, text, signature, value;
    enum err_code rc;

    if (vendor_needs(key, false, e) != ERR_OK)
        return e->code;
    buf_init(&place, VENDOR_TEXT);
    buf_init(&text, VENDOR_TEXT);
    buf_init(&signature, 200);
    buf_init_secret(&value, VENDOR_TEXT);
    percent_write(&place, resource, strlen(resource));
    buf_addf(&text, "%s\n%lld", buf_text(&place), until);
    rc = vendor_hmac("text", key, &text, &signature, e);
    if (rc == ERR_OK) {
        buf_addf(&value, "SharedAccessSignature sr=%s&sig=", buf_text(&place));
        percent_write(&value, buf_text(&signature), signature.len);
        buf_addf(&value, "&se=%lld&skn=", until);
        percent_write(&value, key->user, strlen(key->user));
        rc = sign__give(give, arg, "Authorization", &value, e);
    }
    buf_fini(&place);
    buf_fini(&text);
    buf_fini(&signature);
    buf_fini(&value);
    return rc;
}
