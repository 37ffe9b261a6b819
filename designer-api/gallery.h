/* gallery.h - flows to begin with, as texts: folders as flows/ has them, read; those that the build
 * embeds (gallery/pack.c). */
#ifndef DESIGNER_API_GALLERY_H
#define DESIGNER_API_GALLERY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/ident.h"
#include "flow/faults.h"

/* ---- Packed: one frame of zstd */

struct gallery_text {
    const unsigned char *packed;
    size_t packed_size, size;
};
/* level: as zstd has them, 1 to 19. The caller frees text->packed by mem_free(). */
void gallery_text_pack(struct gallery_text *text, const char *plain, size_t size, int level);
/* With a NUL behind it; mem_free() it. */
char *gallery_text_plain(const struct gallery_text *text);

struct gallery_flow {
    const char *name;            /* of its folder */
    struct gallery_text bundle;  /* JSON */
    struct gallery_text samples; /* of its tests: {NAME: {name, status, input, answers, ...}} */
    struct gallery_text about;   /* its README.md: Markdown, UTF-8; "" is none */
    char digest[DIGEST_TEXT];    /* of the bundle's text */
};
extern const struct gallery_flow gallery_flows[]; /* embedded, sorted by name; ends with NULL */
extern const struct gallery_text gallery_pairings; /* designer-api/gallery/pairings.json */

/* ---- Read */

/* The file's bytes behind `text`; one that is not there is nothing. False: with a fault. */
bool gallery_file_add(struct buf *text, const char *path, struct faults *faults) MUST_USE;

struct gallery_files { /* of one folder, as texts */
    struct buf bundle, samples, about;
};
/* False: with faults. The caller ends with gallery_files_fini() either way. */
bool gallery_read(struct gallery_files *files, const char *folder, struct faults *faults) MUST_USE;
void gallery_files_fini(struct gallery_files *files);

#endif
