/* http_out_uv.c - the HTTP client: calls given to libcurl's multi handle, replies handed back.
 *
 *            send                         libcurl is done                 reap
 *   CALL_FREE ---------> CALL_ACTIVE -----------------------> CALL_ENDED ------> done(), CALL_FREE
 *        |                                                       ^
 *        +------------- send, of an ask that cannot be sent -----+
 *
 * (1) done() runs from the loop's callbacks only, never inside send().           [http_out__reap]
 * (2) A call is cancelled or its done() runs, never both, never twice.              [out_release]
 * (3) libcurl is not entered while it is calling us.
 *
 * libcurl's connections are kept and shared by all calls of this client that are no effects. */
#include "io/http_out_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"

#define HTTP_OUT_POOL 64   /* handles kept for later calls */
#define HTTP_OUT_KEPT 128L /* connections kept */

/* ---- memory of libcurl ---- */

static char *out_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = mem_try(size);

    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

static void *out_calloc(size_t count, size_t size)
{
    void *memory = size == 0 || count <= SIZE_MAX / size ? mem_try(count * size) : NULL;

    if (memory != NULL)
        memset(memory, 0, count * size);
    return memory;
}

static enum err_code out_init_curl(struct err *e)
{
    static bool done;

    if (done)
        return ERR_OK;
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, mem_try, mem_free, mem_try_resize, out_strdup,
                             out_calloc) != CURLE_OK)
        return err_set(e, ERR_INTERNAL, "libcurl does not start");
    if (http_cut__check(e) != ERR_OK)
        return e->code;
    done = true;
    return ERR_OK;
}

/* ---- calls ---- */

static struct http_call *out_take(struct http_out_uv *out)
{
    struct http_call *call = out->pool;

    if (call == NULL)
        return http_call__new(out);
    out->pool = call->next;
    out->pool_count--;
    call->next = NULL;
    return call;
}

static void out_put_ended(struct http_out_uv *out, struct http_call *call)
{
    call->state = CALL_ENDED;
    call->next = NULL;
    if (out->ended_last != NULL)
        out->ended_last->next = call;
    else
        out->ended_first = call;
    out->ended_last = call;
    out->ended_count++;
}

static void out_take_ended(struct http_out_uv *out, struct http_call *call)
{
    struct http_call *before = NULL;

    for (struct http_call *at = out->ended_first; at != call; at = at->next)
        before = at;
    if (before != NULL)
        before->next = call->next;
    else
        out->ended_first = call->next;
    if (out->ended_last == call)
        out->ended_last = before;
    out->ended_count--;
    call->next = NULL;
}

/* Back to the pool; nobody knows the call any more. */
static void out_release(struct http_out_uv *out, struct http_call *call)
{
    http_call__clear(call);
    call->state = CALL_FREE;
    if (out->pool_count == HTTP_OUT_POOL) {
        http_call__free(call);
        return;
    }
    call->next = out->pool;
    out->pool = call;
    out->pool_count++;
}

static void out_gather(struct http_out_uv *out)
{
    CURLMsg *message;
    int rest;

    while ((message = curl_multi_info_read(out->multi, &rest)) != NULL) {
        CURLcode result = message->data.result;
        struct http_call *call = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        check(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call) == CURLE_OK);
        CHECK_OBJ(call, HTTP_CALL_MAGIC);
        check(call->state == CALL_ACTIVE);
        http_reply__end(call, result);
        check(curl_multi_remove_handle(out->multi, call->curl.easy) == CURLM_OK); /* ends message */
        out_put_ended(out, call);
    }
}

void http_out__reap(struct http_out_uv *out)
{
    CHECK_OBJ(out, HTTP_OUT_MAGIC);
    check(!out->calling);
    out_gather(out);
    /* What ends while we call back (an ask that cannot be sent) has a timer of its own: its turn
     * comes after this one. */
    for (size_t rest = out->ended_count; rest > 0 && out->ended_first != NULL; rest--) {
        struct http_call *call = out->ended_first;

        out_take_ended(out, call);
        check(table_remove(&out->calls, call->id) == call);
        out->calling = true;
        call->done(call->owner, call->tag, &call->reply);
        out->calling = false;
        out_release(out, call);
    }
}

static void out_soon(uv_timer_t *timer)
{
    http_out__reap(timer->data);
}

/* ---- the interface ---- */

static void out_start(struct http_out_uv *out, struct http_call *call, const struct http_ask *ask)
{
    struct err e = { .code = ERR_OK };

    call->started = false;
    call->late = false;
    call->over_limit = false;
    call->starved = false;
    call->head_done = false;
    call->sink_asked = call->sinks = call->paused = call->broken = false;
    call->sunk = call->given = 0;
    call->head_bytes = 0;
    call->error[0] = '\0';
    buf_clear(&call->head);
    buf_clear(&call->body);
    call->began = out->clock->steady_ms(out->clock);
    if (http_call__prepare(call, ask, &e) == ERR_OK) {
        if (curl_multi_add_handle(out->multi, call->curl.easy) == CURLM_OK) {
            call->state = CALL_ACTIVE;
            return;
        }
        err_set(&e, ERR_TRANSIENT, "libcurl did not take the call");
    }
    http_reply__refuse(call, &e);
    out_put_ended(out, call);
    uv_timer_start(&out->soon, out_soon, 0, 0);
}

