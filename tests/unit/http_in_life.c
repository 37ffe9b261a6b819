/* http_in_life.c - the listener over time: answers now and later, callers that go away, deadlines,
 * an end with requests under way, sockets of the file system, and no descriptors left. */
#include "http_in_help.h"

#include <sys/resource.h>
#include <sys/stat.h>

#define HOST "Host: weft.example\r\n"
#define GET  "GET / HTTP/1.1\r\n" HOST "\r\n"
#define POST "POST /x HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nok"

/* ---- answers ---- */

static void an_answer_has_its_headers(void **state)
{
    struct in_test *t = *state;
    const struct pair more[] = {
        { "X-Run", "01JD" },        { "Set-Cookie", "a=1" }, { "Set-Cookie", "b=2" },
        { "Content-Length", "99" }, { "Connection", "x" },   { "X-Evil", "a\r\nX-Second: b" },
        { "X Bad", "y" },           { "X-Empty", "" },       { "Transfer-Encoding", "chunked" },
    };
    struct wire w;

    t->log.level = LOG_ERROR;
    t->answer = (struct http_answer){ .status = 201,
                                      .headers = more,
                                      .header_count = sizeof(more) / sizeof(*more),
                                      .body = "{}",
                                      .body_size = 2 };
    wire_connect(&w, t->port);
    wire_send(&w, t->loop, GET);
    assert_int_equal(in_test_status(t, &w), 201);
    assert_non_null(strstr(w.got.at, "HTTP/1.1 201 Created\r\n"));
    assert_non_null(strstr(w.got.at, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(w.got.at, "\r\nX-Content-Type-Options: nosniff\r\n"));
    assert_non_null(strstr(w.got.at, "\r\nCache-Control: no-store\r\n"));
    assert_non_null(strstr(w.got.at, "\r\nDate: "));
    assert_non_null(strstr(w.got.at, "\r\nX-Run: 01JD\r\n"));
    assert_non_null(strstr(w.got.at, "\r\nSet-Cookie: a=1\r\n"));
    assert_non_null(strstr(w.got.at, "\r\nSet-Cookie: b=2\r\n"));
    assert_non_null(strstr(w.got.at, "\r\nContent-Length: 2\r\n"));
    assert_null(strstr(w.got.at, "99"));
    assert_null(strstr(w.got.at, "chunked"));
    assert_null(strstr(w.got.at, "X-Second"));
    assert_null(strstr(w.got.at, "Bad"));
    wire_close(&w);
}

static void an_answer_may_be_stored_if_it_says_so(void **state)
{
    struct in_test *t = *state;
    const struct pair stored = { "cache-control", "max-age=60" };
    struct wire w;

    t->answer = (struct http_answer){ .status = 200,
                                      .content_type = "text/css",
                                      .headers = &stored,
                                      .header_count = 1,
                                      .body = "a{}",
                                      .body_size = 3,
                                      .close = true };
    wire_connect(&w, t->port);
    wire_send(&w, t->loop, GET);
    assert_int_equal(in_test_status(t, &w), 200);
    assert_non_null(strstr(w.got.at, "max-age=60"));
    assert_null(strstr(w.got.at, "no-store"));
    assert_non_null(strstr(w.got.at, "\r\nContent-Type: text/css\r\n"));
    assert_non_null(strstr(w.got.at, "\r\nConnection: close\r\n"));
    WIRE_UNTIL(t->loop, (wire_read(&w), w.ended));
    wire_close(&w);
}

static void a_HEAD_gets_no_body(void **state)
{
    struct in_test *t = *state;
    struct wire w;
    size_t size;

    t->answer = (struct http_answer){ .status = 200, .body = "12345", .body_size = 5 };
    wire_connect(&w, t->port);
    wire_send(&w, t->loop, "HEAD / HTTP/1.1\r\n" HOST "\r\n" GET);
    WIRE_UNTIL(t->loop, (wire_read(&w), strstr(buf_text(&w.got), "12345") != NULL));
    assert_non_null(strstr(w.got.at, "\r\nContent-Length: 5\r\n"));
    size = wire_message(w.got.at, w.got.len, true);
    assert_memory_equal(w.got.at + size, "HTTP/1.1 200", 12); /* of the GET: nothing in between */
    assert_string_equal(w.got.at + w.got.len - 5, "12345");
    wire_close(&w);
}

static void an_answer_without_a_body_is_whole(void **state)
{
    struct in_test *t = *state;
    struct wire w;

    t->answer = (struct http_answer){ .status = 204 };
    wire_connect(&w, t->port);
    wire_send(&w, t->loop, POST);
    assert_int_equal(in_test_status(t, &w), 204);
    assert_null(strstr(w.got.at, "Content-Type: "));
    in_test_next(&w);
    wire_send(&w, t->loop, POST);
    assert_int_equal(in_test_status(t, &w), 204);
    wire_close(&w);
}

static void a_status_that_is_none_is_a_500(void **state)
{
    struct in_test *t = *state;

    t->answer = (struct http_answer){ .status = 42 };
    assert_int_equal(in_test_try(t, GET, strlen(GET), NULL), 500);
    t->answer = (struct http_answer){ .status = 101 };
    assert_int_equal(in_test_try(t, GET, strlen(GET), NULL), 500);
}

static void a_refusal_is_a_problem_and_keeps_the_connection(void **state)
{
    static const char body[] = "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
                               "\"detail\":\"there is no \\\"hook\\\" here\"}";
    struct in_test *t = *state;
    struct wire w;

    wire_connect(&w, t->port);
    wire_send(&w, t->loop, "POST /none HTTP/1.1\r\n" HOST "Content-Length: 11\r\n\r\nsome ");
    wire_turns(t->loop, 4);
    wire_send(&w, t->loop, "thing.");
    assert_int_equal(in_test_status(t, &w), 404);
    assert_non_null(strstr(w.got.at, "\r\nContent-Type: application/problem+json\r\n"));
    assert_string_equal(strstr(w.got.at, "\r\n\r\n") + 4, body);
    in_test_next(&w);
    wire_send(&w, t->loop, "GET /busy HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(in_test_status(t, &w), 503);
    assert_non_null(strstr(w.got.at, "\r\nRetry-After: "));
    in_test_next(&w);
    wire_send(&w, t->loop, GET);
    assert_int_equal(in_test_status(t, &w), 200);
    assert_int_equal(t->heard_count, 1);
    wire_close(&w);
}

static void a_refused_request_with_a_long_body_ends_the_connection(void **state)
{
    struct in_test *t = *state;
    struct wire w;

    wire_connect(&w, t->port);
    wire_send(&w, t->loop, "POST /none HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\nsome");
    assert_int_equal(in_test_status(t, &w), 404);
    WIRE_UNTIL(t->loop, (wire_read(&w), w.ended));
    wire_close(&w);
    wire_connect(&w, t->port);
    wire_send(&w, t->loop, "POST /none HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
    assert_int_equal(in_test_status(t, &w), 404);
    WIRE_UNTIL(t->loop, (wire_read(&w), w.ended));
    wire_close(&w);
}

/* ---- later ---- */

static void an_answer_may_come_later(void **state)
{
    struct in_test *t = *state;
    struct wire w[3];

    t->hold = true;
    for (size_t i = 0; i < 3; i++) {
        wire_connect(&w[i], t->port);
        wire_send(&w[i], t->loop, POST);
        WIRE_UNTIL(t->loop, t->heard_count == i + 1);
    }
    assert_int_equal(http_in_open_requests(t->in), 3);
    in_test_answer(t, t->heard[1].id, "second");
    in_test_answer(t, t->heard[0].id, "first");
    in_test_answer(t, t->heard[0].id, "first again"); /* the first answer holds */
    assert_int_equal(in_test_status(t, &w[0]), 200);
    assert_int_equal(in_test_status(t, &w[1]), 200);
    assert_string_equal(strstr(w[0].got.at, "\r\n\r\n") + 4, "first");
    assert_string_equal(strstr(w[1].got.at, "\r\n\r\n") + 4, "second");
    http_in_refuse(t->in, t->heard[2].id, &(struct err){ ERR_CONFLICT, "no" });
    assert_int_equal(in_test_status(t, &w[2]), 409);
    wire_turns(t->loop, 4);
    assert_int_equal(http_in_open_requests(t->in), 0);
    in_test_answer(t, t->heard[2].id, "too late"); /* dropped */
    in_test_answer(t, 123456789, "to nobody");
    for (size_t i = 0; i < 3; i++)
        wire_close(&w[i]);
}

/* After some turns a waiting connection is suspended: others' requests are the turns. */
static void one_that_waits_long_is_answered_too(void **state)
{
    struct in_test *t = *state;
    struct wire waiting[5];
    struct wire busy;
    uint64_t ids[5];

    t->hold = true;
    for (size_t i = 0; i < 5; i++) {
        wire_connect(&waiting[i], t->port);
        wire_send(&waiting[i], t->loop, POST);
        WIRE_UNTIL(t->loop, t->heard_count == i + 1);
        ids[i] = in_test_last(t)->id;
    }
    t->hold = false;
    wire_connect(&busy, t->port);
    for (int i = 0; i < 200; i++) {
        wire_send(&busy, t->loop, POST);
        assert_int_equal(in_test_status(t, &busy), 200);
        in_test_next(&busy);
    }
    for (size_t i = 0; i < 5; i++)
        in_test_answer(t, ids[i], "at last");
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(in_test_status(t, &waiting[i]), 200);
        in_test_next(&waiting[i]);
        wire_send(&waiting[i], t->loop, POST POST); /* and goes on as before */
        assert_int_equal(in_test_status(t, &waiting[i]), 200);
        in_test_next(&waiting[i]);
        assert_int_equal(in_test_status(t, &waiting[i]), 200);
        wire_close(&waiting[i]);
    }
    wire_close(&busy);
}

static void a_caller_may_go_before_the_answer(void **state)
{
    struct in_test *t = *state;
    struct wire w[4];

    t->hold = true;
    for (size_t i = 0; i < 4; i++) {
        wire_connect(&w[i], t->port);
        wire_send(&w[i], t->loop, POST);
        WIRE_UNTIL(t->loop, t->heard_count == i + 1);
    }
    wire_close(&w[0]);
    wire_close_hard(&w[1]);
    wire_turns(t->loop, 10);
    in_test_answer(t, t->heard[0].id, "gone");
    in_test_answer(t, t->heard[1].id, "gone");
    wire_close(&w[2]);
    wire_close_hard(&w[3]);
    in_test_answer(t, t->heard[2].id, "just gone");
    in_test_answer(t, t->heard[3].id, "just gone");
    WIRE_UNTIL(t->loop, http_in_open_requests(t->in) == 0);
}

static void a_caller_may_go_before_its_request_is_whole(void **state)
{
    struct in_test *t = *state;

    for (size_t size = 1; size < strlen(POST); size++) {
        struct wire w;

        wire_connect(&w, t->port);
        wire_send_n(&w, t->loop, POST, size);
        wire_turns(t->loop, 2);
        if (size % 2 == 0)
            wire_close(&w);
        else
            wire_close_hard(&w);
        wire_turns(t->loop, 2);
    }
    WIRE_UNTIL(t->loop, http_in_open_requests(t->in) == 0);
    assert_int_equal(t->heard_count, 0);
}

static void a_slow_reader_gets_all(void **state)
{
    struct in_test *t = *state;
    size_t size = 8 * MIB;
    char *body = mem_must(size);
    struct wire w;
    size_t whole;

    for (size_t i = 0; i < size; i++)
        body[i] = (char)(i * 11 % 253);
    t->answer = (struct http_answer){ .status = 200, .body = body, .body_size = size };
    wire_connect(&w, t->port);
    wire_send(&w, t->loop, GET GET);
    wire_turns(t->loop, 50); /* the socket is full long since */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(in_test_status(t, &w), 200);
        whole = wire_message(w.got.at, w.got.len, false);
        assert_memory_equal(w.got.at + whole - size, body, size);
        in_test_next(&w);
    }
    wire_close(&w);
    mem_free(body);
}

/* ---- deadlines ---- */

static int setup_hurried(void **state)
{
    struct in_test *t = mem_must(sizeof(*t));

    in_test_open(t, (struct http_in_options){ .header_ms = 60, .body_ms = 60, .idle_ms = 60 });
    *state = t;
    return 0;
}

/* Sends the text byte by byte, one each 5 ms, until the peer closes; says after how long. */
static int64_t drip(struct in_test *t, struct wire *w, const char *text)
{
    int64_t began = wire_now();
    int64_t next = began;

    while (!w->ended) {
        if (wire_now() >= next && *text != '\0') {
            wire_send_n(w, t->loop, text++, 1);
            next += 5;
        }
        wire_turn(t->loop);
        wire_read(w);
        assert_in_range(wire_now() - began, 0, WIRE_PATIENCE);
    }
    return wire_now() - began;
}

static void headers_that_drip_are_cut_at_the_deadline(void **state)
{
    struct in_test *t = *state;
    char slow[2000];
    struct wire w;

    memset(slow, 'a', sizeof(slow));
    memcpy(slow, "GET / HTTP/1.1\r\nHost: ", 22);
    slow[sizeof(slow) - 1] = '\0';
    wire_connect(&w, t->port);
    assert_in_range(drip(t, &w, slow), 55, 2000);
    wire_close(&w);
    wire_connect(&w, t->port); /* a request line that drips */
    memset(slow, 'a', sizeof(slow) - 1);
    assert_in_range(drip(t, &w, slow), 55, 2000);
    assert_int_equal(w.got.len, 0);
    wire_close(&w);
    wire_connect(&w, t->port); /* nothing at all */
    assert_in_range(drip(t, &w, ""), 55, 2000);
    assert_int_equal(w.got.len, 0);
    wire_close(&w);
    wire_connect(&w, t->port); /* all of the line, none of the headers */
    wire_send(&w, t->loop, "GET / HTTP/1.1\r\n");
    assert_in_range(drip(t, &w, ""), 55, 2000);
    assert_int_equal(in_test_status(t, &w), 408);
    wire_close(&w);
    assert_int_equal(t->heard_count, 0);
}

static void a_body_that_drips_is_a_408(void **state)
{
    struct in_test *t = *state;
    char slow[500];
    struct wire w;

    memset(slow, 'b', sizeof(slow) - 1);
    slow[sizeof(slow) - 1] = '\0';
    wire_connect(&w, t->port);
    wire_send(&w, t->loop, "POST / HTTP/1.1\r\n" HOST "Content-Length: 500\r\n\r\n");
    assert_in_range(drip(t, &w, slow), 55, 2000);
    assert_int_equal(in_test_status(t, &w), 408);
    assert_non_null(strstr(w.got.at, "application/problem+json"));
    wire_close(&w);
    wire_connect(&w, t->port);
    wire_send(&w, t->loop, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n190\r\n");
    assert_in_range(drip(t, &w, slow), 55, 2000);
    assert_int_equal(in_test_status(t, &w), 408);
    wire_close(&w);
    assert_int_equal(t->heard_count, 0);
    assert_int_equal(http_in_open_requests(t->in), 0);
}

static void an_idle_connection_ends_in_silence(void **state)
{
    struct in_test *t = *state;
    struct wire w;

    wire_connect(&w, t->port);
    wire_send(&w, t->loop, GET);
    assert_int_equal(in_test_status(t, &w), 200);
    in_test_next(&w);
    assert_in_range(drip(t, &w, ""), 50, 2000);
    assert_int_equal(w.got.len, 0);
    wire_close(&w);
}

static void one_that_waits_for_its_answer_is_not_cut(void **state)
{
    struct in_test *t = *state;
    int64_t end = wire_now() + 250;
    struct wire w;

    t->hold = true;
    wire_connect(&w, t->port);
    wire_send(&w, t->loop, POST);
    WIRE_UNTIL(t->loop, wire_now() > end);
    wire_read(&w);
    assert_false(w.ended);
    in_test_answer(t, in_test_last(t)->id, "patience");
    assert_int_equal(in_test_status(t, &w), 200);
    wire_close(&w);
}

static void one_that_does_not_read_its_answer_may_go(void **state)
{
    struct in_test *t = *state;
    size_t size = 16 * MIB;
    char *body = mem_must(size);
    struct wire w;

    t->hold = true;
    wire_connect(&w, t->port);
    wire_send(&w, t->loop, POST);
    WIRE_UNTIL(t->loop, t->heard_count == 1);
    t->answer = (struct http_answer){ .status = 200, .body = body, .body_size = size };
    http_in_answer(t->in, in_test_last(t)->id, &t->answer);
    wire_turns(t->loop, 20);
    assert_int_equal(http_in_open_requests(t->in), 1); /* not written yet, and not forgotten */
    wire_close_hard(&w);
    WIRE_UNTIL(t->loop, http_in_open_requests(t->in) == 0);
    mem_free(body);
}

/* ---- the end ---- */

static void it_closes_with_requests_in_every_state(void **state)
{
    struct in_test *t = *state;
    const char *const begun[] = { "",
                                  "GET",
                                  "GET / HTTP/1.1\r\nHost",
                                  "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nab",
                                  POST,
                                  POST POST };
    struct wire w[12];

    t->hold = true;
    for (size_t i = 0; i < 12; i++) {
        wire_connect(&w[i], t->port);
        wire_send(&w[i], t->loop, begun[i % 6]);
        wire_turns(t->loop, 3);
    }
    wire_turns(t->loop, 120);
    assert_int_equal(t->heard_count, 4);
    in_test_answer(t, t->heard[0].id, "answered, not sent");
    http_in_close(t->in); /* some wait suspended, some not */
    for (size_t i = 0; i < 12; i++) {
        WIRE_UNTIL(t->loop, (wire_read(&w[i]), w[i].ended));
        wire_close(&w[i]);
    }
    t->in = NULL;
}

static void a_quiet_one_takes_no_callers_and_finishes_what_is_open(void **state)
{
    struct in_test *t = *state;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)t->port) };
    struct wire w;
    struct wire kept;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    wire_connect(&kept, t->port);
    wire_send(&kept, t->loop, GET);
    assert_int_equal(in_test_status(t, &kept), 200);
    in_test_next(&kept);
    t->hold = true;
    wire_connect(&w, t->port);
    wire_send(&w, t->loop, POST);
    WIRE_UNTIL(t->loop, t->heard_count == 2);
    http_in_quiet(t->in);
    wire_turns(t->loop, 2);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), -1);
    close(fd);
    in_test_answer(t, in_test_last(t)->id, "done");
    assert_int_equal(in_test_status(t, &w), 200);
    assert_non_null(strstr(w.got.at, "\r\nConnection: close\r\n"));
    WIRE_UNTIL(t->loop, (wire_read(&w), w.ended));
    t->hold = false;
    wire_send(&kept, t->loop, GET); /* was on its way: not lost */
    assert_int_equal(in_test_status(t, &kept), 200);
    assert_non_null(strstr(kept.got.at, "\r\nConnection: close\r\n"));
    assert_int_equal(http_in_open_requests(t->in), 0);
    wire_close(&w);
    wire_close(&kept);
}

