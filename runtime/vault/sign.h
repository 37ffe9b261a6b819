/* sign.h - message authentication: HMAC and constant-time comparison (OpenSSL). */
#ifndef VAULT_SIGN_H
#define VAULT_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define SIGN_MAX 64 /* bytes of the longest MAC */

/* algorithm: "sha1", "sha256", "sha512". Returns the size, or 0 for an unknown algorithm. */
size_t sign_hmac(const char *algorithm, const void *key, size_t key_size, const void *text,
                 size_t size, unsigned char mac[SIGN_MAX]);
/* signature: the header's text in `encoding` "hex" (either case) or "base64" (padded); white
 * space around it is ignored. Compares in constant time. An empty key matches nothing: anybody
 * could have signed with it. */
bool sign_hmac_matches(const char *algorithm, const char *encoding, const void *key,
                       size_t key_size, const void *text, size_t size, const char *signature);
bool sign_equal(const char *a, const char *b); /* constant time in the length of b */

#endif
