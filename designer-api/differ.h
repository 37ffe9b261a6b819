/* differ.h - what two JSON values differ in, as people see it: members by their names, elements by
 * what identifies them, numbers by their value (100.10 is 100.1). */
#ifndef DESIGNER_API_DIFFER_H
#define DESIGNER_API_DIFFER_H

#include <jansson.h>

/* keys: {pointer of a list: member that identifies its elements}, may be NULL; otherwise id, key,
 * number, sku, code or name are taken where all elements have one, each another. Up to `limit`:
 * {"same": true | false, "differences": [{"pointer", "kind": "added" | "removed" | "changed",
 * "left"?, "right"?}], "more"?: true}. New reference. */
json_t *differ_values(const json_t *left, const json_t *right, const json_t *keys, unsigned limit);

#endif
