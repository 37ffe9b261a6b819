/* form_data.h - multipart/form-data out (RFC 7578): texts and files in one body.
 *
 * An object's members are its parts, in order; a list repeats its name. A text, number or truth
 * value is a field. An object is a part with more to say of it: {"text": ...} or {"base64": ...},
 * with "filename" and "type" (its media type). null is left out.
 *
 * The boundary comes from the content, so that the same values are the same bytes at every
 * attempt. */
#ifndef NODES_FORM_DATA_H
#define NODES_FORM_DATA_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define FORM_DATA_TYPE 100u /* bytes of a Content-Type with its boundary and NUL */

bool form_data_is(const char *type); /* multipart/form-data */
/* Appends the body, and says its Content-Type. ERR_INVALID names the part. */
enum err_code form_data_write(json_t *object, struct buf *out, char type[FORM_DATA_TYPE],
                              struct err *e) MUST_USE;

#endif
