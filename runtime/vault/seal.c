/* seal.c - AES-256-GCM through OpenSSL's EVP, and base64 that has one spelling for each value. */
#include "vault/seal_priv.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "vault/base64.h"

#define SEAL_NONCE  12
#define SEAL_TAG    16
#define SEAL_PREFIX "v1:"

static const char seal_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* ---- base64, back: no white space, no missing padding, no bits left over */

static int seal_digit(char c)
{
    const char *at = c != '\0' ? strchr(seal_digits, c) : NULL;

    return at != NULL ? (int)(at - seal_digits) : -1;
}

/* Returns the count of bytes, or -1. `out` has room for 3 bytes for each 4 digits. */
static long seal_decode(const char *text, size_t size, unsigned char *out)
{
    size_t pads = size >= 4 ? (text[size - 1] == '=') + (text[size - 2] == '=') : 0;
    unsigned long bits = 0;
    long count = 0;

    if (size == 0 || size % 4 != 0 || (pads == 1 && text[size - 1] != '='))
        return -1;
    for (size_t i = 0; i < size; i++) {
        int digit = i >= size - pads ? 0 : seal_digit(text[i]);

        if (digit < 0)
            return -1;
        bits = bits << 6 | (unsigned long)digit;
        if (i % 4 != 3)
            continue;
        out[count++] = (unsigned char)(bits >> 16 & 255);
        out[count++] = (unsigned char)(bits >> 8 & 255);
        out[count++] = (unsigned char)(bits & 255);
        bits = 0;
    }
    for (size_t i = 0; i < pads; i++)
        if (out[--count] != 0)
            return -1; /* bits that say nothing would let two texts open alike */
    return count;
}

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
    char *digits;
    size_t length;

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
    digits = base64_new(box, box_size);
    length = strlen(digits);
    *sealed = mem_must(sizeof(SEAL_PREFIX) + length);
    memcpy(*sealed, SEAL_PREFIX, sizeof(SEAL_PREFIX) - 1);
    memcpy(*sealed + sizeof(SEAL_PREFIX) - 1, digits, length);
    mem_free(digits);
    mem_free(box);
    return ERR_OK;
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
    unsigned char *box;
    long box_size = -1;
    bool good;

    *plain = NULL;
    *size = 0;
    if (length > 2 * SEAL_PLAIN || strncmp(sealed, SEAL_PREFIX, prefix) != 0)
        return err_set(e, ERR_SYNTAX, "not a sealed text of this program");
    box = mem_must(length + 4);
    box_size = seal_decode(sealed + prefix, length - prefix, box);
    if (box_size < SEAL_NONCE + SEAL_TAG) {
        mem_free(box);
        return err_set(e, ERR_SYNTAX, "not a sealed text of this program");
    }
    *size = (size_t)box_size - SEAL_NONCE - SEAL_TAG;
    *plain = mem_must(*size + 1);
    ctx = EVP_CIPHER_CTX_new();
    check(ctx != NULL);
    good = seal_decrypt(ctx, key, label, box, *size, *plain);
    EVP_CIPHER_CTX_free(ctx);
    mem_free(box);
    if (good)
        return ERR_OK;
    OPENSSL_cleanse(*plain, *size); /* what did not authenticate is nobody's */
    mem_free(*plain);
    *plain = NULL;
    *size = 0;
    return err_set(e, ERR_FORBIDDEN, "sealed under another key or name, or changed since");
}
