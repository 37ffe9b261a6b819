/* csv.h - rows of delimited text, in and out.
 *
 * Reading stands on libcsv. Text comes in pieces of any size; each row is told once it is whole,
 * and memory is that of the longest row. A line break is LF, CRLF or CR; blank lines are passed
 * over; a quoted field may hold delimiters, line breaks and doubled quotes. The text is UTF-8
 * without a NUL (charset.h makes it so).
 *
 * Strict (RFC 4180): a quote within a field that did not begin with one, and anything between the
 * closing quote and the delimiter, are errors. Otherwise both are taken as they stand. A quote
 * that is never closed is an error always. Errors name the line, the column in bytes and the
 * field, all from 1. */
#ifndef FORMAT_CSV_H
#define FORMAT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define CSV_COLUMNS_MAX 4096u              /* the widest real export seen has 420 */
#define CSV_FIELD_MAX   (1024u * 1024u)    /* bytes of one field */
#define CSV_ROW_MAX     (4u * 1024u * 1024u)

struct csv_dialect {
    char delimiter;      /* ASCII */
    char quote;          /* ASCII; '\0': fields are never quoted */
    bool strict;
    bool trim;           /* blanks around what is not in quotes go */
    unsigned skip;       /* lines before the first row that are no rows */
    size_t columns_max;  /* 0: CSV_COLUMNS_MAX */
    size_t field_max;    /* 0: CSV_FIELD_MAX */
    uint64_t rows_max;   /* 0: any number */
    uint64_t lines_before; /* of the file, in front of this text: for messages */
};
struct csv_field {
    const char *at;      /* not followed by a NUL */
    size_t size;
    bool bare;           /* empty, and not in quotes */
};
struct csv_row {         /* borrowed for the call */
    const struct csv_field *fields;
    size_t count;
    uint64_t number;     /* of the row, from 1; a header is row 1 */
    uint64_t line;       /* where it begins */
};
struct csv;
/* An error ends the reading and is what csv_feed() returns. */
typedef enum err_code csv_row_fn(struct csv *csv, void *arg, const struct csv_row *row,
                                 struct err *e);
struct csv *csv_open(const struct csv_dialect *dialect, csv_row_fn *on_row, void *arg,
                    struct err *e) MUST_USE;
void csv_close(struct csv *csv); /* NULL is fine */
enum err_code csv_feed(struct csv *csv, const char *text, size_t size, struct err *e) MUST_USE;
enum err_code csv_end(struct csv *csv, struct err *e) MUST_USE;
/* Whether the text so far ends between two rows, not within a quoted field or a line; and how many
 * lines it has, with those before. */
bool csv_between(const struct csv *csv, uint64_t *lines);
/* For a row function: puts "line 3, column 17, field 2 (amount): " in front of *e and returns its
 * code. name may be NULL. */
enum err_code csv_fail_at(const struct csv *csv, size_t field, const char *name, struct err *e);

enum csv_quoting {
    CSV_QUOTE_NEEDED,    /* fields that could be misread without */
    CSV_QUOTE_TEXTS,     /* every text, no number */
    CSV_QUOTE_ALL,
};
enum csv_formulas {
    CSV_FORMULA_KEEP,
    CSV_FORMULA_DISARM,  /* "'" in front of a text that a spreadsheet would execute */
    CSV_FORMULA_REFUSE,
};
struct csv_writing {
    char delimiter, quote;
    enum csv_quoting quoting;
    enum csv_formulas formulas;
    bool null_differs;   /* "" is written in quotes, so that it is told from null */
    bool crlf;
};
/* Appends a field, and its delimiter before it unless it is the first. number: its text is one. */
enum err_code csv_write_field(const struct csv_writing *how, bool first, const char *text,
                              size_t size, bool number, struct buf *out, struct err *e) MUST_USE;
void csv_write_null(const struct csv_writing *how, bool first, struct buf *out);
/* Ends the row that began at row_at in *out; one that would be a blank line gets quotes. */
void csv_write_end(const struct csv_writing *how, size_t row_at, struct buf *out);

#endif
