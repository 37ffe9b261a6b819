/* stencil.h - a text with places, "{{ expression }}", and values written into them so that they
 * stay values.
 *
 * What a value may do to the text around it depends on where its place is, and that is known from
 * the text alone: the content of an element, an attribute in quotes, a JSON string, a JSON value,
 * a part of a URL, a field of CSV. A place where no escaping would help (a tag's own name, an
 * attribute without quotes, a script, a comment) is refused when the stencil is made.
 * "{{raw: expression}}" is written as it is, anywhere: it is the author's word that the value is
 * markup already.
 *
 * What the expressions mean is not known here: they are handed out as texts, and come back as
 * values. */
#ifndef FORMAT_STENCIL_H
#define FORMAT_STENCIL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define STENCIL_MEDIA(X)                                                  \
    X(TEXT, "text")  /* nothing is escaped                             */ \
    X(HTML, "html")                                                       \
    X(XML,  "xml")                                                        \
    X(JSON, "json")                                                       \
    X(URL,  "url")   /* percent-encoded                                */ \
    X(CSV,  "csv")   /* quoted where needed; a formula gets a "'"      */
enum stencil_media {
#define X(code, name) STENCIL_##code,
    STENCIL_MEDIA(X)
#undef X
};
extern const char *const stencil_medias[]; /* their names, ends with NULL */

/* Where in the document a text ends, and the next begins. */
struct stencil_state {
    int where;
    char quote;
    char name[24], attribute[24]; /* of the tag, in lower case; cut */
    char recent[12];              /* what a comment or script ends with */
    bool value_begun;             /* of the attribute */
    bool escaped;                 /* behind a backslash, in a JSON string */
};
void stencil_begin(struct stencil_state *state);
bool stencil_same(const struct stencil_state *a, const struct stencil_state *b);

struct stencil;
/* Moves *state to the text's end. NULL with ERR_SYNTAX: "line 3, column 7: ...". */
struct stencil *stencil_new(enum stencil_media media, const char *text,
                            struct stencil_state *state, struct err *e) MUST_USE;
void stencil_free(struct stencil *stencil); /* NULL is fine */
size_t stencil_places(const struct stencil *stencil);
const char *stencil_expression(const struct stencil *stencil, size_t place, size_t *size);
/* Appends the text; value: of a place, borrowed, NULL is nil. Null and nil are nothing (in JSON
 * null). ERR_INVALID names the expression whose value cannot stand there. */
typedef json_t *stencil_value_fn(void *arg, size_t place);
enum err_code stencil_write(const struct stencil *stencil, stencil_value_fn *value, void *arg,
                            struct buf *out, struct err *e) MUST_USE;

#endif
