/* http_bind.c - binds the socket to listen on, so that a person reads what is wrong and what to do.
 *
 * A Unix socket's file has its mode from its first moment: the mode of the socket's inode is what
 * bind() gives the file. It is 0600, and widened then if others are to be let in. A file left
 * behind by a dead program is replaced; one that answers is not.
 */
#include "io/http_bind_priv.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"

#define HTTP_BIND_BACKLOG 1024

static enum err_code bind_failed(int reason, const char *what, struct err *e)
{
    if (reason == EADDRINUSE)
        return err_set(e, ERR_CONFLICT,
                       "%s is in use by another program; choose another port with --listen", what);
    if (reason == EACCES)
        return err_set(e, ERR_FORBIDDEN,
                       "may not listen on %s: ports below 1024 need a privilege; choose another "
                       "port with --listen",
                       what);
    if (reason == EADDRNOTAVAIL)
        return err_set(e, ERR_USAGE, "%s is not an address of this machine", what);
    return err_set(e, ERR_IO, "cannot listen on %s: %s", what, strerror(reason));
}

/* ---- TCP ---- */

static enum err_code bind_tcp_one(struct http_bind *b, const struct addrinfo *info,
                                  const char *what, struct err *e)
{
    struct sockaddr_storage bound;
    socklen_t size = sizeof(bound);
    int on = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return bind_failed(errno, what, e);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, HTTP_BIND_BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&bound, &size) != 0) {
        int reason = errno;

        close(fd);
        return bind_failed(reason, what, e);
    }
    b->fd = fd;
    if (bound.ss_family == AF_INET)
        b->port = ntohs(((struct sockaddr_in *)&bound)->sin_port);
    else
        b->port = ntohs(((struct sockaddr_in6 *)&bound)->sin6_port);
    return ERR_OK;
}

/* IPv4 first: a person who wrote "localhost" will call 127.0.0.1. */
static const struct addrinfo *bind_choose(const struct addrinfo *list)
{
    for (const struct addrinfo *info = list; info != NULL; info = info->ai_next) {
        if (info->ai_family == AF_INET)
            return info;
    }
    return list;
}

static enum err_code bind_tcp(struct http_bind *b, const char *host, unsigned port, struct err *e)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    struct addrinfo *list = NULL;
    bool six = strchr(host, ':') != NULL;
    char what[300];
    char service[8];
    enum err_code rc;
    int failed;

    if (port > 65535)
        return err_set(e, ERR_USAGE, "port %u: the largest is 65535", port);
    snprintf(what, sizeof(what), six ? "[%.250s]:%u" : "%.250s:%u", host, port);
    snprintf(service, sizeof(service), "%u", port);
    failed = getaddrinfo(host, service, &hints, &list);
    if (failed != 0)
        return err_set(e, ERR_USAGE, "cannot listen on %s: %s", what, gai_strerror(failed));
    rc = bind_tcp_one(b, bind_choose(list), what, e);
    freeaddrinfo(list);
    return rc;
}

/* ---- Unix ---- */

static enum err_code bind_unix_failed(int reason, const struct sockaddr_un *address, struct err *e)
{
    return err_set(e, ERR_IO, "cannot listen on %s: %s", address->sun_path, strerror(reason));
}

/* Clears the way for bind(): removes a socket file that nobody answers on. */
static enum err_code bind_unix_clear(const struct sockaddr_un *address, struct err *e)
{
    struct stat there;
    int fd;
    int reason = 0;

    if (lstat(address->sun_path, &there) != 0)
        return ERR_OK;
    if (!S_ISSOCK(there.st_mode))
        return err_set(e, ERR_CONFLICT, "%s is there and is no socket; move it away",
                       address->sun_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return bind_unix_failed(errno, address, e);
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
        reason = errno;
    close(fd);
    if (reason != ECONNREFUSED)
        return err_set(e, ERR_CONFLICT, "another program answers on %s", address->sun_path);
    if (unlink(address->sun_path) != 0 && errno != ENOENT)
        return err_set(e, ERR_IO, "cannot remove the old %s: %s", address->sun_path,
                       strerror(errno));
    return ERR_OK;
}

static enum err_code bind_unix_fd(struct http_bind *b, const struct sockaddr_un *address,
                                  mode_t mode, struct err *e)
{
    struct stat made;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return bind_unix_failed(errno, address, e);
    if (fchmod(fd, S_IRUSR | S_IWUSR) != 0 ||
        bind(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 ||
        (mode != 0 && chmod(address->sun_path, mode) != 0) || listen(fd, HTTP_BIND_BACKLOG) != 0 ||
        lstat(address->sun_path, &made) != 0) {
        int reason = errno;

        close(fd);
        return bind_unix_failed(reason, address, e);
    }
    b->fd = fd;
    b->device = made.st_dev;
    b->inode = made.st_ino;
    if (((made.st_mode & ~mode) & (S_IRWXG | S_IRWXO)) == 0)
        return ERR_OK;
    err_set(e, ERR_IO, "%s cannot be kept from other users", address->sun_path);
    http_bind_close(b);
    return e != NULL ? e->code : ERR_IO;
}

static enum err_code bind_unix(struct http_bind *b, const char *path, mode_t mode, struct err *e)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    enum err_code rc;

    if (strlen(path) >= sizeof(address.sun_path))
        return err_set(e, ERR_USAGE, "the path of a socket has at most %zu bytes: %.120s",
                       sizeof(address.sun_path) - 1, path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    rc = bind_unix_clear(&address, e);
    if (rc != ERR_OK)
        return rc;
    b->unix_path = mem_must_copy(path);
    rc = bind_unix_fd(b, &address, mode, e);
    if (rc != ERR_OK) {
        mem_free(b->unix_path);
        b->unix_path = NULL;
    }
    return rc;
}

enum err_code http_bind_open(struct http_bind *b, const struct http_in_options *options,
                             struct err *e)
{
    *b = (struct http_bind){ .fd = -1 };
    if (options->unix_path != NULL)
        return bind_unix(b, options->unix_path, options->unix_mode, e);
    check(options->host != NULL);
    return bind_tcp(b, options->host, options->port, e);
}

void http_bind_close(struct http_bind *b)
{
    struct stat there;

    check(b->fd >= 0);
    if (b->unix_path != NULL && lstat(b->unix_path, &there) == 0 && there.st_dev == b->device &&
        there.st_ino == b->inode)
        unlink(b->unix_path);
    close(b->fd);
    b->fd = -1;
    mem_free(b->unix_path);
    b->unix_path = NULL;
}
