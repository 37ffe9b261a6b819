/* peer.c - the network: what becomes of a request and when; peer.h tells the rules. */
#include "world/peer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/fault.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "world/peer_priv.h"

#define PEER_LATE_MS INT64_C(600000) /* what is done late is done within so long */

static const char *const fate_names[] = {
#define X(code, name) name,
    PEER_FATES(X)
#undef X
};

const char *peer_fate_name(enum peer_fate fate)
{
    return fate_names[fate];
}

static int64_t peer_now(const struct peers *peers)
{
    return peers->clock->steady_ms(peers->clock);
}

void peer_wrong(struct peers *peers, const struct peer_call *call, const char *fmt, ...)
{
    char text[600], whole[900], run[IDENT_TEXT];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    ident_text(call->run, run);
    snprintf(whole, sizeof whole, "run %s, step %s, %s %s: %s", run, call->node, call->account,
             call->ref, text);
    if (peers->watch.wrong != NULL)
        peers->watch.wrong(peers->watch.arg, whole);
}

/* ---- A request goes out */

/* The n-th part of a path behind the host; the last one is the rest. */
static char *peer_part(const char *url, unsigned nth)
{
    const char *at = strstr(url, "//"), *end;

    for (at = at != NULL ? strchr(at + 2, '/') : NULL; at != NULL && nth > 0; nth--)
        at = strchr(at + 1, '/');
    if (at == NULL)
        return mem_must_copy("");
    end = strchr(at + 1, '/');
    return mem_must_copy_n(at + 1, end != NULL ? (size_t)(end - at - 1) : strlen(at + 1));
}

static void peer_address(struct peers *peers, struct peer_call *call, const char *method)
{
    char *peer = peer_part(call->url, 0), *kind = peer_part(call->url, 1);
    const char *host = strstr(call->url, "//");
    json_t *body = NULL;
    struct err e;

    if (call->body[0] != '\0')
        body = json_read(call->body, strlen(call->body), &json_limits_reply, &e);
    call->place = host != NULL ? host[2 + strcspn(host + 2, "/") - 1] : '\0';
    call->looks = strcmp(kind, "look") == 0;
    call->token = NULL;
    if (strcmp(peer, "bank") == 0) {
        call->account = peer_part(call->url, 2);
        bank_address(peers, call, kind);
    } else if (strcmp(peer, "gw") == 0) {
        call->effect = EFFECT_KEYED;
        call->account = mem_must_copy(kind);
    } else {
        call->account = peer_part(call->url, 2);
        call->effect = strcmp(kind, "put") == 0   ? EFFECT_IDEMPOTENT
                       : strcmp(kind, "get") == 0 ? EFFECT_NONE
                       : call->looks              ? EFFECT_NONE
                                                  : EFFECT_ONCE;
    }
    if (call->token == NULL)
        call->token = mem_must_copy("");
    if (json_get_text(body, "ref") != NULL)
        call->ref = mem_must_copy(json_get_text(body, "ref"));
    else
        call->ref = peer_part(call->url, 3);
    if (call->bank != BANK_NONE)
        call->ref[strcspn(call->ref, "?")] = '\0';
    check(call->effect != EFFECT_NONE || call->bank == BANK_VOIDS || strcmp(method, "GET") == 0);
    json_decref(body);
    mem_free(peer);
    mem_free(kind);
}

static char *peer_header(const struct http_ask *ask, const char *name)
{
    size_t i;

    for (i = 0; i < ask->header_count; i++)
        if (strcasecmp(ask->headers[i].name, name) == 0)
            return mem_must_copy(ask->headers[i].value);
    return mem_must_copy("");
}

static enum peer_fate peer_throw(struct peers *peers, const struct peer_call *call)
{
    unsigned sum = 0, throw, i;

    if (call->effect != EFFECT_NONE && ++peers->effects == peers->strike_nth)
        return peers->strike;
    for (i = 0; i < PEER_FATE_COUNT; i++)
        sum += peers->weather.weight[i];
    throw = dice_below(peers->dice, sum);
    for (i = 0; i < PEER_FATE_COUNT && sum > 0; i++) {
        if (throw < peers->weather.weight[i])
            return (enum peer_fate)i;
        throw -= peers->weather.weight[i];
    }
    return PEER_FINE;
}

