/* http_out.c - the HTTP client on the wire: what it sends, what it makes of every kind of answer,
 * and that an effect is written once. */
#include "http_out_help.h"

#define SERVE(t, ...)                                           \
    do {                                                        \
        static const struct script scripts[] = { __VA_ARGS__ }; \
        serve(t, scripts, sizeof(scripts) / sizeof(*scripts));  \
    } while (0)
#define OK_TEXT(body, length) \
    "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\nX-Test: yes\r\n\r\n" body

/* ---- what is sent ---- */

static void a_call_is_answered(void **state)
{
    struct out_test *t = *state;
    struct kept *kept;

    SERVE(t, { .answer = OK_TEXT("hello", "5") });
    kept = out_test_get(t, "/a?b=c");
    assert_int_equal(kept->code, ERR_OK);
    assert_true(kept->sent);
    assert_int_equal(kept->status, 200);
    assert_string_equal(kept->body, "hello");
    assert_int_equal(kept->body_size, 5);
    assert_string_equal(kept->header, "yes");
    assert_string_equal(kept->text, "");
    assert_in_range(kept->took_ms, 0, WIRE_PATIENCE);
}

static void what_is_asked_is_sent_and_nothing_else(void **state)
{
    struct out_test *t = *state;
    struct kept *kept;
    char host[32];
    char wanted[400];
    const struct pair headers[] = { { "X-Key", "abc:d=e" },
                                    { "X-Empty", "" },
                                    { "Content-Type", "application/json" },
                                    { "Host", host },
                                    { "Content-Length", "3" } };

    snprintf(host, sizeof(host), "127.0.0.1:%u", t->server.port);
    SERVE(t, { .answer = OK_TEXT("", "0") });
    kept = out_test_ask(t, &(struct http_ask){ .method = "post",
                                               .url = out_test_url(t, "127.0.0.1", "/a/../b?%41#x"),
                                               .headers = headers,
                                               .header_count = 5,
                                               .body = "a\0b",
                                               .body_size = 3 });
    assert_int_equal(kept->code, ERR_OK);
    snprintf(wanted, sizeof(wanted),
             "POST /a/../b?%%41 HTTP/1.1\r\nHost: %s\r\nX-Key: abc:d=e\r\nX-Empty:\r\n"
             "Content-Type: application/json\r\nContent-Length: 3\r\n\r\na",
             host);
    assert_string_equal(served_text(t, 0), wanted);
    assert_memory_equal(served_text(t, 0) + strlen(wanted) - 1, "a\0b", 3);
}

static void try_method(struct out_test *t, const char *method, const char *body, const char *wanted)
{
    char text[300];
    struct kept *kept =
        out_test_ask(t, &(struct http_ask){ .method = method,
                                            .url = out_test_url(t, "127.0.0.1", "/m"),
                                            .body = body,
                                            .body_size = body != NULL ? strlen(body) : 0,
                                            .effect = true });

    assert_int_equal(kept->code, ERR_OK);
    snprintf(text, sizeof(text), wanted, t->server.port);
    assert_string_equal(served_text(t, t->server.count - 1), text);
}

