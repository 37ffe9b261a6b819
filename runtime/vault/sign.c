/* sign.c - HMAC through OpenSSL; comparisons take the same time wherever the texts differ. */
#include "vault/sign.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/check.h"

#define SIGN_TEXT (2 * SIGN_MAX + 4) /* hex is the longest spelling */

static const EVP_MD *sign_digest(const char *algorithm)
{
    if (strcmp(algorithm, "sha256") == 0)
        return EVP_sha256();
    if (strcmp(algorithm, "sha512") == 0)
        return EVP_sha512();
    if (strcmp(algorithm, "sha1") == 0)
        return EVP_sha1(); /* some systems sign with nothing better; HMAC with it still holds */
    return NULL;
}

size_t sign_hmac(const char *algorithm, const void *key, size_t key_size, const void *text,
                 size_t size, unsigned char mac[SIGN_MAX])
{
    const EVP_MD *digest = sign_digest(algorithm);
    unsigned mac_size = 0;

    check(key != NULL || key_size == 0);
    check(text != NULL || size == 0);
    if (digest == NULL || key_size > INT32_MAX)
        return 0;
    if (HMAC(digest, key != NULL ? key : "", (int)key_size, text != NULL ? text : "", size, mac,
             &mac_size) == NULL)
        return 0;
    check(mac_size <= SIGN_MAX);
    return mac_size;
}

/* The spelling that the sender should have used; 0: no such encoding. */
static size_t sign_spell(const char *encoding, const unsigned char *mac, size_t size,
                         char text[SIGN_TEXT])
{
    if (strcmp(encoding, "base64") == 0)
        return (size_t)EVP_EncodeBlock((unsigned char *)text, mac, (int)size);
    if (strcmp(encoding, "hex") != 0)
        return 0;
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = "0123456789abcdef"[mac[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[mac[i] & 15];
    }
    return 2 * size;
}

static bool sign_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool sign_hmac_matches(const char *algorithm, const char *encoding, const void *key,
                       size_t key_size, const void *text, size_t size, const char *signature)
{
    unsigned char mac[SIGN_MAX];
    char wanted[SIGN_TEXT], given[SIGN_TEXT];
    size_t mac_size = sign_hmac(algorithm, key, key_size, text, size, mac);
    size_t length = mac_size > 0 ? sign_spell(encoding, mac, mac_size, wanted) : 0;
    size_t given_size = strlen(signature);
    bool hex = strcmp(encoding, "hex") == 0;

    while (given_size > 0 && sign_space(*signature)) {
        signature++;
        given_size--;
    }
    while (given_size > 0 && sign_space(signature[given_size - 1]))
        given_size--;
    if (key_size == 0)
        return false; /* anybody can sign with an empty key */
    if (length == 0 || given_size != length)
        return false; /* the length of a signature is no secret */
    for (size_t i = 0; i < length; i++)
        given[i] = hex && signature[i] >= 'A' && signature[i] <= 'F'
                       ? (char)(signature[i] - 'A' + 'a')
                       : signature[i];
    return CRYPTO_memcmp(wanted, given, length) == 0;
}

bool sign_equal(const char *a, const char *b)
{
    size_t size = strlen(b);
    bool same_size = strlen(a) == size;

    return (CRYPTO_memcmp(same_size ? a : b, b, size) == 0) & same_size;
}
