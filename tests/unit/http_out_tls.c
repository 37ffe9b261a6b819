/* http_out_tls.c - the HTTP client under TLS: a connection that is cut is not one that has ended.
 * The peer is GnuTLS on a socket of this thread, which says goodbye or does not. */
#include "http_out_help.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

enum parting { STAY, GOODBYE, CUT };

/* One connection after another; each answers its requests with the same bytes. */
struct tls_peer {
    int listener;
    unsigned port;
    gnutls_certificate_credentials_t card;
    const char *answer;
    size_t answer_size;
    enum parting parting;
    unsigned connections;
    unsigned requests;
    int fd; /* -1: none */
    gnutls_session_t session;
    bool shaken;
    struct buf got;
};

struct tls_test {
    struct tls_peer peer;
    struct out_test out; /* its plain server is not used */
    char ca[4096];
    char url[64];
};

/* ---- the peer ---- */

static void peer_close(struct tls_peer *peer)
{
    if (peer->fd < 0)
        return;
    gnutls_deinit(peer->session);
    close(peer->fd);
    peer->fd = -1;
    buf_clear(&peer->got);
}

static void peer_accept(struct tls_peer *peer)
{
    int fd = accept4(peer->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return;
    peer_close(peer);
    peer->fd = fd;
    peer->shaken = false;
    peer->connections++;
    assert_int_equal(
        gnutls_init(&peer->session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL), 0);
    gnutls_credentials_set(peer->session, GNUTLS_CRD_CERTIFICATE, peer->card);
    assert_int_equal(gnutls_set_default_priority(peer->session), 0);
    gnutls_transport_set_int(peer->session, fd);
}

static void peer_answer(struct tls_peer *peer)
{
    peer->requests++;
    buf_clear(&peer->got);
    if (peer->answer_size > 0)
        assert_int_equal(gnutls_record_send(peer->session, peer->answer, peer->answer_size),
                         (int)peer->answer_size);
    if (peer->parting == GOODBYE)
        assert_int_equal(gnutls_bye(peer->session, GNUTLS_SHUT_WR), 0);
    if (peer->parting != STAY)
        peer_close(peer);
}

static void peer_turn(void *arg)
{
    struct tls_peer *peer = arg;
    char bytes[2048];
    ssize_t size;

    peer_accept(peer);
    if (peer->fd >= 0 && !peer->shaken)
        peer->shaken = gnutls_handshake(peer->session) == 0;
    while (peer->fd >= 0 && peer->shaken) {
        size = gnutls_record_recv(peer->session, bytes, sizeof(bytes));
        if (size == GNUTLS_E_AGAIN || size == GNUTLS_E_INTERRUPTED)
            return;
        if (size <= 0) {
            peer_close(peer);
            return;
        }
        buf_add(&peer->got, bytes, (size_t)size);
        if (wire_message(buf_text(&peer->got), peer->got.len, false) > 0)
            peer_answer(peer);
    }
}

static void peer_certify(struct tls_test *t)
{
    int64_t now = clock_real()->wall_ms(clock_real()) / 1000;
    static const unsigned char address[4] = { 127, 0, 0, 1 };
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t cert;
    gnutls_datum_t pem;

    gnutls_x509_privkey_init(&key);
    gnutls_x509_crt_init(&cert);
    assert_int_equal(gnutls_x509_privkey_generate(
                         key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                     0);
    gnutls_x509_crt_set_version(cert, 3);
    gnutls_x509_crt_set_serial(cert, "\1", 1);
    gnutls_x509_crt_set_dn(cert, "CN=peer", NULL);
    gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_IPADDRESS, address, 4, 0);
    gnutls_x509_crt_set_activation_time(cert, (time_t)(now - 86400));
    gnutls_x509_crt_set_expiration_time(cert, (time_t)(now + 86400));
    gnutls_x509_crt_set_key(cert, key);
    assert_int_equal(gnutls_x509_crt_sign2(cert, cert, key, GNUTLS_DIG_SHA256, 0), 0);
    assert_int_equal(gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_PEM, &pem), 0);
    assert_in_range(pem.size, 1, sizeof(t->ca) - 1);
    memcpy(t->ca, pem.data, pem.size);
    gnutls_free(pem.data);
    gnutls_certificate_allocate_credentials(&t->peer.card);
    assert_int_equal(gnutls_certificate_set_x509_key(t->peer.card, &cert, 1, key), 0);
    gnutls_x509_crt_deinit(cert);
    gnutls_x509_privkey_deinit(key);
}

