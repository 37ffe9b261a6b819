/* wire.h - for tests of io/: turns of a loop, and raw sockets that talk to it from the same thread.
 *
 * Nothing sleeps: a test goes round the loop until what it waits for is there, but no longer than
 * WIRE_PATIENCE. */
#ifndef TESTS_UNIT_WIRE_H
#define TESTS_UNIT_WIRE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "io/loop.h"

#define WIRE_PATIENCE 20000 /* ms; only a fault takes so long */
#define WIRE_UNUSED   __attribute__((unused)) static

WIRE_UNUSED void wire_turn_ends(void *loop)
{
    loop_stop(loop);
}

/* After this each loop_run() is one turn that does not wait. */
WIRE_UNUSED struct loop *wire_loop_new(void)
{
    struct err e;
    struct loop *loop = loop_new(clock_real(), &e);

    assert_non_null(loop);
    loop_on_turn(loop, wire_turn_ends, loop);
    return loop;
}

WIRE_UNUSED void wire_turn(struct loop *loop)
{
    struct err e;

    assert_int_equal(loop_run(loop, &e), ERR_OK);
}

WIRE_UNUSED void wire_turns(struct loop *loop, unsigned count)
{
    while (count-- > 0)
        wire_turn(loop);
}

WIRE_UNUSED int64_t wire_now(void)
{
    return clock_real()->steady_ms(clock_real());
}

#define WIRE_UNTIL(loop, condition)                          \
    do {                                                     \
        int64_t wire_end = wire_now() + WIRE_PATIENCE;       \
        while (!(condition)) {                               \
            wire_turn(loop);                                 \
            assert_in_range(wire_now(), 0, wire_end);        \
        }                                                    \
    } while (0)

/* ---- a client's end ---- */

struct wire {
    int fd;
    struct buf got;
    bool ended; /* the peer closed, or reset */
    bool reset;
};

WIRE_UNUSED void wire_init(struct wire *w, int fd)
{
    assert_true(fd >= 0);
    *w = (struct wire){ .fd = fd };
    buf_init(&w->got, 64 * MIB);
}

WIRE_UNUSED void wire_connect(struct wire *w, unsigned port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    wire_init(w, fd);
}

WIRE_UNUSED void wire_connect_unix(struct wire *w, const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    wire_init(w, fd);
}

/* What there is now, without waiting. */
WIRE_UNUSED void wire_read(struct wire *w)
{
    char bytes[16384];
    ssize_t size;

    while (!w->ended && (size = recv(w->fd, bytes, sizeof(bytes), 0)) != -1) {
        if (size == 0)
            w->ended = true;
        else
            buf_add(&w->got, bytes, (size_t)size);
    }
    if (!w->ended && errno != EAGAIN) {
        w->ended = true;
        w->reset = true;
    }
    assert_true(buf_ok(&w->got));
}

/* Sends all; a peer that has gone swallows the rest. */
WIRE_UNUSED void wire_send_n(struct wire *w, struct loop *loop, const char *bytes, size_t size)
{
    while (size > 0 && !w->ended) {
        ssize_t sent = send(w->fd, bytes, size, MSG_NOSIGNAL);

        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
        } else if (errno != EAGAIN) {
            wire_read(w);
            w->ended = true;
        } else {
            wire_turn(loop);
            wire_read(w);
        }
    }
}

WIRE_UNUSED void wire_send(struct wire *w, struct loop *loop, const char *text)
{
    wire_send_n(w, loop, text, strlen(text));
}

WIRE_UNUSED void wire_close(struct wire *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
    buf_fini(&w->got);
}

/* So that the peer gets a reset and no orderly end. */
WIRE_UNUSED void wire_close_hard(struct wire *w)
{
    struct linger linger = { .l_onoff = 1, .l_linger = 0 };

    setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    wire_close(w);
}

WIRE_UNUSED unsigned wire_port(int fd)
{
    struct sockaddr_in address;
    socklen_t size = sizeof(address);

    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

WIRE_UNUSED int wire_listen(int backlog)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

/* ---- messages ---- */

/* The size of the whole message at the begin of text, by its Content-Length; 0 if it is not whole.
 * headless: its length is of a body that does not come (HEAD). */
WIRE_UNUSED size_t wire_message(const char *text, size_t size, bool headless)
{
    const char *end = memmem(text, size, "\r\n\r\n", 4);
    const char *length = end == NULL ? NULL : memmem(text, (size_t)(end - text) + 2,
                                                     "\r\nContent-Length: ", 18);
    size_t whole;

    if (end == NULL)
        return 0;
    whole = (size_t)(end - text) + 4;
    if (length != NULL && !headless)
        whole += strtoul(length + 18, NULL, 10);
    return whole <= size ? whole : 0;
}

#endif
