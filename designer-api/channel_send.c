/* channel_send.c - one notice leaves on one channel, once. Whoever asked tries again. */
#include "designer-api/channel.h"

#include <inttypes.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/transfer_ask.h"
#include "engine/flows.h"
#include "engine/secret.h"
#include "io/transfer.h"
#include "vault/sign.h"

#define SEND_TIMEOUT_MS 20000
#define SEND_REPLY      (16u * KIB)

struct channel_send {
    struct clock *clock; /* a mail may end after the engine: nothing of that is held */
    struct http_out *http;
    struct transfer *transfer;
    atomic_bool given_up;
    channel_told_fn *told; /* NULL: nobody asks any more */
    void *arg;
    uint64_t call;    /* http; 0: mail */
    int64_t began_ms; /* steady */
    struct channel_told result;
    /* of a mail */
    struct transfer_login login;
    struct transfer_ask *ask;
    char *url, *user, *secret, *ca_file;
    size_t secret_size;
};

static void send_free(struct channel_send *send)
{
    vault_wipe(&send->secret, send->secret_size);
    transfer_ask_free(send->ask);
    mem_free(send->url);
    mem_free(send->user);
    mem_free(send->ca_file);
    mem_free(send);
}

static void send_tell(struct channel_send *send)
{
    send->result.took_ms = send->clock->steady_ms(send->clock) - send->began_ms;
    if (send->told != NULL)
        send->told(send->arg, &send->result);
    send_free(send);
}

void channel_cancel(struct channel_send *send)
{
    if (send->call != 0) {
        http_out_cancel(send->http, send->call);
        send_free(send);
    } else {
        send->told = NULL; /* its thread ends it */
        atomic_store(&send->given_up, true);
    }
}

/* ---- HTTP */

/* What others answered is theirs: only the status is told. */
static void send_answered(void *owner, uint64_t tag, const struct http_reply *reply)
{
    struct channel_send *send = owner;
    struct err *e = &send->result.e;

    (void)tag;
    send->call = 0;
    send->result.status = reply->status;
    e->code = ERR_OK;
    if (reply->code != ERR_OK)
        err_set(e, reply->code, "%s", reply->text);
    else if (reply->status == 401 || reply->status == 403)
        err_set(e, ERR_AUTH, "it answered %d: it does not take the notice from us", reply->status);
    else if (reply->status == 429)
        err_set(e, ERR_RATE_LIMITED, "it answered 429: too many notices");
    else if (reply->status >= 500)
        err_set(e, ERR_UNAVAILABLE, "it answered %d", reply->status);
    else if (reply->status < 200 || reply->status >= 300)
        err_set(e, ERR_INVALID, "it answered %d: look at the channel's address", reply->status);
    send_tell(send);
}

static void send_sign(const char *secret, size_t size, int64_t now_ms, const struct buf *body,
                      char text[160])
{
    unsigned char mac[SIGN_MAX];
    struct buf signed_;
    size_t length, at;

    buf_init(&signed_, CHANNEL_BODY + 100);
    buf_addf(&signed_, "%" PRId64 ".", now_ms / 1000);
    buf_add(&signed_, body->at, body->len);
    length = sign_hmac("sha256", secret, size, buf_text(&signed_), signed_.len, mac);
    at = (size_t)snprintf(text, 160, "t=%" PRId64 ",v1=", now_ms / 1000);
    for (size_t i = 0; i < length && at + 3 < 160; i++, at += 2)
        snprintf(text + at, 3, "%02x", mac[i]);
    buf_fini(&signed_);
}

/* The address is the secret; it must lead to the channel's url. */
static enum err_code send_address(const char *secret, const char *url, struct err *e)
{
    char own[SECRET_ORIGIN], its[SECRET_ORIGIN];

    if (secret_origin(url, own) && secret_origin(secret, its) && strcmp(own, its) == 0)
        return ERR_OK;
    return err_set(e, ERR_POLICY,
                   "the secret is no address at %.100s: set it to the webhook's whole "
                   "address",
                   url);
}

static enum err_code send_ca(struct http_way *way, const char *file, char **text, struct err *e)
{
    size_t size;

    if (file == NULL || *file == '\0')
        return ERR_OK;
    if (file_read(file, MIB, text, &size, e) != ERR_OK)
        return err_prefix(e, "alerts.ca_file");
    way->ca = *text;
    return ERR_OK;
}

