/* http_in_help.h - for tests of the listener: one that remembers what it received, its callers. */
#ifndef TESTS_UNIT_HTTP_IN_HELP_H
#define TESTS_UNIT_HTTP_IN_HELP_H

#include "wire.h"

#include "base/mem.h"
#include "io/http_in.h"

#define HOST "Host: weft.example\r\n"
#define GET  "GET / HTTP/1.1\r\n" HOST "\r\n"
#define POST "POST /x HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nok"

#define HEARD 512 /* requests remembered */

struct heard {
    uint64_t id;
    char method[16];
    char path[256];
    char query[256];
    char peer[48];
    char host[64];
    size_t headers;
    char last_header[64]; /* value of the last one */
    size_t body_size;
    unsigned long body_sum;
    char body[256]; /* its begin */
};

struct in_test {
    struct loop *loop;
    struct log log;
    struct http_in *in;
    unsigned port;
    bool hold; /* requests are not answered by receive() */
    size_t admitted;
    size_t heard_count;
    struct heard heard[HEARD];
    struct http_answer answer; /* what receive() answers; a body of NULL echoes */
};

WIRE_UNUSED enum err_code in_test_admit(void *arg, const struct http_request *head, size_t *limit,
                                        struct err *e)
{
    struct in_test *t = arg;

    t->admitted++;
    assert_string_equal(head->body, "");
    assert_true(head->received_ms > 0);
    *limit = 1000;
    if (strcmp(head->path, "/big") == 0)
        *limit = 4 * MIB;
    if (strcmp(head->path, "/none") == 0)
        return err_set(e, ERR_NOT_FOUND, "there is no \"hook\" here");
    if (strcmp(head->path, "/busy") == 0)
        return err_set(e, ERR_OVERLOAD, "too much work");
    return ERR_OK;
}

WIRE_UNUSED void in_test_answer(struct in_test *t, uint64_t id, const char *body)
{
    http_in_answer(t->in, id,
                   &(struct http_answer){ .status = 200,
                                          .content_type = "text/plain",
                                          .body = body,
                                          .body_size = strlen(body) });
}

WIRE_UNUSED void in_test_receive(void *arg, const struct http_request *r)
{
    struct in_test *t = arg;
    struct heard *h = &t->heard[t->heard_count++ % HEARD];

    *h = (struct heard){ .id = r->id, .headers = r->header_count, .body_size = r->body_size };
    snprintf(h->method, sizeof(h->method), "%s", r->method);
    snprintf(h->path, sizeof(h->path), "%s", r->path);
    snprintf(h->query, sizeof(h->query), "%s", r->query);
    snprintf(h->peer, sizeof(h->peer), "%s", r->peer);
    snprintf(h->body, sizeof(h->body), "%s", r->body);
    if (http_request_header(r, "hOsT") != NULL)
        snprintf(h->host, sizeof(h->host), "%s", http_request_header(r, "hOsT"));
    if (r->header_count > 0)
        snprintf(h->last_header, sizeof(h->last_header), "%s",
                 r->headers[r->header_count - 1].value);
    for (size_t i = 0; i < r->body_size; i++)
        h->body_sum = h->body_sum * 31 + (unsigned char)r->body[i];
    assert_int_equal(r->body[r->body_size], '\0');
    if (t->hold)
        return;
    if (t->answer.status != 0)
        http_in_answer(t->in, r->id, &t->answer);
    else
        in_test_answer(t, r->id, r->body);
}

WIRE_UNUSED struct heard *in_test_last(struct in_test *t)
{
    assert_true(t->heard_count > 0);
    return &t->heard[(t->heard_count - 1) % HEARD];
}

WIRE_UNUSED void in_test_open(struct in_test *t, struct http_in_options options)
{
    struct http_in_calls calls = { in_test_admit, in_test_receive, t };
    struct err e;

    if (options.unix_path == NULL)
        options.host = "127.0.0.1";
    log_init(&t->log, clock_real());
    t->log.level = LOG_ERROR;
    t->loop = wire_loop_new();
    t->in = http_in_open(t->loop, &t->log, &options, &calls, &e);
    assert_non_null(t->in);
    t->port = http_in_port(t->in);
}

WIRE_UNUSED void in_test_close(struct in_test *t)
{
    http_in_close(t->in);
    loop_free(t->loop);
}

WIRE_UNUSED int in_test_setup(void **state)
{
    struct in_test *t = mem_must(sizeof(*t));

    in_test_open(t, (struct http_in_options){ 0 });
    *state = t;
    return 0;
}

WIRE_UNUSED int in_test_teardown(void **state)
{
    in_test_close(*state);
    mem_free(*state);
    return 0;
}

/* The status of the whole answer at the begin of what the caller got; waits for it. */
WIRE_UNUSED int in_test_status(struct in_test *t, struct wire *w)
{
    WIRE_UNTIL(t->loop, (wire_read(w), wire_message(buf_text(&w->got), w->got.len, false) > 0 ||
                                           w->ended));
    if (w->got.len < 12)
        return 0;
    assert_memory_equal(w->got.at, "HTTP/1.1 ", 9);
    return (int)strtol(w->got.at + 9, NULL, 10);
}

/* Takes that answer away, so that the next one is at the begin. */
WIRE_UNUSED void in_test_next(struct wire *w)
{
    size_t size = wire_message(buf_text(&w->got), w->got.len, false);

    assert_true(size > 0);
    memmove(w->got.at, w->got.at + size, w->got.len - size + 1);
    w->got.len -= size;
}

/* One connection, one request in one piece, its status. *closed: whether the connection ends. */
WIRE_UNUSED int in_test_try(struct in_test *t, const char *bytes, size_t size, bool *closed)
{
    struct wire w;
    int status;

    wire_connect(&w, t->port);
    wire_send_n(&w, t->loop, bytes, size);
    status = in_test_status(t, &w);
    if (closed != NULL) {
        wire_turns(t->loop, 6);
        wire_read(&w);
        *closed = w.ended;
    }
    wire_close(&w);
    return status;
}

#endif
