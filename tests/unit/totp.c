/* totp.c - the vectors of RFC 4226 (appendix D), RFC 6238 (appendix B) and RFC 4648 (section 10);
 * the window, and that a code counts once; recovery codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "vault/totp.h"

static const unsigned char secret[TOTP_SECRET + 1] = "12345678901234567890";

static void codes_are_those_of_rfc_4226(void **state)
{
    static const char *const codes[] = { "755224", "287082", "359152", "969429", "338314",
                                         "254676", "287922", "162583", "399871", "520489" };
    char code[9];

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        totp_code(secret, TOTP_SECRET, i, 6, code);
        assert_string_equal(code, codes[i]);
    }
}

static void codes_are_those_of_rfc_6238(void **state)
{
    static const struct {
        int64_t seconds;
        const char *code;
    } rows[] = {
        { 59, "94287082" },         { 1111111109, "07081804" }, { 1111111111, "14050471" },
        { 1234567890, "89005924" }, { 2000000000, "69279037" }, { 20000000000, "65353130" }
    };
    char code[9];

    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        totp_code(secret, TOTP_SECRET, (uint64_t)rows[i].seconds / 30, 8, code);
        assert_string_equal(code, rows[i].code);
    }
}

static void a_code_is_good_one_step_around_and_once(void **state)
{
    int64_t now = INT64_C(1111111111) * 1000;
    uint64_t here = (uint64_t)now / TOTP_STEP_MS, counter = 0;
    char code[9];

    (void)state;
    for (int off = -2; off <= 2; off++) {
        totp_code(secret, TOTP_SECRET, here + (uint64_t)off, 6, code);
        assert_int_equal(totp_matches(secret, code, now, 0, &counter), off >= -1 && off <= 1);
        if (off >= -1 && off <= 1)
            assert_int_equal(counter, here + (uint64_t)off);
    }
    totp_code(secret, TOTP_SECRET, here, 6, code);
    assert_false(totp_matches(secret, code, now, here, &counter)); /* again */
    assert_true(totp_matches(secret, code, now, here - 1, &counter));
    totp_code(secret, TOTP_SECRET, here - 1, 6, code);
    assert_false(totp_matches(secret, code, now, here, &counter)); /* an older one */
}

static void what_is_no_code_is_refused(void **state)
{
    int64_t now = INT64_C(59) * 1000;
    uint64_t counter;

    (void)state;
    assert_true(totp_matches(secret, "287082", now, 0, &counter));
    assert_true(totp_matches(secret, " 287 082 ", now, 0, &counter)); /* as apps show it */
    assert_false(totp_matches(secret, "287083", now, 0, &counter));
    assert_false(totp_matches(secret, "28708", now, 0, &counter));
    assert_false(totp_matches(secret, "2870822", now, 0, &counter));
    assert_false(totp_matches(secret, "", now, 0, &counter));
    assert_false(totp_matches(secret, "28708a", now, 0, &counter));
}

static void base_32_is_that_of_rfc_4648(void **state)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = { { "", "" },
                 { "f", "MY" },
                 { "fo", "MZXQ" },
                 { "foo", "MZXW6" },
                 { "foob", "MZXW6YQ" },
                 { "fooba", "MZXW6YTB" },
                 { "foobar", "MZXW6YTBOI" } };

    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;

        buf_init(&out, 1 * KIB);
        base32_write(&out, (const unsigned char *)rows[i].bytes, strlen(rows[i].bytes));
        assert_string_equal(buf_text(&out), rows[i].text);
        buf_fini(&out);
    }
}

static void the_uri_names_issuer_and_account(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 4 * KIB);
    totp_uri(&out, "Weft", "anna@example.com", secret);
    assert_string_equal(buf_text(&out),
                        "otpauth://totp/Weft:anna%40example.com?secret="
                        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Weft&algorithm=SHA1&digits=6"
                        "&period=30");
    buf_fini(&out);
}

static void recovery_codes_are_read_as_people_type_them(void **state)
{
    unsigned char random[RECOVERY_BYTES];
    char text[RECOVERY_TEXT], typed[64], read[RECOVERY_TEXT];

    (void)state;
    for (unsigned i = 0; i < RECOVERY_BYTES; i++)
        random[i] = (unsigned char)(i * 31 + 7);
    recovery_text(random, text);
    assert_int_equal(strlen(text), RECOVERY_TEXT - 1);
    assert_int_equal(text[4], '-');
    assert_true(recovery_read(text, read));
    assert_string_equal(read, text);
    for (unsigned i = 0; i < RECOVERY_TEXT; i++)
        typed[i] = text[i] == '-' ? ' ' : (char)(text[i] >= 'A' ? text[i] + 32 : text[i]);
    assert_true(recovery_read(typed, read));
    assert_string_equal(read, text);
    assert_false(recovery_read("ABCD-EFGH", read));
    assert_false(recovery_read("ABCD-EFGH-IJKL-MNOP-QRST-UVW1", read)); /* 1 is no letter of it */
    snprintf(typed, sizeof typed, "%sA", text);
    assert_false(recovery_read(typed, read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_rfc_4226),
        cmocka_unit_test(codes_are_those_of_rfc_6238),
        cmocka_unit_test(a_code_is_good_one_step_around_and_once),
        cmocka_unit_test(what_is_no_code_is_refused),
        cmocka_unit_test(base_32_is_that_of_rfc_4648),
        cmocka_unit_test(the_uri_names_issuer_and_account),
        cmocka_unit_test(recovery_codes_are_read_as_people_type_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
