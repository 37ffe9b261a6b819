/* http_stream.c - answers that grow: what is pushed arrives in order, who falls behind or goes is
 * let go, and every end is told once. */
#include <time.h>

#include "http_in_help.h"

#include "io/http_stream.h"

#define EVENTS "GET /events HTTP/1.1\r\n" HOST "\r\n"
#define MANY   200

struct streamed {
    struct http_stream *stream; /* NULL: it has gone */
    unsigned gone;
};

struct stream_test {
    struct in_test in; /* first: the state of the helpers */
    struct streamed list[MANY];
};

static void stream_gone(void *arg)
{
    struct streamed *s = arg;

    s->stream = NULL;
    s->gone++;
}

static int stream_setup_looking(void **state, unsigned look_ms)
{
    struct stream_test *t = mem_must(sizeof(*t));

    in_test_open(&t->in, (struct http_in_options){ .look_ms = look_ms });
    t->in.hold = true;
    *state = t;
    return 0;
}

static int stream_setup(void **state)
{
    return stream_setup_looking(state, 0);
}

static int stream_setup_often(void **state)
{
    return stream_setup_looking(state, 5);
}

static int stream_teardown(void **state)
{
    struct stream_test *t = *state;

    in_test_close(&t->in);
    for (size_t i = 0; i < MANY; i++)
        assert_null(t->list[i].stream); /* told, or ended by its test */
    mem_free(t);
    return 0;
}

/* A caller whose request has arrived and is answered with a stream. */
static void stream_open(struct stream_test *t, size_t i, struct wire *w, const char *request,
                        const char *body)
{
    struct http_answer head = { .status = 200, .body = body };
    size_t heard = t->in.heard_count;

    head.body_size = body != NULL ? strlen(body) : 0;
    wire_connect(w, t->in.port);
    wire_send(w, t->in.loop, request);
    WIRE_UNTIL(t->in.loop, t->in.heard_count > heard);
    t->list[i].stream =
        http_in_stream(t->in.in, in_test_last(&t->in)->id, &head, stream_gone, &t->list[i]);
    assert_non_null(t->list[i].stream);
}

static void stream_push(struct stream_test *t, size_t i, const char *text)
{
    assert_true(http_stream_push(t->list[i].stream, text, strlen(text)));
}

static void stream_end(struct stream_test *t, size_t i)
{
    http_stream_end(t->list[i].stream);
    t->list[i].stream = NULL;
}

static bool wire_has(struct wire *w, const char *text)
{
    wire_read(w);
    return strstr(buf_text(&w->got), text) != NULL;
}

static void pieces_arrive_in_order_and_the_end_ends_the_connection(void **state)
{
    struct stream_test *t = *state;
    struct wire w;

    stream_open(t, 0, &w, EVENTS, NULL);
    WIRE_UNTIL(t->in.loop, wire_has(&w, "\r\n\r\n"));
    assert_true(wire_has(&w, "HTTP/1.1 200 OK\r\n"));
    assert_true(wire_has(&w, "Content-Type: text/event-stream\r\n"));
    assert_true(wire_has(&w, "Transfer-Encoding: chunked\r\n"));
    assert_true(wire_has(&w, "Cache-Control: no-store\r\n"));
    assert_true(wire_has(&w, "X-Accel-Buffering: no\r\n"));
    assert_int_equal(http_in_streams(t->in.in), 1);
    stream_push(t, 0, "data: one\n\n");
    WIRE_UNTIL(t->in.loop, wire_has(&w, "\r\n\r\nB\r\ndata: one\n\n\r\n"));
    stream_push(t, 0, "data: two\n\n");
    stream_push(t, 0, "data: three\n\n"); /* of one turn: in one chunk */
    assert_int_equal(http_stream_queued(t->list[0].stream), 24);
    WIRE_UNTIL(t->in.loop, wire_has(&w, "18\r\ndata: two\n\ndata: three\n\n\r\n"));
    stream_push(t, 0, "data: last\n\n");
    stream_end(t, 0);
    WIRE_UNTIL(t->in.loop, (wire_read(&w), w.ended));
    assert_true(wire_has(&w, "C\r\ndata: last\n\n\r\n0\r\n\r\n"));
    assert_int_equal(t->list[0].gone, 0);
    assert_int_equal(http_in_streams(t->in.in), 0);
    assert_int_equal(http_in_open_requests(t->in.in), 0);
    wire_close(&w);
}

