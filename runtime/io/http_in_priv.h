/* http_in_priv.h - what the files of the listener share: the listener. For io/http_*.c only. */
#ifndef IO_HTTP_IN_PRIV_H
#define IO_HTTP_IN_PRIV_H

#include <microhttpd.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <uv.h>

#include "base/table.h"
#include "io/http_conn_priv.h"
#include "io/http_listen_priv.h"

#define HTTP_IN_MAGIC 0x4854494eu

TAILQ_HEAD(http_streams, http_stream);
LIST_HEAD(http_lingers, http_linger);

struct http_in {
    unsigned magic;
    struct loop *loop;
    struct log *log;
    struct http_in_calls calls;
    unsigned header_ms;
    unsigned body_ms;
    unsigned idle_ms;
    unsigned look_ms;
    struct http_tls *tls;         /* NULL: none */
    struct http_proxies *proxies; /* NULL: none is trusted */
    struct MHD_Daemon *daemon;
    struct http_listen *listen;
    unsigned port;
    uv_poll_t poll;   /* of libmicrohttpd's epoll descriptor */
    uv_timer_t sweep; /* runs while there are connections */
    int closing;      /* handles yet to close */
    struct http_conn *conns;
    size_t conn_count;
    struct table requests; /* id -> connection */
    uint64_t last_id;
    uint64_t hook_turn; /* the loop's turn in which our hook ran last */
    size_t waiting;     /* connections that wait for an answer without being suspended */
    bool pending;       /* libmicrohttpd has to be run in this turn or the next */
    unsigned due;       /* runs of libmicrohttpd that have work at the least; see in_pump() */
    bool received;      /* a request was handed over since the hook ran last */
    bool running;       /* within MHD_run() */
    bool quiet;
    struct http_streams streams; /* see http_stream.c */
    struct http_streams woken;   /* those with something to send, in order */
    size_t stream_count;
    uv_timer_t look; /* runs while there are streams */
    unsigned looks;
    uv_timer_t beat; /* runs since the first stream of this beat was woken */
    unsigned beat_count;
    struct http_lingers lingering; /* see http_linger.c */
    size_t linger_count;
    char next_peer[48]; /* of the connection being added */
    int64_t next_uid;
};

/* A callback of libmicrohttpd left it something to do in so many runs to come. */
static inline void http_in__due(struct http_in *in, unsigned runs)
{
    if (in->due < runs)
        in->due = runs;
}

/* http_in.c */
/* The request's connection; NULL: its caller has gone, or it has its answer. */
struct http_conn *http_in__find(struct http_in *in, uint64_t request_id);
/* There is something to send: libmicrohttpd runs before the loop waits. */
void http_in__wake(struct http_in *in);

/* http_linger.c: before libmicrohttpd closes a connection that was refused unread. */
void http_linger__begin(struct http_in *in, int fd);
void http_linger__end_all(struct http_in *in);

/* http_stream.c */
void http_stream__init(struct http_in *in);
void http_stream__turn(struct http_in *in); /* wakes connections, so many in a time */
void http_stream__end_all(struct http_in *in);

#endif
