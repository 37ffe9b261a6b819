/* http_call.c - makes libcurl's settings of an ask.
 *
 * What all calls to the outside have in common is egress_curl.c's. Of the rest, the fixed settings
 * are in one table and set once for a handle; everything else is set for each call, so that nothing
 * is left over from the one before. Headers that frame a message are
 * libcurl's alone. */
#include "io/http_hide_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/http_text_priv.h"

#define HTTP_CALL_HEADERS 200u       /* of an ask */
#define HTTP_CALL_HEAD    (64 * KIB) /* bytes of an ask's headers */
#define HTTP_CALL_KEPT_S  60L        /* seconds that a connection may have been idle */
#define HTTP_CALL_URL     (8 * KIB)
#define HTTP_CALL_WAY     (1 * MIB) /* certificates and keys */

static const struct {
    CURLoption option;
    long value;
} call_fixed[] = {
    { CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
    { CURLOPT_HTTP09_ALLOWED, 0 },
    { CURLOPT_HTTP_CONTENT_DECODING, 0 },
    { CURLOPT_NOPROGRESS, 1 },
};

struct http_call *http_call__new(struct http_out_uv *out)
{
    struct http_call *call = mem_must(sizeof(*call));
    CURL *easy;

    call->magic = HTTP_CALL_MAGIC;
    call->out = out;
    if (!egress_curl__open(&call->curl, "http,https")) {
        egress_curl__close(&call->curl);
        mem_free(call);
        return NULL;
    }
    easy = call->curl.easy;
    buf_init(&call->ask_head, HTTP_CALL_HEAD);
    buf_init(&call->head, LIMIT_REPLY_HEADERS);
    buf_init(&call->body, 1);
    buf_init_secret(&call->way, HTTP_CALL_WAY);
    buf_init_secret(&call->hides, HTTP_CALL_HEAD);
    for (size_t i = 0; i < sizeof(call_fixed) / sizeof(*call_fixed); i++)
        easy_must(curl_easy_setopt(easy, call_fixed[i].option, call_fixed[i].value));
    easy_must(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error));
    easy_must(curl_easy_setopt(easy, CURLOPT_PRIVATE, call));
    http_reply__watch(call);
    http_cut__watch(call);
    http_socket__watch_call(call);
    return call;
}

void http_call__free(struct http_call *call)
{
    CHECK_OBJ(call, HTTP_CALL_MAGIC);
    check(call->state == CALL_FREE);
    egress_curl__close(&call->curl);
    buf_fini(&call->ask_head);
    buf_fini(&call->head);
    buf_fini(&call->body);
    buf_fini(&call->way);
    buf_fini(&call->hides);
    mem_free(call->ask_list);
    mem_free(call->pairs);
    call->magic = 0;
    mem_free(call);
}

