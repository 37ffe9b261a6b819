/* decimal_narrow.c - arithmetic where coefficients fit one limb, as nearly all do.
 *
 * Each function gives what the wide one gives, to the scale and the sign, or false when an operand,
 * a result or a step between needs more than a limb: then nothing was written and the wide one is
 * to be asked. */
#include "base/decimal_priv.h"

#include <stdlib.h>

#include "base/check.h"

#define NARROW_POWER 19 /* the largest power of ten in a limb */

static const uint64_t narrow_powers[NARROW_POWER + 1] = {
    UINT64_C(1),
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    UINT64_C(1000000000000000000),
    UINT64_C(10000000000000000000),
};

static void narrow_set(struct decimal *out, uint64_t coefficient, int scale, bool negative)
{
    check(scale >= 0 && scale <= DECIMAL_SCALE);
    *out = (struct decimal){ .limb = { coefficient },
                             .scale = (int16_t)scale,
                             .negative = negative && coefficient != 0 };
}

/* Times ten to that power, at least 0. false: it needs more than a limb. */
static bool narrow_raise(uint64_t *coefficient, int power)
{
    if (*coefficient == 0)
        return true;
    return power <= NARROW_POWER &&
           !__builtin_mul_overflow(*coefficient, narrow_powers[power], coefficient);
}

/* Both coefficients at the larger scale. */
static bool narrow_align(const struct decimal *a, const struct decimal *b, uint64_t *a_limb,
                         uint64_t *b_limb)
{
    if (!narrow__is(a) || !narrow__is(b))
        return false;
    *a_limb = a->limb[0];
    *b_limb = b->limb[0];
    return a->scale < b->scale ? narrow_raise(a_limb, b->scale - a->scale)
                               : narrow_raise(b_limb, a->scale - b->scale);
}

bool narrow__add(struct decimal *out, const struct decimal *a, const struct decimal *b,
                 bool b_negative)
{
    int scale = a->scale > b->scale ? a->scale : b->scale;
    uint64_t a_limb, b_limb, sum;

    if (!narrow_align(a, b, &a_limb, &b_limb))
        return false;
    if (a->negative != b_negative) {
        bool swapped = b_limb > a_limb;

        narrow_set(out, swapped ? b_limb - a_limb : a_limb - b_limb, scale,
                   swapped ? b_negative : a->negative);
        return true;
    }
    if (__builtin_add_overflow(a_limb, b_limb, &sum))
        return false;
    narrow_set(out, sum, scale, a->negative);
    return true;
}

bool narrow__compare(int *order, const struct decimal *a, const struct decimal *b)
{
    uint64_t a_limb, b_limb;

    if (!narrow_align(a, b, &a_limb, &b_limb))
        return false;
    *order = (a_limb > b_limb) - (a_limb < b_limb);
    return true;
}

bool narrow__multiply(struct decimal *out, const struct decimal *a, const struct decimal *b)
{
    uint64_t product;

    if (!narrow__is(a) || !narrow__is(b) || a->scale + b->scale > DECIMAL_SCALE ||
        __builtin_mul_overflow(a->limb[0], b->limb[0], &product))
        return false;
    narrow_set(out, product, a->scale + b->scale, a->negative != b->negative);
    return true;
}

bool narrow__divide(struct decimal *out, const struct decimal *a, const struct decimal *b,
                    int scale, enum decimal_rounding rounding)
{
    bool negative = a->negative != b->negative;
    int power = scale + b->scale - a->scale;
    uint64_t n = a->limb[0], d = b->limb[0], quotient, rest;

    check(scale >= 0 && scale <= DECIMAL_SCALE);
    if (!narrow__is(a) || !narrow__is(b) || !narrow_raise(power >= 0 ? &n : &d, abs(power)))
        return false;
    check(d > 0);
    quotient = n / d;
    rest = n % d;
    if (rest != 0) {
        int half = (rest > d - rest) - (rest < d - rest);

        /* with a rest the divisor is 2 at least: there is room for one more */
        if (decimal__rounds_away(rounding, half, (quotient & 1) != 0, negative))
            quotient++;
    }
    narrow_set(out, quotient, scale, negative);
    return true;
}
