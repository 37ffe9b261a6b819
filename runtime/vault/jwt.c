/* jwt.c - signed JSON Web Tokens through OpenSSL.
 *
 * OpenSSL signs with an elliptic curve in DER; a token wants the two numbers one behind the other,
 * each as long as the curve (RFC 7518, 3.4). */
#include "vault/jwt.h"

#include <limits.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define JWT_TEXT      (16 * KIB)
#define JWT_SIGNATURE 2048 /* RSA with 16384 bits */
#define JWT_RSA_BITS  2048 /* RFC 7518, 3.3: a shorter key must not be used */

enum jwt_kind { JWT_RSA, JWT_PSS, JWT_CURVE, JWT_HMAC };

struct jwt_way {
    const char *name;
    enum jwt_kind kind;
    const EVP_MD *(*digest)(void);
    unsigned half; /* bytes of each number of a curve's signature */
};
static const struct jwt_way jwt_ways[] = {
    { "RS256", JWT_RSA, EVP_sha256, 0 },    { "RS384", JWT_RSA, EVP_sha384, 0 },
    { "RS512", JWT_RSA, EVP_sha512, 0 },    { "PS256", JWT_PSS, EVP_sha256, 0 },
    { "ES256", JWT_CURVE, EVP_sha256, 32 }, { "ES384", JWT_CURVE, EVP_sha384, 48 },
    { "HS256", JWT_HMAC, EVP_sha256, 0 },   { "HS512", JWT_HMAC, EVP_sha512, 0 },
};

static const struct jwt_way *jwt_way(const char *name)
{
    for (size_t i = 0; i < sizeof jwt_ways / sizeof *jwt_ways; i++)
        if (strcmp(jwt_ways[i].name, name) == 0)
            return &jwt_ways[i];
    return NULL;
}

bool jwt_algorithm(const char *name)
{
    return jwt_way(name) != NULL;
}

void jwt_base64(struct buf *out, const void *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *at = bytes;

    for (size_t i = 0; i < size; i += 3) {
        size_t rest = size - i;
        unsigned group = (unsigned)at[i] << 16;

        if (rest > 1)
            group |= (unsigned)at[i + 1] << 8;
        if (rest > 2)
            group |= at[i + 2];
        for (unsigned k = 0; k < (rest > 2 ? 4 : rest + 1); k++)
            buf_add_char(out, digits[(group >> (18 - 6 * k)) & 63]);
    }
}

/* ---- Keys */

/* Never asks a terminal: a key that wants a password is none. */
static int jwt_no_password(char *into, int size, int writing, void *arg)
{
    (void)into, (void)size, (void)writing, (void)arg;
    return -1;
}