/* One after another on the same handles: nothing of a call is left for the next. */
static void every_method_has_its_form(void **state)
{
    struct out_test *t = *state;

    SERVE(t, { .answer = OK_TEXT("", "0") });
    for (int i = 0; i < 2; i++) {
        try_method(t, "GET", NULL, "GET /m HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n");
        try_method(t, "PUT", "x",
                   "PUT /m HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                   "Content-Length: 1\r\n\r\nx");
        try_method(t, "DELETE", NULL, "DELETE /m HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n");
        try_method(t, "POST", NULL,
                   "POST /m HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                   "Content-Length: 0\r\n\r\n");
        try_method(t, "HEAD", NULL, "HEAD /m HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n");
        try_method(t, "PATCH", "{}",
                   "PATCH /m HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                   "Content-Length: 2\r\n\r\n{}");
        try_method(t, "OPTIONS", NULL, "OPTIONS /m HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n");
        try_method(t, "DELETE", "y",
                   "DELETE /m HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                   "Content-Length: 1\r\n\r\ny");
        try_method(t, "MERGE", "z",
                   "MERGE /m HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                   "Content-Length: 1\r\n\r\nz");
    }
}

static void a_large_body_goes_without_asking_first(void **state)
{
    struct out_test *t = *state;
    size_t size = 3 * MIB;
    char *body = mem_must(size);
    struct http_ask ask = { .method = "POST",
                            .url = out_test_url(t, "127.0.0.1", "/big"),
                            .body = body,
                            .body_size = size,
                            .effect = true };

    memset(body, 'x', size);
    SERVE(t, { .answer = OK_TEXT("", "0") });
    assert_int_equal(out_test_ask(t, &ask)->code, ERR_OK);
    assert_null(strstr(served_text(t, 0), "Expect"));
    assert_int_equal(t->server.served[0].seen, t->server.served[0].w.got.len);
    mem_free(body);
}

/* ---- what cannot be sent ---- */

static void try_unusable(struct out_test *t, const struct http_ask *ask, const char *about)
{
    struct kept *kept = out_test_ask(t, ask);

    if (kept->code != ERR_POLICY || strstr(kept->text, about) == NULL)
        print_error("%s: %s: %s\n", ask->url, err_name(kept->code), kept->text);
    assert_int_equal(kept->code, ERR_POLICY);
    assert_false(kept->sent);
    assert_int_equal(kept->status, 0);
    assert_non_null(strstr(kept->text, about));
    assert_int_equal(t->server.count, 0);
}

static void a_header_cannot_break_out_of_its_line(void **state)
{
    static const struct pair bad[] = {
        { "X-A", "a\r\nX-B: b" },
        { "X-A", "a\nb" },
        { "X-A", "a\rb" },
        { "X-A", "\x01" },
        { "X-A", "\x7f" },
        { "X A", "a" },
        { "X-A:", "a" },
        { "", "a" },
        { "X-A\r\nX-B", "a" },
        { "X\xc3\xa4", "a" },
        { "Host", "evil" },
        { "Content-Length", "10" },
        { "Connection", "x" },
        { "Expect", "100-continue" },
        { "Transfer-Encoding", "chunked" },
        { "transfer-encoding", "chunked" },
        { "Upgrade", "h2c" },
        { "Host", "127.0.0.1:1" },
    };
    struct out_test *t = *state;

    SERVE(t, { .answer = OK_TEXT("", "0") });
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct http_ask ask = { .method = "GET",
                                .url = out_test_url(t, "127.0.0.1", "/"),
                                .headers = &bad[i],
                                .header_count = 1 };

        try_unusable(t, &ask, "header");
    }
}

static void a_url_or_method_may_be_unusable(void **state)
{
    static const char *const urls[] = {
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://127.0.0.1/",
        "127.0.0.1/x",
        "",
        "http://",
        "http://a b/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1/\r\nX: y",
        "http://user:password@127.0.0.1/",
        "dict://127.0.0.1/x",
        "javascript:alert(1)",
        "http://127.0.0.1/a b",
    };
    static const char *const methods[] = { "",           "GE T",
                                           "GET\r\n",    "CONNECT",
                                           "TRACE",      "trace",
                                           "G\xc3\xa4T", "METHODTHATISFARTOOLONGTOBEONE" };
    struct out_test *t = *state;

    SERVE(t, { .answer = OK_TEXT("", "0") });
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
        try_unusable(t, &(struct http_ask){ .method = "GET", .url = urls[i] }, "URL");
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
        try_unusable(
            t, &(struct http_ask){ .method = methods[i], .url = out_test_url(t, "127.0.0.1", "/") },
            "method");
    try_unusable(t,
                 &(struct http_ask){ .method = "HEAD",
                                     .url = out_test_url(t, "127.0.0.1", "/"),
                                     .body = "x",
                                     .body_size = 1 },
                 "HEAD");
}

/* ---- answers that are whole ---- */

static void every_status_is_an_answer(void **state)
{
    struct out_test *t = *state;

    SERVE(t,
          { .answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\n"
                      "Content-Length: 0\r\n\r\n" },
          { .answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno" },
          { .answer = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n" },
          { .answer = "HTTP/1.1 204 No Content\r\n\r\n" },
          { .answer = "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n" },
          { .answer = "HTTP/1.1 100 Continue\r\nX-Test: interim\r\n\r\nHTTP/1.1 103 Early Hints\r\n"
                      "X-Test: early\r\nContent-Length: 7\r\n\r\n" OK_TEXT("final", "5") });
    assert_int_equal(out_test_get(t, "/")->status, 302);
    assert_int_equal(t->kept.code, ERR_OK);
    assert_int_equal(t->server.requests, 1); /* not followed */
    assert_int_equal(out_test_get(t, "/")->status, 404);
    assert_string_equal(t->kept.body, "no");
    assert_int_equal(out_test_get(t, "/")->status, 500);
    assert_int_equal(t->kept.code, ERR_OK);
    assert_int_equal(out_test_get(t, "/")->status, 204);
    assert_int_equal(out_test_get(t, "/")->status, 304);
    assert_int_equal(t->kept.code, ERR_OK);
    assert_int_equal(out_test_get(t, "/")->status, 200);
    assert_string_equal(t->kept.body, "final");
    assert_string_equal(t->kept.header, "yes");
    assert_int_equal(t->kept.headers, 2);
}

static void chunks_are_put_together(void **state)
{
    struct out_test *t = *state;

    SERVE(t,
          { .answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo"
                      "\r\n0\r\nX-Test: trailer\r\n\r\n" },
          { .answer = OK_TEXT("next", "4") });
    assert_int_equal(out_test_get(t, "/")->code, ERR_OK);
    assert_string_equal(t->kept.body, "hello");
    assert_string_equal(t->kept.header, "(none)"); /* a trailer is no header */
    assert_string_equal(out_test_get(t, "/")->body, "next");
    assert_int_equal(t->server.count, 1); /* the connection was kept */
}

/* Its end is the connection's: nobody can tell whether it is all. Who needs to know parses the
 * body. */
static void a_body_that_ends_with_the_connection_is_taken(void **state)
{
    struct out_test *t = *state;

    SERVE(t, { .answer = "HTTP/1.1 200 OK\r\n\r\n{\"half\":", .after = CLOSE });
    assert_int_equal(out_test_effect(t, "/")->code, ERR_OK);
    assert_string_equal(t->kept.body, "{\"half\":");
}

static void folded_and_odd_headers_are_read(void **state)
{
    struct out_test *t = *state;

    SERVE(t, { .answer =
                   "HTTP/1.1 200\r\nX-Test:  a\r\n b\r\n\tc \r\nX-Empty:\r\nContent-Length: 0\r\n"
                   "\r\n" });
    assert_int_equal(out_test_get(t, "/")->code, ERR_OK);
    assert_string_equal(t->kept.header, "a   b  \tc");
    assert_int_equal(t->kept.headers, 3);
}

static void a_HEAD_has_no_body_whatever_its_length(void **state)
{
    struct out_test *t = *state;
    struct http_ask ask = { .method = "HEAD",
                            .url = out_test_url(t, "127.0.0.1", "/"),
                            .reply_limit = 10 };

    SERVE(t, { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" });
    assert_int_equal(out_test_ask(t, &ask)->code, ERR_OK);
    assert_int_equal(t->kept.body_size, 0);
    assert_int_equal(out_test_ask(t, &ask)->code, ERR_OK);
    assert_int_equal(t->server.count, 1);
}

/* ---- answers that are not ---- */

/* As an effect and as a read: the verdict is the same, and there was one request on the wire. */
static void try_broken(struct out_test *t, const struct script *script, enum err_code code,
                       const char *about)
{
    for (int effect = 0; effect < 2; effect++) {
        size_t before = t->server.requests;
        struct kept *kept;

        serve(t, script, 1);
        kept = effect ? out_test_effect(t, "/") : out_test_get(t, "/");
        if (kept->code != code || strstr(kept->text, about) == NULL)
            print_error("%.60s: %s: %s\n", script->answer, err_name(kept->code), kept->text);
        assert_int_equal(kept->code, code);
        assert_true(kept->sent);
        assert_non_null(strstr(kept->text, about));
        assert_non_null(strstr(kept->text, "127.0.0.1"));
        assert_int_equal(t->server.requests, before + 1);
    }
}

static void an_answer_that_is_not_whole_is_a_failure_after_sending(void **state)
{
    static const struct script broken[] = {
        { .answer = OK_TEXT("0123456789", "100"), .after = CLOSE },
        { .answer = OK_TEXT("0123456789", "100"), .after = RESET },
        { .answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
          .after = CLOSE },
        { .answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
          .after = CLOSE },
        { .answer =
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n" },
        { .answer = "HTTP/1.1 200 OK\r\nContent-Le", .after = CLOSE },
        { .answer = "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", .after = CLOSE },
        { .answer = "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", .after = CLOSE },
        { .after = CLOSE },
        { .after = RESET },
        { .answer = "nonsense\r\n\r\n", .after = CLOSE },
    };
    struct out_test *t = *state;

    for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++)
        try_broken(t, &broken[i], ERR_TRANSIENT, " port ");
}

static void an_answer_of_two_lengths_is_a_failure(void **state)
{
    static const struct script twice[] = {
        { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 2\r\n\r\nhello" },
        { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nhello" },
        { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-length: 5\r\n\r\nhello" },
        { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "5\r\nhello\r\n0\r\n\r\n" },
    };
    struct out_test *t = *state;

    for (size_t i = 0; i < sizeof(twice) / sizeof(*twice); i++)
        try_broken(t, &twice[i], ERR_TRANSIENT, "Content-Length");
}

static void an_answer_has_a_size(void **state)
{
    static char huge[200 * 1024];
    static const struct script too_long = { .answer = OK_TEXT("0123456789a", "11") };
    static const struct script chunks = {
        .answer =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n"
    };
    static const struct script open = { .answer = "HTTP/1.1 200 OK\r\n\r\n0123456789a",
                                        .after = CLOSE };
    static const struct script fits = { .answer = OK_TEXT("0123456789", "10") };
    const struct script headers = { .answer = huge };
    const struct script *const scripts[] = { &too_long, &chunks, &open };
    struct out_test *t = *state;
    struct http_ask ask = { .method = "GET",
                            .url = out_test_url(t, "127.0.0.1", "/"),
                            .reply_limit = 10 };

    for (size_t i = 0; i < 3; i++) {
        serve(t, scripts[i], 1);
        assert_int_equal(out_test_ask(t, &ask)->code, ERR_LIMIT);
        assert_true(t->kept.sent);
        assert_non_null(strstr(t->kept.text, "larger than 10 bytes"));
    }
    serve(t, &fits, 1);
    assert_int_equal(out_test_ask(t, &ask)->code, ERR_OK);
    memset(huge, 'h', sizeof(huge) - 1);
    memcpy(huge, "HTTP/1.1 200 OK\r\nX: ", 20);
    for (size_t i = 1000; i < sizeof(huge) - 100; i += 1000)
        memcpy(huge + i, "\r\nX: ", 5);
    serve(t, &headers, 1);
    assert_int_equal(out_test_ask(t, &ask)->code, ERR_LIMIT);
    assert_true(t->kept.sent);
}

static void a_slow_answer_is_a_timeout(void **state)
{
    static const struct script slow[] = {
        { .silent = true },
        { .answer = "HTTP/1.1 200 OK\r\n", .silent = true },
        { .answer = OK_TEXT("01234", "10"), .silent = true },
    };
    struct out_test *t = *state;

    for (size_t i = 0; i < 3; i++) {
        struct http_ask ask = { .method = "GET",
                                .url = out_test_url(t, "127.0.0.1", "/"),
                                .timeout_ms = 50,
                                .effect = true };

        serve(t, &slow[i], 1);
        assert_int_equal(out_test_ask(t, &ask)->code, ERR_TIMEOUT);
        assert_true(t->kept.sent);
        assert_in_range(t->kept.took_ms, 45, 5000);
    }
}

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

    SERVE(t, { .answer = OK_TEXT("", "0") }, { .after = RESET }, { .after = CLOSE },
          { .answer = OK_TEXT("", "0") });
    assert_int_equal(out_test_get(t, "/")->code, ERR_OK); /* leaves a connection behind */
    assert_int_equal(out_test_effect(t, "/charge")->code, ERR_TRANSIENT);
    assert_true(t->kept.sent);
    assert_int_equal(t->server.requests, 2);
    assert_int_equal(out_test_effect(t, "/charge")->code, ERR_TRANSIENT);
    assert_true(t->kept.sent);
    wire_turns(t->loop, 20);
    assert_int_equal(t->server.requests, 3);
    assert_int_equal(out_test_effect(t, "/charge")->code, ERR_OK);
    assert_int_equal(t->server.requests, 4);
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
        TEST(a_call_is_answered),
        TEST(what_is_asked_is_sent_and_nothing_else),
        TEST(every_method_has_its_form),
        TEST(a_large_body_goes_without_asking_first),
        TEST(a_header_cannot_break_out_of_its_line),
        TEST(a_url_or_method_may_be_unusable),
        TEST(every_status_is_an_answer),
        TEST(chunks_are_put_together),
        TEST(a_body_that_ends_with_the_connection_is_taken),
        TEST(folded_and_odd_headers_are_read),
        TEST(a_HEAD_has_no_body_whatever_its_length),
        TEST(an_answer_that_is_not_whole_is_a_failure_after_sending),
        TEST(an_answer_of_two_lengths_is_a_failure),
        TEST(an_answer_has_a_size),
        TEST(a_slow_answer_is_a_timeout),
        TEST(a_refused_connection_sent_nothing),
        TEST(a_connection_that_hangs_sent_nothing),
        TEST(reads_share_a_connection_and_effects_do_not),
        TEST(an_effect_is_on_the_wire_once_when_a_kept_connection_dies),
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
