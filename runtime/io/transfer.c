/* transfer.c - what calls of SFTP and mail have in common: the limits, what failures mean. */
#include "io/transfer.h"

#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/transfer_priv.h"

#define TRANSFER_MS   60000 /* of a call, where nobody says otherwise */
#define TRANSFER_IDLE 60L   /* seconds without a byte */

enum err_code transfer_do(struct transfer *transfer, const struct transfer_login *login,
                          struct transfer_ask *ask, const atomic_bool *given_up, bool *sent,
                          struct err *e)
{
    check(login->url != NULL && login->egress != NULL);
    return transfer->do_(transfer, login, ask, given_up, sent, e);
}

/* ---- Callbacks */

static int on_progress(void *arg, curl_off_t in_all, curl_off_t in, curl_off_t out_all,
                       curl_off_t out)
{
    const struct transfer__call *call = arg;

    (void)in_all;
    (void)in;
    (void)out_all;
    (void)out;
    return atomic_load_explicit(call->given_up, memory_order_relaxed) ? 1 : 0;
}

static size_t on_body(char *bytes, size_t one, size_t count, void *arg)
{
    struct transfer__call *call = arg;

    buf_add(&call->body, bytes, one * count);
    return buf_ok(&call->body) ? one * count : 0;
}

static size_t on_send(char *into, size_t one, size_t count, void *arg)
{
    struct transfer__call *call = arg;
    const char *from = call->out != NULL ? call->out + call->out_at : NULL;
    size_t left = call->out != NULL ? call->out_size - call->out_at
                                    : transfer__source_at(call, (int64_t)call->out_at, &from);
    size_t now = one * count < left ? one * count : left;

    if (call->source.error.code != ERR_OK)
        return CURL_READFUNC_ABORT;
    if (now == 0) {
        call->out_over = true;
        return 0;
    }
    memcpy(into, from, now);
    call->out_at += now;
    return now;
}

void transfer__sends(struct transfer__call *call, const char *bytes, size_t size)
{
    call->out = bytes;
    call->out_size = size;
    call->out_at = 0;
    call->out_over = false;
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_READFUNCTION, on_send));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_READDATA, call));
}

void transfer__gathers(struct transfer__call *call)
{
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_WRITEFUNCTION, on_body));
}

/* ---- Opening */

static enum err_code url_read(struct transfer__call *call, struct err *e)
{
    CURLU *url = curl_url();
    unsigned flags = CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER;
    bool fine = url != NULL &&
                curl_url_set(url, CURLUPART_URL, call->login->url, flags) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_HOST, &call->host, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_PATH, &call->path, CURLU_URLDECODE) == CURLUE_OK;

    curl_url_cleanup(url);
    return fine ? ERR_OK
                : err_set(e, ERR_POLICY, "the connection's URL cannot be called: %.200s",
                          call->login->url);
}

/* Each call has a connection of its own, and a server that says nothing is left. */
static void fixed(struct transfer__call *call)
{
    static const struct {
        CURLoption option;
        long value;
    } options[] = {
        { CURLOPT_FRESH_CONNECT, 1 },
        { CURLOPT_FORBID_REUSE, 1 },
        { CURLOPT_NOPROGRESS, 0 },
        { CURLOPT_LOW_SPEED_LIMIT, 1 },
        { CURLOPT_LOW_SPEED_TIME, TRANSFER_IDLE },
    };
    CURL *easy = call->curl.easy;

    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        easy_must(curl_easy_setopt(easy, options[i].option, options[i].value));
    easy_must(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error));
    easy_must(curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress));
    easy_must(curl_easy_setopt(easy, CURLOPT_XFERINFODATA, call));
    easy_must(curl_easy_setopt(easy, CURLOPT_WRITEDATA, call));
    transfer__gathers(call);
}

enum err_code transfer__open(struct transfer__call *call, const struct transfer_login *login,
                             struct transfer_ask *ask, const atomic_bool *given_up, size_t most,
                             struct err *e)
{
    *call =
        (struct transfer__call){ .login = login, .ask = ask, .given_up = given_up, .key_fd = -1 };
    buf_init(&call->body, most);
    if (!egress_curl__open(&call->curl, ask->verb == TRANSFER_MAIL ? "smtp,smtps" : "sftp"))
        return err_set(e, ERR_MEMORY, "no memory for a call");
    if (url_read(call, e) != ERR_OK)
        return e->code;
    egress_curl__begin(&call->curl, login->egress, call->host,
                       ask->timeout_ms > 0 ? ask->timeout_ms : TRANSFER_MS);
    egress_curl__trust(&call->curl, &(struct egress_curl_trust){ .ca_file = login->ca_file });
    fixed(call);
    return ERR_OK;
}

