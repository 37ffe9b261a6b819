/* check.c - a value against a schema.
 *
 * (1) A verdict is given only when all that was asked has been looked at: a budget that ends, or
 *     memory that fails, ends the check without one.                              [check_end]
 * (2) What a schema saw of a value counts only when the value fits it.             [node_words]
 * (3) Faults are told in CHECK_TELL only; alternatives are tried quietly. */
#include "schema/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "schema/pattern.h"

bool check_end(struct check *c, enum err_code code, const char *fmt, ...)
{
    char text[300];
    va_list args;

    if (c->ended != ERR_OK)
        return false;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    c->ended = err_set(c->e, code, "%s", text);
    return false;
}

bool check_spend(struct check *c, uint64_t work)
{
    if (c->work >= work) {
        c->work -= work;
        return c->ended == ERR_OK;
    }
    c->work = 0;
    return check_end(c, ERR_LIMIT,
                     "checking against the schema takes more than %llu steps; make the value "
                     "smaller, or the schema's patterns and alternatives simpler",
                     (unsigned long long)(c->ask->work > 0 ? c->ask->work : SCHEMA_WORK));
}

bool check_goes_on(const struct check *c)
{
    return c->mode != CHECK_QUIET && c->ended == ERR_OK && c->faults < SCHEMA_FAULTS;
}

unsigned check_type(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return SCHEMA_OBJECT;
    case JSON_ARRAY:
        return SCHEMA_ARRAY;
    case JSON_STRING:
        return json_is_exact(value) ? SCHEMA_NUMBER : SCHEMA_STRING;
    case JSON_INTEGER:
    case JSON_REAL:
        return SCHEMA_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return SCHEMA_BOOLEAN;
    case JSON_NULL:
        break;
    }
    return SCHEMA_NULL;
}

static bool node_words(struct check *c, const struct schema_node *node, const json_t *value,
                       unsigned type, struct seen *outer)
{
    bool watch =
        (outer != NULL || node->unevaluated) && (type == SCHEMA_OBJECT || type == SCHEMA_ARRAY);
    struct seen own;
    bool fits = true;

    if (watch) {
        size_t count = type == SCHEMA_OBJECT ? json_object_size(value) : json_array_size(value);

        if (!check_spend(c, count / 64))
            return false;
        if (!seen_init(&own, count))
            return check_end(c, ERR_MEMORY, "no memory to check a value of %zu parts", count);
    }
    for (size_t i = 0; i < node->count && (fits || check_goes_on(c)); i++) {
        const struct schema_word *word = &node->words[i];

        if ((word->row->types & type) == 0)
            continue;
        /* What was looked at is known of a value that fits so far only. */
        if (!fits && strncmp(word->row->name, "unevaluated", 11) == 0)
            continue;
        if (!word->row->fits(c, node, word, value, watch ? &own : NULL)) {
            fits = false;
            if (word->row->kind == WORD_TYPES) /* what follows is about another type */
                break;
        }
    }
    if (watch && fits)
        seen_merge(outer, &own);
    if (watch)
        seen_fini(&own);
    return fits;
}

bool check_node(struct check *c, const struct schema_node *node, const json_t *value,
                struct seen *seen)
{
    const char *text = json_text(value);
    struct scope scope = { c->scope, node->resource };
    bool enters = c->scope == NULL || c->scope->resource != node->resource, fits;

    if (!check_spend(c, 1 + node->count))
        return false;
    if (c->ask->expressions && text != NULL && text[0] == '=')
        return true;
    if (node->never)
        return say(c, node, NULL, 10, "must not be there");
    if (c->depth >= SCHEMA_DEPTH)
        return check_end(c, ERR_LIMIT,
                         "schemas lead into each other more than %d deep while this value is "
                         "checked",
                         SCHEMA_DEPTH);
    c->depth++;
    if (enters)
        c->scope = &scope;
    fits = node_words(c, node, value, check_type(value), seen);
    if (enters)
        c->scope = scope.outer;
    c->depth--;
    return fits;
}

bool check_member(struct check *c, const struct schema_node *node, const json_t *value,
                  const char *key)
{
    struct place place = { c->place, key, 0 };
    bool fits;

    c->place = &place;
    fits = check_node(c, node, value, NULL);
    c->place = place.outer;
    return fits;
}

bool check_item(struct check *c, const struct schema_node *node, const json_t *value, size_t index)
{
    struct place place = { c->place, NULL, index };
    bool fits;

    c->place = &place;
    fits = check_node(c, node, value, NULL);
    c->place = place.outer;
    return fits;
}

enum err_code schema_verify(const struct schema *schema, const json_t *value,
                            const struct schema_ask *ask, struct err *e)
{
    static const struct schema_ask plain = { .name = NULL };
    struct err own;
    struct check c = { .schema = schema,
                       .ask = ask != NULL ? ask : &plain,
                       .mode = CHECK_TELL,
                       .e = e != NULL ? e : &own };
    bool fits;

    check(schema != NULL);
    check(value != NULL);
    c.work = c.ask->work > 0 ? c.ask->work : SCHEMA_WORK;
    c.e->code = ERR_OK;
    fits = check_node(&c, schema->root, value, NULL);
    pattern_room_free(c.room);
    if (c.ended != ERR_OK)
        return c.ended;
    check(fits == (c.e->code == ERR_OK));
    return fits ? ERR_OK : ERR_INVALID;
}
