/* http_tls_help.h - for tests of the listener under TLS: certificates made on the spot, a client
 * that talks to the listener from the same thread. */
#ifndef TESTS_UNIT_HTTP_TLS_HELP_H
#define TESTS_UNIT_HTTP_TLS_HELP_H

#include "http_in_tries.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#define TLS_DAY    86400
#define TLS_CLIENT "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* A self-signed certificate and its key into these files; valid from and until so many days from
 * now. */
WIRE_UNUSED void tls_make(const char *cert_file, const char *key_file, int from, int until,
                          unsigned serial)
{
    int64_t now = clock_real()->wall_ms(clock_real()) / 1000;
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t cert;
    gnutls_datum_t out;
    FILE *f;

    gnutls_x509_privkey_init(&key);
    gnutls_x509_crt_init(&cert);
    assert_int_equal(gnutls_x509_privkey_generate(
                         key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                     0);
    gnutls_x509_crt_set_version(cert, 3);
    gnutls_x509_crt_set_serial(cert, &serial, sizeof(serial));
    gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_DNSNAME, "weft.example", 12, 0);
    gnutls_x509_crt_set_activation_time(cert, (time_t)(now + (int64_t)from * TLS_DAY));
    gnutls_x509_crt_set_expiration_time(cert, (time_t)(now + (int64_t)until * TLS_DAY));
    gnutls_x509_crt_set_key(cert, key);
    assert_int_equal(gnutls_x509_crt_sign2(cert, cert, key, GNUTLS_DIG_SHA256, 0), 0);
    assert_int_equal(gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_PEM, &out), 0);
    f = fopen(cert_file, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(out.data, 1, out.size, f), out.size);
    fclose(f);
    gnutls_free(out.data);
    assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &out), 0);
    f = fopen(key_file, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(out.data, 1, out.size, f), out.size);
    fclose(f);
    gnutls_free(out.data);
    gnutls_x509_crt_deinit(cert);
    gnutls_x509_privkey_deinit(key);
}

/* ---- a client ---- */

struct tls_wire {
    struct wire wire; /* `got` is what came decrypted */
    gnutls_session_t session;
    gnutls_certificate_credentials_t none;
    int failed; /* of the handshake; 0: it succeeded */
};

/* Connects and shakes hands, as far as that goes. */
WIRE_UNUSED void tls_wire_connect(struct tls_wire *w, struct loop *loop, unsigned port,
                                  const char *priority)
{
    wire_connect(&w->wire, port);
    assert_int_equal(gnutls_init(&w->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL),
                     0);
    gnutls_certificate_allocate_credentials(&w->none);
    gnutls_credentials_set(w->session, GNUTLS_CRD_CERTIFICATE, w->none);
    assert_int_equal(gnutls_priority_set_direct(w->session, priority, NULL), 0);
    gnutls_server_name_set(w->session, GNUTLS_NAME_DNS, "weft.example", 12);
    gnutls_transport_set_int(w->session, w->wire.fd);
    WIRE_UNTIL(loop, (w->failed = gnutls_handshake(w->session),
                      w->failed == 0 || gnutls_error_is_fatal(w->failed) != 0));
}

WIRE_UNUSED void tls_wire_read(struct tls_wire *w)
{
    char bytes[4096];
    ssize_t size;

    while (!w->wire.ended) {
        size = gnutls_record_recv(w->session, bytes, sizeof(bytes));
        if (size == GNUTLS_E_AGAIN || size == GNUTLS_E_INTERRUPTED)
            return;
        if (size <= 0)
            w->wire.ended = true;
        else
            buf_add(&w->wire.got, bytes, (size_t)size);
    }
}

WIRE_UNUSED void tls_wire_send(struct tls_wire *w, struct loop *loop, const char *bytes,
                               size_t size)
{
    while (size > 0 && !w->wire.ended) {
        ssize_t sent = gnutls_record_send(w->session, bytes, size);

        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
        } else if (sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED) {
            wire_turn(loop);
        } else {
            tls_wire_read(w);
            w->wire.ended = true;
        }
    }
}

WIRE_UNUSED void tls_wire_close(struct tls_wire *w)
{
    gnutls_deinit(w->session);
    gnutls_certificate_free_credentials(w->none);
    wire_close(&w->wire);
}

/* The status of the first whole answer. */
WIRE_UNUSED int tls_wire_status(struct tls_wire *w, struct loop *loop)
{
    struct buf *got = &w->wire.got;

    WIRE_UNTIL(loop, (tls_wire_read(w), wire_message(buf_text(got), got->len, false) > 0 ||
                                            w->wire.ended));
    if (got->len < 12)
        return 0;
    assert_memory_equal(got->at, "HTTP/1.1 ", 9);
    return (int)strtol(got->at + 9, NULL, 10);
}

#endif
