/* template.h - flows to begin with, as far as others than their screens ask. */
#ifndef DESIGNER_API_TEMPLATE_H
#define DESIGNER_API_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

bool template_is(const char *name); /* whether there is one of that name */
/* How many events its tests have to try it with; 0: there is no template of that name. */
size_t template_events(const char *name);

#endif
