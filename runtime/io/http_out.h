/* http_out.h - sends one HTTP request and calls back once.
 *
 * An interface: the program plugs in http_out_uv (libcurl on the loop), the simulation a network of
 * its own. The callback runs in a later turn, never inside http_out_send(). After http_out_cancel()
 * it does not run at all. Everything in the ask is copied.
 *
 * An *effect* goes over a fresh connection that is not kept, HTTP/1.1 without "Expect", so that no
 * library ever sends it a second time by itself (libcurl re-sends a POST when a kept connection
 * dies) and no answer that nobody asked for is taken for its own. Redirects are never followed
 * here; a 3xx is an answer like any other.
 *
 * Headers are sent as given, none is added but Host and Content-Length. A name or value that could
 * break out of its line, another Host than the URL's, and headers that frame the message
 * (Connection, Transfer-Encoding, Expect, ...) make the ask unusable, and so do credentials in the
 * URL. */
#ifndef IO_HTTP_OUT_H
#define IO_HTTP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/pair.h"
#include "io/http_body.h"

struct egress;

#define http_pair pair

/* Other than straight, and with the system's certificates. Texts, each may be NULL. */
struct http_way {
    const char *ca;                /* PEM: what a server's certificate must lead to, alone */
    const char *certificate, *key; /* PEM: who we are */
    const char *proxy;             /* "http://HOST:PORT"; https goes through it by CONNECT */
    const char *proxy_user, *proxy_secret;
};

struct http_ask {
    const char *method;
    const char *url;               /* http or https, absolute */
    const struct http_pair *headers;
    size_t header_count;
    const char *body;
    size_t body_size;
    int64_t timeout_ms;            /* whole exchange; 0: LIMIT_CALL_MS */
    struct deadline not_after;     /* its first byte does not leave later; {0}: at any time */
    size_t reply_limit;            /* 0: LIMIT_REPLY */
    bool effect;                   /* or what looks whether one happened: see above */
    const struct egress *egress;   /* of the connection; NULL: the program's own. Not copied:
                                      it outlives the call */
    const struct http_way *way;    /* NULL: straight */
    const struct http_sink *sink;  /* NULL: none. Not copied: it outlives the call */
    const struct http_source *source; /* in place of `body`; NULL: none. Not copied, as well */
    /* What signs in by itself. A reply that shows one of these has '*' for each byte of it, in
     * headers and body, but for what goes to the sink. */
    const char *const *hides;
    size_t hide_count;
};

struct http_reply {
    /* ERR_OK: a complete, well-framed answer of any status. Else ERR_POLICY (egress or an unusable
     * ask), ERR_TRANSIENT, ERR_TIMEOUT, ERR_LIMIT. */
    enum err_code code;
    /* false only with proof that not one byte of the request left this machine */
    bool sent;
    bool late;             /* not sent, since its not_after was over: ERR_TIMEOUT */
    int status;            /* 0 without an answer */
    const struct http_pair *headers;
    size_t header_count;
    const char *body;      /* followed by a NUL that does not count */
    size_t body_size;
    bool sunk;             /* its sink had the body: nothing is here */
    bool sized;            /* it said how long its body is, or ended it itself */
    int64_t took_ms;
    /* of a failure, for people: "could not connect to 127.0.0.1 port 9: ..." */
    const char *text;
};
/* without case; or NULL */
const char *http_reply_header(const struct http_reply *reply, const char *name);
/* The Retry-After header as milliseconds from now_wall_ms, clamped to 0..LIMIT_RETRY_AFTER_MS;
 * -1 if absent or unreadable. Seconds and HTTP dates (RFC 9110, 10.2.3). */
int64_t http_reply_retry_after(const struct http_reply *reply, int64_t now_wall_ms);

/* The moment of its Date header, wall; -1 if absent or unreadable. */
int64_t http_reply_date(const struct http_reply *reply);

typedef void http_out_fn(void *owner, uint64_t tag, const struct http_reply *reply);

struct http_out {
    uint64_t (*send)(struct http_out *out, const struct http_ask *ask, http_out_fn *done,
                     void *owner, uint64_t tag);
    void (*cancel)(struct http_out *out, uint64_t id);
    void (*close)(struct http_out *out); /* cancels all and frees */
    void (*resume)(struct http_out *out, uint64_t id); /* NULL: it has no use for sinks */
};
uint64_t http_out_send(struct http_out *out, const struct http_ask *ask, http_out_fn *done,
                       void *owner, uint64_t tag); /* never 0 */
void http_out_cancel(struct http_out *out, uint64_t id);
void http_out_resume(struct http_out *out, uint64_t id); /* its sink or source goes on */
void http_out_close(struct http_out *out); /* NULL is fine */

struct loop;
/* egress: the program's policy, borrowed. */
struct http_out *http_out_uv_new(struct loop *loop, struct clock *clock,
                                 const struct egress *egress, struct err *e) MUST_USE;

#endif
