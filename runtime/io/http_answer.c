/* http_answer.c - makes libmicrohttpd's response of ours.
 *
 * Every answer says what browsers are not to do with it: guess its type, show it elsewhere, tell
 * others whence they came, store it; and under TLS, that there is no other way. Where the caller
 * has a header of its own, that one holds. Headers that frame the message are the library's; a
 * caller's are left out. */
#include "io/http_in_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "io/http_text_priv.h"
#include "io/http_tls_priv.h"

#define HTTP_ANSWER_RETRY  "2"       /* seconds; behind 429 and 503 */
#define HTTP_ANSWER_BLOCK  1024      /* of a body that grows, to a caller that knows no chunks */
#define HTTP_ANSWER_DETAIL (4 * KIB) /* of a refusal's body */
#define HTTP_ANSWER_ALLOW  "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

static bool answer_is_framing(const char *name)
{
    static const char *const framing[] = { "Content-Length", "Transfer-Encoding", "Connection",
                                           "Keep-Alive",     "Upgrade",           "Trailer",
                                           "Date",           "Content-Type" };

    for (size_t i = 0; i < sizeof(framing) / sizeof(*framing); i++) {
        if (http__same(name, framing[i]))
            return true;
    }
    return false;
}

static bool answer_put(struct MHD_Response *response, const char *name, const char *value)
{
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

static void answer_put_all(struct MHD_Response *response, const struct http_answer *answer,
                           struct log *log)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        const struct pair *header = &answer->headers[i];

        if (!http__is_token(header->name, strlen(header->name)) ||
            !http__is_value(header->value, strlen(header->value)))
            log_warn(log, "an answer's header \"%s\" cannot be sent and is left out", header->name);
        else if (header->value[0] != '\0' && !answer_is_framing(header->name) &&
                 !answer_put(response, header->name, header->value))
            log_warn(log, "an answer's header \"%s\" is left out", header->name);
    }
}

static bool answer_is_secure(const struct http_conn *conn)
{
    return conn->session != NULL || conn->request.secure;
}

static const struct pair answer_always[] = {
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "same-origin" },
    { "Cross-Origin-Opener-Policy", "same-origin" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Cache-Control", "no-store" },
    { "Strict-Transport-Security", "max-age=31536000" }, /* the last: of TLS only */
};
#define ANSWER_ALWAYS (sizeof(answer_always) / sizeof(*answer_always))

static size_t answer_always_count(const struct http_conn *conn)
{
    return answer_is_secure(conn) ? ANSWER_ALWAYS : ANSWER_ALWAYS - 1;
}

/* Takes the response away when memory fails for a header of ours. */
static struct MHD_Response *answer_dress(const struct http_conn *conn,
                                         struct MHD_Response *response,
                                         const struct http_answer *answer, const char *type)
{
    bool ok = true;

    if (response == NULL)
        return NULL;
    for (size_t i = 0; i < answer_always_count(conn); i++)
        if (http__find(answer->headers, answer->header_count, answer_always[i].name) == NULL)
            ok = answer_put(response, answer_always[i].name, answer_always[i].value) && ok;
    if (type != NULL && !answer_put(response, "Content-Type", type))
        log_warn(conn->in->log, "an answer's content type cannot be sent and is left out");
    if (answer->close)
        ok = answer_put(response, "Connection", "close") && ok;
    answer_put_all(response, answer, conn->in->log);
    if (ok)
        return response;
    MHD_destroy_response(response);
    return NULL;
}

struct MHD_Response *http_answer__new(const struct http_conn *conn,
                                      const struct http_answer *answer)
{
    const char *type = answer->content_type != NULL ? answer->content_type : "application/json";

    check(answer->body != NULL || answer->body_size == 0);
    return answer_dress(conn,
                        MHD_create_response_from_buffer(answer->body_size,
                                                        (void *)(uintptr_t)answer->body,
                                                        MHD_RESPMEM_MUST_COPY),
                        answer, answer->body_size > 0 ? type : NULL);
}

struct MHD_Response *http_answer__grows(const struct http_conn *conn,
                                        const struct http_answer *head,
                                        MHD_ContentReaderCallback reader, void *arg)
{
    struct http_answer shown = *head;
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, HTTP_ANSWER_BLOCK, reader, arg, NULL);

    check(head->content_type != NULL);
    shown.close = true;
    response = answer_dress(conn, response, &shown, head->content_type);
    /* a proxy (nginx) is to hand on each piece at once */
    if (response != NULL &&
        http__find(head->headers, head->header_count, "X-Accel-Buffering") == NULL)
        (void)!answer_put(response, "X-Accel-Buffering", "no");
    return response;
}

/* Of what is refused for its framing: the status is all that is known. */
static const char *answer_code(unsigned status)
{
    switch (status) {
    case 404:
        return err_name(ERR_NOT_FOUND);
    case 405:
        return err_name(ERR_METHOD);
    case 408:
        return err_name(ERR_TIMEOUT);
    case 413:
    case 414:
        return err_name(ERR_LIMIT);
    case 431:
        return err_name(ERR_HEADERS);
    default:
        return err_name(status < 500 ? ERR_SYNTAX : ERR_OVERLOAD);
    }
}

/* RFC 9457; code NULL: by the status */
static void answer_write_problem(struct buf *out, unsigned status, const char *code,
                                 const char *detail)
{
    const char *title = MHD_get_reason_phrase_for(status);

    buf_add_text(out, "{\"type\":\"about:blank\",\"title\":");
    json_write_text(out, title, strlen(title));
    buf_add_text(out, ",\"status\":");
    buf_add_int(out, status);
    buf_addf(out, ",\"code\":\"%s\"", code != NULL ? code : answer_code(status));
    buf_add_text(out, ",\"detail\":");
    json_write_text(out, detail, strlen(detail));
    buf_add_char(out, '}');
}

struct MHD_Response *http_answer__refusal(const struct http_conn *conn, unsigned status,
                                          const char *code, const char *detail, bool close)
{
    struct http_answer answer = { .content_type = "application/problem+json", .close = close };
    struct MHD_Response *response = NULL;
    struct buf body;

    buf_init(&body, HTTP_ANSWER_DETAIL);
    answer_write_problem(&body, status, code, detail);
    if (buf_ok(&body)) {
        answer.body = body.at;
        answer.body_size = body.len;
        response = http_answer__new(conn, &answer);
    }
    if (response != NULL && (status == 429 || status == 503))
        (void)!answer_put(response, "Retry-After", HTTP_ANSWER_RETRY);
    if (response != NULL && status == 405 && close)
        (void)!answer_put(response, "Allow", HTTP_ANSWER_ALLOW);
    buf_fini(&body);
    return response;
}

void http_answer__last_words(struct http_conn *conn, unsigned status, const char *detail)
{
    struct buf out;
    struct buf body;

    buf_init(&body, HTTP_ANSWER_DETAIL);
    buf_init(&out, 2 * HTTP_ANSWER_DETAIL);
    answer_write_problem(&body, status, NULL, detail);
    buf_addf(&out,
             "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
             "Content-Length: %zu\r\n",
             status, MHD_get_reason_phrase_for(status), body.len);
    for (size_t i = 0; i < answer_always_count(conn); i++)
        buf_addf(&out, "%s: %s\r\n", answer_always[i].name, answer_always[i].value);
    buf_add_text(&out, "\r\n");
    buf_add(&out, body.at, body.len);
    if (buf_ok(&out) && buf_ok(&body))
        http_tls__send(conn, out.at, out.len);
    conn->unread = true;
    buf_fini(&body);
    buf_fini(&out);
}
