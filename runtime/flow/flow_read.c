/* flow_read.c - a flow's folder becomes a bundle: flow.json, rules/, lookups/, schemas/,
 * connections.json, and what common.json takes from the folder beside it.
 *
 * Every file is read up to its ceiling and no further, is a regular file, and lies
 * within the folder, whatever symbolic links say. All files are read and judged before
 * the first fault counts. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/flow_read_priv.h"

char *flow__path_new(const char *dir, const char *name)
{
    size_t size = strlen(dir);
    struct buf path;
    char *taken;

    while (size > 1 && dir[size - 1] == '/')
        size--;
    buf_init(&path, size + strlen(name) + 2);
    buf_add(&path, dir, size);
    buf_addf(&path, "/%s", name);
    taken = buf_take(&path, NULL);
    buf_fini(&path);
    return taken != NULL ? taken : mem_must_copy("");
}

void flow__file_fault(struct faults *faults, const char *path, const char *text)
{
    faults_add(faults, false, path, 1, 1, "", "%s", text);
}

/* ---- Bytes of one file */

static ssize_t read_all(int fd, char *to, size_t room)
{
    size_t size = 0;

    while (size < room) {
        ssize_t got = read(fd, to + size, room - size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        size += (size_t)got;
    }
    return (ssize_t)size;
}

/* At most `limit` bytes; *text is the caller's (mem_free) and ends with a NUL. */
static enum found file_read_fd(struct faults *faults, const char *path, int fd, size_t limit,
                               char **text, size_t *size)
{
    struct stat stat;
    ssize_t got;

    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) {
        flow__file_fault(faults, path, "this is no regular file");
        return FAULTY;
    }
    if (stat.st_size > (off_t)limit) {
        faults_add(faults, false, path, 1, 1, "",
                   "the file has %lld bytes, at most %zu are allowed", (long long)stat.st_size,
                   limit);
        return FAULTY;
    }
    *text = mem_try((size_t)stat.st_size + 1);
    if (*text == NULL) {
        flow__file_fault(faults, path, "out of memory");
        return FAULTY;
    }
    got = read_all(fd, *text, (size_t)stat.st_size);
    if (got < 0) {
        faults_add(faults, false, path, 1, 1, "", "the file cannot be read: %s", strerror(errno));
        mem_free(*text);
        return FAULTY;
    }
    (*text)[got] = '\0';
    *size = (size_t)got;
    return FOUND;
}