static enum err_code send_post(struct channel_send *send, const struct channel_ways *ways,
                               const json_t *channel, const struct channel_notice *notice,
                               struct err *e)
{
    const char *kind = json_get_text(channel, "kind"), *url = json_get_text(channel, "url");
    bool webhook = strcmp(kind, "webhook") == 0;
    struct clock *clock = send->clock;
    char signature[160] = "", *ca = NULL;
    struct http_pair headers[] = { { "Content-Type", "application/json" },
                                   { "User-Agent", "weft" },
                                   { "Weft-Notice", notice->id },
                                   { "Weft-Signature", signature } };
    struct http_way way = { .ca = NULL };
    struct http_ask ask = { .method = "POST",
                            .url = webhook ? url : send->secret,
                            .headers = headers,
                            .header_count = webhook ? 4 : 2,
                            .timeout_ms = SEND_TIMEOUT_MS,
                            .reply_limit = SEND_REPLY,
                            .effect = true };
    struct buf body;

    if (!webhook && send_address(send->secret, url, e) != ERR_OK)
        return e->code;
    if (send_ca(&way, ways->ca_file, &ca, e) != ERR_OK)
        return e->code;
    if (ca != NULL)
        ask.way = &way;
    buf_init(&body, 3 * CHANNEL_BODY);
    e->code = ERR_OK;
    if (!channel_body(kind, notice, &body)) {
        err_set(e, ERR_LIMIT, "the notice is too long");
    } else {
        if (webhook)
            send_sign(send->secret, send->secret_size, clock->wall_ms(clock), &body, signature);
        ask.body = body.at;
        ask.body_size = body.len;
        send->call = http_out_send(send->http, &ask, send_answered, send, 0);
    }
    mem_free(ca);
    buf_fini(&body);
    return e->code;
}

/* ---- Mail */

static void mail_work(void *arg)
{
    struct channel_send *send = arg;
    bool sent = false;

    send->result.e.code = ERR_OK;
    if (transfer_do(send->transfer, &send->login, send->ask, &send->given_up, &sent,
                    &send->result.e) == ERR_OK)
        send->result.status = 250;
}

static void mail_done(void *arg)
{
    send_tell(arg);
}

static enum err_code send_mail(struct channel_send *send, const struct world *world,
                               const struct channel_ways *ways, const json_t *channel,
                               const struct channel_notice *notice, struct err *e)
{
    const char *user = json_get_text(channel, "user");
    char id[200];
    const struct channel_mail mail = { .from = json_get_text(channel, "from"),
                                       .to = json_object_get(channel, "to"),
                                       .subject = notice->subject,
                                       .text = notice->text,
                                       .id = id,
                                       .date_ms = notice->at_ms };

    if (world->transfer == NULL || world->pool == NULL)
        return err_set(e, ERR_UNAVAILABLE, "no mail leaves from here");
    snprintf(id, sizeof id, "%s@weft", notice->id);
    send->ask = transfer_ask_new(TRANSFER_MAIL, NULL);
    send->ask->timeout_ms = SEND_TIMEOUT_MS;
    if (ways->compose(&mail, send->ask, e) != ERR_OK)
        return e->code;
    send->url = mem_must_copy(json_get_text(channel, "url"));
    send->user = user != NULL ? mem_must_copy(user) : NULL;
    if (ways->ca_file != NULL && *ways->ca_file != '\0')
        send->ca_file = mem_must_copy(ways->ca_file);
    send->login = (struct transfer_login){ .url = send->url,
                                           .user = send->user,
                                           .secret = send->secret,
                                           .ca_file = send->ca_file,
                                           .egress = world->egress };
    pool_work(world->pool, mail_work, mail_done, send);
    return ERR_OK;
}

enum err_code channel_send(struct engine *engine, const struct channel_ways *ways,
                           const json_t *channel, const struct channel_notice *notice,
                           channel_told_fn *told, void *arg, struct channel_send **out,
                           struct err *e)
{
    const char *secret = json_get_text(channel, "secret"), *kind = json_get_text(channel, "kind"),
               *url = json_get_text(channel, "url");
    const struct world *world = engine_world(engine);
    struct channel_send *send = mem_must(sizeof *send);

    check(kind != NULL && url != NULL && told != NULL);
    send->clock = world->clock;
    send->http = world->http;
    send->transfer = world->transfer;
    send->told = told;
    send->arg = arg;
    send->began_ms = world->clock->steady_ms(world->clock);
    e->code = ERR_OK;
    if (secret != NULL && secret_may(engine, notice->workspace, secret, url, e) == ERR_OK)
        e->code = secret_for(engine, notice->workspace, secret, url, &send->secret,
                             &send->secret_size, e);
    if (e->code == ERR_OK)
        e->code = strcmp(kind, "mail") == 0 ? send_mail(send, world, ways, channel, notice, e)
                                            : send_post(send, ways, channel, notice, e);
    if (e->code != ERR_OK) {
        send_free(send);
        return e->code;
    }
    *out = send;
    return ERR_OK;
}
