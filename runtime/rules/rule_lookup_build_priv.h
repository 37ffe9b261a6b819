/* rule_lookup_build_priv.h - a lookup table under construction. For rule_lookup*.c only. */
#ifndef RULES_RULE_LOOKUP_BUILD_PRIV_H
#define RULES_RULE_LOOKUP_BUILD_PRIV_H

#include "rules/rule_lookup_priv.h"
#include "rules/rule_span_priv.h"

#include "base/err.h"
#include "base/table.h"

#define LOOKUP_MAGIC   0x100C0B01u
#define LOOKUP_COLUMNS 64u

struct lookup_key {
    const char *name;
    bool range;
    size_t column;   /* of an exact key */
    size_t from, to; /* of a range */
};
struct lookup {
    unsigned magic;
    json_t *table; /* holds everything below */
    struct texts *texts;
    bool is_short, ignore_case, ignore_space;
    struct lookup_key keys[LOOKUP_KEYS];
    unsigned key_count, column_count, value_count;
    size_t values[LOOKUP_COLUMNS]; /* columns */
    const struct lookup_key *range; /* one of keys; NULL: none */
    bool dated;
    size_t valid_from, valid_to;    /* columns */
    const char *zone;
    enum lookup_missing missing;
    json_t *fallback;
    size_t count;
    struct dict *rows;  /* key to row or value; to struct spans with a range or days */
    struct dict *shown; /* in messages: key to the text as it was written; only where it differs */
};

/* What is being built, and whom to tell. */
struct lookup_build {
    struct lookup *lookup;
    struct table_faults faults;
};
void lookup__build(struct lookup_build *build, json_t *table, struct texts *texts);
/* columns, keys, valid: false with a fault (rule_lookup_head.c) */
bool lookup__head(struct lookup_build *build, const json_t *table);
bool lookup__column_find(const json_t *columns, const char *name, size_t *at);

/* Cells (rule_lookup_cell.c). */
static inline bool lookup__has_spans(const struct lookup *lookup)
{
    return lookup->range != NULL || lookup->dated;
}
/* Text, number and boolean have a text as a key; the rest has none: NULL. */
const char *lookup__cell_text(const json_t *cell, char room[32], size_t *size);
/* Adds one value of a key as the index has it. */
void lookup__key_add(const struct lookup *lookup, struct buf *key, const char *text, size_t size);
/* "10:CreditCard1:x" to "CreditCard, x", for messages. */
void lookup__key_show(const char *key, size_t size, struct buf *out);
/* A number, or a text that is one; null and "" are no bound. */
bool lookup__cell_number(const json_t *cell, struct decimal *number, bool *open);
/* A day as "2026-11-21", since 1970-01-01; null and "" are no bound. */
bool lookup__cell_day(const json_t *cell, int64_t *day, bool *open);

#endif