static enum found file_read(struct faults *faults, const char *path, const char *real, size_t limit,
                            char **text, size_t *size)
{
    int fd = open(real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    enum found found;

    if (fd < 0) {
        faults_add(faults, false, path, 1, 1, "", "the file cannot be read: %s", strerror(errno));
        return FAULTY;
    }
    found = file_read_fd(faults, path, fd, limit, text, size);
    close(fd);
    return found;
}

/* A file below the folder, by its name in it. */
enum found flow__folder_text(struct folder *folder, const char *path, size_t limit, char **text,
                             size_t *size)
{
    char real[PATH_MAX];
    bool known = realpath(path, real) != NULL;
    size_t root = strlen(folder->root);
    enum found found = FAULTY;
    struct stat stat;

    if (!known && errno == ENOENT && lstat(path, &stat) != 0)
        return ABSENT;
    if (!known)
        faults_add(folder->faults, false, path, 1, 1, "", "the file cannot be read: %s",
                   strerror(errno));
    else if (strncmp(real, folder->root, root) != 0 || (real[root] != '/' && root > 1))
        flow__file_fault(folder->faults, path,
                         "a symbolic link leads out of the flow's folder; copy "
                         "the file into it");
    else
        found = file_read(folder->faults, path, real, limit, text, size);
    if (found == FOUND)
        folder->total += *size;
    return found;
}

/* ---- JSON of one file */

/* The message without "line 3, column 7: ", which the fault says itself. */
static const char *bare_message(const char *text)
{
    const char *colon = strncmp(text, "line ", 5) == 0 ? strstr(text, ": ") : NULL;

    return colon != NULL ? colon + 2 : text;
}

static json_t *json_parse(struct faults *faults, const char *path, const char *text, size_t size,
                          const struct json_limits *limits, struct json_places **places)
{
    unsigned line = 1, column = 1;
    struct err e;
    json_t *json = json_read_places(text, size, limits, places, &line, &column, &e);

    if (json == NULL)
        faults_add(faults, false, path, line, column, "", "%s", bare_message(e.text));
    return json;
}

/* NULL when it is absent (*found says so) or faulty. */
json_t *flow__folder_json(struct folder *folder, const char *path, const char *name,
                          const struct json_limits *limits, check_json_fn *check_json,
                          enum found *found)
{
    size_t errors = folder->faults->errors, size;
    struct json_places *places;
    json_t *json = NULL;
    char *text;

    *found = flow__folder_text(folder, path, limits->bytes, &text, &size);
    if (*found != FOUND)
        return NULL;
    json = json_parse(folder->faults, path, text, size, limits, &places);
    if (json != NULL) {
        check_json(&(struct flow_source){ folder->faults, path, places }, name, json);
        json_places_free(places);
    }
    mem_free(text);
    if (folder->faults->errors > errors) {
        json_decref(json);
        *found = FAULTY;
        return NULL;
    }
    return json;
}

/* ---- The whole */

static void check_connections(const struct flow_source *source, const char *name,
                              const json_t *json)
{
    (void)name;
    flow__check_connections(source, json);
}

static void folder_read_connections(struct folder *folder, json_t *bundle)
{
    char *path = flow__path_new(folder->dir, "connections.json");
    enum found found;
    json_t *json =
        flow__folder_json(folder, path, "", &json_limits_flow, check_connections, &found);
    bool failed = false;

    if (json_object_size(json_object_get(json, "connections")) > 0 ||
        json_object_size(json_object_get(json, "secrets")) > 0)
        json_put(bundle, "connections", json, &failed);
    else
        json_decref(json);
    if (failed)
        flow__file_fault(folder->faults, path, "out of memory");
    mem_free(path);
}

static void folder_read_flow(struct folder *folder, json_t *bundle)
{
    char *path = flow__path_new(folder->dir, "flow.json");
    struct json_places *places;
    bool failed = false;
    json_t *json = NULL;

    switch (flow__folder_text(folder, path, LIMIT_FLOW_BYTES, &folder->text, &folder->text_size)) {
    case ABSENT:
        flow__file_fault(folder->faults, path, "there is no flow.json in this folder");
        break;
    case FOUND:
        json = json_parse(folder->faults, path, folder->text, folder->text_size, &json_limits_flow,
                          &places);
        break;
    case FAULTY:
        break;
    }
    if (json != NULL) {
        json_places_free(places);
        json_put(bundle, "flow", json, &failed);
    }
    if (failed)
        flow__file_fault(folder->faults, path, "out of memory");
    mem_free(path);
}

/* What could be read; with faults it is not all. NULL: there is no such folder. */
static json_t *folder_read(struct folder *folder)
{
    json_t *bundle = json_object();

    if (realpath(folder->dir, folder->root) == NULL || bundle == NULL) {
        faults_add(folder->faults, false, folder->dir, 1, 1, "", "the folder cannot be read: %s",
                   strerror(errno));
        json_decref(bundle);
        return NULL;
    }
    folder_read_flow(folder, bundle);
    flow__read_parts(folder, bundle);
    flow__read_common(folder, bundle);
    folder_read_connections(folder, bundle);
    return bundle;
}

static void folder_fini(struct folder *folder)
{
    mem_free(folder->text);
    json_decref(folder->csv);
}

json_t *flow_read_dir(const char *dir, struct faults *faults)
{
    struct folder folder = { .dir = dir, .faults = faults };
    size_t errors = faults->errors;
    json_t *bundle;

    check(dir != NULL);
    bundle = folder_read(&folder);
    folder_fini(&folder);
    if (faults->errors == errors)
        return bundle;
    json_decref(bundle);
    return NULL;
}

struct flow *flow_check_dir(const char *dir, const char *slug, const struct registry *registry,
                            const struct flow_services *services, struct faults *faults)
{
    struct folder folder = { .dir = dir, .faults = faults };
    size_t errors = faults->errors;
    struct flow *flow = NULL;
    json_t *bundle;
    char *file;

    check(dir != NULL);
    bundle = folder_read(&folder);
    file = flow__path_new(dir, "flow.json");
    if (json_object_get(bundle, "flow") != NULL)
        flow = flow_compile(bundle, slug, file, folder.text, folder.text_size, registry, services,
                            faults);
    flow__faults_of_csv(&folder);
    mem_free(file);
    folder_fini(&folder);
    json_decref(bundle);
    faults_sort(faults);
    if (faults->errors == errors)
        return flow;
    flow_unref(flow);
    return NULL;
}

json_t *flow_read_file(const char *path, struct faults *faults)
{
    struct json_places *places;
    bool failed = false;
    json_t *json, *bundle;
    char *text;
    size_t size;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        faults_add(faults, false, path, 1, 1, "", "the file cannot be read: %s", strerror(errno));
        return NULL;
    }
    if (file_read_fd(faults, path, fd, LIMIT_FLOW_BYTES, &text, &size) != FOUND) {
        close(fd);
        return NULL;
    }
    close(fd);
    json = json_parse(faults, path, text, size, &json_limits_flow, &places);
    mem_free(text);
    if (json == NULL)
        return NULL;
    json_places_free(places);
    bundle = json_object();
    json_put(bundle, "flow", json, &failed);
    if (!failed)
        return bundle;
    flow__file_fault(faults, path, "out of memory");
    json_decref(bundle);
    return NULL;
}