static EVP_PKEY *jwt_key(const struct jwt_way *way, const void *pem, size_t size, struct err *e)
{
    BIO *bio = size <= INT_MAX ? BIO_new_mem_buf(pem, (int)size) : NULL;
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, jwt_no_password, NULL) : NULL;
    int wanted = way->kind == JWT_CURVE ? EVP_PKEY_EC : EVP_PKEY_RSA;

    BIO_free(bio);
    ERR_clear_error();
    if (key == NULL) {
        err_set(e, ERR_AUTH,
                "the key that signs for %s is no private key in PEM without a password", way->name);
    } else if (EVP_PKEY_get_base_id(key) != wanted ||
               (wanted == EVP_PKEY_EC && EVP_PKEY_get_bits(key) != (int)way->half * 8)) {
        err_set(e, ERR_AUTH, "the private key is not of the kind that %s signs with", way->name);
        EVP_PKEY_free(key);
        key = NULL;
    } else if (wanted == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < JWT_RSA_BITS) {
        err_set(e, ERR_AUTH, "the private key has %d bits; %s wants %d at least",
                EVP_PKEY_get_bits(key), way->name, JWT_RSA_BITS);
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

/* ---- Signatures */

static bool jwt_sign_key(const struct jwt_way *way, EVP_PKEY *key, const char *text, size_t size,
                         unsigned char signature[JWT_SIGNATURE], size_t *signature_size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = NULL;
    bool ok =
        context != NULL && EVP_DigestSignInit(context, &options, way->digest(), NULL, key) == 1;

    if (ok && way->kind == JWT_PSS)
        ok = EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
    *signature_size = JWT_SIGNATURE;
    if (ok)
        ok = EVP_DigestSign(context, signature, signature_size, (const unsigned char *)text,
                            size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return ok;
}

static bool jwt_unwrap_curve(const struct jwt_way *way, unsigned char signature[JWT_SIGNATURE],
                             size_t *size)
{
    const unsigned char *at = signature;
    ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &at, (long)*size);
    bool ok = numbers != NULL;

    if (ok)
        ok = BN_bn2binpad(ECDSA_SIG_get0_r(numbers), signature, (int)way->half) > 0 &&
             BN_bn2binpad(ECDSA_SIG_get0_s(numbers), signature + way->half, (int)way->half) > 0;
    *size = (size_t)2 * way->half;
    ECDSA_SIG_free(numbers);
    return ok;
}

static enum err_code jwt_sign(const struct jwt_way *way, const void *key, size_t key_size,
                              const char *text, size_t size, unsigned char signature[JWT_SIGNATURE],
                              size_t *signature_size, struct err *e)
{
    unsigned mac = 0;
    EVP_PKEY *pem;
    bool ok;

    if (way->kind == JWT_HMAC) {
        ok = key_size > 0 && key_size <= INT_MAX &&
             HMAC(way->digest(), key, (int)key_size, (const unsigned char *)text, size, signature,
                  &mac) != NULL;
        *signature_size = mac;
        return ok ? ERR_OK : err_set(e, ERR_AUTH, "the key that signs is empty");
    }
    pem = jwt_key(way, key, key_size, e);
    if (pem == NULL)
        return e->code;
    ok = jwt_sign_key(way, pem, text, size, signature, signature_size);
    if (ok && way->kind == JWT_CURVE)
        ok = jwt_unwrap_curve(way, signature, signature_size);
    EVP_PKEY_free(pem);
    return ok ? ERR_OK : err_set(e, ERR_AUTH, "the private key did not sign (%s)", way->name);
}

static enum err_code jwt_write_part(struct buf *token, const json_t *part, struct err *e)
{
    struct buf text;
    enum err_code rc;

    buf_init(&text, JWT_TEXT);
    json_write(&text, part);
    rc = buf_check(&text, "a part of a signed token", e);
    if (rc == ERR_OK)
        jwt_base64(token, buf_text(&text), text.len);
    buf_fini(&text);
    return rc;
}

enum err_code jwt_write(struct buf *token, const char *algorithm, json_t *header,
                        const json_t *claims, const void *key, size_t key_size, struct err *e)
{
    const struct jwt_way *way = jwt_way(algorithm);
    unsigned char signature[JWT_SIGNATURE];
    size_t size = 0, begin = token->len;
    bool failed = false;

    check(json_is_object(header) && json_is_object(claims));
    if (way == NULL)
        return err_set(e, ERR_AUTH, "\"%.20s\" is no algorithm to sign a token with", algorithm);
    if (json_object_get(header, "typ") == NULL)
        json_put(header, "typ", json_string("JWT"), &failed);
    if (json_object_get(header, "alg") == NULL)
        json_put(header, "alg", json_string(algorithm), &failed);
    if (failed)
        return err_set(e, ERR_MEMORY, "out of memory for a signed token");
    if (jwt_write_part(token, header, e) != ERR_OK)
        return e->code;
    buf_add_char(token, '.');
    if (jwt_write_part(token, claims, e) != ERR_OK ||
        buf_check(token, "a signed token", e) != ERR_OK)
        return e->code;
    if (jwt_sign(way, key, key_size, buf_text(token) + begin, token->len - begin, signature, &size,
                 e) != ERR_OK)
        return e->code;
    buf_add_char(token, '.');
    jwt_base64(token, signature, size);
    return buf_check(token, "a signed token", e);
}

/* ---- Certificates */

enum err_code jwt_thumbprint(struct buf *out, const char *digest, const char *pem, size_t size,
                             struct err *e)
{
    BIO *bio = size <= INT_MAX ? BIO_new_mem_buf(pem, (int)size) : NULL;
    X509 *certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, jwt_no_password, NULL) : NULL;
    const EVP_MD *md = strcmp(digest, "sha1") == 0 ? EVP_sha1() : EVP_sha256();
    unsigned char print[EVP_MAX_MD_SIZE];
    unsigned print_size = 0;
    bool ok = certificate != NULL && X509_digest(certificate, md, print, &print_size) == 1;

    X509_free(certificate);
    BIO_free(bio);
    ERR_clear_error();
    if (!ok)
        return err_set(e, ERR_AUTH, "the certificate is none in PEM");
    jwt_base64(out, print, print_size);
    return buf_check(out, "a thumbprint", e);
}

/* ---- PKCE */

static void pkce_text(const unsigned char bytes[32], char text[PKCE_TEXT])
{
    struct buf out;

    buf_init_secret(&out, PKCE_TEXT);
    jwt_base64(&out, bytes, 32);
    check(buf_ok(&out) && out.len == PKCE_TEXT - 1);
    memcpy(text, buf_text(&out), PKCE_TEXT);
    buf_fini(&out);
}

void pkce_verifier(const unsigned char random[PKCE_RANDOM], char verifier[PKCE_TEXT])
{
    pkce_text(random, verifier);
}

void pkce_challenge(const char *verifier, char challenge[PKCE_TEXT])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    check(EVP_Digest(verifier, strlen(verifier), digest, &size, EVP_sha256(), NULL) == 1);
    check(size == 32);
    pkce_text(digest, challenge);
}
