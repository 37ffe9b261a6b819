/* http_socket.c - libcurl's sockets on the loop.
 *
 * A socket that libcurl keeps for a later call stays registered with the loop, so a call over a
 * kept connection costs no registration; and when it stirs while nobody uses it, that is noticed.
 * What libcurl makes for itself (a pair to wait for a name) is registered and taken off as it says.
 *
 * libcurl 7.88 closes a socket that never came to be connected without telling, and may open the
 * next one under the same number. So a socket is known by its inode, and a number that comes again
 * takes over what libcurl waited for. */
#include "io/http_out_priv.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"

#define HTTP_SOCKET_MAGIC 0x534f434bu

struct http_socket {
    unsigned magic;
    struct http_out_uv *out;
    curl_socket_t fd;
    ino_t inode;
    bool ours;   /* libcurl said so to socket_opened(); closed by socket_close() */
    bool once;   /* for one call: libcurl closes it when it has done with it */
    bool idle;   /* libcurl does not wait for it */
    bool polled; /* poll is initialised */
    int events;  /* that are waited for, 0: none */
    uv_poll_t poll;
};

static struct http_socket *socket_new(struct http_out_uv *out, curl_socket_t fd, bool ours)
{
    struct http_socket *s = mem_must(sizeof(*s));
    struct stat there;

    check(fstat(fd, &there) == 0);
    s->inode = there.st_ino;
    s->magic = HTTP_SOCKET_MAGIC;
    s->out = out;
    s->fd = fd;
    s->ours = ours;
    check(table_find(&out->sockets, (uint64_t)fd) == NULL);
    table_put(&out->sockets, (uint64_t)fd, s);
    return s;
}

static void socket_closed(uv_handle_t *handle)
{
    struct http_socket *s = handle->data;

    CHECK_OBJ(s, HTTP_SOCKET_MAGIC);
    s->magic = 0;
    mem_free(s);
}

static void socket_free(struct http_socket *s)
{
    CHECK_OBJ(s, HTTP_SOCKET_MAGIC);
    check(table_remove(&s->out->sockets, (uint64_t)s->fd) == s);
    if (!s->polled) {
        s->magic = 0;
        mem_free(s);
        return;
    }
    uv_poll_stop(&s->poll);
    uv_close((uv_handle_t *)&s->poll, socket_closed);
}

/* Whether its number still stands for it. */
static bool socket_is_open(const struct http_socket *s)
{
    struct stat there;

    return fstat(s->fd, &there) == 0 && there.st_ino == s->inode;
}

/* A kept connection stirs: it ends, or it brings an answer that nobody asked for, which the next
 * call would take for its own. libcurl would see the end but not the answer; so it is made to see
 * an end in any case, and opens another connection. */