/* When it is done and when the sender hears of it. */
static void peer_plan(struct peers *peers, struct peer_call *call, int64_t timeout_ms)
{
    int64_t now = call->sent_ms;
    int64_t late = peers->weather.latency_ms;

    call->do_ms = now + dice_between(peers->dice, 0, late);
    call->reply_ms = call->do_ms + dice_between(peers->dice, 0, late);
    if (call->reply_ms > now + timeout_ms) { /* it hears nothing in time, and it is done */
        call->fate = PEER_LATE;
    }
    switch (call->fate) {
    case PEER_FINE:
    case PEER_RESET_AFTER:
    case PEER_FAULT_AFTER:
    case PEER_HALF:
        break;
    case PEER_LATE:
        call->do_ms = now + timeout_ms + dice_between(peers->dice, -timeout_ms, PEER_LATE_MS);
        call->reply_ms = now + timeout_ms;
        break;
    case PEER_SILENT:
        call->reply_ms = now + timeout_ms;
        call->do_ms = INT64_MAX;
        break;
    case PEER_REFUSED:
    case PEER_RESET_BEFORE:
    case PEER_FAULT_BEFORE:
    case PEER_BUSY:
    case PEER_DOWN:
    case PEER_FATE_COUNT:
        call->do_ms = INT64_MAX;
        break;
    }
    if (call->declined)
        call->do_ms = INT64_MAX;
    if (call->fate == PEER_BUSY)
        call->retry_after_ms = 1000 * dice_between(peers->dice, 1, 90);
}

static uint64_t peer_send(struct http_out *out, const struct http_ask *ask, http_out_fn *done,
                          void *owner, uint64_t tag)
{
    struct peers *peers = (struct peers *)out;
    struct peer_call *call = mem_must(sizeof *call);
    char *run = peer_header(ask, "X-Run");
    bool armed = atomic_exchange(&fault_armed, false); /* the peer has its own memory */

    if (peers->call_count == peers->call_room) {
        peers->call_room = peers->call_room ? peers->call_room * 2 : 64;
        peers->calls = mem_must_resize(peers->calls, peers->call_room * sizeof *peers->calls);
    }
    call->url = mem_must_copy(ask->url);
    call->body = mem_must_copy_n(ask->body != NULL ? ask->body : "", ask->body_size);
    call->node = peer_header(ask, "X-Node");
    call->key = peer_header(ask, "Idempotency-Key");
    if (!ident_parse(run, &call->life))
        call->life = 0;
    call->run = call->life != 0 && peers->watch.origin != NULL
                    ? peers->watch.origin(peers->watch.arg, call->life)
                    : call->life;
    mem_free(run);
    peer_address(peers, call, ask->method);
    call->declined = call->bank <= BANK_PAYS && strlen(call->ref) > 3 &&
                     strcmp(call->ref + strlen(call->ref) - 3, "-no") == 0;
    call->sent_ms = peer_now(peers);
    call->epoch = peers->epoch;
    call->id = ++peers->last;
    call->tag = tag;
    call->reply = done;
    call->owner = owner;
    call->fate = peer_throw(peers, call);
    peer_plan(peers, call, ask->timeout_ms > 0 ? ask->timeout_ms : LIMIT_CALL_MS);
    peer_inspect(peers, call);
    if ((call->effect != EFFECT_NONE || call->looks || call->bank != BANK_NONE) != ask->effect)
        peer_wrong(peers, call, "sent %s the care that an effect needs",
                   ask->effect ? "with" : "without");
    peers->calls[peers->call_count++] = call;
    if (peers->watch.sent != NULL)
        peers->watch.sent(peers->watch.arg, call);
    atomic_store(&fault_armed, armed);
    return call->id;
}

static void peer_cancel(struct http_out *out, uint64_t id)
{
    struct peers *peers = (struct peers *)out;
    size_t i;

    for (i = peers->settled; i < peers->call_count; i++) {
        if (peers->calls[i]->id != id || peers->calls[i]->reply == NULL)
            continue;
        peers->calls[i]->reply = NULL;
        peers->calls[i]->unsure = true;
    }
}

