/* cell.h - one field of a foreign format as a JSON value, and back.
 *
 * A text stays as it is. A number keeps every digit ("1.234,50" with a decimal comma and points
 * between the thousands is the number 1234.50); its sign stands before or behind it, or it is in
 * parentheses; a number of 1.5E+03 is 1500. Nothing else is a number: "12a", "1,2,3", "" are
 * errors. A date becomes an ISO 8601 text, so that it can be compared and reckoned with. */
#ifndef FORMAT_CELL_H
#define FORMAT_CELL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define CELL_KINDS(X)       \
    X(TEXT,    "text")      \
    X(NUMBER,  "number")    \
    X(INTEGER, "integer")   \
    X(BOOLEAN, "boolean")   \
    X(DATE,    "date")
enum cell_kind {
#define X(code, name) CELL_##code,
    CELL_KINDS(X)
#undef X
};
extern const char *const cell_kinds[]; /* their names, ends with NULL */

struct cell_form {
    enum cell_kind kind;
    char decimal;         /* '.' or ','; '\0': '.' */
    char group;           /* between thousands; '\0': none */
    const char *pattern;  /* of a date, see cell_pattern_check(); NULL: an ISO date or moment */
    const char *yes, *no; /* of a boolean; NULL: true, yes, y, 1 and false, no, n, 0; written
                             "true" and "false" */
    int scale;            /* digits behind the point that are not written as such: with 2, "1999"
                             is 19.99; when written a number is padded to it. 0: none */
    int places;           /* digits behind the point when written; -1: as the number has them */
};
/* A pattern has yyyy (or yy: 00-69 are 2000-2069), MM, dd, HH, mm, ss, SSS, M, d, H without a
 * leading zero, and any other characters, letters among them in single quotes. */
enum err_code cell_pattern_check(const char *pattern, struct err *e) MUST_USE;

/* A new reference; NULL with ERR_INVALID ("\"12a\" is no number") or ERR_MEMORY. */
json_t *cell_read(const struct cell_form *form, const char *text, size_t size,
                  struct err *e) MUST_USE;
/* Appends the value's text. A number that a text holds is taken as one. ERR_INVALID when the value
 * does not fit the kind, or would lose digits. *number: whether a number was written; may be
 * NULL. */
enum err_code cell_write(const struct cell_form *form, const json_t *value, struct buf *out,
                         bool *number, struct err *e) MUST_USE;

/* Between a date's ISO text and its pattern; cell_date.c */
enum err_code cell_date_read(const char *pattern, const char *text, size_t size, struct buf *iso,
                             struct err *e) MUST_USE;
enum err_code cell_date_write(const char *pattern, const char *iso, size_t size, struct buf *out,
                              struct err *e) MUST_USE;

#endif
