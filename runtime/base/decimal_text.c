/* decimal_text.c - decimals from text, integers and doubles, and back. */
#include "base/decimal_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json_priv.h"

#define CHUNK_DIGITS 19 /* the decimal digits that fit a limb */
#define CHUNK        UINT64_C(10000000000000000000)
#define EXPONENT_MAX 1000000 /* far outside; a longer one is as far */
#define TEXT_MAX     1024    /* far longer than a number that fits */

static enum err_code parse_refuse(struct err *e)
{
    return err_set(e, ERR_RULE, "the text is not a number; it must look like -1234.50");
}

/* A coefficient as it is read: so many digits at its end are not in `w` yet. */
struct parse {
    struct wide w;
    uint64_t low;
    unsigned low_digits;
    size_t counted; /* digits without leading zeros */
};

static void parse_flush(struct parse *p)
{
    wide__multiply_power(&p->w, p->low_digits);
    wide__add_limb(&p->w, p->low);
    p->low = p->low_digits = 0;
}

/* Reads digits into the coefficient; leading zeros cost nothing. `scale` counts them. */
static const char *parse_digits(const char *at, const char *end, struct parse *p, int *scale)
{
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        ++*scale;
        if (p->counted == 0 && *at == '0')
            continue;
        /* One digit too many is enough to know: the rest is only passed over. */
        if (p->counted <= DECIMAL_DIGITS) {
            p->counted++;
            if (p->low_digits == CHUNK_DIGITS)
                parse_flush(p);
            p->low = p->low * 10 + (uint64_t)(*at - '0');
            p->low_digits++;
        }
    }
    return at;
}

static const char *parse_exponent(const char *at, const char *end, int *exponent)
{
    bool negative = at < end && *at == '-';

    if (at < end && (*at == '-' || *at == '+'))
        at++;
    for (*exponent = 0; at < end && *at >= '0' && *at <= '9'; at++) {
        if (*exponent < EXPONENT_MAX)
            *exponent = *exponent * 10 + (*at - '0');
    }
    if (negative)
        *exponent = -*exponent;
    return at;
}

/* The scale the text names, or as many zeros as its exponent asks for. */
static enum err_code parse_finish(struct decimal *d, struct parse *p, int scale, bool negative,
                                  struct err *e)
{
    if (p->w.size > 0)
        parse_flush(p);
    else
        wide__from_limb(&p->w, p->low);
    if (scale < 0) {
        /* More than this does not fit, however short the number is; a zero needs none. */
        int zeros = -scale < DECIMAL_DIGITS ? -scale : DECIMAL_DIGITS;

        wide__multiply_power(&p->w, (unsigned)zeros);
        scale = 0;
    }
    return decimal__store(d, &p->w, scale, negative, e);
}

enum err_code decimal_parse(struct decimal *d, const char *text, size_t size, struct err *e)
{
    const char *at = text;
    const char *end = text + size;
    const char *digits;
    struct parse p;
    int whole = 0;
    int fraction = 0;
    int exponent = 0;
    bool negative;

    check(text != NULL || size == 0);
    if (size == 0)
        return err_set(e, ERR_RULE, "an empty text is not a number");
    if (size > TEXT_MAX)
        return err_set(e, ERR_RULE, "number out of range: a text of %zu characters", size);
    p.w.size = 0;
    p.low = p.counted = p.low_digits = 0;
    negative = *at == '-';
    if (*at == '-' || *at == '+')
        at++;
    digits = at;
    at = parse_digits(at, end, &p, &whole);
    if (whole == 0 || (whole > 1 && *digits == '0'))
        return parse_refuse(e);
    if (at < end && *at == '.') {
        at = parse_digits(at + 1, end, &p, &fraction);
        if (fraction == 0)
            return parse_refuse(e);
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at = parse_exponent(at + 1, end, &exponent);
        if (at[-1] < '0' || at[-1] > '9')
            return parse_refuse(e);
    }
    if (at != end)
        return parse_refuse(e);
    return parse_finish(d, &p, fraction - exponent, negative, e);
}

void decimal_from_int(struct decimal *d, int64_t value)
{
    *d = (struct decimal){ .negative = value < 0 };
    d->limb[0] = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

enum err_code decimal_from_double(struct decimal *d, double value, struct err *e)
{
    char text[JSON__REAL_TEXT];

    if (!isfinite(value))
        return err_set(e, ERR_RULE, "%s is not a number with digits",
                       isnan(value) ? "NaN" : "an infinity");
    return decimal_parse(d, text, json__real_text(value, text), e);
}

size_t decimal_text(const struct decimal *d, char text[DECIMAL_TEXT])
{
    char digits[DECIMAL_TEXT];
    char *at = digits + sizeof(digits);
    char *to = text;
    size_t count;
    struct wide w;

    check(d->scale >= 0);
    check(d->scale <= DECIMAL_SCALE);
    w.size = 0;
    if (!narrow__is(d))
        wide__from_decimal(&w, d);
    else
        for (uint64_t rest = d->limb[0]; rest > 0; rest /= 10)
            *--at = (char)('0' + rest % 10);
    while (w.size > 0) {
        mp_limb_t chunk = wide__divide_limb(&w, CHUNK);

        for (int i = 0; i < CHUNK_DIGITS && (w.size > 0 || chunk > 0); i++, chunk /= 10)
            *--at = (char)('0' + chunk % 10);
    }
    while (digits + sizeof(digits) - at <= d->scale)
        *--at = '0'; /* one before the point, and all behind it */
    count = (size_t)(digits + sizeof(digits) - at) - (size_t)d->scale;
    if (d->negative)
        *to++ = '-';
    memcpy(to, at, count);
    to += count;
    if (d->scale > 0) {
        *to++ = '.';
        memcpy(to, at + count, (size_t)d->scale);
        to += d->scale;
    }
    *to = '\0';
    check(to < text + DECIMAL_TEXT);
    return (size_t)(to - text);
}

bool decimal_to_int(const struct decimal *d, int64_t *value)
{
    struct decimal whole;
    uint64_t limit = (uint64_t)INT64_MAX + d->negative;

    if (decimal_round(&whole, d, 0, DECIMAL_DOWN, NULL) != ERR_OK ||
        decimal_compare(&whole, d) != 0)
        return false;
    if ((whole.limb[1] | whole.limb[2] | whole.limb[3]) != 0 || whole.limb[0] > limit)
        return false;
    *value = whole.negative ? (int64_t)(0 - whole.limb[0]) : (int64_t)whole.limb[0];
    return true;
}

double decimal_to_double(const struct decimal *d)
{
    char text[DECIMAL_TEXT];

    decimal_text(d, text);
    return strtod(text, NULL);
}
