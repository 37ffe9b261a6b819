/* pattern.h - regular expressions as ECMA-262 means them, on PCRE2. For schema/ only.
 *
 * The text is read as in ECMA-262's Unicode mode and written anew for PCRE2; what PCRE2 has and
 * ECMA-262 has not (inline options, recursion, verbs, possessive repeats, POSIX classes, ...) is
 * refused. Every step of a match counts into the caller's budget. */
#ifndef SCHEMA_PATTERN_H
#define SCHEMA_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct pattern;
struct pattern_room; /* what matching needs, kept over the matches of one check */

/* NULL with *e: ERR_SYNTAX "at character 7: ...", ERR_LIMIT, ERR_MEMORY. */
struct pattern *pattern_new(const char *text, size_t size, struct err *e) MUST_USE;
void pattern_free(struct pattern *pattern);
enum pattern_found { PATTERN_FOUND, PATTERN_NONE, PATTERN_SPENT, PATTERN_STARVED };
/* Is it anywhere in the text? *room is made when it is NULL. */
enum pattern_found pattern_find(const struct pattern *pattern, const char *text, size_t size,
                                uint64_t *work, struct pattern_room **room);
void pattern_room_free(struct pattern_room *room);

/* Appends the same pattern as PCRE2 writes it; false with *e: ERR_SYNTAX. (ecma.c) */
bool ecma_write(struct buf *out, const char *text, size_t size, struct err *e);

#endif
