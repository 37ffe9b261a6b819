/* sign_request.h - what signs a single request: vendors' schemes and a general one by HMAC.
 *
 * A scheme takes the request as it will be sent, and gives headers. It is asked again for each
 * attempt, since what it signs holds the time. Nothing here knows where secrets come from. */
#ifndef VAULT_SIGN_REQUEST_H
#define VAULT_SIGN_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/ident.h"
#include "base/pair.h"

struct sign_request {
    const char *method, *url;        /* absolute */
    const char *body;
    size_t body_size;
    const struct pair *headers;
    size_t header_count;
    int64_t now_ms;                  /* wall, as the system's clock shows it */
    const char *nonce;               /* a random UUID, another one for each attempt */
};
struct sign_key {
    const char *user, *key_id;       /* may be NULL */
    const char *algorithm;           /* NULL: the scheme's usual one */
    const char *secret;
    size_t secret_size;
};
/* Gives a header; false: there is no room for it. */
typedef bool sign_header_fn(void *arg, const char *name, const char *value);

/* Cybersource's HTTP signature: user is the merchant's id, the secret the shared key in base64. */
enum err_code sign_cybersource(const struct sign_request *request, const struct sign_key *key,
                               sign_header_fn *give, void *arg, struct err *e) MUST_USE;
/* Its token (version 2): HS256 with the shared key, or RS256 with a private key in PEM. */
enum err_code sign_cybersource_jwt(const struct sign_request *request, const struct sign_key *key,
                                   sign_header_fn *give, void *arg, struct err *e) MUST_USE;
/* Azure's shared access signature of `resource`, a URL, for some minutes; user is the policy. */
enum err_code sign_azure_sas(const struct sign_request *request, const struct sign_key *key,
                             const char *resource, sign_header_fn *give, void *arg,
                             struct err *e) MUST_USE;

/* The general one. In `text`, what is signed, and in `value`, what the header says, stand places:
 * {method} {method_lower} {scheme} {host} {path} {query} {target} (path and query) {url} {body}
 * {body_sha256} (hex) {body_sha256_base64} {body_md5_base64} {timestamp} {nonce} {user} {key_id}
 * {header.NAME}, and in `value` {signature}; {{ and }} are braces. */
struct sign_hmac_shape {
    const char *text;                /* NULL: "{body}" */
    const char *value;               /* NULL: "{signature}" */
    const char *header;
    const char *algorithm;           /* NULL: sha256; sha1, sha512 */
    const char *encoding;            /* NULL: hex; base64, base64url */
    const char *key_encoding;        /* of the secret; NULL: text; base64, hex */
    const char *timestamp;           /* NULL: seconds; milliseconds, iso, http */
    const char *timestamp_header, *nonce_header; /* NULL: not sent */
};
enum err_code sign_hmac_request(const struct sign_request *request, const struct sign_key *key,
                                const struct sign_hmac_shape *shape, sign_header_fn *give,
                                void *arg, struct err *e) MUST_USE;
/* ERR_INVALID says what is wrong with a text of the shape. */
enum err_code sign_hmac_text_check(const char *text, bool value, struct err *e) MUST_USE;

#define SIGN_DATE 30 /* "Sat, 21 Nov 2026 08:30:00 GMT" and a NUL */
void sign_date(int64_t wall_ms, char text[SIGN_DATE]);

#endif
