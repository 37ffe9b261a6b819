/* at.c - what a schema says of one place, without a value.
 *
 * A place is described by all schemas that apply to it: those that hold in any case (references and
 * "allOf" followed), and those of alternatives, which hold perhaps. What the first say is put
 * together; the second make the place open. */
#include "schema/schema_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "schema/pattern.h"

#define NODES_MAX 64      /* schemas that apply to one place; what comes later only makes it open */
#define NAME_WORK 100000u /* budget for the patterns of names */

struct apply {
    const struct schema_node *node;
    bool sure; /* no alternative */
};
struct applied {
    struct apply list[NODES_MAX];
    size_t count;
    bool more; /* there were more */
    bool required;
    bool known; /* named by a schema, and not let through only */
    bool forbidden;
    bool defaults; /* SCHEMA_DEFAULTS: a required member with a default may be missing */
};

/* ---- The schemas of a place */

static void apply_add(struct applied *all, const struct schema_node *node, bool sure)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].node == node) {
            all->list[i].sure |= sure;
            return;
        }
    if (all->count == NODES_MAX) {
        all->more = true;
        return;
    }
    all->list[all->count++] = (struct apply){ node, sure };
}

/* Adds what the nodes in the list refer to, alternatives too; the list grows while it is walked. */
static void apply_close(struct applied *all)
{
    static const char *const perhaps[] = { "anyOf", "oneOf", "then", "else", "dependentSchemas" };

    for (size_t i = 0; i < all->count; i++) {
        const struct schema_node *node = all->list[i].node;
        bool sure = all->list[i].sure;

        for (size_t w = 0; w < node->count; w++) {
            const struct schema_word *word = &node->words[w];
            const char *name = word->row->name;
            bool alternative = false;

            for (size_t p = 0; p < sizeof perhaps / sizeof *perhaps; p++)
                alternative = alternative || strcmp(name, perhaps[p]) == 0;
            if (!alternative && word->row->kind != WORD_REF && strcmp(name, "allOf") != 0)
                continue;
            if (word->node != NULL)
                apply_add(all, word->node, sure && !alternative && !word->dynamic);
            for (size_t n = 0; n < word->count; n++)
                apply_add(all, word->nodes != NULL ? word->nodes[n] : word->pairs[n].node,
                          sure && !alternative);
        }
    }
}

static bool names_have(const json_t *names, const char *name)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        if (strcmp(json_string_value(json_array_get(names, i)), name) == 0)
            return true;
    return false;
}

/* One schema's word on a member. */
static void member_add(const struct apply *from, const char *name, struct applied *to)
{
    const struct schema_word *properties = schema__word(from->node, "properties");
    const struct schema_word *patterns = schema__word(from->node, "patternProperties");
    const struct schema_word *rest = schema__word(from->node, "additionalProperties");
    const struct schema_word *required = schema__word(from->node, "required");
    const struct schema_node *member =
        properties != NULL ? dict_find(properties->members, name) : NULL;
    struct pattern_room *room = NULL;
    uint64_t work = NAME_WORK;
    bool listed = member != NULL;

    if (required != NULL && from->sure && names_have(required->value, name))
        to->required = true;
    if (member != NULL)
        apply_add(to, member, from->sure);
    for (size_t i = 0; patterns != NULL && i < patterns->count; i++)
        if (pattern_find(patterns->pairs[i].pattern, name, strlen(name), &work, &room) ==
            PATTERN_FOUND) {
            apply_add(to, patterns->pairs[i].node, from->sure);
            listed = true;
        }
    pattern_room_free(room);
    to->known |= listed;
    if (listed || rest == NULL)
        return;
    if (!rest->node->never) {
        apply_add(to, rest->node, from->sure);
        to->known |= rest->node->count > 0;
    } else if (from->sure) {
        to->forbidden = true;
    }
}

/* One schema's word on the items of a list. */
static void items_add(const struct apply *from, struct applied *to)
{
    const struct schema_word *prefix = schema__word(from->node, "prefixItems");
    const struct schema_word *items = schema__word(from->node, "items");

    for (size_t i = 0; prefix != NULL && i < prefix->count; i++)
        apply_add(to, prefix->nodes[i], from->sure && prefix->count == 1 && items == NULL);
    to->known |= prefix != NULL || items != NULL;
    if (items != NULL && !items->node->never)
        apply_add(to, items->node, from->sure && prefix == NULL);
    else if (items != NULL && prefix == NULL && from->sure)
        to->forbidden = true;
}

