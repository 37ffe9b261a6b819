/* card_digits.c - digits with separators between them, and which of them are a card number. */
#include <string.h>

#include "base/card_priv.h"
#include "base/check.h"
#include "base/hex.h"

/* ---- Units of a text */

static int card_kind(unsigned point)
{
    if (point >= '0' && point <= '9')
        return (int)(point - '0');
    switch (point) {
    case ' ':
    case '+':  /* a space in a form */
    case 0xA0: /* no-break, figure, thin, narrow */
    case 0x2007:
    case 0x2009:
    case 0x202F:
        return CARD__SPACE;
    case '-':
    case '_':
    case 0x2010: /* hyphens, dashes, minus */
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2212:
        return CARD__DASH;
    case '.':
        return CARD__DOT;
    default:
        return CARD__BREAK;
    }
}

static bool card_hex(const char *text, unsigned count, unsigned *value)
{
    *value = 0;
    for (unsigned i = 0; i < count; i++) {
        int digit = hex_digit(text[i]);

        if (digit < 0)
            return false;
        *value = *value << 4 | (unsigned)digit;
    }
    return true;
}

static bool card_tail(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* A character of two or three bytes: only separators matter. A byte that is no part of a whole one
 * stands for itself: it swallows no digit. */
static size_t card_wide(const unsigned char *at, size_t left, int *kind)
{
    if (at[0] == 0xC2 && left >= 2 && card_tail(at[1])) {
        *kind = card_kind((at[0] & 0x1Fu) << 6 | (at[1] & 0x3Fu));
        return 2;
    }
    if (at[0] == 0xE2 && left >= 3 && card_tail(at[1]) && card_tail(at[2])) {
        *kind = card_kind((at[0] & 0x0Fu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu));
        return 3;
    }
    return 1;
}

/* "%B4111...": the beginning of a track, no escape. */
static bool card_track(const char *text, size_t left)
{
    if ((text[1] != 'B' && text[1] != 'b') || left < 6)
        return false;
    for (unsigned i = 2; i < 6; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

size_t card__unit(const char *text, size_t left, int *kind)
{
    unsigned char c = (unsigned char)text[0];
    unsigned point;

    *kind = CARD__BREAK;
    if (c == '%' && left >= 3 && card_hex(text + 1, 2, &point) && !card_track(text, left)) {
        *kind = card_kind(point);
        return 3;
    }
    if (c == '\\' && left >= 6 && text[1] == 'u' && card_hex(text + 2, 4, &point)) {
        *kind = card_kind(point);
        return 6;
    }
    if (c == '\\' && left >= 2)
        return 2;
    if (c >= 0x80)
        return card_wide((const unsigned char *)text, left, kind);
    *kind = card_kind(c);
    return 1;
}

/* ---- A sequence */

#define CARD_GAP 3 /* separators between two digits at most */

/* The separators behind a digit; false: no digit follows them. */
static bool card_gap(const char *text, size_t size, size_t *at, int *kind)
{
    size_t next = *at;
    int gap = CARD__BREAK, one = CARD__BREAK;

    for (unsigned count = 0;; count++) {
        size_t bytes = next < size ? card__unit(text + next, size - next, &one) : 0;

        if (bytes == 0 || one == CARD__BREAK)
            return false;
        if (one < 10)
            break;
        if (count == CARD_GAP)
            return false;
        if (gap == CARD__BREAK || gap == CARD__SPACE)
            gap = one;
        next += bytes;
    }
    *at = next;
    *kind = gap;
    return true;
}

/* The digits of one group; false when they are more than there is room for. */
static bool card_group(const char *text, size_t size, size_t *at, struct card__digits *digits)
{
    unsigned before = digits->count;
    bool fits = true;
    int kind;

    while (*at < size) {
        size_t bytes = 1;

        if (text[*at] >= '0' && text[*at] <= '9')
            kind = text[*at] - '0'; /* as card__unit() has it */
        else
            bytes = card__unit(text + *at, size - *at, &kind);

        if (kind < 0 || kind >= 10)
            break;
        fits = digits->count < CARD__DIGITS;
        if (fits) {
            digits->digit[digits->count] = (unsigned char)kind;
            digits->at[digits->count] = *at;
            digits->end[digits->count++] = *at + bytes;
        } else if (digits->groups > 0) {
            break;
        }
        *at += bytes;
    }
    if (!fits && digits->groups > 0) {
        digits->count = before; /* it begins the next sequence */
        return false;
    }
    digits->longer = !fits;
    digits->group[digits->groups] = (unsigned char)(digits->count - before);
    digits->gap[digits->groups++] = CARD__BREAK;
    digits->past = *at;
    return fits;
}

void card__read(const char *text, size_t size, size_t at, struct card__digits *digits)
{
    int gap = CARD__BREAK;

    digits->count = digits->groups = 0;
    digits->longer = false;
    while (card_group(text, size, &at, digits) && card_gap(text, size, &at, &gap))
        digits->gap[digits->groups - 1] = (signed char)gap;
    check(digits->groups > 0 && digits->count > 0);
    digits->gap[digits->groups - 1] =
        CARD__BREAK; /* a group without room is of the next sequence */
}

/* ---- Is there a number? */

/* The ways in which cards are printed and forms ask for them. */
static const unsigned char card_shapes[][6] = {
    { 4, 4, 4, 4 }, { 4, 4, 4, 4, 3 }, { 4, 4, 4, 4, 2 }, { 4, 6, 5 }, { 4, 6, 4 },
    { 4, 4, 4, 3 }, { 4, 4, 4, 2 },    { 6, 13 },         { 6, 10 },   { 8, 8 },
    { 4, 12 },      { 5, 5, 5 },       { 4, 4, 5 },       { 6, 6, 4 },
};
#define CARD_SHAPES (sizeof card_shapes / sizeof *card_shapes)

/* The groups of a shape from `group` on, one kind of separator between them; 0: it is not there. */
static unsigned card_shape(const struct card__digits *d, unsigned group, const unsigned char *shape)
{
    unsigned i = 0;

    for (; i < 6 && shape[i] != 0; i++) {
        if (group + i >= d->groups || d->group[group + i] != shape[i])
            return 0;
        if (i > 0 && d->gap[group + i - 1] != d->gap[group])
            return 0;
    }
    return i;
}

/* "4 1 1 1 ..." : as many as there are. */
static unsigned card_singles(const struct card__digits *d, unsigned group)
{
    unsigned i = group;

    if (group > 0 && d->group[group - 1] == 1)
        return 0;
    while (i < d->groups && d->group[i] == 1)
        i++;
    return i - group;
}

static bool card_grouped(const struct card__digits *d, unsigned group, unsigned first,
                         struct card__match *match)
{
    for (size_t s = 0; s <= CARD_SHAPES; s++) {
        unsigned groups =
            s < CARD_SHAPES ? card_shape(d, group, card_shapes[s]) : card_singles(d, group);
        unsigned count = 0;

        /* a long row of groups is a table of numbers; with dashes, a code of another kind */
        if (groups < 2 ||
            (s < CARD_SHAPES && d->groups > groups + (d->gap[group] == CARD__SPACE ? 3 : 1)))
            continue;
        for (unsigned i = 0; i < groups; i++)
            count += d->group[group + i];
        if (count < CARD__SHORTEST || count > CARD__LONGEST ||
            !card__fits(d->digit + first, count, false))
            continue;
        *match = (struct card__match){ first, count, group + groups - 1, count };
        return true;
    }
    return false;
}

static bool card_zeros(const struct card__digits *d, unsigned first, unsigned group)
{
    for (unsigned i = 0; i < d->group[group]; i++)
        if (d->digit[first + i] != 0)
            return false;
    return true;
}

/* A run of digits that stands for itself: not the fraction of a number, nor a part of a longer
 * code. */
static bool card_alone(const struct card__digits *d, unsigned group, unsigned first)
{
    unsigned next = first + d->group[group];

    if (group > 0 && d->gap[group - 1] == CARD__DOT)
        return false;
    if (d->gap[group] == CARD__DOT && !card_zeros(d, next, group + 1))
        return false;
    if (d->groups > 2 &&
        ((group > 0 && d->gap[group - 1] == CARD__DASH) || d->gap[group] == CARD__DASH))
        return false;
    return true;
}

/* Beside "card" more forms count: any grouping, zeros in front, an expiry date glued to the end. */
static bool card_hinted(const struct card__digits *d, unsigned group, unsigned first,
                        struct card__match *match)
{
    static const unsigned char usual[] = { 16, 15, 19, 14, 18, 17, 13 };
    unsigned zeros = 0, count = 0, length = d->group[group];

    for (unsigned i = group; i < d->groups && count <= CARD__LONGEST; i++) {
        count += d->group[i];
        if (count >= CARD__SHORTEST && count <= CARD__LONGEST &&
            card__fits(d->digit + first, count, true)) {
            *match = (struct card__match){ first, count, i, count };
            return true;
        }
    }
    while (zeros + CARD__SHORTEST < length && d->digit[first + zeros] == 0)
        zeros++;
    for (unsigned i = 0; i < sizeof usual; i++) {
        if (zeros + usual[i] > length || !card__fits(d->digit + first + zeros, usual[i], true))
            continue;
        *match = (struct card__match){ first + zeros, usual[i], group, length - zeros };
        return true;
    }
    return false;
}

bool card__match(const struct card__digits *d, unsigned group, unsigned first, enum card__hint hint,
                 struct card__match *match)
{
    unsigned length = d->group[group];
    bool single;

    check(group < d->groups && first + length <= d->count);
    if (d->count - first < CARD__SHORTEST)
        return false;
    if (!card__begins(d->digit[first])) /* no issuer's: only zeros may stand in front of one */
        return hint == CARD__CARD && d->digit[first] == 0 && card_hinted(d, group, first, match);
    if (hint == CARD__CARD)
        return card_hinted(d, group, first, match) || card_grouped(d, group, first, match);
    if (card_grouped(d, group, first, match))
        return hint != CARD__MADE || d->gap[group] == CARD__SPACE;
    single = length > CARD__SHORTEST && length <= CARD__LONGEST && hint != CARD__MADE &&
             !(d->longer && group + 1 == d->groups) && card_alone(d, group, first) &&
             card__fits(d->digit + first, length, false);
    if (single)
        *match = (struct card__match){ first, length, group, length };
    return single;
}
