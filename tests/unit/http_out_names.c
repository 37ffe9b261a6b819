/* http_out_names.c - the HTTP client and the names of hosts: name servers that say no, that fail,
 * that keep silent, that give a thousand addresses; addresses that lead nowhere.
 *
 * getaddrinfo() is this file's own: libcurl's resolver threads come here. */
#include "http_out_help.h"

#include <netdb.h>
#include <pthread.h>

#define THOUSAND 1000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static bool silent;        /* the name server does not answer */
static unsigned inside;    /* threads that wait for it */
static unsigned asked;     /* questions so far */
static unsigned dead_port; /* of ::1: nobody takes the connection */
static const char *moves;  /* where moves.test is now */

/* ---- The name server */

static struct addrinfo *address_add(struct addrinfo *next, int family, const char *text,
                                    const char *port)
{
    struct addrinfo *info = mem_must(sizeof *info + sizeof(struct sockaddr_in6));
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)(info + 1);
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)(info + 1);

    info->ai_family = family;
    info->ai_socktype = SOCK_STREAM;
    info->ai_protocol = IPPROTO_TCP;
    info->ai_addr = (struct sockaddr *)(void *)(info + 1);
    info->ai_next = next;
    if (family == AF_INET) {
        info->ai_addrlen = sizeof *four;
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)strtoul(port, NULL, 10));
        inet_pton(AF_INET, text, &four->sin_addr);
    } else {
        info->ai_addrlen = sizeof *six;
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)dead_port);
        inet_pton(AF_INET6, text, &six->sin6_addr);
    }
    return info;
}

static void silence_keep(void)
{
    pthread_mutex_lock(&lock);
    inside++;
    while (silent)
        pthread_cond_wait(&moved, &lock);
    inside--;
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&lock);
}

int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                struct addrinfo **found)
{
    struct addrinfo *list = NULL;

    (void)hints;
    __atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST);
    *found = NULL;
    if (strcmp(host, "nobody.test") == 0)
        return EAI_NONAME; /* NXDOMAIN */
    if (strcmp(host, "broken.test") == 0)
        return EAI_AGAIN; /* SERVFAIL, and a time-out of the library's own */
    if (strcmp(host, "circle.test") == 0)
        return EAI_FAIL; /* names that lead to each other */
    if (strcmp(host, "silent.test") == 0) {
        silence_keep();
        return EAI_AGAIN;
    }
    if (strcmp(host, "moves.test") == 0) {
        *found = address_add(NULL, strchr(moves, ':') != NULL ? AF_INET6 : AF_INET, moves, port);
        return 0;
    }
    list = address_add(NULL, AF_INET, "127.0.0.1", port);
    for (int i = 1; i < THOUSAND && strcmp(host, "thousand.test") == 0; i++)
        list = address_add(list, AF_INET, "127.0.0.1", port);
    if (strcmp(host, "both.test") == 0)
        list = address_add(list, AF_INET6, "::1", port);
    *found = list;
    return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;

        mem_free(list);
        list = next;
    }
}

static void silence(bool on)
{
    pthread_mutex_lock(&lock);
    silent = on;
    pthread_cond_broadcast(&moved);
    while (!on && inside > 0)
        pthread_cond_wait(&moved, &lock);
    pthread_mutex_unlock(&lock);
}

/* ---- The tests */

static struct kept *ask_host(struct out_test *t, const char *host, bool effect, int64_t timeout)
{
    return out_test_ask(t, &(struct http_ask){ .method = "POST",
                                               .url = out_test_url(t, host, "/"),
                                               .effect = effect,
                                               .timeout_ms = timeout });
}

/* Nothing was sent, so it is tried again: an effect, too. */
static void a_name_server_that_says_no_sent_nothing(void **state)
{
    static const char *const names[] = { "nobody.test", "broken.test", "circle.test" };
    struct out_test *t = *state;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (int effect = 0; effect < 2; effect++) {
            struct kept *kept = ask_host(t, names[i], effect != 0, 0);

            assert_int_equal(kept->code, ERR_TRANSIENT);
            assert_false(kept->sent);
            assert_non_null(strstr(kept->text, "could not find the address of"));
            assert_non_null(strstr(kept->text, names[i]));
        }
    assert_int_equal(t->server.count, 0);
    assert_in_range(asked, 6, UINT32_MAX);
}

/* The loop goes on meanwhile; the call ends by its own time, and nothing was sent. */
static void a_name_server_that_is_silent_holds_up_nobody(void **state)
{
    static struct out_test silent_one; /* its `kept` alone is used */
    struct out_test *t = *state;

    SERVE(t, { .answer = OK_TEXT("fine", "4") });
    silence(true);
    http_out_send(t->out,
                  &(struct http_ask){ .method = "POST",
                                      .url = out_test_url(t, "silent.test", "/"),
                                      .effect = true,
                                      .timeout_ms = 300 },
                  out_test_done, &silent_one, 8);
    WIRE_UNTIL(t->loop, __atomic_load_n(&inside, __ATOMIC_SEQ_CST) > 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask_host(t, "fine.test", i == 1, 0)->code, ERR_OK);
    WIRE_UNTIL(t->loop, silent_one.kept.calls > 0);
    assert_int_equal(silent_one.kept.code, ERR_TIMEOUT);
    assert_false(silent_one.kept.sent);
    silence(false);
}

