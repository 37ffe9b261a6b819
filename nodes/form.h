/* form.h - application/x-www-form-urlencoded in and out: bodies and query strings. */
#ifndef NODES_FORM_H
#define NODES_FORM_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define FORM_FIELDS 1000u /* name=value pairs of one form; the largest real one seen has 120 */

/* An object of texts; a name that comes twice gives an array of its texts, in order. Empty pieces
 * ("a=1&&b=2") are passed over, a piece without '=' is a name with the empty text. what: "the
 * query", for the error: ERR_SYNTAX for a broken percent sign, bytes that are no UTF-8 or a NUL;
 * ERR_LIMIT; ERR_MEMORY. */
enum err_code form_read(const char *text, size_t size, const char *what, json_t **out,
                        struct err *e) MUST_USE;
/* Appends NAME=VALUE pairs joined by '&'. Texts, numbers and truth values; an array repeats its
 * name; null is left out. ERR_INVALID names a member that is none of these. */
enum err_code form_write(struct buf *out, json_t *object, const char *what, struct err *e) MUST_USE;

#endif
