/* http_stream.c - answers that grow: a queue of shared pieces each, sent by libmicrohttpd's reader.
 *
 *              reader finds nothing
 *   sending ------------------------> asleep (the connection is suspended)
 *      ^                                |  push, end, cut
 *      +---------- its turn ----------- woken
 *
 * (1) Asleep is exactly: the connection is suspended. Only then it is in in->woken. [stream_read]
 * (2) At most STREAM_BEAT streams are woken in STREAM_BEAT_MS: an event for a thousand browsers
 *     takes a third of a second, in which the engine goes on; what comes meanwhile goes along with
 *     it, so that many events cost hardly more than one.                 [http_stream__turn]
 * (3) gone() runs when libmicrohttpd is done with the request, and only there. Nothing is freed
 *     before that; a cut stream takes no more pieces.                    [http_stream__done] */
#include "io/http_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/http_in_priv.h"
#include "io/loop_priv.h"

#define HTTP_STREAM_MAGIC 0x5354524du
#define STREAM_BEAT       64 /* streams woken in ... */
#define STREAM_BEAT_MS    20
#define STREAM_ROOM       8          /* pieces a queue begins with */
#define STREAM_SOCKET     (64 * KIB) /* the kernel's buffer: a slow reader is noticed behind it */
/* in looks: from ping to ping, and until a reader that takes nothing is cut */
#define STREAM_PING  (HTTP_STREAM_PING_MS / HTTP_STREAM_LOOK_MS)
#define STREAM_STUCK (HTTP_STREAM_STUCK_MS / HTTP_STREAM_LOOK_MS)

struct http_piece {
    unsigned refs;
    size_t size;
    char bytes[];
};

struct http_stream {
    unsigned magic;
    struct http_in *in;
    struct http_conn *conn;
    TAILQ_ENTRY(http_stream) all;
    TAILQ_ENTRY(http_stream) next_woken;
    void (*gone)(void *arg); /* NULL: its owner has ended it */
    void *arg;
    struct http_piece **queue; /* a ring of `room`, a power of two */
    size_t first, count, room;
    size_t sent;   /* of the first piece */
    size_t queued; /* bytes */
    int64_t moved; /* loop__now() when the socket took something, or the queue was empty */
    bool pings;
    bool woken;
    bool ends; /* when the queue is empty */
    bool cut;
};

/* ---- pieces ---- */

struct http_piece *http_piece_new(const char *bytes, size_t size)
{
    struct http_piece *piece = mem_try(sizeof(*piece) + size);

    check(bytes != NULL || size == 0);
    if (piece == NULL)
        return NULL;
    piece->refs = 1;
    piece->size = size;
    if (size > 0)
        memcpy(piece->bytes, bytes, size);
    return piece;
}

void http_piece_leave(struct http_piece *piece)
{
    if (piece == NULL)
        return;
    check(piece->refs > 0);
    if (--piece->refs == 0)
        mem_free(piece);
}

/* ---- the queue ---- */

static bool stream_grow(struct http_stream *stream)
{
    size_t room = stream->room > 0 ? stream->room * 2 : STREAM_ROOM;
    struct http_piece **queue;

    if (stream->count < stream->room)
        return true;
    queue = room <= LIMIT_STREAM_PIECES ? mem_try(room * sizeof(struct http_piece *)) : NULL;
    if (queue == NULL)
        return false;
    for (size_t i = 0; i < stream->count; i++)
        queue[i] = stream->queue[(stream->first + i) & (stream->room - 1)];
    mem_free(stream->queue);
    stream->queue = queue;
    stream->first = 0;
    stream->room = room;
    return true;
}

/* The first piece, or what is left of it, into `to`. */
static size_t stream_take(struct http_stream *stream, char *to, size_t room)
{
    struct http_piece *piece;
    size_t size;

    check(stream->count > 0);
    check(stream->room > 0);
    piece = stream->queue[stream->first];
    size = piece->size - stream->sent;
    if (size > room)
        size = room;
    memcpy(to, piece->bytes + stream->sent, size);
    stream->sent += size;
    stream->queued -= size;
    if (stream->sent == piece->size) {
        http_piece_leave(piece);
        stream->first = (stream->first + 1) & (stream->room - 1);
        stream->count--;
        stream->sent = 0;
    }
    return size;
}

/* ---- asleep, woken ---- */

static void stream_wake(struct http_stream *stream)
{
    if (stream->conn->suspended && !stream->woken) {
        stream->woken = true;
        TAILQ_INSERT_TAIL(&stream->in->woken, stream, next_woken);
    }
    http_in__wake(stream->in);
}

static void stream_beat(uv_timer_t *timer)
{
    struct http_in *in = timer->data;

    CHECK_OBJ(in, HTTP_IN_MAGIC);
    in->beat_count = 0;
    if (!TAILQ_EMPTY(&in->woken))
        http_in__wake(in);
}

