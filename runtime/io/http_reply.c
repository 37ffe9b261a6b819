/* http_reply.c - gathers a reply, and says what became of a call.
 *
 * (1) `sent` is false only if libcurl never got as far as writing the request: it announces that by
 *     its pre-request callback, after connect and TLS, before the first byte. A request that was
 *     announced counts as sent, whatever came of it. The same is the last moment to hold back what
 *     has come too late: queues, names, connecting and TLS lie behind it.
 *                                                                      [reply_before, reply_sent]
 * (2) ERR_OK means a head and a body that are whole by their own framing. libcurl takes the last of
 *     two Content-Length headers and prefers chunks to a length; such a reply has no certain end
 * and is a failure.                                                                [reply_frame]
 * (3) A sink has taken all bytes of the body before the call ends: while it is full, libcurl waits,
 *     and the system with it.                                                       [reply_sink] */
#include "io/http_hide_priv.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/http_text_priv.h"

/* ---- libcurl's callbacks ---- */

static size_t reply_head(char *bytes, size_t one, size_t size, void *arg)
{
    struct http_call *call = arg;

    CHECK_OBJ(call, HTTP_CALL_MAGIC);
    check(one == 1);
    call->head_bytes += size;
    if (call->head_bytes > LIMIT_REPLY_HEADERS) {
        call->over_limit = true;
        return 0;
    }
    if (size >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        buf_clear(&call->head); /* what came before was an interim reply */
        call->head_done = false;
        return size;
    }
    if (call->head_done)
        return size; /* trailers: nobody asked for them */
    if (bytes[0] == '\r' || bytes[0] == '\n') {
        call->head_done = true;
        return size;
    }
    buf_add(&call->head, bytes, size);
    call->starved = !buf_ok(&call->head);
    return call->starved ? 0 : size;
}

/* (3) */
static size_t reply_sink(struct http_call *call, const char *bytes, size_t size)
{
    if ((int64_t)size > call->sink->limit - call->sunk) {
        call->over_limit = true;
        return 0;
    }
    switch (call->sink->take(call->sink->arg, bytes, size)) {
    case HTTP_FULL:
        call->paused = true;
        http_socket__paused(call);
        return CURL_WRITEFUNC_PAUSE;
    case HTTP_REFUSED:
        return 0;
    case HTTP_TAKEN:
        break;
    }
    call->sunk += (int64_t)size;
    return size;
}

static size_t reply_body(char *bytes, size_t one, size_t size, void *arg)
{
    struct http_call *call = arg;
    long status = 0;

    CHECK_OBJ(call, HTTP_CALL_MAGIC);
    check(one == 1);
    if (call->sink != NULL && !call->sink_asked) {
        call->sink_asked = true;
        curl_easy_getinfo(call->curl.easy, CURLINFO_RESPONSE_CODE, &status);
        call->sinks = call->sink->wants(call->sink->arg, (int)status);
    }
    if (call->sinks)
        return reply_sink(call, bytes, size);
    if (size > call->reply_limit - call->body.len) {
        call->over_limit = true;
        return 0;
    }
    buf_add(&call->body, bytes, size);
    call->starved = !buf_ok(&call->body);
    return call->starved ? 0 : size;
}

/* Just before the request is written; also on a connection that was kept, whose address this call's
 * own policy has not seen yet. */
static int reply_before(void *arg, char *ip, char *own_ip, int port, int own_port)
{
    struct http_call *call = arg;
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
    const struct sockaddr *address = NULL;

    (void)own_ip;
    (void)own_port;
    CHECK_OBJ(call, HTTP_CALL_MAGIC);
    if (inet_pton(AF_INET, ip, &four.sin_addr) == 1)
        address = (const struct sockaddr *)&four;
    else if (inet_pton(AF_INET6, ip, &six.sin6_addr) == 1)
        address = (const struct sockaddr *)&six;
    if (address == NULL || !egress_curl__allows(&call->curl, address))
        return CURL_PREREQFUNC_ABORT;
    call->late = clock_is_past(call->out->clock, &call->not_after);
    if (call->late)
        return CURL_PREREQFUNC_ABORT;
    call->started = true;
    return CURL_PREREQFUNC_OK;
}

void http_reply__watch(struct http_call *call)
{
    CURL *easy = call->curl.easy;
    bool ok;

    ok = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, reply_head) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_HEADERDATA, call) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, reply_body) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_WRITEDATA, call) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, reply_before) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_PREREQDATA, call) == CURLE_OK;
    check(ok);
}

/* ---- the head ---- */

/* "Name: value" becomes a pair, in place. A line without a colon is none. */
static void reply_add_pair(struct http_call *call, char *line)
{
    char *colon = strchr(line, ':');
    char *value;
    char *end;

    if (colon == NULL)
        return;
    value = colon + 1;
    value += strspn(value, " \t");
    end = value + strlen(value);
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        *--end = '\0';
    while (colon > line && (colon[-1] == ' ' || colon[-1] == '\t'))
        colon--;
    *colon = '\0';
    if (call->reply.header_count == call->pair_room) {
        call->pair_room = call->pair_room == 0 ? 16 : call->pair_room * 2;
        call->pairs = mem_must_resize(call->pairs, call->pair_room * sizeof(*call->pairs));
    }
    call->pairs[call->reply.header_count++] = (struct pair){ line, value };
}

