/* rule_lookup_priv.h - lookup tables, indexed once for a unit. Knows nothing of Lua. For rules/
 * only.
 *
 * Two forms, told apart by `rows` (docs/FLOWS.md):
 *
 *     {"columns": [...], "keys": ["method", {"name": "amount", "from": "over", "to": "up_to"}],
 *      "valid": {"from": "valid_from", "to": "valid_to", "zone": "Europe/Vienna"},
 *      "ignore": ["case", "space"], "rows": [["CreditCard", 0, 1000, ...], ...]}
 *     {"rows": {"CreditCard": "1200", ...}}
 *
 * both with "missing": "error" (default), "null", "review", or {"default": VALUE}. Keys are
 * compared as texts: the number 5 and the text "5" are the same key, 5.0 is another. A range holds
 * from <= number < to, exactly; days hold valid_from <= day <= valid_to. */
#ifndef RULES_RULE_LOOKUP_PRIV_H
#define RULES_RULE_LOOKUP_PRIV_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/decimal.h"
#include "rules/table_fault_priv.h"

#define LOOKUP_KEYS 8u    /* columns that make a key */
#define LOOKUP_KEY  1024u /* bytes of the index's text of a key */

struct lookup;
struct lookups;
struct decision;
struct texts;

/* {NAME: table}; may be NULL; those with "inputs" are decision tables (rule_decision_priv.h). Each
 * fault is told; NULL if there was one. The tables are kept by reference; texts must live as
 * long. */
struct lookups *lookups_new(json_t *tables, struct texts *texts, table_fault_fn *fault,
                            void *arg);
void lookups_free(struct lookups *lookups); /* NULL is fine */

const struct lookup *lookups_find(const struct lookups *lookups, const char *name);
const struct decision *lookups_decision(const struct lookups *lookups, const char *name);
/* The names, for messages: at most a few, separated by commas. */
void lookups_names(const struct lookups *lookups, bool decisions, struct buf *names);
/* Walks the decision tables: start with *cursor = 0; NULL at the end. */
const struct decision *lookups_next_decision(const struct lookups *lookups, size_t *cursor);

/* What is asked for. */
unsigned lookup_keys(const struct lookup *lookup);       /* how many values make a key */
const char *lookup_key_name(const struct lookup *lookup, unsigned i); /* "key" in the short form */
bool lookup_key_is_range(const struct lookup *lookup, unsigned i);
bool lookup_is_dated(const struct lookup *lookup);
const char *lookup_zone(const struct lookup *lookup);    /* of its days; NULL: UTC */
size_t lookup_count(const struct lookup *lookup);        /* rows */

struct lookup_ask {
    struct buf key;        /* texts of the exact keys, in their order: lookup_ask_text() */
    struct decimal number; /* of the range */
    int64_t day;           /* since 1970-01-01 */
};
void lookup_ask_init(struct lookup_ask *ask);
void lookup_ask_fini(struct lookup_ask *ask);
void lookup_ask_text(struct lookup_ask *ask, const struct lookup *lookup, const char *text,
                     size_t size);
/* The row, or NULL. The short form has no rows: the value itself. */
json_t *lookup_find(const struct lookup *lookup, const struct lookup_ask *ask);
/* Whether there are rows of these exact keys, for other numbers or days. */
bool lookup_has_key(const struct lookup *lookup, const struct lookup_ask *ask);

/* Columns that are values: their number, and the name and place in a row of each. 0: the row is
 * the value. */
unsigned lookup_values(const struct lookup *lookup);
const char *lookup_value_name(const struct lookup *lookup, unsigned i, size_t *column);
/* The place of that column in a row, be it of the key or a value; false: there is none. */
bool lookup_column(const struct lookup *lookup, const char *name, size_t *column);
unsigned lookup_columns(const struct lookup *lookup);    /* 0: the short form */
const char *lookup_column_name(const struct lookup *lookup, size_t column);
/* As the table has them: a list of lists, or an object (the short form). Borrowed. */
json_t *lookup_rows(const struct lookup *lookup);

enum lookup_missing { LOOKUP_ERROR, LOOKUP_NULL, LOOKUP_DEFAULT, LOOKUP_REVIEW };
enum lookup_missing lookup_missing(const struct lookup *lookup, json_t **fallback);
/* Keys that are nearly the wanted one, for messages: at most five, in quotes, separated by
 * commas. */
void lookup_near(const struct lookup *lookup, const struct lookup_ask *ask, struct buf *names);

#endif
