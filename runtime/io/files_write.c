/* files_write.c - a new file in one moment, another name, no file any more. */
#include "io/files_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/fault.h"
#include "base/ident.h"

enum err_code files__write_all(int fd, int64_t at, const char *bytes, size_t size,
                               const struct files__place *place, struct err *e)
{
    for (size_t done = 0; done < size;) {
        ssize_t now = pwrite(fd, bytes + done, size - done, at + (int64_t)done);

        if (now < 0 && errno == EINTR)
            continue;
        if (now <= 0)
            return files__failed(e, now < 0 ? errno : EIO, place);
        done += (size_t)now;
    }
    return ERR_OK;
}

/* Names change one at a time: what is looked at and then removed is the file that was meant. */
static pthread_mutex_t names = PTHREAD_MUTEX_INITIALIZER;

int files__rename_new(int from, const char *name, int into, const char *to)
{
    struct stat st;

    if (renameat2(from, name, into, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (fstatat(into, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    return renameat(from, name, into, to) == 0 ? 0 : errno;
}

static int file_rename(int from, const char *name, int into, const char *to, bool replace)
{
    int error;

    pthread_mutex_lock(&names);
    if (!replace)
        error = files__rename_new(from, name, into, to);
    else
        error = renameat(from, name, into, to) == 0 ? 0 : errno;
    pthread_mutex_unlock(&names);
    return error;
}

enum err_code files__is_done(const struct files__place *place, struct file_ask *ask, int64_t size,
                             bool *done, struct err *e)
{
    char digest[DIGEST_TEXT];
    struct stat st;
    enum err_code rc;
    int fd;

    *done = false;
    rc = files__file(place, O_RDONLY, &fd, &st, e);
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc != ERR_OK)
        return rc;
    ask->exists = true;
    ask->stamp = files__stamp(&st);
    if (st.st_size == size) {
        rc = files__digest(fd, 0, st.st_size, digest, place, e);
        *done = rc == ERR_OK && strcmp(digest, ask->digest) == 0;
        if (*done && (fsync(fd) != 0 || fsync(place->folder) != 0))
            rc = files__failed(e, errno, place);
    }
    close(fd);
    return rc;
}

enum err_code files__taken(const struct files__place *place, struct err *e)
{
    return err_set(e, ERR_CONFLICT,
                   "%.200s/%.150s is there already, with other content; \"exists\": "
                   "\"replace\" would replace it",
                   place->shown, place->below);
}

enum err_code files__show(const struct files__place *place, const char *temporary, bool replace,
                          struct err *e)
{
    int error;

    (void)fault_hit("files.show.kill");
    error = file_rename(place->folder, temporary, place->folder, place->name, replace);
    if (error == 0 && fsync(place->folder) != 0)
        return files__failed(e, errno, place);
    (void)fault_hit("files.shown.kill");
    if (error == 0)
        return ERR_OK;
    unlinkat(place->folder, temporary, 0);
    return files__failed(e, error, place);
}

static enum err_code temporary_write(const struct files__place *place, const char *name,
                                     struct file_ask *ask, struct err *e)
{
    struct stat st;
    enum err_code rc;
    int fd;

    unlinkat(place->folder, name, 0); /* of an earlier attempt */
    fd = files__open(place->folder, name, O_WRONLY | O_CREAT | O_EXCL, 0640);
    if (fd < 0)
        return files__failed(e, errno, place);
    rc = files__write_all(fd, 0, ask->bytes, ask->size, place, e);
    if (rc == ERR_OK && (fsync(fd) != 0 || fstat(fd, &st) != 0))
        rc = files__failed(e, errno, place);
    if (rc == ERR_OK)
        ask->stamp = files__stamp(&st);
    if (close(fd) != 0 && rc == ERR_OK)
        rc = files__failed(e, errno, place);
    return rc;
}

enum err_code files__write(const struct files__place *place, struct file_ask *ask, bool *sent,
                           struct err *e)
{
    char name[FILES_TEMPORARY];
    bool done;
    enum err_code rc;

    check(ask->key[0] != '\0' && strchr(ask->key, '/') == NULL);
    digest_text(ask->bytes, ask->size, ask->digest);
    rc = files__is_done(place, ask, (int64_t)ask->size, &done, e);
    if (rc != ERR_OK || done)
        return rc;
    if (ask->exists && !ask->replace)
        return files__taken(place, e);
    snprintf(name, sizeof name, ".%.64s.tmp", ask->key);
    rc = temporary_write(place, name, ask, e);
    if (rc != ERR_OK) {
        unlinkat(place->folder, name, 0);
        return rc;
    }
    *sent = true;
    rc = files__show(place, name, ask->replace, e);
    ask->changed = rc == ERR_OK;
    return rc;
}

enum err_code files__move(const struct files__place *place, const struct files__place *to,
                          struct file_ask *ask, struct err *e)
{
    struct file_stamp now;
    struct stat st;
    int error;

    if (fstatat(place->folder, place->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return files__failed(e, errno, place);
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_INVALID, "%.200s/%.150s is not a regular file", place->shown,
                       place->below);
    now = files__stamp(&st);
    if (ask->stamped && !file_stamp_same(&now, &ask->stamp))
        return err_set(e, ERR_CONFLICT, "%.200s/%.150s is another file by now", place->shown,
                       place->below);
    ask->stamp = now;
    error = file_rename(place->folder, place->name, to->folder, to->name, ask->replace);
    if (error == EEXIST)
        return err_set(e, ERR_CONFLICT, "%.200s/%.150s is there already", to->shown, to->below);
    if (error == EXDEV)
        return err_set(e, ERR_INVALID, "%.200s/%.150s is on another file system: read and write it",
                       to->shown, to->below);
    if (error != 0)
        return files__failed(e, error, to);
    ask->changed = true;
    if (fsync(to->folder) != 0 || fsync(place->folder) != 0)
        return files__failed(e, errno, to);
    return ERR_OK;
}

/* The file of the stamp, if one is asked for: another one stays. */
static enum err_code file_remove(const struct files__place *place, struct file_ask *ask,
                                 struct err *e)
{
    struct file_stamp now;
    struct stat st;

    if (fstatat(place->folder, place->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? ERR_OK : files__failed(e, errno, place);
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_INVALID, "%.200s/%.150s is not a regular file", place->shown,
                       place->below);
    now = files__stamp(&st);
    ask->exists = true;
    if (ask->stamped && !file_stamp_same(&now, &ask->stamp))
        return ERR_OK;
    if (unlinkat(place->folder, place->name, 0) != 0)
        return errno == ENOENT ? ERR_OK : files__failed(e, errno, place);
    ask->changed = true;
    return ERR_OK;
}

enum err_code files__delete(const struct files__place *place, struct file_ask *ask, struct err *e)
{
    enum err_code rc;

    pthread_mutex_lock(&names);
    rc = file_remove(place, ask, e);
    pthread_mutex_unlock(&names);
    (void)fault_hit("files.delete.kill");
    if (rc == ERR_OK && ask->changed && fsync(place->folder) != 0)
        return files__failed(e, errno, place);
    return rc;
}
