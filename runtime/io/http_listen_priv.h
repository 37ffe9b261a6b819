/* http_listen_priv.h - a listening socket on the loop; for io/ only.
 *
 * Every connection accepted is handed over with its descriptor (non-blocking, close-on-exec). When
 * descriptors run out, callers get 503 and a pause follows; the loop never spins on an accept that
 * cannot succeed. */
#ifndef IO_HTTP_LISTEN_PRIV_H
#define IO_HTTP_LISTEN_PRIV_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/log.h"
#include "io/http_in.h"
#include "io/loop.h"

struct http_listen;
/* Takes the descriptor when it returns true; false: the caller is told 503. */
typedef bool http_listen_fn(void *arg, int fd, const struct sockaddr *address, socklen_t size);

struct http_listen *http_listen_open(struct loop *loop, struct log *log,
                                     const struct http_in_options *options, http_listen_fn *fn,
                                     void *arg, struct err *e) MUST_USE;
unsigned http_listen_port(const struct http_listen *listen); /* 0 for a Unix socket */
void http_listen_close(struct http_listen *listen);          /* NULL is fine */

#endif
