/* folders.h - flows as files: the folders that have a flow.json. */
#ifndef FOLDERS_H
#define FOLDERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define FOLDERS_MAX 1000u

struct flow_folders {
    char *paths[FOLDERS_MAX];
    char *slugs[FOLDERS_MAX]; /* the folders' names: how commands and the store know the flows */
    size_t count;
};
struct flow_folders *folders_new(void);
void folders_free(struct flow_folders *folders); /* NULL is fine */
/* Adds the flows directly below dir, sorted by name. ERR_IO when it cannot be read. */
enum err_code folders_add(struct flow_folders *folders, const char *dir, struct err *e) MUST_USE;

bool path_is_dir(const char *path);
bool path_is_flow(const char *path);              /* a folder with a flow.json */
char *path_join(const char *dir, const char *name); /* mem_free() it */
/* The last part of a path, without "/flow.json"; of "." the real folder's name; mem_free() it. */
char *path_slug(const char *path);

#endif
