/* http_out_conn.c - the HTTP client: connections made, kept and lost, an effect on the wire once;
 * many calls at a time, and calls given up. */
#include "http_out_help.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#define AN_HOUR 3600000

/* ---- connections ---- */

static void a_refused_connection_sent_nothing(void **state)
{
    struct out_test *t = *state;
    int fd = wire_listen(1);
    char url[64];
    struct http_ask ask = { .method = "POST", .url = url, .effect = true };

    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", wire_port(fd));
    close(fd);
    assert_int_equal(out_test_ask(t, &ask)->code, ERR_TRANSIENT);
    assert_false(t->kept.sent);
    assert_non_null(strstr(t->kept.text, "could not connect to 127.0.0.1 port "));
}

/* A full backlog swallows the SYN: the connection is never made. */
static void a_connection_that_hangs_sent_nothing(void **state)
{
    struct out_test *t = *state;
    int fd = wire_listen(0);
    char url[64];
    struct wire fill[3];
    struct sockaddr_in address = { .sin_family = AF_INET };
    struct http_ask ask = { .method = "POST", .url = url, .effect = true, .timeout_ms = 80 };

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)wire_port(fd));
    for (size_t i = 0; i < 3; i++) {
        wire_init(&fill[i], socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        (void)!connect(fill[i].fd, (struct sockaddr *)&address, sizeof(address));
    }
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", wire_port(fd));
    assert_int_equal(out_test_ask(t, &ask)->code, ERR_TIMEOUT);
    assert_false(t->kept.sent);
    for (size_t i = 0; i < 3; i++)
        wire_close(&fill[i]);
    close(fd);
}

/* The time that names, connecting and TLS take is behind it: it is held back as it is about to be
 * written. */
static void what_is_too_late_is_not_written(void **state)
{
    struct out_test *t = *state;
    struct clock *clock = clock_real();
    int64_t wall = clock->wall_ms(clock), steady = clock->steady_ms(clock);
    struct http_ask ask = { .method = "POST", .effect = true };
    char url[64];

    SERVE(t, { .answer = OK_TEXT("", "0") });
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", t->server.port);
    ask.url = url;
    for (int i = 0; i < 2; i++) { /* over by one of the clocks is over */
        ask.not_after = i == 0 ? (struct deadline){ wall - 1, steady + AN_HOUR }
                               : (struct deadline){ wall + AN_HOUR, steady - 1 };
        assert_int_equal(out_test_ask(t, &ask)->code, ERR_TIMEOUT);
        assert_true(t->kept.late);
        assert_false(t->kept.sent);
        assert_non_null(strstr(t->kept.text, "not sent to 127.0.0.1 port "));
        assert_int_equal(t->server.requests, 0);
    }
    ask.not_after = (struct deadline){ wall + AN_HOUR, INT64_MAX }; /* the same call, used again */
    assert_int_equal(out_test_ask(t, &ask)->code, ERR_OK);
    assert_false(t->kept.late);
    assert_int_equal(t->server.requests, 1);
}