/* From a place to a member of it (name), or to the items of a list (NULL). */
static void step(const struct applied *from, const char *name, struct applied *to)
{
    memset(to, 0, sizeof *to);
    to->more = from->more;
    to->defaults = from->defaults;
    for (size_t i = 0; i < from->count; i++) {
        if (name != NULL)
            member_add(&from->list[i], name, to);
        else
            items_add(&from->list[i], to);
    }
    for (size_t i = 0; i < from->count && name != NULL && !to->known; i++) {
        const struct schema_word *rest = schema__word(from->list[i].node, "unevaluatedProperties");

        if (rest != NULL && rest->node->never && from->list[i].sure)
            to->forbidden = true;
    }
    apply_close(to);
}

/* ---- What they say together */

static void tighten(int64_t *bound, const struct schema_word *word, bool most)
{
    int64_t limit;

    if (word == NULL)
        return;
    limit = word->limit > INT64_MAX ? INT64_MAX : (int64_t)word->limit;
    if (*bound < 0 || (most ? limit < *bound : limit > *bound))
        *bound = limit;
}

static void tighten_number(const json_t **bound, const struct schema_word *word, bool most)
{
    struct number old, more;

    if (word == NULL)
        return;
    if (*bound == NULL || (number_read(&old, *bound) && number_read(&more, word->value) &&
                           (number_compare(&more, &old) < 0) == most))
        *bound = word->value;
}

static void first_value(const json_t **kept, const struct schema_node *node, const char *name)
{
    const json_t *value = json_object_get(node->json, name);

    if (*kept == NULL && value != NULL)
        *kept = value;
}

static void first_text(const char **kept, const struct schema_node *node, const char *name)
{
    const char *text = json_get_text(node->json, name);

    if (*kept == NULL && text != NULL)
        *kept = text;
}

static void place_add(struct schema_place *place, const struct schema_node *node)
{
    const struct schema_word *type = schema__word(node, "type");

    if (node->never)
        place->types = 0;
    if (type != NULL)
        place->types &= type->types;
    tighten(&place->max_length, schema__word(node, "maxLength"), true);
    tighten(&place->min_length, schema__word(node, "minLength"), false);
    tighten(&place->max_items, schema__word(node, "maxItems"), true);
    tighten(&place->min_items, schema__word(node, "minItems"), false);
    tighten_number(&place->maximum, schema__word(node, "maximum"), true);
    tighten_number(&place->exclusive_maximum, schema__word(node, "exclusiveMaximum"), true);
    tighten_number(&place->minimum, schema__word(node, "minimum"), false);
    tighten_number(&place->exclusive_minimum, schema__word(node, "exclusiveMinimum"), false);
    first_value(&place->multiple_of, node, "multipleOf");
    first_value(&place->choices, node, "enum");
    first_value(&place->constant, node, "const");
    first_value(&place->usual, node, "default");
    first_text(&place->format, node, "format");
    first_text(&place->title, node, "title");
}

/* Types that some alternative allows; those that a place has in any case are cut down to them. */
static unsigned alternative_types(const struct applied *all)
{
    unsigned types = 0;
    bool any = false;

    for (size_t i = 0; i < all->count; i++) {
        const struct schema_word *type = schema__word(all->list[i].node, "type");

        if (all->list[i].sure)
            continue;
        any = true;
        types |= type != NULL ? type->types : (unsigned)SCHEMA_ANY;
    }
    return any ? types : (unsigned)SCHEMA_ANY;
}

