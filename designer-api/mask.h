/* mask.h - what of a payload is not shown unless somebody reveals it, which is written down: values
 * whose name says that they are secret, and card numbers. mask.c has the names. */
#ifndef DESIGNER_API_MASK_H
#define DESIGNER_API_MASK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define MASK_TEXT "[masked]" /* stands in the place of a value */

/* Whether a member of this name is masked; case, '-' and '_' aside. */
bool mask_name(const char *name, size_t size);
/* The value as it is shown; taken. NULL for NULL. */
json_t *mask_value(json_t *value);

#endif
