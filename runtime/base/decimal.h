/* decimal.h - exact decimal numbers on GMP's limbs, without allocation.
 *
 * value = (-1)^negative * coefficient * 10^-scale, with a coefficient of at most DECIMAL_DIGITS
 * digits and 0 <= scale <= DECIMAL_SCALE. The scale is part of the value's text (1.10 has scale
 * 2) and not of its magnitude (1.10 equals 1.1). Scale rules: add, sub: the larger scale; mul:
 * the sum of the scales; div: see decimal_div(). A result that does not fit is ERR_RULE, never
 * rounded in silence. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DECIMAL_DIGITS 76 /* two factors of 38 digits have an exact product */
#define DECIMAL_SCALE  76
#define DECIMAL_LIMBS  4
#define DECIMAL_TEXT   (DECIMAL_DIGITS + 8)

struct decimal {
    uint64_t limb[DECIMAL_LIMBS]; /* least significant first */
    int16_t scale;
    bool negative; /* never for zero */
};

/*       name          what becomes of a tie, or of any rest */
#define DECIMAL_ROUNDINGS(X)                                 \
    X(HALF_UP,   "half_up")   /* tie away from zero       */ \
    X(HALF_EVEN, "half_even") /* tie to the even digit    */ \
    X(HALF_DOWN, "half_down") /* tie toward zero          */ \
    X(UP,        "up")        /* any rest away from zero  */ \
    X(DOWN,      "down")      /* cut off                  */ \
    X(CEILING,   "ceiling")   /* toward plus infinity     */ \
    X(FLOOR,     "floor")     /* toward minus infinity    */
enum decimal_rounding {
#define X(code, name) DECIMAL_##code,
    DECIMAL_ROUNDINGS(X)
#undef X
};
bool decimal_rounding_find(const char *name, enum decimal_rounding *rounding);

/* Text: a JSON number, or the same with a leading plus; "1.5e3" gives 1500, "1.50" keeps its
 * scale. */
enum err_code decimal_parse(struct decimal *d, const char *text, size_t size,
                            struct err *e) MUST_USE;
void decimal_from_int(struct decimal *d, int64_t value);
/* By the shortest text that reads back as the same double. Refuses NaN and infinities. */
enum err_code decimal_from_double(struct decimal *d, double value, struct err *e) MUST_USE;
/* plain notation; returns length */
size_t decimal_text(const struct decimal *d, char text[DECIMAL_TEXT]);
/* false if it is none or does not fit */
bool decimal_to_int(const struct decimal *d, int64_t *value);
double decimal_to_double(const struct decimal *d);

enum err_code decimal_add(struct decimal *out, const struct decimal *a, const struct decimal *b,
                          struct err *e) MUST_USE;
enum err_code decimal_sub(struct decimal *out, const struct decimal *a, const struct decimal *b,
                          struct err *e) MUST_USE;
enum err_code decimal_mul(struct decimal *out, const struct decimal *a, const struct decimal *b,
                          struct err *e) MUST_USE;
/* To `scale` digits after the point by `rounding`. With scale < 0: exact if the quotient ends
 * within 38 significant digits, else those 38, half_even; then trailing zeros down to the larger
 * scale of a and b go. */
enum err_code decimal_div(struct decimal *out, const struct decimal *a, const struct decimal *b,
                          int scale, enum decimal_rounding rounding, struct err *e) MUST_USE;
/* a - b * floor(a / b): the sign of b, as Lua's % does it. */
enum err_code decimal_mod(struct decimal *out, const struct decimal *a, const struct decimal *b,
                          struct err *e) MUST_USE;
/* Sets the scale: pads with zeros or rounds. */
enum err_code decimal_round(struct decimal *out, const struct decimal *a, int scale,
                            enum decimal_rounding rounding, struct err *e) MUST_USE;
int decimal_compare(const struct decimal *a, const struct decimal *b); /* by magnitude: -1, 0, 1 */
bool decimal_is_zero(const struct decimal *d);

#endif
