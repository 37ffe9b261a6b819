/* word_build.c - the values of keywords, each after its kind. */
#include "schema/schema_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "schema/format.h"
#include "schema/pattern.h"
#include "schema/uri.h"

#define DIALECT    "https://json-schema.org/draft/2020-12/schema"
#define VOCABULARY "https://json-schema.org/draft/2020-12/vocab/"

/* A fault at the keyword under work: "\"minLength\" must be ..." */
static void wants(struct build *b, const struct schema_word *word, const char *what)
{
    bool empty = json_is_array(word->value) && json_array_size(word->value) == 0;

    schema__fault(b, word->row->name, "\"%s\" must be %s, but is: %s", word->row->name, what,
                  empty ? "an empty list" : json_kind(word->value));
}

static struct schema_node *below(struct build *b, struct schema_node *node,
                                 const struct schema_word *word, const char *name, json_t *json)
{
    size_t size = schema__down(b, name);
    struct schema_node *made;

    b->in_place = schema__in_place(word->row);
    made = schema__node(b, json, node->resource);
    schema__up(b, size);
    return made;
}

static void build_schemas(struct build *b, struct schema_node *node, struct schema_word *word,
                          json_t *value)
{
    if (!json_is_array(value) || json_array_size(value) == 0) {
        wants(b, word, "a list of one or more schemas");
        return;
    }
    word->nodes = mem_must(json_array_size(value) * sizeof *word->nodes);
    for (size_t i = 0; i < json_array_size(value); i++) {
        char name[24];

        snprintf(name, sizeof name, "%zu", i);
        word->nodes[word->count++] = below(b, node, word, name, json_array_get(value, i));
    }
}

static void build_members(struct build *b, struct schema_node *node, struct schema_word *word,
                          json_t *value)
{
    const char *name;
    json_t *item;

    if (!json_is_object(value)) {
        wants(b, word, "an object of schemas");
        return;
    }
    word->members = dict_new();
    json_object_foreach(value, name, item)
    {
        dict_put(word->members, name, below(b, node, word, name, item));
    }
}

static struct pattern *build_regex(struct build *b, const struct schema_word *word,
                                   const char *text, size_t size)
{
    struct err e;
    struct pattern *pattern = pattern_new(text, size, &e);

    if (pattern == NULL)
        schema__fault(b, word->row->name,
                      "\"%.100s\" is no regular expression that Weft can check: %s", text, e.text);
    return pattern;
}

/* "patternProperties" and "dependentSchemas" */
static void build_pairs(struct build *b, struct schema_node *node, struct schema_word *word,
                        json_t *value)
{
    const char *name;
    json_t *item;

    if (!json_is_object(value)) {
        wants(b, word, "an object of schemas");
        return;
    }
    word->pairs = mem_must((json_object_size(value) + 1) * sizeof *word->pairs);
    json_object_foreach(value, name, item)
    {
        struct schema_pair *pair = &word->pairs[word->count++];

        pair->name = name;
        if (word->row->kind == WORD_PATTERNS) {
            size_t size = schema__down(b, name);

            pair->pattern = build_regex(b, word, name, strlen(name));
            schema__up(b, size);
        }
        pair->node = below(b, node, word, name, item);
    }
}

static void build_count(struct build *b, struct schema_word *word, const json_t *value)
{
    static const struct number zero = { .whole = true };
    static const struct number most = { .whole = true, .value = INT64_MAX };

    if (!number_read(&word->number, value) || !number_is_whole(&word->number)) {
        wants(b, word, "a whole number, 0 or greater");
        return;
    }
    if (number_compare(&word->number, &zero) < 0) {
        wants(b, word, "0 or greater");
        return;
    }
    if (word->number.whole) {
        word->limit = (uint64_t)word->number.value;
        return;
    }
    word->limit = INT64_MAX; /* 2.0 is written out; what is larger than all counts is all alike */
    if (number_compare(&word->number, &most) < 0) {
        word->limit = 0;
        for (size_t i = 0; i < word->number.size; i++)
            word->limit = word->limit * 10 + (uint64_t)(word->number.digits[i] - '0');
        for (int64_t i = 0; i < word->number.exponent; i++)
            word->limit *= 10;
    }
}

static void build_number(struct build *b, struct schema_word *word, const json_t *value)
{
    static const struct number zero = { .whole = true };

    if (json_is_boolean(value) && strncmp(word->row->name, "exclusive", 9) == 0)
        wants(b, word, "a number of its own (2020-12), not true or false");
    else if (!number_read(&word->number, value))
        wants(b, word, "a number");
    else if (word->row->kind == WORD_DIVISOR && number_compare(&word->number, &zero) <= 0)
        schema__fault(b, word->row->name, "\"%s\" must be greater than 0", word->row->name);
    else if (word->row->kind == WORD_DIVISOR && number_digits(&word->number) > SCHEMA_DIGITS)
        schema__fault(b, word->row->name, "\"%s\" must have at most %u significant digits",
                      word->row->name, SCHEMA_DIGITS);
}

unsigned schema__type_find(const char *name)
{
    static const struct {
        const char *name;
        unsigned type;
    } types[] = {
        { "null", SCHEMA_NULL },
        { "boolean", SCHEMA_BOOLEAN },
        { "object", SCHEMA_OBJECT },
        { "array", SCHEMA_ARRAY },
        { "number", SCHEMA_NUMBER | SCHEMA_INTEGER },
        { "integer", SCHEMA_INTEGER },
        { "string", SCHEMA_STRING },
    };

    for (size_t i = 0; name != NULL && i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0)
            return types[i].type;
    return 0;
}

