/* files.c - roots, and the way to a file below one of them. */
#include "io/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/files_priv.h"

#define FILES_MAGIC   0x46494C53u
#define FILES_ROOTS   16u
#define FILES_FOLDERS 0750 /* of folders that are made: what umask leaves of it */

struct files_root {
    char *path; /* without a slash at its end; "" is all of the machine */
    int fd;
};
struct files_real {
    struct files files; /* first */
    unsigned magic;
    struct files_root roots[FILES_ROOTS];
    size_t count;
};

enum err_code files_do(struct files *files, struct file_ask *ask, const atomic_bool *given_up,
                       bool *sent, struct err *e)
{
    check(ask->folder != NULL && ask->name != NULL);
    return files->do_(files, ask, given_up, sent, e);
}

/* ---- Errors */

enum err_code files__failed(struct err *e, int error, const struct files__place *place)
{
    enum err_code code = ERR_IO;
    const char *text = strerror(error);

    if (error == ENOENT)
        code = ERR_NOT_FOUND;
    else if (error == ELOOP || error == EXDEV || error == EACCES || error == EPERM)
        code = ERR_POLICY;
    else if (error == EISDIR || error == ENOTDIR || error == ENAMETOOLONG || error == ENOTEMPTY)
        code = ERR_INVALID;
    else if (error == EEXIST)
        code = ERR_CONFLICT;
    if (error == ELOOP || error == EXDEV)
        text = "is or leads through a symbolic link";
    return err_set(e, code, "%.200s/%.150s: %s", place->shown, place->below, text);
}

/* ---- Ways */

int files__open(int folder, const char *name, int flags, unsigned mode)
{
    struct open_how how = { .flags = (unsigned)flags | O_CLOEXEC,
                            .mode = (flags & O_CREAT) != 0 ? mode : 0,
                            .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };

    return (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
}

/* The part of `folder` below the root, "." for the root itself; NULL: it is not below. */
static const char *root_below(const struct files_root *root, const char *folder)
{
    size_t size = strlen(root->path);

    if (strncmp(folder, root->path, size) != 0 || (folder[size] != '/' && folder[size] != '\0'))
        return NULL;
    folder += size;
    folder += strspn(folder, "/");
    return *folder != '\0' ? folder : ".";
}

static enum err_code root_open(const struct files_real *real, const char *folder, int *fd,
                               struct err *e)
{
    const struct files__place place = { .shown = folder, .below = "" };

    if (folder[0] != '/')
        return err_set(e, ERR_POLICY, "\"%.200s\" is not an absolute path", folder);
    for (size_t i = 0; i < real->count; i++) {
        const char *below = root_below(&real->roots[i], folder);

        if (below == NULL)
            continue;
        *fd = files__open(real->roots[i].fd, below, O_RDONLY | O_DIRECTORY, 0);
        return *fd >= 0 ? ERR_OK : files__failed(e, errno, &place);
    }
    if (real->count == 0)
        return err_set(e, ERR_POLICY,
                       "no files may be used here; start the program with WEFT_FILES_ROOT=%.200s, "
                       "or a folder above it",
                       folder);
    return err_set(e, ERR_POLICY,
                   "%.200s is not below a folder that WEFT_FILES_ROOT allows; add it there, or use "
                   "one below %.100s",
                   folder, real->roots[0].path);
}

/* One folder further down; *fd becomes that one's. */
static int step_down(int *fd, const char *name, bool make)
{
    int next = files__open(*fd, name, O_RDONLY | O_DIRECTORY, 0);

    if (next < 0 && errno == ENOENT && make) {
        if (mkdirat(*fd, name, FILES_FOLDERS) != 0 && errno != EEXIST)
            return -1;
        if (fsync(*fd) != 0)
            return -1;
        next = files__open(*fd, name, O_RDONLY | O_DIRECTORY, 0);
    }
    if (next < 0)
        return -1;
    close(*fd);
    *fd = next;
    return 0;
}

enum err_code files__enter(struct files *files, const struct file_ask *ask, const char *name,
                           bool parents, struct files__place *place, struct err *e)
{
    struct files_real *real = (struct files_real *)files;
    char part[256];
    const char *slash;

    CHECK_OBJ(real, FILES_MAGIC);
    *place = (struct files__place){ .folder = -1, .shown = ask->folder, .below = name };
    if (*name != '\0' && file_name_check(name, e) != ERR_OK)
        return e->code;
    if (root_open(real, ask->folder, &place->folder, e) != ERR_OK)
        return e->code;
    for (; (slash = strchr(name, '/')) != NULL; name = slash + 1) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - name), name);
        if (step_down(&place->folder, part, parents) == 0)
            continue;
        files__failed(e, errno, place);
        files__leave(place);
        return e->code;
    }
    place->name = *name != '\0' ? name : ".";
    return ERR_OK;
}

