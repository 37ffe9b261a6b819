/* http_proxy_priv.h - whom a request is from, when a proxy hands it on; for io/ only. */
#ifndef IO_HTTP_PROXY_PRIV_H
#define IO_HTTP_PROXY_PRIV_H

#include "base/err.h"
#include "io/http_conn_priv.h"

struct http_proxies;
/* "10.0.0.0/8, ::1, unix": parted by commas or blanks. ERR_USAGE names what is none. */
struct http_proxies *http_proxies_new(const char *text, struct err *e) MUST_USE;
void http_proxies_free(struct http_proxies *proxies); /* NULL is fine */

/* Sets peer and secure of the connection's request, when its peer is trusted. NULL: nobody is. */
void http_proxies__read(const struct http_proxies *proxies, struct http_conn *conn);

#endif
