/* http_text_priv.h - the characters of HTTP (RFC 9110, 5.6.2 and 5.5); for io/ only. */
#ifndef IO_HTTP_TEXT_PRIV_H
#define IO_HTTP_TEXT_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pair.h"

bool http__same(const char *a, const char *b);      /* names, without regard to case */
bool http__is_token(const char *text, size_t size); /* a method, a header's name; not empty */
bool http__is_value(const char *text, size_t size); /* no control character but the tab */
const char *http__find(const struct pair *pairs, size_t count, const char *name); /* or NULL */

#endif
