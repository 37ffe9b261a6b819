/* manifest_import.h - a draft of a manifest from an OpenAPI document (3.0 or 3.1). A draft is
 * sound: what could not be carried over is left out, and the report says so. */
#ifndef NODES_MANIFEST_IMPORT_H
#define NODES_MANIFEST_IMPORT_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

struct import_ask {
    const char *name;                /* of the system; NULL: made of the document's title */
    const char *const *operations;   /* ids, tags, paths ("/invoices"); count 0: all */
    size_t operation_count;
};
/* A new reference; NULL with *e set: it is no such document, or nothing in it can be used. report:
 * a list, to which lines for people are added. */
json_t *manifest_import(json_t *document, const struct import_ask *ask, json_t *report,
                        struct err *e) MUST_USE;

#endif
