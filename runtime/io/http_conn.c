/* http_conn.c - the life of a connection and of the requests that come over it one after another.
 *
 *     CONN_IDLE --line--> CONN_HEAD --head--> CONN_BODY --body--> CONN_ASKED
 *         ^                   |                   |                   | answer
 *         |                   +------refused------+-------------------v
 *         +---------------------------sent---------------------- CONN_ANSWERED
 *
 * (1) A request has an id from the end of its head until libmicrohttpd is done with it; while it
 *     has one, it is in in->requests and its connection lives. [conn_begin, http_conn__completed]
 * (2) receive() is called once, and only with a whole body.                     [conn_complete]
 * (3) A connection is suspended only in CONN_ASKED without an answer, or when its answer is a
 *     stream that has nothing to send.                        [conn_wait; http_stream.c, (1)]
 * (4) Each state but CONN_ASKED and a stream has a deadline that no byte from outside moves,
 *     except that the body gets a second more for each 64 KiB of it.       [http_conn__expire]
 * (5) An answer is queued in the call that libmicrohttpd makes when the request is complete:
 *     earlier it would close the connection behind every answer, which we want after a fault.
 * (6) A chunked body ends its connection. libmicrohttpd takes a bare LF within the framing of
 *     chunks, so a proxy in front may see another end of the body than we do; what it takes for
 *     the next request must not be served. */
#include "io/http_in_priv.h"

#include <string.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "io/http_proxy_priv.h"
#include "io/http_tls_priv.h"
#include "io/loop_priv.h"

#define HTTP_CONN_SWALLOW (64 * KIB) /* of a refused request: read it, and keep the connection */
#define HTTP_CONN_KEEP    (64 * KIB) /* memory of a body kept for the next one */
#define HTTP_CONN_RATE    (64 * KIB) /* bytes for which a peer gets a second */
#define HTTP_CONN_POLLS   48         /* asked so often for an answer, then suspended */

int64_t http_conn__deadline(const struct http_conn *conn, unsigned ms, uint64_t bytes)
{
    return loop__now(conn->in->loop) + ms + (int64_t)(bytes / HTTP_CONN_RATE) * 1000;
}

/* ---- opened, closed ---- */

static void conn_opened(struct http_in *in, struct MHD_Connection *mhd, void **socket_context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct http_conn *conn = mem_must(sizeof(*conn));

    check(info != NULL);
    conn->magic = HTTP_CONN_MAGIC;
    conn->in = in;
    conn->mhd = mhd;
    conn->fd = info->connect_fd;
    conn->deadline = http_conn__deadline(conn, in->header_ms, 0);
    buf_init(&conn->target, LIMIT_HEADER_BYTES);
    buf_init(&conn->body, 1);
    memcpy(conn->peer, in->next_peer, sizeof(conn->peer));
    conn->uid = in->next_uid;
    if (in->tls != NULL)
        http_tls__begin(in->tls, conn);
    conn->next = in->conns;
    if (conn->next != NULL)
        conn->next->before = conn;
    in->conns = conn;
    in->conn_count++;
    *socket_context = conn;
}

static void conn_closed(struct http_conn *conn)
{
    struct http_in *in = conn->in;

    CHECK_OBJ(conn, HTTP_CONN_MAGIC);
    check(conn->request.id == 0);
    check(conn->stream == NULL);
    check(!conn->suspended);
    if (conn->before != NULL)
        conn->before->next = conn->next;
    else
        in->conns = conn->next;
    if (conn->next != NULL)
        conn->next->before = conn->before;
    in->conn_count--;
    if (conn->unread)
        http_linger__begin(in, conn->fd);
    http_tls__end(conn);
    buf_fini(&conn->target);
    buf_fini(&conn->body);
    conn->magic = 0;
    mem_free(conn);
}

void http_conn__opened_or_closed(void *arg, struct MHD_Connection *mhd, void **socket_context,
                                 enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        conn_opened(arg, mhd, socket_context);
        return;
    }
    conn_closed(*socket_context);
    *socket_context = NULL;
}

/* ---- a request begins ---- */

/* The request line is there. libmicrohttpd splits the query in place afterwards, so the target is
 * copied now. And it would make a record of every parameter, for which its memory may not suffice:
 * behind the copy the query is ended for it. */
void *http_conn__line(void *arg, const char *target, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_conn *conn = info->socket_context;
    int64_t deadline;

    (void)arg;
    CHECK_OBJ(conn, HTTP_CONN_MAGIC);
    check(conn->state == CONN_IDLE);
    conn->state = CONN_HEAD;
    http_in__due(conn->in, 1);
    deadline = http_conn__deadline(conn, conn->in->header_ms, 0);
    if (deadline < conn->deadline)
        conn->deadline = deadline;
    buf_clear(&conn->target);
    buf_add_text(&conn->target, target);
    if (http_frame__layout_known() && strchr(target, '?') != NULL)
        strchr((char *)(uintptr_t)target, '?')[1] = '\0';
    return conn;
}

