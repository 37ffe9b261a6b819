/* peer_priv.h - what the network (peer.c) and the books (peer_book.c) share. */
#ifndef WORLD_PEER_PRIV_H
#define WORLD_PEER_PRIV_H

#include "world/peer.h"

struct peers {
    struct http_out out;
    struct clock *clock;
    struct dice *dice;
    struct peer_watch watch;
    struct peer_weather weather;
    struct peer_call **calls;
    size_t call_count, call_room;
    size_t settled;        /* the first so many calls have nothing left to happen */
    struct peer_book *books;
    size_t book_count;
    uint64_t last;
    int64_t patience_ms;
    unsigned epoch;
    size_t effects, strike_nth;
    enum peer_fate strike;
};

void peer_wrong(struct peers *peers, const struct peer_call *call, const char *fmt, ...)
    PRINTF(3, 4);
/* The peer does what was asked: writes its books. */
void peer_do(struct peers *peers, struct peer_call *call);
int64_t peer_amount(struct peers *peers, const struct peer_call *call);
struct peer_book *peer_book_add(struct peers *peers, const struct peer_call *call, int64_t now);

/* peer_bank.c: the same of what the bank is asked. */
void bank_address(struct peers *peers, struct peer_call *call, const char *kind);
void bank_do(struct peers *peers, struct peer_call *call, int64_t now);
int bank_status(const struct peer_call *call);
void bank_body(struct peers *peers, const struct peer_call *call, struct buf *body);

/* What must hold of a request that goes out now, whatever becomes of it. */
void peer_inspect(struct peers *peers, const struct peer_call *call);

#endif
