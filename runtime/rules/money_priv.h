/* money_priv.h - an amount with its currency. Knows nothing of Lua. For rules/ only.
 *
 * The amount is exact and has at least the digits of the currency's minor unit (10 USD is 10.00);
 * it may have more until it is rounded. An amount is *whole* when it is a number of minor units. */
#ifndef RULES_MONEY_PRIV_H
#define RULES_MONEY_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/decimal.h"
#include "base/err.h"

#define MONEY_CODE  4u /* three letters and the NUL */
#define MONEY_TEXT  (DECIMAL_TEXT + MONEY_CODE + 1)
#define MONEY_PARTS 10000u /* of one allocation */

struct money {
    struct decimal amount;
    char currency[MONEY_CODE];
};

/* Digits of the minor unit by ISO 4217; -1: there is no such currency. */
int money_digits(const char *currency, size_t size);
/* *e says what is wrong with the code. */
enum err_code money_make(struct money *money, const struct decimal *amount, const char *currency,
                         size_t size, struct err *e) MUST_USE;
enum err_code money_round(struct money *out, const struct money *in,
                          enum decimal_rounding rounding, struct err *e) MUST_USE;
/* The number of minor units; refuses an amount that is not whole. */
enum err_code money_minor(struct decimal *units, const struct money *money,
                          struct err *e) MUST_USE;
enum err_code money_from_minor(struct money *money, const struct decimal *units,
                               const char *currency, size_t size, struct err *e) MUST_USE;
/* "10.00 USD"; returns the length. */
size_t money_text(const struct money *money, char text[MONEY_TEXT]);

/* Spreads a whole amount by weights (none negative, at least one above zero) so that the parts add
 * up to it: each gets its share rounded toward zero, then those with the largest rest one minor
 * unit more, of equal rests the first. parts: count of them. */
enum err_code money_allocate(const struct money *money, const struct decimal *weights, size_t count,
                             struct money *parts, struct err *e) MUST_USE;

#endif