void files__leave(struct files__place *place)
{
    if (place->folder >= 0)
        close(place->folder);
    place->folder = -1;
}

/* ---- One ask */

static enum err_code move_do(struct files *files, const struct files__place *place,
                             struct file_ask *ask, struct err *e)
{
    struct files__place to;
    enum err_code rc = files__enter(files, ask, ask->to, ask->parents, &to, e);

    if (rc == ERR_OK)
        rc = files__move(place, &to, ask, e);
    files__leave(&to);
    return rc;
}

static enum err_code files_real_do(struct files *files, struct file_ask *ask,
                                   const atomic_bool *given_up, bool *sent, struct err *e)
{
    bool makes = ask->verb == FILE_WRITE || ask->verb == FILE_APPEND;
    struct files__place place;
    enum err_code rc;

    if (atomic_load(given_up))
        return err_set(e, ERR_CANCELLED, "nobody waits for it any more");
    rc = files__enter(files, ask, ask->name, makes && ask->parents, &place, e);
    if (rc == ERR_OK && ask->verb == FILE_LIST)
        rc = files__list(&place, ask, e);
    else if (rc == ERR_OK && (ask->verb == FILE_READ || ask->verb == FILE_STAT))
        rc = files__read(&place, ask, e);
    else if (rc == ERR_OK && ask->verb == FILE_WRITE)
        rc = files__write(&place, ask, sent, e);
    else if (rc == ERR_OK && ask->verb == FILE_APPEND)
        rc = files__append(&place, ask, sent, e);
    else if (rc == ERR_OK && ask->verb == FILE_MOVE)
        rc = move_do(files, &place, ask, e);
    else if (rc == ERR_OK)
        rc = files__delete(&place, ask, e);
    else if (rc == ERR_NOT_FOUND && (ask->verb == FILE_STAT || ask->verb == FILE_DELETE))
        rc = ERR_OK; /* its folder is not there either */
    files__leave(&place);
    return rc;
}

/* ---- Life */

static enum err_code root_add(struct files_real *real, const char *path, size_t size, struct err *e)
{
    struct files_root *root = &real->roots[real->count];

    if (path[0] != '/')
        return err_set(e, ERR_INVALID, "WEFT_FILES_ROOT: \"%.*s\" is not an absolute path",
                       (int)size, path);
    if (real->count == FILES_ROOTS)
        return err_set(e, ERR_INVALID, "WEFT_FILES_ROOT names more than %u folders", FILES_ROOTS);
    while (size > 0 && path[size - 1] == '/')
        size--;
    root->path = mem_must_copy_n(path, size);
    root->fd = open(size > 0 ? root->path : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    real->count++;
    if (root->fd < 0)
        return err_set(e, ERR_INVALID, "WEFT_FILES_ROOT: %.200s: %s", root->path, strerror(errno));
    return ERR_OK;
}

struct files *files_real_new(const char *roots, struct err *e)
{
    struct files_real *real = mem_must(sizeof *real);

    real->magic = FILES_MAGIC;
    real->files.do_ = files_real_do;
    while (roots != NULL && *roots != '\0') {
        size_t size = strcspn(roots, ":");

        if (size > 0 && root_add(real, roots, size, e) != ERR_OK) {
            files_real_free(&real->files);
            return NULL;
        }
        roots += size + (roots[size] == ':');
    }
    return &real->files;
}

void files_real_free(struct files *files)
{
    struct files_real *real = (struct files_real *)files;

    if (real == NULL)
        return;
    CHECK_OBJ(real, FILES_MAGIC);
    for (size_t i = 0; i < real->count; i++) {
        if (real->roots[i].fd >= 0)
            close(real->roots[i].fd);
        mem_free(real->roots[i].path);
    }
    real->magic = 0;
    mem_free(real);
}