/* Splits the head into pairs; a folded line (it begins with a blank) belongs to the one before. */
static void reply_split(struct http_call *call)
{
    char *line = call->head.at;
    char *stop = call->head.at + call->head.len;

    while (line < stop) {
        char *end = memchr(line, '\n', (size_t)(stop - line));

        while (end != NULL && end + 1 < stop && (end[1] == ' ' || end[1] == '\t')) {
            *end = ' ';
            if (end[-1] == '\r')
                end[-1] = ' ';
            end = memchr(end, '\n', (size_t)(stop - end));
        }
        if (end == NULL)
            end = stop - 1;
        *end = '\0';
        if (end > line && end[-1] == '\r')
            end[-1] = '\0';
        reply_add_pair(call, line);
        line = end + 1;
    }
    call->reply.headers = call->pairs;
}

/* NULL, or what is wrong with the framing. */
static const char *reply_frame(const struct http_call *call)
{
    unsigned lengths = 0;
    unsigned codings = 0;

    for (size_t i = 0; i < call->reply.header_count; i++) {
        lengths += http__same(call->pairs[i].name, "Content-Length");
        codings += http__same(call->pairs[i].name, "Transfer-Encoding");
    }
    if (!call->head_done)
        return "the reply ended within its headers";
    if (lengths > 1)
        return "the reply has more than one Content-Length";
    if (codings > 0 && lengths > 0)
        return "the reply has both a Content-Length and a Transfer-Encoding";
    return NULL;
}

static bool reply_is_sized(const struct http_call *call)
{
    for (size_t i = 0; i < call->reply.header_count; i++)
        if (http__same(call->pairs[i].name, "Content-Length") ||
            http__same(call->pairs[i].name, "Transfer-Encoding"))
            return true;
    return false;
}

/* ---- the verdict ---- */

static bool reply_sent(struct http_call *call)
{
    long bytes = 0;

    if (curl_easy_getinfo(call->curl.easy, CURLINFO_REQUEST_SIZE, &bytes) != CURLE_OK)
        return true;
    return call->started || bytes > 0;
}

/* What a person reads; libcurl's own words follow, which name the host but no header and no body.
 */
static const char *reply_about(CURLcode result)
{
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return "could not find the address of";
    case CURLE_COULDNT_CONNECT:
        return "could not connect to";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return "no trusted TLS connection to";
    case CURLE_OPERATION_TIMEDOUT:
        return "no answer in time from";
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return "the connection broke to";
    default:
        return "the call failed to";
    }
}

static void reply_fail(struct http_call *call, CURLcode result)
{
    const char *why = call->error[0] != '\0' ? call->error : curl_easy_strerror(result);
    enum err_code code = ERR_TRANSIENT;
    bool fault_of_ask = result == CURLE_URL_MALFORMAT || result == CURLE_UNSUPPORTED_PROTOCOL;

    if (call->curl.refused[0] != '\0') {
        err_set(
            &call->failure, ERR_POLICY,
            "the egress policy does not allow the address of %s%.100s port %u; it can be allowed "
            "in the connection or with WEFT_EGRESS_ALLOW",
            call->proxy_host[0] != '\0' ? "the proxy on the way to " : "", call->host, call->port);
        return;
    }
    if (call->late) {
        err_set(&call->failure, ERR_TIMEOUT,
                "not sent to %.100s port %u: the connection stood after the last moment for it",
                call->host, call->port);
        return;
    }
    if (call->over_limit || result == CURLE_FILESIZE_EXCEEDED) {
        err_set(&call->failure, ERR_LIMIT, "the reply of %.100s is larger than %zu bytes",
                call->host,
                call->head_bytes > LIMIT_REPLY_HEADERS ? (size_t)LIMIT_REPLY_HEADERS
                : call->sink != NULL                   ? (size_t)call->sink->limit
                                                       : call->reply_limit);
        return;
    }
    if (call->starved)
        why = "out of memory for the reply";
    if (call->broken)
        why = "the body of the request could not be read to its end";
    if (result == CURLE_OPERATION_TIMEDOUT)
        code = ERR_TIMEOUT;
    else if (fault_of_ask && !call->started)
        code = ERR_POLICY;
    err_set(&call->failure, code, "%s %.100s port %u: %.200s", reply_about(result), call->host,
            call->port, why);
}

static void reply_fill(struct http_call *call)
{
    struct clock *clock = call->out->clock;

    call->reply.code = call->failure.code;
    call->reply.text = call->failure.code == ERR_OK ? "" : call->failure.text;
    call->reply.body = buf_text(&call->body);
    call->reply.body_size = call->body.len;
    call->reply.sunk = call->sinks;
    call->reply.took_ms = clock->steady_ms(clock) - call->began;
}

void http_reply__end(struct http_call *call, CURLcode result)
{
    long status = 0;
    const char *fault;

    CHECK_OBJ(call, HTTP_CALL_MAGIC);
    call->reply = (struct http_reply){ .sent = reply_sent(call), .late = call->late };
    call->failure = (struct err){ .code = ERR_OK };
    if (curl_easy_getinfo(call->curl.easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK)
        call->reply.status = (int)status;
    http_hide__cover(call);
    if (buf_ok(&call->head) && call->head.len > 0)
        reply_split(call);
    call->reply.sized = reply_is_sized(call);
    fault = reply_frame(call);
    if (result != CURLE_OK)
        reply_fail(call, result);
    else if (fault != NULL)
        err_set(&call->failure, ERR_TRANSIENT, "%s (%.100s port %u)", fault, call->host,
                call->port);
    reply_fill(call);
}

void http_reply__refuse(struct http_call *call, const struct err *e)
{
    CHECK_OBJ(call, HTTP_CALL_MAGIC);
    check(!call->started);
    call->reply = (struct http_reply){ .sent = false };
    call->failure = *e;
    reply_fill(call);
}
