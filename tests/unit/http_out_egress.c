/* http_out_egress.c - the egress policy where it counts: at the address that is connected to,
 * however it was spelled, whatever a name resolves to, and also on a connection that is there
 * already. */
#include "http_out_help.h"

static const struct script ok = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" };

static void use_rules(struct out_test *t, struct egress **made, const char *rules)
{
    struct err e;

    *made = egress_new(rules, NULL, &e);
    assert_non_null(*made);
    serve(t, &ok, 1);
}

static struct kept *ask_with(struct out_test *t, const char *host, const struct egress *egress)
{
    return out_test_ask(
        t,
        &(struct http_ask){ .method = "GET", .url = out_test_url(t, host, "/"), .egress = egress });
}

static const char *const spelled[] = {
    "127.0.0.1",       "127.1",           "127.0.1",      "0x7f000001",         "2130706433",
    "0177.0.0.1",      "0x7f.0.0.0x1",    "017700000001", "[::ffff:127.0.0.1]", "localhost",
    "[::ffff:7f00:1]", "%31%32%37.0.0.1", "LOCALHOST",
};

static void however_an_address_is_spelled_it_is_refused(void **state)
{
    struct out_test *t = *state;
    struct egress *none;

    use_rules(t, &none, "");
    for (size_t i = 0; i < sizeof(spelled) / sizeof(*spelled); i++) {
        struct kept *kept = ask_with(t, spelled[i], none);

        if (kept->code != ERR_POLICY)
            print_error("%s: %s %s\n", spelled[i], err_name(kept->code), kept->text);
        assert_int_equal(kept->code, ERR_POLICY);
        assert_false(kept->sent);
        assert_non_null(strstr(kept->text, "egress policy"));
    }
    assert_int_equal(ask_with(t, "[::1]", none)->code, ERR_POLICY);
    assert_int_equal(ask_with(t, "0", none)->code, ERR_POLICY);
    assert_int_equal(ask_with(t, "169.254.169.254", none)->code, ERR_POLICY);
    assert_int_equal(ask_with(t, "[fe80::1]", none)->code, ERR_POLICY);
    assert_int_equal(ask_with(t, "[64:ff9b::7f00:1]", none)->code, ERR_POLICY);
    assert_int_equal(t->server.count, 0);
    egress_free(none);
}

static void a_rule_lets_all_spellings_through(void **state)
{
    struct out_test *t = *state;
    struct egress *rule;

    use_rules(t, &rule, "127.0.0.0/8");
    for (size_t i = 0; i < sizeof(spelled) / sizeof(*spelled); i++) {
        struct kept *kept = ask_with(t, spelled[i], rule);

        if (kept->code != ERR_OK)
            print_error("%s: %s %s\n", spelled[i], err_name(kept->code), kept->text);
        assert_int_equal(kept->code, ERR_OK);
    }
    egress_free(rule);
}

static void a_port_of_a_rule_counts(void **state)
{
    struct out_test *t = *state;
    struct egress *right;
    struct egress *wrong;
    char text[64];

    snprintf(text, sizeof(text), "127.0.0.1:%u", t->server.port);
    use_rules(t, &right, text);
    snprintf(text, sizeof(text), "127.0.0.1:%u", t->server.port ^ 1);
    use_rules(t, &wrong, text);
    assert_int_equal(ask_with(t, "127.0.0.1", wrong)->code, ERR_POLICY);
    assert_int_equal(ask_with(t, "127.0.0.1", right)->code, ERR_OK);
    egress_free(right);
    egress_free(wrong);
}

static void a_host_of_a_rule_counts(void **state)
{
    struct out_test *t = *state;
    struct egress *rule;

    use_rules(t, &rule, "localhost");
    assert_int_equal(ask_with(t, "127.0.0.1", rule)->code, ERR_POLICY);
    assert_int_equal(ask_with(t, "localhost", rule)->code, ERR_OK);
    egress_free(rule);
}

/* A connection that one call may use and left behind is no way in for another call. */
static void a_kept_connection_is_judged_again(void **state)
{
    struct out_test *t = *state;
    struct egress *open;
    struct egress *none;

    use_rules(t, &open, "127.0.0.1");
    use_rules(t, &none, "");
    assert_int_equal(ask_with(t, "127.0.0.1", open)->code, ERR_OK);
    assert_int_equal(ask_with(t, "127.0.0.1", none)->code, ERR_POLICY);
    assert_false(t->kept.sent);
    assert_int_equal(ask_with(t, "127.0.0.1", open)->code, ERR_OK);
    assert_int_equal(t->server.requests, 2);
    assert_int_equal(ask_with(t, "127.0.0.1", NULL)->code, ERR_OK); /* the program's own rules */
    egress_free(open);
    egress_free(none);
}

/* An environment's proxy would make every check one of the proxy's address. */
static void the_environments_proxy_is_not_used(void **state)
{
    struct out_test *t = *state;
    struct egress *open;
    int proxy = wire_listen(4);
    char url[64];

    snprintf(url, sizeof(url), "http://127.0.0.1:%u", wire_port(proxy));
    setenv("http_proxy", url, 1);
    setenv("ALL_PROXY", url, 1);
    setenv("all_proxy", url, 1);
    use_rules(t, &open, "127.0.0.1");
    assert_int_equal(ask_with(t, "127.0.0.1", open)->code, ERR_OK);
    assert_int_equal(t->server.requests, 1);
    assert_int_equal(accept4(proxy, NULL, NULL, SOCK_NONBLOCK), -1);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    unsetenv("all_proxy");
    close(proxy);
    egress_free(open);
}

static void a_name_that_is_none_sent_nothing(void **state)
{
    struct out_test *t = *state;
    struct http_ask ask = {
        .method = "POST", .url = "http://no-such-name.invalid/", .effect = true, .timeout_ms = 5000
    };

    out_test_ask(t, &ask);
    assert_true(t->kept.code == ERR_TRANSIENT || t->kept.code == ERR_TIMEOUT);
    assert_false(t->kept.sent);
    out_test_send(t, &ask); /* and may be forgotten while its name is looked up */
    wire_turns(t->loop, 2);
    http_out_cancel(t->out, t->id);
    wire_turns(t->loop, 2);
    assert_int_equal(t->kept.calls, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, out_test_setup, out_test_teardown)
    const struct CMUnitTest tests[] = {
        TEST(however_an_address_is_spelled_it_is_refused),
        TEST(a_rule_lets_all_spellings_through),
        TEST(a_port_of_a_rule_counts),
        TEST(a_host_of_a_rule_counts),
        TEST(a_kept_connection_is_judged_again),
        TEST(the_environments_proxy_is_not_used),
        TEST(a_name_that_is_none_sent_nothing),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
