/* client.c - one request over the local socket. The server closes the connection after its answer,
 * so the answer is all that comes. */
#include "command/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"

#define CLIENT_MAX (512u * MIB)

static int client_connect(const char *data)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd, size = snprintf(address.sun_path, sizeof address.sun_path, "%s/weft.sock", data);

    if (size < 0 || size >= (int)sizeof address.sun_path)
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool client_talk(int fd, const char *path, struct buf *answer)
{
    char piece[65536];
    struct buf ask;
    ssize_t n;
    size_t sent = 0;

    buf_init(&ask, 8 * KIB);
    buf_addf(&ask, "GET %s HTTP/1.1\r\nHost: weft\r\nConnection: close\r\n\r\n", path);
    while (buf_ok(&ask) && sent < ask.len) {
        n = write(fd, ask.at + sent, ask.len - sent);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    buf_fini(&ask);
    while ((n = read(fd, piece, sizeof piece)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        buf_add(answer, piece, (size_t)n);
    }
    return buf_ok(answer) && answer->len > 0;
}

/* "HTTP/1.1 200 OK" ... blank line ... body */
static json_t *client_read(const struct buf *answer, struct err *e)
{
    const char *body = strstr(buf_text(answer), "\r\n\r\n");
    long status =
        strncmp(buf_text(answer), "HTTP/1.1 ", 9) == 0 ? strtol(answer->at + 9, NULL, 10) : 0;
    json_t *json;

    if (body == NULL) {
        err_set(e, ERR_IO, "the server's answer is cut off");
        return NULL;
    }
    body += 4;
    json = json_read(body, answer->len - (size_t)(body - answer->at),
                     &(struct json_limits){ CLIENT_MAX, LIMIT_JSON_DEPTH + 16, UINT32_MAX }, e);
    if (json == NULL || status == 200)
        return json;
    err_set(e, status == 404 ? ERR_NOT_FOUND : ERR_USAGE, "%s",
            json_get_text(json, "detail") != NULL ? json_get_text(json, "detail")
                                                  : "the server refused");
    json_decref(json);
    return NULL;
}

json_t *client_get(const char *data, const char *path, bool *running, struct err *e)
{
    int fd = client_connect(data);
    struct buf answer;
    json_t *json = NULL;

    *running = fd >= 0;
    if (fd < 0) {
        err_set(e, ERR_IO, "no server runs on %s", data);
        return NULL;
    }
    buf_init(&answer, CLIENT_MAX);
    if (client_talk(fd, path, &answer))
        json = client_read(&answer, e);
    else
        err_set(e, ERR_IO, "the server on %s gave no answer", data);
    buf_fini(&answer);
    close(fd);
    return json;
}
