/* base64.h - RFC 4648, section 4: the standard alphabet, padded. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

void base64_write(struct buf *out, const void *bytes, size_t size);
/* Appends the bytes. False, with *out undefined, for anything but complete groups of four whose
 * unused bits are zero: bytes have one spelling. */
bool base64_read(struct buf *out, const char *text, size_t size);

#endif
