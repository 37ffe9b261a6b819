/* xml_priv.h - what the files xml*.c share. For format/ only. */
#ifndef FORMAT_XML_PRIV_H
#define FORMAT_XML_PRIV_H

#include <libxml/tree.h>
#include <stdint.h>

#include "format/xml.h"

void xml__ready(void);                     /* libxml2 uses our allocator from then on */
xmlDocPtr xml__doc(const struct xml *xml); /* of a tree that is whole; borrowed */
/* Whether the text has characters other than blanks. */
bool xml__filled(const char *text, size_t size);
/* NULL: no rule is about the name. */
const struct xml_rule *xml__rule(const struct xml_form *form, const char *name);

/* ---- xml_name.c; texts are valid UTF-8 */
bool xml__is_name(const char *name); /* of an element or attribute, perhaps with a prefix */
/* The character at *at, which is moved behind it. */
uint32_t xml__point(const unsigned char **at);

#endif
