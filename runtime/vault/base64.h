/* base64.h - base 64 with padding (RFC 4648, 4), through OpenSSL. */
#ifndef VAULT_BASE64_H
#define VAULT_BASE64_H

#include <stddef.h>

#include "base/err.h"

char *base64_new(const void *bytes, size_t size) MUST_USE; /* mem_free() it */

#endif
