/* jwt.h - signed JSON Web Tokens (RFC 7515, 7518, 7519), compact. They are made here, never read:
 * what others sign is checked where it arrives. */
#ifndef VAULT_JWT_H
#define VAULT_JWT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* RS256, RS384, RS512, PS256, ES256, ES384 (a private key in PEM), HS256, HS512 (bytes). */
bool jwt_algorithm(const char *name);
/* Appends header.claims.signature. *header gets "alg" and "typ" if they are not there. The key is
 * PEM, or for HS* the bytes themselves. ERR_AUTH: it is no key of that algorithm; the text says
 * why and nothing of the key. */
enum err_code jwt_write(struct buf *token, const char *algorithm, json_t *header,
                        const json_t *claims, const void *key, size_t key_size,
                        struct err *e) MUST_USE;
/* Appends base64url(digest of the certificate's DER): "x5t" is sha1, "x5t#S256" sha256. ERR_AUTH:
 * no certificate in PEM. */
enum err_code jwt_thumbprint(struct buf *out, const char *digest, const char *pem, size_t size,
                             struct err *e) MUST_USE;
/* Base64 with the alphabet of URLs, unpadded (RFC 4648, section 5). */
void jwt_base64(struct buf *out, const void *bytes, size_t size);

/* ---- PKCE (RFC 7636): a verifier of 43 characters, and what is shown of it before */
#define PKCE_RANDOM 32
#define PKCE_TEXT   44
void pkce_verifier(const unsigned char random[PKCE_RANDOM], char verifier[PKCE_TEXT]);
void pkce_challenge(const char *verifier, char challenge[PKCE_TEXT]); /* S256 */

#endif
