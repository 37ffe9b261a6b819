/* decimal_wide.c - whole numbers of up to twelve limbs on GMP's low-level functions. */
#include "base/decimal_priv.h"

#include <pthread.h>
#include <string.h>

#include "base/check.h"

_Static_assert(sizeof(mp_limb_t) == sizeof(uint64_t), "a limb of GMP is a limb of a decimal");
_Static_assert(GMP_NAIL_BITS == 0, "a limb uses all of its bits");

static struct wide wide_powers[DECIMAL_DIGITS + 1]; /* of ten */
static pthread_once_t wide_powers_made = PTHREAD_ONCE_INIT;

static void wide_trim(struct wide *w)
{
    while (w->size > 0 && w->limb[w->size - 1] == 0)
        w->size--;
}

static void wide_powers_make(void)
{
    wide__from_limb(&wide_powers[0], 1);
    for (unsigned i = 1; i <= DECIMAL_DIGITS; i++) {
        wide_powers[i] = wide_powers[i - 1];
        wide__multiply_limb(&wide_powers[i], 10);
    }
}

static const struct wide *wide_power(unsigned power)
{
    check(power <= DECIMAL_DIGITS);
    pthread_once(&wide_powers_made, wide_powers_make);
    return &wide_powers[power];
}

void wide__from_decimal(struct wide *w, const struct decimal *d)
{
    memcpy(w->limb, d->limb, sizeof(d->limb));
    w->size = DECIMAL_LIMBS;
    wide_trim(w);
}

void wide__from_limb(struct wide *w, mp_limb_t value)
{
    w->limb[0] = value;
    w->size = value != 0;
}

void wide__add(struct wide *w, const struct wide *more)
{
    for (; w->size < more->size; w->size++)
        w->limb[w->size] = 0;
    if (more->size > 0) {
        mp_limb_t carry = mpn_add(w->limb, w->limb, w->size, more->limb, more->size);

        check(w->size < WIDE_LIMBS);
        w->limb[w->size++] = carry;
        wide_trim(w);
    }
}

void wide__add_limb(struct wide *w, mp_limb_t more)
{
    struct wide wide;

    wide__from_limb(&wide, more);
    wide__add(w, &wide);
}

void wide__subtract(struct wide *w, const struct wide *less)
{
    check(w->size >= less->size);
    if (less->size > 0)
        check(mpn_sub(w->limb, w->limb, w->size, less->limb, less->size) == 0);
    wide_trim(w);
}

void wide__multiply(struct wide *product, const struct wide *a, const struct wide *b)
{
    const struct wide *longer = a->size >= b->size ? a : b;
    const struct wide *other = longer == a ? b : a;

    check(product != a);
    check(product != b);
    check(a->size + b->size <= WIDE_LIMBS);
    product->size = 0;
    if (other->size == 0)
        return;
    mpn_mul(product->limb, longer->limb, longer->size, other->limb, other->size);
    product->size = a->size + b->size;
    wide_trim(product);
}

void wide__multiply_limb(struct wide *w, mp_limb_t factor)
{
    if (w->size == 0)
        return;
    check(w->size < WIDE_LIMBS);
    w->limb[w->size] = mpn_mul_1(w->limb, w->limb, w->size, factor);
    w->size++;
    wide_trim(w);
}

void wide__multiply_power(struct wide *w, unsigned power)
{
    while (power > 0) {
        unsigned piece = power < DECIMAL_DIGITS ? power : DECIMAL_DIGITS;
        const struct wide factor = *w;

        wide__multiply(w, &factor, wide_power(piece));
        power -= piece;
    }
}

void wide__divide(struct wide *quotient, struct wide *rest, const struct wide *n,
                  const struct wide *d)
{
    check(d->size > 0);
    if (n->size < d->size) {
        *rest = *n;
        quotient->size = 0;
        return;
    }
    mpn_tdiv_qr(quotient->limb, rest->limb, 0, n->limb, n->size, d->limb, d->size);
    quotient->size = n->size - d->size + 1;
    rest->size = d->size;
    wide_trim(quotient);
    wide_trim(rest);
}

mp_limb_t wide__divide_limb(struct wide *w, mp_limb_t divisor)
{
    mp_limb_t rest;

    check(divisor > 0);
    if (w->size == 0)
        return 0;
    rest = mpn_divrem_1(w->limb, 0, w->limb, w->size, divisor);
    wide_trim(w);
    return rest;
}

int wide__compare(const struct wide *a, const struct wide *b)
{
    int order;

    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    if (a->size == 0)
        return 0;
    order = mpn_cmp(a->limb, b->limb, a->size);
    return (order > 0) - (order < 0);
}

unsigned wide__digits(const struct wide *w)
{
    unsigned bits;
    unsigned digits;

    if (w->size == 0)
        return 0;
    bits = (unsigned)(w->size * 64) - (unsigned)__builtin_clzll(w->limb[w->size - 1]);
    digits = bits * 1262611 >> 22; /* log10(2) from below: at most one too small */
    if (digits > DECIMAL_DIGITS)
        return DECIMAL_DIGITS + 1;
    return wide__compare(w, wide_power(digits)) >= 0 ? digits + 1 : digits;
}

enum err_code decimal__store(struct decimal *out, const struct wide *w, int scale, bool negative,
                             struct err *e)
{
    if ((w->size >= DECIMAL_LIMBS && wide__digits(w) > DECIMAL_DIGITS) || scale > DECIMAL_SCALE)
        return err_set(e, ERR_RULE, "number out of range: at most %d digits, %d after the point",
                       DECIMAL_DIGITS, DECIMAL_SCALE);
    check(scale >= 0);
    memset(out->limb, 0, sizeof(out->limb));
    memcpy(out->limb, w->limb, (size_t)w->size * sizeof(w->limb[0]));
    out->scale = (int16_t)scale;
    out->negative = negative && w->size > 0;
    return ERR_OK;
}
