/* call.c - a request that leaves.
 *
 *   begin -> a place (governor.h) -> (token) -> effect none: sign, send
 *                     else: intent written -> GATED -> committed -> sign, send -> reply -> node */
#include "engine/run.h"
#include "engine/token.h"
#include "engine/trace.h"
#include "engine/usage.h"

#include <string.h>

#include "engine/call_body.h"
#include "engine/connection_account.h"
#include "engine/guard.h"
#include "engine/save.h"
#include "engine/upload.h"

#define CALL_BODY_SECRETS (64 * KIB) /* of all secrets in a body */

struct call {
    char *method;
    struct buf url;
    struct call_headers headers;
    size_t own_headers; /* of the headers, those of the step; the rest is sign-in and put anew */
    struct call_body body;
    enum effect_class effect;
    int64_t key_valid_ms;
    bool takes_cut;
    struct connection *connection; /* counted; NULL: none */
    bool placed, probes;           /* holds a place of its governor */
    bool cleared;                  /* its intent stands, or it needs none: it may be sent */
    bool signed_again;             /* what refused its signature got another one, once */
    bool late;                     /* not sent: the time of its key was over (intent.h) */
    uint64_t http;                 /* 0: not out */
    struct http_out *out;
    unsigned token; /* generation of the token it bears */
    /* the reply */
    enum err_code code;
    bool sent;
    struct step_reply reply;
    struct call_headers reply_headers;
    char *reply_body;
    char *text;
    struct save *save;     /* where its body goes; NULL: to the reply */
    struct upload *upload; /* files in the body of the request; NULL: none */
};

static void call_reply_free(struct call *call)
{
    call_headers_cut(&call->reply_headers, 0);
    mem_free(call->reply_body);
    mem_free(call->text);
    call->reply_body = call->text = NULL;
}

void call_free(struct call *call)
{
    if (call == NULL)
        return;
    if (call->http != 0)
        http_out_cancel(call->out, call->http);
    save_leave(call->save);
    upload_leave(call->upload);
    if (call->placed)
        governor_leave(call->connection->governor, call->probes);
    call_reply_free(call);
    call_headers_cut(&call->headers, 0);
    connection_unref(call->connection);
    buf_fini(&call->url);
    mem_free(call->method);
    call_body_fini(&call->body);
    mem_free(call);
}

static void call_end(struct step *step)
{
    call_free(step->call);
    step->call = NULL;
}

static void call_fail(struct step *step, const struct err *e)
{
    step_fail(step, e, NULL);
    call_end(step);
}

/* ---- The reply: noted here, acted upon in the run's turn */

/* Whatever the wire said: why the answer did not become the file that it was to be, or why the
 * request was never whole. NULL: it is not known to be so. */
static void call_broke(struct call *call, const struct err *e)
{
    if (e == NULL)
        return;
    mem_free(call->text);
    call->code = e->code;
    call->text = mem_must_copy(e->text);
}

static void call_saved(struct engine *engine, uint64_t tag)
{
    struct step *step = step_find(engine, tag, STEP_CALLS);

    if (step == NULL)
        return;
    call_broke(step->call, save_error(step->call->save));
    step->call->reply.saved = save_result(step->call->save);
    guard_taken_out(step->run, save_cards(step->call->save));
    step_arrived(step);
}

/* A body that was to be a file, and is a refusal. */
static void call_refused(struct call *call, const struct buf *body)
{
    mem_free(call->reply_body);
    call->reply.body = call->reply_body = mem_must_copy_n(buf_text(body), body->len);
    call->reply.body_size = body->len;
}

static void call_done(void *owner, uint64_t tag, const struct http_reply *reply)
{
    struct step *step = step_find(owner, tag, STEP_CALLS);
    struct call *call;

    if (step == NULL)
        return;
    call = step->call;
    call->http = 0;
    call->code = reply->code;
    call->sent = reply->sent;
    call->late = reply->late;
    call->text = mem_must_copy(reply->text);
    for (size_t i = 0; i < reply->header_count; i++)
        if (!call_header_add(&call->reply_headers, reply->headers[i].name, reply->headers[i].value))
            break;
    if (reply->body_size > 0)
        call->reply_body = mem_must_copy_n(reply->body, reply->body_size);
    call->reply = (struct step_reply){
        .status = reply->status,
        .header_count = call->reply_headers.count,
        .body = call->reply_body != NULL ? call->reply_body : "",
        .body_size = reply->body_size,
        .retry_after_ms = http_reply_retry_after(reply, step->run->engine->wall),
    };
    if (call->save != NULL) {
        if (save_end(call->save, reply, call_saved, tag))
            return;
        call_broke(call, save_error(call->save));
        if (save_refusal(call->save) != NULL)
            call_refused(call, save_refusal(call->save));
    }
    if (reply->code != ERR_OK)
        call_broke(call, upload_error(call->upload));
    step_arrived(step);
}

