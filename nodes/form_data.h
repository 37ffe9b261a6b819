/* form_data.h - multipart/form-data out (RFC 7578): texts and files in one body.
 *
 * An object's members are its parts, in order; a list repeats its name. A text, number or truth
 * value is a field. An object is a part with more to say of it: {"text": ...} or {"base64": ...},
 * with "filename" and "type" (its media type). null is left out.
 *
 * Files may follow the members, whose bytes are put in by who sends the body.
 *
 * The boundary comes from the content, of the files from their digests, so that the same values are
 * the same bytes at every attempt. */
#ifndef NODES_FORM_DATA_H
#define NODES_FORM_DATA_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define FORM_DATA_TYPE 100u /* bytes of a Content-Type with its boundary and NUL */

struct form_data_file {
    const char *part, *filename, *type, *digest;
    size_t at; /* result: where its bytes belong in what was appended */
};

bool form_data_is(const char *type); /* multipart/form-data */
/* Appends the body, and says its Content-Type. object: may be NULL or null where there are files.
 * ERR_INVALID names the part. */
enum err_code form_data_write(json_t *object, struct form_data_file *files, size_t count,
                              struct buf *out, char type[FORM_DATA_TYPE], struct err *e) MUST_USE;

#endif
