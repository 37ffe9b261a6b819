/* schema.h - JSON Schema 2020-12, compiled once and checked against many values.
 *
 * schema_new() refuses whatever it cannot obey in full: unknown keywords, other drafts, references
 * out of the document, patterns that PCRE2 cannot do as ECMA-262 means them, loops of references
 * that never step into the value. Annotations (title, default, examples, "x-...", ...) are kept.
 * So a schema that exists is obeyed to the last keyword. docs/SCHEMAS.md is the list.
 *
 * A schema is const once made: threads may check with it at the same time. Numbers are exact:
 * 1 and 1.0 are the same, 0.3 is a multiple of 0.1. A check has a budget of work: hostile schemas
 * and patterns end it with ERR_LIMIT, never with a wrong verdict. */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SCHEMA_DEPTH    400      /* schemas within schemas while one value is checked */
#define SCHEMA_WORK     2000000u /* steps of a check by default: about 100 ms */
#define SCHEMA_PATTERN  4096u    /* bytes of a regular expression */
#define SCHEMA_DIGITS   38       /* significant digits of "multipleOf" */
#define SCHEMA_FAULTS   1000u    /* of one value are told, and no more */
#define SCHEMA_PLACES   10000u   /* that schema_walk() tells of */

struct schema;

/* One thing that is wrong. Borrowed for the call. */
struct schema_fault {
    const char *pointer; /* schema_verify(): where in the value; schema_new(): in the schema */
    const char *keyword; /* "maximum" */
    const char *place;   /* JSON pointer of the keyword in the schema */
    const char *text;    /* for people: "\"amount\" must be at most 100, but is 120.5" */
};
typedef void schema_fault_fn(void *arg, const struct schema_fault *fault);

enum schema_flags {
    SCHEMA_FORMATS = 1,  /* "format" is an assertion; one that is not known is refused */
    SCHEMA_CLOSED = 2,   /* "properties" of a value are all it may have, unless the schema says */
    SCHEMA_DEFAULTS = 4, /* a required member with a "default" may be missing */
};
/* Compiles. `json` is shared by reference and must not be changed while the schema lives. NULL when
 * there are faults: all of them have been told. */
struct schema *schema_new(json_t *json, unsigned flags, schema_fault_fn *fault,
                          void *arg) MUST_USE;
/* Another holder; each ends with schema_free(). Both on one thread, checks on any. */
struct schema *schema_ref(struct schema *schema);
void schema_free(struct schema *schema); /* NULL is fine */
/* as it was given, borrowed */
json_t *schema_json(const struct schema *schema);

struct schema_ask {
    const char *name;        /* how messages call the whole value; NULL: "value" */
    /* a text that begins with '=' fits everywhere, and what depends on it is left open: settings */
    bool expressions;
    uint64_t work;           /* budget in steps; 0: SCHEMA_WORK */
    schema_fault_fn *fault;  /* told all faults; NULL: stops at the first */
    void *arg;
};
/* ERR_OK: it fits. ERR_INVALID: it does not, *e has the first fault's text. ERR_LIMIT: the budget
 * ended before there was a verdict. ERR_MEMORY. */
enum err_code schema_verify(const struct schema *schema, const json_t *value,
                           const struct schema_ask *ask, struct err *e) MUST_USE;

/* ---- What a schema says of one place, for whoever makes values: mappings, forms, references. */

enum schema_type {
    SCHEMA_NULL = 1, SCHEMA_BOOLEAN = 2, SCHEMA_OBJECT = 4, SCHEMA_ARRAY = 8,
    SCHEMA_NUMBER = 16, SCHEMA_INTEGER = 32, SCHEMA_STRING = 64,
    SCHEMA_ANY = 127,
};
struct schema_place {
    unsigned types;          /* SCHEMA_...; NUMBER includes INTEGER */
    bool required;           /* its object must have it (the objects around it: ask for them) */
    bool open;               /* alternatives (anyOf, oneOf, if, ...) say more than stands here */
    int64_t min_length, max_length; /* of a text in characters, -1: not said */
    int64_t min_items, max_items;   /* -1: not said */
    const char *format;      /* NULL: not said */
    const json_t *choices;   /* "enum", or NULL */
    const json_t *constant;  /* "const", or NULL */
    const json_t *usual;     /* "default", or NULL */
    const json_t *minimum, *maximum; /* numbers, or NULL */
    const json_t *exclusive_minimum, *exclusive_maximum, *multiple_of;
    const char *title;       /* or NULL */
};
/* path: members joined by '.', "[]" behind a list: "customer.name", "lines[].amount", "[].id"; a
 * '\' before a '.', a '[' or a '\' of a member's name; "" is the whole. $ref and allOf are followed
 * and put together. False: the schema has no word on that path; *place then has SCHEMA_ANY where it
 * is allowed all the same, and 0 where a closed object or list ("additionalProperties": false,
 * "items": false) forbids it. */
bool schema_at(const struct schema *schema, const char *path, struct schema_place *place);
/* Every path that the schema knows, parents first, members in their order; recursive schemas are
 * walked `depth` members deep, 64 at most. */
typedef void schema_walk_fn(void *arg, const char *path, const struct schema_place *place);
void schema_walk(const struct schema *schema, unsigned depth, schema_walk_fn *walk, void *arg);
/* "text", "number or null", "whole number", "any": for messages. Returns text. */
const char *schema_types_text(unsigned types, char *text, size_t room);

#endif
