/* http_frame.c - the strict look at a request's head that libmicrohttpd does not take (RFC 9112).
 *
 * libmicrohttpd 0.9.75 takes a bare LF for a line end, cuts a value at a NUL, joins folded lines
 * and picks the first of two Content-Length headers. What it threw away can still be seen: it
 * parses the head in place in one buffer and writes a NUL over each CR, LF, and colon. So with
 * strict framing
 *
 *     METHOD 0 TARGET 0 HTTP/1.1 0 0 Name 0 [ \t]* value 0 0 Name ... value 0 0 0 0
 *                       version      ^key          ^value                       ^method + head size
 *
 * each name begins exactly two bytes behind the end of the value before it, and the last value ends
 * four bytes before the end of the head. A bare LF makes it fewer, a NUL within a value more, and a
 * folded line is moved elsewhere. (The one thing that looks alike is a NUL right before a bare LF;
 * it ends the same line with the same value.) tests/unit/http_in.c pins this to the library. */
#include "io/http_in_priv.h"

#include <string.h>

#include "base/check.h"
#include "io/http_target_priv.h"
#include "io/http_text_priv.h"

#define HTTP_FRAME_LIBRARY "0.9.75" /* whose parser is known to work as said above */

struct frame {
    struct http_conn *conn;
    const char *next; /* where the next name must begin; NULL: not looked at */
    unsigned status;  /* of the first fault, 0: none */
    const char *fault;
    unsigned hosts;
    unsigned lengths;
    unsigned codings;
    const char *host;
};

static enum MHD_Result frame_refuse(struct frame *f, unsigned status, const char *fault)
{
    f->status = status;
    f->fault = fault;
    return MHD_NO;
}

static bool frame_read_length(const char *text, uint64_t *value)
{
    uint64_t sum = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || sum > (UINT64_MAX - 9) / 10)
            return false;
        sum = sum * 10 + (uint64_t)(*text - '0');
    }
    *value = sum;
    return true;
}

/* The headers that say where the request ends and whom it is for. */
static enum MHD_Result frame_weigh(struct frame *f, const struct pair *header)
{
    if (http__same(header->name, "Host")) {
        f->hosts++;
        f->host = header->value;
    } else if (http__same(header->name, "Content-Length")) {
        f->lengths++;
        if (!frame_read_length(header->value, &f->conn->content_length))
            return frame_refuse(f, 400, "Content-Length is not a number");
    } else if (http__same(header->name, "Transfer-Encoding")) {
        f->codings++;
        if (!http__same(header->value, "chunked"))
            return frame_refuse(f, 400, "Transfer-Encoding is not \"chunked\"");
    } else if (http__same(header->name, "Expect")) {
        f->conn->expects = true;
    }
    return MHD_YES;
}

/* White space behind a value is no part of it. The buffer is libmicrohttpd's, and ours to read
 * until the answer; a NUL over a blank changes nothing for it. */
static void frame_trim(const char *value, size_t size)
{
    char *end = (char *)(uintptr_t)value + size;

    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        *--end = '\0';
}

static enum MHD_Result frame_header(void *arg, enum MHD_ValueKind kind, const char *name,
                                    size_t name_size, const char *value, size_t value_size)
{
    struct frame *f = arg;
    struct http_request *request = &f->conn->request;
    struct pair *header;

    (void)kind;
    if (value == NULL || (f->next != NULL && name != f->next))
        return frame_refuse(f, 400, "a header line does not end in CRLF or has a NUL");
    if (f->next != NULL)
        f->next = value + value_size + 2;
    if (request->header_count == LIMIT_HEADERS)
        return frame_refuse(f, 431, "there are too many headers");
    if (!http__is_token(name, name_size))
        return frame_refuse(f, 400,
                            "the name of a header has a character that must not stand in it");
    if (!http__is_value(value, value_size))
        return frame_refuse(f, 400, "the value of a header has a control character");
    frame_trim(value, value_size);
    header = &f->conn->headers[request->header_count++];
    *header = (struct pair){ name, value };
    return frame_weigh(f, header);
}

bool http_frame__layout_known(void)
{
    static int known = -1;

    if (known < 0)
        known = strcmp(MHD_get_version(), HTTP_FRAME_LIBRARY) == 0;
    return known == 1;
}