/* ---- addresses ---- */

static struct http_in *try_open(struct in_test *t, struct http_in_options options, struct err *e)
{
    struct http_in_calls calls = { in_test_admit, in_test_receive, t };

    *e = (struct err){ .code = ERR_OK };
    return http_in_open(t->loop, &t->log, &options, &calls, e);
}

static void a_port_in_use_is_said_so(void **state)
{
    struct in_test *t = *state;
    struct err e;
    char text[32];

    assert_null(try_open(t, (struct http_in_options){ .host = "127.0.0.1", .port = t->port }, &e));
    assert_int_equal(e.code, ERR_CONFLICT);
    snprintf(text, sizeof(text), "127.0.0.1:%u is in use", t->port);
    assert_non_null(strstr(e.text, text));
    assert_non_null(strstr(e.text, "choose another port with --listen"));
    assert_null(try_open(t, (struct http_in_options){ .host = "192.0.2.1" }, &e));
    assert_int_equal(e.code, ERR_USAGE);
    assert_null(try_open(t, (struct http_in_options){ .host = "127.0.0.1", .port = 70000 }, &e));
    assert_int_equal(e.code, ERR_USAGE);
    assert_null(try_open(t, (struct http_in_options){ .host = "not an address" }, &e));
    assert_int_equal(e.code, ERR_USAGE);
}

