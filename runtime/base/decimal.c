/* decimal.c - the arithmetic: exact results first, and rounding where a quotient needs it. */
#include "base/decimal_priv.h"

#include <string.h>

#include "base/check.h"

#define DIVIDE_DIGITS 38 /* significant digits of a quotient whose scale is not named */

static int larger(int a, int b)
{
    return a > b ? a : b;
}

bool decimal_rounding_find(const char *name, enum decimal_rounding *rounding)
{
    static const char *const names[] = {
#define X(code, name) [DECIMAL_##code] = name,
        DECIMAL_ROUNDINGS(X)
#undef X
    };

    check(name != NULL);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            *rounding = (enum decimal_rounding)i;
            return true;
        }
    }
    return false;
}

bool decimal_is_zero(const struct decimal *d)
{
    return (d->limb[0] | d->limb[1] | d->limb[2] | d->limb[3]) == 0;
}

/* The coefficient the number has at a scale that is not smaller than its own. */
static void coefficient_at(struct wide *w, const struct decimal *d, int scale)
{
    check(d->scale >= 0);
    check(d->scale <= scale);
    wide__from_decimal(w, d);
    wide__multiply_power(w, (unsigned)(scale - d->scale));
}

/* ---- sums ------------------------------------------------------------------------------------ */

static enum err_code add_signed(struct decimal *out, const struct decimal *a,
                                const struct decimal *b, bool b_negative, struct err *e)
{
    int scale = larger(a->scale, b->scale);
    bool negative = a->negative;
    struct wide sum;
    struct wide other;

    if (narrow__add(out, a, b, b_negative))
        return ERR_OK;
    coefficient_at(&sum, a, scale);
    coefficient_at(&other, b, scale);
    if (a->negative == b_negative) {
        wide__add(&sum, &other);
    } else if (wide__compare(&sum, &other) >= 0) {
        wide__subtract(&sum, &other);
    } else {
        wide__subtract(&other, &sum);
        sum = other;
        negative = b_negative;
    }
    return decimal__store(out, &sum, scale, negative, e);
}

enum err_code decimal_add(struct decimal *out, const struct decimal *a, const struct decimal *b,
                          struct err *e)
{
    return add_signed(out, a, b, b->negative, e);
}

enum err_code decimal_sub(struct decimal *out, const struct decimal *a, const struct decimal *b,
                          struct err *e)
{
    return add_signed(out, a, b, !b->negative, e);
}

int decimal_compare(const struct decimal *a, const struct decimal *b)
{
    int scale = larger(a->scale, b->scale);
    struct wide a_wide;
    struct wide b_wide;
    int order;

    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    if (narrow__compare(&order, a, b))
        return a->negative ? -order : order;
    coefficient_at(&a_wide, a, scale);
    coefficient_at(&b_wide, b, scale);
    order = wide__compare(&a_wide, &b_wide);
    return a->negative ? -order : order;
}

/* ---- products and quotients ------------------------------------------------------------------ */

enum err_code decimal_mul(struct decimal *out, const struct decimal *a, const struct decimal *b,
                          struct err *e)
{
    struct wide a_wide;
    struct wide b_wide;
    struct wide product;

    if (narrow__multiply(out, a, b))
        return ERR_OK;
    wide__from_decimal(&a_wide, a);
    wide__from_decimal(&b_wide, b);
    wide__multiply(&product, &a_wide, &b_wide);
    return decimal__store(out, &product, a->scale + b->scale, a->negative != b->negative, e);
}

bool decimal__rounds_away(enum decimal_rounding rounding, int half, bool odd, bool negative)
{
    switch (rounding) {
    case DECIMAL_HALF_UP:
        return half >= 0;
    case DECIMAL_HALF_EVEN:
        return half > 0 || (half == 0 && odd);
    case DECIMAL_HALF_DOWN:
        return half > 0;
    case DECIMAL_UP:
        return true;
    case DECIMAL_DOWN:
        return false;
    case DECIMAL_CEILING:
        return !negative;
    case DECIMAL_FLOOR:
        return negative;
    }
    check(!"a rounding is one of the table");
    return false;
}

/* quotient = n * 10^power / d, rounded. Tells whether it is exact. */
static bool divide_rounded(struct wide *quotient, struct wide n, struct wide d, int power,
                           enum decimal_rounding rounding, bool negative)
{
    struct wide rest;
    struct wide twice;
    bool odd;

