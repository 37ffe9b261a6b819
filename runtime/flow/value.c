/* value.c - settings with expressions in them.
 *
 * A value is a tree of parts. A part without expressions below it is one literal, which shares the
 * definition's JSON by reference; so the tree is only as large as the way to its expressions. */
#include "flow/value.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/flow_priv.h"

enum part_kind { PART_LITERAL, PART_EXPRESSION, PART_ARRAY, PART_OBJECT };

struct part {
    enum part_kind kind;
    char *key;          /* in an object */
    json_t *literal;    /* PART_LITERAL: owned */
    size_t slot;        /* PART_EXPRESSION: index into the value's expressions */
    struct part *parts; /* PART_ARRAY, PART_OBJECT */
    size_t count;
};

struct value {
    struct part root;
    unsigned *expressions; /* indexes into flow->expressions */
    size_t count, room;
};

static void part_fini(struct part *part)
{
    for (size_t i = 0; i < part->count; i++)
        part_fini(&part->parts[i]);
    mem_free(part->parts);
    mem_free(part->key);
    json_decref(part->literal);
}

static void part_set_literal(struct part *part, json_t *literal)
{
    part->kind = PART_LITERAL;
    part->literal = literal;
}

static void part_read_expression(struct value *value, struct part *part, struct flow_build *build,
                                 const json_t *text, const char *pointer)
{
    const struct flow_expression *expression = flow_build_expression(
        build, false, false, json_string_value(text) + 1, json_string_length(text) - 1, pointer);

    if (value->count == value->room) {
        value->room = value->room == 0 ? 4 : value->room * 2;
        value->expressions =
            mem_must_resize(value->expressions, value->room * sizeof *value->expressions);
    }
    part->kind = PART_EXPRESSION;
    part->slot = value->count;
    value->expressions[value->count++] = expression->index;
}

/* "=..." is an expression; of "'=...", "''=..." the first "'" goes; any other text is itself. */
static void part_read_text(struct value *value, struct part *part, struct flow_build *build,
                           json_t *text, const char *pointer)
{
    const char *at = json_string_value(text);
    size_t quotes = strspn(at, "'");
    json_t *bare;

    if (at[0] == '=') {
        part_read_expression(value, part, build, text, pointer);
        return;
    }
    if (quotes == 0 || at[quotes] != '=') {
        part_set_literal(part, json_incref(text));
        return;
    }
    bare = json_stringn(at + 1, json_string_length(text) - 1);
    if (bare == NULL) {
        flow_build_fault(build, pointer, "out of memory");
        bare = json_incref(text);
    }
    part_set_literal(part, bare);
}

static void part_read(struct value *value, struct part *part, struct flow_build *build,
                      json_t *json, const char *pointer, unsigned depth);

/* The parts of a container; true when none of them is other than a literal. */
static bool part_read_parts(struct value *value, struct part *part, struct flow_build *build,
                            json_t *json, const char *pointer, unsigned depth)
{
    size_t size = json_is_object(json) ? json_object_size(json) : json_array_size(json);
    void *cursor = json_is_object(json) ? json_object_iter(json) : NULL;
    bool literal = true;

    part->kind = json_is_object(json) ? PART_OBJECT : PART_ARRAY;
    part->parts = size > 0 ? mem_try(size * sizeof *part->parts) : NULL;
    if (size > 0 && part->parts == NULL) {
        flow_build_fault(build, pointer, "out of memory");
        return true;
    }
    if (size > 0)
        memset(part->parts, 0, size * sizeof *part->parts);
    for (; part->count < size; part->count++) {
        struct part *child = &part->parts[part->count];
        const char *key = cursor != NULL ? json_object_iter_key(cursor) : NULL;
        char *at =
            key != NULL ? flow__pointer(pointer, key) : flow__pointer_at(pointer, part->count);

        child->key = mem_must_copy(key);
        part_read(value, child, build,
                  cursor != NULL ? json_object_iter_value(cursor)
                                 : json_array_get(json, part->count),
                  at, depth + 1);
        mem_free(at);
        literal = literal && child->kind == PART_LITERAL;
        if (cursor != NULL)
            cursor = json_object_iter_next(json, cursor);
    }
    return literal;
}

static bool part_is_same(const struct part *part, const json_t *json)
{
    for (size_t i = 0; i < part->count; i++) {
        const json_t *member = part->kind == PART_OBJECT ? json_object_get(json, part->parts[i].key)
                                                         : json_array_get(json, i);

        if (part->parts[i].literal != member)
            return false;
    }
    return true;
}

static json_t *part_fill(const struct part *part, json_t *const *results, bool *failed);

/* Makes one literal of a container of literals: the definition's own, unless a "'" went somewhere
 * below. */