/* A host and perhaps a port: what a URL may have there. */
static bool frame_is_host(const char *host)
{
    for (; *host != '\0'; host++) {
        unsigned char c = (unsigned char)*host;

        if (c <= ' ' || c >= 0x7f || strchr("\"#/<>?@\\^`{|}", c) != NULL)
            return false;
    }
    return true;
}

static void frame_check_rest(struct frame *f, bool is_11)
{
    struct http_conn *conn = f->conn;

    if (f->hosts > 1 || (is_11 && f->hosts == 0))
        frame_refuse(f, 400, "there must be exactly one Host header");
    else if (f->host != NULL && !frame_is_host(f->host))
        frame_refuse(f, 400, "the Host header is not a host");
    else if (f->lengths > 1)
        frame_refuse(f, 400, "there is more than one Content-Length");
    else if (f->codings > 1)
        frame_refuse(f, 400, "there is more than one Transfer-Encoding");
    else if (f->codings == 1 && (f->lengths == 1 || !is_11))
        frame_refuse(f, 400, "Transfer-Encoding beside Content-Length, or in HTTP/1.0");
    conn->chunked = f->codings == 1;
}

static bool frame_is_method(const char *method)
{
    static const char *const known[] = {
        "POST", "GET", "PUT", "PATCH", "HEAD", "DELETE", "OPTIONS"
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strcmp(method, known[i]) == 0)
            return true;
    }
    return false;
}

/* The request line: one blank between its parts, a version that we speak. */
static void frame_check_line(struct frame *f, const char *url, const char *method,
                             const char *version)
{
    const struct buf *target =
        &f->conn->target; /* of length 0 when it is too long: refused below */

    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        frame_refuse(f, 400, "the version is neither HTTP/1.1 nor HTTP/1.0");
    else if (!http__is_token(method, strlen(method)))
        frame_refuse(f, 400, "the method has a character that must not stand in it");
    else if (!frame_is_method(method))
        frame_refuse(f, 405, "the method is not known here");
    else if (f->next != NULL && url != method + strlen(method) + 1)
        frame_refuse(f, 400, "the request line has more than one blank between its parts");
    else if (f->next != NULL && target->len > 0 && version != url + target->len + 1)
        frame_refuse(f, 400, "the target has a NUL");
}

static size_t frame_head_size(struct http_conn *conn)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    check(info != NULL); /* the head is complete */
    return info->header_size;
}

static void frame_check_headers(struct frame *f, const char *method, const char *version)
{
    size_t size = frame_head_size(f->conn);

    if (size > LIMIT_HEADER_BYTES) {
        frame_refuse(f, 431, "the headers are too large");
        return;
    }
    if (f->next != NULL)
        f->next = version + strlen(version) + 2;
    MHD_get_connection_values_n(f->conn->mhd, MHD_HEADER_KIND, frame_header, f);
    if (f->status == 0 && f->next != NULL && f->next + 2 != method + size)
        frame_refuse(f, 400, "a header line does not end in CRLF or has a NUL");
    if (f->status == 0)
        frame_check_rest(f, strcmp(version, "HTTP/1.1") == 0);
}

enum err_code http_frame__check(struct http_conn *conn, const char *url, const char *method,
                                const char *version, unsigned *status, struct err *e)
{
    struct frame f = { .conn = conn, .next = http_frame__layout_known() ? version : NULL };
    struct http_request *request = &conn->request;
    enum err_code rc;

    request->method = method;
    request->headers = conn->headers;
    request->header_count = 0;
    conn->content_length = 0;
    conn->chunked = false;
    conn->expects = false;
    frame_check_line(&f, url, method, version);
    if (f.status == 0)
        frame_check_headers(&f, method, version);
    if (f.status != 0) {
        *status = f.status;
        return err_set(e, f.status == 405 ? ERR_METHOD : ERR_SYNTAX, "%s", f.fault);
    }
    if (!buf_ok(&conn->target) || conn->target.len == 0) {
        *status = 414;
        return err_set(e, ERR_LIMIT, "the target is empty or too long");
    }
    rc = http__target_parse(conn->target.at, f.host, &request->path, &request->query, e);
    *status = rc == ERR_LIMIT ? 414 : 400;
    return rc;
}
