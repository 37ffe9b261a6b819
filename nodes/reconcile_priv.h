/* reconcile_priv.h - what the files of a reconciliation share. For nodes/ only. */
#ifndef NODES_RECONCILE_PRIV_H
#define NODES_RECONCILE_PRIV_H

#include "nodes/reconcile.h"

struct rline {
    amount_units amount;
    size_t keys;           /* in the arena: for each column its size (2 bytes) and its bytes */
    int32_t day;
    uint16_t currency;
    uint8_t state;
};
struct rside {
    struct rline *lines;
    size_t count, room;
};

/* A line by one number: of the left as it is, of the right with the highest bit. */
#define RIGHT_BIT 0x80000000u
struct pick {              /* a free line, for sorting by key */
    uint64_t hash;
    uint32_t id;
};
struct room {              /* memory that is used again and again */
    void *at;
    size_t size;
};

/* Lines that were ambiguous in a pass, or past a bound; they stay free for later passes. */
struct doubt {
    enum reconcile_reason reason;
    unsigned pass;
    uint32_t count;
    size_t first;          /* in doubt_members */
};

struct reconcile {
    const struct reconcile_plan *plan;
    struct rside sides[2];
    char *arena;
    size_t arena_size, arena_room;
    struct reconcile_total *totals; /* by currency's number, until sorted at the end */
    char **currencies;
    size_t currency_count;
    struct reconcile_group *groups;
    size_t group_count, group_room;
    uint32_t *members;     /* ids while it runs, then numbers */
    size_t member_count, member_room;
    struct doubt *doubts;
    uint32_t *doubt_members;
    size_t doubt_count, doubt_room, doubt_member_count, doubt_member_room;
    struct room picks, parents, order, edges, best, chosen;
    const struct reconcile_pass *pass; /* in work */
    unsigned pass_index;
    uint64_t searched;     /* steps of this pass */
    uint64_t *skipped;     /* by pass: free lines of sets with too many pairs to score */
    const atomic_bool *given_up;
    struct err *e;         /* filled when something returns false */
};

/* The free lines with one set of keys: left ids, then right ids, each in order of currency, amount,
 * day. */
struct reconcile_set {
    const struct pick *left, *right;
    size_t left_count, right_count;
};
typedef bool reconcile_set_fn(struct reconcile *r, const struct reconcile_set *set);

struct rline *reconcile__line(const struct reconcile *r, uint32_t id);
struct reconcile_text reconcile__key(const struct reconcile *r, uint32_t id, unsigned column);
/* Memory of at least that size; NULL with *r->e. What it held is gone. */
void *reconcile__room(struct reconcile *r, struct room *room, size_t size);
/* Calls for each set of the pass's keys that has free lines on both sides. */
bool reconcile__sets(struct reconcile *r, reconcile_set_fn *each);
/* Makes a group of these lines, whose state becomes `state`. NULL: no memory. */
struct reconcile_group *reconcile__settle(struct reconcile *r, enum reconcile_state state,
                                          enum reconcile_reason reason, const uint32_t *ids,
                                          size_t count);
/* Remembers that these lines could not be told apart. */
bool reconcile__doubt(struct reconcile *r, enum reconcile_reason reason, const uint32_t *ids,
                      size_t count);
bool reconcile__fail(struct reconcile *r, enum err_code code, const char *text); /* false */
/* What the pass allows between the amount of the left and that of the right. */
amount_units reconcile__tolerance(const struct reconcile *r, unsigned currency,
                                  amount_units left);
bool reconcile__days_fit(const struct reconcile *r, const struct rline *a, const struct rline *b);
bool reconcile__fits(const struct reconcile *r, const struct rline *left,
                     const struct rline *right);
/* Of a set: before (< 0), within or behind (> 0) the amounts that are at most `span` from `left`;
 * and the place of the first right line that is not before them. */
int reconcile__place(const struct reconcile *r, const struct rline *right,
                     const struct rline *left, amount_units span);
size_t reconcile__right_from(const struct reconcile *r, const struct reconcile_set *set,
                             const struct rline *left, amount_units span);

/* Components of lines that fit together (union-find over `parents`). */
uint32_t reconcile__root(uint32_t *parents, uint32_t at);
void reconcile__join(uint32_t *parents, uint32_t a, uint32_t b);
/* The free lines of two lists, by component; a line's place counts through both lists. */
struct reconcile_heap {
    const uint32_t *ids, *places;
    size_t count, first_count; /* of the first list: they stand before the others */
};
typedef bool reconcile_heap_fn(void *arg, const struct reconcile_heap *heap);
bool reconcile__heaps(struct reconcile *r, const struct pick *first, size_t first_count,
                      const struct pick *second, size_t second_count, uint32_t *parents,
                      reconcile_heap_fn *each, void *arg);

/* reconcile_pair.c, reconcile_many.c, reconcile_score.c, reconcile_differ.c: a pass's work on one
 * set, and what is done at its end */
bool reconcile__pair(struct reconcile *r, const struct reconcile_set *set);
bool reconcile__many(struct reconcile *r, const struct reconcile_set *set);
bool reconcile__score(struct reconcile *r, const struct reconcile_set *set);
bool reconcile__differ(struct reconcile *r, const struct reconcile_set *set);
bool reconcile__doubts_end(struct reconcile *r);

#endif
