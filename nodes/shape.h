/* shape.h - the part of JSON Schema (2020-12) that says what an action takes.
 *
 * Keywords: type (a name or a list of names), title, description, examples, default, enum,
 * properties, required, additionalProperties (false when absent: a misspelt member must not get
 * lost), items, minLength, maxLength (characters), minimum, maximum, exclusiveMinimum (exact, by
 * decimal), format (uuid, date, date-time). A schema with another keyword is refused rather than
 * half obeyed. */
#ifndef NODES_SHAPE_H
#define NODES_SHAPE_H

#include <jansson.h>
#include <stdbool.h>

/* Told for each problem: where it is, as a JSON pointer within what is looked at, and what it is:
 * "\"CreditAmount\" must be a number, but is: text". */
typedef void shape_problem_fn(void *arg, const char *pointer, const char *text);

/* Whether the schema itself is one. */
void shape_check(const json_t *schema, shape_problem_fn *problem, void *arg);

/* Checks a value. definition: it stands in a flow, where a text that begins with '=' is an
 * expression, whose result can be anything. */
void shape_match(const json_t *schema, const json_t *value, bool definition,
                  shape_problem_fn *problem, void *arg);

/* The value with the defaults of members that it leaves out; a new reference, NULL when memory
 * fails. */
json_t *shape_complete(const json_t *schema, json_t *value);

/* The schema of a dotted path of members ("customer.name"), borrowed; NULL: there is none. */
json_t *shape_find(const json_t *schema, const char *path);
/* Whether an object that fits always has the member: it is required or has a default. */
bool shape_has(const json_t *schema, const char *name);
/* The names of its types, "text" for people: "number", "string or null", "any". */
void shape_type_text(const json_t *schema, char *text, size_t room);

#endif
