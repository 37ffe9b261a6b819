/* http_in.c - the listener: what it takes, what it refuses, and that the pieces in which bytes
 * arrive make no difference. Deadlines, ends and full tables are in http_in_life.c. */
#include "http_in_help.h"

#define HOST "Host: weft.example\r\n"

struct
try {
    const char *name;
    const char *bytes;
    size_t size; /* 0: strlen() */
    int status;
};
#define WITH_NUL(text) text, sizeof(text) - 1

static size_t try_size(const struct try *try)
{
    return try->size > 0 ? try->size : strlen(try->bytes);
}

/* ---- what is taken ---- */

static const struct try taken[] = {
    { "a plain GET", "GET / HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "a body by length", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", 0, 200 },
    { "a length of 0", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 0, 200 },
    { "no body at all", "POST /x HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "a body in chunks",
      "POST /x HTTP/1.1\r\n" HOST
      "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
      0, 200 },
    { "chunks with extensions and a trailer",
      "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n"
      "5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
      0, 200 },
    { "blanks around a value", "GET / HTTP/1.1\r\nHost: \t weft.example \t \r\n\r\n", 0, 200 },
    { "no blank before a value", "GET / HTTP/1.1\r\nHost:weft.example\r\n\r\n", 0, 200 },
    { "an empty value", "GET / HTTP/1.1\r\n" HOST "X-Empty:\r\nX-Blank: \r\n\r\n", 0, 200 },
    { "a tab and UTF-8 in a value", "GET / HTTP/1.1\r\n" HOST "X: a\tb \xc3\xa4\r\n\r\n", 0, 200 },
    { "colons in a value", "GET / HTTP/1.1\r\n" HOST "X: a:b: c\r\n\r\n", 0, 200 },
    { "a cookie", "GET / HTTP/1.1\r\n" HOST "Cookie: a=1; b=\"2\"; c\r\n\r\n", 0, 200 },
    { "HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 0, 200 },
    { "names in any case", "POST / HTTP/1.1\r\nhOST: a\r\ncONTENT-lENGTH: 2\r\n\r\nok", 0, 200 },
    { "a port in Host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 0, 200 },
    { "empty lines before", "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "the whole URL", "GET http://weft.example/x?y=1 HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "the whole URL without a path", "GET http://weft.example HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "a query", "GET /x?a=1&b=%00%2e&c=/../ HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "a question mark in the query", "GET /x?a?b HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "escapes in the path", "GET /a%20b/%c3%a4/..c/d../.e HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "OPTIONS", "OPTIONS /x HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "DELETE", "DELETE /x HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "PATCH", "PATCH /x HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}", 0, 200 },
};

/* ---- what is refused ---- */

static const struct try refused[] = {
    { "two lengths",
      "POST /x HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 0, 400 },
    { "the same length twice",
      "POST /x HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 0, 400 },
    { "lengths in a list", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\nhello", 0,
      400 },
    { "a signed length", "POST /x HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\nhello", 0, 400 },
    { "a negative length", "POST /x HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\nhello", 0, 400 },
    { "a hexadecimal length", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\nhello", 0,
      400 },
    { "an empty length", "POST /x HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\nhello", 0, 400 },
    { "length and chunks",
      "POST /x HTTP/1.1\r\n" HOST
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      0, 400 },
    { "chunks and length",
      "POST /x HTTP/1.1\r\n" HOST
      "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
      0, 400 },
    { "a blank before the colon",
      "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 0, 400 },
    { "a tab before the colon", "POST /x HTTP/1.1\r\n" HOST "Content-Length\t: 5\r\n\r\nhello", 0,
      400 },
    { "xchunked", "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 0,
      400 },
    { "gzip, chunked",
      "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 0, 400 },
    { "identity", "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n", 0, 400 },
    { "chunked twice",
      "POST /x HTTP/1.1\r\n" HOST
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      0, 400 },
    { "chunks in HTTP/1.0",
      "POST /x HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 400 },
    { "a vertical tab in the coding",
      "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: \x0b"
      "chunked\r\n\r\n0\r\n\r\n",
      0, 400 },
    { "two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 0, 400 },
    { "no host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", 0, 400 },
    { "no header", "GET / HTTP/1.1\r\n\r\n", 0, 400 },
    { "a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 0, 400 },
    { "a host with an at", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 0, 400 },
    { "another host in the URL", "GET http://evil/ HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "LF behind the request line", "GET / HTTP/1.1\n" HOST "\r\n", 0, 400 },
    { "LF behind a header", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 0, 400 },
    { "LF behind the last header", "GET / HTTP/1.1\r\nX: b\r\nHost: a\n\r\n", 0, 400 },
    { "LF as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n", 0, 400 },
    { "LF everywhere", "GET / HTTP/1.1\nHost: a\n\n", 0, 400 },
    { "a CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", 0, 400 },
    { "CR CR LF", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 0, 400 },
    { "a NUL in a value", WITH_NUL("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"), 400 },
    { "a NUL at the end of a value", WITH_NUL("GET / HTTP/1.1\r\nHost: a\0\r\n\r\n"), 400 },
    { "a NUL at the begin of a value", WITH_NUL("GET / HTTP/1.1\r\nHost: a\r\nX:\0y\r\n\r\n"),
      400 },
    { "a NUL in a name", WITH_NUL("GET / HTTP/1.1\r\nHost: a\r\nX\0Y: y\r\n\r\n"), 400 },
    { "a line that begins with NUL", WITH_NUL("GET / HTTP/1.1\r\nHost: a\r\n\0X: y\r\n\r\n"), 400 },
    { "a NUL in the version", WITH_NUL("GET / HTTP/1.1\0\r\nHost: a\r\n\r\n"), 400 },
    { "a NUL in the target", WITH_NUL("GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
    { "a folded value", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 0, 400 },
    { "a value folded by a tab", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n", 0, 400 },
    { "a fold before the first header", "GET / HTTP/1.1\r\n X: b\r\nHost: a\r\n\r\n", 0, 400 },
    { "a folded length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 5\r\n\r\nhello", 0,
      400 },
    { "an escape character in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \x1b[2J\r\n\r\n", 0, 400 },
    { "DEL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", 0, 400 },
    { "a header without a colon", "GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 0, 400 },
    { "an empty name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 0, 400 },
    { "a slash in a name", "GET / HTTP/1.1\r\nHost: a\r\nX/Y: b\r\n\r\n", 0, 400 },
    { "HTTP/1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", 0, 400 },
    { "a blank more in the request line", "GET  / HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a blank in the target", "GET /a b HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a blank behind the target", "GET /  HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a tab for a blank", "GET /\tx HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "TRACE", "TRACE / HTTP/1.1\r\n" HOST "\r\n", 0, 405 },
    { "CONNECT", "CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n", 0, 405 },
    { "a method in small letters", "get / HTTP/1.1\r\n" HOST "\r\n", 0, 405 },
    { "a method that nobody knows", "BREW / HTTP/1.1\r\n" HOST "\r\n", 0, 405 },
    { "an escaped dot", "GET /%2e%2e/x HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "dots", "GET /a/../b HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "dots at the end", "GET /a/.. HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a dot", "GET /./b HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "an escaped dot among dots", "GET /a/.%2E HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "an escaped NUL", "GET /a%00b HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "an escaped line end", "GET /a%0d%0ab HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "an escaped slash", "GET /a%2fb HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "an escaped backslash", "GET /a%5Cb HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a backslash", "GET /a\\b HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "half an escape", "GET /a%2 HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a false escape", "GET /a%zz HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "overlong UTF-8", "GET /%c0%ae%c0%ae/x HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "no UTF-8", "GET /%ff HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a target without a slash", "GET x HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "an asterisk", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a fragment", "GET /a#b HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a chunk of a negative size",
      "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", 0,
      400 },
    { "a chunk size that is no number",
      "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", 0,
      400 },
    { "a chunk size beyond 64 bits",
      "POST / HTTP/1.1\r\n" HOST
      "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
      0, 413 },
    { "a chunk longer than it says",
      "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n", 0,
      400 },
    { "a length beyond 64 bits",
      "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\nhello", 0, 413 },
    { "a length beyond the limit", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n", 0,
      413 },
};

static void what_is_right_is_taken(void **state)
{
    struct in_test *t = *state;

    for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
        int status = in_test_try(t, taken[i].bytes, try_size(&taken[i]), NULL);

        if (status != taken[i].status)
            print_error("%s: %d\n", taken[i].name, status);
        assert_int_equal(status, taken[i].status);
        assert_int_equal(t->heard_count, i + 1);
    }
}

static void what_is_wrong_is_refused_and_the_connection_ends(void **state)
{
    struct in_test *t = *state;

    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        bool closed = false;
        int status = in_test_try(t, refused[i].bytes, try_size(&refused[i]), &closed);

        if (status != refused[i].status || !closed)
            print_error("%s: %d%s\n", refused[i].name, status, closed ? "" : ", still open");
        assert_int_equal(status, refused[i].status);
        assert_true(closed);
        assert_int_equal(t->heard_count, 0);
    }
}

/* libmicrohttpd parses as bytes arrive: where they are cut must change nothing, least of all what
 * http_frame.c concludes from the places of names and values. */
static void try_cut_at(struct in_test *t, const struct try *try, size_t cut)
{
    struct wire w;
    int status;

    wire_connect(&w, t->port);
    wire_turns(t->loop, 2);
    wire_send_n(&w, t->loop, try->bytes, cut);
    wire_turns(t->loop, 2);
    wire_send_n(&w, t->loop, try->bytes + cut, try_size(try) - cut);
    status = in_test_status(t, &w);
    if (status != try->status)
        print_error("%s, cut at %zu: %d\n", try->name, cut, status);
    assert_int_equal(status, try->status);
    wire_close(&w);
}

static void try_in_bytes(struct in_test *t, const struct try *try)
{
    struct wire w;
    int status;

    wire_connect(&w, t->port);
    for (size_t i = 0; i < try_size(try) && !w.ended; i++) {
        wire_send_n(&w, t->loop, try->bytes + i, 1);
        wire_turns(t->loop, 2);
    }
    status = in_test_status(t, &w);
    if (status != try->status)
        print_error("%s, byte by byte: %d\n", try->name, status);
    assert_int_equal(status, try->status);
    wire_close(&w);
}

static void where_the_bytes_are_cut_makes_no_difference(void **state)
{
    struct in_test *t = *state;

    for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
        for (size_t cut = 1; cut < try_size(&taken[i]); cut++)
            try_cut_at(t, &taken[i], cut);
        try_in_bytes(t, &taken[i]);
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        for (size_t cut = 1; cut < try_size(&refused[i]); cut += 3)
            try_cut_at(t, &refused[i], cut);
        try_in_bytes(t, &refused[i]);
    }
}

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
    const struct try *chunks = &taken[4];

    assert_int_equal(in_test_try(t, chunks->bytes, try_size(chunks), &closed), 200);
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
        TEST(what_is_right_is_taken),
        TEST(what_is_wrong_is_refused_and_the_connection_ends),
        TEST(where_the_bytes_are_cut_makes_no_difference),
        TEST(a_request_arrives_as_it_was_sent),
        TEST(chunks_are_put_together_and_end_the_connection),
        TEST(requests_in_a_row_are_answered_in_a_row),
        TEST(no_right_request_is_refused),
        TEST(headers_have_a_number_and_a_size),
        TEST(a_path_has_a_size),
        TEST(a_body_has_a_size),
        TEST(a_large_body_arrives_whole),
        TEST(one_that_waits_for_100_gets_it),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
