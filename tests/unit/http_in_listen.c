/* http_in_listen.c - the listener: addresses, files of sockets, and no descriptors left. */
#include "http_in_help.h"

#include <sys/resource.h>
#include <sys/stat.h>

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
#define TEST(name) cmocka_unit_test_setup_teardown(name, in_test_setup, in_test_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_port_in_use_is_said_so),
        TEST(localhost_is_this_machine),
        cmocka_unit_test(a_socket_file_is_for_its_owner),
        TEST(without_descriptors_callers_get_503_and_the_loop_rests),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
