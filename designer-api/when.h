/* when.h - moments as the API writes and reads them: RFC 3339. */
#ifndef DESIGNER_API_WHEN_H
#define DESIGNER_API_WHEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* "2026-11-21T18:50:00.123Z", with any fraction and any offset. False: it is none. */
bool when_read(const char *text, int64_t *wall_ms);
json_t *when_json(int64_t wall_ms); /* null for 0 */

#endif
