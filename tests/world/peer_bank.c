/* peer_bank.c - the peer that takes back what it did. A payment bears the reference of whoever sent
 * it, the token: it is found by it and taken back by it, any number of times. A payment may become
 * final, then it is not taken back; a search may not see all that is there; an answer may say
 * something else than what was asked for, whatever was done. */
#include "world/peer_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define BANK_FINAL 120 /* of a thousand payments */
#define BANK_LIES  40  /* of a thousand answers */
#define BANK_BLIND 500 /* of a thousand searches that may not see what is there */

static char *bank_token(const struct peer_call *call)
{
    const char *at = strstr(call->url, "token=");
    struct err e;
    json_t *body;
    char *token;

    if (call->body[0] == '\0')
        return mem_must_copy(at != NULL ? at + strlen("token=") : "");
    body = json_read(call->body, strlen(call->body), &json_limits_reply, &e);
    token = mem_must_copy(json_get_text(body, "token") != NULL ? json_get_text(body, "token") : "");
    json_decref(body);
    return token;
}

/* In fair weather it does not lie. */
static bool bank_lies(struct peers *peers)
{
    for (unsigned i = 0; i < PEER_FATE_COUNT; i++)
        if (peers->weather.weight[i] > 0)
            return dice_chance(peers->dice, BANK_LIES);
    return false;
}

void bank_address(struct peers *peers, struct peer_call *call, const char *kind)
{
    call->bank = strcmp(kind, "void") == 0   ? BANK_VOIDS
                 : strcmp(kind, "find") == 0 ? BANK_FINDS
                 : strcmp(kind, "seek") == 0 ? BANK_SEEKS
                                             : BANK_PAYS;
    call->effect = strcmp(kind, "pay") == 0   ? EFFECT_ONCE
                   : strcmp(kind, "key") == 0 ? EFFECT_KEYED
                                              : EFFECT_NONE;
    call->token = bank_token(call);
    call->lies = bank_lies(peers);
    if (call->bank == BANK_SEEKS && dice_chance(peers->dice, BANK_BLIND))
        call->said = 404;
}

/* The one that is there, else one that was taken back. */
static struct peer_book *bank_find(struct peers *peers, const struct peer_call *call)
{
    struct peer_book *found = NULL;

    for (size_t i = 0; i < peers->book_count; i++) {
        struct peer_book *book = &peers->books[i];

        if (strcmp(book->account, call->account) == 0 && book->place == call->place &&
            strcmp(book->token, call->token) == 0 && (found == NULL || found->voided))
            found = book;
    }
    return found;
}

/* It looks when it is asked, however late it does it. */
static bool bank_knows(const struct peers *peers, const struct peer_call *call)
{
    for (size_t i = 0; i < peers->book_count; i++) {
        const struct peer_book *book = &peers->books[i];

        if (strcmp(book->account, call->account) == 0 && book->place == call->place &&
            strcmp(book->key, call->key) == 0 &&
            call->sent_ms - book->key_ms < BANK_KEY_MS + peers->patience_ms)
            return true;
    }
    return false;
}

static void bank_pay(struct peers *peers, struct peer_call *call, int64_t now)
{
    const struct peer_book *there = peers_find(peers, call->account, call->ref);

    call->said = 200;
    if (call->effect == EFFECT_KEYED && bank_knows(peers, call))
        return; /* the stored answer again, whatever became of it */
    if (there != NULL)
        peer_wrong(peers, call, "done a second time, and %s is there", there->token);
    peer_book_add(peers, call, now)->final = dice_chance(peers->dice, BANK_FINAL);
}

static void bank_void(struct peers *peers, struct peer_call *call)
{
    struct peer_book *book = bank_find(peers, call);

    call->said = book == NULL ? 404 : !book->voided && book->final ? 422 : 200;
    if (book == NULL || book->voided || book->final)
        return;
    book->voided = true;
    if (book->run != call->run || strcmp(book->ref, call->ref) != 0)
        peer_wrong(peers, call, "takes back %s of run %" PRIu64, book->ref, book->run);
}

void bank_do(struct peers *peers, struct peer_call *call, int64_t now)
{
    if (call->token[0] == '\0')
        peer_wrong(peers, call, "the bank is asked without a reference: %.200s", call->body);
    if (call->bank == BANK_PAYS)
        bank_pay(peers, call, now);
    else if (call->bank == BANK_VOIDS)
        bank_void(peers, call);
}

int bank_status(const struct peer_call *call)
{
    if (call->declined)
        return 422;
    return call->bank == BANK_VOIDS && call->said != 0 ? call->said : 200;
}

void peer_payment(const struct peer_book *book, char id[160])
{
    snprintf(id, 160, "%.40s-%.60s-%.40s", book->account, book->ref, book->token);
}

static void bank_items(struct peers *peers, const struct peer_call *call, struct buf *body)
{
    const struct peer_book *book = bank_find(peers, call);
    char id[160];

    buf_add_text(body, "{\"items\":[");
    if (book != NULL && !book->voided && call->said != 404) {
        peer_payment(book, id);
        buf_addf(body, "{\"id\":\"%s\",\"amount\":\"%" PRId64 ".%02d\"}", id, book->cents / 100,
                 (int)(book->cents % 100) + (call->lies ? 1 : 0));
    }
    buf_add_text(body, "]}");
}

void bank_body(struct peers *peers, const struct peer_call *call, struct buf *body)
{
    struct peer_book asked = { .account = call->account, .ref = call->ref, .token = call->token };
    char id[160];
    int64_t cents;

    if (call->bank == BANK_FINDS || call->bank == BANK_SEEKS) {
        bank_items(peers, call, body);
        return;
    }
    peer_payment(&asked, id);
    buf_addf(body, "{\"id\":\"%s\",\"token\":\"%s%s\"", id, call->token, call->lies ? "!" : "");
    if (call->bank == BANK_PAYS) {
        cents = peer_amount(peers, call);
        buf_addf(body, ",\"amount\":%" PRId64 ".%02d", cents / 100, (int)(cents % 100));
    }
    buf_add_char(body, '}');
}