void transfer__close(struct transfer__call *call)
{
    egress_curl__close(&call->curl);
    curl_free(call->host);
    curl_free(call->path);
    if (call->key_fd >= 0)
        close(call->key_fd);
    transfer__source_close(call);
    buf_fini(&call->body);
}

/* ---- What failed */

static enum err_code code_of(CURLcode code)
{
    switch ((int)code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        return ERR_UNAVAILABLE;
    case CURLE_OPERATION_TIMEDOUT:
        return ERR_TIMEOUT;
    case CURLE_LOGIN_DENIED:
    case CURLE_AUTH_ERROR:
        return ERR_AUTH;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_USE_SSL_FAILED:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return ERR_POLICY;
    case CURLE_REMOTE_FILE_NOT_FOUND:
        return ERR_NOT_FOUND;
    case CURLE_REMOTE_FILE_EXISTS:
        return ERR_CONFLICT;
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_URL_MALFORMAT:
    case CURLE_QUOTE_ERROR:
        return ERR_INVALID;
    case CURLE_REMOTE_DISK_FULL:
        return ERR_UNAVAILABLE;
    case CURLE_OUT_OF_MEMORY:
        return ERR_MEMORY;
    default:
        return ERR_TRANSIENT;
    }
}

enum err_code transfer__failed(struct transfer__call *call, CURLcode code, struct err *e)
{
    const char *why = call->error[0] != '\0' ? call->error : curl_easy_strerror(code);

    check(code != CURLE_OK);
    if (call->source.error.code != ERR_OK) {
        *e = call->source.error;
        return e->code;
    }
    if (call->curl.refused[0] != '\0')
        return err_set(e, ERR_POLICY,
                       "%.100s has the address %s, which the egress policy does not allow; the "
                       "connection's \"allow\" or WEFT_EGRESS_ALLOW can",
                       call->host, call->curl.refused);
    if (call->shown_key[0] != '\0')
        return err_set(e, ERR_POLICY,
                       "%.100s shows the host key %s, which is none of \"host_key\"; compare it "
                       "with what the server's people say before you put it there",
                       call->host, call->shown_key);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return err_set(e, ERR_CANCELLED, "nobody waits for it any more");
    if (code == CURLE_WRITE_ERROR && !buf_ok(&call->body))
        return err_set(e, ERR_LIMIT, "%.150s has more than %zu bytes",
                       call->ask->path != NULL ? call->ask->path : "the answer",
                       call->body.ceiling);
    if (call->cut)
        return err_set(e, ERR_UNAVAILABLE,
                       "%.100s ended the connection while it was signed in to; where it does so "
                       "each time, its log says whether it refuses the user or the secret",
                       call->host);
    return err_set(e, code_of(code), "%.100s: %.250s", call->host, why);
}

/* ---- The whole */

struct transfer_curl {
    struct transfer transfer; /* first */
};

static enum err_code transfer_curl_do(struct transfer *transfer, const struct transfer_login *login,
                                      struct transfer_ask *ask, const atomic_bool *given_up,
                                      bool *sent, struct err *e)
{
    size_t most = ask->verb == TRANSFER_GET ? ask->most : 16u * MIB;
    struct transfer__call call;
    enum err_code rc = transfer__open(&call, login, ask, given_up, most, e);

    (void)transfer;
    if (rc == ERR_OK && ask->verb == TRANSFER_MAIL)
        rc = transfer__mail(&call, sent, e);
    else if (rc == ERR_OK)
        rc = transfer__sftp(&call, sent, e);
    transfer__close(&call);
    return rc;
}

struct transfer *transfer_curl_new(void)
{
    struct transfer_curl *of = mem_must(sizeof *of);

    of->transfer.do_ = transfer_curl_do;
    return &of->transfer;
}

void transfer_curl_free(struct transfer *transfer)
{
    mem_free(transfer);
}
