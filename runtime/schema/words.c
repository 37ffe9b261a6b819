/* words.c - the table of keywords: what each must look like, and what checks it. */
#include "schema/schema_priv.h"

#include <stdio.h>
#include <string.h>

#include "schema/check.h"

#define NUMERIC (SCHEMA_NUMBER | SCHEMA_INTEGER)

/* In the order of evaluation: cheap ones first, and behind all others what asks them what they have
 * looked at. */
const struct word_row schema__words[] = {
    { "$ref", WORD_REF, SCHEMA_ANY, word_ref },
    { "$dynamicRef", WORD_REF, SCHEMA_ANY, word_dynamic_ref },
    { "type", WORD_TYPES, SCHEMA_ANY, word_type },
    { "enum", WORD_LIST, SCHEMA_ANY, word_enum },
    { "const", WORD_ANY, SCHEMA_ANY, word_const },
    { "multipleOf", WORD_DIVISOR, NUMERIC, word_multiple_of },
    { "maximum", WORD_NUMBER, NUMERIC, word_maximum },
    { "exclusiveMaximum", WORD_NUMBER, NUMERIC, word_exclusive_maximum },
    { "minimum", WORD_NUMBER, NUMERIC, word_minimum },
    { "exclusiveMinimum", WORD_NUMBER, NUMERIC, word_exclusive_minimum },
    { "maxLength", WORD_COUNT, SCHEMA_STRING, word_max_length },
    { "minLength", WORD_COUNT, SCHEMA_STRING, word_min_length },
    { "pattern", WORD_PATTERN, SCHEMA_STRING, word_pattern },
    { "format", WORD_FORMAT, SCHEMA_STRING, word_format },
    { "maxItems", WORD_COUNT, SCHEMA_ARRAY, word_max_items },
    { "minItems", WORD_COUNT, SCHEMA_ARRAY, word_min_items },
    { "uniqueItems", WORD_BOOL, SCHEMA_ARRAY, word_unique_items },
    { "maxProperties", WORD_COUNT, SCHEMA_OBJECT, word_max_properties },
    { "minProperties", WORD_COUNT, SCHEMA_OBJECT, word_min_properties },
    { "required", WORD_NAMES, SCHEMA_OBJECT, word_required },
    { "dependentRequired", WORD_NAME_LISTS, SCHEMA_OBJECT, word_dependent_required },
    { "propertyNames", WORD_SCHEMA, SCHEMA_OBJECT, word_property_names },
    { "properties", WORD_MEMBERS, SCHEMA_OBJECT, word_properties },
    { "patternProperties", WORD_PATTERNS, SCHEMA_OBJECT, word_pattern_properties },
    { "additionalProperties", WORD_SCHEMA, SCHEMA_OBJECT, word_additional_properties },
    { "prefixItems", WORD_SCHEMAS, SCHEMA_ARRAY, word_prefix_items },
    { "items", WORD_SCHEMA, SCHEMA_ARRAY, word_items },
    { "contains", WORD_SCHEMA, SCHEMA_ARRAY, word_contains },
    { "dependentSchemas", WORD_PAIRS, SCHEMA_OBJECT, word_dependent_schemas },
    { "allOf", WORD_SCHEMAS, SCHEMA_ANY, word_all_of },
    { "anyOf", WORD_SCHEMAS, SCHEMA_ANY, word_any_of },
    { "oneOf", WORD_SCHEMAS, SCHEMA_ANY, word_one_of },
    { "not", WORD_SCHEMA, SCHEMA_ANY, word_not },
    { "if", WORD_SCHEMA, SCHEMA_ANY, word_if },
    { "unevaluatedItems", WORD_SCHEMA, SCHEMA_ARRAY, word_unevaluated_items },
    { "unevaluatedProperties", WORD_SCHEMA, SCHEMA_OBJECT, word_unevaluated_properties },
    /* Read by the keywords above. */
    { "then", WORD_SCHEMA, 0, NULL },
    { "else", WORD_SCHEMA, 0, NULL },
    { "maxContains", WORD_COUNT, 0, NULL },
    { "minContains", WORD_COUNT, 0, NULL },
    { "$defs", WORD_MEMBERS, 0, NULL },
    { "$schema", WORD_DIALECT, 0, NULL },
    { "$vocabulary", WORD_VOCABULARY, 0, NULL },
    { "$id", WORD_URI, 0, NULL },
    { "$anchor", WORD_ANCHOR, 0, NULL },
    { "$dynamicAnchor", WORD_ANCHOR, 0, NULL },
    /* Annotations. */
    { "$comment", WORD_TEXT, 0, NULL },
    { "title", WORD_TEXT, 0, NULL },
    { "description", WORD_TEXT, 0, NULL },
    { "default", WORD_ANY, 0, NULL },
    { "examples", WORD_LIST, 0, NULL },
    { "deprecated", WORD_BOOL, 0, NULL },
    { "readOnly", WORD_BOOL, 0, NULL },
    { "writeOnly", WORD_BOOL, 0, NULL },
    { "contentEncoding", WORD_TEXT, 0, NULL },
    { "contentMediaType", WORD_TEXT, 0, NULL },
    { "contentSchema", WORD_SCHEMA, 0, NULL },
};
const size_t schema__word_count = sizeof schema__words / sizeof *schema__words;

