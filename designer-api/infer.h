/* infer.h - a JSON Schema (2020-12) that fits samples: types, members, what is in all of them, and
 * formats that all texts have. */
#ifndef DESIGNER_API_INFER_H
#define DESIGNER_API_INFER_H

#include <jansson.h>

#include "base/err.h"

json_t *infer_schema(const json_t *samples) MUST_USE; /* of an array; new reference */

#endif