static void a_body_of_the_head_comes_first(void **state)
{
    struct stream_test *t = *state;
    struct wire w;

    stream_open(t, 0, &w, EVENTS, "retry: 1000\n\n");
    stream_push(t, 0, "data: x\n\n");
    WIRE_UNTIL(t->in.loop, wire_has(&w, "16\r\nretry: 1000\n\ndata: x\n\n\r\n"));
    stream_end(t, 0);
    wire_close(&w);
}

/* By then the connection is suspended, as any that waits long for its answer. */
static void a_request_that_waited_gets_its_stream(void **state)
{
    struct stream_test *t = *state;
    struct http_answer head = { .status = 200, .body = "data: 0\n\n", .body_size = 9 };
    struct wire w;

    wire_connect(&w, t->in.port);
    wire_send(&w, t->in.loop, EVENTS);
    WIRE_UNTIL(t->in.loop, t->in.heard_count == 1);
    wire_send(&w, t->in.loop, EVENTS); /* a second one behind it is not served any more */
    wire_turns(t->in.loop, 200);
    t->list[0].stream =
        http_in_stream(t->in.in, t->in.heard[0].id, &head, stream_gone, &t->list[0]);
    assert_non_null(t->list[0].stream);
    WIRE_UNTIL(t->in.loop, wire_has(&w, "data: 0\n\n"));
    assert_null(http_in_stream(t->in.in, t->in.heard[0].id, &head, stream_gone, &t->list[0]));
    stream_end(t, 0);
    WIRE_UNTIL(t->in.loop, (wire_read(&w), w.ended));
    assert_int_equal(t->in.heard_count, 1);
    wire_close(&w);
}

static void a_caller_without_chunks_reads_to_the_end(void **state)
{
    struct stream_test *t = *state;
    struct wire w;

    stream_open(t, 0, &w, "GET /events HTTP/1.0\r\n\r\n", NULL);
    stream_push(t, 0, "data: one\n\n");
    WIRE_UNTIL(t->in.loop, wire_has(&w, "\r\n\r\ndata: one\n\n"));
    stream_push(t, 0, "data: two\n\n");
    stream_end(t, 0);
    WIRE_UNTIL(t->in.loop, (wire_read(&w), w.ended));
    assert_true(wire_has(&w, "\r\n\r\ndata: one\n\ndata: two\n\n"));
    assert_false(wire_has(&w, "chunked"));
    wire_close(&w);
}

static void head_gets_the_head_only(void **state)
{
    struct stream_test *t = *state;
    struct wire w;

    stream_open(t, 0, &w, "HEAD /events HTTP/1.1\r\n" HOST "\r\n", "data: one\n\n");
    WIRE_UNTIL(t->in.loop, t->list[0].gone == 1);
    WIRE_UNTIL(t->in.loop, (wire_read(&w), w.ended));
    assert_false(wire_has(&w, "data"));
    wire_close(&w);
}

static void a_peer_that_goes_without_a_word_is_missed(void **state)
{
    struct stream_test *t = *state;
    struct wire w;

    stream_open(t, 0, &w, EVENTS, "data: one\n\n");
    WIRE_UNTIL(t->in.loop, wire_has(&w, "data: one"));
    wire_close(&w);
    WIRE_UNTIL(t->in.loop, t->list[0].gone == 1);
    assert_int_equal(http_in_streams(t->in.in), 0);
    stream_open(t, 1, &w, EVENTS, "data: one\n\n");
    WIRE_UNTIL(t->in.loop, wire_has(&w, "data: one"));
    wire_close_hard(&w);
    WIRE_UNTIL(t->in.loop, t->list[1].gone == 1);
}

static void a_quiet_stream_is_pinged(void **state)
{
    struct stream_test *t = *state;
    struct wire w;

    stream_open(t, 0, &w, EVENTS, NULL);
    WIRE_UNTIL(t->in.loop, wire_has(&w, "8\r\n: ping\n\n\r\n8\r\n: ping\n\n\r\n"));
    stream_end(t, 0);
    wire_close(&w);
}

