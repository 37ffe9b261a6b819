/* http_in_body.c - the listener: that requests arrive as they were sent, one or many, small or
 * large, and what is too large. */
#include "http_in_help.h"

/* ---- what arrives ---- */

static void a_request_arrives_as_it_was_sent(void **state)
{
    static const char text[] = "POST /a%20b/%C3%A4?x=%31&y=+ HTTP/1.1\r\nHost: weft.example:80 \r\n"
                               "Content-Length: 5\r\nX-Last: \t the last \t\r\n\r\nh\0llo";
    struct in_test *t = *state;
    struct heard *h;

    assert_int_equal(in_test_try(t, text, sizeof(text) - 1, NULL), 200);
    h = in_test_last(t);
    assert_string_equal(h->method, "POST");
    assert_string_equal(h->path, "/a b/\xc3\xa4");
    assert_string_equal(h->query, "x=%31&y=+");
    assert_string_equal(h->host, "weft.example:80");
    assert_string_equal(h->last_header, "the last");
    assert_int_equal(h->headers, 3);
    assert_string_equal(h->peer, "127.0.0.1");
    assert_int_equal(h->body_size, 5);
    assert_memory_equal(h->body, "h", 2);
}

static void chunks_are_put_together_and_end_the_connection(void **state)
{
    struct in_test *t = *state;
    bool closed = false;
    static const char chunks[] =
        "POST /x HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";

    assert_int_equal(in_test_try(t, chunks, sizeof(chunks) - 1, &closed), 200);
    assert_string_equal(in_test_last(t)->body, "hello");
    assert_int_equal(in_test_last(t)->body_size, 5);
    assert_true(closed);
}

static void requests_in_a_row_are_answered_in_a_row(void **state)
{
    struct in_test *t = *state;
    struct wire w;

    wire_connect(&w, t->port);
    for (int i = 0; i < 40; i++) {
        char text[160];

        snprintf(text, sizeof(text), "POST /n%d HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n%03d",
                 i, i);
        wire_send(&w, t->loop, text);
    }
    for (int i = 0; i < 40; i++) {
        char body[16];

        assert_int_equal(in_test_status(t, &w), 200);
        snprintf(body, sizeof(body), "\r\n\r\n%03d", i);
        assert_non_null(strstr(w.got.at, body));
        in_test_next(&w);
    }
    assert_false(w.ended);
    assert_int_equal(t->heard_count, 40);
    wire_close(&w);
}

/* Heads of every size, many headers, in pieces of every size, one after another on one connection.
 */
static void try_random_row(struct in_test *t, unsigned seed)
{
    struct wire w;
    struct buf text;
    unsigned count = seed % 4 + 1;
    size_t at = 0;

    buf_init(&text, MIB);
    wire_connect(&w, t->port);
    for (unsigned i = 0; i < count; i++) {
        unsigned headers = (seed * 7 + i * 13) % 60;
        unsigned body = (seed * 31 + i * 17) % 1000;

        buf_addf(&text, "POST /r%u HTTP/1.1\r\n" HOST "Content-Length: %u\r\n", i, body);
        for (unsigned j = 0; j < headers; j++)
            buf_addf(&text, "X-%u:%*s%0*u\r\n", j, (int)(j % 4), "",
                     (int)((seed + j * j) % 200 + 1), j);
        buf_add_text(&text, "\r\n");
        for (unsigned j = 0; j < body; j++)
            buf_add_char(&text, (char)('a' + j % 26));
    }
    assert_true(buf_ok(&text));
    while (at < text.len) {
        size_t piece = (seed * 2654435761u + at * 40503u) % (seed % 3 == 0 ? 20000 : 700) + 1;

        if (piece > text.len - at)
            piece = text.len - at;
        wire_send_n(&w, t->loop, text.at + at, piece);
        wire_turns(t->loop, seed % 3);
        at += piece;
    }
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(in_test_status(t, &w), 200);
        in_test_next(&w);
    }
    wire_close(&w);
    buf_fini(&text);
}

static void no_right_request_is_refused(void **state)
{
    struct in_test *t = *state;

    for (unsigned seed = 1; seed <= 400; seed++)
        try_random_row(t, seed);
}

/* ---- sizes ---- */

static int try_headers(struct in_test *t, unsigned count, unsigned size)
{
    struct buf text;
    bool closed;
    int status;

    buf_init(&text, MIB);
    buf_add_text(&text, "GET / HTTP/1.1\r\n" HOST);
    for (unsigned i = 0; i < count; i++)
        buf_addf(&text, "X-%u: %0*u\r\n", i, (int)size, i);
    buf_add_text(&text, "\r\n");
    status = in_test_try(t, text.at, text.len, &closed);
    buf_fini(&text);
    return status;
}

static void headers_have_a_number_and_a_size(void **state)
{
    struct in_test *t = *state;

    assert_int_equal(try_headers(t, LIMIT_HEADERS - 1, 10), 200);
    assert_int_equal(try_headers(t, LIMIT_HEADERS, 10), 431);
    assert_int_equal(try_headers(t, 1000, 10), 431);
    assert_int_equal(try_headers(t, 1, 16000), 200);
    assert_int_equal(try_headers(t, 60, 250), 200);
    assert_int_equal(try_headers(t, 1, 17 * 1024), 431);
    assert_int_equal(try_headers(t, 60, 300), 431);
    assert_int_equal(try_headers(t, 1, 64 * 1024), 431);
    assert_int_equal(t->heard_count, 3);
}

