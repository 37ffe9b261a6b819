/* peer.h - a network with two peers behind it that keep books: a payment gateway and an ERP.
 *
 * What a request means is in its path, what it is about in its JSON body {"ref", "amount", ...}:
 *   POST /gw/ACCOUNT         keyed: the gateway honours the header Idempotency-Key for PEER_KEY_MS
 *   PUT  /erp/put/ACCOUNT/REF  idempotent: writes the document REF
 *   POST /erp/once/ACCOUNT   once: each one is another document
 *   GET  /erp/get/...        reads
 *   POST /bank/pay/ACCOUNT   once, POST /bank/key/ACCOUNT keyed for BANK_KEY_MS: a payment, which
 *                            bears a reference of its sender {"token"}
 *   POST /bank/void/ACCOUNT  takes the payment with that token back, unless it is final
 *   GET  /bank/find/ACCOUNT/REF?token=  looks; /bank/seek/... does not see all that is there
 * and the headers X-Run and X-Node say whose it is. A `ref` that ends in "-no" is declined (422).
 *
 * What becomes of a request is thrown by dice from the weather, or set for the n-th one: the peer
 * may do it and not say so, say it late, do it after everybody stopped waiting. The books count
 * what was really done, by account and ref; what no peer may ever see is told to `wrong` at once:
 * a second document for one ref, another body under the same key, two keys for one step, a request
 * before the time that Retry-After named. */
#ifndef WORLD_PEER_H
#define WORLD_PEER_H

#include <stdbool.h>

#include "base/clock.h"
#include "flow/node.h"
#include "io/http_out.h"
#include "world/dice.h"

#define PEER_KEY_MS INT64_C(86400000)
#define BANK_KEY_MS INT64_C(1200000)

#define PEER_FATES(X)                                                                       \
    X(FINE,         "fine")         /* done, answered                                    */ \
    X(REFUSED,      "refused")      /* no connection: provably not sent                  */ \
    X(SILENT,       "silent")       /* never done, no answer until the time is over      */ \
    X(RESET_BEFORE, "reset_before") /* sent, not done, the connection breaks             */ \
    X(RESET_AFTER,  "reset_after")  /* done, the connection breaks                       */ \
    X(LATE,         "late")         /* no answer in time; done afterwards                */ \
    X(FAULT_BEFORE, "fault_before") /* 500, not done                                     */ \
    X(FAULT_AFTER,  "fault_after")  /* 500, done                                         */ \
    X(BUSY,         "busy")         /* 429 with Retry-After, not done                    */ \
    X(DOWN,         "down")         /* 503, not done, which the peer does not vouch for  */ \
    X(HALF,         "half")         /* done, 200 with the first half of the body         */
enum peer_fate {
#define X(code, name) PEER_##code,
    PEER_FATES(X)
#undef X
    PEER_FATE_COUNT
};
const char *peer_fate_name(enum peer_fate fate);
enum peer_bank { BANK_NONE, BANK_PAYS, BANK_VOIDS, BANK_FINDS, BANK_SEEKS };

struct peer_weather {
    unsigned weight[PEER_FATE_COUNT]; /* all 0: always fine */
    int64_t latency_ms;               /* at most */
};

/* One request, for ever kept. */
struct peer_call {
    uint64_t run;            /* 0: it did not say; of a replay the first of its chain */
    uint64_t life;           /* what it said */
    char *node, *account, *ref, *key, *body, *url;
    char place;              /* the machine: the last digit of its address */
    bool looks;              /* asks whether ACCOUNT has REF */
    enum effect_class effect; /* of what the bank is asked, payments alone have one */
    enum peer_bank bank;
    char *token;             /* "" but at the bank */
    bool lies;               /* its answer contradicts what was asked for */
    int said;                /* the status of what the bank did */
    enum peer_fate fate;
    int64_t sent_ms, do_ms, reply_ms; /* steady; INT64_MAX: never */
    /* Since it was answered, peers_clock_set(): the least that the wall clock was ahead, and by how
     * much it went forward from there at most. A pause that was asked for is written by the wall
     * clock at a moment between two of its moves, and is over as much earlier. */
    int64_t ahead_ms, climb_ms;
    unsigned epoch;          /* how often the program had died before it was sent */
    bool done, answered;     /* answered: the program that sent it has heard */
    bool unsure;             /* it may be done, and nobody can know it from what was heard */
    bool declined;
    int64_t retry_after_ms;  /* with BUSY */
    uint64_t id, tag;        /* of http_out */
    http_out_fn *reply;      /* NULL: nobody listens any more */
    void *owner;
};
/* One document in the books. */
struct peer_book {
    char *account, *ref, *body;
    enum effect_class effect;
    int64_t cents;
    unsigned times;          /* documents, or for an idempotent one: writes */
    uint64_t run;            /* the first that asked for it */
    char place;              /* where it did; another machine does not know its key */
    char *key;
    int64_t key_ms;          /* when the key was first seen */
    char *token;             /* a payment's */
    bool voided, final;      /* it was taken back; it cannot be */
};

struct peers;
struct buf;
struct peer_watch { /* all but arg may be NULL */
    void *arg;
    /* the body for a GET; false: the peer's own */
    bool (*read)(void *arg, const struct peer_call *call, struct buf *body);
    void (*wrong)(void *arg, const char *text);
    uint64_t (*origin)(void *arg, uint64_t run); /* whose keys its effects bear */
    void (*sent)(void *arg, const struct peer_call *call);
    void (*told)(void *arg, const struct peer_call *call, const char *what); /* done, answered */
};
struct peers *peers_new(struct clock *clock, struct dice *dice, const struct peer_watch *watch);
void peers_free(struct peers *peers);
struct http_out *peers_out(struct peers *peers);
/* Asked by a job on a thread: what becomes of it does so at once. heard: the job comes back with
 * it; else it ends with the program. Fails as the job does; *sent: it may be done all the same. */
enum err_code peers_job(struct peers *peers, const struct http_ask *ask, bool heard, bool *sent,
                        struct err *e);
void peers_weather(struct peers *peers, const struct peer_weather *weather);
/* The nth request (from 1) that is no read, counted from now on, meets this fate whatever the
 * weather. */
void peers_strike(struct peers *peers, size_t nth, enum peer_fate fate);
size_t peers_effects(const struct peers *peers); /* how many there were since then */

int64_t peers_due(const struct peers *peers);    /* steady: the next thing to happen */
bool peers_move(struct peers *peers);            /* one thing that is due happens; false: none is */
size_t peers_open(const struct peers *peers);    /* requests somebody waits for */
void peers_crash(struct peers *peers);           /* nobody listens any more; epoch + 1 */
unsigned peers_epoch(const struct peers *peers);
void peers_clock_set(struct peers *peers);       /* the wall clock was */
void peers_patience(struct peers *peers, int64_t ms); /* keys are known so much longer */

size_t peers_calls(const struct peers *peers);
const struct peer_call *peers_call(const struct peers *peers, size_t index);
size_t peers_books(const struct peers *peers);
const struct peer_book *peers_book(const struct peers *peers, size_t index);
/* What was taken back is not there. */
const struct peer_book *peers_find(const struct peers *peers, const char *account,
                                   const char *ref);
void peer_payment(const struct peer_book *book, char id[160]); /* what it is called in answers */
bool peer_cents(const char *digits, int64_t *cents); /* "12.50", "12.5", "12"; false: no amount */

#endif
