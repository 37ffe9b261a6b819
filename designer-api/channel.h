/* channel.h - the ways a notice takes: mail, a webhook, the chat of Slack or Teams.
 *
 * A channel is the object "channel" NAME: {"kind", "url", "secret"?, "user"?, "from"?, "to"?, ...}
 * as openapi.yaml has it. Its secret is in the vault and goes to the origin of the url only; the
 * program's egress policy holds for the address. A webhook's body is signed:
 *
 *   Weft-Signature: t=SECONDS,v1=HEX       HEX: HMAC-SHA256 of "SECONDS.BODY" under the secret
 *   Weft-Notice: ID                        the same at each repetition of a delivery */
#ifndef DESIGNER_API_CHANNEL_H
#define DESIGNER_API_CHANNEL_H

#include "designer-api/ask.h"

#define CHANNEL_KIND  "channel"
#define CHANNEL_BODY  (64u * KIB) /* of a notice */

/* What a mail is made of; by the program, which knows how a message looks. */
struct channel_mail {
    const char *from;
    const json_t *to; /* addresses */
    const char *subject, *text, *id;
    int64_t date_ms;
};
struct transfer_ask;
struct channel_ways {
    /* Fills the message, the sender and the recipients. ERR_INVALID: an address is none. */
    enum err_code (*compose)(const struct channel_mail *mail, struct transfer_ask *ask,
                             struct err *e);
    const char *ca_file; /* what certificates of channels must lead to; NULL, "": the system's */
};

/* [{"pointer", "message"}], appended. */
void channel_check(struct ask *ask, const struct channel_ways *ways, const json_t *body,
                   json_t *faults);

struct channel_notice {
    const char *id;         /* "01..." */
    const char *what;       /* firing, repeated, resolved, test */
    const char *workspace;
    const char *subject, *text;
    const json_t *alert;    /* as the API shows it; NULL: of a test */
    int64_t at_ms;
};
struct channel_told {
    struct err e;     /* ERR_OK: the other side has taken it */
    int status;       /* of its answer; 0: none */
    int64_t took_ms;
};
typedef void channel_told_fn(void *arg, const struct channel_told *told);
/* told() is called once, in a later turn. ERR_INVALID, ERR_POLICY, ERR_NOT_FOUND: it cannot leave,
 * and is not told. *cancel: for channel_cancel(). */
struct channel_send;
enum err_code channel_send(struct engine *engine, const struct channel_ways *ways,
                           const json_t *channel, const struct channel_notice *notice,
                           channel_told_fn *told, void *arg, struct channel_send **send,
                           struct err *e) MUST_USE;
/* told() is not called any more. */
void channel_cancel(struct channel_send *send);

/* channel_text.c: the body for that kind; false: no room */
bool channel_body(const char *kind, const struct channel_notice *notice, struct buf *out);

#endif