static enum MHD_Result conn_queue(struct http_conn *conn)
{
    enum MHD_Result rc;

    check(!conn->suspended);
    if (conn->answer == NULL)
        return MHD_NO;
    rc = MHD_queue_response(conn->mhd, conn->answer_status, conn->answer);
    MHD_destroy_response(conn->answer);
    conn->answer = NULL;
    conn->state = CONN_ANSWERED;
    conn->deadline = http_stream__stays(conn)
                         ? INT64_MAX /* its own look sees to it */
                         : http_conn__deadline(conn, conn->in->body_ms, conn->answer_size);
    http_in__due(conn->in, 2); /* one to send, one to see that all is sent */
    return rc;
}

/* Refuses at once; the rest of the request is not looked at, and the connection ends. */
static enum MHD_Result conn_refuse(struct http_conn *conn, unsigned status, const char *detail)
{
    conn->unread = true;
    conn->answer_status = status;
    conn->answer_size = 0;
    conn->answer = http_answer__refusal(conn, status, NULL, detail, true);
    return conn_queue(conn);
}

/* A refusal that is no fault of framing. Where the body is short, it is read and thrown away, so
 * that the connection can be kept; (5). */
static enum MHD_Result conn_refuse_kindly(struct http_conn *conn, const struct err *e)
{
    if (conn->chunked || conn->expects || conn->content_length > HTTP_CONN_SWALLOW)
        return conn_refuse(conn, (unsigned)err_status(e->code), e->text);
    conn->answer_status = (unsigned)err_status(e->code);
    conn->answer_size = 0;
    conn->answer = http_answer__refusal(conn, conn->answer_status, err_name(e->code), e->text,
                                        conn->in->quiet);
    if (conn->answer == NULL)
        return MHD_NO;
    conn->state = CONN_BODY;
    conn->deadline = http_conn__deadline(conn, conn->in->body_ms, conn->content_length);
    return MHD_YES;
}

#define CONN_TOO_LARGE 100

static const char *conn_too_large(const struct http_conn *conn, char text[CONN_TOO_LARGE])
{
    snprintf(text, CONN_TOO_LARGE, "the body is larger than the %zu bytes that are taken here",
             conn->body_limit);
    return text;
}

static enum MHD_Result conn_begin(struct http_conn *conn, const char *url, const char *method,
                                  const char *version)
{
    struct http_in *in = conn->in;
    struct clock *clock = loop__clock(in->loop);
    struct err e = { .code = ERR_OK };
    unsigned status = 0;
    char text[CONN_TOO_LARGE];

    check(conn->request.id == 0);
    conn->request = (struct http_request){
        .id = ++in->last_id,
        .peer = conn->peer,
        .uid = conn->uid,
        .secure = conn->session != NULL,
        .body = "",
        .received_ms = clock->wall_ms(clock),
    };
    table_put(&in->requests, conn->request.id, conn);
    if (http_frame__check(conn, url, method, version, &status, &e) != ERR_OK)
        return conn_refuse(conn, status, e.text);
    http_proxies__read(in->proxies, conn);
    conn->body_limit = 0;
    if (in->calls.admit(in->calls.arg, &conn->request, &conn->body_limit, &e) != ERR_OK)
        return conn_refuse_kindly(conn, &e);
    if (conn->content_length > conn->body_limit)
        return conn_refuse(conn, 413, conn_too_large(conn, text));
    conn->state = CONN_BODY;
    conn->body_since = loop__now(in->loop);
    conn->deadline = http_conn__deadline(conn, in->body_ms, conn->content_length);
    buf_clear(&conn->body);
    conn->body.ceiling = conn->body_limit > 0 ? conn->body_limit : 1;
    if (conn->expects)
        http_in__due(in, 2); /* one to tell it to go on, one to read on */
    return MHD_YES;
}

/* ---- its body, and its end ---- */

static enum MHD_Result conn_add_body(struct http_conn *conn, const char *bytes, size_t size)
{
    char text[CONN_TOO_LARGE];

    if (conn->answer != NULL)
        return MHD_YES; /* refused already: thrown away */
    if (size > conn->body_limit - conn->body.len) {
        http_answer__last_words(conn, 413, conn_too_large(conn, text));
        return MHD_NO;
    }
    buf_add(&conn->body, bytes, size);
    if (!buf_ok(&conn->body)) {
        http_answer__last_words(conn, 503, "out of memory");
        return MHD_NO;
    }
    if (conn->chunked)
        conn->deadline = conn->body_since + conn->in->body_ms +
                         (int64_t)(conn->body.len / HTTP_CONN_RATE) * 1000;
    return MHD_YES;
}

