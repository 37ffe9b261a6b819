/* template_own.h - what every flow of a template changes of it.
 *
 * A draft from a template names no variable of the machine: its connections are those of the
 * workspace that the caller names, or have their secrets in the vault by a name that says whose
 * they are. */
#ifndef DESIGNER_API_TEMPLATE_OWN_H
#define DESIGNER_API_TEMPLATE_OWN_H

#include <jansson.h>

void template_own(json_t *bundle, const char *flow);

#endif
