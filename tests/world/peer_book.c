/* peer_book.c - the books of the peers, and what no peer may ever see. */
#include "world/peer_priv.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

bool peer_cents(const char *digits, int64_t *cents)
{
    int64_t whole = 0;
    unsigned decimals = 0;
    bool point = false;

    for (; *digits != '\0'; digits++) {
        if (*digits == '.' && !point) {
            point = true;
        } else if (*digits < '0' || *digits > '9' || decimals == 2 || whole > INT64_MAX / 1000) {
            return false;
        } else {
            whole = whole * 10 + (*digits - '0');
            decimals += point;
        }
    }
    for (; decimals < 2; decimals++)
        whole *= 10;
    *cents = whole;
    return true;
}

size_t peers_books(const struct peers *peers)
{
    return peers->book_count;
}

const struct peer_book *peers_book(const struct peers *peers, size_t index)
{
    return &peers->books[index];
}

const struct peer_book *peers_find(const struct peers *peers, const char *account, const char *ref)
{
    size_t i;

    for (i = 0; i < peers->book_count; i++)
        if (!peers->books[i].voided && strcmp(peers->books[i].account, account) == 0 &&
            strcmp(peers->books[i].ref, ref) == 0)
            return &peers->books[i];
    return NULL;
}

int64_t peer_amount(struct peers *peers, const struct peer_call *call)
{
    struct err e;
    json_t *body = json_read(call->body, strlen(call->body), &json_limits_reply, &e);
    const json_t *amount = json_object_get(body, "amount");
    int64_t cents = -1;

    if (json_is_integer(amount))
        cents = 100 * json_integer_value(amount);
    else if (!json_is_exact(amount) || !peer_cents(json_exact_text(amount), &cents))
        peer_wrong(peers, call, "no amount in %.200s", call->body);
    json_decref(body);
    return cents;
}

struct peer_book *peer_book_add(struct peers *peers, const struct peer_call *call, int64_t now)
{
    struct peer_book *book;

    peers->books = mem_must_resize(peers->books, (peers->book_count + 1) * sizeof *peers->books);
    book = &peers->books[peers->book_count++];
    *book = (struct peer_book){ .account = mem_must_copy(call->account),
                                .ref = mem_must_copy(call->ref),
                                .body = mem_must_copy(call->body),
                                .effect = call->effect,
                                .cents = peer_amount(peers, call),
                                .times = 1,
                                .run = call->run,
                                .place = call->place,
                                .key = mem_must_copy(call->key),
                                .key_ms = now,
                                .token = mem_must_copy(call->token) };
    return book;
}

void peer_do(struct peers *peers, struct peer_call *call)
{
    struct peer_book *book = (struct peer_book *)peers_find(peers, call->account, call->ref);
    int64_t now = peers->clock->steady_ms(peers->clock);

    if (call->do_ms < now)
        now = call->do_ms; /* the peer works while the program's machine is off */
    if (call->bank != BANK_NONE)
        bank_do(peers, call, now);
    if (call->effect == EFFECT_NONE || call->bank != BANK_NONE)
        return;
    if (book == NULL) {
        peer_book_add(peers, call, now);
        return;
    }
    if (call->effect == EFFECT_KEYED && strcmp(book->key, call->key) == 0 &&
        book->place == call->place && now - book->key_ms < PEER_KEY_MS + peers->patience_ms)
        return; /* the stored answer again */
    book->times++;
    if (call->effect != EFFECT_IDEMPOTENT)
        peer_wrong(peers, call, "done a second time (the first by run %" PRIu64 ")", book->run);
    else if (strcmp(book->body, call->body) != 0)
        peer_wrong(peers, call, "written again as %.150s, before as %.150s", call->body,
                   book->body);
}

static const char *peer_path(const char *url)
{
    const char *at = strstr(url, "//");

    at = at != NULL ? strchr(at + 2, '/') : NULL;
    return at != NULL ? at : "";
}

void peer_inspect(struct peers *peers, const struct peer_call *call)
{
    size_t i;

    if (call->effect == EFFECT_NONE)
        return;
    if (call->run == 0 || call->node[0] == '\0' || call->ref[0] == '\0')
        peer_wrong(peers, call, "does not say whose it is: %.200s %.200s", call->url, call->body);
    if ((call->effect == EFFECT_KEYED) != (call->key[0] != '\0'))
        peer_wrong(peers, call, "%s idempotency key", call->key[0] != '\0' ? "has an" : "has no");
    for (i = 0; i < peers->call_count; i++) {
        const struct peer_call *before = peers->calls[i];
        bool same = before->run == call->run && strcmp(before->node, call->node) == 0;

        if (before->effect == EFFECT_NONE ||
            (before->effect == EFFECT_KEYED && !same && strcmp(before->key, call->key) != 0))
            continue;
        if (!same) {
            if (call->effect == EFFECT_KEYED && before->effect == EFFECT_KEYED)
                peer_wrong(peers, call, "bears the key of another step");
            continue;
        }
        if (strcmp(before->token, call->token) != 0)
            continue; /* of another generation */
        if (strcmp(before->body, call->body) != 0 ||
            strcmp(peer_path(before->url), peer_path(call->url)) != 0)
            peer_wrong(peers, call, "asks for %.150s, before for %.150s", call->body, before->body);
    }
}
