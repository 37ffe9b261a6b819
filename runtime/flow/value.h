/* value.h - a setting that may hold expressions: a literal, an expression, or JSON with expressions
 * in it.
 *
 * A string that begins with '=' is one expression; "'=..." is the literal "=...". A value is
 * parsed once into a tree whose leaves are literals or indexes into the flow's expressions; at
 * run time the engine evaluates those and value_fill() puts the results in their places. */
#ifndef FLOW_VALUE_H
#define FLOW_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/plan.h"

struct value;
struct flow_build;

/* Adds its expressions to the flow under construction. pointer: where it stands in the file.
 * Literals share `json` by reference. Never NULL. */
struct value *value_new(struct flow_build *build, json_t *json, const char *pointer);
void value_free(struct value *value); /* NULL is fine */
bool value_is_literal(const struct value *value);
const json_t *value_literal(const struct value *value);   /* borrowed; NULL if it has expressions */
/* Its expressions, in order: indexes into flow->expressions. */
const unsigned *value_expressions(const struct value *value, size_t *count);
/* results: one for each expression, in that order, borrowed; NULL entries (nil) leave out the
 * member, or give null in an array. A new reference; NULL for nil at the top or when memory
 * fails (then *failed). */
json_t *value_fill(const struct value *value, json_t *const *results, bool *failed) MUST_USE;
/* The same as a part of a mapping: fills a node that is zeroed but for its key. */
void value_plan(const struct value *value, struct plan_node *node);

#endif