static void peer_close(struct http_out *out)
{
    (void)out; /* peers_free() */
}

/* ---- Things happen */

static void peer_told(struct peers *peers, const struct peer_call *call, const char *what)
{
    if (peers->watch.told != NULL)
        peers->watch.told(peers->watch.arg, call, what);
}

static int peer_status(const struct peers *peers, const struct peer_call *call)
{
    const struct peer_book *book = call->looks ? peers_find(peers, call->account, call->ref) : NULL;

    switch (call->fate) {
    case PEER_FINE:
    case PEER_HALF:
        if (call->bank != BANK_NONE)
            return bank_status(call);
        if (call->looks)
            return book != NULL && book->place == call->place ? 200 : 404;
        return call->declined ? 422 : 200;
    case PEER_FAULT_BEFORE:
    case PEER_FAULT_AFTER:
        return 500;
    case PEER_BUSY:
        return 429;
    case PEER_DOWN:
        return 503;
    case PEER_REFUSED:
    case PEER_SILENT:
    case PEER_RESET_BEFORE:
    case PEER_RESET_AFTER:
    case PEER_LATE:
    case PEER_FATE_COUNT:
        break;
    }
    return 0;
}

static void peer_answer(struct peers *peers, struct peer_call *call)
{
    char seconds[24];
    struct buf body;
    struct http_pair headers[2] = { { "Content-Type", "application/json" },
                                    { "Retry-After", seconds } };
    struct http_reply reply = {
        .code = ERR_OK,
        .sent = call->fate != PEER_REFUSED,
        .status = peer_status(peers, call),
        .headers = headers,
        .header_count = call->fate == PEER_BUSY ? 2 : 1,
        .took_ms = peer_now(peers) - call->sent_ms,
    };
    http_out_fn *listener = call->reply;

    snprintf(seconds, sizeof seconds, "%" PRId64, call->retry_after_ms / 1000);
    buf_init(&body, MIB);
    if (call->bank != BANK_NONE && reply.status < 400)
        bank_body(peers, call, &body);
    else if (reply.status >= 400)
        buf_addf(&body, "{\"message\":\"%s\"}", fate_names[call->fate]);
    else if (call->effect != EFFECT_NONE || peers->watch.read == NULL ||
             !peers->watch.read(peers->watch.arg, call, &body))
        buf_addf(&body, "{\"id\":\"%.40s-%.80s\",\"name\":\"Customer\",\"terms\":30}",
                 call->account, call->ref);
    reply.body_size = call->fate == PEER_HALF && !call->declined ? body.len / 2 : body.len;
    body.at[reply.body_size] = '\0';
    reply.body = body.at;
    if (reply.status == 0) {
        reply.code =
            call->fate == PEER_SILENT || call->fate == PEER_LATE ? ERR_TIMEOUT : ERR_TRANSIENT;
        reply.header_count = reply.body_size = 0;
        reply.text = fate_names[call->fate];
    }
    call->reply = NULL;
    call->answered = true;
    call->ahead_ms = peers->clock->wall_ms(peers->clock) - peer_now(peers);
    call->unsure = reply.sent && !call->declined && reply.status != 429 &&
                   (call->fate != PEER_FINE || call->lies);
    peer_told(peers, call, "answered");
    listener(call->owner, call->tag, &reply);
    buf_fini(&body);
}

bool peers_move(struct peers *peers)
{
    int64_t now = peer_now(peers), first = INT64_MAX;
    struct peer_call *call = NULL;
    bool answers = false;
    size_t i;

    for (i = peers->settled; i < peers->call_count; i++) {
        struct peer_call *at = peers->calls[i];

        if (!at->done && at->do_ms <= now && at->do_ms < first) {
            call = at;
            first = at->do_ms;
            answers = false;
        }
        if (at->reply != NULL && at->reply_ms <= now && at->reply_ms < first) {
            call = at;
            first = at->reply_ms;
            answers = true;
        }
    }
    if (call == NULL)
        return false;
    if (answers) {
        peer_answer(peers, call);
    } else {
        call->done = true;
        peer_do(peers, call);
        peer_told(peers, call, "done");
    }
    while (peers->settled < peers->call_count && peers->calls[peers->settled]->reply == NULL &&
           (peers->calls[peers->settled]->done || peers->calls[peers->settled]->do_ms == INT64_MAX))
        peers->settled++;
    return true;
}

