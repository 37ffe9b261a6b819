/* http_in.c - the listener: libmicrohttpd's epoll descriptor on our loop, and answers by id.
 *
 * (1) libmicrohttpd runs when its descriptor has something, and once in each turn after which an
 *     answer waits; so answers leave in the turn that made them.           [in_pump, in_turn]
 * (2) Nothing is called from within http_in_answer(): it resumes, the turn sends.
 * (3) No answer finds its request by pointer; ids are never given out twice. [http_in__find] */
#include "io/http_in.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/http_in_priv.h"
#include "io/http_proxy_priv.h"
#include "io/http_stream.h"
#include "io/http_text_priv.h"
#include "io/http_tls_priv.h"
#include "io/loop_priv.h"

#define HTTP_IN_MEMORY (24 * KIB) /* of a connection: the head, its table, the answer's head */
#define HTTP_IN_ROUNDS 4          /* of libmicrohttpd in one turn, then others have theirs */
#define HTTP_IN_SWEEP  250        /* ms between two looks at the deadlines */

const char *http_request_header(const struct http_request *request, const char *name)
{
    return http__find(request->headers, request->header_count, name);
}

/* ---- running libmicrohttpd ---- */

/* Runs libmicrohttpd until it has nothing more to do. It says so by its timeout, unless there are
 * connections that wait for an answer, or are in the middle of a TLS handshake: for those it always
 * says that it has. Then its callbacks are the measure, under TLS every byte that moves, and, for a
 * head so large that it comes in pieces without one, the sweep. */
static void in_pump(struct http_in *in)
{
    check(!in->running);
    for (int round = 0; round == 0 || (in->pending && round < HTTP_IN_ROUNDS); round++) {
        MHD_UNSIGNED_LONG_LONG wait;

        in->pending = false;
        in->due = in->due > 0 ? in->due - 1 : 0;
        in->running = true;
        check(MHD_run(in->daemon) == MHD_YES);
        in->running = false;
        if (in->tls != NULL || in->waiting > 0
                ? in->due > 0
                : MHD_get_timeout(in->daemon, &wait) == MHD_YES && wait == 0)
            in->pending = true;
    }
    if (in->pending)
        loop_again(in->loop);
}

static void in_turn(void *arg)
{
    struct http_in *in = arg;

    CHECK_OBJ(in, HTTP_IN_MAGIC);
    in->hook_turn = loop__turn(in->loop);
    in->received = false;
    http_stream__turn(in);
    if (in->pending)
        in_pump(in);
    if (in->received)
        loop_again(in->loop); /* hooks before ours have not seen what came in just now */
}

static void in_ready(uv_poll_t *handle, int status, int events)
{
    struct http_in *in = handle->data;

    (void)events;
    CHECK_OBJ(in, HTTP_IN_MAGIC);
    check(status == 0); /* an epoll descriptor of our own process does not fail */
    in_pump(in);
}

static void in_sweep(uv_timer_t *timer)
{
    struct http_in *in = timer->data;
    int64_t now;

    CHECK_OBJ(in, HTTP_IN_MAGIC);
    now = loop__now(in->loop);
    if (in->conns == NULL)
        uv_timer_stop(timer);
    in->pending = true;
    for (struct http_conn *conn = in->conns; conn != NULL; conn = conn->next) {
        if (conn->deadline <= now)
            http_conn__expire(conn);
    }
}

static unsigned in_sweep_ms(const struct http_in *in)
{
    unsigned least = in->header_ms < in->body_ms ? in->header_ms : in->body_ms;

    if (in->idle_ms < least)
        least = in->idle_ms;
    return least / 4 > HTTP_IN_SWEEP ? HTTP_IN_SWEEP : least / 4 + 1;
}

/* ---- connections ---- */

static void in_peer(char peer[48], const struct sockaddr *address)
{
    const char *text = NULL;

    if (address->sa_family == AF_INET)
        text = inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
                         peer, 48);
    else if (address->sa_family == AF_INET6)
        text = inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
                         peer, 48);
    if (text == NULL)
        memcpy(peer, "local", sizeof("local"));
    else if (strncmp(peer, "::ffff:", 7) == 0 && strchr(peer, '.') != NULL)
        memmove(peer, peer + 7, strlen(peer + 7) + 1);
}

/* The kernel's word, not the peer's. */
static int64_t in_uid(int fd)
{
    struct ucred who;
    socklen_t size = sizeof(who);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 || size != sizeof(who))
        return -1;
    return who.uid == (uid_t)-1 ? -1 : (int64_t)who.uid;
}

static bool in_accepted(void *arg, int fd, const struct sockaddr *address, socklen_t size)
{
    struct http_in *in = arg;

    CHECK_OBJ(in, HTTP_IN_MAGIC);
    if (in->conn_count >= LIMIT_CONNECTIONS)
        return false;
    in_peer(in->next_peer, address);
    in->next_uid = address->sa_family == AF_UNIX ? in_uid(fd) : -1;
    if (MHD_add_connection(in->daemon, fd, address, size) != MHD_YES)
        return true; /* out of memory: libmicrohttpd has closed it */
    in->pending = true;
    if (!uv_is_active((uv_handle_t *)&in->sweep)) {
        unsigned ms = in_sweep_ms(in);

        uv_timer_start(&in->sweep, in_sweep, ms, ms);
    }
    return true;
}