static void build_types(struct build *b, struct schema_word *word, const json_t *value)
{
    static const char want[] = "the name of a type (null, boolean, object, array, number, integer, "
                               "string) or a list of different ones";
    size_t count = json_is_array(value) ? json_array_size(value) : 1;

    for (size_t i = 0; i < count; i++) {
        const json_t *name = json_is_array(value) ? json_array_get(value, i) : value;
        unsigned type = schema__type_find(json_text(name));

        for (size_t j = 0; j < i; j++)
            if (json_equal((json_t *)name, json_array_get(value, j)) != 0)
                type = 0;
        if (type == 0) {
            schema__fault(b, word->row->name, "\"type\" must be %s%s%.40s%s", want,
                          json_text(name) != NULL ? ", not \"" : "",
                          json_text(name) != NULL ? json_text(name) : "",
                          json_text(name) != NULL ? "\"" : "");
            return;
        }
        word->types |= type;
    }
    if (count == 0)
        wants(b, word, want);
}

/* A list of texts, each of them once. */
static bool is_names(const json_t *value)
{
    struct dict *known = dict_new();
    bool good = json_is_array(value);

    for (size_t i = 0; i < json_array_size(value) && good; i++) {
        const char *name = json_text(json_array_get(value, i));

        good = name != NULL && dict_find(known, name) == NULL;
        if (good)
            dict_put(known, name, (void *)name);
    }
    dict_free(known);
    return good;
}

static void build_name_lists(struct build *b, const struct schema_word *word, json_t *value)
{
    const char *name;
    json_t *item;

    json_object_foreach(value, name, item)
    {
        if (!is_names(item))
            wants(b, word, "an object of lists of different names");
    }
    if (!json_is_object(value))
        wants(b, word, "an object of lists of different names");
}

static void build_format(struct build *b, struct schema_word *word, const json_t *value)
{
    const char *name = json_text(value);

    if (name == NULL) {
        wants(b, word, "the name of a format");
        return;
    }
    word->format = format_find(name);
    if (word->format == NULL && (b->schema->flags & SCHEMA_FORMATS) != 0)
        schema__fault(b, word->row->name,
                      "the format \"%.60s\" is not one that Weft checks; it checks %s", name,
                      format_names());
}

static void build_vocabulary(struct build *b, const struct schema_word *word, json_t *value)
{
    const char *name;
    json_t *needed;

    if (!json_is_object(value))
        wants(b, word, "an object");
    json_object_foreach(value, name, needed)
    {
        if (strncmp(name, VOCABULARY, strlen(VOCABULARY)) != 0 && !json_is_false(needed))
            schema__fault(b, word->row->name,
                          "the vocabulary \"%.100s\" is not one that Weft knows", name);
    }
}

static void build_text(struct build *b, const struct schema_word *word, const json_t *value)
{
    const char *text = json_text(value);
    bool dialect = word->row->kind == WORD_DIALECT;
    struct uri uri;

    if (text == NULL)
        wants(b, word, "a text");
    else if (dialect && strcmp(text, DIALECT) != 0 && strcmp(text, DIALECT "#") != 0)
        schema__fault(b, word->row->name,
                      "\"$schema\" is \"%.100s\"; Weft checks JSON Schema 2020-12 only: %s", text,
                      DIALECT);
    else if (word->row->kind == WORD_REF && !uri_parse(&uri, text, json_string_length(value)))
        schema__fault(b, word->row->name,
                      "\"%.100s\" is not well-formed: a URI, or a part of one "
                      "like \"#/$defs/name\", must stand here",
                      text);
}

void schema__word_build(struct build *b, struct schema_node *node, struct schema_word *word,
                        json_t *value)
{
    const char *text = json_text(value);

    switch (word->row->kind) {
    case WORD_SCHEMA:
        b->in_place = schema__in_place(word->row);
        word->node = schema__node(b, value, node->resource);
        break;
    case WORD_SCHEMAS:
        build_schemas(b, node, word, value);
        break;
    case WORD_MEMBERS:
        build_members(b, node, word, value);
        break;
    case WORD_PATTERNS:
    case WORD_PAIRS:
        build_pairs(b, node, word, value);
        break;
    case WORD_COUNT:
        build_count(b, word, value);
        break;
    case WORD_NUMBER:
    case WORD_DIVISOR:
        build_number(b, word, value);
        break;
    case WORD_TYPES:
        build_types(b, word, value);
        break;
    case WORD_LIST:
        if (!json_is_array(value))
            wants(b, word, "a list");
        break;
    case WORD_BOOL:
        if (!json_is_boolean(value))
            wants(b, word, "true or false");
        break;
    case WORD_NAMES:
        if (!is_names(value))
            wants(b, word, "a list of different names");
        break;
    case WORD_NAME_LISTS:
        build_name_lists(b, word, value);
        break;
    case WORD_PATTERN:
        if (text != NULL)
            word->pattern = build_regex(b, word, text, json_string_length(value));
        else
            wants(b, word, "a regular expression");
        break;
    case WORD_FORMAT:
        build_format(b, word, value);
        break;
    case WORD_VOCABULARY:
        build_vocabulary(b, word, value);
        break;
    case WORD_TEXT:
    case WORD_DIALECT:
    case WORD_REF:
        build_text(b, word, value);
        break;
    case WORD_ANY:
    case WORD_URI: /* schema__name() has looked at them */
    case WORD_ANCHOR:
        break;
    }
}