/* Not sent: the step hears of it in its turn, as of a call that failed. */
static void call_unsent(struct step *step, const struct err *e)
{
    struct call *call = step->call;

    call->code = e->code;
    call->sent = false;
    call->text = mem_must_copy(e->text);
    step_wait_for(step, STEP_CALLS);
    step_arrived(step);
}

static void call_hand_over(struct step *step, struct http_ask *ask)
{
    struct call *call = step->call;
    struct engine *engine = step->run->engine;

    check(call->http == 0);
    if (call->upload != NULL) {
        ask->body = NULL;
        ask->body_size = 0;
        ask->source = upload_begin(call->upload);
    }
    call->out = engine->world.http;
    call->http = http_out_send(call->out, ask, call_done, engine, step_wait_for(step, STEP_CALLS));
    save_calls(call->save, call->out, call->http);
    upload_calls(call->upload, call->out, call->http);
}

/* An effect goes over a connection of its own, and so does a probe: on an open one it could
 * overtake the effect, which a busy system has not read yet, or find an answer that nobody asked
 * for. */
static bool call_is_alone(const struct step *step)
{
    return step->call->effect != EFFECT_NONE || step->rung == RUNG_PROBE;
}

static struct http_ask call_ask(const struct step *step)
{
    const struct call *call = step->call;

    return (struct http_ask){ .method = call->method,
                              .url = buf_text(&call->url),
                              .headers = call->headers.list,
                              .header_count = call->headers.count,
                              .body = call->body.text,
                              .body_size = call->body.size,
                              .timeout_ms = node_of(step->n)->timeout_ms,
                              .not_after = step->not_after,
                              .effect = call_is_alone(step),
                              .sink = save_sink(call->save),
                              .egress = step->run->engine->world.egress };
}

/* What signs it is put on now: it may hold the time. */
static void call_send_signed(struct step *step)
{
    struct call *call = step->call;
    struct connection *connection = call->connection;
    struct way way = { .secrets = { NULL } };
    struct buf url, body;
    struct err e;
    struct http_ask ask = call_ask(step);

    ask.egress = connection_egress(connection);
    buf_init_secret(&url, 8 * LIMIT_PATH);
    buf_init_secret(&body, call->body.size + CALL_BODY_SECRETS);
    buf_add(&url, buf_text(&call->url), call->url.len);
    call_headers_cut(&call->headers, call->own_headers);
    e.code = ERR_OK;
    if (call->body.secret_count > 0) {
        e.code = call_body_fill(&call->body, connection, &body, &call->headers, &e);
        ask.body = buf_text(&body);
        ask.body_size = body.len;
    }
    if (e.code == ERR_OK)
        e.code = connection_sign(connection, call->method, &url, ask.body, ask.body_size,
                                 &call->headers, &e);
    call->token = token_generation(connection);
    if (e.code == ERR_OK && !buf_ok(&url)) /* a part of it is another address */
        e.code = buf_check(&url, "the URL", &e);
    if (e.code == ERR_OK)
        e.code = connection_way(connection, buf_text(&url), &way, &e);
    if (e.code == ERR_OK) {
        usage_connection(step->run, connection);
        ask.url = buf_text(&url);
        call_headers_give(&call->headers, &ask);
        ask.way = connection_way_of(&way);
        call_hand_over(step, &ask);
    } else if (e.code == ERR_TRANSIENT) {
        token_wait(connection, step_wait_for(step, STEP_SIGNS));
    } else {
        call_unsent(step, &e);
    }
    connection_way_fini(&way);
    buf_fini(&body);
    buf_fini(&url);
}

