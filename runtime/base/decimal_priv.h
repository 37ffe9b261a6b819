/* decimal_priv.h - the wide whole numbers under decimal*.c: on the stack, without sign. For
 * base/ only.
 *
 * The widest is a dividend: 76 digits times ten to the power of 152, or 228 digits in 758 bits. */
#ifndef BASE_DECIMAL_PRIV_H
#define BASE_DECIMAL_PRIV_H

#include <gmp.h>
#include <stdbool.h>

#include "base/decimal.h"

#define WIDE_LIMBS 12

struct wide {
    mp_limb_t limb[WIDE_LIMBS]; /* least significant first; those from `size` on mean nothing */
    mp_size_t size;             /* without leading zeros: 0 for zero */
};

void wide__from_decimal(struct wide *w, const struct decimal *d);
void wide__from_limb(struct wide *w, mp_limb_t value);
void wide__add(struct wide *w, const struct wide *more);
void wide__add_limb(struct wide *w, mp_limb_t more);
void wide__subtract(struct wide *w, const struct wide *less); /* less <= w */
void wide__multiply(struct wide *product, const struct wide *a, const struct wide *b);
void wide__multiply_limb(struct wide *w, mp_limb_t factor);
void wide__multiply_power(struct wide *w, unsigned power); /* by ten to the power of 0 to 152 */
/* The divisor is not zero. */
void wide__divide(struct wide *quotient, struct wide *rest, const struct wide *n,
                  const struct wide *d);
mp_limb_t wide__divide_limb(struct wide *w, mp_limb_t divisor); /* returns the rest */
int wide__compare(const struct wide *a, const struct wide *b);
unsigned wide__digits(const struct wide *w); /* at most DECIMAL_DIGITS + 1; 0 for zero */

/* ERR_RULE "number out of range" if it does not fit. `out` may be an operand of the caller's. */
enum err_code decimal__store(struct decimal *out, const struct wide *w, int scale, bool negative,
                             struct err *e) MUST_USE;

/* Whether a quotient whose rest is not zero goes one away from zero. half: the rest beside half the
 * divisor: -1, 0, 1. */
bool decimal__rounds_away(enum decimal_rounding rounding, int half, bool odd, bool negative);

/* decimal_narrow.c: the same where a limb suffices, much faster. false: ask the wide ones. */
static inline bool narrow__is(const struct decimal *d)
{
    return (d->limb[1] | d->limb[2] | d->limb[3]) == 0;
}
bool narrow__add(struct decimal *out, const struct decimal *a, const struct decimal *b,
                 bool b_negative);
bool narrow__compare(int *order, const struct decimal *a, const struct decimal *b); /* magnitudes */
bool narrow__multiply(struct decimal *out, const struct decimal *a, const struct decimal *b);
bool narrow__divide(struct decimal *out, const struct decimal *a, const struct decimal *b,
                    int scale, enum decimal_rounding rounding); /* b is not zero */

#endif
