/* shape.h - the JSON Schema of what an action, a called flow or a form takes.
 *
 * A schema as of schema/schema.h with three rules on top: an object with "properties" takes no
 * other members unless "additionalProperties" says so (a misspelt member must not get lost), a
 * member with a "default" may be left out (shape_complete() fills it in), and "format" counts. */
#ifndef NODES_SHAPE_H
#define NODES_SHAPE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "schema/schema.h"

#define SHAPE_FLAGS (SCHEMA_FORMATS | SCHEMA_CLOSED | SCHEMA_DEFAULTS)

struct schema;

/* Told for each problem: where it is, as a JSON pointer within what is looked at, and what it is:
 * "\"CreditAmount\" must be a number, but is: text". */
typedef void shape_problem_fn(void *arg, const char *pointer, const char *text);

/* NULL when it is none that can be checked: all problems have been told. An object: true and false
 * say nothing to a person. Ends with schema_free(). */
struct schema *shape_new(json_t *json, shape_problem_fn *problem, void *arg) MUST_USE;

/* Checks a value. definition: it stands in a flow, where a text that begins with '=' is an
 * expression, whose result can be anything. ERR_OK, ERR_INVALID when there were problems, or
 * ERR_LIMIT, ERR_MEMORY: no verdict. *e has the first problem's text. */
enum err_code shape_match(const struct schema *shape, const json_t *value, bool definition,
                          shape_problem_fn *problem, void *arg, struct err *e) MUST_USE;

/* The value with the defaults of members that it leaves out; a new reference, NULL when memory
 * fails. */
json_t *shape_complete(const json_t *schema, json_t *value);

/* An object without the members that may be left out and are empty texts, as a form leaves them:
 * what is empty is nothing. A member with a default keeps one that its schema takes, for it may
 * say "without". Other values as they are; a new reference. */
json_t *shape_without_empty(const json_t *schema, json_t *value);

/* The schema of a dotted path of members ("customer.name"), borrowed; NULL: there is none. */
json_t *shape_find(const json_t *schema, const char *path);
/* Whether an object that fits always has the member: it is required or has a default. */
bool shape_has(const json_t *schema, const char *name);
/* The names of its types, "text" for people: "number", "string or null", "any". */
void shape_type_text(const json_t *schema, char *text, size_t room);

#endif