static int try_path(struct in_test *t, const char *shape, unsigned size)
{
    struct buf text;
    int status;

    buf_init(&text, MIB);
    buf_add_text(&text, "GET /");
    while (text.len < size + 4)
        buf_add_text(&text, shape);
    buf_add_text(&text, " HTTP/1.1\r\n" HOST "\r\n");
    status = in_test_try(t, text.at, text.len, NULL);
    buf_fini(&text);
    return status;
}

static void a_path_has_a_size(void **state)
{
    struct in_test *t = *state;

    assert_int_equal(try_path(t, "a", LIMIT_PATH), 200);
    assert_int_equal(try_path(t, "a", LIMIT_PATH + 1), 414);
    assert_int_equal(try_path(t, "a", 60000), 414);
    assert_int_equal(try_path(t, "?a=b&", 8000), 200);
    assert_int_equal(try_path(t, "?", 60000), 414);
}

static void a_body_has_a_size(void **state)
{
    struct in_test *t = *state;
    struct wire w;

    wire_connect(&w, t->port);
    wire_send(&w, t->loop, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20 && !w.ended; i++) {
        wire_send(&w, t->loop,
                  "40\r\n0123456789012345678901234567890123456789012345678901234567890123"
                  "\r\n");
        wire_turns(t->loop, 2);
    }
    assert_int_equal(in_test_status(t, &w), 413);
    WIRE_UNTIL(t->loop, (wire_read(&w), w.ended));
    wire_close(&w);
    assert_int_equal(t->heard_count, 0);

    wire_connect(&w, t->port);
    wire_send(&w, t->loop, "POST / HTTP/1.1\r\n" HOST "Content-Length: 100000000\r\n\r\n");
    assert_int_equal(in_test_status(t, &w), 413); /* although no byte of it was sent */
    wire_close(&w);
}

/* One that sends all of it before it reads, as most callers do, gets the refusal and no reset. */
static void who_is_refused_in_the_middle_hears_why(void **state)
{
    struct in_test *t = *state;
    size_t size = 3 * MIB;
    char *body = mem_must(size);
    static const char *heads[] = {
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 3145728\r\n\r\n",
        "POST /none HTTP/1.1\r\n" HOST "Content-Length: 3145728\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n300000\r\n",
    };
    static const int statuses[] = { 413, 404, 413 };
    struct wire w;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        wire_connect(&w, t->port);
        wire_send(&w, t->loop, heads[i]);
        wire_turns(t->loop, 20);
        for (size_t left = size; left > 0;) {
            ssize_t sent = send(w.fd, body, left, MSG_NOSIGNAL);

            if (sent == -1 && errno == EAGAIN)
                wire_turn(t->loop);
            else
                assert_true(sent > 0);
            left -= sent > 0 ? (size_t)sent : 0;
        }
        assert_int_equal(in_test_status(t, &w), statuses[i]);
        WIRE_UNTIL(t->loop, (wire_read(&w), w.ended));
        assert_false(w.reset);
        wire_close(&w);
    }
    mem_free(body);
    assert_int_equal(t->heard_count, 0);
}

static void a_large_body_arrives_whole(void **state)
{
    struct in_test *t = *state;
    size_t size = 3 * MIB;
    char *body = mem_must(size + 1);
    unsigned long sum = 0;
    struct wire w;
    char head[128];

    for (size_t i = 0; i < size; i++) {
        body[i] = (char)(i * 7 % 251 + 1);
        sum = sum * 31 + (unsigned char)body[i];
    }
    wire_connect(&w, t->port);
    snprintf(head, sizeof(head), "POST /big HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", size);
    wire_send(&w, t->loop, head);
    wire_send_n(&w, t->loop, body, size);
    assert_int_equal(in_test_status(t, &w), 200);
    assert_int_equal(in_test_last(t)->body_size, size);
    assert_true(in_test_last(t)->body_sum == sum);
    assert_memory_equal(strstr(w.got.at, "\r\n\r\n") + 4, body, size); /* and comes back whole */
    wire_close(&w);
    mem_free(body);
}

static void one_that_waits_for_100_gets_it(void **state)
{
    struct in_test *t = *state;
    struct wire w;

    wire_connect(&w, t->port);
    wire_send(&w, t->loop,
              "POST / HTTP/1.1\r\n" HOST "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_int_equal(in_test_status(t, &w), 100);
    assert_int_equal(t->heard_count, 0);
    in_test_next(&w);
    wire_send(&w, t->loop, "ok");
    assert_int_equal(in_test_status(t, &w), 200);
    in_test_next(&w);
    wire_send(&w, t->loop,
              "POST /none HTTP/1.1\r\n" HOST "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_int_equal(in_test_status(t, &w), 404);
    wire_close(&w);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, in_test_setup, in_test_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_request_arrives_as_it_was_sent),
        TEST(chunks_are_put_together_and_end_the_connection),
        TEST(requests_in_a_row_are_answered_in_a_row),
        TEST(no_right_request_is_refused),
        TEST(headers_have_a_number_and_a_size),
        TEST(a_path_has_a_size),
        TEST(a_body_has_a_size),
        TEST(who_is_refused_in_the_middle_hears_why),
        TEST(a_large_body_arrives_whole),
        TEST(one_that_waits_for_100_gets_it),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