int64_t peers_due(const struct peers *peers)
{
    int64_t due = INT64_MAX;
    size_t i;

    for (i = peers->settled; i < peers->call_count; i++) {
        const struct peer_call *call = peers->calls[i];

        if (!call->done && call->do_ms < due)
            due = call->do_ms;
        if (call->reply != NULL && call->reply_ms < due)
            due = call->reply_ms;
    }
    return due;
}

/* Who waits by the wall clock, as a row does, has waited long enough when it has shown the moment
 * once, even if it is set back then. */
void peers_clock_set(struct peers *peers)
{
    int64_t ahead = peers->clock->wall_ms(peers->clock) - peer_now(peers);

    for (size_t i = 0; i < peers->call_count; i++) {
        struct peer_call *call = peers->calls[i];

        if (!call->answered)
            continue;
        if (ahead < call->ahead_ms)
            call->ahead_ms = ahead;
        if (ahead - call->ahead_ms > call->climb_ms)
            call->climb_ms = ahead - call->ahead_ms;
    }
}

/* What was on its way may still arrive, or not. */
void peers_crash(struct peers *peers)
{
    size_t i;

    peers->epoch++;
    for (i = peers->settled; i < peers->call_count; i++) {
        struct peer_call *call = peers->calls[i];

        if (call->answered)
            continue;
        call->unsure = true;
        call->reply = NULL;
        if (!call->done && dice_chance(peers->dice, 300))
            call->do_ms = INT64_MAX;
    }
}

size_t peers_open(const struct peers *peers)
{
    size_t i, open = 0;

    for (i = peers->settled; i < peers->call_count; i++)
        open += peers->calls[i]->reply != NULL;
    return open;
}

/* ---- Life */

struct peers *peers_new(struct clock *clock, struct dice *dice, const struct peer_watch *watch)
{
    struct peers *peers = mem_must(sizeof *peers);

    peers->out = (struct http_out){ peer_send, peer_cancel, peer_close, NULL };
    peers->clock = clock;
    peers->dice = dice;
    peers->watch = *watch;
    return peers;
}

void peers_free(struct peers *peers)
{
    size_t i;

    for (i = 0; i < peers->call_count; i++) {
        struct peer_call *call = peers->calls[i];

        mem_free(call->node);
        mem_free(call->account);
        mem_free(call->ref);
        mem_free(call->key);
        mem_free(call->body);
        mem_free(call->url);
        mem_free(call->token);
        mem_free(call);
    }
    for (i = 0; i < peers->book_count; i++) {
        mem_free(peers->books[i].account);
        mem_free(peers->books[i].ref);
        mem_free(peers->books[i].body);
        mem_free(peers->books[i].key);
        mem_free(peers->books[i].token);
    }
    mem_free(peers->calls);
    mem_free(peers->books);
    mem_free(peers);
}

struct http_out *peers_out(struct peers *peers)
{
    return &peers->out;
}

void peers_weather(struct peers *peers, const struct peer_weather *weather)
{
    peers->weather = *weather;
}

void peers_strike(struct peers *peers, size_t nth, enum peer_fate fate)
{
    peers->effects = 0;
    peers->strike_nth = nth;
    peers->strike = fate;
}

size_t peers_effects(const struct peers *peers)
{
    return peers->effects;
}

void peers_patience(struct peers *peers, int64_t ms)
{
    peers->patience_ms = ms;
}

unsigned peers_epoch(const struct peers *peers)
{
    return peers->epoch;
}

size_t peers_calls(const struct peers *peers)
{
    return peers->call_count;
}

const struct peer_call *peers_call(const struct peers *peers, size_t index)
{
    return peers->calls[index];
}
