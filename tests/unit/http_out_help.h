/* http_out_help.h - for tests of the HTTP client: a raw server that does what a test says, in the
 * turns of the same loop, and replies kept to look at. */
#ifndef TESTS_UNIT_HTTP_OUT_HELP_H
#define TESTS_UNIT_HTTP_OUT_HELP_H

#include "wire.h"

#include "base/mem.h"
#include "io/egress.h"
#include "io/http_out.h"

#define SERVED 512

#define SERVE(t, ...)                                           \
    do {                                                        \
        static const struct script scripts[] = { __VA_ARGS__ }; \
        serve(t, scripts, sizeof(scripts) / sizeof(*scripts));  \
    } while (0)
#define OK_TEXT(body, length) \
    "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\nX-Test: yes\r\n\r\n" body

enum after { KEEP, CLOSE, RESET };

/* What the server does with one request: an answer in two parts, and what follows. */
struct script {
    const char *answer;  /* NULL: nothing */
    size_t answer_size;  /* 0: strlen() */
    enum after after;
    bool silent;         /* no answer, no end: the caller waits */
};

struct served {
    struct wire w;
    size_t requests; /* whole ones on this connection */
    size_t seen;     /* bytes of them */
    size_t written;
    const struct script *script; /* being answered */
    bool over;
};

struct server {
    int fd;
    unsigned port;
    const struct script *scripts; /* for the n-th request, the last one for all after it */
    size_t script_count;
    size_t requests; /* whole ones, on all connections */
    size_t count;    /* connections */
    struct served served[SERVED];
};

struct kept {
    unsigned calls;
    uint64_t tag;
    enum err_code code;
    bool sent, late;
    int status;
    char body[512];
    size_t body_size;
    char text[400];
    char header[128]; /* X-Test */
    size_t headers;
    int64_t took_ms;
};

struct out_test {
    struct loop *loop;
    struct egress *egress;
    struct http_out *out;
    struct server server;
    bool sending; /* within http_out_send() */
    uint64_t id;
    struct kept kept;
};

/* ---- the server ---- */

