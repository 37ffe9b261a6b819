/* password.c - what is good enough as a password; Argon2id against the vectors of RFC 9106's
 * reference; parameters of before; the decoy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vault/password.h"

static enum err_code judge(const char *password)
{
    struct err e;

    return password_check(password, strlen(password), "anna.miller", &e);
}

static void the_length_decides_and_below_fifteen_the_mixture(void **state)
{
    (void)state;
    assert_int_equal(judge("vq7kd02mzp1"), ERR_INVALID);  /* 11 */
    assert_int_equal(judge("vq7kd02mzp1x"), ERR_OK);      /* 12, both */
    assert_int_equal(judge("vqukdgtmzpbx"), ERR_INVALID); /* 12, letters only */
    assert_int_equal(judge("830275519364"), ERR_INVALID); /* 12, digits only */
    assert_int_equal(judge("vqukdgtmzpbxhwn"), ERR_OK);   /* 15, no mixture is asked for */
    assert_int_equal(judge("correct horse battery staple"), ERR_OK);
    /* characters count, not bytes: 11 of two bytes each, then 15 */
    assert_int_equal(judge("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F\xC3\xA9\xC3\xA8\xC3\xA0\xC3\xB9\xC3"
                           "\xA7\xC3\xB1\xC3\xB5"),
                     ERR_INVALID);
    assert_int_equal(judge("\xD0\xBF\xD0\xB0\xD1\x80\xD0\xBE\xD0\xBB\xD1\x8C \xD0\xBD\xD0\xB5 "
                           "\xD0\xBB\xD1\x91\xD0\xB3\xD0\xBA\xD0\xB8\xD0\xB9"),
                     ERR_OK);
}

static void at_most_1024_bytes_and_only_utf_8(void **state)
{
    char text[PASSWORD_MOST + 2];
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + (i * 7 + i / 26 * 5 + i / 5) % 26);
    assert_int_equal(password_check(text, PASSWORD_MOST, "anna", &e), ERR_OK);
    assert_int_equal(password_check(text, PASSWORD_MOST + 1, "anna", &e), ERR_INVALID);
    assert_int_equal(password_check("abc\xFF\xFE wrong bytes here", 22, "anna", &e), ERR_INVALID);
}

static void what_everybody_tries_is_refused(void **state)
{
    static const char *const common[] = {
        "password1234",    "Password1234!",  "P@ssw0rd1234",         "1q2w3e4r5t6y",
        "qwertyuiop123",   "123456789012a",  "Welcome2026!!",        "administrator1",
        "aaaaaaaaaaaaaaa", "abcabcabcabc1",  "Summer2026Summer2026", "iloveyou12345",
        "Aa@1234567890",   "1qaz2wsx3edc",   "passwordpassword1",    "Admin@12345678",
        "qwertyqwerty12",  "zxcvbnm,./1234", "987654321098a",        "Letmein-2026-Letmein",
    };
    static const char *const fine[] = {
        "x7Kq93mPzT2v",
        "horse 9 umbrella",
        "river-cobalt-thimble",
        "Tuesday's gr4vel pit",
        "my password is a walrus in Oslo",
        "kd83-lsmw-20xv-qp71",
    };

    (void)state;
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (judge(common[i]) != ERR_INVALID)
            fail_msg("%s was taken", common[i]);
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        if (judge(fine[i]) != ERR_OK)
            fail_msg("%s was refused", fine[i]);
}

static void the_name_is_no_password(void **state)
{
    (void)state;
    assert_int_equal(judge("anna.miller2026"), ERR_INVALID);
    assert_int_equal(judge("XX-Anna.Miller-7"), ERR_INVALID);
    assert_int_equal(judge("anna.miller rides a cobalt tram"), ERR_OK);
}

static void a_refusal_does_not_repeat_the_password(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(password_check("Password1234!", 13, "anna", &e), ERR_INVALID);
    assert_null(strstr(e.text, "Password1234"));
}

/* libargon2's own test.c: version 0x13, Argon2id, t=2, m=2^16 KiB, "password", "somesalt". */
static void the_vector_of_the_reference_matches(void **state)
{
    static const char kept[] = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ"
                               "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

    (void)state;
    assert_true(password_matches(kept, "password", 8));
    assert_false(password_matches(kept, "passwore", 8));
    assert_false(password_is_current(kept)); /* other costs: made anew at the next sign-in */
}

static void what_is_kept_matches_its_password_only(void **state)
{
    static const unsigned char salt[PASSWORD_SALT] = "sixteen bytes 00";
    char kept[PASSWORD_TEXT], other[PASSWORD_TEXT];
    struct err e;

    (void)state;
    assert_int_equal(password_keep("vq7kd02mzp1x", 12, salt, kept, &e), ERR_OK);
    assert_true(strncmp(kept, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0);
    assert_true(password_is_current(kept));
    assert_true(password_matches(kept, "vq7kd02mzp1x", 12));
    assert_false(password_matches(kept, "vq7kd02mzp1X", 12));
    assert_false(password_matches(kept, "vq7kd02mzp1", 11)); /* nothing is cut off */
    assert_false(password_matches(kept, "", 0));
    /* a composed letter and a letter with its accent are the same password */
    assert_int_equal(password_keep("caf\xC3\xA9 au lait 12", 16, salt, other, &e), ERR_OK);
    assert_true(password_matches(other, "cafe\xCC\x81 au lait 12", 17));
}

static void damaged_or_greedy_texts_match_nothing(void **state)
{
    static const char *const wrong[] = {
        "",
        "$argon2id$",
        "plain",
        "$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1a",
        "$argon2id$v=19$m=19456,t=200,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$***",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(password_matches(wrong[i], "password", 8));
}

static void the_decoy_costs_the_same_and_matches_nothing(void **state)
{
    unsigned char random[PASSWORD_SALT + 32];
    char kept[PASSWORD_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof random; i++)
        random[i] = (unsigned char)(i * 37 + 5);
    password_decoy(random, kept);
    assert_true(password_is_current(kept)); /* the same costs */
    assert_int_equal(strlen(kept), 97);
    assert_false(password_matches(kept, "vq7kd02mzp1x", 12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_length_decides_and_below_fifteen_the_mixture),
        cmocka_unit_test(at_most_1024_bytes_and_only_utf_8),
        cmocka_unit_test(what_everybody_tries_is_refused),
        cmocka_unit_test(the_name_is_no_password),
        cmocka_unit_test(a_refusal_does_not_repeat_the_password),
        cmocka_unit_test(the_vector_of_the_reference_matches),
        cmocka_unit_test(what_is_kept_matches_its_password_only),
        cmocka_unit_test(damaged_or_greedy_texts_match_nothing),
        cmocka_unit_test(the_decoy_costs_the_same_and_matches_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
