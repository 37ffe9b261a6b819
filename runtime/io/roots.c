/* roots.c - see roots.h. */
#include "io/roots.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"

static enum err_code root_add(struct roots *roots, const char *path, size_t size, struct err *e)
{
    size_t at = roots->count;

    if (path[0] != '/')
        return err_set(e, ERR_INVALID, "WEFT_FILES_ROOT: \"%.*s\" is not an absolute path",
                       (int)size, path);
    if (at == ROOTS_MOST)
        return err_set(e, ERR_INVALID, "WEFT_FILES_ROOT names more than %u folders", ROOTS_MOST);
    while (size > 0 && path[size - 1] == '/')
        size--;
    roots->list[at].path = mem_must_copy_n(path, size);
    roots->list[at].fd =
        open(size > 0 ? roots->list[at].path : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    roots->count++;
    if (roots->list[at].fd < 0)
        return err_set(e, ERR_INVALID, "WEFT_FILES_ROOT: %.200s: %s", roots->list[at].path,
                       strerror(errno));
    return ERR_OK;
}

enum err_code roots_open(struct roots *roots, const char *text, struct err *e)
{
    size_t size;

    check(roots->count == 0);
    for (text = text != NULL ? text : ""; *text != '\0'; text += size + (text[size] == ':')) {
        size = strcspn(text, ":");
        if (size > 0 && root_add(roots, text, size, e) != ERR_OK)
            return e->code;
    }
    return ERR_OK;
}

void roots_close(struct roots *roots)
{
    for (size_t i = 0; i < roots->count; i++) {
        if (roots->list[i].fd >= 0)
            close(roots->list[i].fd);
        mem_free(roots->list[i].path);
    }
    roots->count = 0;
}

/* The part of `folder` below the root, "." for the root itself; NULL: it is not below. */
static const char *root_below(const char *path, const char *folder)
{
    size_t size = strlen(path);

    if (strncmp(folder, path, size) != 0 || (folder[size] != '/' && folder[size] != '\0'))
        return NULL;
    folder += size;
    folder += strspn(folder, "/");
    return *folder != '\0' ? folder : ".";
}

int roots_find(const struct roots *roots, const char *folder, const char *nothing,
               const char **below, struct err *e)
{
    bool absolute = folder[0] == '/';

    for (size_t i = 0; i < roots->count; i++) {
        *below = absolute ? root_below(roots->list[i].path, folder) : folder;
        if (*below != NULL)
            return roots->list[i].fd;
    }
    if (roots->count == 0)
        err_set(e, ERR_POLICY, "%s; start the program with WEFT_FILES_ROOT=%.200s%s", nothing,
                absolute ? folder : "FOLDER",
                absolute ? ", or a folder above it" : ", a folder that it may write");
    else
        err_set(e, ERR_POLICY,
                "%.200s is not below a folder that WEFT_FILES_ROOT allows; add it there, or use "
                "one below %.100s",
                folder, roots->list[0].path);
    return -1;
}