/* ---- open and close ---- */

static size_t in_unescape_nothing(void *arg, struct MHD_Connection *mhd, char *text)
{
    (void)arg;
    (void)mhd;
    return strlen(text);
}

static void in_panic(void *arg, const char *file, unsigned line, const char *reason)
{
    (void)arg;
    check_failed(reason != NULL ? reason : "libmicrohttpd", file, (int)line);
}

static enum err_code in_start(struct http_in *in, struct err *e)
{
    const union MHD_DaemonInfo *info;

    unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem tls[HTTP_TLS_OPTIONS] = { { MHD_OPTION_END, 0, NULL } };

    if (in->tls != NULL) {
        flags |= MHD_USE_TLS;
        http_tls__options(tls);
    }
    MHD_set_panic_func(in_panic, NULL);
    in->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, http_conn__request, in, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HTTP_IN_MEMORY, MHD_OPTION_CONNECTION_LIMIT, (unsigned)LIMIT_CONNECTIONS + 1,
        MHD_OPTION_NOTIFY_CONNECTION, http_conn__opened_or_closed, in, MHD_OPTION_NOTIFY_COMPLETED,
        http_conn__completed, in, MHD_OPTION_URI_LOG_CALLBACK, http_conn__line, in,
        MHD_OPTION_UNESCAPE_CALLBACK, in_unescape_nothing, NULL, MHD_OPTION_ARRAY, tls,
        MHD_OPTION_END);
    if (in->daemon == NULL)
        return err_set(e, ERR_IO, "libmicrohttpd does not start");
    info = MHD_get_daemon_info(in->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    check(info != NULL);
    check(info->epoll_fd >= 0);
    check(uv_timer_init(loop_uv(in->loop), &in->sweep) == 0);
    check(uv_poll_init(loop_uv(in->loop), &in->poll, info->epoll_fd) == 0);
    in->poll.data = in;
    in->sweep.data = in;
    check(uv_poll_start(&in->poll, UV_READABLE, in_ready) == 0);
    http_stream__init(in);
    loop_on_turn(in->loop, in_turn, in);
    return ERR_OK;
}

/* What connections are judged and kept by. */
static enum err_code in_equip(struct http_in *in, const struct http_in_options *options,
                              struct err *e)
{
    const char *trusted = options->trusted_proxies;
    struct clock *clock = loop__clock(in->loop);

    if (trusted != NULL && *trusted != '\0') {
        in->proxies = http_proxies_new(trusted, e);
        if (in->proxies == NULL)
            return e->code;
    }
    if (options->tls_cert != NULL) {
        check(options->tls_key != NULL);
        in->tls = http_tls_open(options->tls_cert, options->tls_key, clock->wall_ms(clock), e);
        if (in->tls == NULL)
            return e->code;
        log_info(in->log, "TLS: %s", http_tls_about(in->tls));
    }
    return ERR_OK;
}

static void in_free(struct http_in *in)
{
    http_tls_close(in->tls);
    http_proxies_free(in->proxies);
    table_fini(&in->requests);
    in->magic = 0;
    mem_free(in);
}

struct http_in *http_in_open(struct loop *loop, struct log *log,
                             const struct http_in_options *options,
                             const struct http_in_calls *calls, struct err *e)
{
    struct http_in *in = mem_must(sizeof(*in));

    check(calls->admit != NULL);
    check(calls->receive != NULL);
    in->magic = HTTP_IN_MAGIC;
    in->loop = loop;
    in->log = log;
    in->calls = *calls;
    in->header_ms = options->header_ms > 0 ? options->header_ms : LIMIT_HEADER_MS;
    in->body_ms = options->body_ms > 0 ? options->body_ms : LIMIT_BODY_MS;
    in->idle_ms = options->idle_ms > 0 ? options->idle_ms : LIMIT_IDLE_MS;
    in->look_ms = options->look_ms > 0 ? options->look_ms : HTTP_STREAM_LOOK_MS;
    table_init(&in->requests);
    if (in_equip(in, options, e) == ERR_OK)
        in->listen = http_listen_open(loop, log, options, in_accepted, in, e);
    if (in->listen == NULL || in_start(in, e) != ERR_OK) {
        http_listen_close(in->listen);
        in_free(in);
        return NULL;
    }
    in->port = http_listen_port(in->listen);
    return in;
}

unsigned http_in_port(const struct http_in *in)
{
    CHECK_OBJ(in, HTTP_IN_MAGIC);
    return in->port;
}

enum err_code http_in_reload(struct http_in *in, struct err *e)
{
    struct clock *clock;

