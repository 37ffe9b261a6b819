/* yaml.h - YAML 1.2 as JSON: what people and tools write OpenAPI documents in.
 *
 * The core schema: plain scalars are null, true, false, numbers (every digit is kept) or texts,
 * quoted ones are texts. Refused: more than one document, keys that are no scalars, keys that come
 * twice, tags other than those of the core schema, "<<" merges, aliases of what contains them, and
 * what passes the limits; an alias counts with all that it stands for. */
#ifndef FORMAT_YAML_H
#define FORMAT_YAML_H

#include <jansson.h>
#include <stddef.h>

#include "base/json.h"

/* A new reference, or NULL with *e set: ERR_SYNTAX "line 3, column 7: ...", ERR_LIMIT,
 * ERR_MEMORY. */
json_t *yaml_to_json(const char *text, size_t size, const struct json_limits *limits,
                     struct err *e) MUST_USE;

#endif
