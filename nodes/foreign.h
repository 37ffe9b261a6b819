/* foreign.h - what the nodes for foreign formats (CSV, fixed width, XML, templates) share.
 *
 * A foreign text in a flow is a JSON text, or, when it is no UTF-8 or holds a NUL, its bytes as
 * {"base64": TEXT} with "encoding" beside it when the sender named one. Both are read here and
 * written here; so a file in windows-1252 goes through a flow byte by byte.
 *
 * What is long is done on a thread of the pool. A plan is what a node's compile() made of its
 * settings, all copied: it outlives the config while work still reads it. Its count of references
 * belongs to the loop's thread. */
#ifndef NODES_FOREIGN_H
#define NODES_FOREIGN_H

#include <jansson.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/err.h"
#include "flow/node.h"
#include "format/cell.h"

#define FOREIGN_INLINE 32768u /* bytes of input that are done on the loop: well below 2 ms */
#define FOREIGN_TEXT   (64u * 1024u * 1024u) /* of a text decoded or written */

struct foreign_plan {
    unsigned refs;
    void (*free)(struct foreign_plan *plan);
};
void foreign_plan_unref(struct foreign_plan *plan); /* NULL is fine */

/* On any thread. A new reference in *output. */
typedef enum err_code foreign_run_fn(const struct foreign_plan *plan, json_t *input,
                                     const atomic_bool *given_up, json_t **output, struct err *e);
/* Ends the step with what `run` makes of the input, now or later. size: about how many bytes the
 * work is about. */
enum node_next foreign_start(struct step *step, struct foreign_plan *plan, json_t *input,
                             size_t size, foreign_run_fn *run);

/* ---- Foreign text in */

/* How many bytes it is about; 0 for what is no foreign text. */
size_t foreign_size(const json_t *input);
/* The same for what is written: about how many bytes, as far as it matters for FOREIGN_INLINE. */
size_t foreign_weight(const json_t *input);
/* Tells the text as UTF-8, in pieces. encoding: what the settings say, NULL: what is said beside
 * the bytes, else UTF-8 or what a byte order mark says. */
typedef enum err_code foreign_piece_fn(void *arg, const char *text, size_t size, struct err *e);
enum err_code foreign_read(json_t *input, const char *encoding, const atomic_bool *given_up,
                           foreign_piece_fn *piece, void *arg, struct err *e) MUST_USE;
/* The bytes as they are: of a text its UTF-8. *decoded: it was a text, whatever its bytes say of
 * their encoding. */
enum err_code foreign_bytes(json_t *input, struct buf *bytes, const char **encoding, bool *decoded,
                            struct err *e) MUST_USE;
/* The body of an event: a text, or its bytes when it is none. encoding: as declared, or NULL. */
json_t *foreign_body(const char *bytes, size_t size, const char *encoding) MUST_USE;

/* ---- Foreign text out: UTF-8 as a text, any other encoding as bytes */
enum err_code foreign_write(const struct buf *text, const char *encoding, bool mark,
                            json_t **output, struct err *e) MUST_USE;

/* ---- Settings */

/* How numbers are written, for all fields. */
struct foreign_numbers {
    int decimal;
    const char *group;
};
#define FOREIGN_NUMBER_FIELDS(type, member)                                                     \
    { .kind = FIELD_CHOICE, .name = "decimal",                                                  \
      .offset = offsetof(type, member) + offsetof(struct foreign_numbers, decimal),             \
      .fallback = ".", .choices = foreign_points,                                               \
      .help = "The decimal point of numbers in the file." },                                    \
    { .kind = FIELD_TEXT, .name = "group",                                                      \
      .offset = offsetof(type, member) + offsetof(struct foreign_numbers, group),               \
      .help = "The character between thousands in the file; without it there is none.",         \
      .example = "\",\"" }
extern const char *const foreign_points[]; /* ".", "," */
void foreign_numbers_compile(struct flow_build *build, const struct foreign_numbers *numbers,
                             const char *pointer);

/* What a field is. */
struct foreign_cell {
    int kind; /* enum cell_kind */
    const char *pattern, *yes, *no;
    int64_t places;
};
#define FOREIGN_CELL_FIELDS(type, member)                                                       \
    { .kind = FIELD_CHOICE, .name = "type",                                                     \
      .offset = offsetof(type, member) + offsetof(struct foreign_cell, kind),                   \
      .fallback = "text", .choices = cell_kinds,                                                \
      .help = "What it is. A text stays as it is, digits and all; a number keeps every digit; " \
              "a date becomes an ISO text." },                                                  \
    { .kind = FIELD_TEXT, .name = "pattern",                                                    \
      .offset = offsetof(type, member) + offsetof(struct foreign_cell, pattern),                \
      .help = "How a date is written: yyyy yy MM M dd d HH H mm ss SSS. Without it: as "        \
              "2026-11-21.", .example = "\"dd.MM.yyyy\"" },                                     \
    { .kind = FIELD_TEXT, .name = "yes",                                                        \
      .offset = offsetof(type, member) + offsetof(struct foreign_cell, yes),                    \
      .help = "What stands for true in a boolean. Without it true, yes, y and 1 are read, and " \
              "true is written.", .example = "\"J\"" },                                         \
    { .kind = FIELD_TEXT, .name = "no",                                                         \
      .offset = offsetof(type, member) + offsetof(struct foreign_cell, no),                     \
      .help = "What stands for false.", .example = "\"N\"" },                                   \
    { .kind = FIELD_INT, .name = "places",                                                      \
      .offset = offsetof(type, member) + offsetof(struct foreign_cell, places),                 \
      .fallback = "-1", .min = -1, .max = 30,                                                   \
      .help = "How many digits behind the point a number is written with; -1: as it has them. " \
              "It is never rounded." }
/* Faults of what does not fit together, and the form, whose texts are copies. */
void foreign_cell_compile(struct flow_build *build, const struct foreign_cell *cell,
                          const struct foreign_numbers *numbers, const char *pointer,
                          struct cell_form *form);
void foreign_form_fini(struct cell_form *form);
/* Whether a line end is the one byte 0x0A: a file can be cut there. NULL: UTF-8. */
bool foreign_has_lines(const char *name);
/* A fault unless it is an encoding. name may be NULL. */
void foreign_encoding_compile(struct flow_build *build, const char *name, const char *pointer);

#endif
