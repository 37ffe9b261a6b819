/* http_tls.c - the listener under TLS: the same requests are taken and refused as without it, old
 * versions are not spoken, a certificate is exchanged while it runs, and one that is no good is
 * refused with words. */
#include "http_tls_help.h"

#include "io/http_stream.h"

struct tls_test {
    struct in_test in; /* first: the state of the helpers */
    char folder[64];
    char cert[128], key[128], other_cert[128], other_key[128];
    struct http_stream *stream;
};

static void tls_names(struct tls_test *t)
{
    snprintf(t->folder, sizeof(t->folder), "/tmp/weft-tls-XXXXXX");
    assert_non_null(mkdtemp(t->folder));
    snprintf(t->cert, sizeof(t->cert), "%s/cert.pem", t->folder);
    snprintf(t->key, sizeof(t->key), "%s/key.pem", t->folder);
    snprintf(t->other_cert, sizeof(t->other_cert), "%s/other.pem", t->folder);
    snprintf(t->other_key, sizeof(t->other_key), "%s/other.key", t->folder);
}

static int tls_setup(void **state)
{
    struct tls_test *t = mem_must(sizeof(*t));
    struct http_in_options options = { .tls_cert = t->cert, .tls_key = t->key, .body_ms = 2000 };

    tls_names(t);
    tls_make(t->cert, t->key, -1, 90, 1);
    in_test_open(&t->in, options);
    *state = t;
    return 0;
}

static int tls_teardown(void **state)
{
    struct tls_test *t = *state;

    in_test_close(&t->in);
    unlink(t->cert);
    unlink(t->key);
    unlink(t->other_cert);
    unlink(t->other_key);
    assert_int_equal(rmdir(t->folder), 0);
    mem_free(t);
    return 0;
}

static bool tls_has(struct tls_wire *w, const char *text)
{
    tls_wire_read(w);
    return strstr(buf_text(&w->wire.got), text) != NULL;
}

/* One connection, one request; *closed: the listener ended it. */
static int tls_try(struct tls_test *t, const struct try *try, bool *closed)
{
    struct tls_wire w;
    int status;

    tls_wire_connect(&w, t->in.loop, t->in.port, TLS_CLIENT);
    assert_int_equal(w.failed, 0);
    tls_wire_send(&w, t->in.loop, try->bytes, try_size(try));
    status = tls_wire_status(&w, t->in.loop);
    wire_turns(t->in.loop, 8);
    tls_wire_read(&w);
    *closed = w.wire.ended;
    tls_wire_close(&w);
    return status;
}

static void what_is_right_is_taken_and_what_is_wrong_refused(void **state)
{
    struct tls_test *t = *state;
    bool closed;

    for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
        int status = tls_try(t, &taken[i], &closed);

        if (status != taken[i].status)
            print_error("%s: %d\n", taken[i].name, status);
        assert_int_equal(status, taken[i].status);
    }
    t->in.heard_count = 0;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        int status = tls_try(t, &refused[i], &closed);

        if (status != refused[i].status || !closed)
            print_error("%s: %d%s\n", refused[i].name, status, closed ? "" : ", still open");
        assert_int_equal(status, refused[i].status);
        assert_true(closed);
        assert_int_equal(t->in.heard_count, 0);
    }
}

static void requests_follow_each_other_and_browsers_are_told(void **state)
{
    struct tls_test *t = *state;
    struct tls_wire w;

    tls_wire_connect(&w, t->in.loop, t->in.port, TLS_CLIENT);
    for (unsigned i = 1; i <= 3; i++) {
        tls_wire_send(&w, t->in.loop, POST, sizeof(POST) - 1);
        assert_int_equal(tls_wire_status(&w, t->in.loop), 200);
        assert_int_equal(t->in.heard_count, i);
        assert_true(tls_has(&w, "Strict-Transport-Security: max-age=31536000\r\n"));
        assert_true(tls_has(&w, "Cross-Origin-Opener-Policy: same-origin\r\n"));
        assert_true(tls_has(&w, "Cross-Origin-Resource-Policy: same-origin\r\n"));
        assert_true(tls_has(&w, "Referrer-Policy: same-origin\r\n"));
        in_test_next(&w.wire);
    }
    tls_wire_close(&w);
}

static void large_bodies_go_both_ways(void **state)
{
    struct tls_test *t = *state;
    size_t size = 3 * MIB;
    char *body = mem_must(size + 1), head[200];
    struct tls_wire w;

    memset(body, 'y', size);
    t->in.answer = (struct http_answer){ .status = 200, .body = body, .body_size = size };
    snprintf(head, sizeof(head), "POST /big HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", size);
    tls_wire_connect(&w, t->in.loop, t->in.port, TLS_CLIENT);
    tls_wire_send(&w, t->in.loop, head, strlen(head));
    tls_wire_send(&w, t->in.loop, body, size);
    assert_int_equal(tls_wire_status(&w, t->in.loop), 200);
    assert_int_equal(in_test_last(&t->in)->body_size, size);
    assert_in_range(w.wire.got.len, size, size + 1000);
    tls_wire_close(&w);
    mem_free(body);
}

