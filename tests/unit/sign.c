/* sign.c - HMAC against the vectors of RFC 4231 and RFC 2202, and how signatures are compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "vault/sign.h"

struct vector {
    const char *algorithm;
    unsigned char key_byte; /* repeated; 0: key_text */
    size_t key_size;
    const char *key_text;
    unsigned char byte; /* repeated; 0: text */
    size_t size;
    const char *text;
    const char *mac;
};

static const struct vector vectors[] = {
    /* RFC 4231, 4.2 to 4.4, 4.7, 4.8 */
    { "sha256", 0x0b, 20, NULL, 0, 8, "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
    { "sha512", 0x0b, 20, NULL, 0, 8, "Hi There",
      "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
      "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854" },
    { "sha256", 0, 4, "Jefe", 0, 28, "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    { "sha512", 0, 4, "Jefe", 0, 28, "what do ya want for nothing?",
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
      "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
    { "sha256", 0xaa, 20, NULL, 0xdd, 50, NULL,
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
    { "sha512", 0xaa, 20, NULL, 0xdd, 50, NULL,
      "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
      "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb" },
    { "sha256", 0xaa, 131, NULL, 0, 54, "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
    { "sha512", 0xaa, 131, NULL, 0, 54, "Test Using Larger Than Block-Size Key - Hash Key First",
      "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
      "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598" },
    /* RFC 2202, 3 */
    { "sha1", 0x0b, 20, NULL, 0, 8, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00" },
    { "sha1", 0, 4, "Jefe", 0, 28, "what do ya want for nothing?",
      "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
};

static void vectors_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const struct vector *v = &vectors[i];
        unsigned char key[131], text[64], mac[SIGN_MAX];
        char hex[2 * SIGN_MAX + 1];
        size_t size;

        memset(key, v->key_byte, sizeof key);
        memset(text, v->byte, sizeof text);
        if (v->key_text != NULL)
            memcpy(key, v->key_text, v->key_size);
        if (v->text != NULL)
            memcpy(text, v->text, v->size);
        size = sign_hmac(v->algorithm, key, v->key_size, text, v->size, mac);
        assert_int_equal(2 * size, strlen(v->mac));
        for (size_t k = 0; k < size; k++)
            snprintf(hex + 2 * k, 3, "%02x", mac[k]);
        assert_string_equal(hex, v->mac);
        assert_true(sign_hmac_matches(v->algorithm, "hex", key, v->key_size, text, v->size, hex));
    }
}

#define JEFE     "Jefe", 4, "what do ya want for nothing?", 28
#define JEFE_HEX "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
#define JEFE_B64 "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="

static void spellings_of_a_right_signature(void **state)
{
    static const char *const right[][2] = {
        { "hex", JEFE_HEX },
        { "hex", "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843" },
        { "hex", "5BDCc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { "hex", " \t" JEFE_HEX "\r\n" },
        { "base64", JEFE_B64 },
        { "base64", "  " JEFE_B64 " " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        assert_true(sign_hmac_matches("sha256", right[i][0], JEFE, right[i][1]));
}

static void wrong_signatures(void **state)
{
    static const char *const wrong[][2] = {
        { "hex", "" },
        { "hex", "  " },
        { "hex", JEFE_B64 },
        { "hex", JEFE_HEX "00" },
        { "hex", "sha256=" JEFE_HEX },
        { "hex", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec384" },
        { "hex", "5bdcc146 bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { "base64", JEFE_HEX },
        { "base64", "w9zbRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=" }, /* case counts */
        { "base64", "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM" },
        { "base32", JEFE_HEX },
        { "", "" },
    };
    char text[] = JEFE_HEX;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(sign_hmac_matches("sha256", wrong[i][0], JEFE, wrong[i][1]));
    for (size_t i = 0; i < sizeof text - 1; i++) {
        text[i] ^= 1;
        assert_false(sign_hmac_matches("sha256", "hex", JEFE, text));
        text[i] ^= 1;
    }
    assert_false(sign_hmac_matches("md5", "hex", JEFE, "00"));
    assert_false(sign_hmac_matches("sha512", "hex", JEFE, JEFE_HEX));
    assert_false(sign_hmac_matches("sha256", "hex", "jefe", 4, "what do ya want for nothing?", 28,
                                   JEFE_HEX));
}

/* HMAC-SHA-256 of nothing under an empty key: whoever knows the algorithm can send it. */
static void an_empty_key_matches_nothing(void **state)
{
    const char *mac = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";

    (void)state;
    assert_false(sign_hmac_matches("sha256", "hex", "", 0, "", 0, mac));
    assert_false(sign_hmac_matches("sha256", "hex", NULL, 0, NULL, 0, mac));
}

static void equal_texts(void **state)
{
    (void)state;
    assert_true(sign_equal("token", "token"));
    assert_true(sign_equal("", ""));
    assert_false(sign_equal("token", "tokem"));
    assert_false(sign_equal("token", "token "));
    assert_false(sign_equal("toke", "token"));
    assert_false(sign_equal("", "token"));
    assert_false(sign_equal("token", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_match),    cmocka_unit_test(spellings_of_a_right_signature),
        cmocka_unit_test(wrong_signatures), cmocka_unit_test(an_empty_key_matches_nothing),
        cmocka_unit_test(equal_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
