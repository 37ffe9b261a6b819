/* file.h - whole small files. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/err.h"

/* Reads a regular file of at most `most` bytes; "-" is standard input. *text ends with a NUL
 * that does not count and is the caller's (mem_free). ERR_NOT_FOUND, ERR_IO, ERR_LIMIT with the
 * path in the text. */
enum err_code file_read(const char *path, size_t most, char **text, size_t *size,
                        struct err *e) MUST_USE;

#endif