/* An answer that comes after the connection was suspended. */
static void an_answer_may_come_late(void **state)
{
    struct tls_test *t = *state;
    struct tls_wire w;

    t->in.hold = true;
    tls_wire_connect(&w, t->in.loop, t->in.port, TLS_CLIENT);
    tls_wire_send(&w, t->in.loop, GET, sizeof(GET) - 1);
    WIRE_UNTIL(t->in.loop, t->in.heard_count == 1);
    wire_turns(t->in.loop, 300);
    in_test_answer(&t->in, in_test_last(&t->in)->id, "late");
    assert_int_equal(tls_wire_status(&w, t->in.loop), 200);
    assert_true(tls_has(&w, "\r\n\r\nlate"));
    tls_wire_close(&w);
}

static void tls_stream_gone(void *arg)
{
    ((struct tls_test *)arg)->stream = NULL;
}

static void answers_grow_under_tls(void **state)
{
    struct tls_test *t = *state;
    struct tls_wire w;

    t->in.hold = true;
    tls_wire_connect(&w, t->in.loop, t->in.port, TLS_CLIENT);
    tls_wire_send(&w, t->in.loop, GET, sizeof(GET) - 1);
    WIRE_UNTIL(t->in.loop, t->in.heard_count == 1);
    t->stream = http_in_stream(t->in.in, in_test_last(&t->in)->id,
                               &(struct http_answer){ .status = 200 }, tls_stream_gone, t);
    for (int i = 0; i < 5; i++) {
        char event[32];

        snprintf(event, sizeof(event), "data: %d\n\n", i);
        assert_true(http_stream_push(t->stream, event, strlen(event)));
        WIRE_UNTIL(t->in.loop, tls_has(&w, event));
    }
    tls_wire_close(&w);
    http_stream_end(t->stream);
}

static void old_versions_and_plain_words_are_not_spoken(void **state)
{
    static const char *const old[] = { "NORMAL:-VERS-ALL:+VERS-TLS1.1",
                                       "NORMAL:-VERS-ALL:+VERS-TLS1.0",
                                       "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA",
                                       "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC" };
    static const char *const known[] = { "NORMAL:-VERS-ALL:+VERS-TLS1.2",
                                         "NORMAL:-VERS-ALL:+VERS-TLS1.3" };
    struct tls_test *t = *state;
    struct tls_wire w;
    struct wire plain;

    for (size_t i = 0; i < sizeof(old) / sizeof(*old); i++) {
        tls_wire_connect(&w, t->in.loop, t->in.port, old[i]);
        assert_int_not_equal(w.failed, 0);
        tls_wire_close(&w);
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        tls_wire_connect(&w, t->in.loop, t->in.port, known[i]);
        assert_int_equal(w.failed, 0);
        tls_wire_close(&w);
    }
    wire_connect(&plain, t->in.port);
    wire_send(&plain, t->in.loop, GET);
    WIRE_UNTIL(t->in.loop, (wire_read(&plain), plain.ended));
    assert_null(strstr(buf_text(&plain.got), "HTTP"));
    assert_int_equal(t->in.heard_count, 0);
    wire_close(&plain);
}

/* ---- a handshake that stops ---- */

struct stopped {
    struct wire wire;
    struct loop *loop;
    unsigned turns;
};

static void stopped_turn(void *arg)
{
    struct stopped *s = arg;

    s->turns++;
    wire_read(&s->wire);
    if (s->wire.ended)
        loop_stop(s->loop);
}

/* libmicrohttpd alone would go round and round while a handshake waits for its peer. */
static void a_handshake_that_stops_costs_nothing_and_is_cut(void **state)
{
    static const char begin[] = "\x16\x03\x01\x02\x00\x01";
    struct tls_test *t = *state;
    struct http_in_options options = { .tls_cert = t->cert, .tls_key = t->key, .header_ms = 300 };
    struct stopped s = { .turns = 0 };

    in_test_close(&t->in);
    in_test_open(&t->in, options);
    s.loop = t->in.loop;
    loop_off_turn(s.loop, wire_turn_ends, s.loop); /* from here on the loop waits */
    loop_on_turn(s.loop, stopped_turn, &s);
    wire_connect(&s.wire, t->in.port);
    assert_int_equal(send(s.wire.fd, begin, sizeof(begin) - 1, 0), sizeof(begin) - 1);
    wire_turn(s.loop); /* until it is cut */
    assert_true(s.wire.ended);
    assert_in_range(s.turns, 1, 100); /* some looks at the deadlines, not thousands */
    loop_off_turn(s.loop, stopped_turn, &s);
    wire_close(&s.wire);
}

