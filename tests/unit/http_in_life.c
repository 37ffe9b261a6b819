/* http_in_life.c - the listener over time: deadlines, and an end with requests under way. */
#include "http_in_help.h"

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

/* It is suspended, so that libmicrohttpd does not look at it. */
static void it_says_whether_somebody_waits(void **state)
{
    struct in_test *t = *state;
    uint64_t stays, leaves;
    struct wire w[2];

    t->hold = true;
    for (size_t i = 0; i < 2; i++) {
        wire_connect(&w[i], t->port);
        wire_send(&w[i], t->loop, POST);
        WIRE_UNTIL(t->loop, t->heard_count == i + 1);
    }
    stays = t->heard[0].id;
    leaves = t->heard[1].id;
    wire_turns(t->loop, 120);
    assert_true(http_in_waited_for(t->in, stays));
    assert_true(http_in_waited_for(t->in, leaves));
    wire_close(&w[1]);
    WIRE_UNTIL(t->loop, !http_in_waited_for(t->in, leaves));
    assert_true(http_in_waited_for(t->in, stays));
    in_test_answer(t, leaves, "to nobody");
    in_test_answer(t, stays, "patience");
    assert_int_equal(in_test_status(t, &w[0]), 200);
    assert_false(http_in_waited_for(t->in, stays));
    WIRE_UNTIL(t->loop, http_in_open_requests(t->in) == 0);
    wire_close(&w[0]);
}

/* Each answer is small enough to have no more than the body's time. */
static void one_that_reads_nothing_is_cut(void **state)
{
    static char body[60000];
    struct in_test *t = *state;
    struct http_in_options options = { .body_ms = 100 };
    struct wire slow, good;
    size_t heard = 0;
    unsigned still = 0;

    in_test_close(t);
    in_test_open(t, options);
    memset(body, 'x', sizeof(body));
    t->answer = (struct http_answer){ .status = 200, .body = body, .body_size = sizeof(body) };
    wire_connect(&slow, t->port);
    for (unsigned i = 0; i < 200; i++) /* more answers than the sockets' buffers take */
        wire_send_n(&slow, t->loop, GET, sizeof(GET) - 1);
    WIRE_UNTIL(t->loop, (still = heard == t->heard_count && heard > 0 ? still + 1 : 0,
                         heard = t->heard_count, still > 100)); /* the buffers are full */
    WIRE_UNTIL(t->loop, http_in_open_requests(t->in) == 0);
    assert_in_range(t->heard_count, 1, 199);
    wire_connect(&good, t->port);
    wire_send(&good, t->loop, GET);
    assert_int_equal(in_test_status(t, &good), 200);
    wire_close(&good);
    wire_close(&slow);
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

int main(void)
{
#define TEST(name)    cmocka_unit_test_setup_teardown(name, in_test_setup, in_test_teardown)
#define HURRIED(name) cmocka_unit_test_setup_teardown(name, setup_hurried, in_test_teardown)
    const struct CMUnitTest tests[] = {
        HURRIED(headers_that_drip_are_cut_at_the_deadline),
        HURRIED(a_body_that_drips_is_a_408),
        HURRIED(an_idle_connection_ends_in_silence),
        TEST(it_says_whether_somebody_waits),
        HURRIED(one_that_waits_for_its_answer_is_not_cut),
        TEST(one_that_reads_nothing_is_cut),
        TEST(one_that_does_not_read_its_answer_may_go),
        TEST(it_closes_with_requests_in_every_state),
        TEST(a_quiet_one_takes_no_callers_and_finishes_what_is_open),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
