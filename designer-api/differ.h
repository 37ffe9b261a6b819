/* differ.h - what two JSON values differ in, as people see it: members by their names, elements by
 * what identifies them, numbers by their value (100.10 is 100.1). */
#ifndef DESIGNER_API_DIFFER_H
#define DESIGNER_API_DIFFER_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

struct effort;

/* keys: {pointer of a list: member that identifies its elements}, may be NULL; otherwise id, key,
 * number, sku, code or name are taken where all elements have one, each another. Up to `limit`:
 * {"same": true | false, "differences": [{"pointer", "kind": "added" | "removed" | "changed",
 * "left"?, "right"?}], "more"?: true}. New reference. */
json_t *differ_values(const json_t *left, const json_t *right, const json_t *keys, unsigned limit);

/* A value as compact JSON of our own writing; text NULL: there is none. Below 4 GiB. */
struct differ_side {
    const char *text;
    size_t size;
};
/* The same of texts, which are walked where they are large, so that beside them at most 96 MiB are
 * needed. When the effort is over what has been found is told, with "incomplete": true, and then
 * "same" is false. */
json_t *differ_texts(const struct differ_side *left, const struct differ_side *right,
                     const json_t *keys, unsigned limit, const struct effort *effort) MUST_USE;

#endif