WIRE_UNUSED void serve_end(struct served *s, enum after after)
{
    struct linger linger = { .l_onoff = 1, .l_linger = 0 };

    if (after == RESET)
        setsockopt(s->w.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(s->w.fd);
    s->w.fd = -1;
    s->over = true;
}

WIRE_UNUSED void serve_answer(struct served *s)
{
    const struct script *script = s->script;
    size_t size = script->answer_size > 0 ? script->answer_size
                  : script->answer != NULL ? strlen(script->answer) : 0;

    while (s->written < size) {
        ssize_t sent = send(s->w.fd, script->answer + s->written, size - s->written, MSG_NOSIGNAL);

        if (sent <= 0) {
            if (errno != EAGAIN)
                serve_end(s, CLOSE);
            return;
        }
        s->written += (size_t)sent;
    }
    if (script->silent)
        return;
    s->script = NULL;
    if (script->after != KEEP)
        serve_end(s, script->after);
}

WIRE_UNUSED void serve_one(struct server *server, struct served *s)
{
    size_t whole;

    if (s->over)
        return;
    wire_read(&s->w);
    if (s->script != NULL)
        serve_answer(s);
    while (!s->over && s->script == NULL &&
           (whole = wire_message(buf_text(&s->w.got) + s->seen, s->w.got.len - s->seen, false)) >
               0) {
        size_t nth = server->requests < server->script_count ? server->requests
                                                             : server->script_count - 1;

        s->seen += whole;
        s->requests++;
        server->requests++;
        s->written = 0;
        s->script = &server->scripts[nth];
        serve_answer(s);
    }
    if (s->w.ended && !s->over)
        serve_end(s, CLOSE);
}

WIRE_UNUSED void serve_turn(void *arg)
{
    struct server *server = arg;
    int fd;

    while ((fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        assert_in_range(server->count, 0, SERVED - 1);
        server->served[server->count] = (struct served){ .requests = 0 };
        wire_init(&server->served[server->count++].w, fd);
    }
    for (size_t i = 0; i < server->count; i++)
        serve_one(server, &server->served[i]);
}

WIRE_UNUSED void serve(struct out_test *t, const struct script *scripts, size_t count)
{
    t->server.scripts = scripts;
    t->server.script_count = count;
}

/* What came over the n-th connection, as a text. */
WIRE_UNUSED const char *served_text(struct out_test *t, size_t nth)
{
    assert_true(nth < t->server.count);
    return buf_text(&t->server.served[nth].w.got);
}

/* ---- the client ---- */

WIRE_UNUSED void out_test_done(void *owner, uint64_t tag, const struct http_reply *reply)
{
    struct out_test *t = owner;
    struct kept *kept = &t->kept;
    const char *header = http_reply_header(reply, "x-test");

    assert_false(t->sending);
    kept->calls++;
    kept->tag = tag;
    kept->code = reply->code;
    kept->sent = reply->sent;
    kept->late = reply->late;
    kept->status = reply->status;
    kept->body_size = reply->body_size;
    kept->headers = reply->header_count;
    kept->took_ms = reply->took_ms;
    snprintf(kept->body, sizeof(kept->body), "%s", reply->body);
    snprintf(kept->text, sizeof(kept->text), "%s", reply->text);
    snprintf(kept->header, sizeof(kept->header), "%s", header != NULL ? header : "(none)");
    assert_int_equal(reply->body[reply->body_size], '\0');
}

WIRE_UNUSED void out_test_send(struct out_test *t, const struct http_ask *ask)
{
    t->kept = (struct kept){ .calls = 0 };
    t->sending = true;
    t->id = http_out_send(t->out, ask, out_test_done, t, 7);
    t->sending = false;
    assert_true(t->id != 0);
    assert_int_equal(t->kept.calls, 0);
}

WIRE_UNUSED struct kept *out_test_ask(struct out_test *t, const struct http_ask *ask)
{
    out_test_send(t, ask);
    WIRE_UNTIL(t->loop, t->kept.calls > 0);
    assert_int_equal(t->kept.calls, 1);
    assert_int_equal(t->kept.tag, 7);
    return &t->kept;
}

/* "http://127.0.0.1:PORT" and a path; valid until the fourth call after it. */
WIRE_UNUSED const char *out_test_url(struct out_test *t, const char *host, const char *path)
{
    static char urls[4][300];
    static unsigned next;
    char *url = urls[next++ % 4];

    snprintf(url, sizeof(urls[0]), "http://%s:%u%s", host, t->server.port, path);
    return url;
}

WIRE_UNUSED struct kept *out_test_get(struct out_test *t, const char *path)
{
    return out_test_ask(t, &(struct http_ask){ .method = "GET",
                                               .url = out_test_url(t, "127.0.0.1", path) });
}

WIRE_UNUSED struct kept *out_test_effect(struct out_test *t, const char *path)
{
    return out_test_ask(t, &(struct http_ask){ .method = "POST",
                                               .url = out_test_url(t, "127.0.0.1", path),
                                               .body = "{\"pay\":1}",
                                               .body_size = 9,
                                               .effect = true });
}

WIRE_UNUSED int out_test_setup(void **state)
{
    struct out_test *t = mem_must(sizeof(*t));
    struct err e;

    t->loop = wire_loop_new();
    t->server.fd = wire_listen(64);
    t->server.port = wire_port(t->server.fd);
    loop_on_turn(t->loop, serve_turn, &t->server);
    t->egress = egress_new("127.0.0.1", NULL, &e);
    assert_non_null(t->egress);
    t->out = http_out_uv_new(t->loop, clock_real(), t->egress, &e);
    assert_non_null(t->out);
    *state = t;
    return 0;
}

WIRE_UNUSED int out_test_teardown(void **state)
{
    struct out_test *t = *state;

    http_out_close(t->out);
    for (size_t i = 0; i < t->server.count; i++)
        wire_close(&t->server.served[i].w);
    close(t->server.fd);
    loop_free(t->loop);
    egress_free(t->egress);
    mem_free(t);
    return 0;
}

#endif