static void localhost_is_this_machine(void **state)
{
    struct in_test *t = *state;
    struct http_in *kept = t->in;
    struct err e;

    t->in = try_open(t, (struct http_in_options){ .host = "localhost" }, &e);
    assert_non_null(t->in);
    t->port = http_in_port(t->in);
    assert_int_equal(in_test_try(t, GET, strlen(GET), NULL), 200);
    http_in_close(t->in);
    t->in = kept;
}

static void a_socket_file_is_for_its_owner(void **state)
{
    struct in_test *t = mem_must(sizeof(*t));
    char folder[] = "/tmp/weft-http-XXXXXX";
    char path[64];
    struct stat there;
    struct err e;
    struct wire w;
    int fd;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/weft.sock", folder);
    in_test_open(t, (struct http_in_options){ .unix_path = path });
    assert_int_equal(t->port, 0);
    assert_int_equal(stat(path, &there), 0);
    assert_int_equal(there.st_mode & 07777, 0600);
    wire_connect_unix(&w, path);
    wire_send(&w, t->loop, POST);
    assert_int_equal(in_test_status(t, &w), 200);
    assert_string_equal(in_test_last(t)->peer, "local");
    wire_close(&w);
    assert_null(try_open(t, (struct http_in_options){ .unix_path = path }, &e));
    assert_int_equal(e.code, ERR_CONFLICT); /* somebody answers there */
    http_in_close(t->in);
    assert_int_equal(stat(path, &there), -1);

    fd = socket(AF_UNIX, SOCK_STREAM, 0); /* a file left behind */
    {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    }
    close(fd);
    t->in = try_open(t, (struct http_in_options){ .unix_path = path }, &e);
    assert_non_null(t->in);
    in_test_close(t);

    t->loop = wire_loop_new();
    fd = open(path, O_CREAT | O_WRONLY, 0600); /* a file of somebody else */
    close(fd);
    assert_null(try_open(t, (struct http_in_options){ .unix_path = path }, &e));
    assert_int_equal(e.code, ERR_CONFLICT);
    assert_int_equal(stat(path, &there), 0);
    unlink(path);
    rmdir(folder);
    loop_free(t->loop);
    mem_free(t);
}

