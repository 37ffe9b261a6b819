/* json_priv.h - what the files json*.c share. For base/ only. */
#ifndef BASE_JSON_PRIV_H
#define BASE_JSON_PRIV_H

#include <stdint.h>

#include "base/json.h"

#define JSON__EXACT     '\xFF' /* the first byte of an exact number */
#define JSON__DEPTH     2048   /* of values others made: jansson's ceiling, and ours to recurse */
#define JSON__REAL_TEXT 32

struct json__number {
    size_t length; /* of the number, or up to the place of the fault */
    bool integer;  /* `value` is the same number, and its text is the same text */
    int64_t value;
};
/* Reads the JSON number that begins at `at`. NULL, or what is wrong with it. */
const char *json__number_scan(const char *at, size_t left, struct json__number *number);
/* The digits are known to be a number of at most LIMIT_JSON_NUMBER characters. NULL: no memory. */
json_t *json__number_new(const char *digits, const struct json__number *number);
/* The shortest text that reads back as the same double; "null" for NaN and infinities. */
size_t json__real_text(double value, char text[JSON__REAL_TEXT]);

/* Line and column, from 1, of a place in a text. */
void json__where(const char *text, size_t at, unsigned *line, unsigned *column);

#define JSON__NO_KEY SIZE_MAX
struct json__place {
    uint32_t parent; /* its number */
    size_t at;       /* of the value, in bytes from the start of the text */
    size_t key_at;   /* of the key with its quote, or JSON__NO_KEY */
    const char *key; /* decoded; copied */
    size_t key_size;
};
/* NULL: no memory. The text is copied. */
struct json_places *json__places_new(const char *text, size_t size);
/* Values are added parents first, siblings in their order; the document itself gets number 0. */
bool json__places_add(struct json_places *places, const struct json__place *place,
                      uint32_t *number);

#endif
