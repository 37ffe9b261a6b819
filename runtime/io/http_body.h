/* http_body.h - bodies that nobody holds the whole of, of requests and of answers: a part of
 * http_out.h, which includes it. Both are called within the client, which they must not call; what
 * has to wait goes on after http_out_resume(). */
#ifndef IO_HTTP_BODY_H
#define IO_HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes the body of an answer as it comes. */
enum http_taken {
    HTTP_TAKEN,
    HTTP_FULL,   /* nothing of it; the same bytes come again after http_out_resume() */
    HTTP_REFUSED /* the call ends with ERR_TRANSIENT; the owner knows why */
};
struct http_sink {
    /* Whether the body of this answer is for it, asked before its first bytes; else the reply has
     * it, as without a sink. An empty body, and one of a network that does not stream, never is. */
    bool (*wants)(void *arg, int status);
    enum http_taken (*take)(void *arg, const char *bytes, size_t size);
    void *arg;
    int64_t limit; /* bytes; more is ERR_LIMIT */
};

/* Gives the body of a request as it goes: exactly `size` bytes, which are its Content-Length, once.
 * A call that has one goes over a fresh connection, so that no library ever wants it again from
 * the beginning. */
enum http_given {
    HTTP_GIVEN,
    HTTP_LATER, /* nothing yet; it is asked again after http_out_resume() */
    HTTP_BROKEN /* the call ends with ERR_TRANSIENT; the owner knows why */
};
struct http_source {
    /* HTTP_GIVEN: *given from 1 to `room` bytes are at `to` */
    enum http_given (*give)(void *arg, char *to, size_t room, size_t *given);
    void *arg;
    int64_t size;
};

#endif
