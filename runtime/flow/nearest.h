/* nearest.h - "did you mean ...?": the known name that is nearest to one that is not.
 *
 * Nearness is the Damerau-Levenshtein distance (a letter left out, added, changed, or two swapped)
 * without regard to case. A name that is too far away to be meant is not offered. */
#ifndef FLOW_NEAREST_H
#define FLOW_NEAREST_H

#include <stddef.h>

#include "base/buf.h"

#define NEAREST_MAX 96 /* bytes of a name that are compared */

unsigned nearest_distance(const char *a, const char *b);

struct nearest {
    const char *wanted, *best; /* borrowed */
    unsigned distance;
};
void nearest_init(struct nearest *nearest, const char *wanted);
void nearest_try(struct nearest *nearest, const char *candidate);
const char *nearest_name(const struct nearest *nearest); /* NULL: none is near enough */
/* Of a list that ends with NULL. */
const char *nearest_of(const char *wanted, const char *const *names);

/* Appends `"a", "b" and 3 more`, the nearest first; `nothing` when there is none. */
void nearest_list(struct buf *out, const char *wanted, const char *const *names, size_t count);

#endif
