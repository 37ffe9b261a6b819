/* http_listen.c - accepts connections, also when the process has no descriptor left.
 *
 * One descriptor is held in reserve. When accept() fails for want of one, the reserve is given up,
 * the caller is accepted, told 503 and let go, and the reserve is taken again. Either way accepting
 * then pauses, because the listening socket stays readable and would keep the loop awake for
 * nothing. */
#include "io/http_listen_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/http_bind_priv.h"

#define HTTP_LISTEN_MAGIC 0x4c495354u
#define HTTP_LISTEN_BATCH 64  /* connections taken in one go, then requests have their turn */
#define HTTP_LISTEN_SHED  16  /* callers sent away in one go */
#define HTTP_LISTEN_PAUSE 100 /* ms without accepting after that */

static const char http_listen_busy[] = "HTTP/1.1 503 Service Unavailable\r\n"
                                       "Connection: close\r\n"
                                       "Retry-After: 2\r\n"
                                       "Content-Length: 0\r\n\r\n";

struct http_listen {
    unsigned magic;
    struct log *log;
    http_listen_fn *fn;
    void *arg;
    struct http_bind bind;
    int reserve;   /* -1 while it could not be taken */
    bool short_of; /* said so in the log, until an accept succeeds */
    bool tls;      /* callers do not understand plain words */
    int closing;   /* handles yet to close */
    uv_poll_t poll;
    uv_timer_t pause;
};

static void listen_ready(uv_poll_t *handle, int status, int events);

static void listen_reserve(struct http_listen *listen)
{
    if (listen->reserve < 0)
        listen->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* The kernel may have no room for the answer: then the caller sees only the end. What it has sent
 * so far is read, since closing over unread bytes would reset the connection and take the answer
 * with it. */
static void listen_send_away(const struct http_listen *listen, int fd)
{
    char rest[4096];

    if (!listen->tls && (recv(fd, rest, sizeof(rest), MSG_DONTWAIT) >= 0 || errno == EAGAIN))
        (void)!send(fd, http_listen_busy, sizeof(http_listen_busy) - 1,
                    MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
    close(fd);
}

static void listen_pause_ended(uv_timer_t *timer)
{
    struct http_listen *listen = timer->data;

    CHECK_OBJ(listen, HTTP_LISTEN_MAGIC);
    listen_reserve(listen);
    check(uv_poll_start(&listen->poll, UV_READABLE, listen_ready) == 0);
}

static void listen_pause(struct http_listen *listen)
{
    uv_poll_stop(&listen->poll);
    uv_timer_start(&listen->pause, listen_pause_ended, HTTP_LISTEN_PAUSE, 0);
}

/* No descriptor or no memory for one more: callers are told so, as far as the reserve reaches. */
static void listen_shed(struct http_listen *listen, int reason)
{
    if (!listen->short_of)
        log_warn(listen->log, "cannot accept a connection: %s; callers get 503", strerror(reason));
    listen->short_of = true;
    for (int i = 0; i < HTTP_LISTEN_SHED && listen->reserve >= 0; i++) {
        int fd;

        close(listen->reserve);
        listen->reserve = -1;
        fd = accept4(listen->bind.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            listen_send_away(listen, fd);
        listen_reserve(listen);
        if (fd < 0)
            break;
    }
    listen_pause(listen);
}

static void listen_ready(uv_poll_t *handle, int status, int events)
{
    struct http_listen *listen = handle->data;

    (void)events;
    CHECK_OBJ(listen, HTTP_LISTEN_MAGIC);
    if (status < 0) {
        log_warn(listen->log, "the listening socket failed: %s", uv_strerror(status));
        listen_pause(listen);
        return;
    }
    for (int i = 0; i < HTTP_LISTEN_BATCH; i++) {
        struct sockaddr_storage address;
        socklen_t size = sizeof(address);
        int fd = accept4(listen->bind.fd, (struct sockaddr *)&address, &size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            listen->short_of = false;
            if (!listen->fn(listen->arg, fd, (struct sockaddr *)&address, size))
                listen_send_away(listen, fd);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            listen_shed(listen, errno);
            return;
        } /* else that one connection ended before it was accepted */
    }
}

struct http_listen *http_listen_open(struct loop *loop, struct log *log,
                                     const struct http_in_options *options, http_listen_fn *fn,
                                     void *arg, struct err *e)
{
    struct http_listen *listen;
    struct http_bind bound;

    check(fn != NULL);
    if (http_bind_open(&bound, options, e) != ERR_OK)
        return NULL;
    listen = mem_must(sizeof(*listen));
    listen->magic = HTTP_LISTEN_MAGIC;
    listen->log = log;
    listen->fn = fn;
    listen->arg = arg;
    listen->bind = bound;
    listen->tls = options->tls_cert != NULL;
    listen->reserve = -1;
    listen_reserve(listen);
    check(uv_timer_init(loop_uv(loop), &listen->pause) == 0);
    check(uv_poll_init_socket(loop_uv(loop), &listen->poll, bound.fd) == 0);
    listen->pause.data = listen;
    listen->poll.data = listen;
    check(uv_poll_start(&listen->poll, UV_READABLE, listen_ready) == 0);
    return listen;
}

unsigned http_listen_port(const struct http_listen *listen)
{
    CHECK_OBJ(listen, HTTP_LISTEN_MAGIC);
    return listen->bind.port;
}

static void listen_closed(uv_handle_t *handle)
{
    struct http_listen *listen = handle->data;

    CHECK_OBJ(listen, HTTP_LISTEN_MAGIC);
    if (--listen->closing > 0)
        return;
    listen->magic = 0;
    mem_free(listen);
}

void http_listen_close(struct http_listen *listen)
{
    if (listen == NULL)
        return;
    CHECK_OBJ(listen, HTTP_LISTEN_MAGIC);
    check(listen->closing == 0);
    listen->closing = 2;
    uv_poll_stop(&listen->poll);
    uv_close((uv_handle_t *)&listen->poll, listen_closed);
    uv_close((uv_handle_t *)&listen->pause, listen_closed);
    http_bind_close(&listen->bind);
    if (listen->reserve >= 0)
        close(listen->reserve);
}