static void reads_share_a_connection_and_effects_do_not(void **state)
{
    struct out_test *t = *state;

    SERVE(t, { .answer = OK_TEXT("", "0") });
    for (int i = 0; i < 3; i++)
        assert_int_equal(out_test_get(t, "/")->code, ERR_OK);
    assert_int_equal(t->server.count, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(out_test_effect(t, "/")->code, ERR_OK);
    assert_int_equal(t->server.count, 4); /* each its own */
    for (size_t i = 1; i < 4; i++) {
        assert_int_equal(t->server.served[i].requests, 1);
        WIRE_UNTIL(t->loop, t->server.served[i].over); /* and not kept */
    }
    assert_int_equal(out_test_get(t, "/")->code, ERR_OK);
    assert_int_equal(t->server.count, 4); /* the reads' connection lives */
}

/* The trap: a kept connection dies under a request, and libcurl writes it again. A read may be; an
 * effect must not, so it never goes over one. */
static void an_effect_is_on_the_wire_once_when_a_kept_connection_dies(void **state)
{
    struct out_test *t = *state;

    SERVE(t, { .answer = OK_TEXT("", "0") }, { .after = CLOSE }, { .answer = OK_TEXT("", "0") },
          { .after = RESET }, { .answer = OK_TEXT("", "0") });
    for (size_t round = 1; round <= 2; round++) {
        assert_int_equal(out_test_get(t, "/")->code, ERR_OK); /* leaves a connection behind */
        assert_int_equal(out_test_effect(t, "/charge")->code, ERR_TRANSIENT);
        assert_true(t->kept.sent);
        wire_turns(t->loop, 20);
        assert_int_equal(t->server.requests, round * 2);
    }
    assert_int_equal(out_test_effect(t, "/charge")->code, ERR_OK);
    assert_int_equal(t->server.requests, 5);
}

/* An answer that nobody asked for, on a kept connection: the next call must not take it for its
 * own. */
static void an_answer_without_a_request_is_nobodys(void **state)
{
    static const char stray[] = OK_TEXT("stray", "5");
    struct out_test *t = *state;

    SERVE(t, { .answer = OK_TEXT("first", "5") }, { .answer = OK_TEXT("right", "5") });
    for (unsigned turns = 0; turns < 4; turns++) {
        int unread = 1;
        int fd;

        t->server.requests = 0;
        assert_int_equal(out_test_get(t, "/")->code, ERR_OK);
        fd = t->server.served[t->server.count - 1].w.fd;
        assert_int_equal(send(fd, stray, sizeof(stray) - 1, 0), sizeof(stray) - 1);
        while (unread > 0) /* until the other side's kernel has it */
            assert_int_equal(ioctl(fd, SIOCOUTQ, &unread), 0);
        wire_turns(t->loop, turns);
        assert_int_equal(out_test_get(t, "/")->code, ERR_OK);
        assert_string_equal(t->kept.body, "right");
        assert_int_equal(t->server.requests, 2);
    }
}

static void a_read_over_a_dead_connection_is_made_again(void **state)
{
    struct out_test *t = *state;

    SERVE(t, { .answer = OK_TEXT("", "0") }, { .after = CLOSE },
          { .answer = OK_TEXT("again", "5") });
    assert_int_equal(out_test_get(t, "/")->code, ERR_OK);
    assert_int_equal(out_test_get(t, "/")->code, ERR_OK);
    assert_string_equal(t->kept.body, "again");
    assert_true(t->kept.sent);
}

/* A kept connection that the other side closes while nobody uses it is noticed, and costs no turns.
 */
static void a_kept_connection_may_be_closed(void **state)
{
    struct out_test *t = *state;

    SERVE(t, { .answer = OK_TEXT("", "0") });
    assert_int_equal(out_test_get(t, "/")->code, ERR_OK);
    serve_end(&t->server.served[0], CLOSE);
    wire_turns(t->loop, 10);
    assert_int_equal(out_test_get(t, "/")->code, ERR_OK);
    assert_int_equal(t->server.count, 2);
    assert_int_equal(t->server.requests, 2);
}

/* ---- many, and cancelled ---- */

#define MANY 40

struct many {
    struct http_out *out;
    uint64_t ids[MANY];
    unsigned done[MANY];
    unsigned count;
    bool cancels; /* each done() cancels the next */
};

static void many_done(void *owner, uint64_t tag, const struct http_reply *reply)
{
    struct many *m = owner;

    assert_in_range(tag, 0, MANY - 1);
    assert_int_equal(reply->code, ERR_OK);
    m->done[tag]++;
    m->count++;
    if (m->cancels && tag + 1 < MANY)
        http_out_cancel(m->out, m->ids[tag + 1]);
}

static void many_send(struct out_test *t, struct many *m)
{
    m->out = t->out;
    for (uint64_t i = 0; i < MANY; i++) {
        struct http_ask ask = { .method = "GET", .url = out_test_url(t, "127.0.0.1", "/") };

        m->ids[i] = http_out_send(t->out, &ask, many_done, m, i);
        assert_true(i == 0 || m->ids[i] > m->ids[i - 1]);
    }
}

static void many_at_once_are_told_apart(void **state)
{
    struct out_test *t = *state;
    struct many m = { .count = 0 };

    SERVE(t, { .answer = OK_TEXT("", "0") });
    for (int round = 1; round <= 3; round++) {
        many_send(t, &m);
        WIRE_UNTIL(t->loop, m.count == MANY * (unsigned)round);
        for (size_t i = 0; i < MANY; i++)
            assert_int_equal(m.done[i], round);
    }
}

static void a_cancelled_call_is_silent(void **state)
{
    struct out_test *t = *state;
    struct many m = { .count = 0 };

    SERVE(t, { .answer = OK_TEXT("", "0") });
    for (unsigned turns = 0; turns < 8; turns++) {
        many_send(t, &m);
        wire_turns(t->loop, turns);
        m.count = 0;
        memset(m.done, 0, sizeof(m.done));
        for (size_t i = 0; i < MANY; i++)
            http_out_cancel(t->out, m.ids[i]);
        http_out_cancel(t->out, m.ids[0]); /* again: nothing */
        wire_turns(t->loop, 10);
        assert_int_equal(m.count, 0);
        /* the server may still hold what was cut */
    }
}

static void a_callback_may_cancel_others(void **state)
{
    struct out_test *t = *state;
    struct many m = { .cancels = true };

    SERVE(t, { .answer = OK_TEXT("", "0") });
    many_send(t, &m);
    WIRE_UNTIL(t->loop, m.count == MANY / 2);
    wire_turns(t->loop, 20);
    assert_int_equal(m.count, MANY / 2);
}

static void a_refused_ask_may_be_cancelled(void **state)
{
    struct out_test *t = *state;

    out_test_send(t, &(struct http_ask){ .method = "GET", .url = "file:///x" });
    http_out_cancel(t->out, t->id);
    wire_turns(t->loop, 5);
    assert_int_equal(t->kept.calls, 0);
}

static void again_done(void *owner, uint64_t tag, const struct http_reply *reply)
{
    struct out_test *t = owner;
    struct http_ask bad = { .method = "GET", .url = "file:///x" };
    struct http_ask good = { .method = "GET", .url = out_test_url(t, "127.0.0.1", "/") };

    t->kept.calls++;
    t->kept.code = reply->code;
    if (tag > 0)
        http_out_send(t->out, tag % 2 == 0 ? &good : &bad, again_done, t, tag - 1);
}

static void a_callback_may_send(void **state)
{
    struct out_test *t = *state;

    SERVE(t, { .answer = OK_TEXT("", "0") });
    http_out_send(t->out, &(struct http_ask){ .method = "GET", .url = "file:///x" }, again_done, t,
                  9);
    WIRE_UNTIL(t->loop, t->kept.calls == 10);
    wire_turns(t->loop, 5);
    assert_int_equal(t->kept.calls, 10);
    assert_int_equal(t->server.requests, 4);
}

static void it_closes_with_calls_under_way(void **state)
{
    struct out_test *t = *state;
    struct many m = { .count = 0 };

    SERVE(t, { .silent = true });
    many_send(t, &m);
    wire_turns(t->loop, 5);
    many_send(t, &m);
    out_test_send(t, &(struct http_ask){ .method = "GET", .url = "file:///x" });
    http_out_close(t->out);
    t->out = NULL;
    wire_turns(t->loop, 5);
    assert_int_equal(m.count, 0);
    assert_int_equal(t->kept.calls, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, out_test_setup, out_test_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_refused_connection_sent_nothing),
        TEST(a_connection_that_hangs_sent_nothing),
        TEST(what_is_too_late_is_not_written),
        TEST(reads_share_a_connection_and_effects_do_not),
        TEST(an_effect_is_on_the_wire_once_when_a_kept_connection_dies),
        TEST(an_answer_without_a_request_is_nobodys),
        TEST(a_read_over_a_dead_connection_is_made_again),
        TEST(a_kept_connection_may_be_closed),
        TEST(many_at_once_are_told_apart),
        TEST(a_cancelled_call_is_silent),
        TEST(a_callback_may_cancel_others),
        TEST(a_refused_ask_may_be_cancelled),
        TEST(a_callback_may_send),
        TEST(it_closes_with_calls_under_way),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