const struct word_row *schema__word_row(const char *name)
{
    for (size_t i = 0; i < schema__word_count; i++)
        if (strcmp(schema__words[i].name, name) == 0)
            return &schema__words[i];
    return NULL;
}

const struct schema_word *schema__word(const struct schema_node *node, const char *name)
{
    for (size_t i = 0; i < node->count; i++)
        if (strcmp(node->words[i].row->name, name) == 0)
            return &node->words[i];
    return NULL;
}

bool schema__in_place(const struct word_row *row)
{
    static const char *const names[] = {
        "$ref", "$dynamicRef", "allOf", "anyOf", "oneOf",
        "not",  "if",          "then",  "else",  "dependentSchemas"
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(row->name, names[i]) == 0)
            return true;
    return false;
}

/* ---- Hints for names that are no keywords */

static const char *const elsewhere[][2] = {
    { "definitions", "in 2020-12 it is called \"$defs\"" },
    { "dependencies", "in 2020-12 it is \"dependentRequired\" or \"dependentSchemas\"" },
    { "id", "in 2020-12 it is called \"$id\"" },
    { "additionalItems", "in 2020-12 it is \"items\" behind \"prefixItems\"" },
    { "$recursiveRef", "in 2020-12 it is called \"$dynamicRef\"" },
    { "$recursiveAnchor", "in 2020-12 it is called \"$dynamicAnchor\"" },
    { "nullable", "write \"type\": [..., \"null\"]" },
    { "example", "write \"examples\": [...]" },
    { "discriminator", "\"oneOf\" with a \"const\" in each alternative says the same" },
    { "divisibleBy", "in 2020-12 it is called \"multipleOf\"" },
    { "extends", "in 2020-12 it is called \"allOf\"" },
    { "disallow", "in 2020-12 it is called \"not\"" },
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Insertions, deletions and changes that make one of the other; SIZE_MAX when they are long. */
static size_t distance(const char *a, const char *b)
{
    size_t row[40], size_a = strlen(a), size_b = strlen(b);

    if (size_b >= sizeof row / sizeof *row || size_a >= sizeof row / sizeof *row)
        return SIZE_MAX;
    for (size_t j = 0; j <= size_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= size_a; i++) {
        size_t corner = row[0];

        row[0] = i;
        for (size_t j = 1; j <= size_b; j++) {
            size_t above = row[j];

            row[j] = least(least(row[j - 1], above) + 1, corner + (a[i - 1] != b[j - 1]));
            corner = above;
        }
    }
    return row[size_b];
}

const char *schema__word_hint(const char *name, char *text, size_t room)
{
    const char *nearest = NULL;
    size_t best = strlen(name) / 3 + 1;

    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (strcmp(elsewhere[i][0], name) == 0)
            return elsewhere[i][1];
    for (size_t i = 0; i < schema__word_count; i++) {
        size_t far = distance(name, schema__words[i].name);

        if (far < best) {
            best = far;
            nearest = schema__words[i].name;
        }
    }
    if (nearest == NULL)
        return NULL;
    snprintf(text, room, "did you mean \"%s\"?", nearest);
    return text;
}
