/* check.h - one value being checked, and the functions behind the keywords. For schema/ only. */
#ifndef SCHEMA_CHECK_H
#define SCHEMA_CHECK_H

#include "schema/schema_priv.h"

struct pattern_room;

/* Where in the value we are: a chain on the C stack, from the inside out. */
struct place {
    const struct place *outer; /* NULL: the whole value */
    const char *key;           /* NULL: an item of an array, `index` */
    size_t index;
};
/* The resources entered, for "$dynamicRef". */
struct scope {
    const struct scope *outer;
    const struct schema_resource *resource;
};
/* How a schema is looked at: for its verdict alone; to weigh how far off the value is; to tell. */
enum check_mode { CHECK_QUIET, CHECK_WEIGH, CHECK_TELL };
struct check {
    const struct schema *schema;
    const struct schema_ask *ask;
    enum check_mode mode;
    const struct place *place;
    const struct scope *scope;
    uint64_t work;
    unsigned depth;
    unsigned weight;      /* CHECK_WEIGH */
    size_t faults;        /* CHECK_TELL */
    enum err_code ended;  /* ERR_LIMIT, ERR_MEMORY: there will be no verdict */
    struct err *e;
    struct pattern_room *room;
};

/* Which members or items of one value were looked at by a schema that it fits: what
 * "unevaluatedProperties" and "unevaluatedItems" leave alone. (seen.c) */
#define SEEN_WORDS 4
struct seen {
    size_t count;
    uint64_t *bits;
    uint64_t few[SEEN_WORDS];
};
bool seen_init(struct seen *seen, size_t count); /* false: no memory */
void seen_fini(struct seen *seen);
void seen_add(struct seen *seen, size_t at);     /* NULL: nobody asks */
void seen_add_first(struct seen *seen, size_t count);
bool seen_has(const struct seen *seen, size_t at);
void seen_merge(struct seen *seen, const struct seen *more);

/* Does the value fit? seen: whom to tell what was looked at, NULL: nobody. */
bool check_node(struct check *c, const struct schema_node *node, const json_t *value,
                struct seen *seen);
/* The same for a member or an item of the value. */
bool check_member(struct check *c, const struct schema_node *node, const json_t *value,
                  const char *key);
bool check_item(struct check *c, const struct schema_node *node, const json_t *value,
                size_t index);
/* Whether to look at what comes after a fault: not when the verdict is all. */
bool check_goes_on(const struct check *c);
/* Counts work; false: the budget is used up. */
bool check_spend(struct check *c, uint64_t work);
bool check_end(struct check *c, enum err_code code, const char *fmt, ...) PRINTF(3, 4);
unsigned check_type(const json_t *value);

/* Says what is wrong; always false. (say.c) weight: how far off this is, 1..100. The second is
 * about a member, which the fault points at when it is there (at_member). */
bool say(struct check *c, const struct schema_node *node, const struct schema_word *word,
         unsigned weight, const char *fmt, ...) PRINTF(5, 6);
bool say_member(struct check *c, const struct schema_node *node, const struct schema_word *word,
                const char *member, bool at_member, const char *fmt, ...) PRINTF(6, 7);
/* A value as JSON, cut to what a message has room for, or its kind. Returns text. */
const char *say_value(const struct schema_node *node, const json_t *value, char *text,
                      size_t room);

/* Deep equality of JSON Schema: 1 and 1.0 are the same. (same.c) */
bool same(struct check *c, const json_t *a, const json_t *b);
uint64_t same_hash(struct check *c, const json_t *value); /* the same for equal values */

/* ---- Keywords: check_scalar.c, check_object.c, check_array.c, check_apply.c */
word_check_fn word_type, word_enum, word_const, word_multiple_of, word_maximum, word_minimum,
    word_exclusive_maximum, word_exclusive_minimum, word_max_length, word_min_length, word_pattern,
    word_format;
word_check_fn word_max_properties, word_min_properties, word_required, word_dependent_required,
    word_property_names, word_properties, word_pattern_properties, word_additional_properties,
    word_unevaluated_properties;
word_check_fn word_max_items, word_min_items, word_unique_items, word_prefix_items, word_items,
    word_contains, word_unevaluated_items;
word_check_fn word_ref, word_dynamic_ref, word_all_of, word_any_of, word_one_of, word_not, word_if,
    word_dependent_schemas;

#endif
