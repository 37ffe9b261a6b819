/* check_array.c - keywords about arrays and their items. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "schema/check.h"

#define FEW 8u /* items that are compared each with each rather than by their hashes */

static bool counted(struct check *c, const struct schema_node *node, const struct schema_word *word,
                    const json_t *value, bool most)
{
    size_t count = json_array_size(value);

    if (most ? count <= word->limit : count >= word->limit)
        return true;
    return say(c, node, word, 5, "has %zu item%s, at %s %llu %s", count, count == 1 ? "" : "s",
               most ? "most" : "least", (unsigned long long)word->limit,
               most ? "are allowed" : "are needed");
}

bool word_max_items(struct check *c, const struct schema_node *node, const struct schema_word *word,
                    const json_t *value, struct seen *seen)
{
    (void)seen;
    return counted(c, node, word, value, true);
}

bool word_min_items(struct check *c, const struct schema_node *node, const struct schema_word *word,
                    const json_t *value, struct seen *seen)
{
    (void)seen;
    return counted(c, node, word, value, false);
}

/* ---- uniqueItems */

struct hashed {
    uint64_t hash;
    size_t index;
};

static int hashed_compare(const void *a, const void *b)
{
    const struct hashed *left = a, *right = b;

    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    return (left->index > right->index) - (left->index < right->index);
}

static bool twice(struct check *c, const struct schema_node *node, const struct schema_word *word,
                  size_t first, size_t second)
{
    return say(c, node, word, 5,
               "has the same item twice: item %zu equals item %zu, counted from 0", second, first);
}

static bool few_differ(struct check *c, const struct schema_node *node,
                       const struct schema_word *word, const json_t *value)
{
    bool fits = true;

    for (size_t i = 1; i < json_array_size(value); i++)
        for (size_t j = 0; j < i; j++) {
            if (same(c, json_array_get(value, i), json_array_get(value, j))) {
                fits = twice(c, node, word, j, i);
                if (!check_goes_on(c))
                    return false;
                break;
            }
            if (c->ended != ERR_OK)
                return false;
        }
    return fits;
}

/* Items with the same hash stand together; nearly always they are the same. */
static bool hashed_differ(struct check *c, const struct schema_node *node,
                          const struct schema_word *word, const json_t *value,
                          const struct hashed *items, size_t count)
{
    bool fits = true;

    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j > 0 && items[j - 1].hash == items[i].hash; j--) {
            if (same(c, json_array_get(value, items[j - 1].index),
                     json_array_get(value, items[i].index))) {
                fits = twice(c, node, word, items[j - 1].index, items[i].index);
                if (!check_goes_on(c))
                    return false;
                break;
            }
            if (c->ended != ERR_OK)
                return false;
        }
    return fits;
}

bool word_unique_items(struct check *c, const struct schema_node *node,
                       const struct schema_word *word, const json_t *value, struct seen *seen)
{
    size_t count = json_array_size(value);
    struct hashed *items;
    bool fits;

    (void)seen;
    /* What expressions give is known at the run. */
    if (!json_is_true(word->value) || count < 2 || c->ask->expressions)
        return true;
    if (count <= FEW)
        return few_differ(c, node, word, value);
    items = mem_try(count * sizeof *items);
    if (items == NULL)
        return check_end(c, ERR_MEMORY, "no memory to compare %zu items", count);
    for (size_t i = 0; i < count && c->ended == ERR_OK; i++)
        items[i] = (struct hashed){ same_hash(c, json_array_get(value, i)), i };
    fits = c->ended == ERR_OK;
    if (fits) {
        qsort(items, count, sizeof *items, hashed_compare);
        fits = hashed_differ(c, node, word, value, items, count);
    }
    mem_free(items);
    return fits;
}

/* ---- Items by their schemas */

bool word_prefix_items(struct check *c, const struct schema_node *node,
                       const struct schema_word *word, const json_t *value, struct seen *seen)
{
    size_t count = json_array_size(value) < word->count ? json_array_size(value) : word->count;
    bool fits = true;

    (void)node;
    for (size_t i = 0; i < count && (fits || check_goes_on(c)); i++)
        fits = check_item(c, word->nodes[i], json_array_get(value, i), i) && fits;
    seen_add_first(seen, count);
    return fits;
}

/* Items that no schema allows: one fault says how many there may be. */
static bool none_more(struct check *c, const struct schema_node *node,
                      const struct schema_word *word, size_t count, size_t allowed)
{
    return say(c, node, word, 10, "has %zu item%s, at most %zu %s allowed", count,
               count == 1 ? "" : "s", allowed, allowed == 1 ? "is" : "are");
}

bool word_items(struct check *c, const struct schema_node *node, const struct schema_word *word,
                const json_t *value, struct seen *seen)
{
    const struct schema_word *prefix = schema__word(node, "prefixItems");
    size_t first = prefix != NULL ? prefix->count : 0, count = json_array_size(value);
    bool fits = true;

    if (count <= first)
        return true;
    if (word->node->never)
        return none_more(c, node, word, count, first);
    for (size_t i = first; i < count && (fits || check_goes_on(c)); i++)
        fits = check_item(c, word->node, json_array_get(value, i), i) && fits;
    seen_add_first(seen, count);
    return fits;
}

static uint64_t limit_beside(const struct schema_node *node, const char *name, uint64_t usual)
{
    const struct schema_word *word = schema__word(node, name);

    return word != NULL ? word->limit : usual;
}

bool word_contains(struct check *c, const struct schema_node *node, const struct schema_word *word,
                   const json_t *value, struct seen *seen)
{
    uint64_t least = limit_beside(node, "minContains", 1);
    uint64_t most = limit_beside(node, "maxContains", UINT64_MAX), found = 0;
    enum check_mode mode = c->mode;
    bool all = seen != NULL || most != UINT64_MAX || mode != CHECK_QUIET;

    c->mode = CHECK_QUIET;
    for (size_t i = 0; i < json_array_size(value) && (all || found < least); i++)
        if (check_item(c, word->node, json_array_get(value, i), i)) {
            seen_add(seen, i);
            found++;
        }
    c->mode = mode;
    if (found >= least && (found <= most || c->ask->expressions))
        return c->ended == ERR_OK;
    return say(c, node, word, 10,
               "must hold at %s %llu item%s of the kind it asks for, but has %llu",
               found < least ? "least" : "most", (unsigned long long)(found < least ? least : most),
               (found < least ? least : most) == 1 ? "" : "s", (unsigned long long)found);
}

bool word_unevaluated_items(struct check *c, const struct schema_node *node,
                            const struct schema_word *word, const json_t *value, struct seen *seen)
{
    size_t count = json_array_size(value), left = 0;
    bool fits = true;

    check(seen != NULL);
    for (size_t i = 0; i < count && (fits || check_goes_on(c)); i++) {
        if (seen_has(seen, i))
            continue;
        left++;
        if (!word->node->never)
            fits = check_item(c, word->node, json_array_get(value, i), i) && fits;
    }
    if (word->node->never && left > 0)
        return none_more(c, node, word, count, count - left);
    seen_add_first(seen, count);
    return fits;
}
