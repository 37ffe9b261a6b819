/* http_conn_priv.h - a connection of the listener and the request on it. For io/http_*.c only. */
#ifndef IO_HTTP_CONN_PRIV_H
#define IO_HTTP_CONN_PRIV_H

#include <microhttpd.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/limits.h"
#include "io/http_in.h"

#define HTTP_CONN_MAGIC 0x434f4e4eu

/* What a connection waits for; see http_conn.c for the diagram. */
enum http_conn_state { CONN_IDLE, CONN_HEAD, CONN_BODY, CONN_ASKED, CONN_ANSWERED };

struct http_conn {
    unsigned magic;
    enum http_conn_state state;
    struct http_in *in;
    struct http_conn *next; /* of all connections of `in` */
    struct http_conn *before;
    struct MHD_Connection *mhd;
    int fd; /* borrowed from libmicrohttpd */
    bool suspended; /* libmicrohttpd waits for MHD_resume_connection() */
    unsigned polls; /* how often libmicrohttpd asked for the answer before it was there */
    bool chunked;
    bool expects; /* to be told to go on, before it sends the body */
    bool unread;  /* refused before all of it was read */
    bool doomed;    /* no answer can be made: the connection is dropped */
    int64_t deadline; /* loop__now(); INT64_MAX: none */
    int64_t body_since;
    uint64_t content_length; /* 0 without one */
    struct buf target;
    struct buf body;
    size_t body_limit;
    struct MHD_Response *answer; /* made, not yet queued */
    unsigned answer_status;
    size_t answer_size;
    struct http_stream *stream; /* the answer, when it is one that grows */
    struct http_request request; /* id 0: there is none */
    struct pair headers[LIMIT_HEADERS];
    char peer[48];
    char client[48]; /* for whom a trusted proxy speaks */
    int64_t uid;
    struct gnutls_session_int *session; /* NULL: no TLS; libmicrohttpd's */
    struct http_cert *cert;             /* the one that the session began with */
};

/* http_conn.c: the callbacks of libmicrohttpd */
void http_conn__opened_or_closed(void *arg, struct MHD_Connection *mhd, void **socket_context,
                                 enum MHD_ConnectionNotificationCode code);
void *http_conn__line(void *arg, const char *target, struct MHD_Connection *mhd);
enum MHD_Result http_conn__request(void *arg, struct MHD_Connection *mhd, const char *url,
                                   const char *method, const char *version, const char *upload,
                                   size_t *upload_size, void **context);
void http_conn__completed(void *arg, struct MHD_Connection *mhd, void **context,
                          enum MHD_RequestTerminationCode code);
/* Past its deadline: told 408 where a request had begun, and cut. */
void http_conn__expire(struct http_conn *conn);
/* So many ms from now, and a second more for each 64 KiB. */
int64_t http_conn__deadline(const struct http_conn *conn, unsigned ms, uint64_t bytes);
/* Takes *answer, of that many bytes; NULL drops the connection. */
void http_conn__answer(struct http_conn *conn, unsigned status, struct MHD_Response **answer,
                       size_t size);

/* http_frame.c: whether the library is the one whose way of parsing in place is known. */
bool http_frame__layout_known(void);
/* Fills conn->request but for its id and body. *status goes with a refusal. */
enum err_code http_frame__check(struct http_conn *conn, const char *url, const char *method,
                                const char *version, unsigned *status, struct err *e) MUST_USE;

/* http_stream.c */
void http_stream__done(struct http_conn *conn);         /* its request has ended */
bool http_stream__stays(const struct http_conn *conn); /* its answer has no end yet */

/* http_answer.c: NULL when memory fails. */
struct MHD_Response *http_answer__new(const struct http_conn *conn,
                                      const struct http_answer *answer);
/* One whose body the reader gives; closes its connection. */
struct MHD_Response *http_answer__grows(const struct http_conn *conn,
                                        const struct http_answer *head,
                                        MHD_ContentReaderCallback reader, void *arg);
struct MHD_Response *http_answer__refusal(const struct http_conn *conn, unsigned status,
                                          const char *code, const char *detail, bool close);
/* Straight to the peer, where libmicrohttpd can no longer send an answer. */
void http_answer__last_words(struct http_conn *conn, unsigned status, const char *detail);

#endif
