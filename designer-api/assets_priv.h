/* assets_priv.h - the table of embedded files; for designer-api/ and the tests of it. */
#ifndef DESIGNER_API_ASSETS_PRIV_H
#define DESIGNER_API_ASSETS_PRIV_H

#include <stddef.h>

#include "base/ident.h"
#include "designer-api/assets.h"

struct asset_form {
    const unsigned char *bytes; /* NULL: there is no such form */
    size_t size;
};
struct asset_file {
    const char *path; /* "/assets/index-1a2b.js" */
    const char *hash; /* of its content, hex */
    struct asset_form plain, br, gz;
};

/* Made by assets.cmake, in order of path. */
extern const struct asset_file assets__files[];
extern const size_t assets__file_count;

/* For tests: other files (borrowed), other chance. */
struct assets *assets__new(const struct asset_file *files, size_t count, struct random *random);

#endif
