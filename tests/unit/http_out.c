/* http_out.c - the HTTP client: what it sends, and what cannot be sent. */
#include "http_out_help.h"

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
    size_t before = t->server.served[0].seen; /* all of them over one connection */
    char text[300];
    struct kept *kept =
        out_test_ask(t, &(struct http_ask){ .method = method,
                                            .url = out_test_url(t, "127.0.0.1", "/m"),
                                            .body = body,
                                            .body_size = body != NULL ? strlen(body) : 0 });

    assert_int_equal(kept->code, ERR_OK);
    snprintf(text, sizeof(text), wanted, t->server.port);
    assert_string_equal(served_text(t, 0) + before, text);
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
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
