/* multipart.h - an answer that holds several answers: multipart/mixed with parts of type
 * application/http, as OData's $batch gives. Parts within parts (change sets) are told in order, as
 * if they stood on the outside. */
#ifndef NODES_MULTIPART_H
#define NODES_MULTIPART_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

bool multipart_is(const char *type); /* a Content-Type of multipart/mixed */
/* {"parts": [{"status", "headers": {names in lower case}, "body"}]}; a body is JSON when it is
 * declared as such, else a text, null when empty. A new reference. ERR_TRANSIENT: it is cut, or no
 * such thing. */
enum err_code multipart_read(const char *type, const char *text, size_t size, json_t **parts,
                             struct err *e) MUST_USE;

#endif
