/* seal_priv.h - seals bytes into a text: "v1:" and base64 of nonce, ciphertext and tag.
 *
 * AES-256-GCM with a random nonce of 96 bits. The label is authenticated with the bytes and is not
 * part of the text: a sealed text opens only under the label it was sealed with. */
#ifndef VAULT_SEAL_PRIV_H
#define VAULT_SEAL_PRIV_H

#include <stddef.h>

#include "base/err.h"
#include "base/ident.h"

#define SEAL_KEY 32
#define SEAL_PLAIN \
    (64u * 1024u) /* bytes of the longest secret: keys and certificates are shorter */

struct seal_label {
    const void *at;
    size_t size;
};
enum err_code seal_text(const unsigned char key[SEAL_KEY], struct seal_label label,
                        struct random *random, const void *plain, size_t size, char **sealed,
                        struct err *e) MUST_USE;
/* ERR_SYNTAX: not a sealed text. ERR_FORBIDDEN: another key, another label, or changed on the way.
 * *plain gets a NUL behind it. */
enum err_code seal_open(const unsigned char key[SEAL_KEY], struct seal_label label,
                        const char *sealed, char **plain, size_t *size, struct err *e) MUST_USE;

#endif
