/* embedded.h - the manifests that come with the program, as bytes in the binary. */
#ifndef NODES_CONNECTORS_EMBEDDED_H
#define NODES_CONNECTORS_EMBEDDED_H

#include <stddef.h>

struct embedded_manifest {
    const char *name; /* the folder's; NULL ends the list */
    const char *text;
    size_t size;
};
extern const struct embedded_manifest embedded_manifests[];

/* The JSON Schema of a manifest, for editors and `weft connector schema`. */
extern const char manifest_schema[];

#endif
