/* patch.h - JSON Patch (RFC 6902): a change of a document as a list of steps.
 *
 * Numbers are the same when their digits are. A patch that was made says the same as the two
 * documents, not the least that could be said: of a list, what is between the common beginning and
 * the common end is replaced item by item. */
#ifndef DESIGNER_API_PATCH_H
#define DESIGNER_API_PATCH_H

#include <jansson.h>

#include "base/err.h"

/* All steps, or none: the document is another one then (new reference), or NULL with *e, which
 * names the step: ERR_INVALID, of a failed "test" ERR_CONFLICT. */
json_t *patch_apply(const json_t *document, const json_t *patch, struct err *e) MUST_USE;
/* The steps that lead from one to the other; [] when they are the same. New reference. */
json_t *patch_make(const json_t *from, const json_t *to) MUST_USE;
/* The value at a JSON pointer (RFC 6901), borrowed; NULL: there is none. */
json_t *patch_find(const json_t *document, const char *pointer);

#endif