static uint64_t out_send(struct http_out *base, const struct http_ask *ask, http_out_fn *done,
                         void *owner, uint64_t tag)
{
    struct http_out_uv *out = (struct http_out_uv *)base;
    struct http_call *call;

    CHECK_OBJ(out, HTTP_OUT_MAGIC);
    check(out->closing == 0);
    call = out_take(out);
    check(call != NULL); /* a few KiB of our own */
    call->id = ++out->last_id;
    call->done = done;
    call->owner = owner;
    call->tag = tag;
    table_put(&out->calls, call->id, call);
    out_start(out, call, ask);
    return call->id;
}

static void out_cancel(struct http_out *base, uint64_t id)
{
    struct http_out_uv *out = (struct http_out_uv *)base;
    struct http_call *call;

    CHECK_OBJ(out, HTTP_OUT_MAGIC);
    call = table_remove(&out->calls, id);
    if (call == NULL)
        return; /* it has ended */
    CHECK_OBJ(call, HTTP_CALL_MAGIC);
    if (call->state == CALL_ACTIVE)
        check(curl_multi_remove_handle(out->multi, call->curl.easy) == CURLM_OK);
    else
        out_take_ended(out, call);
    out_release(out, call);
}

static void out_resume(struct http_out *base, uint64_t id)
{
    struct http_out_uv *out = (struct http_out_uv *)base;
    struct http_call *call;

    CHECK_OBJ(out, HTTP_OUT_MAGIC);
    call = table_find(&out->calls, id);
    if (call == NULL || call->state != CALL_ACTIVE || !call->paused)
        return;
    call->paused = false;
    /* What the sink does with the bytes that waited is seen when libcurl acts on the call next. */
    (void)curl_easy_pause(call->curl.easy, CURLPAUSE_CONT);
}

static void out_closed(uv_handle_t *handle)
{
    struct http_out_uv *out = handle->data;

    CHECK_OBJ(out, HTTP_OUT_MAGIC);
    if (--out->closing > 0)
        return;
    out->magic = 0;
    mem_free(out);
}

static void out_close(struct http_out *base)
{
    struct http_out_uv *out = (struct http_out_uv *)base;
    struct http_call *call;
    size_t cursor = 0;

    CHECK_OBJ(out, HTTP_OUT_MAGIC);
    check(!out->calling);
    check(out->closing == 0);
    while ((call = table_next(&out->calls, &cursor)) != NULL)
        out_cancel(base, call->id);
    while ((call = out->pool) != NULL) {
        out->pool = call->next;
        http_call__free(call);
    }
    check(curl_multi_cleanup(out->multi) == CURLM_OK);
    check(out->calls.count == 0);
    http_socket__forget_all(out);
    table_fini(&out->calls);
    table_fini(&out->sockets);
    out->closing = 4;
    uv_close((uv_handle_t *)&out->now, out_closed);
    uv_close((uv_handle_t *)&out->awake, out_closed);
    uv_close((uv_handle_t *)&out->timer, out_closed);
    uv_close((uv_handle_t *)&out->soon, out_closed);
}

struct http_out *http_out_uv_new(struct loop *loop, struct clock *clock,
                                 const struct egress *egress, struct err *e)
{
    struct http_out_uv *out;
    CURLM *multi;

    check(clock != NULL);
    if (out_init_curl(e) != ERR_OK)
        return NULL;
    multi = curl_multi_init();
    if (multi == NULL) {
        err_set(e, ERR_MEMORY, "out of memory for libcurl");
        return NULL;
    }
    out = mem_must(sizeof(*out));
    out->out = (struct http_out){ out_send, out_cancel, out_close, out_resume };
    out->magic = HTTP_OUT_MAGIC;
    out->loop = loop;
    out->clock = clock;
    out->egress = egress;
    out->multi = multi;
    table_init(&out->calls);
    table_init(&out->sockets);
    if (http_socket__watch(out, e) != ERR_OK ||
        curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, HTTP_OUT_KEPT) != CURLM_OK) {
        curl_multi_cleanup(multi);
        mem_free(out);
        return NULL;
    }
    check(uv_timer_init(loop_uv(loop), &out->timer) == 0);
    check(uv_timer_init(loop_uv(loop), &out->soon) == 0);
    check(uv_check_init(loop_uv(loop), &out->now) == 0);
    check(uv_idle_init(loop_uv(loop), &out->awake) == 0);
    out->now.data = out;
    out->awake.data = out;
    out->timer.data = out;
    out->soon.data = out;
    return &out->out;
}