static int setup(void **state)
{
    struct tls_test *t = mem_must(sizeof(*t));
    struct err e;

    peer_certify(t);
    t->peer.fd = -1;
    t->peer.listener = wire_listen(64);
    t->peer.port = wire_port(t->peer.listener);
    buf_init(&t->peer.got, 64 * KIB);
    snprintf(t->url, sizeof(t->url), "https://127.0.0.1:%u/", t->peer.port);
    t->out.loop = wire_loop_new();
    loop_on_turn(t->out.loop, peer_turn, &t->peer);
    t->out.egress = egress_new("127.0.0.1", NULL, &e);
    assert_non_null(t->out.egress);
    t->out.out = http_out_uv_new(t->out.loop, clock_real(), t->out.egress, &e);
    assert_non_null(t->out.out);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct tls_test *t = *state;

    http_out_close(t->out.out);
    peer_close(&t->peer);
    close(t->peer.listener);
    buf_fini(&t->peer.got);
    gnutls_certificate_free_credentials(t->peer.card);
    loop_free(t->out.loop);
    egress_free(t->out.egress);
    mem_free(t);
    return 0;
}

static struct kept *ask(struct tls_test *t, bool effect, const char *answer, size_t size,
                        enum parting parting)
{
    struct http_way way = { .ca = t->ca };

    t->peer.answer = answer;
    t->peer.answer_size = size;
    t->peer.parting = parting;
    return out_test_ask(&t->out, &(struct http_ask){ .method = effect ? "POST" : "GET",
                                                     .url = t->url,
                                                     .body = "1",
                                                     .body_size = effect ? 1 : 0,
                                                     .effect = effect,
                                                     .way = &way });
}

/* ---- what is whole ---- */

#define OPEN    "HTTP/1.1 200 OK\r\nX-Test: yes\r\n\r\n{\"id\":7}"
#define SIZED   "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"id\":7}"
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"id\":7}\r\n0\r\n\r\n"

static void who_says_goodbye_has_answered(void **state)
{
    static const char *const whole[] = { OPEN, SIZED, CHUNKED };
    struct tls_test *t = *state;

    for (size_t i = 0; i < 3; i++)
        for (int effect = 0; effect < 2; effect++) {
            struct kept *kept = ask(t, effect, whole[i], strlen(whole[i]), GOODBYE);

            assert_string_equal(kept->text, "");
            assert_int_equal(kept->code, ERR_OK);
            assert_string_equal(kept->body, "{\"id\":7}");
        }
    assert_int_equal(t->peer.requests, 6);
}

/* Its own framing says that it is all, whatever becomes of the connection. */
static void an_answer_that_has_an_end_needs_no_goodbye(void **state)
{
    static const char *const whole[] = { SIZED, CHUNKED };
    struct tls_test *t = *state;

    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ask(t, true, whole[i], strlen(whole[i]), CUT)->code, ERR_OK);
        assert_string_equal(t->out.kept.body, "{\"id\":7}");
    }
}

/* A connection that was kept and then cut is no failure of the next call, which has its own. */
static void a_kept_connection_may_be_cut(void **state)
{
    struct tls_test *t = *state;

    assert_int_equal(ask(t, false, SIZED, strlen(SIZED), STAY)->code, ERR_OK);
    assert_int_equal(ask(t, false, SIZED, strlen(SIZED), STAY)->code, ERR_OK);
    assert_int_equal(t->peer.connections, 1);
    peer_close(&t->peer);
    assert_int_equal(ask(t, false, SIZED, strlen(SIZED), STAY)->code, ERR_OK);
    assert_int_equal(t->peer.connections, 2);
}

/* ---- what is cut ---- */

/* At each byte, in its headers, before its body, within it, behind what looks like its end. */
static void cut_everywhere(struct tls_test *t, const char *answer, size_t until)
{
    for (size_t size = 0; size <= until; size++) {
        bool effect = size % 2 == 0;
        unsigned before = t->peer.requests;
        struct kept *kept = ask(t, effect, answer, size, CUT);

        if (kept->code != ERR_TRANSIENT)
            print_error("%zu of %s\n", size, answer);
        assert_int_equal(kept->code, ERR_TRANSIENT);
        assert_true(kept->sent);
        assert_non_null(strstr(kept->text, "the connection broke to 127.0.0.1"));
        assert_int_equal(t->peer.requests, before + 1);
    }
}

static void an_answer_that_ends_with_its_connection_is_not_cut_off(void **state)
{
    cut_everywhere(*state, OPEN, strlen(OPEN));
}

static void an_answer_that_is_cut_at_any_byte_is_a_failure(void **state)
{
    cut_everywhere(*state, SIZED, strlen(SIZED) - 1);
    cut_everywhere(*state, CHUNKED, strlen(CHUNKED) - 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(who_says_goodbye_has_answered),
        TEST(an_answer_that_has_an_end_needs_no_goodbye),
        TEST(a_kept_connection_may_be_cut),
        TEST(an_answer_that_ends_with_its_connection_is_not_cut_off),
        TEST(an_answer_that_is_cut_at_any_byte_is_a_failure),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
