/* ladder.h - where an effect of which nobody knows stands (ladder.c): a part of frame.h, which
 * includes it. */
#ifndef ENGINE_LADDER_H
#define ENGINE_LADDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/ident.h"

/* The rungs of the ladder that an effect in doubt is taken up (ladder.c). */
enum rung { RUNG_NONE, RUNG_PROBE, RUNG_SEND, RUNG_REVERSE, RUNG_PERSON, RUNG_ADOPT };
struct look;
struct ladder {
    uint8_t rung;           /* enum rung: the next one, when its pause is over */
    bool probed, absent;    /* since it was last sent its probe has spoken; it did not see it */
    bool only_person;       /* nothing is sent again without a person, */
    bool other_bytes;       /* and nobody looks: the request is not the one that was sent */
    bool vetted;            /* it did not happen before the store was restored */
    unsigned tries;         /* of this rung */
    unsigned generation;    /* of its key */
    struct deadline key_until; /* so long the system knows its key; {0}: not sent, or no key */
    char digest[DIGEST_TEXT]; /* of what was sent with that key; "": nothing */
    char place[DIGEST_TEXT];  /* where that went (connection_place()); "": to no connection */
    int64_t settled_ms;     /* steady: it looks or undoes not earlier; 0: it waits by the wall */
    const char *anew;       /* why it settles anew: that was of another boot, or before a restore;
                             * NULL: it does not */
    struct look *look;      /* a person has asked for its probe, and waits (look.c); NULL: nobody */
};

#endif
