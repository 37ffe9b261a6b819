/* authorize.c - a person's consent in a browser.
 *
 * The browser comes back to a port of this machine, on which one request is waited for, as RFC 8252
 * (7.3) has it for programs without a server of their own; or, with --redirect, somewhere else, and
 * the person pastes the address that it shows then. */
#include "command/authorize.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/percent.h"
#include "command/client.h"
#include "command/tell.h"

#define AUTHORIZE_LINE   (16 * KIB)
#define AUTHORIZE_WAIT_S 600
#define AUTHORIZE_HEAD_S 10
#define AUTHORIZE_HTML                                                                            \
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n"    \
    "Content-Security-Policy: default-src 'none'\r\nReferrer-Policy: no-referrer\r\n"             \
    "Connection: close\r\n\r\n<!doctype html><title>Weft</title><p>Weft has the answer. You can " \
    "close this page.\n"

/* ---- The answer: parameters of a URL */

/* One of them, when it is there. */
static void authorize_parameter(json_t *answer, const char *query, const char *name)
{
    size_t size = strlen(name);
    struct buf value;

    for (const char *at = query; *at != '\0'; at += *at == '&') {
        size_t length = strcspn(at, "&#");

        if (length > size && at[size] == '=' && strncmp(at, name, size) == 0) {
            buf_init_secret(&value, AUTHORIZE_LINE);
            if (percent_read(&value, at + size + 1, length - size - 1, true) && buf_ok(&value))
                json_object_set_new(answer, name, json_string(buf_text(&value)));
            buf_fini(&value);
            return;
        }
        at += length;
        if (*at == '#')
            return;
    }
}

/* {"state", "code"} or {"state", "error"} of a URL or of its path; NULL: it has none of them. */
static json_t *authorize_answer(const char *url)
{
    static const char *const names[] = { "state", "code", "iss", "error" };
    const char *query = strchr(url, '?');
    json_t *answer = json_object();

    for (size_t i = 0; query != NULL && i < sizeof names / sizeof *names; i++)
        authorize_parameter(answer, query + 1, names[i]);
    if (json_get_text(answer, "state") != NULL &&
        (json_get_text(answer, "code") != NULL || json_get_text(answer, "error") != NULL))
        return answer;
    json_decref(answer);
    return NULL;
}

/* ---- The browser comes back to this machine */

static int authorize_listen(const char *port, unsigned *chosen, struct err *e)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval wait = { .tv_sec = AUTHORIZE_WAIT_S };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_port = htons((uint16_t)(port != NULL ? strtoul(port, NULL, 10) : 0));
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0 &&
        bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 4) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0) {
        *chosen = ntohs(address.sin_port);
        return fd;
    }
    err_set(e, ERR_IO, "cannot listen on port %s of 127.0.0.1: %s", port != NULL ? port : "0",
            strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The answer of one request, NULL: it was another one (a browser asks for icons, too). */
static json_t *authorize_request(int fd)
{
    struct timeval wait = { .tv_sec = AUTHORIZE_HEAD_S };
    char line[AUTHORIZE_LINE];
    size_t size = 0;
    json_t *answer = NULL;
    ssize_t n = 1;

    (void)!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    while (n > 0 && size < sizeof line - 1 && memchr(line, '\n', size) == NULL) {
        n = read(fd, line + size, sizeof line - 1 - size);
        size += n > 0 ? (size_t)n : 0;
    }
    line[size] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    if (strncmp(line, "GET /", 5) == 0) {
        line[4 + strcspn(line + 4, " ")] = '\0';
        answer = authorize_answer(line + 4);
    }
    if (answer != NULL)
        (void)!write(fd, AUTHORIZE_HTML, strlen(AUTHORIZE_HTML));
    explicit_bzero(line, sizeof line);
    return answer;
}

static json_t *authorize_await(int listener, struct err *e)
{
    json_t *answer = NULL;
    int fd;

    while (answer == NULL && (fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        answer = authorize_request(fd);
        shutdown(fd, SHUT_WR);
        close(fd);
    }
    if (answer == NULL)
        err_set(e, ERR_TIMEOUT, "no browser came back within %d minutes", AUTHORIZE_WAIT_S / 60);
    return answer;
}

static json_t *authorize_pasted(struct err *e)
{
    char line[AUTHORIZE_LINE];
    json_t *answer;

    printf("then paste the address that the browser shows here, and press enter:\n");
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL)
        *line = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    answer = authorize_answer(line);
    if (answer == NULL)
        err_set(e, ERR_USAGE, "this is no address with \"state\" and \"code\"");
    explicit_bzero(line, sizeof line);
    return answer;
}

/* ---- The command */

/* listener -1: the answer is pasted. */
static enum err_code authorize_talk(struct app *app, const struct options *options,
                                    const char *name, const char *redirect, int listener,
                                    struct err *e)
{
    const char *data = tell_data(app), *by = option_text(options, "--by");
    json_t *ask =
        json_pack("{s:s, s:s, s:s*}", "connection", name, "redirect_uri", redirect, "by", by);
    json_t *given = client_post(data, "/api/v1/connections/authorize", ask, e), *answer = NULL,
           *done = NULL;

    if (given != NULL) {
        printf("open this in a browser:\n\n%s\n\n", json_get_text(given, "url"));
        fflush(stdout);
        answer = listener >= 0 ? authorize_await(listener, e) : authorize_pasted(e);
    }
    if (answer != NULL) {
        if (by != NULL)
            json_object_set_new(answer, "by", json_string(by));
        done = client_post(data, "/api/v1/connections/authorized", answer, e);
    }
    if (done != NULL)
        e->code = ERR_OK;
    json_decref(ask);
    json_decref(given);
    json_decref(answer);
    json_decref(done);
    return e->code;
}

int authorize_connection(struct app *app, const struct options *options, const char *name)
{
    const char *redirect = option_text(options, "--redirect");
    char own[64];
    unsigned port = 0;
    int listener = -1;
    struct err e = { .code = ERR_OK };

    if (redirect == NULL) {
        listener = authorize_listen(option_text(options, "--port"), &port, &e);
        snprintf(own, sizeof own, "http://127.0.0.1:%u/callback", port);
    }
    if (e.code == ERR_OK)
        authorize_talk(app, options, name, redirect != NULL ? redirect : own, listener, &e);
    if (listener >= 0)
        close(listener);
    if (e.code != ERR_OK) {
        complain("%s", e.text);
        return EXIT_FAILED;
    }
    printf("%s has consent and is used\n", name);
    return EXIT_DONE;
}
