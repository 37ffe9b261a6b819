/* fixed.h - lines of fixed positions, in and out: bank files, flat files of ERP systems.
 *
 * A layout has record types, each with fields at positions from 1, in characters. Which type a
 * line is of says a discriminator: the text at one place. A type can be the first line or the
 * last, and then must be there exactly once: so a file that was cut is told from one that is
 * whole. A field can hold the number of lines or the total of a field of another type: reading
 * compares it, writing fills it in.
 *
 * Text comes in pieces of any size; each line is told once it is whole. A line that is shorter than
 * its fields is refused unless the layout says that blanks at its end may be missing. Errors name
 * the line, the column in characters and the field, from 1. */
#ifndef FORMAT_FIXED_H
#define FORMAT_FIXED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "format/cell.h"

#define FIXED_WIDTH 32768u     /* characters of a line */

enum fixed_align { FIXED_LEFT, FIXED_RIGHT };
enum fixed_sign {
    FIXED_SIGN_LEADING,        /* "-12", also right in front of padding zeros: "-0012" */
    FIXED_SIGN_TRAILING,       /* "0012-", "0012 " */
    FIXED_SIGN_OVERPUNCH,      /* COBOL's zoned: the last digit is {A-I for plus, }J-R for minus */
};
enum fixed_place { FIXED_ANY, FIXED_FIRST, FIXED_LAST };
enum fixed_check { FIXED_NO_CHECK, FIXED_COUNT, FIXED_SUM };
#define FIXED_DETAILS  SIZE_MAX       /* all types but first and last */
#define FIXED_ALL      (SIZE_MAX - 1) /* every line of the file */

struct fixed_field {
    const char *name;          /* NULL: filler; blanks when written, ignored when read */
    unsigned start, length;    /* from 1 */
    enum fixed_align align;
    char pad;
    enum fixed_sign sign;      /* of a number */
    bool required;
    struct cell_form form;     /* form.scale: implied decimals */
    const char *value;         /* always this text; NULL: the row's */
    enum fixed_check check;
    size_t of_record;          /* check: whose lines; or FIXED_DETAILS, FIXED_ALL */
    size_t of_field;           /* FIXED_SUM: which field of it */
};
struct fixed_record {
    const char *name, *match;  /* match: the discriminator's text; NULL with one type */
    enum fixed_place place;
    const struct fixed_field *fields;
    size_t field_count;
};
struct fixed_layout {
    const struct fixed_record *records;
    size_t record_count;
    unsigned key_start, key_length; /* the discriminator; length 0: there is one type */
    unsigned width;            /* of every line; 0: the end of the last field */
    bool unbroken;             /* lines of `width` characters without line breaks between them */
    bool short_lines;          /* blanks at the end of a line may be missing */
    bool crlf;                 /* when written */
};
/* Whether the layout is one; places of faults are "records/0/fields/2". */
typedef void fixed_fault_fn(void *arg, const char *place, const char *text);
void fixed_check(const struct fixed_layout *layout, fixed_fault_fn *fault, void *arg);

struct fixed;
/* Takes the row, an object of the fields that have names. */
typedef enum err_code fixed_row_fn(void *arg, size_t record, json_t *row, struct err *e);
struct fixed *fixed_new(const struct fixed_layout *layout, fixed_row_fn *on_row, void *arg,
                        struct err *e) MUST_USE;
void fixed_free(struct fixed *fixed); /* NULL is fine */
enum err_code fixed_feed(struct fixed *fixed, const char *text, size_t size,
                         struct err *e) MUST_USE;
enum err_code fixed_end(struct fixed *fixed, struct err *e) MUST_USE;

/* Writing: the rows in their order; first and last ones are the caller's to put there. */
struct fixed_writer;
struct fixed_writer *fixed_writer_new(const struct fixed_layout *layout, struct err *e) MUST_USE;
void fixed_writer_free(struct fixed_writer *writer); /* NULL is fine */
enum err_code fixed_write(struct fixed_writer *writer, size_t record, json_t *row, struct buf *out,
                          struct err *e) MUST_USE;

#endif
