/* http_out_sink.c - the HTTP client: answers whose body goes to a sink, piece by piece. */
#include "http_out_help.h"

#define BIG 3000000u

struct sinking {
    struct out_test *t;
    size_t size, pieces, fulls;
    unsigned turns; /* since it was full */
    bool full, refuses;
    uint64_t sum;
};

static bool sink_wants(void *arg, int status)
{
    (void)arg;
    return status == 200;
}

static enum http_taken sink_take(void *arg, const char *bytes, size_t size)
{
    struct sinking *sinking = arg;

    if (sinking->refuses)
        return HTTP_REFUSED;
    if (sinking->full) {
        sinking->fulls++;
        return HTTP_FULL;
    }
    for (size_t i = 0; i < size; i++)
        sinking->sum = sinking->sum * 31 + (unsigned char)bytes[i];
    sinking->size += size;
    sinking->pieces++;
    sinking->full = sinking->pieces % 8 == 0;
    return HTTP_TAKEN;
}

/* As the loop's thread hears it of its pool: some turns later, while more waits in the socket. */
static void sink_room(void *arg)
{
    struct sinking *sinking = arg;

    serve_turn(&sinking->t->server);
    if (sinking->full && sinking->fulls > 0 && ++sinking->turns >= 5) {
        sinking->turns = 0;
        sinking->full = false;
        http_out_resume(sinking->t->out, sinking->t->id);
    }
}

static void sink_get(struct out_test *t, int64_t limit, bool refuses, struct sinking *sinking)
{
    struct http_sink sink = { sink_wants, sink_take, sinking, limit };

    *sinking = (struct sinking){ .t = t, .refuses = refuses };
    loop_on_turn(t->loop, sink_room, sinking);
    out_test_ask(t, &(struct http_ask){
                        .method = "GET", .url = out_test_url(t, "127.0.0.1", "/"), .sink = &sink });
    loop_on_turn(t->loop, serve_turn, &t->server);
}

static char *big(size_t *size, uint64_t *sum)
{
    char *answer = mem_must(BIG + 200);
    int head = snprintf(answer, 200, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n", BIG);

    *sum = 0;
    for (size_t i = 0; i < BIG; i++) {
        answer[(size_t)head + i] = (char)('a' + i * 7 % 23);
        *sum = *sum * 31 + (unsigned char)answer[(size_t)head + i];
    }
    *size = (size_t)head + BIG;
    return answer;
}

static void it_takes_the_body_and_may_be_full(void **state)
{
    struct out_test *t = *state;
    struct script script = { .after = KEEP };
    struct sinking sinking;
    uint64_t sum;
    char *answer = big(&script.answer_size, &sum);

    script.answer = answer;
    serve(t, &script, 1);
    sink_get(t, BIG, false, &sinking);
    assert_int_equal(t->kept.code, ERR_OK);
    assert_int_equal(t->kept.body_size, 0);
    assert_int_equal(sinking.size, BIG);
    assert_true(sinking.sum == sum);
    assert_true(sinking.fulls > 0);
    sink_get(t, BIG - 1, false, &sinking); /* it says so before its body */
    assert_int_equal(t->kept.code, ERR_LIMIT);
    assert_true(t->kept.sent);
    sink_get(t, BIG, true, &sinking);
    assert_int_equal(t->kept.code, ERR_TRANSIENT);
    assert_int_equal(sinking.size, 0);
    mem_free(answer);
}

static void a_chunked_body_has_the_same_limit(void **state)
{
    struct out_test *t = *state;
    struct sinking sinking;

    SERVE(t, { .answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
                         "5\r\nworld\r\n0\r\n\r\n" });
    sink_get(t, 10, false, &sinking);
    assert_int_equal(sinking.size, 10);
    assert_int_equal(t->kept.code, ERR_OK);
    sink_get(t, 9, false, &sinking);
    assert_int_equal(t->kept.code, ERR_LIMIT);
}

static void other_answers_are_the_replys(void **state)
{
    struct out_test *t = *state;
    struct sinking sinking;

    SERVE(t, { .answer = "HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nbusy" });
    sink_get(t, 100, false, &sinking);
    assert_int_equal(sinking.size, 0);
    assert_int_equal(t->kept.status, 503);
    assert_string_equal(t->kept.body, "busy");
}

static void an_answer_that_breaks_off_is_a_failure(void **state)
{
    struct out_test *t = *state;
    struct sinking sinking;

    SERVE(t, { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", .after = CLOSE },
          { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", .after = RESET },
          { .answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\n",
            .after = CLOSE });
    for (int i = 0; i < 3; i++) {
        sink_get(t, 100, false, &sinking);
        assert_int_equal(t->kept.code, ERR_TRANSIENT);
        assert_true(t->kept.sent);
    }
}

static void one_that_waits_can_be_cancelled(void **state)
{
    struct out_test *t = *state;
    struct script script = { .after = KEEP };
    struct sinking sinking = { .t = t, .full = true };
    struct http_sink sink = { sink_wants, sink_take, &sinking, BIG };
    uint64_t sum;
    char *answer = big(&script.answer_size, &sum);

    script.answer = answer;
    serve(t, &script, 1);
    out_test_send(t, &(struct http_ask){ .method = "GET",
                                         .url = out_test_url(t, "127.0.0.1", "/"),
                                         .sink = &sink });
    WIRE_UNTIL(t->loop, sinking.fulls > 0);
    http_out_cancel(t->out, t->id);
    http_out_resume(t->out, t->id); /* too late: nothing happens */
    assert_int_equal(t->kept.calls, 0);
    mem_free(answer);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, out_test_setup, out_test_teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_takes_the_body_and_may_be_full), TEST(a_chunked_body_has_the_same_limit),
        TEST(other_answers_are_the_replys),      TEST(an_answer_that_breaks_off_is_a_failure),
        TEST(one_that_waits_can_be_cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