void http_call__clear(struct http_call *call)
{
    CHECK_OBJ(call, HTTP_CALL_MAGIC);
    curl_easy_setopt(call->curl.easy, CURLOPT_CURLU, NULL);
    curl_easy_setopt(call->curl.easy, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(call->curl.easy, CURLOPT_POSTFIELDS, NULL);
    http_way__clear(call);
    curl_url_cleanup(call->url);
    curl_free(call->host);
    mem_free(call->ask_body);
    call->url = NULL;
    call->host = NULL;
    call->curl.host = NULL;
    call->curl.egress = NULL;
    call->ask_body = NULL;
    call->done = NULL;
    call->owner = NULL;
    call->sink = NULL;
    call->source = NULL;
    call->id = 0;
    buf_clear(&call->ask_head);
    buf_fini(&call->hides);
    if (call->body.room > LIMIT_REPLY_HEADERS)
        buf_fini(&call->body);
    if (call->head.room > 4 * KIB)
        buf_fini(&call->head);
}

/* ---- the URL ---- */

static enum err_code call_read_url(struct http_call *call, const char *url, struct err *e)
{
    unsigned flags = CURLU_DISALLOW_USER | CURLU_PATH_AS_IS | CURLU_NON_SUPPORT_SCHEME;
    char *scheme = NULL;
    char *port = NULL;
    enum err_code rc = ERR_OK;
    CURLUcode wrong;

    if (strlen(url) > HTTP_CALL_URL)
        return err_set(e, ERR_POLICY, "the URL is longer than %u bytes", HTTP_CALL_URL);
    call->url = curl_url();
    if (call->url == NULL)
        return err_set(e, ERR_TRANSIENT, "out of memory for the URL");
    wrong = curl_url_set(call->url, CURLUPART_URL, url, flags);
    if (wrong != CURLUE_OK)
        return err_set(e, ERR_POLICY, "the URL cannot be called: %s", curl_url_strerror(wrong));
    if (curl_url_get(call->url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(call->url, CURLUPART_HOST, &call->host, 0) != CURLUE_OK ||
        (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        rc = err_set(e, ERR_POLICY, "only http:// and https:// URLs can be called");
    else if (curl_url_get(call->url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
        call->port = (unsigned)strtoul(port, NULL, 10);
    curl_free(scheme);
    curl_free(port);
    return rc;
}

/* Whether a Host header says what the URL says: "host", or "host:port". */
static bool call_is_host(const struct http_call *call, const char *value)
{
    size_t size = strlen(call->host);
    char port[8];

    if (http__same(value, call->host))
        return true;
    if (strncasecmp(value, call->host, size) != 0 || value[size] != ':')
        return false;
    snprintf(port, sizeof(port), "%u", call->port);
    return strcmp(value + size + 1, port) == 0;
}

/* ---- headers ---- */

/* What libcurl alone may say. */
static bool call_is_framing(const char *name)
{
    static const char *const framing[] = { "Transfer-Encoding", "Connection", "Keep-Alive",
                                           "Proxy-Connection",  "TE",         "Trailer",
                                           "Upgrade",           "Expect" };

    for (size_t i = 0; i < sizeof(framing) / sizeof(*framing); i++) {
        if (http__same(name, framing[i]))
            return true;
    }
    return false;
}

static int64_t call_body_size(const struct http_ask *ask)
{
    return ask->source != NULL ? ask->source->size : (int64_t)ask->body_size;
}

static enum err_code call_add_header(struct http_call *call, const struct pair *header,
                                     const struct http_ask *ask, struct err *e)
{
    const char *value = header->value;
    char length[24];

    if (!http__is_token(header->name, strlen(header->name)))
        return err_set(e, ERR_POLICY, "the header name \"%.60s\" cannot be sent", header->name);
    if (!http__is_value(value, strlen(value)))
        return err_set(e, ERR_POLICY,
                       "the value of the header %.60s has a line end or another control character",
                       header->name);
    if (http__same(header->name, "Host")) {
        if (call_is_host(call, value))
            return ERR_OK; /* libcurl says so itself */
        return err_set(e, ERR_POLICY, "the Host header names another host than the URL");
    }
    if (http__same(header->name, "Content-Length")) {
        snprintf(length, sizeof(length), "%lld", (long long)call_body_size(ask));
        if (strcmp(value, length) == 0)
            return ERR_OK;
        return err_set(e, ERR_POLICY, "the Content-Length header is not the size of the body");
    }
    if (call_is_framing(header->name))
        return err_set(e, ERR_POLICY, "the header %.60s is not a caller's to set", header->name);
    value += strspn(value, " \t");
    buf_add_text(&call->ask_head, header->name);
    buf_add_text(&call->ask_head, *value != '\0' ? ": " : ";"); /* libcurl's way to say "empty" */
    buf_add(&call->ask_head, value, strlen(value) + 1);
    return ERR_OK;
}

/* Strings one behind the other become libcurl's list. */
static void call_link_headers(struct http_call *call, size_t count)
{
    char *at = call->ask_head.at;

    if (call->ask_list_room < count) {
        call->ask_list = mem_must_resize(call->ask_list, count * sizeof(*call->ask_list));
        call->ask_list_room = count;
    }
    for (size_t i = 0; i < count; i++) {
        check(at < call->ask_head.at + call->ask_head.len);
        call->ask_list[i].data = at;
        call->ask_list[i].next = i + 1 < count ? &call->ask_list[i + 1] : NULL;
        at += strlen(at) + 1;
    }
    check(at == call->ask_head.at + call->ask_head.len);
}

static enum err_code call_read_headers(struct http_call *call, const struct http_ask *ask,
                                       struct err *e)
{
    /* A name with nothing behind its colon: libcurl leaves its own header of that name out. */
    static const char *const unasked[] = { "Expect", "Accept", "Content-Type" };
    size_t count = 0;

    if (ask->header_count > HTTP_CALL_HEADERS)
        return err_set(e, ERR_POLICY, "more than %u headers", HTTP_CALL_HEADERS);
    for (size_t i = 0; i < ask->header_count; i++) {
        size_t before = call->ask_head.len;
        enum err_code rc = call_add_header(call, &ask->headers[i], ask, e);

        if (rc != ERR_OK)
            return rc;
        count += call->ask_head.len > before;
    }
    for (size_t i = 0; i < sizeof(unasked) / sizeof(*unasked); i++) {
        if (http__find(ask->headers, ask->header_count, unasked[i]) != NULL)
            continue;
        buf_add_text(&call->ask_head, unasked[i]);
        buf_add(&call->ask_head, ":", 2);
        count++;
    }
    if (!buf_ok(&call->ask_head))
        return err_set(e, ERR_POLICY, "the headers are longer than %u bytes", HTTP_CALL_HEAD);
    call_link_headers(call, count);
    return ERR_OK;
}

/* ---- method and body ---- */

static enum err_code call_read_method(struct http_call *call, const char *method, struct err *e)
{
    size_t size = strlen(method);

    if (!http__is_token(method, size) || size >= sizeof(call->method))
        return err_set(e, ERR_POLICY, "\"%.30s\" is not a method", method);
    for (size_t i = 0; i <= size; i++)
        call->method[i] =
            method[i] >= 'a' && method[i] <= 'z' ? (char)(method[i] - 'a' + 'A') : method[i];
    if (strcmp(call->method, "CONNECT") == 0 || strcmp(call->method, "TRACE") == 0)
        return err_set(e, ERR_POLICY, "the method %s cannot be called", call->method);
    return ERR_OK;
}

static bool call_has_body(const struct http_call *call, const struct http_ask *ask)
{
    return call_body_size(ask) > 0 || strcmp(call->method, "POST") == 0 ||
           strcmp(call->method, "PUT") == 0 || strcmp(call->method, "PATCH") == 0;
}

static enum err_code call_set_body(struct http_call *call, const struct http_ask *ask,
                                   struct err *e)
{
    bool head = strcmp(call->method, "HEAD") == 0;

    if (head && call_body_size(ask) > 0)
        return err_set(e, ERR_POLICY, "a HEAD request has no body");
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_NOBODY, 0L));
    if (!call_has_body(call, ask)) {
        easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_HTTPGET, 1L));
        easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_NOBODY, head ? 1L : 0L));
    } else if (call->source != NULL) {
        http_give__set(call);
    } else {
        call->ask_body = mem_try(ask->body_size + 1);
        if (call->ask_body == NULL)
            return err_set(e, ERR_TRANSIENT, "out of memory for the body");
        if (ask->body_size > 0)
            memcpy(call->ask_body, ask->body, ask->body_size);
        call->ask_body[ask->body_size] = '\0';
        easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_POST, 1L));
        easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                   (curl_off_t)ask->body_size));
        easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_POSTFIELDS, call->ask_body));
    }
    return ERR_OK;
}