static bool is_open(const struct schema_node *node)
{
    static const char *const words[] = { "anyOf", "oneOf", "not", "if", "dependentSchemas" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (schema__word(node, words[i]) != NULL)
            return true;
    return false;
}

static bool place_make(const struct applied *all, struct schema_place *place)
{
    *place = (struct schema_place){ .types = SCHEMA_ANY,
                                    .required = all->required,
                                    .open = all->more,
                                    .min_length = -1,
                                    .max_length = -1,
                                    .min_items = -1,
                                    .max_items = -1 };
    for (size_t i = 0; i < all->count; i++) {
        place->open |= !all->list[i].sure || is_open(all->list[i].node);
        if (all->list[i].sure)
            place_add(place, all->list[i].node);
    }
    if (!all->more)
        place->types &= alternative_types(all);
    if (all->defaults && place->usual != NULL)
        place->required = false;
    if (all->forbidden)
        place->types = 0;
    return all->known && !all->forbidden;
}

static void start(const struct schema *schema, struct applied *all)
{
    memset(all, 0, sizeof *all);
    all->known = true;
    all->defaults = (schema->flags & SCHEMA_DEFAULTS) != 0;
    apply_add(all, schema->root, true);
    apply_close(all);
}

/* ---- Paths */

bool schema_at(const struct schema *schema, const char *path, struct schema_place *place)
{
    struct applied now, next;

    check(schema != NULL);
    check(path != NULL);
    start(schema, &now);
    while (*path != '\0') {
        char name[LIMIT_JSON_KEY + 1];
        size_t size = 0;

        if (path[0] == '[' && path[1] == ']') {
            path += 2;
            step(&now, NULL, &next);
        } else {
            path += *path == '.';
            for (; *path != '\0' && *path != '.' && strncmp(path, "[]", 2) != 0; path++) {
                path += path[0] == '\\' && path[1] != '\0'; /* "a\.b" is one member */
                if (size < LIMIT_JSON_KEY)
                    name[size++] = *path;
            }
            name[size] = '\0';
            step(&now, name, &next);
        }
        now = next;
        if (now.forbidden || !now.known)
            break;
    }
    return place_make(&now, place) && *path == '\0';
}

struct walk {
    schema_walk_fn *walk;
    void *arg;
    struct buf path;
    size_t left; /* places that are told at most */
};

static void walk_down(struct walk *w, const struct applied *all, unsigned depth);

/* Members with a '.', '[' or '\' in their names stand with a '\' before it. */
static void walk_step(struct walk *w, const struct applied *all, const char *name, unsigned depth)
{
    struct applied next;
    struct schema_place place;
    size_t size = w->path.len;

    if (w->left == 0)
        return;
    step(all, name, &next);
    if (name != NULL && size > 0)
        buf_add_char(&w->path, '.');
    if (name == NULL)
        buf_add_text(&w->path, "[]");
    for (; name != NULL && *name != '\0'; name++) {
        if (strchr(".[\\", *name) != NULL)
            buf_add_char(&w->path, '\\');
        buf_add_char(&w->path, *name);
    }
    if (place_make(&next, &place) && buf_ok(&w->path)) {
        w->left--;
        w->walk(w->arg, buf_text(&w->path), &place);
        if (depth > 1)
            walk_down(w, &next, depth - 1);
    }
    if (buf_ok(&w->path)) {
        w->path.len = size;
        w->path.at[size] = '\0';
    }
}

/* Is the name among the properties of a schema before this one? */
static bool named_before(const struct applied *all, size_t index, const char *name)
{
    for (size_t i = 0; i < index; i++) {
        const struct schema_word *word = schema__word(all->list[i].node, "properties");

        if (word != NULL && dict_find(word->members, name) != NULL)
            return true;
    }
    return false;
}

static void walk_down(struct walk *w, const struct applied *all, unsigned depth)
{
    bool items = false;

    for (size_t i = 0; i < all->count; i++) {
        const struct schema_node *node = all->list[i].node;
        const char *name;
        json_t *member;

        json_object_foreach(json_object_get(node->json, "properties"), name, member)
        {
            if (*name != '\0' && !named_before(all, i, name)) /* "" has no path */
                walk_step(w, all, name, depth);
        }
        items = items || schema__word(node, "items") != NULL ||
                schema__word(node, "prefixItems") != NULL;
    }
    if (items)
        walk_step(w, all, NULL, depth);
}

void schema_walk(const struct schema *schema, unsigned depth, schema_walk_fn *walk, void *arg)
{
    struct walk w = { .walk = walk, .arg = arg, .left = SCHEMA_PLACES };
    struct applied all;

    check(walk != NULL);
    if (depth == 0)
        return;
    buf_init(&w.path, LIMIT_JSON_DEPTH * 2 * LIMIT_JSON_KEY);
    start(schema, &all);
    walk_down(&w, &all, depth < LIMIT_JSON_DEPTH ? depth : LIMIT_JSON_DEPTH);
    buf_fini(&w.path);
}
