/* deploy_folders.c - flows as files: what --flows and `weft run` read. */
#include "app.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"

#define FOLDERS_MAX 1000u

char *path_slug(const char *path)
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

static char *path_join(const char *dir, const char *name)
{
    struct buf path;
    char *joined;

    buf_init(&path, 16 * KIB);
    buf_addf(&path, "%s/%s", dir, name);
    joined = mem_must_copy(buf_text(&path));
    buf_fini(&path);
    return joined;
}

static bool path_is(const char *path, mode_t kind)
{
    struct stat about;

    return stat(path, &about) == 0 && (about.st_mode & S_IFMT) == kind;
}

static void faults_print(struct faults *faults)
{
    struct buf text;

    if (faults->count == 0)
        return;
    buf_init(&text, 4 * MIB);
    faults_sort(faults);
    faults_write(faults, &text);
    fwrite(buf_text(&text), 1, text.len, stderr);
    buf_fini(&text);
}

/* "weft run flow.json" reads the whole folder when it is a bundle's; any other file is a definition
 * alone. */
static json_t *deploy_read(const char *path, char **file, struct faults *faults)
{
    size_t size = strlen(path);
    char *dir;
    json_t *bundle;

    if (path_is(path, S_IFDIR)) {
        *file = path_join(path, "flow.json");
        return flow_read_dir(path, faults);
    }
    *file = mem_must_copy(path);
    if (size < 9 || strcmp(path + size - 9, "flow.json") != 0 ||
        (size > 9 && path[size - 10] != '/'))
        return flow_read_file(path, faults);
    dir = size > 10 ? mem_must_copy_n(path, size - 10) : mem_must_copy(".");
    bundle = flow_read_dir(dir, faults);
    mem_free(dir);
    return bundle;
}

enum err_code app_deploy(struct app *app, const char *path, const char *environment,
                         char **slug_out, struct err *e)
{
    struct faults faults;
    char *file = NULL, *text = NULL, *slug = path_slug(path), *whole;
    json_t *bundle;
    size_t size = 0;
    struct err ignored;

    faults_init(&faults);
    if (strcmp(slug, "flow.json") == 0 ||
        strcmp(slug, ".") == 0) { /* named from within its folder */
        whole = realpath(path, NULL);
        mem_free(slug);
        slug = path_slug(whole != NULL ? whole : "flow");
        free(whole); /* the C library's own memory */
    }
    bundle = deploy_read(path, &file, &faults);
    e->code = ERR_OK;
    if (bundle != NULL && file_read(file, LIMIT_FLOW_BYTES, &text, &size, &ignored) == ERR_OK)
        e->code = engine_deploy(app->engine, "main", environment, slug, bundle, file, text, size,
                                &faults, e);
    else
        err_set(e, ERR_INVALID, "%s is not a flow", path);
    faults_print(&faults);
    faults_fini(&faults);
    json_decref(bundle);
    mem_free(text);
    mem_free(file);
    if (slug_out != NULL)
        *slug_out = slug;
    else
        mem_free(slug);
    return e->code;
}

/* ---- Folders of folders */

struct folders {
    char *paths[FOLDERS_MAX];
    const char *slugs[FOLDERS_MAX];
    size_t count;
};

static int folders_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void folders_find(struct folders *folders, const char *dir, struct log *log)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    size_t first = folders->count;

    if (d == NULL) {
        log_error(log, "the folder of flows %s cannot be read: %s", dir, strerror(errno));
        return;
    }
    while ((entry = readdir(d)) != NULL) {
        char *path, *file;

        if (entry->d_name[0] == '.')
            continue;
        path = path_join(dir, entry->d_name);
        file = path_join(path, "flow.json");
        if (path_is(file, S_IFREG) && folders->count < FOLDERS_MAX)
            folders->paths[folders->count++] = path;
        else
            mem_free(path);
        mem_free(file);
    }
    closedir(d);
    qsort(folders->paths + first, folders->count - first, sizeof *folders->paths, folders_compare);
}

size_t app_deploy_folders(struct app *app, const char *const *dirs, size_t count,
                          const char *environment)
{
    struct folders *folders = mem_must(sizeof *folders);
    size_t i, refused = 0;

    for (i = 0; i < count; i++)
        folders_find(folders, dirs[i], &app->log);
    for (i = 0; i < folders->count; i++)
        folders->slugs[i] = path_slug(folders->paths[i]);
    engine_undeploy_others(app->engine, "main", environment, folders->slugs, folders->count);
    for (i = 0; i < folders->count; i++) {
        struct err e;

        if (app_deploy(app, folders->paths[i], environment, NULL, &e) == ERR_OK)
            continue;
        log_error(&app->log, "flow %s is refused, the version before it (if any) goes on: %s",
                  folders->slugs[i], e.text);
        refused++;
    }
    if (folders->count > 0)
        log_info(&app->log, "%zu flows deployed to main/%s", folders->count - refused, environment);
    for (i = 0; i < folders->count; i++) {
        mem_free(folders->paths[i]);
        mem_free((char *)folders->slugs[i]);
    }
    mem_free(folders);
    return refused;
}