static enum err_code call_set_options(struct http_call *call, const struct http_ask *ask,
                                      struct err *e)
{
    bool head = strcmp(call->method, "HEAD") == 0;
    bool fresh = ask->effect || ask->source != NULL;
    curl_off_t most = (curl_off_t)call->reply_limit;
    CURL *easy = call->curl.easy;

    if (call->sink != NULL && call->sink->limit > most)
        most = call->sink->limit;
    if (head)
        most = 0; /* its length is of a body that does not come */

    easy_must(curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->ask_list));
    /* libcurl writes a request again by itself when a kept connection turns out to be dead, and an
     * answer that nobody asked for may wait in a kept connection: an effect never goes over one,
     * nor does a body that cannot be given again. */
    easy_must(curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L));
    easy_must(curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, fresh ? 1L : 0L));
    easy_must(curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, fresh ? 0L : 1L));
    easy_must(curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, HTTP_CALL_KEPT_S));
    easy_must(curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, most));
    if (curl_easy_setopt(easy, CURLOPT_CURLU, call->url) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, head ? NULL : call->method) != CURLE_OK)
        return err_set(e, ERR_TRANSIENT, "out of memory for the call");
    return ERR_OK;
}

enum err_code http_call__prepare(struct http_call *call, const struct http_ask *ask, struct err *e)
{
    enum err_code rc;

    CHECK_OBJ(call, HTTP_CALL_MAGIC);
    check(ask->body != NULL || ask->body_size == 0);
    check(ask->source == NULL || ask->body == NULL);
    call->timeout_ms = ask->timeout_ms > 0 ? ask->timeout_ms : LIMIT_CALL_MS;
    call->not_after = ask->not_after;
    call->effect = ask->effect;
    call->reply_limit = ask->reply_limit > 0 ? ask->reply_limit : LIMIT_REPLY;
    call->body.ceiling = call->reply_limit;
    call->sink = ask->sink;
    call->source = ask->source;
    rc = call_read_method(call, ask->method, e);
    if (rc == ERR_OK)
        rc = call_read_url(call, ask->url, e);
    if (rc == ERR_OK) {
        egress_curl__begin(&call->curl, ask->egress != NULL ? ask->egress : call->out->egress,
                           call->host, call->timeout_ms);
        rc = call_read_headers(call, ask, e);
    }
    if (rc == ERR_OK)
        rc = call_set_body(call, ask, e);
    if (rc == ERR_OK)
        rc = http_way__set(call, ask->way, e);
    if (rc == ERR_OK)
        rc = http_hide__keep(call, ask, e);
    if (rc == ERR_OK)
        rc = call_set_options(call, ask, e);
    return rc;
}
