/* http_hide_priv.h - what signed in is covered in the answer; for io/http_*.c only. */
#ifndef IO_HTTP_HIDE_PRIV_H
#define IO_HTTP_HIDE_PRIV_H

#include "io/http_out_priv.h"

/* ERR_LIMIT, ERR_MEMORY. */
enum err_code http_hide__keep(struct http_call *call, const struct http_ask *ask,
                              struct err *e) MUST_USE;
void http_hide__cover(struct http_call *call); /* in the head and the body that came */

#endif
