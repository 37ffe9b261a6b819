/* connectors.c - the systems that folders describe: DIR/NAME/manifest.json. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/command.h"
#include "folders.h"
#include "nodes/node_types.h"

#define SYSTEMS_MAX 256u

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool connectors_add(struct app *app, const char *dir, const char *name,
                           struct faults *faults)
{
    char *folder = path_join(dir, name), *file = path_join(folder, "manifest.json"), *text = NULL;
    struct err e = { .code = ERR_OK };
    bool added = false;
    size_t size;

    if (!path_is_dir(folder))
        goto out;
    if (file_read(file, LIMIT_FLOW_BYTES, &text, &size, &e) == ERR_OK)
        added = node_types_add_file(app->registry, file, name, text, size, faults);
    else
        faults_add(faults, false, file, 1, 1, "", "%s", e.text);
out:
    mem_free(text);
    mem_free(file);
    mem_free(folder);
    return added;
}

static size_t connectors_read(struct app *app, const char *dir, struct faults *faults)
{
    char *names[SYSTEMS_MAX];
    size_t count = 0, added = 0;
    struct dirent *entry;
    DIR *d = opendir(dir);

    if (d == NULL) {
        faults_add(faults, false, dir, 1, 1, "", "the folder of systems cannot be read: %s",
                   strerror(errno));
        return 0;
    }
    while ((entry = readdir(d)) != NULL && count < SYSTEMS_MAX)
        if (entry->d_name[0] != '.')
            names[count++] = mem_must_copy(entry->d_name);
    closedir(d);
    qsort(names, count, sizeof *names, name_compare);
    for (size_t i = 0; i < count; i++) {
        added += connectors_add(app, dir, names[i], faults);
        mem_free(names[i]);
    }
    return added;
}

void app_connectors(struct app *app)
{
    const char *list = config_text(&app->config, CONFIG_CONNECTORS);
    char *dir = path_join(config_text(&app->config, CONFIG_DATA), "connectors");
    struct faults faults;
    size_t added = 0;

    faults_init(&faults);
    if (path_is_dir(dir))
        added += connectors_read(app, dir, &faults);
    mem_free(dir);
    while (*list != '\0') {
        size_t size = strcspn(list, ":");

        dir = mem_must_copy_n(list, size);
        if (size > 0)
            added += connectors_read(app, dir, &faults);
        mem_free(dir);
        list += size + (list[size] == ':');
    }
    faults_tell(&faults, &app->log);
    if (faults.errors > 0)
        log_error(&app->log, "systems with faults are left out");
    if (added > 0)
        log_debug(&app->log, "%zu systems from folders", added);
    faults_fini(&faults);
}

void app_connectors_option(const struct options *options)
{
    const char *data = option_text(options, "--data"), *dir;
    size_t cursor = 0;
    struct buf list;

    buf_init(&list, 64 * KIB);
    while ((dir = option_next(options, "--connectors", &cursor)) != NULL)
        buf_addf(&list, "%s%s", list.len > 0 ? ":" : "", dir);
    if (list.len > 0 && buf_ok(&list))
        setenv("WEFT_CONNECTORS_FOLDERS", buf_text(&list), 1);
    if (data != NULL)
        setenv("WEFT_SERVER_DATA", data, 1);
    buf_fini(&list);
}
