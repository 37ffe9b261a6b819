/* media.h - what a Content-Type says. */
#ifndef NODES_MEDIA_H
#define NODES_MEDIA_H

#include <stdbool.h>
#include <stddef.h>

/* type: the header's value; its parameters do not matter here, nor does case. */
bool media_is(const char *type, const char *media);
bool media_is_json(const char *type); /* application/json, and anything that ends in "+json" */
bool media_is_form(const char *type);
/* No other character set than UTF-8, or its part US-ASCII, is declared. */
bool media_is_utf8(const char *type);
/* The character set that is declared; false: none, or one whose name does not fit. */
bool media_charset(const char *type, char *name, size_t room);

#endif
