/* http_stream.h - an answer that stays open and grows in pieces: server-sent events.
 *
 * http_in_stream() answers a request with a head; its body is what is pushed, in order, sent at the
 * end of the turn. Each stream has a queue of LIMIT_STREAM_QUEUE bytes: a reader that falls behind
 * it, or takes nothing for HTTP_STREAM_STUCK_MS, is cut and comes again with Last-Event-ID. An
 * event for many is made once (struct http_piece) and shared; the bytes live until the last stream
 * has sent them. A stream of text/event-stream gets ": ping" every HTTP_STREAM_PING_MS.
 *
 * A stream ends in one of two ways: its owner calls http_stream_end(); or the peer has gone, was
 * cut, or the listener closes: then gone() runs, once, never within a call of this header, and the
 * pointer is dead when it returns. After http_stream_end() the pointer is dead and gone() does not
 * run. http_in_quiet() ends every stream in the same way as a peer that goes. */
#ifndef IO_HTTP_STREAM_H
#define IO_HTTP_STREAM_H

#include "io/http_in.h"

#define HTTP_STREAM_PING_MS  15000
#define HTTP_STREAM_LOOK_MS  2500  /* between two looks at whether peers are still there */
#define HTTP_STREAM_STUCK_MS 30000

struct http_stream;
struct http_piece; /* bytes that many streams send; never changes */

/* A copy, with one reference: the caller's. NULL when memory fails. */
struct http_piece *http_piece_new(const char *bytes, size_t size);
void http_piece_leave(struct http_piece *piece); /* gives the caller's up; NULL is fine */

/* head: status, headers and content type (NULL: text/event-stream); a body begins the stream. NULL:
 * the caller has gone, or there are LIMIT_STREAMS already, which the caller was told (503). */
struct http_stream *http_in_stream(struct http_in *in, uint64_t request_id,
                                   const struct http_answer *head, void (*gone)(void *arg),
                                   void *arg) MUST_USE;
/* False: it has fallen behind and is being cut; gone() follows. Pushing to it does nothing. */
bool http_stream_push(struct http_stream *stream, const char *bytes, size_t size);
bool http_stream_share(struct http_stream *stream, struct http_piece *piece);
size_t http_stream_queued(const struct http_stream *stream); /* bytes yet to be sent */
/* Sends what is queued, then ends the answer. */
void http_stream_end(struct http_stream *stream);
size_t http_in_streams(const struct http_in *in);

#endif
