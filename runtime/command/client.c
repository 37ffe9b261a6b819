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

static void client_request(struct buf *to, const struct client_ask *ask)
{
    struct buf text;

    buf_init(&text, CLIENT_BODY);
    if (ask->body != NULL)
        json_write(&text, ask->body);
    buf_addf(to, "%s %s HTTP/1.1\r\nHost: weft\r\nConnection: close\r\n", ask->method, ask->path);
    if (ask->workspace != NULL)
        buf_addf(to, "Weft-Workspace: %s\r\n", ask->workspace);
    if (ask->revision > 0)
        buf_addf(to, "If-Match: \"%lld\"\r\n", (long long)ask->revision);
    if (ask->body != NULL)
        buf_addf(to, "Content-Type: application/json\r\nContent-Length: %zu\r\n", text.len);
    buf_add_text(to, "\r\n");
    buf_add(to, buf_text(&text), text.len);
    buf_fini(&text);
}

static bool client_talk(int fd, const struct client_ask *ask, struct buf *answer)
{
    char piece[65536];
    struct buf text;
    ssize_t n;
    size_t sent = 0;

    buf_init(&text, CLIENT_BODY + 16 * KIB);
    client_request(&text, ask);
    while (buf_ok(&text) && sent < text.len) {
        n = write(fd, text.at + sent, text.len - sent);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    buf_fini(&text);
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
    if (*body == '\0' && status >= 200 && status < 300)
        return json_object();
    json = json_read(body, answer->len - (size_t)(body - answer->at),
                     &(struct json_limits){ CLIENT_MAX, LIMIT_JSON_DEPTH + 16, UINT32_MAX }, e);
    if (json == NULL || (status >= 200 && status < 300))
        return json;
    if (json_get_text(json, "code") == NULL || !err_find(json_get_text(json, "code"), &code))
        code = status == 404 ? ERR_NOT_FOUND : ERR_USAGE;
    err_set(e, code, "%s",
            json_get_text(json, "detail") != NULL ? json_get_text(json, "detail")
                                                  : "the server refused");
    json_decref(json);
    return NULL;
}

static json_t *client_ask(const char *data, const struct client_ask *ask, bool *running,
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
    if (client_talk(fd, ask, &answer))
        json = client_read(&answer, e);
    else
        err_set(e, ERR_IO, "the server on %s gave no answer", data);
    buf_fini(&answer);
    close(fd);
    return json;
}

json_t *client_get(const char *data, const char *path, bool *running, struct err *e)
{
    return client_ask(data, &(struct client_ask){ .method = "GET", .path = path }, running, e);
}

json_t *client_post(const char *data, const char *path, const json_t *body, struct err *e)
{
    return client_send(data, &(struct client_ask){ .method = "POST", .path = path, .body = body },
                       e);
}

json_t *client_send(const char *data, const struct client_ask *ask, struct err *e)
{
    bool running;

    return client_ask(data, ask, &running, e);
}
