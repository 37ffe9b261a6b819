/* rule_lookup_priv.h - lookup tables, hashed once for a unit. Knows nothing of Lua. For rules/
 * only.
 *
 * Two forms, told apart by `rows`:
 *
 *     {"columns": ["method", "account"], "keys": ["method"], "rows": [["CreditCard", "1200"], ...]}
 *     {"rows": {"CreditCard": "1200", ...}}
 *
 * both with "missing": "error" (default), "null", or {"default": VALUE}. Keys are compared as
 * texts: the number 5 and the text "5" are the same key, 5.0 is another. */
#ifndef RULES_RULE_LOOKUP_PRIV_H
#define RULES_RULE_LOOKUP_PRIV_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define LOOKUP_KEYS 8u /* columns that make a key */

struct lookup;
struct lookups;

typedef void lookup_fault_fn(void *arg, const char *table, const char *text);
/* {NAME: table}; may be NULL. Each fault is told; NULL if there was one. The tables are kept by
 * reference. */
struct lookups *lookups_new(json_t *tables, lookup_fault_fn *fault, void *arg);
void lookups_free(struct lookups *lookups); /* NULL is fine */

const struct lookup *lookups_find(const struct lookups *lookups, const char *name);
/* The names, for messages: at most a few, separated by commas. */
void lookups_names(const struct lookups *lookups, struct buf *names);

unsigned lookup_keys(const struct lookup *lookup);       /* how many values make a key */
size_t lookup_count(const struct lookup *lookup);        /* rows */
/* Adds one value of a key; the first for an empty buffer. */
void lookup_key_add(struct buf *key, const char *text, size_t size);
/* The row of a key, or NULL. The short form has no rows: the value itself. */
json_t *lookup_find(const struct lookup *lookup, const char *key);
/* Columns that are values: their number, and the name and place in a row of each. 0: the row is
 * the value. */
unsigned lookup_values(const struct lookup *lookup);
const char *lookup_value_name(const struct lookup *lookup, unsigned i, size_t *column);

/* The place of that column in a row, be it of the key or a value; false: there is none. */
bool lookup_column(const struct lookup *lookup, const char *name, size_t *column);
/* As the table has them: a list of lists, or an object (the short form). Borrowed. */
json_t *lookup_rows(const struct lookup *lookup);

enum lookup_missing { LOOKUP_ERROR, LOOKUP_NULL, LOOKUP_DEFAULT };
enum lookup_missing lookup_missing(const struct lookup *lookup, json_t **fallback);
/* Keys that are nearly the wanted one, for messages: at most five, in quotes, separated by
 * commas. */
void lookup_near(const struct lookup *lookup, const char *key, struct buf *names);

#endif