    CHECK_OBJ(in, HTTP_IN_MAGIC);
    if (in->tls == NULL)
        return ERR_OK;
    clock = loop__clock(in->loop);
    if (http_tls_reload(in->tls, clock->wall_ms(clock), e) != ERR_OK)
        return e->code;
    log_info(in->log, "TLS: %s", http_tls_about(in->tls));
    return ERR_OK;
}

int64_t http_in_certificate_until(const struct http_in *in)
{
    CHECK_OBJ(in, HTTP_IN_MAGIC);
    return in->tls != NULL ? http_tls_until(in->tls) : 0;
}

void http_in_quiet(struct http_in *in)
{
    CHECK_OBJ(in, HTTP_IN_MAGIC);
    http_listen_close(in->listen);
    in->listen = NULL;
    in->quiet = true;
    http_stream__end_all(in);
}

size_t http_in_open_requests(const struct http_in *in)
{
    CHECK_OBJ(in, HTTP_IN_MAGIC);
    return in->requests.count;
}

static void in_closed(uv_handle_t *handle)
{
    struct http_in *in = handle->data;

    CHECK_OBJ(in, HTTP_IN_MAGIC);
    if (--in->closing > 0)
        return;
    in_free(in);
}

void http_in_close(struct http_in *in)
{
    if (in == NULL)
        return;
    CHECK_OBJ(in, HTTP_IN_MAGIC);
    check(!in->running);
    check(in->closing == 0);
    http_in_quiet(in);
    loop_off_turn(in->loop, in_turn, in);
    uv_poll_stop(&in->poll);
    for (struct http_conn *conn = in->conns; conn != NULL; conn = conn->next) {
        if (conn->suspended)
            MHD_resume_connection(conn->mhd); /* it does not stop with suspended ones */
        conn->polls = conn->suspended ? 0 : conn->polls;
        conn->suspended = false;
    }
    MHD_stop_daemon(in->daemon);
    http_linger__end_all(in);
    check(in->conns == NULL);
    check(in->requests.count == 0);
    check(in->stream_count == 0);
    in->closing = 4;
    uv_close((uv_handle_t *)&in->beat, in_closed);
    uv_close((uv_handle_t *)&in->look, in_closed);
    uv_close((uv_handle_t *)&in->poll, in_closed);
    uv_close((uv_handle_t *)&in->sweep, in_closed);
}

/* ---- answers ---- */

struct http_conn *http_in__find(struct http_in *in, uint64_t request_id)
{
    struct http_conn *conn = table_find(&in->requests, request_id);

    if (conn == NULL)
        return NULL; /* the caller has gone */
    CHECK_OBJ(conn, HTTP_CONN_MAGIC);
    check(conn->request.id == request_id);
    if (conn->state != CONN_ASKED || conn->answer != NULL || conn->doomed)
        return NULL; /* answered before: the first answer holds */
    return conn;
}

/* Of a suspended connection's socket nobody else hears that it has ended. */
bool http_in_waited_for(struct http_in *in, uint64_t request_id)
{
    const struct http_conn *conn = http_in__find(in, request_id);
    struct pollfd fd = { .fd = -1, .events = POLLRDHUP };

    if (conn == NULL)
        return false;
    fd.fd = conn->fd;
    return poll(&fd, 1, 0) <= 0;
}

void http_in__wake(struct http_in *in)
{
    in->pending = true;
    if (!in->running && in->hook_turn == loop__turn(in->loop))
        loop_again(in->loop); /* our hook has run in this turn: come round before waiting */
}

static void in_send(struct http_in *in, struct http_conn *conn, int status,
                    struct MHD_Response *response, size_t size)
{
    http_conn__answer(conn, (unsigned)status, &response, size);
    http_in__wake(in);
}

void http_in_answer(struct http_in *in, uint64_t request_id, const struct http_answer *answer)
{
    struct http_answer shown = *answer;
    struct http_conn *conn;

    CHECK_OBJ(in, HTTP_IN_MAGIC);
    conn = http_in__find(in, request_id);
    if (conn == NULL)
        return;
    if (answer->status < 200 || answer->status > 599) {
        struct err e;

        err_set(&e, ERR_INTERNAL, "the answer has the status %d; right is 200 to 599",
                answer->status);
        http_in_refuse(in, request_id, &e);
        return;
    }
    shown.close = answer->close || conn->chunked || in->quiet;
    in_send(in, conn, answer->status, http_answer__new(conn, &shown), answer->body_size);
}

void http_in_refuse(struct http_in *in, uint64_t request_id, const struct err *e)
{
    struct http_conn *conn;
    int status = err_status(e->code);

    CHECK_OBJ(in, HTTP_IN_MAGIC);
    check(e->code != ERR_OK);
    conn = http_in__find(in, request_id);
    if (conn == NULL)
        return;
    in_send(in, conn, status,
            http_answer__refusal(conn, (unsigned)status, err_name(e->code), e->text,
                                 conn->chunked || in->quiet),
            0);
}
