/* http_out_priv.h - what the files of the HTTP client share: the client, a call. For io/ only. */
#ifndef IO_HTTP_OUT_PRIV_H
#define IO_HTTP_OUT_PRIV_H

#include <uv.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/table.h"
#include "io/egress_curl_priv.h"
#include "io/http_out.h"
#include "io/loop.h"

#define HTTP_OUT_MAGIC  0x484f5554u
#define HTTP_CALL_MAGIC 0x43414c4cu

/* FREE: in the pool, ACTIVE: with libcurl, ENDED: its reply waits to be handed over. */
enum http_call_state { CALL_FREE, CALL_ACTIVE, CALL_ENDED };

/* One call. It is kept and used again with its easy handle, whose fixed options are set once. */
struct http_call {
    unsigned magic;
    enum http_call_state state;
    struct http_out_uv *out;
    struct http_call *next; /* in the pool, or among the ended */
    struct egress_curl curl;
    uint64_t id;
    http_out_fn *done;
    void *owner;
    uint64_t tag;
    int64_t began;
    int64_t timeout_ms;
    struct deadline not_after;
    size_t reply_limit;
    const struct http_sink *sink;
    const struct http_source *source; /* NULL: the body is ask_body */
    bool effect; /* goes over a connection of its own */
    /* the ask */
    char method[24];
    CURLU *url;
    char *host; /* libcurl's */
    unsigned port;
    struct buf ask_head; /* the header lines, each with its NUL */
    struct curl_slist *ask_list;
    size_t ask_list_room;
    char *ask_body;
    struct buf way;  /* certificates, key, the proxy's password: each with its NUL */
    struct buf hides; /* what no reply may show, each with its NUL */
    char proxy_host[256]; /* "": none; else what is connected to instead of host */
    /* the reply */
    bool started;    /* the request was about to be written: from here on it may have left */
    bool late;       /* it was about to be written after not_after, and was not */
    bool over_limit; /* the reply passed a ceiling */
    bool starved;    /* out of memory for the reply */
    bool head_done, paused, broken; /* broken: the source gave up */
    bool sink_asked, sinks; /* whether the body is for the sink */
    int64_t sunk, given; /* bytes that the sink took, that the source gave */
    size_t head_bytes; /* of all heads of this call: interim ones and trailers count too */
    struct buf head, body;
    struct pair *pairs;
    size_t pair_room;
    struct err failure;
    struct http_reply reply;
    char error[CURL_ERROR_SIZE];
};

struct http_out_uv {
    struct http_out out; /* first */
    unsigned magic;
    struct loop *loop;
    struct clock *clock;
    const struct egress *egress;
    CURLM *multi;
    uv_timer_t timer; /* libcurl's */
    uv_check_t now;   /* stands in for it when its time is now */
    uv_idle_t awake;  /* then the loop does not wait */
    uv_timer_t soon;  /* for replies that are there before the call is sent */
    int closing;      /* handles yet to close */
    struct table calls;   /* id -> call, without the free ones */
    struct table sockets; /* descriptor -> struct http_socket */
    uint64_t last_id;
    struct http_call *pool;
    size_t pool_count;
    struct http_call *ended_first, *ended_last; /* in order of their end */
    size_t ended_count;
    bool calling; /* within a done() */
};

/* http_call.c */
struct http_call *http_call__new(struct http_out_uv *out); /* NULL when memory fails */
void http_call__free(struct http_call *call);
/* Sets everything that differs from call to call. *e: ERR_POLICY or ERR_TRANSIENT. */
enum err_code http_call__prepare(struct http_call *call, const struct http_ask *ask,
                                 struct err *e) MUST_USE;
void http_call__clear(struct http_call *call); /* forgets what it carried */
void http_give__set(struct http_call *call); /* a body that comes from its source */

/* http_way.c: certificates and proxy of a call; always set, so that nothing is left over */
enum err_code http_way__set(struct http_call *call, const struct http_way *way,
                            struct err *e) MUST_USE;
void http_way__clear(struct http_call *call);

/* http_reply.c */
void http_reply__watch(struct http_call *call); /* the callbacks that gather the reply */
void http_reply__end(struct http_call *call, CURLcode result);
void http_reply__refuse(struct http_call *call, const struct err *e); /* nothing was sent */
/* http_cut.c: what TLS cuts off is no answer */
enum err_code http_cut__check(struct err *e) MUST_USE; /* that libcurl can be watched */
void http_cut__watch(struct http_call *call);
/* http_socket.c */
enum err_code http_socket__watch(struct http_out_uv *out, struct err *e) MUST_USE;
void http_socket__watch_call(struct http_call *call);
/* Its sink is full; call->paused is set. */
void http_socket__paused(struct http_call *call);
void http_socket__forget_all(struct http_out_uv *out); /* when libcurl has closed all */

/* http_out_uv.c */
void http_out__reap(struct http_out_uv *out); /* hands over what has ended */

#endif
