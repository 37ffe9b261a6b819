/* http_out_reply.c - the HTTP client: what it makes of every kind of answer. */
#include "http_out_help.h"

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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, out_test_setup, out_test_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_status_is_an_answer),
        TEST(chunks_are_put_together),
        TEST(a_body_that_ends_with_the_connection_is_taken),
        TEST(folded_and_odd_headers_are_read),
        TEST(a_HEAD_has_no_body_whatever_its_length),
        TEST(an_answer_that_is_not_whole_is_a_failure_after_sending),
        TEST(an_answer_of_two_lengths_is_a_failure),
        TEST(an_answer_has_a_size),
        TEST(a_slow_answer_is_a_timeout),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