static void call_send(struct step *step)
{
    struct call *call = step->call;
    struct err why = { .code = ERR_TIMEOUT };
    struct http_ask ask = call_ask(step);

    call->cleared = true;
    call->late = intent_is_late(step);
    if (call->late || intent_is_unwanted(step, &why))
        call_unsent(step, &why);
    else if (call->connection != NULL)
        call_send_signed(step);
    else
        call_hand_over(step, &ask);
}

/* ---- Sign-in, intent, gate */

static void call_digest(const struct call *call, char digest[DIGEST_TEXT])
{
    struct buf all;

    buf_init(&all, call->body.size + 8 * LIMIT_PATH + 64 + CONNECTION_ACCOUNT + UPLOAD_DIGEST);
    buf_addf(&all, "%s %s\n", call->method, buf_text(&call->url));
    connection_account(call->connection, &all);
    upload_digest(call->upload, &all);
    buf_add(&all, call->body.text, call->body.size);
    check(buf_ok(&all)); /* of a part of it, it would say that other bytes are the same */
    digest_text(buf_text(&all), all.len, digest);
    buf_fini(&all);
}

static void call_intend(struct step *step)
{
    struct call *call = step->call;
    char digest[DIGEST_TEXT] = "";
    struct intent intent = { .effect = call->effect,
                             .key_valid_ms = call->key_valid_ms,
                             .digest = digest,
                             .connection = call->connection,
                             .open = call_send };
    struct buf what;

    buf_init(&what, 8 * LIMIT_PATH + 64);
    if (call->effect != EFFECT_NONE) {
        call_digest(call, digest);
        buf_addf(&what, "%s %s", call->method, buf_text(&call->url));
    }
    intent.what = buf_ok(&what) ? buf_text(&what) : call->method;
    step_intend(step, &intent);
    if (step->ended)
        call_end(step);
    buf_fini(&what);
}

/* Before its intent: whether there is what signs it. */
static void call_sign(struct step *step)
{
    struct call *call = step->call;
    struct err e;
    enum err_code rc = ERR_OK;

    if (call->cleared) {
        call_send(step); /* its intent stands; nothing was sent, or the system refused it unseen */
        return;
    }
    if (call->connection != NULL)
        rc = connection_ready(call->connection, &e);
    if (rc == ERR_TRANSIENT)
        token_wait(call->connection, step_wait_for(step, STEP_SIGNS));
    else if (rc != ERR_OK)
        call_fail(step, &e);
    else
        call_intend(step);
}

static void call_enter(struct step *step)
{
    struct call *call = step->call;

    if (call->connection != NULL) {
        call->placed = governor_enter(call->connection->governor, step, &call->probes);
        if (!call->placed) {
            if (step->ended)
                call_end(step);
            return;
        }
    }
    call_sign(step);
}

/* Whether another signature can help. */
static bool call_is_refused(const struct call *call)
{
    struct http_reply heard = { .status = call->reply.status,
                                .headers = call->reply_headers.list,
                                .header_count = call->reply_headers.count };

    return (heard.status == 400 || heard.status == 401 || heard.status == 403) &&
           connection_refused(call->connection, &heard, call->token);
}

void call_continue(struct step *step)
{
    struct call *call = step->call;
    const struct err *refused;
    struct err e;

    if (step->wait == STEP_QUEUES) {
        step_forget(step);
        call_enter(step);
        return;
    }
    if (step->wait == STEP_SIGNS) {
        refused = token_error(call->connection);
        step->unsent = refused != NULL;
        if (refused == NULL) {
            call_sign(step);
            return;
        }
        step_fail_after(step, refused, token_pause(call->connection), NULL);
        call_end(step);
        return;
    }
    check(step->wait == STEP_CALLS && call->http == 0);
    if (call->late) {
        intent_late(step);
        call_end(step);
        return;
    }
    if (call->code == ERR_LIMIT && call->takes_cut) {
        call->reply.cut = call->text;
        call->reply.body_size = 0;
    } else if (call->code != ERR_OK) {
        err_set(&e, call->code, "%s", call->text != NULL ? call->text : err_about(call->code));
        step->unsure = call->sent && step_is_unsure(step);
        step->unsent = !call->sent;
        call_fail(step, &e);
        return;
    }
    if (call->connection != NULL && call_is_refused(call) && !call->signed_again) {
        call->signed_again = true;
        call_reply_free(call);
        call_sign(step);
        return;
    }
    if (call->connection != NULL && call->reply.status < 500 && call->reply.status != 429)
        governor_answered(call->connection->governor);
    if (call->connection != NULL && call->connection->info != NULL)
        governor_heard(call->connection->governor, &call->connection->info->limits,
                       call->reply_headers.list, call->reply_headers.count);
    step_forget(step);
    call->reply.headers = call->reply_headers.list;
    step->answered = call->effect != EFFECT_NONE;
    step->then_call(step, step->config, &call->reply);
    if (step->call == call && step->ended)
        call_end(step);
}

