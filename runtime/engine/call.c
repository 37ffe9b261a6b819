/* call.c - a request that leaves.
 *
 *   begin -> (token) -> effect none: send
 *                       else: intent written -> GATED -> committed -> send -> reply -> the node
 *
 * (1) A request with an effect is sent only after the commit of its intent.     [step_gate_pass]
 * (2) The idempotency key comes from run and path alone, so every attempt bears the same.
 *                                                                                     [step_key]
 * (3) What may have left and has no complete answer is unknown, unless its class allows a
 *     repetition; while it is, only the same bytes with the same key may leave, in the time in
 *     which the system knows it.                      [call_continue, call_may_leave, ladder.c] */
#include "engine/run.h"

#include <string.h>

struct call {
    char *method;
    struct buf url;
    struct call_headers headers;
    size_t own_headers; /* of the headers, those of the step; the rest is sign-in and put anew */
    char *body;
    size_t body_size;
    enum effect_class effect;
    int64_t key_valid_ms;
    struct connection *connection; /* counted; NULL: none */
    bool signed_again;             /* a refused token was replaced once */
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
    call_reply_free(call);
    call_headers_cut(&call->headers, 0);
    connection_unref(call->connection);
    buf_fini(&call->url);
    mem_free(call->method);
    mem_free(call->body);
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

static void call_done(void *owner, uint64_t tag, const struct http_reply *reply)
{
    struct step *step = step_find(owner, tag, STEP_CALLS);
    struct call *call;
    size_t i;

    if (step == NULL)
        return;
    call = step->call;
    call->http = 0;
    call->code = reply->code;
    call->sent = reply->sent;
    call->text = mem_must_copy(reply->text);
    for (i = 0; i < reply->header_count; i++)
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
    step_arrived(step);
}

static void call_send(struct step *step)
{
    struct call *call = step->call;
    struct engine *engine = step->run->engine;
    struct http_ask ask = {
        .method = call->method,
        .url = buf_text(&call->url),
        .headers = call->headers.list,
        .header_count = call->headers.count,
        .body = call->body,
        .body_size = call->body_size,
        .timeout_ms = node_of(step->n)->timeout_ms,
        .effect = call->effect != EFFECT_NONE,
        .egress =
            call->connection != NULL ? connection_egress(call->connection) : engine->world.egress,
    };

    check(call->http == 0);
    call->out = engine->world.http;
    call->http = http_out_send(call->out, &ask, call_done, engine, step_wait_for(step, STEP_CALLS));
}

/* ---- The key */

static const unsigned char step_key_space[16] = { 0x8e, 0x1c, 0x0f, 0x52, 0x3a, 0x7d, 0x4b, 0x16,
                                                  0x9d, 0x60, 0x21, 0xc4, 0x77, 0x5e, 0xf3, 0xa8 };

const char *step_key(struct step *step)
{
    char name[IDENT_TEXT + NODE_PATH_TEXT + 16];
    size_t size;

    if (step->key[0] == '\0') {
        ident_text(step->run->origin, name);
        size = strlen(name);
        size += (size_t)snprintf(name + size, sizeof name - size, "/%s", step_path(step));
        if (step->n->progress != NULL && step->n->progress->ladder.generation > 0)
            snprintf(name + size, sizeof name - size, "#%u", step->n->progress->ladder.generation);
        uuid_from_name(step_key_space, name, strlen(name), step->key);
    }
    return step->key;
}

void step_reference(struct step *step, char reference[STEP_REFERENCE + 1])
{
    size_t used = 0;

    for (const char *key = step_key(step); used < STEP_REFERENCE; key++)
        if (*key != '-')
            reference[used++] = *key;
    reference[used] = '\0';
}

/* ---- Sign-in, intent, gate */

static void call_digest(const struct call *call, char digest[DIGEST_TEXT])
{
    struct buf all;

    buf_init(&all, LIMIT_OUTPUT + LIMIT_PATH + 64);
    buf_addf(&all, "%s %s\n", call->method, buf_text(&call->url));
    buf_add(&all, call->body, call->body_size);
    digest_text(buf_text(&all), all.len, digest);
    buf_fini(&all);
}

/* How long the system knows the key: counted from the first time it left; in a run that came back
 * with a backup, from the earliest moment at which it may have left unseen. */
static int64_t call_key_until(const struct step *step)
{
    const struct ladder *ladder = &step->n->progress->ladder;
    const struct run *run = step->run;
    bool restored = run->id <= run->engine->world.store->restored && !ladder->vetted;

    if (step->call->effect != EFFECT_KEYED)
        return 0;
    if (ladder->digest[0] != '\0')
        return ladder->key_until_ms;
    return (restored ? run->received_ms : run->engine->wall) + step->call->key_valid_ms;
}

/* (3) */
static bool call_may_leave(struct step *step, const char *digest, struct err *e)
{
    struct run_node *n = step->n;
    struct progress *progress = n->progress;
    struct ladder *ladder = &progress->ladder;
    bool restored = step->run->id <= step->run->engine->world.store->restored && !ladder->vetted;

    if (progress->effect == EFFECT_IDEMPOTENT || progress->allowed)
        return true;
    if (restored && !ladder_key_holds(n)) {
        err_set(e, ERR_IN_DOUBT,
                "the store was restored from a backup after this run began; whether this effect "
                "happened after the backup was made is not known here");
        return false;
    }
    if (!progress->unknown)
        return true;
    if (!ladder_key_holds(n)) {
        err_set(e, ERR_IN_DOUBT,
                "what was sent before may have happened, and the system may no longer know its "
                "idempotency key");
        return false;
    }
    if (strcmp(digest, ladder->digest) == 0)
        return true;
    ladder->only_person = ladder->other_bytes = true;
    err_set(e, ERR_IN_DOUBT,
            "what was sent before may have happened, and the request is not the same any more: "
            "its idempotency key cannot be used for it");
    return false;
}

/* A reversal may be repeated: that it is under way says its rung. */
static void call_undo(struct step *step)
{
    struct call *call = step->call;
    json_t *mark = json_pack("{s:s, s:s}", "method", call->method, "url", buf_text(&call->url));

    check(mark != NULL);
    record_mark(step->n, "undo", mark);
    json_decref(mark);
    step_gate(step, call_send);
}

static void call_intend(struct step *step)
{
    struct call *call = step->call;
    struct progress *progress;
    char digest[DIGEST_TEXT];
    struct buf what;
    struct err e;

    if (call->effect == EFFECT_NONE) {
        call_send(step);
        return;
    }
    if (step->rung == RUNG_REVERSE) {
        call_undo(step);
        return;
    }
    step_key(step);
    progress = node_progress(step->n);
    progress->effect = call->effect;
    progress->ladder.key_until_ms = call_key_until(step);
    call_digest(call, digest);
    if (!call_may_leave(step, digest, &e)) {
        step->unsure = true;
        call_fail(step, &e);
        return;
    }
    ladder_intended(progress, call->effect, digest, progress->ladder.key_until_ms);
    buf_init(&what, LIMIT_PATH + 64);
    buf_addf(&what, "%s %s", call->method, buf_text(&call->url));
    record_intent(step->n, step, buf_ok(&what) ? buf_text(&what) : call->method);
    buf_fini(&what);
    step_gate(step, call_send);
}

static void call_sign(struct step *step, bool again)
{
    struct call *call = step->call;
    struct err e;
    enum err_code rc = ERR_OK;

    call_headers_cut(&call->headers, call->own_headers);
    if (call->connection != NULL) {
        rc = connection_sign(step->run->engine, call->connection, &call->headers, &e);
        call->token = call->connection->token.generation;
    }
    if (rc == ERR_TRANSIENT) {
        token_wait(step->run->engine, call->connection, step_wait_for(step, STEP_SIGNS));
    } else if (rc != ERR_OK) {
        call_fail(step, &e);
    } else if (again) {
        call_send(step); /* its intent stands; the system refused it unseen */
    } else {
        call_intend(step);
    }
}

/* Whether an unknown outcome counts: what may be done twice is simply done again. */
static bool call_is_unsure(const struct step *step)
{
    return step->call->effect >= EFFECT_KEYED && step->rung == RUNG_NONE;
}

void call_continue(struct step *step)
{
    struct call *call = step->call;
    const struct err *refused;
    struct err e;

    if (step->wait == STEP_SIGNS) {
        refused = token_error(call->connection);
        if (refused != NULL)
            call_fail(step, refused);
        else
            call_sign(step, call->signed_again);
        return;
    }
    check(step->wait == STEP_CALLS && call->http == 0);
    if (call->code != ERR_OK) {
        err_set(&e, call->code, "%s", call->text != NULL ? call->text : err_about(call->code));
        step->unsure = call->sent && call_is_unsure(step);
        call_fail(step, &e);
        return;
    }
    if (call->reply.status == 401 && call->connection != NULL && !call->signed_again &&
        token_refused(call->connection, call->token)) {
        call->signed_again = true;
        call_reply_free(call);
        call_sign(step, true);
        return;
    }
    step_forget(step);
    call->reply.headers = call->reply_headers.list;
    step->answered = call->effect != EFFECT_NONE;
    step->then_call(step, step->config, &call->reply);
    if (step->call == call && step->ended)
        call_end(step);
}

void step_fail_unsure(struct step *step, const struct err *e, json_t **details)
{
    check(step->call != NULL);
    step_fail(step, e, details);
    step->contradicted = e->code == ERR_IN_DOUBT && step->call->effect != EFFECT_NONE;
    step->unsure = call_is_unsure(step) || step->contradicted;
}

/* ---- Begin */

static enum err_code call_headers_take(struct step *step, const struct step_ask *ask, struct err *e)
{
    struct call *call = step->call;
    size_t i;

    for (i = 0; i < ask->header_count; i++)
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
    connection_ref(call->connection);
    return connection_url(call->connection, target, &call->url, e);
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
    call->key_valid_ms = ask->key_valid_ms > 0 ? ask->key_valid_ms : STEP_KEY_VALID_MS;
    check(step->rung != RUNG_PROBE || ask->effect == EFFECT_NONE);
    check(step->rung != RUNG_REVERSE || ask->effect <= EFFECT_IDEMPOTENT);
    buf_init(&call->url, 8 * LIMIT_PATH);
    if (ask->body != NULL) {
        call->body = mem_must_copy_n(ask->body, ask->body_size);
        call->body_size = ask->body_size;
    }
    if (call_headers_take(step, ask, &e) != ERR_OK ||
        call_target(step, ask->target, &e) != ERR_OK) {
        call_fail(step, &e);
        return NODE_ENDED;
    }
    call_sign(step, false);
    return step->ended ? NODE_ENDED : NODE_WAITING;
}
