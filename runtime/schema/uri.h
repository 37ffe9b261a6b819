/* uri.h - references of RFC 3986: their syntax, and what they mean below a base. For schema/
 * only. */
#ifndef SCHEMA_URI_H
#define SCHEMA_URI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* The parts of a reference, borrowed from its text. NULL: the part is not there. */
struct uri {
    const char *scheme, *authority, *path, *query, *fragment;
    size_t scheme_size, authority_size, path_size, query_size, fragment_size;
};
/* False: not well-formed. A reference without a scheme is one, too. */
bool uri_parse(struct uri *uri, const char *text, size_t size);
/* Appends what `text` means seen from `base` (both well-formed), without the fragment. */
void uri_resolve(struct buf *out, const char *base, const char *text);
/* Appends a fragment with its percent signs decoded; false: a broken one. */
bool uri_fragment(struct buf *out, const struct uri *uri);

#endif
