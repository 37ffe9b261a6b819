/* rule_span_priv.h - the rows of one key that are told apart by a range of numbers and by days.
 * Knows nothing of Lua. For rules/ only.
 *
 * A span holds from <= number < to and day_from <= day < day_to. Spans of one set never overlap
 * once it is sealed, so that a number and a day find one row at most. Finding costs O(log n) and as
 * much again for each span that holds the number on other days. */
#ifndef RULES_RULE_SPAN_PRIV_H
#define RULES_RULE_SPAN_PRIV_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/decimal.h"

#define SPAN_WORK 20000000u /* comparisons for finding what overlaps, of one table: under 1 s */

struct span {
    json_t *row;                  /* borrowed */
    size_t number;                /* of the row, from 1 */
    struct decimal from, to;
    bool open_from, open_to;      /* without a bound */
    int64_t day_from, day_to;     /* INT64_MIN, INT64_MAX: without a bound */
};
struct spans;
struct spans *spans_new(void);
void spans_free(struct spans *spans); /* NULL is fine */
void spans_add(struct spans *spans, const struct span *span);

/* Sorts, and tells each pair of rows that overlap: a < b. *work counts down; false: it is used up
 * and nothing more is known. */
typedef void spans_overlap_fn(void *arg, size_t a, size_t b);
bool spans_seal(struct spans *spans, size_t *work, spans_overlap_fn *overlap, void *arg);
/* The row; NULL: there is none. */
json_t *spans_find(const struct spans *spans, const struct decimal *number, int64_t day);

#endif
