/* http_in_answer.c - the listener: what an answer looks like, answers now and later, and callers
 * that do not wait for them. */
#include "http_in_help.h"

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
    static const char body[] =
        "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
        "\"code\":\"not_found\",\"detail\":\"there is no \\\"hook\\\" here\"}";
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

/* Turns until the caller has its next answer. */
static unsigned turns_to_answer(struct in_test *t, struct wire *w)
{
    unsigned turns = 0;

    for (wire_read(w); wire_message(buf_text(&w->got), w->got.len, false) == 0; wire_read(w)) {
        wire_turn(t->loop);
        assert_in_range(++turns, 1, 1000);
    }
    in_test_next(w);
    return turns;
}

/* While a connection waits, libmicrohttpd always says that it has something to do, and we count
 * what it has: were something left out, the others would wait for the sweep. */
static void one_that_waits_slows_nobody(void **state)
{
    struct in_test *t = *state;
    struct wire waiting;
    struct wire w;

    t->hold = true;
    wire_connect(&waiting, t->port);
    wire_send(&waiting, t->loop, POST);
    WIRE_UNTIL(t->loop, t->heard_count == 1);
    wire_connect(&w, t->port);
    for (unsigned i = 2; i < 6; i++) {
        wire_send(&w, t->loop, POST);
        WIRE_UNTIL(t->loop, t->heard_count == i);
        in_test_answer(t, in_test_last(t)->id, "now");
        assert_in_range(turns_to_answer(t, &w), 0, 3);
    }
    t->hold = false;
    wire_send(&w, t->loop, POST);
    assert_in_range(turns_to_answer(t, &w), 0, 4);
    wire_send(&w, t->loop, POST POST POST);
    for (int i = 0; i < 3; i++)
        assert_in_range(turns_to_answer(t, &w), 0, 4);
    wire_send(&w, t->loop,
              "POST / HTTP/1.1\r\n" HOST "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_in_range(turns_to_answer(t, &w), 0, 3);
    wire_send(&w, t->loop, "ok");
    assert_in_range(turns_to_answer(t, &w), 0, 3);
    assert_int_equal(t->heard[0].id + t->heard_count - 1, in_test_last(t)->id);
    in_test_answer(t, t->heard[0].id, "at last");
    assert_in_range(turns_to_answer(t, &waiting), 0, 3);
    wire_close(&waiting);
    wire_close(&w);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, in_test_setup, in_test_teardown)
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
        TEST(one_that_waits_slows_nobody),
        TEST(a_caller_may_go_before_the_answer),
        TEST(a_caller_may_go_before_its_request_is_whole),
        TEST(a_slow_reader_gets_all),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
