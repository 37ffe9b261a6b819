/* http_out_source.c - the HTTP client: requests whose body comes from a source, piece by piece. */
#include "http_out_help.h"

#define BIG 3000000

struct giving {
    struct out_test *t;
    int64_t given, breaks; /* breaks: so far and no further; -1: to its end */
    size_t pieces, laters;
    unsigned turns; /* since it had nothing */
    bool later;
    struct http_source source;
};

static char giving_byte(int64_t at)
{
    return (char)('a' + at * 7 % 23);
}

static enum http_given giving_give(void *arg, char *to, size_t room, size_t *given)
{
    struct giving *giving = arg;
    size_t most = room < 5000 ? room : 5000;

    if (giving->later) {
        giving->laters++;
        return HTTP_LATER;
    }
    if (giving->breaks >= 0 && giving->given >= giving->breaks)
        return HTTP_BROKEN;
    assert_true(giving->given + (int64_t)most <= giving->source.size);
    for (*given = 0; *given < most; (*given)++)
        to[*given] = giving_byte(giving->given++);
    giving->later = ++giving->pieces % 16 == 0;
    return HTTP_GIVEN;
}

/* As the loop's thread hears it of its pool: some turns later. */
static void giving_comes(void *arg)
{
    struct giving *giving = arg;

    serve_turn(&giving->t->server);
    if (giving->later && giving->laters > 0 && ++giving->turns >= 3) {
        giving->turns = 0;
        giving->later = false;
        http_out_resume(giving->t->out, giving->t->id);
    }
}

static struct http_ask giving_ask(struct out_test *t, int64_t size, int64_t breaks,
                                  struct giving *giving)
{
    *giving = (struct giving){ .t = t, .breaks = breaks };
    giving->source = (struct http_source){ giving_give, giving, size };
    return (struct http_ask){ .method = "POST",
                              .url = out_test_url(t, "127.0.0.1", "/"),
                              .source = &giving->source,
                              .effect = true };
}

static void giving_post(struct out_test *t, int64_t size, int64_t breaks, struct giving *giving)
{
    struct http_ask ask = giving_ask(t, size, breaks, giving);

    loop_on_turn(t->loop, giving_comes, giving);
    out_test_ask(t, &ask);
    loop_on_turn(t->loop, serve_turn, &t->server);
}

static void it_is_given_whole_with_its_length(void **state)
{
    struct out_test *t = *state;
    struct giving giving;
    const char *text, *body;

    SERVE(t, { .answer = OK_TEXT("thanks", "6") });
    giving_post(t, BIG, -1, &giving);
    assert_int_equal(t->kept.code, ERR_OK);
    assert_string_equal(t->kept.body, "thanks");
    assert_true(giving.laters > 0);
    assert_int_equal(giving.given, BIG);
    text = served_text(t, 0);
    assert_non_null(strstr(text, "\r\nContent-Length: 3000000\r\n"));
    assert_null(strstr(text, "Expect"));
    assert_null(strstr(text, "Transfer-Encoding"));
    body = strstr(text, "\r\n\r\n") + 4;
    assert_int_equal(t->server.served[0].w.got.len - (size_t)(body - text), BIG);
    for (int64_t i = 0; i < BIG; i++)
        if (body[i] != giving_byte(i))
            fail_msg("byte %lld is another one", (long long)i);
}

static void none_at_all_is_a_body_of_no_bytes(void **state)
{
    struct out_test *t = *state;
    struct giving giving;

    SERVE(t, { .answer = OK_TEXT("thanks", "6") });
    giving_post(t, 0, -1, &giving);
    assert_int_equal(t->kept.code, ERR_OK);
    assert_non_null(strstr(served_text(t, 0), "\r\nContent-Length: 0\r\n"));
}

static void one_that_breaks_off_is_no_request(void **state)
{
    struct out_test *t = *state;
    struct giving giving;

    SERVE(t, { .answer = OK_TEXT("thanks", "6") });
    giving_post(t, BIG, BIG / 2, &giving);
    assert_int_equal(t->kept.code, ERR_TRANSIENT);
    assert_true(t->kept.sent);
    assert_non_null(strstr(t->kept.text, "could not be read to its end"));
    WIRE_UNTIL(t->loop, t->server.served[0].over);
    assert_int_equal(t->server.requests, 0);
    assert_in_range(t->server.served[0].w.got.len, 1, BIG);
}

/* Whatever is kept from before: nobody could give it a second time. */
static void it_goes_over_a_connection_of_its_own(void **state)
{
    struct out_test *t = *state;
    struct giving giving;
    struct http_ask read = { .method = "GET", .url = out_test_url(t, "127.0.0.1", "/") };
    struct http_ask ask = giving_ask(t, 10, -1, &giving);

    SERVE(t, { .answer = OK_TEXT("thanks", "6") });
    out_test_ask(t, &read);
    out_test_ask(t, &read);
    assert_int_equal(t->server.count, 1);
    ask.effect = false;
    out_test_ask(t, &ask);
    assert_int_equal(t->kept.code, ERR_OK);
    assert_int_equal(t->server.count, 2);
    out_test_ask(t, &read); /* what is used again has nothing left of it */
    assert_int_equal(t->kept.code, ERR_OK);
    assert_int_equal(t->server.count, 2);
}

static void a_length_of_the_callers_must_be_right(void **state)
{
    static const struct http_pair wrong = { "Content-Length", "9" };
    struct out_test *t = *state;
    struct giving giving;
    struct http_ask ask = giving_ask(t, 10, -1, &giving);

    SERVE(t, { .answer = OK_TEXT("thanks", "6") });
    ask.headers = &wrong;
    ask.header_count = 1;
    out_test_ask(t, &ask);
    assert_int_equal(t->kept.code, ERR_POLICY);
    assert_false(t->kept.sent);
    assert_int_equal(giving.given, 0);
}

static void one_that_waits_can_be_cancelled(void **state)
{
    struct out_test *t = *state;
    struct giving giving;
    struct http_ask ask = giving_ask(t, BIG, -1, &giving);

    SERVE(t, { .answer = OK_TEXT("thanks", "6") });
    giving.later = true;
    out_test_send(t, &ask);
    WIRE_UNTIL(t->loop, giving.laters > 0);
    http_out_cancel(t->out, t->id);
    http_out_resume(t->out, t->id); /* too late: nothing happens */
    assert_int_equal(t->kept.calls, 0);
    assert_int_equal(giving.given, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, out_test_setup, out_test_teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_is_given_whole_with_its_length),     TEST(none_at_all_is_a_body_of_no_bytes),
        TEST(one_that_breaks_off_is_no_request),     TEST(it_goes_over_a_connection_of_its_own),
        TEST(a_length_of_the_callers_must_be_right), TEST(one_that_waits_can_be_cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
