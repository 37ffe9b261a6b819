/* http_target_priv.h - the target of a request, "/a%20b?x=1", as path and query; for io/ only. */
#ifndef IO_HTTP_TARGET_PRIV_H
#define IO_HTTP_TARGET_PRIV_H

#include "base/err.h"

/* Works in place: *path and *query (never NULL) point into target, which is changed and NUL-ended.
 * host: the Host header, or NULL; a target that names its own authority must name the same.
 * ERR_SYNTAX (400) or ERR_LIMIT for a path that is too long (the caller answers 414). */
enum err_code http__target_parse(char *target, const char *host, const char **path,
                                 const char **query, struct err *e) MUST_USE;

#endif