/* Nor does it hold up the end of the program. */
static void the_client_closes_while_a_name_server_is_silent(void **state)
{
    struct out_test *t = *state;
    int64_t began = wire_now();

    silence(true);
    out_test_send(
        t, &(struct http_ask){ .method = "GET", .url = out_test_url(t, "silent.test", "/") });
    WIRE_UNTIL(t->loop, __atomic_load_n(&inside, __ATOMIC_SEQ_CST) > 0);
    http_out_cancel(t->out, t->id);
    wire_turns(t->loop, 3);
    assert_in_range(wire_now() - began, 0, 10000);
    assert_int_equal(t->kept.calls, 0);
    silence(false);
}

static void a_thousand_addresses_are_one_call(void **state)
{
    struct out_test *t = *state;
    struct kept *kept;

    SERVE(t, { .answer = OK_TEXT("fine", "4") });
    kept = ask_host(t, "thousand.test", true, 0);
    assert_int_equal(kept->code, ERR_OK);
    assert_int_equal(t->server.requests, 1);
    close(t->server.fd); /* now each of them refuses */
    kept = ask_host(t, "thousand.test", true, 2000);
    assert_true(kept->code == ERR_TRANSIENT || kept->code == ERR_TIMEOUT);
    assert_false(kept->sent);
    assert_int_equal(t->server.requests, 1);
    t->server.fd = wire_listen(64);
}

/* A name that was fine a moment ago and leads inside now, IPv4 in IPv6 too: what counts is the
 * address that would be connected to. (Another port, so that the name is asked for anew.) */
static void a_name_that_has_moved_inside_is_refused(void **state)
{
    static const char *const inside_now[] = { "127.0.0.2", "::ffff:127.0.0.2",
                                              "::ffff:169.254.169.254", "64:ff9b::7f00:2" };
    struct out_test *t = *state;
    struct egress *rule;
    struct kept *kept;
    struct err e;
    char url[80];

    rule = egress_new("127.0.0.1", NULL, &e);
    assert_non_null(rule);
    SERVE(t, { .answer = OK_TEXT("fine", "4") });
    moves = "127.0.0.1";
    kept = out_test_ask(t, &(struct http_ask){ .method = "POST",
                                               .url = out_test_url(t, "moves.test", "/"),
                                               .effect = true,
                                               .egress = rule });
    assert_int_equal(kept->code, ERR_OK);
    for (unsigned i = 0; i < 2 * sizeof inside_now / sizeof *inside_now; i++) {
        unsigned before = asked;

        moves = inside_now[i / 2];
        snprintf(url, sizeof url, "http://moves.test:%u/", 2000 + i);
        kept = out_test_ask(
            t, &(struct http_ask){ .method = "POST", .url = url, .effect = i % 2, .egress = rule });
        assert_int_equal(kept->code, ERR_POLICY);
        assert_false(kept->sent);
        assert_int_equal(asked, before + 1);
    }
    assert_int_equal(t->server.requests, 1);
    egress_free(rule);
}

/* ::1 with a full backlog swallows the SYN; 127.0.0.1 answers. */
static void an_IPv6_address_that_leads_nowhere_costs_a_moment(void **state)
{
    struct out_test *t = *state;
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof six;
    struct wire fill[3];
    struct egress *both;
    struct kept *kept;
    struct err e;

    six.sin6_addr = in6addr_loopback;
    if (fd < 0 || bind(fd, (struct sockaddr *)&six, sizeof six) != 0) {
        print_message("this machine has no IPv6\n");
        skip();
    }
    assert_int_equal(listen(fd, 0), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&six, &size), 0);
    dead_port = ntohs(six.sin6_port);
    for (size_t i = 0; i < 3; i++) {
        wire_init(&fill[i], socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        (void)!connect(fill[i].fd, (struct sockaddr *)&six, sizeof six);
    }
    both = egress_new("127.0.0.1, ::1", NULL, &e);
    assert_non_null(both);
    SERVE(t, { .answer = OK_TEXT("fine", "4") });
    kept = out_test_ask(t, &(struct http_ask){ .method = "POST",
                                               .url = out_test_url(t, "both.test", "/"),
                                               .effect = true,
                                               .timeout_ms = 15000,
                                               .egress = both });
    assert_string_equal(kept->text, "");
    assert_string_equal(kept->body, "fine");
    assert_int_equal(t->server.requests, 1);
    assert_in_range(kept->took_ms, 150, 14000); /* it tried the first, and did not wait for it */
    for (size_t i = 0; i < 3; i++)
        wire_close(&fill[i]);
    close(fd);
    egress_free(both);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, out_test_setup, out_test_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_name_server_that_says_no_sent_nothing),
        TEST(a_name_server_that_is_silent_holds_up_nobody),
        TEST(the_client_closes_while_a_name_server_is_silent),
        TEST(a_thousand_addresses_are_one_call),
        TEST(a_name_that_has_moved_inside_is_refused),
        TEST(an_IPv6_address_that_leads_nowhere_costs_a_moment),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
