/* moment.h - a moment as rules give it: whole milliseconds since 1970 UTC, or an ISO 8601 text. */
#ifndef NODES_MOMENT_H
#define NODES_MOMENT_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"

/* Texts are read as date.parse() of the rules does without a pattern: 2026-11-21,
 * 2026-11-21T09:03, ...T09:03:03.123Z, ...+01:00; without an offset it is UTC. Years 1 to 9999.
 * ERR_INVALID names what stands there instead. */
enum err_code moment_read(const json_t *value, int64_t *ms, struct err *e);

#endif
