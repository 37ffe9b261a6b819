/* check_object.c - keywords about objects and their members. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "schema/check.h"
#include "schema/pattern.h"

static bool counted(struct check *c, const struct schema_node *node, const struct schema_word *word,
                    size_t count, bool most)
{
    if (most ? count <= word->limit : count >= word->limit)
        return true;
    return say(c, node, word, 5, "has %zu member%s, at %s %llu %s", count, count == 1 ? "" : "s",
               most ? "most" : "least", (unsigned long long)word->limit,
               most ? "are allowed" : "are needed");
}

bool word_max_properties(struct check *c, const struct schema_node *node,
                         const struct schema_word *word, const json_t *value, struct seen *seen)
{
    (void)seen;
    return counted(c, node, word, json_object_size(value), true);
}

bool word_min_properties(struct check *c, const struct schema_node *node,
                         const struct schema_word *word, const json_t *value, struct seen *seen)
{
    (void)seen;
    return counted(c, node, word, json_object_size(value), false);
}

static bool has_default(const struct schema_node *node, const char *name)
{
    const json_t *properties = json_object_get(node->json, "properties");

    return json_object_get(json_object_get(properties, name), "default") != NULL;
}

bool word_required(struct check *c, const struct schema_node *node, const struct schema_word *word,
                   const json_t *value, struct seen *seen)
{
    bool defaults = (c->schema->flags & SCHEMA_DEFAULTS) != 0, fits = true;

    (void)seen;
    if (!check_spend(c, json_array_size(word->value)))
        return false;
    for (size_t i = 0; i < json_array_size(word->value) && (fits || check_goes_on(c)); i++) {
        const char *name = json_string_value(json_array_get(word->value, i));

        if (json_object_get(value, name) == NULL && !(defaults && has_default(node, name)))
            fits = say_member(c, node, word, name, false, "is missing");
    }
    return fits;
}

bool word_dependent_required(struct check *c, const struct schema_node *node,
                             const struct schema_word *word, const json_t *value, struct seen *seen)
{
    bool fits = true;
    const char *cause;
    json_t *names;

    (void)seen;
    json_object_foreach((json_t *)word->value, cause, names)
    {
        if (json_object_get(value, cause) == NULL)
            continue;
        if (!check_spend(c, 1 + json_array_size(names)))
            return false;
        for (size_t i = 0; i < json_array_size(names); i++) {
            const char *name = json_string_value(json_array_get(names, i));

            if (!fits && !check_goes_on(c))
                return false;
            if (json_object_get(value, name) == NULL)
                fits = say_member(c, node, word, name, false,
                                  "is missing: it is needed where \"%.80s\" stands", cause);
        }
    }
    return fits;
}

bool word_property_names(struct check *c, const struct schema_node *node,
                         const struct schema_word *word, const json_t *value, struct seen *seen)
{
    enum check_mode mode = c->mode;
    bool fits = true;
    const char *name;
    json_t *item;

    (void)seen;
    json_object_foreach((json_t *)value, name, item)
    {
        json_t *text = json_string_nocheck(name);
        bool good;

        if (text == NULL)
            return check_end(c, ERR_MEMORY, "no memory to check the names of members");
        c->mode = CHECK_QUIET;
        good = check_node(c, word->node, text, NULL);
        c->mode = mode;
        json_decref(text);
        if (!good)
            fits = say_member(c, node, word, name, true,
                              "is no name that is allowed for a member here");
        if (!fits && !check_goes_on(c))
            return false;
    }
    return fits;
}

bool word_properties(struct check *c, const struct schema_node *node,
                     const struct schema_word *word, const json_t *value, struct seen *seen)
{
    size_t at = 0;
    bool fits = true;
    const char *name;
    json_t *item;

    (void)node;
    if (!check_spend(c, json_object_size(value)))
        return false;
    json_object_foreach((json_t *)value, name, item)
    {
        const struct schema_node *member = dict_find(word->members, name);

        if (member != NULL) {
            fits = check_member(c, member, item, name) && fits;
            seen_add(seen, at);
        }
        if (!fits && !check_goes_on(c))
            return false;
        at++;
    }
    return fits;
}

/* Does the name match? False also when the check has ended. */
static bool pair_matches(struct check *c, const struct schema_pair *pair, const char *name)
{
    switch (pattern_find(pair->pattern, name, strlen(name), &c->work, &c->room)) {
    case PATTERN_FOUND:
        return true;
    case PATTERN_NONE:
        return false;
    case PATTERN_STARVED:
        return check_end(c, ERR_MEMORY, "no memory to match the names of members");
    case PATTERN_SPENT:
        break;
    }
    return check_end(c, ERR_LIMIT,
                     "the pattern %.100s takes too many steps on the names of members; make it "
                     "simpler",
                     pair->name);
}

bool word_pattern_properties(struct check *c, const struct schema_node *node,
                             const struct schema_word *word, const json_t *value, struct seen *seen)
{
    size_t at = 0;
    bool fits = true;
    const char *name;
    json_t *item;

    (void)node;
    json_object_foreach((json_t *)value, name, item)
    {
        for (size_t i = 0; i < word->count; i++) {
            if (!pair_matches(c, &word->pairs[i], name))
                continue;
            fits = check_member(c, word->pairs[i].node, item, name) && fits;
            seen_add(seen, at);
        }
        if (c->ended != ERR_OK || (!fits && !check_goes_on(c)))
            return false;
        at++;
    }
    return fits;
}

/* Is a member spoken for by "properties" or "patternProperties" beside? */
static bool is_listed(struct check *c, const struct schema_word *properties,
                      const struct schema_word *patterns, const char *name)
{
    if (properties != NULL && dict_find(properties->members, name) != NULL)
        return true;
    for (size_t i = 0; patterns != NULL && i < patterns->count; i++)
        if (pair_matches(c, &patterns->pairs[i], name))
            return true;
    return false;
}

static bool more_check(struct check *c, const struct schema_node *node,
                       const struct schema_word *word, const json_t *item, const char *name)
{
    if (!word->node->never)
        return check_member(c, word->node, item, name);
    return say_member(c, node, word, name, true, "is not one of its members");
}

bool word_additional_properties(struct check *c, const struct schema_node *node,
                                const struct schema_word *word, const json_t *value,
                                struct seen *seen)
{
    const struct schema_word *properties = schema__word(node, "properties");
    const struct schema_word *patterns = schema__word(node, "patternProperties");
    size_t at = 0;
    bool fits = true;
    const char *name;
    json_t *item;

    if (!check_spend(c, json_object_size(value)))
        return false;
    json_object_foreach((json_t *)value, name, item)
    {
        if (!is_listed(c, properties, patterns, name)) {
            fits = more_check(c, node, word, item, name) && fits;
            seen_add(seen, at);
        }
        if (c->ended != ERR_OK || (!fits && !check_goes_on(c)))
            return false;
        at++;
    }
    return fits;
}

bool word_unevaluated_properties(struct check *c, const struct schema_node *node,
                                 const struct schema_word *word, const json_t *value,
                                 struct seen *seen)
{
    size_t at = 0;
    bool fits = true;
    const char *name;
    json_t *item;

    check(seen != NULL);
    if (!check_spend(c, json_object_size(value)))
        return false;
    json_object_foreach((json_t *)value, name, item)
    {
        if (!seen_has(seen, at))
            fits = more_check(c, node, word, item, name) && fits;
        if (!fits && !check_goes_on(c))
            return false;
        seen_add(seen, at);
        at++;
    }
    return fits;
}