static void who_falls_behind_is_cut_and_others_are_not(void **state)
{
    struct stream_test *t = *state;
    static char text[16 * KIB];
    struct wire slow, good;
    size_t pushed = 0;

    memset(text, 'x', sizeof(text));
    stream_open(t, 0, &slow, EVENTS, NULL);
    stream_open(t, 1, &good, EVENTS, NULL);
    while (http_stream_push(t->list[0].stream, text, sizeof(text))) {
        assert_true(http_stream_push(t->list[1].stream, text, sizeof(text)));
        pushed += sizeof(text);
        assert_in_range(http_stream_queued(t->list[0].stream), 0, LIMIT_STREAM_QUEUE);
        WIRE_UNTIL(t->in.loop, (wire_read(&good), http_stream_queued(t->list[1].stream) == 0));
        assert_in_range(pushed, 0, 16 * MIB); /* the kernel's buffers and ours have an end */
    }
    WIRE_UNTIL(t->in.loop, t->list[0].gone == 1);
    stream_push(t, 1, "data: still here\n\n");
    WIRE_UNTIL(t->in.loop, wire_has(&good, "data: still here\n\n"));
    assert_int_equal(t->list[1].gone, 0);
    stream_end(t, 1);
    wire_close(&slow);
    wire_close(&good);
}

/* More than the sockets take, and less than would be cut at once. */
static void stream_keep_full(struct streamed *s, const char *text, size_t size)
{
    if (s->stream != NULL && http_stream_queued(s->stream) < 64 * KIB)
        assert_true(http_stream_push(s->stream, text, size));
}

static void who_takes_nothing_for_long_is_cut(void **state)
{
    struct stream_test *t = *state;
    static char text[8 * KIB];
    struct wire w;

    memset(text, 'x', sizeof(text));
    stream_open(t, 0, &w, EVENTS, NULL);
    WIRE_UNTIL(t->in.loop, (stream_keep_full(&t->list[0], text, sizeof(text)), t->list[0].gone));
    wire_close(&w);
}

/* What callers have read is none of the memory that is measured. */
static void wires_forget(struct wire wires[MANY])
{
    for (size_t i = 0; i < MANY; i++)
        buf_fini(&wires[i].got);
}

static void an_event_for_many_is_kept_once(void **state)
{
    struct stream_test *t = *state;
    static char text[64 * KIB];
    struct http_piece *piece;
    struct wire *wires = mem_must(MANY * sizeof(*wires));
    size_t before;

    memset(text, 'x', sizeof(text));
    memcpy(text + sizeof(text) - 7, "behind\n", 7);
    for (size_t i = 0; i < MANY; i++)
        stream_open(t, i, &wires[i], EVENTS, NULL);
    wire_turns(t->in.loop, 8);
    wires_forget(wires);
    before = mem_used();
    piece = http_piece_new(text, sizeof(text));
    assert_non_null(piece);
    for (size_t i = 0; i < MANY; i++)
        assert_true(http_stream_share(t->list[i].stream, piece));
    http_piece_leave(piece);
    assert_in_range(mem_used() - before, sizeof(text), 2 * sizeof(text));
    for (size_t i = 0; i < MANY; i++)
        WIRE_UNTIL(t->in.loop, wire_has(&wires[i], "behind\n"));
    wires_forget(wires);
    WIRE_UNTIL(t->in.loop, mem_used() < before + sizeof(text));
    for (size_t i = 0; i < MANY; i++) {
        stream_end(t, i);
        wire_close(&wires[i]);
    }
    mem_free(wires);
}

