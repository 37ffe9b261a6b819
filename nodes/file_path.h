/* file_path.h - what the nodes share that name files of this machine or another: paths, what goes
 * into a file, and the folder out of which no path leads. */
#ifndef NODES_FILE_PATH_H
#define NODES_FILE_PATH_H

#include <jansson.h>

#include "base/err.h"
#include "flow/node.h"

/* How help says which folders there are. */
#define FILE_FOLDER_HELP                                                                           \
    "an absolute path below a folder that the server's configuration allows, or the way from the " \
    "first of those, which is \".\"."

/* A path as file_name_check() wants it; the error names the setting, `what`. */
enum err_code file_path_read(const json_t *value, const char *what, struct err *e) MUST_USE;
/* The bytes of a text or of {"base64": ...}, never NULL; mem_free(). */
enum err_code file_content_read(json_t *value, size_t most, char **bytes, size_t *size,
                                struct err *e) MUST_USE;
/* Faults for a "folder" of the config at `pointer`; NULL is fine. */
void file_folder_compile(struct flow_build *build, const char *folder, const char *pointer);

#endif
