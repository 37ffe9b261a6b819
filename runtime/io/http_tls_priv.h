/* http_tls_priv.h - the listener's certificate, and the TLS under its connections; for io/ only. */
#ifndef IO_HTTP_TLS_PRIV_H
#define IO_HTTP_TLS_PRIV_H

#include <microhttpd.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/http_conn_priv.h"

struct http_tls;
/* PEM files; the certificate's may have its chain behind it. ERR_USAGE with what is wrong. */
struct http_tls *http_tls_open(const char *cert, const char *key, int64_t wall_ms,
                               struct err *e) MUST_USE;
/* The same files again; when they are refused the former certificate stays. */
enum err_code http_tls_reload(struct http_tls *tls, int64_t wall_ms, struct err *e) MUST_USE;
void http_tls_close(struct http_tls *tls); /* NULL is fine */
/* For people: the file, whom the certificate is for and until when. */
const char *http_tls_about(const struct http_tls *tls);
int64_t http_tls_until(const struct http_tls *tls); /* wall: when its certificate expires */

#define HTTP_TLS_OPTIONS 3
void http_tls__options(struct MHD_OptionItem items[HTTP_TLS_OPTIONS]);
/* A new connection takes the certificate of now; one that is closed gives it back. */
void http_tls__begin(struct http_tls *tls, struct http_conn *conn);
void http_tls__end(struct http_conn *conn);
/* What fits into the socket now; plain where there is no TLS. */
void http_tls__send(const struct http_conn *conn, const char *bytes, size_t size);

#endif
