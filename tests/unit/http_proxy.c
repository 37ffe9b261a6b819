/* http_proxy.c - whom a request is from behind proxies: only those that are trusted are believed,
 * from the right. The callers here come from 127.0.0.1. */
#include "http_in_help.h"

#include <sys/stat.h>

static int proxy_setup_trusting(void **state, const char *trusted)
{
    struct in_test *t = mem_must(sizeof(*t));

    in_test_open(t, (struct http_in_options){ .trusted_proxies = trusted });
    *state = t;
    return 0;
}

static int proxy_setup(void **state)
{
    return proxy_setup_trusting(state, "127.0.0.0/8, 10.1.0.0/16 2001:db8:1::/48");
}

static int proxy_setup_other(void **state)
{
    return proxy_setup_trusting(state, "10.0.0.0/8 unix");
}

/* The peer that the request is said to be from. *secure: over TLS, as the answer shows. */
static const char *proxy_peer(struct in_test *t, const char *headers, bool *secure)
{
    char request[1024];
    struct wire w;

    snprintf(request, sizeof(request), "GET / HTTP/1.1\r\n" HOST "%s\r\n", headers);
    wire_connect(&w, t->port);
    wire_send(&w, t->loop, request);
    assert_int_equal(in_test_status(t, &w), 200);
    *secure = strstr(buf_text(&w.got), "Strict-Transport-Security: ") != NULL;
    wire_close(&w);
    return in_test_last(t)->peer;
}

static void the_client_is_the_last_that_is_no_trusted_proxy(void **state)
{
    static const struct {
        const char *headers, *peer;
    } tries[] = {
        { "", "127.0.0.1" },
        { "X-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7" },
        { "X-Forwarded-For: 192.0.2.7, 10.1.2.3\r\n", "192.0.2.7" },
        { "X-Forwarded-For: 203.0.113.9, 192.0.2.7, 10.1.2.3\r\n", "192.0.2.7" }, /* forged */
        { "X-Forwarded-For: 10.2.0.1\r\n", "10.2.0.1" },
        { "X-Forwarded-For: 10.1.2.3\r\n", "10.1.2.3" },
        { "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For:  192.0.2.7 ,\t10.1.2.3 \r\n",
          "192.0.2.7" },
        { "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-For: 10.1.2.3\r\n", "192.0.2.7" },
        { "x-forwarded-for: 192.0.2.7:4711\r\n", "192.0.2.7" },
        { "X-Forwarded-For: [2001:db8:2::7]:4711, 2001:db8:1::1\r\n", "2001:db8:2::7" },
        { "X-Forwarded-For: 2001:DB8:2:0::7\r\n", "2001:db8:2::7" },
        { "X-Forwarded-For: ::ffff:192.0.2.7\r\n", "192.0.2.7" },
        { "X-Forwarded-For: 192.0.2.7, unknown, 10.1.2.3\r\n", "10.1.2.3" },
        { "X-Forwarded-For: <script>\r\n", "127.0.0.1" },
        { "X-Forwarded-For: 192.0.2.7,\r\n", "127.0.0.1" },
        { "X-Forwarded-For:\r\n", "127.0.0.1" },
        { "X-Forwarded-For: 192.0.2\r\n", "127.0.0.1" },
        { "X-Forwarded-For: [192.0.2.7\r\n", "127.0.0.1" },
        { "Forwarded: for=192.0.2.7\r\n", "127.0.0.1" },
    };
    bool secure;

    for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++)
        assert_string_equal(proxy_peer(*state, tries[i].headers, &secure), tries[i].peer);
}

static void tls_is_what_all_say(void **state)
{
    static const struct {
        const char *headers;
        bool secure;
    } tries[] = {
        { "", false },
        { "X-Forwarded-Proto: https\r\n", true },
        { "X-Forwarded-Proto: http\r\n", false },
        { "X-Forwarded-Proto: https, https\r\n", true },
        { "X-Forwarded-Proto: https, http\r\n", false },
        { "X-Forwarded-Proto: http\r\nX-Forwarded-Proto: https\r\n", false },
        { "X-Forwarded-Proto:\r\n", false },
        { "X-Forwarded-Proto: httpsx\r\n", false },
    };
    bool secure;

    for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
        assert_string_equal(proxy_peer(*state, tries[i].headers, &secure), "127.0.0.1");
        if (secure != tries[i].secure)
            print_error("%s", tries[i].headers);
        assert_int_equal(secure, tries[i].secure);
    }
}

static void who_is_not_trusted_is_not_believed(void **state)
{
    bool secure;

    assert_string_equal(
        proxy_peer(*state, "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n", &secure),
        "127.0.0.1");
    assert_false(secure);
}

/* Two requests on one connection: the second has nothing of the first. */
static void each_request_says_its_own(void **state)
{
    struct in_test *t = *state;
    struct wire w;

    wire_connect(&w, t->port);
    wire_send(&w, t->loop,
              "GET / HTTP/1.1\r\n" HOST "X-Forwarded-For: 192.0.2.7\r\n"
              "X-Forwarded-Proto: https\r\n\r\n");
    assert_int_equal(in_test_status(t, &w), 200);
    assert_string_equal(in_test_last(t)->peer, "192.0.2.7");
    in_test_next(&w);
    wire_send(&w, t->loop, GET);
    assert_int_equal(in_test_status(t, &w), 200);
    assert_string_equal(in_test_last(t)->peer, "127.0.0.1");
    assert_null(strstr(buf_text(&w.got), "Strict-Transport-Security"));
    wire_close(&w);
}

static void a_unix_socket_lets_in_whom_its_mode_says(void **state)
{
    struct in_test *t = *state;
    char path[64];
    struct stat made;
    struct wire w;

    in_test_close(t);
    snprintf(path, sizeof(path), "/tmp/weft-proxy-%d.sock", (int)getpid());
    in_test_open(t, (struct http_in_options){
                        .unix_path = path, .unix_mode = 0660, .trusted_proxies = "unix" });
    assert_int_equal(stat(path, &made), 0);
    assert_int_equal(made.st_mode & 0777, 0660);
    wire_connect_unix(&w, path);
    wire_send(&w, t->loop, "GET / HTTP/1.1\r\n" HOST "X-Forwarded-For: 192.0.2.7\r\n\r\n");
    assert_int_equal(in_test_status(t, &w), 200);
    assert_string_equal(in_test_last(t)->peer, "192.0.2.7");
    wire_close(&w);
}

static void what_is_no_range_is_refused(void **state)
{
    static const char *const wrong[] = { "10.0.0.0/33",  "::/129", "10.0.0.0/",
                                         "10.0.0.0/-1",  "10.0.0", "proxy.local",
                                         "10.0.0.0/8/8", "/8" };
    struct in_test *t = *state;
    struct http_in_calls calls = { in_test_admit, in_test_receive, t };
    struct err e;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        struct http_in_options options = { .host = "127.0.0.1", .trusted_proxies = wrong[i] };

        assert_null(http_in_open(t->loop, &t->log, &options, &calls, &e));
        assert_int_equal(e.code, ERR_USAGE);
        assert_non_null(strstr(e.text, "trusted proxies; right are"));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, proxy_setup, in_test_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_client_is_the_last_that_is_no_trusted_proxy),
        TEST(tls_is_what_all_say),
        cmocka_unit_test_setup_teardown(who_is_not_trusted_is_not_believed, proxy_setup_other,
                                        in_test_teardown),
        TEST(each_request_says_its_own),
        TEST(a_unix_socket_lets_in_whom_its_mode_says),
        TEST(what_is_no_range_is_refused),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
