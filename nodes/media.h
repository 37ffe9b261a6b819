/* media.h - what a Content-Type says. */
#ifndef NODES_MEDIA_H
#define NODES_MEDIA_H

#include <stdbool.h>

/* type: the header's value; its parameters do not matter here, nor does case. */
bool media_is(const char *type, const char *media);
bool media_is_json(const char *type); /* application/json, and anything that ends in "+json" */
bool media_is_form(const char *type);
/* No other character set than UTF-8, or its part US-ASCII, is declared. */
bool media_is_utf8(const char *type);

#endif
