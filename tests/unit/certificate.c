/* certificate.c - until when certificates are valid: the first of a chain to expire counts. */
#include "http_tls_help.h"

#include "base/file.h"
#include "vault/certificate.h"

static int64_t in_days(int64_t ms)
{
    int64_t rest = ms - clock_real()->wall_ms(clock_real());

    return (rest + 3600000) / (TLS_DAY * INT64_C(1000));
}

static void the_first_to_expire_counts(void **state)
{
    char cert[] = "/tmp/weft-cert-XXXXXX", key[] = "/tmp/weft-key-XXXXXX";
    struct buf chain;
    int64_t until;

    (void)state;
    close(mkstemp(cert));
    close(mkstemp(key));
    buf_init(&chain, 64 * KIB);
    for (int days = 30; days > 0; days -= 20) {
        struct err e;
        char *pem;
        size_t size;

        tls_make(cert, key, -1, days, (unsigned)days);
        assert_int_equal(file_read(cert, 64 * KIB, &pem, &size, &e), ERR_OK);
        assert_true(certificate_until(pem, size, &until));
        assert_int_equal(in_days(until), days);
        buf_add(&chain, pem, size);
        mem_free(pem);
    }
    assert_true(certificate_until(buf_text(&chain), chain.len, &until));
    assert_int_equal(in_days(until), 10);
    buf_fini(&chain);
    unlink(cert);
    unlink(key);
}

static void what_is_none_tells_nothing(void **state)
{
    static const char whole[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    static const char *const texts[] = { "", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n",
                                         whole };
    int64_t until;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(certificate_until(texts[i], strlen(texts[i]), &until));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_to_expire_counts),
        cmocka_unit_test(what_is_none_tells_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
