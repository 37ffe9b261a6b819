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
#include "io/roots.h"

#define FILES_MAGIC   0x46494C53u
#define FILES_FOLDERS 0750 /* of folders that are made: what umask leaves of it */

struct files_real {
    struct files files; /* first */
    unsigned magic;
    struct roots roots;
};

enum err_code files_do(struct files *files, struct file_ask *ask, const atomic_bool *given_up,
                       bool *sent, struct err *e)
{
    check(ask->folder != NULL && ask->name != NULL);
    return files->do_(files, ask, given_up, sent, e);
}

enum err_code files_draft(struct files *files, const struct file_ask *ask,
                          struct files_draft **draft, struct err *e)
{
    check(ask->folder != NULL && ask->name != NULL && ask->verb == FILE_WRITE);
    return files->draft(files, ask, draft, e);
}

void files_temporary(const struct file_ask *ask, char name[FILES_TEMPORARY])
{
    check(ask->key[0] != '\0' && strchr(ask->key, '/') == NULL);
    snprintf(name, FILES_TEMPORARY, ".%.64s.tmp", ask->key);
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
    bool makes = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    struct open_how how = { .flags = (unsigned)flags | O_CLOEXEC,
                            .mode = makes ? mode : 0,
                            .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };

    return (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
}

static enum err_code root_open(const struct files_real *real, const char *folder, int *fd,
                               struct err *e)
{
    const struct files__place place = { .shown = folder, .below = "" };
    const char *below;
    int root = roots_find(&real->roots, folder, "no files may be used here", &below, e);

    if (root < 0)
        return e->code;
    *fd = files__open(root, below, O_RDONLY | O_DIRECTORY, 0);
    return *fd >= 0 ? ERR_OK : files__failed(e, errno, &place);
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
        rc = files__write(&place, ask, given_up, sent, e);
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

struct files *files_real_new(const char *roots, struct err *e)
{
    struct files_real *real = mem_must(sizeof *real);

    real->magic = FILES_MAGIC;
    real->files.do_ = files_real_do;
    real->files.draft = files__draft;
    if (roots_open(&real->roots, roots, e) == ERR_OK)
        return &real->files;
    files_real_free(&real->files);
    return NULL;
}

void files_real_free(struct files *files)
{
    struct files_real *real = (struct files_real *)files;

    if (real == NULL)
        return;
    CHECK_OBJ(real, FILES_MAGIC);
    roots_close(&real->roots);
    real->magic = 0;
    mem_free(real);
}
