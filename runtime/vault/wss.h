/* wss.h - the password digest of a WS-Security UsernameToken (OASIS WSS UsernameToken Profile 1.1,
 * section 3.1): base64(SHA-1(nonce + created + password)). SHA-1 is what the standard says; it is
 * no protection of a weak password, TLS is. */
#ifndef VAULT_WSS_H
#define VAULT_WSS_H

#include <stddef.h>

#define WSS_NONCE  16
#define WSS_DIGEST 29 /* base64 of 20 bytes and a NUL */

void wss_digest(const unsigned char nonce[WSS_NONCE], const char *created, const char *password,
                size_t size, char digest[WSS_DIGEST]);

#endif
