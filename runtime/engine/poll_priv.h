/* poll_priv.h - what poll.c, poll_cursor.c, poll_answer.c and poll_piece.c share. Only they include
 * it.
 *
 * An *answer* is what one poll found. It is taken in *pieces*, each a unit of the store: so many
 * runs as there is room for, and with the last of them the cursor.
 *
 *  (1) One poll of a trigger at a time, and one piece of its answer.                  [polls_turn]
 *  (2) The accepts of a piece's items are one unit of the store; the cursor is in the unit of the
 *      last, so that it never stands behind an item without a run.                  [piece_append]
 *  (3) An item that cannot be accepted (its keys cannot be found) stops its piece and what is
 *      behind it: the cursor stays, the log says why, and the next poll tries again. [piece_refuse]
 *  (4) What was taken of an answer before a crash, or before (3), is known when it is found again:
 *      by `id`, or else by a key of its text below the name that the answer got with its first
 *      piece.                                                                       [answer_key] */
#ifndef ENGINE_POLL_PRIV_H
#define ENGINE_POLL_PRIV_H

#include "base/clock.h"
#include "engine/poll.h"

struct poll_answer;
struct poll_piece;

struct poll {
    struct deployment *deployment;
    unsigned node;
    uint64_t id;
    const struct node_poll *asked; /* of the version that is deployed */
    char *key;                     /* of its facts */
    int64_t at;      /* steady: the next poll, or piece; INT64_MAX: one is under way */
    unsigned failures;             /* in a row */
    int64_t failing_ms;            /* wall: the first of them; 0: it does not fail */
    struct err failure;            /* the last of them */
    struct poll_answer *answer;    /* what is not taken yet; NULL: it asks next */
    bool caught_up;                /* what it finds is not of before a restore */
    bool since;                    /* the moment of its first ask is kept, or is to be */
    char first[CLOCK_TEXT];        /* that moment; "": it is not from this process */
    struct poll *next;
};

struct polls {
    struct poll *list;
    struct poll_piece *pieces; /* whose fate is not known */
    uint64_t last_id;          /* of polls and pieces */
};

/* poll.c. Both find NULL when the flow was deployed anew or taken out meanwhile. */
struct poll *poll__find(struct engine *engine, uint64_t id);
struct poll *poll__with(struct engine *engine, const char *key);
/* It asks again after its pause, from where it was. */
void poll__failed(struct engine *engine, struct poll *poll, const struct err *e);

/* poll_cursor.c: its facts */
/* NULL with ERR_OK: none yet. A new reference. */
json_t *poll__cursor(struct engine *engine, const struct poll *poll, struct err *e);
/* When it asked first, of one by time that has no cursor: now, if it never did; that is kept until
 * it has one. A new reference, NULL: *e. */
json_t *poll__since(struct engine *engine, struct poll *poll, const char *now, struct err *e);
/* After a restore, until an answer brings nothing new. */
bool poll__is_again(struct engine *engine, struct poll *poll);
void poll__catches_up(struct engine *engine, struct poll *poll);
/* The name of the answer of which a piece was taken; "": of none. */
enum err_code poll__open_answer(struct engine *engine, const struct poll *poll,
                                char name[IDENT_TEXT], struct err *e) MUST_USE;

/* poll_answer.c */
/* Of {"items", "cursor", "more"}; before: the cursor that was asked with. */
void poll__answer(struct engine *engine, struct poll *poll, json_t *found, const json_t *before,
                  struct err *e);
void poll__answer_free(struct poll_answer *answer); /* NULL is fine */
/* It will not be taken in one piece: from now on its items have a name in common. */
void poll__answer_opens(struct engine *engine, const struct poll *poll);
/* The next item: a new reference, and the key by which it is known again (mem_free), NULL: by its
 * `id`. */
json_t *poll__answer_next(struct poll_answer *answer, char **key);
size_t poll__answer_left(const struct poll_answer *answer);
/* What the piece has to keep beside its runs, when it is the last (or not). */
void poll__answer_facts(const struct poll *poll, bool last, struct store_batch *batch);
/* The piece is kept; fresh: it brought something new. Says when the poll goes on. */
void poll__answer_taken(struct engine *engine, struct poll *poll, bool fresh);

/* poll_piece.c */
void poll__piece(struct engine *engine, struct poll *poll); /* begins the answer's next one */
bool poll__piece_is_open(const struct polls *polls, const char *key);
void poll__pieces_free(struct polls *polls);

#endif