/* Suspending costs three system calls, being asked once more a function call. So a connection is
 * asked some times, which is enough for an answer that waits for one commit, and suspended after
 * that. */
static enum MHD_Result conn_wait(struct http_conn *conn)
{
    check(!conn->suspended);
    if (conn->polls == 0)
        conn->in->waiting++;
    if (++conn->polls <= HTTP_CONN_POLLS)
        return MHD_YES;
    conn->in->waiting--;
    conn->suspended = true;
    MHD_suspend_connection(conn->mhd);
    return MHD_YES;
}

static void conn_wait_ended(struct http_conn *conn)
{
    if (conn->polls > 0 && !conn->suspended)
        conn->in->waiting--;
    conn->polls = 0;
}

static enum MHD_Result conn_complete(struct http_conn *conn)
{
    struct http_in *in = conn->in;

    if (conn->answer != NULL)
        return conn_queue(conn);
    conn->state = CONN_ASKED;
    conn->deadline = INT64_MAX;
    conn->request.body = buf_text(&conn->body);
    conn->request.body_size = conn->body.len;
    in->received = true;
    in->calls.receive(in->calls.arg, &conn->request);
    if (conn->answer != NULL || conn->doomed)
        return conn_queue(conn);
    return conn_wait(conn);
}

enum MHD_Result http_conn__request(void *arg, struct MHD_Connection *mhd, const char *url,
                                   const char *method, const char *version, const char *upload,
                                   size_t *upload_size, void **context)
{
    struct http_conn *conn = *context;
    size_t size = *upload_size;

    CHECK_OBJ(conn, HTTP_CONN_MAGIC);
    check(conn->in == arg);
    check(conn->mhd == mhd);
    check(!conn->suspended);
    switch (conn->state) {
    case CONN_HEAD:
        http_in__due(conn->in, 1);
        return conn_begin(conn, url, method, version);
    case CONN_BODY:
        if (size == 0)
            return conn_complete(conn);
        http_in__due(conn->in, 1);
        *upload_size = 0;
        return conn_add_body(conn, upload, size);
    case CONN_ASKED:
        if (conn->answer != NULL || conn->doomed)
            return conn_queue(conn);
        return conn_wait(conn);
    case CONN_IDLE:
    case CONN_ANSWERED:
        break;
    }
    check(!"a call in a state that has none");
    return MHD_NO;
}

/* ---- the answer, and the end ---- */

void http_conn__answer(struct http_conn *conn, unsigned status, struct MHD_Response **answer,
                       size_t size)
{
    CHECK_OBJ(conn, HTTP_CONN_MAGIC);
    check(conn->answer == NULL);
    conn->answer = *answer;
    *answer = NULL;
    conn->answer_status = status;
    conn->answer_size = size;
    conn->doomed = conn->answer == NULL;
    conn_wait_ended(conn);
    if (conn->suspended)
        MHD_resume_connection(conn->mhd);
    conn->suspended = false;
    conn->in->pending = true;
}

void http_conn__completed(void *arg, struct MHD_Connection *mhd, void **context,
                          enum MHD_RequestTerminationCode code)
{
    struct http_conn *conn = *context;

    (void)mhd;
    (void)code;
    CHECK_OBJ(conn, HTTP_CONN_MAGIC);
    check(conn->in == arg);
    if (conn->request.id != 0)
        check(table_remove(&conn->in->requests, conn->request.id) == conn);
    conn->request.id = 0;
    if (conn->answer != NULL)
        MHD_destroy_response(conn->answer);
    conn->answer = NULL;
    if (conn->stream != NULL)
        http_stream__done(conn);
    conn->doomed = false;
    http_in__due(conn->in, 1);
    conn_wait_ended(conn);
    if (conn->body.room > HTTP_CONN_KEEP)
        buf_fini(&conn->body);
    buf_clear(&conn->body);
    conn->state = CONN_IDLE;
    conn->deadline = http_conn__deadline(conn, conn->in->idle_ms, 0);
    *context = NULL;
}

void http_conn__expire(struct http_conn *conn)
{
    CHECK_OBJ(conn, HTTP_CONN_MAGIC);
    check(conn->state != CONN_ASKED);
    if (conn->state == CONN_HEAD)
        http_answer__last_words(conn, 408, "the headers did not arrive in time");
    else if (conn->state == CONN_BODY)
        http_answer__last_words(conn, 408, "the body did not arrive in time");
    conn->deadline = INT64_MAX; /* cut once; libmicrohttpd sees the end and closes */
    shutdown(conn->fd, SHUT_RDWR);
}
