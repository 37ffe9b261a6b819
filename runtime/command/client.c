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

#define CLIENT_MAX  (512u * MIB)
#define CLIENT_BODY (2u * LIMIT_BODY)

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

/* The request: without a body it asks, with one it says. */
static void client_request(struct buf *ask, const char *path, const json_t *body)
{
    struct buf text;

    buf_init(&text, CLIENT_BODY);
    if (body != NULL)
        json_write(&text, body);
    buf_addf(ask, "%s %s HTTP/1.1\r\nHost: weft\r\nConnection: close\r\n",
             body != NULL ? "POST" : "GET", path);
    if (body != NULL)
        buf_addf(ask, "Content-Type: application/json\r\nContent-Length: %zu\r\n", text.len);
    buf_add_text(ask, "\r\n");
    buf_add(ask, buf_text(&text), text.len);
    buf_fini(&text);
}

static bool client_talk(int fd, const char *path, const json_t *body, struct buf *answer)
{
    char piece[65536];
    struct buf ask;
    ssize_t n;
    size_t sent = 0;

    buf_init(&ask, CLIENT_BODY + 16 * KIB);
    client_request(&ask, path, body);
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
    enum err_code code;
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
    if (json_get_text(json, "code") == NULL || !err_find(json_get_text(json, "code"), &code))
        code = status == 404 ? ERR_NOT_FOUND : ERR_USAGE;
    err_set(e, code, "%s",
            json_get_text(json, "detail") != NULL ? json_get_text(json, "detail")
                                                  : "the server refused");
    json_decref(json);
    return NULL;
}

static json_t *client_ask(const char *data, const char *path, const json_t *body, bool *running,
                          struct err *e)
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
    if (client_talk(fd, path, body, &answer))
        json = client_read(&answer, e);
    else
        err_set(e, ERR_IO, "the server on %s gave no answer", data);
    buf_fini(&answer);
    close(fd);
    return json;
}

json_t *client_get(const char *data, const char *path, bool *running, struct err *e)
{
    return client_ask(data, path, NULL, running, e);
}

json_t *client_post(const char *data, const char *path, const json_t *body, struct err *e)
{
    bool running;

    return client_ask(data, path, body, &running, e);
}
