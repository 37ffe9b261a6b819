/* build.c - JSON becomes nodes: every keyword is looked at, every fault is told. */
#include "schema/schema_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "schema/pattern.h"

#define DEPTH_MAX 200 /* schemas within schemas in one document */

void schema__fault(struct build *b, const char *keyword, const char *fmt, ...)
{
    char text[400];
    struct schema_fault fault = { buf_text(&b->place), keyword, buf_text(&b->place), text };
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    b->faults++;
    if (b->fault != NULL)
        b->fault(b->arg, &fault);
}

size_t schema__down(struct build *b, const char *name)
{
    size_t size = b->place.len;

    json_pointer_add(&b->place, name);
    check(buf_ok(&b->place));
    return size;
}

void schema__up(struct build *b, size_t size)
{
    check(size <= b->place.len);
    b->place.len = size;
    if (b->place.at != NULL)
        b->place.at[size] = '\0';
}

static struct schema_node *node_new(struct build *b, const json_t *json)
{
    struct schema_node *node = mem_must(sizeof *node);

    node->place = mem_must_copy(buf_text(&b->place));
    node->json = json;
    node->next = b->schema->nodes;
    b->schema->nodes = node;
    dict_put(b->schema->places, node->place, node);
    return node;
}

/* Keywords that are none: obeying the rest would be half a check. */
static void names_check(struct build *b, const json_t *json)
{
    const char *name, *hint;
    json_t *value;
    char text[80];

    json_object_foreach((json_t *)json, name, value)
    {
        size_t size;

        if (schema__word_row(name) != NULL || strncmp(name, "x-", 2) == 0)
            continue;
        size = schema__down(b, name);
        hint = schema__word_hint(name, text, sizeof text);
        schema__fault(b, name,
                      "the keyword \"%.60s\" is not one that Weft checks%s%s (notes of your own "
                      "begin with \"x-\")",
                      name, hint != NULL ? ": " : "", hint != NULL ? hint : "");
        schema__up(b, size);
    }
}

/* SCHEMA_CLOSED: the keyword that is false where a list of properties says nothing of others; NULL:
 * none. Schemas put to the same value know some of its members, too, and are not closed
 * themselves. */
static const char *closing(const struct build *b, const json_t *json, bool in_place)
{
    static const char *const open[] = { "additionalProperties", "unevaluatedProperties" };
    const char *name;
    json_t *value;

    if ((b->schema->flags & SCHEMA_CLOSED) == 0 || in_place ||
        json_object_get(json, "properties") == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        if (json_object_get(json, open[i]) != NULL)
            return NULL;
    json_object_foreach((json_t *)json, name, value)
    {
        const struct word_row *row = schema__word_row(name);

        if (row != NULL && schema__in_place(row))
            return open[1];
    }
    return open[0];
}

static void node_close(struct build *b, struct schema_node *node, const struct word_row *row)
{
    struct schema_word *word = &node->words[node->count++];
    size_t size = schema__down(b, row->name);

    word->row = row;
    word->node = node_new(b, NULL);
    word->node->never = true;
    word->node->resource = node->resource;
    schema__up(b, size);
}

static void words_build(struct build *b, struct schema_node *node, const json_t *json,
                        const char *closed)
{
    node->words = mem_must((json_object_size(json) + 1) * sizeof *node->words);
    for (size_t i = 0; i < schema__word_count; i++) {
        const struct word_row *row = &schema__words[i];
        json_t *value = json_object_get(json, row->name);
        struct schema_word *word = &node->words[node->count];
        size_t size;

        if (closed != NULL && strcmp(row->name, closed) == 0)
            node_close(b, node, row);
        if (value == NULL)
            continue;
        node->count++;
        word->row = row;
        word->value = value;
        size = schema__down(b, row->name);
        schema__word_build(b, node, word, value);
        schema__up(b, size);
    }
    node->unevaluated = schema__word(node, "unevaluatedItems") != NULL ||
                        schema__word(node, "unevaluatedProperties") != NULL;
}

struct schema_node *schema__node(struct build *b, json_t *json, struct schema_resource *resource)
{
    struct schema_node *node = node_new(b, json);
    bool in_place = b->in_place;

    b->in_place = false;
    node->resource = resource;
    if (json_is_boolean(json)) {
        node->never = json_is_false(json);
        return node;
    }
    if (!json_is_object(json)) {
        schema__fault(b, "", "a schema is an object, true or false, but here stands: %s",
                      json_kind(json));
        return node;
    }
    if (b->depth >= DEPTH_MAX) {
        schema__fault(b, "", "the schema is nested deeper than %u levels", DEPTH_MAX);
        return node;
    }
    b->depth++;
    schema__name(b, node);
    names_check(b, json);
    words_build(b, node, json, closing(b, json, in_place));
    b->depth--;
    return node;
}

/* ---- The whole */

static void word_free(struct schema_word *word)
{
    for (size_t i = 0; word->pairs != NULL && i < word->count; i++)
        pattern_free(word->pairs[i].pattern);
    pattern_free(word->pattern);
    dict_free(word->members);
    mem_free(word->pairs);
    mem_free(word->nodes);
}

void schema_free(struct schema *schema)
{
    if (schema == NULL || --schema->refs > 0)
        return;
    while (schema->nodes != NULL) {
        struct schema_node *node = schema->nodes;

        schema->nodes = node->next;
        for (size_t i = 0; i < node->count; i++)
            word_free(&node->words[i]);
        mem_free(node->words);
        mem_free(node->place);
        mem_free(node);
    }
    while (schema->resources != NULL) {
        struct schema_resource *resource = schema->resources;

        schema->resources = resource->next;
        dict_free(resource->dynamics);
        mem_free(resource->uri);
        mem_free(resource);
    }
    dict_free(schema->places);
    dict_free(schema->anchors);
    json_decref(schema->json);
    mem_free(schema);
}

struct schema *schema_new(json_t *json, unsigned flags, schema_fault_fn *fault, void *arg)
{
    struct schema *schema = mem_must(sizeof *schema);
    struct build b = { .schema = schema, .fault = fault, .arg = arg };

    check(json != NULL);
    schema->refs = 1;
    schema->json = json_incref(json);
    schema->flags = flags;
    schema->places = dict_new();
    schema->anchors = dict_new();
    buf_init(&b.place, (DEPTH_MAX + 2) * 4 * (2 * LIMIT_JSON_KEY + 2));
    schema->root = schema__node(&b, json, NULL);
    if (b.faults == 0)
        schema__link(&b);
    if (b.faults == 0)
        schema__loops(&b);
    buf_fini(&b.place);
    if (b.faults == 0)
        return schema;
    schema_free(schema);
    return NULL;
}

struct schema *schema_ref(struct schema *schema)
{
    check(schema->refs > 0);
    schema->refs++;
    return schema;
}

json_t *schema_json(const struct schema *schema)
{
    return schema->json;
}