static void slow_bodies_are_told_under_tls_too(void **state)
{
    static const char begin[] = "POST /x HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\nabc";
    struct tls_test *t = *state;
    struct http_in_options options = { .tls_cert = t->cert, .tls_key = t->key, .body_ms = 100 };
    struct tls_wire w;

    in_test_close(&t->in);
    in_test_open(&t->in, options);
    tls_wire_connect(&w, t->in.loop, t->in.port, TLS_CLIENT);
    tls_wire_send(&w, t->in.loop, begin, sizeof(begin) - 1);
    assert_int_equal(tls_wire_status(&w, t->in.loop), 408);
    assert_true(tls_has(&w, "Strict-Transport-Security: "));
    tls_wire_close(&w);
}

/* ---- certificates ---- */

static unsigned tls_serial(struct tls_test *t)
{
    unsigned char serial[20] = { 0 };
    size_t size = sizeof(serial);
    const gnutls_datum_t *peers;
    gnutls_x509_crt_t cert;
    struct tls_wire w;
    unsigned count = 0;

    tls_wire_connect(&w, t->in.loop, t->in.port, TLS_CLIENT);
    assert_int_equal(w.failed, 0);
    peers = gnutls_certificate_get_peers(w.session, &count);
    assert_int_equal(count, 1);
    gnutls_x509_crt_init(&cert);
    assert_int_equal(gnutls_x509_crt_import(cert, peers, GNUTLS_X509_FMT_DER), 0);
    assert_int_equal(gnutls_x509_crt_get_serial(cert, serial, &size), 0);
    gnutls_x509_crt_deinit(cert);
    tls_wire_close(&w);
    return serial[0];
}

static void tls_refuses(struct tls_test *t, const char *words)
{
    struct err e;

    assert_int_equal(http_in_reload(t->in.in, &e), ERR_USAGE);
    if (strstr(e.text, words) == NULL)
        print_error("%s\n", e.text);
    assert_non_null(strstr(e.text, words));
    assert_int_equal(tls_serial(t), 1);
}

static void tls_write(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void a_new_certificate_is_taken_while_it_runs(void **state)
{
    struct tls_test *t = *state;
    struct tls_wire old;
    struct err e;

    assert_int_equal(tls_serial(t), 1);
    tls_wire_connect(&old, t->in.loop, t->in.port, TLS_CLIENT);
    for (unsigned i = 2; i < 5; i++) {
        tls_make(t->cert, t->key, -1, 90, i);
        assert_int_equal(http_in_reload(t->in.in, &e), ERR_OK);
        assert_int_equal(tls_serial(t), i);
    }
    tls_wire_send(&old, t->in.loop, GET, sizeof(GET) - 1); /* begun with the first one */
    assert_int_equal(tls_wire_status(&old, t->in.loop), 200);
    tls_wire_close(&old);
}

static void one_that_is_no_good_is_refused_and_the_former_stays(void **state)
{
    struct tls_test *t = *state;

    tls_make(t->cert, t->other_key, -1, 90, 2);
    tls_refuses(t, "is not that of the certificate");
    tls_make(t->cert, t->key, -30, -1, 3);
    tls_refuses(t, "expired at ");
    tls_make(t->cert, t->key, 1, 30, 4);
    tls_refuses(t, "is not valid before ");
    tls_write(t->cert, "no certificate\n");
    tls_refuses(t, "holds no certificate in PEM form");
    tls_make(t->cert, t->key, -1, 90, 5);
    tls_write(t->key, "no key\n");
    tls_refuses(t, "cannot be used");
    tls_write(t->key, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
                      "-----END ENCRYPTED PRIVATE KEY-----\n");
    tls_refuses(t, "is encrypted");
    assert_int_equal(unlink(t->key), 0);
    tls_refuses(t, "key.pem");
    tls_make(t->cert, t->key, -1, 90, 1);
}

static void without_a_good_one_it_does_not_open(void **state)
{
    struct tls_test *t = *state;
    struct http_in_options options = { .host = "127.0.0.1",
                                       .tls_cert = t->other_cert,
                                       .tls_key = t->key };
    struct http_in_calls calls = { in_test_admit, in_test_receive, t };
    struct err e;

    assert_null(http_in_open(t->in.loop, &t->in.log, &options, &calls, &e));
    assert_int_equal(e.code, ERR_USAGE);
    assert_non_null(strstr(e.text, "other.pem"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_right_is_taken_and_what_is_wrong_refused),
        TEST(requests_follow_each_other_and_browsers_are_told),
        TEST(large_bodies_go_both_ways),
        TEST(an_answer_may_come_late),
        TEST(answers_grow_under_tls),
        TEST(old_versions_and_plain_words_are_not_spoken),
        TEST(a_handshake_that_stops_costs_nothing_and_is_cut),
        TEST(slow_bodies_are_told_under_tls_too),
        TEST(a_new_certificate_is_taken_while_it_runs),
        TEST(one_that_is_no_good_is_refused_and_the_former_stays),
        TEST(without_a_good_one_it_does_not_open),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
