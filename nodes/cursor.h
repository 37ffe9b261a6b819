/* cursor.h - where the next page of a file begins, and of which file: what a flow carries from one
 * iteration of a loop to the next. For people it is opaque. */
#ifndef NODES_CURSOR_H
#define NODES_CURSOR_H

#include <jansson.h>

#include "base/file_ask.h"

/* {"at", "file"}: behind what was read. NULL: no memory. */
json_t *cursor_json(const struct file_ask *ask);
/* NULL and null: the first page. ERR_INVALID for what is no cursor. */
enum err_code cursor_read(const json_t *cursor, struct file_ask *ask, struct err *e) MUST_USE;

#endif
