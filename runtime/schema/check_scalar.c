/* check_scalar.c - keywords about one value: its type, its choices, numbers, texts. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "schema/check.h"
#include "schema/format.h"
#include "schema/pattern.h"

#define SHOW 80 /* room for a value in a message */

bool word_type(struct check *c, const struct schema_node *node, const struct schema_word *word,
               const json_t *value, struct seen *seen)
{
    unsigned type = check_type(value);
    struct number number;
    char types[100];

    (void)seen;
    if ((word->types & type) != 0)
        return true;
    if (type == SCHEMA_NUMBER && (word->types & SCHEMA_INTEGER) != 0 &&
        number_read(&number, value) && number_is_whole(&number))
        return true;
    return say(c, node, word, 50, "must be: %s, but is: %s",
               schema_types_text(word->types, types, sizeof types), json_kind(value));
}

bool word_enum(struct check *c, const struct schema_node *node, const struct schema_word *word,
               const json_t *value, struct seen *seen)
{
    struct buf list;
    char shown[SHOW];

    (void)seen;
    for (size_t i = 0; i < json_array_size(word->value); i++)
        if (same(c, json_array_get(word->value, i), value))
            return true;
    if (c->ended != ERR_OK || c->mode != CHECK_TELL)
        return say(c, node, word, 20, "must be one of a list");
    buf_init(&list, 64 * MIB);
    for (size_t i = 0; i < json_array_size(word->value) && list.len < 300; i++) {
        buf_add_text(&list, i > 0 ? ", " : "");
        json_write(&list, json_array_get(word->value, i));
    }
    say(c, node, word, 20, "must be one of %.300s%s, but is %s", buf_text(&list),
        list.len >= 300 ? "..." : "", say_value(node, value, shown, sizeof shown));
    buf_fini(&list);
    return false;
}

bool word_const(struct check *c, const struct schema_node *node, const struct schema_word *word,
                const json_t *value, struct seen *seen)
{
    char wanted[SHOW], shown[SHOW];

    (void)seen;
    if (same(c, word->value, value))
        return true;
    if (c->mode != CHECK_TELL)
        return say(c, node, word, 20, "must be a constant");
    return say(c, node, word, 20, "must be %s, but is %s",
               say_value(node, word->value, wanted, sizeof wanted),
               say_value(node, value, shown, sizeof shown));
}

/* ---- Numbers */

static bool number_bound(struct check *c, const struct schema_node *node,
                         const struct schema_word *word, const json_t *value, bool good,
                         const char *what)
{
    char bound[SHOW], shown[SHOW];

    if (good)
        return true;
    if (c->mode != CHECK_TELL)
        return say(c, node, word, 5, "%s", what);
    return say(c, node, word, 5, "must be %s %s, but is %s", what,
               say_value(node, word->value, bound, sizeof bound),
               say_value(node, value, shown, sizeof shown));
}

static int bound_order(const struct schema_word *word, const json_t *value)
{
    struct number number;

    check(number_read(&number, value));
    return number_compare(&number, &word->number);
}

bool word_maximum(struct check *c, const struct schema_node *node, const struct schema_word *word,
                  const json_t *value, struct seen *seen)
{
    (void)seen;
    return number_bound(c, node, word, value, bound_order(word, value) <= 0, "at most");
}

bool word_exclusive_maximum(struct check *c, const struct schema_node *node,
                            const struct schema_word *word, const json_t *value, struct seen *seen)
{
    (void)seen;
    return number_bound(c, node, word, value, bound_order(word, value) < 0, "less than");
}

bool word_minimum(struct check *c, const struct schema_node *node, const struct schema_word *word,
                  const json_t *value, struct seen *seen)
{
    (void)seen;
    return number_bound(c, node, word, value, bound_order(word, value) >= 0, "at least");
}

bool word_exclusive_minimum(struct check *c, const struct schema_node *node,
                            const struct schema_word *word, const json_t *value, struct seen *seen)
{
    (void)seen;
    return number_bound(c, node, word, value, bound_order(word, value) > 0, "greater than");
}

bool word_multiple_of(struct check *c, const struct schema_node *node,
                      const struct schema_word *word, const json_t *value, struct seen *seen)
{
    struct number number;

    (void)seen;
    check(number_read(&number, value));
    return number_bound(c, node, word, value, number_is_multiple(&number, &word->number),
                        "a multiple of");
}

/* ---- Texts */

static size_t characters(const json_t *value)
{
    const char *text = json_string_value(value);
    size_t size = json_string_length(value), count = 0;

    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

bool word_max_length(struct check *c, const struct schema_node *node,
                     const struct schema_word *word, const json_t *value, struct seen *seen)
{
    size_t count;

    (void)seen;
    if (json_string_length(value) <= word->limit)
        return true;
    if (!check_spend(c, json_string_length(value) / 64))
        return false;
    count = characters(value);
    return count <= word->limit ||
           say(c, node, word, 5, "has %zu characters, at most %llu %s allowed", count,
               (unsigned long long)word->limit, word->limit == 1 ? "is" : "are");
}

bool word_min_length(struct check *c, const struct schema_node *node,
                     const struct schema_word *word, const json_t *value, struct seen *seen)
{
    size_t count;

    (void)seen;
    if (json_string_length(value) / 4 >= word->limit) /* a character has at most 4 bytes */
        return true;
    if (!check_spend(c, json_string_length(value) / 64))
        return false;
    count = characters(value);
    if (count >= word->limit)
        return true;
    if (count == 0)
        return say(c, node, word, 5, "is empty, at least %llu character%s %s needed",
                   (unsigned long long)word->limit, plural(word->limit),
                   word->limit == 1 ? "is" : "are");
    return say(c, node, word, 5, "is too short: it has %zu character%s, at least %llu are needed",
               count, plural(count), (unsigned long long)word->limit);
}

bool word_pattern(struct check *c, const struct schema_node *node, const struct schema_word *word,
                  const json_t *value, struct seen *seen)
{
    char shown[SHOW];

    (void)seen;
    switch (pattern_find(word->pattern, json_string_value(value), json_string_length(value),
                         &c->work, &c->room)) {
    case PATTERN_FOUND:
        return true;
    case PATTERN_SPENT:
        return check_end(c, ERR_LIMIT,
                         "the pattern %.100s takes too many steps on a text of %zu bytes; make it "
                         "simpler, or bound the text by \"maxLength\"",
                         json_text(word->value), json_string_length(value));
    case PATTERN_STARVED:
        return check_end(c, ERR_MEMORY, "no memory to match the pattern %.100s",
                         json_text(word->value));
    case PATTERN_NONE:
        break;
    }
    if (c->mode != CHECK_TELL)
        return say(c, node, word, 5, "does not match");
    return say(c, node, word, 5, "must match the pattern %.200s, but is %s", json_text(word->value),
               say_value(node, value, shown, sizeof shown));
}

bool word_format(struct check *c, const struct schema_node *node, const struct schema_word *word,
                 const json_t *value, struct seen *seen)
{
    char shown[SHOW];

    (void)seen;
    if ((c->schema->flags & SCHEMA_FORMATS) == 0)
        return true;
    check(word->format != NULL);
    if (!check_spend(c, json_string_length(value) / 16))
        return false;
    if (word->format->fits(json_string_value(value), json_string_length(value)))
        return true;
    if (c->mode != CHECK_TELL)
        return say(c, node, word, 5, "has another format");
    return say(c, node, word, 5, "must be %s, but is %s", word->format->like,
               say_value(node, value, shown, sizeof shown));
}
