/* http_in.h - an HTTP/1.1 listener on the loop (libmicrohttpd, polled by its epoll descriptor).
 *
 * When the headers of a request are complete, admit() says how large a body may be, or refuses.
 * When the body is there, receive() gets the whole request once. It is answered by id, at once or
 * in any later turn; until then the connection is suspended and costs no polling. After the caller
 * went away an answer to its id is dropped in silence.
 *
 * libmicrohttpd is lax, so the framing is checked here (RFC 9112): one Host, at most one
 * Content-Length of digits only, Transfer-Encoding absent or exactly "chunked" and never beside
 * Content-Length, CRLF line ends, no control character in a value, no white space before the
 * colon, at most LIMIT_HEADERS headers, a known method; the path is decoded once and strictly.
 * What fails gets 400 (431, 405, 414) and a closed connection. A chunked body ends its connection
 * too, since libmicrohttpd is lax with the framing of chunks. Deadlines are absolute:
 * LIMIT_HEADER_MS for the headers, LIMIT_BODY_MS + size for the body (408). */
#ifndef IO_HTTP_IN_H
#define IO_HTTP_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pair.h"
#include "base/log.h"
#include "io/loop.h"

#define http_header pair

struct http_request {
    uint64_t id;
    const char *method;
    /* decoded, valid UTF-8, begins with '/', has no "." or ".." segment, no NUL */
    const char *path;
    const char *query;       /* raw text behind '?', "" if none */
    const struct http_header *headers; /* names as sent; see http_request_header() */
    size_t header_count;
    const char *body;        /* raw bytes followed by a NUL that does not count */
    size_t body_size;
    /* "127.0.0.1", "local" for a Unix socket; behind a trusted proxy the client that it names */
    const char *peer;
    bool secure;             /* the client spoke TLS, with us or with the trusted proxy */
    int64_t uid;             /* the user at the other end of a Unix socket; -1: not known */
    int64_t received_ms;     /* wall time at which the headers were complete */
};
/* Borrowed; NULL if absent. Names compare without case. */
const char *http_request_header(const struct http_request *request, const char *name);

struct http_answer {
    int status;
    const char *content_type;          /* NULL: application/json */
    const struct http_header *headers; /* more; copied */
    size_t header_count;
    const char *body;                  /* copied */
    size_t body_size;
    bool close;                        /* close the connection afterwards */
};

struct http_in_calls {
    /* ERR_OK and *body_limit, or a refusal: its status and text are sent as problem details (RFC
     * 9457). */
    enum err_code (*admit)(void *arg, const struct http_request *head, size_t *body_limit,
                           struct err *e);
    void (*receive)(void *arg, const struct http_request *request); /* borrowed for the call */
    void *arg;
};

struct http_in;
struct http_in_options {
    const char *host;        /* address; NULL with unix_path */
    unsigned port;           /* 0: the system chooses */
    const char *unix_path;   /* a socket file, made with unix_mode; an old one is replaced */
    unsigned unix_mode;      /* 0: 0600 */
    /* PEM files, both or neither: TLS 1.2 and newer, and nothing else. Kept: http_in_reload() */
    const char *tls_cert, *tls_key;
    /* CIDRs, and "unix" for the callers of a Unix socket: X-Forwarded-For and -Proto are read from
     * these only, from the right. NULL or "": none. */
    const char *trusted_proxies;
    unsigned header_ms, body_ms, idle_ms; /* 0: the limits of limits.h */
    unsigned look_ms;        /* 0: HTTP_STREAM_LOOK_MS; pings and patience go with it */
};

struct http_in *http_in_open(struct loop *loop, struct log *log,
                             const struct http_in_options *options,
                             const struct http_in_calls *calls, struct err *e) MUST_USE;
unsigned http_in_port(const struct http_in *in);
/* Reads the certificate and its key again; new connections get the new one. What is unreadable,
 * expired or does not fit is refused, and the former one stays in use. Without TLS: ERR_OK. */
enum err_code http_in_reload(struct http_in *in, struct err *e) MUST_USE;
/* Wall time at which the certificate in use expires; 0: without TLS. */
int64_t http_in_certificate_until(const struct http_in *in);
/* The first answer holds, a second one is dropped. A status outside of 200 to 599 becomes a 500.
 * Every answer gets what browsers are to be told (http_answer.c), and Cache-Control: no-store;
 * unless it has its own. */
void http_in_answer(struct http_in *in, uint64_t request_id, const struct http_answer *answer);
/* Whether somebody may still wait for that answer: false when the caller has gone, or has ended the
 * connection on his side. A system call. */
bool http_in_waited_for(struct http_in *in, uint64_t request_id);
/* A problem details answer (RFC 9457) for e; with Retry-After where the status is 429 or 503. */
void http_in_refuse(struct http_in *in, uint64_t request_id, const struct err *e);
/* Accepts no more connections; requests on open ones go on, each answer closes its connection. */
void http_in_quiet(struct http_in *in);
size_t http_in_open_requests(const struct http_in *in);
void http_in_close(struct http_in *in);      /* drops what is open and frees; NULL is fine */

#endif
