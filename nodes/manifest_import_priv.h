/* manifest_import_priv.h - what the files that draft a manifest share. For nodes/ only. */
#ifndef NODES_MANIFEST_IMPORT_PRIV_H
#define NODES_MANIFEST_IMPORT_PRIV_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"
#include "nodes/manifest_import.h"

#define IMPORT_DEPTH 60u /* schemas within schemas, references within references */

struct import {
    json_t *document;
    json_t *report;
    const char *where; /* of the operation at hand, for the report */
    bool plain;        /* examples are made up where the document's own do not fit */
    bool loose;        /* what keeps an example from fitting is left out and told */
};
void import__say(const struct import *import, const char *fmt, ...) PRINTF(2, 3);
/* What a $ref stands for; borrowed. The value itself when it is none; NULL: not in the document. */
json_t *import__resolve(const struct import *import, json_t *json);
/* Why that is NULL: "leads only in a circle". */
const char *import__astray(const struct import *import, json_t *json);
/* "Create Invoice", "createInvoice" -> "create_invoice", appended. */
void import__slug(struct buf *out, const char *text);
/* One line of a longer text, of at most `most` bytes. */
json_t *import__line(const char *text, size_t most);

/* manifest_import_schema.c: a schema as Weft reads it; what it refers to goes into `defs`, an
 * object below "$defs". request: what only answers have is left out. A new reference. */
json_t *import__schema(struct import *import, json_t *schema, json_t *defs, bool request,
                       unsigned depth);
/* manifest_import_example.c: a value that should fit a schema that was made so. all: also members
 * that may be left out. */
json_t *import__example(const struct import *import, json_t *schema, json_t *defs, bool all,
                        unsigned depth);
/* The schema's own example, else one of what numbers, codes and names usually look like. A new
 * reference; NULL: none fits. */
json_t *import__example_of_pattern(json_t *schema);
/* manifest_import_action.c: an action; NULL: it cannot be carried over, as the report says. */
json_t *import__action(struct import *import, const char *method, const char *path, json_t *item,
                       json_t *operation);
/* manifest_import_system.c: "environments", "settings" and "sign_in" of the draft. */
void import__system(struct import *import, json_t *manifest);

#endif