static void socket_spoil(struct http_socket *s)
{
    char bytes[4096];

    uv_poll_stop(&s->poll);
    s->events = 0;
    shutdown(s->fd, SHUT_RDWR);
    while (recv(s->fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
        ;
}

static void socket_stirred(uv_poll_t *poll, int status, int events)
{
    struct http_socket *s = poll->data;
    struct http_out_uv *out = s->out;
    int running;
    int flags = 0;

    CHECK_OBJ(s, HTTP_SOCKET_MAGIC);
    if (s->idle) {
        socket_spoil(s);
        return;
    }
    if (status < 0)
        flags = CURL_CSELECT_ERR;
    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    check(curl_multi_socket_action(out->multi, s->fd, flags, &running) == CURLM_OK);
    http_out__reap(out);
}

static int socket_events(int what)
{
    int events = 0;

    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        events |= UV_READABLE;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        events |= UV_WRITABLE;
    return events;
}

static void socket_wait(struct http_socket *s, int events)
{
    if (!s->polled) {
        check(uv_poll_init_socket(loop_uv(s->out->loop), &s->poll, s->fd) == 0);
        s->poll.data = s;
        s->polled = true;
    }
    if (s->events == events)
        return;
    s->events = events;
    check(uv_poll_start(&s->poll, events, socket_stirred) == 0);
}

static void socket_rest(struct http_socket *s)
{
    if (s->polled)
        uv_poll_stop(&s->poll);
    s->events = 0;
}

/* Its sink is full: libcurl waits for nothing, and what comes meanwhile is the answer still. */
static bool socket_is_paused(CURL *easy)
{
    struct http_call *call = NULL;

    check(curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call) == CURLE_OK);
    CHECK_OBJ(call, HTTP_CALL_MAGIC);
    return call->paused;
}

static uint16_t socket_port(const struct sockaddr_storage *address)
{
    const struct sockaddr_in6 *six = (const void *)address;
    const struct sockaddr_in *four = (const void *)address;

    return ntohs(address->ss_family == AF_INET6 ? six->sin6_port : four->sin_port);
}

static bool socket_is_between(const struct http_socket *s, long own_port, long port)
{
    struct sockaddr_storage own, other;
    socklen_t own_size = sizeof own, size = sizeof other;

    return getsockname(s->fd, (struct sockaddr *)&own, &own_size) == 0 &&
           getpeername(s->fd, (struct sockaddr *)&other, &size) == 0 &&
           socket_port(&own) == own_port && socket_port(&other) == port;
}

/* An answer that is there at once is read over a kept connection before libcurl has said that it
 * waits for it; when that fills the sink it says nothing at all. So the socket still counts as one
 * that nobody uses, and the rest of the answer as one that nobody asked for. */
void http_socket__paused(struct http_call *call)
{
    struct http_socket *s;
    long own_port = 0, port = 0;
    size_t cursor = 0;
    bool ok = curl_easy_getinfo(call->curl.easy, CURLINFO_LOCAL_PORT, &own_port) == CURLE_OK &&
              curl_easy_getinfo(call->curl.easy, CURLINFO_PRIMARY_PORT, &port) == CURLE_OK;

    check(ok);
    while ((s = table_next(&call->out->sockets, &cursor)) != NULL) {
        if (!s->ours || !s->idle || !socket_is_between(s, own_port, port))
            continue;
        s->idle = false;
        socket_rest(s);
    }
}

/* CURLMOPT_SOCKETFUNCTION */
static int socket_change(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct http_out_uv *out = arg;
    struct http_socket *s = table_find(&out->sockets, (uint64_t)fd);

    (void)known;
    CHECK_OBJ(out, HTTP_OUT_MAGIC);
    if (what == CURL_POLL_REMOVE) {
        if (s != NULL && s->ours && socket_is_paused(easy))
            socket_rest(s);
        else if (s != NULL && s->ours && socket_is_open(s)) {
            s->idle = true;
            if (!s->once)
                socket_wait(s, UV_READABLE);
        } else if (s != NULL) {
            socket_free(s);
        }
        return 0;
    }
    if (s == NULL)
        s = socket_new(out, fd, false);
    s->idle = false;
    socket_wait(s, socket_events(what));
    return 0;
}

/* The policy allowed it. */
static void socket_opened(void *arg, curl_socket_t fd)
{
    struct http_call *call = arg;
    struct http_socket *s;
    struct http_socket *before;
    int events = 0;

    CHECK_OBJ(call, HTTP_CALL_MAGIC);
    before = table_find(&call->out->sockets, (uint64_t)fd);
    if (before != NULL) {
        events = before->idle ? 0 : before->events;
        socket_free(before);
    }
    s = socket_new(call->out, fd, true);
    s->once = call->effect;
    if (events != 0)
        socket_wait(s, events);
}

/* CURLOPT_CLOSESOCKETFUNCTION: perhaps long after the call, when a kept connection is given up. */
static int socket_close(void *arg, curl_socket_t fd)
{
    struct http_out_uv *out = arg;
    struct http_socket *s = table_find(&out->sockets, (uint64_t)fd);

    CHECK_OBJ(out, HTTP_OUT_MAGIC);
    check(s != NULL);
    check(s->ours);
    socket_free(s);
    close(fd);
    return 0;
}

void http_socket__forget_all(struct http_out_uv *out)
{
    struct http_socket *s;
    size_t cursor = 0;

    while ((s = table_next(&out->sockets, &cursor)) != NULL) {
        check(!socket_is_open(s));
        socket_free(s);
    }
}

void http_socket__watch_call(struct http_call *call)
{
    CURL *easy = call->curl.easy;
    bool ok;

    call->curl.opened = socket_opened;
    call->curl.arg = call;
    ok = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, socket_close) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, call->out) == CURLE_OK;
    check(ok);
}

/* ---- libcurl's timer ---- */

static void socket_time_is_up(struct http_out_uv *out)
{
    int running;

    CHECK_OBJ(out, HTTP_OUT_MAGIC);
    check(curl_multi_socket_action(out->multi, CURL_SOCKET_TIMEOUT, 0, &running) == CURLM_OK);
    http_out__reap(out);
}

static void socket_timer_rang(uv_timer_t *timer)
{
    socket_time_is_up(timer->data);
}

static void socket_now(uv_check_t *handle)
{
    struct http_out_uv *out = handle->data;

    uv_check_stop(&out->now);
    uv_idle_stop(&out->awake);
    socket_time_is_up(out);
}

static void socket_awake(uv_idle_t *handle)
{
    (void)handle; /* that it is active is all: the loop looks at its sockets without waiting */
}

/* "Now" is what libcurl says of a new call, for which it then chooses a connection. It is let do so
 * behind the next look at the sockets, so that a kept connection that has stirred is known for it.
 */
static int socket_timer(CURLM *multi, long ms, void *arg)
{
    struct http_out_uv *out = arg;

    (void)multi;
    CHECK_OBJ(out, HTTP_OUT_MAGIC);
    uv_timer_stop(&out->timer);
    uv_check_stop(&out->now);
    uv_idle_stop(&out->awake);
    if (ms == 0) {
        uv_check_start(&out->now, socket_now);
        uv_idle_start(&out->awake, socket_awake);
    } else if (ms > 0) {
        uv_timer_start(&out->timer, socket_timer_rang, (uint64_t)ms, 0);
    }
    return 0;
}

enum err_code http_socket__watch(struct http_out_uv *out, struct err *e)
{
    CURLM *multi = out->multi;

    if (curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_change) != CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, out) != CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, socket_timer) != CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_TIMERDATA, out) != CURLM_OK)
        return err_set(e, ERR_INTERNAL, "libcurl cannot be driven by the loop");
    return ERR_OK;
}