/* Many events for many: the loop is not theirs, whatever the time between two looks here is. */
static void many_are_woken_so_many_in_a_time(void **state)
{
    struct stream_test *t = *state;
    struct wire *wires = mem_must(MANY * sizeof(*wires));
    struct timespec began, now;
    size_t beats, empty = 0;

    for (size_t i = 0; i < MANY; i++)
        stream_open(t, i, &wires[i], EVENTS, NULL);
    for (size_t i = 0; i < MANY; i++)
        WIRE_UNTIL(t->in.loop, wire_has(&wires[i], "\r\n\r\n"));
    wire_turns(t->in.loop, 8); /* all are asleep */
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (size_t i = 0; i < MANY; i++)
        stream_push(t, i, "data: one\n\n");
    wire_turns(t->in.loop, 8);
    for (size_t i = 0; i < MANY; i++)
        empty += http_stream_queued(t->list[i].stream) == 0;
    clock_gettime(CLOCK_MONOTONIC, &now);
    beats = (size_t)((now.tv_sec - began.tv_sec) * 50 + (now.tv_nsec - began.tv_nsec) / 20000000);
    assert_in_range(empty, 1, 64 * (beats + 2)); /* the beats since, and the ones at both ends */
    for (size_t i = 0; i < MANY; i++)
        stream_push(t, i, "data: two\n\n");
    for (size_t i = 0; i < MANY; i++)
        WIRE_UNTIL(t->in.loop, wire_has(&wires[i], "data: two\n\n\r\n"));
    /* who waited for its turn got both at once */
    assert_true(wire_has(&wires[MANY - 1], "16\r\ndata: one\n\ndata: two\n\n\r\n") || beats > 2);
    for (size_t i = 0; i < MANY; i++) {
        stream_end(t, i);
        wire_close(&wires[i]);
    }
    mem_free(wires);
}

static void a_listener_that_goes_quiet_ends_what_is_open(void **state)
{
    struct stream_test *t = *state;
    struct http_answer head = { .status = 200 };
    struct wire w, late;

    stream_open(t, 0, &w, EVENTS, NULL);
    wire_connect(&late, t->in.port);
    wire_send(&late, t->in.loop, EVENTS);
    WIRE_UNTIL(t->in.loop, t->in.heard_count == 2);
    stream_push(t, 0, "data: last\n\n");
    http_in_quiet(t->in.in);
    assert_int_equal(t->list[0].gone, 0); /* not within the call */
    assert_null(http_in_stream(t->in.in, t->in.heard[1].id, &head, stream_gone, &t->list[1]));
    assert_int_equal(in_test_status(&t->in, &late), 503);
    WIRE_UNTIL(t->in.loop, t->list[0].gone == 1);
    WIRE_UNTIL(t->in.loop, (wire_read(&w), w.ended));
    assert_true(wire_has(&w, "data: last\n\n\r\n0\r\n\r\n"));
    assert_int_equal(http_in_open_requests(t->in.in), 0);
    wire_close(&w);
    wire_close(&late);
}

static void a_listener_that_closes_tells_each(void **state)
{
    struct stream_test *t = *state;
    struct wire wires[3];

    for (size_t i = 0; i < 3; i++)
        stream_open(t, i, &wires[i], EVENTS, NULL);
    wire_turns(t->in.loop, 8);
    stream_push(t, 1, "data: never sent\n\n");
    http_in_close(t->in.in);
    t->in.in = NULL;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(t->list[i].gone, 1);
        wire_close(&wires[i]);
    }
}

int main(void)
{
#define TEST(name)  cmocka_unit_test_setup_teardown(name, stream_setup, stream_teardown)
#define OFTEN(name) cmocka_unit_test_setup_teardown(name, stream_setup_often, stream_teardown)
    const struct CMUnitTest tests[] = {
        TEST(pieces_arrive_in_order_and_the_end_ends_the_connection),
        TEST(a_body_of_the_head_comes_first),
        TEST(a_request_that_waited_gets_its_stream),
        TEST(a_caller_without_chunks_reads_to_the_end),
        TEST(head_gets_the_head_only),
        OFTEN(a_peer_that_goes_without_a_word_is_missed),
        OFTEN(a_quiet_stream_is_pinged),
        TEST(who_falls_behind_is_cut_and_others_are_not),
        OFTEN(who_takes_nothing_for_long_is_cut),
        TEST(an_event_for_many_is_kept_once),
        TEST(many_are_woken_so_many_in_a_time),
        TEST(a_listener_that_goes_quiet_ends_what_is_open),
        TEST(a_listener_that_closes_tells_each),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