static void part_collapse(struct part *part, struct flow_build *build, json_t *json,
                          const char *pointer)
{
    bool failed = false;
    json_t *literal = part_is_same(part, json) ? json_incref(json) : part_fill(part, NULL, &failed);

    if (failed || literal == NULL) {
        flow_build_fault(build, pointer, "out of memory");
        literal = json_incref(json);
    }
    for (size_t i = 0; i < part->count; i++)
        part_fini(&part->parts[i]);
    mem_free(part->parts);
    part->parts = NULL;
    part->count = 0;
    part_set_literal(part, literal);
}

static void part_read(struct value *value, struct part *part, struct flow_build *build,
                      json_t *json, const char *pointer, unsigned depth)
{
    if (depth > LIMIT_JSON_DEPTH) {
        flow_build_fault(build, pointer, "nested deeper than %u levels", LIMIT_JSON_DEPTH);
        part_set_literal(part, json_incref(json));
    } else if (json_is_text(json)) {
        part_read_text(value, part, build, json, pointer);
    } else if (!json_is_object(json) && !json_is_array(json)) {
        part_set_literal(part, json_incref(json));
    } else if (part_read_parts(value, part, build, json, pointer, depth)) {
        part_collapse(part, build, json, pointer);
    }
}

struct value *value_new(struct flow_build *build, json_t *json, const char *pointer)
{
    struct value *value = mem_must(sizeof *value);

    check(json != NULL);
    check(pointer != NULL);
    part_read(value, &value->root, build, json, pointer, 0);
    return value;
}

void value_free(struct value *value)
{
    if (value == NULL)
        return;
    part_fini(&value->root);
    mem_free(value->expressions);
    mem_free(value);
}

bool value_is_literal(const struct value *value)
{
    check(value != NULL);
    return value->root.kind == PART_LITERAL;
}

const json_t *value_literal(const struct value *value)
{
    check(value != NULL);
    return value->root.kind == PART_LITERAL ? value->root.literal : NULL;
}

const unsigned *value_expressions(const struct value *value, size_t *count)
{
    check(value != NULL);
    *count = value->count;
    return value->expressions;
}

static json_t *part_fill_array(const struct part *part, json_t *const *results, bool *failed)
{
    json_t *array = json_array();

    *failed = *failed || array == NULL;
    for (size_t i = 0; !*failed && i < part->count; i++) {
        json_t *item = part_fill(&part->parts[i], results, failed);

        if (json_array_append_new(array, item != NULL ? item : json_null()) != 0)
            *failed = true;
    }
    return array;
}

static json_t *part_fill_object(const struct part *part, json_t *const *results, bool *failed)
{
    json_t *object = json_object();

    *failed = *failed || object == NULL;
    for (size_t i = 0; !*failed && i < part->count; i++) {
        json_t *member = part_fill(&part->parts[i], results, failed);

        if (member != NULL)
            json_put(object, part->parts[i].key, member, failed);
    }
    return object;
}

static json_t *part_fill(const struct part *part, json_t *const *results, bool *failed)
{
    switch (part->kind) {
    case PART_LITERAL:
        return json_incref(part->literal);
    case PART_EXPRESSION:
        check(results != NULL);
        return json_incref(results[part->slot]); /* NULL stays NULL */
    case PART_ARRAY:
        return part_fill_array(part, results, failed);
    case PART_OBJECT:
        break;
    }
    return part_fill_object(part, results, failed);
}

json_t *value_fill(const struct value *value, json_t *const *results, bool *failed)
{
    json_t *filled;

    check(value != NULL);
    check(failed != NULL);
    *failed = false;
    filled = part_fill(&value->root, results, failed);
    if (*failed) {
        json_decref(filled);
        return NULL;
    }
    return filled;
}

static void part_plan(const struct value *value, const struct part *part, struct plan_node *node)
{
    switch (part->kind) {
    case PART_LITERAL:
        node->kind = PLAN_LITERAL;
        node->literal = json_incref(part->literal);
        return;
    case PART_EXPRESSION:
        node->kind = PLAN_RULE;
        node->rule = value->expressions[part->slot];
        return;
    case PART_ARRAY:
        node->kind = PLAN_ARRAY;
        break;
    case PART_OBJECT:
        node->kind = PLAN_OBJECT;
        node->keeps = true;
    }
    for (size_t i = 0; i < part->count; i++)
        part_plan(value, &part->parts[i], plan_part_add(node, part->parts[i].key));
}

void value_plan(const struct value *value, struct plan_node *node)
{
    check(value != NULL);
    check(node->count == 0 && node->literal == NULL);
    part_plan(value, &value->root, node);
}