/* ---- no descriptors ---- */

#define CROWD 24

static void count_line(void *arg, enum log_level level, const char *text)
{
    unsigned *lines = arg;

    assert_int_equal(level, LOG_WARN);
    assert_non_null(strstr(text, "cannot accept"));
    (*lines)++;
}

static void without_descriptors_callers_get_503_and_the_loop_rests(void **state)
{
    struct in_test *t = *state;
    struct rlimit before;
    struct rlimit tight;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)t->port) };
    struct wire w[CROWD];
    unsigned served = 0;
    unsigned sent_away = 0;
    unsigned lines = 0;

    t->log.level = LOG_WARN;
    t->log.line = count_line;
    t->log.arg = &lines;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (size_t i = 0; i < CROWD; i++)
        wire_init(&w[i], socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    tight = before;
    tight.rlim_cur = (rlim_t)w[CROWD - 1].fd + 1 + 5;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    for (size_t i = 0; i < CROWD; i++) {
        assert_int_equal(connect(w[i].fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(fcntl(w[i].fd, F_SETFL, O_NONBLOCK), 0);
        wire_send(&w[i], t->loop, GET);
    }
    for (size_t i = 0; i < CROWD; i++) {
        int status = in_test_status(t, &w[i]);

        served += status == 200;
        sent_away += status == 503;
    }
    assert_int_equal(served, 5);
    assert_int_equal(sent_away, CROWD - 5);
    assert_int_equal(lines, 1);
    for (size_t i = 0; i < CROWD; i++)
        wire_close(&w[i]);
    wire_turns(t->loop, 5);
    assert_int_equal(in_test_try(t, GET, strlen(GET), NULL), 200); /* there are some again */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
#define TEST(name)    cmocka_unit_test_setup_teardown(name, in_test_setup, in_test_teardown)
#define HURRIED(name) cmocka_unit_test_setup_teardown(name, setup_hurried, in_test_teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_answer_has_its_headers),
        TEST(an_answer_may_be_stored_if_it_says_so),
        TEST(a_HEAD_gets_no_body),
        TEST(an_answer_without_a_body_is_whole),
        TEST(a_status_that_is_none_is_a_500),
        TEST(a_refusal_is_a_problem_and_keeps_the_connection),
        TEST(a_refused_request_with_a_long_body_ends_the_connection),
        TEST(an_answer_may_come_later),
        TEST(one_that_waits_long_is_answered_too),
        TEST(a_caller_may_go_before_the_answer),
        TEST(a_caller_may_go_before_its_request_is_whole),
        TEST(a_slow_reader_gets_all),
        HURRIED(headers_that_drip_are_cut_at_the_deadline),
        HURRIED(a_body_that_drips_is_a_408),
        HURRIED(an_idle_connection_ends_in_silence),
        HURRIED(one_that_waits_for_its_answer_is_not_cut),
        TEST(one_that_does_not_read_its_answer_may_go),
        TEST(it_closes_with_requests_in_every_state),
        TEST(a_quiet_one_takes_no_callers_and_finishes_what_is_open),
        TEST(a_port_in_use_is_said_so),
        TEST(localhost_is_this_machine),
        cmocka_unit_test(a_socket_file_is_for_its_owner),
        TEST(without_descriptors_callers_get_503_and_the_loop_rests),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
