/* number.h - JSON numbers by their digits: compared and divided exactly, whatever their size. For
 * schema/ only. */
#ifndef SCHEMA_NUMBER_H
#define SCHEMA_NUMBER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

/* value = (-1)^negative * digits * 10^exponent; the digits neither begin nor end with 0. */
struct number {
    bool whole;      /* `value` is the number, and the digits are not written */
    bool negative;
    int64_t value;
    int64_t exponent;
    size_t size;     /* of digits; 0: the number is zero */
    char digits[LIMIT_JSON_NUMBER];
};
/* False: it is no number. */
bool number_read(struct number *n, const json_t *value);
int number_compare(const struct number *a, const struct number *b); /* -1, 0, 1 */
bool number_is_whole(const struct number *n);                        /* 1.0 and 1e3 are */
/* The divisor is greater than 0 and has at most SCHEMA_DIGITS significant digits. */
bool number_is_multiple(const struct number *n, const struct number *divisor);
size_t number_digits(const struct number *n); /* significant ones */
uint64_t number_hash(const struct number *n); /* the same for equal numbers */

#endif
