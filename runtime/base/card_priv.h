/* card_priv.h - what the files of card.h share. For base/card*.c only. */
#ifndef BASE_CARD_PRIV_H
#define BASE_CARD_PRIV_H

#include <stdint.h>

#include "base/card.h"

#define CARD__SHORTEST 12u
#define CARD__LONGEST  19u
#define CARD__DIGITS   64u /* of one sequence that are looked at at once */

/* What a name says of the digits beside it. */
enum card__hint {
    CARD__PLAIN, /* nothing */
    CARD__CARD,  /* card, pan: odd forms count too */
    CARD__MADE,  /* id, tracking, time: what machines made; digits in one run are theirs */
};

/* What the value of a name is, if it is a security code. */
enum card__code {
    CARD__NO_CODE,
    CARD__ANY_CODE,   /* cvv, csc: whatever has a digit */
    CARD__SHORT_CODE, /* securityCode: three or four digits */
    CARD__NEAR_CODE,  /* cid, pin: the same, beside a card only */
};

/* ---- card.c */
/* Whether an issuer's range begins with the digit. */
bool card__begins(unsigned digit);
/* digits: 0 to 9, not characters. hinted: lengths that are rare count too. */
bool card__fits(const unsigned char *digits, unsigned count, bool hinted);
/* Notes what was found at a place; pointer NULL: it has none. */
void card__note(struct card_report *report, const char *pointer);

/* ---- card_name.c */
enum card__hint card__name_hint(const char *name, size_t size);
enum card__code card__name_code(const char *name, size_t size);
/* a quick look before card__name_code() */
bool card__name_maybe_code(const char *name, size_t size);
bool card__name_beside(const char *name); /* expiry, cardholder: where it is, there is a card */
/* What the text before a number says of it: "order #4111...", "card=4111...". */
enum card__hint card__text_hint(const char *text, size_t at);

/* ---- card_digits.c: digits with separators between them */
enum { CARD__BREAK = -1, CARD__SPACE = 16, CARD__DASH, CARD__DOT };
/* One unit of the text, escapes decoded: 0 to 9, a separator or CARD__BREAK. Returns its bytes. */
size_t card__unit(const char *text, size_t left, int *kind);

struct card__digits {
    unsigned count, groups;
    bool longer;                       /* there were more than fit */
    unsigned char digit[CARD__DIGITS];
    size_t at[CARD__DIGITS], end[CARD__DIGITS]; /* bytes of each */
    unsigned char group[CARD__DIGITS]; /* digits of each group */
    signed char gap[CARD__DIGITS];     /* kind of the separator behind each group */
    size_t past;                       /* byte behind the sequence */
};
/* text[at] begins a digit. */
void card__read(const char *text, size_t size, size_t at, struct card__digits *digits);

struct card__match {
    unsigned first, count; /* digits of the number */
    unsigned last;         /* of its groups */
    unsigned covers;       /* digits that go with it: what is glued to its end */
};
/* The card number that begins with a group; `first` is its first digit. */
bool card__match(const struct card__digits *digits, unsigned group, unsigned first,
                 enum card__hint hint, struct card__match *match);

/* "number", "no", "id", "value": it says only that a number follows. */
bool card__name_counts(const char *name);

/* ---- card_text.c */
/* card_mask_text() with what is known of the text. */
bool card__mask(const char *text, size_t size, enum card__hint hint, struct buf *out,
                struct card_report *report);
/* A number that stands in a text, with all that goes with it. */
struct card__found {
    size_t begin, end; /* bytes */
    bool track;        /* it is the beginning of track data, which `end` ends */
    struct card__match match;
};
/* The first one in the sequence from a group on; *group: the one behind it. */
bool card__in_sequence(const char *text, size_t size, const struct card__digits *digits,
                       unsigned *group, enum card__hint hint, struct card__found *found);
/* The security code of the name that begins at text[at]: its value's bytes. False: none. */
bool card__text_code(const char *text, size_t size, size_t at, size_t *begin, size_t *end);

#endif