/* ---- Begin */

static enum err_code call_headers_take(struct step *step, const struct step_ask *ask, struct err *e)
{
    struct call *call = step->call;

    for (size_t i = 0; i < ask->header_count; i++)
        if (!call_header_add(&call->headers, ask->headers[i].name, ask->headers[i].value))
            return err_set(e, ERR_LIMIT, "a request has at most %u headers", LIMIT_HEADERS);
    if (ask->effect == EFFECT_KEYED && ask->key_header != NULL &&
        !call_header_add(&call->headers, ask->key_header, step_key(step)))
        return err_set(e, ERR_LIMIT, "a request has at most %u headers", LIMIT_HEADERS);
    call->own_headers = call->headers.count;
    return ERR_OK;
}

static enum err_code call_target(struct step *step, const char *target, struct err *e)
{
    const char *name = node_of(step->n)->connection;
    struct call *call = step->call;

    if (name == NULL) {
        buf_add_text(&call->url, target);
        return buf_check(&call->url, "the URL", e);
    }
    call->connection = connection_find(step->run->deployment, name);
    if (call->connection == NULL)
        return err_set(e, ERR_INVALID, "the connection \"%s\" is not set up in this environment",
                       name);
    return intent_is_there(step, connection_ref(call->connection), e)
               ? connection_url(call->connection, target, &call->url, e)
               : e->code;
}

/* Behind call_target(): what signs all bytes of a body would have to have them in memory. */
static enum err_code call_uploads(struct step *step, const struct step_ask *ask, struct err *e)
{
    struct call *call = step->call;

    if (ask->upload_count == 0)
        return ERR_OK;
    if (call->connection != NULL && connection_signs_body(call->connection))
        return err_set(
            e, ERR_INVALID,
            "connection \"%.60s\" signs the whole body of a request, so a file cannot be "
            "sent as it is read; give its content as a value, or use another sign-in",
            call->connection->name);
    call->upload = upload_new(step, ask, call->body.text, e);
    return call->upload != NULL ? ERR_OK : e->code;
}

enum node_next step_call(struct step *step, const struct step_ask *ask, step_call_fn *then)
{
    struct call *call;
    struct err e;

    CHECK_OBJ(step, STEP_MAGIC);
    check(step->wait == STEP_FREE && !step->ended);
    call_end(step);
    call = step->call = mem_must(sizeof *call);
    step->then_call = then;
    call->method = mem_must_copy(ask->method);
    call->effect = ask->effect;
    call->key_valid_ms = ask->key_valid_ms;
    call->takes_cut = ask->takes_cut;
    check(!call->takes_cut || ask->effect == EFFECT_NONE);
    check(step->rung != RUNG_PROBE || ask->effect == EFFECT_NONE);
    check(step->rung != RUNG_REVERSE || ask->effect <= EFFECT_IDEMPOTENT);
    buf_init(&call->url, 8 * LIMIT_PATH);
    check(ask->secret_count == 0 || node_of(step->n)->connection != NULL);
    call_body_take(&call->body, ask);
    e.code = ERR_OK;
    if (ask->save != NULL)
        call->save = save_new(step, ask->save, &e);
    if (e.code != ERR_OK || call_headers_take(step, ask, &e) != ERR_OK ||
        call_target(step, ask->target, &e) != ERR_OK || call_uploads(step, ask, &e) != ERR_OK) {
        call_fail(step, &e);
        return NODE_ENDED;
    }
    if (call->connection == NULL || connection_traces(call->connection))
        trace_call(step, &call->headers);
    call->own_headers = call->headers.count;
    call_enter(step);
    return step->ended ? NODE_ENDED : NODE_WAITING;
}
