/* gallery.h - flows to begin with: the folders of flows/, whose bundles the build embeds
 * (gallery/pack.c). */
#ifndef DESIGNER_API_GALLERY_H
#define DESIGNER_API_GALLERY_H

#include <stddef.h>

struct gallery_flow {
    const char *name; /* of its folder */
    const unsigned char *bundle; /* JSON */
    size_t size;
    const unsigned char *samples; /* of its tests: {NAME: {name, status, input, answers, ...}} */
    size_t samples_size;
    const unsigned char *about; /* its README.md: Markdown, UTF-8; "" is none */
};
extern const struct gallery_flow gallery_flows[]; /* sorted by name; ends with a NULL name */

#endif
