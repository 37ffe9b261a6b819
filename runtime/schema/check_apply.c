/* check_apply.c - keywords that put other schemas to the same value: references, alternatives,
 * conditions. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "schema/check.h"

#define TITLE 60 /* bytes of an alternative's title in a message */

/* What an expression will give is not known: whatever depends on it is left to the run. */
static bool is_undecided(const struct check *c, const json_t *value)
{
    const char *text = json_text(value), *key;
    json_t *item;
    size_t i;

    if (!c->ask->expressions)
        return false;
    json_array_foreach((json_t *)value, i, item)
    {
        if (is_undecided(c, item))
            return true;
    }
    json_object_foreach((json_t *)value, key, item)
    {
        if (is_undecided(c, item))
            return true;
    }
    return text != NULL && text[0] == '=';
}

static bool quietly(struct check *c, const struct schema_node *node, const json_t *value,
                    struct seen *seen)
{
    enum check_mode mode = c->mode;
    bool fits;

    c->mode = CHECK_QUIET;
    fits = check_node(c, node, value, seen);
    c->mode = mode;
    return fits;
}

bool word_ref(struct check *c, const struct schema_node *node, const struct schema_word *word,
              const json_t *value, struct seen *seen)
{
    (void)node;
    check(word->node != NULL);
    return check_node(c, word->node, value, seen);
}

/* The outermost schema entered that has the name decides what it means. */
bool word_dynamic_ref(struct check *c, const struct schema_node *node,
                      const struct schema_word *word, const json_t *value, struct seen *seen)
{
    const struct schema_node *found = word->node;
    const char *name = json_object_get(word->node->json, "$dynamicAnchor") != NULL
                           ? json_text(json_object_get(word->node->json, "$dynamicAnchor"))
                           : NULL;

    (void)node;
    for (const struct scope *scope = c->scope; word->dynamic && scope != NULL;
         scope = scope->outer) {
        const struct dict *names = scope->resource->dynamics;
        const struct schema_node *meant = names != NULL ? dict_find(names, name) : NULL;

        if (!check_spend(c, 1))
            return false;
        if (meant != NULL)
            found = meant;
    }
    return check_node(c, found, value, seen);
}

bool word_all_of(struct check *c, const struct schema_node *node, const struct schema_word *word,
                 const json_t *value, struct seen *seen)
{
    bool fits = true;

    (void)node;
    for (size_t i = 0; i < word->count && (fits || check_goes_on(c)); i++)
        fits = check_node(c, word->nodes[i], value, seen) && fits;
    return fits;
}

/* ---- Alternatives */

/* How far off a value is from a schema that it does not fit. */
static unsigned weigh(struct check *c, const struct schema_node *node, const json_t *value)
{
    enum check_mode mode = c->mode;
    unsigned weight;

    c->mode = CHECK_WEIGH;
    c->weight = 0;
    check_node(c, node, value, NULL);
    weight = c->weight;
    c->mode = mode;
    return weight;
}

static const char *alternative(const struct schema_node *node, size_t index, char *text,
                               size_t room)
{
    const char *title = json_get_text(node->json, "title");

    if (title != NULL)
        snprintf(text, room, "\"%.*s\"", TITLE, title);
    else
        snprintf(text, room, "number %zu", index + 1);
    return text;
}

/* None fits: the nearest one's faults are what a person wants to read. */
static bool none_fits(struct check *c, const struct schema_node *node,
                      const struct schema_word *word, const json_t *value)
{
    unsigned least = UINT32_MAX;
    size_t nearest = 0;
    char name[TITLE + 20];

    if (c->mode != CHECK_TELL || c->ended != ERR_OK)
        return say(c, node, word, 30, "fits no alternative");
    for (size_t i = 0; i < word->count; i++) {
        unsigned weight = weigh(c, word->nodes[i], value);

        if (weight < least) {
            least = weight;
            nearest = i;
        }
    }
    say(c, node, word, 30, "fits none of %zu alternatives; the nearest is %s", word->count,
        alternative(word->nodes[nearest], nearest, name, sizeof name));
    if (check_goes_on(c))
        check_node(c, word->nodes[nearest], value, NULL);
    return false;
}

bool word_any_of(struct check *c, const struct schema_node *node, const struct schema_word *word,
                 const json_t *value, struct seen *seen)
{
    bool fits = false;

    for (size_t i = 0; i < word->count && (!fits || seen != NULL); i++)
        fits = quietly(c, word->nodes[i], value, seen) || fits;
    return fits ? c->ended == ERR_OK : none_fits(c, node, word, value);
}

bool word_one_of(struct check *c, const struct schema_node *node, const struct schema_word *word,
                 const json_t *value, struct seen *seen)
{
    size_t first = word->count, second = word->count;
    char names[2][TITLE + 20];

    for (size_t i = 0; i < word->count && second == word->count; i++) {
        if (!quietly(c, word->nodes[i], value, seen))
            continue;
        if (first == word->count)
            first = i;
        else
            second = i;
    }
    if (c->ended != ERR_OK)
        return false;
    if (first == word->count)
        return none_fits(c, node, word, value);
    return second == word->count || is_undecided(c, value) ||
           say(c, node, word, 20, "fits two alternatives, %s and %s, but must fit one only",
               alternative(word->nodes[first], first, names[0], sizeof names[0]),
               alternative(word->nodes[second], second, names[1], sizeof names[1]));
}

/* ---- Conditions */

bool word_not(struct check *c, const struct schema_node *node, const struct schema_word *word,
              const json_t *value, struct seen *seen)
{
    (void)seen;
    if (!quietly(c, word->node, value, NULL))
        return c->ended == ERR_OK;
    return is_undecided(c, value) || say(c, node, word, 20, "is what is ruled out here");
}

bool word_if(struct check *c, const struct schema_node *node, const struct schema_word *word,
             const json_t *value, struct seen *seen)
{
    const struct schema_word *then = schema__word(node, "then");
    const struct schema_word *otherwise = schema__word(node, "else");
    const struct schema_word *next;

    if (then == NULL && otherwise == NULL && seen == NULL)
        return true;
    if (is_undecided(c, value)) { /* either may come about: what both know of counts */
        quietly(c, word->node, value, seen);
        if (then != NULL)
            quietly(c, then->node, value, seen);
        if (otherwise != NULL)
            quietly(c, otherwise->node, value, seen);
        return c->ended == ERR_OK;
    }
    next = quietly(c, word->node, value, seen) ? then : otherwise;
    if (c->ended != ERR_OK)
        return false;
    return next == NULL || check_node(c, next->node, value, seen);
}

bool word_dependent_schemas(struct check *c, const struct schema_node *node,
                            const struct schema_word *word, const json_t *value, struct seen *seen)
{
    bool fits = true;

    (void)node;
    if (!check_spend(c, word->count))
        return false;
    for (size_t i = 0; i < word->count && (fits || check_goes_on(c)); i++)
        if (json_object_get(value, word->pairs[i].name) != NULL)
            fits = check_node(c, word->pairs[i].node, value, seen) && fits;
    return fits;
}
