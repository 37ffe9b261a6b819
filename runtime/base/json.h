/* json.h - JSON in and out, exactly.
 *
 * jansson is the value type everywhere. Three things it cannot do are done here: numbers keep every
 * digit, refusals name their place, and limits are ours.
 *
 * Numbers: an integer that fits 64 bits is a json_integer. Every other number is an *exact number*:
 * it keeps the text as it was read (100.10 stays 100.10, 1e309 stays 1e309). An exact number is
 * carried as a jansson string whose first byte is 0xFF, which cannot occur in a string that came
 * from outside, because only valid UTF-8 gets in. So: use json_is_text() instead of
 * json_is_string(), and json_is_exact() for a number with digits; jansson's own dumper refuses such
 * a value, ours writes it.
 *
 * json_read() refuses: invalid UTF-8, lone surrogates, NUL in a key or a text, duplicate keys, a
 * byte order mark, anything after the value, numbers longer than LIMIT_JSON_NUMBER, keys longer
 * than LIMIT_JSON_KEY, and what passes the limits given. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct json_limits {
    size_t bytes;
    unsigned depth;
    size_t values;
};
/* LIMIT_BODY, LIMIT_JSON_DEPTH, LIMIT_JSON_VALUES */
extern const struct json_limits json_limits_body;
extern const struct json_limits json_limits_flow; /* LIMIT_FLOW_BYTES, ... */
/* LIMIT_REPLY, ...: also what we wrote ourselves */
extern const struct json_limits json_limits_reply;

/* Where each value of a document stands, by JSON pointer (RFC 6901). Lines and columns count
 * from 1; columns count bytes. For a member of an object the place is its value's;
 * json_places_key() is its key's. */
struct json_places;

/* Returns a new reference, or NULL with *e set: ERR_SYNTAX "line 3, column 7: duplicate key
 * "amount"", ERR_LIMIT or ERR_MEMORY. */
json_t *json_read(const char *text, size_t size, const struct json_limits *limits,
                  struct err *e) MUST_USE;
/* As json_read(), and *places (never NULL on success; free with json_places_free()) tells
 * positions. On failure *line and *column say where. */
json_t *json_read_places(const char *text, size_t size, const struct json_limits *limits,
                         struct json_places **places, unsigned *line, unsigned *column,
                         struct err *e) MUST_USE;
void json_places_free(struct json_places *places);
/* The nearest enclosing value that exists is taken when the pointer itself does not. */
void json_places_find(const struct json_places *places, const char *pointer, unsigned *line,
                      unsigned *column);
void json_places_key(const struct json_places *places, const char *pointer, unsigned *line,
                     unsigned *column);

/* Appends compact JSON with the keys in their order; strings keep UTF-8 as it is. */
void json_write(struct buf *out, const json_t *value);
/* The same, indented by two spaces, for people. */
void json_write_pretty(struct buf *out, const json_t *value);
/* Appends a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
void json_write_text(struct buf *out, const char *text, size_t size);
/* Compact text on the heap (mem_free), or NULL when it is longer than ceiling or memory fails. */
char *json_text_new(const json_t *value, size_t ceiling, size_t *len) MUST_USE;

/* Exact numbers. The digits must be a JSON number; the result is an integer where that is the
 * same text. NULL when memory fails or the text is not a number. */
json_t *json_exact_new(const char *digits, size_t size) MUST_USE;
bool json_is_exact(const json_t *value);
const char *json_exact_text(const json_t *value);  /* the digits, borrowed; NULL if it is none */
bool json_is_text(const json_t *value);            /* a string that is not a number */
const char *json_text(const json_t *value);        /* of a text, borrowed; NULL otherwise */
/* "object", "number", ... for messages; NULL: "nothing" */
const char *json_kind(const json_t *value);
bool json_same(const json_t *a, const json_t *b);  /* deep; numbers by their text */

/* Members, for reading what we know the shape of; borrowed, NULL or the fallback when absent or
 * of another type. */
const char *json_get_text(const json_t *object, const char *key);
int64_t json_get_int(const json_t *object, const char *key, int64_t fallback);
/* Takes the value. NULL, as a constructor gives without memory, or a failed set sets *failed; the
 * other one stores null for a value that is absent. */
void json_put(json_t *object, const char *key, json_t *value, bool *failed);
void json_put_or_null(json_t *object, const char *key, json_t *value, bool *failed);

/* As jansson's copies, which leave out the members that they have no memory for: these are whole,
 * or NULL. */
json_t *json_copied(json_t *value);
json_t *json_copied_deep(const json_t *value);

bool utf8_valid(const char *text, size_t size);
/* Of well-formed text: its characters (code points); so many bytes, at most `most`, that none of
 * them is cut. */
size_t utf8_count(const char *text);
size_t utf8_cut(const char *text, size_t most);
/* Appends `~1`-escaped "/KEY" to a JSON pointer. */
void json_pointer_add(struct buf *pointer, const char *key);

#endif
