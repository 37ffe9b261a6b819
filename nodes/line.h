/* line.h - the lines of a list: what a path leads to, and keys that compare.
 *
 * A path names members ("amount", "customer.id"; a dot that belongs to a name is "\."). An absent
 * member and null are both "nothing", and so is a text without a character that counts: a line
 * with nothing for a key is equal to no other line. */
#ifndef NODES_LINE_H
#define NODES_LINE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "flow/field.h"

struct line_path {
    char *text;         /* as it was written; NULL: none */
    char **names;
    size_t count;
};
/* A place in the definition, for faults: cut when it is too long. */
void line_place(char *place, size_t room, const char *fmt, ...) PRINTF(3, 4);
/* text: of a FIELD_PATH. A fault for "[]", which leads to many. May be given NULL. */
void line_path_init(struct line_path *path, const char *text, struct flow_build *build,
                    const char *pointer);
void line_path_fini(struct line_path *path);
/* Borrowed; NULL: nothing. */
json_t *line_at(json_t *line, const struct line_path *path);

/* How two keys are made alike before they are compared. */
#define LINE_KEYS(X)            \
    X(EXACT,  "exact")          \
    X(FOLDED, "folded")         \
    X(ALNUM,  "letters_digits") \
    X(DIGITS, "digits")
enum line_key {
#define X(code, name) LINE_##code,
    LINE_KEYS(X)
#undef X
};
extern const char *const line_key_names[]; /* ends with NULL */
extern const char line_key_help[];
#define LINE_KEY_MAX 4096u /* bytes of one key */

/* Replaces *out by the key; empty: nothing. A number gives its digits, true and false their words.
 * ERR_INVALID: an object or a list, or too long. */
enum err_code line_key(const json_t *value, enum line_key how, struct buf *out,
                       struct err *e) MUST_USE;

#define LINE_NO_DAY INT32_MIN
/* Days since 1970 of a date or moment (nodes/moment.h), of a moment the one it has in UTC;
 * LINE_NO_DAY for nothing. */
enum err_code line_day(const json_t *value, int32_t *day, struct err *e) MUST_USE;
/* "2026-11-21" */
void line_day_text(int32_t day, char text[16]);

#endif