void http_stream__turn(struct http_in *in)
{
    struct http_stream *stream;

    while (in->beat_count < STREAM_BEAT && (stream = TAILQ_FIRST(&in->woken)) != NULL) {
        if (in->beat_count++ == 0)
            uv_timer_start(&in->beat, stream_beat, STREAM_BEAT_MS, 0);
        CHECK_OBJ(stream, HTTP_STREAM_MAGIC);
        check(stream->conn->suspended);
        TAILQ_REMOVE(&in->woken, stream, next_woken);
        stream->woken = false;
        stream->conn->suspended = false;
        MHD_resume_connection(stream->conn->mhd);
        in->pending = true;
        http_in__due(in, 3); /* to read, to send, to sleep again */
    }
}

/* libmicrohttpd asks for more of the body, when all it has is sent. */
static ssize_t stream_read(void *arg, uint64_t position, char *to, size_t room)
{
    struct http_stream *stream = arg;
    size_t size = 0;

    (void)position;
    CHECK_OBJ(stream, HTTP_STREAM_MAGIC);
    check(!stream->conn->suspended);
    http_in__due(stream->in, 2);
    stream->moved = loop__now(stream->in->loop);
    if (stream->cut)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    while (stream->count > 0 && size < room)
        size += stream_take(stream, to + size, room - size);
    if (size > 0)
        return (ssize_t)size;
    if (stream->ends)
        return MHD_CONTENT_READER_END_OF_STREAM;
    stream->conn->suspended = true;
    MHD_suspend_connection(stream->conn->mhd);
    return 0;
}

/* ---- the ends ---- */

static void stream_cut(struct http_stream *stream)
{
    if (stream->cut)
        return;
    stream->cut = true;
    shutdown(stream->conn->fd, SHUT_RDWR);
    stream_wake(stream);
}

/* What is queued goes out, within the time that any answer has. */
static void stream_finish(struct http_stream *stream)
{
    struct http_conn *conn = stream->conn;

    if (stream->ends || stream->cut)
        return;
    stream->ends = true;
    if (conn->state == CONN_ANSWERED)
        conn->deadline = http_conn__deadline(conn, conn->in->body_ms, stream->queued);
    stream_wake(stream);
}

void http_stream_end(struct http_stream *stream)
{
    CHECK_OBJ(stream, HTTP_STREAM_MAGIC);
    check(stream->gone != NULL);
    stream->gone = NULL;
    stream_finish(stream);
}

bool http_stream__stays(const struct http_conn *conn)
{
    return conn->stream != NULL && !conn->stream->ends;
}

void http_stream__end_all(struct http_in *in)
{
    struct http_stream *stream;

    TAILQ_FOREACH(stream, &in->streams, all)
    {
        stream_finish(stream);
    }
}

void http_stream__done(struct http_conn *conn)
{
    struct http_stream *stream = conn->stream;
    struct http_in *in = conn->in;
    void (*gone)(void *arg);

    CHECK_OBJ(stream, HTTP_STREAM_MAGIC);
    check(!conn->suspended);
    if (stream->woken)
        TAILQ_REMOVE(&in->woken, stream, next_woken);
    TAILQ_REMOVE(&in->streams, stream, all);
    in->stream_count--;
    conn->stream = NULL;
    gone = stream->gone;
    stream->gone = NULL;
    if (gone != NULL)
        gone(stream->arg);
    for (size_t i = 0; i < stream->count; i++)
        http_piece_leave(stream->queue[(stream->first + i) & (stream->room - 1)]);
    mem_free(stream->queue);
    stream->magic = 0;
    mem_free(stream);
}

/* ---- the look: who has gone without a word, who is stuck, who needs a ping ---- */

static bool stream_is_stuck(const struct http_stream *stream)
{
    return stream->queued > 0 && loop__now(stream->in->loop) - stream->moved >
                                     (int64_t)stream->in->look_ms * STREAM_STUCK;
}

/* One system call for all: a suspended connection's socket is watched by nobody else. */
static void stream_look_for_gone(struct http_in *in)
{
    struct pollfd *fds = mem_try(in->stream_count * sizeof(struct pollfd));
    struct http_stream *stream;
    nfds_t count = 0;

    if (fds == NULL)
        return; /* the next look does it */
    TAILQ_FOREACH(stream, &in->streams, all)
    {
        fds[count++] = (struct pollfd){ .fd = stream->conn->fd, .events = POLLRDHUP };
    }
    check(count == in->stream_count);
    if (poll(fds, count, 0) > 0) {
        count = 0;
        TAILQ_FOREACH(stream, &in->streams, all)
        {
            if (fds[count++].revents != 0)
                stream_cut(stream);
        }
    }
    mem_free(fds);
}

