/* http_linger.c - a connection that was refused in the middle of what it sends is not closed over
 * unread bytes: the kernel would reset it and take the refusal with it (RFC 9112, 9.6). What still
 * comes is read and thrown away until the peer closes its side, or has had time and bytes enough.
 *
 * (1) The descriptor is a duplicate; libmicrohttpd closes its own.
 * (2) One in in->lingering has both its handles open; http_in_close() ends all. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/http_in_priv.h"
#include "io/loop_priv.h"

#define HTTP_LINGER_MAGIC 0x4c494e47u
#define HTTP_LINGER_MS    5000
#define HTTP_LINGER_MOST  64         /* at once; the next ones are reset as before */
#define HTTP_LINGER_BYTES (64 * MIB) /* of one */
#define HTTP_LINGER_READS 16         /* in one call, then others have their turn */

struct http_linger {
    unsigned magic;
    int fd;
    int closing; /* handles yet to close */
    size_t thrown;
    struct http_in *in;
    LIST_ENTRY(http_linger) entry;
    uv_poll_t poll;
    uv_timer_t timer;
};

static void linger_closed(uv_handle_t *handle)
{
    struct http_linger *linger = handle->data;

    CHECK_OBJ(linger, HTTP_LINGER_MAGIC);
    if (--linger->closing > 0)
        return;
    close(linger->fd);
    linger->magic = 0;
    mem_free(linger);
}

static void linger_end(struct http_linger *linger)
{
    LIST_REMOVE(linger, entry);
    linger->in->linger_count--;
    linger->closing = 2;
    uv_close((uv_handle_t *)&linger->poll, linger_closed);
    uv_close((uv_handle_t *)&linger->timer, linger_closed);
}

static void linger_ready(uv_poll_t *handle, int status, int events)
{
    struct http_linger *linger = handle->data;
    char thrown[16 * KIB];

    (void)events;
    CHECK_OBJ(linger, HTTP_LINGER_MAGIC);
    for (int i = 0; status == 0 && i < HTTP_LINGER_READS; i++) {
        ssize_t n = recv(linger->fd, thrown, sizeof(thrown), MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0 || (linger->thrown += (size_t)n) > HTTP_LINGER_BYTES)
            break;
        if (i + 1 == HTTP_LINGER_READS)
            return;
    }
    linger_end(linger);
}

static void linger_over(uv_timer_t *timer)
{
    struct http_linger *linger = timer->data;

    CHECK_OBJ(linger, HTTP_LINGER_MAGIC);
    linger_end(linger);
}

void http_linger__begin(struct http_in *in, int fd)
{
    struct http_linger *linger;
    int own = in->linger_count < HTTP_LINGER_MOST ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;

    if (own < 0)
        return;
    shutdown(own, SHUT_WR);
    linger = mem_must(sizeof(*linger));
    linger->magic = HTTP_LINGER_MAGIC;
    linger->in = in;
    linger->fd = own;
    check(uv_poll_init(loop_uv(in->loop), &linger->poll, own) == 0);
    check(uv_timer_init(loop_uv(in->loop), &linger->timer) == 0);
    linger->poll.data = linger;
    linger->timer.data = linger;
    check(uv_poll_start(&linger->poll, UV_READABLE, linger_ready) == 0);
    uv_timer_start(&linger->timer, linger_over, HTTP_LINGER_MS, 0);
    LIST_INSERT_HEAD(&in->lingering, linger, entry);
    in->linger_count++;
}

void http_linger__end_all(struct http_in *in)
{
    while (!LIST_EMPTY(&in->lingering))
        linger_end(LIST_FIRST(&in->lingering));
}
