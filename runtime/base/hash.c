/* hash.c - OpenSSL's SHA-256; the HMAC (RFC 2104) starts from two states that the key has been
 * through, so that a text costs no more than its own blocks. */
#include "base/hash.h"

#include <endian.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/check.h"
#include "base/hex.h"
#include "base/mem.h"

#define HASH_MAGIC 0x68617368u
#define HASH_BLOCK 64u

struct hash {
    unsigned magic;
    bool keyed;
    EVP_MD *kind;
    EVP_MD_CTX *at;            /* of the text under way */
    EVP_MD_CTX *inner, *outer; /* behind the key; NULL without one */
};

static EVP_MD_CTX *hash_state(const struct hash *hash, const unsigned char *block)
{
    EVP_MD_CTX *state = EVP_MD_CTX_new();

    check(state != NULL);
    check(EVP_DigestInit_ex2(state, hash->kind, NULL) == 1);
    if (block != NULL)
        check(EVP_DigestUpdate(state, block, HASH_BLOCK) == 1);
    return state;
}

static void hash_begin(struct hash *hash)
{
    if (hash->keyed)
        check(EVP_MD_CTX_copy_ex(hash->at, hash->inner) == 1);
    else
        check(EVP_DigestInit_ex2(hash->at, NULL, NULL) == 1);
}

static void hash_key(struct hash *hash, const void *key, size_t size)
{
    unsigned char block[HASH_BLOCK] = { 0 };

    if (size > HASH_BLOCK)
        check(EVP_Digest(key, size, block, NULL, hash->kind, NULL) == 1);
    else if (size > 0)
        memcpy(block, key, size);
    for (size_t i = 0; i < HASH_BLOCK; i++)
        block[i] ^= 0x36;
    hash->inner = hash_state(hash, block);
    for (size_t i = 0; i < HASH_BLOCK; i++)
        block[i] ^= 0x36 ^ 0x5c;
    hash->outer = hash_state(hash, block);
    OPENSSL_cleanse(block, sizeof(block));
    hash->keyed = true;
}

struct hash *hash_new(const void *key, size_t size)
{
    struct hash *hash = mem_must(sizeof(*hash));

    hash->magic = HASH_MAGIC;
    hash->kind = EVP_MD_fetch(NULL, "SHA256", NULL);
    check(hash->kind != NULL);
    hash->at = hash_state(hash, NULL);
    if (key != NULL)
        hash_key(hash, key, size);
    hash_begin(hash);
    return hash;
}

void hash_free(struct hash *hash)
{
    if (hash == NULL)
        return;
    CHECK_OBJ(hash, HASH_MAGIC);
    EVP_MD_CTX_free(hash->at); /* which wipes */
    EVP_MD_CTX_free(hash->inner);
    EVP_MD_CTX_free(hash->outer);
    EVP_MD_free(hash->kind);
    hash->magic = 0;
    mem_free(hash);
}

void hash_add(struct hash *hash, const void *bytes, size_t size)
{
    CHECK_OBJ(hash, HASH_MAGIC);
    check(EVP_DigestUpdate(hash->at, bytes, size) == 1);
}

void hash_add_int(struct hash *hash, uint64_t value)
{
    uint64_t bytes = htobe64(value);

    hash_add(hash, &bytes, sizeof(bytes));
}

void hash_end(struct hash *hash, unsigned char out[HASH_SIZE])
{
    CHECK_OBJ(hash, HASH_MAGIC);
    check(EVP_DigestFinal_ex(hash->at, out, NULL) == 1);
    if (hash->keyed) {
        check(EVP_MD_CTX_copy_ex(hash->at, hash->outer) == 1);
        check(EVP_DigestUpdate(hash->at, out, HASH_SIZE) == 1);
        check(EVP_DigestFinal_ex(hash->at, out, NULL) == 1);
    }
    hash_begin(hash);
}

void hash_text(const unsigned char hash[HASH_SIZE], char text[HASH_TEXT])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < HASH_SIZE; i++) {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 15];
    }
    text[HASH_TEXT - 1] = '\0';
}

bool hash_parse(const char *text, unsigned char hash[HASH_SIZE])
{
    if (strlen(text) != HASH_TEXT - 1)
        return false;
    for (size_t i = 0; i < HASH_SIZE; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        hash[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

bool hash_equal(const unsigned char a[HASH_SIZE], const unsigned char b[HASH_SIZE])
{
    return CRYPTO_memcmp(a, b, HASH_SIZE) == 0;
}
