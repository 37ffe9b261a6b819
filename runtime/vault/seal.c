/* seal.c - AES-256-GCM through OpenSSL's EVP, and base64 that has one spelling for each value. */
#include "vault/seal_priv.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"

#define SEAL_NONCE  12
#define SEAL_TAG    16
#define SEAL_PREFIX "v1:"

/* ---- sealing */

static bool seal_encrypt(EVP_CIPHER_CTX *ctx, const unsigned char key[SEAL_KEY],
                         struct seal_label label, const void *plain, size_t size,
                         unsigned char *box)
{
    unsigned char *cipher = box + SEAL_NONCE;
    int used = 0, rest = 0;

    return EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, box) == 1 &&
           EVP_EncryptUpdate(ctx, NULL, &used, label.at, (int)label.size) == 1 &&
           EVP_EncryptUpdate(ctx, cipher, &used, plain, (int)size) == 1 && used == (int)size &&
           EVP_EncryptFinal_ex(ctx, cipher + used, &rest) == 1 && rest == 0 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, SEAL_TAG, cipher + size) == 1;
}

enum err_code seal_text(const unsigned char key[SEAL_KEY], struct seal_label label,
                        struct random *random, const void *plain, size_t size, char **sealed,
                        struct err *e)
{
    const size_t box_size = SEAL_NONCE + size + SEAL_TAG;
    EVP_CIPHER_CTX *ctx = NULL;
    unsigned char *box;
    struct buf text;
    enum err_code rc;

    *sealed = NULL;
    check(plain != NULL || size == 0);
    if (size > SEAL_PLAIN)
        return err_set(e, ERR_LIMIT, "a secret of %zu bytes, at most %u", size, SEAL_PLAIN);
    box = mem_must(box_size);
    random->fill(random, box, SEAL_NONCE);
    ctx = EVP_CIPHER_CTX_new();
    check(ctx != NULL);
    check(seal_encrypt(ctx, key, label, plain != NULL ? plain : "", size, box));
    EVP_CIPHER_CTX_free(ctx);
    buf_init(&text, sizeof(SEAL_PREFIX) + 2 * box_size);
    buf_add_text(&text, SEAL_PREFIX);
    base64_write(&text, box, box_size);
    mem_free(box);
    rc = buf_check(&text, "a sealed secret", e);
    *sealed = buf_take(&text, NULL);
    buf_fini(&text);
    return rc;
}

/* ---- opening */

static bool seal_decrypt(EVP_CIPHER_CTX *ctx, const unsigned char key[SEAL_KEY],
                         struct seal_label label, unsigned char *box, size_t size, char *plain)
{
    unsigned char *cipher = box + SEAL_NONCE;
    int used = 0, rest = 0;

    return EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, box) == 1 &&
           EVP_DecryptUpdate(ctx, NULL, &used, label.at, (int)label.size) == 1 &&
           EVP_DecryptUpdate(ctx, (unsigned char *)plain, &used, cipher, (int)size) == 1 &&
           used == (int)size &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, SEAL_TAG, cipher + size) == 1 &&
           EVP_DecryptFinal_ex(ctx, (unsigned char *)plain + used, &rest) == 1 && rest == 0;
}

enum err_code seal_open(const unsigned char key[SEAL_KEY], struct seal_label label,
                        const char *sealed, char **plain, size_t *size, struct err *e)
{
    const size_t prefix = sizeof(SEAL_PREFIX) - 1, length = strlen(sealed);
    EVP_CIPHER_CTX *ctx;
    struct buf box;
    bool good;

    *plain = NULL;
    *size = 0;
    if (length > 2 * SEAL_PLAIN || strncmp(sealed, SEAL_PREFIX, prefix) != 0)
        return err_set(e, ERR_SYNTAX, "not a sealed text of this program");
    buf_init(&box, length);
    if (!base64_read(&box, sealed + prefix, length - prefix) || box.len < SEAL_NONCE + SEAL_TAG) {
        buf_fini(&box);
        return err_set(e, ERR_SYNTAX, "not a sealed text of this program");
    }
    *size = box.len - SEAL_NONCE - SEAL_TAG;
    *plain = mem_must(*size + 1);
    ctx = EVP_CIPHER_CTX_new();
    check(ctx != NULL);
    good = seal_decrypt(ctx, key, label, (unsigned char *)box.at, *size, *plain);
    EVP_CIPHER_CTX_free(ctx);
    buf_fini(&box);
    if (good)
        return ERR_OK;
    OPENSSL_cleanse(*plain, *size); /* what did not authenticate is nobody's */
    mem_free(*plain);
    *plain = NULL;
    *size = 0;
    return err_set(e, ERR_FORBIDDEN, "sealed under another key or name, or changed since");
}
