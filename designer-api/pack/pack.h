/* pack.h - the build's reader of openapi.yaml: what its files share. It runs on the machine that
 * builds, once, and is no part of the program. */
#ifndef DESIGNER_API_PACK_PACK_H
#define DESIGNER_API_PACK_PACK_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct pack {
    const char *file;
    json_t *document;   /* openapi.yaml */
    json_t *defs;       /* components/schemas as "$defs": references lead to #/$defs/NAME */
    unsigned faults;
};
/* Says what is wrong at a place of the document, and counts it. */
void pack_fault(struct pack *pack, const char *place, const char *fmt, ...) PRINTF(3, 4);

/* ---- pack_schema.c */
/* A schema of the document as the program compiles it; a new reference. */
json_t *pack_schema(const json_t *schema);
/* The names of components/schemas that it needs, with those that these need: an array. */
json_t *pack_needs(const struct pack *pack, const json_t *schema);
/* The schema with what it needs beside it, to be compiled. */
json_t *pack_whole(const struct pack *pack, const json_t *schema);
/* Does our validator take it, and do the examples of the media type fit it? */
void pack_check_media(struct pack *pack, const char *place, const json_t *media);
/* Does our validator take each of components/schemas? */
void pack_check_defs(struct pack *pack);

/* ---- pack_operation.c */
/* What stands at a reference within the document, or the value itself; NULL: it leads nowhere. */
const json_t *pack_follow(const struct pack *pack, const json_t *value);
/* The operations as the program reads them: an array. */
json_t *pack_operations(struct pack *pack);

#endif