    wide__multiply_power(power >= 0 ? &n : &d, (unsigned)(power >= 0 ? power : -power));
    wide__divide(quotient, &rest, &n, &d);
    if (rest.size == 0)
        return true;
    twice = rest;
    wide__add(&twice, &rest);
    odd = quotient->size > 0 && (quotient->limb[0] & 1) != 0;
    if (decimal__rounds_away(rounding, wide__compare(&twice, &d), odd, negative))
        wide__add_limb(quotient, 1);
    return false;
}

/* Takes trailing zeros away while the scale is above `lowest`; returns the scale. */
static int drop_zeros(struct wide *w, int scale, int lowest)
{
    if (w->size == 0)
        return lowest;
    while (scale > lowest) {
        struct wide shorter = *w;

        if (wide__divide_limb(&shorter, 10) != 0)
            break;
        *w = shorter;
        scale--;
    }
    return scale;
}

static enum err_code divide_free(struct decimal *out, const struct decimal *a,
                                 const struct decimal *b, struct err *e)
{
    bool negative = a->negative != b->negative;
    struct wide n;
    struct wide d;
    struct wide quotient;
    int power;
    int scale;

    wide__from_decimal(&n, a);
    wide__from_decimal(&d, b);
    /* This power gives a quotient of one digit more than wanted, or just as many. */
    power = DIVIDE_DIGITS - (int)wide__digits(&n) + (int)wide__digits(&d);
    divide_rounded(&quotient, n, d, power, DECIMAL_DOWN, negative);
    if (wide__digits(&quotient) > DIVIDE_DIGITS)
        power--;
    divide_rounded(&quotient, n, d, power, DECIMAL_HALF_EVEN, negative);
    if (wide__digits(&quotient) > DIVIDE_DIGITS) { /* 99...9 became 100...0 */
        wide__divide_limb(&quotient, 10);
        power--;
    }
    scale = drop_zeros(&quotient, a->scale - b->scale + power, larger(a->scale, b->scale));
    if (scale < 0) {
        wide__multiply_power(&quotient, (unsigned)-scale);
        scale = 0;
    }
    return decimal__store(out, &quotient, scale, negative, e);
}

enum err_code decimal_div(struct decimal *out, const struct decimal *a, const struct decimal *b,
                          int scale, enum decimal_rounding rounding, struct err *e)
{
    bool negative = a->negative != b->negative;
    struct wide n;
    struct wide d;
    struct wide quotient;

    if (decimal_is_zero(b))
        return err_set(e, ERR_RULE, "division by zero");
    if (scale > DECIMAL_SCALE)
        return err_set(e, ERR_RULE, "a scale of %d digits; at most %d are possible", scale,
                       DECIMAL_SCALE);
    if (scale < 0)
        return divide_free(out, a, b, e);
    if (narrow__divide(out, a, b, scale, rounding))
        return ERR_OK;
    wide__from_decimal(&n, a);
    wide__from_decimal(&d, b);
    divide_rounded(&quotient, n, d, scale + b->scale - a->scale, rounding, negative);
    return decimal__store(out, &quotient, scale, negative, e);
}

enum err_code decimal_mod(struct decimal *out, const struct decimal *a, const struct decimal *b,
                          struct err *e)
{
    int scale = larger(a->scale, b->scale);
    struct wide n;
    struct wide d;
    struct wide quotient;
    struct wide rest;

    if (decimal_is_zero(b))
        return err_set(e, ERR_RULE, "division by zero");
    coefficient_at(&n, a, scale);
    coefficient_at(&d, b, scale);
    wide__divide(&quotient, &rest, &n, &d);
    if (rest.size > 0 && a->negative != b->negative) {
        wide__subtract(&d, &rest);
        rest = d;
    }
    return decimal__store(out, &rest, scale, b->negative, e);
}

enum err_code decimal_round(struct decimal *out, const struct decimal *a, int scale,
                            enum decimal_rounding rounding, struct err *e)
{
    static const struct decimal unit = { .limb = { 1 } };
    struct wide n;
    struct wide one;
    struct wide quotient;

    if (scale < 0 || scale > DECIMAL_SCALE)
        return err_set(e, ERR_RULE, "a scale of %d digits; it is 0 to %d", scale, DECIMAL_SCALE);
    if (narrow__divide(out, a, &unit, scale, rounding))
        return ERR_OK;
    wide__from_decimal(&n, a);
    wide__from_limb(&one, 1);
    divide_rounded(&quotient, n, one, scale - a->scale, rounding, a->negative);
    return decimal__store(out, &quotient, scale, a->negative, e);
}
