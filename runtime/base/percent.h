/* percent.h - percent-encoding (RFC 3986), strictly. */
#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Appends the bytes; all but letters, digits and "-._~" as %XX. */
void percent_write(struct buf *out, const char *text, size_t size);
/* Appends the decoded bytes; a plus sign is a space when `plus`. False, with *out undefined, for a
 * percent sign without two hex digits behind it. */
bool percent_read(struct buf *out, const char *text, size_t size, bool plus);

#endif
