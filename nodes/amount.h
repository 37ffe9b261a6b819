/* amount.h - exact amounts for lists of millions of lines: whole units of 10^-18 in 128 bits.
 *
 * An amount has at most 19 digits before the point and 18 behind it; what does not fit is refused,
 * never rounded. Comparing and adding are those of whole numbers; a sum of a billion of the largest
 * fits no more, and amount_add() says so. */
#ifndef NODES_AMOUNT_H
#define NODES_AMOUNT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define AMOUNT_SCALE 18
#define AMOUNT_TEXT  48 /* bytes of an amount or a sum as text, with the NUL */

__extension__ typedef __int128 amount_units;

/* A JSON number: 12, 12.50, -1.5e3. ERR_INVALID says what stands there instead. *scale: digits
 * behind the point as they were written, at most AMOUNT_SCALE. */
enum err_code amount_parse(const char *text, size_t size, amount_units *units, int *scale,
                           struct err *e) MUST_USE;
/* A number, or a text that is one (as CSV and some gateways give it). */
enum err_code amount_read(const json_t *value, amount_units *units, int *scale,
                          struct err *e) MUST_USE;
bool amount_add(amount_units *sum, amount_units more) MUST_USE; /* false: it does not fit */
amount_units amount_abs(amount_units units);
/* With at least `scale` digits behind the point, and as many more as it needs; returns length. */
size_t amount_text(amount_units units, int scale, char text[AMOUNT_TEXT]);
/* The same as a JSON number; NULL when memory fails. */
json_t *amount_json(amount_units units, int scale) MUST_USE;

#endif
