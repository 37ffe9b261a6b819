/* connector.h - what the files of `weft connector` share. */
#ifndef COMMAND_CONNECTOR_H
#define COMMAND_CONNECTOR_H

#include <stddef.h>

#include "base/err.h"
#include "command/command.h"

/* Makes FOLDER/NAME/manifest.json, which must not be there yet. *path: its path, also on a failure;
 * mem_free(). */
enum err_code connector_write(const char *folder, const char *name, const char *text, size_t size,
                              char **path, struct err *e) MUST_USE;
int connector_import(const struct options *options); /* connector_import.c */

#endif
