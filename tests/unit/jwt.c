/* jwt.c - signed tokens: each is taken apart again and verified with the public key; keys that do
 * not fit are refused; PKCE against the vector of RFC 7636, appendix B. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "vault/jwt.h"

static EVP_PKEY *make_key(const char *kind, unsigned bits)
{
    EVP_PKEY *key = strcmp(kind, "RSA") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits)
                                             : EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);

    assert_non_null(key);
    return key;
}

static size_t pem_of(EVP_PKEY *key, const char *password, char text[20000])
{
    BIO *bio = BIO_new(BIO_s_mem());
    int size;

    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(
                         bio, key, password != NULL ? EVP_aes_256_cbc() : NULL, password,
                         password != NULL ? (int)strlen(password) : 0, NULL, NULL),
                     1);
    size = BIO_read(bio, text, 20000 - 1);
    assert_true(size > 0);
    text[size] = '\0';
    BIO_free(bio);
    return (size_t)size;
}

/* Base64 of URLs back to bytes. */
static void decode(const char *text, size_t size, struct buf *out)
{
    struct buf padded;

    buf_init(&padded, 64 * KIB);
    for (size_t i = 0; i < size; i++)
        buf_add_char(&padded, text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]);
    while (padded.len % 4 != 0)
        buf_add_char(&padded, '=');
    assert_true(base64_read(out, buf_text(&padded), padded.len));
    buf_fini(&padded);
}

/* The two numbers as DER again. */
static void wrap_curve(struct buf *signature)
{
    ECDSA_SIG *numbers = ECDSA_SIG_new();
    int half = (int)signature->len / 2, size;
    unsigned char der[200], *at = der;

    assert_int_equal(ECDSA_SIG_set0(numbers, BN_bin2bn((unsigned char *)signature->at, half, NULL),
                                    BN_bin2bn((unsigned char *)signature->at + half, half, NULL)),
                     1);
    size = i2d_ECDSA_SIG(numbers, &at);
    ECDSA_SIG_free(numbers);
    buf_clear(signature);
    buf_add(signature, der, (size_t)size);
}

static bool verifies(EVP_PKEY *key, const char *algorithm, const char *token)
{
    const char *dot = strrchr(token, '.');
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *md = strstr(algorithm, "384") ? EVP_sha384() : EVP_sha256();
    EVP_PKEY_CTX *options = NULL;
    struct buf signature;
    bool ok;

    buf_init(&signature, 4 * KIB);
    decode(dot + 1, strlen(dot + 1), &signature);
    if (algorithm[0] == 'E') {
        assert_int_equal(signature.len, algorithm[2] == '3' ? 96 : 64);
        wrap_curve(&signature);
    }
    assert_int_equal(EVP_DigestVerifyInit(context, &options, md, NULL, key), 1);
    if (algorithm[0] == 'P') {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, 32), 1);
    }
    ok = EVP_DigestVerify(context, (unsigned char *)signature.at, signature.len,
                          (const unsigned char *)token, (size_t)(dot - token)) == 1;
    EVP_MD_CTX_free(context);
    buf_fini(&signature);
    return ok;
}

static enum err_code write(const char *algorithm, const char *key, size_t size, struct buf *token,
                           struct err *e)
{
    json_t *header = json_pack("{s:s}", "kid", "k1"), *claims = json_pack("{s:s}", "iss", "me");
    enum err_code rc;

    buf_clear(token);
    rc = jwt_write(token, algorithm, header, claims, key, size, e);
    json_decref(header);
    json_decref(claims);
    return rc;
}

static void tokens_verify(void **state)
{
    static const struct {
        const char *algorithm, *kind;
    } cases[] = { { "RS256", "RSA" },
                  { "RS384", "RSA" },
                  { "PS256", "RSA" },
                  { "ES256", "P-256" },
                  { "ES384", "P-384" } };
    char pem[20000];
    struct buf token, part;
    struct err e;

    (void)state;
    buf_init(&token, 64 * KIB);
    buf_init(&part, 64 * KIB);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        EVP_PKEY *key = make_key(cases[i].kind, 2048), *other = make_key(cases[i].kind, 2048);
        size_t size = pem_of(key, NULL, pem);

        for (int k = 0; k < 20; k++) { /* the numbers of a curve are sometimes short */
            assert_int_equal(write(cases[i].algorithm, pem, size, &token, &e), ERR_OK);
            assert_true(verifies(key, cases[i].algorithm, buf_text(&token)));
        }
        assert_false(verifies(other, cases[i].algorithm, buf_text(&token)));
        buf_clear(&part);
        decode(buf_text(&token), strcspn(buf_text(&token), "."), &part);
        assert_non_null(strstr(buf_text(&part), "\"kid\":\"k1\""));
        assert_non_null(strstr(buf_text(&part), cases[i].algorithm));
        EVP_PKEY_free(key);
        EVP_PKEY_free(other);
    }
    buf_fini(&token);
    buf_fini(&part);
}

static void keys_that_do_not_fit_are_refused(void **state)
{
    EVP_PKEY *rsa = make_key("RSA", 2048), *weak = make_key("RSA", 1024);
    EVP_PKEY *curve = make_key("P-384", 0);
    char pem[20000];
    struct buf token;
    struct err e;
    size_t size;

    (void)state;
    buf_init(&token, 64 * KIB);
    size = pem_of(rsa, NULL, pem);
    assert_int_equal(write("ES256", pem, size, &token, &e), ERR_AUTH);
    assert_int_equal(write("none", pem, size, &token, &e), ERR_AUTH);
    assert_int_equal(write("RS256", pem, size / 2, &token, &e), ERR_AUTH);
    assert_int_equal(write("RS256", "secret", 6, &token, &e), ERR_AUTH);
    assert_null(strstr(e.text, "secret"));
    size = pem_of(rsa, "password", pem);
    assert_int_equal(write("RS256", pem, size, &token, &e), ERR_AUTH);
    size = pem_of(weak, NULL, pem);
    assert_int_equal(write("RS256", pem, size, &token, &e), ERR_AUTH);
    assert_non_null(strstr(e.text, "1024"));
    size = pem_of(curve, NULL, pem);
    assert_int_equal(write("ES256", pem, size, &token, &e), ERR_AUTH);
    assert_int_equal(write("HS256", "", 0, &token, &e), ERR_AUTH);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(weak);
    EVP_PKEY_free(curve);
    buf_fini(&token);
}

static void pkce_is_that_of_the_standard(void **state)
{
    /* RFC 7636, appendix B */
    static const unsigned char random[PKCE_RANDOM] = { 116, 24,  223, 180, 151, 153, 224, 37,
                                                       79,  250, 96,  125, 216, 173, 187, 186,
                                                       22,  212, 37,  77,  105, 214, 191, 240,
                                                       91,  88,  5,   88,  83,  132, 141, 121 };
    char verifier[PKCE_TEXT], challenge[PKCE_TEXT];

    (void)state;
    pkce_verifier(random, verifier);
    assert_string_equal(verifier, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    pkce_challenge(verifier, challenge);
    assert_string_equal(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

static void base64_of_urls(void **state)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = {
        { "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" }, { "\xff\xfe", "__4" }
    };
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_clear(&out);
        jwt_base64(&out, cases[i].bytes, strlen(cases[i].bytes));
        assert_string_equal(buf_text(&out), cases[i].text);
    }
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_verify),
        cmocka_unit_test(keys_that_do_not_fit_are_refused),
        cmocka_unit_test(pkce_is_that_of_the_standard),
        cmocka_unit_test(base64_of_urls),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
