/* folders.c - flows as files: the folders that have a flow.json. */
#include "folders.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

bool path_is_dir(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

char *path_join(const char *dir, const char *name)
{
    struct buf path;
    char *joined;

    buf_init(&path, 16 * KIB);
    buf_addf(&path, "%s/%s", dir, name);
    joined = mem_must_copy(buf_text(&path));
    buf_fini(&path);
    return joined;
}

bool path_is_flow(const char *path)
{
    char *file = path_join(path, "flow.json");
    struct stat about;
    bool is = stat(file, &about) == 0 && S_ISREG(about.st_mode);

    mem_free(file);
    return is;
}

static char *slug_of(const char *path)
{
    size_t size = strlen(path), start;

    while (size > 1 && path[size - 1] == '/')
        size--;
    if (size > 10 && strncmp(path + size - 10, "/flow.json", 10) == 0)
        size -= 10;
    for (start = size; start > 0 && path[start - 1] != '/'; start--)
        ;
    return mem_must_copy_n(path + start, size - start);
}

char *path_slug(const char *path)
{
    char *slug = slug_of(path), whole[PATH_MAX];

    if (strcmp(slug, "flow.json") != 0 && strcmp(slug, ".") != 0 && strcmp(slug, "..") != 0)
        return slug;
    if (realpath(path, whole) == NULL)
        return slug;
    mem_free(slug);
    return slug_of(whole);
}

struct flow_folders *folders_new(void)
{
    return mem_must(sizeof(struct flow_folders));
}

void folders_free(struct flow_folders *folders)
{
    size_t i;

    for (i = 0; folders != NULL && i < folders->count; i++) {
        mem_free(folders->paths[i]);
        mem_free(folders->slugs[i]);
    }
    mem_free(folders);
}

static int folders_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum err_code folders_add(struct flow_folders *folders, const char *dir, struct err *e)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    size_t first = folders->count, i;

    if (d == NULL)
        return err_set(e, ERR_IO, "the folder of flows %s cannot be read: %s", dir,
                       strerror(errno));
    while ((entry = readdir(d)) != NULL) {
        char *path;

        if (entry->d_name[0] == '.' || folders->count == FOLDERS_MAX)
            continue;
        path = path_join(dir, entry->d_name);
        if (path_is_flow(path))
            folders->paths[folders->count++] = path;
        else
            mem_free(path);
    }
    closedir(d);
    qsort(folders->paths + first, folders->count - first, sizeof *folders->paths, folders_compare);
    for (i = first; i < folders->count; i++)
        folders->slugs[i] = path_slug(folders->paths[i]);
    return ERR_OK;
}