static void stream_look(uv_timer_t *timer)
{
    static const char ping[] = ": ping\n\n";
    struct http_in *in = timer->data;
    struct http_piece *piece;
    struct http_stream *stream;

    CHECK_OBJ(in, HTTP_IN_MAGIC);
    if (in->stream_count == 0) {
        uv_timer_stop(timer);
        return;
    }
    stream_look_for_gone(in);
    piece = ++in->looks % STREAM_PING == 0 ? http_piece_new(ping, sizeof(ping) - 1) : NULL;
    TAILQ_FOREACH(stream, &in->streams, all)
    {
        if (stream_is_stuck(stream))
            stream_cut(stream);
        else if (piece != NULL && stream->pings && stream->count == 0)
            http_stream_share(stream, piece);
    }
    http_piece_leave(piece);
}

void http_stream__init(struct http_in *in)
{
    TAILQ_INIT(&in->streams);
    TAILQ_INIT(&in->woken);
    check(uv_timer_init(loop_uv(in->loop), &in->look) == 0);
    check(uv_timer_init(loop_uv(in->loop), &in->beat) == 0);
    in->look.data = in->beat.data = in;
}

/* ---- for the owner ---- */

bool http_stream_share(struct http_stream *stream, struct http_piece *piece)
{
    CHECK_OBJ(stream, HTTP_STREAM_MAGIC);
    if (stream->cut)
        return false;
    if (stream->ends || piece->size == 0)
        return true;
    if (piece->size > LIMIT_STREAM_QUEUE - stream->queued || !stream_grow(stream)) {
        stream_cut(stream);
        return false;
    }
    if (stream->count == 0)
        stream->moved = loop__now(stream->in->loop);
    stream->queue[(stream->first + stream->count++) & (stream->room - 1)] = piece;
    stream->queued += piece->size;
    piece->refs++;
    stream_wake(stream);
    return true;
}

bool http_stream_push(struct http_stream *stream, const char *bytes, size_t size)
{
    struct http_piece *piece = http_piece_new(bytes, size);
    bool taken;

    CHECK_OBJ(stream, HTTP_STREAM_MAGIC);
    if (piece == NULL) {
        stream_cut(stream); /* with a hole in it, it would be wrong */
        return false;
    }
    taken = http_stream_share(stream, piece);
    http_piece_leave(piece);
    return taken;
}

size_t http_stream_queued(const struct http_stream *stream)
{
    CHECK_OBJ(stream, HTTP_STREAM_MAGIC);
    return stream->queued;
}

size_t http_in_streams(const struct http_in *in)
{
    CHECK_OBJ(in, HTTP_IN_MAGIC);
    return in->stream_count;
}

/* The kernel buffers little, and does not wait a quarter of an hour for a peer without power. */
static void stream_set_socket(int fd)
{
    int size = STREAM_SOCKET;
    unsigned patience = HTTP_STREAM_STUCK_MS;

    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof(patience));
}

static struct http_stream *stream_new(struct http_conn *conn, void (*gone)(void *arg), void *arg)
{
    struct http_in *in = conn->in;
    struct http_stream *stream = mem_must(sizeof(*stream));

    check(conn->stream == NULL);
    stream->magic = HTTP_STREAM_MAGIC;
    stream->in = in;
    stream->conn = conn;
    stream->gone = gone;
    stream->arg = arg;
    stream->moved = loop__now(in->loop);
    TAILQ_INSERT_TAIL(&in->streams, stream, all);
    in->stream_count++;
    if (!uv_is_active((uv_handle_t *)&in->look))
        uv_timer_start(&in->look, stream_look, in->look_ms, in->look_ms);
    stream_set_socket(conn->fd);
    conn->stream = stream;
    return stream;
}

struct http_stream *http_in_stream(struct http_in *in, uint64_t request_id,
                                   const struct http_answer *head, void (*gone)(void *arg),
                                   void *arg)
{
    struct http_answer shown = *head;
    struct MHD_Response *response;
    struct http_stream *stream;
    struct http_conn *conn;
    struct err e;

    CHECK_OBJ(in, HTTP_IN_MAGIC);
    check(gone != NULL);
    check(head->status >= 200 && head->status <= 599);
    conn = http_in__find(in, request_id);
    if (conn == NULL)
        return NULL;
    if (in->stream_count >= LIMIT_STREAMS || in->quiet) {
        err_set(&e, ERR_OVERLOAD, "%zu answers stay open already; come again later",
                in->stream_count);
        http_in_refuse(in, request_id, &e);
        return NULL;
    }
    if (shown.content_type == NULL)
        shown.content_type = "text/event-stream";
    stream = stream_new(conn, gone, arg);
    stream->pings = strncmp(shown.content_type, "text/event-stream", 17) == 0;
    response = http_answer__grows(conn, &shown, stream_read, stream);
    http_conn__answer(conn, (unsigned)head->status, &response, 0);
    http_in__wake(in);
    if (head->body_size > 0)
        http_stream_push(stream, head->body, head->body_size);
    return stream;
}
