/* gallery.h - flows to begin with: the folders of flows/, whose bundles the build embeds
 * (gallery/pack.c). */
#ifndef DESIGNER_API_GALLERY_H
#define DESIGNER_API_GALLERY_H

#include <stddef.h>

struct gallery_text { /* one frame of zstd */
    const unsigned char *packed;
    size_t packed_size, size;
};
struct gallery_flow {
    const char *name;            /* of its folder */
    struct gallery_text bundle;  /* JSON */
    struct gallery_text samples; /* of its tests: {NAME: {name, status, input, answers, ...}} */
    struct gallery_text about;   /* its README.md: Markdown, UTF-8; "" is none */
};
extern const struct gallery_flow gallery_flows[]; /* sorted by name; ends with a NULL name */

#endif
