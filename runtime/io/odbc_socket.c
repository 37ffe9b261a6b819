/* odbc_socket.c - the socket behind a driver's connection, which no driver tells.
 *
 * It is wanted for one thing: whoever waits for a server that is there and says nothing waits in
 * the driver for ever, in a COMMIT as in SQLCancel, which asks by a connection of its own. An end
 * of the socket ends the wait. A socket is known by its peer, the address that was checked, and by
 * nobody else having it. */
#include "io/odbc_priv.h"

#include <dirent.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static bool is_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    const struct sockaddr_in *a4 = (const struct sockaddr_in *)a,
                             *b4 = (const struct sockaddr_in *)b;
    const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a,
                              *b6 = (const struct sockaddr_in6 *)b;

    if (a->ss_family != b->ss_family)
        return false;
    if (a->ss_family == AF_INET)
        return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
    return a->ss_family == AF_INET6 && a6->sin6_port == b6->sin6_port &&
           memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof a6->sin6_addr) == 0;
}

static bool leads_to(int fd, const struct sockaddr_storage *peer)
{
    struct sockaddr_storage name = { .ss_family = AF_UNSPEC };
    socklen_t size = sizeof name;

    return getpeername(fd, (struct sockaddr *)&name, &size) == 0 && is_same(&name, peer);
}

static bool is_anothers(const struct odbc_link *links, const struct odbc_link *link, int fd)
{
    for (; links != NULL; links = links->next)
        if (links != link && links->socket == fd)
            return true;
    return false;
}

/* Calls fn for each socket to the link's peer that is of no other link. */
static void each_socket(const struct odbc_link *links, const struct odbc_link *link,
                        void (*fn)(void *arg, int fd), void *arg)
{
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char *end;
        long fd = strtol(entry->d_name, &end, 10);

        if (end != entry->d_name && *end == '\0' && leads_to((int)fd, &link->peer) &&
            !is_anothers(links, link, (int)fd))
            fn(arg, (int)fd);
    }
    if (folder != NULL)
        (void)closedir(folder);
}

struct found {
    int fd;
    unsigned count;
};

static void socket_count(void *arg, int fd)
{
    struct found *found = arg;

    found->fd = fd;
    found->count++;
}

void odbc__socket_find(const struct odbc_link *links, struct odbc_link *link)
{
    struct found found = { .count = 0 };

    each_socket(links, link, socket_count, &found);
    link->socket = found.count == 1 ? found.fd : -1;
}

static void socket_cut(void *arg, int fd)
{
    (void)arg;
    (void)shutdown(fd, SHUT_RDWR);
}

void odbc__socket_cut(const struct odbc_link *links, const struct odbc_link *link)
{
    each_socket(links, link, socket_cut, NULL);
}
