/* http_bind_priv.h - a bound and listening socket, and the errors of making one; for io/ only. */
#ifndef IO_HTTP_BIND_PRIV_H
#define IO_HTTP_BIND_PRIV_H

#include <sys/stat.h>

#include "base/err.h"
#include "io/http_in.h"

struct http_bind {
    int fd;
    unsigned port;   /* 0 for a Unix socket */
    char *unix_path; /* NULL for TCP */
    dev_t device;    /* of the socket file made: only that one is removed */
    ino_t inode;
};

/* ERR_CONFLICT: another program holds the address; ERR_USAGE: there is no such address; ERR_IO. */
enum err_code http_bind_open(struct http_bind *b, const struct http_in_options *options,
                             struct err *e) MUST_USE;
void http_bind_close(struct http_bind *b);

#endif
