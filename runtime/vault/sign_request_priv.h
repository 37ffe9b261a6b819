/* sign_request_priv.h - the parts of a request that signatures are made of. For vault/ only. */
#ifndef VAULT_SIGN_REQUEST_PRIV_H
#define VAULT_SIGN_REQUEST_PRIV_H

#include "vault/sign_request.h"

/* Pieces of a URL, as they are sent; they point into it. */
struct sign_url {
    const char *scheme, *host, *path, *query; /* host with its port, but for the usual one */
    size_t scheme_size, host_size, path_size, query_size;
};
enum err_code sign__url(const char *url, struct sign_url *parts, struct err *e) MUST_USE;
/* Path and query, "/" where the URL has none. */
void sign__target(const struct sign_url *url, struct buf *out);
void sign__host(const struct sign_url *url, struct buf *out);
void sign__lower(struct buf *out, const char *text); /* ASCII */
/* Digest of the body in base64: "sha256", "md5". */
void sign__body(const struct sign_request *request, const char *digest, struct buf *out);
/* The bytes that stand for a secret in that encoding: NULL or "text", "base64", "hex". */
enum err_code sign__key(const char *encoding, const char *secret, size_t size, struct buf *key,
                        struct err *e) MUST_USE;
enum err_code sign__give(sign_header_fn *give, void *arg, const char *name, const struct buf *value,
                         struct err *e) MUST_USE;

#endif
